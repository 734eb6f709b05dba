"""Two versions of a record side by side: what differs, field by field and statement by statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from wsic_graph.ledger.rdf import kind_of, triples_of
from wsic_graph.release.turtle import natural_key, write_turtle

Name = Callable[[str], str]


@dataclass(frozen=True)
class Difference:
    """A field whose values differ. ``part`` is the part of the record, or of a record that came with it."""

    part: str
    field: str
    before: list[str]
    after: list[str]


def differences(record: str, before: bytes, after: bytes, name: Name) -> list[Difference]:
    """The fields in which two versions differ: those of the record first, then those of its parts in their order.

    ``name`` gives the words for an IRI. Values that both versions have are left out.
    """
    old, new = fields_of(before), fields_of(after)
    found = []
    for subject, field in sorted(old.keys() | new.keys(), key=lambda key: (natural_key(key[0]), natural_key(key[1]))):
        gone = old.get((subject, field), {}).keys() - new.get((subject, field), {}).keys()
        come = new.get((subject, field), {}).keys() - old.get((subject, field), {}).keys()
        if gone or come:
            part = subject.removeprefix(record).lstrip("#")
            part = f"{kind_of(part)} {part.rsplit('/', 1)[-1]}" if part.startswith("http") else part
            words = [sorted(shown(term, name) for term in terms) for terms in (gone, come)]
            found.append(Difference(part, name(field), words[0], words[1]))
    return found


def fields_of(body: bytes) -> Mapping[tuple[str, str], dict[ox.NamedNode | ox.Literal, None]]:
    """The values of each subject and property, each value once."""
    fields: dict[tuple[str, str], dict[ox.NamedNode | ox.Literal, None]] = defaultdict(dict)
    for triple in triples_of(body):
        assert isinstance(triple.subject, ox.NamedNode)
        assert isinstance(triple.object, ox.NamedNode | ox.Literal)
        fields[triple.subject.value, triple.predicate.value][triple.object] = None
    return fields


def shown(term: ox.NamedNode | ox.Literal, name: Name) -> str:
    """A value in words."""
    return name(term.value) if isinstance(term, ox.NamedNode) else term.value


def turtle(record: str, bodies: Mapping[str, bytes]) -> str:
    """A record, and those that come with it, as Turtle in the layout of the files."""
    return write_turtle([triple for body in bodies.values() for triple in triples_of(body)], record)


def statement_lines(before: bytes, after: bytes) -> list[tuple[str, str]]:
    """The statements that only one version has, as N-Triples, each with ``-`` or ``+``."""
    old, new = ({str(triple) for triple in triples_of(body)} for body in (before, after))
    lines = [("-", line) for line in old - new] + [("+", line) for line in new - old]
    return sorted(lines, key=lambda line: (natural_key(line[1].split(" ")[0]), line[1], line[0]))
