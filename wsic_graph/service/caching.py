"""Validators and lifetimes for every answer, so that clients and a CDN ask again cheaply.

What the site answers depends on the edition of the graph, the software, the address and,
where formats are negotiated, the Accept header; so the ETag is known before
any work is done, and an unchanged answer costs nothing.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import Scope

from wsic_graph.linkcheck.store import LinkChecks

NEGOTIATED = re.compile(
    r"/(sparql/?$|id/|data/[^/]+/[^/.]+$|queries|ontology|scheme/|graph|catalogue|shapes|context|collections|feed|\.well-known/void)"
)
"""Paths whose answer depends on the Accept header."""
UNCACHED = re.compile(r"/(healthz|readyz|metrics)$")
"""Paths that answer with the state of the moment."""
HISTORICAL = re.compile(r"/(collections|feed|sitemap)")
"""Paths that answer from the history of the records, which other processes write too."""
WITH_LINKS = re.compile(r"/(areas|evidence|initiatives|questions|records|resources|sources|value-cases)/")
"""Paths of pages that tell whether links work, which is found out apart from the editions."""
PRIVATE = re.compile(r"/(account|administration|contribute|review|api/submissions|api/review|plan/kept)(/|$)")
"""Paths whose answers are for one visitor."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""Cache-Control of addresses that contain a version."""
_FRESH = frozenset({200, 301, 303, 304, 308, 410})

Raw = tuple[bytes, bytes]


def known_tags(headers: Headers) -> set[str]:
    """The opaque tags of the answers that the client has; ``*`` stands for any (RFC 9110, 13.1.2)."""
    return {opaque(item.strip()) for item in headers.get("if-none-match", "").split(",")} - {""}


def opaque(tag: str) -> str:
    """An ETag as it is compared weakly: proxies make strong ones weak when they compress."""
    return tag.removeprefix("W/")


@dataclass(frozen=True)
class Marks:
    """The ETag of one address, and the headers that tell how long its answer is good."""

    tag: str
    lifetime: str
    negotiated: bool

    def known(self, headers: Headers) -> bool:
        """Whether the client has this very answer already."""
        return opaque(self.tag) in known_tags(headers)

    def headers(self, status: int) -> list[Raw]:
        """The headers of an answer with ``status``."""
        varies = [b"Accept"] * self.negotiated + [b"Accept-Encoding"] * (status == 304)
        found = [(b"vary", b", ".join(varies))] if varies else []
        if status not in _FRESH:
            return [*found, (b"cache-control", b"no-store")]
        if status in (200, 304):
            found.append((b"etag", self.tag.encode()))
        return [*found, (b"cache-control", self.lifetime.encode())]


class Validators:
    """Makes the marks of every address. ``software`` stands for all that is not in the edition or the request."""

    def __init__(self, software: str, seconds: int, checks: LinkChecks) -> None:
        self._software = software.encode()
        self._checks = checks
        self._lifetime = f"public, max-age={seconds}, stale-while-revalidate={seconds * 12}"

    def of(self, scope: Scope, headers: Headers) -> Marks | None:
        """The marks of what ``scope`` asks for, or None if it is the state of the moment."""
        path = scope["path"]
        if UNCACHED.match(path) or PRIVATE.match(path):
            return None
        negotiated = NEGOTIATED.match(path) is not None
        accept = headers.get("accept", "") if negotiated else ""
        digest = hashlib.blake2b(self._software, digest_size=8)
        digest.update(scope["raw_path"] + b"\0" + scope["query_string"] + b"\0" + accept.encode())
        if WITH_LINKS.match(path):
            digest.update(self._checks.stamp.encode())
        version = scope["app"].state.version
        if HISTORICAL.match(path):
            head = scope["app"].state.published.history.head()
            version = f"{head.version}.{head.number}"
        return Marks(f'W/"{version}-{digest.hexdigest()}"', self._lifetime, negotiated)


def fingerprint(*folders: Path) -> str:
    """A hash of every file in ``folders``: which software made an answer."""
    digest = hashlib.blake2b(digest_size=8)
    for folder in folders:
        for path in sorted(item for item in folder.rglob("*") if item.is_file() and item.suffix != ".pyc"):
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
