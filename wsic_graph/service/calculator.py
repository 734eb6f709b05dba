"""The value case calculator as an API: a scenario or an area goes in, the whole answer comes out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.engine.door import CLIENT
from wsic_graph.runs.answer import with_origin
from wsic_graph.runs.request import AreaRequest, read_request
from wsic_graph.service.bodies import read_body
from wsic_graph.service.calculations import Calculations
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.reports import Reports
from wsic_graph.service.watch import Watch

router = APIRouter()

MOST_BYTES = 1_000_000
"""Largest scenario, in bytes of JSON."""
_GONE = 499


@router.post("/api/calculator")
async def calculate(request: Request) -> Response:
    """The report on a scenario or on a programme in an area, as JSON; or problem details that name every wrong field.

    A body with the field ``area`` is about an area: the graph fills it in, and the answer also tells with what.
    """
    body = await read_json(request)
    async with Watch(request):  # nobody waits for the answer when the client has gone
        asked = await run_in_threadpool(read_request, body)
        answer = await _filled(request, asked) if asked else await _typed(request, body)
        return Response(answer, media_type="application/json", headers={"Cache-Control": "no-store"})
    return Response(status_code=_GONE)


async def _typed(request: Request, body: bytes) -> bytes:
    calculations: Calculations = request.app.state.calculations
    return await calculations.run(body, CLIENT.get())


async def _filled(request: Request, asked: AreaRequest) -> bytes:
    known: Known = request.app.state.known
    reports: Reports = request.app.state.reports
    prefilled = await run_in_threadpool(asked.prefilled, known.rows)
    report = await reports.text(prefilled.scenario)
    return with_origin(report, prefilled)


async def read_json(request: Request) -> bytes:
    """The JSON that was sent. Raises ``HTTPException`` for what is none, compressed or too large."""
    kind = request.headers.get("content-type", "").lower().partition(";")[0].strip()
    if kind != "application/json" and not kind.endswith("+json"):
        raise HTTPException(415, f"Send the scenario as application/json; the Content-Type is {kind or 'missing'}.")
    return await read_body(request, MOST_BYTES, "scenario")
