"""The API of the saved queries in OpenAPI 3.1, written from their heads and from the graph."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from wsic_graph.choices import Choices
from wsic_graph.formats import GRAPHS, HTML, RESULTS
from wsic_graph.namespaces import SCHEMES
from wsic_graph.queries import Parameter, Query
from wsic_graph.service import openapi_calculator as calculator
from wsic_graph.service import openapi_plan as plan
from wsic_graph.service import openapi_service_check as service_check
from wsic_graph.service import openapi_submissions as submissions
from wsic_graph.service.examples import AUDIENCES
from wsic_graph.settings import Settings

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_REFUSALS = {
    406: "None of the types that the request accepts is offered.",
    413: "The answer is too large.",
    422: "A parameter is unknown or its value is not right; the answer names it and values that are near.",
    429: "All places for queries are taken; try again after the time in Retry-After.",
    503: "The query took too long.",
}
_SCHEMAS: dict[str, Any] = {
    "string": {"type": "string"},
    "text": {"type": "string"},
    "iri": {"type": "string", "format": "iri-reference"},
    "integer": {"type": "integer", "format": "int64", "minimum": 1 - 10**18, "maximum": 10**18 - 1},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
    "year": {"type": "string", "pattern": "^[0-9]{4}$"},
    "date": {"type": "string", "format": "date"},
}


def document(app: FastAPI, queries: Iterable[Query], choices: Choices, settings: Settings, version: str) -> Any:
    """The whole document; enumerations are the concepts of the schemes in this release of the graph."""
    found = get_openapi(
        title=app.title,
        version=version,
        summary="Saved queries over the graph of whole system integrated care.",
        description=(
            "Each saved query is one operation. Rows come in a fixed order, in pages; follow the links in the Link "
            "header. Everything else can be asked in SPARQL at /sparql."
        ),
        license_info={"name": "CC BY 4.0", "identifier": "CC-BY-4.0"},
        servers=[{"url": "/"}],
        tags=[
            *({"name": name, "description": text} for name, text in AUDIENCES.items()),
            calculator.TAG,
            plan.TAG,
            service_check.TAG,
            submissions.TAG,
        ],
        routes=[],
    )
    found["paths"] = {f"/queries/{query.name}": {"get": _operation(query, choices, settings)} for query in queries}
    found["paths"][calculator.PATH] = {"post": calculator.operation()}
    found["paths"][plan.PATH] = plan.operations()
    found["paths"][service_check.PATH] = {"post": service_check.operation()}
    found["paths"] |= submissions.paths()
    found["components"] = {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "parameters": _paging(settings),
        "responses": {str(status): _refusal(text) for status, text in _REFUSALS.items()},
        "schemas": {
            "Problem": _problem(),
            "SparqlResults": _results(),
            **calculator.schemas(),
            **plan.schemas(),
            **service_check.schemas(),
            **submissions.schemas(),
        },
    }
    return found


def _operation(query: Query, choices: Choices, settings: Settings) -> dict[str, Any]:
    select, rows = query.form == "select", query.form in ("select", "ask")
    offered = (RESULTS if rows else GRAPHS) | {HTML.name: HTML}
    content: dict[str, Any] = {form.media_type: {"schema": {"type": "string"}} for form in offered.values()}
    if rows:
        content[RESULTS["json"].media_type] = {"schema": {"$ref": "#/components/schemas/SparqlResults"}}
    else:
        content[GRAPHS["jsonld"].media_type] = {"schema": {"type": ["array", "object"]}}
    links = {"Link": {"description": "The pages `first`, `prev` and `next`.", "schema": {"type": "string"}}}
    shared = [{"$ref": f"#/components/parameters/{name}"} for name in _paging(settings) if select]
    return {
        "operationId": query.name.replace("/", "_").replace("-", "_"),
        "summary": query.summary,
        "description": query.description,
        "tags": [query.audience],
        "parameters": [*(_parameter(item, choices) for item in query.parameters), _format(list(offered)), *shared],
        "responses": {
            "200": {"description": "The answer.", "content": content, **({"headers": links} if select else {})},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in _REFUSALS},
        },
        "externalDocs": {"description": "The text of the query", "url": f"/queries/{query.name}.rq"},
    }


def _parameter(parameter: Parameter, choices: Choices) -> dict[str, Any]:
    schema = dict(_SCHEMAS[parameter.type])
    description = parameter.description
    if parameter.among:
        schema = {"type": "string"}
        known = list(choices.of(parameter))
        if parameter.among in SCHEMES and known:
            schema["enum"] = known
        description += f" Its name, `{parameter.among}:name` and its full IRI are all taken."
    if parameter.several:
        schema = {"type": "array", "items": schema}
    if parameter.default:
        schema["default"] = _given(parameter, parameter.default)
    found: dict[str, Any] = {"name": parameter.name, "in": "query", "description": description, "schema": schema}
    if parameter.several:
        found |= {"style": "pipeDelimited", "explode": False}
    if parameter.default is None and not parameter.optional:
        found["required"] = True
    if parameter.example:
        found["example"] = _given(parameter, parameter.example)
    return found


def _given(parameter: Parameter, text: str) -> Any:
    """``text`` as the JSON of a parameter has it: a list where it takes several values."""
    found = [_typed(parameter, value) for value in parameter.values(text)]
    return found if parameter.several else found[0]


def _typed(parameter: Parameter, text: str) -> str | int | float | bool:
    """``text`` as JSON has it."""
    match parameter.type:
        case "integer":
            return int(text)
        case "decimal":
            return float(text)
        case "boolean":
            return text == "true"
        case _:
            return parameter.short(text)


def _format(names: list[str]) -> dict[str, Any]:
    description = "The format, instead of the Accept header. It can also be a suffix of the path."
    return {"name": "format", "in": "query", "description": description, "schema": {"type": "string", "enum": names}}


def _paging(settings: Settings) -> dict[str, Any]:
    most = {"type": "integer", "minimum": 1, "maximum": settings.page_rows, "default": settings.page_rows}
    after = {"type": "string", "pattern": "^([0-9a-f]{22})?$"}  # a form sends an empty one from its first page
    return {
        "limit": {"name": "limit", "in": "query", "description": "Most rows of a page.", "schema": most},
        "after": {
            "name": "after",
            "in": "query",
            "description": "Key of the row behind which the page starts, from a Link header.",
            "schema": after,
        },
    }


def _refusal(text: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _PROBLEM}, "text/html": {"schema": {"type": "string"}}}
    return {"description": text, "content": content}


def _problem() -> dict[str, Any]:
    """Problem details (RFC 9457) as this site writes them."""
    texts = {name: {"type": "string"} for name in ("type", "title", "detail", "instance", "parameter", "value")}
    near = {"type": "array", "items": {"type": "string"}}
    statuses = {"type": "integer", "enum": [int(status) for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST]}
    names = ("field", "message", "limit", "example")
    fault = {"type": "object", "required": [*names], "properties": {name: {"type": "string"} for name in names}}
    faults = {"type": "array", "items": fault, "description": "Each field of a scenario that is not right."}
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {**texts, "status": statuses, "near": near, "faults": faults},
    }


def _results() -> dict[str, Any]:
    """SPARQL 1.1 query results in JSON."""
    term = {
        "type": "object",
        "required": ["type", "value"],
        "properties": {
            "type": {"enum": ["uri", "literal", "bnode"]},
            "value": {"type": "string"},
            "datatype": {"type": "string"},
            "xml:lang": {"type": "string"},
        },
    }
    row = {"type": "object", "additionalProperties": term}
    return {
        "type": "object",
        "required": ["head"],
        "properties": {
            "head": {"type": "object", "properties": {"vars": {"type": "array", "items": {"type": "string"}}}},
            "results": {"type": "object", "properties": {"bindings": {"type": "array", "items": row}}},
            "boolean": {"type": "boolean"},
        },
    }
