"""The answer to a request about an area: the report, with the scenario it is of and the origin of every number."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from wsic_graph.prefill import Prefilled

_PREFILLED = TypeAdapter(Prefilled)


def with_origin(report: bytes, prefilled: Prefilled) -> bytes:
    """The ``report`` in JSON with the scenario, assumptions, notes, gaps and verdicts as further fields."""
    return report.rstrip()[:-1] + b"," + _PREFILLED.dump_json(prefilled)[1:]


def schema(template: str) -> dict[str, Any]:
    """The further fields as JSON Schema; ``template`` is where its parts stand, such as ``#/$defs/{model}``."""
    return _PREFILLED.json_schema(ref_template=template, mode="serialization")
