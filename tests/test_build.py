"""The build: the same version anywhere, and a clear stop when a file is wrong."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from wsic_graph.content import ROOT
from wsic_graph.errors import ContentError
from wsic_graph.namespaces import BASE
from wsic_graph.release.build import build, canonical, checked, read_content
from wsic_graph.release.files import Content
from wsic_graph.release.manifest import DATASET, MANIFEST, fingerprint, is_current, read_manifest
from wsic_graph.release.tables import compile_template

Change = Callable[[Path], None]


def copy_content(target: Path) -> Path:
    """A copy of the content with few observations, so that a broken build is quick to see."""
    for folder in ("ontology", "graph_data", "queries"):
        shutil.copytree(ROOT / folder, target / folder)
    table = target / "graph_data/tables/observations.csv"
    table.write_text("".join(table.read_text(encoding="utf-8").splitlines(keepends=True)[:40]), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_content(tmp_path_factory.mktemp("content"))


@pytest.fixture
def root(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "content"))


def replace(file: str, old: str, new: str) -> Change:
    def change(root: Path) -> None:
        path = root / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}: mend the test"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def test_manifest_counts_and_version(release: Path) -> None:
    manifest = read_manifest(release)
    lines = (release / DATASET).read_bytes().splitlines(keepends=True)
    assert len(lines) == manifest.triples == sum(manifest.graphs.values())
    assert lines == sorted(lines)
    assert len(set(lines)) == len(lines)
    assert json.loads((release / MANIFEST).read_text(encoding="utf-8"))["content"] == fingerprint()
    assert is_current(release)


def test_version_depends_on_content_alone(pristine: Path, root: Path, tmp_path: Path) -> None:
    first = build(tmp_path / "one", pristine)
    second = build(tmp_path / "elsewhere" / "two", root)
    assert first == second
    assert (tmp_path / "one" / DATASET).read_bytes() == (tmp_path / "elsewhere" / "two" / DATASET).read_bytes()
    replace("graph_data/initiatives/torbay-care-trust.ttl", "geo:lat 50.46", "geo:lat 50.47")(root)
    assert not is_current(tmp_path / "elsewhere" / "two", root)
    assert build(tmp_path / "elsewhere" / "two", root).version != first.version


def test_published_graph_has_no_blank_node_and_no_triple_twice(store: ox.Store) -> None:
    seen: set[ox.Triple] = set()
    for quad in store:
        assert isinstance(quad.subject, ox.NamedNode)
        assert isinstance(quad.object, ox.NamedNode | ox.Literal)
        assert isinstance(quad.graph_name, ox.NamedNode)
        assert quad.graph_name.value.startswith(f"{BASE}graph/")
        assert quad.triple not in seen, f"stands in two graphs: {quad.triple}"
        seen.add(quad.triple)


TORBAY = "graph_data/initiatives/torbay-care-trust.ttl"
BROKEN: list[tuple[str, Change, list[str]]] = [
    (
        "not Turtle",
        replace(TORBAY, "geo:lat 50.46 ;", "geo:lat 50.46 ,, ;"),
        [TORBAY, "not valid Turtle", "line 83 column"],
    ),
    (
        "blank node",
        replace(TORBAY, "wsic:location <#location> ;", "wsic:location [ geo:lat 50.46 ] ;"),
        [TORBAY, "blank node", "<#result-1>"],
    ),
    (
        "dangling reference",
        replace(TORBAY, "initiative:greenwich-coordinated-care", "initiative:nowhere"),
        [TORBAY, "wsic:similarTo", "initiative:nowhere", "nothing describes"],
    ),
    (
        "undeclared term",
        replace(TORBAY, "wsic:basis basis:verified", "wsic:basiss basis:verified"),
        [TORBAY, "wsic:basiss", "does not declare"],
    ),
    (
        "wrong type",
        replace(TORBAY, '"2005"^^xsd:gYear', '"about 2005"'),
        [TORBAY, "schema:startDate", "about 2005", "a year"],
    ),
    (
        "implausible year",
        replace(TORBAY, '"2005"^^xsd:gYear', '"0205"^^xsd:gYear'),
        [TORBAY, "schema:startDate", "0205", "between 1900 and 2039"],
    ),
    (
        "missing field",
        replace(TORBAY, '    dcterms:title "Torbay Care Trust integrated teams"@en ;\n', ""),
        [TORBAY, "dcterms:title", "exactly one"],
    ),
    (
        "concept of another scheme",
        replace(TORBAY, "wsic:setting setting:community,", "wsic:setting outcome:falls,"),
        [TORBAY, "wsic:setting", "setting scheme"],
    ),
    (
        "triple in two graphs",
        replace(
            TORBAY,
            "<#contact>\n",
            "organisation:wsic-project a <http://www.w3.org/ns/org#Organization> .\n<#contact>\n",
        ),
        ["organisation:wsic-project", "stands in two graphs, initiatives and organisations"],
    ),
    (
        "number in a table",
        replace("graph_data/tables/unit_costs.csv", ",109,GBP", ",about 109,GBP"),
        ["graph_data/tables/unit_costs.csv:2", "value"],
    ),
    (
        "row twice in a table",
        replace(
            "graph_data/tables/area_boards.csv",
            "E06000001,E54000050,1.0000\n",
            "E06000001,E54000050,1.0000\nE06000001,E54000050,1.0000\n",
        ),
        ["graph_data/tables/area_boards.csv:3", "same row as line 2"],
    ),
    (
        "column missing from a table",
        replace("graph_data/tables/deflators.csv", "series,financial_year,measure", "series,year,measure"),
        ["graph_data/tables/deflators.csv:1", "should be series, financial_year"],
    ),
    (
        "share out of range",
        replace("graph_data/tables/area_boards.csv", "E06000001,E54000050,1.0000", "E06000001,E54000050,1.2"),
        ["graph_data/tables/area_boards.csv:2", "share"],
    ),
    (
        "shares that do not add up",
        replace("graph_data/tables/area_successions.csv", "E06000063,0.551", "E06000063,0.451"),
        ["area:E10000006", "add up to", "should add up to 1"],
    ),
    (
        "unknown concept in a table",
        replace("graph_data/tables/effects.csv", ",total-cost,", ",total-costs,"),
        ["graph_data/tables/effects.csv:2", "outcome:total-costs", "nothing describes"],
    ),
    (
        "low above central",
        replace("graph_data/tables/effects.csv", ",0.00,-0.05,0.05,", ",0.00,0.01,0.05,"),
        ["graph_data/tables/effects.csv:2", "wsic:low", "above the central change"],
    ),
]


@pytest.mark.parametrize(("change", "words"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_wrong_content_stops_with_a_place_and_a_reason(root: Path, change: Change, words: list[str]) -> None:
    change(root)
    with pytest.raises(ContentError) as caught:
        checked(read_content(root), root)
    text = str(caught.value)
    for word in words:
        assert word in text


def test_a_failed_build_leaves_the_old_release(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "release"
    version = build(target, root).version
    replace(TORBAY, "geo:lat 50.46", "geo:lat 150.46")(root)
    with pytest.raises(ContentError, match="between -90 and 90"):
        build(target, root)
    assert read_manifest(target).version == version
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".release")] == []


def test_a_build_takes_away_what_a_killed_one_left(pristine: Path, tmp_path: Path) -> None:
    left = [tmp_path / name for name in (".release-killed", ".release-old-1", ".release-at-work")]
    for folder in left:
        folder.mkdir()
    for folder in left[:2]:
        os.utime(folder, (0, 0))
    build(tmp_path / "release", pristine)
    assert [folder.exists() for folder in left] == [False, False, True]


def test_all_problems_are_told_at_once(root: Path) -> None:
    replace(TORBAY, "geo:lat 50.46", "geo:lat 150.46")(root)
    replace(TORBAY, '"2012"^^xsd:gYear', '"1999"^^xsd:gYear')(root)
    with pytest.raises(ContentError) as caught:
        checked(read_content(root), root)
    fields = {problem.field for problem in caught.value.problems}
    assert {"geo:lat", "schema:endDate"} <= fields
    lines = (root / TORBAY).read_text(encoding="utf-8").splitlines()
    for problem in caught.value.problems:
        assert problem.field in lines[problem.line - 1], problem


def test_templates_encode_and_skip() -> None:
    expand = compile_template("https://x/{a}/{+b}")
    assert expand({"a": "1 2/3", "b": "x#y"}) == "https://x/1%202%2F3/x#y"
    assert expand({"a": None, "b": "x"}) is None


def test_canonical_form_ignores_order_and_repeats(pristine: Path) -> None:
    content = read_content(pristine)
    again = Content(list(reversed(content.statements)) + content.statements[:5], content.origin)
    assert canonical(content) == canonical(again)
