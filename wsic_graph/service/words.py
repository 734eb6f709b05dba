"""How values are written on a page: exactly as stored, only easier to read."""

from __future__ import annotations

from calendar import month_name
from datetime import UTC, datetime
from decimal import Decimal

_MINUS = "\N{MINUS SIGN}"
_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "US$", "CAD": "C$", "AUD": "A$"}


def number(value: Decimal | int) -> str:
    """``value`` with every digit it is stored with and none more, and thousands separators."""
    return f"{_MINUS if value < 0 else ''}{Decimal(value).copy_abs():,f}"


def money(value: Decimal | int, currency: str) -> str:
    """An amount of money with its sign; pence are written only where they are stored."""
    return f"{_MINUS if value < 0 else ''}{_SYMBOLS.get(currency, f'{currency} ')}{number(Decimal(value).copy_abs())}"


def pounds(value: int) -> str:
    """Whole pounds as a table has them, so that its rows add up to the pound."""
    return money(value, "GBP")


def percent(value: Decimal | int, sign: bool = False) -> str:
    """A fraction as a percentage, with a plus sign before a rise if ``sign``."""
    text = f"{number(Decimal(value).scaleb(2))}%"
    return f"+{text}" if sign and value > 0 else text


def day(value: str) -> str:
    """An ISO date such as 2019-03-31 in words: 31 March 2019."""
    year, month, date = value[:10].split("-")
    return f"{int(date)} {month_name[int(month)]} {year}"


def moment(seconds: int) -> str:
    """Seconds of 1970 as an ISO 8601 moment in UTC, to the minute."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%MZ")


def years(start: object, end: object) -> str:
    """The years in which something ran, as far as they are known."""
    match (start, end):
        case (None, None):
            return "years not known"
        case (None, last):
            return f"to {last}"
        case (first, None):
            return f"from {first}"
        case (first, last):
            return str(first) if first == last else f"{first} to {last}"


def sentence(text: str) -> str:
    """``text`` with a capital letter first."""
    return text[:1].upper() + text[1:]


def inner(text: str) -> str:
    """``text`` as it is written inside a sentence: A&E and GP keep their capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def size(value: int) -> str:
    """The size of a file in kB or MB of a thousand."""
    return f"{value / 1e6:,.1f} MB" if value >= 1_000_000 else f"{max(value / 1e3, 1):,.0f} kB"


def plural(count: int, singular: str, many: str = "") -> str:
    """A count and its noun: 1 source, 2 sources."""
    return f"{count:,} {singular if count == 1 else many or singular + 's'}"


def field_name(name: str) -> str:
    """The name of a field of the records as people would say it."""
    known = {"lat": "coordinates", "lon": "coordinates", "gss_code": "GSS code"}
    return known.get(name, name.replace("_", " ").replace(".", ", "))
