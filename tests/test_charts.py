"""The geometry of the charts and the pictures made from it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsic_graph import charts
from wsic_graph.charts import Bar, Chart, Format, Marker, Point, Series, Stack, Step, Swing
from wsic_graph.charts.scales import linear, nice_step, ratios
from wsic_graph.charts.shapes import Box, Curve, Dot, Rule, Words
from wsic_graph.service.pages import make_templates

numbers = st.floats(-1e15, 1e15, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-9)
counts = st.integers(0, 1000)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(chart: Chart) -> str:
    """The markup of a chart."""
    source = '{% import "charts.html" as charts %}{{ charts.figure(chart) }}'
    return make_templates().env.from_string(source).render(chart=chart)


def inside(chart: Chart) -> None:
    """Every shape of a chart stands within its frame."""
    for shape in chart.shapes:
        match shape:
            case Box():
                assert -0.001 <= shape.x <= shape.x + shape.width <= 100.001
                assert 0 <= shape.y <= shape.y + shape.height <= chart.height
                assert shape.width >= 0 and shape.height >= 0
            case Rule():
                assert all(-0.001 <= x <= 100.001 for x in (shape.x1, shape.x2))
                assert all(-0.001 <= y <= chart.height + 0.001 for y in (shape.y1, shape.y2))
            case Dot() | Words():
                assert -0.001 <= shape.x <= 100.001
                assert 0 <= shape.y <= chart.height
            case Curve():
                assert "nan" not in shape.path


def boxes(chart: Chart) -> list[Box]:
    return [shape for shape in chart.shapes if isinstance(shape, Box)]


def words(chart: Chart) -> list[str]:
    return [shape.text for shape in chart.shapes if isinstance(shape, Words)]


# ------------------------------------------------------------------ scales


@given(st.lists(numbers, min_size=1), st.booleans())
def test_ticks_are_even_round_and_hold_every_value(values: list[float], zero: bool) -> None:
    scale = linear(values, 0, 100, zero=zero)
    assert scale.low <= min(values) and max(values) <= scale.high
    assert 2 <= len(scale.ticks) <= 8
    assert all(0 <= scale(value) <= 100 for value in values)
    assert (0 in scale.ticks) or not zero
    steps = [b - a for a, b in zip(scale.ticks, scale.ticks[1:], strict=False)]
    assert max(steps) - min(steps) <= 1e-6 * max(steps)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.3], (0, 0.1, 0.2, 0.3)),
        ([97], (0, 20, 40, 60, 80, 100)),
        ([-14, 9], (-15, -10, -5, 0, 5, 10)),
        ([0], (0, 0.2, 0.4, 0.6, 0.8, 1)),
        ([2_000_000_000], (0, 5e8, 1e9, 1.5e9, 2e9)),
    ],
)
def test_ticks_by_hand(values: list[float], ticks: tuple[float, ...]) -> None:
    assert linear(values, 0, 100).ticks == ticks


@given(st.floats(1e-12, 1e300))
def test_a_step_is_the_least_nice_number(least: float) -> None:
    step = nice_step(least)
    assert least * (1 - 1e-8) <= step <= least * 2.5 * (1 + 1e-8)
    digits = f"{step:.6e}".split("e")[0]
    assert float(digits) in (1, 2, 2.5, 5)


def test_halving_and_doubling_are_equally_far_from_one() -> None:
    scale = ratios([0.6, 1.7], 0, 100)
    assert scale.ticks == (0.5, 1, 2)
    assert scale(1) == pytest.approx(50)
    assert scale(1) - scale(0.8) == pytest.approx(scale(1.25) - scale(1))
    assert ratios([0.001, 900], 0, 100).ticks == (0.001, 0.01, 0.1, 1, 10, 100, 1000)
    with pytest.raises(ValueError, match="more than 0"):
        ratios([0], 0, 100)


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        (Format("£"), Decimal("-1234567.50"), "−£1,234,567.5"),
        (Format(after="%", plus=True), 9, "+9%"),
        (Format(after="%", plus=True), 0, "0%"),
        (Format(), 0.1 + 0.2, "0.3"),
        (Format(), 10**15, "1,000,000,000,000,000"),
        (Format(), 200, "200"),
    ],
)
def test_numbers_are_written_as_people_read_them(form: Format, value: Decimal, text: str) -> None:
    assert form(value) == text


# ------------------------------------------------------------------ bars


@given(st.lists(numbers, min_size=1, max_size=8))
def test_bars_are_as_long_as_their_figures(values: list[float]) -> None:
    chart = charts.bars("T", "D", [Bar(f"item {n}", value) for n, value in enumerate(values)])
    inside(chart)
    largest = max(range(len(values)), key=lambda n: abs(values[n]))
    for box, value in zip(boxes(chart), values, strict=True):
        if values[largest]:
            assert box.width / boxes(chart)[largest].width == pytest.approx(abs(value / values[largest]), abs=1e-6)
    zero = next(shape for shape in chart.shapes if isinstance(shape, Rule))
    for box, value in zip(boxes(chart), values, strict=True):
        start = box.x if value >= 0 else box.x + box.width
        assert start == pytest.approx(zero.x1, abs=1e-6)


def test_a_bar_tells_its_figure_as_given() -> None:
    chart = charts.bars("T", "D", [Bar("a", Decimal("1.50"), text="£1.50", href="/sources/x")], measure="Price")
    assert "£1.50" in words(chart)
    assert chart.columns == ("What", "Price")
    assert [cell.text for cell in chart.rows[0]] == ["a", "£1.50"]
    assert chart.linked


@given(st.lists(st.lists(counts, min_size=1, max_size=4), min_size=1, max_size=6))
def test_parts_fill_their_whole(parts: list[list[int]]) -> None:
    items = [Stack(f"s{n}", [Bar(f"p{m}", value) for m, value in enumerate(values)]) for n, values in enumerate(parts)]
    chart = charts.stacks("T", "D", items)
    inside(chart)
    largest = max(map(sum, parts))
    assert sum(box.width for box in boxes(chart)) == pytest.approx(
        75 * sum(map(sum, parts)) / largest if largest else 0
    )


def test_stacks_share_their_parts_in_the_table() -> None:
    chart = charts.stacks("T", "D", [Stack("a", [Bar("good", 2, "good")]), Stack("b", [Bar("bad", 1, "bad")])])
    assert chart.columns == ("What", "good", "bad")
    assert [[cell.text for cell in row] for row in chart.rows] == [["a", "2", "0"], ["b", "0", "1"]]
    assert [key.text for key in chart.keys] == ["good", "bad"]
    with pytest.raises(ValueError, match="below nought"):
        charts.stacks("T", "D", [Stack("a", [Bar("x", 3), Bar("y", -1)])])


# ------------------------------------------------------------------ dots and lines


@given(st.lists(st.tuples(numbers, st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=6))
def test_an_interval_ends_at_its_limits(figures: list[tuple[float, float, float]]) -> None:
    items = [Point(f"p{n}", value, value - down, value + up) for n, (value, down, up) in enumerate(figures)]
    chart = charts.dots("T", "D", items)
    inside(chart)
    points = [shape for shape in chart.shapes if isinstance(shape, Dot)]
    limits = [shape for shape in chart.shapes if isinstance(shape, Rule) and "limits" in shape.style]
    ends = [rule for rule in limits if rule.y1 == rule.y2]
    assert len(points) == len(ends) == len(items)
    scale = linear([v for value, down, up in figures for v in (value, value - down, value + up)], 2, 98)
    for item, point, rule in zip(items, points, ends, strict=True):
        assert (rule.x1, point.x, rule.x2) == pytest.approx(
            (scale(float(item.low or 0)), scale(float(item.value)), scale(float(item.high or 0)))
        )


def test_a_point_without_limits_is_another_shape() -> None:
    chart = charts.dots("T", "D", [Point("known", 2, 1, 3), Point("alone", 1.5)], ratio=True, sides=("less", "more"))
    marks = [shape.mark for shape in chart.shapes if isinstance(shape, Dot)]
    assert marks == ["circle", "diamond"]
    assert "2 (1 to 3)" in words(chart)
    assert "← less" in words(chart)
    assert [cell.text for cell in chart.rows[1]] == ["alone", "1.5", "", ""]


def test_a_line_is_broken_where_a_figure_is_missing() -> None:
    chart = charts.lines(
        "T", "D", ["2011", "2012", "2013", "2014"], [Series("a", [1, 2, None, 4], ["/s1", "", "", ""])]
    )
    inside(chart)
    (curve,) = (shape for shape in chart.shapes if isinstance(shape, Curve))
    assert curve.path.count("M") == 2
    assert curve.path.count("L") == 1
    assert [row[1].text for row in chart.rows] == ["1", "2", "", "4"]
    assert chart.rows[0][1].href == "/s1"


@given(st.lists(st.one_of(st.none(), numbers), min_size=1, max_size=40), st.booleans())
def test_lines_stay_in_their_frame(values: list[float | None], zero: bool) -> None:
    periods = [str(2000 + n) for n in range(len(values))]
    chart = charts.lines("T", "D", periods, [Series("a", values)], zero=zero)
    inside(chart)
    names = [text for text in words(chart) if text in periods]
    assert len(names) <= 4 or not chart.shapes


def test_lines_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 4 lines"):
        charts.lines("T", "D", ["2011"], [Series(str(n), [n]) for n in range(5)])
    with pytest.raises(ValueError, match="for every period"):
        charts.lines("T", "D", ["2011", "2012"], [Series("a", [1])])


# ------------------------------------------------------------------ steps and swings


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=8))
def test_a_waterfall_ends_at_its_total(values: list[int]) -> None:
    chart = charts.waterfall("T", "D", [Step(f"s{n}", value) for n, value in enumerate(values)], total="all")
    inside(chart)
    bars = boxes(chart)
    zero = next(shape.x1 for shape in chart.shapes if isinstance(shape, Rule) and shape.style == "zero")
    at = zero
    for value, bar in zip(values, bars, strict=False):
        begin, end = (bar.x, bar.x + bar.width) if value >= 0 else (bar.x + bar.width, bar.x)
        assert begin == pytest.approx(at, abs=1e-6)
        at = end
    last = bars[-1]
    assert sorted((zero, at)) == pytest.approx([last.x, last.x + last.width], abs=1e-6)
    assert chart.rows[-1][2].text == Format()(sum(values))


def test_a_waterfall_adds_exactly() -> None:
    steps = [Step("a", Decimal("0.1")), Step("b", Decimal("0.2")), Step("c", Decimal("-0.3"))]
    assert [row[2].text for row in charts.waterfall("T", "D", steps, total="all").rows] == ["0.1", "0.3", "0", "0"]


def test_a_tornado_begins_with_the_widest() -> None:
    swings = [Swing("small", 9, 11), Swing("large", 20, 2), Swing("one side", 12, 16)]
    chart = charts.tornado("T", "D", 10, swings)
    inside(chart)
    assert [row[0].text for row in chart.rows] == ["large", "one side", "small"]
    base = next(shape.x1 for shape in chart.shapes if isinstance(shape, Rule))
    for low, high in zip(boxes(chart)[::2], boxes(chart)[1::2], strict=True):
        for box in (low, high):
            assert base == pytest.approx(box.x) or base == pytest.approx(box.x + box.width)
    onesided = boxes(chart)[2:4]
    assert onesided[0].width > onesided[1].width, "the shorter half lies over the longer"


def test_a_tornado_shows_which_ends_are_assumed() -> None:
    swings = [Swing("known", 1, 9, "5 to 6"), Swing("assumed", 2, 4, "1 to 2, assumed", assumed=True)]
    chart = charts.tornado("T", "D", 3, swings, assumed_text="dashed: assumed")
    assert ["assumed" in box.style for box in boxes(chart)] == [False, False, True, True]
    assert [key.text for key in chart.keys][2:] == ["dashed: assumed"]
    assert [row[3].text for row in chart.rows] == ["5 to 6", "1 to 2, assumed"]
    assert len(charts.tornado("T", "D", 3, swings[:1]).keys) == 2


def test_numbers_of_a_scale_do_not_touch_on_a_telephone() -> None:
    chart = charts.tornado("T", "D", 970_000, [Swing("a", 800_000, 1_100_000)], unit=Format("£"))
    assert "£1,000,000" not in words(chart)
    assert {"£800,000", "£1,100,000"} < set(words(chart))


# ------------------------------------------------------------------ histogram


@given(st.lists(numbers, min_size=1, max_size=60))
def test_a_histogram_counts_every_value_once(values: list[float]) -> None:
    chart = charts.histogram("T", "D", values)
    inside(chart)
    assert sum(int(row[2].text) for row in chart.rows) == len(values)
    assert 1 <= len(chart.rows) <= 22
    assert max(box.height for box in boxes(chart)) == pytest.approx(160)


def test_a_bin_holds_its_lower_bound() -> None:
    chart = charts.histogram("T", "D", [0, 1, 1, 2, 3], bins=3, markers=[Marker(1, "median")])
    assert [[cell.text for cell in row] for row in chart.rows] == [
        ["0", "1", "1"],
        ["1", "2", "2"],
        ["2", "3", "1"],
        ["3", "4", "1"],
    ]
    assert "median: 1" in words(chart)


# ------------------------------------------------------------------ pictures

EXAMPLES: dict[str, Callable[[], Chart]] = {
    "bars": lambda: charts.bars("T & <b>", "D", [Bar("a < b", -1, "bad", href="/x?a=1&b=2"), Bar("c", 2)]),
    "stacks": lambda: charts.stacks("T", "D", [Stack("a", [Bar("good", 2, "good"), Bar("bad", 1, "bad")])]),
    "dots": lambda: charts.dots("T", "D", [Point("a", 1, 0.5, 2), Point("b", 2)], ratio=True),
    "lines": lambda: charts.lines("T", "D", ["1", "2"], [Series("a", [1, 2]), Series("b", [2, 1])]),
    "waterfall": lambda: charts.waterfall("T", "D", [Step("a", 5), Step("b", -7, href="/x")], total="all"),
    "tornado": lambda: charts.tornado("T", "D", 1, [Swing("a", 0, 2, "5% to 9%")], base_text="central"),
    "histogram": lambda: charts.histogram("T", "D", [1, 2, 2.5], markers=[Marker(2, "median")]),
}
each_chart = pytest.mark.parametrize("kind", EXAMPLES)


@each_chart
def test_a_picture_is_well_formed_and_says_what_it_shows(kind: str) -> None:
    chart = EXAMPLES[kind]()
    figure = ET.fromstring(drawn(chart))  # noqa: S314  # our own output
    picture = next(item for item in figure.iter("svg") if item.get("role"))
    assert picture.get("role") == ("group" if chart.linked else "img")
    named = {item.get("id"): item.text for item in picture if item.get("id")}
    assert named[picture.get("aria-labelledby")] == chart.title
    assert named[picture.get("aria-describedby")] == chart.description
    assert [cell.text for cell in figure.iter("caption")] == [chart.title]
    assert len(list(figure.iter("tr"))) == 1 + len(chart.rows)
    assert "style=" not in drawn(chart)
    assert len(named) == 2


@pytest.mark.parametrize(
    "empty",
    [
        charts.bars("T", "D", []),
        charts.stacks("T", "D", []),
        charts.dots("T", "D", []),
        charts.lines("T", "D", [], []),
        charts.waterfall("T", "D", [], total="all"),
        charts.tornado("T", "D", 0, []),
        charts.histogram("T", "D", []),
    ],
    ids=lambda chart: chart.kind,
)
def test_nothing_is_said_in_words(empty: Chart) -> None:
    figure = ET.fromstring(drawn(empty))  # noqa: S314  # our own output
    assert not list(figure.iter("svg"))
    assert "no figure to draw" in drawn(empty)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        charts.bars("T", "D", [Bar("a", value)])
