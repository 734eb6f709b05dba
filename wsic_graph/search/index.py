"""Ask the index: which records a search and the chosen facets leave, how many there would be, and in which order."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from wsic_graph.answers import Iri
from wsic_graph.errors import ParameterError
from wsic_graph.namespaces import BASE, ID, SCHEME
from wsic_graph.search.facets import Facets, Mask, mask_of, records_in
from wsic_graph.search.lists import Facet, List
from wsic_graph.search.spelling import suggestion
from wsic_graph.search.words import Tokens, Wanted, read_words, sound_of

SORTS = ("relevance", "title", "newest")
"""Orders of a list; relevance needs words to look for."""
_WEIGHTS = (10.0, 3.0, 1.0)
"""How much a word counts in the title, in the names that a record carries, and in its text."""
_KIND_WEIGHTS = {
    "intervention": 1.6,
    "outcome": 1.6,
    "care-group": 1.6,
    "question": 1.3,
    "effect": 0.6,
    "unit-cost": 0.4,
    "metric": 0.4,
    "national-condition": 0.4,
    "plan-section": 0.5,
    "source": 0.4,
    "organisation": 0.8,
    "guide": 0.8,
}
"""What a match counts in a kind of record: concepts lead to everything about them, rows of a table to little."""
_OWN = 1000.0
"""What puts records with the words as typed before those with other names for them."""
_LITTLE = 2
"""Results up to which a better spelling is looked for."""
_OPEN, _CLOSE = "\x02", "\x03"
_SNIPPET = 28


@dataclass(frozen=True)
class Asked:
    """What a list is asked for. ``after`` is the key of the record behind which the page starts."""

    text: str = ""
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sort: str = ""
    after: str = ""
    limit: int = 20


@dataclass(frozen=True)
class Hit:
    """A record that was found. ``card`` is its row in the query behind the list; ``snippet`` has (text, marked)."""

    iri: Iri
    kind: str
    type: str
    title: str
    summary: str
    year: str
    card: Mapping[str, Any]
    rank: int = 0
    snippet: Sequence[tuple[str, bool]] = ()

    @property
    def key(self) -> str:
        """What the record is called in addresses of pages."""
        return key_of(self.iri)


@dataclass(frozen=True)
class Choice:
    """A value of a facet, and how many records there would be with it."""

    value: str
    label: str
    count: int
    chosen: bool
    definition: str = ""


@dataclass(frozen=True)
class Found:
    """A page of the answer.

    ``total`` counts all of its pages. ``how`` is ``all`` if the records have all words,
    ``begins`` if the last is only the beginning of one, ``some`` if they have not all
    of the words. ``totals`` adds up each column of whole numbers over all pages.
    ``names`` are the other names that were looked for. ``previous`` and ``next``
    are the keys for the pages beside this one; empty for the first page.
    """

    hits: list[Hit]
    total: int
    start: int
    sort: str
    how: str
    facets: list[tuple[Facet, list[Choice]]]
    totals: Mapping[str, int] = field(default_factory=dict)
    suggestion: str | None = None
    names: tuple[str, ...] = ()
    previous: str | None = None
    next: str | None = None


def key_of(iri: str) -> str:
    """The short key of a record: ``initiative/torbay-care-trust``."""
    return iri.removeprefix(ID).removeprefix(SCHEME).removeprefix(BASE)


class Index:
    """The index in a file, which must not change while it is open. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        database = self._database
        self._facets = Facets(database.execute("SELECT record, facet, value FROM facet"))
        rows = database.execute("SELECT id, iri, title, year FROM record").fetchall()
        self._weights = {row[0]: _KIND_WEIGHTS.get(Iri(row[1]).kind, 1.0) for row in rows}
        cards = database.execute("SELECT id, kind, card FROM record WHERE card != '{}'").fetchall()
        self._cards = {number: _card(card) for number, _, card in cards}
        self._listed = {of: mask_of(number for number, kind, _ in cards if kind == of) for _, of, _ in cards}
        self._all = mask_of(row[0] for row in rows)
        self._numbers = {key_of(iri): number for number, iri, _, _ in rows}
        self._titles = {row[0]: row[2].lower() for row in rows}
        by_title = [row[0] for row in sorted(rows, key=lambda row: (row[2].lower(), row[1]))]
        by_year = [row[0] for row in sorted(rows, key=lambda row: (-int(row[3] or 0), row[2].lower(), row[1]))]
        self._places = {
            "title": {number: place for place, number in enumerate(by_title)},
            "newest": {number: place for place, number in enumerate(by_year)},
        }
        self._labels: dict[tuple[str, str], tuple[str, str]] = {
            (kind, value): (label, definition)
            for kind, value, label, definition in database.execute("SELECT kind, value, label, definition FROM value")
        }

    @property
    def _database(self) -> sqlite3.Connection:
        """The connection of this thread."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
            connection.execute("PRAGMA mmap_size = 268435456")
            self._local.connection = connection
        return connection

    @cached_property
    def _synonyms(self) -> dict[Tokens, list[Tokens]]:
        meanings: defaultdict[int, list[Tokens]] = defaultdict(list)
        rows = self._database.execute("SELECT name, meaning FROM synonym").fetchall()
        for name, meaning in rows:
            meanings[meaning].append(tuple(name.split()))
        found: dict[Tokens, dict[Tokens, None]] = {}
        for name, meaning in rows:
            found.setdefault(sound_of(name.split()), {}).update(dict.fromkeys(meanings[meaning]))
        return {sound: list(names) for sound, names in found.items() if len(names) > 1}

    @cached_property
    def _words(self) -> dict[str, int]:
        return dict(self._database.execute("SELECT word, records FROM word"))

    def find(self, of: List, asked: Asked) -> Found:
        """The page of the list ``of`` that ``asked`` describes.

        Raises ``ParameterError`` for an order that there is not, or for a key that no record has.
        """
        wanted = read_words(asked.text, self._synonyms)
        chosen = {facet.name: asked.chosen.get(facet.name, ()) for facet in of.facets}
        among = self._listed.get(of.kind, 0) if of.kind else self._all
        how, scores = self._matches(wanted, among)
        if wanted:
            among &= mask_of(scores)
        left = self._facets.narrow(among, chosen)
        sort = self._sort(of, asked.sort, bool(wanted.terms))
        order = self._ordered(left, sort, scores)
        start = self._start(order, sort, asked.after)
        shown = order[start : start + asked.limit]
        before = max(start - asked.limit, 0)
        return Found(
            hits=self._hits(shown, start, wanted, how),
            total=len(order),
            start=start,
            sort=sort,
            how=how,
            facets=[(facet, self._choices(facet, among, chosen)) for facet in of.facets],
            totals=self._totals(order),
            suggestion=self._suggestion(of, asked.text, wanted) if len(order) <= _LITTLE or how == "some" else None,
            names=_other_names(wanted),
            previous=None if start == 0 else self._key(order[before - 1]) if before else "",
            next=self._key(order[start + asked.limit - 1]) if start + asked.limit < len(order) else None,
        )

    def begin(self, text: str, limit: int) -> list[Hit]:
        """The records that best fit what has been typed so far, those whose titles begin with it first."""
        wanted = read_words(text, self._synonyms).begun()
        scores = self._scores(wanted.expression) if wanted.terms else {}
        order = self._ordered(mask_of(scores) & ~self._excluded(wanted), "relevance", scores)
        typed = text.strip().lower()
        order.sort(key=lambda number: not self._titles[number].startswith(typed))
        return self._hits(order[:limit], 0, wanted, "begins")

    def label(self, facet: Facet, value: str) -> str:
        """The words for a value of a facet; the value itself where there are none."""
        if facet.years:
            return value.replace("-", " to ") if value[:1].isdigit() else value.replace("-", " ")
        return facet.labels.get(value) or self._labels.get((facet.among, value), (value, ""))[0]

    def _matches(self, wanted: Wanted, among: Mask) -> tuple[str, dict[int, float]]:
        """How the words are found among the records ``among``, and a score for each that has them (less is better)."""
        if not wanted.terms:
            kept = among & ~self._excluded(wanted) if wanted else 0
            return "all", dict.fromkeys(records_in(kept), 0.0)
        among &= ~self._excluded(wanted)
        found: dict[int, float] = {}
        for how, expression in (
            ("all", wanted.expression),
            ("begins", wanted.begun().expression),
            ("some", wanted.any_expression),
        ):
            found = {number: score for number, score in self._scores(expression).items() if among >> number & 1}
            if found:
                if how != "some":
                    own = self._scores(wanted.own_expression)
                    found = {number: own[number] - _OWN if number in own else score for number, score in found.items()}
                return how, found
        return "all", found

    def _scores(self, expression: str) -> dict[int, float]:
        """The score of every record that an expression of FTS5 finds."""
        sql = "SELECT rowid, bm25(text, ?, ?, ?) FROM text WHERE text MATCH ?"
        rows = self._database.execute(sql, (*_WEIGHTS, expression))
        return {number: score * self._weights[number] for number, score in rows}

    def _excluded(self, wanted: Wanted) -> Mask:
        mask: Mask = 0
        for term in wanted.without:
            rows = self._database.execute("SELECT rowid FROM text WHERE text MATCH ?", (term.expression,))
            mask |= mask_of(row[0] for row in rows)
        return mask

    @staticmethod
    def _sort(of: List, given: str, words: bool) -> str:
        if given and given not in SORTS:
            raise ParameterError("sort", f"{given[:20]!r} is not an order; there are: {', '.join(SORTS)}", given)
        usual = "relevance" if words else of.sort
        sort = given or usual
        return sort if sort != "relevance" or words else "title" if of.sort == "relevance" else of.sort

    def _ordered(self, left: Mask, sort: str, scores: Mapping[int, float]) -> list[int]:
        titles = self._places["title"]
        if sort == "relevance":
            return sorted(records_in(left), key=lambda number: (round(scores[number], 6), titles[number]))
        return sorted(records_in(left), key=self._places[sort].__getitem__)

    def _start(self, order: Sequence[int], sort: str, after: str) -> int:
        """The place behind the record with the key ``after``, also if that record is not in this list any more."""
        if not after:
            return 0
        number = self._numbers.get(after)
        if number in order:
            return order.index(number) + 1
        if number is None or sort == "relevance":
            raise ParameterError("after", f"no record of this list has the key {after[:80]!r}; start at the first page")
        places = self._places[sort]
        return sum(places[other] < places[number] for other in order)

    def _key(self, number: int) -> str:
        return key_of(self._database.execute("SELECT iri FROM record WHERE id = ?", (number,)).fetchone()[0])

    def _hits(self, numbers: Sequence[int], start: int, wanted: Wanted, how: str) -> list[Hit]:
        snippets = self._snippets(numbers, wanted, how)
        hits = []
        for rank, number in enumerate(numbers, start + 1):
            iri, kind, type_, title, summary, year = self._database.execute(
                "SELECT iri, kind, class, title, summary, year FROM record WHERE id = ?", (number,)
            ).fetchone()
            card, snippet = self._cards.get(number, {}), snippets.get(number, ())
            hits.append(Hit(Iri(iri), kind, type_, title, summary, year, card, rank, snippet))
        return hits

    def _snippets(self, numbers: Sequence[int], wanted: Wanted, how: str) -> dict[int, list[tuple[str, bool]]]:
        if not wanted.terms or not numbers:
            return {}
        expression = {"all": wanted.expression, "begins": wanted.begun().expression}.get(how, wanted.any_expression)
        rows = self._database.execute(
            "SELECT rowid, snippet(text, 2, ?, ?, '…', ?) FROM text"
            " WHERE text MATCH ? AND rowid IN (SELECT value FROM json_each(?))",
            (_OPEN, _CLOSE, _SNIPPET, expression, json.dumps(list(numbers))),
        )
        return {number: _marked(text) for number, text in rows}

    def _choices(self, facet: Facet, among: Mask, chosen: Mapping[str, Sequence[str]]) -> list[Choice]:
        counts = self._facets.counts(among, chosen, facet.name)
        mine = chosen.get(facet.name, ())
        values = {value for value, count in counts.items() if count >= facet.least} | set(mine)
        choices = [self._choice(facet, value, counts.get(value, 0), value in mine) for value in values]
        if facet.years:
            return sorted(choices, key=lambda choice: (choice.value[0].isdigit(), choice.value), reverse=True)
        return sorted(choices, key=lambda choice: (-choice.count, choice.label.lower(), choice.value))

    def _choice(self, facet: Facet, value: str, count: int, chosen: bool) -> Choice:
        definition = self._labels.get((facet.among, value), ("", ""))[1]
        return Choice(value, self.label(facet, value), count, chosen, definition)

    def _totals(self, order: Sequence[int]) -> Counter[str]:
        totals: Counter[str] = Counter()
        for number in order:
            numbers = self._cards.get(number, {}).items()
            totals.update({name: value for name, value in numbers if isinstance(value, int)})
        return totals

    def _suggestion(self, of: List, text: str, wanted: Wanted) -> str | None:
        better = suggestion(text, wanted.words, self._words)
        if better is None:
            return None
        terms = read_words(better, self._synonyms)
        among = self._listed.get(of.kind, 0) if of.kind else self._all
        return better if self._matches(terms, among)[1] else None


def _card(text: str) -> dict[str, Any]:
    """A row as it was answered, with IRIs of ours told apart from text."""
    row = json.loads(text)
    return {
        name: Iri(value) if isinstance(value, str) and value.startswith(BASE) else value for name, value in row.items()
    }


def _other_names(wanted: Wanted) -> tuple[str, ...]:
    return tuple(" ".join(phrase) for term in wanted.terms for phrase in term.phrases[1:])


def _marked(text: str) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    for number, piece in enumerate(text.split(_OPEN)):
        marked, _, rest = piece.partition(_CLOSE) if number else ("", "", piece)
        pieces += [(words, of) for words, of in ((marked, True), (rest, False)) if words]
    return pieces
