"""What is to be calculated: place and people, outcomes, programme and settings, as section 2.1 of the method has them.

Reductions are positive where there is less activity. A relative change or a rate ratio becomes a reduction in
:mod:`wsic_graph.calculator.effects` and nowhere else.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wsic_graph.calculator.checks import check
from wsic_graph.calculator.fields import (
    LONGEST_HORIZON,
    PERSONS,
    POUNDS,
    REDUCTION,
    SHARE,
    UNIT_COST,
    UNITS,
    YEARLY_CHANGE,
    Estimate,
    FinancialYear,
    Identifier,
    Kind,
    PerYear,
    Ranged,
    Whole,
)

MOST_INTERVENTIONS, MOST_OUTCOMES, MOST_SEGMENTS, MOST_DRAWS = 40, 30, 20, 20_000
"""The largest scenario that is taken; together with the ten years they bound the work of one calculation."""
SEED = 20130701
UNALLOCATED = "unallocated"

Grade = Annotated[int, Whole(1, 6, "3")]
Sector = Literal["acute", "community", "primary", "social-care", "other", "unallocated"]
Share = Annotated[float, SHARE]
ShareOfYear = Annotated[float | tuple[float, ...], PerYear(SHARE)]
ShareOrRange = Annotated[Estimate, Ranged(SHARE)]
Money = Annotated[Estimate, Ranged(POUNDS)]
Split = dict[Sector, Share]


def _estimated(value: float, description: str) -> Any:
    """A field whose default is a number without limits, written as such in the schema."""
    return Field(default_factory=lambda: Estimate(value), description=description, json_schema_extra={"default": value})


class Part(BaseModel):
    """A part of a scenario: nothing that is not described here is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Settings(Part):
    """How the run is made."""

    horizon: Annotated[int, Whole(1, LONGEST_HORIZON, "5")] = Field(description="Years of the run, from 1 to 10.")
    discount_rate: Annotated[float, Kind(0, 1, "share a year", "0.035")] = Field(
        0.035, description="Discount rate of money (Green Book: 0.035)."
    )
    first_year_exponent: Annotated[int, Whole(0, 10, "0")] = Field(
        0, description="By how many years the first is discounted; 0 leaves it as it is."
    )
    base_price_year: FinancialYear | None = Field(
        None, description="Financial year in whose pounds the answer is; the latest of the indices if not given."
    )
    optimism: bool = Field(
        True, strict=True, description="Whether benefits and costs are corrected for optimism; without, it says so."
    )
    draws: Annotated[int, Whole(0, MOST_DRAWS, "10000")] = Field(
        10_000, description="Simulated draws; 0 leaves the simulation out."
    )
    seed: Annotated[int, Whole(0, 2**32 - 1, "20130701")] = Field(
        SEED, description="Seed of the draws: the same scenario and seed give the same answer."
    )
    correlation: Share = Field(0.3, description="Correlation of the uncertain effects with each other.")
    quality_discount_rate: Annotated[float, Kind(0, 1, "share a year", "0.015")] = Field(
        0.015, description="Discount rate of quality-adjusted life years (Green Book: 0.015)."
    )


class Segment(Part):
    """An age band or risk group of the population."""

    id: Identifier = Field(description="Name of the segment.", examples=["high-risk"])
    population: Annotated[float, PERSONS] = Field(description="Persons in the segment.")


