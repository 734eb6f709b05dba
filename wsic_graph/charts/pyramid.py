"""A pyramid of layers, each as wide as its figure, with its words beside it."""

from __future__ import annotations

from collections.abc import Sequence

from wsic_graph.charts.bars import Bar
from wsic_graph.charts.shapes import (
    LINE,
    PLAIN,
    Box,
    Cell,
    Chart,
    Format,
    Rule,
    Shape,
    Words,
    lines_of,
    nothing,
    real,
)

_WIDEST = 52.0
"""Width of the widest layer, in percent."""
_BESIDE = 56.0
"""Where the words begin, in percent."""
_LETTERS = 15
"""Letters in a line beside the pyramid in a picture of 288 pixels."""
_LEAST = 0.6
"""Width of a layer of hardly anybody, so that it can be seen."""
_PADDING = 8


def pyramid(
    title: str,
    description: str,
    layers: Sequence[Bar],
    *,
    unit: Format = PLAIN,
    of: str = "Layer",
    measure: str = "Figure",
) -> Chart:
    """Centred boxes on top of each other, the first at the top; each is as wide as its figure.

    Raises ``ValueError`` for a layer below nought.
    """
    columns = (of, measure)
    most = max((real(layer.value) for layer in layers), default=0)
    if most <= 0:
        return nothing("pyramid", title, description, columns)
    if min(real(layer.value) for layer in layers) < 0:
        raise ValueError("a layer of a pyramid is not below nought")
    shapes: list[Shape] = []
    y = 0.0
    for layer in layers:
        lines = lines_of(layer.label, _LETTERS)
        height = LINE * (len(lines) + 1) + 2 * _PADDING
        width = max(real(layer.value) / most * _WIDEST, _LEAST)
        figure = layer.text or unit(layer.value)
        shapes.append(
            Box((_WIDEST - width) / 2, y, width, height, f"fill part tone-{layer.tone}", f"{layer.label}: {figure}")
        )
        if y:
            shapes.append(Rule(_BESIDE, y, 100, y, "grid"))
        for place, words in enumerate(lines):
            shapes.append(Words(_BESIDE, y + _PADDING + LINE * place + 13, words, "label", href=layer.href))
        shapes.append(Words(_BESIDE, y + _PADDING + LINE * len(lines) + 13, figure, "value"))
        y += height
    rows = tuple(
        (Cell(layer.label, layer.href), Cell(layer.text or unit(layer.value), number=True)) for layer in layers
    )
    return Chart("pyramid", title, description, y, tuple(shapes), columns, rows)
