"""Two or three kept runs side by side: what was chosen otherwise, and what that makes of the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from wsic_graph.calculator.results import Report
from wsic_graph.charts import Chart, Series, lines
from wsic_graph.runs.changes import by_name
from wsic_graph.runs.run import Run
from wsic_graph.service.calculator_charts import POUNDS, SHORT
from wsic_graph.service.calculator_choices import LABELS, chosen
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.calculator_page import GONE
from wsic_graph.service.calculator_result import Result
from wsic_graph.service.calculator_rows import shown
from wsic_graph.service.graph import NoSuchRecord
from wsic_graph.service.pages import render
from wsic_graph.service.runs import run_of
from wsic_graph.service.watch import Watch

router = APIRouter()
MOST = 3
"""How many runs a page shows side by side."""
_MONEY: tuple[tuple[str, Callable[[Report], float]], ...] = (
    ("Care freed", lambda report: report.gross_total),
    ("Of this, cash", lambda report: report.cashable_total),
    ("Cost", lambda report: report.cost_total),
    ("Net", lambda report: report.net_total),
    ("Net in cash alone", lambda report: report.net_cashable_total),
    ("Net present value", lambda report: report.npv),
    ("Net present value in cash alone", lambda report: report.npv_cashable),
)


@dataclass(frozen=True)
class Compared:
    """A row: what it is, its text for each run, and by how much each run differs from the first."""

    label: str
    values: Sequence[str]
    differences: Sequence[float] = ()


@router.get("/calculator/compare")
async def compare(request: Request, run: Annotated[list[str] | None, Query()] = None) -> Response:
    """The runs asked for, row by row; those that are not known or too many are named and left out."""
    wanted = list(dict.fromkeys(name.strip().rsplit("/", 1)[-1] for name in run or [] if name.strip()))
    found: list[Run] = []
    unknown: list[str] = []
    async with Watch(request):
        for name in wanted[:MOST]:
            try:
                found.append(await run_of(request, name))
            except NoSuchRecord as error:
                unknown.append(error.detail)
        return await run_in_threadpool(_render, request, found, unknown, wanted)
    return Response(status_code=GONE)


def _render(request: Request, found: list[Run], unknown: list[str], wanted: list[str]) -> Response:
    known: Known = request.app.state.known
    results = [Result(run.report, run.scenario, run.prefilled, known) for run in found]
    seeds = {run.report.simulation.seed for run in found if run.report.simulation}
    return render(
        request,
        None,
        "run_compare.html",
        status=404 if unknown and not found else 200,
        runs=found,
        results=results,
        names=[f"Run {number}" for number in range(1, len(found) + 1)],
        choices=_differing([chosen(run.choices, known) for run in found]),
        money=[_money(label, of, found) for label, of in _MONEY],
        chances=_chances(found),
        numbers=_numbers(found),
        chart=_chart(found) if found else None,
        same_seed=len(seeds) <= 1,
        unknown=unknown,
        wanted=wanted[:MOST],
        too_many=wanted[MOST:],
        most=MOST,
    )


def _differing(columns: list[dict[str, str]]) -> list[Compared]:
    rows = [Compared(label, [column[label] for column in columns]) for label in LABELS.values()]
    return [row for row in rows if len(set(row.values)) > 1]


def _money(label: str, of: Callable[[Report], float], runs: list[Run]) -> Compared:
    values = [of(run.report) for run in runs]
    return Compared(label, [str(value) for value in values], [value - values[0] for value in values[1:]])


def _chances(runs: list[Run]) -> list[Compared]:
    rows = []
    for label, name in (("Net saving", "chance_of_net_saving"), ("In cash alone", "chance_of_net_saving_cashable")):
        found = [getattr(run.report.simulation, name).probability if run.report.simulation else None for run in runs]
        texts = ["not simulated" if value is None else f"{value:.0%}" for value in found]
        known = [value for value in found if value is not None]
        differences = [round(100 * (value - known[0])) for value in known[1:]] if len(known) == len(found) else []
        rows.append(Compared(label, texts, differences))
    return rows


def _numbers(runs: list[Run]) -> list[Compared]:
    """Every number of the scenarios that is not the same in all, by name."""
    tables = [by_name(run.prefilled) if run.prefilled else {} for run in runs]
    rows = []
    for key in dict.fromkeys(key for table in tables for key in table):
        items = [table.get(key) for table in tables]
        if len({str(item.value) if item else "" for item in items}) > 1:
            label = next(item.label for item in items if item)
            rows.append(Compared(label, [shown(item.value, item.unit) if item else "" for item in items]))
    return rows


def _chart(runs: list[Run]) -> Chart:
    """Cumulative net of each run."""
    years = max(len(run.report.net_by_year) for run in runs)
    series = [
        Series(
            f"Run {number}",
            [
                *(round(value) for value in run.report.cumulative_net_by_year),
                *[None] * (years - len(run.report.net_by_year)),
            ],
        )
        for number, run in enumerate(runs, 1)
    ]
    return lines(
        "Net since the start, year by year",
        "A line for each run: everything valued less the cost, added up from year 1, not discounted.",
        [f"Year {year + 1}" for year in range(years)],
        series,
        unit=POUNDS,
        of="Year",
        ticks=SHORT,
    )
