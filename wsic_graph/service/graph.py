"""The door as one page uses it: it remembers what was asked, for "the query behind this page"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from wsic_graph.answers import Iri, Row, rows
from wsic_graph.catalogue.history import Event, replacement_in
from wsic_graph.catalogue.publication import Published
from wsic_graph.catalogue.records import moved_to
from wsic_graph.engine import Door
from wsic_graph.namespaces import ID
from wsic_graph.queries import Query, get_query
from wsic_graph.service.described import Described
from wsic_graph.service.links import address, editor_address, record_iri
from wsic_graph.service.record import Node, read_record
from wsic_graph.service.words import day

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Asked:
    """A saved query that a page asked, with the values it gave."""

    query: Query
    values: dict[str, str]

    @property
    def summary(self) -> str:
        """What the query answers."""
        return self.query.summary

    @property
    def address(self) -> str:
        """The page of the query, with its answer for these values."""
        return address(f"/queries/{self.query.name}", **self.values)

    @property
    def editor(self) -> str:
        """The editor, with the text of the query and the values bound in it."""
        return editor_address(self.query, self.query.bind(self.values))


class NoSuchRecord(HTTPException):
    """There is no such record; ``list_page`` shows those that there are."""

    def __init__(self, kind: str, slug: str, list_page: str) -> None:
        self.kind = kind
        self.slug = slug
        super().__init__(404, f"There is no {kind.replace('-', ' ')} called “{slug}” in this version of the graph.")
        self.list_page = list_page


class RecordGone(HTTPException):
    """There was such a record in an earlier release; ``replacement`` is what the graph says took its place."""

    def __init__(self, event: Event, replacement: str | None, list_page: str) -> None:
        kind, slug = event.record.removeprefix(ID).split("/", 1)
        words = f"The {kind.replace('-', ' ')} “{slug}” was removed from the graph on {day(event.published)}."
        super().__init__(410, words)
        self.since = event.published
        self.replacement = replacement
        self.list_page = list_page


class RecordMoved(HTTPException):
    """The record was renamed or merged into another: the same address with the other's name has what was wanted."""

    def __init__(self, record: str, target: str) -> None:
        self.old, self.new = (iri.rpartition("/")[2] for iri in (record, target))
        super().__init__(308, f"“{self.old}” has become “{self.new}”.")

    def place(self, path: str) -> str:
        """The address ``path`` with the new name in it."""
        return re.sub(rf"/{re.escape(self.old)}(?=[./]|$)", f"/{self.new}", path)


class Graph:
    """The graph for one request."""

    def __init__(self, door: Door, published: Published) -> None:
        self.door = door
        self.published = published
        self.asked: list[Asked] = []
        self.shown: Node | None = None

    def rows(self, name: str, **values: str) -> list[Row]:
        """The rows of the saved query ``name``."""
        self.behind(name, **values)
        return rows(self.door, name, **self.asked[-1].values)

    def behind(self, name: str, **values: str) -> None:
        """Let the page tell that what it shows is what the saved query ``name`` answers."""
        self.asked.append(Asked(get_query(name), {key: value for key, value in values.items() if value}))

    def record(self, kind: str, slug: str, list_page: str = "/") -> Node:
        """The record ``slug`` of ``kind``. Raises ``NoSuchRecord``, which offers ``list_page``."""
        found = None
        if _SLUG.fullmatch(slug) and _SLUG.fullmatch(kind):
            iri = Iri(record_iri(kind, slug))
            found = read_record(iri, self.rows("pages/record", record=iri))
        if found is None:
            raise self._missing(kind, slug, list_page)
        self.shown = found
        return found

    def require(self, kind: str, slug: str) -> str:
        """The IRI of a record that there is. Raises ``NoSuchRecord``."""
        iri = record_iri(kind, slug)
        if not (_SLUG.fullmatch(slug) and _SLUG.fullmatch(kind) and rows(self.door, "records/about", record=iri)):
            raise self._missing(kind, slug)
        return iri

    def _missing(self, kind: str, slug: str, list_page: str = "/") -> HTTPException:
        """The error for a record that is not in the graph: gone if the history knows it, otherwise unknown."""
        iri = record_iri(kind, slug)
        if target := moved_to(self.published.overlay.get(iri, b"")):
            return RecordMoved(iri, target)
        event = self.published.history.latest(iri)
        if event is None or event.change != "delete":
            return NoSuchRecord(kind, slug, list_page)
        found = rows(self.door, "catalogue/replacement", record=event.record)
        return RecordGone(event, str(found[0]["replacement"]) if found else replacement_in(event), list_page)

    def describe(self, request: Request, iri: str) -> Described:
        """What the record ``iri`` has beside its page."""
        license = next((row["license"] for row in rows(self.door, "records/about", record=iri)), None)
        site = request.app.state.settings.public_url
        return Described(iri, str(license) if license else None, site, self.door)


def get_graph(request: Request) -> Graph:
    """The graph of the running site, for one request."""
    return Graph(request.app.state.door, request.app.state.published)


GraphOf = Annotated[Graph, Depends(get_graph)]
