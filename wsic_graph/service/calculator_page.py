"""The page of the calculator: three steps, and the result as far as they go. Its whole state is in its address."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from wsic_graph.answers import Iri
from wsic_graph.calculator.faults import ScenarioError
from wsic_graph.calculator.fields import LONGEST_HORIZON
from wsic_graph.calculator.results import Report
from wsic_graph.places.finder import find_area
from wsic_graph.prefill import COHORTS, Prefilled
from wsic_graph.service.bodies import read_pairs
from wsic_graph.service.calculator_charts import SECTORS
from wsic_graph.service.calculator_draft import Drafted, draft
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.calculator_result import Result
from wsic_graph.service.calculator_rows import groups_of, judged, shared_outcomes
from wsic_graph.service.calculator_state import State, read_state
from wsic_graph.service.graph import Graph, get_graph
from wsic_graph.service.pages import render
from wsic_graph.service.reports import Reports
from wsic_graph.service.watch import Watch

router = APIRouter()
MOST_BYTES = 200_000
"""Largest form that is taken."""
_FIELDS = 2_000
EXAMPLE = "/calculator?area=E06000027&value_case=torbay&cohort=65plus"
GONE = 499


@router.get("/calculator")
async def page(request: Request) -> Response:
    """The calculator with what the address says, and the result if that is enough for one."""
    state = read_state(request.query_params.multi_items())
    known: Known = request.app.state.known
    reports: Reports = request.app.state.reports
    async with Watch(request):  # nobody waits for the answer when the client has gone
        drafted = await run_in_threadpool(draft, known, state)
        report = None
        if drafted.prefilled is not None and not drafted.faults:
            try:
                report = await reports.of(drafted.prefilled.scenario)
            except ScenarioError as error:
                drafted = Drafted(state, {}, drafted.prefilled, {"scenario": str(error)})
        return await run_in_threadpool(_render, request, drafted, report)
    return Response(status_code=GONE)


@router.post("/calculator")
async def posted(request: Request) -> Response:
    """The form, which has a field for every number, leads to the address that has only what was entered."""
    return RedirectResponse((await read_form(request)).address(), 303)


async def read_form(request: Request) -> State:
    """The choices in the form that was sent. Raises ``HTTPException`` for what is no form or too large."""
    pairs = await read_pairs(request, MOST_BYTES, _FIELDS)
    return read_state([(name, value) for name, value in pairs if value])


def _render(request: Request, drafted: Drafted, report: Report | None) -> Response:
    known: Known = request.app.state.known
    graph = get_graph(request)
    prefilled = drafted.prefilled
    result = Result(report, prefilled.scenario, prefilled, known) if report and prefilled else None
    if prefilled is not None:
        behind(graph, prefilled)
    groups = result.groups if result else groups_of(prefilled, known) if prefilled else []
    fields = {line.name: line.item.label for group in groups for line in group.lines}
    status = 422 if drafted.faults else 200
    return render(
        request,
        graph,
        "calculator.html",
        status=status,
        state=drafted.state,
        place=_name(known, drafted.state["area"]),
        faults=drafted.faults,
        prefilled=prefilled,
        result=result,
        groups=groups,
        lost=[words for name, words in drafted.faults.items() if name.startswith("set:") and name not in fields],
        verdicts=judged(prefilled.verdicts, known.labels) if prefilled else {},
        shared=shared_outcomes(prefilled.scenario) if prefilled else {},
        told=[(_field(name), fields.get(name, ""), words) for name, words in drafted.faults.items()],
        labels=known.labels,
        example=EXAMPLE,
        **_choices(known),
    )


def _field(name: str) -> str:
    """The ``id`` of the control of that name, as the template writes it."""
    if name == "payer":
        return "payers"
    return f"f-{name.replace('/', '-').replace(':', '-')}" if ":" in name else name


def _name(known: Known, text: str) -> str:
    """The name of the area whose code is ``text`` if that name leads to it, otherwise what was typed."""
    found = known.rows("pages/areas")
    name = next((str(row["label"]) for row in found if isinstance(row["area"], Iri) and row["area"].slug == text), "")
    same = find_area(found, name)
    return name if len(same) == 1 and isinstance(same[0]["area"], Iri) and same[0]["area"].slug == text else text


def _choices(known: Known) -> dict[str, Any]:
    """What there is to choose from."""
    areas = [row for row in known.rows("pages/areas") if row["current"] is not None]
    interventions = known.rows("calculator/interventions")
    return {
        "areas": areas,
        "cases": known.rows("pages/value-cases"),
        "usable": [row for row in interventions if row["effects"]],
        "unusable": [row for row in interventions if not row["effects"]],
        "cohorts": COHORTS.values(),
        "sectors": {name: label for name, label in SECTORS.items() if name != "unallocated"},
        "longest": LONGEST_HORIZON,
    }


def behind(graph: Graph, prefilled: Prefilled) -> None:
    """Let the page tell every query that a number of it rests on, each once."""
    asked = {query for item in prefilled.assumptions for query in item.queries}
    asked |= {verdict.asked for verdict in prefilled.verdicts if verdict.asked}
    for query in sorted(asked, key=lambda item: (item.name, item.values)):
        graph.behind(query.name, **dict(query.values))
