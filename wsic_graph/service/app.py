"""The application: one release, one door, the pages over them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type

from wsic_graph.answers import rows
from wsic_graph.content import ROOT
from wsic_graph.engine import Door
from wsic_graph.formats import GRAPHS, RESULTS
from wsic_graph.release.manifest import read_manifest
from wsic_graph.service import (
    evidence,
    home,
    identifiers,
    initiatives,
    model,
    plan,
    signposting,
    sources,
    sparql,
    value_cases,
)
from wsic_graph.service.caching import Caching, fingerprint
from wsic_graph.service.errors import add_error_handlers
from wsic_graph.service.pages import WEB, make_templates
from wsic_graph.settings import Settings, get_settings

_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
for _format in (*RESULTS.values(), *GRAPHS.values()):
    add_compress_type(_format.media_type)
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class PlainWeb:
    """Adds the security headers to every answer, and answers HEAD as GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            elif head:
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"} if head else scope, receive, with_headers)


def create_app(release: Path, settings: Settings | None = None) -> FastAPI:
    """The site over the built release in the folder ``release``."""
    settings = settings or get_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with Door(release, settings) as door:
            app.state.door = door
            manifest = read_manifest(release)
            app.state.version = manifest.version
            environment = app.state.templates.env
            environment.globals["manifest"] = manifest
            environment.globals["definitions"] = {row["concept"]: row for row in rows(door, "pages/definitions")}
            yield

    app = FastAPI(
        title="Whole System Integrated Care", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None
    )
    app.state.templates = make_templates()
    app.state.release = release
    app.state.settings = settings
    software = fingerprint(ROOT / "web", ROOT / "queries", Path(__file__).resolve().parents[1])
    app.add_middleware(Caching, seconds=settings.cache_seconds, software=f"{software} {settings.public_url}")
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_headers=["*"], allow_methods=_METHODS, expose_headers=["*"]
    )
    app.add_middleware(CompressMiddleware)
    app.add_middleware(PlainWeb)
    add_error_handlers(app)
    for module in (
        home,
        value_cases,
        model,
        evidence,
        signposting,
        initiatives,
        plan,
        sources,
        sparql,
        identifiers,
    ):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")
    return app
