"""The classes and the links between them as boxes and lines; the same ontology always gives the same drawing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wsic_graph.answers import Iri, Row
from wsic_graph.namespaces import ONTOLOGY
from wsic_graph.vocabulary.layers import Edge, columns_of, ordered, spread, without_circles
from wsic_graph.vocabulary.terms import Term, Vocabulary

_TITLE, _LINE, _PAD = 30.0, 19.0, 8.0
_GAP, _BEND, _BETWEEN = 12.0, 10.0, 64.0
_LETTER, _SIDE = 7.6, 38.0
_SETTLE = 30


@dataclass(frozen=True)
class ClassLink:
    """That things of one class lead to things of another by a property, ``uses`` times."""

    source: Iri
    property: Iri
    target: Iri
    uses: int


@dataclass(frozen=True)
class Line:
    """A line of text in a box: a property that leads to another class, or back to the same one."""

    text: str
    y: float
    iri: Iri
    returns: bool


@dataclass(frozen=True)
class Frame:
    """Where a box stands and how large it is."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Box:
    """A class. ``style`` is record or part; ``figure`` says that it carries a basis."""

    term: Term
    frame: Frame
    style: str
    figure: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Diagram:
    """Boxes, the lines between them as SVG path data, and the size of the whole."""

    boxes: list[Box]
    paths: list[str]
    width: float
    height: float


def read_links(rows: Iterable[Row]) -> list[ClassLink]:
    """The links between classes from the rows of ``ontology/class-links``."""
    found = []
    for row in rows:
        source, name, target, uses = row["from"], row["property"], row["to"], row["uses"]
        assert isinstance(source, Iri)
        assert isinstance(name, Iri)
        assert isinstance(target, Iri)
        assert isinstance(uses, int)
        found.append(ClassLink(source, name, target, uses))
    return found


def draw(vocabulary: Vocabulary, links: Sequence[ClassLink]) -> Diagram:
    """The diagram of the classes that ``links`` join."""
    names: list[str] = sorted({link.source for link in links} | {link.target for link in links})
    rows: defaultdict[str, list[Iri]] = defaultdict(list)
    for link in links:
        if link.property not in rows[link.source]:
            rows[link.source].append(link.property)
    edges = [(str(link.source), str(link.target)) for link in links if link.source != link.target]
    drawn = without_circles(names, edges)
    column = columns_of(names, drawn.values())
    heights = {name: _TITLE + (_PAD + _LINE * len(rows[name]) if rows[name] else 0) for name in names}
    grid, steps = _with_bends(names, column, drawn.values())
    order = ordered(grid, steps)
    tops = _settle(order, steps, heights)
    lefts, widths, width = _across(order, rows)
    links = sorted(
        links, key=lambda link: (tops[_first_stop(link, drawn, column)], link.property, link.source, link.target)
    )
    frames = {name: Frame(lefts[column[name]], tops[name], widths[column[name]], heights[name]) for name in names}
    boxes = {name: _box(vocabulary, name, frames[name], links) for name in names}
    paths = [
        _path(boxes, link, [(lefts[i], widths[i], tops[bend]) for i, bend in _bends(drawn[edge], column)])
        for link in links
        if (edge := (str(link.source), str(link.target))) in drawn
    ]
    height = max(frame.y + frame.height for frame in frames.values())
    return Diagram(list(boxes.values()), paths, width, height)


def _bends(edge: Edge, column: Mapping[str, int]) -> list[tuple[int, str]]:
    """The bends of an edge over several columns: the number of the column and the name of the bend."""
    source, target = edge
    return [(index, f"{source} {target} {index}") for index in range(column[source] + 1, column[target])]


def _first_stop(link: ClassLink, drawn: Mapping[Edge, Edge], column: Mapping[str, int]) -> str:
    """Where the line of ``link`` goes first: a bend, or the other box."""
    edge = drawn.get((str(link.source), str(link.target)))
    bends = _bends(edge, column) if edge else []
    return str(link.target) if not edge or not bends else bends[0 if edge[0] == link.source else -1][1]


