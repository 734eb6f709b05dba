"""What the guides of the calculator say is what the calculator does: their sums, their answers and their grades."""

from __future__ import annotations

import ast
import operator
import re
from fractions import Fraction
from typing import Any

import pytest

from wsic_graph.calculator.grades import GRADES
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.report import report
from wsic_graph.calculator.statement import calculate
from wsic_graph.guides import guides

SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
PLAIN = str.maketrans({"×": "*", "÷": "/", "−": "-", "–": "-"})


def table_rows(text: str) -> list[list[str]]:
    """The cells of the rows of every table in ``text``, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def examples() -> list[tuple[str, list[list[str]]]]:
    """Each scenario of the guide with the rows of the table that follows it."""
    source = guides()["calculator"].source
    parts = re.findall(r"```json\n(.*?)```\n(.*?)(?=\n## |\Z)", source, flags=re.DOTALL)
    return [
        (scenario, [row for row in table_rows(text) if len(row) == 4 and row[0] != "Line"]) for scenario, text in parts
    ]


def value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.BinOp):
        return Fraction(SIGNS[type(node.op)](value(node.left), value(node.right)))
    return Fraction(ast.unparse(node))


def found_in(answer: Any, path: str) -> Fraction:
    for step in path.strip("`").split("."):
        answer = answer[int(step)] if isinstance(answer, list) else answer[step]
    return Fraction(str(answer))


@pytest.mark.parametrize(("scenario", "rows"), examples(), ids=["one service", "two that overlap"])
def test_each_line_of_a_worked_example_is_right(scenario: str, rows: list[list[str]]) -> None:
    assert len(rows) >= 7
    answer = report(read_scenario(scenario)).model_dump(mode="json")
    for line, by_hand, stated, path in rows:
        given = Fraction(stated.translate(PLAIN))
        assert abs(value(ast.parse(by_hand.translate(PLAIN), mode="eval").body) - given) < Fraction(1, 10**6), line
        assert abs(found_in(answer, path) - given) < Fraction(1, 10**6), line


def test_the_grades_of_the_guide_are_those_of_the_calculator() -> None:
    rows = [row for row in table_rows(guides()["calculator-method"].source) if row[0].isdigit()]
    effects = {int(row[0]): row[1:] for row in rows if len(row) == 4}
    costs = {int(row[0]): row[1:] for row in rows if len(row) == 3}
    assert set(effects) == set(costs) == set(GRADES)
    for number, grade in GRADES.items():
        assert effects[number] == [grade.effect, f"{grade.correction:.0%}", f"{grade.effect_spread:.0%}"]
        assert costs[number] == [grade.cost, f"{grade.correction:.0%}"]


def test_the_guide_has_the_thirteen_caveats() -> None:
    section = guides()["calculator"].source.partition("## Thirteen things")[2].partition("\n## ")[0]
    caveats = re.findall(r"^(\d+)\. \*\*(.+?)\.\*\* \S", section, flags=re.MULTILINE)
    assert [int(number) for number, _ in caveats] == list(range(1, 14))


def test_the_defaults_that_the_method_names() -> None:
    source = guides()["calculator-method"].source
    minimal = {
        "settings": {"horizon": 1},
        "segments": [{"id": "a", "population": 1}],
        "outcomes": [{"id": "o", "baseline": {"a": 1}}],
        "interventions": [{"id": "i", "effects": []}],
    }
    settings = read_scenario(minimal).settings
    assert f"{settings.discount_rate:.1%} for money and {settings.quality_discount_rate:.1%} for quality" in source
    assert f"{settings.correlation} by convention" in source and settings.draws == 10_000
    assert calculate(read_scenario(minimal)).gross_total == 0
