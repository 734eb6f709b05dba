"""The programme of a plan: what each intervention is, the evidence for and against it, and what it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from wsic_graph.answers import Row
from wsic_graph.mapped.model import BenefitsMap, Link, Relation
from wsic_graph.namespaces import PREFIXES, SCHEME
from wsic_graph.plans.ground import Ground, mark_of
from wsic_graph.plans.model import Blank, Cell, Effect, Fact, Grid, Stance, Statement

MOST = 3
"""Effects told of each kind for one intervention; the others are counted."""
LEVELS = ("high", "moderate", "low", "very-low")
"""Strengths of evidence, the strongest first."""
_STANCES: dict[str, Stance] = {"improves": "for", "no-clear-effect": "null", "worsens": "against", "mixed": "caution"}
_DEFINITION = f"{PREFIXES['skos']}definition"


@dataclass
class Programme:
    """The interventions of a plan with what the benefits map says of them."""

    ground: Ground
    whole: BenefitsMap
    interventions: Sequence[str]
    groups: Sequence[str]
    """Care groups that the plan is for; all if there is none."""

    @cached_property
    def labels(self) -> dict[str, str]:
        """What the interventions are called."""
        found = {row["intervention"]: str(row["label"]) for row in self.ground.rows("calculator/interventions")}
        return {str(iri).rsplit("/", 1)[-1]: label for iri, label in found.items()}

    def links(self, intervention: str) -> list[Link]:
        """The links of one intervention, each effect once, the strongest evidence first."""
        found: dict[object, Link] = {}
        mine = [link for link in self.whole.links if link.intervention.iri.slug == intervention]
        for link in sorted(mine, key=self._order):
            found.setdefault(link.effect or link.iri, link)
        return list(found.values())

    def _order(self, link: Link) -> tuple[int, bool, int, str]:
        level = LEVELS.index(link.level.slug) if link.level.slug in LEVELS else len(LEVELS)
        return level, link.group.iri.slug not in self.groups, link.grade, str(link.iri)

    @cached_property
    def _rationales(self) -> dict[str, str]:
        """Why an effect estimate is what it is."""
        return {str(row["effect"]): str(row["rationale"]) for row in self.ground.rows("pages/concept-effects")}

    # ----------------------------------------------------------- evidence

    def evidence(self) -> tuple[list[Statement], list[Grid]]:
        """What is known for and against each intervention, and how the findings split."""
        statements: list[Statement] = []
        rows = []
        for name in self.interventions:
            findings = self.ground.rows("pages/findings", intervention=name)
            split = Counter(str(row["direction"]).rsplit("/", 1)[-1] for row in findings if row["direction"])
            statements += self._about(name, findings, split)
            rows.append(self._row(name, split, findings))
        asked = tuple(
            self.ground.fact(self.labels[name], "", "pages/findings", intervention=name) for name in self.interventions
        )
        columns = ("Intervention", "Better", "No clear effect", "Mixed", "Worse", "Strongest study")
        grid = Grid(caption=self.ground.say("evidence_table"), columns=columns, rows=tuple(rows), facts=asked)
        return statements, [grid] if rows else []

    def _row(self, name: str, split: Counter[str], findings: Sequence[Row]) -> tuple[Cell, ...]:
        levels = {str(row["level"]).rsplit("/", 1)[-1] for row in findings}
        best = next((level for level in LEVELS if level in levels), "")
        counts = (split[slug] for slug in ("improves", "no-clear-effect", "mixed", "worsens"))
        return (
            Cell(text=self.labels[name], iri=self.ground.concept("intervention", name)),
            *(Cell(text=str(count), number=True) for count in counts),
            Cell(text=self.ground.say("level", slug=best), mark=best),
        )

    def _about(self, name: str, findings: Sequence[Row], split: Counter[str]) -> Iterator[Statement]:
        label, iri = self.labels[name], self.ground.concept("intervention", name)
        asked = self.ground.fact(
            self.ground.say("findings_fact", label=label), iri, "pages/findings", intervention=name
        )
        yield self.ground.state(
            f"evidence.{name}", "evidence_split", [asked], mark="", label=label, split=split, count=len(findings)
        )
        told: Counter[Stance] = Counter()
        links = [link for link in self.links(name) if link.change is not None and link.direction.slug in _STANCES]
        for link in links:
            stance = _STANCES[link.direction.slug]
            told[stance] += 1
            if told[stance] <= MOST:
                yield self._effect(name, link, stance)
        if not links:
            yield self.ground.state(
                f"evidence.{name}.none", "evidence_none", [asked], mark="", stance="none", label=label
            )

    def _effect(self, name: str, link: Link, stance: Stance) -> Statement:
        return self.ground.state(
            f"evidence.{name}.{link.iri.slug}", "effect", self.facts(link), stance=stance,
            label=self.labels[name], link=link, why=self._rationales.get(str(link.effect), ""),
        )  # fmt: skip

    def facts(self, link: Link) -> list[Fact]:
        """What a link rests on: the effect estimate and the studies behind it."""
        iri = self.ground.concept("intervention", link.intervention.iri.slug)
        found = [
            self.ground.fact(
                self.ground.say("effect_fact", link=link), link.effect or link.iri, "calculator/effects", link.basis,
                intervention=iri,
            )
        ]  # fmt: skip
        for item in link.evidence:
            self.ground.use(item.source)
            label = f"{self.ground.cited(item.source)}: {item.description}"
            found.append(self.ground.fact(label, item.finding, "benefits_map/evidence", item.basis))
        return found

    def effects(self) -> tuple[Effect, ...]:
        """What the evidence says of every pair of intervention and outcome, for the checks."""
        names = {
            row["concept"]: tuple(str(row["altLabels"] or "").split(" | "))
            for row in self.ground.rows("ontology/scheme", scheme=f"{SCHEME}outcome")
        }
        found: dict[tuple[str, str], Effect] = {}
        for name in self.interventions:
            for link in self.links(name):
                says = link.direction.slug if link.direction.slug in ("improves", "worsens") else "no-clear-effect"
                key = (name, link.outcome.iri.slug)
                if key not in found and link.change is not None:
                    found[key] = Effect(
                        intervention=name,
                        intervention_label=self.labels[name],
                        outcome=link.outcome.iri.slug,
                        outcome_label=link.outcome.label,
                        outcome_names=names.get(link.outcome.iri, ()),
                        says=says,
                        level=link.level.slug,
                        iri=str(link.effect or link.iri),
                    )
        return tuple(found.values())

    # ------------------------------------------------------------ schemes

    def schemes(self) -> tuple[list[Statement], list[Blank]]:
        """What each intervention is, what it leans on and what it may double, with what only local people know."""
        statements, blanks = [], []
        for name in self.interventions:
            label, iri = self.labels[name], self.ground.concept("intervention", name)
            done = list(self.ground.rows("pages/initiatives", intervention=name))
            fact = self.ground.fact(
                self.ground.say("initiatives_fact", label=label), iri, "pages/initiatives", intervention=name
            )
            statements.append(
                self.ground.state(
                    f"scheme.{name}", "scheme", [fact], mark="", label=label, groups=self._groups(), done=len(done),
                    definition=self._definition(iri),
                )
            )  # fmt: skip
            blanks.append(
                self.ground.blank(f"scheme.{name}", self.ground.say("ask_scheme", label=label), "commissioner")
            )
        return [*statements, *self.relations(("dependsOn", "substitutesFor", "reinforces"))], blanks

    def _definition(self, iri: str) -> str:
        rows = self.ground.rows("ontology/concept", concept=iri)
        return next((str(row["value"]) for row in rows if str(row["property"]) == _DEFINITION), "")

    def _groups(self) -> list[str]:
        labels = {thing.iri.slug: thing.label for thing in self.whole.groups}
        return [labels.get(slug, slug) for slug in self.groups]

    def enablers(self) -> tuple[list[Statement], list[Blank]]:
        """The enablers that the programme requires, each with guidance on it."""
        needs = [one for one in self.whole.needs if one.subject.iri.slug in self.interventions]
        blanks = [
            self.ground.blank(f"enabler.{slug}", self.ground.say("ask_enabler", label=label), "programme", slug)
            for slug, label in sorted({(one.object.iri.slug, one.object.label) for one in needs})
        ]
        return self.relations(("requiresEnabler",)), blanks

    def relations(self, kinds: Iterable[str]) -> list[Statement]:
        """The relations of those kinds among the interventions of the plan, and to what they lean on."""
        wanted = set(kinds)
        found = []
        for one in self.whole.relations:
            kind = one.predicate.iri.part
            inside = one.subject.iri.slug in self.interventions
            both = inside and one.object.iri.slug in self.interventions
            if kind in wanted and (inside if kind in ("requiresEnabler", "dependsOn") else both):
                found.append(self._relation(one, both))
        return found

    def _relation(self, one: Relation, both: bool) -> Statement:
        fact = self.ground.fact(
            self.ground.say("relation_fact", one=one), one.records[0] if one.records else one.subject.iri,
            "benefits_map/relations", one.basis,
        )  # fmt: skip
        kind = one.predicate.iri.part
        stance: Stance = "caution" if kind == "substitutesFor" or (kind == "dependsOn" and not both) else ""
        name = f"relation.{kind}.{one.subject.iri.slug}.{one.object.iri.slug}"
        return self.ground.state(
            name, "relation", [fact], stance=stance, mark=mark_of(one.basis), one=one, kind=kind, both=both
        )
