"""What flows from layer to layer: bands whose widths are their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsic_graph.charts.shapes import (
    LINE,
    PLAIN,
    Box,
    Cell,
    Chart,
    Curve,
    Format,
    Number,
    Shape,
    Tone,
    Words,
    lines_of,
    nothing,
    real,
)

_THICK = 160
"""Height of the fullest layer without its gaps, in pixels."""
_NODE = 2.0
"""Width of a node, in percent."""
_LETTERS = 17
_LAYER_REM = 9
"""Width that a layer needs for its words."""


@dataclass(frozen=True)
class Link:
    """How much goes from one node to another, in a layer further right."""

    source: str
    target: str
    value: Number
    tone: Tone = "plain"
    href: str = ""


@dataclass
class _Node:
    """Where a node stands and how much of its sides is taken."""

    x: float
    y: float
    height: float
    out: float = 0
    into: float = 0


def flow(
    title: str,
    description: str,
    layers: Sequence[Sequence[str]],
    links: Sequence[Link],
    *,
    unit: Format = PLAIN,
) -> Chart:
    """The nodes of each layer under their names, and a band for each link.

    A node is as high as the larger of what comes in and what goes out, and all bands
    and nodes have one scale, so nothing is lost on the way unless the figures lose it.
    Raises ``ValueError`` for a link below nought, one that does not lead to a layer
    further right, or a node named twice.
    """
    columns = ("From", "To", "Figure")
    place = {name: number for number, layer in enumerate(layers) for name in layer}
    if len(place) != sum(map(len, layers)):
        raise ValueError(f"{title}: a node is named twice")
    for link in links:
        if link.source not in place or link.target not in place or place[link.source] >= place[link.target]:
            raise ValueError(f"{title}: no link can lead from {link.source} to {link.target}")
        if real(link.value) < 0:
            raise ValueError(f"{title}: {link.value} is below nought")
    sizes = {name: max(_sum(links, name, out=True), _sum(links, name, out=False)) for name in place}
    fullest = max((sum(sizes[name] for name in layer) for layer in layers), default=0)
    if not fullest:
        return nothing("flow", title, description, columns)
    factor = _THICK / fullest
    nodes, words, height = _nodes(layers, sizes, factor, unit)
    bands: list[Shape] = [_band(link, nodes, real(link.value) * factor, unit) for link in _ordered(links, place, nodes)]
    blocks = [Box(node.x, node.y, _NODE, node.height, "fill tone-plain") for node in nodes.values()]
    rows = tuple((Cell(link.source), Cell(link.target), Cell(unit(link.value), link.href, True)) for link in links)
    shapes = (*bands, *blocks, *words)
    return Chart("flow", title, description, height, shapes, columns, rows, min_width=_LAYER_REM * len(layers))


def _sum(links: Sequence[Link], name: str, out: bool) -> float:
    return sum(real(link.value) for link in links if (link.source if out else link.target) == name)


def _nodes(
    layers: Sequence[Sequence[str]], sizes: dict[str, float], factor: float, unit: Format
) -> tuple[dict[str, _Node], list[Shape], float]:
    """The nodes by name, their words, and how high the picture is."""
    nodes: dict[str, _Node] = {}
    words: list[Shape] = []
    height = 0.0
    for number, layer in enumerate(layers):
        x = number * (100 - _NODE) / max(len(layers) - 1, 1)
        last = number == len(layers) - 1 and number > 0
        y = 0.0
        for name in layer:
            for line in [*lines_of(name, _LETTERS), unit(sizes[name])]:
                words.append(Words(x + (_NODE if last else 0), y + 13, line, "tick", "end" if last else "start"))
                y += LINE
            nodes[name] = _Node(x, y, sizes[name] * factor)
            y += sizes[name] * factor + LINE / 2
        height = max(height, y)
    return nodes, words, height


def _ordered(links: Sequence[Link], place: dict[str, int], nodes: dict[str, _Node]) -> list[Link]:
    """Links from left to right and from above, so that bands leave and reach a node without crossing at it."""
    return sorted(
        links, key=lambda link: (place[link.source], nodes[link.source].y, place[link.target], nodes[link.target].y)
    )


def _band(link: Link, nodes: dict[str, _Node], thick: float, unit: Format) -> Curve:
    """The band of ``link``, equally thick at both ends."""
    begin, end = nodes[link.source], nodes[link.target]
    x1, x2 = begin.x + _NODE, end.x
    y1, y2 = begin.y + begin.out, end.y + end.into
    begin.out += thick
    end.into += thick
    half = (x1 + x2) / 2
    path = (
        f"M{x1:.3f} {y1:.3f} C{half:.3f} {y1:.3f} {half:.3f} {y2:.3f} {x2:.3f} {y2:.3f} "
        f"V{y2 + thick:.3f} C{half:.3f} {y2 + thick:.3f} {half:.3f} {y1 + thick:.3f} {x1:.3f} {y1 + thick:.3f} Z"
    )
    tip = f"{link.source} to {link.target}: {unit(link.value)}"
    return Curve(path, f"band tone-{link.tone}", tip)
