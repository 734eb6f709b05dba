"""The calculator in OpenAPI, written from the models of the scenario and of its answer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from wsic_graph.calculator.examples import EXAMPLES
from wsic_graph.calculator.results import Report
from wsic_graph.calculator.scenario import Scenario
from wsic_graph.runs.answer import schema
from wsic_graph.runs.request import AREA_EXAMPLES, AreaRequest
from wsic_graph.service.calculator import MOST_BYTES

PATH = "/api/calculator"
_REF = "#/components/schemas/{model}"
_ABOUT = {
    "area-and-value-case": "An area and a value case, and nothing else",
    "area-and-interventions": "An area and services of your own choice, with a cost of your own",
}
TAG = {"name": "calculator", "description": "The value case calculator."}
_REFUSALS = {
    413: f"The scenario is larger than {MOST_BYTES:,} bytes.",
    415: "The scenario is not sent as JSON.",
    422: "The scenario is not right; `faults` names each field, its limit and a valid example.",
    429: "All places for calculations are taken; try again after the time in Retry-After.",
    503: "The calculation took too long or too much memory.",
}


def schemas() -> dict[str, Any]:
    """The schemas of the scenario, of the report and of all their parts."""
    origin = schema(_REF)
    parts = origin.pop("$defs", {})
    found = _schema(Scenario, "validation") | _schema(Report, "serialization") | _schema(AreaRequest, "validation")
    report = found["Report"]  # closed, so what an area adds stands in a schema of its own
    both = {
        "description": "The report with the scenario that the graph filled in, and where each number is from.",
        "properties": {**report["properties"], **origin["properties"]},
        "required": [*report["required"], *origin["required"]],
    }
    return {**found, **parts, "AreaReport": {**report, **both, "title": "AreaReport"}}


def operation() -> dict[str, Any]:
    """The operation at :data:`PATH`."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    examples = {name: {"summary": value["title"], "value": value} for name, value in EXAMPLES.items()}
    examples |= {name: {"summary": _ABOUT[name], "value": value} for name, value in AREA_EXAMPLES.items()}
    return {
        "operationId": "calculate",
        "summary": "Calculate a value case.",
        "description": (
            "What a programme would change, what that is worth, to whom, and how sure that is. Decimals may be sent "
            "as numbers or as text; in the answer they are text, rounded half-up. A body with the field `area` is a "
            "request about an area, which the graph fills in; its answer also has the scenario and the origin of "
            "every number. Every other body is a scenario in full."
        ),
        "tags": [TAG["name"]],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _either("Scenario", "AreaRequest"), "examples": examples}},
        },
        "responses": {
            "200": {
                "description": "The whole answer.",
                "content": {"application/json": {"schema": _either("Report", "AreaReport")}},
            },
            **{str(status): {"description": text, "content": problem} for status, text in _REFUSALS.items()},
        },
    }


def _either(*models: str) -> dict[str, Any]:
    return {"anyOf": [{"$ref": _REF.format(model=model)} for model in models]}


def _schema(model: type[BaseModel], mode: Any) -> dict[str, Any]:
    found = model.model_json_schema(ref_template=_REF, mode=mode)
    return {**found.pop("$defs", {}), model.__name__: found}
