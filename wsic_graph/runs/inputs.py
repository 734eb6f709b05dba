"""Every number that goes into a run, each once: what it is, its limits, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from wsic_graph.calculator.fields import Estimate
from wsic_graph.calculator.grades import correction
from wsic_graph.calculator.scenario import UNALLOCATED, Effect, Intervention, Outcome, Scenario, Sector
from wsic_graph.prefill import Assumption, Prefilled
from wsic_graph.prefill.pointers import pointer
from wsic_graph.runs.site import Names

_SHARE, _YEARLY = "share", "share a year"
DEFAULT = "default of the calculator"
"""The origin of a number that the scenario leaves out."""


@dataclass(frozen=True)
class Input:
    """One number; ``pointer`` is its JSON pointer (RFC 6901) into the scenario."""

    pointer: str
    label: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    note: str = ""
    """Where it comes from if no assumption says so."""
    assumption: Assumption | None = None


def inputs_of(scenario: Scenario, prefilled: Prefilled | None, name: Names) -> list[tuple[str, list[Input]]]:
    """The inputs of ``scenario`` in groups with a heading, each with its assumption if it was filled in."""
    known = {item.key: item for item in prefilled.assumptions} if prefilled else {}
    groups = [
        ("Settings", list(_settings(scenario))),
        ("Price changes on the year before", list(_indices(scenario, name))),
    ]
    groups.append(
        (
            "People",
            [
                _plain(f"/segments/{n}/population", f"Persons: {name(part.id)}", part.population, "persons")
                for n, part in enumerate(scenario.segments)
            ],
        )
    )
    groups += [(f"Outcome: {name(item.id)}", list(_outcome(n, item, name))) for n, item in enumerate(scenario.outcomes)]
    groups += [
        (f"Intervention: {name(item.id)}", list(_intervention(n, item, scenario, name)))
        for n, item in enumerate(scenario.interventions)
    ]
    groups.append(
        (
            "Overlap",
            [
                _plain(
                    f"/overlap_groups/{n}/redundancy",
                    f"Redundancy of {', '.join(name(member) for member in group.members)}",
                    group.redundancy,
                    _SHARE,
                )
                for n, group in enumerate(scenario.overlap_groups)
            ],
        )
    )
    return [(title, [_explained(item, known) for item in items]) for title, items in groups if items]


def split_of(given: Mapping[Sector, float] | None) -> dict[str, float]:
    """The shares of the sectors; all unallocated where none are given."""
    return {str(sector): share for sector, share in (given or {}).items()} or {UNALLOCATED: 1.0}


def _explained(item: Input, known: dict[str, Assumption]) -> Input:
    """The assumption of the number itself, of its central value, or of the list or object that holds it."""
    for key in (item.pointer, f"{item.pointer}/central", item.pointer.rpartition("/")[0]):
        if key in known:
            return replace(item, assumption=known[key])
    return item


def _plain(pointer: str, label: str, value: float, unit: str, note: str = "") -> Input:
    return Input(pointer, label, value, unit, note=note)


def _estimate(pointer: str, label: str, value: Estimate, unit: str, note: str = "") -> Input:
    return Input(pointer, label, value.central, unit, value.low, value.high, note)


def _yearly(pointer: str, label: str, value: float | Estimate | tuple[float, ...]) -> Iterator[Input]:
    if isinstance(value, tuple):
        for year, share in enumerate(value):
            yield _plain(f"{pointer}/{year}", f"{label}, year {year + 1}", share, _SHARE)
    elif isinstance(value, Estimate):
        yield _estimate(pointer, f"{label}, every year", value, _SHARE)
    else:
        yield _plain(pointer, f"{label}, every year", value, _SHARE)


def _settings(scenario: Scenario) -> Iterator[Input]:
    settings = scenario.settings
    yield _plain("/settings/discount_rate", "Discount rate of money", settings.discount_rate, _YEARLY)
    words = "Years by which the first year is discounted"
    yield _plain("/settings/first_year_exponent", words, settings.first_year_exponent, "years")
    words = "Correction for optimism: 1 applied, 0 switched off"
    yield _plain("/settings/optimism", words, float(settings.optimism), "1 or 0")
    if any(outcome.id == "quality-of-life" for outcome in scenario.outcomes):
        words = "Discount rate of quality-adjusted life years"
        yield _plain("/settings/quality_discount_rate", words, settings.quality_discount_rate, _YEARLY)


def _indices(scenario: Scenario, name: Names) -> Iterator[Input]:
    for index, changes in scenario.indices.items():
        for year, change in sorted(changes.items()):
            yield _plain(pointer("indices", index, year), f"{name(index)}, {year}", change, _YEARLY)


def _outcome(number: int, item: Outcome, name: Names) -> Iterator[Input]:
    at, what = f"/outcomes/{number}", name(item.id)
    if item.unit_cost is not None:
        unit = f"pounds of {item.price_year}" if item.price_year else "pounds"
        yield _estimate(f"{at}/unit_cost", f"Cost of a unit of {what}", item.unit_cost, f"{unit} per unit")
        for sector, share in split_of(item.sector_split).items():
            yield _plain(
                f"{at}/sector_split/{sector}", f"Share of the value that falls to {name(sector)}", share, _SHARE
            )
    yield from _yearly(f"{at}/cashable", f"Share of {what} that becomes cash", item.cashable)
    yield _plain(f"{at}/growth", f"Growth of {what} without the programme", item.growth, _YEARLY)
    yield _plain(f"{at}/ceiling", f"Most of {what} that can be avoided", item.ceiling, _SHARE)
    if item.occupancy is not None:
        yield _plain(f"{at}/occupancy", "Bed occupancy", item.occupancy, _SHARE)
    for segment, units in item.baseline.items():
        yield _plain(at + pointer("baseline", segment), f"{name(segment)}: {what} in year 1", units, "units a year")
    for outcome, share in item.fed_by.items():
        words = f"Share of {what} on which effects on {name(outcome)} work"
        yield _plain(at + pointer("fed_by", outcome), words, share, _SHARE)


def _intervention(number: int, item: Intervention, scenario: Scenario, name: Names) -> Iterator[Input]:
    at, cost = f"/interventions/{number}", item.cost
    for segment in scenario.segments:
        if segment.id in item.coverage:
            words = f"Share of {name(segment.id)} that is offered it"
            yield _estimate(at + pointer("coverage", segment.id), words, item.coverage[segment.id], _SHARE)
    yield _estimate(f"{at}/uptake", "Share that takes it up among those offered", item.uptake, _SHARE)
    yield _estimate(f"{at}/retention", "Share of those that receives enough of it", item.retention, _SHARE)
    yield from _yearly(f"{at}/ramp", "Share of full reach in place", item.ramp)
    for place, effect in enumerate(item.effects):
        yield from _effect(f"{at}/effects/{place}", effect, name)
    unit = f"pounds of {cost.price_year}" if cost.price_year else "pounds"
    yield _estimate(f"{at}/cost/setup", "Cost once, in year 1", cost.setup, unit)
    yield _estimate(f"{at}/cost/fixed", "Cost a year", cost.fixed, f"{unit} a year")
    yield _estimate(f"{at}/cost/per_person", "Cost per person reached", cost.per_person, f"{unit} per person a year")
    yield _bias(f"{at}/cost/optimism_bias", "Correction of its cost for optimism", cost.optimism_bias, cost.grade)
    for sector, share in split_of(cost.payer_split).items():
        yield _plain(f"{at}/cost/payer_split/{sector}", f"Share of its cost that {name(sector)} pays", share, _SHARE)


def _effect(at: str, effect: Effect, name: Names) -> Iterator[Input]:
    what = name(effect.outcome)
    unit = "share less activity"
    yield _estimate(f"{at}/reduction", f"Effect on {what}: reduction", effect.reduction, unit)
    words = f"Effect on {what}: share of it that is affected"
    yield _estimate(f"{at}/scope_share", words, effect.scope_share, _SHARE)
    deadweight = effect.deadweight or Estimate(0.0)
    words = f"Effect on {what}: would have happened anyway"
    yield _estimate(f"{at}/deadweight", words, deadweight, _SHARE, "" if effect.deadweight else DEFAULT)
    words = f"Effect on {what}: due to this programme"
    yield _plain(f"{at}/attribution", words, effect.attribution, _SHARE)
    yield _bias(f"{at}/optimism_bias", f"Effect on {what}: correction for optimism", effect.optimism_bias, effect.grade)
    yield from _yearly(f"{at}/profile", f"Effect on {what}: share of the full effect", effect.profile)


def _bias(pointer: str, label: str, given: float | None, grade: int | None) -> Input:
    note = "" if given is not None else f"correction of grade {grade}" if grade is not None else DEFAULT
    return _plain(pointer, label, correction(given, grade, True), _SHARE, note)
