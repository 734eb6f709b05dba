"""Lists of existing services as tables: CSV, and what is pasted from a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from wsic_graph.calculator.faults import Fault
from wsic_graph.cells import unguarded, written
from wsic_graph.existing.services import Draft, Row, Situation, per_cent, short, tidy

COLUMNS = ("kind", "name", "intervention", "care_group", "coverage")
"""The columns of a table. The first may be left out, and their order is free."""
EXAMPLE = (
    ("service", "Home first team", "reablement", "older-people", "35"),
    ("service", "Rapid response at home", "hospital-at-home", "frailty", "20"),
    ("benefit", "independence-at-home", "", "", ""),
    ("enabler", "workforce", "", "", ""),
)
"""Rows of the template, under the headings."""
_KINDS = ("service", "benefit", "enabler", "area", "people")
_OTHER_NAMES = {
    "service": "name",
    "service name": "name",
    "care group": "care_group",
    "caregroup": "care_group",
    "coverage %": "coverage",
    "coverage (%)": "coverage",
}


def read_table(text: str) -> Draft:
    """The list in a table whose cells are parted by commas, semicolons or tabs."""
    head = text.partition("\n")[0]
    between = max((head.count(mark), mark) for mark in ",;\t")[1]
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True))
    except csv.Error as error:
        return _fault("list", f"cannot be read as a table ({error})", "CSV with a line of headings")
    names = [_OTHER_NAMES.get(name, name) for name in (tidy(cell).casefold() for cell in (lines or [[]])[0])]
    if wrong := _wrong_names(names):
        return _fault("line 1", wrong, f"the headings {', '.join(COLUMNS[1:])}", ",".join(COLUMNS[1:]))
    faults: list[Fault] = []
    rows: list[Row] = []
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for number, cells in enumerate(lines[1:], 2):
        if not any(map(tidy, cells)):
            continue
        values = dict(zip(names, map(unguarded, cells), strict=False))
        kind = tidy(values.get("kind", "")).casefold() or "service"
        if len(cells) > len(names):
            limit = f"{len(names)} cells, with a name that has a “{between}” in it in double quotes"
            faults.append(Fault(f"line {number}", f"has {len(cells)} cells", limit, ""))
        elif kind not in _KINDS:
            words = f"“{short(kind)}” is no kind of line"
            faults.append(Fault(f"line {number}, column kind", words, f"one of {', '.join(_KINDS)}", "service"))
        elif kind == "service":
            rows.append(_row(values, f"line {number}"))
        else:
            found[kind].append(values.get("name", ""))
    return Draft("".join(found["area"][:1]), tuple(found["benefit"]), tuple(rows), tuple(found["enabler"]),
                 tuple(faults), "".join(found["people"][:1]))  # fmt: skip


def _wrong_names(names: Sequence[str]) -> str:
    """What is wrong with the headings, or nothing."""
    if missing := [name for name in COLUMNS[1:] if name not in names]:
        return f"has no column {' and no column '.join(missing)}"
    if unknown := [name for name in names if name not in COLUMNS]:
        return f"has a column “{short(unknown[0])}”"
    return "has a column twice" if len(set(names)) < len(names) else ""


def _row(values: Mapping[str, str], where: str) -> Row:
    name, intervention, care_group, coverage = (values.get(column, "") for column in COLUMNS[1:])
    return Row(name, intervention, care_group, coverage, where)


def _fault(where: str, what: str, limit: str, example: str = "") -> Draft:
    return Draft(faults=(Fault(where, what, limit, example),))


def as_csv(situation: Situation) -> str:
    """The whole list as a table, which :func:`read_table` reads."""
    lines: list[Sequence[str]] = [("area", situation.area, "", "", "")] if situation.area else []
    lines += [("people", situation.people, "", "", "")] if situation.people else []
    lines += [("benefit", name, "", "", "") for name in situation.benefits]
    lines += [("enabler", name, "", "", "") for name in situation.enablers]
    lines += [("service", one.name, one.intervention, one.care_group, per_cent(one)) for one in situation.services]
    return written([COLUMNS, *lines])


def template() -> str:
    """A table to fill in, with examples."""
    return written([COLUMNS, *EXAMPLE])
