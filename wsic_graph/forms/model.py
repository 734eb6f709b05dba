"""What a form asks: the fields of a class with their kinds, and the classes of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from wsic_graph.answers import Row
from wsic_graph.namespaces import ID, PREFIXES, SCHEME
from wsic_graph.release.files import shorten
from wsic_graph.vocabulary.shapes import Rule, Shape

CLASSES: Mapping[str, str] = {
    "initiative": PREFIXES["wsic"] + "Initiative",
    "value-case": PREFIXES["wsic"] + "ValueCase",
    "evidence": PREFIXES["wsic"] + "EvidenceSource",
    "resource": PREFIXES["wsic"] + "Resource",
    "source": PREFIXES["wsic"] + "Source",
    "organisation": PREFIXES["org"] + "Organization",
}
"""The class of each kind of record that has a form."""
AUTOMATIC = frozenset(
    {
        PREFIXES["wsic"] + "basis",
        PREFIXES["schema"] + "position",
        PREFIXES["dcterms"] + "identifier",
        PREFIXES["dcterms"] + "valid",
    }
)
"""Fields that are filled in for the contributor, or kept as they are."""
_ASKED = re.compile(r"\(\S+\): (.+?)\.?$")
_QUOTED = re.compile(r'"([^"]*)"(?:\^\^[a-z]+:\w+|@[a-z]+)?')
_SOURCE = PREFIXES["dcterms"] + "source"  # of a finding, which is the evidence source itself


@dataclass(frozen=True)
class Field:
    """One field. ``kind`` is text, number, year, yes-no, address, concept, record or part.

    ``choices`` are the concepts, as the last part of the IRI and the label; ``kinds`` the kinds of record;
    ``part`` the class of the parts.
    """

    rule: Rule
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    kinds: tuple[str, ...] = ()
    part: str = ""

    @property
    def path(self) -> str:
        """The property."""
        return self.rule.path

    @property
    def name(self) -> str:
        """The property as the names of inputs have it."""
        return shorten(self.rule.path)

    @property
    def label(self) -> str:
        """What it is called."""
        return self.rule.name

    @property
    def needed(self) -> bool:
        """Whether it must be filled in."""
        return self.rule.least > 0

    @property
    def many(self) -> bool:
        """Whether it may have several values."""
        return self.rule.most is None or self.rule.most > 1

    @property
    def automatic(self) -> bool:
        """Whether it is filled in for the contributor."""
        return self.path in AUTOMATIC or (self.kinds == ("evidence",) and self.path == _SOURCE)

    @property
    def long(self) -> bool:
        """Whether its texts are more than a line."""
        return shorten(self.path) in ("dcterms:description", "skos:note", "wsic:applicabilityToUK")

    @property
    def hint(self) -> str:
        """What to give, in a few words."""
        if self.kind == "record":
            new = (
                " What is not there yet, add at the end of the form."
                if {"source", "organisation"} & set(self.kinds)
                else ""
            )
            return f"As it is called in this database; names come up as you type.{new}"
        if self.kind == "part":
            return ""
        means = self.rule.definition.split(". ")[0].removesuffix(".")
        asked = self.asked if self.kind not in ("concept", "yes-no") else ""
        return ". ".join(words[0].upper() + words[1:] for words in (means, asked) if words)

    @property
    def asked(self) -> str:
        """What a value is in the words of the rule's message, as people write it: without the signs of Turtle."""
        found = _ASKED.search(self.rule.message)
        words = _QUOTED.sub(r"\1", found[1]) if found and self.kind != "address" else self.rule.what
        return "" if words.startswith(("plain text in quotes", "text with a language tag")) else words


@dataclass(frozen=True)
class Schema:
    """All that forms are made from: shapes by class, part classes by class and property, concepts, names of records."""

    shapes: Mapping[str, Shape]
    parts: Mapping[tuple[str, str], str]
    labels: Mapping[str, str]

    @classmethod
    def read(cls, shapes: Mapping[str, Shape], parts: Iterable[Row], labels: Mapping[str, str]) -> Schema:
        """From the rows of ``service/parts``; ``labels`` are the names of concepts and records by IRI."""
        return cls(shapes, {(str(row["from"]), str(row["property"])): str(row["to"]) for row in parts}, labels)

    def fields(self, kind: str) -> list[Field]:
        """The fields of things of the class ``kind``, in their order; none of a class that there is not."""
        shape = self.shapes.get(kind)
        return [self._field(kind, rule) for rule in shape.fields] if shape else []

    def _field(self, owner: str, rule: Rule) -> Field:
        part = self.parts.get((owner, rule.path), "")
        if part:
            return Field(rule, "part", part=part)
        if rule.scheme:
            return Field(rule, "concept", choices=self._concepts.get(rule.scheme, ()))
        if rule.kinds:
            return Field(rule, "record", kinds=tuple(rule.kinds))
        kinds = {"xsd:decimal": "number", "xsd:integer": "number", "xsd:gYear": "year", "xsd:boolean": "yes-no"}
        return Field(rule, kinds.get(rule.datatype, "text") if rule.datatype else "address")

    @cached_property
    def _concepts(self) -> dict[str, tuple[tuple[str, str], ...]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for iri, label in self.labels.items():
            scheme, _, slug = iri.rpartition("/")
            if iri.startswith(SCHEME):
                found.setdefault(scheme, []).append((slug, label))
        return {scheme: tuple(sorted(items, key=lambda item: item[1].lower())) for scheme, items in found.items()}

    def names_of(self, kinds: Sequence[str]) -> list[str]:
        """The names of all records of some kinds, in small letters."""
        return [label.lower() for kind in kinds for _, label in self.records(kind)]

    def records(self, kind: str) -> list[tuple[str, str]]:
        """The records of a kind: key and name, by name."""
        start = f"{ID}{kind}/"
        found = [(iri.removeprefix(ID), label) for iri, label in self.labels.items() if iri.startswith(start)]
        return sorted(found, key=lambda item: item[1].lower())

    @cached_property
    def called(self) -> Mapping[str, str]:
        """What the forms call each field, by its property as rules name it."""
        return {shorten(rule.path): rule.name for shape in self.shapes.values() for rule in shape.fields}

    @cached_property
    def by_name(self) -> Mapping[str, tuple[str, ...]]:
        """The IRIs of the records with a name in small letters."""
        found: dict[str, tuple[str, ...]] = {}
        for iri, label in self.labels.items():
            if iri.startswith(ID):
                found[label.lower()] = (*found.get(label.lower(), ()), iri)
        return found
