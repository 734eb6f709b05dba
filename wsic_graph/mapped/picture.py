"""The benefits map as a picture of dependencies or of money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from wsic_graph.answers import Iri
from wsic_graph.charts import Layer, Node, Sheet, Style, Tie, Tone, amounts, dependencies, pooled
from wsic_graph.mapped.model import Thing
from wsic_graph.mapped.narrow import LAYERS, Line

MOST_LINES = 40
"""Most lines in a picture. What is weakest is left to the table, or pooled where there are pounds."""
_HEADINGS = {
    "enabler": ("Enablers", "enablers"),
    "intervention": ("Interventions", "interventions"),
    "outcome": ("Outcomes", "outcomes"),
    "benefit": ("Benefits", "benefits"),
    "objective": ("Objectives", "objectives"),
}
_RANKS: dict[Style, int] = {"for": 0, "against": 0, "none": 1, "open": 2}
"""Which lines of evidence go into a picture first; among equals those with the best grade."""
_WEIGHTS = {"for": Decimal(4), "against": Decimal(4), "none": Decimal(1), "open": Decimal("0.25")}
"""What a line of dependencies weighs where nodes are put in order; it is not drawn."""
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
    """A picture, with the number of lines that there are and of those that it has."""

    sheet: Sheet
    lines: int
    drawn: int
    left: Mapping[str, int]
    """Links of evidence that were left to the table, by what they say; pounds are never left out but pooled."""


def draw_dependencies(
    lines: Sequence[Line],
    words: tuple[str, str],
    addresses: Addresses,
    focus: Thing | None = None,
    *,
    marks: Mapping[Iri, Mark] | None = None,
    more: Sequence[tuple[int, Thing]] = (),
) -> Drawn:
    """The picture of dependencies. ``words`` are title and description; ``more`` stands there without any line."""
    every, (lines, left) = len(lines), strongest(lines)
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
    few, ties_left = pooled(_layers(lines, addresses, focus, marks or {}, more), ties, MOST_LINES)
    return Drawn(dependencies(*words, few, ties_left), every, len(ties_left), left)


def draw_money(
    lines: Sequence[Line], words: tuple[str, str], addresses: Addresses, focus: Thing | None = None
) -> Drawn:
    """The picture of money, in which each line is as wide as its pounds."""
    ties = [
        Tie(line.source.iri, line.target.iri, line.value or 0, line.style, said(line), addresses.line(line))
        for line in lines
    ]
    few, left = pooled(_layers(lines, addresses, focus, {}, ()), ties, MOST_LINES)
    noted = [Layer(layer.heading, layer.others, tuple(_worth(node, left) for node in layer.nodes)) for layer in few]
    return Drawn(amounts(*words, noted, left), len(ties), len(left), {})


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


def strongest(lines: Sequence[Line], most: int = MOST_LINES) -> tuple[list[Line], Counter[str]]:
    """At most ``most`` lines, with as many links of evidence as go with all that they need and lead to.

    Effects that count, for or against, come first, then those where none was found, each with the best grade first.
    The second part counts the links that are left out, by what they say.
    """
    if len(lines) <= most:
        return list(lines), Counter()
    evidence = [line for line in lines if line.layer == 1]
    evidence.sort(key=lambda line: (_RANKS.get(line.style, 3), min(link.grade for link in line.links), said(line)))
    found: list[Line] = []
    for count in range(1, len(evidence) + 1):
        more = _with(lines, evidence[:count])
        if len(more) > most and found:
            break
        found = more
    kept = set(map(id, found))
    left = Counter[str]()
    for line in evidence:
        if id(line) not in kept:
            left[line.style] += len(line.links)
    return found, left


def _with(lines: Sequence[Line], evidence: Sequence[Line]) -> list[Line]:
    """The lines of ``evidence`` with the enablers that they need and the benefits that they lead to."""
    sources, targets = {line.source for line in evidence}, {line.target for line in evidence}
    benefits = {line.target for line in lines if line.layer == 2 and line.source in targets}
    chosen = set(map(id, evidence))
    return [
        line
        for line in lines
        if id(line) in chosen
        or (line.layer == 0 and line.target in sources)
        or (line.layer == 2 and line.source in targets)
        or (line.layer == 3 and line.source in benefits)
    ]
