"""Quick mode: from an area and a choice of interventions to a complete scenario, with nothing else typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, cast

from wsic_graph.calculator.fields import LONGEST_HORIZON
from wsic_graph.calculator.scenario import SEED
from wsic_graph.errors import ParameterError
from wsic_graph.namespaces import SCHEME
from wsic_graph.prefill.activity import Activity
from wsic_graph.prefill.admission import STANDARDS, VALUATIONS, Admitted, Policy, Standard, Valuation, admit
from wsic_graph.prefill.cases import Case, read_case
from wsic_graph.prefill.draft import Choice, Draft
from wsic_graph.prefill.effects import effect_of
from wsic_graph.prefill.estimates import estimates
from wsic_graph.prefill.facts import Facts, Place, Rows
from wsic_graph.prefill.finish import finish
from wsic_graph.prefill.model import Gap, Prefilled, Verdict
from wsic_graph.prefill.numbers import Asked, Number
from wsic_graph.prefill.outcomes import outcomes_of, words_of
from wsic_graph.prefill.people import People
from wsic_graph.prefill.prices import INDEX, Prices, index
from wsic_graph.prefill.services import service_of, shared_cost

MOST_INTERVENTIONS = 40
"""As many as a scenario may have."""


@dataclass(frozen=True)
class Listed:
    """An intervention of the graph."""

    slug: str
    label: str
    narrower: tuple[str, ...]


def quick(door_rows: Rows, area: str, **chosen: Any) -> Prefilled:
    """A complete scenario for ``area``, with the origin of every number; ``chosen`` are the fields of ``Choice``.

    ``door_rows`` asks a saved query by name. Raises ``ParameterError``, which names the field, for a choice that is
    not in the graph, and what ``door_rows`` raises.
    """
    choice = Choice(area, **chosen)
    _check(choice)
    facts = Facts(door_rows)
    place = facts.place(area)
    people = People(facts, place)
    segment = people.segment(choice.cohort, choice.persons)
    case = read_case(facts, people, choice.value_case) if choice.value_case else None
    listed = _listed(facts)
    wanted = _wanted(choice, case, listed)
    money = index(facts)
    draft = Draft(facts, choice, place, people, segment, Activity(people, segment), Prices(people), case, money.base)
    services = [_service(draft, listed[slug]) for slug in wanted]
    _known_effects(draft)
    costs = [shared_cost(item) for item in case.costs] if case else []
    used: list[str] = sorted({effect["outcome"] for service in services for effect in service["effects"]})
    tree: dict[str, Any] = {
        "title": _title(place, case),
        "settings": settings_of(choice, money.base),
        "segments": [{"id": segment.id, "population": segment.population}],
        "outcomes": (outcomes := outcomes_of(draft, used)),
        "interventions": [*services, *costs],
    }
    priced = [*outcomes, *(part["cost"] for part in (*services, *costs))]
    first = min((str(part["price_year"]) for part in priced if "price_year" in part), default=money.base)
    needed = {year: change for year, change in money.changes.items() if year > first}
    tree["indices"] = {INDEX: needed or {money.base: money.changes[money.base]}}
    if choice.overlaps:
        tree["overlap_groups"] = _overlaps(choice, services)
    _paid(choice, (*services, *costs), draft)
    _explain(draft, services)
    return finish(tree, choice.overrides, draft.notes, draft.gaps, draft.verdicts)


def _check(choice: Choice) -> None:
    horizon = choice.horizon
    if isinstance(horizon, bool) or not isinstance(horizon, int) or not 1 <= horizon <= LONGEST_HORIZON:
        raise ParameterError("horizon", f"{horizon!r} is not a number of years from 1 to {LONGEST_HORIZON}")
    closed: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("evidence", choice.evidence, STANDARDS),
        ("valuation", choice.valuation, VALUATIONS),
    )
    for name, value, known in closed:
        if value not in known:
            raise ParameterError(name, f"{str(value)[:40]!r} is not one of: {', '.join(known)}")
    if not choice.interventions and not choice.value_case:
        raise ParameterError("interventions", "is empty; choose a value case or at least one intervention")
    if len(choice.interventions) > MOST_INTERVENTIONS:
        raise ParameterError(
            "interventions", f"are {len(choice.interventions)}; at most {MOST_INTERVENTIONS} are taken"
        )


def _listed(facts: Facts) -> dict[str, Listed]:
    found = facts.rows("calculator/interventions")
    narrower: dict[str, list[str]] = {}
    for row in found:
        if row["broader"]:
            narrower.setdefault(row["broader"].slug, []).append(row["intervention"].slug)
    return {
        row["intervention"].slug: Listed(
            row["intervention"].slug, str(row["label"]), tuple(narrower.get(row["intervention"].slug, ()))
        )
        for row in found
    }


def _wanted(choice: Choice, case: Case | None, listed: Mapping[str, Listed]) -> list[str]:
    """The interventions chosen, else those of the value case, each once."""
    named = [str(name).removeprefix("intervention:").rsplit("/", 1)[-1] for name in choice.interventions]
    for name in named:
        if name not in listed:
            close = tuple(get_close_matches(name[:60], listed, n=3))
            hint = f"near it: {', '.join(close)}" if close else f"there are {len(listed)}, for example reablement"
            raise ParameterError(
                "interventions", f"{name[:60]!r} is not an intervention of the graph; {hint}", name, close
            )
    found = list(dict.fromkeys(named or (case.interventions if case else ())))
    if not found:
        raise ParameterError("value_case", "describes no intervention; choose interventions yourself")
    return found


def _title(place: Place, case: Case | None) -> str:
    return f"{case.title} in {place.label}" if case else f"{place.label}: your choice of interventions"


def settings_of(choice: Choice, base: str) -> dict[str, Any]:
    """Years, discount rate and price year of a scenario."""
    green_book = (
        "The Green Book discounts money at 3.5 per cent a year; recalled, for the graph does not hold it. The first "
        "year is not discounted."
    )
    draws = "As many simulations as keep the error of a chance below half a point in a hundred."
    seed = "Where the random numbers begin: the same seed gives the same answer."
    together = "How far uncertain effects go up and down together: a convention; try 0 and 0.6."
    return {
        "horizon": Number.convention(choice.horizon, "years", "Chosen, or five years.").named("Years of the run"),
        "discount_rate": replace(
            Number.convention("0.035", "share a year", green_book), label="Discount rate", mark="recalled"
        ),
        "base_price_year": base,
        "draws": Number.convention(10_000, "simulations", draws).named("Simulations"),
        "seed": Number.convention(SEED, "seed", seed).named("Seed of the simulations"),
        "correlation": Number.convention("0.3", "share", together).named("Correlation of the effects"),
        **({} if choice.optimism else {"optimism": False}),
    }


def _overlaps(choice: Choice, services: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A group for each outcome of which you say how far the services that work on it do the same."""
    groups = []
    for name, share in choice.overlaps.items():
        members = [part["id"] for part in services if any(effect["outcome"] == name for effect in part["effects"])]
        if len(members) < 2:
            words = f"{name[:60]!r} is no outcome on which several of the services chosen work"
            raise ParameterError("overlaps", words, name[:60])
        groups.append({"members": members, "redundancy": share, "outcomes": [name]})
    return groups


