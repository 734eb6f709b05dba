"""The saved queries: their heads, their parameters, and that each runs."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsic_graph.content import ROOT
from wsic_graph.engine.bind import bind_terms
from wsic_graph.errors import ContentError, ParameterError
from wsic_graph.queries import Parameter, ParameterType, all_queries, get_query, load_query

QUERIES = all_queries()


@pytest.mark.parametrize("name", QUERIES)
def test_every_saved_query_runs(name: str, store: ox.Store) -> None:
    query = QUERIES[name]
    values: dict[str, object] = {p.name: p.default or p.example or "" for p in query.parameters}
    store.query(bind_terms(query.text, query.bind(values)), use_default_graph_as_union=True)
    for parameter in query.parameters:
        assert f"?{parameter.name}" in query.text, f"{name}: nothing uses the parameter {parameter.name}"
        assert parameter.default or parameter.example, f"{name}: {parameter.name} has neither default nor example"


def test_checks_find_nothing_in_sound_content_and_have_a_message(store: ox.Store) -> None:
    checks = [query for name, query in QUERIES.items() if name.startswith("checks/")]
    assert len(checks) > 8
    for query in checks:
        rows = store.query(query.text, use_default_graph_as_union=True)
        assert isinstance(rows, ox.QuerySolutions)
        assert not list(rows), query.name


def test_values_are_checked() -> None:
    cases: list[tuple[ParameterType, str, str]] = [
        ("integer", "ten", "10"),
        ("decimal", "1,5", "-1.5"),
        ("boolean", "yes", "true"),
        ("year", "99", "1999"),
        ("date", "1 April 2013", "2013-04-01"),
        ("iri", "not an iri", "https://w3id.org/wsic/id/area/E06000027"),
    ]
    for kind, bad, good in cases:
        parameter = Parameter("x", kind)
        assert parameter.term(good).value == good
        with pytest.raises(ParameterError, match=r"^x: "):
            parameter.term(bad)


@given(st.text())
def test_any_text_is_bound_as_one_term(text: str) -> None:
    store = ox.Store()
    term = Parameter("x", "string").term(text)
    solutions = store.query(bind_terms("SELECT (?x AS ?y) {}", {ox.Variable("x"): term}))
    assert isinstance(solutions, ox.QuerySolutions)
    assert [solution["y"] for solution in solutions] == [term]


def test_unknown_and_missing_parameters_are_named(tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_text(
        "#+ summary: Test\n#+ parameters: [{name: area, type: iri, description: an area}]\nSELECT * { ?area ?p ?o }\n",
        encoding="utf-8",
    )
    query = load_query(file)
    with pytest.raises(ParameterError, match="region: is not a parameter of q; its parameters are: area"):
        query.bind({"region": "x"})
    with pytest.raises(ParameterError, match="area: is missing; an area"):
        query.bind({})


@pytest.mark.parametrize(
    "head",
    ["", "#+ description: no summary\n", "#+ summary: [\n", "#+ summary: x\n#+ parameters: [{name: a, type: float}]\n"],
)
def test_a_wrong_head_is_told(head: str, tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_text(head + "ASK {}\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"q\.rq: q: head: cannot be read"):
        load_query(file)


def test_names_are_paths() -> None:
    assert get_query("checks/value-has-unit").summary == "A number without a unit"
    assert {name.split("/")[0] for name in QUERIES} >= {"checks", "competency", "pages"}
    assert len(list((ROOT / "queries").rglob("*.rq"))) == len(QUERIES)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?x WHERE { }",
        "SELECT * FROM <https://w3id.org/wsic/graph/plan> { }",
        "PREFIX a: <http://x/#y> # {\nSELECT (EXISTS { ?s ?p '{' } AS ?e) (?x AS ?y) { }",
        "ASK { FILTER (?x = 'value') }",
        "CONSTRUCT { <a:a> <a:b> ?x } WHERE { }",
        "SELECT ?x (COUNT(*) AS ?n) WHERE { } GROUP BY ?x",
    ],
)
def test_parameters_reach_the_where_group(text: str) -> None:
    store = ox.Store()
    result = store.query(bind_terms(text, {ox.Variable("x"): ox.Literal("value")}))
    if isinstance(result, ox.QueryBoolean):
        assert bool(result)
    elif isinstance(result, ox.QueryTriples):
        assert [triple.object for triple in result] == [ox.Literal("value")]
    else:
        assert [row for row in result if ox.Literal("value") in list(row)] or "FROM" in text
