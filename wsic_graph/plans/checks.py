"""Checks of a plan: what is missing, what does not fit together, and what is claimed beyond the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Literal

from wsic_graph.plans.edits import Edits, Goal
from wsic_graph.plans.ground import Say
from wsic_graph.plans.model import Effect, Metric, Part, Plan

Kind = Literal["condition", "metric", "section", "money", "claim", "programme"]
_MARGIN = Decimal("0.005")
"""Half a point in a hundred: a goal so little beyond what is expected is not told."""
_CLAIM = re.compile(
    r"\b(reduc\w*|cut(s|ting)?|lower\w*|fewer|fall(s|ing)?|decreas\w*|prevent\w*|avoid\w*|sav(e|es|ed|ing|ings)|shorten\w*"
    r"|improv\w*|less|drop\w*|halv\w*|keep\w* \w+ out of hospital)\b",
    re.IGNORECASE,
)
_SURE = re.compile(
    r"\b(proven?|proves|guarantee\w*|certain(ly)?|will|evidence shows|known to|demonstrably)\b", re.IGNORECASE
)
_DENIED = re.compile(
    r"\b(no|not|never|nor|unlikely|without|cannot|can't|won't|doesn't|don't|neither|unclear|uncertain|whether|if)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LEVELS = ("high", "moderate", "low", "very-low")


class Check(Part):
    """One thing to look at; ``where`` is the section it is in, or a part of one after a colon."""

    kind: Kind
    where: str
    text: str
    serious: bool
    """Whether the plan says something that does not hold, rather than too little."""
    iri: str = ""
    """The evidence against it."""


def check(plan: Plan, edits: Edits, say: Say) -> tuple[Check, ...]:
    """Every check that finds something, the serious ones first."""
    found = [
        *_claims(plan, edits, say),
        *_struck(plan, edits, say),
        *_money(plan, edits, say),
        *_conditions(plan, edits, say),
        *_metrics(plan, edits, say),
        *_programme(plan, say),
        *_sections(plan, edits, say),
    ]
    return tuple(sorted(found, key=lambda one: not one.serious))


def _conditions(plan: Plan, edits: Edits, say: Say) -> Iterator[Check]:
    for one in plan.conditions:
        answer = edits.answers.get(one.slug)
        where = f"national-conditions:{one.slug}"
        if answer is None or not answer.met:
            yield Check(kind="condition", where=where, text=say("check_unanswered", one=one), serious=False)
        elif answer.met != "yes" and not answer.text:
            yield Check(kind="condition", where=where, text=say("check_unmet_bare", one=one), serious=True)
        elif answer.met != "yes":
            yield Check(kind="condition", where=where, text=say("check_condition_unmet", one=one), serious=False)
        elif not answer.text and not one.statements:
            yield Check(kind="condition", where=where, text=say("check_yes_bare", one=one), serious=False)


def _metrics(plan: Plan, edits: Edits, say: Say) -> Iterator[Check]:
    for one in plan.metrics:
        goal = edits.goals.get(one.slug, Goal())
        where = f"metrics:{one.slug}"
        if goal.value is None:
            yield Check(kind="metric", where=where, text=say("check_no_goal", one=one), serious=False)
            continue
        baseline = start(one, goal)
        if baseline is None:
            yield Check(kind="metric", where=where, text=say("check_no_baseline", one=one), serious=False)
        elif _worse(one, goal.value, baseline):
            values = {"one": one, "goal": goal.value, "baseline": baseline}
            yield Check(kind="metric", where=where, text=say("check_worse", **values), serious=True)
        elif baseline:
            yield from _ambition(plan, one, goal.value / baseline - 1, say)
        if not goal.text:
            yield Check(kind="metric", where=where, text=say("check_no_reason", one=one), serious=False)


def start(metric: Metric, goal: Goal) -> Decimal | None:
    """The baseline of a metric: the area's own, or that of the graph where it is what the metric asks for."""
    if goal.baseline is not None:
        return goal.baseline
    return metric.baseline.value if metric.baseline and not metric.baseline.near else None


def _worse(metric: Metric, goal: Decimal, baseline: Decimal) -> bool:
    return (metric.good == "down" and goal > baseline) or (metric.good == "up" and goal < baseline)


def _ambition(plan: Plan, metric: Metric, change: Decimal, say: Say) -> Iterator[Check]:
    """A goal beyond what the evidence lets anybody expect of the programme."""
    if metric.good != "down" or change > -_MARGIN or not metric.outcome:
        return
    where = f"metrics:{metric.slug}"
    effects = [one for one in plan.effects if one.outcome == metric.outcome]
    expected = next((one.change for one in plan.expected if one.outcome == metric.outcome), None)
    values: dict[str, Any] = {"one": metric, "change": change.quantize(Decimal("0.001"))}
    if not effects or not any(one.says == "improves" for one in effects):
        iri = effects[0].iri if effects else ""
        key = "check_goal_null" if effects else "check_goal_nothing"
        yield Check(kind="claim", where=where, text=say(key, effects=effects, **values), serious=True, iri=iri)
    elif expected is not None and change < expected - _MARGIN:
        text = say("check_goal_beyond", expected=expected, **values)
        yield Check(kind="claim", where=where, text=text, serious=True, iri=effects[0].iri)


