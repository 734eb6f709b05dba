"""A drafted plan: sections of statements that each name the facts they rest on, and blanks that say who can fill them.

A plan is data from end to end: the pages, the API, the Word file, the RDF and what is kept all show this one thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Mark = Literal["", "verified", "derived", "recalled", "modelled"]
"""How a statement is known: the weakest of the facts it rests on; empty where it states none."""
Stance = Literal["", "for", "against", "null", "none", "caution"]
"""What a statement says of the programme: evidence for or against, no effect found, nothing known, or a warning."""


class Part(BaseModel):
    """A part of a plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(Part):
    """What a statement rests on: a record of the graph, its source, and the saved query that gave it."""

    label: str = Field(description="What it is, in words, with its value and period where it has one.")
    iri: str = Field("", description="The record: a statistic's publication, a finding, an effect, a resource.")
    query: str = Field("", description="Name of the saved query that gives it.")
    values: dict[str, str] = Field(default_factory=dict, description="The parameters of that query.")
    mark: Mark = Field("", description="How the graph knows it.")


class Statement(Part):
    """A drafted sentence or two."""

    id: str = Field(description="Its name in this plan, by which it can be edited.")
    text: str = Field(description="The words, as drafted.")
    facts: tuple[Fact, ...] = Field((), description="What it rests on.")
    mark: Mark = Field("", description="The weakest of what it rests on.")
    stance: Stance = Field("", description="What it says of the programme.")


class Blank(Part):
    """What only local people can say."""

    id: str
    ask: str = Field(description="What is asked.")
    who: str = Field(description="Who can answer it.")
    look: tuple[Fact, ...] = Field((), description="Resources of the graph that help.")


class Cell(Part):
    """A cell of a table; ``iri`` is the record that it shows."""

    text: str
    iri: str = ""
    number: bool = False
    mark: str = Field("", description="A mark of evidence: a strength, a direction or a basis, by its slug.")


class Grid(Part):
    """A table; the first cell of a row is its head."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    facts: tuple[Fact, ...] = Field((), description="The queries that gave it.")


class Line(Part):
    """A line of a picture, or one bar."""

    name: str
    values: tuple[Decimal | None, ...]
    iris: tuple[str, ...] = ()


class Picture(Part):
    """A picture: lines over periods, or bars."""

    kind: Literal["lines", "bars"]
    title: str
    description: str
    periods: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    unit: str = Field("", description="What is written behind a number.")
    before: str = Field("", description="What is written before a number.")


class Section(Part):
    """A section of the template of the year, as far as the graph can draft it."""

    slug: str
    iri: str
    title: str
    purpose: str
    asked: bool = Field(description="Whether the template of this period asks for it.")
    basis: Mark = Field(description="Whether the section was seen in a published template or is recalled.")
    level: str = Field(description="How far the graph can fill it: full, partial or none.")
    level_note: str = ""
    asks: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    grids: tuple[Grid, ...] = ()
    pictures: tuple[Picture, ...] = ()
    blanks: tuple[Blank, ...] = ()
    look: tuple[Fact, ...] = Field((), description="Guidance of the graph on the section as a whole.")
    sources: tuple[Fact, ...] = Field((), description="Where the template itself was read.")


class Condition(Part):
    """A national condition, with what the graph can already evidence."""

    slug: str
    iri: str
    title: str
    basis: Mark
    note: str = ""
    statements: tuple[Statement, ...] = ()
    blank: Blank
    sources: tuple[Fact, ...] = ()


class Baseline(Part):
    """A published figure from which a metric may start, here, in places alike and in England."""

    label: str
    period: str
    unit: str
    value: Decimal
    per: Decimal = Field(description="For each 100,000 residents where it is a count, else the value.")
    middle: Decimal | None = Field(description="The middle of the statistical neighbours, in the measure of ``per``.")
    england: Decimal | None = Field(description="England, in the measure of ``per``.")
    counted: bool = Field(description="Whether the value is a count.")
    near: str = Field("", description="What differs from the metric, where the figure is only near to it.")
    early: Decimal | None = Field(None, description="The oldest figure held that may be set beside it, as ``value``.")
    early_period: str = ""
    fact: Fact


class Metric(Part):
    """A national metric of the period."""

    slug: str
    iri: str
    title: str
    definition: str
    good: Literal["", "down", "up"] = Field(description="Which way is better; empty where the rules do not say.")
    data: str = ""
    outcome: str = Field("", description="The outcome of the graph that it measures, by its slug.")
    basis: Mark
    note: str = ""
    baseline: Baseline | None = None
    statements: tuple[Statement, ...] = ()
    blank: Blank
    sources: tuple[Fact, ...] = ()


class Expected(Part):
    """What the calculator expects of the programme for one outcome: relative change in the last year of the run."""

    outcome: str
    label: str
    change: Decimal = Field(description="A signed fraction: below nought is less.")


class Effect(Part):
    """What the graph's evidence says of one intervention and outcome, for the checks of what a plan claims."""

    intervention: str
    intervention_label: str
    outcome: str
    outcome_label: str
    outcome_names: tuple[str, ...] = Field((), description="Other names of the outcome.")
    says: Literal["improves", "no-clear-effect", "worsens"]
    level: str = Field(description="Strength of the evidence by its slug.")
    iri: str


