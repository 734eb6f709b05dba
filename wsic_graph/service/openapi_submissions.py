"""Submissions in OpenAPI: what is taken, what comes back, with an example of each format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox

from wsic_graph.cells import written
from wsic_graph.namespaces import ID
from wsic_graph.records.tree import CONTEXT_IRI, linked_data
from wsic_graph.service.review_api import STATES

PATH = "/api/submissions"
REVIEW = "/api/review"
TAG = {"name": "submissions", "description": "Records proposed by programs. Editors decide; nothing else is published."}
_RECORD = f"{ID}resource/example-guide-to-joint-teams"
_TURTLE = f"""@prefix basis: <https://w3id.org/wsic/scheme/basis/> .
@prefix care-group: <https://w3id.org/wsic/scheme/care-group/> .
@prefix dc: <http://purl.org/dc/elements/1.1/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix question: <{ID}question/> .
@prefix resource-element: <https://w3id.org/wsic/scheme/resource-element/> .
@prefix resource-type: <https://w3id.org/wsic/scheme/resource-type/> .
@prefix schema: <https://schema.org/> .
@prefix wsic: <https://w3id.org/wsic/ontology#> .

<{_RECORD}> a wsic:Resource ;
  dcterms:title "A guide to joint teams"@en ;
  dcterms:identifier "example-guide-to-joint-teams" ;
  dcterms:description "How two councils set up one team with their hospital."@en ;
  dc:publisher "Two Councils" ;
  schema:url <https://example.org/guide> ;
  wsic:basis basis:recalled ;
  wsic:careGroup care-group:older-people ;
  wsic:howToUse "Read the second chapter first."@en ;
  wsic:question question:q2 ;
  wsic:resourceElement resource-element:governance ;
  wsic:resourceType resource-type:guide .
