"""Lines over periods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wsic_graph.charts.scales import Scale, linear
from wsic_graph.charts.shapes import (
    LINE,
    PLAIN,
    Cell,
    Chart,
    Curve,
    Dot,
    Format,
    Key,
    Number,
    Rule,
    Shape,
    Words,
    nothing,
    real,
    side,
)

_TOP, _BOTTOM = 22.0, 202.0
_LEFT, _RIGHT = 16.0, 98.0
"""Left of the lines stand the numbers of the scale."""
_STYLES = 4
"""Kinds of line that can be told apart without colour: whole, dashed, dotted, dash and dot."""


@dataclass(frozen=True)
class Series:
    """A line: one figure for each period of the chart, None where there is none. ``hrefs`` are their sources."""

    name: str
    values: Sequence[Number | None]
    hrefs: Sequence[str] = ()


def lines(
    title: str,
    description: str,
    periods: Sequence[str],
    series: Sequence[Series],
    *,
    unit: Format = PLAIN,
    of: str = "Period",
    zero: bool = True,
    marks: Sequence[tuple[int, str]] = (),
    ticks: Format | None = None,
) -> Chart:
    """A line for each series over ``periods``; it is broken where a figure is missing.

    ``marks`` are periods, counted from 0, with what happened in them; ``ticks`` is how the
    numbers of the scale are written, if they would be too long as ``unit`` has them. The scale begins at nought
    unless ``zero`` is false. Raises ``ValueError`` for more than four series, or one that has
    not a value for each period.
    """
    columns = (of, *(line.name for line in series))
    known = [real(value) for line in series for value in line.values if value is not None]
    if len(series) > _STYLES or any(len(line.values) != len(periods) for line in series):
        raise ValueError(f"{title}: at most {_STYLES} lines, each with a value or None for every period")
    if not known:
        return nothing("lines", title, description, columns)
    scale = linear(known, _BOTTOM, _TOP, 4, zero)
    shapes = [*_across(scale, ticks or unit), *_periods(periods), *_marks(marks, len(periods))]
    for n, line in enumerate(series, 1):
        shapes += _line(line, n, periods, scale, unit)
    keys = tuple(Key(f"line-{n}", line.name) for n, line in enumerate(series, 1)) if len(series) > 1 else ()
    rows = tuple((Cell(period), *(_cell(line, n, unit) for line in series)) for n, period in enumerate(periods))
    return Chart("lines", title, description, _BOTTOM + LINE + 6, tuple(shapes), columns, rows, keys)


def _across(scale: Scale, unit: Format) -> Iterator[Shape]:
    for tick in scale.ticks:
        y = scale(tick)
        yield Rule(0, y, 100, y, "zero" if tick == 0 else "grid")
        yield Words(0, y - 4, unit(tick), "tick")


def _place(n: int, count: int) -> float:
    return (_LEFT + _RIGHT) / 2 if count == 1 else _LEFT + n * (_RIGHT - _LEFT) / (count - 1)


def _periods(periods: Sequence[str]) -> Iterator[Shape]:
    """Names of at most four periods, evenly spaced, always the first; the last where the spacing meets it."""
    count = len(periods)
    every = max(1, -(-(count - 1) // 3))
    for n in range(0, count, every):
        yield Words(_place(n, count), _BOTTOM + 16, periods[n], "tick", side(_place(n, count), 20))


def _marks(marks: Sequence[tuple[int, str]], count: int) -> Iterator[Shape]:
    for place, (n, text) in enumerate(marks):
        x, y = _place(n, count), _TOP + LINE * place
        yield Rule(x, y - 8, x, _BOTTOM, "marker")
        yield Words(x, y - 10, text, "tick", side(x, 35))


def _line(line: Series, number: int, periods: Sequence[str], scale: Scale, unit: Format) -> list[Shape]:
    path: list[str] = []
    marks: list[Shape] = []
    draw = False
    for n, value in enumerate(line.values):
        if value is None:
            draw = False
            continue
        x, y = _place(n, len(periods)), scale(real(value))
        path.append(f"{'L' if draw else 'M'}{x:.3f} {y:.2f}")
        draw = True
        href = line.hrefs[n] if n < len(line.hrefs) else ""
        marks.append(Dot(x, y, f"spot line-{number}", tip=f"{line.name}, {periods[n]}: {unit(value)}", href=href))
    return [Curve(" ".join(path), f"line line-{number}"), *marks]


def _cell(line: Series, n: int, unit: Format) -> Cell:
    value = line.values[n]
    href = line.hrefs[n] if n < len(line.hrefs) else ""
    return Cell("" if value is None else unit(value), href if value is not None else "", number=True)