class Outcome(Part):
    """Activity or another outcome on which the programme works."""

    id: Identifier = Field(description="Name of the outcome.", examples=["emergency-admissions"])
    unit_cost: Annotated[Estimate, Ranged(UNIT_COST)] | None = Field(
        None, description="Pounds per unit; none for an outcome that is counted but not priced."
    )
    price_year: FinancialYear | None = Field(
        None, description="Financial year of the unit cost; none if it is in base-year pounds."
    )
    index: Identifier | None = Field(None, description="Which of the indices moves the unit cost to the base year.")
    cost_grade: Grade | None = Field(None, description="Grade of the source of the unit cost, 1 (best) to 6.")
    cost_basis: Identifier | None = Field(
        None, description="What a unit of the unit cost is.", examples=["episode", "spell"]
    )
    activity_basis: Identifier | None = Field(None, description="What a unit of the baseline is.", examples=["spell"])
    sector_split: Split | None = Field(
        None, description="Share of the value that falls to each sector; sums to 1. Unallocated if not given."
    )
    cashable: Annotated[float | Estimate | tuple[float, ...], PerYear(SHARE, limits=True)] = Field(
        1.0, description="Share of the benefit that can be released as cash, for every year or for each."
    )
    growth: Annotated[float, YEARLY_CHANGE] = Field(
        0.0, description="Growth of the baseline a year, without the programme."
    )
    ceiling: Share = Field(1.0, description="Most of the activity that could be avoided by all interventions together.")
    baseline: dict[Identifier, Annotated[float, UNITS]] = Field(
        description="Units a year in each segment in year 1, without the programme."
    )
    occupancy: Annotated[float, Kind(0, 1, "share", "0.92", above=True)] | None = Field(
        None, description="Bed occupancy, for an outcome in bed days whose released beds are to be counted."
    )
    family: Identifier | None = Field(
        None, description="Valuation family of an outcome of your own; only one outcome of a family has a unit cost."
    )
    fed_by: dict[Identifier, Share] = Field(
        default_factory=dict,
        description="Unpriced outcomes whose effects also work on this one, with the share of it they work on: "
        "admissions and length of stay on bed days, readmissions on admissions.",
        examples=[{"length-of-stay": 1}],
    )


class Evidence(Part):
    """Where an effect comes from; used for warnings, never for the sum."""

    source: Annotated[str, Field(max_length=500)] | None = Field(None, description="The study or its address.")
    controlled: bool | None = Field(None, strict=True, description="Whether it had a comparison group.")
    measured_on: Literal["participants", "area"] | None = Field(
        None, description="Whether it measured the participants or all activity of an area."
    )
    year: Annotated[int, Whole(1950, 2100, "2019")] | None = Field(None, description="Year of the data.")
    health_system: Literal["uk", "other"] | None = Field(None, description="Health system of the study.")
    follow_up_years: Annotated[float, Kind(0, 50, "years", "2")] | None = Field(
        None, description="How long the study followed people."
    )


class Effect(Part):
    """What an intervention does to one outcome."""

    outcome: Identifier = Field(description="The outcome.", examples=["emergency-admissions"])
    reduction: Annotated[Estimate, Ranged(REDUCTION)] = Field(
        description="Share by which activity falls (a rise is negative), alone or with its lower and upper limit."
    )
    interval_level: Annotated[float, Kind(0.5, 0.999, "share", "0.95")] = Field(
        0.95, description="Level of the limits of the reduction: 0.95 of a study, 0.8 of expert judgement."
    )
    scope: Literal["participants", "population"] = Field(
        "participants", description="Whether the reduction is among people reached or of all activity of the segment."
    )
    scope_share: ShareOrRange = _estimated(1.0, "Share of the outcome to which the reduction applies.")
    profile: ShareOfYear = Field(
        1.0, description="Share of the full effect in each year: zeros first for a lag, falling values for a fade."
    )
    deadweight: ShareOrRange | None = Field(
        None,
        description="Share of the quoted effect that would happen anyway; 0 if not given, which uncontrolled evidence "
        "must give.",
    )
    attribution: Share = Field(1.0, description="Share that is due to this programme and not to others.")
    grade: Grade | None = Field(None, description="Grade of the evidence, 1 (best) to 6.")
    optimism_bias: Share | None = Field(
        None, description="Correction of the benefit for optimism; that of the grade if not given, 0 without a grade."
    )
    evidence: Evidence | None = Field(None, description="Where the effect comes from.")


