"""A plan as data: JSON as a tree, and RDF in the terms of PROV, each statement with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pyoxigraph as ox

from wsic_graph.formats import GRAPHS
from wsic_graph.namespaces import BASE, PREFIXES, SCHEME
from wsic_graph.plans.checks import Check
from wsic_graph.plans.edits import Edits
from wsic_graph.plans.model import Fact, Plan, Statement
from wsic_graph.release.turtle import write_turtle

_BASES = ("verified", "derived", "recalled")
"""The marks that the graph has a concept for."""


def tree(plan: Plan, edits: Edits, checks: Sequence[Check], about: dict[str, Any]) -> dict[str, Any]:
    """The whole plan as JSON has it; decimals are text."""
    return {
        **about,
        "plan": plan.model_dump(mode="json"),
        "edits": edits.model_dump(mode="json"),
        "checks": [one.model_dump(mode="json") for one in checks],
    }


def rdf(plan: Plan, edits: Edits, at: tuple[str, str], day: date, form: str) -> bytes:
    """The plan as RDF in ``form``; ``at`` are the address of its page and that of the site."""
    triples = list(dict.fromkeys(_Writer(plan, edits, at, day).all()))
    if form == "ttl":
        return write_turtle(triples, "").encode()
    return ox.serialize(triples, format=GRAPHS[form].rdf, prefixes=PREFIXES) or b""


class _Writer:
    def __init__(self, plan: Plan, edits: Edits, at: tuple[str, str], day: date) -> None:
        self.plan, self.edits, self.day = plan, edits, day
        self.iri, self.site = at

    def all(self) -> Iterator[ox.Triple]:
        """Every statement about the plan."""
        plan, iri = self.plan, self.iri
        yield self._say(iri, "rdf:type", _node("prov:Entity"))
        yield self._say(iri, "dcterms:title", _english(f"{plan.area}: {plan.period}"))
        yield self._say(iri, "dcterms:description", _english(plan.lede))
        yield self._say(iri, "dcterms:spatial", ox.NamedNode(plan.area_iri))
        yield self._say(iri, "wsic:planningPeriod", ox.NamedNode(plan.period_iri))
        yield self._say(iri, "dcterms:created", ox.Literal(self.day.isoformat(), datatype=_node("xsd:date")))
        yield self._say(iri, "prov:wasDerivedFrom", ox.NamedNode(f"{iri}#data"))
        yield self._say(f"{iri}#data", "rdf:type", _node("prov:Entity"))
        yield self._say(f"{iri}#data", "prov:specializationOf", ox.NamedNode(f"{BASE}catalogue"))
        yield self._say(f"{iri}#data", "dcat:version", ox.Literal(plan.version))
        place = 0
        for part in plan.parts():
            for statement in part.statements:
                place += 1
                yield from self._statement(statement, f"{iri}#statement-{place}", part.iri)
        for slug, text in self.edits.texts.items():
            section = self.plan.section(slug)
            if section:
                yield from self._own(f"{iri}#text-{slug}", text, section.iri)

    def _statement(self, statement: Statement, part: str, home: str) -> Iterator[ox.Triple]:
        words = self.edits.words(statement)
        if not words:
            return
        yield self._say(self.iri, "dcterms:hasPart", ox.NamedNode(part))
        yield self._say(part, "rdf:type", _node("prov:Entity"))
        yield self._say(part, "dcterms:identifier", ox.Literal(statement.id))
        yield self._say(part, "dcterms:description", _english(words))
        yield self._say(part, "dcterms:subject", ox.NamedNode(home))
        if words != statement.text:
            yield self._say(part, "skos:changeNote", _english(statement.text))
        if statement.mark in _BASES:
            yield self._say(part, "wsic:basis", ox.NamedNode(f"{SCHEME}basis/{statement.mark}"))
        for fact in statement.facts:
            yield from self._fact(part, fact)

    def _fact(self, part: str, fact: Fact) -> Iterator[ox.Triple]:
        if fact.iri:
            iri = fact.iri if ":" in fact.iri.split("/")[0] else f"{self.site}{fact.iri}"
            yield self._say(part, "prov:wasDerivedFrom", ox.NamedNode(iri))
        if fact.query:
            yield self._say(part, "dcterms:references", ox.NamedNode(f"{self.site}/queries/{fact.query}"))

    def _own(self, part: str, text: str, home: str) -> Iterator[ox.Triple]:
        yield self._say(self.iri, "dcterms:hasPart", ox.NamedNode(part))
        yield self._say(part, "rdf:type", _node("prov:Entity"))
        yield self._say(part, "dcterms:description", _english(text))
        yield self._say(part, "dcterms:subject", ox.NamedNode(home))

    @staticmethod
    def _say(subject: str, name: str, value: Any) -> ox.Triple:
        return ox.Triple(ox.NamedNode(subject), _node(name), value)


def _node(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def _english(text: str) -> ox.Literal:
    return ox.Literal(text, language="en-gb")
