"""Where accepted versions come from, as PROV-O in the graph: one record for each change, in a graph of its own.

A change is an activity that generated a version of each record that it is about. It is attributed to an organisation
of the graph, where an account vouches for the name, or to nobody by name: what people chose to be called stays in
the ledger.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from wsic_graph.ledger.rdf import canonical
from wsic_graph.namespaces import ID, PREFIXES, graph_iri

CHANGE = f"{ID}change/"
"""What the IRIs of changes begin with; the number of the change follows."""
GRAPH = "revisions"
"""The short name of the named graph in which they stand."""
GRAPH_IRI = graph_iri(GRAPH)
"""The named graph itself, which is described in it, as the graphs of the release are in its catalogue."""
_CATALOGUE = f"{ID}catalogue/wsic"
_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_ABOUT = (
    "What contributors and editors changed: each change with its time and its reason, the versions of records that "
    "it made and those that they replaced. It names organisations where an account vouches for them, and no persons."
)
_Said = tuple[ox.NamedNode, str, ox.NamedNode | ox.Literal]
_ANONYMOUS = "A contributor who is not named here"
_KEPT = 100_000


@dataclass(frozen=True)
class Change:
    """An accepted change: its number, its moment (ISO 8601), its reason, and for which organisation, if for any."""

    number: int
    at: str
    why: str
    organisation: str


@dataclass(frozen=True)
class Generated:
    """A version of a record: its number, the digests of it and of what it replaced, and the change that made it."""

    record: str
    number: int
    change: int
    digest: bytes
    previous: bytes

    @property
    def iri(self) -> str:
        """The version as an entity: a part of the change that made it."""
        return f"{CHANGE}{self.change}#{self.record.removeprefix(ID).replace('/', '-')}"

    @property
    def before(self) -> str:
        """What the release said, where this version is the first to replace it."""
        return f"{self.iri}-before"


def about_graph() -> bytes:
    """What the graph says of the named graph of the changes, as canonical N-Quads."""
    graph = _node(GRAPH_IRI)
    said = (
        ("rdf:type", _node(f"{PREFIXES['dcat']}Dataset")),
        ("dcterms:title", ox.Literal("Changes", language="en")),
        ("dcterms:description", ox.Literal(_ABOUT, language="en")),
        ("dcterms:license", _node(_LICENCE)),
        ("dcterms:isPartOf", _node(_CATALOGUE)),
    )
    return canonical((ox.Triple(graph, _term(name), value) for name, value in said), GRAPH)


def provenance(db: sqlite3.Connection, upto: int) -> dict[int, bytes]:
    """What the graph says of each change up to the number ``upto``, as canonical N-Quads."""
    made: dict[int, list[Generated]] = {}
    last: dict[str, Generated] = {}
    came_before: dict[Generated, Generated | None] = {}
    query = "SELECT record, number, change, digest, previous FROM revision WHERE change <= ? ORDER BY change, record"
    for row in db.execute(query, (upto,)):
        item = Generated(**dict(row))
        came_before[item] = last.get(item.record)
        made.setdefault(item.change, []).append(item)
        if item.digest:  # a removal makes no version: what follows it comes from the one before
            last[item.record] = item
    rows = db.execute("SELECT number, at, why, organisation FROM change WHERE number <= ?", (upto,))
    changes = [Change(**dict(row)) for row in rows]
    return {item.number: _said(item, tuple((one, came_before[one]) for one in made[item.number])) for item in changes}


@lru_cache(_KEPT)  # every version of the graph says it of every change before it, and a change never changes
def _said(change: Change, made: tuple[tuple[Generated, Generated | None], ...]) -> bytes:
    activity = _node(f"{CHANGE}{change.number}")
    agent = _node(change.organisation or f"{activity.value}#contributor")
    at = ox.Literal(change.at, datatype=_node(f"{PREFIXES['xsd']}dateTime"))
    found: list[_Said] = [
        (activity, "rdf:type", _node(f"{PREFIXES['prov']}Activity")),
        (activity, "dcterms:title", ox.Literal(f"Change {change.number}", language="en")),
        (activity, "prov:endedAtTime", at),
        (activity, "prov:wasAssociatedWith", agent),
    ]
    if change.why:
        found.append((activity, "dcterms:description", ox.Literal(change.why, language="en")))
    if not change.organisation:
        found.append((agent, "rdf:type", _node(f"{PREFIXES['prov']}Agent")))
        found.append((agent, "foaf:name", ox.Literal(_ANONYMOUS, language="en")))
    for item, before in made:
        entity, replaced = _node(item.iri), _node(before.iri) if before else None
        if replaced is None and item.previous:
            replaced = _node(item.before)
            found += [(activity, "prov:used", replaced), *_entity(replaced, item.record, item.previous)]
        if not item.digest:
            if replaced is not None:
                found.append((activity, "prov:invalidated", replaced))
            continue
        found += _entity(entity, item.record, item.digest)
        found += [
            (activity, "prov:generated", entity),
            (entity, "prov:wasGeneratedBy", activity),
            (entity, "prov:generatedAtTime", at),
            (entity, "prov:wasAttributedTo", agent),
            (entity, "schema:version", ox.Literal(str(item.number))),
        ]
        if replaced is not None:
            found.append((entity, "prov:wasRevisionOf", replaced))
    return canonical((ox.Triple(subject, _term(name), value) for subject, name, value in found), GRAPH)


def _entity(entity: ox.NamedNode, record: str, digest: bytes) -> list[_Said]:
    return [
        (entity, "rdf:type", _node(f"{PREFIXES['prov']}Entity")),
        (entity, "prov:specializationOf", _node(record)),
        (entity, "dcterms:identifier", ox.Literal(f"sha256:{digest.hex()}")),
    ]


def _term(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return _node(PREFIXES[prefix] + local)


def _node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)
