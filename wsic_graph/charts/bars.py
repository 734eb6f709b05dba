"""Bars under their labels: one figure each, or parts that make up a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsic_graph.charts.scales import linear
from wsic_graph.charts.shapes import (
    PLAIN,
    Box,
    Cell,
    Chart,
    Format,
    Key,
    Number,
    Rule,
    Shape,
    Tone,
    Words,
    nothing,
    real,
    written,
)

_BAR = 16
_SPACE = 10
_END = 75
"""Where the longest bar ends, in percent: the rest is for its figure."""


@dataclass(frozen=True)
class Bar:
    """A figure. ``text`` is how it is written, unless as the format of the chart says."""

    label: str
    value: Number
    tone: Tone = "plain"
    text: str = ""
    href: str = ""


@dataclass(frozen=True)
class Stack:
    """A whole of parts, each a count with the label and tone that it shares with the parts of other stacks."""

    label: str
    parts: Sequence[Bar]
    href: str = ""


def bars(
    title: str,
    description: str,
    items: Sequence[Bar],
    *,
    unit: Format = PLAIN,
    of: str = "What",
    measure: str = "Figure",
) -> Chart:
    """A bar for each item, from nought; ``of`` and ``measure`` head the columns of the table."""
    columns = (of, measure)
    if not items:
        return nothing("bars", title, description, columns)
    scale = linear([real(item.value) for item in items], 0, _END)
    shapes: list[Shape] = []
    y = 0.0
    for item in items:
        label, top = written(item.label, y, href=item.href)
        ends = sorted((scale(0), scale(real(item.value))))
        shown = item.text or unit(item.value)
        shapes += label
        shapes.append(Box(ends[0], top, ends[1] - ends[0], _BAR, f"fill tone-{item.tone}"))
        shapes.append(Words(ends[1], top + 13, shown, "value", dx=6))
        shapes.append(Rule(scale(0), top, scale(0), top + _BAR, "zero"))  # beside the bar, not through its words
        y = top + _BAR + _SPACE
    rows = tuple((Cell(item.label, item.href), Cell(item.text or unit(item.value), number=True)) for item in items)
    return Chart("bars", title, description, y, tuple(shapes), columns, rows)


def stacks(title: str, description: str, items: Sequence[Stack], *, of: str = "What", unit: Format = PLAIN) -> Chart:
    """A bar for each whole, as long as the sum of its parts, which stand in it from left to right.

    The table has a column for each part in the order of their first appearance. Raises
    ``ValueError`` for a part below nought.
    """
    names = list(dict.fromkeys(part.label for item in items for part in item.parts))
    tones = {part.label: part.tone for item in items for part in item.parts}
    columns = (of, *names)
    totals = [sum(real(part.value) for part in item.parts) for item in items]
    if not items or not max(totals):
        return nothing("stacks", title, description, columns)
    if min(real(part.value) for item in items for part in item.parts) < 0:
        raise ValueError("a part of a whole is not below nought")
    shapes: list[Shape] = []
    y = 0.0
    for item, total in zip(items, totals, strict=True):
        label, top = written(item.label, y, href=item.href)
        shapes += label
        done = 0.0
        for part in item.parts:
            width = real(part.value) / max(totals) * _END
            tip = f"{part.label}: {part.text or unit(part.value)}"
            if width:
                shapes.append(Box(done, top, width, _BAR, f"fill part tone-{part.tone}", tip))
            done += width
        shapes.append(Words(done, top + 13, unit(total), "value", dx=6))
        y = top + _BAR + _SPACE
    keys = tuple(Key(f"tone-{tones[name]}", name) for name in names)
    rows = tuple((Cell(item.label, item.href), *_parts(item, names, unit)) for item in items)
    return Chart("stacks", title, description, y, tuple(shapes), columns, rows, keys)


def _parts(item: Stack, names: Sequence[str], unit: Format) -> list[Cell]:
    said = {part.label: part.text or unit(part.value) for part in item.parts}
    return [Cell(said.get(name, unit(0)), number=True) for name in names]
