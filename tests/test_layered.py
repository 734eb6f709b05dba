"""Pictures in layers: nothing is lost on the way, nothing overlaps, and a file of its own is complete."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsic_graph.charts import Layer, Node, Sheet, Tie, amounts, dependencies, pooled
from wsic_graph.charts.layers import ordered, through
from wsic_graph.charts.shapes import Box, Curve, Words
from wsic_graph.service.pages import make_templates

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def layer(letter: str, count: int) -> Layer:
    nodes = tuple(Node(f"{letter}{n}", f"{letter} number {n}") for n in range(count))
    return Layer(letter.upper(), f"{letter}s", nodes)


LAYERS = [layer("a", 5), layer("b", 4), layer("c", 3)]
names = st.integers(0, 4)
money = st.integers(-10_000, 10_000).filter(bool)


@st.composite
def flows(draw: st.DrawFn) -> list[Tie]:
    """Ties from a to b, and what comes to each b goes on to one c, gains and losses apart."""
    first = [
        Tie(f"a{draw(st.integers(0, 4))}", f"b{draw(st.integers(0, 3))}", draw(money))
        for _ in range(draw(st.integers(1, 12)))
    ]
    sums = Counter[tuple[str, bool]]()
    for tie in first:
        sums[tie.target, tie.value < 0] += int(tie.value)
    return [*first, *(Tie(name, f"c{draw(st.integers(0, 2))}", value) for (name, _), value in sums.items())]


def thickness(curve: Curve) -> tuple[float, float]:
    """How thick a band is where it begins and where it ends."""
    found = [float(part) for part in NUMBER.findall(curve.path)]
    return found[-1] - found[1], found[8] - found[7]


def curves(sheet: Sheet) -> list[Curve]:
    return [shape for shape in sheet.shapes if isinstance(shape, Curve)]


def boxes(sheet: Sheet, style: str) -> list[Box]:
    return [shape for shape in sheet.shapes if isinstance(shape, Box) and shape.style.startswith(style)]


@given(flows())
def test_what_enters_a_node_leaves_it_in_the_same_thickness(ties: list[Tie]) -> None:
    sheet = amounts("T", "D", LAYERS, ties)
    bands = curves(sheet)
    assert len(bands) == len(ties)
    for tie, band in zip(ties, bands, strict=True):
        begin, end = thickness(band)
        assert begin == pytest.approx(end, abs=0.03)
        assert ("against" in band.style) == (tie.value < 0)
    size = through(LAYERS, ties)
    fullest = max(sum(sum(size[node.name]) for node in layer.nodes) for layer in LAYERS)
    factor = 360 / fullest
    for style, lost in (("stem stem-for", False), ("stem stem-against", True)):
        drawn = sorted(box.height for box in boxes(sheet, style))
        assert drawn == pytest.approx(sorted(v[lost] * factor for v in size.values() if v[lost]))
        total = sum(abs(float(tie.value)) for tie in ties if (tie.value < 0) == lost)
        assert sum(thickness(b)[0] for b in bands if ("against" in b.style) == lost) == pytest.approx(
            total * factor, abs=0.5
        )


@given(flows())
def test_no_node_overlaps_another_and_all_stand_in_the_frame(ties: list[Tie]) -> None:
    sheet = dependencies("T", "D", LAYERS, ties)
    columns: dict[float, list[Box]] = {}
    for box in boxes(sheet, "node"):
        assert box.x >= 0 and box.x + box.width <= sheet.width
        assert box.y >= 0 and box.y + box.height <= sheet.height
        columns.setdefault(box.x, []).append(box)
    assert len(columns) == 3
    for found in columns.values():
        for upper, lower in pairwise(sorted(found, key=lambda box: box.y)):
            assert upper.y + upper.height < lower.y


@given(flows(), st.integers(3, 12))
def test_a_pool_keeps_what_goes_through_every_layer(ties: list[Tie], most: int) -> None:
    layers, left = pooled(LAYERS, ties, most)
    before, after = through(LAYERS, ties), through(layers, left)
    for old, new in zip(LAYERS, layers, strict=True):
        assert sum(node.members for node in new.nodes) == len(old.nodes)
        for lost in (0, 1):
            assert sum(after[n.name][lost] for n in new.nodes) == pytest.approx(
                sum(before[n.name][lost] for n in old.nodes)
            )
    assert len(left) <= most or all(len(item.nodes) <= 3 for item in layers)
    assert sum(tie.value for tie in left) == sum(tie.value for tie in ties)


def test_an_order_with_fewer_crossings_is_found_and_is_the_same_each_time() -> None:
    ties = [Tie("a0", "b3"), Tie("a1", "b2"), Tie("a2", "b1"), Tie("a3", "b0"), Tie("a4", "b0")]
    found = ordered(LAYERS[:2], ties)
    place = {node.name: n for part in found for n, node in enumerate(part.nodes)}
    crossings = sum(
        (place[one.source] - place[two.source]) * (place[one.target] - place[two.target]) < 0
        for one in ties
        for two in ties
    )
    assert crossings == 0
    assert found == ordered(LAYERS[:2], ties)


@pytest.mark.parametrize(
    ("layers", "ties", "words"),
    [
        (LAYERS, [Tie("b0", "a0")], "from b0 to a0"),
        (LAYERS, [Tie("a0", "nowhere")], "from a0 to nowhere"),
        ([LAYERS[0], LAYERS[0]], [], "named twice"),
        (LAYERS, [Tie("a0", "b0", float("nan"))], "cannot be drawn"),
    ],
)
def test_what_cannot_be_drawn_is_refused(layers: list[Layer], ties: list[Tie], words: str) -> None:
    for draw in (dependencies, amounts):
        with pytest.raises(ValueError, match=words):
            draw("T", "D", layers, ties)


def test_nothing_draws_nothing() -> None:
    assert amounts("T", "D", LAYERS, []).shapes == ()


def test_coverage_fills_a_box_from_below_and_is_said_in_words() -> None:
    node = Node("x", "Reablement", note="half covered", coverage=0.5)
    sheet = dependencies("T", "D", [Layer("A", "as", (node,))], [])
    (box,), (filled,) = boxes(sheet, "node"), boxes(sheet, "covered")
    assert filled.height == pytest.approx(box.height / 2)
    assert filled.y + filled.height == pytest.approx(box.y + box.height)
    assert "half covered" in [shape.text for shape in sheet.shapes if isinstance(shape, Words)]


def test_a_picture_of_its_own_is_well_formed_and_escaped() -> None:
    layers = [LAYERS[0], replace(LAYERS[1], nodes=(Node("b0", '<script>"&', href="/x?a=1&b=2"),))]
    sheet = amounts("T <b>", "D & D", layers, [Tie("a0", "b0", 5, tip="<i>"), Tie("a1", "b0", -2)])
    source = '{% import "layered.html" as layered %}{{ layered.alone(sheet, "m", "from <here>") }}'
    text = make_templates().env.from_string(source).render(sheet=sheet).strip()
    picture = ET.fromstring(text)  # noqa: S314  our own output
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert "T <b>" in [item.text for item in picture.iter() if item.tag.endswith("title")]
    assert "style=" not in text
    pattern = next(item for item in picture.iter() if item.tag.endswith("pattern")).get("id")
    lost = [item for item in picture.iter() if item.get("class") == "band band-against"]
    assert [item.get("fill") for item in lost] == [f"url(#{pattern})"]
