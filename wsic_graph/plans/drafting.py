"""Drafts a plan: from a council, a year of the rules, people, priorities and a programme to sections of statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wsic_graph.existing.check import Result
from wsic_graph.mapped.model import BenefitsMap
from wsic_graph.plans.answers import Held, conditions, metrics
from wsic_graph.plans.benefits import Calculated, expected, run_of
from wsic_graph.plans.ground import Ground
from wsic_graph.plans.model import Choices, Plan, Section, Statement
from wsic_graph.plans.programme import Programme
from wsic_graph.plans.rules import Rule, Rules
from wsic_graph.plans.sections import HELP, Body, Drafter


@dataclass(frozen=True)
class Given:
    """What a draft is made from, beside the graph."""

    choices: Choices
    rules: Rules
    interventions: tuple[str, ...]
    """Those chosen, or those of the value case."""
    whole: BenefitsMap
    made: Calculated | None
    checked: Result | None
    check: str
    version: str
    labels: Mapping[str, str]


def draft(ground: Ground, given: Given) -> Plan:
    """The plan. Raises what asking the graph raises."""
    programme = Programme(ground, given.whole, given.interventions, given.choices.care_groups)
    changes = tuple(expected(given.made)) if given.made else ()
    measures = tuple(metrics(ground, given.rules, changes, [run_of(ground, given.made)] if given.made else []))
    drafter = Drafter(
        ground, given.whole, given.rules, given.choices, programme, given.made, given.checked, given.check, measures
    )
    seen: set[str] = set()
    sections = tuple(_section(ground, drafter, rule, asked, seen) for rule, asked in given.rules.sections)
    said = [statement for section in sections for statement in section.statements]
    rules = given.rules
    answers = tuple(conditions(ground, Held(rules, said, [one.title for one in measures])))
    return Plan(
        choices=given.choices,
        area=ground.name,
        area_iri=str(ground.area),
        period=rules.period.label,
        period_iri=str(rules.period.iri),
        period_note=rules.period.note,
        version=given.version,
        lede=ground.say(
            "lede",
            area=ground.name,
            statements=len(said),
            facts=len({fact.iri for one in said for fact in one.facts if fact.iri}),
            blanks=sum(len(section.blanks) for section in sections) + len(answers) + len(measures),
        ),
        notes=tuple(_notes(ground, rules)),
        calculator=given.made.address if given.made else "",
        labels=dict(given.labels),
        sections=sections,
        conditions=answers,
        metrics=measures,
        expected=changes,
        effects=programme.effects(),
    )


def _notes(ground: Ground, rules: Rules) -> list[str]:
    found = [ground.say("note_recalled")]
    if rules.year[:4] < rules.period.start[:4]:
        found.append(ground.say("note_first", rules=rules))
    if rules.borrowed:
        found.append(ground.say("note_borrowed", rules=rules))
    return found


def _section(ground: Ground, drafter: Drafter, rule: Rule, asked: bool, seen: set[str]) -> Section:
    slug, row = rule.iri.slug, rule.row
    body: Body = drafter.body(slug)
    who, elements = HELP.get(slug, ("programme", "strategy"))
    asks = [str(one["itemLabel"]) for one in rule.related("ask")]
    own = [
        ground.blank(f"{slug}.{number}", ask, who)
        for number, ask in enumerate(asks, 1)
        if number not in body.answered and slug not in ("national-conditions", "metrics")
    ]
    return Section(
        slug=slug,
        iri=str(rule.iri),
        title=str(row["title"]),
        purpose=str(row["description"]),
        asked=asked,
        basis=rule.basis,
        level=str(row["prefillLabel"]).lower(),
        level_note=str(row["prefillNote"]),
        asks=tuple(asks),
        statements=tuple(_named(body, slug, seen)),
        grids=tuple(body.grids),
        pictures=tuple(body.pictures),
        blanks=(*own, *body.blanks),
        look=ground.look(elements),
        sources=rule.sources,
    )


def _named(body: Body, slug: str, seen: set[str]) -> Iterator[Statement]:
    """The statements, each with a name of its own in the whole plan."""
    for one in body.statements:
        name = one.id if one.id not in seen else f"{slug}.{one.id}"
        if name not in seen:
            seen.add(name)
            yield one.model_copy(update={"id": name})
