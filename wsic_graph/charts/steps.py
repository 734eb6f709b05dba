"""How a result comes about: step by step (waterfall), and what moves it most (tornado)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsic_graph.charts.scales import Scale, linear
from wsic_graph.charts.shapes import (
    LINE,
    PLAIN,
    Box,
    Cell,
    Chart,
    Format,
    Key,
    Number,
    Rule,
    Shape,
    Tone,
    Words,
    nothing,
    real,
    side,
    written,
)

_BAR = 16
_SPACE = 10
_RIGHT = 75.0
_EDGE = 2.0


@dataclass(frozen=True)
class Step:
    """What a step adds, or takes if it is below nought."""

    label: str
    value: Number
    tone: Tone = "plain"
    href: str = ""


@dataclass(frozen=True)
class Swing:
    """The results at the low and at the high end of an input; ``said`` tells what those ends are.

    Those of an ``assumed`` one are not known, and its bar is an outline.
    """

    label: str
    low: Number
    high: Number
    said: str = ""
    href: str = ""
    assumed: bool = False


def waterfall(
    title: str,
    description: str,
    steps: Sequence[Step],
    *,
    total: str,
    total_tone: Tone = "plain",
    unit: Format = PLAIN,
    of: str = "Step",
    measure: str = "Figure",
) -> Chart:
    """Bars that each begin where the one before ended, and from nought the bar of their sum, called ``total``."""
    columns = (of, measure, "Running total")
    if not steps:
        return nothing("waterfall", title, description, columns)
    sums: list[Number] = [0]
    for step in steps:
        sums.append(_plus(sums[-1], step.value))
    scale = linear([real(value) for value in sums], 0, _RIGHT)
    shapes: list[Shape] = []
    y = 0.0
    for n, item in enumerate([*steps, Step(total, sums[-1], total_tone)]):
        begin, end = (sums[n], sums[n + 1]) if n < len(steps) else (0, sums[-1])
        words, top = written(item.label, y, href=item.href)
        if n:
            last = scale(real(sums[n]))
            shapes.append(Rule(last, y - _SPACE, last, top, "grid"))
        left, right = sorted((scale(real(begin)), scale(real(end))))
        shapes += [*words, Box(left, top, right - left, _BAR, f"fill tone-{item.tone}")]
        shapes.append(Words(right, top + 13, unit(item.value), "value", dx=6))
        shapes.append(Rule(scale(0), top, scale(0), top + _BAR, "zero"))  # beside the bar, not through its words
        y = top + _BAR + _SPACE
    rows = [
        (Cell(step.label, step.href), Cell(unit(step.value), number=True), Cell(unit(running), number=True))
        for step, running in zip(steps, sums[1:], strict=True)
    ]
    rows.append((Cell(total), Cell(""), Cell(unit(sums[-1]), number=True)))
    return Chart("waterfall", title, description, y, tuple(shapes), columns, tuple(rows))


def tornado(
    title: str,
    description: str,
    base: Number,
    swings: Sequence[Swing],
    *,
    unit: Format = PLAIN,
    of: str = "What is varied",
    base_text: str = "",
    assumed_text: str = "ends that are assumed",
) -> Chart:
    """For each input a bar from the result at its low end to that at its high end, the widest first.

    ``base`` is the result with every input at its central value; ``assumed_text`` says what an outline stands for.
    """
    ends = ("with the low end", "with the high end")
    columns = (of, *(f"Result {end}" for end in ends), "Its ends")
    if not swings:
        return nothing("tornado", title, description, columns)
    ordered = sorted(swings, key=lambda item: -abs(real(item.high) - real(item.low)))
    values = [real(value) for item in swings for value in (item.low, item.high)]
    scale = linear([*values, real(base)], _EDGE, 100 - _EDGE, 4, zero=False)
    shapes: list[Shape] = []
    y = float(LINE)
    for item in ordered:
        words, y = written(item.label, y, href=item.href)
        shapes += words
        results = f"{unit(item.low)} to {unit(item.high)}"
        words, y = written(f"{results} ({item.said})" if item.said else results, y, "value")
        shapes += [*words, *_halves(item, real(base), scale, y)]
        y += _BAR + _SPACE
    middle = scale(real(base))
    shapes.insert(0, Rule(middle, LINE, middle, y, "zero"))
    shapes.append(Words(middle, 13, " ".join(filter(None, (base_text, unit(base)))), "tick", side(middle)))
    shapes += scale_words(scale, y, unit)
    keys = [Key(f"end-{n}", f"result {end}") for n, end in enumerate(ends, 1)]
    if any(item.assumed for item in ordered):
        keys.append(Key("end-1 assumed", assumed_text))
    rows = tuple(
        (
            Cell(item.label, item.href),
            Cell(unit(item.low), number=True),
            Cell(unit(item.high), number=True),
            Cell(item.said),
        )
        for item in ordered
    )
    return Chart("tornado", title, description, y + LINE, tuple(shapes), columns, rows, tuple(keys))


def scale_words(scale: Scale, y: float, unit: Format) -> list[Shape]:
    """The numbers of a scale across, under the height ``y``: the first, the last, and those between with room."""
    last = len(scale.ticks) - 1
    words = [
        Words(scale(tick), y + 15, unit(tick), "tick", "start" if n == 0 else "end" if n == last else "middle")
        for n, tick in enumerate(scale.ticks)
    ]
    shown: list[Shape] = [words[0]]
    taken, most = _reach(words[0])[1], _reach(words[-1])[0]
    for item in words[1:-1]:
        begin, end = _reach(item)
        if taken < begin and end < most:
            shown.append(item)
            taken = end
    return [*shown, words[-1]]


def _reach(words: Words) -> tuple[float, float]:
    """Where a number of a scale begins and ends in a picture of 288 pixels, with some air, in pixels."""
    wide = 7.5 * len(words.text) + 6
    place = words.x * 2.88
    begin = place - {"start": 0, "middle": wide / 2, "end": wide}[words.anchor]
    return begin, begin + wide


def _halves(item: Swing, base: float, scale: Scale, y: float) -> list[Shape]:
    """The two ends of a bar, the longer first, so that both are seen where they lie on one side of the base."""
    halves: list[Shape] = []
    for n, value in sorted(enumerate((item.low, item.high), 1), key=lambda pair: -abs(real(pair[1]) - base)):
        left, right = sorted((scale(base), scale(real(value))))
        halves.append(Box(left, y, right - left, _BAR, f"fill end-{n}{' assumed' if item.assumed else ''}"))
    return halves


def _plus(a: Number, b: Number) -> Number:
    """The sum of two figures: exact unless one is a float."""
    return float(a) + float(b) if isinstance(a, float) or isinstance(b, float) else a + b
