"""Lists of existing services as text: a table, JSON or Turtle, whichever it is, and what is written can be read again.

In JSON and Turtle coverage is a share from 0 to 1, as in the graph; in a table it is per cent, as people type it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyoxigraph as ox

from wsic_graph.benefits_map.services import YOURS
from wsic_graph.calculator.faults import Fault
from wsic_graph.existing.services import MOST_SERVICES, Draft, Row, Situation, plain, short
from wsic_graph.existing.tables import COLUMNS, read_table
from wsic_graph.namespaces import ID, PREFIXES

MOST_CHARACTERS = 100_000
"""Largest list that is read, in characters."""
FIELDS = ("area", "benefits", "services", "enablers")
_LEFT_OUT = ("result",)
"""What a file of ours has beside the list; it is made anew and never read."""
_MOST_FAULTS = 30
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


def read_tree(tree: Mapping[str, Any]) -> Draft:
    """The list in JSON that has been parsed."""
    faults: list[Fault] = []
    _unknown(tree, FIELDS, "", faults)
    services = tree.get("services") or []
    if not (isinstance(services, list) and all(isinstance(item, dict) for item in services)):
        faults.append(Fault("services", "is not a list of services", "a list of objects", ""))
        services = []
    rows = [_row(item, f"services[{number}]", faults) for number, item in enumerate(services[: MOST_SERVICES + 1])]
    area = tree.get("area") or ""
    if not isinstance(area, str):
        faults.append(Fault("area", "is not text", "the code of a council", "E06000027"))
        area = ""
    benefits, enablers = (_texts(tree, name, faults) for name in ("benefits", "enablers"))
    return Draft(area, benefits, tuple(rows), enablers, tuple(faults[:_MOST_FAULTS]))


def _texts(tree: Mapping[str, Any], name: str, faults: list[Fault]) -> tuple[str, ...]:
    value = tree.get(name) or []
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    faults.append(Fault(name, "is not a list of names", "a list of short names", '["a", "b"]'))
    return ()


def _row(item: Mapping[str, Any], where: str, faults: list[Fault]) -> Row:
    _unknown(item, COLUMNS[1:], f"{where}.", faults)
    values = [item.get(column) for column in COLUMNS[1:4]]
    for column, value in zip(COLUMNS[1:4], values, strict=True):
        if value is not None and not isinstance(value, str):
            faults.append(Fault(f"{where}.{column}", "is not text", "text", '"reablement"'))
    name, intervention, care_group = (value if isinstance(value, str) else "" for value in values)
    return Row(name, intervention, care_group, _per_cent(item.get("coverage")), where)


def _unknown(tree: Mapping[str, Any], known: tuple[str, ...], where: str, faults: list[Fault]) -> None:
    for name in tree:
        if name not in (*known, *_LEFT_OUT) and len(faults) < _MOST_FAULTS:
            faults.append(Fault(f"{where}{short(str(name))}", "is no field", f"only these: {', '.join(known)}", ""))


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
    return Draft(area, benefits, tuple(rows), tuple(values(None, f"{_WSIC}hasEnabler")))


def _order(name: str) -> str:
    """``name`` with its last number padded, so that service 10 stands behind service 9."""
    return re.sub(r"\d+(?=>?$)", lambda found: found[0].zfill(6), name)


def _fault(what: str, limit: str) -> Draft:
    return Draft(faults=(Fault("list", what, limit, ""),))


def as_tree(situation: Situation) -> dict[str, Any]:
    """The list as JSON has it."""
    services = [
        dict(zip(COLUMNS[1:], (one.name, one.intervention, one.care_group, one.coverage), strict=True))
        for one in situation.services
    ]
    values = (situation.area or None, list(situation.benefits), services, list(situation.enablers))
    return dict(zip(FIELDS, values, strict=True))


def as_rdf(situation: Situation, form: ox.RdfFormat) -> bytes:
    """The list as RDF, as the queries of the check see it."""
    triples = [quad.triple for quad in ox.parse(situation.own.ntriples(), format=ox.RdfFormat.N_TRIPLES)]
    if situation.area:
        triples.append(ox.Triple(ox.NamedNode(YOURS), _PLACE, ox.NamedNode(f"{ID}area/{situation.area}")))
    names = ("area", "benefit", "care-group", "dcterms", "enabler", "intervention", "skos", "wsic")
    body = ox.serialize(triples, format=form, prefixes={name: PREFIXES[name] for name in names})
    assert body is not None
    return body
