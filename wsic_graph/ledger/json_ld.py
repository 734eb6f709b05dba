"""JSON-LD from outside: it may name our own context and no other, so that reading it asks nobody for anything."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from wsic_graph.records.tree import CONTEXT_FILE, CONTEXT_IRI

_DEEPEST = 40
_MOST_NODES = 200_000


def with_own_context(text: str) -> str:
    """The document with our context written into it wherever it names that. Raises ``ValueError`` with words."""
    try:
        document = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError(f"JSON may be nested {_DEEPEST} deep") from None
    _check_depth(document)
    return json.dumps(_in_place(document))  # in ASCII: half a character stays an escape, which no reader takes


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_depth(document: Any) -> None:
    level, seen = [document], 0
    for _ in range(_DEEPEST):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        seen += len(level)
        if not level:
            return
        if seen > _MOST_NODES:
            raise ValueError(f"JSON may have {_MOST_NODES:,} values")
    raise ValueError(f"JSON may be nested {_DEEPEST} deep")


def _in_place(item: Any) -> Any:
    if isinstance(item, list):
        return [_in_place(child) for child in item]
    if isinstance(item, dict):
        if "@import" in item:
            raise ValueError("a context that is fetched from elsewhere (@import) is not taken")
        return {name: _context(value) if name == "@context" else _in_place(value) for name, value in item.items()}
    return item


def _context(value: Any) -> Any:
    if isinstance(value, list):
        return [_context(item) for item in value]
    if isinstance(value, str):
        if value != CONTEXT_IRI:
            raise ValueError(f"the context “{value[:200]}” is not fetched; name {CONTEXT_IRI}, or write yours out")
        return _ours()
    return _in_place(value)


@cache
def _ours() -> Any:
    return json.loads(CONTEXT_FILE.read_text(encoding="utf-8"))["@context"]
