"""What the graph can say in each section of a plan; sections that it cannot draft are left to people, with guidance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from wsic_graph.existing.check import Result
from wsic_graph.mapped.model import COUNTED, BenefitsMap
from wsic_graph.plans.answers import funding
from wsic_graph.plans.benefits import Calculated, benefits_map, calculation, chosen, expected
from wsic_graph.plans.ground import Ground, mark_of
from wsic_graph.plans.model import Blank, Cell, Choices, Grid, Metric, Picture, Statement
from wsic_graph.plans.need import Measured, measured, need, side
from wsic_graph.plans.programme import Programme
from wsic_graph.plans.rules import Rules
from wsic_graph.plans.service import known_here, service_check

HELP: dict[str, tuple[str, str]] = {
    "cover": ("board", "governance"),
    "summary": ("programme", "strategy"),
    "vision": ("people", "user-engagement"),
    "local-need": ("analyst", "risk-stratification"),
    "progress": ("programme", "case-studies"),
    "evidence": ("analyst", "evaluation"),
    "schemes": ("commissioner", "service-provision"),
    "expenditure": ("finance", "financial-modelling"),
    "income": ("finance", "policy"),
    "section-75": ("finance", "governance"),
    "contingency": ("finance", "payment-and-contracts"),
    "prevention-independence": ("programme", "prevention"),
    "hospital-to-home": ("provider", "service-provision"),
    "capacity-demand": ("provider", "service-provision"),
    "carers": ("commissioner", "user-engagement"),
    "housing-dfg": ("housing", "housing"),
    "protecting-social-care": ("finance", "payment-and-contracts"),
    "data-sharing": ("information", "information-sharing"),
    "joint-assessment": ("provider", "risk-stratification"),
    "seven-day": ("provider", "service-provision"),
    "engagement": ("people", "voluntary-sector"),
    "acute-impact": ("provider", "financial-modelling"),
    "inequalities": ("analyst", "strategy"),
    "workforce": ("provider", "workforce"),
    "national-conditions": ("board", "policy"),
    "metrics": ("analyst", "policy"),
    "benefits-model": ("finance", "financial-modelling"),
    "governance": ("board", "governance"),
    "risks": ("programme", "leadership"),
    "delivery-milestones": ("programme", "policy"),
    "references": ("programme", "policy"),
}
"""Who can answer the questions of a section, and the element of the resources that help with it."""
_LESSONS, _CLAIMS, _NOTES = 5, 4, 4


@dataclass
class Body:
    """What a section holds; ``answered`` are the places of its questions that the draft answers."""

    statements: list[Statement] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    blanks: list[Blank] = field(default_factory=list)
    answered: tuple[int, ...] = ()


@dataclass
class Drafter:
    """Drafts section by section."""

    ground: Ground
    whole: BenefitsMap
    rules: Rules
    choices: Choices
    programme: Programme
    made: Calculated | None
    checked: Result | None
    check: str
    """The address of the service check with the list of the plan."""
    metrics: Sequence[Metric]

    def body(self, slug: str) -> Body:
        """What the graph can say in a section."""
        draw: Callable[[], Body] | None = getattr(self, f"_{slug.replace('-', '_')}", None)
        return draw() if draw else Body()

    # ------------------------------------------------------ parts in common

    @cached_property
    def _measures(self) -> dict[str, Measured]:
        return {one.key: one for one in measured(self.ground)}

    @cached_property
    def _money(self) -> Body:
        if self.made is None:
            return Body()
        statements, grids, pictures = calculation(self.ground, self.made)
        return Body(statements, grids, pictures)

    def money(self, *names: str) -> list[Statement]:
        """Statements of the calculation by name."""
        return [one for one in self._money.statements if one.id in names]

    def measure(self, *keys: str) -> list[Statement]:
        """Measures of the area as statements."""
        return [
            self.ground.state(
                f"measure.{key}", "need_beside", [one.fact], one=one, period=one.rate.period, count=one.rate.count,
                middle=side(one.here, one.middle), england=side(one.here, one.england),
            )
            for key in keys
            if (one := self._measures.get(key))
        ]  # fmt: skip

    def about(self, *interventions: str) -> list[Statement]:
        """The evidence on interventions that a section is about, whether they are in the programme or not."""
        known = [name for name in interventions if name not in self.programme.interventions]
        return Programme(self.ground, self.whole, known, ()).evidence()[0]

    def options(self, *benefits: str) -> Iterator[Statement]:
        """What has evidence that counts for benefits: those of the programme, and what else there would be."""
        for item in self.whole.benefits:
            if item.thing.iri.slug in benefits:
                outcomes = {one.iri for one in item.outcomes}
                counts = [
                    link
                    for link in self.whole.links
                    if link.outcome.iri in outcomes and link.status.iri.slug == COUNTED
                ]
                names = {link.intervention.iri.slug: link.intervention.label for link in counts}
                fact = self.ground.fact(item.thing.label, item.thing.iri, "benefits_map/contributions", "derived")
                mine = [label for slug, label in names.items() if slug in self.programme.interventions]
                others = [label for slug, label in names.items() if slug not in self.programme.interventions]
                yield self.ground.state(
                    f"options.{item.thing.iri.slug}", "options", [fact], item=item, mine=mine, others=others
                )  # fmt: skip

    def _funding(self, *words: str) -> list[Statement]:
        rules = [rule for rule in self.rules.funding if any(word in str(rule.row["description"]) for word in words)]
        return [funding(self.ground, rule, "funding") for rule in rules]

    # ------------------------------------------------------------- sections

    def _cover(self) -> Body:
        rows = [row for row in self.ground.rows("pages/areas") if row["area"] == self.ground.area]
        fact = self.ground.fact(self.ground.name, self.ground.area, "pages/areas", "verified")
        return Body([self.ground.state("cover", "cover", [fact], row=rows[0], rules=self.rules)], answered=(4,))

    def _summary(self) -> Body:
        names = [self.programme.labels[name] for name in self.programme.interventions]
        benefits = [item.thing.label for item in chosen(self.programme, self.choices.benefits)]
        facts = [self.ground.fact(item.thing.label, item.thing.iri, "benefits_map/benefits", "derived")
                 for item in chosen(self.programme, self.choices.benefits)]  # fmt: skip
        statements = []
        if names:
            statements.append(
                self.ground.state(
                    "summary", "summary", facts, mark="", names=names, benefits=benefits, groups=self._groups(),
                    agreed=bool(self.choices.benefits), rules=self.rules, metrics=len(self.metrics),
                )
            )  # fmt: skip
        return Body(statements + [
            one.model_copy(update={"id": f"summary.{one.id}"}) for one in self.money("money.result", "money.short")
        ])  # fmt: skip

    def _groups(self) -> list[str]:
        labels = {thing.iri.slug: thing.label for thing in self.whole.groups}
        return [labels.get(slug, slug) for slug in self.choices.care_groups]

    def _vision(self) -> Body:
        return Body(self._premises("resources", "I statements"), blanks=[
            self.ground.blank("vision.i", self.ground.say("ask_i_statements"), "people", "user-engagement"),
        ])  # fmt: skip

    def _premises(self, *words: str) -> list[Statement]:
        found = []
        for row in self.ground.rows("plans/premises"):
            if any(word in str(row["title"]) for word in words):
                self.ground.use(row["source"])
                label = self.ground.cited(row["source"]) if row["source"] else str(row["title"])
                fact = self.ground.fact(label, row["element"], "plans/premises", row["basis"])
                name = f"premise.{str(row['element']).partition('#')[2]}"
                found.append(self.ground.state(name, "plain", [fact], text=str(row["description"])))
        return found

    def _local_need(self) -> Body:
        statements, grids, pictures = need(self.ground)
        segments = self.ground.blank(
            "segments", self.ground.say("ask_segments", groups=self._groups()), "analyst", "risk-stratification"
        )
        return Body(statements, grids, pictures, [segments], (1, 2, 3, 4))

    def _progress(self) -> Body:
        statements = [
            self.ground.state(f"progress.{one.slug}", "progress", [one.baseline.fact], one=one.baseline)
            for one in self.metrics
            if one.baseline and one.baseline.early is not None and not one.baseline.near
        ]
        return Body(statements + known_here(self.ground))

    def _evidence(self) -> Body:
        statements, grids = self.programme.evidence()
        return Body(statements, grids, answered=(1, 2, 3) if statements else ())

    def _schemes(self) -> Body:
        statements, blanks = self.programme.schemes()
        enablers, needs = self.programme.enablers()
        body = Body(statements + enablers, blanks=blanks + needs)
        if self.checked is not None:
            said, grids = service_check(self.ground, self.checked, self.check)
            body.statements += said
            body.grids += grids
        if not self.choices.services:
            body.blanks.append(
                self.ground.blank("check", self.ground.say("ask_check", address=self.check), "commissioner")
            )
        body.answered = (1, 5) if statements else ()
        return body

    def _expenditure(self) -> Body:
        return Body(
            blanks=[self.ground.blank("budget", self.ground.say("ask_budget"), "finance", "financial-modelling")]
        )

    def _income(self) -> Body:
        statements = [funding(self.ground, rule, "funding") for rule in self.rules.funding]
        return Body(
            statements,
            blanks=[self.ground.blank("income.minimum", self.ground.say("ask_minimum"), "finance", "policy")],
        )

    def _section_75(self) -> Body:
        return Body(self._premises("evidence review") + [
            one.model_copy(update={"id": f"section-75.{one.id}"}) for one in self.money("money.who")
        ])  # fmt: skip

    def _contingency(self) -> Body:
        return Body(self._funding("payment for performance"))

    def _prevention_independence(self) -> Body:
        return Body([*self.options("independence-at-home", "health-and-survival")])

    def _hospital_to_home(self) -> Body:
        return Body([*self.options("time-out-of-hospital"), *self.measure("reablement-after-discharge-share 65plus")])

    def _carers(self) -> Body:
        return Body([*self.measure("carer-quality-of-life 18plus"), *self.options("carers-wellbeing")])

    def _housing_dfg(self) -> Body:
        return Body(self._funding("Disabled Facilities Grant") + self.about("housing-adaptations"))

    def _protecting_social_care(self) -> Body:
        return Body(self._funding("NHS minimum", "social care"))

    def _data_sharing(self) -> Body:
        return Body(self.about("shared-care-records"))

    def _joint_assessment(self) -> Body:
        return Body(self.about("risk-stratification", "care-planning"))

    def _acute_impact(self) -> Body:
        return self._changes()

    def _changes(self) -> Body:
        changes = [*expected(self.made)] if self.made else []
        return Body([
            self.ground.state(f"change.{one.outcome}", "metric_expected", self.money("money.result")[0].facts, one=one)
            for one in changes
        ])  # fmt: skip

    def _inequalities(self) -> Body:
        keys = (
            "imd-average-score all",
            "healthy-life-expectancy-female birth",
            "healthy-life-expectancy-male birth",
            "disabled-share all",
        )
        return Body(self.measure(*keys))

    def _workforce(self) -> Body:
        return Body(self.measure("care-workforce-turnover 18plus"))

    def _benefits_model(self) -> Body:
        statements, grids = benefits_map(self.ground, self.programme, chosen(self.programme, self.choices.benefits))
        money = self._money
        return Body(
            statements + [one for one in money.statements if one.id != "money.short"],
            grids + money.grids,
            money.pictures,
            answered=(1, 2, 3) if self.made else (),
        )

    def _risks(self) -> Body:
        found = [*self._against(), *self._lessons()]
        notes = self.made.prefilled.notes[:_NOTES] if self.made else ()
        facts = self.money("money.result")[0].facts if self.made else ()
        found += [
            self.ground.state(f"risk.note.{number}", "plain", facts, mark="modelled", stance="caution", text=note)
            for number, note in enumerate(notes, 1)
        ]
        return Body(found)

    def _against(self) -> Iterator[Statement]:
        """One statement for each intervention with effects that are null or the wrong way."""
        for name in self.programme.interventions:
            known = [link for link in self.programme.links(name) if link.change is not None]
            links = [link for link in known if link.direction.slug in ("no-clear-effect", "worsens", "mixed")]
            if links:
                facts = [self.programme.facts(link)[0] for link in links]
                worse = [link.outcome.label for link in links if link.direction.slug == "worsens"]
                null = [link.outcome.label for link in links if link.direction.slug != "worsens"]
                yield self.ground.state(
                    f"risk.{name}", "risk_effect", facts, stance="against" if worse else "null",
                    label=self.programme.labels[name],
                    worse=[*dict.fromkeys(worse)], null=[*dict.fromkeys(null)],
                )  # fmt: skip

    def _lessons(self) -> Iterator[Statement]:
        """What value cases with the same interventions taught; those of the area and those that share most first."""
        if not self.programme.interventions:
            return
        values = {"interventions": "|".join(self.programme.interventions)}
        shared: dict[object, set[object]] = {}
        rows = self.ground.rows("plans/lessons", **values)
        for row in rows:
            shared.setdefault(row["case"], set()).add(row["action"])
        here = {row["thing"] for row in self.ground.rows("pages/area-links", area=str(self.ground.area))}
        ordered = sorted(rows, key=lambda row: (row["case"] not in here, -len(shared[row["case"]]), str(row["part"])))
        seen: set[object] = set()
        counts = {"lesson": _LESSONS, "claim": _CLAIMS}
        for row in ordered:
            kind, key = str(row["kind"]), (row["case"], row["kind"], row["theme"])
            if key in seen or row["part"] in seen or not counts[kind]:
                continue
            seen |= {key, row["part"]}
            counts[kind] -= 1
            fact = self.ground.fact(str(row["title"]), row["part"], "plans/lessons", row["basis"], **values)
            name = f"risk.{str(row['part']).rsplit('/', 1)[-1].replace('#', '.')}"
            yield self.ground.state(name, f"risk_{kind}", [fact], stance="caution", row=row, mark=mark_of(row["basis"]))

    def _references(self) -> Body:
        rows = tuple(
            (Cell(text=fact.label, iri=fact.iri),)
            for fact in sorted(self.ground.used.values(), key=lambda one: one.label)
        )
        asked = self.ground.fact("", "", "calculator/sources")
        grid = Grid(caption=self.ground.say("sources_table"), columns=("Source",), rows=rows, facts=(asked,))
        return Body(grids=[grid] if rows else [], answered=(2, 3))
