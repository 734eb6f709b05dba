"""The Turtle layout: it loses nothing, it is stable, and all the content is in it."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsic_graph.content import ROOT
from wsic_graph.namespaces import ID, ONTOLOGY, PREFIXES
from wsic_graph.release.turtle import format_turtle, natural_key, write_turtle

BASE = f"{ID}initiative/somewhere"
XSD = PREFIXES["xsd"]

iris = st.one_of(
    st.sampled_from([BASE, f"{BASE}#result-1", f"{BASE}#result-10", f"{ONTOLOGY}value", f"{ID}area/E06000027"]),
    st.from_regex(r"https://example\.org/[A-Za-z0-9/.~()-]{0,12}(#[a-z0-9-]{0,5})?", fullmatch=True),
).map(ox.NamedNode)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
literals = st.one_of(
    texts.map(ox.Literal),
    st.tuples(texts, st.sampled_from(["en", "cy", "en-gb"])).map(lambda p: ox.Literal(p[0], language=p[1])),
    st.integers().map(lambda n: ox.Literal(str(n), datatype=ox.NamedNode(XSD + "integer"))),
    st.decimals(allow_nan=False, allow_infinity=False, places=4).map(
        lambda d: ox.Literal(format(d, "f"), datatype=ox.NamedNode(XSD + "decimal"))
    ),
    st.booleans().map(lambda b: ox.Literal(str(b).lower(), datatype=ox.NamedNode(XSD + "boolean"))),
    st.just(ox.Literal("2013", datatype=ox.NamedNode(XSD + "gYear"))),
)
triples = st.lists(st.builds(ox.Triple, iris, iris, st.one_of(iris, literals)), min_size=1, max_size=12)


@given(triples)
def test_writing_and_reading_gives_the_same_triples(statements: list[ox.Triple]) -> None:
    text = write_turtle(statements, BASE)
    assert {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)} == set(statements)


@given(triples)
def test_layout_does_not_depend_on_order(statements: list[ox.Triple]) -> None:
    unique = list(dict.fromkeys(statements))
    assert write_turtle(unique, BASE) == write_turtle(list(reversed(unique)), BASE)
    assert format_turtle(write_turtle(unique, BASE)) == write_turtle(unique, BASE)


def test_parts_come_in_natural_order() -> None:
    assert sorted(["result-10", "result-2", "result-1"], key=natural_key) == ["result-1", "result-2", "result-10"]


def test_blank_nodes_are_refused() -> None:
    with pytest.raises(ValueError, match="blank nodes"):
        write_turtle([ox.Triple(ox.BlankNode("x"), ox.NamedNode(BASE), ox.Literal("y"))], BASE)


FILES = sorted([*(ROOT / "graph_data").rglob("*.ttl"), *(ROOT / "ontology").rglob("*.ttl")])


def test_there_is_content() -> None:
    assert len(FILES) > 300


def test_every_file_is_in_the_layout() -> None:
    wrong = [str(p.relative_to(ROOT)) for p in FILES if format_turtle(text := read(p)) != text]
    assert wrong == [], "run `make format`"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
