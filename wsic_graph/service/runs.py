"""Runs of the calculator that were kept: the same link gives the same numbers for ever, and says what changed since."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph import __version__
from wsic_graph.calculator.faults import ScenarioError
from wsic_graph.calculator.reading import parsed, read_scenario
from wsic_graph.engine.door import CLIENT
from wsic_graph.errors import WsicError
from wsic_graph.prefill import Prefilled
from wsic_graph.runs.changes import Change, changes
from wsic_graph.runs.record import Record, read_record
from wsic_graph.runs.request import AreaRequest, read_request
from wsic_graph.runs.run import Run
from wsic_graph.service.bodies import from_here
from wsic_graph.service.calculator import read_json
from wsic_graph.service.calculator_choices import chosen
from wsic_graph.service.calculator_draft import draft
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.calculator_page import GONE, behind, read_form
from wsic_graph.service.calculator_result import Result
from wsic_graph.service.calculator_rows import Line, line
from wsic_graph.service.calculator_state import state_of
from wsic_graph.service.errors import details
from wsic_graph.service.graph import NoSuchRecord, get_graph
from wsic_graph.service.kept import KeptTexts
from wsic_graph.service.pages import render
from wsic_graph.service.reports import Reports
from wsic_graph.service.watch import Watch
from wsic_graph.settings import Settings

router = APIRouter()
PATH = "/calculator/runs"
FILES = (
    ("xlsx", "Workbook with live formulas"),
    ("docx", "Report (Word)"),
    ("csv", "Results (CSV)"),
    ("json", "Everything (JSON)"),
    ("ttl", "Provenance (Turtle)"),
)
"""Ending and name of the twins of the page of a run."""
_IDENTIFIER = re.compile(r"[0-9a-f]{16}")


def kept_runs(settings: Settings) -> KeptTexts:
    """The runs of the installation that has these settings."""
    instead = "The address of the calculator holds all that you chose; keep that instead."
    return KeptTexts(settings.data_dir / "runs.sqlite3", settings.runs_mb, settings.runs_per_hour, "kept runs", instead)


async def record_of(request: Request, identifier: str) -> Record:
    """What was kept under ``identifier``. Raises ``NoSuchRecord``."""
    text = None
    if _IDENTIFIER.fullmatch(identifier):
        text = await run_in_threadpool(kept_runs(request.app.state.settings).text, identifier)
    if text is None:
        raise NoSuchRecord("run", identifier[:40], "/calculator")
    return read_record(text)


async def run_of(request: Request, identifier: str) -> Run:
    """The run kept under ``identifier``, calculated again from what was kept unless that is remembered.

    Raises ``NoSuchRecord`` and what :meth:`Reports.of` raises.
    """
    record = await record_of(request, identifier)
    reports: Reports = request.app.state.reports
    return record.run(await reports.of(record.scenario))


async def answered(request: Request, identifier: str, make: Callable[[Request, Run], Response]) -> Response:
    """What ``make`` makes, off the event loop, of the run kept under ``identifier``; nothing once the client left."""
    async with Watch(request):
        run = await run_of(request, identifier)
        return await run_in_threadpool(make, request, run)
    return Response(status_code=GONE)


@router.post(PATH)
async def keep(request: Request) -> Response:
    """Keep a run: the form of the page, or JSON as ``POST /api/calculator`` takes it. Leads to the page of the run."""
    from_here(request, "A run")
    is_form = "x-www-form-urlencoded" in request.headers.get("content-type", "").lower()
    if is_form:
        state = await read_form(request)
        drafted = await run_in_threadpool(draft, request.app.state.known, state)
        if drafted.prefilled is None or drafted.faults:
            return RedirectResponse(state.address(), 303)  # where each fault is told beside its field
        return await _keep(request, drafted.choices, drafted.prefilled.scenario, drafted.prefilled)
    try:
        body = await read_json(request)
        asked = await run_in_threadpool(read_request, body)
        if asked is None:
            return await _keep(request, {}, await run_in_threadpool(_typed, body), None, as_json=True)
        prefilled = await run_in_threadpool(asked.prefilled, request.app.state.known.rows)
        return await _keep(request, asked.choices(), prefilled.scenario, prefilled, as_json=True)
    except (WsicError, HTTPException) as error:
        return details(request, error)


def _typed(body: bytes) -> dict[str, Any]:
    """A scenario as it was sent, without what no calculation reads: notes may hold anything."""
    read_scenario(body)
    found: dict[str, Any] = parsed(body)
    return {name: part for name, part in found.items() if name not in ("expected", "why")}


async def _keep(
    request: Request,
    choices: Mapping[str, Any],
    scenario: Mapping[str, Any],
    prefilled: Prefilled | None,
    as_json: bool = False,
) -> Response:
    state = request.app.state
    async with Watch(request):
        await state.reports.of(scenario)  # what cannot be calculated is not kept
        today = datetime.now(UTC).date()
        record = Record(choices, scenario, prefilled, state.version, __version__, today)
        store = kept_runs(state.settings)
        await run_in_threadpool(store.keep, [record.identifier], record.text(), CLIENT.get(), True)
        path = f"{PATH}/{record.identifier}"
        if as_json:
            url = f"{state.settings.public_url}{path}"
            return JSONResponse({"id": record.identifier, "url": url}, 201, {"Location": url})
        return RedirectResponse(path, 303, {"Cache-Control": "no-store"})
    return Response(status_code=GONE)


@dataclass(frozen=True)
class Shift:
    """A number of the run that the graph gives differently today."""

    label: str
    then: Line | None
    now: Line | None


@router.get(f"{PATH}/{{identifier}}")
async def run_page(request: Request, identifier: str) -> Response:
    """A kept run: its result, everything that went in, and what the graph says differently today."""
    return await answered(request, identifier, _render)


def _render(request: Request, run: Run) -> Response:
    known: Known = request.app.state.known
    graph = get_graph(request)
    if run.prefilled is not None:
        behind(graph, run.prefilled)
    old = run.data_version != request.app.state.version
    shifts, refused = _since(known, run) if old and run.prefilled is not None else ([], "")
    state = state_of(run.choices) if run.choices else None
    return render(
        request,
        graph,
        "run.html",
        run=run,
        result=Result(run.report, run.scenario, run.prefilled, known),
        old=old,
        shifts=shifts,
        refused=refused,
        state=state,
        chosen=chosen(run.choices, known),
        files=FILES,
        path=f"{PATH}/{run.identifier}",
    )


def _since(known: Known, run: Run) -> tuple[list[Shift], str]:
    """What the graph of today gives differently, or why it gives no such scenario."""
    assert run.prefilled is not None
    try:
        now = AreaRequest.model_validate(run.choices).prefilled(known.rows)
    except ScenarioError as error:
        return [], str(error)
    return [_shift(known, change) for change in changes(run.prefilled, now)], ""


def _shift(known: Known, change: Change) -> Shift:
    then, now = (line(change.key, item, known) if item else None for item in (change.then, change.now))
    return Shift(change.known.label, then, now)
