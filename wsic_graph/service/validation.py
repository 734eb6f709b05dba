"""How close the calculator comes to what others published."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import TypeAdapter

from wsic_graph.service.documents import JSON, choose
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.pages import render
from wsic_graph.validation import Check, Compared, checks

router = APIRouter()
PATH = "/calculator/validation"
_COMPARED, _CHECK = TypeAdapter(Compared), TypeAdapter(Check)


@router.get(PATH)
@router.get(f"{PATH}.{{suffix}}")
def validation(request: Request, graph: GraphOf, suffix: str = "") -> Response:
    """Every published result beside ours, calculated when it is asked for; as JSON with the scenarios."""
    form = choose(request, suffix, (JSON,))
    found = checks(graph.rows)
    if form is JSON:
        return JSONResponse([_written(check) for check in found])
    return render(
        request,
        graph,
        "validation.html",
        checks=found,
        compared=[item for check in found for item in check.compared if item.published],
    )


def _written(check: Check) -> dict[str, Any]:
    """A check as JSON, with what follows from its numbers."""
    written: dict[str, Any] = _CHECK.dump_python(check, mode="json")
    written["reproduced"] = check.reproduced
    written["compared"] = [
        {
            **_COMPARED.dump_python(item, mode="json"),
            "difference": None if item.difference is None else str(item.difference),
            "relative": None if item.relative is None else f"{item.relative:.6f}",
            "verdict": item.verdict,
        }
        for item in check.compared
    ]
    return written
