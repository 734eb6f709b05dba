"""The benefits map as a picture of dependencies or of money."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from wsic_graph.answers import Iri
from wsic_graph.charts import Layer, Node, Sheet, Tie, Tone, amounts, dependencies, pooled
from wsic_graph.mapped.model import Thing
from wsic_graph.mapped.narrow import LAYERS, Line

MOST_LINES = 40
"""Most lines in a picture; the least are pooled."""
_HEADINGS = {
    "enabler": ("Enablers", "enablers"),
    "intervention": ("Interventions", "interventions"),
    "outcome": ("Outcomes", "outcomes"),
    "benefit": ("Benefits", "benefits"),
    "objective": ("Objectives", "objectives"),
}
_WEIGHTS = {"for": Decimal(4), "against": Decimal(4), "none": Decimal(1), "open": Decimal("0.25")}
"""What a line of dependencies weighs where the least are pooled and nodes are put in order; it is not drawn."""
_SAID = {
    "for": "works for",
    "against": "works against",
    "none": "no effect found on",
    "open": "evidence that is not counted on",
}


@dataclass(frozen=True)
class Mark:
    """What a node carries in the check of existing services: how far it is covered, and a word about it."""

    note: str
    coverage: float | None = None
    tone: Tone = "plain"


@dataclass(frozen=True)
class Addresses:
    """Where the parts of a picture lead."""

    node: Callable[[Thing], str]
    line: Callable[[Line], str]


@dataclass(frozen=True)
class Drawn:
    """A picture, with the number of lines before and after the least were pooled."""

    sheet: Sheet
    lines: int
    drawn: int
    nodes: int
    """How many nodes stand for more than one thing."""


def draw_dependencies(
    lines: Sequence[Line],
    words: tuple[str, str],
    addresses: Addresses,
    focus: Thing | None = None,
    marks: Mapping[Iri, Mark] | None = None,
    more: Sequence[tuple[int, Thing]] = (),
) -> Drawn:
    """The picture of dependencies. ``words`` are title and description; ``more`` stands there without any line."""
    ties = [
        Tie(
            line.source.iri,
            line.target.iri,
            _WEIGHTS.get(line.style, Decimal(1)),
            line.style,
            said(line),
            addresses.line(line),
            _share(line),
        )
        for line in lines
    ]
    layers = _layers(lines, addresses, focus, marks or {}, more)
    few, left = pooled(layers, ties, MOST_LINES)
    return Drawn(dependencies(*words, few, left), len(ties), len(left), _pools(few))


def draw_money(
    lines: Sequence[Line], words: tuple[str, str], addresses: Addresses, focus: Thing | None = None
) -> Drawn:
    """The picture of money, in which each line is as wide as its pounds."""
    ties = [
        Tie(line.source.iri, line.target.iri, line.value or 0, line.style, said(line), addresses.line(line))
        for line in lines
    ]
    few, left = pooled(_layers(lines, addresses, focus, {}, ()), ties, MOST_LINES)
    noted = [
        Layer(layer.heading, layer.others, tuple(_worth(node, left) for node in layer.nodes)) for layer in few
    ]
    return Drawn(amounts(*words, noted, left), len(ties), len(left), _pools(few))


def pounds(value: Decimal) -> str:
    """An amount in whole pounds."""
    whole = value.quantize(Decimal(1), ROUND_HALF_UP)
    return f"{'−' if whole < 0 else ''}£{abs(whole):,}"


def per_cent(value: Decimal) -> str:
    """A share in whole per cent; what is there and less than half of one says so."""
    whole = (value * 100).quantize(Decimal(1), ROUND_HALF_UP)
    return "under 1%" if not whole and value > 0 else f"{whole}%"


def said(line: Line) -> str:
    """A line in words."""
    if line.relation:
        return f"{line.target.label} needs {line.source.label}: {line.relation.reason}"
    if line.value is not None:
        return f"{line.source.label} to {line.target.label}: {pounds(line.value)}"
    if line.style == "leads":
        return f"{line.source.label} leads to {line.target.label}"
    words = f"{line.source.label}: {_SAID[line.style]} {line.target.label}"
    details = [
        f"{link.group.label}{f', share {per_cent(link.share)}' if link.share is not None else ''}, "
        f"grade {link.grade} of 6"
        for link in line.links[:3]
    ]
    more = f"; and {len(line.links) - 3} more" if len(line.links) > 3 else ""
    return f"{words} ({'; '.join(details)}{more})" if details else words


def _share(line: Line) -> str:
    """The share that stands at a line, if it is of one link."""
    share = line.links[0].share if len(line.links) == 1 else None
    return per_cent(share) if share is not None else ""


def _layers(
    lines: Sequence[Line],
    addresses: Addresses,
    focus: Thing | None,
    marks: Mapping[Iri, Mark],
    more: Sequence[tuple[int, Thing]],
) -> list[Layer]:
    found: list[list[Thing]] = [[] for _ in LAYERS]
    for line in lines:
        found[line.layer].append(line.source)
        found[line.layer + 1].append(line.target)
    for layer, thing in more:
        found[layer].append(thing)
    return [
        Layer(
            *_HEADINGS[kind],
            tuple(
                _node(thing, addresses, focus, marks.get(thing.iri))
                for thing in sorted(set(things), key=lambda thing: (thing.label, thing.iri))
            ),
        )
        for kind, things in zip(LAYERS, found, strict=True)
    ]


def _node(thing: Thing, addresses: Addresses, focus: Thing | None, mark: Mark | None) -> Node:
    tone: Tone = "focus" if thing == focus else mark.tone if mark else "plain"
    note, coverage = (mark.note, mark.coverage) if mark else ("", None)
    return Node(thing.iri, thing.label, addresses.node(thing), note, coverage, tone)


def _worth(node: Node, ties: Sequence[Tie]) -> Node:
    """``node`` with what goes through it, gains and losses apart."""
    out = [Decimal(str(tie.value)) for tie in ties if tie.source == node.name]
    values = out or [Decimal(str(tie.value)) for tie in ties if tie.target == node.name]
    gains, losses = (sum((v for v in values if (v < 0) == loss), Decimal(0)) for loss in (False, True))
    note = " and ".join(pounds(value) for value in (gains, losses) if value)
    return Node(node.name, node.label, node.href, note, None, node.tone, node.members)


def _pools(layers: Sequence[Layer]) -> int:
    return sum(node.members > 1 for layer in layers for node in layer.nodes)


