"""Rounding, on output only: half-up to the penny, and rows of a table that add up to their total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import TypeVar

Key = TypeVar("Key")
_WIDE = Context(prec=400)
"""Wide enough for the pence of any number that a computer has."""


def exact(value: float | Decimal) -> Decimal:
    """``value`` without the noise of its last binary digits (15 significant digits are kept); a decimal has none."""
    return value if isinstance(value, Decimal) else Decimal(f"{value:.15g}")


def rounded(value: float, places: int = 2) -> Decimal:
    """``value`` rounded half-up (away from nought) to so many decimal places; never a negative nought."""
    found = exact(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)
    return found if found else abs(found)


def apportioned(values: Iterable[float | Decimal], unit: Decimal = Decimal("0.01")) -> list[Decimal]:
    """``values`` in whole units (pence) that add up to their rounded total, by the method of the largest remainder.

    Each is rounded down; the units that are then missing go to the largest remainders, the first of equal ones.
    """
    with localcontext(_WIDE):
        whole = [exact(value) for value in values]
        down = [value.quantize(unit, ROUND_FLOOR) for value in whole]
        missing = int((sum(whole, Decimal(0)).quantize(unit, ROUND_HALF_UP) - sum(down, Decimal(0))) / unit)
    order = sorted(range(len(whole)), key=lambda place: (down[place] - whole[place], place))
    for place in order[:missing]:
        down[place] += unit
    return [value if value else abs(value) for value in down]


def whole_pounds(values: Iterable[float | Decimal]) -> list[int]:
    """``values`` in whole pounds that add up to their rounded total."""
    return [int(value) for value in apportioned(values, Decimal(1))]


def apportioned_rows(rows: Mapping[Key, float]) -> dict[Key, Decimal]:
    """As :func:`apportioned`, for named rows."""
    return dict(zip(rows, apportioned(list(rows.values())), strict=True))


def rough(value: float) -> str:
    """Pounds as they are said: to three significant figures, millions in words."""
    amount = float(f"{abs(value):.3g}")
    sign = "\N{MINUS SIGN}" if value < 0 and amount >= 0.5 else ""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if amount >= size:
            figure = f"{amount / size:.3g}" if amount / size < 1000 else f"{amount / size:,.0f}"
            return f"{sign}£{figure} {word}"
    return f"{sign}£{amount:,.0f}"
