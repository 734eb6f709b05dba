"""What every answer of the site has in common, in one pass: who asks, HEAD, CORS, validators, security headers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import parse_accept_encoding  # type: ignore[attr-defined]  # not in its __all__; caching must read it alike

from wsic_graph.engine.door import CLIENT
from wsic_graph.service.caching import PRIVATE, Raw, Validators, known_tags, opaque
from wsic_graph.service.clients import client_of
from wsic_graph.service.operations import note_request, request_id
from wsic_graph.service.remembered import Remembered

_SECURITY = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
# The same for every origin: then a CDN need not keep one copy for each, as it must with Vary: Origin.
_CORS = {"access-control-allow-origin": "*", "access-control-expose-headers": "*"}
_COMMON = [(name.encode(), value.encode()) for name, value in (_SECURITY | _CORS).items()]
_OWN = _SECURITY | {"cache-control": "no-store", "referrer-policy": "same-origin", "x-robots-tag": "noindex"}
_PRIVATE = [(name.encode(), value.encode()) for name, value in _OWN.items()]
_PREFLIGHT = [
    *_COMMON,
    (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
]


_HTTPS = [(b"strict-transport-security", b"max-age=31536000")]
_PLAIN = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
_LONGEST_HEADER = 8_000
_WITH_SLASH = re.compile(r"/[^/].*/", re.DOTALL)


class Web:
    """ASGI application around the whole site. A route may set any of these headers itself.

    ``pages`` is the application whose state all parts share; ``megabytes`` of answers are remembered.
    A site whose public address is ``secure`` tells browsers to come to it by HTTPS alone.
    """

    def __init__(self, app: ASGIApp, pages: FastAPI, validators: Validators, megabytes: int, *, secure: bool) -> None:
        self.app = app
        self.pages = pages
        self.validators = validators
        self.remembered = Remembered(megabytes)
        self._always = _HTTPS if secure else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with self.pages.state.editions.used():
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        CLIENT.set(client_of(scope))
        name = request_id(Headers(scope=scope).get("x-request-id", ""))
        started = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self._always, (b"x-request-id", name.encode())]
            await send(message)

        inner = {**scope, "app": self.pages, "headers": _one_accept(scope["headers"])}
        if scope["method"] == "HEAD":
            inner["method"] = "GET"
        try:
            await self._answer(scope["method"], inner, receive, noted)
        finally:
            note_request(inner, status, time.perf_counter() - started, name)

    async def _answer(self, method: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if method == "OPTIONS" and (allowed := self._allowed(scope)):
            await _reply(send, 204, [*_PREFLIGHT, (b"allow", allowed)])
            return
        if any(len(value) > _LONGEST_HEADER for _, value in scope["headers"]):
            await _reply(send, 431, _PLAIN, b"A header of a request is at most %d bytes.\n" % _LONGEST_HEADER)
            return
        place: str = scope["path"]
        if method in ("GET", "HEAD") and _WITH_SLASH.fullmatch(place) and place != "/sparql/":
            query = scope["query_string"]
            target = quote(place.rstrip("/")).encode() + (b"?" + query if query else b"")
            common = _PRIVATE if PRIVATE.match(place) else _COMMON  # the address can be a secret
            await _reply(send, 308, [(b"location", target)], common=common)
            return
        head = method == "HEAD"
        marks = self.validators.of(scope, headers) if head or method == "GET" else None
        if marks is not None and marks.known(headers):
            await _reply(send, 304, [*marks.headers(304), *_COMMON])
            return

        encoding = parse_accept_encoding(headers.get("accept-encoding", ""))
        tag = marks.tag if marks is not None and "range" not in headers else ""
        kept = self.remembered.find(tag, encoding) if tag else None
        known = known_tags(headers) if marks is not None else set()
        silent = head
        common = _PRIVATE if PRIVATE.match(place) else _COMMON
        if kept is not None:
            scope["route"] = kept.route
            again: Message = {"type": "http.response.start", "status": 200, "headers": kept.headers}
            if known & {_tag(kept.headers), "*"}:
                again, silent = _not_modified(again), True
            await send(again)
            await send({"type": "http.response.body", "body": b"" if silent else kept.body})
            return

        start: Message | None = None

        async def with_headers(message: Message) -> None:
            nonlocal silent, start
            if message["type"] == "http.response.start":
                if message["status"] == 200 and known & {_tag(message["headers"]), "*"}:
                    message, silent = _not_modified(message), True
                more = marks.headers(message["status"]) if marks is not None else []
                if message["status"] == 405:
                    own = [item for item in message["headers"] if item[0] != b"allow"]
                    message = {**message, "headers": [*own, (b"allow", self._allowed(scope))]}
                message = {**message, "headers": _joined(message["headers"], [*more, *common])}
                start = dict(message)
            elif message["type"] == "http.response.body":
                if start is not None and tag:
                    self.remembered.keep(tag, encoding, start, message, scope)
                start = None
                if silent:
                    message = {**message, "body": b""}
            await send(message)

        await self.app(scope, receive, with_headers)

    def _allowed(self, scope: Scope) -> bytes:
        """The methods that the address of ``scope`` takes; empty where there is nothing."""
        found = [
            method
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
            if any(route.matches(dict(scope, method=method))[0] is Match.FULL for route in self.pages.routes)
        ]
        return ", ".join([*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"]).encode() if found else b""


async def _reply(
    send: Send, status: int, headers: Sequence[Raw], body: bytes = b"", *, common: Sequence[Raw] = _COMMON
) -> None:
    """A whole answer of the site itself."""
    if status not in (204, 304):
        headers = [*headers, *common, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def _tag(own: Iterable[Raw]) -> str:
    """The ETag that a route gave itself, which is known only now."""
    return opaque(dict(own).get(b"etag", b"").decode("latin-1"))


def _not_modified(message: Message) -> Message:
    """The start of an answer whose client has it already."""
    kept = [item for item in message["headers"] if item[0] not in (b"content-length", b"content-type")]
    return {**message, "status": 304, "headers": kept}


def _one_accept(headers: list[Raw]) -> list[Raw]:
    """The headers with all lines of Accept in one, as RFC 9110 (5.3) reads them."""
    lines = [value for name, value in headers if name == b"accept"]
    if len(lines) < 2:
        return headers
    return [(b"accept", b", ".join(lines)), *(header for header in headers if header[0] != b"accept")]


def _vary(*values: bytes) -> bytes:
    """What an answer varies by, each thing once."""
    names = (name.strip() for value in values for name in value.split(b","))
    return b", ".join(dict.fromkeys(names))


def _joined(own: Sequence[Raw], more: Iterable[Raw]) -> list[Raw]:
    """``own`` headers and those of ``more`` that are not among them; what the answer varies by is added up."""
    found = dict(more)
    if (b"cache-control", b"no-store") in own:
        found.pop(b"etag", None)
    result = []
    for name, value in own:
        common = found.pop(name, None)
        result.append((name, _vary(value, common) if name == b"vary" and common else value))
    return [*result, *found.items()]
