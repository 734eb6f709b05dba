"""The assumptions log of a run: every number that went in, what it rests on, and whether it was changed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.scenario import Scenario
from wsic_graph.runs.inputs import Input, inputs_of
from wsic_graph.runs.run import Run
from wsic_graph.runs.site import Site

BASES = {
    "verified": "verified",
    "derived": "derived from published figures",
    "modelled": "modelled",
    "recalled": "recalled, not seen",
    "yours": "yours",
}
"""The honesty marks in words."""


@dataclass(frozen=True)
class Entry:
    """One line of the log; addresses are whole."""

    pointer: str
    group: str
    what: str
    value: str
    low: str
    high: str
    unit: str
    basis: str
    grade: str
    """Grade of the evidence or of the cost, 1 (best) to 6; empty where none is given."""
    how: str
    formula: str
    period: str
    sources: tuple[str, ...]
    cited: tuple[str, ...]
    """The same as they are cited."""
    figures: tuple[str, ...]
    """IRIs of the figures of the graph, in the order of the formula."""
    queries: tuple[str, ...]
    changed: bool
    was: str


def entries(run: Run, site: Site) -> list[Entry]:
    """The whole log."""
    scenario = read_scenario(run.scenario)
    return [
        _entry(title, item, run, scenario, site)
        for title, items in inputs_of(scenario, run.prefilled, site.name)
        for item in items
    ]


def _entry(title: str, item: Input, run: Run, scenario: Scenario, site: Site) -> Entry:
    said = item.assumption
    return Entry(
        pointer=item.pointer,
        group=title,
        what=item.label,
        value=plain(item.value),
        low=plain(item.low),
        high=plain(item.high),
        unit=item.unit,
        basis=BASES[said.basis] if said else origin(item, run),
        grade=_grade(item.pointer, scenario),
        how=said.how if said else item.note,
        formula=said.formula if said else "",
        period=said.period if said else "",
        sources=tuple(site.record(iri) for iri in said.sources) if said else (),
        cited=tuple(site.cited(iri) for iri in said.sources) if said else (),
        figures=tuple(figure.iri for figure in said.figures) if said else (),
        queries=tuple(site.query(asked) for asked in said.queries) if said else (),
        changed=bool(said and said.changed),
        was="" if said is None or said.was is None else str(said.was),
    )


def origin(item: Input, run: Run) -> str:
    """The basis of a number about which nothing was said."""
    if item.note:
        return "modelled"
    return "yours" if run.prefilled is None else "default"


def plain(value: float | None) -> str:
    """A number as it is typed: all its digits and no more; nothing for none."""
    if value is None:
        return ""
    return f"{value:.0f}" if value == int(value) else f"{Decimal(repr(value)):f}"


def _grade(pointer: str, scenario: Scenario) -> str:
    """The grade of what a number belongs to: an effect, a unit cost or the cost of an intervention."""
    kind, number, *rest = [*pointer.strip("/").split("/"), "", ""]
    grade: int | None = None
    if kind == "outcomes" and rest[0] == "unit_cost":
        grade = scenario.outcomes[int(number)].cost_grade
    elif kind == "interventions" and rest[0] == "effects":
        grade = scenario.interventions[int(number)].effects[int(rest[1])].grade
    elif kind == "interventions" and rest[0] == "cost":
        grade = scenario.interventions[int(number)].cost.grade
    return "" if grade is None else str(grade)
