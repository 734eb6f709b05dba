"""The check of existing services in OpenAPI, written from the model of the list."""

from __future__ import annotations

from typing import Any

from wsic_graph.existing.request import EXAMPLE, ServiceList

PATH = "/api/service-check"
TAG = {"name": "service-check", "description": "Existing services held against the benefits map."}
_REFUSALS = {
    413: "The list is too large.",
    415: "The list is not sent as JSON.",
    422: "The list is not right; `faults` names each field, what is taken there and an example.",
    429: "All places for queries are taken; try again after the time in Retry-After.",
    503: "The check took too long.",
}


def schemas() -> dict[str, Any]:
    """The schemas of the list, of its parts and of what comes out."""
    found = ServiceList.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**found.pop("$defs", {}), ServiceList.__name__: found, "ServiceCheck": _result()}


def operation() -> dict[str, Any]:
    """The operation at :data:`PATH`."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "operationId": "service_check",
        "summary": "Hold existing services against the benefits map.",
        "description": (
            "Coverage of each agreed benefit, gaps with the largest first, benefits that are met by nobody, possible "
            "duplication, overlap, services that lead to no agreed benefit, and missing enablers. Nothing is stored."
        ),
        "tags": [TAG["name"]],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/ServiceList"},
                    "examples": {"two-services": {"summary": "Two services", "value": EXAMPLE}},
                }
            },
        },
        "responses": {
            "200": {
                "description": "The list with the result.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ServiceCheck"}}},
            },
            **{str(status): {"description": text, "content": problem} for status, text in _REFUSALS.items()},
        },
    }


def _result() -> dict[str, Any]:
    share = {
        "type": "string",
        "pattern": r"^[0-9]+(\.[0-9]+)?$",
        "description": "A share from 0 to 1, or a sum of shares.",
    }
    text = {"type": "string"}
    texts = {"type": "array", "items": text}

    def rows(**fields: Any) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "object", "required": [*fields], "properties": fields}}

    result = {
        "benefits": rows(
            benefit=text, label=text, coverage={"oneOf": [share, {"type": "null"}]}, delivered=share, mapped=share,
            unmet={"type": "boolean"},
        ),
        "gaps": rows(
            intervention=text, outcome=text, care_group=text, contribution=text, benefits=texts, share=share,
            covered=share, missing=share,
        ),
        "possible_duplication": rows(intervention=text, care_group=text, services=texts, coverage=share),
        "overlap": rows(outcome=text, care_group=text, first=text, second=text, substitutes={"type": "boolean"}),
        "orphans": rows(name=text, intervention=text, care_group=text, links={"type": "integer"}),
        "missing_enablers": rows(enabler=text, needed_by=texts),
    }  # fmt: skip
    return {
        "type": "object",
        "required": ["version", "page", "result"],
        "properties": {
            "version": text,
            "page": {"type": "string", "format": "uri"},
            "result": {"type": "object", "required": [*result], "properties": result},
        },
    }
