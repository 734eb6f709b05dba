"""An admitted effect as a scenario has it: size, time, grade, deadweight and where it comes from."""

from __future__ import annotations

from typing import Any

from wsic_graph.calculator.effects import reduction_of_change
from wsic_graph.errors import ParameterError
from wsic_graph.prefill.admission import Admitted
from wsic_graph.prefill.draft import Draft
from wsic_graph.prefill.estimates import Estimate
from wsic_graph.prefill.numbers import Number, inside

GRADE = "grade, 1 best to 6"


def effect_of(draft: Draft, one: Admitted) -> dict[str, Any]:
    """One effect; its limits are turned round, because a fall is a positive reduction."""
    estimate, slug = one.estimate, one.estimate.slug
    judged = "0.8" if estimate.judged else "0.95"
    level = "Limits that are a judgement hold four times in five; those of a study nineteen times in twenty."
    why = (
        f"Given by you for {slug}." if slug in draft.choice.deadweight else "None: the evidence had a comparison group."
    )
    grade = (
        f"From the design of the best study behind it, no better than its {estimate.level} level of evidence allows, "
        "and one lower where the data are more than five years older than the prices"
    )
    evidence: dict[str, Any] = {
        "source": estimate.iri,
        "controlled": estimate.compared,
        "measured_on": "area" if estimate.scope == "population" else "participants",
        "year": estimate.year,
        "health_system": "uk" if estimate.home else "other",
    }
    if estimate.follow_up_years is not None:
        evidence["follow_up_years"] = estimate.follow_up_years
    return {
        "outcome": estimate.outcome,
        "reduction": _reduction(estimate),
        "interval_level": Number.convention(judged, "share", level).named("Level of the limits"),
        "scope": estimate.scope,
        "scope_share": Number.convention(1, "share", "The effect is on all of the outcome.").named("Scope share"),
        "profile": _profile(draft, one),
        "deadweight": _deadweight(draft, slug, why),
        "attribution": Number.convention(1, "share", "All of the effect is due to this service.").named("Attribution"),
        "grade": Number.convention(estimate.grade(draft.now), GRADE, grade).named("Grade of the evidence"),
        "evidence": evidence,
    }


def _reduction(estimate: Estimate) -> dict[str, Number]:
    """The limits of the change the other way round, as a reduction."""
    found: dict[str, Number] = {}
    for name, figure in (("low", estimate.high), ("central", estimate.change), ("high", estimate.low)):
        number = -Number.of(figure)
        assert float(number.value) == reduction_of_change(float(figure.value))
        how = f"{figure.label}; a fall is a positive reduction. {estimate.rationale}"
        found[name] = number.said(how, figure.unit, f"Reduction of {inside(estimate.outcome_label)}, {name}")
    return found


def _profile(draft: Draft, one: Admitted) -> Any:
    if one.early is None:
        words = "The same in every year: the evidence does not tell years apart."
        return Number.convention(1, "share", words).named("Share of the full effect")
    early, later = -Number.of(one.early.change), -Number.of(one.estimate.change)
    share = early / later if later.value else Number.convention(0, "", "")
    if not 0 <= share.value <= 1:
        share = Number.convention(0, "", "")
    how = f"The effect of years one and two ({one.early.applies_to}) as a share of the later one"
    first = share.said(how, "share", "Share of the full effect in years one and two")
    full = Number.convention(1, "share", "From year three the later effect in full.").named("Share of the full effect")
    return [first, first, *[full] * (draft.choice.horizon - 2)]


def _deadweight(draft: Draft, slug: str, why: str) -> Number:
    given = draft.choice.deadweight.get(slug, 0)
    try:
        number = Number.convention(str(given), "share", why)
        good = 0 <= number.value <= 1
    except ArithmeticError:
        good = False
    if not good:
        words = f"{str(given)[:40]!r} for {slug} is not a share from 0 to 1, such as 0.3"
        raise ParameterError("deadweight", words, slug)
    return number.named("Deadweight")
