"""The benefits map as the graph has it: links with their evidence, benefits with what they serve, and relations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from wsic_graph.answers import Iri, Row
from wsic_graph.charts import Style

Rows = Callable[..., Sequence[Row]]
"""Asks a saved query by its name."""
COUNTED, ADVERSE, NO_EFFECT = "counted", "adverse", "no-effect"
JUDGED = (COUNTED, ADVERSE, NO_EFFECT)
"""Statuses of links whose effect met the standard of the default run."""
_STYLES: dict[str, Style] = {COUNTED: "for", ADVERSE: "against", NO_EFFECT: "none"}
_NEEDS = "requiresEnabler"


@dataclass(frozen=True)
class Thing:
    """Something with a place on the map: its IRI and what it is called."""

    iri: Iri
    label: str


@dataclass(frozen=True)
class Evidence:
    """A finding that a link rests on, with its study, by way of an effect estimate where there is one."""

    effect: Iri | None
    finding: Iri
    description: str
    direction: Iri | None
    basis: Iri
    source: Iri
    title: str
    year: str


@dataclass(frozen=True)
class Link:
    """What an intervention does to an outcome for a care group, as far as the evidence goes."""

    iri: Iri
    intervention: Thing
    outcome: Thing
    group: Thing
    status: Thing
    direction: Iri
    applies_to: str
    change: Decimal | None
    low: Decimal | None
    high: Decimal | None
    grade: int
    level: Iri
    share: Decimal | None
    share_basis: Iri | None
    run: Iri | None
    rationale: str
    basis: Iri
    evidence: tuple[Evidence, ...] = ()

    @property
    def style(self) -> Style:
        """How its line is drawn."""
        return _STYLES.get(self.status.iri.slug, "open")

    @property
    def effect(self) -> Iri | None:
        """The effect estimate it rests on."""
        return next((item.effect for item in self.evidence if item.effect), None)

    @property
    def sources(self) -> tuple[Thing, ...]:
        """The studies, each once."""
        return tuple(dict.fromkeys(Thing(item.source, item.title) for item in self.evidence))


@dataclass(frozen=True)
class Benefit:
    """A benefit that partners can agree on; a financial one has a sector."""

    thing: Thing
    definition: str
    note: str
    type: Thing
    sector: Thing | None
    outcomes: tuple[Thing, ...]
    objectives: tuple[Thing, ...]


@dataclass(frozen=True)
class Relation:
    """How an intervention relates to another, or to an enabler, and why."""

    iri: Iri
    subject: Thing
    predicate: Thing
    object: Thing
    reason: str
    basis: Iri
    records: tuple[Iri, ...]
    sources: tuple[Iri, ...]


@dataclass(frozen=True)
class BenefitsMap:
    """The whole map."""

    links: tuple[Link, ...]
    benefits: tuple[Benefit, ...]
    relations: tuple[Relation, ...]

    @cached_property
    def needs(self) -> tuple[Relation, ...]:
        """The relations between an intervention and an enabler that it requires."""
        return tuple(one for one in self.relations if one.predicate.iri.part == _NEEDS)

    @cached_property
    def things(self) -> dict[Iri, Thing]:
        """Everything that has a place on the map, by IRI."""
        found: list[Thing] = []
        for link in self.links:
            found += [link.intervention, link.outcome]
        for relation in self.relations:
            found += [relation.subject, relation.object]
        for benefit in self.benefits:
            found += [benefit.thing, *benefit.outcomes, *benefit.objectives]
        return {thing.iri: thing for thing in found}

    @cached_property
    def groups(self) -> tuple[Thing, ...]:
        """The care groups that have links, by name."""
        return tuple(sorted({link.group for link in self.links}, key=lambda thing: thing.label))

    @cached_property
    def interventions(self) -> tuple[Thing, ...]:
        """The interventions that have links, by name."""
        return tuple(sorted({link.intervention for link in self.links}, key=lambda thing: thing.label))

    @cached_property
    def sectors(self) -> tuple[Thing, ...]:
        """The sectors that gain, by name."""
        return tuple(sorted({item.sector for item in self.benefits if item.sector}, key=lambda thing: thing.label))


def read_map(rows: Rows) -> BenefitsMap:
    """The map from the saved queries that ``rows`` asks."""
    behind: dict[str, list[Evidence]] = {}
    for row in rows("benefits_map/evidence"):
        behind.setdefault(str(row["link"]), []).append(_evidence(row))
    links = [_link(row, behind.get(str(row["contribution"]), ())) for row in rows("benefits_map/contributions")]
    return BenefitsMap(
        tuple(links), _benefits(rows("benefits_map/benefits")), _relations(rows("benefits_map/relations"))
    )


def _thing(row: Row, name: str, label: str = "") -> Thing:
    iri = row[name]
    assert isinstance(iri, Iri), name
    return Thing(iri, str(row[label or f"{name}Label"]))


def _iri(row: Row, name: str) -> Iri:
    value = row[name]
    assert isinstance(value, Iri), name
    return value


def _perhaps(row: Row, name: str) -> Iri | None:
    value = row[name]
    return value if isinstance(value, Iri) else None


def _number(row: Row, name: str) -> Decimal | None:
    value = row[name]
    return Decimal(value) if isinstance(value, int | Decimal) else None


def _evidence(row: Row) -> Evidence:
    return Evidence(
        _perhaps(row, "effect"),
        _iri(row, "finding"),
        str(row["description"]),
        _perhaps(row, "findingDirection"),
        _iri(row, "findingBasis"),
        _iri(row, "source"),
        str(row["title"]),
        str(row["year"] or ""),
    )


def _link(row: Row, evidence: Iterable[Evidence]) -> Link:
    grade = row["evidenceGrade"]
    assert isinstance(grade, int)
    return Link(
        _iri(row, "contribution"),
        _thing(row, "by"),
        _thing(row, "to"),
        _thing(row, "group"),
        _thing(row, "standing"),
        _iri(row, "direction"),
        str(row["appliesTo"] or ""),
        _number(row, "change"),
        _number(row, "low"),
        _number(row, "high"),
        grade,
        _iri(row, "level"),
        _number(row, "share"),
        _perhaps(row, "shareBasis"),
        _perhaps(row, "run"),
        str(row["rationale"]),
        _iri(row, "basis"),
        tuple(evidence),
    )


def _benefits(found: Sequence[Row]) -> tuple[Benefit, ...]:
    groups: dict[Iri, list[Row]] = {}
    for row in found:
        groups.setdefault(_iri(row, "benefit"), []).append(row)
    return tuple(
        Benefit(
            _thing(rows[0], "benefit", "label"),
            str(rows[0]["definition"]),
            str(rows[0]["note"]),
            _thing(rows[0], "type"),
            _thing(rows[0], "sector") if rows[0]["sector"] else None,
            tuple(dict.fromkeys(_thing(row, "outcome") for row in rows)),
            tuple(dict.fromkeys(_thing(row, "objective") for row in rows)),
        )
        for rows in groups.values()
    )


def _relations(found: Sequence[Row]) -> tuple[Relation, ...]:
    groups: dict[Iri, list[Row]] = {}
    for row in found:
        groups.setdefault(_iri(row, "relation"), []).append(row)
    return tuple(
        Relation(
            iri,
            _thing(rows[0], "subject"),
            _thing(rows[0], "predicate"),
            _thing(rows[0], "object"),
            str(rows[0]["reason"]),
            _iri(rows[0], "basis"),
            tuple(dict.fromkeys(_iri(row, "record") for row in rows)),
            tuple(dict.fromkeys(_iri(row, "source") for row in rows if row["source"])),
        )
        for iri, rows in groups.items()
    )
