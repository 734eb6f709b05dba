"""A concept scheme as a tree, and one concept with all that is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wsic_graph.answers import Iri, Row, Value
from wsic_graph.release.files import shorten


@dataclass
class Concept:
    """A concept in its place in the tree. ``uses`` counts the statements that use it, by property."""

    iri: Iri
    label: str
    notation: str
    definition: str
    scope_note: str
    alt_labels: list[str]
    broader: Iri | None
    uses: dict[Iri, int] = field(default_factory=dict)
    narrower: list[Concept] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many statements use the concept."""
        return sum(self.uses.values())

    @property
    def total_below(self) -> int:
        """How many statements use the concept or one below it."""
        return self.total + sum(concept.total_below for concept in self.narrower)


@dataclass(frozen=True)
class Scheme:
    """The concepts of a scheme, in order of their labels, and those at the top of the tree."""

    concepts: Mapping[str, Concept]
    top: list[Concept]

    @property
    def uses(self) -> dict[Iri, int]:
        """How many statements each property makes with a concept of the scheme."""
        found: dict[Iri, int] = {}
        for concept in self.concepts.values():
            for name, count in concept.uses.items():
                found[name] = found.get(name, 0) + count
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def read_scheme(rows: Iterable[Row], uses: Iterable[Row] = ()) -> Scheme:
    """The tree from the rows of ``ontology/scheme`` and the counts of ``ontology/scheme-uses``."""
    concepts = {str(row["concept"]): _concept(row) for row in rows}
    for row in uses:
        count, name = row["uses"], row["property"]
        assert isinstance(count, int)
        assert isinstance(name, Iri)
        concepts[str(row["concept"])].uses[name] = count
    top: list[Concept] = []
    for concept in concepts.values():
        (concepts[concept.broader].narrower if concept.broader in concepts else top).append(concept)
    return Scheme(concepts, top)


def _concept(row: Row) -> Concept:
    iri, broader = row["concept"], row["broader"]
    assert isinstance(iri, Iri)
    return Concept(
        iri=iri,
        label=str(row["label"]),
        notation=str(row["notation"] or ""),
        definition=str(row["definition"] or ""),
        scope_note=str(row["scopeNote"] or ""),
        alt_labels=[name for name in str(row["altLabels"] or "").split(" | ") if name],
        broader=broader if isinstance(broader, Iri) else None,
    )


@dataclass(frozen=True)
class Said:
    """One value in what is said of a concept, with its name if it is a thing."""

    value: Value
    label: str | None

    @property
    def is_link(self) -> bool:
        """Whether the value is an IRI."""
        return isinstance(self.value, Iri)


def read_concept(rows: Iterable[Row]) -> dict[str, list[Said]]:
    """What is said of a concept by property (such as ``skos:broader``), from the rows of ``ontology/concept``."""
    found: dict[str, list[Said]] = {}
    for row in rows:
        label = row["label"]
        found.setdefault(shorten(str(row["property"])), []).append(
            Said(row["value"], None if label is None else str(label))
        )
    return found
