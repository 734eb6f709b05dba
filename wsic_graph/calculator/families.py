"""Valuation families: outcomes that are prices for the same thing, so that only one of a family has a unit cost.

The same bed can be counted as an admission, as bed days, as a shorter stay, as a readmission or as a delay.
"""

from __future__ import annotations

TOTAL = "total-cost"
BED_BASED = frozenset(
    {"emergency-admissions", "emergency-bed-days", "length-of-stay", "readmissions", "delayed-transfers"}
)
FAMILIES: dict[str, frozenset[str]] = {
    "emergency inpatient care": BED_BASED,
    "long-term care": frozenset({"care-home-admissions", "care-home-length-of-stay"}),
}
NEVER_PRICED = frozenset(
    {
        "quality-of-life",
        "user-experience",
        "carer-wellbeing",
        "independence",
        "preferred-place-of-death",
        "staff-experience",
        "mortality",
    }
)


def family_of(outcome: str) -> str | None:
    """The valuation family of an outcome; None for one that is a family of its own."""
    return next((name for name, members in FAMILIES.items() if outcome in members), None)
