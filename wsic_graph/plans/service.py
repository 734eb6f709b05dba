"""The service check of a plan: what is there already, held against the benefits of the plan."""

from __future__ import annotations

from collections.abc import Callable

from wsic_graph.existing.check import Result
from wsic_graph.existing.services import Situation
from wsic_graph.plans.ground import Ground
from wsic_graph.plans.model import Cell, Fact, Grid, Statement

Checked = Callable[[Situation], Result]
"""Holds a list of services against the map."""
MOST = 6
"""Gaps that are told; the others are counted."""


def service_check(ground: Ground, result: Result, check: str) -> tuple[list[Statement], list[Grid]]:
    """Coverage, gaps, possible duplication and missing enablers. ``check`` is the address of the whole check."""
    whole = Fact(label=ground.say("check_fact"), iri=check, query="benefits_map/check-coverage", mark="derived")
    gaps = Fact(label=ground.say("check_fact"), iri=check, query="benefits_map/check-gaps", mark="derived")
    statements = []
    if result.unmet:
        statements.append(ground.state("check.unmet", "check_unmet", [whole], stance="caution", items=result.unmet))
    if result.gaps:
        told = result.gaps[:MOST]
        statements.append(
            ground.state("check.gaps", "check_gaps", [gaps], stance="caution", gaps=told, more=len(result.gaps) - MOST)
        )
    for number, group in enumerate(result.duplication, 1):
        fact = whole.model_copy(update={"query": "benefits_map/check-duplication"})
        names = [str(row["name"]) for row in group.rows]
        statements.append(
            ground.state(f"check.twice.{number}", "check_twice", [fact], stance="caution", names=names, row=group.first)
        )
    rows = tuple(
        (
            Cell(text=item.label, iri=str(item.benefit)),
            Cell(text=ground.say("share", value=item.share), number=True),
        )
        for item in result.covered
    )
    columns = ("Benefit agreed on", "Covered by what is there")
    grid = Grid(caption=ground.say("check_table"), columns=columns, rows=rows, facts=(whole,))
    return statements, [grid] if rows else []


def known_here(ground: Ground) -> list[Statement]:
    """What initiatives of the graph do or did in the area: a start for a list of services."""
    found: dict[str, list[str]] = {}
    rows = ground.rows("benefits_map/known-services", area=str(ground.area))
    for row in rows:
        names = found.setdefault(str(row["initiative"]), [str(row["title"]), str(row["status"])])
        if str(row["byLabel"]) not in names[2:]:
            names.append(str(row["byLabel"]))
    return [
        ground.state(
            f"known.{iri.rsplit('/', 1)[-1]}",
            "known",
            [ground.fact(title, iri, "benefits_map/known-services", "verified", area=str(ground.area))],
            title=title, status=status, names=names,
        )
        for iri, (title, status, *names) in found.items()
    ]  # fmt: skip
