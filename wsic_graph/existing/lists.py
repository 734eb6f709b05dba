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

from wsic_graph.calculator.faults import Fault
from wsic_graph.existing.services import MOST_SERVICES, Draft, Row, Situation, plain, short
from wsic_graph.existing.tables import COLUMNS, read_table
from wsic_graph.namespaces import ID, PREFIXES, SCHEME

MOST_CHARACTERS = 100_000
"""Largest list that is read, in characters."""
HERE = "urn:wsic:here"
"""The area of a list that names none."""
FIELDS = ("area", "benefits", "services", "enablers")
_MOST_FAULTS = 30
_TURTLE = re.compile(r"@(prefix|base)\b|PREFIX\b|BASE\b|<[a-z]+:|#", re.IGNORECASE)
_SHARE = re.compile(r"0(\.\d{1,12})?|1(\.0{1,12})?", re.ASCII)
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
        if name not in known and len(faults) < _MOST_FAULTS:
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
        for one in sorted(found, key=lambda one: _place(str(one)))
    ]
    area = next((area for area in values(None, f"{_WSIC}area") if area != HERE), "")
    benefits = tuple(values(None, f"{_WSIC}agreedBenefit"))
    return Draft(area, benefits, tuple(rows), tuple(values(None, f"{_WSIC}hasEnabler")))


def _place(name: str) -> str:
    """``name`` with its last number padded, so that service 10 stands behind service 9."""
    return re.sub(r"\d+(?=>?$)", lambda found: found[0].zfill(6), name)


def _fault(what: str, limit: str) -> Draft:
    return Draft(faults=(Fault("list", what, limit, ""),))


def as_tree(situation: Situation) -> dict[str, Any]:
    """The list as JSON has it."""
    services = [
        dict(zip(COLUMNS[1:], (one.name, one.intervention, one.care_group, plain(one.coverage)), strict=True))
        for one in situation.services
    ]
    values = (situation.area or None, list(situation.benefits), services, list(situation.enablers))
    return dict(zip(FIELDS, values, strict=True))


def place_of(situation: Situation) -> str:
    """The IRI of the area of a list."""
    return f"{ID}area/{situation.area}" if situation.area else HERE


def as_triples(situation: Situation) -> list[ox.Triple]:
    """The list in the words of the ontology. A service has a name within the list, and none in the world."""
    here = ox.NamedNode(place_of(situation))
    found: list[ox.Triple] = []

    def say(subject: ox.NamedNode, name: str, value: ox.NamedNode | ox.Literal) -> None:
        found.append(ox.Triple(subject, ox.NamedNode(name), value))

    for slug in situation.benefits:
        say(here, f"{_WSIC}agreedBenefit", ox.NamedNode(f"{ID}benefit/{slug}"))
    for slug in situation.enablers:
        say(here, f"{_WSIC}hasEnabler", ox.NamedNode(f"{SCHEME}enabler/{slug}"))
    for number, one in enumerate(situation.services, 1):
        service = ox.NamedNode(f"urn:wsic:service:{number}")
        share = ox.Literal(plain(one.coverage), datatype=ox.NamedNode(f"{PREFIXES['xsd']}decimal"))
        say(service, _TYPE, ox.NamedNode(f"{_WSIC}ExistingService"))
        say(service, _LABEL, ox.Literal(one.name, language="en"))
        say(service, f"{_WSIC}area", here)
        say(service, f"{_WSIC}delivers", ox.NamedNode(f"{SCHEME}intervention/{one.intervention}"))
        say(service, f"{_WSIC}careGroup", ox.NamedNode(f"{SCHEME}care-group/{one.care_group}"))
        say(service, f"{_WSIC}coverageShare", share)
    return found


def as_rdf(situation: Situation, form: ox.RdfFormat) -> bytes:
    """The list as RDF."""
    names = ("benefit", "care-group", "enabler", "intervention", "skos", "wsic")
    body = ox.serialize(as_triples(situation), format=form, prefixes={name: PREFIXES[name] for name in names})
    assert body is not None
    return body
