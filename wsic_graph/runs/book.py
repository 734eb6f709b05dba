"""A workbook as the sheets of a run need it: headings, rows of formulas, texts, links and print set-up.

Text is always written as text, whatever it begins with, so nothing from outside can become a formula.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from wsic_graph.errors import WsicError
from wsic_graph.runs.formulas import Cell, Term

POUNDS, UNITS, SHARE, COUNT, PLAIN = "#,##0.00", "#,##0.000000", "0.00000000", "#,##0", "General"
"""How numbers are shown; they are stored in full."""
_INK, _GREEN, _PALE, _INPUT, _LINE = "#1c2423", "#14564f", "#eef3f1", "#fff8dc", "#b9c4c0"
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "font_color": _GREEN},
    "note": {"text_wrap": True, "valign": "top"},
    "heading": {"bold": True, "font_size": 12, "font_color": _GREEN},
    "head": {"bold": True, "bg_color": _PALE, "bottom": 1, "text_wrap": True, "valign": "top"},
    "head-number": {"bold": True, "bg_color": _PALE, "bottom": 1, "text_wrap": True, "valign": "top", "align": "right"},
    "text": {"text_wrap": True, "valign": "top"},
    "strong": {"bold": True, "text_wrap": True, "valign": "top"},
    "link": {"font_color": _GREEN, "underline": 1, "valign": "top"},
    "input": {"bg_color": _INPUT, "border": 1, "border_color": _LINE, "valign": "top", "font_color": "#0000c0"},
    "formula": {"valign": "top"},
    "total": {"valign": "top", "bold": True, "top": 1},
    "value": {"valign": "top", "italic": True, "font_color": "#5a5a5a"},
}
LONGEST = 8191
"""Characters that a formula may have."""
_LONGEST_LINK = 2000
_WIDEST = 110


class WorkbookSize(WsicError):
    """The run is too large to be a workbook of formulas."""


@dataclass(frozen=True)
class Link:
    """Words that lead to a page."""

    words: str
    address: str


class _Page(Worksheet):  # type: ignore[misc]  # the library has no types
    """A worksheet that takes our formulas as they are.

    The library would look each of them through for some thirty functions that newer spreadsheets have, of which we use
    none; that takes three quarters of the time of a large workbook.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        del expand_future_functions
        return formula.removeprefix("=")


class Book:
    """A workbook that is being written."""

    def __init__(self, title: str, about: str, made: date) -> None:
        self._out = io.BytesIO()
        # Nothing is read into strings: no formulas, links or numbers are made of text from outside.
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.workbook = xlsxwriter.Workbook(self._out, options)
        created = datetime.combine(made, time())  # not the present, so that the same run gives the same file
        self.workbook.set_properties({"title": title, "subject": about, "created": created})
        self.workbook.set_calc_mode("auto")
        self._formats: dict[tuple[str, str], Any] = {}

    def sheet(self, name: str, widths: Sequence[int], labels: int = 1) -> Sheet:
        """A new sheet with columns so many characters wide, of which the first ``labels`` have words."""
        return Sheet(self, name, widths, labels)

    def look(self, name: str, number: str = PLAIN) -> Any:
        """The format of that name."""
        key = (name, number)
        if key not in self._formats:
            properties = {"font_name": "Calibri", "font_size": 10, "font_color": _INK, "num_format": number}
            self._formats[key] = self.workbook.add_format(properties | _LOOKS[name])
        return self._formats[key]

    def name(self, name: str, terms: Sequence[Term]) -> str:
        """Give the cells of ``terms``, which are neighbours, a name for formulas."""
        cells = [term.cell for term in terms]
        first, last = cells[0], cells[-1]
        assert first is not None and last is not None
        area = xl_range_abs(first.row, first.column, last.row, last.column)
        self.workbook.define_name(name, f"={first.quoted}{area}")
        return name

    def finish(self) -> bytes:
        """The file."""
        self.workbook.close()
        return self._out.getvalue()


