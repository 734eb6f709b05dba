"""JSON pointers (RFC 6901) into a scenario, and what they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wsic_graph.errors import ParameterError


def pointer(*tokens: str | int) -> str:
    """The pointer to what the tokens lead to."""
    return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in tokens)


def leaves(tree: Any, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value that is no list and no object, with its path."""
    if isinstance(tree, dict):
        for name, part in tree.items():
            yield from leaves(part, *path, name)
    elif isinstance(tree, list):
        for place, part in enumerate(tree):
            yield from leaves(part, *path, place)
    else:
        yield path, tree


def resolve(tree: Any, key: str) -> tuple[str, Any, Any]:
    """The pointer in numbers, the list or object that holds what it leads to, and its name there.

    A part of a list may also be named by its id: ``/interventions/telecare/uptake``. Raises ``ParameterError``.
    """
    tokens = [part.replace("~1", "/").replace("~0", "~") for part in key.split("/")[1:]]
    if not key.startswith("/") or not tokens or len(key) > 400:
        raise _nowhere(key)
    path: list[str | int] = []
    holder: Any = None
    for token in tokens:
        holder = tree
        name: str | int = token
        if isinstance(tree, list):
            name = _place(tree, token, key)
        elif not isinstance(tree, dict) or token not in tree:
            raise _nowhere(key)
        path.append(name)
        tree = tree[name]
    return pointer(*path), holder, path[-1]


def _place(items: list[Any], token: str, key: str) -> int:
    if token.isascii() and token.isdigit():
        if int(token) < len(items):
            return int(token)
        raise _nowhere(key)
    for place, item in enumerate(items):
        if isinstance(item, dict) and token in (item.get("id"), item.get("outcome")):
            return place
    raise _nowhere(key)


def _nowhere(key: str) -> ParameterError:
    words = "leads to nothing in this scenario; give the key of an assumption, such as /segments/0/population"
    return ParameterError("overrides", f"{key[:80]!r} {words}", key[:80])
