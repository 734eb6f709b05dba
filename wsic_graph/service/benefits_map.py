"""The benefits map: which interventions lead to which benefits and how sure that is, or where the money goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.mapped.model import BenefitsMap, Link, Thing, read_map
from wsic_graph.mapped.money import Flow, flow
from wsic_graph.mapped.narrow import Line, Shown, narrowed
from wsic_graph.mapped.picture import Addresses, Drawn, draw_dependencies, draw_money
from wsic_graph.service.benefits_map_runs import Pounds, default_pounds, kept_pounds
from wsic_graph.service.benefits_map_state import PATH, SORTS, State, read_state
from wsic_graph.service.graph import Graph, GraphOf
from wsic_graph.service.kept import KeptTexts
from wsic_graph.service.links import page_of
from wsic_graph.service.pages import render
from wsic_graph.service.runs import kept_runs

router = APIRouter()
MOST_ROWS = 150
"""Rows of the table on the page; the file has them all."""


@dataclass(frozen=True)
class View:
    """Everything that the page and its files tell about one state."""

    state: State
    whole: BenefitsMap
    shown: Shown
    flow: Flow | None
    run: Pounds | None
    drawn: Drawn

    @property
    def links(self) -> list[Link]:
        """The links of the table, in the order that the address asks for."""
        sort = self.state.sort if self.state.sort in SORTS else SORTS[0]
        return sorted(self.shown.links, key=_ORDERS[sort])

    @property
    def lines(self) -> Sequence[Line]:
        """The lines of the picture before the least were pooled."""
        return self.flow.lines if self.flow else self.shown.lines

    @property
    def sources(self) -> list[Thing]:
        """The studies behind the links that are drawn, each once, by name."""
        behind = {source for link in self.drawn_links for source in link.sources}
        return sorted(behind, key=lambda thing: thing.label)

    @property
    def drawn_links(self) -> list[Link]:
        """The links that the picture has a line for."""
        if self.flow is None:
            return list(self.shown.drawn)
        return list(dict.fromkeys(link for line in self.flow.lines for link in line.links))


_ORDERS: dict[str, Any] = {
    "intervention": lambda link: (link.intervention.label, link.outcome.label, link.group.label, link.iri),
    "outcome": lambda link: (link.outcome.label, link.intervention.label, link.group.label, link.iri),
    "care_group": lambda link: (link.group.label, link.intervention.label, link.outcome.label, link.iri),
    "share": lambda link: (-(link.share if link.share is not None else Decimal(-1)), link.intervention.label, link.iri),
    "grade": lambda link: (link.grade, link.intervention.label, link.outcome.label, link.iri),
}


def view_of(graph: Graph, state: State, kept: KeptTexts, site: str = "") -> View:
    """What the state asks for; ``kept`` holds runs. With ``site``, the links of the picture are addresses in full."""
    whole = read_map(graph.rows)
    shown = narrowed(whole, state.chosen)
    addresses = Addresses(
        lambda thing: site + state.focused(thing) if thing.iri.kind else "",
        lambda line: site + _behind(state, line),
    )
    if state.mode == "dependencies":
        drawn = draw_dependencies(shown.lines, _words(state, shown), addresses, shown.focus)
        return View(state, whole, shown, None, None, drawn)
    pounds = kept_pounds(whole, kept, state.run) if state.run else default_pounds(graph, state.group)
    money = flow(whole, pounds.amounts, state.chosen, shown.focus)
    if state.run:
        pairs = {(amount.intervention, amount.outcome) for amount in pounds.amounts}
        shown = replace(shown, links=tuple(one for one in shown.links if (one.intervention, one.outcome) in pairs))
    drawn = draw_money(money.lines, _words(state, shown, pounds), addresses, shown.focus)
    return View(state, whole, shown, money, pounds, drawn)


def _behind(state: State, line: Line) -> str:
    """Where a line leads: to the effect or the record it rests on, or to the rows of the table if there are several."""
    if line.relation:
        return page_of(line.relation.iri) or ""
    if len(line.links) == 1:
        return page_of(line.links[0].effect or line.links[0].iri) or ""
    if line.links:
        intervention, outcome = line.source.iri.slug, line.target.iri.slug
        return f"{state.address(links='all')}#{intervention}--{outcome}"
    return page_of(line.target.iri if line.layer == 2 else line.source.iri) or ""


def _words(state: State, shown: Shown, pounds: Pounds | None = None) -> tuple[str, str]:
    """Title and description of the picture."""
    people = (
        pounds.label
        if pounds
        else next((link.group.label for link in shown.links if link.group.iri.slug == state.group), "All care groups")
    )
    about = f"{shown.focus.label}; " if shown.focus else ""
    if state.mode == "money":
        return (
            f"Where the money goes: {about}{people}",
            "Bands lead from interventions by way of outcomes to who gains; a band is as thick as its pounds. "
            "The table below has the same.",
        )
    return (
        f"What leads to what: {about}{people}",
        "Lines lead from enablers to interventions, outcomes, benefits and objectives. The thickness of a line says "
        "nothing. The list and the table below have the same.",
    )


@router.get(PATH)
def page(request: Request, graph: GraphOf) -> Response:
    """The map as a page."""
    view = view_of(graph, read_state(request.query_params), kept_runs(request.app.state.settings))
    state = view.state
    status = 404 if view.shown.unknown else 200
    return render(
        request,
        graph,
        "benefits_map.html",
        status=status,
        view=view,
        state=state,
        sorts=SORTS,
        most_rows=MOST_ROWS,
        counts=_counts(view),
    )


def _counts(view: View) -> dict[str, int]:
    """How many links there are by status, and of how many things."""
    found: dict[str, int] = {}
    for link in view.shown.links:
        found[link.status.iri.slug] = found.get(link.status.iri.slug, 0) + 1
    return found
