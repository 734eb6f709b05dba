"""What a chart consists of: shapes with their places, and the table of its figures.

Across, places are percent of the width of the picture; down, they are pixels. So a
picture takes the width there is, and its words keep their size on a telephone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from textwrap import wrap
from typing import Literal

Number = int | float | Decimal
Tone = Literal["good", "flat", "mixed", "bad", "plain"]
"""What a colour says; a chart never says it by colour alone."""
Anchor = Literal["start", "middle", "end"]

LINE = 18
"""Height of a line of words, in pixels."""
_LETTERS = 40
"""Letters in a line that fit a picture of 288 pixels, the content of a window of 320."""


@dataclass(frozen=True)
class Format:
    """How numbers of an axis are written: ``Format("£")``, ``Format(after="%", plus=True)``."""

    before: str = ""
    after: str = ""
    plus: bool = False

    def __call__(self, value: Number) -> str:
        """``value`` with thousands separators and a true minus sign, to twelve significant digits."""
        exact = Decimal(f"{value:.12g}")
        sign = "\N{MINUS SIGN}" if exact < 0 else "+" if self.plus and exact > 0 else ""
        digits = f"{abs(exact):,f}"
        return f"{sign}{self.before}{digits.rstrip('0').rstrip('.') if '.' in digits else digits}{self.after}"


PLAIN = Format()
"""Numbers alone."""


@dataclass(frozen=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    style: str
    tip: str = ""
    href: str = ""


@dataclass(frozen=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    style: str
    tip: str = ""


@dataclass(frozen=True)
class Dot:
    """A point; ``mark`` tells its shape."""

    x: float
    y: float
    style: str
    mark: Literal["circle", "diamond"] = "circle"
    tip: str = ""
    href: str = ""


@dataclass(frozen=True)
class Words:
    """A line of words that begins, is centred or ends at ``x``, moved by ``dx`` pixels."""

    x: float
    y: float
    text: str
    style: str = ""
    anchor: Anchor = "start"
    dx: float = 0
    href: str = ""


@dataclass(frozen=True)
class Curve:
    """A path. Its coordinates are percent across, or pixels where the picture is a sheet, and pixels down."""

    path: str
    style: str
    tip: str = ""
    href: str = ""


Shape = Box | Rule | Dot | Words | Curve


@dataclass(frozen=True)
class Cell:
    """A cell of the table under a picture; ``href`` is the source of its figure."""

    text: str
    href: str = ""
    number: bool = False


@dataclass(frozen=True)
class Key:
    """An entry of the legend: a style of the picture and what it stands for."""

    style: str
    text: str


@dataclass(frozen=True)
class Chart:
    """A picture with its table. ``shapes`` is empty if there was nothing to draw."""

    kind: str
    title: str
    description: str
    height: float
    shapes: tuple[Shape, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: tuple[Key, ...] = ()
    note: str = ""

    @property
    def linked(self) -> bool:
        """Whether anything in the picture is a link."""
        return any(getattr(shape, "href", "") for shape in self.shapes)


def real(value: Number) -> float:
    """``value`` as a float. Raises ``ValueError`` for what is not a number or is endless."""
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"{value} cannot be drawn")
    return number


def side(x: float, margin: float = 25) -> Anchor:
    """How words at ``x`` are set so that they stay in the frame."""
    return "start" if x < margin else "end" if x > 100 - margin else "middle"


def lines_of(text: str, letters: int = _LETTERS) -> list[str]:
    """``text`` in lines that fit a narrow picture."""
    return wrap(text, letters, break_long_words=True) or [""]


def written(text: str, y: float, style: str = "label", href: str = "") -> tuple[list[Shape], float]:
    """``text`` in lines from ``y`` down at the left of the picture, and where the next thing may begin."""
    lines = lines_of(text)
    shapes: list[Shape] = [Words(0, y + LINE * n + 13, line, style, href=href) for n, line in enumerate(lines)]
    return shapes, y + LINE * len(lines)


def nothing(kind: str, title: str, description: str, columns: Sequence[str]) -> Chart:
    """The chart of no figures."""
    return Chart(kind, title, description, 0, (), tuple(columns), ())