def _money(plan: Plan, edits: Edits, say: Say) -> Iterator[Check]:
    income, spending = (sum((one.amount for one in sums), Decimal(0)) for sums in (edits.income, edits.spending))
    if not edits.income and plan.section("income"):
        yield Check(kind="money", where="income", text=say("check_no_income"), serious=False)
    if not edits.spending and plan.section("expenditure"):
        yield Check(kind="money", where="expenditure", text=say("check_no_spending"), serious=False)
    if edits.income and edits.spending and income != spending:
        yield Check(
            kind="money", where="expenditure", text=say("check_money", income=income, spending=spending), serious=True
        )
    for where, sums in (("income", edits.income), ("expenditure", edits.spending)):
        names = [one.name.casefold() for one in sums]
        for one in sums:
            if one.amount < 0:
                yield Check(kind="money", where=where, text=say("check_negative", one=one), serious=True)
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Check(kind="money", where=where, text=say("check_twice_named", name=name), serious=True)


def _programme(plan: Plan, say: Say) -> Iterator[Check]:
    if not plan.effects and not plan.calculator:
        yield Check(kind="programme", where="schemes", text=say("check_no_programme"), serious=False)
    section = plan.section("benefits-model")
    gaps = [one for one in section.statements if one.id.startswith("money.gap.")] if section else []
    if gaps:
        yield Check(
            kind="programme", where="benefits-model", text=say("check_gaps_left", count=len(gaps)), serious=False
        )


def _sections(plan: Plan, edits: Edits, say: Say) -> Iterator[Check]:
    for one in plan.sections:
        if edits.texts.get(one.slug) or one.slug in ("national-conditions", "metrics"):
            continue
        left = [statement for statement in one.statements if edits.words(statement)]
        sums = {"income": edits.income, "expenditure": edits.spending}.get(one.slug)
        if not left and not one.grids and not sums:
            yield Check(kind="section", where=one.slug, text=say("check_empty", one=one), serious=False)
        elif one.blanks and one.asked and not sums:
            yield Check(
                kind="section", where=one.slug, text=say("check_blanks", one=one, count=len(one.blanks)), serious=False
            )


def _struck(plan: Plan, edits: Edits, say: Say) -> Iterator[Check]:
    """Evidence against the programme that was struck out."""
    for section in plan.sections:
        for one in section.statements:
            if one.stance in ("against", "null") and not edits.words(one):
                iri = one.facts[0].iri if one.facts else ""
                text = say("check_struck", text=one.text)
                yield Check(kind="claim", where=section.slug, text=text, serious=True, iri=iri)


def _claims(plan: Plan, edits: Edits, say: Say) -> Iterator[Check]:
    """Own sentences that claim what the evidence finds null, harmful or too weak to be sure of."""
    texts = [(slug, text) for slug, text in edits.texts.items()]
    texts += [(_home(plan, name), text) for name, text in edits.statements.items() if text]
    texts += [(f"national-conditions:{name}", one.text) for name, one in edits.answers.items()]
    texts += [(f"metrics:{name}", one.text) for name, one in edits.goals.items()]
    for where, text in texts:
        for sentence in _SENTENCE.split(text):
            yield from claims(where, sentence.strip(), plan.effects, say)


def claims(where: str, sentence: str, effects: Sequence[Effect], say: Say) -> Iterator[Check]:
    """What in one sentence goes beyond the evidence on the programme."""
    if not _CLAIM.search(sentence) or _DENIED.search(sentence):
        return
    words = f" {' '.join(re.findall(r'[a-z0-9&]+', sentence.lower()))} "
    named = [one for one in effects if _in(words, (one.intervention_label,))]
    for outcome in dict.fromkeys(one.outcome for one in effects):
        on = [one for one in effects if one.outcome == outcome]
        if not _in(words, (on[0].outcome_label, *on[0].outcome_names)):
            continue
        meant = [one for one in on if one in named] if named else on
        if not meant:
            continue
        better = [one for one in meant if one.says == "improves"]
        if not better:
            key = "check_claim_worse" if any(one.says == "worsens" for one in meant) else "check_claim_null"
            text = say(key, sentence=sentence[:200], meant=meant)
            yield Check(kind="claim", where=where, text=text, serious=True, iri=meant[0].iri)
        elif _SURE.search(sentence) and all(one.level in ("low", "very-low") for one in better):
            best = min(better, key=lambda one: _LEVELS.index(one.level))
            text = say("check_claim_weak", sentence=sentence[:200], best=best)
            yield Check(kind="claim", where=where, text=text, serious=True, iri=best.iri)


def _in(words: str, names: Sequence[str]) -> bool:
    """Whether one of ``names`` stands in ``words``, which are in small letters with single spaces."""
    return any(f" {' '.join(re.findall(r'[a-z0-9&]+', name.lower()))} " in words for name in names if name)


def _home(plan: Plan, statement: str) -> str:
    """The section of a statement."""
    for section in plan.sections:
        if any(one.id == statement for one in section.statements):
            return section.slug
    return ""
