"""The part of the benefits map that is asked for, and its lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from wsic_graph.charts import Style
from wsic_graph.mapped.model import JUDGED, Benefit, BenefitsMap, Link, Relation, Thing

LAYERS = ("enabler", "intervention", "outcome", "benefit", "objective")
"""The layers from left to right, named as the kinds of what stands in them."""


@dataclass(frozen=True)
class Chosen:
    """What the map is narrowed by: last parts of IRIs, empty for all. ``focus`` is ``outcome/falls``, for instance."""

    care_group: str = ""
    benefit: str = ""
    sector: str = ""
    intervention: str = ""
    grade: str = ""
    focus: str = ""
    all_links: bool = False
    """Whether links count that no figure of the default run rests on."""


@dataclass(frozen=True)
class Line:
    """A line of the map in front of layer ``layer`` + 1, with the links or the relation it stands for."""

    layer: int
    source: Thing
    target: Thing
    style: Style = "leads"
    links: tuple[Link, ...] = ()
    relation: Relation | None = None
    value: Decimal | None = None
    """Pounds, in a picture of money."""


@dataclass(frozen=True)
class Shown:
    """What passes: links, whether or not they are drawn, benefits, and the lines between everything drawn."""

    links: tuple[Link, ...]
    drawn: tuple[Link, ...]
    benefits: tuple[Benefit, ...]
    lines: tuple[Line, ...]
    focus: Thing | None = None
    unknown: tuple[str, ...] = field(default=())
    """What was asked for and is not on the map, in words."""

    def of(self, layer: int) -> tuple[Thing, ...]:
        """What stands in a layer, by name."""
        found = {line.source for line in self.lines if line.layer == layer}
        found |= {line.target for line in self.lines if line.layer == layer - 1}
        return tuple(sorted(found, key=lambda thing: (thing.label, thing.iri)))

    def benefits_of(self, outcome: Thing) -> list[Thing]:
        """The benefits that an outcome measures."""
        return [item.thing for item in self.benefits if outcome in item.outcomes]


def narrowed(whole: BenefitsMap, chosen: Chosen) -> Shown:
    """The part of the map that ``chosen`` asks for. What is not known gives an empty part and says so."""
    focus, unknown = _focus(whole, chosen.focus)
    for value, known, words in (
        (chosen.care_group, [thing.iri.slug for thing in whole.groups], "care group"),
        (chosen.benefit, [item.thing.iri.slug for item in whole.benefits], "benefit"),
        (chosen.sector, [thing.iri.slug for thing in whole.sectors], "sector"),
        (chosen.intervention, [thing.iri.slug for thing in whole.interventions], "intervention"),
        (chosen.grade, [str(grade) for grade in range(1, 7)], "grade"),
    ):
        if value and value not in known:
            unknown.append(f"There is no {words} “{value[:60]}” on the map.")
    benefits = [item for item in whole.benefits if _fits(item, chosen)]
    outcomes = {thing.iri for item in benefits for thing in item.outcomes}
    money = bool(chosen.benefit or chosen.sector)
    links = [
        link
        for link in whole.links
        if chosen.care_group in ("", link.group.iri.slug)
        and chosen.intervention in ("", link.intervention.iri.slug)
        and (not chosen.grade or str(link.grade) <= chosen.grade)
        and (not money or link.outcome.iri in outcomes)
    ]
    needs: Sequence[Relation] = whole.needs
    if unknown:
        links, benefits = [], []
    elif focus:
        links, benefits, needs = _through(focus, links, benefits, needs)
    drawn = [link for link in links if chosen.all_links or link.status.iri.slug in JUDGED]
    lines = lines_of(drawn, benefits, needs, focus)
    return Shown(tuple(links), tuple(drawn), tuple(benefits), lines, focus, tuple(unknown))


def _focus(whole: BenefitsMap, text: str) -> tuple[Thing | None, list[str]]:
    if not text:
        return None, []
    kind, _, slug = text.partition("/")
    found = next((thing for iri, thing in whole.things.items() if (iri.kind, iri.slug) == (kind, slug)), None)
    return found, [] if found else [f"There is no “{text[:60]}” on the map."]


def _fits(item: Benefit, chosen: Chosen) -> bool:
    sector = item.sector.iri.slug if item.sector else None
    return chosen.benefit in ("", item.thing.iri.slug) and chosen.sector in ("", sector)


def _through(
    focus: Thing, links: list[Link], benefits: list[Benefit], needs: Sequence[Relation]
) -> tuple[list[Link], list[Benefit], Sequence[Relation]]:
    """What lies on a path through ``focus``."""
    kind = focus.iri.kind
    if kind == "intervention":
        return [link for link in links if link.intervention == focus], benefits, needs
    if kind == "outcome":
        return [link for link in links if link.outcome == focus], benefits, needs
    if kind == "enabler":
        needs = [one for one in needs if one.object == focus]
        wanting = {one.subject for one in needs}
        return [link for link in links if link.intervention in wanting], benefits, needs
    if kind == "objective":
        benefits = [replace(item, objectives=(focus,)) for item in benefits if focus in item.objectives]
    else:
        benefits = [item for item in benefits if item.thing == focus]
    outcomes = {thing for item in benefits for thing in item.outcomes}
    return [link for link in links if link.outcome in outcomes], benefits, needs


def lines_of(
    links: Sequence[Link], benefits: Sequence[Benefit], needs: Iterable[Relation], focus: Thing | None = None
) -> tuple[Line, ...]:
    """The lines of ``links``, of the enablers that their interventions need, and of the benefits they lead to."""
    interventions = {link.intervention for link in links}
    if focus and focus.iri.kind == "intervention":
        interventions.add(focus)
    lines = [Line(0, one.object, one.subject, "needs", relation=one) for one in needs if one.subject in interventions]
    together: dict[tuple[Thing, Thing, Style], list[Link]] = {}
    for link in links:
        together.setdefault((link.intervention, link.outcome, link.style), []).append(link)
    lines += [Line(1, *key[:2], key[2], tuple(found)) for key, found in together.items()]
    outcomes = {link.outcome for link in links}
    for item in benefits:
        measured = [outcome for outcome in item.outcomes if outcome in outcomes]
        lines += [Line(2, outcome, item.thing) for outcome in measured]
        lines += [Line(3, item.thing, objective) for objective in item.objectives if measured]
    return tuple(lines)
