"""What comes out when existing services are held against the benefits map, as one thing to show and to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wsic_graph.answers import Iri, Row
from wsic_graph.existing.services import Situation

Answers = Mapping[str, Sequence[Row]]
"""Rows of the saved queries of the check, by the name of the question."""


@dataclass(frozen=True)
class Covered:
    """How far services cover a benefit: ``share`` is 0 to 1, or None where nothing that could be counted is known."""

    benefit: Iri
    label: str
    delivered: Decimal
    mapped: Decimal
    unmet: bool

    @property
    def share(self) -> Decimal | None:
        """Delivered over mapped."""
        return self.delivered / self.mapped if self.mapped else None


@dataclass(frozen=True)
class Group:
    """Rows that are about one thing, and that thing's first row."""

    first: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Result:
    """The whole result."""

    situation: Situation
    covered: tuple[Covered, ...]
    gaps: tuple[Group, ...]
    """By contribution: one gap can hold back several benefits. The largest first."""
    duplication: tuple[Group, ...]
    """By intervention and care group, with its services."""
    overlap: tuple[Row, ...]
    orphans: tuple[Row, ...]
    missing: tuple[Group, ...]
    """Enablers that are needed and not in place, with the interventions that need them."""

    @property
    def unmet(self) -> tuple[Covered, ...]:
        """Benefits that something is known to serve, and nobody does."""
        return tuple(item for item in self.covered if item.unmet and item.mapped)

    @property
    def beyond(self) -> tuple[Covered, ...]:
        """Benefits that nothing is known to serve, as far as effects go that may be counted."""
        return tuple(item for item in self.covered if not item.mapped)

    @property
    def least(self) -> Covered | None:
        """The known benefit that is covered least."""
        known = [item for item in self.covered if item.share is not None]
        return min(known, key=lambda item: (item.share or Decimal(0), item.label), default=None)


def read_result(situation: Situation, answers: Answers) -> Result:
    """The result from the rows of every question."""
    unmet = {row["benefit"] for row in answers["unmet"]}
    covered = [
        Covered(_iri(row, "benefit"), str(row["label"]), _number(row["delivered"]), _number(row["mapped"]),
                row["benefit"] in unmet)
        for row in answers["coverage"]
    ]  # fmt: skip
    return Result(
        situation,
        tuple(sorted(covered, key=lambda item: (item.share is None, item.share or Decimal(0), item.label))),
        _grouped(answers["gaps"], "contribution"),
        _grouped(answers["duplication"], "by", "group"),
        tuple(sorted(answers["overlap"], key=lambda row: (not row["substitutes"], str(row["toLabel"])))),
        tuple(answers["orphans"]),
        _grouped(answers["enablers"], "enabler"),
    )


def _grouped(rows: Sequence[Row], *names: str) -> tuple[Group, ...]:
    """Rows with equal values of ``names``, in the order in which the first of each comes."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), []).append(row)
    return tuple(Group(some[0], tuple(some)) for some in found.values())


def _iri(row: Row, name: str) -> Iri:
    value = row[name]
    assert isinstance(value, Iri), name
    return value


def _number(value: object) -> Decimal:
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)


def as_tree(result: Result) -> dict[str, Any]:
    """The result as JSON has it. Shares are text, from 0 to 1, exact to the last digit that was calculated."""
    return {
        "benefits": [
            {
                "benefit": item.benefit.slug,
                "label": item.label,
                "coverage": None if item.share is None else _text(item.share),
                "delivered": _text(item.delivered),
                "mapped": _text(item.mapped),
                "unmet": item.unmet,
            }
            for item in result.covered
        ],
        "gaps": [
            {
                **_slugs(group.first, "by", "to", "group"),
                "contribution": str(group.first["contribution"]),
                "benefits": [_iri(row, "benefit").slug for row in group.rows],
                **{name: _text(_number(group.first[name])) for name in ("share", "covered", "missing")},
            }
            for group in result.gaps
        ],
        "possible_duplication": [
            {
                **_slugs(group.first, "by", "group"),
                "services": [str(row["name"]) for row in group.rows],
                "coverage": _text(_number(group.first["total"])),
            }
            for group in result.duplication
        ],
        "overlap": [
            {
                **_slugs(row, "to", "group", "first", "second"),
                "substitutes": row["substitutes"],
            }
            for row in result.overlap
        ],
        "orphans": [
            {"name": str(row["name"]), **_slugs(row, "by", "group"), "links": row["links"]} for row in result.orphans
        ],
        "missing_enablers": [
            {"enabler": _iri(group.first, "enabler").slug, "needed_by": [_iri(row, "by").slug for row in group.rows]}
            for group in result.missing
        ],
    }


_NAMES = {"by": "intervention", "to": "outcome", "group": "care_group"}


def _slugs(row: Row, *names: str) -> dict[str, str]:
    return {_NAMES.get(name, name): _iri(row, name).slug for name in names}


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"
