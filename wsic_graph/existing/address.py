"""A list of existing services in an address, and in the fields of a form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from wsic_graph.existing.services import Draft, Row, Situation, per_cent

MOST_FIELDS = 2_000
"""Most fields of an address or form that are read."""
_COLUMNS = ("name", "intervention", "care_group", "coverage")


def read_fields(pairs: Iterable[tuple[str, str]]) -> Draft:
    """The list in names and values.

    A service is one value, ``service=reablement:older-people:35:Home first team``, or four fields of a form
    (``name``, ``intervention``, ``care_group``, ``coverage``), which stand in the order of its rows.
    """
    area, people = "", ""
    benefits: list[str] = []
    enablers: list[str] = []
    rows: list[Row] = []
    columns: dict[str, list[str]] = {name: [] for name in _COLUMNS}
    for name, value in list(pairs)[:MOST_FIELDS]:
        if name == "area":
            area = value
        elif name == "people":
            people = value
        elif name == "benefit":
            benefits.append(value)
        elif name == "enabler":
            enablers.append(value)
        elif name == "service" and value:
            intervention, care_group, coverage, called = (*value.split(":", 3), "", "", "")[:4]
            rows.append(Row(called, intervention, care_group, coverage))
        elif name in columns:
            columns[name].append(value)
    count = max(map(len, columns.values()))
    cells: Sequence[Sequence[str]] = [(*columns[name], *[""] * (count - len(columns[name]))) for name in _COLUMNS]
    rows += [Row(*(value.strip() for value in row)) for row in zip(*cells, strict=True)]
    return Draft(area, tuple(benefits), tuple(row for row in rows if not row.empty), tuple(enablers),
                 people=people)  # fmt: skip


def pairs(situation: Situation) -> list[tuple[str, str]]:
    """The list as names and values of an address."""
    found = [("area", situation.area)] if situation.area else []
    found += [("benefit", slug) for slug in situation.benefits]
    found += [
        ("service", f"{one.intervention}:{one.care_group}:{per_cent(one)}:{one.name}") for one in situation.services
    ]
    found += [("enabler", slug) for slug in situation.enablers]
    return [*found, ("people", situation.people)] if situation.people else found


def address(path: str, situation: Situation) -> str:
    """``path`` with the whole list in its query."""
    given = pairs(situation)
    return f"{path}?{urlencode(given, safe=':/,', quote_via=quote)}" if given else path
