"""What differs between two versions of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wsic_graph.plans.edits import Edits
from wsic_graph.plans.model import Plan


@dataclass(frozen=True)
class Change:
    """One thing that differs: where, what it said, and what it says; empty where it was not there."""

    where: str
    what: str
    before: str
    now: str


def changes(old: Plan, before: Edits, new: Plan, now: Edits) -> list[Change]:
    """Every difference, in the order of the plan."""
    return list(_all(old, before, new, now))


def _all(old: Plan, before: Edits, new: Plan, now: Edits) -> Iterator[Change]:
    titles = {one.slug: one.title for plan in (old, new) for one in plan.sections}
    for slug, title in titles.items():
        yield from _differ(title, "Own text", before.texts.get(slug, ""), now.texts.get(slug, ""))
        said = [_said(plan, edits, slug) for plan, edits in ((old, before), (new, now))]
        for name in dict.fromkeys((*said[0], *said[1])):
            yield from _differ(title, "Statement", said[0].get(name, ""), said[1].get(name, ""))
    for one in {item.slug: item for plan in (old, new) for item in plan.conditions}.values():
        told = [_joined(edits.answers.get(one.slug), "met", "text") for edits in (before, now)]
        yield from _differ(one.title, "Answer", *told)
    for metric in {item.slug: item for plan in (old, new) for item in plan.metrics}.values():
        told = [_joined(edits.goals.get(metric.slug), "baseline", "value", "text") for edits in (before, now)]
        yield from _differ(metric.title, "Baseline, goal and reason", *told)
    for name, label in (("income", "Contributions"), ("spending", "Spending")):
        told = ["; ".join(f"{one.name}: £{one.amount:,f}" for one in getattr(edits, name)) for edits in (before, now)]
        yield from _differ(label, "Sums", *told)


def _differ(where: str, what: str, before: str, now: str) -> Iterator[Change]:
    if before != now:
        yield Change(where, what, before, now)


def _said(plan: Plan, edits: Edits, slug: str) -> dict[str, str]:
    section = plan.section(slug)
    return {one.id: edits.words(one) for one in section.statements} if section else {}


def _joined(answer: object, *names: str) -> str:
    values = (getattr(answer, name, None) for name in names)
    return "; ".join(str(value) for value in values if value not in (None, ""))
