"""A record as a page reads it: its statements by property, and its parts in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wsic_graph.answers import Iri, Row, Value
from wsic_graph.release.turtle import natural_key
from wsic_graph.service.links import curie, reader_page


@dataclass(frozen=True)
class Link:
    """What a statement points at, with its name and, for a document, who published it when."""

    iri: Iri
    label: str
    publisher: str | None = None
    year: str | None = None

    @property
    def page(self) -> str | None:
        """The page of this site that shows it, or None."""
        return reader_page(self.iri)

    @property
    def cited(self) -> str:
        """How a figure cites it: publisher and year, or its name."""
        return f"{self.publisher}, {self.year or 'no date'}" if self.publisher else self.label


Item = Value | Link


class Node:
    """A record or a part of one. ``node["wsic:outcome"]`` is the first value or None."""

    def __init__(self, iri: Iri, statements: Mapping[str, list[Item]], nodes: Mapping[str, Node]) -> None:
        self.iri = iri
        self._statements = statements
        self._nodes = nodes

    def __getitem__(self, name: str) -> Item:
        """The first value of the property ``name`` (a CURIE), or None."""
        found = self._statements.get(name)
        return found[0] if found else None

    def all(self, name: str) -> list[Item]:
        """Every value of the property ``name``."""
        return self._statements.get(name, [])

    def parts(self, name: str) -> list[Node]:
        """The parts that the property ``name`` leads to, in their order."""
        found = [self._nodes[item.iri] for item in self.all(name) if isinstance(item, Link) and item.iri in self._nodes]
        return sorted(found, key=_order)

    def part(self, name: str) -> Node | None:
        """The first part that the property ``name`` leads to, or None."""
        return next(iter(self.parts(name)), None)

    @property
    def properties(self) -> Iterable[tuple[str, list[Item]]]:
        """Every property with its values."""
        return self._statements.items()

    @property
    def inside(self) -> list[Node]:
        """Every other node that came with this one."""
        others = (node for node in self._nodes.values() if node is not self)
        return sorted(others, key=lambda node: natural_key(node.iri))

    @property
    def title(self) -> str:
        """What the record is called."""
        return str(self["dcterms:title"] or self["skos:prefLabel"] or self["dcterms:description"] or self.iri.slug)


def read_record(iri: Iri, rows: Iterable[Row]) -> Node | None:
    """The record ``iri`` from the rows of the query ``pages/record``, or None if there are none."""
    nodes: dict[str, Node] = {}
    statements: dict[str, dict[str, list[Item]]] = {}
    for row in rows:
        part, value = row["part"], row["value"]
        assert isinstance(part, Iri)
        if part not in nodes:
            nodes[part] = Node(part, statements.setdefault(part, {}), nodes)
        items = statements[part].setdefault(curie(str(row["property"])), [])
        item = _link(value, row) if isinstance(value, Iri) else value
        if item not in items:
            items.append(item)
    return nodes.get(iri)


def _link(iri: Iri, row: Row) -> Link:
    texts = {name: None if row[name] is None else str(row[name]) for name in ("publisher", "year")}
    return Link(iri, str(row["label"] or curie(iri)), **texts)


def _order(node: Node) -> tuple[int, list[tuple[int, str | int]]]:
    position = node["schema:position"]
    return (position if isinstance(position, int) else 1_000, natural_key(node.iri))
