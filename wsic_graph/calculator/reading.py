"""From JSON to a scenario, or to errors in words that name every field."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from wsic_graph.calculator.faults import Fault, ScenarioError
from wsic_graph.calculator.scenario import Scenario

_MOST_FAULTS = 50
_EXAMPLES = {
    "horizon": "5",
    "effects": '[{"outcome": "emergency-admissions", "reduction": 0.1}]',
    "settings": '{"horizon": 5}',
    "segments": '[{"id": "65-plus", "population": 20000}]',
    "outcomes": '[{"id": "emergency-admissions", "unit_cost": 2600, "baseline": {"65-plus": 800}}]',
    "interventions": '[{"id": "rapid-response", "coverage": {"65-plus": 0.5}, "effects": []}]',
    "baseline": '{"65-plus": 800}',
    "coverage": '{"65-plus": 0.5}',
    "sector_split": '{"acute": 1}',
    "payer_split": '{"community": 0.6, "primary": 0.4}',
    "members": '["rapid-response", "virtual-wards"]',
    "indices": '{"nhscii": {"2023/24": 0.0431}}',
}


def read_scenario(data: str | bytes | Mapping[str, Any]) -> Scenario:
    """The scenario in ``data``, which is JSON or what JSON became. Raises ``ScenarioError``."""
    given = parsed(data) if isinstance(data, str | bytes) else data
    if not isinstance(given, Mapping):
        raise ScenarioError([Fault("scenario", "is not a JSON object", "an object", '{"settings": {"horizon": 5}}')])
    try:
        return Scenario.model_validate(dict(given))
    except ValidationError as error:
        raise ScenarioError(_faults(error)) from None


def parsed(data: str | bytes) -> Any:
    """What the JSON in ``data`` says, every name once in its object. Raises ``ScenarioError``."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data.removeprefix("\ufeff")
        return json.loads(text, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        words = f"is not UTF-8: byte {error.start + 1} is wrong"
    except json.JSONDecodeError as error:
        words = f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
    except RecursionError:
        words = "is nested too deeply"
    except ValueError as error:
        words = "has a number of thousands of digits, which is too long" if "digits" in str(error) else str(error)
    raise ScenarioError([Fault("scenario", words, "one JSON object in UTF-8", '{"settings": {"horizon": 5}}')])


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"has the field {max(names, key=names.count)!r} twice in one object")
    return found


def _faults(error: ValidationError) -> list[Fault]:
    found: list[Fault] = []
    for item in error.errors(include_url=False)[:_MOST_FAULTS]:
        if item["type"] == "scenario_whole":
            found += item["ctx"]["faults"][:_MOST_FAULTS]
        else:
            found.append(_fault(item))
    return found


def _fault(item: ErrorDetails) -> Fault:
    at, context = item["loc"], item.get("ctx", {})
    field, owner = _place(at)
    where = _path(at)
    if item["type"] == "scenario":
        return Fault(where, context["words"], context["limit"], context["example"])
    if item["type"] == "extra_forbidden" and owner is not None:
        names = list(owner.model_fields)
        near = get_close_matches(str(at[-1]), names, 1)
        hint = f"is no field here; did you mean {near[0]}?" if near else "is no field here"
        return Fault(where, hint.rstrip("?"), f"only these: {', '.join(names)}", near[0] if near else "")
    example = _example(at, field)
    meaning = (field.description or "a value").rstrip(".") if field is not None else "what the description asks for"
    if item["type"] == "missing":
        return Fault(where, "is missing", f"it: {meaning}", example)
    return Fault(where, _lower(item["msg"]), f"another value: {meaning}", example)


def _example(at: tuple[int | str, ...], field: FieldInfo | None) -> str:
    name = next((part for part in reversed(at) if isinstance(part, str) and part in _EXAMPLES), "")
    if field is not None and field.examples:
        return str(field.examples[0])
    for part in field.metadata if field is not None else ():
        if hasattr(part, "example"):
            return str(part.example)
        if hasattr(part, "kind"):
            return str(part.kind.example)
    if field is not None and field.default not in (None, ...) and isinstance(field.default, str | int | float):
        return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return _EXAMPLES.get(name, "")


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:].rstrip(".")


def _path(at: tuple[int | str, ...]) -> str:
    """``interventions[0].uptake``."""
    text = ""
    for part in at:
        if part == "[key]":
            continue
        shown = str(part) if len(str(part)) <= 80 else f"{str(part)[:77]}..."
        text += f"[{part}]" if isinstance(part, int) else f".{shown}" if text else shown
    return text or "scenario"


def _place(at: tuple[int | str, ...]) -> tuple[FieldInfo | None, type[BaseModel] | None]:
    """The field at a place of the scenario, and the model in which it is or would be."""
    model: type[BaseModel] | None = Scenario
    field: FieldInfo | None = None
    owner: type[BaseModel] | None = Scenario
    for part in at:
        if isinstance(part, int) or model is None:
            continue
        owner = model
        field = model.model_fields.get(part)
        model = _inner(field.annotation) if field is not None else None
    return field, owner


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation, as in ``list[Effect]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for item in get_args(annotation) if (found := _inner(item)) is not None), None)
