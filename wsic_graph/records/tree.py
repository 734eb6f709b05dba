"""A record as a tree: compact JSON-LD with every part inside what points at it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import pyoxigraph as ox
from rdflib import Graph
from rdflib.plugins.serializers.jsonld import from_rdf
from rdflib.plugins.shared.jsonld.context import Context

from wsic_graph.content import ROOT
from wsic_graph.namespaces import BASE, PREFIXES
from wsic_graph.release.turtle import natural_key

CONTEXT_IRI = f"{BASE}context.jsonld"
CONTEXT_FILE = ROOT / "ontology" / "context.jsonld"
SCHEMA_CONTEXT = {"@vocab": PREFIXES["schema"]}

Tree = dict[str, Any]
_FIRST = ("id", "@id", "type", "@type", "title", "prefLabel", "name", "description")
_DECIMAL = PREFIXES["xsd"] + "decimal"


@cache
def _published() -> Context:
    return Context(json.loads(CONTEXT_FILE.read_text(encoding="utf-8"))["@context"])


@cache
def _schema() -> Context:
    return Context(SCHEMA_CONTEXT)


def linked_data(triples: Iterable[ox.Triple], root: str) -> Tree:
    """``triples`` as JSON-LD compact against the published context, without the line that names it.

    What is described stands inside the first statement that points at it, beginning at ``root``;
    what nothing points at stands beside ``root`` in ``@graph``.
    """
    return _Nest(_published(), triples).tree(root)


def schema_block(triples: Iterable[ox.Triple], root: str) -> Tree:
    """``triples`` in the terms of schema.org as JSON-LD that needs no other file to be understood."""
    return {"@context": SCHEMA_CONTEXT, **_Nest(_schema(), triples).tree(root)}


def plain(tree: Any) -> Any:
    """``tree`` without what only JSON-LD needs: typed and tagged values become numbers and texts."""
    return _plain(tree, "")


def _plain(item: Any, name: str) -> Any:
    if isinstance(item, list):
        return [_plain(one, name) for one in item]
    if isinstance(item, dict):
        keys = set(item)
        if "@value" in keys:
            decimal = item.get("type", item.get("@type")) == "xsd:decimal"
            return _number(item["@value"]) if decimal else item["@value"]
        if keys == {"id"}:
            return item["id"]
        return {key.removeprefix("@"): _plain(value, key) for key, value in item.items()}
    term = _published().terms.get(name)
    return _number(item) if isinstance(item, str) and term is not None and term.type == _DECIMAL else item


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


class _Nest:
    """Compact nodes, and which of them have found their place in the tree."""

    def __init__(self, context: Context, triples: Iterable[ox.Triple]) -> None:
        graph = Graph()
        graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")
        found = from_rdf(graph, context_data=context)
        self.terms = context.terms
        self.id = context.id_key
        nodes = found.get(context.graph_key, [found])
        self.nodes: dict[str, Tree] = {node[self.id]: node for node in nodes if self.id in node}
        self.placed: set[str] = set()

    def tree(self, root: str) -> Tree:
        """The tree that begins at ``root``."""
        first = self.place(root) if root in self.nodes else None
        others = [self.place(name) for name in sorted(self.nodes, key=natural_key) if name not in self.placed]
        if first is not None and not others:
            return first
        return {"@graph": [*([first] if first else []), *others]}

    def place(self, name: str) -> Tree:
        """The node ``name`` with what it points at inside it."""
        self.placed.add(name)
        node = self.nodes[name]
        return {key: self.value(key, node[key]) for key in sorted(node, key=_reading_order) if key != "@context"}

    def value(self, key: str, item: Any) -> Any:
        """One value or several of the property ``key``."""
        if isinstance(item, list):
            return [self.value(key, one) for one in sorted(item, key=_text_order)]
        name = item.get(self.id) if isinstance(item, dict) else item if self.is_link(key) else None
        if name in self.nodes and name not in self.placed:
            return self.place(name)
        return item

    def is_link(self, key: str) -> bool:
        """Whether texts under ``key`` are IRIs."""
        term = self.terms.get(key)
        return term is not None and term.type == "@id"


def _reading_order(key: str) -> tuple[int, str]:
    return (_FIRST.index(key), "") if key in _FIRST else (len(_FIRST), key)


def _text_order(item: Any) -> list[tuple[int, str | int]]:
    return natural_key(json.dumps(item, sort_keys=True, default=str))
