"""A scenario as arrays: what is fixed, and one vector of every number that may be uncertain.

All ways to calculate - the central answer, draws, one input at its limit, an intervention left out - are columns of
one matrix with a row for each number of the vector, and go through one chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wsic_graph.calculator.fields import Estimate
from wsic_graph.calculator.grades import correction
from wsic_graph.calculator.overlap import Array, Group
from wsic_graph.calculator.prices import repricing
from wsic_graph.calculator.scenario import UNALLOCATED, Effect, Intervention, Outcome, Scenario


@dataclass(frozen=True)
class Channel:
    """Everything that works on one outcome: E effects, own and of the outcomes that feed it, by intervention."""

    rows: NDArray[np.intp]
    """Number of each effect among all effects, shape (E,)."""
    interventions: NDArray[np.intp]
    """Place of its intervention, rising, shape (E,)."""
    participants: NDArray[np.bool_]
    profile: Array
    """Share of the full effect in each year: ramp x profile, shape (E, Y)."""
    share: Array
    """Attribution, and for a feeding outcome the share of the fed outcome it works on, shape (E,)."""
    optimism: Array
    groups: tuple[Group, ...]
    """The overlap groups, as places in :attr:`present`."""

    @property
    def present(self) -> NDArray[np.intp]:
        """Places of the interventions that work on the outcome."""
        return np.unique(self.interventions)

    @property
    def starts(self) -> NDArray[np.intp]:
        """Where the effects of each of them begin."""
        return np.searchsorted(self.interventions, self.present)


@dataclass(frozen=True)
class Rows:
    """Where each kind of number is in the vector. I interventions, O outcomes, S segments, Y years, E effects."""

    reduction: slice
    scope_share: slice
    deadweight: slice
    coverage: slice
    """I x S"""
    uptake: slice
    retention: slice
    cashable: slice
    """O x Y"""
    unit_cost: slice
    setup: slice
    fixed: slice
    per_person: slice
    total: int


@dataclass(frozen=True)
class Model:
    """The arrays of a scenario. Money is in pounds of the base year."""

    scenario: Scenario
    central: Array
    """The vector with every number at its central value."""
    rows: Rows
    effects: tuple[tuple[int, Effect], ...]
    """Every effect with the place of its intervention, in the order of the rows."""
    channels: tuple[Channel, ...]
    """What works on each outcome."""
    population: Array
    activity: Array
    """Units without the programme, shape (O, Y, S)."""
    price_factor: Array
    """What moves unit costs to the base year, shape (O,)."""
    cost_factor: Array
    """What moves costs to the base year, with their optimism bias, shape (I,)."""
    ceiling: Array
    discount: Array
    """v_y, shape (Y,)."""
    ramp: Array
    """Shape (I, Y)."""
    gainers: tuple[str, ...]
    """Sectors that the values of the priced outcomes name."""
    payer_names: tuple[str, ...]
    """Sectors that the costs name."""
    sectors: tuple[str, ...]
    """All of them."""
    split: Array
    """Share of the value of each outcome by sector, shape (O, sectors)."""
    payers: Array
    """Share of the cost of each intervention by sector, shape (I, sectors)."""

    @property
    def horizon(self) -> int:
        """Years of the run."""
        return len(self.discount)

    def column(self) -> Array:
        """The central vector as a matrix of one column."""
        return self.central[:, None]


def build(scenario: Scenario) -> Model:
    """The arrays of ``scenario``."""
    settings = scenario.settings
    horizon = settings.horizon
    years = np.arange(horizon, dtype=np.float64)
    effects = tuple((place, effect) for place, item in enumerate(scenario.interventions) for effect in item.effects)
    rows = _rows(len(scenario.interventions), len(scenario.outcomes), len(scenario.segments), horizon, len(effects))
    priced = [repricing(scenario, item.price_year, item.index) for item in scenario.outcomes]
    gainers = {name for item in scenario.outcomes if item.unit_cost is not None for name in _split(item.sector_split)}
    payers = {name for item in scenario.interventions for name in _split(item.cost.payer_split)}
    sectors = sorted(gainers | payers)
    return Model(
        scenario=scenario,
        central=_central(scenario, effects),
        rows=rows,
        effects=effects,
        channels=tuple(_channel(scenario, effects, outcome) for outcome in scenario.outcomes),
        population=np.array([segment.population for segment in scenario.segments]),
        activity=np.array([_activity(scenario, outcome) for outcome in scenario.outcomes]),
        price_factor=np.array(priced),
        cost_factor=np.array([_cost_factor(scenario, item) for item in scenario.interventions]),
        ceiling=np.array([outcome.ceiling for outcome in scenario.outcomes]),
        discount=np.power(1 + settings.discount_rate, -(years + settings.first_year_exponent)),
        ramp=np.array([yearly(item.ramp, horizon) for item in scenario.interventions]),
        gainers=tuple(sorted(gainers)),
        payer_names=tuple(sorted(payers)),
        sectors=tuple(sectors),
        split=np.array([[_split(item.sector_split).get(name, 0.0) for name in sectors] for item in scenario.outcomes]),
        payers=np.array(
            [[_split(item.cost.payer_split).get(name, 0.0) for name in sectors] for item in scenario.interventions]
        ),
    )


def yearly(value: float | Estimate | tuple[float, ...], horizon: int) -> Array:
    """One number for each year."""
    if isinstance(value, Estimate):
        value = value.central
    return np.array(value) if isinstance(value, tuple) else np.full(horizon, value)


def _split(given: object) -> dict[str, float]:
    return dict(given) if isinstance(given, dict) else {UNALLOCATED: 1.0}


def _rows(interventions: int, outcomes: int, segments: int, horizon: int, effects: int) -> Rows:
    sizes = {
        "reduction": effects,
        "scope_share": effects,
        "deadweight": effects,
        "coverage": interventions * segments,
        "uptake": interventions,
        "retention": interventions,
        "cashable": outcomes * horizon,
        "unit_cost": outcomes,
        "setup": interventions,
        "fixed": interventions,
        "per_person": interventions,
    }
    found, start = {}, 0
    for name, size in sizes.items():
        found[name] = slice(start, start + size)
        start += size
    return Rows(**found, total=start)


def _central(scenario: Scenario, effects: Sequence[tuple[int, Effect]]) -> Array:
    """The central values, in the order of :class:`Rows`."""
    horizon, interventions = scenario.settings.horizon, scenario.interventions
    none = Estimate(0.0)
    return np.concatenate(
        [
            [effect.reduction.central for _, effect in effects],
            [effect.scope_share.central for _, effect in effects],
            [(effect.deadweight or none).central for _, effect in effects],
            [item.coverage.get(part.id, none).central for item in interventions for part in scenario.segments],
            [item.uptake.central for item in interventions],
            [item.retention.central for item in interventions],
            np.concatenate([yearly(outcome.cashable, horizon) for outcome in scenario.outcomes]),
            [(outcome.unit_cost or none).central for outcome in scenario.outcomes],
            [item.cost.setup.central for item in interventions],
            [item.cost.fixed.central for item in interventions],
            [item.cost.per_person.central for item in interventions],
        ]
    )


def _channel(scenario: Scenario, effects: Sequence[tuple[int, Effect]], outcome: Outcome) -> Channel:
    settings = scenario.settings
    works_on = {outcome.id: 1.0, **outcome.fed_by}
    found = [(row, place, effect) for row, (place, effect) in enumerate(effects) if effect.outcome in works_on]
    places = np.array([place for _, place, _ in found], dtype=np.intp)
    ramps = (yearly(scenario.interventions[place].ramp, settings.horizon) for place in places)
    profiles = (yearly(effect.profile, settings.horizon) for _, _, effect in found)
    biases = [correction(effect.optimism_bias, effect.grade, settings.optimism) for _, _, effect in found]
    return Channel(
        rows=np.array([row for row, _, _ in found], dtype=np.intp),
        interventions=places,
        participants=np.array([effect.scope == "participants" for _, _, effect in found], dtype=bool),
        profile=np.array([ramp * profile for ramp, profile in zip(ramps, profiles, strict=True)]),
        share=np.array([effect.attribution * works_on[effect.outcome] for _, _, effect in found]),
        optimism=np.array(biases),
        groups=_groups(scenario, outcome.id, np.unique(places).tolist()),
    )


def _groups(scenario: Scenario, outcome: str, present: list[int]) -> tuple[Group, ...]:
    places = {scenario.interventions[place].id: number for number, place in enumerate(present)}
    found = []
    for group in scenario.overlap_groups:
        members = tuple(places[member] for member in group.members if member in places)
        if members and (group.outcomes is None or outcome in group.outcomes):
            found.append(Group(members, group.redundancy))
    return tuple(found)


def _activity(scenario: Scenario, outcome: Outcome) -> Array:
    """A (1 + g)^(y - 1), shape (Y, S)."""
    first = np.array([outcome.baseline.get(segment.id, 0.0) for segment in scenario.segments])
    growth = np.power(1 + outcome.growth, np.arange(scenario.settings.horizon, dtype=np.float64))
    return np.outer(growth, first)


def _cost_factor(scenario: Scenario, item: Intervention) -> float:
    bias = correction(item.cost.optimism_bias, item.cost.grade, scenario.settings.optimism)
    return (1 + bias) * repricing(scenario, item.cost.price_year, item.cost.index)
