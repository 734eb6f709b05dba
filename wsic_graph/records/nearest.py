"""The records whose names are nearest to a name that no record has.

Names are compared by the groups of three letters that they share, which finds
both a slip of the finger and a part of a name, in any order of the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from wsic_graph.answers import Iri, Row, rows
from wsic_graph.engine import Door

_LEAST = 0.35
_FEWEST = 3


@dataclass(frozen=True)
class Named:
    """A record and what it is called."""

    iri: Iri
    title: str
    slug_groups: frozenset[str]
    all_groups: frozenset[str]

    @classmethod
    def read(cls, row: Row) -> Named:
        """From a row of ``records/names``."""
        iri = row["record"]
        assert isinstance(iri, Iri)
        title = str(row["title"] or iri.slug)
        slug = _groups(iri.slug)
        return cls(iri, title, slug, slug | _groups(title))


class Names:
    """Every name, ready to be compared."""

    def __init__(self, records: Iterable[Row]) -> None:
        self._named = [Named.read(row) for row in records]

    @classmethod
    def of(cls, door: Door) -> Names:
        """The names in the graph behind ``door``."""
        return cls(rows(door, "records/names"))

    def nearest(self, kind: str, slug: str, most: int = 5) -> list[Named]:
        """At most ``most`` records with names like ``slug``: first those of ``kind``, then others."""
        wanted = _groups(slug[:100])
        if len(wanted) < _FEWEST:
            return []
        scored = ((_likeness(wanted, named), named) for named in self._named)
        near = [(-score, named.iri, named) for score, named in scored if score >= _LEAST]
        near.sort(key=lambda found: found[:2])
        own = [named for *_, named in near if named.iri.kind == kind][: most - 2]
        others = [named for *_, named in near if named.iri.kind != kind]
        return [*own, *others[: most - len(own)]]


def _groups(text: str) -> frozenset[str]:
    words = (f"  {word} " for word in re.findall(r"[^\W_]+", text.lower()))
    return frozenset(word[at : at + 3] for word in words for at in range(len(word) - 2))


def _likeness(wanted: frozenset[str], named: Named) -> float:
    """From 0 to 1: half for how alike the slugs are, half for how much of what is wanted the name has."""
    alike = len(wanted & named.slug_groups) / len(wanted | named.slug_groups)
    return (alike + len(wanted & named.all_groups) / len(wanted)) / 2
