"""Existing services on the benefits map: what is covered, what is missing, what leads nowhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from wsic_graph.answers import Iri
from wsic_graph.existing.check import Result
from wsic_graph.mapped.model import COUNTED, JUDGED, BenefitsMap, Link, Thing
from wsic_graph.mapped.narrow import LAYERS, lines_of
from wsic_graph.mapped.picture import Addresses, Drawn, Mark, draw_dependencies, per_cent
from wsic_graph.namespaces import SCHEME
from wsic_graph.service.links import address, page_of

_ONE = Decimal(1)


def draw(whole: BenefitsMap, result: Result, site: str = "") -> Drawn:
    """The part of the map that leads to the agreed benefits, with what is delivered."""
    situation = result.situation
    benefits = [item for item in whole.benefits if item.thing.iri.slug in situation.benefits]
    outcomes = {thing for item in benefits for thing in item.outcomes}
    reached = coverage(result)
    links = [
        link
        for link in whole.links
        if link.outcome in outcomes
        and situation.people in ("", link.group.iri.slug)
        and (link.status.iri.slug == COUNTED or (_cell(link) in reached and link.status.iri.slug in JUDGED))
    ]
    delivered = {one.intervention for one in situation.services}
    needs = [one for one in whole.needs if one.subject.iri.slug in delivered]
    lines = lines_of(links, benefits, needs)
    drawn = {link.intervention for link in links}
    alone = [
        (LAYERS.index("intervention"), thing)
        for thing in map(whole.things.get, {Iri(f"{SCHEME}intervention/{slug}") for slug in delivered})
        if thing and thing not in drawn
    ]
    alone += [(LAYERS.index("benefit"), item.thing) for item in benefits]
    marks = _interventions(links, alone, result) | _benefits(result) | _enablers(whole, result)
    words = (
        "Existing services on the benefits map",
        "As the map of what leads to what; a box is filled from below as far as it is covered, and says how far. "
        "The tables have the same.",
    )
    addresses = Addresses(
        lambda thing: site + address("/benefits-map", focus=f"{thing.iri.kind}/{thing.iri.slug}"),
        lambda line: (
            site + (page_of(line.relation.iri if line.relation else line.links[0].iri) or "")
            if line.relation or line.links
            else ""
        ),
    )
    return draw_dependencies(lines, words, addresses, marks=marks, more=alone)


def coverage(result: Result) -> dict[tuple[str, str], Decimal]:
    """By intervention and care group, the share of the people that services reach together, 1 at most."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in result.situation.services:
        found[one.intervention, one.care_group] += Decimal(one.coverage)
    return {cell: min(value, _ONE) for cell, value in found.items()}


def _cell(link: Link) -> tuple[str, str]:
    return link.intervention.iri.slug, link.group.iri.slug


def _interventions(links: list[Link], alone: list[tuple[int, Thing]], result: Result) -> dict[Iri, Mark]:
    reached = coverage(result)
    counts = Counter(one.intervention for one in result.situation.services)
    twice = {str(group.first["by"]) for group in result.duplication}
    found: dict[Iri, Mark] = {}
    for thing in {link.intervention for link in links}:
        mine = [link for link in links if link.intervention == thing and link.share is not None]
        total = sum((link.share or Decimal(0) for link in mine), Decimal(0))
        there = bool(counts[thing.iri.slug])
        if not total:
            found[thing.iri] = Mark("delivered, no effect counted", None, "extra")
            continue
        share = sum(((link.share or Decimal(0)) * reached.get(_cell(link), Decimal(0)) for link in mine), Decimal(0))
        covered = share / total
        words = f"covered {per_cent(covered)}" if there else "gap: not provided"
        if thing.iri in twice:
            words += f", {counts[thing.iri.slug]} services"
        found[thing.iri] = Mark(words, float(covered), "plain" if covered else "gap")
    for layer, thing in alone:
        if LAYERS[layer] == "intervention":
            found[thing.iri] = Mark("leads to no agreed benefit", None, "extra")
    return found


def _benefits(result: Result) -> dict[Iri, Mark]:
    found = {}
    for item in result.covered:
        if item.share is None:
            found[item.benefit] = Mark("nothing known to count", None, "gap")
        else:
            words = "unmet" if item.unmet else f"covered {per_cent(item.share)}"
            found[item.benefit] = Mark(words, float(item.share), "gap" if item.unmet else "plain")
    return found


def _enablers(whole: BenefitsMap, result: Result) -> dict[Iri, Mark]:
    there = {f"{SCHEME}enabler/{slug}" for slug in result.situation.enablers}
    found = {}
    for one in whole.needs:
        in_place = one.object.iri in there
        found[one.object.iri] = Mark("in place" if in_place else "missing", None, "plain" if in_place else "gap")
    return found
