"""Outcomes of a scenario: baseline, price, who gains, and how outcomes without a price feed those with one."""

from __future__ import annotations

from typing import Any, cast

from wsic_graph.calculator.families import BED_BASED
from wsic_graph.prefill.admission import BED_PRICED, FEEDERS, Valuation
from wsic_graph.prefill.draft import Draft
from wsic_graph.prefill.model import Gap
from wsic_graph.prefill.numbers import Number
from wsic_graph.prefill.people import HUNDRED
from wsic_graph.prefill.prices import INDEX, Price

_READY_RECKONER = 4
AVOIDABLE = "s4-em-avoidable"


def outcomes_of(draft: Draft, used: list[str]) -> list[dict[str, Any]]:
    """The outcomes on which something works; if nothing does, emergency care, so that there is a baseline to see."""
    valuation = cast(Valuation, draft.choice.valuation)
    priced = BED_PRICED[valuation]
    feeders = [name for name in FEEDERS[valuation] if name in used]
    needed = sorted({*used, *([priced] if feeders or not used else [])})
    return [_outcome(draft, name, feeders if name == priced else []) for name in needed]


def words_of(name: str) -> str:
    """The name of an outcome as words."""
    return name.replace("-", " ").replace("ae ", "A&E ")


def _outcome(draft: Draft, name: str, feeders: list[str]) -> dict[str, Any]:
    label = words_of(name)
    baseline = draft.activity.baseline(name)
    outcome: dict[str, Any] = {"id": name}
    price = draft.prices.of(name) if _has_price(draft, name) else None
    if price:
        outcome |= _priced(draft, name, price)
    outcome["growth"] = Number.convention(0, "share a year", "No growth: put your own forecast here.").named(
        f"Growth of {label}"
    )
    outcome["ceiling"] = _ceiling(draft, name).named(f"Most of {label} that can be avoided")
    outcome["baseline"] = (
        {draft.segment.id: baseline.named(f"{label[0].upper()}{label[1:]} in a year")} if baseline else {}
    )
    if feeders:
        outcome["fed_by"] = {feeder: _fed(draft, name, feeder) for feeder in feeders}
    return outcome


def _has_price(draft: Draft, name: str) -> bool:
    return name not in BED_BASED or name == BED_PRICED[cast(Valuation, draft.choice.valuation)]


def _priced(draft: Draft, name: str, price: Price) -> dict[str, Any]:
    label = words_of(name)
    cash = "None: the graph holds no share of this that became cash, and average cost is not cash. Enter yours."
    grade = "An average cost of England or of the council, not of this programme (ready reckoner)."
    sector = "Who pays for a unit of it, by convention."
    draft.gaps.append(
        Gap(
            "cashable",
            name,
            f"{label[0].upper()}{label[1:]}: {cash.removeprefix('None: ')}",
            (f"/outcomes/{name}/cashable",),
        )
    )
    return {
        "unit_cost": price.value.named(f"Cost of a unit of {label}"),
        "price_year": price.year,
        "index": INDEX,
        "cost_grade": Number.convention(_READY_RECKONER, "grade, 1 best to 6", grade).named(
            f"Grade of the cost of {label}"
        ),
        "cost_basis": price.unit_basis,
        "activity_basis": price.activity_basis,
        "sector_split": {price.sector: Number.convention(1, "share", sector).named(f"Share of {label} by sector")},
        "cashable": Number.convention(0, "share", cash).named(f"Share of {label} that becomes cash"),
    }


def _ceiling(draft: Draft, name: str) -> Number:
    if name != "emergency-admissions":
        return Number.convention(1, "share", "No ceiling is in the graph: all of it, by convention.")
    figure = draft.facts.national(AVOIDABLE)
    how = f"{figure.label}, England, {figure.period}"
    return (Number.of(figure) / HUNDRED).said(how, "share")


def _fed(draft: Draft, name: str, feeder: str) -> Number:
    """The share of the priced outcome that the feeder is."""
    part, whole = draft.activity.baseline(feeder), draft.activity.baseline(name)
    labelled = f"Share of {words_of(name)} that {words_of(feeder)} are"
    if feeder in ("emergency-admissions", "length-of-stay") or part is None or whole is None or not whole.value:
        return Number.convention(1, "share", "A change of one is a change of the other.").named(labelled)
    if feeder == "readmissions" and name == "emergency-bed-days":
        whole = draft.activity.baseline("emergency-admissions") or whole
    share = (part / whole).said(f"{part.how}; over {whole.how[0].lower()}{whole.how[1:]}", "share", labelled, True)
    return share if share.value <= 1 else Number.convention(1, "share", "More than all of it, so all.").named(labelled)
