"""The answer: numbers as they were calculated, rounded only when they are written as JSON.

Money is in pounds of ``price_year``. In JSON every decimal is text, so that no reader's arithmetic changes it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from wsic_graph.calculator.money import rounded


def _written(places: int) -> Callable[[float | Decimal], str]:
    def write(value: float | Decimal) -> str:
        return f"{value if isinstance(value, Decimal) else rounded(value, places):f}"

    return write


def _schema(unit: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]+$", "x-unit": unit})


Pounds = Annotated[float, PlainSerializer(_written(2), when_used="json"), _schema("pounds of the price year")]
Pennies = Annotated[Decimal, PlainSerializer(_written(2), when_used="json"), _schema("pounds of the price year")]
"""Rounded so that the rows of one table add up to their total."""
PoundsPerHead = Annotated[float, PlainSerializer(_written(4), when_used="json"), _schema("pounds per person a year")]
Ratio = Annotated[float, PlainSerializer(_written(6), when_used="json"), _schema("ratio")]
Units = Annotated[float, PlainSerializer(_written(6), when_used="json"), _schema("units a year")]
Reduction = Annotated[float, PlainSerializer(_written(8), when_used="json"), _schema("share")]
Persons = Annotated[float, PlainSerializer(_written(4), when_used="json"), _schema("persons")]


class Part(BaseModel):
    """A part of the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Caution(Part):
    """A warning about a result that is right as a sum and may mislead."""

    code: str = Field(description="Kind of the warning.")
    field: str = Field(description="The field of the scenario it is about.")
    message: str = Field(description="The warning in words.")


class Switching(Part):
    """At what value of one thing, all else central, the case breaks even; null where it never does."""

    effects: Ratio | None = Field(description="Number by which all effects are multiplied for a net value of nil.")
    effects_cashable: Ratio | None = Field(description="The same for the cashable net value.")
    uptake: Ratio | None = Field(description="Number by which all uptakes are multiplied, each 1 at most.")
    uptake_cashable: Ratio | None = Field(description="The same for the cashable net value.")
    deadweight: Ratio | None = Field(description="Deadweight of all effects alike at which the net value is nil.")
    deadweight_cashable: Ratio | None = Field(description="The same for the cashable net value.")


class QualityOfLife(Part):
    """Quality-adjusted life years, which are never pounds."""

    by_year: list[Units] = Field(description="QALYs gained in each year.")
    discounted: Units = Field(description="Their sum, discounted at the rate for quality of life.")


class Result(Part):
    """The answer with every input at its central value."""

    price_year: str | None = Field(description="Financial year of all money; null if the scenario names none.")
    discount_factors: list[Reduction] = Field(description="v_y of each year.")
    units_avoided: dict[str, list[Units]] = Field(description="By outcome and year; negative where activity rises.")
    combined_reduction: dict[str, dict[str, list[Reduction]]] = Field(description="By outcome, segment and year.")
    capacity_units: dict[str, list[Units]] = Field(description="Units released and not turned into cash.")
    beds_released: dict[str, list[Units]] = Field(description="Beds, for bed days whose occupancy is given.")
    qalys: QualityOfLife | None = Field(description="QALYs, if the scenario has the outcome quality-of-life.")
    people_reached_by_year: list[Persons] = Field(description="Sum over interventions; one person may count twice.")

    gross_by_year: list[Pounds]
    cashable_by_year: list[Pounds]
    capacity_by_year: list[Pounds] = Field(description="Capacity released: gross less cashable.")
    cost_by_year: list[Pounds]
    net_by_year: list[Pounds]
    net_cashable_by_year: list[Pounds]
    cumulative_net_by_year: list[Pounds]
    cumulative_net_cashable_by_year: list[Pounds]

    gross_total: Pounds
    cashable_total: Pounds
    capacity_total: Pounds
    cost_total: Pounds
    net_total: Pounds
    net_cashable_total: Pounds
    pv_gross: Pounds
    pv_cashable: Pounds
    pv_cost: Pounds
    npv: Pounds
    npv_cashable: Pounds
    bcr: Ratio | None = Field(description="Present value of gross benefit for each pound of cost; null without cost.")
    bcr_cashable: Ratio | None
    payback_year: int | None = Field(description="First year from which the cumulative net stays at or above nil.")
    payback_year_cashable: int | None
    payback_year_discounted: int | None

    gross_by_outcome: dict[str, Pounds]
    cashable_by_outcome: dict[str, Pounds]
    pv_gross_by_outcome: dict[str, Pounds]
    gross_by_outcome_by_year: dict[str, list[Pounds]]
    gross_by_sector: dict[str, Pounds] = Field(description="Who gains.")
    cashable_by_sector: dict[str, Pounds]
    gross_by_sector_by_year: dict[str, list[Pounds]]
    cost_by_payer: dict[str, Pounds] = Field(description="Who pays.")
    cost_by_payer_by_year: dict[str, list[Pounds]]
    net_by_sector: dict[str, Pounds]
    net_cashable_by_sector: dict[str, Pounds]

    gross_by_intervention: dict[str, Pounds] = Field(description="Shapley shares: they add up to the gross total.")
    gross_by_intervention_by_year: dict[str, list[Pounds]]
    cashable_by_intervention: dict[str, Pounds]
    cost_by_intervention: dict[str, Pounds]
    share_of_gross_by_intervention: dict[str, Ratio | None]
    pv_gross_by_intervention: dict[str, Pounds]
    pv_cost_by_intervention: dict[str, Pounds]
    npv_by_intervention: dict[str, Pounds]
    incremental_pv_by_intervention: dict[str, Pounds] = Field(
        description="What would be lost without it; these do not add up where effects overlap."
    )
    naive_sum_of_separate_effects: Pounds = Field(description="What adding each alone would claim: too much.")

    gross_per_person_year_reached: Pounds | None
    cost_per_person_year_reached: Pounds | None
    gross_per_head_per_year: PoundsPerHead | None
    break_even_effect_multiplier: Ratio | None
    switching_values: Switching

    gross_by_year_display: list[Pennies]
    cashable_by_year_display: list[Pennies]
    cost_by_year_display: list[Pennies]
    net_by_year_display: list[Pennies]
    gross_by_outcome_display: dict[str, Pennies]
    gross_by_sector_display: dict[str, Pennies]
    cost_by_payer_display: dict[str, Pennies]
    net_by_sector_display: dict[str, Pennies]
    gross_by_intervention_display: dict[str, Pennies]
    warnings: list[Caution]


