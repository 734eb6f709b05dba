"""Numbers that know where they come from: figures of the graph, and what was worked out from them.

A :class:`Number` is built from figures with ``+``, ``*`` and ``/``, so that the sum it states and the figures it
names can never differ from the value it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

Basis = Literal["verified", "derived", "modelled", "recalled", "yours"]
"""How far a number can be trusted; ``yours`` is what the user gave."""
PLACES = Decimal("0.000000001")
"""To how many places a number that was worked out is given."""


def inside(words: str) -> str:
    """``words`` as they stand inside a sentence: A&E keeps its capitals."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


@dataclass(frozen=True)
class Asked:
    """A saved query and the values it was given: where a figure can be seen again."""

    name: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Figure:
    """One number that the graph states. ``property`` of ``iri`` has ``value``; both are full IRIs."""

    iri: str
    property: str
    value: Decimal
    unit: str
    basis: Basis
    sources: tuple[str, ...]
    """IRIs of the publications it is from."""
    period: str
    label: str
    asked: Asked
    start: str = ""
    """First day of the period, to tell newer from older; empty if it has none."""


@dataclass(frozen=True)
class Number:
    """A value with its unit, how it was made in words, and the expression over figures that gives it."""

    value: Decimal
    unit: str = ""
    how: str = ""
    label: str = ""
    parts: tuple[str | Figure, ...] = field(default=(), repr=False)
    modelled: bool = False
    """Whether a judgement or a convention of this calculator is part of it, and not only published figures."""
    mark: Basis | None = None
    """Its basis, for a number that rests on no figure; otherwise that follows from the figures."""

    @classmethod
    def of(cls, figure: Figure, how: str = "") -> Number:
        """The number that a figure states."""
        return cls(figure.value, figure.unit, how or f"{figure.label}, {figure.period}", parts=(figure,))

    @classmethod
    def constant(cls, value: int) -> Number:
        """A number that is so by definition, such as the days of a week."""
        return cls(Decimal(value), parts=(str(value),))

    @classmethod
    def convention(cls, value: Decimal | int | str, unit: str, how: str) -> Number:
        """A number that rests on no figure of the graph but on a stated convention."""
        number = Decimal(value)
        return cls(number, unit, how, parts=(f"{number:f}",), modelled=True)

    def __add__(self, other: Number) -> Number:
        return self._with(other, "+", self.value + other.value)

    def __mul__(self, other: Number) -> Number:
        return self._with(other, "*", self.value * other.value)

    def __truediv__(self, other: Number) -> Number:
        return self._with(other, "/", self.value / other.value)

    def __neg__(self) -> Number:
        return replace(self, value=-self.value + 0, parts=("-", *self._wrapped()))

    def _with(self, other: Number, sign: str, value: Decimal) -> Number:
        parts = (*self._wrapped(), f" {sign} ", *other._wrapped())
        return Number(value, self.unit, self.how, self.label, parts, self.modelled or other.modelled)

    def _wrapped(self) -> tuple[str | Figure, ...]:
        return self.parts if len(self.parts) == 1 else ("(", *self.parts, ")")

    def said(self, how: str, unit: str = "", label: str = "", modelled: bool | None = None) -> Number:
        """The same value with other words for how it was made, its unit and what it is."""
        judged = self.modelled if modelled is None else modelled
        return replace(self, how=how, unit=unit or self.unit, label=label or self.label, modelled=judged)

    def named(self, label: str) -> Number:
        """The same number as the value of what ``label`` says."""
        return replace(self, label=label)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures it rests on, each once, in the order of the expression."""
        return tuple(dict.fromkeys(part for part in self.parts if isinstance(part, Figure)))

    @property
    def formula(self) -> str:
        """The expression, in which ``f1`` is the first of :attr:`figures`."""
        names = {figure: f"f{place}" for place, figure in enumerate(self.figures, 1)}
        return "".join(part if isinstance(part, str) else names[part] for part in self.parts)

    @property
    def basis(self) -> Basis:
        """The weakest of what it rests on; published figures that were only added or divided are derived."""
        if self.mark:
            return self.mark
        marks = {figure.basis for figure in self.figures}
        if "recalled" in marks:
            return "recalled"
        if self.modelled or not marks:
            return "modelled"
        if marks == {"verified"} and len(self.parts) == 1:
            return "verified"
        return "derived"

    @property
    def plain(self) -> int | str:
        """The value as a scenario has it: a whole number, or decimal text."""
        value = self.value if len(self.figures) == 1 and len(self.parts) <= 2 else self.value.quantize(PLACES)
        if value == value.to_integral_value():
            return int(value)
        return f"{value.normalize():f}"
