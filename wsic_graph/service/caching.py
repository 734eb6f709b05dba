"""Validators and lifetimes for every answer, so that clients and a CDN ask again cheaply.

What the site answers depends on the release, the software, the address and,
where formats are negotiated, the Accept header; so the ETag is known before
any work is done, and an unchanged answer costs nothing.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NEGOTIATED = re.compile(r"/(sparql/?$|id/|queries|ontology|scheme/|graph|catalogue|shapes|context|resources/?$)")
"""Paths whose answer depends on the Accept header."""
UNCACHED = re.compile(r"/(healthz|readyz|metrics)$")
"""Paths that answer with the state of the moment."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""Cache-Control of addresses that contain a version."""
_FRESH = frozenset({200, 301, 303, 308, 410})


class Caching:
    """ASGI middleware: ETag, 304, Cache-Control and ``Vary: Accept``.

    A route may set its own ETag or Cache-Control, which are then left alone.
    """

    def __init__(self, app: ASGIApp, seconds: int, software: str) -> None:
        self.app = app
        self.lifetime = f"public, max-age={seconds}, stale-while-revalidate={seconds * 12}"
        self.software = software.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] != "GET" or UNCACHED.match(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        negotiated = NEGOTIATED.match(scope["path"]) is not None
        tag = self._tag(scope, headers.get("accept", "") if negotiated else "")
        known = headers.get("if-none-match", "")
        if known and tag in (item.strip() for item in known.split(",")):
            start: Message = {"type": "http.response.start", "status": 304, "headers": []}
            self._mark(MutableHeaders(scope=start), tag, negotiated)
            await send(start)
            await send({"type": "http.response.body", "body": b""})
            return

        async def with_validators(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                if message["status"] in _FRESH:
                    self._mark(found, tag if message["status"] == 200 else "", negotiated)
                else:
                    found.setdefault("Cache-Control", "no-store")
                    if negotiated:
                        found.add_vary_header("Accept")
            await send(message)

        await self.app(scope, receive, with_validators)

    def _tag(self, scope: Scope, accept: str) -> str:
        version: str = scope["app"].state.version
        digest = hashlib.blake2b(self.software, digest_size=8)
        for part in (scope["raw_path"], scope["query_string"], accept.encode()):
            digest.update(part + b"\0")
        return f'W/"{version}-{digest.hexdigest()}"'

    def _mark(self, headers: MutableHeaders, tag: str, negotiated: bool) -> None:
        if tag:
            headers.setdefault("ETag", tag)
        headers.setdefault("Cache-Control", self.lifetime)
        if negotiated:
            headers.add_vary_header("Accept")


def fingerprint(*folders: Path) -> str:
    """A hash of every file in ``folders``: which software made an answer."""
    digest = hashlib.blake2b(digest_size=8)
    for folder in folders:
        for path in sorted(item for item in folder.rglob("*") if item.is_file() and item.suffix != ".pyc"):
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
