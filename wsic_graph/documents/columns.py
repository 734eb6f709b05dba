"""How wide the columns of a table are on paper: no word is broken, and long texts get the room that is left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wsic_graph.documents.flow import Block, Cell, Paragraph, Table

_LINE = 97
"""Letters that fit side by side on the paper, at the size of a table's text."""
_SIDES = 2
"""Letters' worth of space at the sides of a cell."""
_MOST_OF_A_WORD = 12
_LONGEST_NUMBER = 16
_USUAL = 0.95
"""Share of the cells in which no word is broken, unless it is longer than that."""


def shares(table: Table, count: int) -> list[float]:
    """The share of the width for each of ``count`` columns: room for its words, and of the rest as its text needs.

    A number is never broken.
    """
    texts: list[list[str]] = [[] for _ in range(count)]
    least = [_word([head]) for head in table.columns] or [0] * count
    for place, cell in _cells_of(table, count):
        text = text_of(cell.blocks)
        texts[place].append(text)
        least[place] = max(least[place], len(text) if cell.number and len(text) <= _LONGEST_NUMBER else 0)
    least = [_SIDES + max(word, _word(column)) for word, column in zip(least, texts, strict=True)]
    lengths = [sum(map(len, column)) for column in texts]
    free = max(_LINE - sum(least), 0)
    widths = [own + free * length / (sum(lengths) or 1) for own, length in zip(least, lengths, strict=True)]
    return [width / sum(widths) for width in widths]


def _word(texts: Sequence[str]) -> int:
    """Letters of the longest word of a cell, in all but a few of the cells."""
    longest = sorted(max(map(len, re.split(r"[\s-]+", text))) for text in texts if text)
    return min(longest[int(_USUAL * (len(longest) - 1))], _MOST_OF_A_WORD) if longest else 0


def _cells_of(table: Table, count: int) -> Iterator[tuple[int, Cell]]:
    """The cells that stand in one column, with the number of it."""
    for row in table.rows:
        place = 0
        for cell in row:
            if cell.span == 1 and place < count:
                yield place, cell
            place += cell.span


def text_of(blocks: Sequence[Block]) -> str:
    """The words of some blocks, with those of the tables inside them."""
    return " ".join(
        "".join(run.text for run in block.runs)
        if isinstance(block, Paragraph)
        else text_of([inner for cell in _cells(block) for inner in cell.blocks])
        for block in blocks
    )


def _cells(table: Table) -> Iterator[Cell]:
    return (cell for row in table.rows for cell in row)
