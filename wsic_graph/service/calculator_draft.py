"""From what was chosen on the page to a scenario, or to what is wrong, in words beside the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from wsic_graph.answers import Iri
from wsic_graph.calculator.faults import Fault, ScenarioError
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.errors import ParameterError
from wsic_graph.places.finder import find_area
from wsic_graph.prefill import Prefilled, quick
from wsic_graph.prefill.pointers import pointer, resolve
from wsic_graph.runs.request import AreaRequest
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.calculator_state import PAIRED, State

_CONTROLS = {field: name for name, field in PAIRED.items()} | {"interventions": "intervention"}
_FIELD = re.compile(r"\[(\d+)\]|\.?([^.\[]+)")


@dataclass(frozen=True)
class Drafted:
    """A scenario from the choices, as far as they go; ``faults`` are by the name of the control they stand beside."""

    state: State
    choices: Mapping[str, Any]
    """As :meth:`AreaRequest.choices` has them."""
    prefilled: Prefilled | None
    faults: Mapping[str, str]


def draft(known: Known, state: State) -> Drafted:
    """The scenario for ``state``. What is wrong is left out and told, so that the rest can be shown."""
    faults = dict(state.wrong)
    choice = state.choice()
    choice["area"] = _area(known, state["area"], faults)
    prefilled = _filled(known, choice, faults)
    if prefilled is not None:
        try:
            read_scenario(prefilled.scenario)
        except ScenarioError as error:
            for fault in error.faults:
                name, words = _beside(fault, choice, prefilled.scenario)
                faults.setdefault(name, words)
    choices: dict[str, Any] = {}
    if prefilled is not None and not faults:
        try:
            choices = AreaRequest.model_validate(choice).choices()
        except ValidationError as error:  # a number of a thousand digits is one, and is still too long
            faults |= {str(item["loc"][0]): _sentence(item["msg"]) for item in error.errors()}
    if choice["area"]:
        state = state.with_area(choice["area"])
    return Drafted(state, choices, prefilled, faults)


def _area(known: Known, text: str, faults: dict[str, str]) -> str:
    if not text:
        return ""
    found = find_area(known.rows("pages/areas"), text)
    if len(found) == 1:
        iri = found[0]["area"]
        assert isinstance(iri, Iri)
        return iri.slug
    names = ", ".join(str(row["label"]) for row in found[:8])
    if found:
        faults["area"] = f"“{text[:60]}” may be one of several: {names}. Type more of the name."
    else:
        faults["area"] = f"No area has “{text[:60]}” in its name. Give the name or code of a council, such as Torbay."
    return ""


def _filled(known: Known, choice: dict[str, Any], faults: dict[str, str]) -> Prefilled | None:
    """The scenario; every choice that is refused is told in ``faults`` and taken out of ``choice``."""
    if not choice["area"] or not (choice["value_case"] or choice["interventions"]):
        return None
    for _ in range(sum(map(len, (choice[field] for field in PAIRED.values()))) + 60):
        try:
            return quick(known.rows, **choice)
        except ParameterError as error:
            words = str(error).removeprefix(f"{error.name}: ")
            control = _CONTROLS.get(error.name, error.name)
            given = choice.get(error.name)
            part = _without(given, error.value)
            if part is not None:
                choice[error.name], control = part, f"{control}:{error.value}" if control in PAIRED else control
            elif not _reset(choice, error.name):
                faults.setdefault(control, _sentence(words))
                return None
            faults.setdefault(control, _sentence(words))
    return None


def _without(given: Any, value: str) -> Any:
    """A list or mapping without the part that was refused; None if that is not in it."""
    if isinstance(given, dict):
        found = next((key for key in given if key[: len(value)] == value), None) if value else None
        return None if found is None else {key: item for key, item in given.items() if key != found}
    if isinstance(given, list) and value in given:
        return [item for item in given if item != value]
    return None


def _reset(choice: dict[str, Any], name: str) -> bool:
    """Put a choice back to what stands for it, so that the rest can be shown; whether that may help."""
    if name == "persons" and choice["persons"] is None:
        name = "cohort"
    if name not in AreaRequest.model_fields or name in ("area", "interventions"):
        return False
    plain = AreaRequest.model_fields[name].get_default(call_default_factory=True)
    changed: bool = choice[name] != plain
    choice[name] = plain
    return changed


def _beside(fault: Fault, choice: Mapping[str, Any], scenario: Mapping[str, Any]) -> tuple[str, str]:
    """The control beside which a fault of the scenario stands, and its words."""
    example = f", for example {fault.example}" if fault.example else ""
    words = _sentence(f"{fault.message}. Give {fault.limit}{example}")
    tokens = [int(number) if number else name for number, name in _FIELD.findall(fault.field)]
    at = pointer(*tokens)
    for key in choice["overrides"]:
        found = resolve(scenario, key)[0]
        if found == at or at.startswith(f"{found}/") or found.startswith(f"{at}/"):
            return f"set:{key}", words
    if "payer_split" in tokens:
        return "payer", words
    if tokens[0] == "overlap_groups" and len(tokens) > 1:
        return f"overlap:{list(choice['overlaps'])[int(tokens[1])]}", words
    if tokens[-1] == "deadweight" and len(tokens) == 5:
        source = resolve(scenario, f"{pointer(*tokens[:-1])}/evidence/source")
        return f"deadweight:{str(source[1][source[2]]).rsplit('/', 1)[-1]}", words
    return "scenario", f"{fault.field}: {words}"


def _sentence(words: str) -> str:
    text = words.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
