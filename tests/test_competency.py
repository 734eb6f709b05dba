"""The competency questions: what people will ask of the graph, and what it must answer.

The head of a file in ``queries/competency`` holds its test: ``expect`` says what the
answer to the default parameters must look like. An expected value is compared by its
kind: IRIs in full or as ``prefix:name``, numbers as decimals, anything else as text,
and ``null`` as unbound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

import pyoxigraph as ox
import pytest

from wsic_graph.engine.bind import bind_terms
from wsic_graph.namespaces import PREFIXES
from wsic_graph.queries import Query, all_queries

Answer: TypeAlias = Mapping[str, ox.NamedNode | ox.Literal | None]

QUESTIONS: dict[str, Query] = {
    name.removeprefix("competency/"): query for name, query in all_queries().items() if name.startswith("competency/")
}
AUDIENCES = ("researcher", "harvester", "commissioner")
KEYS = {"columns", "min_rows", "max_rows", "rows", "contains", "excludes", "ask"}
each_question = pytest.mark.parametrize("name", sorted(QUESTIONS))


def expand(text: str) -> str:
    """An IRI given in full or as ``prefix:name``."""
    prefix, colon, name = text.partition(":")
    return PREFIXES[prefix] + name if colon and prefix in PREFIXES else text


def matches(term: ox.NamedNode | ox.Literal | None, expected: object) -> bool:
    """Whether a cell of the answer is what the head says."""
    if term is None or expected is None:
        return term is expected
    if isinstance(term, ox.NamedNode):
        return term.value == expand(str(expected))
    if isinstance(expected, bool):
        return term.value == str(expected).lower()
    if isinstance(expected, int | float):
        return number(term.value) == Decimal(str(expected))
    return term.value == str(expected)


def number(text: str) -> Decimal | None:
    """``text`` as a decimal, or nothing if it is no number."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def found(answers: Sequence[Answer], wanted: Mapping[str, object]) -> bool:
    """Whether one row has every value of ``wanted``."""
    return any(all(matches(row[column], value) for column, value in wanted.items()) for row in answers)


def ask(store: ox.Store, query: Query, values: Mapping[str, object]) -> tuple[list[str], list[Answer]] | bool:
    """Columns and rows of the answer, or true or false."""
    answer = store.query(bind_terms(query.text, query.bind(values)), use_default_graph_as_union=True)
    if isinstance(answer, ox.QueryBoolean):
        return bool(answer)
    if isinstance(answer, ox.QueryTriples):
        columns = ["subject", "predicate", "object"]
        return columns, [dict(zip(columns, triple, strict=True)) for triple in answer]
    assert isinstance(answer, ox.QuerySolutions)
    columns = [variable.value for variable in answer.variables]
    return columns, [{column: solution[column] for column in columns} for solution in answer]


def expectation(query: Query) -> Mapping[str, Any]:
    """What the head of ``query`` expects."""
    expect: object = query.head.get("expect")
    assert isinstance(expect, dict), "the head has no expect block"
    return expect


def test_there_are_enough_questions() -> None:
    assert len(QUESTIONS) >= 40


def test_every_audience_is_served() -> None:
    asked = Counter(query.head.get("asked_by") for query in QUESTIONS.values())
    assert set(asked) == set(AUDIENCES)
    assert all(count >= 8 for count in asked.values()), asked


def test_no_question_is_asked_twice() -> None:
    assert len({query.summary for query in QUESTIONS.values()}) == len(QUESTIONS)


@each_question
def test_head_is_complete(name: str) -> None:
    query = QUESTIONS[name]
    assert query.summary.endswith("?")
    assert "\n" not in query.summary
    assert query.head.get("asked_by") in AUDIENCES
    assert len(query.description) > 80
    assert set(query.tags) >= {"competency", "public"}
    for parameter in query.parameters:
        assert parameter.description, f"parameter {parameter.name} has no description"
        assert parameter.default is not None, f"parameter {parameter.name} has no default"
        assert parameter.example is not None, f"parameter {parameter.name} has no example"


@each_question
def test_expectation_can_fail(name: str) -> None:
    expect = expectation(QUESTIONS[name])
    assert set(expect) <= KEYS, f"unknown keys: {set(expect) - KEYS}"
    assert {"ask", "rows", "min_rows"} & set(expect), "an expectation needs rows, min_rows or ask"
    if "ask" not in expect:
        assert expect.get("contains"), "an expectation needs at least one row that was verified by hand"
        used = {column for row in [*expect["contains"], *expect.get("excludes", [])] for column in row}
        assert used <= set(expect["columns"]), f"no such column: {used - set(expect['columns'])}"


@each_question
def test_answer_is_as_expected(name: str, store: ox.Store) -> None:
    query = QUESTIONS[name]
    expect = expectation(query)
    answer = ask(store, query, {})
    if isinstance(answer, bool):
        assert answer is expect["ask"]
        return
    columns, rows = answer
    assert columns == expect["columns"]
    assert len(rows) == expect.get("rows", len(rows))
    assert expect.get("min_rows", 0) <= len(rows) <= expect.get("max_rows", len(rows))
    missing = [wanted for wanted in expect["contains"] if not found(rows, wanted)]
    assert not missing, f"not in the answer: {missing}"
    unwanted = [wrong for wrong in expect.get("excludes", []) if found(rows, wrong)]
    assert not unwanted, f"must not be in the answer: {unwanted}"


@pytest.mark.parametrize("name", sorted(name for name, query in QUESTIONS.items() if query.parameters))
def test_examples_have_an_answer(name: str, store: ox.Store) -> None:
    query = QUESTIONS[name]
    answer = ask(store, query, {parameter.name: parameter.example for parameter in query.parameters})
    assert not isinstance(answer, bool)
    assert answer[1], "no row for the example values"