class Choices(BaseModel):
    """What a plan is drafted from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    area: Annotated[str, Field(max_length=60)] = Field(
        description="Code or name of a present English council with adult social care.", examples=["E06000027"]
    )
    year: Annotated[str, Field(max_length=10)] = Field(
        "2025-26", description="Year of the planning rules, from 2013-14 to 2025-26.", examples=["2025-26"]
    )
    care_groups: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=14)] = Field(
        default_factory=list, description="Groups of people the plan is for.", examples=[["older-people"]]
    )
    benefits: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=20)] = Field(
        default_factory=list, description="Priorities: benefits that partners agreed on.",
        examples=[["independence-at-home", "time-out-of-hospital"]],
    )  # fmt: skip
    interventions: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=12)] = Field(
        default_factory=list, description="The programme.", examples=[["reablement", "hospital-at-home"]]
    )
    value_case: Annotated[str, Field(max_length=120)] = Field(
        "", description="A value case whose interventions, cost and reach are taken.", examples=["torbay"]
    )
    services: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=60)] = Field(
        default_factory=list, description="Existing services, each as intervention:care group:per cent reached:name.",
        examples=[["reablement:older-people:35:Home first team"]],
    )  # fmt: skip


class Plan(Part):
    """A drafted plan."""

    choices: Choices
    area: str = Field(description="Name of the council.")
    area_iri: str
    period: str = Field(description="The planning period whose rules apply, by its label.")
    period_iri: str
    period_note: str = ""
    version: str = Field(description="Version of the graph it was drafted from.")
    lede: str = Field(description="The plan in a sentence.")
    notes: tuple[str, ...] = Field((), description="What there is to know about the rules of this year.")
    calculator: str = Field("", description="The calculation behind the benefits: its address on this site.")
    labels: dict[str, str] = Field(default_factory=dict, description="What the things chosen are called.")
    sections: tuple[Section, ...]
    conditions: tuple[Condition, ...]
    metrics: tuple[Metric, ...]
    expected: tuple[Expected, ...] = ()
    effects: tuple[Effect, ...] = ()

    def statements(self) -> Iterator[Statement]:
        """Every drafted statement, in the order of the plan."""
        for part in self.parts():
            yield from part.statements

    def parts(self) -> Iterator[Section | Condition | Metric]:
        """Everything that has statements."""
        yield from self.sections
        yield from self.conditions
        yield from self.metrics

    def section(self, slug: str) -> Section | None:
        """The section of that name."""
        return next((one for one in self.sections if one.slug == slug), None)
