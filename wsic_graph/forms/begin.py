"""The form with which a new record begins: its title, and room for every part that it needs."""

from __future__ import annotations

from wsic_graph.forms.filled import HEADINGS, Filled, Node, read
from wsic_graph.forms.model import Schema
from wsic_graph.namespaces import PREFIXES

_TITLE = PREFIXES["dcterms"] + "title"
_SEVERAL = {PREFIXES["wsic"] + "claim": 3}
"""Parts of which a new form has more than one."""


def begin(record: str, title: str, schema: Schema) -> Filled:
    """The form for a new record, with room for every part that it needs."""
    filled = read(record, {})
    filled.nodes[""].values[_TITLE] = [title]
    _make_room(filled, filled.nodes[""], schema)
    return filled


def _make_room(filled: Filled, node: Node, schema: Schema) -> None:
    for item in schema.fields(node.kind):
        if item.kind == "part" and item.needed:
            path, names = next(
                (
                    (rule.path, HEADINGS[rule.path])
                    for rule in schema.shapes[item.part].fields
                    if HEADINGS.get(rule.path)
                ),
                ("", ()),
            )
            for number in range(len(names) or _SEVERAL.get(item.path, 1)):
                part = filled.add(item.part, node.name, item.path)
                if names:
                    part.values[path] = [names[number]]
                _make_room(filled, part, schema)
