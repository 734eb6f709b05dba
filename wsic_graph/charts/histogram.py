"""How many figures lie where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from wsic_graph.charts.scales import linear, nice_step
from wsic_graph.charts.shapes import (
    LINE,
    PLAIN,
    Box,
    Cell,
    Chart,
    Format,
    Number,
    Rule,
    Shape,
    Words,
    nothing,
    real,
    side,
)
from wsic_graph.charts.steps import scale_words

_HEIGHT = 160


@dataclass(frozen=True)
class Marker:
    """A value to be shown in a histogram, such as the median."""

    value: Number
    text: str


def histogram(
    title: str,
    description: str,
    values: Sequence[Number],
    *,
    unit: Format = PLAIN,
    bins: int = 20,
    markers: Sequence[Marker] = (),
    of: str = "Number",
) -> Chart:
    """A bar for each bin of equal width between round numbers, at most ``bins`` and one; its area tells how many.

    A bin holds its lower bound and not its upper.
    """
    known = [real(value) for value in values]
    if not known:
        return nothing("histogram", title, description, ("From", "To below", of))
    spread = max(known) - min(known)
    step = nice_step(spread / bins if spread > abs(max(known)) * 1e-9 else abs(max(known)) or 1.0)
    first = floor(min(known) / step)
    counts = [0] * (floor(max(known) / step) - first + 1)
    for value in known:
        counts[floor(value / step) - first] += 1
    edges = [(first + n) * step for n in range(len(counts) + 1)]
    return counted(title, description, edges, counts, unit=unit, markers=markers, of=of)


def counted(
    title: str,
    description: str,
    edges: Sequence[float],
    counts: Sequence[int],
    *,
    unit: Format = PLAIN,
    markers: Sequence[Marker] = (),
    of: str = "Number",
) -> Chart:
    """A bar for each bin whose figures were counted already; ``edges`` has one more than ``counts``."""
    columns = ("From", "To below", of)
    marked = [real(marker.value) for marker in markers]
    scale = linear([edges[0], edges[-1], *marked], 2, 98, 3, zero=False)
    top = float(LINE * len(markers) + 6)
    bottom = top + _HEIGHT
    shapes: list[Shape] = []
    for n, count in enumerate(counts):
        height = _HEIGHT * count / max(counts)
        left, right = scale(edges[n]), scale(edges[n + 1])
        tip = f"{unit(edges[n])} to {unit(edges[n + 1])}: {PLAIN(count)}"
        shapes.append(Box(left, bottom - height, right - left, height, "fill part tone-flat", tip))
    for n, marker in enumerate(markers):
        x = scale(real(marker.value))
        shapes.append(Rule(x, LINE * n + 16, x, bottom, "marker"))
        shapes.append(Words(x, LINE * n + 13, f"{marker.text}: {unit(marker.value)}", "tick", side(x, 35)))
    shapes += [Rule(0, bottom, 100, bottom, "zero"), *scale_words(scale, bottom, unit)]
    rows = tuple(
        (Cell(unit(edges[n]), number=True), Cell(unit(edges[n + 1]), number=True), Cell(PLAIN(count), number=True))
        for n, count in enumerate(counts)
    )
    return Chart("histogram", title, description, bottom + LINE, tuple(shapes), columns, rows)
