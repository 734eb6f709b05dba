"""Draws of all uncertain inputs, and what they say (section 2.6)."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from zlib import crc32

import numpy as np

from wsic_graph.calculator.chain import PresentValues, present_values
from wsic_graph.calculator.distributions import RateRatio
from wsic_graph.calculator.model import Model, build
from wsic_graph.calculator.overlap import Array
from wsic_graph.calculator.parameters import Parameter, parameters
from wsic_graph.calculator.results import (
    Chance,
    ChanceAt,
    Distribution,
    Histogram,
    Information,
    Percentiles,
    Simulation,
)
from wsic_graph.calculator.scenario import Scenario

_BINS = 50
"""Bins of equal size for the value of information."""
_COLUMNS = 40
_OTHER_CORRELATIONS = (0.0, 0.6)
_PART = 8
"""The chances at other correlations take an eighth of the draws."""
_WORTH = 0.01
"""Share of the present value of cost above which information is worth showing."""
NOTE = (
    "This covers uncertainty in the numbers entered, not the chance that the evidence does not fit this area. "
    "The average of the simulations differs from the central estimate where limits are lopsided."
)


def simulate(scenario: Scenario) -> Simulation:
    """The answer of ``scenario`` over as many draws as its settings say."""
    model = build(scenario)
    return simulation_of(model, parameters(model))


def simulation_of(model: Model, found: Sequence[Parameter]) -> Simulation:
    """As :func:`simulate`, for a scenario that is already in arrays."""
    settings = model.scenario.settings
    values = draw(model, found)
    outcome = present_values(model, values)
    return Simulation(
        draws=settings.draws,
        seed=settings.seed,
        correlation=settings.correlation,
        numpy=np.__version__,
        gross=_distribution(outcome.gross),
        cashable=_distribution(outcome.cashable),
        cost=_distribution(outcome.cost),
        npv=_distribution(outcome.net),
        npv_cashable=_distribution(outcome.net_cashable),
        **_chances(model, outcome),
        chances_at_other_correlations=_at_other_correlations(model, found, values, outcome),
        histogram=_histogram(outcome.net),
        histogram_cashable=_histogram(outcome.net_cashable),
        worth_finding_out=_worth(found, values, outcome),
        note=NOTE,
    )


def draw(model: Model, found: Sequence[Parameter]) -> Array:
    """The vector of the model with every drawn parameter at its draws, one column for each.

    Each parameter has a stream of its own, named by its key.
    """
    settings = model.scenario.settings
    values = np.repeat(model.column(), settings.draws, axis=1)
    for parameter in found:
        distribution = parameter.distribution
        if distribution is None or isinstance(distribution, RateRatio):
            continue
        stream = _stream(settings.seed, parameter.key)
        numbers = stream.standard_normal(settings.draws) if distribution.normal else stream.random(settings.draws)
        values[parameter.rows] = distribution.at(numbers)
    _draw_effects(values, found, settings.seed, settings.correlation)
    return values


def _draw_effects(values: Array, found: Sequence[Parameter], seed: int, correlation: float) -> None:
    """Put the draws of the effects into ``values``: z = sqrt(c) Z + sqrt(1 - c) z' with the correlation c.

    They share the component Z. Fewer columns have the first of the numbers that more would have.
    """
    count = values.shape[1]
    common: Array = _stream(seed, "effect").standard_normal((count,))
    shared = sqrt(correlation) * common
    own = sqrt(1 - correlation)
    for parameter in found:
        if isinstance(parameter.distribution, RateRatio):
            numbers: Array = _stream(seed, parameter.key).standard_normal((count,))
            values[parameter.rows] = parameter.distribution.at(shared + own * numbers)


def _stream(seed: int, key: str) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(key.encode())])


def _distribution(values: Array) -> Distribution:
    edges = np.percentile(values, [2.5, 10, 25, 50, 75, 90, 97.5]).tolist()
    return Distribution(
        mean=values.mean(),
        standard_deviation=values.std(),
        percentiles=Percentiles(**dict(zip(Percentiles.model_fields, edges, strict=True))),
    )


def _chance(net: Array, saved: str, save: str) -> Chance:
    """The share of draws above nil, its Monte Carlo standard error sqrt(p (1 - p) / n), and the words for it.

    ``saved`` and ``save`` say what happened in them, after a subject and after "did".
    """
    chance = float((net > 0).mean())
    if chance == 0:
        sentence = f"In none of the simulations did {save}."
    elif chance == 1:
        sentence = f"In all simulations {saved}."
    elif chance < 0.05:
        sentence = f"In fewer than 1 of 20 simulations {saved}."
    elif chance > 0.95:
        sentence = f"In more than 19 of 20 simulations {saved}."
    else:
        sentence = f"In about {min(max(round(chance * 10), 1), 9)} of 10 simulations {saved}."
    return Chance(probability=chance, standard_error=sqrt(chance * (1 - chance) / len(net)), sentence=sentence)


def _chances(model: Model, outcome: PresentValues) -> dict[str, Chance]:
    """The chances of a net saving, gross and in cash; without a cost or any cash there is none to speak of."""
    over = f"over {_years(model.horizon)}"
    gross = _chance(
        outcome.net,
        f"the programme saved more than it cost {over}",
        f"the programme save more than it cost {over}",
    )
    cash = _chance(
        outcome.net_cashable,
        f"the money that could be released was more than the cost {over}",
        f"the money that could be released come to more than the cost {over}",
    )
    if not outcome.cost.any():
        words = "No cost is entered for the programme, so whether it saves more than it costs cannot be told."
        gross, cash = (item.model_copy(update={"sentence": words}) for item in (gross, cash))
    elif not model.central[model.rows.cashable].any():
        words = "No share of the benefit is entered as cash, so none of it is counted as money that could be released."
        cash = cash.model_copy(update={"sentence": words})
    return {"chance_of_net_saving": gross, "chance_of_net_saving_cashable": cash}


def _at_other_correlations(
    model: Model, found: Sequence[Parameter], values: Array, outcome: PresentValues
) -> list[ChanceAt]:
    """The chances at other correlations: those of all draws, and by how much the same first draws then differ.

    What the draws have in common leaves the difference, so that few are enough.
    """
    if sum(isinstance(parameter.distribution, RateRatio) for parameter in found) < 2:
        return []
    seed, every = model.scenario.settings.seed, values.shape[1]
    count = ceil(every / _PART)
    part = values[:, :count].copy()
    chances: list[ChanceAt] = []
    for correlation in _OTHER_CORRELATIONS:
        _draw_effects(part, found, seed, correlation)
        other = present_values(model, part)
        pairs = ((outcome.net, other.net), (outcome.net_cashable, other.net_cashable))
        net, cashable = (
            float(np.clip((usual > 0).mean() + (moved > 0).mean() - (usual[:count] > 0).mean(), 0, 1))
            for usual, moved in pairs
        )
        chances.append(ChanceAt(correlation=correlation, draws=count, net_saving=net, net_saving_cashable=cashable))
    return chances


def _years(count: int) -> str:
    return "one year" if count == 1 else f"{count} years"


def _histogram(values: Array) -> Histogram:
    """Columns of one width from the 0.5th to the 99.5th percentile; what lies beyond is in the last on each side."""
    low, high = np.percentile(values, [0.5, 99.5])
    if not low < high:
        return Histogram(edges=[float(low), float(high)], counts=[len(values)])
    counts, edges = np.histogram(np.clip(values, low, high), _COLUMNS, (low, high))
    return Histogram(edges=edges.tolist(), counts=counts.tolist())


def _worth(found: Sequence[Parameter], values: Array, outcome: PresentValues) -> list[Information]:
    """EVPPI of every drawn parameter that is worth more than 1% of the cost, the largest first."""
    least = _WORTH * float(outcome.cost.mean())
    worth = [
        Information(key=parameter.key, label=parameter.label, evppi=value)
        for parameter in found
        if parameter.distribution is not None
        and (value := evppi(values[parameter.rows.start], outcome.net)) > max(least, 0)
    ]
    return sorted(worth, key=lambda item: (-item.evppi, item.key))


def evppi(theta: Array, net: Array) -> float:
    """Expected value of perfect information on ``theta``: mean over bins of max(mean net, 0), less max(mean net, 0).

    The draws are sorted by ``theta`` into 50 bins of equal size. Pounds; slightly biased upwards.
    """
    bins = min(_BINS, len(net))
    size = len(net) // bins
    sorted_net = net[np.argsort(theta)][: bins * size]
    means = sorted_net.reshape(bins, size).mean(axis=1)
    return float(max(np.maximum(means, 0).mean() - max(sorted_net.mean(), 0), 0))
