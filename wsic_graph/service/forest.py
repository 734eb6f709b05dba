"""Findings as pictures: how they go by outcome or intervention, and those of one measure on one scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from wsic_graph.answers import Iri, Row
from wsic_graph.charts import Bar, Chart, Format, Point, Stack, dots, stacks
from wsic_graph.charts.shapes import Tone
from wsic_graph.service.links import page_of
from wsic_graph.service.words import inner, number

DIRECTIONS: tuple[tuple[str, str, str, Tone], ...] = (
    ("improves", "improves", "improve", "good"),
    ("no-clear-effect", "shows no clear effect", "show no clear effect", "flat"),
    ("mixed", "is mixed", "are mixed", "mixed"),
    ("worsens", "gets worse", "get worse", "bad"),
    ("none", "only describes", "only describe", "plain"),
)
"""Directions of findings: slug, what is said of one, what of many, and tone."""
_TONES = {slug: tone for slug, _, _, tone in DIRECTIONS}
_RATIOS = frozenset({"risk-ratio", "odds-ratio", "rate-ratio", "hazard-ratio", "ratio-of-means"})
_DIFFERENCES = frozenset(
    {"percent-change", "mean-difference", "percentage-point-difference", "standardised-mean-difference"}
)
"""Measures of a difference whose figures may stand on one scale if their unit is the same."""


@dataclass(frozen=True)
class Group:
    """The findings on one outcome (or by one intervention): their concept, how they go, and their pictures."""

    concept: Iri
    label: str
    rows: Sequence[Row]
    pictures: Sequence[Chart]

    @property
    def tally(self) -> list[tuple[str, int]]:
        """Slug of each direction that occurs, and how many findings go that way."""
        return tally(self.rows)


def tally(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """Slug of each direction that occurs in ``rows`` (``none`` for those without), in a fixed order, and how many."""
    counts = Counter(_direction(row) for row in rows)
    return [(slug, counts[slug]) for slug, *_ in DIRECTIONS if counts[slug]]


def grouped_by(rows: Iterable[Row], concept: str, label: str) -> list[Group]:
    """The findings in groups by the columns ``concept`` and ``label``, the largest group first."""
    ordered = sorted(rows, key=lambda row: str(row[label]))
    found = []
    for _, same in groupby(ordered, key=lambda row: row[label]):
        group = list(same)
        iri = group[0][concept]
        assert isinstance(iri, Iri)
        found.append(Group(iri, str(group[0][label]), group, pictures(str(group[0][label]), group)))
    return sorted(found, key=lambda item: -len(item.rows))


def overview(groups: Sequence[Group], of: str, name: str) -> Chart:
    """A bar for each group of findings on ``name``, in which their directions are the parts; it leads to the group."""
    occurring = {slug for group in groups for slug, _ in group.tally}
    items = []
    for group in groups:
        counts = dict(group.tally)
        parts = [Bar(many, counts.get(slug, 0), tone) for slug, _, many, tone in DIRECTIONS if slug in occurring]
        items.append(Stack(group.label, parts, href=f"#{group.concept.slug}"))
    description = f"One bar for each {of}, as long as its number of findings, divided by their direction."
    return stacks(f"Findings on {inner(name)} by {of}", description, items, of=of.capitalize())


def pictures(name: str, rows: Iterable[Row]) -> list[Chart]:
    """A forest picture for each measure in one unit of which two or more findings give a figure.

    Measures are not converted into each other, so only figures that may be compared
    stand on one scale.
    """
    comparable = [row for row in rows if row["value"] is not None and isinstance(row["measure"], Iri)]
    kinds: dict[tuple[str, str], list[Row]] = {}
    for row in comparable:
        measure, unit = row["measure"], row["unit"]
        assert isinstance(measure, Iri)
        if measure.slug in _RATIOS | _DIFFERENCES and isinstance(unit, Iri):
            kinds.setdefault((measure.slug, unit.slug), []).append(row)
    return [_picture(name, measure, found) for (measure, _), found in kinds.items() if len(found) > 1]


def _picture(name: str, measure: str, rows: Sequence[Row]) -> Chart:
    ratio = measure in _RATIOS
    # A ratio of nought has no place on a scale of ratios; the table of the findings holds it.
    drawn = [row for row in rows if not ratio or all(_decimal(row[end]) > 0 for end in ("value", "lower", "upper"))]
    names = Counter(_name(row) for row in drawn)
    points = [_point(row, names[_name(row)] > 1) for row in sorted(drawn, key=lambda row: _decimal(row["value"]))]
    words, unit = str(rows[0]["measureLabel"]), str(rows[0]["unitText"] or "")
    written = inner(words) if inner(words) == inner(unit) or ratio else f"{inner(words)} ({unit})"
    limits = "Lines reach from the lower to the upper limit; a hollow diamond has no published limits."
    middle = "1 is no difference." if ratio else "0 is no difference."
    return dots(
        f"{name}: {written}",
        f"{len(points)} findings, the lowest figure first. {limits} {middle} Findings are not pooled.",
        points,
        unit=Format(plus=not ratio),
        of="Finding",
        measure=words,
        ratio=ratio,
        line_text="no difference",
        sides=("lower", "higher"),
    )


def _point(row: Row, shared: bool) -> Point:
    iri = row["finding"]
    assert isinstance(iri, Iri)
    value, low, high = (row[name] for name in ("value", "lower", "upper"))
    text = number(_decimal(value))
    if low is not None and high is not None:
        level = f"{number(_decimal(row['confidence']))}% interval " if row["confidence"] is not None else "limits "
        text += f" ({level}{number(_decimal(low))} to {number(_decimal(high))})"
    direction = _direction(row)
    who = "; ".join(str(row[name]) for name in ("population", "followUp") if row[name]) if shared else ""
    marks = ["only describes" if direction == "none" else direction.replace("-", " "), inner(str(row["designLabel"]))]
    basis = row["basis"]
    if isinstance(basis, Iri) and basis.slug != "verified":
        marks.append(basis.slug.replace("-", " "))
    return Point(
        _name(row) + (f": {who}" if who else ""),
        _decimal(value),
        None if low is None else _decimal(low),
        None if high is None else _decimal(high),
        _TONES[direction],
        text,
        "; ".join(marks),
        page_of(iri) or "",
    )


def _name(row: Row) -> str:
    """How a finding is called in a picture: the first author and the year of its source."""
    first = str(row["creator"] or row["sourceTitle"]).split(",")[0]
    return f"{first}, {row['year']}"


def _direction(row: Row) -> str:
    direction = row["direction"]
    return direction.slug if isinstance(direction, Iri) else "none"


def _decimal(value: object) -> Decimal:
    """A figure of an answer; 1 for none, which never hinders a scale of ratios."""
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal(1)
