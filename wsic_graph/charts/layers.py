"""Nodes in layers and the ties between them: checked, put in an order with few crossings, and pooled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from wsic_graph.charts.shapes import Number, real

Style = Literal["for", "against", "needs", "none", "open", "leads"]
"""What a tie says: works for it, works against it, needs it, nothing was found, not counted, leads to it."""
Tone = Literal["plain", "gap", "extra", "focus"]
"""What is told about a node: nothing, that it is missing, that it is more than needed, that it was chosen."""
_SWEEPS = 8


@dataclass(frozen=True)
class Node:
    """Something in a layer. ``note`` is a line under its name; ``coverage`` (0 to 1) how far it is there already."""

    name: str
    label: str
    href: str = ""
    note: str = ""
    coverage: float | None = None
    tone: Tone = "plain"
    members: int = 1
    """How many it stands for; more than one only in a pool."""


@dataclass(frozen=True)
class Layer:
    """A column: its heading, what those that are pooled are called, and its nodes."""

    heading: str
    others: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Tie:
    """A connection from one node to another further right; below nought for what is lost."""

    source: str
    target: str
    value: Number = 1
    style: Style = "leads"
    tip: str = ""
    href: str = ""
    note: str = ""
    """A few letters at its end, in a picture of dependencies."""


def checked(layers: Sequence[Layer], ties: Iterable[Tie]) -> tuple[Layer, ...]:
    """``layers`` without empty ones.

    Raises ``ValueError`` for a node that is named twice, or a tie that does not lead from one to another further right.
    """
    place = {node.name: number for number, layer in enumerate(layers) for node in layer.nodes}
    if len(place) != sum(len(layer.nodes) for layer in layers):
        raise ValueError("a node is named twice")
    for tie in ties:
        if tie.source not in place or tie.target not in place or place[tie.source] >= place[tie.target]:
            raise ValueError(f"no tie can lead from {tie.source} to {tie.target}")
        real(tie.value)
    return tuple(layer for layer in layers if layer.nodes)


def through(layers: Iterable[Layer], ties: Iterable[Tie]) -> dict[str, tuple[float, float]]:
    """What goes through each node above and below nought, both as positive figures: the larger of in and out."""
    sums = {node.name: [0.0, 0.0, 0.0, 0.0] for layer in layers for node in layer.nodes}
    for tie in ties:
        lost = int(tie.value < 0)
        sums[tie.source][lost] += abs(real(tie.value))
        sums[tie.target][2 + lost] += abs(real(tie.value))
    return {name: (max(found[0], found[2]), max(found[1], found[3])) for name, found in sums.items()}


def ordered(layers: Sequence[Layer], ties: Sequence[Tie]) -> tuple[Layer, ...]:
    """The layers with their nodes in an order in which few ties cross.

    Each node moves to the mean place of its neighbours, layer by layer, there and back (the barycentre
    heuristic of Sugiyama, Tagawa and Toda, 1981). The given order decides where means are equal.
    """
    weights: dict[str, list[tuple[str, float]]] = {}
    for tie in ties:
        weight = abs(real(tie.value))
        weights.setdefault(tie.source, []).append((tie.target, weight))
        weights.setdefault(tie.target, []).append((tie.source, weight))
    found = [list(layer.nodes) for layer in layers]
    place = {node.name: _middle(n, nodes) for nodes in found for n, node in enumerate(nodes)}
    for sweep in range(_SWEEPS):
        for nodes in found if sweep % 2 else reversed(found):
            nodes.sort(key=lambda node: _mean(weights.get(node.name, ()), place, place[node.name]))
            place |= {node.name: _middle(n, nodes) for n, node in enumerate(nodes)}
    return tuple(replace(layer, nodes=tuple(nodes)) for layer, nodes in zip(layers, found, strict=True))


def _middle(number: int, nodes: Sequence[Node]) -> float:
    return (number + 0.5) / len(nodes)


def _mean(neighbours: Iterable[tuple[str, float]], place: Mapping[str, float], own: float) -> float:
    total = sum(weight for _, weight in neighbours)
    return sum(place[name] * weight for name, weight in neighbours) / total if total else own


def pooled(layers: Sequence[Layer], ties: Sequence[Tie], most: int) -> tuple[tuple[Layer, ...], tuple[Tie, ...]]:
    """The same with at most ``most`` ties, where that can be: the least nodes of a layer become one, until they are.

    What goes through a layer, and through a node that stays, stays the same. Pooled ties of the same ends, style and
    sign become one. A layer keeps at least two nodes beside the pool.
    """
    found, left = list(layers), tuple(ties)
    while len(left) > most:
        sizes = {name: sum(parts) for name, parts in through(found, left).items()}
        chances = [(number, _least(layer, sizes)) for number, layer in enumerate(found)]
        chances = [(number, merged) for number, merged in chances if len(found[number].nodes) - len(merged) >= 2]
        if not chances:
            break
        number, merged = min(chances, key=lambda chance: sizes[chance[1][0].name] / len(found[chance[0]].nodes))
        layer, count = found[number], sum(node.members for node in merged)
        other = Node(f"others-{number}", f"{count} other {layer.others}", members=count)
        found[number] = replace(layer, nodes=(*(node for node in layer.nodes if node not in merged), other))
        names = {node.name: other.name for node in merged}
        left = _joined(replace(tie, source=_new(tie.source, names), target=_new(tie.target, names)) for tie in left)
    return tuple(found), left


def _least(layer: Layer, sizes: Mapping[str, float]) -> list[Node]:
    """The node that would go into the pool of ``layer`` next, and the pool, or the other that would found it."""
    alone = sorted((node for node in layer.nodes if node.members == 1), key=lambda node: (sizes[node.name], node.name))
    pool = [node for node in layer.nodes if node.members > 1]
    return [*alone[:1], *pool] if pool else alone[:2]


def _new(name: str, names: Mapping[str, str]) -> str:
    return names.get(name, name)


def _joined(ties: Iterable[Tie]) -> tuple[Tie, ...]:
    found: dict[tuple[str, str, Style, bool], Tie] = {}
    for tie in ties:
        key = (tie.source, tie.target, tie.style, tie.value < 0)
        known = found.get(key)
        found[key] = replace(tie, value=_plus(known.value, tie.value), tip="", href="", note="") if known else tie
    return tuple(found.values())


def _plus(a: Number, b: Number) -> Number:
    return float(a) + float(b) if isinstance(a, float) or isinstance(b, float) else a + b
