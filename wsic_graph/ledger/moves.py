"""Renaming a record and merging two: what every record that is touched says afterwards.

All of it is one change of the ledger: the record under its new name, a tombstone under the old one that says where
it went, and each record that pointed at it pointing at the new one, what people said about it as well. The counts of
answers on usefulness go: an editor publishes them anew, with those about the other record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from wsic_graph.catalogue.records import graph_of, moved_to, tombstone
from wsic_graph.ledger.annotations import usefulness_iri
from wsic_graph.ledger.limits import is_record
from wsic_graph.ledger.rdf import canonical, kind_of, record_of, triples_of
from wsic_graph.ledger.store import LedgerError
from wsic_graph.namespaces import GRAPH, ID, PREFIXES

_TYPE = PREFIXES["rdf"] + "type"
_IDENTIFIER = PREFIXES["dcterms"] + "identifier"
_POSITION = PREFIXES["schema"] + "position"
_NUMBERED = re.compile(r"(.*?)(\d{1,9})")

Many = Callable[[str, str], bool]
"""Whether things of a class may have several values of a property."""


@dataclass(frozen=True)
class Move:
    """``old`` goes to ``new``. ``bodies`` are the records as they will be, ``before`` as they are now."""

    old: str
    new: str
    bodies: Mapping[str, bytes]
    before: Mapping[str, bytes]

    @property
    def followers(self) -> list[str]:
        """The records whose links follow."""
        return sorted(set(self.bodies) - {self.old, self.new})


def rename(old: str, slug: str, said: Callable[[str], bytes], referrers: list[str]) -> Move:
    """The move that gives the record ``old`` the last part ``slug``. Raises ``LedgerError`` if that is not free."""
    new = f"{ID}{kind_of(old)}/{slug}"
    if not is_record(new):
        raise LedgerError("name: small letters, digits and hyphens between them, for example torbay-care-trust.")
    if new == old or (said(new) and moved_to(said(new)) != old):
        raise LedgerError(f"name: there is a record {new.removeprefix(ID)} already; to make the two one, merge them.")
    body = said(old)
    parts = {subject: subject.replace(old, new, 1) for subject in _subjects(body)}
    return _move((old, new), _pointed(body, parts, (old, new)), parts, said, referrers)


def merge(old: str, new: str, said: Callable[[str], bytes], referrers: list[str], many: Many) -> Move:
    """The move that makes ``old`` one with ``new``, which keeps what it says and takes over what it lacks."""
    if kind_of(new) != kind_of(old) or new == old:
        raise LedgerError("into: name another record of the same kind.")
    body, kept = said(old), said(new)
    if not kept or moved_to(kept):
        raise LedgerError(f"into: there is no record {new.removeprefix(ID)}.")
    taken = _behind(_taken(body, kept, old, many), kept, old)
    parts = {old: new} | _names(old, new, body, kept, {_owner(triple) for triple in taken})
    graph = graph_of(body).removeprefix(GRAPH)
    moved = _pointed(canonical(taken, graph), parts, (old, new)) if taken else b""
    whole = b"".join(sorted({*kept.splitlines(True), *moved.splitlines(True)}))
    return _move((old, new), whole, parts, said, referrers)


def _move(
    names: tuple[str, str], body: bytes, parts: Mapping[str, str], said: Callable[[str], bytes], referrers: list[str]
) -> Move:
    old, new = names
    followers = sorted(set(referrers) - {old, new})
    before = {record: said(record) for record in (old, new, *followers)}
    bodies = {record: followed(record, before[record], parts) for record in followers}
    # what points at the old name from the record that stays, such as "similar to", would point at itself
    itself = re.compile(rb"<%b> <[^>]+> <%b> " % ((re.escape(new).encode(),) * 2))
    lines = _pointed(body, parts).splitlines(True)
    bodies |= {new: b"".join(line for line in lines if not itself.match(line))}
    return Move(old, new, bodies | {old: tombstone(old, new, graph_of(before[old]))}, before)


def followed(record: str, body: bytes, parts: Mapping[str, str]) -> bytes:
    """What a record says whose links follow ``parts``, from old to new names; counts of answers about an old one go.

    A tombstone leads to where the record is now.
    """
    if record in map(usefulness_iri, parts):
        return b""
    target = moved_to(body)
    return tombstone(record, parts.get(target, target), graph_of(body)) if target else _pointed(body, parts)


def _subjects(body: bytes) -> list[str]:
    return sorted({triple.subject.value for triple in triples_of(body) if isinstance(triple.subject, ox.NamedNode)})


def _pointed(body: bytes, parts: Mapping[str, str], names: tuple[str, str] | None = None) -> bytes:
    """``body`` with the IRIs of ``parts`` replaced, and with ``names`` the identifiers that are made of the old one."""
    old, new = (name.rpartition("/")[2] for name in names) if names else ("", "")
    found = []
    for triple in triples_of(body):
        subject, value = triple.subject, triple.object
        assert isinstance(subject, ox.NamedNode)
        assert isinstance(value, ox.NamedNode | ox.Literal)
        subject = ox.NamedNode(parts.get(subject.value, subject.value))
        if isinstance(value, ox.NamedNode):
            value = ox.NamedNode(parts.get(value.value, value.value))
        elif names and triple.predicate.value == _IDENTIFIER and re.fullmatch(rf"{re.escape(old)}(-.*)?", value.value):
            ending = subject.value.partition("#")[2]
            value = ox.Literal(f"{new}-{ending}" if ending else new)
        found.append(ox.Triple(subject, triple.predicate, value))
    return canonical(found, graph_of(body).removeprefix(GRAPH))


def _names(old: str, new: str, body: bytes, kept: bytes, taken: set[str]) -> dict[str, str]:
    """Where each part of ``old`` goes: to a name in ``new`` that is free if it is ``taken``, else to its like there."""
    there = {subject.partition("#")[2] for subject in _subjects(kept)}
    used, found = set(there), {}
    for subject in _subjects(body):
        name = part = subject.removeprefix(old).lstrip("#")
        if subject in taken and part:
            stem = _NUMBERED.fullmatch(part)
            base, number = (stem[1], int(stem[2])) if stem else (f"{part}-", 1)
            while name in used:
                number += 1
                name = f"{base}{number}"
            used.add(name)
            found[subject] = f"{new}#{name}"
        elif part:
            found[subject] = f"{new}#{part}" if part in there else new
    return found


def _taken(body: bytes, kept: bytes, old: str, many: Many) -> list[ox.Triple]:
    """The statements of a record that the one it goes into can take: more of a field, or what it has no value of."""
    mine = triples_of(body)
    (kind,) = (str(t.object.value) for t in mine if _is(t, old, _TYPE) and isinstance(t.object, ox.NamedNode))
    has = {triple.predicate.value for triple in triples_of(kept) if _owner(triple) == record_of(_owner(triple))}
    wanted = [t for t in mine if _owner(t) == old and (t.predicate.value not in has or many(kind, t.predicate.value))]
    reached: set[str] = set()
    ahead = [t.object.value for t in wanted if isinstance(t.object, ox.NamedNode)]
    while ahead:
        part = ahead.pop()
        if part.startswith(f"{old}#") and part not in reached:
            reached.add(part)
            ahead += [t.object.value for t in mine if _owner(t) == part and isinstance(t.object, ox.NamedNode)]
    return wanted + [t for t in mine if _owner(t) in reached]


def _behind(taken: list[ox.Triple], kept: bytes, old: str) -> list[ox.Triple]:
    """``taken`` with the parts of the record placed behind those of the same kind that are there."""
    there = triples_of(kept)
    position = {
        _owner(t): int(t.object.value)
        for t in there
        if t.predicate.value == _POSITION and isinstance(t.object, ox.Literal)
    }
    last: dict[str, int] = {}
    for triple in there:
        if isinstance(triple.object, ox.NamedNode) and triple.object.value in position:
            path = triple.predicate.value
            last[path] = max(last.get(path, 0), position[triple.object.value])
    under = {
        t.object.value: t.predicate.value for t in taken if _owner(t) == old and isinstance(t.object, ox.NamedNode)
    }
    return [
        ox.Triple(t.subject, t.predicate, _whole(int(t.object.value) + last.get(under.get(_owner(t), ""), 0)))
        if t.predicate.value == _POSITION and isinstance(t.object, ox.Literal)
        else t
        for t in taken
    ]


def _whole(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(PREFIXES["xsd"] + "integer"))


def _owner(triple: ox.Triple) -> str:
    assert isinstance(triple.subject, ox.NamedNode)
    return triple.subject.value


def _is(triple: ox.Triple, subject: str, predicate: str) -> bool:
    return _owner(triple) == subject and triple.predicate.value == predicate