class Cost(Part):
    """What an intervention costs."""

    setup: Money = _estimated(0.0, "Pounds once, in year 1.")
    fixed: Money = _estimated(0.0, "Pounds a year.")
    per_person: Money = _estimated(0.0, "Pounds per person reached in a year.")
    grade: Grade | None = Field(None, description="Grade of the source of the cost, 1 (best) to 6.")
    optimism_bias: Share | None = Field(
        None, description="Correction of the cost for optimism; that of the grade if not given, 0 without a grade."
    )
    price_year: FinancialYear | None = Field(
        None, description="Financial year of the cost; none if in base-year pounds."
    )
    index: Identifier | None = Field(None, description="Which of the indices moves the cost to the base year.")
    payer_split: Split | None = Field(
        None, description="Share of the cost that each sector pays; sums to 1. Unallocated if not given."
    )


class Intervention(Part):
    """One service of the programme: whom it reaches, what it does and what it costs."""

    id: Identifier = Field(description="Name of the intervention.", examples=["rapid-response"])
    coverage: dict[Identifier, ShareOrRange] = Field(
        default_factory=dict, description="Share of each segment that is offered the service; 0 if not given."
    )
    uptake: ShareOrRange = _estimated(1.0, "Share that takes it up among those offered.")
    retention: ShareOrRange = _estimated(1.0, "Share of those that receives enough of it for the effect.")
    ramp: ShareOfYear = Field(1.0, description="Share of full reach that is in place in each year.")
    ramp_evidence_years: Annotated[float, Kind(0, 50, "years", "3")] | None = Field(
        None, description="For how many years the ramp rests on experience."
    )
    effects: list[Effect] = Field(max_length=MOST_OUTCOMES, description="What it does, an entry for each outcome.")
    cost: Cost = Field(Cost(), description="What it costs.")


class OverlapGroup(Part):
    """Interventions that do the same to the same people."""

    members: list[Identifier] = Field(min_length=1, max_length=MOST_INTERVENTIONS, description="The interventions.")
    redundancy: Share = Field(
        description="Share of their joint effect that is the same twice: 0 independent, 1 only the larger counts."
    )
    outcomes: list[Identifier] | None = Field(
        None, max_length=MOST_OUTCOMES, description="Outcomes for which they overlap; all if not given."
    )


class Scenario(Part):
    """A whole scenario."""

    id: Annotated[str, Field(max_length=200)] | None = Field(None, description="Name of the scenario.")
    title: Annotated[str, Field(max_length=500)] | None = Field(None, description="Title for people.")
    why: Annotated[str, Field(max_length=5000)] | None = Field(None, description="A note; not read.")
    break_even: bool = Field(False, strict=True, description="Not read: the break-even point is always given.")
    naive_sum: bool = Field(False, strict=True, description="Not read: the sum of separate effects is always given.")
    expected: dict[str, Any] | None = Field(
        None, exclude=True, description="Answers that a test expects; not read, and not part of the scenario."
    )
    settings: Settings = Field(description="Years, discounting, price year and draws.")
    indices: dict[Identifier, dict[FinancialYear, Annotated[float, YEARLY_CHANGE]]] = Field(
        default_factory=dict, max_length=20, description="Price changes on the year before, by index and year."
    )
    segments: list[Segment] = Field(min_length=1, max_length=MOST_SEGMENTS, description="The people.")
    outcomes: list[Outcome] = Field(min_length=1, max_length=MOST_OUTCOMES, description="What may change.")
    interventions: list[Intervention] = Field(
        min_length=1, max_length=MOST_INTERVENTIONS, description="The services of the programme."
    )
    overlap_groups: list[OverlapGroup] = Field(
        default_factory=list, max_length=MOST_INTERVENTIONS, description="Services that overlap."
    )

    @model_validator(mode="after")
    def _whole(self) -> Scenario:
        """What one field alone cannot show to be wrong."""
        check(self)
        return self
