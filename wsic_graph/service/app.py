"""The application: a release, the editions of it that the ledger makes, the pages over them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type

from wsic_graph.content import ROOT
from wsic_graph.engine.loader import Engine
from wsic_graph.engine.remote import Remote
from wsic_graph.formats import GRAPHS, RESULTS
from wsic_graph.ledger.checking import Checker
from wsic_graph.ledger.store import Ledger
from wsic_graph.linkcheck.store import LinkChecks
from wsic_graph.release.manifest import read_manifest
from wsic_graph.service import (
    account,
    administration,
    areas,
    benefits_map,
    benefits_map_files,
    calculator,
    calculator_page,
    catalogue,
    collections,
    compare,
    contribute,
    dumps,
    editor,
    elsewhere,
    evidence,
    feed,
    graph_store,
    guide,
    home,
    identifiers,
    initiative_map,
    initiatives,
    model,
    moves,
    ontology,
    operations,
    places_like_mine,
    plan,
    plan_budget,
    plan_kept,
    plan_segments,
    record_history,
    registration,
    review,
    review_api,
    review_form,
    reviewed,
    run_compare,
    run_files,
    runs,
    saved,
    schemes,
    search,
    service_check,
    shortlinks,
    signposting,
    sitemap,
    sources,
    styles,
    submissions,
    upgrades,
    uploads,
    validation,
    value_cases,
    voice,
    voice_review,
)
from wsic_graph.service.caching import Validators, fingerprint
from wsic_graph.service.calculations import Calculations
from wsic_graph.service.editions import Editions, OfEdition, SiteState
from wsic_graph.service.errors import add_error_handlers
from wsic_graph.service.pages import WEB, make_templates
from wsic_graph.service.post import Postman
from wsic_graph.service.protocol import Site, limit_headers
from wsic_graph.service.provider import Provider
from wsic_graph.service.reports import Reports
from wsic_graph.service.rights import guard
from wsic_graph.service.web import Web
from wsic_graph.settings import Settings, get_settings

_log = logging.getLogger("wsic.app")

for _format in (*RESULTS.values(), *GRAPHS.values()):
    add_compress_type(_format.media_type)


def create_app(release: Path | None = None, settings: Settings | None = None) -> ASGIApp:
    """The site over the built release in the folder ``release``, or in that of the settings.

    The graph is asked of the engine that the settings name, or of one started for this site alone.
    """
    settings = settings or get_settings()
    release = release or settings.release_dir

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            source: str | Remote = settings.engine
            if settings.sparql_endpoint and not settings.engine:
                source = Remote(settings, read_manifest(release))
                if words := await source.check():
                    _log.warning(words)
            elif not settings.engine:
                engine = stack.enter_context(Engine(release, settings))
                await run_in_threadpool(lambda: engine.triples)
                source = engine.address
            app.state.editions = editions = Editions(release, settings, source, Ledger(settings.data_dir))
            stack.push_async_callback(editions.close)
            await editions.start()
            postman = Postman(editions.ledger, settings)
            stack.push_async_callback(run_in_threadpool, postman.close)
            app.state.checker = Checker()
            stack.callback(app.state.checker.close)
            app.state.calculations = Calculations(settings)
            app.state.reports = Reports(app.state.calculations)
            stack.callback(app.state.calculations.close)
            yield

    app = FastAPI(
        title="Whole System Integrated Care",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(guard)],
    )
    app.state = SiteState()
    app.state.templates = make_templates()
    for name in ("manifest", "definitions"):
        app.state.templates.env.globals[name] = OfEdition(app.state, name)
    app.state.release = release
    app.state.settings = settings
    app.state.provider = Provider(settings)
    app.state.templates.env.globals.update(registration=settings.registration, provider=app.state.provider.name)
    app.state.limit_headers = limit_headers(settings)
    software = fingerprint(ROOT / "web", ROOT / "queries", Path(__file__).resolve().parents[1])
    validators = Validators(f"{software} {settings.public_url}", settings.cache_seconds, LinkChecks(settings.data_dir))
    add_error_handlers(app)
    for module in (
        home,
        value_cases,
        model,
        evidence,
        benefits_map,
        service_check,  # before the files of the map, one of which could else be called "check"
        benefits_map_files,
        calculator,
        calculator_page,
        run_compare,
        run_files,  # before the page of a run, whose name could else be one with an ending
        runs,
        signposting,
        areas,
        compare,
        initiative_map,  # before the pages of initiatives, one of which could else be called "map"
        initiatives,
        places_like_mine,
        plan,
        plan_budget,
        plan_kept,
        plan_segments,
        reviewed,
        sources,
        saved,
        catalogue,
        dumps,
        collections,
        feed,
        graph_store,
        guide,
        sitemap,
        editor,
        shortlinks,
        identifiers,
        ontology,
        operations,
        schemes,
        search,
        styles,
        validation,
        account,
        registration,
        elsewhere,
        administration,
        uploads,
        contribute,
        voice,
        moves,  # before the submissions, one of which could else be called "move"
        voice_review,  # before the submissions, one of which could else be called "remarks"
        upgrades,  # before the pages of submissions, one of which could else be called "upgrades"
        review_form,
        review,
        review_api,
        record_history,
        submissions,
    ):
        app.include_router(module.router)
    editor.add_assets(app)
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")
    secure = settings.public_url.startswith("https://")
    return Web(CompressMiddleware(Site(app), gzip_level=6), app, validators, settings.query_cache_mb, secure=secure)
