"""Points with intervals, each under its label: the forest picture of a review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wsic_graph.charts.scales import Scale, linear, ratios
from wsic_graph.charts.shapes import (
    LINE,
    PLAIN,
    Cell,
    Chart,
    Dot,
    Format,
    Number,
    Rule,
    Shape,
    Tone,
    Words,
    nothing,
    real,
    side,
    written,
)
from wsic_graph.charts.steps import scale_words

_TRACK = 20
_SPACE = 8
_LEFT, _RIGHT = 2.0, 98.0


@dataclass(frozen=True)
class Point:
    """A figure with its limits where they are known; ``said`` is what else is told under its label.

    ``text`` is how the figure and its limits are written, unless as the format of the chart says.
    """

    label: str
    value: Number
    low: Number | None = None
    high: Number | None = None
    tone: Tone = "plain"
    text: str = ""
    said: str = ""
    href: str = ""


def dots(
    title: str,
    description: str,
    items: Sequence[Point],
    *,
    unit: Format = PLAIN,
    of: str = "What",
    measure: str = "Figure",
    ratio: bool = False,
    line_at: Number | None = None,
    line_text: str = "",
    sides: tuple[str, str] = ("", ""),
) -> Chart:
    """A point for each item on one scale, with a line from its low to its high limit.

    ``ratio`` draws a logarithmic scale around 1, on which ratios are compared. The line
    at ``line_at`` (no difference: 0, or 1 for ratios, unless given) is named
    ``line_text``; ``sides`` say what lies left and right of it.
    """
    columns = (of, measure, "Low", "High")
    if not items:
        return nothing("dots", title, description, columns)
    scale = _scale(items, ratio)
    y = float(LINE + 6 if any(sides) else 0)
    shapes: list[Shape] = []
    for item in items:
        words, y = written(item.label, y, href=item.href)
        shapes += words
        words, y = written("; ".join(filter(None, (_shown(item, unit), item.said))), y, "value")
        shapes += [*words, *_mark(item, scale, y + _TRACK / 2)]
        y += _TRACK + _SPACE
    shapes = [
        *_axis(scale, y, unit),
        *_middle(scale, real(int(ratio) if line_at is None else line_at), y, line_text, sides),
        *shapes,
    ]
    rows = tuple(_row(item, unit) for item in items)
    return Chart("dots", title, description, y + 2 * LINE, tuple(shapes), columns, rows)


def _scale(items: Iterable[Point], ratio: bool) -> Scale:
    values = [real(v) for item in items for v in (item.value, item.low, item.high) if v is not None]
    return ratios(values, _LEFT, _RIGHT) if ratio else linear(values, _LEFT, _RIGHT)


def _mark(item: Point, scale: Scale, y: float) -> list[Shape]:
    shapes: list[Shape] = []
    if item.low is not None and item.high is not None:
        low, high = scale(real(item.low)), scale(real(item.high))
        shapes = [Rule(low, y, high, y, f"limits tone-{item.tone}")]
        shapes += [Rule(end, y - 5, end, y + 5, f"limits tone-{item.tone}") for end in (low, high)]
    known = item.low is not None and item.high is not None
    return [*shapes, Dot(scale(real(item.value)), y, f"dot tone-{item.tone}", "circle" if known else "diamond")]


def _axis(scale: Scale, y: float, unit: Format) -> list[Shape]:
    return [*(Rule(scale(tick), 0, scale(tick), y, "grid") for tick in scale.ticks), *scale_words(scale, y, unit)]


def _middle(scale: Scale, value: float, y: float, text: str, sides: tuple[str, str]) -> list[Shape]:
    if not scale.holds(value):
        return []
    x = scale(value)
    shapes: list[Shape] = [Rule(x, 0, x, y, "zero")]
    if text:
        shapes.append(Words(x, y + 15 + LINE, text, "tick", side(x)))
    left, right = sides
    if left:
        shapes.append(Words(0, 13, f"\N{LEFTWARDS ARROW} {left}", "tick"))
    if right:
        shapes.append(Words(100, 13, f"{right} \N{RIGHTWARDS ARROW}", "tick", "end"))
    return shapes


def _shown(item: Point, unit: Format) -> str:
    if item.text:
        return item.text
    limits = f" ({unit(item.low)} to {unit(item.high)})" if item.low is not None and item.high is not None else ""
    return unit(item.value) + limits


def _row(item: Point, unit: Format) -> tuple[Cell, ...]:
    ends = ("" if end is None else unit(end) for end in (item.low, item.high))
    return (Cell(item.label, item.href), Cell(unit(item.value), number=True), *(Cell(end, number=True) for end in ends))
