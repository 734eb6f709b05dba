"""From figures to places: scales with ticks at round numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log, log10

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Scale:
    """A straight or logarithmic scale from ``low`` to ``high``, drawn from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """The place of ``value``; what lies outside the scale is put at its end."""
        at = min(max(value, self.low), self.high)
        if self.logarithmic:
            share = log(at / self.low) / log(self.high / self.low)
        else:
            share = (at - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies on the scale."""
        return self.low <= value <= self.high


def linear(values: Iterable[float], start: float, end: float, count: int = 5, zero: bool = True) -> Scale:
    """A straight scale over ``values`` with about ``count`` ticks; it begins and ends at one.

    The step between ticks is 1, 2, 2.5 or 5 times a power of ten, the least that needs
    no more than ``count`` steps (after Heckbert, "Nice numbers for graph labels",
    Graphics Gems, 1990). ``zero`` takes nought into the scale.
    """
    known = [*values, 0.0] if zero else list(values)
    low, high = min(known), max(known)
    if low == high:
        half = abs(low) / 2 or 0.5
        low, high = (low - half, high + half) if low else (0.0, 1.0)
    step = nice_step((high - low) / count)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    ticks = tuple(_clean(n * step) for n in range(first, last + 1))
    return Scale(min(ticks[0], low), max(ticks[-1], high), start, end, ticks)


def nice_step(least: float) -> float:
    """The least of 1, 2, 2.5, 5 times a power of ten that is not below ``least`` (more than 0)."""
    power = 10.0 ** floor(log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))


def ratios(values: Iterable[float], start: float, end: float) -> Scale:
    """A logarithmic scale for ratios, on which halving and doubling are equally far from 1, which it holds.

    Ticks double, or are powers of ten where doubling would give more than seven.
    Raises ``ValueError`` for a ratio that is not above 0.
    """
    known = [*values, 1.0]
    if min(known) <= 0:
        raise ValueError("a ratio is more than 0")
    base = 2.0 if max(known) / min(known) <= 64 else 10.0
    first = min(floor(log(min(known), base) + 1e-9), -1)
    last = max(ceil(log(max(known), base) - 1e-9), 1)
    ticks = tuple(_clean(base**n) for n in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], start, end, ticks, logarithmic=True)


def _clean(value: float) -> float:
    """``value`` without the dust of binary arithmetic, so that a tick at 0.3 is 0.3 and one at nought is 0."""
    return float(f"{value:.12g}") + 0.0