class Percentiles(Part):
    """Percentiles of the draws, pounds."""

    p2_5: Pounds
    p10: Pounds
    p25: Pounds
    p50: Pounds
    p75: Pounds
    p90: Pounds
    p97_5: Pounds


class Distribution(Part):
    """One figure over all draws."""

    mean: Pounds = Field(description="Average of the simulations; not the central estimate where limits are lopsided.")
    standard_deviation: Pounds
    percentiles: Percentiles


class Histogram(Part):
    """How many draws lie between neighbouring edges."""

    edges: list[Pounds]
    counts: list[int]


class Chance(Part):
    """A chance, with the error that the number of draws leaves in it."""

    probability: Ratio
    standard_error: Ratio
    sentence: str


class ChanceAt(Part):
    """The chances if the uncertain effects were correlated otherwise."""

    correlation: float
    draws: int = Field(description="Draws on which the change was worked out: the first of the run, an eighth of it.")
    net_saving: Ratio = Field(description="Chance of a net saving.")
    net_saving_cashable: Ratio = Field(description="The same, counting only money that could be released.")


class Information(Part):
    """What it would be worth to know one input for certain."""

    key: str
    label: str
    evppi: Pounds = Field(description="Expected value of perfect information on it, for the decision to invest or not.")


class Simulation(Part):
    """The answer over all draws."""

    draws: int
    seed: int
    correlation: float
    numpy: str = Field(description="Version of the library that drew the numbers; with the seed it fixes them.")
    gross: Distribution
    cashable: Distribution
    cost: Distribution
    npv: Distribution
    npv_cashable: Distribution
    chance_of_net_saving: Chance
    chance_of_net_saving_cashable: Chance
    chances_at_other_correlations: list[ChanceAt] = Field(
        default=[], description="At correlations of 0 and 0.6; empty where fewer than two effects are uncertain."
    )
    histogram: Histogram
    histogram_cashable: Histogram
    worth_finding_out: list[Information]
    note: str


class Bar(Part):
    """One input at its limits, all others central."""

    key: str
    label: str
    unit: str
    low: float
    central: float
    high: float
    assumed: bool = Field(description="Whether the limits are 10% either way because none were given.")
    npv_at_low: Pounds
    npv_at_high: Pounds
    change_at_low: Pounds
    change_at_high: Pounds
    swing: Pounds


class Strip(Part):
    """Every input at its less favourable limit, central, and at its more favourable limit; these are no chances."""

    pessimistic_npv: Pounds
    central_npv: Pounds
    optimistic_npv: Pounds
    pessimistic_npv_cashable: Pounds
    central_npv_cashable: Pounds
    optimistic_npv_cashable: Pounds


class Sensitivity(Part):
    """What the answer hangs on."""

    tornado: list[Bar]
    strip: Strip


class Report(Result):
    """Everything about a scenario."""

    id: str | None
    title: str | None
    sensitivity: Sensitivity
    simulation: Simulation | None
