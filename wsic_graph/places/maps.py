"""Points on the map of the United Kingdom, each to be told from the next.

The outline (``web/static/uk-outline.svg``) is drawn with a hundredth of a degree of
latitude as its unit: x = longitude * 100 * cos 54.5 degrees, y = -latitude * 100.
Points that would cover each other are moved apart until their centres are ``GAP``
units from each other; each keeps its true place, to which the map draws a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, radians

import numpy as np
import numpy.typing as npt

BOX = (-490, -6100, 610, 1120)
"""The part of the plane that the map shows: left, top, width, height."""
GAP = 21.0
"""The least distance between the centres of two points: 23 km on the ground."""
_SQUEEZE = cos(radians(54.5))
_MOST_STEPS = 400
_Plane = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Something to be shown on a map: its name, where its link leads, and a word that the style knows."""

    name: str
    href: str
    lat: float
    long: float
    tone: str = "plain"


@dataclass(frozen=True)
class Point:
    """A place on the map: where it is drawn, and where it truly is."""

    place: Place
    x: float
    y: float
    true_x: float
    true_y: float

    @property
    def moved(self) -> bool:
        """Whether it is drawn so far from its place that a line has to say so."""
        return abs(self.x - self.true_x) + abs(self.y - self.true_y) > GAP / 3

    @property
    def leftwards(self) -> bool:
        """Whether its name fits better to its left."""
        return self.x > BOX[0] + BOX[2] * 0.55


def project(lat: float, long: float) -> tuple[float, float]:
    """The place on the outline of a place in degrees (WGS84)."""
    return long * 100 * _SQUEEZE, -lat * 100


def on_the_map(places: Iterable[Place]) -> tuple[list[Point], list[Place]]:
    """The points of those in the United Kingdom, north to south, and the places that the map does not show."""
    inside: list[Place] = []
    outside: list[Place] = []
    left, top, width, height = BOX
    for place in places:
        x, y = project(place.lat, place.long)
        (inside if left <= x <= left + width and top <= y <= top + height else outside).append(place)
    inside.sort(key=lambda place: (-place.lat, place.long, place.href))
    true = np.array([project(place.lat, place.long) for place in inside]).reshape(-1, 2)
    drawn = apart(true)
    points = [Point(place, *map(_tenth, (*at, *here))) for place, at, here in zip(inside, drawn, true, strict=True)]
    return points, outside


def apart(true: _Plane, gap: float = GAP) -> _Plane:
    """``true`` (points by two) moved until no two are nearer than ``gap``, each pair sharing the way.

    Points in exactly one place part in directions of their own, by the golden angle, so that the same
    places always give the same picture.
    """
    drawn = true.astype(float).copy()
    if len(drawn) < 2:
        return drawn
    turn = np.arange(len(drawn)) * 2.399963
    drawn += 0.01 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    for _ in range(_MOST_STEPS):
        between = drawn[:, None, :] - drawn[None, :, :]
        distance = np.sqrt((between**2).sum(axis=2))
        np.fill_diagonal(distance, np.inf)
        short = np.clip(gap - distance, 0, None)
        if short.max() < gap * 0.02:
            break
        step = (between / np.where(np.isinf(distance), 1, distance)[:, :, None]) * (short * 0.5)[:, :, None]
        drawn += step.sum(axis=1)
    return drawn


def _tenth(value: float) -> float:
    return round(float(value), 1)
