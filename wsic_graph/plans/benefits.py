"""What a programme is meant to change: the benefits map of its priorities, and what the calculator makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wsic_graph.calculator.money import rough, whole_pounds
from wsic_graph.calculator.results import Report
from wsic_graph.mapped.model import ADVERSE, COUNTED, NO_EFFECT, Benefit, Link
from wsic_graph.plans.ground import Ground
from wsic_graph.plans.model import Cell, Expected, Fact, Grid, Line, Picture, Statement
from wsic_graph.plans.programme import Programme
from wsic_graph.prefill import Prefilled
from wsic_graph.runs.words import basis, other_chances, plain, sentence

_ORDER = (COUNTED, ADVERSE, NO_EFFECT)
_SMALLEST = Decimal("0.0001")


@dataclass(frozen=True)
class Calculated:
    """A calculation for the plan, and where it can be seen."""

    prefilled: Prefilled
    report: Report
    address: str
    labels: Callable[[str], str]
    """What services and outcomes are called."""
    sectors: Mapping[str, str]
    """What sectors are called."""


def chosen(programme: Programme, names: Sequence[str]) -> list[Benefit]:
    """The benefits of those names, or, where there are none, those on which the programme has a counted effect."""
    found = [item for item in programme.whole.benefits if item.thing.iri.slug in names]
    if found or not programme.interventions:
        return found
    reached = {
        link.outcome.iri.slug
        for name in programme.interventions
        for link in programme.links(name)
        if link.status.iri.slug == COUNTED
    }
    return [item for item in programme.whole.benefits if reached & {one.iri.slug for one in item.outcomes}]


def benefits_map(
    ground: Ground, programme: Programme, benefits: Sequence[Benefit]
) -> tuple[list[Statement], list[Grid]]:
    """Which intervention serves which benefit, as far as evidence goes, and which benefit nothing serves."""
    statements, rows = [], []
    for item in benefits:
        links = [link for name in programme.interventions for link in _on(item, programme.links(name))]
        by = {kind: [link for link in links if link.status.iri.slug == kind] for kind in _ORDER}
        for kind, found in by.items():
            by[kind] = list({(link.intervention.iri, link.outcome.iri): link for link in found}.values())
        rows.append(
            (
                Cell(text=item.thing.label, iri=str(item.thing.iri)),
                *(Cell(text=ground.say("links", links=by[kind]) or "–") for kind in _ORDER),
            )
        )
        facts = [fact for kind in _ORDER for link in by[kind] for fact in programme.facts(link)[:1]]
        if not facts:
            facts = [ground.fact(ground.say("map_fact"), item.thing.iri, "benefits_map/contributions")]
        statements.append(
            ground.state(
                f"benefit.{item.thing.iri.slug}", "benefit", facts, item=item, by=by,
                stance="for" if by[COUNTED] and not by[ADVERSE] else "caution",
            )
        )  # fmt: skip
    columns = ("Benefit agreed on", "Evidence counts for it", "Evidence points the other way", "No effect was found")
    asked = ground.fact("", "", "benefits_map/contributions")
    grid = Grid(caption=ground.say("map_table"), columns=columns, rows=tuple(rows), facts=(asked,))
    return statements, [grid] if rows else []


def _on(item: Benefit, links: Sequence[Link]) -> list[Link]:
    outcomes = {one.iri.slug for one in item.outcomes}
    return [link for link in links if link.outcome.iri.slug in outcomes]


def run_of(ground: Ground, made: Calculated) -> Fact:
    """The calculation as a fact: its page has the origin of every number."""
    return Fact(label=ground.say("run_fact"), iri=made.address, query="calculator/effects", mark="modelled")


def calculation(ground: Ground, made: Calculated) -> tuple[list[Statement], list[Grid], list[Picture]]:
    """The result with its range and who gains, in statements, tables and a picture."""
    report = made.report
    run = run_of(ground, made)
    facts = [run]
    statements = [
        ground.state("money.result", "plain", facts, mark="modelled", text=plain(sentence(report, made.labels))),
        ground.state("money.basis", "plain", facts, mark="modelled", text=basis(report)),
    ]
    if report.simulation:
        spread = report.simulation
        low, high = (rough(value) for value in (spread.npv.percentiles.p2_5, spread.npv.percentiles.p97_5))
        statements.append(
            ground.state(
                "money.range", "money_range", facts, mark="modelled", low=low, high=high, draws=spread.draws,
                chance=spread.chance_of_net_saving.sentence, cash=spread.chance_of_net_saving_cashable.sentence,
                others=other_chances(report),
            )
        )  # fmt: skip
        statements.append(
            ground.state("money.short", "summary_range", facts, mark="modelled", low=low, high=high,
                         chance=spread.chance_of_net_saving_cashable.sentence)
        )  # fmt: skip
    gainers = [made.sectors.get(name, name) for name, value in report.gross_by_sector.items() if value > 0]
    losers = [made.sectors.get(name, name) for name, value in report.gross_by_sector.items() if value < 0]
    payers = [
        made.sectors.get(name, name) for name, value in report.cost_by_payer.items() if value and name != "unallocated"
    ]
    if gainers or losers:
        statements.append(
            ground.state(
                "money.who", "money_who", facts, mark="modelled", gainers=gainers, losers=losers, payers=payers
            )
        )
    statements += [
        ground.state(f"money.gap.{number}", "plain", facts, mark="", stance="caution", text=gap.words)
        for number, gap in enumerate(made.prefilled.gaps, 1)
        if gap.kind in ("cost", "reach", "payer")
    ]
    return statements, list(_tables(ground, made, run)), [_who(ground, made)] if gainers or losers else []


def _tables(ground: Ground, made: Calculated, run: Fact) -> Iterator[Grid]:
    report = made.report
    names = list(report.net_by_sector)
    columns = [
        whole_pounds([getattr(report, field).get(name, 0.0) for name in names])
        for field in ("gross_by_sector", "cashable_by_sector", "cost_by_payer")
    ]
    rows = [(made.sectors.get(name, name), *values) for name, *values in zip(names, *columns, strict=True)]
    rows.append(("All", *(sum(column) for column in columns)))
    yield Grid(
        caption=ground.say("sectors_table"),
        columns=("Sector", "Care freed", "Of this, cash", "Cost", "Net"),
        rows=tuple(
            (Cell(text=name), *(_pounds(ground, value) for value in (gross, cash, cost, gross - cost)))
            for name, gross, cash, cost in rows
        ),
        facts=(run,),
    )
    changes = list(expected(made))
    if changes:
        yield Grid(
            caption=ground.say("changes_table", years=len(report.net_by_year)),
            columns=("Outcome", "Change in the last year"),
            rows=tuple(
                (
                    Cell(text=one.label, iri=ground.concept("outcome", one.outcome)),
                    Cell(text=ground.say("change", value=one.change), number=True),
                )
                for one in changes
            ),
            facts=(run,),
        )


def _pounds(ground: Ground, value: int) -> Cell:
    return Cell(text=ground.say("pounds", value=value), number=True)


def _who(ground: Ground, made: Calculated) -> Picture:
    report = made.report
    names = [name for name, value in report.gross_by_sector.items() if round(value)]
    return Picture(
        kind="bars",
        title=ground.say("who_title"),
        description=ground.say("who_said"),
        lines=tuple(
            Line(name=made.sectors.get(name, name), values=(Decimal(round(report.gross_by_sector[name])),))
            for name in names
        ),
        before="£",
    )


def expected(made: Calculated) -> Iterator[Expected]:
    """What is expected of each outcome in the last year, as a share of what there is without the programme."""
    for outcome in made.prefilled.scenario["outcomes"]:
        name, units = outcome["id"], made.report.units_avoided.get(outcome["id"], ())
        before = sum(float(str(_central(value))) for value in outcome["baseline"].values())
        if units and before:
            change = Decimal(str(-units[-1] / before)).quantize(_SMALLEST)
            yield Expected(outcome=name, label=made.labels(name), change=change or Decimal(0))


def _central(value: Any) -> Any:
    return value["central"] if isinstance(value, dict) else value
