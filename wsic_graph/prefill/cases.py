"""What a value case brings along: its interventions, how far it reached, and what its programme cost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast

from wsic_graph.errors import ParameterError
from wsic_graph.namespaces import ID, PREFIXES
from wsic_graph.prefill.facts import Facts, total
from wsic_graph.prefill.numbers import Asked, Basis, Figure, Number
from wsic_graph.prefill.people import People
from wsic_graph.prefill.prices import slashed

_WSIC = PREFIXES["wsic"]
_SPENT = frozenset({"running", "investment"})
_COUNTED: dict[str, Literal["setup", "fixed"]] = {
    "per-year": "fixed",
    "one-off": "setup",
    "total-over-period": "setup",
}
_FINANCIAL = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True)
class ProgrammeCost:
    """A cost item of a value case, for the people of the area."""

    id: str
    words: str
    once: bool
    amount: Number
    year: str


@dataclass(frozen=True)
class Case:
    """A value case as the calculator needs it."""

    slug: str
    title: str
    interventions: tuple[str, ...]
    served: Number | None
    """The share of its people that the programme served, where both numbers are in the graph."""
    costs: tuple[ProgrammeCost, ...]
    notes: tuple[str, ...]


def read_case(facts: Facts, people: People, slug: str) -> Case:
    """A value case by the last part of its IRI. Raises ``ParameterError`` if there is none."""
    name = slug.rsplit("/", 1)[-1]
    found = (
        facts.rows("calculator/case", case=f"{ID}value-case/{name}") if re.fullmatch(r"[a-z0-9-]{1,80}", name) else []
    )
    if not found:
        cases = [row["case"].slug for row in facts.rows("pages/value-cases")]
        words = f"{slug[:60]!r} is not a value case of the graph; there are: {', '.join(sorted(cases))}"
        raise ParameterError("value_case", words, slug[:60], tuple(sorted(cases)))
    row = found[0]
    interventions = tuple(sorted({item["intervention"].slug for item in found if item["intervention"]}))
    areas = {str(item["area"]): item["areaBasis"].slug != "recalled" for item in found if item["area"]}
    asked = Asked("calculator/case", (("case", f"{ID}value-case/{name}"),))
    persons = _persons(row, asked)
    notes = [] if interventions else [f"{row['title']} describes no intervention, so nothing is prefilled from it."]
    served = _served(facts, persons, areas)
    costs, said = _costs(facts, people, name, persons, set(areas))
    return Case(name, str(row["title"]), interventions, served, costs, tuple(notes + said))


def _persons(row: Any, asked: Asked) -> Figure | None:
    if row["persons"] is None:
        return None
    return Figure(
        iri=str(row["population"]),
        property=f"{_WSIC}persons",
        value=Decimal(row["persons"]),
        unit="persons",
        basis=cast(Basis, row["populationBasis"].slug),
        sources=(str(row["populationSource"]),) if row["populationSource"] else (),
        period="",
        label=f"People served: {row['populationText']}",
        asked=asked,
    )


def _served(facts: Facts, persons: Figure | None, areas: Mapping[str, bool]) -> Number | None:
    """People served over the newest population of the councils of the case; None if that is all of them.

    ``areas`` says of each whether its part in the case was seen; those seen are enough if they hold the people served.
    """
    found = {area: facts.statistics(area).newest("population", "all") for area in sorted(areas)}
    populations = [figure for figure in found.values() if figure is not None]
    sure = [figure for area, figure in found.items() if figure is not None and areas[area]]
    if persons is None or not populations:
        return None
    if sum(figure.value for figure in sure) >= persons.value:
        populations = sure
    people = total(populations[:1])
    for figure in populations[1:]:
        people = people + Number.of(figure)
    share = Number.of(persons) / people
    if share.value >= 1:
        return None
    return share.said("The share of the people of its councils that the programme of the value case served", "share")


def _costs(
    facts: Facts, people: People, name: str, persons: Figure | None, areas: set[str]
) -> tuple[tuple[ProgrammeCost, ...], list[str]]:
    asked = Asked("calculator/case-costs", (("case", f"{ID}value-case/{name}"),))
    costs: list[ProgrammeCost] = []
    notes: list[str] = []
    for row in facts.rows("calculator/case-costs", case=f"{ID}value-case/{name}"):
        words = str(row["description"])
        if why := _unusable(row):
            notes.append(f"Cost of the value case not used, {why}: {words}.")
            continue
        figure = Figure(
            iri=str(row["cost"]),
            property=f"{_WSIC}amount",
            value=Decimal(row["amount"]),
            unit="GBP",
            basis=cast(Basis, row["basis"].slug),
            sources=(str(row["source"]),) if row["source"] else (),
            period=str(row["year"]),
            label=words,
            asked=asked,
        )
        amount = _for_area(people, figure, persons, areas)
        if amount is None:
            notes.append(f"Cost of the value case not used, because for how many people it was is not known: {words}.")
            continue
        once = _COUNTED[row["per"].slug] == "setup"
        costs.append(ProgrammeCost(f"programme-{len(costs) + 1}", words, once, amount, slashed(str(row["year"]))))
    return tuple(costs), notes


def _unusable(row: Any) -> str:
    """Why a cost item is not what the programme cost, or nothing."""
    kind, year = row["kind"].slug, str(row["year"])
    reasons = (
        (kind not in _SPENT, f"because it is a {kind.replace('-', ' ')} and not what the programme cost"),
        (row["amount"] is None, "because no amount was found"),
        (row["amount"] == 0, "because it says that there was no money"),
        (row["currency"] != "GBP", f"because it is in {row['currency']}"),
        (row["per"] is None or row["per"].slug not in _COUNTED, "because it does not say over what time"),
        (not _FINANCIAL.fullmatch(year), "because it does not say at the prices of which financial year"),
    )
    return next((words for holds, words in reasons if holds), "")


def _for_area(people: People, figure: Figure, persons: Figure | None, areas: set[str]) -> Number | None:
    """A cost of the case for the people of the area: as it was in the case's own council, else by the head."""
    amount = Number.of(figure)
    if areas == {people.place.area}:
        return amount.said(f"{figure.label}, {figure.period}: as the value case has it for this council")
    if persons is None:
        return None
    here = people.population("all")
    how = f"{figure.label}, {figure.period}: as much a head as for the {persons.value:,.0f} people of the value case"
    return (amount / Number.of(persons) * here).said(how, modelled=True)
