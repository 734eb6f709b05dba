"""A joint budget as people type or paste it: fields of an address or form, and tables, with an error for each cell."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from wsic_graph.calculator.faults import Fault
from wsic_graph.cells import unguarded
from wsic_graph.existing.services import short, tidy
from wsic_graph.plans.budgets import KINDS, Budget, Line, key

COLUMNS = ("partner", "kind", "scheme", "amount")
"""The columns of a table of contributions, and the fields of a row of the form."""
EXAMPLE = (
    ("Torbay Council", "council", "Home first", "450000"),
    ("NHS Devon", "nhs", "Home first", "620000.50"),
    ("NHS Devon", "nhs", "Care home support", "180000"),
)
"""Rows of the template, under the headings."""
MOST_LINES = 200
MOST_CHARACTERS = 50_000
"""Largest table that is read."""
LONGEST = 80
"""Characters of a name."""
_SINGLE = ("title", "stated", "claimed", "variance", "host", "run")
_PAIRS = {"costs": ("costed", "cost"), "fixed": ("sharer", "share")}
_MONEY = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d{1,2})?", re.ASCII)
_LARGEST = Decimal("9999999999.99")
_RUN = re.compile(r"[0-9a-f]{16}")
_OTHER_NAMES = {"organisation": "partner", "type": "kind", "contribution": "amount", "amount (£)": "amount"}
_OTHER_KINDS = {
    "local authority": "council",
    "nhs commissioner": "nhs",
    "icb": "nhs",
    "integrated care board": "nhs",
    "ccg": "nhs",
    "other partner": "other",
}


@dataclass(frozen=True)
class Row:
    """A row as it was typed; ``where`` tells which one."""

    partner: str = ""
    kind: str = ""
    scheme: str = ""
    amount: str = ""
    where: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was typed that is more than the choice of a kind."""
        return not (self.partner or self.scheme or self.amount)


