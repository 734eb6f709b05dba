"""Which effects of an intervention go into the sum, and in words why the others do not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from wsic_graph.calculator.families import BED_BASED, NEVER_PRICED, TOTAL
from wsic_graph.prefill.estimates import Estimate
from wsic_graph.prefill.prices import PRICED

Reason = tuple[Callable[[], bool], str]
"""Whether something holds, and what to say if it does."""
Standard = Literal["controlled", "all"]
Valuation = Literal["admissions", "bed-days"]
STANDARDS: tuple[Standard, ...] = ("controlled", "all")
VALUATIONS: tuple[Valuation, ...] = ("admissions", "bed-days")
FEEDERS: dict[Valuation, tuple[str, ...]] = {
    "admissions": ("readmissions",),
    "bed-days": ("emergency-admissions", "readmissions", "length-of-stay", "delayed-transfers"),
}
"""Outcomes without a price of their own that work on the priced one of the emergency inpatient family."""
BED_PRICED: dict[Valuation, str] = {"admissions": "emergency-admissions", "bed-days": "emergency-bed-days"}
WAITING = "Uncontrolled"
ONLY_PART = {
    "telehealth--emergency-admissions--heart-failure": "admissions for heart failure",
    "housing-adaptations--ae-attendances": "visits after a fall at home",
    "enhanced-primary-care--ae-attendances": "visits without referral that end in discharge",
    "home-care--length-of-stay": "stays after a broken hip that end in a care home",
    "end-of-life-coordination--emergency-admissions": "admissions in the last weeks of life",
    "shared-decision-making--elective-admissions": "operations for which a decision aid exists",
    "single-point-of-access--emergency-admissions": "admissions of children aged 5 to 15",
}
"""Effects on a part of an outcome whose size the graph does not hold, by effect; they cannot stand for the whole."""


@dataclass(frozen=True)
class Policy:
    """How strict the choice of effects is."""

    standard: Standard
    recalled: bool
    valuation: Valuation
    deadweight: Mapping[str, object]
    prefer: Collection[str]
    has_baseline: Callable[[str], bool]
    priced: bool = True
    """Whether only what has a price and a baseline is wanted, and nothing that is priced already."""


@dataclass(frozen=True)
class Admitted:
    """What became of an estimate; ``waiting`` if only a deadweight from the user is missing."""

    estimate: Estimate
    used: bool
    reason: str
    waiting: bool = False
    early: Estimate | None = None
    """The estimate for years one and two that goes before this one."""


def admit(found: list[Estimate], policy: Policy, horizon: int) -> list[Admitted]:
    """A verdict on each estimate of one intervention. At most one is used for an outcome."""
    verdicts: list[Admitted] = []
    fit: dict[str, list[Estimate]] = {}
    for estimate in found:
        if refused := _refusal(estimate, policy):
            verdicts.append(Admitted(estimate, False, refused, waiting=refused.startswith(WAITING)))
        else:
            fit.setdefault(estimate.outcome, []).append(estimate)
    chosen = {outcome: _choose(some, policy, horizon) for outcome, some in fit.items()}
    every = [one for some in chosen.values() for one in some]
    verdicts += _counted_twice(every, policy) if policy.priced else every
    order = {estimate.iri: place for place, estimate in enumerate(found)}
    return sorted(verdicts, key=lambda verdict: order[verdict.estimate.iri])


def _refusal(estimate: Estimate, policy: Policy) -> str:
    """Why an estimate cannot be used, or nothing: the first reason that holds."""
    part = ONLY_PART.get(estimate.slug, "")
    reasons: tuple[Reason, ...] = (
        (lambda: estimate.forecast, "Rests on forecasts or models only, and a forecast is never a saving."),
        (lambda: estimate.statement, "A statement that nothing changed, without any quantity: not an effect."),
        *(_never_money(estimate) if policy.priced else ()),
        (lambda: bool(part), f"Applies only to {part}, and the graph does not hold what share of all that is."),
        (
            lambda: estimate.recalled and not policy.recalled,
            "Rests only on findings that were recalled and not seen; these are left out unless you ask for them.",
        ),
        (
            lambda: policy.standard == "controlled" and not estimate.compared,
            "No finding that was seen had a comparison group; choose all evidence to use it with a deadweight.",
        ),
        *(_without_price(estimate, policy) if policy.priced else ()),
        (
            lambda: _waits(estimate, policy),
            f"{WAITING}, so part of it would have happened anyway: give its deadweight to use it.",
        ),
    )
    return next((words for holds, words in reasons if holds()), "")


def _never_money(estimate: Estimate) -> tuple[Reason, ...]:
    outcome = estimate.outcome_label.lower()
    return (
        (
            lambda: estimate.outcome == TOTAL,
            "Total cost holds the price of every other outcome, and the graph has no total cost of an area.",
        ),
        (
            lambda: estimate.outcome in NEVER_PRICED,
            f"A benefit or harm to people ({outcome}): it is reported and never turned into pounds.",
        ),
    )


def _without_price(estimate: Estimate, policy: Policy) -> tuple[Reason, ...]:
    outcome, bed = estimate.outcome_label.lower(), policy.valuation
    of_beds = estimate.outcome in BED_BASED
    known = estimate.outcome in PRICED or estimate.outcome in FEEDERS[bed]
    return (
        (
            lambda: of_beds and estimate.outcome not in (BED_PRICED[bed], *FEEDERS[bed]),
            f"Emergency care is priced by {bed} in this run, in which {outcome} has no price of its own.",
        ),
        (lambda: not known, f"The graph has no price for {outcome}."),
        (
            lambda: estimate.outcome != "length-of-stay" and not policy.has_baseline(estimate.outcome),
            f"The graph has no figure of {outcome} for the area or for England to apply it to.",
        ),
    )


def _waits(estimate: Estimate, policy: Policy) -> bool:
    """Whether an estimate that is otherwise fit lacks the deadweight that uncontrolled evidence needs."""
    return not estimate.compared and estimate.slug not in policy.deadweight


def _choose(found: list[Estimate], policy: Policy, horizon: int) -> list[Admitted]:
    """One estimate for an outcome: by time since start, else the one preferred, else the least favourable."""
    early = next((one for one in found if one.time == "early"), None)
    later = next((one for one in found if one.time == "later"), None)
    if early and later:
        if horizon <= 2:
            words = f"Holds from the third year, and the run ends after year {horizon}."
            return [Admitted(early, True, "Holds for the first two years."), Admitted(later, False, words)]
        both = "Years one and two have an estimate of their own; this one holds from year three."
        return [
            Admitted(later, True, both, early=early),
            Admitted(early, True, "Used for years one and two, as the share of the later effect that is reached then."),
        ]
    chosen = next((one for one in found if one.slug in policy.prefer), None)
    why = "Chosen by you." if chosen else ""
    if chosen is None:
        chosen = max(found, key=lambda one: (one.change.value, one.slug))
        why = "The least favourable of several for this outcome." if len(found) > 1 else "Meets the evidence standard."
    rest = [
        Admitted(one, False, f"One effect for an outcome counts: that on “{chosen.applies_to}”; you may choose this.")
        for one in found
        if one is not chosen
    ]
    return [Admitted(chosen, True, why), *rest]


def _counted_twice(chosen: list[Admitted], policy: Policy) -> list[Admitted]:
    """A service's own effect on the priced outcome of the emergency family holds what its feeders would add."""
    priced = BED_PRICED[policy.valuation]
    direct = {one.estimate.outcome for one in chosen if one.used}
    drop: set[str] = set()
    if priced in direct:
        drop = set(FEEDERS[policy.valuation])
    elif "emergency-admissions" in direct:
        drop = {"readmissions"}
    words = "Counted already: the effect on the wider outcome of the same service includes it."
    return [
        Admitted(one.estimate, False, words) if one.used and one.estimate.outcome in drop else one for one in chosen
    ]
