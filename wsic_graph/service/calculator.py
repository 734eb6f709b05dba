"""The value case calculator as an API: a scenario goes in, the whole answer comes out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.engine.door import CLIENT
from wsic_graph.errors import WsicError
from wsic_graph.service.calculations import Calculations
from wsic_graph.service.errors import details
from wsic_graph.service.watch import Watch

router = APIRouter()

MOST_BYTES = 1_000_000
"""Largest scenario, in bytes of JSON."""
_GONE = 499


@router.post("/api/calculator")
async def calculate(request: Request) -> Response:
    """The report on a scenario, as JSON; or problem details that name every field that is not right."""
    try:
        body = await _read(request)
        calculations: Calculations = request.app.state.calculations
        async with Watch(request):  # nobody waits for the answer when the client has gone
            answer = await calculations.run(body, CLIENT.get())
            return Response(answer, media_type="application/json", headers={"Cache-Control": "no-store"})
    except (WsicError, HTTPException) as error:
        return details(request, error)
    return Response(status_code=_GONE)


async def _read(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").lower().partition(";")[0].strip()
    if kind != "application/json" and not kind.endswith("+json"):
        raise HTTPException(415, f"Send the scenario as application/json; the Content-Type is {kind or 'missing'}.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "Content-Encoding: send the scenario as it is, not compressed.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise HTTPException(413, f"The scenario is larger than {MOST_BYTES:,} bytes.")
    return bytes(body)
