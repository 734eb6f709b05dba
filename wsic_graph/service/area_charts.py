"""The pictures on the page of an area."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from wsic_graph.answers import Iri, Row
from wsic_graph.charts import Bar, Chart, Format, bars, lines
from wsic_graph.charts import Series as Line
from wsic_graph.namespaces import SCHEME
from wsic_graph.places.statistics import Rate, Series
from wsic_graph.service.links import page_of

PERCENT = Format(after="%")
_INDICATOR = f"{SCHEME}indicator/"
_BAND = f"{SCHEME}age-band/"
_AGES = ("0-17", "18-64", "65-74", "75-84", "85plus")
_TRENDS = (
    ("population", "65plus", "Share of residents aged 65 and over", PERCENT),
    ("population", "85plus", "Share of residents aged 85 and over", PERCENT),
    ("healthy-life-expectancy-female", "birth", "Healthy life expectancy, female, in years", Format()),
    ("healthy-life-expectancy-male", "birth", "Healthy life expectancy, male, in years", Format()),
    ("falls-admissions-rate", "65plus", "Emergency admissions for falls, for each 100,000 aged 65 and over", Format()),
    ("emergency-readmissions-30-days", "all", "Emergency readmissions within 30 days, per cent", PERCENT),
    ("social-care-quality-of-life", "18plus", "Social care-related quality of life, score", Format()),
    ("carer-quality-of-life", "18plus", "Carer quality of life, score", Format()),
)
DRAWN = frozenset(_INDICATOR + indicator for indicator, *_ in _TRENDS)
"""The indicators that the pictures of an area show."""
AllSeries = Mapping[tuple[Iri, Iri], Series]


def people_by_age(series: AllSeries) -> Chart | None:
    """The share of each age band in the first period and in the last, or None without figures."""
    found = [(age, _find(series, "population", age)) for age in _AGES]
    items = []
    for _, line in found:
        known = [rate for rate in line.rates if rate.here] if line else []
        for rate, tone in zip(known[:: max(len(known) - 1, 1)], ("flat", "plain"), strict=False):
            assert line and rate.here
            label = f"{line.row['ageBandLabel']}, {str(rate.period).lower()}"
            items.append(Bar(label, _number(rate.here), "flat" if tone == "flat" else "plain", href=_source(rate.here)))
    if not items:
        return None
    words = "Share of residents in each age band, in the first and the last period held."
    return bars(
        "People by age, then and now", words, items, unit=PERCENT, of="Age and time", measure="Share of residents"
    )


def share(series: AllSeries, age: str) -> Rate | None:
    """The newest share of an age band in the population, or None."""
    line = _find(series, "population", age)
    return line.latest if line else None


def trends(series: AllSeries, name: str) -> list[tuple[Chart, Row]]:
    """A line for each measure that has kept its definition, beside places like it and England, with its row."""
    charts = []
    for indicator, age, title, unit in _TRENDS:
        line = _find(series, indicator, age)
        if line and line.trend:
            charts.append((_lines(line, title, name, unit), line.row))
    return charts


def _lines(line: Series, title: str, name: str, unit: Format) -> Chart:
    drawn = [Line(name, [_known(rate.here) for rate in line.rates], [_source(rate.here) for rate in line.rates])]
    if any(rate.middle is not None for rate in line.rates):
        drawn.append(Line("Middle of places like it", [rate.middle for rate in line.rates]))
    if any(rate.england for rate in line.rates) and name != "England":
        drawn.append(
            Line(
                "England", [_known(rate.england) for rate in line.rates], [_source(rate.england) for rate in line.rates]
            )
        )
    return lines(
        title, _said(line.rates, name, unit), [rate.period for rate in line.rates], drawn, unit=unit, zero=False
    )


def _said(rates: tuple[Rate, ...], name: str, unit: Format) -> str:
    known = [(rate.period, _number(rate.here)) for rate in rates if rate.here]
    (first, start), (last, end) = known[0], known[-1]
    return f"{name}: {unit(start)} in {first}, {unit(end)} in {last}. The scale does not begin at nought."


def _find(series: AllSeries, indicator: str, age: str) -> Series | None:
    return series.get((Iri(_INDICATOR + indicator), Iri(_BAND + age)))


def _known(row: Row | None) -> Decimal | None:
    return _number(row) if row else None


def _number(row: Row) -> Decimal:
    value = row["value"]
    assert isinstance(value, int | Decimal)
    return Decimal(value)


def _source(row: Row | None) -> str:
    return page_of(str(row["source"])) or "" if row else ""
