"""The calculator in OpenAPI, written from the models of the scenario and of its answer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from wsic_graph.calculator.examples import EXAMPLES
from wsic_graph.calculator.results import Report
from wsic_graph.calculator.scenario import Scenario
from wsic_graph.service.calculator import MOST_BYTES

PATH = "/api/calculator"
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
    return _schema(Scenario, "validation") | _schema(Report, "serialization")


def operation() -> dict[str, Any]:
    """The operation at :data:`PATH`."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    examples = {name: {"summary": value["title"], "value": value} for name, value in EXAMPLES.items()}
    return {
        "operationId": "calculate",
        "summary": "Calculate a value case.",
        "description": (
            "What a programme would change, what that is worth, to whom, and how sure that is. Decimals may be sent "
            "as numbers or as text; in the answer they are text, rounded half-up."
        ),
        "tags": [TAG["name"]],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Scenario"}, "examples": examples}
            },
        },
        "responses": {
            "200": {
                "description": "The whole answer.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Report"}}},
            },
            **{str(status): {"description": text, "content": problem} for status, text in _REFUSALS.items()},
        },
    }


def _schema(model: type[BaseModel], mode: Any) -> dict[str, Any]:
    found = model.model_json_schema(ref_template="#/components/schemas/{model}", mode=mode)
    return {**found.pop("$defs", {}), model.__name__: found}