def _paid(choice: Choice, parts: Iterable[dict[str, Any]], draft: Draft) -> None:
    """Who pays, as far as you say."""
    for part in parts:
        if choice.payers:
            part["cost"]["payer_split"] = dict(choice.payers)
    if not choice.payers:
        words = "Who pays for the programme is not in the graph; until you say so, its cost stands against no sector."
        draft.gaps.append(Gap("payer", "programme", words))


def _service(draft: Draft, listed: Listed) -> dict[str, Any]:
    """One intervention with its effects, and what became of every estimate in the notes of the draft."""
    choice = draft.choice
    iri = f"{SCHEME}intervention/{listed.slug}"
    found = estimates(draft.facts, iri)
    policy = Policy(
        cast(Standard, choice.evidence),
        choice.recalled,
        cast(Valuation, choice.valuation),
        choice.deadweight,
        choice.prefer,
        lambda outcome: draft.activity.baseline(outcome) is not None,
    )
    admitted = admit(found, policy, choice.horizon)
    asked = Asked("calculator/effects", (("intervention", iri),))
    if not found:
        words = "No usable figure was found for it, so it has no effect here."
        if listed.narrower:
            words += f" Narrower ones may have: {', '.join(listed.narrower)}."
        draft.verdicts.append(Verdict(listed.slug, listed.label, None, None, "", False, words, asked=asked))
    for one in admitted:
        draft.verdicts.append(_verdict(draft, listed, one, asked))
        if one.waiting:
            words = f"{one.estimate.outcome_label}: uncontrolled; give the share that would have happened anyway."
            draft.gaps.append(Gap("deadweight", one.estimate.slug, words))
    before = {one.early.iri for one in admitted if one.early}
    used = [one for one in admitted if one.used and one.estimate.iri not in before]
    effects = [effect_of(draft, one) for one in used]
    return service_of(draft, listed.slug, listed.label, effects)