@dataclass(frozen=True)
class Typed:
    """A budget as it was typed; nothing is checked yet."""

    single: Mapping[str, str]
    rows: tuple[Row, ...]
    costs: tuple[tuple[str, str], ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()

    def __getitem__(self, name: str) -> str:
        """A value of which there is one, as typed."""
        return self.single.get(name, "")

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of the address, in one order."""
        found = [(name, self[name]) for name in _SINGLE if self[name]]
        for row in self.rows:
            found += [("partner", row.partner), ("kind", row.kind), ("scheme", row.scheme), ("amount", row.amount)]
        for name, columns in _PAIRS.items():
            for item in getattr(self, name):
                found += zip(columns, item, strict=True)
        return found


def read_fields(pairs: Iterable[tuple[str, str]]) -> Typed:
    """The budget in names and values; those of a row have the names of the columns and stand in its order."""
    single: dict[str, str] = {}
    columns: dict[str, list[str]] = {name: [] for name in (*COLUMNS, *_PAIRS["costs"], *_PAIRS["fixed"])}
    pasted = ""
    for name, value in pairs:
        if name in _SINGLE:
            single[name] = tidy(value)[: LONGEST * 2]
        elif name in columns:
            columns[name].append(tidy(value)[: LONGEST * 2])
        elif name == "list":
            pasted = value
    rows, faults = _table(pasted) if pasted.strip() else (_rows(columns), ())
    costs, fixed = (
        tuple((name, value) for name, value in _zipped(columns, names) if name and value) for names in _PAIRS.values()
    )
    return Typed(single, rows, costs, fixed, faults)


def _rows(columns: Mapping[str, Sequence[str]]) -> tuple[Row, ...]:
    found = [replace(Row(*cells), where=f"row {number}") for number, cells in enumerate(_zipped(columns, COLUMNS), 1)]
    return tuple(row for row in found if not row.empty)


def _zipped(columns: Mapping[str, Sequence[str]], names: Sequence[str]) -> list[tuple[str, ...]]:
    count = max(len(columns[name]) for name in names)
    filled = [(*columns[name], *[""] * (count - len(columns[name]))) for name in names]
    return list(zip(*filled, strict=True))


def _table(text: str) -> tuple[tuple[Row, ...], tuple[Fault, ...]]:
    """The rows of a table whose cells are parted by commas, semicolons or tabs."""
    if len(text) > MOST_CHARACTERS:
        return (), (Fault("table", f"has {len(text):,} characters", f"at most {MOST_CHARACTERS:,}", ""),)
    text = text.lstrip("\ufeff").strip()
    head = text.partition("\n")[0]
    between = max((head.count(mark), mark) for mark in ",;\t")[1]
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True))
    except csv.Error as error:
        return (), (Fault("table", f"cannot be read ({error})", "CSV with a line of headings", ""),)
    names = [_OTHER_NAMES.get(name, name) for name in (tidy(cell).casefold() for cell in lines[0])]
    if missing := [name for name in COLUMNS if name not in names]:
        words = f"has no column {' and no column '.join(missing)}"
        return (), (Fault("line 1", words, f"the headings {', '.join(COLUMNS)}", ",".join(COLUMNS)),)
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) > len(names):
            limit = f"{len(names)} cells, with a name or amount that has a “{between}” in it in double quotes"
            faults.append(Fault(f"line {number}", f"has {len(cells)} cells", limit, ""))
            continue
        values = dict(zip(names, (tidy(unguarded(cell))[: LONGEST * 2] for cell in cells), strict=False))
        row = replace(Row(*(values.get(name, "") for name in COLUMNS)), where=f"line {number}")
        if not row.empty:
            rows.append(row)
    return tuple(rows), tuple(faults)


def checked(typed: Typed) -> tuple[Budget, list[Fault]]:
    """The budget, and everything that is wrong with it; what is wrong is left out."""
    faults = list(typed.faults)
    if len(typed.rows) > MOST_LINES:
        faults.append(Fault("contributions", f"has {len(typed.rows)} rows", f"at most {MOST_LINES}", ""))
    kinds: dict[str, tuple[str, str]] = {}
    lines = [line for row in typed.rows[:MOST_LINES] if (line := _line(row, kinds, faults))]
    variance = _money("variance", typed["variance"], faults, below=True)
    return (
        Budget(
            title=_name("title", typed["title"], faults) if typed["title"] else "",
            lines=tuple(lines),
            costs=_named("cost of", typed.costs, faults),
            stated=_money("stated", typed["stated"], faults),
            claimed=_money("claimed", typed["claimed"], faults),
            variance=variance,
            host=typed["host"],
            fixed=_named("share of", typed.fixed, faults, per_cent=True),
            run=_run(typed["run"], faults),
        ),
        faults,
    )


def _line(row: Row, kinds: dict[str, tuple[str, str]], faults: list[Fault]) -> Line | None:
    before = len(faults)
    partner = _name(f"{row.where}, partner", row.partner, faults)
    scheme = _name(f"{row.where}, scheme", row.scheme, faults)
    kind = _OTHER_KINDS.get(row.kind.casefold(), row.kind.casefold())
    if kind not in KINDS:
        words = f"“{short(row.kind)}” is no kind of partner" if row.kind else "is empty"
        faults.append(Fault(f"{row.where}, kind", words, f"one of {', '.join(KINDS)}", "council"))
    elif partner:
        known, where = kinds.setdefault(key(partner), (kind, row.where))
        if known != kind:
            words = f"says that {short(partner)} is {kind}, and {where} that it is {known}"
            faults.append(Fault(f"{row.where}, kind", words, "one kind for each partner", known))
    amount = _money(f"{row.where}, amount", row.amount, faults, needed=True)
    if amount is None or len(faults) > before:
        return None
    return Line(partner, kind, scheme, amount)


def _name(where: str, text: str, faults: list[Fault]) -> str:
    if not text:
        faults.append(Fault(where, "is empty", "a name", ""))
    elif len(text) > LONGEST:
        faults.append(Fault(where, f"“{short(text)}” is too long", f"a name of at most {LONGEST} characters", ""))
    return text


def _money(where: str, text: str, faults: list[Fault], needed: bool = False, below: bool = False) -> Decimal | None:
    """An amount as people type it: £1,234,567.50. ``below`` takes one below nought too."""
    if not text and not needed:
        return None
    plain = text.replace("£", "").replace("\N{MINUS SIGN}", "-").replace(" ", "")
    limit = "pounds and pence" + (", with a minus sign for money left over" if below else ", nought or more")
    if not _MONEY.fullmatch(plain):
        words = f"“{short(text)}” is not an amount of money" if text else "is empty"
        faults.append(Fault(where, words, limit, "-25000" if below else "450000.50"))
        return None
    amount = Decimal(plain.replace(",", ""))
    if abs(amount) > _LARGEST or (amount < 0 and not below):
        faults.append(Fault(where, f"“{short(text)}” is out of range", f"{limit}, below ten billion", "450000.50"))
        return None
    return amount + 0


def _named(
    what: str, items: Sequence[tuple[str, str]], faults: list[Fault], per_cent: bool = False
) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    seen: set[str] = set()
    for name, text in items[:MOST_LINES]:
        where = f"{what} {short(name)}"
        if key(name) in seen:
            faults.append(Fault(where, "is given twice", "it once", ""))
            continue
        seen.add(key(name))
        amount = _per_cent(where, text, faults) if per_cent else _money(where, text, faults)
        if amount is not None:
            found[name] = amount
    return found


def _per_cent(where: str, text: str, faults: list[Fault]) -> Decimal | None:
    plain = text.removesuffix("%").strip()
    if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", plain, re.ASCII) or Decimal(plain) > 100:
        faults.append(Fault(where, f"“{short(text)}” is no share", "per cent from 0 to 100", "40"))
        return None
    return Decimal(plain)


def _run(text: str, faults: list[Fault]) -> str:
    """The identifier of a run in itself or in the address of its page."""
    name = text.partition("?")[0].rstrip("/").rsplit("/", 1)[-1].lower()
    if text and not _RUN.fullmatch(name):
        faults.append(
            Fault("run", f"“{short(text)}” is no kept run", "the address of the page of a run", "/calculator/runs/…")
        )
        return ""
    return name if text else ""
