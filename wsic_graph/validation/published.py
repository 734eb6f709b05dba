"""The published results as the graph holds them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wsic_graph.prefill.facts import Rows

QUERY = "calculator/published-results"


@dataclass(frozen=True)
class Given:
    """One published number."""

    iri: str
    """Where the graph holds it; ``property`` of it has the value."""
    property: str
    label: str
    value: Decimal
    low: Decimal | None
    """Limits that were published with it."""
    high: Decimal | None
    unit: str
    """Slug of the unit, such as ``gbp``."""
    unit_text: str
    period: str
    basis: str
    sources: dict[str, str]
    """Titles of the publications by IRI."""


@dataclass(frozen=True)
class Published:
    """A published result with its numbers by name."""

    iri: str
    slug: str
    title: str
    said: str
    note: str
    """What to know about the comparison, or why there is none."""
    area: str
    """Code of the council it is about; empty if it is about none."""
    sources: dict[str, str]
    figures: dict[str, Given]


def read_published(rows: Rows) -> list[Published]:
    """All of them, in their order."""
    by_result: dict[str, list[Any]] = {}
    for row in rows(QUERY):
        by_result.setdefault(str(row["result"]), []).append(row)
    return [_published(iri, found) for iri, found in by_result.items()]


def _published(iri: str, found: list[Any]) -> Published:
    row = found[0]
    by_figure: dict[str, list[Any]] = {}
    for item in found:
        if item["figure"]:
            by_figure.setdefault(str(item["figure"]).partition("#")[2], []).append(item)
    return Published(
        iri=iri,
        slug=row["result"].slug,
        title=str(row["title"]),
        said=str(row["said"]),
        note=str(row["note"] or ""),
        area=str(row["area"] or ""),
        sources={str(item["cited"]): str(item["citedTitle"]) for item in found},
        figures={name: _given(items) for name, items in by_figure.items()},
    )


def _given(items: list[Any]) -> Given:
    row = items[0]
    return Given(
        iri=str(row["held"]),
        property=str(row["property"]),
        label=str(row["label"]),
        value=Decimal(row["value"]),
        low=None if row["low"] is None else Decimal(row["low"]),
        high=None if row["high"] is None else Decimal(row["high"]),
        unit=row["unit"].slug,
        unit_text=str(row["unitText"]),
        period=str(row["period"] or ""),
        basis=row["basis"].slug,
        sources={str(item["source"]): str(item["sourceTitle"]) for item in items if item["source"]},
    )
