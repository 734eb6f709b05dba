"""Spreadsheet formulas that know their value, so that a cell and the number shown in it can never differ.

A :class:`Term` is built from cells with ``+``, ``-``, ``*``, ``/`` and the functions below. The value is what any
spreadsheet shows before it has calculated, for example in a preview; the formula is what it calculates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell

_SUM, _PRODUCT, _POWER, _ATOM = range(4)
"""How tightly a formula holds together; what is looser than its place needs brackets."""


@dataclass(frozen=True)
class Cell:
    """Where a term stands: a sheet, and a row and column that count from 0."""

    sheet: str
    row: int
    column: int

    @property
    def quoted(self) -> str:
        """The name of the sheet as formulas write it."""
        return f"'{self.sheet}'!" if " " in self.sheet or "-" in self.sheet else f"{self.sheet}!"


@dataclass(frozen=True)
class Term:
    """A formula without its equals sign, and its value: a number, an array with one for each node, or words."""

    text: str
    value: Any
    hold: int = _ATOM
    cell: Cell | None = None

    @classmethod
    def at(cls, cell: Cell, value: Any, fixed: bool = False) -> Term:
        """The term that names ``cell``; with ``fixed`` it stays when the formula is copied elsewhere."""
        address = xl_rowcol_to_cell(cell.row, cell.column, row_abs=fixed, col_abs=fixed)
        return cls(cell.quoted + address, value, _ATOM, cell)

    def __add__(self, other: Term) -> Term:
        return Term(f"{self.text}+{other.text}", self.value + other.value, _SUM)

    def __sub__(self, other: Term) -> Term:
        return Term(f"{self.text}-{other._in(_PRODUCT)}", self.value - other.value, _SUM)

    def __mul__(self, other: Term) -> Term:
        return Term(f"{self._in(_PRODUCT)}*{other._in(_PRODUCT)}", self.value * other.value, _PRODUCT)

    def __truediv__(self, other: Term) -> Term:
        """A quotient; without a value where the spreadsheet would show an error, so guard it with :func:`choose`."""
        value = self.value / other.value if np.all(other.value) else math.nan
        return Term(f"{self._in(_PRODUCT)}/{other._in(_POWER)}", value, _PRODUCT)

    def __pow__(self, other: Term) -> Term:
        return Term(f"{self._in(_ATOM)}^{other._in(_ATOM)}", self.value**other.value, _POWER)

    def __neg__(self) -> Term:
        return NOUGHT - self

    def above(self, other: Term) -> Term:
        """1 if it is more than ``other``, else 0."""
        return self._compared(">", other, self.value > other.value)

    def at_least(self, other: Term) -> Term:
        """1 if it is ``other`` or more, else 0."""
        return self._compared(">=", other, self.value >= other.value)

    def _compared(self, sign: str, other: Term, value: Any) -> Term:
        number = value.astype(float) if isinstance(value, np.ndarray) else float(value)
        return Term(f"({self.text}{sign}{other.text})", number)

    def _in(self, place: int) -> str:
        return self.text if self.hold >= place else f"({self.text})"


def constant(value: float) -> Term:
    """A number that is so by definition, such as the days of a year; all others are cells."""
    return Term(f"{value:.15g}", value)


def words(text: str) -> Term:
    """Words of ours as a result; never what came from outside."""
    assert '"' not in text
    return Term(f'"{text}"', text)


NOUGHT, ONE = constant(0), constant(1)


def product(factors: Sequence[Term]) -> Term:
    """All of ``factors`` multiplied; 1 if there is none."""
    if not factors:
        return ONE
    value: Any = 1.0
    for factor in factors:
        value = value * factor.value
    return Term("*".join(factor._in(_PRODUCT) for factor in factors), value, _PRODUCT)


def added(terms: Sequence[Term]) -> Term:
    """The sum of ``terms``: of a range where their cells are neighbours, else of each."""
    if not terms:
        return NOUGHT
    if len(terms) == 1:
        return terms[0]
    value: Any = math.fsum(float(term.value) for term in terms)
    if span := _span(terms):
        return Term(f"SUM({span})", value)
    return Term("+".join(term.text for term in terms), value, _SUM)


def largest(*terms: Term) -> Term:
    """The largest of ``terms``."""
    return Term(f"MAX({_listed(terms)})", max(float(term.value) for term in terms))


def smallest(*terms: Term) -> Term:
    """The smallest of ``terms``."""
    return Term(f"MIN({_listed(terms)})", min(float(term.value) for term in terms))


def ranked(terms: Sequence[Term], place: int) -> Term:
    """The one of ``terms``, which are neighbours, that is the largest but ``place - 1``."""
    value = sorted((float(term.value) for term in terms), reverse=True)[place - 1]
    return Term(f"LARGE({_span(terms)},{place})", value)


def size(term: Term) -> Term:
    """The number without its sign."""
    return Term(f"ABS({term.text})", abs(float(term.value)))


def choose(condition: Term, then: Term, otherwise: Term) -> Term:
    """``then`` where the condition is not 0, else ``otherwise``."""
    value = then.value if condition.value else otherwise.value
    return Term(f"IF({condition.text},{then.text},{otherwise.text})", value)


def weighted(first: Sequence[Term], second: Sequence[Term]) -> Term:
    """The sum of each of ``first`` times its fellow in ``second``; both are neighbours, in rows or both in columns."""
    value = math.fsum(float(one.value) * float(two.value) for one, two in zip(first, second, strict=True))
    return Term(f"SUMPRODUCT({_span(first)},{_span(second)})", value)


def integral(weights: Term, values: Term) -> Term:
    """The sum over all nodes of ``values`` at the node times the weight of the node."""
    return Term(f"SUMPRODUCT({weights.text},{values.text})", float(np.sum(weights.value * values.value)))


def _listed(terms: Sequence[Term]) -> str:
    return (len(terms) > 1 and _span(terms)) or ",".join(term.text for term in terms)


def _span(terms: Sequence[Term]) -> str:
    """The range of cells that are neighbours in one row or column; empty if they are not."""
    cells = [term.cell for term in terms]
    first, last = cells[0], cells[-1]
    if first is None or last is None:
        return ""
    down, right = (1, 0) if first.column == last.column else (0, 1)
    wanted = [Cell(first.sheet, first.row + step * down, first.column + step * right) for step in range(len(cells))]
    if cells != wanted:
        return ""
    ends = (xl_rowcol_to_cell(cell.row, cell.column) for cell in (first, last))
    return first.quoted + ":".join(ends)
