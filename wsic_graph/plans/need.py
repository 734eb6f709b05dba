"""The case for change: what the published figures say of an area, beside places like it and England."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from wsic_graph.answers import Iri, Row
from wsic_graph.places.statistics import Rate, Series
from wsic_graph.plans.ground import Ground
from wsic_graph.plans.model import Cell, Fact, Grid, Line, Picture, Statement

MEASURES = (
    ("population", "65plus"),
    ("population", "85plus"),
    ("imd-average-score", "all"),
    ("disabled-share", "all"),
    ("healthy-life-expectancy-female", "birth"),
    ("healthy-life-expectancy-male", "birth"),
    ("acute-morbidity-ratio", "all"),
    ("care-home-admissions-rate", "65plus"),
    ("long-term-support-at-home-share", "65plus"),
    ("reablement-after-discharge-share", "65plus"),
    ("reablement-in-community-12-weeks", "65plus"),
    ("reablement-no-ongoing-support", "18plus"),
    ("carer-quality-of-life", "18plus"),
    ("social-care-quality-of-life", "18plus"),
    ("enough-social-contact-share", "18plus"),
    ("feel-safe-share", "18plus"),
    ("care-workforce-turnover", "18plus"),
)
"""What the case for change looks at, by indicator and age band, in this order."""
_FRACTIONS = frozenset({"disabled-share", "imd-share-lsoas-most-deprived-10pc"})
_CLOSE, _FAR = Decimal("0.03"), Decimal(2)
_TOLD = 5
_DRAWN = (("population", "65plus"), ("healthy-life-expectancy-female", "birth"))


@dataclass(frozen=True)
class Measured:
    """A measure in its newest period here; ``here``, ``middle`` and ``england`` as they are written."""

    key: str
    name: str
    rate: Rate
    here: Decimal
    middle: Decimal | None
    england: Decimal | None
    fact: Fact

    @property
    def apart(self) -> Decimal:
        """How far this is from the middle, as a share of it."""
        return abs(self.here - self.middle) / self.middle if self.middle else Decimal(0)

    @property
    def odd(self) -> bool:
        """Whether it is so far from the middle that it may have been counted otherwise."""
        if not (self.middle and self.here):
            return False
        share = self.here / self.middle
        return max(share, 1 / share) >= _FAR


def need(ground: Ground) -> tuple[list[Statement], list[Grid], list[Picture]]:
    """The statements, the table and the pictures of the case for change."""
    measures = list(measured(ground))
    statements = [*_people(ground, measures), *_neighbours(ground)]
    rest = [one for one in measures if not one.key.startswith("population ") and not one.odd]
    for one in sorted(rest, key=lambda item: -item.apart)[:_TOLD]:
        if one.apart > _CLOSE:
            statements.append(_beside(ground, one))
    near = [one.name for one in rest if one.middle is not None and one.apart <= _CLOSE]
    if near:
        facts = [one.fact for one in rest if one.middle is not None and one.apart <= _CLOSE]
        statements.append(ground.state("need.close", "need_close", facts, names=near, count=_count(measures)))
    for one in measures:
        if one.odd:
            statements.append(
                ground.state(
                    f"need.odd.{one.key}", "need_odd", [one.fact], stance="caution", one=one, period=one.rate.period
                )
            )  # fmt: skip
    pictures = [picture for key in _DRAWN if (picture := _picture(ground, key))]
    return statements, [_grid(ground, measures)] if measures else [], pictures


def measured(ground: Ground) -> Iterator[Measured]:
    """The measures that there are here."""
    for indicator, band in MEASURES:
        line = ground.series.get((indicator, band))
        rate = line.latest if line else None
        if line is None or rate is None or rate.here is None:
            continue
        scale = Decimal(100) if indicator in _FRACTIONS else Decimal(1)
        key = f"{indicator} {band}"
        name = ground.say("measure", key=key, label=str(line.row["indicatorLabel"]))
        here = _value(rate.here)
        label = ground.say("rate", value=exact(here * scale), period=rate.period, name=name)
        yield Measured(
            key,
            name,
            rate,
            written(here * scale),
            None if rate.middle is None else written(rate.middle * scale),
            None if rate.england is None else written(_value(rate.england) * scale),
            ground.statistic(label, rate.here["source"], rate.here["basis"]),
        )


def written(value: Decimal) -> Decimal:
    """``value`` as prose has it: one decimal, or none from a hundred up."""
    found = value.quantize(Decimal(1) if abs(value) >= 100 else Decimal("0.1"), ROUND_HALF_UP)
    return found.to_integral_value() if found == found.to_integral_value() else found


def exact(value: Decimal) -> Decimal:
    """``value`` with every digit and no needless nought."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _value(row: Row) -> Decimal:
    value = row["value"]
    assert isinstance(value, int | Decimal)
    return Decimal(value)


