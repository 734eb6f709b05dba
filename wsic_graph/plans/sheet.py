"""The metrics of a plan as a workbook: baseline, goal, change as a formula, and who has to fill what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from wsic_graph.plans.checks import start
from wsic_graph.plans.edits import Edits, Goal
from wsic_graph.plans.model import Metric, Plan
from wsic_graph.runs.book import Book, Link, Sheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NUMBER, _PERCENT = "#,##0.0", "0.0%"
_HEADS = (
    "Metric",
    "Better is",
    "Figure held",
    "Period",
    "Baseline",
    "Goal",
    "Change",
    "Expected of the programme",
    "Why",
)
_BASELINE, _GOAL, _CHANGE, _EXPECTED, _WHY = 4, 5, 6, 7, 8


def metrics_sheet(plan: Plan, edits: Edits, address: str, page: Callable[[str], str], day: date) -> bytes:
    """The workbook; ``page`` gives the whole address of a record, ``address`` is that of the plan."""
    book = Book(f"{plan.area}: metrics, {plan.period}", address, day)
    sheet = book.sheet("Metrics", [52, 12, 40, 18, 14, 14, 12, 18, 60], labels=4)
    sheet.title(
        f"{plan.area}: metrics of {plan.period}",
        "A baseline is filled in where the graph holds the very figure that the metric asks for. Where it holds only a "
        "near one, that stands under Figure held, and the baseline is yours. Change is a formula.",
    )
    sheet.heads(_HEADS, freeze=True)
    for metric in plan.metrics:
        _line(sheet, plan, metric, edits.goals.get(metric.slug, Goal()), page)
    conditions = book.sheet("Conditions", [80, 12, 80])
    conditions.title(f"{plan.area}: national conditions of {plan.period}")
    conditions.heads(("Condition", "Met", "Evidence, or what will be done and by when"), freeze=True)
    for one in plan.conditions:
        answer = edits.answers.get(one.slug)
        conditions.words(Link(one.title, page(one.iri)), answer.met if answer else "", answer.text if answer else "")
    return book.finish()


def _line(sheet: Sheet, plan: Plan, metric: Metric, goal: Goal, page: Callable[[str], str]) -> None:
    book, row = sheet.book, sheet.row
    held: str | Link = "none"
    if metric.baseline:
        held = Link(metric.baseline.fact.label, page(metric.baseline.fact.iri))
    better = {"down": "lower", "up": "higher", "": "not said"}[metric.good]
    sheet.words(Link(metric.title, page(metric.iri)), better, held, metric.baseline.period if metric.baseline else "")
    baseline = start(metric, goal)
    for column, value in ((_BASELINE, baseline), (_GOAL, goal.value)):
        if value is None:
            sheet.page.write_blank(row, column, None, book.look("input", _NUMBER))
        else:
            sheet.page.write_number(row, column, float(value), book.look("input", _NUMBER))
    change = float(goal.value / baseline - 1) if baseline and goal.value is not None else ""
    number = row + 1
    formula = f'=IF(OR(E{number}="",F{number}="",E{number}=0),"",F{number}/E{number}-1)'
    sheet.page.write_formula(row, _CHANGE, formula, book.look("formula", _PERCENT), change)
    expected = next((one.change for one in plan.expected if one.outcome and one.outcome == metric.outcome), None)
    if expected is not None:
        sheet.page.write_number(row, _EXPECTED, float(expected), book.look("value", "0.00%"))
    sheet.page.write_string(row, _WHY, goal.text, book.look("text"))
