"""The central answer, put together from units and pounds (section 2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from wsic_graph.calculator.amounts import Amounts, amounts, incremental
from wsic_graph.calculator.cautions import cautions
from wsic_graph.calculator.model import Model, build
from wsic_graph.calculator.money import apportioned, apportioned_rows
from wsic_graph.calculator.overlap import Array
from wsic_graph.calculator.prices import base_year
from wsic_graph.calculator.results import QualityOfLife, Result
from wsic_graph.calculator.scenario import Scenario
from wsic_graph.calculator.switching import switching_values

_DAYS = 365
_QUALITY = "quality-of-life"
Value = TypeVar("Value")


def calculate(scenario: Scenario) -> Result:
    """The answer of ``scenario`` with every input at its central value."""
    return result_of(build(scenario))


def result_of(model: Model) -> Result:
    """As :func:`calculate`, for a scenario that is already in arrays."""
    found = amounts(model)
    switching = switching_values(model)
    return Result(
        price_year=base_year(model.scenario),
        discount_factors=model.discount.tolist(),
        **_units(model, found),
        **_years(found),
        **_totals(model, found),
        **_outcomes(model, found),
        **_sectors(model, found),
        **_interventions(model, found),
        **_per_person(model, found),
        break_even_effect_multiplier=switching.effects,
        switching_values=switching,
        warnings=cautions(model, found, switching),
    )


def payback(net: Array, scale: float) -> int | None:
    """The first year from which the cumulative ``net`` stays at or above nil to the end; None if there is none.

    ``scale`` is the money that is involved; a billionth of it is nil.
    """
    below = np.flatnonzero(np.cumsum(net) < -1e-9 * max(scale, 1))
    year = int(below[-1]) + 2 if len(below) else 1
    return year if year <= len(net) else None


def _units(model: Model, found: Amounts) -> dict[str, Any]:
    outcomes = model.scenario.outcomes
    names = [item.id for item in outcomes]
    units = found.units.sum(axis=2)
    in_cash = np.divide(found.cashable, found.gross, out=np.ones_like(found.gross), where=found.gross > 0)
    segments = [segment.id for segment in model.scenario.segments]
    return {
        "units_avoided": _rows(names, units),
        "combined_reduction": {name: _rows(segments, found.reduction[place].T) for place, name in enumerate(names)},
        "capacity_units": _rows(names, units * (1 - in_cash)),
        "beds_released": {
            item.id: (units[place] / _DAYS / item.occupancy).tolist()
            for place, item in enumerate(outcomes)
            if item.occupancy is not None
        },
        "qalys": _qalys(model, units),
        "people_reached_by_year": found.people.sum(axis=0).tolist(),
    }


def _qalys(model: Model, units: Array) -> QualityOfLife | None:
    """Gains are negative reductions of the years lived in full quality."""
    names = [item.id for item in model.scenario.outcomes]
    if _QUALITY not in names:
        return None
    gained = -units[names.index(_QUALITY)]
    settings = model.scenario.settings
    factors = (1 + settings.quality_discount_rate) ** -(np.arange(model.horizon) + float(settings.first_year_exponent))
    return QualityOfLife(by_year=gained.tolist(), discounted=gained @ factors)


def _years(found: Amounts) -> dict[str, Any]:
    gross, cashable, cost = (part.sum(axis=0) for part in (found.gross, found.cashable, found.cost))
    gross_shown, cost_shown = apportioned(gross), apportioned(cost)
    return {
        "gross_by_year": gross.tolist(),
        "cashable_by_year": cashable.tolist(),
        "capacity_by_year": (gross - cashable).tolist(),
        "cost_by_year": cost.tolist(),
        "net_by_year": (gross - cost).tolist(),
        "net_cashable_by_year": (cashable - cost).tolist(),
        "cumulative_net_by_year": np.cumsum(gross - cost).tolist(),
        "cumulative_net_cashable_by_year": np.cumsum(cashable - cost).tolist(),
        "gross_by_year_display": gross_shown,
        "cashable_by_year_display": apportioned(cashable),
        "cost_by_year_display": cost_shown,
        "net_by_year_display": [gain - paid for gain, paid in zip(gross_shown, cost_shown, strict=True)],
    }


def _totals(model: Model, found: Amounts) -> dict[str, Any]:
    gross, cashable, cost = (part.sum(axis=0) for part in (found.gross, found.cashable, found.cost))
    scale = float(np.abs(found.gross).sum() + cost.sum())
    totals = {"gross": gross.sum(), "cashable": cashable.sum(), "cost": cost.sum()}
    present = {name: values @ model.discount for name, values in zip(totals, (gross, cashable, cost), strict=True)}
    return {
        **{f"{name}_total": value for name, value in totals.items()},
        **{f"pv_{name}": value for name, value in present.items()},
        "capacity_total": totals["gross"] - totals["cashable"],
        "net_total": totals["gross"] - totals["cost"],
        "net_cashable_total": totals["cashable"] - totals["cost"],
        "npv": present["gross"] - present["cost"],
        "npv_cashable": present["cashable"] - present["cost"],
        "bcr": _ratio(present["gross"], present["cost"]),
        "bcr_cashable": _ratio(present["cashable"], present["cost"]),
        "payback_year": payback(gross - cost, scale),
        "payback_year_cashable": payback(cashable - cost, scale),
        "payback_year_discounted": payback((gross - cost) * model.discount, scale),
    }


def _outcomes(model: Model, found: Amounts) -> dict[str, Any]:
    names = [item.id for item in model.scenario.outcomes]
    gross = _named(names, found.gross.sum(axis=1))
    return {
        "gross_by_outcome": gross,
        "gross_by_outcome_display": apportioned_rows(gross),
        "gross_by_outcome_by_year": _rows(names, found.gross),
        "cashable_by_outcome": _named(names, found.cashable.sum(axis=1)),
        "pv_gross_by_outcome": _named(names, found.gross @ model.discount),
    }


def _sectors(model: Model, found: Amounts) -> dict[str, Any]:
    """Who gains and who pays."""
    names, gainers, payers = model.sectors, model.gainers, model.payer_names
    by_year, cash, cost = model.split.T @ found.gross, model.split.T @ found.cashable, model.payers.T @ found.cost
    gross_named, cost_named = _named(names, by_year.sum(axis=1)), _named(names, cost.sum(axis=1))
    gross_shown, cost_shown = apportioned_rows(gross_named), apportioned_rows(cost_named)
    return {
        "gross_by_sector": _only(gainers, gross_named),
        "gross_by_sector_display": _only(gainers, gross_shown),
        "gross_by_sector_by_year": _only(gainers, _rows(names, by_year)),
        "cashable_by_sector": _only(gainers, _named(names, cash.sum(axis=1))),
        "cost_by_payer": _only(payers, cost_named),
        "cost_by_payer_display": _only(payers, cost_shown),
        "cost_by_payer_by_year": _only(payers, _rows(names, cost)),
        "net_by_sector": _named(names, (by_year - cost).sum(axis=1)),
        "net_by_sector_display": {name: gross_shown[name] - cost_shown[name] for name in names},
        "net_cashable_by_sector": _named(names, (cash - cost).sum(axis=1)),
    }


def _interventions(model: Model, found: Amounts) -> dict[str, Any]:
    names = [item.id for item in model.scenario.interventions]
    shares = found.shares.sum(axis=(1, 2))
    present, cost = found.shares.sum(axis=1) @ model.discount, found.cost @ model.discount
    gross = _named(names, shares)
    total = found.gross.sum()
    return {
        "gross_by_intervention": gross,
        "gross_by_intervention_display": apportioned_rows(gross),
        "gross_by_intervention_by_year": _rows(names, found.shares.sum(axis=1)),
        "cashable_by_intervention": _named(names, found.cashable_shares.sum(axis=(1, 2))),
        "cost_by_intervention": _named(names, found.cost.sum(axis=1)),
        "share_of_gross_by_intervention": {name: _ratio(share, total) for name, share in gross.items()},
        "pv_gross_by_intervention": _named(names, present),
        "pv_cost_by_intervention": _named(names, cost),
        "npv_by_intervention": _named(names, present - cost),
        "incremental_pv_by_intervention": _named(names, incremental(model)),
        "naive_sum_of_separate_effects": found.alone,
    }


def _per_person(model: Model, found: Amounts) -> dict[str, Any]:
    reached, head_years = found.people.sum(), model.population.sum() * model.horizon
    return {
        "gross_per_person_year_reached": _ratio(found.gross.sum(), reached),
        "cost_per_person_year_reached": _ratio(found.cost.sum(), reached),
        "gross_per_head_per_year": _ratio(found.gross.sum(), head_years),
    }


def _ratio(value: float, by: float) -> float | None:
    return float(value / by) if by else None


def _named(names: Iterable[str], values: Array) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))


def _rows(names: Iterable[str], values: Array) -> dict[str, list[float]]:
    return dict(zip(names, values.tolist(), strict=True))


def _only(names: Sequence[str], rows: dict[str, Value]) -> dict[str, Value]:
    return {name: rows[name] for name in names}
