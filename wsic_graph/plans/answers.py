"""National conditions and metrics of a plan, with what the graph can already evidence for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from wsic_graph.answers import Iri, Row
from wsic_graph.places.statistics import ENGLAND
from wsic_graph.plans.ground import Ground
from wsic_graph.plans.model import Baseline, Condition, Expected, Fact, Metric, Statement
from wsic_graph.plans.need import written
from wsic_graph.plans.rules import Rule, Rules

_TOPICS = (
    ("seven-day", ("seven-day",), "service-provision", "provider"),
    ("data", ("data sharing",), "information-sharing", "information"),
    ("assessment", ("assessment and care planning",), "risk-stratification", "provider"),
    ("discharge", ("transfers of care", "discharged from hospital", "right care"), "service-provision", "provider"),
    ("providers", ("acute sector", "effect of changes on the providers"), "financial-modelling", "provider"),
    ("social-care", ("social care", "minimum contribution"), "payment-and-contracts", "finance"),
    ("out-of-hospital", ("out-of-hospital",), "service-provision", "finance"),
    ("home", ("independent at home", "objectives"), "prevention", "programme"),
    ("agreed", ("agreed", "agreement", "joint"), "governance", "board"),
    ("oversight", ("oversight", "return"), "evaluation", "programme"),
)
"""What a condition is about, by words in it: the first that fits, elements of resources on it, and who can answer."""
_LASTING = "emergency-admissions"


@dataclass(frozen=True)
class Held:
    """What may evidence a condition: the rules of the period, the statements of the plan, the names of its metrics."""

    rules: Rules
    plan: Sequence[Statement]
    measures: Sequence[str]


def conditions(ground: Ground, held: Held) -> Iterator[Condition]:
    """The conditions of the period, each with what may evidence it."""
    for rule in held.rules.conditions:
        title = str(rule.row["title"])
        topic, element, who = _topic(title)
        yield Condition(
            slug=rule.iri.slug,
            iri=str(rule.iri),
            title=title,
            basis=rule.basis,
            note=str(rule.row["note"] or ""),
            statements=tuple(_evidence(ground, rule.iri.slug, topic, held)),
            blank=ground.blank(
                f"condition.{rule.iri.slug}", ground.say(f"ask_{topic.replace('-', '_')}"), who, element
            ),
            sources=rule.sources,
        )


def _topic(title: str) -> tuple[str, str, str]:
    words = title.lower()
    for topic, marks, element, who in _TOPICS:
        if any(mark in words for mark in marks):
            return topic, element, who
    return "agreed", "governance", "board"


def _evidence(ground: Ground, slug: str, topic: str, held: Held) -> Iterator[Statement]:
    """What this plan and the graph already hold that speaks to a condition; nothing where they hold nothing."""
    name, plan, measures = f"condition.{slug}", held.plan, held.measures
    if topic in ("home", "discharge", "out-of-hospital", "assessment"):
        schemes = [one for one in plan if one.id.startswith("scheme.")]
        if schemes:
            facts = [fact for one in schemes for fact in one.facts]
            yield ground.state(f"{name}.schemes", "condition_schemes", facts, mark="", count=len(schemes))
    if topic in ("home", "discharge") and measures:
        yield ground.state(f"{name}.metrics", "condition_metrics", mark="", names=measures)
    if topic == "providers":
        changes = [one for one in plan if one.id in ("money.result", "money.range")]
        for one in changes:
            yield one.model_copy(update={"id": f"{name}.{one.id}"})
    if topic == "social-care":
        for rule in held.rules.funding:
            if "NHS minimum" in str(rule.row["description"]):
                yield funding(ground, rule, name)


def funding(ground: Ground, rule: Rule, name: str) -> Statement:
    """A national funding line as a statement."""
    row = rule.row
    ground.use(row["source"])
    fact = ground.fact(
        f"{ground.cited(row['source'])}: {row['description']}", rule.iri, "pages/plan-rules", row["basis"]
    )
    return ground.state(f"{name}.{rule.iri.slug}", "funding", [fact], row=row)


def metrics(ground: Ground, rules: Rules, expected: Sequence[Expected], run: Sequence[Fact]) -> Iterator[Metric]:
    """The metrics of the period, each with its baseline and what the calculation ``run`` expects."""
    found = ground.rows("plans/metric-figures", areas=ground.codes)
    changes = {one.outcome: one for one in expected}
    for rule in rules.metrics:
        row, name = rule.row, f"metric.{rule.iri.slug}"
        outcome = row["outcome"].slug if isinstance(row["outcome"], Iri) else ""
        baseline = _baseline(ground, [one for one in found if one["series"] == _series(rule)])
        statements = []
        if baseline:
            statements.append(
                ground.state(f"{name}.baseline", "baseline", [baseline.fact], one=baseline, side=_side(baseline))
            )
        if outcome in changes and outcome != "delayed-transfers":
            statements.append(
                ground.state(f"{name}.expected", "metric_expected", run, mark="modelled", one=changes[outcome])
            )
        ask = ground.say("ask_metric", near=bool(baseline and baseline.near), found=bool(baseline))
        good = str(row["good"] or "").lower()
        yield Metric(
            slug=rule.iri.slug,
            iri=str(rule.iri),
            title=str(row["title"]),
            definition=str(row["description"]),
            good="down" if "down" in good or "lower" in good else "up" if good else "",
            data=str(row["data"] or ""),
            outcome=outcome,
            basis=rule.basis,
            note=str(row["note"] or ""),
            baseline=baseline,
            statements=tuple(statements),
            blank=ground.blank(name, ask, "analyst"),
            sources=rule.sources,
        )  # fmt: skip


def _series(rule: Rule) -> str:
    """``falls`` of ``metric/2023-25-falls``."""
    return rule.iri.slug.split("-", 2)[2]


def _baseline(ground: Ground, found: Sequence[Row]) -> Baseline | None:
    """The newest figure from before the plan begins that is what the metric asks, or else one that is near to it."""
    mine = [row for row in found if row["area"] == ground.area]
    for fit in ("same", "near"):
        fitting = [row for row in mine if row["fit"] == fit]
        known = [row for row in fitting if str(row["start"]) < ground.first] or fitting
        if known:
            return _from(ground, max(known, key=lambda row: str(row["start"])), known, found)
    return None


def _from(ground: Ground, row: Row, known: Sequence[Row], found: Sequence[Row]) -> Baseline:
    same = [one for one in found if one["indicator"] == row["indicator"] and one["when"] == row["when"]]
    others = [_number(one["per"]) for one in same if one["area"] not in (ground.area, ENGLAND)]
    england = next((_number(one["per"]) for one in same if one["area"] == ENGLAND), None)
    first = min((one for one in known if one["indicator"] == row["indicator"]), key=lambda one: str(one["start"]))
    earlier = first if first is not row else None
    ground.use(row["source"])
    label = ground.say("baseline_fact", row=row, source=ground.cited(row["source"]))
    return Baseline(
        label=str(row["label"]),
        period=str(row["whenLabel"]),
        unit=str(row["unit"]),
        value=_number(row["value"]),
        per=_number(row["per"]),
        middle=written(median(others)) if others else None,
        england=england,
        counted=row["per"] != row["value"],
        near=str(row["why"]),
        early=_number(earlier["value"]) if earlier else None,
        early_period=str(earlier["whenLabel"]) if earlier else "",
        fact=ground.fact(label, row["observation"], "plans/metric-figures", row["basis"], areas=ground.codes),
    )


def _side(one: Baseline) -> str:
    if one.middle is None or not one.middle:
        return ""
    apart = one.per / one.middle - 1
    return "close to" if abs(apart) <= Decimal("0.03") else "above" if apart > 0 else "below"


def _number(value: object) -> Decimal:
    assert isinstance(value, int | Decimal)
    return Decimal(value)
