"""Quick mode for every council: always a scenario that calculates, in which each number has a source or a convention.

Choices rotate over the councils so that every cohort, value case, valuation and standard of evidence comes up many
times; all of them for all councils take several minutes and are run by hand when the pre-filling changes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from wsic_graph.answers import Row, rows
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.statement import calculate
from wsic_graph.engine import Door
from wsic_graph.errors import ParameterError
from wsic_graph.namespaces import PREFIXES
from wsic_graph.prefill import COHORTS, Figure, Prefilled, quick
from wsic_graph.prefill.facts import COUNCILS

Ask = Callable[..., Sequence[Row]]
NEED_A_NUMBER = ("frailty", "high-risk", "own")
AT_ONCE = 9
"""Interventions of one run."""


@pytest.fixture(scope="module")
def ask(release: Path) -> Iterator[Ask]:
    """Saved queries, each asked once: what is national is the same for every council."""
    answers: dict[Any, Sequence[Row]] = {}

    def remembered(name: str, **values: str) -> Sequence[Row]:
        key = (name, *sorted(values.items()))
        if key not in answers:
            answers[key] = rows(door, name, **values)
        return answers[key]

    with Door(release) as door:
        yield remembered


@pytest.fixture(scope="module")
def stated(store: ox.Store) -> Callable[[Figure], bool]:
    """Whether the graph says what a figure says, asked straight and each once."""
    known: dict[tuple[str, str], set[Decimal]] = {}

    def check(figure: Figure) -> bool:
        key = (figure.iri, figure.property)
        if key not in known:
            question = f"SELECT ?value {{ <{figure.iri}> <{figure.property}> ?value }}"
            found = store.query(question, use_default_graph_as_union=True)
            assert isinstance(found, ox.QuerySolutions)
            known[key] = {Decimal(row["value"].value) for row in found}
        return known[key] == {figure.value}

    return check


def councils(store: ox.Store) -> list[str]:
    """The codes of all councils with adult social care, those that ended too."""
    has = {name: ox.NamedNode(f"{PREFIXES['wsic']}{name}") for name in ("areaType", "gssCode")}
    areas = [
        quad.subject
        for quad in store.quads_for_pattern(None, has["areaType"], None)
        if isinstance(quad.object, ox.NamedNode) and quad.object.value.rsplit("/", 1)[-1] in COUNCILS
    ]
    codes = [quad.object for area in areas for quad in store.quads_for_pattern(area, has["gssCode"], None)]
    return sorted(code.value for code in codes if isinstance(code, ox.Literal))


def numbers(value: Any) -> Iterator[float]:
    """Every number inside ``value`` that is not whole."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from numbers(part)


def sound(found: Prefilled, stated: Callable[[Figure], bool]) -> None:
    """Every number is as the graph has it or a convention that says so, and the answer is finite."""
    for item in found.assumptions:
        assert item.label and item.how and item.unit, item.key
        if item.figures:
            assert item.sources and item.queries, item.key
            assert all(stated(figure) for figure in item.figures), item.key
        else:
            assert item.basis in ("modelled", "recalled", "yours"), item.key
            assert re.fullmatch(r"-?\d+(\.\d+)?", item.formula), item.key
    result = calculate(read_scenario(found.scenario))
    assert all(math.isfinite(number) for number in numbers(result.model_dump()))
    assert all(float(part) >= 0 for one in found.scenario["outcomes"] for part in one["baseline"].values())


def choices(place: int, cases: Sequence[str], interventions: Sequence[str]) -> dict[str, Any]:
    """What is chosen for the council at a place in the list."""
    cohort = list(COHORTS)[place % len(COHORTS)]
    chosen: dict[str, Any] = {"cohort": cohort, "persons": 1500 if cohort in NEED_A_NUMBER else None}
    chosen["valuation"] = ("admissions", "bed-days")[place // 2 % 2]
    chosen |= {"evidence": "all", "recalled": True} if place % 5 == 0 else {}
    if place % 3:
        return {"value_case": cases[place % len(cases)], **chosen}
    start = place * AT_ONCE % len(interventions)
    return {"interventions": (*interventions, *interventions)[start : start + AT_ONCE], **chosen}


def test_quick_mode_for_every_council(ask: Ask, store: ox.Store, stated: Callable[[Figure], bool]) -> None:
    codes = councils(store)
    cases = [row["case"].slug for row in ask("pages/value-cases")]  # type: ignore[union-attr]
    interventions = [row["intervention"].slug for row in ask("calculator/interventions")]  # type: ignore[union-attr]
    interventions = list(dict.fromkeys(interventions))
    assert len(codes) > 150 and len(cases) > 8
    for place, code in enumerate(codes):
        chosen = choices(place, cases, interventions)
        try:
            sound(quick(ask, code, **chosen), stated)
        except AssertionError as error:
            raise AssertionError(f"{code} {chosen}: {error}") from error


@pytest.mark.parametrize("code", ["E10000017", "E06000017", "E06000058"], ids=["county", "smallest", "new"])
def test_every_cohort(code: str, ask: Ask, stated: Callable[[Figure], bool]) -> None:
    for cohort in COHORTS:
        chosen: dict[str, Any] = {"value_case": "torbay", "cohort": cohort}
        if cohort in NEED_A_NUMBER:
            with pytest.raises(ParameterError, match="no published prevalence"):
                quick(ask, code, **chosen)
            chosen["persons"] = 900
        sound(quick(ask, code, **chosen), stated)


def test_a_count_of_three_months_is_no_count_of_a_year(ask: Ask) -> None:
    """Rutland has discharges of one quarter only; the rate of England for a year stands in."""
    found = quick(ask, "E06000017", interventions=["intermediate-care"], cohort="65plus")
    reach = found.assumption("/interventions/0/coverage/65plus")
    assert {figure.period for figure in reach.figures if "discharges" in figure.iri} == {"2024-25"}
    assert "not counted in Rutland" in reach.how and reach.basis == "modelled"
    items = [item for code in ("E06000017", "E10000006") for item in quick(ask, code, value_case="torbay").assumptions]
    used = {figure.iri for item in items for figure in item.figures}
    assert not [iri for iri in used if re.search(r"\.\d{4}-[a-z]{3}-[a-z]{3}$", iri)]


def test_a_care_home_costs_what_it_costs_now(ask: Ask) -> None:
    """The newest national price, at the level of the council where one of its own is held."""
    prices = {
        code: quick(ask, code, interventions=["telecare"], cohort="65plus").assumption("/outcomes/0/unit_cost")
        for code in ("E10000017", "E09000009", "E06000058")
    }
    assert all("2023-24" in item.how and item.period for item in prices.values())
    mean, low, high = (Decimal(str(prices[code].value)) for code in ("E06000058", "E10000017", "E09000009"))
    assert Decimal(893) * 66 < mean < Decimal(1026) * 66 and low < mean < high
    assert "no price of this council's own" in prices["E06000058"].how


def test_a_nought_that_was_returned_is_no_count(ask: Ask) -> None:
    """Blackburn returned no hours of home care at all, which no council has."""
    (item,) = [
        item
        for item in quick(ask, "E06000008", interventions=["reablement"]).assumptions
        if item.label == "Home care hours in a year"
    ]
    assert Decimal(str(item.value)) > 0 and item.basis == "modelled" and "nought was returned" in item.how