def _known_effects(draft: Draft) -> None:
    """Raises ``ParameterError`` for a choice about an effect that the chosen interventions do not have."""
    known = sorted(str(one.effect).rsplit("/", 1)[-1] for one in draft.verdicts if one.effect)
    for name, given in (("deadweight", draft.choice.deadweight), ("prefer", draft.choice.prefer)):
        for slug in given:
            if slug not in known:
                close = tuple(get_close_matches(str(slug)[:100], known, n=3))
                words = f"{str(slug)[:100]!r} is not an effect of the interventions chosen"
                raise ParameterError(name, f"{words}; near it: {', '.join(close) or 'none'}", str(slug)[:100], close)


def _verdict(draft: Draft, listed: Listed, one: Admitted, asked: Asked) -> Verdict:
    estimate = one.estimate
    return Verdict(
        intervention=listed.slug,
        label=listed.label,
        effect=estimate.iri,
        outcome=estimate.outcome,
        applies_to=estimate.applies_to,
        used=one.used,
        reason=one.reason,
        change=estimate.change.value,
        low=estimate.low.value,
        high=estimate.high.value,
        rationale=estimate.rationale,
        recalled=estimate.recalled,
        grade=estimate.grade(draft.now),
        asked=asked,
    )


def _explain(draft: Draft, services: list[dict[str, Any]]) -> None:
    place = draft.place
    if place.ends:
        heirs = ", ".join(f"{kin.label} ({kin.area.rsplit('/', 1)[-1]})" for kin in place.successors)
        draft.notes.append(f"{place.label} ended on {place.ends}; its figures are of its own time. After it: {heirs}.")
    if place.begins and place.predecessors:
        olds = ", ".join(kin.label for kin in place.predecessors)
        draft.notes.append(f"{place.label} began on {place.begins}; older figures are of {olds}, by shares of people.")
    if draft.case:
        draft.notes += draft.case.notes
        if draft.case.costs:
            draft.notes.append(
                "The cost is that of the value case's programme, for the people here; the services have none of their "
                "own, so that none is counted twice. It may have paid for more than these services."
            )
    shared = {effect["outcome"] for part in services for effect in part["effects"]}
    for name in sorted(shared):
        both = [part["id"] for part in services if any(effect["outcome"] == name for effect in part["effects"])]
        if len(both) > 1 and name not in draft.choice.overlaps:
            words = f"{len(both)} services work on {words_of(name)} and are taken to add to each other"
            draft.notes.append(f"{words}; if they do the same job for the same people, say how much of it is the same.")
    if any(effect["scope"] == "participants" for part in services for effect in part["effects"]):
        draft.notes.append(
            "The people a service reaches are taken to use as much as the average of those you chose. They often use "
            "more: choose the people the service is for, or enter your own number and what they use."
        )
    if not shared:
        draft.notes.append("No effect meets the choices made, so the programme changes nothing here and only costs.")
