"""The application: one release, one door, the pages over them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wsic_graph.answers import rows
from wsic_graph.engine import Door
from wsic_graph.release.build import read_manifest
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
from wsic_graph.service.errors import add_error_handlers
from wsic_graph.service.pages import WEB, make_templates
from wsic_graph.settings import Settings, get_settings

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

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with Door(release, settings or get_settings()) as door:
            app.state.door = door
            environment = app.state.templates.env
            environment.globals["manifest"] = read_manifest(release)
            environment.globals["definitions"] = {row["concept"]: row for row in rows(door, "pages/definitions")}
            yield

    app = FastAPI(
        title="Whole System Integrated Care", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None
    )
    app.state.templates = make_templates()
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
