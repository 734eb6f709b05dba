"""Findings of which nobody could make an effect estimate: what they say together of an outcome and a care group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wsic_graph.namespaces import SCHEME
from wsic_graph.prefill import designs
from wsic_graph.prefill.facts import Facts

_BEST = tuple(designs.BEST_OF_LEVEL)


@dataclass(frozen=True)
class Found:
    """The findings about an intervention, an outcome and a care group on which no effect estimate rests."""

    intervention: str
    outcome: str
    group: str
    labels: tuple[str, str, str]
    findings: tuple[str, ...]
    sources: tuple[str, ...]
    direction: str
    level: str
    grade: int
    recalled: bool
    rationale: str


def found_only(facts: Facts, now: int) -> list[Found]:
    """One for each intervention, outcome and care group; ``now`` is the year by which age is judged."""
    cells: dict[tuple[str, str, str], list[Any]] = {}
    for row in facts.rows("benefits_map/making/findings"):
        key = (row["intervention"].slug, row["outcome"].slug, row["group"].slug)
        cells.setdefault(key, []).append(row)
    return [_found(key, rows, now) for key, rows in sorted(cells.items())]


def _found(key: tuple[str, str, str], rows: Sequence[Any], now: int) -> Found:
    direction = {str(row["finding"]): row["direction"].slug for row in rows}
    seen = [row for row in rows if row["basis"].slug != "recalled"]
    grades = [_grade(row, [one for one in rows if one["source"] == row["source"]], now) for row in seen or rows]
    best = min(grades)
    levels = {row["level"].slug for row in seen or rows}
    told = sorted(set(direction.values()))
    counts = ", ".join(f"{sum(one == name for one in direction.values())} {name.replace('-', ' ')}" for name in told)
    first = rows[0]
    return Found(
        *key,
        labels=(str(first["interventionLabel"]), str(first["outcomeLabel"]), str(first["groupLabel"])),
        findings=tuple(sorted(direction)),
        sources=tuple(sorted({str(row["source"]) for row in rows})),
        direction=told[0] if len(told) == 1 else "mixed",
        level=min(levels, key=_BEST.index),
        grade=best if seen else max(best, 5),
        recalled=not seen,
        rationale=f"Found, not used by the model: no effect estimate rests on these findings ({counts}).",
    )


def _grade(row: Any, same: Sequence[Any], now: int) -> int:
    home = any(one["country"] is not None and one["country"].slug in designs.HOME for one in same)
    found = designs.grade(row["design"].slug, home, row["level"].slug)
    return designs.aged(found, int(str(row["year"])[:4]), now)


def concept(scheme: str, slug: str) -> str:
    """The IRI of a concept."""
    return f"{SCHEME}{scheme}/{slug}"
