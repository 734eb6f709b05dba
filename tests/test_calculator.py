"""The calculator gives the worked answers to the penny."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wsic_graph.calculator.overlap import Group, combined, shapley
from wsic_graph.calculator.prices import convert, convert_levels
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.statement import calculate

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "calculator_vectors.json").read_text(encoding="utf-8")
)
RATIOS = ("bcr", "share", "break_even", "reduction")


def named(items: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", items, ids=[item["id"] for item in items])


def differences(got: Any, expected: Any, path: str) -> list[str]:
    """Where ``got`` is not ``expected``: to the penny, and ratios to a millionth."""
    if isinstance(expected, dict):
        if not isinstance(got, dict) or set(got) != set(expected):
            return [f"{path}: {got} is not {expected}"]
        return [line for key in expected for line in differences(got[key], expected[key], f"{path}.{key}")]
    if isinstance(expected, list):
        if len(got) != len(expected):
            return [f"{path}: {got} is not {expected}"]
        pairs = zip(got, expected, strict=True)
        return [line for place, pair in enumerate(pairs) for line in differences(*pair, f"{path}[{place}]")]
    if expected is None or got is None or isinstance(expected, int):
        return [] if got == expected else [f"{path}: {got} is not {expected}"]
    most = 1e-6 if any(word in path for word in RATIOS) else 0.01
    return [] if abs(float(got) - float(expected)) <= most + 1e-12 else [f"{path}: {got} is not {expected}"]


@named(VECTORS["cases"])
def test_vector(case: dict[str, Any]) -> None:
    result = json.loads(calculate(read_scenario(case)).model_dump_json())
    got = {name: result[name] for name in case["expected"]}
    assert differences(got, case["expected"], case["id"]) == []
    assert got == case["expected"]  # as text, too


@named(VECTORS["price_conversions"])
def test_price_conversion(case: dict[str, Any]) -> None:
    value, years = float(case["value"]), (case["from"], case["to"])
    if "levels" in case:
        got = convert_levels(value, *years, {year: float(level) for year, level in case["levels"].items()})
    else:
        got = convert(value, *years, {year: float(change) for year, change in case["changes"].items()})
    assert got == pytest.approx(float(case["expected"]), abs=5e-5)


@named(VECTORS["shapley"])
def test_shapley(case: dict[str, Any]) -> None:
    names = list(case["x"])
    effects = np.array([float(case["x"][name]) for name in names])[:, None]
    groups = [
        Group(tuple(names.index(member) for member in group["members"]), float(group["redundancy"]))
        for group in case.get("overlap_groups", [])
    ]
    assert combined(effects, groups)[0] == pytest.approx(float(case["expected"]["total"]), abs=1e-11)
    shares = dict(zip(names, shapley(effects, groups)[:, 0], strict=True))
    assert shares == pytest.approx(
        {name: float(share) for name, share in case["expected"]["shares"].items()}, abs=1e-11
    )
