"""The model plan: sections, national conditions, metrics and funding by period; and the plan drafted for an area."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from wsic_graph.answers import Iri, Row
from wsic_graph.calculator.faults import Fault, ScenarioError
from wsic_graph.errors import ParameterError
from wsic_graph.mapped.model import read_map
from wsic_graph.plans.data import tree
from wsic_graph.plans.edits import Edits
from wsic_graph.plans.model import Choices, Plan
from wsic_graph.plans.rules import years
from wsic_graph.plans.settle import read_pairs
from wsic_graph.service.bodies import read_body
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.calculator_page import GONE
from wsic_graph.service.graph import Graph, GraphOf, get_graph
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render
from wsic_graph.service.plan_making import DRAFT, cases_of, draft_at, make
from wsic_graph.service.plan_view import FILES, file_of, show, view_of
from wsic_graph.service.watch import Watch

router = APIRouter()
API = "/api/plan"
MOST_BYTES = 60_000
"""Largest request of a draft."""
_MOST_FAULTS = 20


@router.get("/plan")
def plan(request: Request, graph: GraphOf) -> Response:
    """The whole model plan on one page."""
    record = graph.record("plan-template", "better-care-fund")
    sections = grouped(graph.rows("pages/plan-sections"), "section")
    rules: dict[str, list[tuple[Row, list[tuple[Row, list[Row]]]]]] = {}
    for first, rows in grouped(graph.rows("pages/plan-rules"), "class"):
        kind = first["class"]
        assert isinstance(kind, Iri)
        rules[kind.part] = [(period, grouped(items, "item")) for period, items in grouped(rows, "period")]
    return render(request, graph, "plan.html", record=record, sections=sections, rules=rules)


@router.get(DRAFT)
async def draft(request: Request) -> Response:
    """The form, and the plan for the choices in the address."""
    pairs = request.query_params.multi_items()
    async with Watch(request):  # nobody waits for the answer when the client has gone
        found, faults = await attempt(request, pairs)
        return await run_in_threadpool(_page, request, pairs, found, faults)
    return Response(status_code=GONE)


@router.get(f"{DRAFT}.{{form}}")
async def draft_file(request: Request, form: str) -> Response:
    """The plan for the choices in the address as a file."""
    if form not in FILES:
        raise HTTPException(404, f"A plan does not come as .{form[:20]}. It comes as: .{', .'.join(FILES)}.")
    async with Watch(request):
        found, faults = await attempt(request, request.query_params.multi_items())
        if found is None or faults:
            raise HTTPException(422, _said(faults) or "Choose a council first.")
        return await run_in_threadpool(_file, request, found, form)
    return Response(status_code=GONE)


def _file(request: Request, found: Plan, form: str) -> Response:
    view = view_of(request, found, Edits())
    return file_of(request, view, form, draft_at(found.choices), {"version": found.version})


async def attempt(
    request: Request, pairs: Sequence[tuple[str, str]], keep: bool = False
) -> tuple[Plan | None, list[Fault]]:
    """The plan for the fields of an address or form, and what is wrong with them. ``keep`` keeps its calculation."""
    try:
        choices = Choices.model_validate({"area": ""} | read_pairs(pairs))
        found, settled = await make(request, choices, keep)
        return found, list(settled.faults) if settled else []
    except ValidationError as error:
        return None, [_wrong(dict(item)) for item in error.errors(include_url=False)[:_MOST_FAULTS]]
    except ParameterError as error:
        return None, [Fault(error.name, str(error).removeprefix(f"{error.name}: "), "another value", "")]
    except ScenarioError as error:
        return None, list(error.faults)[:_MOST_FAULTS]


def _wrong(item: dict[str, Any]) -> Fault:
    where = str(item["loc"][0]) if item["loc"] else "request"
    words = str(item["msg"])
    if item["type"] == "extra_forbidden":
        return Fault(where[:80], "is no field", f"only these: {', '.join(Choices.model_fields)}", "")
    return Fault(where, f"{words[:1].lower()}{words[1:]}", "a value as the example has it", _example(where))


def _example(name: str) -> str:
    field = Choices.model_fields.get(name)
    return json.dumps(field.examples[0]) if field and field.examples else ""


def _said(faults: Sequence[Fault]) -> str:
    return " ".join(map(str, faults[:10]))


def _page(request: Request, pairs: Sequence[tuple[str, str]], found: Plan | None, faults: Sequence[Fault]) -> Response:
    graph = get_graph(request)
    chosen = read_pairs(pairs)
    context = {
        "chosen": found.choices.model_dump() if found else chosen,
        "faults": faults,
        **choices_of(request, graph),
    }
    status = 422 if faults else 200
    if found is None:
        return render(request, None, "plan_form.html", status, place=str(chosen.get("area", "")), **context)
    view = view_of(request, found, Edits())
    at = draft_at(found.choices)
    return show(request, view, "plan_draft.html", status, at=at, place=found.area, **context)


def choices_of(request: Request, graph: Graph) -> dict[str, Any]:
    """What there is to choose from."""
    known: Known = request.app.state.known
    whole = read_map(known.rows)
    del graph
    return {
        "areas": [row for row in known.rows("pages/areas") if row["current"] is True],
        "years": years(),
        "groups": whole.groups,
        "benefits": whole.benefits,
        "interventions": [row for row in known.rows("calculator/interventions") if row["effects"]],
        "others": [row for row in known.rows("calculator/interventions") if not row["effects"]],
        "cases": cases_of(known),
    }


@router.get(API)
async def api_get(request: Request) -> Response:
    """The plan for the choices in the address, as JSON."""
    return await _api(request, read_pairs(request.query_params.multi_items()))


@router.post(API)
async def api_post(request: Request) -> Response:
    """The plan for the choices in JSON, or problem details that name every field that is not right."""
    kind = request.headers.get("content-type", "").lower().partition(";")[0].strip()
    if kind != "application/json" and not kind.endswith("+json"):
        raise HTTPException(415, f"Send the choices as application/json; the Content-Type is {kind or 'missing'}.")
    body = await read_body(request, MOST_BYTES, "request")
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise ScenarioError([Fault("request", "is not JSON", "a JSON object", '{"area": "E06000027"}')]) from None
    if not isinstance(asked, dict):
        raise ScenarioError([Fault("request", "is no object", "a JSON object", '{"area": "E06000027"}')])
    return await _api(request, asked)


async def _api(request: Request, asked: dict[str, Any]) -> Response:
    try:
        choices = Choices.model_validate(asked)
    except ValidationError as error:
        raise ScenarioError([_wrong(dict(item)) for item in error.errors(include_url=False)]) from None
    async with Watch(request):
        found, settled = await make(request, choices)
        if settled is None or found is None:
            raise ScenarioError([Fault("area", "is missing", "a council", "E06000027")])
        if settled.faults:
            raise ScenarioError(list(settled.faults))
        return await run_in_threadpool(_answer, request, found)
    return Response(status_code=GONE)


def _answer(request: Request, found: Plan) -> Response:
    view = view_of(request, found, Edits())
    about = {"version": found.version, "page": f"{request.app.state.settings.public_url}{draft_at(found.choices)}"}
    return JSONResponse(tree(found, view.edits, view.checks, about), headers={"Cache-Control": "no-store"})
