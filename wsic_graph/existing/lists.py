"""Lists of existing services as text: a table, JSON or Turtle, whichever it is, and what is written can be read again.

In JSON and Turtle coverage is a share from 0 to 1, as in the graph; in a table it is per cent, as people type it.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pyoxigraph as ox

from wsic_graph.benefits_map.services import YOURS
from wsic_graph.calculator.faults import Fault
from wsic_graph.existing.request import read_tree
from wsic_graph.existing.services import Draft, Row, Situation, plain, short
from wsic_graph.existing.tables import read_table
from wsic_graph.namespaces import ID, PREFIXES, SCHEME

MOST_CHARACTERS = 100_000
"""Largest list that is read, in characters."""
_TURTLE = re.compile(r"@(prefix|base)\b|PREFIX\b|BASE\b|<[a-z]+:|#", re.IGNORECASE)
_SHARE = re.compile(r"0(\.\d{1,12})?|1(\.0{1,12})?", re.ASCII)
_PLACE = ox.NamedNode(f"{PREFIXES['dcterms']}spatial")
_WSIC, _LABEL, _TYPE = PREFIXES["wsic"], f"{PREFIXES['skos']}prefLabel", f"{PREFIXES['rdf']}type"


def read_list(text: str) -> Draft:
    """The list in ``text``. What cannot be read is a fault in it."""
    text = text.lstrip("\ufeff").strip()
    if len(text) > MOST_CHARACTERS:
        return _fault(f"has {len(text):,} characters", f"at most {MOST_CHARACTERS:,}")
    if text.startswith("{"):
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError) as error:
            return _fault(f"is not JSON ({short(str(error))})", "JSON as the download has it")
        return read_tree(tree)
    return _read_turtle(text) if _TURTLE.match(text) else read_table(text)


def _per_cent(value: object) -> str:
    """A share as it is typed in per cent; what is none is given back with a word that makes it a fault."""
    if value is None or isinstance(value, bool):
        return ""
    text = str(value)
    return f"{plain(Decimal(text) * 100)}%" if _SHARE.fullmatch(text) else f"{text} as a share"


def _read_turtle(text: str) -> Draft:
    store = ox.Store()
    try:
        store.load(text.encode(), format=ox.RdfFormat.TURTLE)
    except (SyntaxError, ValueError) as error:
        return _fault(f"is not Turtle ({short(str(error))})", "Turtle as the download has it")

    def values(subject: Any, name: str) -> list[str]:
        found = (quad.object for quad in store.quads_for_pattern(subject, ox.NamedNode(name), None))
        return sorted(value.value for value in found if isinstance(value, ox.NamedNode | ox.Literal))

    def first(subject: Any, name: str) -> str:
        return next(iter(values(subject, name)), "")

    service = ox.NamedNode(f"{_WSIC}ExistingService")
    found = {quad.subject for quad in store.quads_for_pattern(None, ox.NamedNode(_TYPE), service)}
    rows = [
        Row(
            first(one, _LABEL),
            first(one, f"{_WSIC}delivers"),
            first(one, f"{_WSIC}careGroup"),
            _per_cent(first(one, f"{_WSIC}coverageShare") or None),
            f"service {str(one).strip('<>')}",
        )
        for one in sorted(found, key=lambda one: _order(str(one)))
    ]
    area = first(None, _PLACE.value)
    benefits = tuple(values(None, f"{_WSIC}agreedBenefit"))
    people = first(ox.NamedNode(YOURS), f"{_WSIC}careGroup")
    return Draft(area, benefits, tuple(rows), tuple(values(None, f"{_WSIC}hasEnabler")), people=people)


def _order(name: str) -> str:
    """``name`` with its last number padded, so that service 10 stands behind service 9."""
    return re.sub(r"(?<!\d)\d+(?=>?$)", lambda found: found[0].zfill(6), name)


def _fault(what: str, limit: str) -> Draft:
    return Draft(faults=(Fault("list", what, limit, ""),))


def as_rdf(situation: Situation, form: ox.RdfFormat) -> bytes:
    """The list as RDF, as the queries of the check see it."""
    yours = ox.NamedNode(YOURS)
    triples = [quad.triple for quad in ox.parse(situation.own.ntriples(), format=ox.RdfFormat.N_TRIPLES)]
    if situation.area:
        triples.append(ox.Triple(yours, _PLACE, ox.NamedNode(f"{ID}area/{situation.area}")))
    if situation.people:
        group = ox.NamedNode(f"{SCHEME}care-group/{situation.people}")
        triples.append(ox.Triple(yours, ox.NamedNode(f"{_WSIC}careGroup"), group))
    names = ("area", "benefit", "care-group", "dcterms", "enabler", "intervention", "skos", "wsic")
    body = ox.serialize(triples, format=form, prefixes={name: PREFIXES[name] for name in names})
    assert body is not None
    return body
