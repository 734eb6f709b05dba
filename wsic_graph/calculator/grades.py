"""Corrections and spreads by grade of the evidence (section 2.9).

Recalled from HM Treasury, "Supporting public service transformation" (2014): confidence grades and the percentages.
The mapping of study designs to grades, and the wider spread of grades 4 to 6, are conventions of this project.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Grade:
    """What a grade means; shares. ``spread`` is for costs, ``effect_spread`` for effects without an interval."""

    effect: str
    cost: str
    correction: float
    spread: float
    effect_spread: float


GRADES: dict[int, Grade] = {
    1: Grade("randomised trial or meta-analysis, UK", "independently audited", 0.0, 0.02, 0.02),
    2: Grade("randomised trial or meta-analysis, other countries", "formal contract", 0.05, 0.05, 0.05),
    3: Grade("controlled study, robust independent monitoring", "practitioner verified", 0.10, 0.10, 0.10),
    4: Grade("practitioner monitoring, before and after", "ready reckoner", 0.15, 0.15, 0.50),
    5: Grade("secondary evidence from a similar intervention", "benchmark from a similar scheme", 0.25, 0.20, 0.50),
    6: Grade("uncorroborated expert judgement", "uncorroborated expert judgement", 0.40, 0.25, 0.50),
}
UNGRADED = 6
"""The grade whose spread is taken where none is given; it brings no correction."""


def correction(bias: float | None, grade: int | None, applied: bool) -> float:
    """The correction for optimism as a share: what was given, else that of the grade, else none."""
    if not applied:
        return 0.0
    if bias is not None:
        return bias
    return GRADES[grade].correction if grade is not None else 0.0