class Sheet:
    """One sheet, written from the top."""

    def __init__(self, book: Book, name: str, widths: Sequence[int], labels: int) -> None:
        self.book, self.name, self.labels, self.row, self._next = book, name, labels, 0, 0
        self.widths = widths
        self.page = book.workbook.add_worksheet(name, _Page)
        for column, width in enumerate(widths):
            self.page.set_column(column, column, width)
        self.page.hide_gridlines(2)
        self.page.set_landscape()
        self.page.set_paper(9)  # A4
        self.page.fit_to_pages(1, 0)
        self.page.set_margins(0.5, 0.5, 0.6, 0.6)
        self.page.set_footer("&L&8Whole System Integrated Care: &A&R&8Page &P of &N")

    def title(self, words: str, *notes: str) -> None:
        """The head of the sheet, and what there is to know before reading it."""
        self.page.write_string(self.row, 0, words, self.book.look("title"))
        self.page.set_row(self.row, 24)
        self.row += 1
        for note in notes:
            self.note(note)
        self.row += 1

    def note(self, words: str) -> None:
        """A paragraph over the whole width."""
        look = self.book.look("note")
        last, taken = 0, self.widths[0]
        while taken < _WIDEST and last + 1 < len(self.widths):
            last += 1
            taken += self.widths[last]
        self.page.set_row(self.row, 14 * max(1, math.ceil(len(words) / (taken * 0.95))))
        if last:
            self.page.merge_range(self.row, 0, self.row, last, "", look)
        self.page.write_string(self.row, 0, words, look)
        self.row += 1

    def heading(self, words: str) -> None:
        """The head of a part of the sheet."""
        self.page.write_string(self.row, 0, words, self.book.look("heading"))
        self.row += 1

    def heads(self, words: Sequence[str], freeze: bool = False) -> None:
        """The heads of the columns; with ``freeze`` they stay in view and are printed on every page."""
        for column, word in enumerate(words):
            look = self.book.look("head" if column < self.labels else "head-number")
            self.page.write_string(self.row, column, word, look)
        if freeze:
            self.page.repeat_rows(self.row)
            self.page.freeze_panes(self.row + 1, min(self.labels, 3))
        self.row += 1

    def begin(self, *labels: str | Link, look: str = "text") -> None:
        """Start a row with words; :meth:`add` puts formulas behind them and :meth:`end` ends it."""
        self._words(labels, look)
        self._next = len(labels)

    def add(self, term: Term, number: str, look: str = "formula") -> Term:
        """A formula in the next column of the row; the term that names its cell."""
        cell = Cell(self.name, self.row, self._next)
        text = term.text.replace(cell.quoted, "")
        if len(text) > LONGEST:
            raise WorkbookSize(f"{self.name} would need a formula of {len(text):,} characters; {LONGEST:,} are taken.")
        self.page.write_formula(self.row, self._next, f"={text}", self.book.look(look, number), term.value)
        self._next += 1
        return Term.at(cell, term.value)

    def end(self) -> None:
        """End the row."""
        self.row += 1

    def line(self, labels: Sequence[str | Link], cells: Sequence[Term], number: str, total: bool = False) -> list[Term]:
        """A whole row of words and formulas; the terms that name its cells. With ``total`` it is set off."""
        look = "total" if total else "formula"
        self.begin(*labels, look="strong" if total else "text")
        found = [self.add(term, number, look) for term in cells]
        self.end()
        return found

    def number(self, column: int, value: float, number: str, look: str, fixed: bool = False) -> Term:
        """A number that is typed, in ``column`` of the present row; the term that names its cell."""
        self.page.write_number(self.row, column, value, self.book.look(look, number))
        return Term.at(Cell(self.name, self.row, column), value, fixed)

    def words(self, *labels: str | Link, look: str = "text") -> None:
        """A row of words."""
        self._words(labels, look)
        self.row += 1

    def _words(self, labels: Sequence[str | Link], look: str) -> None:
        for column, label in enumerate(labels):
            if isinstance(label, Link) and 0 < len(label.address) <= _LONGEST_LINK:
                self.page.write_url(self.row, column, label.address, self.book.look("link"), label.words)
            else:
                words = label.words if isinstance(label, Link) else label
                self.page.write_string(self.row, column, words, self.book.look(look))
