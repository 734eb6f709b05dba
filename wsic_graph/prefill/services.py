"""Interventions of a scenario: reach, cost and who pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wsic_graph.prefill.cases import ProgrammeCost
from wsic_graph.prefill.draft import Draft
from wsic_graph.prefill.facts import Facts
from wsic_graph.prefill.model import Gap
from wsic_graph.prefill.numbers import Figure, Number
from wsic_graph.prefill.prices import INDEX, slashed
from wsic_graph.prefill.reach import reach

_BENCHMARK = 5
"""Grade of a cost from a similar scheme."""


def _newest(slug: str) -> Callable[[Facts], Figure | None]:
    return lambda facts: facts.newest_cost(slug)


PER_PERSON: dict[str, Callable[[Facts], Figure | None]] = {
    "reablement": _newest("short-term-support-episode"),
    "telecare": _newest("telecare-participant-year"),
}
"""What a service costs for each person, where the graph holds it at the prices of a financial year."""


def service_of(draft: Draft, slug: str, label: str, effects: list[dict[str, Any]]) -> dict[str, Any]:
    """An intervention with its effects, whom it reaches and what it costs."""
    served = draft.case.served if draft.case else None
    found = reach(draft.people, draft.segment, slug, served)
    participants = any(effect["scope"] == "participants" for effect in effects)
    if participants:
        at = f"/interventions/{slug}"
        if not found.known:
            words = f"{label}: how many people it reaches is not in the graph; one in a hundred is only a placeholder."
            draft.gaps.append(Gap("reach", slug, words, (f"{at}/coverage/{draft.segment.id}", f"{at}/uptake")))
        elif found.uptake.value != 1:
            words = f"{label}: how many of those offered take part is not in the graph; half is a convention."
            draft.gaps.append(Gap("uptake", slug, words, (f"{at}/uptake",)))
    cost = _cost(draft, slug, label)
    reached = participants or cost["per_person"].value
    stays = Number.convention(1, "share", "All who take part stay long enough; the graph holds no retention.")
    return {
        "id": slug,
        "coverage": {draft.segment.id: found.coverage.named(f"{label}: share offered it")} if reached else {},
        "uptake": found.uptake.named(f"{label}: share who take part"),
        "retention": stays.named(f"{label}: retention"),
        "ramp": Number.convention(1, "share", "In full from the first year: put the build-up here.").named(
            f"{label}: ramp"
        ),
        "effects": effects,
        "cost": cost,
    }


def _cost(draft: Draft, slug: str, label: str) -> dict[str, Any]:
    none = "Not in the graph: enter it."
    if draft.case and draft.case.costs:
        none = "The cost of the whole programme is given apart, as the value case has it."
    find = PER_PERSON.get(slug)
    figure = find(draft.facts) if find and not (draft.case and draft.case.costs) else None
    zero = Number.convention(0, "GBP", none)
    cost: dict[str, Any] = {
        "setup": zero.named(f"{label}: set-up cost"),
        "fixed": zero.said(none, "GBP a year", f"{label}: cost a year"),
        "per_person": zero.said(none, "GBP per person", f"{label}: cost per person"),
    }
    if figure is not None:
        how = f"{figure.label}, England, {figure.period} prices"
        cost["per_person"] = Number.of(figure).said(how, "GBP per person", f"{label}: cost per person")
        words = "Cost of similar schemes elsewhere, not of this one."
        cost["grade"] = Number.convention(_BENCHMARK, "grade, 1 best to 6", words).named(f"{label}: grade of the cost")
        cost |= {"price_year": slashed(figure.period), "index": INDEX}
    elif not (draft.case and draft.case.costs):
        words = f"{label}: the graph holds no cost of the service. Until you enter one it looks free, which it is not."
        keys = tuple(f"/interventions/{slug}/cost/{name}" for name in ("setup", "fixed", "per_person"))
        draft.gaps.append(Gap("cost", slug, words, keys))
    return cost


def shared_cost(item: ProgrammeCost) -> dict[str, Any]:
    """A cost of the whole programme of a value case as a service without effects."""
    zero = Number.convention(0, "GBP", "The value case gives it otherwise.")
    amount = item.amount
    named = f"Programme of the value case: {item.words}"
    words = "Cost of a similar scheme, not of this one."
    return {
        "id": item.id,
        "effects": [],
        "cost": {
            "setup": (amount if item.once else zero).said((amount if item.once else zero).how, "GBP", named),
            "fixed": (zero if item.once else amount).said((zero if item.once else amount).how, "GBP a year", named),
            "per_person": zero.said(zero.how, "GBP per person", named),
            "grade": Number.convention(_BENCHMARK, "grade, 1 best to 6", words).named(f"{named}: grade"),
            "price_year": item.year,
            "index": INDEX,
        },
    }
