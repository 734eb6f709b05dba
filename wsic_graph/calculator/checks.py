"""What is wrong with a scenario that no single field shows: names that lead nowhere, shares that do not add up,
benefits that would be counted twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from wsic_graph.calculator.families import NEVER_PRICED, TOTAL, family_of
from wsic_graph.calculator.faults import Fault
from wsic_graph.calculator.prices import PriceError, base_year, factor

if TYPE_CHECKING:
    from wsic_graph.calculator.scenario import Scenario

_TOLERANCE = 1e-9
MOST_WORK = 150_000_000
"""Effects x segments x years x draws of the largest calculation: three times that of twenty interventions on six
outcomes in four segments over ten years with 10,000 draws.
"""
MOST_NUMBERS = 20_000_000
"""Numbers x draws that are held at once: 160 megabytes."""

_MOST_MOVED = 1_000_000
"""By how many times an index may raise or lower prices; more is a mistake, and in the end no number at all."""


def check(scenario: Scenario) -> None:
    """Raises ``PydanticCustomError`` with every fault in its context as ``faults``."""
    found = [*_names(scenario)]
    if not found:  # the rest looks things up by name
        checks = (_size, _shares, _years, _people, _effects, _groups, _families, _prices)
        found = [fault for one in checks for fault in one(scenario)]
    if found:
        raise PydanticCustomError("scenario_whole", "the scenario is not right", {"faults": found})


def _names(scenario: Scenario) -> Iterator[Fault]:
    segments, outcomes, interventions = (
        {item.id for item in part} for part in (scenario.segments, scenario.outcomes, scenario.interventions)
    )
    for name in ("segments", "outcomes", "interventions"):
        for twice, count in Counter(item.id for item in getattr(scenario, name)).items():
            if count > 1:
                yield Fault(name, f"{twice!r} is there {count} times", "a name of its own for each", f"{twice}-2")
    for place, outcome in enumerate(scenario.outcomes):
        at = f"outcomes[{place}]"
        yield from _known(f"{at}.baseline", outcome.baseline, segments, "segment")
        yield from _known(f"{at}.fed_by", outcome.fed_by, outcomes - {outcome.id}, "other outcome")
    for place, intervention in enumerate(scenario.interventions):
        at = f"interventions[{place}]"
        yield from _known(f"{at}.coverage", intervention.coverage, segments, "segment")
        named = [effect.outcome for effect in intervention.effects]
        yield from _known(f"{at}.effects", named, outcomes, "outcome")
        for twice in sorted({name for name in named if named.count(name) > 1}):
            words = f"{intervention.id!r} has more than one effect on {twice!r}"
            yield Fault(f"{at}.effects", words, "one effect for each outcome", twice)
    for place, group in enumerate(scenario.overlap_groups):
        at = f"overlap_groups[{place}]"
        yield from _known(f"{at}.members", group.members, interventions, "intervention")
        yield from _known(f"{at}.outcomes", group.outcomes or (), outcomes, "outcome")
        if len(set(group.members)) < len(group.members):
            yield Fault(f"{at}.members", "an intervention is named twice", "each intervention once", "")


def _known(field: str, names: Iterable[str], known: set[str], what: str) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            among = f"one of these: {', '.join(sorted(known)) or '(there is none)'}"
            yield Fault(field, f"{name!r} is no {what} of this scenario", among, min(known, default=""))


def _size(scenario: Scenario) -> Iterator[Fault]:
    settings, segments = scenario.settings, len(scenario.segments)
    named = Counter(effect.outcome for item in scenario.interventions for effect in item.effects)
    effects = sum(named[name] for outcome in scenario.outcomes for name in (outcome.id, *outcome.fed_by))
    interventions, outcomes = len(scenario.interventions), len(scenario.outcomes)
    numbers = 3 * named.total() + (segments + 5) * interventions + (settings.horizon + 1) * outcomes
    columns = max(settings.draws, 2 * numbers)  # the tornado has two for each number
    work = effects * segments * settings.horizon * columns
    if work > MOST_WORK or numbers * columns > MOST_NUMBERS:
        words = (
            f"{effects} effects in {segments} segments over {settings.horizon} years with {columns:,} draws and limits "
            "are too much for one calculation"
        )
        right = f"fewer draws, segments or effects: their product at most {MOST_WORK:,}"
        yield Fault("settings.draws", words, right, "1000")


def _shares(scenario: Scenario) -> Iterator[Fault]:
    splits: list[tuple[str, Mapping[Any, float] | None]] = []
    for place, outcome in enumerate(scenario.outcomes):
        splits.append((f"outcomes[{place}].sector_split", outcome.sector_split))
    for place, intervention in enumerate(scenario.interventions):
        splits.append((f"interventions[{place}].cost.payer_split", intervention.cost.payer_split))
    for field, split in splits:
        if split is not None and abs(sum(split.values()) - 1) > _TOLERANCE:
            words = f"the shares sum to {sum(split.values()):.10g}"
            yield Fault(field, words, "shares that sum to 1", '{"acute": 0.6, "community": 0.4}')


def _years(scenario: Scenario) -> Iterator[Fault]:
    horizon = scenario.settings.horizon
    lists: list[tuple[str, object]] = []
    for place, outcome in enumerate(scenario.outcomes):
        lists.append((f"outcomes[{place}].cashable", outcome.cashable))
    for place, intervention in enumerate(scenario.interventions):
        lists.append((f"interventions[{place}].ramp", intervention.ramp))
        for number, effect in enumerate(intervention.effects):
            lists.append((f"interventions[{place}].effects[{number}].profile", effect.profile))
    for field, values in lists:
        if isinstance(values, tuple) and len(values) != horizon:
            words = f"the list has {len(values)} values and the run {horizon} years"
            yield Fault(field, words, f"one number, or a list of {horizon}", str(list(values[:1]) * horizon))


def _people(scenario: Scenario) -> Iterator[Fault]:
    for place, intervention in enumerate(scenario.interventions):
        needed = any(effect.scope == "participants" for effect in intervention.effects)
        if needed and not intervention.coverage:
            words = f"{intervention.id!r} has an effect among participants and is offered to nobody"
            right = "the share of each segment that is offered it, or the scope population for an area-level effect"
            yield Fault(f"interventions[{place}].coverage", words, right, f'{{"{scenario.segments[0].id}": 0.5}}')


def _effects(scenario: Scenario) -> Iterator[Fault]:
    for place, intervention in enumerate(scenario.interventions):
        for number, effect in enumerate(intervention.effects):
            at = f"interventions[{place}].effects[{number}]"
            evidence = effect.evidence
            if effect.reduction.limited and effect.reduction.high == 1:
                words = "the upper limit is a reduction of all activity, whose rate ratio of nil has no logarithm"
                yield Fault(f"{at}.reduction", words, "an upper limit below 1", "0.99")
            if evidence is None:
                continue
            if effect.scope == "population" and evidence.measured_on == "participants":
                words = "an effect measured on participants is applied to the whole population"
                right = "the scope participants, with the baseline of the segment that is reached"
                yield Fault(f"{at}.scope", words, right, "participants")
            if evidence.controlled is False and effect.deadweight is None:
                words = "the evidence had no comparison group, so part of the change would have happened anyway"
                yield Fault(f"{at}.deadweight", words, "that part as a share from 0 to 1", "0.5")


def _groups(scenario: Scenario) -> Iterator[Fault]:
    for outcome in scenario.outcomes:
        seen: dict[str, int] = {}
        for place, group in enumerate(scenario.overlap_groups):
            if group.outcomes is not None and outcome.id not in group.outcomes:
                continue
            for member in group.members:
                if member in seen:
                    words = f"{member!r} is also in overlap_groups[{seen[member]}] for {outcome.id!r}"
                    right = "each intervention in at most one group for an outcome; limit the groups with outcomes"
                    yield Fault(f"overlap_groups[{place}].members", words, right, '"outcomes": ["ae-attendances"]')
                seen[member] = place


def _families(scenario: Scenario) -> Iterator[Fault]:
    priced: dict[str, str] = {}
    count = sum(outcome.unit_cost is not None for outcome in scenario.outcomes)
    for place, outcome in enumerate(scenario.outcomes):
        at = f"outcomes[{place}]"
        for feeder in outcome.fed_by:
            if next(item for item in scenario.outcomes if item.id == feeder).unit_cost is not None:
                words = f"{feeder!r} has a unit cost of its own, so its effects would be paid twice"
                yield Fault(
                    f"{at}.fed_by", words, "an outcome without a unit cost", f"remove the unit cost of {feeder}"
                )
        if outcome.unit_cost is None:
            continue
        if outcome.id in NEVER_PRICED:
            words = f"{outcome.id!r} is a benefit to people and is never turned into cash"
            yield Fault(f"{at}.unit_cost", words, "no unit cost for it", "null")
        if outcome.id == TOTAL and count > 1:
            words = "total cost holds the cost of every other priced outcome"
            yield Fault(f"{at}.unit_cost", words, "total cost alone, or the other outcomes without it", "null")
        family = outcome.family or family_of(outcome.id)
        if family is None:
            continue
        if family in priced:
            words = f"{outcome.id!r} and {priced[family]!r} are two prices for the same thing ({family})"
            right = f"a unit cost for one of them; the other can work on it through fed_by of {priced[family]!r}"
            yield Fault(f"{at}.unit_cost", words, right, "null")
        priced.setdefault(family, outcome.id)


def _prices(scenario: Scenario) -> Iterator[Fault]:
    try:
        base = base_year(scenario)
    except PriceError as error:
        yield Fault("settings.base_price_year", str(error), "the year in whose pounds the answer is", "2023/24")
        return
    priced = [(f"outcomes[{place}]", item.price_year, item.index) for place, item in enumerate(scenario.outcomes)]
    priced += [
        (f"interventions[{place}].cost", item.cost.price_year, item.cost.index)
        for place, item in enumerate(scenario.interventions)
    ]
    for at, year, index in priced:
        if index is not None and index not in scenario.indices:
            known = ", ".join(sorted(scenario.indices)) or "there is none"
            yield Fault(f"{at}.index", f"{index!r} is no index of this scenario", f"one of indices: {known}", "")
            continue
        if year is None or base is None or year == base:
            continue
        if index is None:
            words = f"prices of {year} need an index to become prices of {base}"
            yield Fault(f"{at}.index", words, f"one of indices: {', '.join(sorted(scenario.indices)) or 'none'}", "")
            continue
        try:
            moved = factor(year, base, scenario.indices[index])
        except PriceError as error:
            yield Fault(f"indices.{index}", str(error), "the price change of every year between", '{"2022/23": 0.0732}')
            continue
        if not 1 / _MOST_MOVED <= moved <= _MOST_MOVED:
            words = f"it makes one pound of {year} into {moved:.3g} of {base}"
            yield Fault(f"indices.{index}", words, f"changes that move prices by {_MOST_MOVED:,} times at most", "")
