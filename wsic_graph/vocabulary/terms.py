"""The terms of the ontology with all that is said of them, read from rows of the graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from wsic_graph.answers import Iri, Row, Value
from wsic_graph.namespaces import ONTOLOGY, PREFIXES
from wsic_graph.release.files import shorten


@dataclass(frozen=True)
class Term:
    """A class, a property or the ontology itself. ``term["rdfs:label"]`` is the first value or None."""

    iri: Iri
    statements: Mapping[str, list[Value]]

    def __getitem__(self, name: str) -> Value:
        """The first value of the property ``name`` (such as ``skos:definition``), or None."""
        return next(iter(self.all(name)), None)

    def all(self, *names: str) -> list[Value]:
        """Every value of the properties ``names``."""
        return [value for name in names for value in self.statements.get(name, [])]

    def links(self, *names: str) -> list[Iri]:
        """Every IRI among the values of the properties ``names``."""
        return [value for value in self.all(*names) if isinstance(value, Iri)]

    @property
    def name(self) -> str:
        """``Initiative`` of ``…/ontology#Initiative``."""
        return self.iri.part

    @property
    def curie(self) -> str:
        """``wsic:Initiative``."""
        return shorten(self.iri)

    @property
    def label(self) -> str:
        """What the term is called, or its short name."""
        return str(self["rdfs:label"] or self.curie)

    @property
    def is_class(self) -> bool:
        """Whether the term is a class."""
        return f"{PREFIXES['owl']}Class" in self.all("rdf:type")

    @property
    def is_own(self) -> bool:
        """Whether the ontology coins the term, rather than reusing it."""
        return self.iri.startswith(ONTOLOGY)

    @property
    def leads_to_things(self) -> bool:
        """Whether the values of the property are things, and not text or numbers."""
        return f"{PREFIXES['owl']}ObjectProperty" in self.all("rdf:type")


@dataclass(frozen=True)
class Use:
    """How often a class or property is used, and for a class one thing that is of it."""

    count: int = 0
    example: Iri | None = None


@dataclass(frozen=True)
class Vocabulary:
    """The ontology, its terms by IRI and their use in the graph."""

    ontology: Term
    terms: Mapping[str, Term]
    uses: Mapping[str, Use]

    @cached_property
    def classes(self) -> list[Term]:
        """The classes that the ontology coins, by name."""
        return [term for term in self.terms.values() if term.is_class and term.is_own]

    @cached_property
    def properties(self) -> list[Term]:
        """The properties that the ontology coins, by name."""
        return [term for term in self.terms.values() if term.is_own and not term.is_class]

    @cached_property
    def reused(self) -> dict[str, list[Term]]:
        """The terms of other vocabularies, by the IRI of the vocabulary."""
        found: defaultdict[str, list[Term]] = defaultdict(list)
        for term in self.terms.values():
            if not term.is_own:
                found[str(term["rdfs:isDefinedBy"])].append(term)
        return dict(found)

    @cached_property
    def narrower(self) -> dict[str, list[Term]]:
        """The direct subclasses of each class that has some."""
        found: defaultdict[str, list[Term]] = defaultdict(list)
        for term in self.classes:
            for parent in term.links("rdfs:subClassOf"):
                found[parent].append(term)
        return dict(found)

    @cached_property
    def roots(self) -> list[Term]:
        """The classes of our own that are under no other class of our own."""
        return [term for term in self.classes if not any(p.startswith(ONTOLOGY) for p in term.links("rdfs:subClassOf"))]

    def ancestors(self, term: Term) -> list[Iri]:
        """The classes that ``term`` is under, the nearest first."""
        found: dict[Iri, None] = {}
        for parent in term.links("rdfs:subClassOf"):
            found[parent] = None
        for parent in list(found):
            if parent in self.terms:
                found.update(dict.fromkeys(self.ancestors(self.terms[parent])))
        return list(found)

    def leading_to(self, iri: str) -> list[Term]:
        """The properties whose range is the class ``iri``."""
        return [term for term in self.properties if iri in term.all("rdfs:range")]

    def used(self, iri: str) -> Use:
        """How often ``iri`` is used."""
        return self.uses.get(iri, Use())

    def used_below(self, term: Term) -> int:
        """How many things are of the class or of a class under it. Every thing has one class of our own."""
        return self.used(term.iri).count + sum(self.used_below(child) for child in self.narrower.get(term.iri, []))


def read_vocabulary(terms: Iterable[Row], classes: Iterable[Row], properties: Iterable[Row]) -> Vocabulary:
    """The vocabulary from the rows of ``ontology/terms``, ``ontology/classes-in-use`` and ``…/properties-in-use``."""
    statements: dict[str, dict[str, list[Value]]] = {}
    for row in terms:
        found = statements.setdefault(str(row["term"]), {})
        found.setdefault(shorten(str(row["property"])), []).append(row["value"])
    uses = {str(row["property"]): Use(_count(row)) for row in properties}
    for row in classes:
        example = row["example"]
        uses[str(row["class"])] = Use(_count(row), example if isinstance(example, Iri) else None)
    read = {iri: Term(Iri(iri), said) for iri, said in sorted(statements.items())}
    ontology = read.pop(ONTOLOGY.rstrip("#"))
    return Vocabulary(ontology, read, uses)


def _count(row: Row) -> int:
    uses = row["uses"]
    assert isinstance(uses, int)
    return uses
