"""Which column a node of a diagram stands in, and in which order: the layered drawing of a directed graph.

Links that would close a circle are turned round first. A node then stands right
of everything that leads to it, and a link over several columns gets a bend in
each column between, so that boxes and bends can be ordered alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

Edge = tuple[str, str]
_SWEEPS = 24


def without_circles(nodes: Sequence[str], edges: Iterable[Edge]) -> dict[Edge, Edge]:
    """Each edge with the direction in which it is drawn: turned round where it would close a circle."""
    ahead: dict[str, list[str]] = {node: [] for node in nodes}
    entered = {target for _, target in edges}
    for source, target in sorted(set(edges)):
        ahead[source].append(target)
    state: dict[str, str] = {}
    drawn: dict[Edge, Edge] = {}

    def visit(node: str) -> None:
        state[node] = "open"
        for target in ahead[node]:
            backwards = state.get(target) == "open"
            drawn[(node, target)] = (target, node) if backwards else (node, target)
            if target not in state:
                visit(target)
        state[node] = "done"

    for node in sorted(nodes, key=lambda node: (node in entered, node)):
        if node not in state:
            visit(node)
    return drawn


def columns_of(nodes: Sequence[str], edges: Iterable[Edge]) -> dict[str, int]:
    """The column of each node: right of all that lead to it, and no further left of what it leads to than needed."""
    edges = set(edges)
    before: dict[str, set[str]] = {node: {s for s, t in edges if t == node} for node in nodes}
    after: dict[str, set[str]] = {node: {t for s, t in edges if s == node} for node in nodes}
    column: dict[str, int] = {}

    def place(node: str) -> int:
        if node not in column:
            column[node] = 1 + max((place(source) for source in before[node]), default=-1)
        return column[node]

    for node in nodes:
        place(node)
    for node in sorted(nodes, key=lambda node: -column[node]):
        if after[node] and not before[node]:
            column[node] = min(column[target] for target in after[node]) - 1
    return column


def ordered(columns: Sequence[Sequence[str]], edges: Iterable[Edge]) -> list[list[str]]:
    """Each column in an order with few crossings; ``edges`` run between neighbouring columns only."""
    left: dict[str, list[str]] = {}
    right: dict[str, list[str]] = {}
    for source, target in edges:
        right.setdefault(source, []).append(target)
        left.setdefault(target, []).append(source)
    order = [list(column) for column in columns]
    best, fewest = order, crossings(order, right)
    for sweep in range(_SWEEPS):
        forwards = sweep % 2 == 0
        order = [list(column) for column in order]
        for index in range(len(order)) if forwards else reversed(range(len(order))):
            beside = index - 1 if forwards else index + 1
            if 0 <= beside < len(order):
                order[index] = _by_neighbours(order[index], order[beside], left if forwards else right)
        found = crossings(order, right)
        if found < fewest:
            best, fewest = order, found
    return best


def _by_neighbours(column: list[str], beside: list[str], neighbours: Mapping[str, list[str]]) -> list[str]:
    place = {node: index for index, node in enumerate(beside)}

    def middle(item: tuple[int, str]) -> float:
        index, node = item
        found = [place[other] for other in neighbours.get(node, ()) if other in place]
        return sum(found) / len(found) if found else index * len(beside) / len(column)

    return [node for _, node in sorted(enumerate(column), key=middle)]


def crossings(order: Sequence[Sequence[str]], right: Mapping[str, list[str]]) -> int:
    """How many pairs of links cross between neighbouring columns."""
    total = 0
    for column, beside in pairwise(order):
        place = {node: index for index, node in enumerate(beside)}
        ends = [sorted(place[other] for other in right.get(node, ()) if other in place) for node in column]
        passed: list[int] = []
        for places in ends:
            total += sum(1 for end in places for earlier in passed if earlier > end)
            passed += places
    return total


def spread(wanted: Sequence[float], heights: Sequence[float], gap: float) -> list[float]:
    """Tops for boxes that must not overlap, each as near as can be to where it is ``wanted`` (least squares)."""
    offsets = [0.0]
    for height in heights[:-1]:
        offsets.append(offsets[-1] + height + gap)
    blocks: list[tuple[float, int]] = []
    for value, offset in zip(wanted, offsets, strict=True):
        mean, size = value - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, count = blocks.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
