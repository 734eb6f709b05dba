"""Whole answers that were given before. An ETag says all that an answer depends on, so it is what they are found by."""

from __future__ import annotations

from dataclasses import dataclass

from cachetools import LRUCache
from starlette.types import Message, Scope

from wsic_graph.service.caching import Raw

_LARGEST = 1 << 20
"""Bytes of the largest answer that is remembered: a page of records that is not compressed takes up to 250,000."""


@dataclass(frozen=True)
class Kept:
    """An answer as it was sent: headers, body and where its request went."""

    headers: list[Raw]
    body: bytes
    route: object


class Remembered:
    """Answers of status 200 that were sent in one piece, the least used of them forgotten first."""

    def __init__(self, megabytes: int) -> None:
        self._kept: LRUCache[tuple[str, frozenset[str]], Kept] = LRUCache(megabytes << 20, getsizeof=_size)

    def find(self, tag: str, encoding: frozenset[str]) -> Kept | None:
        """The answer with the ETag ``tag`` in the form for those who accept the codings ``encoding``."""
        found: Kept | None = self._kept.get((tag, encoding))
        return found

    def keep(self, tag: str, encoding: frozenset[str], start: Message, body: Message, scope: Scope) -> None:
        """Remember an answer that begins with the messages ``start`` and ``body``, if it is small, whole and fresh."""
        whole = body.get("body", b"")
        if start["status"] != 200 or body.get("more_body") or len(whole) > min(_LARGEST, self._kept.maxsize):
            return
        headers = start["headers"]
        if all(name != b"cache-control" or b"no-store" not in value for name, value in headers):
            self._kept[tag, encoding] = Kept(headers, whole, scope.get("route"))


def _size(kept: Kept) -> int:
    return len(kept.body) + 1000
