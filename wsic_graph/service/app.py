"""The application: one release, one door, the pages over them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type

from wsic_graph.answers import rows
from wsic_graph.catalogue.publication import Published
from wsic_graph.choices import Choices
from wsic_graph.content import ROOT
from wsic_graph.engine import Door
from wsic_graph.engine.pool import Pool
from wsic_graph.engine.remote import Remote, source_of
from wsic_graph.formats import GRAPHS, RESULTS
from wsic_graph.places.measures import Councils
from wsic_graph.places.reported import Results
from wsic_graph.places.similar import Likeness
from wsic_graph.places.statistics import Comparisons
from wsic_graph.release.manifest import read_manifest
from wsic_graph.search.index import Index
from wsic_graph.search.making import ensure_index
from wsic_graph.service import (
    areas,
    benefits_map,
    benefits_map_files,
    calculator,
    calculator_page,
    catalogue,
    collections,
    compare,
    dumps,
    editor,
    evidence,
    feed,
    graph_store,
    guide,
    home,
    identifiers,
    initiative_map,
    initiatives,
    model,
    ontology,
    operations,
    places_like_mine,
    plan,
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
    validation,
    value_cases,
)
from wsic_graph.service.caching import Validators, fingerprint
from wsic_graph.service.calculations import Calculations
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.errors import add_error_handlers
from wsic_graph.service.pages import WEB, make_templates
from wsic_graph.service.protocol import Site, limit_headers
from wsic_graph.service.reports import Reports
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
        loop = asyncio.get_running_loop()
        source = Pool(settings.engine, settings) if settings.engine else source_of(release, settings)
        if isinstance(source, Remote) and (words := await source.check()):
            _log.warning(words)
        with Door(source, settings, loop) as door:
            app.state.door = door
            app.state.choices = Choices(door)
            app.state.index = Index(await run_in_threadpool(ensure_index, release, settings))
            app.state.councils = Councils(door)
            app.state.likeness = Likeness(door)
            app.state.results = Results(door)
            app.state.comparisons = Comparisons(door)
            app.state.calculations = Calculations(settings)
            app.state.reports = Reports(app.state.calculations)
            app.state.known = Known(door)
            app.state.published = Published(door, release, settings.data_dir, settings.public_url)
            found = await run_in_threadpool(rows, door, "pages/definitions")
            environment.globals["definitions"] = {row["concept"]: row for row in found}
            yield
            app.state.calculations.close()
            app.state.published.close()

    app = FastAPI(
        title="Whole System Integrated Care",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.manifest = manifest = read_manifest(release)
    app.state.version = manifest.version
    app.state.templates = make_templates()
    environment = app.state.templates.env
    environment.globals["manifest"] = manifest
    app.state.release = release
    app.state.settings = settings
    app.state.limit_headers = limit_headers(settings)
    software = fingerprint(ROOT / "web", ROOT / "queries", Path(__file__).resolve().parents[1])
    validators = Validators(manifest.version, f"{software} {settings.public_url}", settings.cache_seconds)
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
    ):
        app.include_router(module.router)
    editor.add_assets(app)
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")
    return Web(CompressMiddleware(Site(app), gzip_level=6), app, validators, settings.query_cache_mb)
