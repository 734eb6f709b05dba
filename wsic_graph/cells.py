"""Tables as CSV that a spreadsheet opens as what they are: a text stays text, even one that looks like a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from typing_extensions import Buffer

_BLOCK = 1 << 16
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"-\d+(\.\d+)?([eE][+-]?\d+)?")
_SUSPECT = re.compile(rb"\"'*[=+\-@\t\r]|(?:\A|[,\n])'*(?:[=+@\t]|-(?!\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[,\r]))")
_CELL = re.compile(rb'"((?:[^"]|"")*)"|[^,\r\n"]+')


def guarded(cell: str) -> str:
    """``cell``, with an apostrophe in front where a spreadsheet would take it for a formula (what OWASP advises).

    A number below nought is none; a cell that has apostrophes and then a sign gets one more, so that
    :func:`unguarded` gives back what was there.
    """
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """What :func:`guarded` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def written(lines: Iterable[Sequence[object]]) -> str:
    """Lines of cells as CSV, none of which a spreadsheet takes for a formula."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [guarded(cell) if isinstance(cell, str) else cell for cell in line] for line in lines
    )
    return text.getvalue()


def write_table(result: ox.QuerySolutions | ox.QueryBoolean, out: io.BytesIO, format: ox.QueryResultsFormat) -> None:
    """Write the answer of a query to ``out`` as the W3C has it, but in CSV with every cell guarded."""
    if format != ox.QueryResultsFormat.CSV or isinstance(result, ox.QueryBoolean):
        result.serialize(out, format=format)
        return
    lines = _Lines(out)
    result.serialize(lines, format=format)
    lines.finish()


class _Lines(io.BytesIO):
    """Passes whole lines of CSV on with their cells guarded."""

    def __init__(self, out: io.BytesIO) -> None:
        super().__init__()
        self._out = out
        self._lines = bytearray()

    def write(self, data: Buffer) -> int:
        """Take ``data``."""
        piece = bytes(data)
        self._lines += piece
        if len(self._lines) >= _BLOCK:
            self._pass(_whole_lines(self._lines))
        return len(piece)

    def finish(self) -> None:
        """Pass on what is left."""
        self._pass(len(self._lines))

    def _pass(self, end: int) -> None:
        self._out.write(guarded_lines(bytes(self._lines[:end])))
        del self._lines[:end]


def guarded_lines(lines: bytes) -> bytes:
    """Whole lines of CSV with every cell guarded. Lines in which nothing looks like a formula cost next to nothing."""
    return _CELL.sub(_guarded_cell, lines) if _SUSPECT.search(lines) else lines


def _guarded_cell(found: re.Match[bytes]) -> bytes:
    quoted = found[1]
    text = (found[0] if quoted is None else quoted).decode()
    safe = guarded(text).encode()
    return safe if quoted is None else b'"%b"' % safe


def _whole_lines(text: bytes | bytearray) -> int:
    """How much of ``text``, which begins with a line of CSV, is whole lines; a line break in quotes ends none."""
    end = text.rfind(b"\n") + 1
    while end and text.count(b'"', 0, end) % 2:
        end = text.rfind(b"\n", 0, end - 1) + 1
    return end
