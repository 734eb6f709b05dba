"""What to do where a new release changed a record that the community had changed: found, compared, merged.

Until an editor has decided, the community's version holds: it was checked and accepted by an editor, people may rely
on it, and a new release must not take it back unseen. Every other change of the release is published with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wsic_graph.catalogue.overlay import said_of
from wsic_graph.ledger.compare import Name, fields_of, shown
from wsic_graph.ledger.rdf import digest
from wsic_graph.ledger.revisions import standing
from wsic_graph.ledger.store import Ledger
from wsic_graph.release.turtle import natural_key


@dataclass(frozen=True)
class Conflict:
    """A record that a release and the community changed both.

    ``base`` is the digest of what the release said when the community's version was accepted; ``released`` is what it
    says now and ``ours`` what the community's version says, each empty where the record is not there.
    """

    record: str
    base: bytes
    released: bytes
    ours: bytes


@dataclass(frozen=True)
class ThreeWay:
    """A field whose values are not the same in all three; ``clash`` where both sides changed it, each in its way."""

    part: str
    field: str
    base: list[str]
    released: list[str]
    ours: list[str]
    clash: bool


def conflicts(ledger: Ledger, release: Path, upto: int) -> list[Conflict]:
    """The records on which the release in the folder ``release`` and the revisions up to ``upto`` disagree."""
    known = {record: last for record, last in standing(ledger, upto).items() if not last.given_back}
    released = said_of(release, list(known))
    return [
        Conflict(record, last.base, released[record], last.body)
        for record, last in sorted(known.items())
        if digest(released[record]) != last.base and released[record] != last.body
    ]


def merged(base: bytes, released: bytes, ours: bytes) -> bytes:
    """``ours`` with the statements that the release added since ``base``, and without those that it took out."""
    old, new, mine = (set(body.splitlines(True)) for body in (base, released, ours))
    return b"".join(sorted((mine | (new - old)) - (old - new)))


def three_way(record: str, base: bytes, released: bytes, ours: bytes, name: Name) -> list[ThreeWay]:
    """The fields that are not the same in all three versions, as ``compare.differences`` has them for two."""
    versions = [fields_of(body) for body in (base, released, ours)]
    keys = sorted({key for fields in versions for key in fields}, key=lambda key: tuple(map(natural_key, key)))
    found = []
    for subject, field in keys:
        values = [fields.get((subject, field), {}).keys() for fields in versions]
        if values[0] == values[1] == values[2]:
            continue
        words = [sorted(shown(term, name) for term in terms) for terms in values]
        clash = values[0] != values[1] and values[0] != values[2] and values[1] != values[2]
        part = subject.removeprefix(record).lstrip("#")
        found.append(ThreeWay(part, name(field), words[0], words[1], words[2], clash))
    return found
