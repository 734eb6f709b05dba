"""A run of the calculator: what went in, with which data, and what came out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from wsic_graph.calculator.results import Report
from wsic_graph.prefill import Prefilled

_LENGTH = 16


@dataclass(frozen=True)
class Run:
    """One calculation that was kept: what went in, with which data, and what came out."""

    identifier: str
    """16 hexadecimal digits, see :func:`identifier_of`."""
    choices: Mapping[str, Any]
    """The fields of quick mode as given (area, value_case, interventions, cohort, ...); empty for a typed scenario."""
    scenario: Mapping[str, Any]
    """Complete, in exactly the shape that the calculator reads; its settings hold the seed."""
    prefilled: Prefilled | None
    """Where every number came from when the run was kept; None for a typed scenario."""
    report: Report
    data_version: str
    """Version of the release that the scenario was made from."""
    software: str
    """Version of this package; that of NumPy, which drew the numbers, is in ``report.simulation``."""
    kept_on: date


def identifier_of(choices: Mapping[str, Any], scenario: Mapping[str, Any], version: str) -> str:
    """The name of a run: the start of the SHA-256 of the canonical JSON of all that its numbers depend on."""
    text = canonical([choices, scenario, version])
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def canonical(value: Any) -> str:
    """``value`` as JSON in which equal things are equal text: names in order, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
