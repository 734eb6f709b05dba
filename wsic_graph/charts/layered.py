"""Pictures read from left to right in layers: what depends on what, and where money goes.

The two never mix. Where lines have no width (:func:`dependencies`) they only say that there is a connection; where
they have one (:func:`amounts`) it is their figure, all on one scale, and each node is as high as what goes through
it. Figures below nought are drawn beneath the others, hatched, so that nothing is set off against anything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from wsic_graph.charts.layers import Layer, Node, Style, Tie, checked, ordered, through
from wsic_graph.charts.shapes import Box, Curve, Key, Shape, Words, lines_of, real

WIDTH = 1120.0
"""Width of every picture, in pixels before it is scaled."""
_TOP = 34.0
_EDGE = 8.0
_BOX = 168.0
_LINE = 15.0
_PAD = 7.0
_GAP = 9.0
_LANE = 12.0
_WIDEST_GAP = 44.0
_LETTERS = 23
_BAR = 12.0
_MOST = 360.0
"""Height of the fullest layer of amounts without its gaps, in pixels."""
_RIGHT, _LEFT = 0, 1
_KEYS: dict[Style, str] = {
    "needs": "is needed for it",
    "for": "works for it",
    "against": "works against it",
    "none": "no effect was found",
    "open": "evidence that is not counted",
    "leads": "leads to it",
}


@dataclass(frozen=True)
class Sheet:
    """A picture of fixed shape, whose places are pixels both ways. It has nothing to show without ``shapes``."""

    kind: Literal["dependencies", "amounts"]
    title: str
    description: str
    height: float
    shapes: tuple[Shape, ...]
    keys: tuple[Key, ...] = ()
    width: float = WIDTH


@dataclass
class _Placed:
    """Where a node stands. Its stem begins at ``stem``; ``above`` of it lies above nought, what is lost below that."""

    node: Node
    x: float
    y: float
    height: float
    stem: float = 0
    above: float = 0
    taken: defaultdict[tuple[int, bool], float] = field(default_factory=lambda: defaultdict(float))
    """How much of its sides bands have taken already."""

    def take(self, tie: Tie, side: int, factor: float) -> float:
        """Room for the band of ``tie`` at a side, and where it begins."""
        lost = tie.value < 0
        start = self.stem + (self.above if lost else 0) + self.taken[side, lost]
        self.taken[side, lost] += abs(real(tie.value)) * factor
        return start


def dependencies(title: str, description: str, layers: Sequence[Layer], ties: Sequence[Tie]) -> Sheet:
    """Boxes in layers with lines between them. A box with coverage is filled from below up to it.

    Raises ``ValueError`` as :func:`wsic_graph.charts.layers.checked`.
    """
    layers = ordered(checked(layers, ties), ties)
    lanes = Counter(("from", tie.source) for tie in ties) + Counter(("to", tie.target) for tie in ties)

    def high(node: Node) -> float:
        most = max(lanes["from", node.name], lanes["to", node.name])
        return max(len(_words(node)) * _LINE + 2 * _PAD, (most + 1) * _LANE)

    placed, height = _place(layers, high)
    shapes: list[Shape] = [*_headings(layers), *_lines(placed, ties)]
    for number, layer in enumerate(layers):
        for node in layer.nodes:
            shapes += _box(placed[node.name], number == len(layers) - 1)
    keys = tuple(Key(f"tie tie-{style}", text) for style, text in _KEYS.items() if style in {t.style for t in ties})
    return Sheet("dependencies", title, description, height, tuple(shapes), keys)


def amounts(title: str, description: str, layers: Sequence[Layer], ties: Sequence[Tie]) -> Sheet:
    """Bands in layers, each as thick as its figure; those below nought are hatched and stand beneath.

    Raises ``ValueError`` as :func:`wsic_graph.charts.layers.checked`.
    """
    layers = ordered(checked(layers, ties), ties)
    size = through(layers, ties)
    fullest = max((sum(sum(size[node.name]) for node in layer.nodes) for layer in layers), default=0.0)
    if not fullest:
        return Sheet("amounts", title, description, 0, ())
    factor = _MOST / fullest
    placed, height = _place(layers, lambda node: max(sum(size[node.name]) * factor, len(_words(node)) * _LINE))
    for name, item in placed.items():
        item.above = size[name][0] * factor
        item.stem = item.y + (item.height - sum(size[name]) * factor) / 2
    shapes: list[Shape] = [*_headings(layers), *_bands(placed, ties, factor)]
    for name, item in placed.items():
        shapes += _stem(item, size[name][1] * factor)
    lost = any(tie.value < 0 for tie in ties)
    keys = (Key("band band-for", "a gain"), Key("band band-against", "a loss")) if lost else ()
    return Sheet("amounts", title, description, height, tuple(shapes), keys)


def _column(number: int, count: int) -> float:
    """Where a layer begins."""
    return _EDGE + number * (WIDTH - 2 * _EDGE - _BOX) / max(count - 1, 1)


def _place(layers: Sequence[Layer], high: Callable[[Node], float]) -> tuple[dict[str, _Placed], float]:
    """The nodes by name, each layer in the middle of the height, and how high the picture is."""
    heights = [sum(map(high, layer.nodes)) for layer in layers]
    tallest = max((own + _GAP * (len(layer.nodes) - 1) for own, layer in zip(heights, layers, strict=True)), default=0)
    placed = {}
    for number, (layer, own) in enumerate(zip(layers, heights, strict=True)):
        gap = min((tallest - own) / max(len(layer.nodes) - 1, 1), _WIDEST_GAP)
        y = _TOP + (tallest - own - gap * (len(layer.nodes) - 1)) / 2
        for node in layer.nodes:
            placed[node.name] = _Placed(node, _column(number, len(layers)), y, high(node))
            y += high(node) + gap
    return placed, _TOP + tallest + _EDGE


def _headings(layers: Sequence[Layer]) -> list[Shape]:
    return [Words(_column(n, len(layers)), 20, layer.heading, "heading") for n, layer in enumerate(layers)]


def _words(node: Node) -> list[tuple[str, str]]:
    """The lines of a node, each with its style."""
    lines = [(line, "label") for line in lines_of(node.label, _LETTERS)]
    return [*lines, *((line, "value") for line in lines_of(node.note, _LETTERS + 3) if node.note)]


def _box(item: _Placed, last: bool) -> list[Shape]:
    node = item.node
    style = "node-end" if last and node.tone == "plain" else f"node-{node.tone}"
    shapes: list[Shape] = [Box(item.x, item.y, _BOX, item.height, f"node {style}")]
    if node.coverage:
        filled = item.height * min(node.coverage, 1)
        shapes.append(Box(item.x, item.y + item.height - filled, _BOX, filled, "covered"))
    words = len(_words(node)) * _LINE
    shapes += _text(item, item.x + _PAD + 1, item.y + (item.height - words) / 2)
    return shapes


def _stem(item: _Placed, lost: float) -> list[Shape]:
    shapes: list[Shape] = []
    if item.above:
        shapes.append(Box(item.x, item.stem, _BAR, item.above, "stem stem-for"))
    if lost:
        shapes.append(Box(item.x, item.stem + item.above, _BAR, lost, "stem stem-against"))
    words = len(_words(item.node)) * _LINE
    return [*shapes, *_text(item, item.x + _BAR + 6, item.y + (item.height - words) / 2)]


def _text(item: _Placed, x: float, y: float) -> list[Shape]:
    return [
        Words(x, y + _LINE * n + 11.5, line, style, href=item.node.href if style == "label" else "")
        for n, (line, style) in enumerate(_words(item.node))
    ]


def _lines(placed: dict[str, _Placed], ties: Sequence[Tie]) -> list[Shape]:
    """A line for each tie; those of one side of a node are spread over it in the order of their other ends."""
    outs = _spread(placed, [(tie.source, tie.target) for tie in ties])
    ins = _spread(placed, [(tie.target, tie.source) for tie in ties])
    shapes: list[Shape] = []
    for n, tie in enumerate(ties):
        x1, x2 = placed[tie.source].x + _BOX, placed[tie.target].x
        half = (x1 + x2) / 2
        path = f"M{x1:.1f} {outs[n]:.1f} C{half:.1f} {outs[n]:.1f} {half:.1f} {ins[n]:.1f} {x2:.1f} {ins[n]:.1f}"
        shapes.append(Curve(path, f"tie tie-{tie.style}", tie.tip or _said(placed, tie), tie.href))
    noted = [(ins[n], tie) for n, tie in enumerate(ties) if tie.note]
    return [*shapes, *(Words(placed[tie.target].x - 5, y - 2, tie.note, "share", "end") for y, tie in noted)]


def _spread(placed: dict[str, _Placed], ends: Sequence[tuple[str, str]]) -> list[float]:
    """The height at which each tie touches the first of its two ``ends``."""
    found = [0.0] * len(ends)
    for name, item in placed.items():
        own = sorted((n for n, end in enumerate(ends) if end[0] == name), key=lambda n: placed[ends[n][1]].y)
        for number, n in enumerate(own):
            found[n] = item.y + item.height * (number + 1) / (len(own) + 1)
    return found


def _bands(placed: dict[str, _Placed], ties: Sequence[Tie], factor: float) -> list[Shape]:
    """A band for each tie; those of one side of a node are in the order of their other ends, so that few cross."""
    numbers = range(len(ties))
    starts, ends = [0.0] * len(ties), [0.0] * len(ties)
    for n in sorted(numbers, key=lambda n: placed[ties[n].target].y):
        starts[n] = placed[ties[n].source].take(ties[n], _RIGHT, factor)
    for n in sorted(numbers, key=lambda n: placed[ties[n].source].y):
        ends[n] = placed[ties[n].target].take(ties[n], _LEFT, factor)
    return [_band(placed, ties[n], starts[n], ends[n], factor) for n in numbers]


def _band(placed: dict[str, _Placed], tie: Tie, y1: float, y2: float, factor: float) -> Curve:
    thick = abs(real(tie.value)) * factor
    x1, x2 = placed[tie.source].x + _BAR, placed[tie.target].x
    half = (x1 + x2) / 2
    path = (
        f"M{x1:.1f} {y1:.2f} C{half:.1f} {y1:.2f} {half:.1f} {y2:.2f} {x2:.1f} {y2:.2f} "
        f"V{y2 + thick:.2f} C{half:.1f} {y2 + thick:.2f} {half:.1f} {y1 + thick:.2f} {x1:.1f} {y1 + thick:.2f} Z"
    )
    return Curve(path, f"band band-{'against' if tie.value < 0 else 'for'}", tie.tip or _said(placed, tie), tie.href)


def _said(placed: dict[str, _Placed], tie: Tie) -> str:
    return f"{placed[tie.source].node.label} to {placed[tie.target].node.label}"
