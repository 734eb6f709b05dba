"""What the calculator asks of the graph, each question once for each edition of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from cachetools import LRUCache

from wsic_graph.answers import Iri, Row, rows
from wsic_graph.engine import Door

_MOST = 400


@dataclass(frozen=True)
class Cited:
    """A publication as it is cited."""

    iri: Iri
    title: str
    words: str


class Known:
    """Answers of saved queries that were asked before, and what the pages make of them."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._answers: LRUCache[tuple[str, tuple[tuple[str, str], ...]], Sequence[Row]] = LRUCache(_MOST)
        self._lock = Lock()

    def rows(self, name: str, **values: str) -> Sequence[Row]:
        """The rows of the saved query ``name``. Raises what :func:`wsic_graph.answers.rows` raises."""
        key = (name, tuple(sorted(values.items())))
        with self._lock:
            found: Sequence[Row] | None = self._answers.get(key)
        if found is None:
            found = rows(self._door, name, **{field: value for field, value in values.items() if value})
            with self._lock:
                self._answers[key] = found
        return found

    @cached_property
    def labels(self) -> dict[str, str]:
        """What interventions and outcomes are called, by the last part of their IRI."""
        found = {_slug(row, "concept"): str(row["label"]) for row in self.rows("pages/outcomes")}
        return found | {_slug(row, "intervention"): str(row["label"]) for row in self.rows("calculator/interventions")}

    def cited(self, iri: str) -> Cited:
        """How a source is cited."""
        return self._sources.get(iri) or Cited(Iri(iri), iri, Iri(iri).slug)

    @cached_property
    def _sources(self) -> dict[str, Cited]:
        found = {}
        for row in self.rows("calculator/sources"):
            iri, title = Iri(str(row["source"])), str(row["title"])
            words = ", ".join(str(part) for part in (row["publisher"] or title, row["year"]) if part)
            found[str(iri)] = Cited(iri, title, words)
        return found

    @cached_property
    def levels(self) -> dict[str, Iri]:
        """The strength of the evidence of every effect."""
        return {
            str(row["effect"]): row["level"]
            for row in self.rows("pages/effects")
            if row["effect"] and isinstance(row["level"], Iri)
        }


def _slug(row: Row, name: str) -> str:
    iri = row[name]
    assert isinstance(iri, Iri)
    return iri.slug