"""
_TABLE = {
    "title": "A home first team",
    "description": "Nurses and social workers meet people before they are discharged.",
    "nation": "England",
    "area": "Wigan",
    "programme": "Local public service reform",
    "status of the initiative": "active",
    "lead organisation": "Wigan Council",
    "care group": "older-people|frailty",
    "intervention": "reablement",
    "setting": "community",
    "population served: description": "About 900 people a year",
    "contact: organisation": "Wigan Council",
    "list of sources": "A home first team: the first year",
    "new source 1: title": "A home first team: the first year",
}
_triples = [triple.triple for triple in ox.parse(_TURTLE, format=ox.RdfFormat.TURTLE)]
EXAMPLES: Mapping[str, str] = {
    "text/turtle": _TURTLE,
    "application/n-triples": "".join(f"{triple} .\n" for triple in _triples),
    "application/ld+json": json.dumps({"@context": CONTEXT_IRI, **linked_data(_triples, _RECORD)}, indent=2),
    "text/csv": written([[*_TABLE], [*_TABLE.values()]]),
}
"""One body that is taken, by media type."""
_REFUSALS = {
    400: "The body is not UTF-8.",
    401: "There is no token for submissions, or it has expired.",
    404: "`record` is no record that can be added or corrected.",
    413: "The body is too large.",
    415: "The body is of another media type, or compressed.",
    422: "The body is not right: `faults` has each fault, by record and field or by line and column. Nothing was kept.",
    429: "There were too many submissions within an hour; try again after the time in Retry-After.",
    503: "The check took too long, or submissions cannot be kept now.",
}


def paths() -> dict[str, Any]:
    """The operations by their paths."""
    state, several = ({"schema": {"$ref": f"#/components/schemas/{name}"}} for name in ("Submission", "Submissions"))
    return {
        PATH: {"post": _submit(state, several)},
        f"{PATH}/{{secret}}": {"get": _follow("submission", "The state of a submission.", state)},
        f"{PATH}/together/{{secret}}": {"get": _follow("submissions", "The states of those of a table.", several)},
        REVIEW: {"get": _queue()},
    }


def schemas() -> dict[str, Any]:
    """The schemas of states and of what was wrong, and how a token is sent."""
    text = {"type": "string"}
    uri = {"type": "string", "format": "uri"}
    states = {"type": "string", "enum": ["draft", *STATES]}
    parts: dict[str, Any] = {"id": text, "record": uri, "state": states, "reason": text, "changed": text}
    parts |= {"link": uri, "self": uri}
    one = {"type": "object", "required": [*parts], "properties": parts}
    items = {"type": "array", "items": {"$ref": "#/components/schemas/Submission"}}
    several: dict[str, Any] = {"submissions": items, "link": uri, "self": uri}
    waiting = dict.fromkeys(("id", "named", "why", "made", "changed"), text) | {
        "record": uri,
        "state": states,
        "page": uri,
    }
    by_field = {"record": text, "field": text, "message": text}
    by_line = {"line": {"type": "integer", "minimum": 0}, "column": text, "message": text}
    fault = {"oneOf": [_object(by_field), _object(by_line)]}
    problem = dict.fromkeys(("type", "title", "detail", "instance"), text)
    found: dict[str, Any] = {**problem, "status": {"type": "integer"}, "faults": {"type": "array", "items": fault}}
    return {
        "Submission": one,
        "Submissions": _object(several),
        "Queue": _object({"submissions": {"type": "array", "items": _object(waiting)}}),
        "SubmissionProblem": {"type": "object", "required": [*problem, "status"], "properties": found},
    }


def _object(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [*parts], "properties": dict(parts)}


def _submit(state: Mapping[str, Any], several: Mapping[str, Any]) -> dict[str, Any]:
    why = {"name": "why", "in": "query", "description": "What is new or was wrong; it is published in the history."}
    record = {
        "name": "record",
        "in": "query",
        "description": "The record as `initiative/wigan-deal` or as its IRI. Without it, RDF says itself which it is.",
    }
    text = {"schema": {"type": "string"}}
    return {
        "operationId": "submit",
        "summary": "Propose a record, or several initiatives as a table.",
        "description": (
            "The body is checked whole against the shapes; nothing of it is kept when anything is wrong. Turtle, "
            "N-Triples and JSON-LD are about one record, new or corrected, with the sources and organisations that "
            f"are new with it; JSON-LD names the context {CONTEXT_IRI} or writes its own out. CSV has the columns of "
            "/contribute/template.csv. Bodies are UTF-8 and not compressed."
        ),
        "tags": [TAG["name"]],
        "security": [{"token": []}],
        "parameters": [{**record, **text}, {**why, **text}],
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string"}, "examples": {"one": {"summary": "One record", "value": example}}}
                for kind, example in EXAMPLES.items()
            },
        },
        "responses": {
            "201": {
                "description": "It is with the editors. The link is private: it opens the submission.",
                "content": {"application/json": {"schema": {"oneOf": [state["schema"], several["schema"]]}}},
            },
            **_refused(_REFUSALS),
        },
    }


def _follow(name: str, summary: str, found: Mapping[str, Any]) -> dict[str, Any]:
    secret = {"name": "secret", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "operationId": name,
        "summary": summary,
        "description": "The address is the member `self` of the answer to the submission; whoever has it may ask.",
        "tags": [TAG["name"]],
        "parameters": [secret],
        "responses": {
            "200": {"description": "The state.", "content": {"application/json": dict(found)}},
            **_refused({404: "There is no such submission.", 503: "Submissions cannot be read now."}),
        },
    }


def _queue() -> dict[str, Any]:
    state = {"type": "string", "enum": list(STATES), "default": STATES[0]}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Queue"}}}
    return {
        "operationId": "queue",
        "summary": "The submissions in a state, the one that waits longest first.",
        "description": "For the programs of editors. Each leads to its page, where people decide on it.",
        "tags": [TAG["name"]],
        "security": [{"token": []}],
        "parameters": [{"name": "state", "in": "query", "description": "What has become of them.", "schema": state}],
        "responses": {
            "200": {"description": "The submissions.", "content": content},
            **_refused(
                {
                    401: "There is no token for reviews, or it has expired.",
                    422: "There is no such state.",
                    503: "Submissions cannot be read now.",
                }
            ),
        },
    }


def _refused(words: Mapping[int, str]) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/SubmissionProblem"}}}
    return {str(status): {"description": text, "content": content} for status, text in words.items()}
