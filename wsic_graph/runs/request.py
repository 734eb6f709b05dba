"""What somebody asks to have calculated: a scenario in full, or an area with a programme that the graph fills in.

A body with the field ``area`` is of the second kind, every other is a scenario.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wsic_graph.calculator.faults import Fault, ScenarioError
from wsic_graph.calculator.fields import LONGEST_HORIZON
from wsic_graph.calculator.reading import parsed
from wsic_graph.errors import ParameterError
from wsic_graph.prefill import COHORTS, Prefilled, quick
from wsic_graph.prefill.facts import Rows
from wsic_graph.prefill.quick import MOST_INTERVENTIONS

_MOST = 400
"""Most values of your own in one request."""
Name = Annotated[str, Field(max_length=200)]
Value = (
    Annotated[int, Field(strict=True, ge=-(10**15), le=10**15)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
    | Annotated[str, Field(max_length=40)]
)
Part = (
    Value
    | Annotated[list[Value], Field(max_length=LONGEST_HORIZON)]
    | Annotated[dict[Name, Value], Field(max_length=3)]
)
"""A value of your own: a number, one for each year, or ``low``, ``central`` and ``high``."""
Shares = Annotated[dict[Name, Value], Field(max_length=_MOST)]


class AreaRequest(BaseModel):
    """An area and a programme; the graph gives the rest, with the origin of every number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    area: Annotated[str, Field(max_length=40)] = Field(
        description="Code of an English council with adult social care duties.", examples=["E06000027"]
    )
    value_case: Annotated[str, Field(max_length=120)] | None = Field(
        None, description="A value case, whose interventions, cost and reach are taken.", examples=["torbay"]
    )
    interventions: list[Name] = Field(
        default_factory=list,
        max_length=MOST_INTERVENTIONS,
        description="Interventions of the graph; those of the value case if none is given.",
        examples=[["reablement", "hospital-at-home"]],
    )
    cohort: Name = Field("adults", description=f"The people: one of {', '.join(COHORTS)}.", examples=["65plus"])
    persons: Value | None = Field(
        None, description="Your own number of people, above 0, instead of that of the cohort.", examples=[1500]
    )
    horizon: Annotated[int, Field(ge=1, le=LONGEST_HORIZON, strict=True)] = Field(
        5, description=f"Years of the run, from 1 to {LONGEST_HORIZON}.", examples=[5]
    )
    evidence: Literal["controlled", "all"] = Field(
        "controlled",
        description="Evidence standard: only effects seen in a controlled comparison, or all with a deadweight.",
        examples=["controlled"],
    )
    recalled: bool = Field(
        False,
        strict=True,
        description="Whether effects that rest on recalled findings alone are used.",
        examples=[False],
    )
    valuation: Literal["admissions", "bed-days"] = Field(
        "admissions", description="What emergency care is priced by.", examples=["admissions"]
    )
    deadweight: Shares = Field(
        default_factory=dict,
        description="By effect without a comparison group, the share (0 to 1) that would have happened anyway.",
        examples=[{"reablement--emergency-admissions": 0.5}],
    )
    prefer: list[Name] = Field(
        default_factory=list,
        max_length=_MOST,
        description="Effects to use where several stand for one outcome.",
        examples=[["hospital-at-home--readmissions"]],
    )
    overlaps: Shares = Field(
        default_factory=dict,
        description="By outcome on which several services work, the share (0 to 1) of their effect that is the same.",
        examples=[{"emergency-admissions": 0.5}],
    )
    payers: Shares = Field(
        default_factory=dict,
        description="By sector, the share of the cost that it pays; the shares sum to 1.",
        examples=[{"social-care": 0.6, "community": 0.4}],
    )
    optimism: bool = Field(
        True, strict=True, description="Whether benefits and costs are corrected for optimism.", examples=[True]
    )
    overrides: dict[Annotated[str, Field(max_length=400)], Part] = Field(
        default_factory=dict,
        max_length=_MOST,
        description="Your own values by JSON pointer into the scenario; parts of lists may be named by their id.",
        examples=[{"/interventions/reablement/cost/fixed": 250000}],
    )

    def choices(self) -> dict[str, Any]:
        """What was chosen, without what was left as it is."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def prefilled(self, rows: Rows) -> Prefilled:
        """The scenario from the graph, which ``rows`` asks. Raises ``ScenarioError`` that names the field."""
        try:
            return quick(rows, **self.model_dump())
        except ParameterError as error:
            raise ScenarioError([_fault(error.name, str(error).removeprefix(f"{error.name}: "))]) from None


AREA_EXAMPLES: dict[str, dict[str, Any]] = {
    "area-and-value-case": {"area": "E06000027", "value_case": "torbay", "cohort": "65plus"},
    "area-and-interventions": {
        "area": "E08000003",
        "interventions": ["reablement", "hospital-at-home"],
        "cohort": "65plus",
        "horizon": 3,
        "payers": {"social-care": 0.5, "community": 0.5},
        "overrides": {"/interventions/hospital-at-home/cost/fixed": 400000},
    },
}
"""Requests that show how to write one."""


def read_request(data: str | bytes) -> AreaRequest | None:
    """The request about an area in the JSON ``data``, or None if that is a scenario, which was not checked yet.

    Raises ``ScenarioError``, which names every field that is not right.
    """
    tree = parsed(data)
    if not isinstance(tree, dict) or "area" not in tree:
        return None
    try:
        return AreaRequest.model_validate(tree)
    except ValidationError as error:
        raise ScenarioError([_wrong(dict(item)) for item in error.errors(include_url=False)]) from None


def _wrong(item: dict[str, Any]) -> Fault:
    at = item["loc"]
    if item["type"] == "extra_forbidden":
        known = ", ".join(AreaRequest.model_fields)
        return Fault(str(at[0])[:80], "is no field of a request about an area", f"only these: {known}", "area")
    words = item["msg"]
    return _fault(str(at[0]), words[:1].lower() + words[1:])


def _fault(name: str, words: str) -> Fault:
    field = AreaRequest.model_fields.get(name)
    if field is None:
        return Fault(name, words, "another value", "")
    example = json.dumps(field.examples[0]) if field.examples else ""
    meaning = (field.description or "another value").rstrip(".")
    return Fault(name, words, meaning[:1].lower() + meaning[1:], example)
