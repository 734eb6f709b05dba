"""From the design of a study to the grade of its evidence (section 2.9 of the method).

The corrections that belong to the grades are the calculator's; which design has which grade is a convention of this
project. Grade 1 is a randomised trial or meta-analysis in the United Kingdom, 2 the same elsewhere, 3 another
controlled study, 4 before and after, 5 secondary evidence, 6 judgement.
"""

from __future__ import annotations

TRIALS = frozenset({"randomised-trial", "cluster-randomised-trial", "meta-analysis"})
CONTROLLED = frozenset(
    {
        *TRIALS,
        "comparison-group",
        "controlled",
        "controlled-before-after",
        "difference-in-differences",
        "economic-evaluation",
        "matched-comparison",
        "quasi-experimental",
        "regression-adjusted",
        "synthetic-control",
    }
)
"""Designs with a comparison group."""
REVIEW = "systematic-review"
"""Counts as controlled where the graph's level of evidence says that what it brings together can be trusted."""
UNCONTROLLED = {
    "before-after": 4,
    "before-after-benchmarked": 4,
    "before-after-self-reported": 4,
    "cohort-study": 4,
    "cross-sectional": 4,
    "interrupted-time-series": 4,
    REVIEW: 5,
    "evidence-synthesis": 5,
    "grey-report": 5,
    "mixed-evaluation": 5,
    "secondary-analysis": 5,
}
"""Grades of designs without one; what is not listed is judgement (6)."""
NEVER = frozenset({"forecast", "modelling", "evaluation-not-seen"})
"""A forecast is never a saving, a model no observation, and an evaluation not seen says nothing."""
BEST_OF_LEVEL = {"high": 1, "moderate": 2, "low": 3, "very-low": 4}
"""The best grade that a level of evidence allows."""
OLD_AFTER, WORST = 5, 6
"""Data older than so many years lose a grade."""
HOME = frozenset({"E92000001", "W92000004", "S92000003", "N92000002", "K02000001"})
"""The countries of the United Kingdom, and it."""


def controlled(design: str, level: str) -> bool:
    """Whether a finding of this design, under an effect of this level of evidence, had a comparison."""
    return design in CONTROLLED or (design == REVIEW and level in ("high", "moderate"))


def grade(design: str, home: bool, level: str) -> int:
    """The grade of one study; ``home`` if it was in the United Kingdom."""
    if design in TRIALS:
        found = 1 if home else 2
    elif controlled(design, level):
        found = 3
    else:
        found = UNCONTROLLED.get(design, WORST)
    return max(found, BEST_OF_LEVEL.get(level, WORST))


def aged(found: int, year: int, now: int) -> int:
    """The grade in the year ``now`` of data published in ``year``."""
    return min(found + (now - year > OLD_AFTER), WORST)
