"""Forms from shapes: what a form is made of comes back out of it, and what is typed becomes statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wsic_graph.answers import rows
from wsic_graph.catalogue.dumps import lines_of
from wsic_graph.catalogue.overlay import differences, manifest_with, said_of
from wsic_graph.catalogue.records import Records
from wsic_graph.engine import Door
from wsic_graph.forms.filled import Filled, fill, mark_recalled, read, slug_of, statements, to_fields
from wsic_graph.forms.model import CLASSES, Schema
from wsic_graph.ledger.rdf import GRAPHS, canonical, kind_of, triples_of
from wsic_graph.namespaces import GRAPH, ID
from wsic_graph.release.manifest import DATASET, read_manifest
from wsic_graph.vocabulary.shapes import read_shapes

NEW = f"{ID}initiative/new-thing"


@pytest.fixture(scope="module")
def schema(release: Path) -> Iterator[Schema]:
    with Door(release) as door:
        labels = {str(row["thing"]): str(row["label"] or "") for row in rows(door, "service/choices")}
        labels |= {str(row["record"]): str(row["title"] or "") for row in rows(door, "records/names")}
        yield Schema.read(read_shapes(rows(door, "ontology/shapes")), rows(door, "service/parts"), labels)


def records_of(release: Path) -> Iterator[tuple[str, bytes]]:
    with Records(release / DATASET) as records:
        for record, body in records:
            graph = GRAPHS.get(kind_of(record), "")
            if f" <{GRAPH}{graph}> .".encode() in body and b"#OverarchingValueCase>" not in body:
                yield record, body


def test_every_record_comes_back_unchanged(release: Path, schema: Schema) -> None:
    seen = set()
    for record, body in records_of(release):
        filled = read(record, to_fields(fill(record, triples_of(body), schema)))
        triples, problems = statements(filled, schema)
        assert not problems, record
        assert canonical(triples, GRAPHS[kind_of(record)]) == body, record
        seen.add(kind_of(record))
    assert seen == set(CLASSES)


def typed(schema: Schema, **fields: str) -> tuple[set[str], list[str]]:
    """What becomes of fields of a new initiative, as statements without the graph, and the messages."""
    triples, problems = statements(read(NEW, {name: [value] for name, value in fields.items()}), schema)
    return {str(triple).replace(NEW, "") for triple in triples}, [problem.message for problem in problems]


@pytest.mark.parametrize(
    ("field", "text", "end"),
    [
        ("|wsic:leadOrganisation", "wigan council", "id/organisation/wigan-council>"),
        ("|wsic:leadOrganisation", "Any words (organisation/wigan-council)", "id/organisation/wigan-council>"),
        ("|wsic:leadOrganisation", f"{ID}organisation/wigan-council", "id/organisation/wigan-council>"),
        ("|wsic:careGroup", "older-people", "scheme/care-group/older-people>"),
        ("|schema:startDate", "2011", '"2011"^^<http://www.w3.org/2001/XMLSchema#gYear>'),
        ("|dcterms:title", "<b>", '"<b>"@en'),
    ],
)
def test_what_is_typed_becomes_a_statement(schema: Schema, field: str, text: str, end: str) -> None:
    said, messages = typed(schema, **{field: text})
    assert not messages and any(line.endswith(end) for line in said), said


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("|wsic:leadOrganisation", "no such council"),
        ("|wsic:leadOrganisation", "source/wigan-council"),
        ("|wsic:careGroup", "no-such-group"),
        ("|wsic:careGroup", "../outcome/falls"),
    ],
)
def test_what_cannot_be_said_is_told_in_words(schema: Schema, field: str, text: str) -> None:
    _, (message,) = typed(schema, **{field: text})
    assert text[:10] in message


@pytest.mark.parametrize("text", ["1e3", "NaN", "12 per cent", "--1", "1.2.3", "\u0661"])
def test_numbers_are_plain(schema: Schema, text: str) -> None:
    result = {"node:result-1": "|wsic:result|wsic:Result", "result-1|wsic:value": text}
    assert typed(schema, **result)[1]
    result["result-1|wsic:value"] = "-1,200.50"
    assert any("-1200.50" in line for line in typed(schema, **result)[0])


def test_names_of_nodes_cannot_reach_out(schema: Schema) -> None:
    """A node is a part of this record, or a new source or organisation; anything else that was sent is left out."""
    for name in ("../x", "area/E08000010", "initiative/other", "a b", "x#y", "source/../x", "A"):
        filled = read(NEW, {f"node:{name}": ["|wsic:result|wsic:Result"], f"{name}|dcterms:title": ["x"]})
        assert list(filled.nodes) == [""], name
    circle = {
        "node:a": ["b|wsic:result|wsic:Result"],
        "node:b": ["a|wsic:result|wsic:Result"],
        "a|dcterms:title": ["x"],
    }
    assert list(read(NEW, circle).nodes) == [""]
    deep = {f"node:x{n}": [f"{f'x{n - 1}' if n else ''}|wsic:step|wsic:UserJourney"] for n in range(300)}
    assert len(read(NEW, deep).nodes) < 6
    statements(read(NEW, deep), schema)


def test_parts_that_changed_are_recalled() -> None:
    basis, scheme = "https://w3id.org/wsic/ontology#basis", "https://w3id.org/wsic/scheme/basis"
    lines = [
        f'<{NEW}#{name}> <p:q> "{name}" .\n<{NEW}#{name}> <{basis}> <{scheme}/verified> .\n' for name in ("a", "b")
    ]
    text = mark_recalled("".join(lines).replace('"a"', '"changed"'), "".join(lines), NEW)
    assert text.count("recalled") == 1 and text.index("recalled") < text.index("#b>")


def test_slugs() -> None:
    assert slug_of("St Mary’s: a “Hub” & more!") == "st-marys-a-hub-more"
    assert slug_of("…") == "untitled" and len(slug_of("long " * 50)) <= 60


def test_overlay_is_exact(release: Path) -> None:
    """A record taken out, changed or added: statements and counts are those of the file made anew."""
    wigan, new = f"{ID}initiative/wigan-deal", f"{ID}initiative/a-first-one"
    said = said_of(release, [wigan, new, f"{ID}initiative/wigan"])
    assert said[wigan] and not said[new] and not said[f"{ID}initiative/wigan"]
    overlay = {wigan: b"", new: said[wigan].replace(wigan.encode(), new.encode())}
    remove, add = differences(release, overlay)
    lines = list(lines_of(release, overlay))
    assert lines == sorted(lines)
    manifest = manifest_with(read_manifest(release), "v", remove, add)
    assert manifest.triples == len(lines) == read_manifest(release).triples
    only = differences(release, {wigan: b""})
    gone = manifest_with(read_manifest(release), "v", *only)
    assert gone.triples == len(lines) - said[wigan].count(b"\n")
    assert gone.classes[CLASSES["initiative"]] == manifest.classes[CLASSES["initiative"]] - 1
    assert b"".join(lines_of(release, {wigan: said[wigan]})) == (release / DATASET).read_bytes()


def test_companions_are_named_after_their_titles(schema: Schema) -> None:
    filled = Filled(NEW, read(NEW, {}).nodes)
    node = filled.add(CLASSES["source"], stem="source")
    node.values["http://purl.org/dc/terms/title"] = ["A report"]
    filled.nodes[""].values["http://purl.org/dc/terms/references"] = ["a report"]
    triples, problems = statements(filled, schema)
    assert not problems
    assert any(str(triple.object) == f"<{ID}source/a-report>" for triple in triples)
