"""A record as a tree: compact JSON-LD with every part inside what points at it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import pyoxigraph as ox
from rdflib import Graph
from rdflib.plugins.shared.jsonld.context import Context

from wsic_graph.content import ROOT
from wsic_graph.namespaces import BASE, PREFIXES
from wsic_graph.release.turtle import natural_key

CONTEXT_IRI = f"{BASE}context.jsonld"
CONTEXT_FILE = ROOT / "ontology" / "context.jsonld"

Tree = dict[str, Any]
_FIRST = ("id", "@id", "type", "@type", "title", "prefLabel", "name", "description")
_TYPE = PREFIXES["rdf"] + "type"
_DECIMAL = PREFIXES["xsd"] + "decimal"
_NUMBERS = (_DECIMAL, PREFIXES["xsd"] + "integer")


@cache
def _published() -> Context:
    return Context(json.loads(CONTEXT_FILE.read_text(encoding="utf-8"))["@context"])


def linked_data(triples: Iterable[ox.Triple], root: str) -> Tree:
    """``triples`` as JSON-LD compact against the published context, without the line that names it.

    What is described stands inside the first statement that points at it, beginning at ``root``;
    what nothing points at stands beside ``root`` in ``@graph``.
    """
    context = _published()
    links = {name for name, term in context.terms.items() if term.type == "@id"}
    return _Nest(_compact(triples, context), "id", links).tree(root)


def schema_block(triples: Iterable[ox.Triple], root: str) -> Tree:
    """``triples`` in the terms of schema.org as search engines read them, nested like :func:`linked_data`.

    It needs no other file to be understood. Numbers are JSON numbers.
    """
    nodes: dict[str, Tree] = {}
    for triple in triples:
        assert isinstance(triple.subject, ox.NamedNode)
        node = nodes.setdefault(triple.subject.value, {"@id": triple.subject.value})
        name = triple.predicate.value.removeprefix(PREFIXES["schema"])
        key, value = ("@type", _type(triple)) if name == _TYPE else (name, _schema_value(triple.object))
        node.setdefault(key, []).append(value)
    nodes = {name: {key: _single(item) for key, item in node.items()} for name, node in nodes.items()}
    return {"@context": {"@vocab": PREFIXES["schema"]}, **_Nest(nodes, "@id", set()).tree(root)}


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


def _compact(triples: Iterable[ox.Triple], context: Context) -> dict[str, Tree]:
    """The nodes of ``triples`` by IRI, compact against ``context``."""
    graph = Graph()
    graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")
    found = json.loads(graph.serialize(format="json-ld", context=context, auto_compact=False))
    return {node["id"]: node for node in found.get("@graph", [found]) if "id" in node}


def _type(triple: ox.Triple) -> str:
    assert isinstance(triple.object, ox.NamedNode)
    return triple.object.value.removeprefix(PREFIXES["schema"])


def _single(item: Any) -> Any:
    return item[0] if isinstance(item, list) and len(item) == 1 else item


def _schema_value(term: object) -> Any:
    if isinstance(term, ox.NamedNode):
        return {"@id": term.value}
    assert isinstance(term, ox.Literal)
    return _number(term.value) if term.datatype.value in _NUMBERS else term.value


class _Nest:
    """Compact nodes, and which of them have found their place. Under ``links`` a text is an IRI."""

    def __init__(self, nodes: dict[str, Tree], id_key: str, links: set[str]) -> None:
        self.nodes = nodes
        self.id_key = id_key
        self.links = links
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
        name = item.get(self.id_key) if isinstance(item, dict) else item if key in self.links else None
        if name in self.nodes and name not in self.placed:
            return self.place(name)
        return item


def _reading_order(key: str) -> tuple[int, str]:
    return (_FIRST.index(key), "") if key in _FIRST else (len(_FIRST), key)


def _text_order(item: Any) -> list[tuple[int, str | int]]:
    return natural_key(json.dumps(item, sort_keys=True, default=str))
