"""The joint budgets helper: who puts what into which scheme, who gains, and who bears the risk.

The budget stands in the address, or travels with a form when it is too long for one. Nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.calculator.faults import Fault
from wsic_graph.charts import Bar, Chart, Stack, stacks
from wsic_graph.charts.shapes import Tone
from wsic_graph.plans.budget_book import MEDIA_TYPE, workbook
from wsic_graph.plans.budget_files import as_csv, as_tree, template
from wsic_graph.plans.budget_input import MOST_LINES, Row, Typed, checked, read_fields
from wsic_graph.plans.budget_shares import Worked, sum_of
from wsic_graph.plans.budgets import KINDS, Budget, gains_of, key, pounds
from wsic_graph.service.bodies import read_pairs
from wsic_graph.service.calculator_charts import POUNDS
from wsic_graph.service.calculator_page import GONE
from wsic_graph.service.graph import NoSuchRecord, get_graph
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render
from wsic_graph.service.plan_segments import evidence_on
from wsic_graph.service.runs import PATH as RUNS
from wsic_graph.service.runs import run_of
from wsic_graph.service.watch import Watch

router = APIRouter()
PATH = "/plan/budget"
FORMS = {"csv": "text/csv; charset=utf-8", "xlsx": MEDIA_TYPE, "json": "application/json"}
LONGEST_ADDRESS = 6_000
"""Most characters of an address that browsers, mail and proxies carry without harm."""
_MOST_BYTES, _MOST_FIELDS = 500_000, 2_000
_ROWS, _MORE = 4, 6
_TONES: dict[str, Tone] = {"council": "plain", "nhs": "mixed", "other": "flat"}
_EXAMPLE = (
    ("title", "A joint budget for older people (made-up figures)"),
    ("stated", "1250000"),
    ("variance", "60000.01"),
    ("host", "The council"),
    *(
        pair
        for row in (
            ("The council", "council", "Home first", "450000"),
            ("The NHS commissioner", "nhs", "Home first", "620000"),
            ("The NHS commissioner", "nhs", "Care home support", "180000"),
        )
        for pair in zip(("partner", "kind", "scheme", "amount"), row, strict=True)
    ),
    *(("costed", "Home first"), ("cost", "1100000"), ("costed", "Care home support"), ("cost", "180000")),
    *(("sharer", "The council"), ("share", "50"), ("sharer", "The NHS commissioner"), ("share", "50")),
)


def _address(pairs: Sequence[tuple[str, str]], end: str = "") -> str:
    return f"{PATH}{end}?{urlencode(pairs, safe='/:,', quote_via=quote)}" if pairs else f"{PATH}{end}"


EXAMPLE = _address(_EXAMPLE)


@dataclass(frozen=True)
class Asked:
    """One request: the budget as typed and as understood, with its faults and with what a run says of gains."""

    typed: Typed
    worked: Worked
    faults: Sequence[Fault]
    years: int = 0
    """Years of the run, over which its sums are averaged."""
    rows: int = _ROWS

    @property
    def short(self) -> bool:
        """Whether the budget fits an address."""
        return len(_address(self.typed.pairs())) <= LONGEST_ADDRESS

    @property
    def shown(self) -> list[Row]:
        """The rows of the form: those typed, and empty ones."""
        empty = max(min(self.rows, MOST_LINES - len(self.typed.rows)), 1)
        return [*self.typed.rows, *[Row()] * empty]

    def file(self, form: str) -> str:
        """The address of a file of the budget."""
        return _address(self.typed.pairs(), f".{form}")

    def cost(self, scheme: str) -> str:
        """What was typed as the cost of a scheme."""
        return next((cost for name, cost in self.typed.costs if key(name) == key(scheme)), "")

    def share(self, partner: str) -> str:
        """What was typed as the fixed share of a partner."""
        return next((share for name, share in self.typed.fixed if key(name) == key(partner)), "")


async def _asked(request: Request, pairs: Sequence[tuple[str, str]]) -> Asked:
    typed = read_fields(pairs)
    budget, faults = checked(typed)
    if not budget.run:
        return Asked(typed, Worked(budget), faults)
    try:
        run = await run_of(request, budget.run)
    except NoSuchRecord:
        words = f"“{budget.run}” is no run that was kept here"
        faults.append(Fault("run", words, "the address of the page of a kept run", ""))
        return Asked(typed, Worked(budget), faults)
    return Asked(typed, Worked(budget, gains_of(run.report)), faults, len(run.report.net_by_year))


@router.get(PATH)
async def page(request: Request) -> Response:
    """The budget in the address, with what follows from it, and the form."""
    return await _answered(request, request.query_params.multi_items())


@router.post(PATH)
async def posted(request: Request) -> Response:
    """The form: leads to the address of the budget, or answers at once where that were too long or cannot be."""
    pairs = await read_pairs(request, _MOST_BYTES, _MOST_FIELDS)
    typed = read_fields(pairs)
    more = dict(pairs).get("act") == "more"
    _, faults = checked(typed)
    if not faults and not more and len(_address(typed.pairs())) <= LONGEST_ADDRESS:
        return RedirectResponse(_address(typed.pairs()), 303, {"Cache-Control": "no-store"})
    return await _answered(request, pairs, more)


async def _answered(request: Request, pairs: Sequence[tuple[str, str]], more: bool = False) -> Response:
    async with Watch(request):  # a run may have to be calculated again
        asked = await _asked(request, pairs)
        if more:
            asked = replace(asked, faults=(), rows=_MORE)
        return await run_in_threadpool(_render, request, asked)
    return Response(status_code=GONE)


@router.get(f"{PATH}/template.csv")
def contributions_template() -> Response:
    """A table to fill in."""
    return _file(template(), "csv", "contributions")


@router.get(f"{PATH}.{{form}}")
async def file(request: Request, form: str) -> Response:
    """The budget in the address as a file."""
    return await _as_file(request, form, request.query_params.multi_items())


@router.post(f"{PATH}.{{form}}")
async def posted_file(request: Request, form: str) -> Response:
    """The same for a budget that is too long for an address."""
    return await _as_file(request, form, await read_pairs(request, _MOST_BYTES, _MOST_FIELDS))


async def _as_file(request: Request, form: str, pairs: Sequence[tuple[str, str]]) -> Response:
    if form not in FORMS:
        raise HTTPException(404, f"A budget does not come as .{form[:20]}. It comes as: .{', .'.join(FORMS)}.")
    asked = await _asked(request, pairs)
    if asked.faults or not asked.worked.budget.lines:
        words = " ".join(map(str, asked.faults[:10])) or "There is no contribution yet. Give at least one."
        raise HTTPException(422, words)
    return await run_in_threadpool(_written, request, asked, form)


def _written(request: Request, asked: Asked, form: str) -> Response:
    root = request.app.state.settings.public_url
    budget = asked.worked.budget
    if form == "csv":
        return _file(as_csv(budget), form)
    where = f"{root}{_address(asked.typed.pairs()) if asked.short else PATH}"
    if form == "xlsx":
        return _file(workbook(asked.worked, where, datetime.now(UTC).date()), form)
    about = {"page": where, "run_page": f"{root}{RUNS}/{budget.run}" if budget.run else None}
    return JSONResponse(about | as_tree(asked.worked), headers=_headers(form, "joint-budget"))


def _file(body: str | bytes, form: str, name: str = "joint-budget") -> Response:
    return Response(body, media_type=FORMS[form], headers=_headers(form, name))


def _headers(form: str, name: str) -> dict[str, str]:
    return {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}.{form}"'}


def _render(request: Request, asked: Asked) -> Response:
    graph, budget = get_graph(request), asked.worked.budget
    context: dict[str, Any] = {
        "minimums": grouped(graph.rows("plans/minimums"), "line"),
        "resources": graph.rows("plans/guidance"),
        **evidence_on(graph, "pooled-budgets"),
    }
    response = render(
        request,
        graph,
        "plan_budget.html",
        status=422 if asked.faults else 200,
        wanted=asked,
        budget=budget,
        kinds=KINDS,
        chart=_chart(budget),
        in_pounds=pounds,
        sum_of=sum_of,
        same=key,
        example=EXAMPLE,
        runs=RUNS,
        **context,
    )
    if request.method == "POST" or request.url.query:
        response.headers["Cache-Control"] = "no-store"  # nobody keeps what somebody entered
    return response


def _chart(budget: Budget) -> Chart | None:
    """What each kind of partner puts into each scheme."""
    if not budget.total:
        return None
    items = []
    for scheme in budget.schemes:
        mine = [line for line in budget.lines if key(line.scheme) == key(scheme.name)]
        amounts = {kind: sum((line.amount for line in mine if line.kind == kind), budget.total * 0) for kind in KINDS}
        parts = [Bar(KINDS[kind], amount, _TONES[kind], pounds(amount)) for kind, amount in amounts.items()]
        items.append(Stack(scheme.name, [part for part in parts if part.value]))
    words = "A bar for each scheme, as long as what is put in, divided by kind of partner."
    return stacks("What is put into each scheme, and by whom", words, items, of="Scheme", unit=POUNDS)