def _count(measures: list[Measured]) -> int:
    return max((one.rate.count for one in measures), default=0)


def _people(ground: Ground, measures: list[Measured]) -> Iterator[Statement]:
    """How many people there are, how old, and how that has changed."""
    counts: dict[str, list[Row]] = {}
    for row in ground.rows("pages/area-statistics", area=ground.area):
        if isinstance(row["indicator"], str) and row["indicator"].endswith("/population"):
            counts.setdefault(str(row["band"]).rsplit("/", 1)[-1], []).append(row)

    def fact(row: Row) -> Fact:
        ground.use(row["source"])
        label = f"{ground.cited(row['source'])}: {ground.say('count', row=row)}"
        return ground.fact(label, row["source"], "pages/area-statistics", row["basis"], area=str(ground.area))

    everyone = counts.get("all", [])
    older = next((one for one in measures if one.key == "population 65plus"), None)
    if everyone and older:
        newest = everyone[-1]
        yield ground.state(
            "need.people", "need_people", [fact(newest), older.fact], row=newest, one=older, count=older.rate.count
        )
    for band in ("65plus", "85plus"):
        rows = counts.get(band, [])
        if len(rows) > 1:
            first, last = rows[0], rows[-1]
            change = _value(last) / _value(first) - 1
            yield ground.state(
                f"need.growth.{band}", "need_growth", [fact(first), fact(last)], first=first, last=last, change=change,
                band=band,
            )  # fmt: skip


def _neighbours(ground: Ground) -> Iterator[Statement]:
    names = [one.council.name for one in ground.neighbours]
    if names:
        measures = [measure.label for measure in ground.table.usual]
        fact = ground.fact(ground.say("neighbours_fact"), "", "pages/neighbour-measures", "derived")
        yield ground.state("need.neighbours", "need_neighbours", [fact], names=names, measures=measures)


def _beside(ground: Ground, one: Measured) -> Statement:
    return ground.state(
        f"need.{one.key}", "need_beside", [one.fact], one=one, period=one.rate.period, count=one.rate.count,
        middle=side(one.here, one.middle), england=side(one.here, one.england),
    )  # fmt: skip


def side(here: Decimal, there: Decimal | None) -> str:
    """``above``, ``below`` or ``close to``; empty where there is nothing beside it."""
    if there is None:
        return ""
    if there and abs(here - there) / abs(there) <= _CLOSE:
        return "close to"
    return "above" if here > there else "below"


def _grid(ground: Ground, measures: list[Measured]) -> Grid:
    rows = tuple(
        (
            Cell(text=one.name, iri=one.fact.iri, mark=one.fact.mark),
            *(
                Cell(text="–" if value is None else ground.say("figure", value=value), number=True)
                for value in (one.here, one.middle, one.england)
            ),
            Cell(text=one.rate.period),
        )
        for one in measures
    )
    columns = ("Measure", ground.name, "Middle of places like it", "England", "Period")
    asked = ground.fact("", "", "pages/area-comparison", areas=ground.codes)
    return Grid(caption=ground.say("need_table", area=ground.name), columns=columns, rows=rows, facts=(asked,))


def _picture(ground: Ground, key: tuple[str, str]) -> Picture | None:
    line = ground.series.get(key)
    if line is None or not line.trend:
        return None
    name = ground.say("measure", key=" ".join(key), label=str(line.row["indicatorLabel"]))
    lines = [Line(name=ground.name, values=_values(line, "here"), iris=_sources(line))]
    if any(rate.middle is not None for rate in line.rates):
        lines.append(Line(name=ground.say("middle"), values=tuple(rate.middle for rate in line.rates)))
    if any(rate.england for rate in line.rates):
        lines.append(Line(name="England", values=_values(line, "england")))
    return Picture(
        kind="lines",
        title=ground.say("picture", name=name),
        description=ground.say("picture_said", name=name, area=ground.name),
        periods=tuple(rate.period for rate in line.rates),
        lines=tuple(lines),
        unit="%" if key[0] == "population" else "",
    )


def _values(line: Series, side: str) -> tuple[Decimal | None, ...]:
    found = (getattr(rate, side) for rate in line.rates)
    return tuple(None if row is None else _value(row) for row in found)


def _sources(line: Series) -> tuple[str, ...]:
    return tuple(str(Iri(str(rate.here["source"]))) if rate.here else "" for rate in line.rates)
