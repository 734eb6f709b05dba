"""The plan builder in OpenAPI, written from the models of its choices and of the plan."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, create_model

from wsic_graph.plans.checks import Check
from wsic_graph.plans.edits import Edits
from wsic_graph.plans.model import Choices, Plan
from wsic_graph.plans.settle import FIELDS, SINGLE

PATH = "/api/plan"
TAG = {"name": "plan", "description": "A plan for an area, drafted from the graph."}
EXAMPLE: dict[str, Any] = {
    "area": "E06000027",
    "year": "2025-26",
    "care_groups": ["older-people"],
    "benefits": ["independence-at-home", "time-out-of-hospital"],
    "interventions": ["reablement", "hospital-at-home"],
}
_REF = "#/components/schemas/Plan{model}"
_REFUSALS = {
    422: "A choice is not right; `faults` names each field, what is taken there and an example.",
    429: "All places for calculations are taken; try again after the time in Retry-After.",
    503: "The calculation took too long.",
}
_BODY = {413: "The request is too large.", 415: "The choices are not sent as JSON."}
_Answer = create_model(
    "Answer", version=(str, ...), page=(str, ...), plan=(Plan, ...), edits=(Edits, ...), checks=(list[Check], ...)
)


def schemas() -> dict[str, Any]:
    """The schemas of the choices, of the plan and of their parts, each with ``Plan`` before its name."""
    return _schema(Choices, "validation") | _schema(_Answer, "serialization")


def operations() -> dict[str, Any]:
    """The operations at :data:`PATH`."""
    about = {
        "description": (
            "Every section of the template of the year, each drafted statement with the facts and the query it rests "
            "on, what only local people can answer, national conditions, metrics with their baseline, and what the "
            "checks find. Nothing is stored."
        ),
        "tags": [TAG["name"]],
    }
    body = {"required": True, "content": {"application/json": {"schema": _to("Choices"), "example": EXAMPLE}}}
    return {
        "get": {
            "operationId": "plan_of_address", "summary": "Draft a plan from the choices in the address.", **about,
            "parameters": _parameters(), "responses": _responses(_REFUSALS),
        },
        "post": {
            "operationId": "plan", "summary": "Draft a plan.", **about,
            "requestBody": body, "responses": _responses(_BODY | _REFUSALS),
        },
    }  # fmt: skip


def _parameters() -> list[dict[str, Any]]:
    found = []
    for name in (*SINGLE, *FIELDS):
        field = Choices.model_fields[FIELDS.get(name, name)]
        many = name in FIELDS
        example = (field.examples or [""])[0]
        schema: dict[str, Any] = {"type": "string", "maxLength": 300}
        found.append(
            {
                "name": name,
                "in": "query",
                "description": field.description,
                "required": name == "area",
                "schema": {"type": "array", "items": schema} if many else schema,
                "example": example,
            }
        )
    return found


def _responses(refusals: dict[int, str]) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    done = {"description": "The plan.", "content": {"application/json": {"schema": _to("Answer")}}}
    refused = {str(status): {"description": text, "content": problem} for status, text in sorted(refusals.items())}
    return {"200": done, **refused}


def _to(model: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=model)}


def _schema(model: type[BaseModel], mode: Any) -> dict[str, Any]:
    found = model.model_json_schema(ref_template=_REF, mode=mode)
    parts = found.pop("$defs", {})
    return {f"Plan{name}": part for name, part in (parts | {model.__name__: found}).items()}