def _with_bends(
    names: Sequence[str], column: Mapping[str, int], edges: Iterable[Edge]
) -> tuple[list[list[str]], list[Edge]]:
    grid: list[list[str]] = [[] for _ in range(max(column.values()) + 1)]
    for name in names:
        grid[column[name]].append(name)
    steps: list[Edge] = []
    for source, target in sorted(set(edges)):
        stops = [source]
        for index, bend in _bends((source, target), column):
            grid[index].append(bend)
            stops.append(bend)
        stops.append(target)
        steps += pairwise(stops)
    return grid, steps


def _settle(order: Sequence[Sequence[str]], steps: Iterable[Edge], heights: Mapping[str, float]) -> dict[str, float]:
    """The top of each box and bend, near the middle of its neighbours."""
    beside: defaultdict[str, list[str]] = defaultdict(list)
    for source, target in steps:
        beside[source].append(target)
        beside[target].append(source)
    size = {node: heights.get(node, _BEND) for column in order for node in column}
    top: dict[str, float] = {}
    for column in order:
        top.update(zip(column, spread([0] * len(column), [size[node] for node in column], _GAP), strict=True))
    for _ in range(_SETTLE):
        for column in order:
            wanted = []
            for node in column:
                middles = [top[other] + size[other] / 2 for other in beside[node]]
                wanted.append(sum(middles) / len(middles) - size[node] / 2 if middles else top[node])
            top.update(zip(column, spread(wanted, [size[node] for node in column], _GAP), strict=True))
    least = min(top.values())
    return {node: round(value - least, 1) for node, value in top.items()}


def _across(order: Sequence[Sequence[str]], rows: Mapping[str, list[Iri]]) -> tuple[list[float], list[float], float]:
    """The left edge and width of each column, and the width of all."""
    lefts: list[float] = []
    widths: list[float] = []
    x = 0.0
    for column in order:
        texts = [name.removeprefix(ONTOLOGY) for name in column if " " not in name]
        texts += [f"{iri.part or iri.slug} ↻" for name in column for iri in rows.get(name, ())]
        widths.append(float(round(max(map(len, texts), default=0) * _LETTER + _SIDE)))
        lefts.append(x)
        x += widths[-1] + _BETWEEN
    return lefts, widths, x - _BETWEEN


def _box(vocabulary: Vocabulary, name: str, frame: Frame, links: Sequence[ClassLink]) -> Box:
    term = vocabulary.terms[name]
    above = {iri.part for iri in vocabulary.ancestors(term)}
    found: dict[Iri, bool] = {}
    for link in links:
        if link.source == name:
            found[link.property] = found.get(link.property, True) and link.target == name
    lines = tuple(
        Line(iri.part or iri.slug, round(frame.y + _TITLE + _LINE * (index + 0.5) + _PAD / 2, 1), iri, returns)
        for index, (iri, returns) in enumerate(found.items())
    )
    return Box(term, frame, "record" if "Record" in above else "part", "Figure" in above, lines)


def _path(boxes: Mapping[str, Box], link: ClassLink, bends: Sequence[tuple[float, float, float]]) -> str:
    """A smooth line from the property in its box, through the bends, to the title of the other box."""
    y = next(line.y for line in boxes[link.source].lines if line.iri == link.property)
    source, target = boxes[link.source].frame, boxes[link.target].frame
    end = target.y + _TITLE / 2
    forwards = source.x < target.x
    points = [(source.x + source.width if forwards else source.x, y)]
    for x, width, top in bends if forwards else reversed(bends):
        middle = top + _BEND / 2
        points += [(x, middle), (x + width, middle)] if forwards else [(x + width, middle), (x, middle)]
    points.append((target.x - 1 if forwards else target.x + target.width + 1, end))
    text = f"M{points[0][0]:g} {points[0][1]:g}"
    for (x1, y1), (x2, y2) in pairwise(points):
        half = (x1 + x2) / 2
        text += f" C{half:g} {y1:g} {half:g} {y2:g} {x2:g} {y2:g}"
    return text
