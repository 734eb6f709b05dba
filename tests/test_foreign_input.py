"""Whatever a stranger sends is read or refused in words: every parser of foreign input, with input of all sorts."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wsic_graph.answers import rows
from wsic_graph.calculator.faults import ScenarioError
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.cells import guarded, guarded_lines, unguarded, write_table, written
from wsic_graph.content import ROOT
from wsic_graph.engine import Door
from wsic_graph.errors import ParameterError, WsicError
from wsic_graph.existing.tables import read_table
from wsic_graph.forms.filled import read, statements, to_fields
from wsic_graph.forms.model import Schema
from wsic_graph.forms.table import Table, faults_of, said_by
from wsic_graph.ledger.json_ld import with_own_context
from wsic_graph.ledger.limits import MOST_TRIPLES, only_record, parse
from wsic_graph.namespaces import ID
from wsic_graph.queries import get_query
from wsic_graph.service.calculator_state import read_state
from wsic_graph.vocabulary.shapes import read_shapes

RECORD = f"{ID}initiative/new-thing"
often = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["@id", "@type", "@context", "@graph", "@import", "id", "title", "a"])
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
WORDS = '<> <#a> a . ; , [ ] ( ) _:b "x" @en ^^ << >> @prefix p: 1e9 true { } <javascript:x> #'
SIGNS = [*WORDS.split(" "), f"<{RECORD}>", "'''", "\x00", "\u202e", "\ud800", "\n", " "]
pieces = st.lists(st.sampled_from(SIGNS), max_size=30).map(" ".join)
cell = st.text(st.sampled_from("=+-@\t\r\n,;|\"' a1.é\x00"), max_size=8)


@pytest.fixture(scope="module", autouse=True)
def built(release: Path) -> None:
    """There is a release to read."""


@cache
def schema() -> Schema:
    """What forms are made from. No fixture, because :mod:`tests.fuzz` has none."""
    with Door(ROOT / "var" / "test-release") as door:
        labels = {str(row["thing"]): str(row["label"] or "") for row in rows(door, "service/choices")}
        labels |= {str(row["record"]): str(row["title"] or "") for row in rows(door, "records/names")}
        return Schema.read(read_shapes(rows(door, "ontology/shapes")), rows(door, "service/parts"), labels)


@often
@given(st.text() | pieces, st.sampled_from(["ttl", "nt", "jsonld"]))
def test_rdf_is_read_or_told(text: str, format: str) -> None:
    text = text.encode(errors="replace").decode()
    only_record(text, format)
    triples, problems = parse(text, format, [RECORD])
    assert problems or triples
    assert len(triples) <= MOST_TRIPLES


@often
@given(json_values)
def test_json_ld_names_no_context_of_others(document: object) -> None:
    text = json.dumps(document)
    try:
        found = with_own_context(text)
    except ValueError as error:
        assert str(error)
    else:
        assert '"@import"' not in found
        for context in contexts(json.loads(found)):
            assert not isinstance(context, str)
    only_record(text, "jsonld")


def contexts(item: object) -> list[object]:
    """Every context in a document."""
    if isinstance(item, list):
        return [found for child in item for found in contexts(child)]
    if not isinstance(item, dict):
        return []
    own = [item["@context"]] if "@context" in item else []
    own = [one for value in own for one in (value if isinstance(value, list) else [value])]
    return own + [found for child in item.values() for found in contexts(child)]


@often
@given(st.lists(st.lists(cell, min_size=1, max_size=4), min_size=1, max_size=5))
def test_tables_are_read_or_told_and_no_cell_is_a_formula(lines: list[list[str]]) -> None:
    table = Table(schema(), "initiative")
    headings = [column.heading for column in table.columns[:4]]
    for text in (written([headings, *lines]), "\n".join(map(",".join, lines)), ",".join(headings) + "\n" + str(lines)):
        found, faults = table.read(text, [])
        said, problems = said_by(found, schema())
        assert faults or found
        assert all(fault.message for fault in (*faults, *faults_of(table, problems)))
        for line in said.values():
            list(ox.parse(line, format=ox.RdfFormat.N_TRIPLES))
        assert read_table(text) is not None
    plain = [[value.replace("\x00", "") for value in line] for line in lines]
    for row in csv.reader(io.StringIO(written(plain), newline="")):
        assert not any(value.startswith(("=", "+", "@", "\t", "\r")) for value in row)


@often
@given(st.lists(cell, min_size=1, max_size=5))
def test_a_guard_can_be_taken_away_and_the_engine_guards_alike(cells: list[str]) -> None:
    assert [unguarded(guarded(value)) for value in cells] == cells
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    lines = guarded_lines(out.getvalue().encode()).decode()
    assert next(csv.reader(io.StringIO(lines, newline=""))) == [guarded(value) for value in cells]


def test_numbers_of_the_engine_stay_numbers() -> None:
    query = 'SELECT * WHERE { VALUES (?a ?b) { (-1.5 "=1+1") (-2 "-x,\\"y") (3e-7 "@SUM(A1)\\n=2") (<http://a> "b") } }'
    found = ox.Store().query(query)
    assert isinstance(found, ox.QuerySolutions)
    out = io.BytesIO()
    write_table(found, out, ox.QueryResultsFormat.CSV)
    table = list(csv.reader(io.StringIO(out.getvalue().decode(), newline="")))
    assert table == [
        ["a", "b"],
        ["-1.5", "'=1+1"],
        ["-2", "'-x,\"y"],
        ["0.0000003", "'@SUM(A1)\n=2"],
        ["http://a", "b"],
    ]


@often
@given(st.dictionaries(st.sampled_from(["|dcterms:title", "|wsic:area", "node:result-1", "result-1|wsic:value",
    "node:source/new-1", "source/new-1|dcterms:title", "node:a"]) | st.text(max_size=8),
    st.lists(st.text(max_size=12), min_size=1, max_size=3), max_size=8))  # fmt: skip
def test_forms_are_read_whatever_their_fields(fields: dict[str, list[str]]) -> None:
    filled = read(RECORD, fields)
    statements(read(RECORD, to_fields(filled)), schema())


@often
@given(json_values)
def test_scenarios_are_read_or_told(document: object) -> None:
    try:
        read_scenario(document)  # type: ignore[arg-type]
    except ScenarioError as error:
        assert error.faults
    except WsicError as error:
        assert str(error)


@often
@given(
    st.lists(st.tuples(st.sampled_from(["area", "cohort", "set", "evidence", "intervention"]), st.text(max_size=12)))
)
def test_addresses_of_the_calculator_are_read(pairs: list[tuple[str, str]]) -> None:
    read_state(pairs).address()


@often
@given(st.text(max_size=40))
def test_parameters_of_queries_are_terms_or_told(text: str) -> None:
    try:
        get_query("records/record").bind({"record": text})
        get_query("pages/initiatives").bind({"nation": text})
    except ParameterError as error:
        assert str(error)
