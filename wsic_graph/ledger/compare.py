"""Two versions of a record side by side: what differs, field by field and statement by statement."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from wsic_graph.ledger.rdf import kind_of, triples_of
from wsic_graph.namespaces import PREFIXES
from wsic_graph.release.turtle import natural_key, write_turtle

_TYPE = PREFIXES["rdf"] + "type"
Name = Callable[[str], str]


Words = list[tuple[str, bool]]
"""A value as pieces of text, each with whether the other version lacks it."""
_SHORT = 12
"""A text of so few words is marked as a whole."""
_WORD = re.compile(r"\S+\s*")


@dataclass(frozen=True)
class Difference:
    """A field whose values differ. ``part`` is the part of the record, or of a record that came with it."""

    part: str
    field: str
    before: list[str]
    after: list[str]

    @property
    def marked(self) -> tuple[list[Words], list[Words]]:
        """The values before and after. Of one long text, what both begin and end with is not marked."""
        if len(self.before) == len(self.after) == 1:
            old, new = (_WORD.findall(values[0]) for values in (self.before, self.after))
            start = _alike(old, new)
            end = _alike(old[start:][::-1], new[start:][::-1])
            if (start or end) and len(old) + len(new) > 2 * _SHORT:
                return [_pieces(old, start, end)], [_pieces(new, start, end)]
        return [[(value, True)] for value in self.before], [[(value, True)] for value in self.after]


def _alike(one: list[str], other: list[str]) -> int:
    """With how many of the same words both begin."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _pieces(words: list[str], start: int, end: int) -> Words:
    last = len(words) - end
    pieces = [(words[:start], False), (words[start:last], True), (words[last:], False)]
    return [("".join(some), differs) for some, differs in pieces if some]


def differences(record: str, before: bytes, after: bytes, name: Name) -> list[Difference]:
    """The fields in which two versions differ: those of the record first, then those of its parts in their order.

    ``name`` gives the words for an IRI. Values that both versions have are left out, and so are classes, which
    follow from where a part stands.
    """
    old, new = fields_of(before), fields_of(after)
    found = []
    for subject, field in sorted(old.keys() | new.keys(), key=lambda key: (natural_key(key[0]), natural_key(key[1]))):
        if field == _TYPE:
            continue
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
