"""The people of an area in segments: by age as counted, and by need as published or as you say.

Age bands and the layers of need are parts of a whole and add up to everyone. The groups of the calculator overlap:
somebody may be in several, and the graph holds no count of how many are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from wsic_graph.calculator.money import apportioned
from wsic_graph.errors import ParameterError
from wsic_graph.prefill import COHORTS, Assumption
from wsic_graph.prefill.facts import Facts, Place, Rows
from wsic_graph.prefill.finish import assumption
from wsic_graph.prefill.numbers import Number
from wsic_graph.prefill.people import People, Segment

BANDS = {
    "85plus": "People aged 85 and over",
    "75-84": "People aged 75 to 84",
    "65-74": "People aged 65 to 74",
    "18-64": "Adults aged 18 to 64",
    "0-17": "Children and young people under 18",
}
"""The age bands of the pyramid, from the top."""
OWN = ("long-term-conditions", "several-conditions", "high-risk", "frailty", "care-home-residents")
"""The groups of which you may give your own number."""
_WIDER = "s4-multi-2018-actual"
_NOT_SEGMENTS = frozenset({"own", "everyone"})
_USE = {"all": "everyone", "adults": "all adults", "older": "people aged 65 and over"}


@dataclass(frozen=True)
class Layer:
    """A part of a pyramid. The whole persons of its layers add up to those of everyone."""

    id: str
    label: str
    item: Assumption
    persons: int
    share: Decimal
    """Of everyone in the area."""


@dataclass(frozen=True)
class Group:
    """A group of people the calculator can take. ``item`` is None where nobody has said how many they are."""

    id: str
    label: str
    item: Assumption | None
    persons: int | None
    share: Decimal | None
    use: str = ""
    """Whose use of services stands for theirs, in words."""
    own: str = ""
    """Your number as you typed it."""
    taken: str = ""
    """The choice of people of the calculator, if it is not the group itself."""


@dataclass(frozen=True)
class Segmented:
    """The people of an area; ``need`` is empty where your numbers do not fit into each other."""

    place: Place
    everyone: Assumption
    persons: int
    age: tuple[Layer, ...]
    need: tuple[Layer, ...]
    groups: tuple[Group, ...]
    faults: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with your numbers, by group."""


def segmented(rows: Rows, area: str, own: Mapping[str, str]) -> Segmented:
    """The people of the council with the code ``area``; ``own`` are your numbers by group, as typed.

    Raises ``ParameterError`` for an area that is no council of the graph or has no population in it.
    """
    people = People(Facts(rows), Facts(rows).place(area))
    everyone = people.population("all")
    faults: dict[str, str] = {}
    found: dict[str, Segment | None] = {}
    for name in COHORTS:
        if name not in _NOT_SEGMENTS:
            found[name] = _segment(people, name, own.get(name, ""), everyone, faults)
    groups = [_group(name, segment, everyone, own.get(name, "")) for name, segment in found.items()]
    groups.insert(5, _wider(people, everyone))
    return Segmented(
        people.place,
        assumption("everyone", everyone.named(f"Everyone in {people.place.label}")),
        whole(everyone.value),
        _layers(_by_age(people), everyone),
        _layers(_by_need(found, everyone, faults), everyone),
        tuple(groups),
        faults,
    )


def whole(value: Decimal) -> int:
    """Whole persons, half of one rounded up."""
    return int(apportioned([value], Decimal(1))[0])


def _segment(people: People, name: str, own: str, everyone: Number, faults: dict[str, str]) -> Segment | None:
    """A group, by your own number if that can be right; None where the graph has no number and nor have you."""
    if own:
        try:
            mine = people.segment(name, own)
        except ParameterError as error:
            faults[name] = _plain(error)
        else:
            if mine.population.value <= everyone.value:
                return mine
            faults[name] = f"{own} is more than the {whole(everyone.value):,} people who live here."
    try:
        return people.segment(name)
    except ParameterError:
        return None


def _plain(error: ParameterError) -> str:
    words = str(error).partition(": ")[2]
    return f"{words[:1].upper()}{words[1:]}."


def _group(name: str, segment: Segment | None, everyone: Number, own: str) -> Group:
    label = COHORTS[name].label
    if segment is None:
        return Group(name, label, None, None, None, own=own)
    number = segment.population
    use = _USE[segment.ages]
    return Group(name, label, assumption(name, number), whole(number.value), number.value / everyone.value, use, own)


def _wider(people: People, everyone: Number) -> Group:
    """Those with two or more conditions by a wider count, so that nobody takes the narrow one for all."""
    figure = people.facts.national(_WIDER)
    how = f"As many in each hundred people as in England ({figure.label}, {figure.period}); taken to be the same here"
    share = Number.of(figure) / people.england("all", figure.period)
    label = "People with two or more conditions, by a wider count"
    number = (everyone * share).said(how, "persons", label, modelled=True)
    use, taken = _USE["all"], "several-conditions"
    return Group(
        "wider-count", label, assumption("wider-count", number), whole(number.value), share.value, use, taken=taken
    )


def _by_age(people: People) -> list[tuple[str, str, Number]]:
    """The population by age band, from the top, for the newest year that has all bands; nothing if none has."""
    figures = people.statistics.together("population", tuple(BANDS))
    return [(band, label, Number.of(figure)) for (band, label), figure in zip(BANDS.items(), figures, strict=False)]


def _by_need(
    found: Mapping[str, Segment | None], everyone: Number, faults: dict[str, str]
) -> list[tuple[str, str, Number]]:
    """Layers that lie within each other, from the top."""
    names = ("high-risk", "several-conditions", "long-term-conditions")
    nested = [(name, segment.population) for name in names if (segment := found[name]) is not None]
    for (inner, few), (outer, many) in pairwise(nested):
        if few.value > many.value:
            faults.setdefault(
                inner,
                f"{whole(few.value):,} is more than the {whole(many.value):,} of the layer that they are part of, "
                f"{COHORTS[outer].label.lower()}.",
            )
            return []
    layers: list[tuple[str, str, Number]] = []
    inner_number: Number | None = None
    for name, number in nested:
        layers.append((name, _LAYERS[name](inner_number is not None), _less(number, inner_number)))
        inner_number = number
    return [*layers, ("none", "People without a long-term condition", _less(everyone, inner_number))]


_LAYERS: dict[str, Callable[[bool], str]] = {
    "high-risk": lambda _: "People at high risk of admission",
    "several-conditions": lambda inside: (
        "Others with several long-term conditions" if inside else "People with several long-term conditions"
    ),
    "long-term-conditions": lambda _: "People with one long-term condition",
}


def _less(number: Number, inner: Number | None) -> Number:
    if inner is None:
        return number
    how = f"{number.how}; less the people of the layers above"
    return (number + -inner).said(how, "persons", modelled=number.modelled or inner.modelled)


def _layers(found: list[tuple[str, str, Number]], everyone: Number) -> tuple[Layer, ...]:
    rounded = apportioned([number.value for _, _, number in found], Decimal(1))
    return tuple(
        Layer(name, label, assumption(name, number.named(label)), int(persons), number.value / everyone.value)
        for (name, label, number), persons in zip(found, rounded, strict=True)
    )
