"""A page of the site as a flow of blocks and runs of text, which is what a word processor knows.

The pages are ours, so their few parts are known: what is of use on a screen only (navigation, forms, things folded
away) is left out, a chart becomes a picture, and everything else keeps its words, marks and links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin

from lxml import html

from wsic_graph.documents.pictures import chart_png

_SKIPPED_TAGS = frozenset({"nav", "form", "svg", "script", "details", "button", "caption"})
_SKIPPED = frozenset({"queries", "screen-only", "unseen", "contents"})
_SKIPPED_IDS = ("other-formats",)
_BLOCKS = frozenset(
    {"h1", "h2", "h3", "h4", "p", "ul", "ol", "dl", "table", "section", "div", "header", "aside", "figure", "main"}
)
_FORMATS = {"strong": "bold", "b": "bold", "em": "italic", "cite": "italic", "i": "italic", "code": "code"}
_MARKS = {"mark": "mark", "strength": "mark", "quiet": "quiet", "unknown": "italic"}
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Run:
    """Text of one look: a set of ``bold``, ``italic``, ``code``, ``quiet``, ``mark``; ``href`` if it is a link."""

    text: str
    looks: frozenset[str] = frozenset()
    href: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``kind`` is a heading (``h1`` to ``h4``), a ``bullet``, a ``number``, or a class of ours."""

    runs: list[Run]
    kind: str = ""
    first: bool = False
    """Whether it is the first entry of a numbered list."""


@dataclass(frozen=True)
class Cell:
    """A cell of a table, which may be the head of its row or of a whole group of rows."""

    blocks: list[Block]
    head: bool = False
    span: int = 1
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table: its name, the heads of its columns, and its rows. Without column heads it is a list of facts."""

    caption: str
    columns: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Picture:
    """A chart as PNG, with what it shows in words."""

    png: bytes
    title: str
    description: str


Block = Paragraph | Table | Picture


def read_flow(page: str, address: str) -> list[Block]:
    """The blocks of the main part of ``page``, whose links are made whole against ``address``."""
    tree = html.document_fromstring(page)
    main = tree.find(".//main")
    assert main is not None, "a page of ours has a main part"
    return list(_Reader(address).blocks(main))


@dataclass
class _Reader:
    address: str
    _runs: list[Run] = field(default_factory=list)

    def blocks(self, element: Any, kind: str = "") -> Iterator[Block]:
        """The blocks inside ``element``; text between them is gathered into paragraphs of ``kind``."""
        gathered: list[Run] = self._text(element.text)
        for child in element:
            if not _is_skipped(child):
                if child.tag in _BLOCKS:
                    yield from _paragraph(gathered, kind)
                    gathered = []
                    yield from self._block(child)
                else:
                    gathered += self._inline(child, frozenset(), "")
            gathered += self._text(child.tail)
        yield from _paragraph(gathered, kind)

    def _block(self, element: Any) -> Iterator[Block]:
        if element.tag in ("ul", "ol"):
            yield from self._list(element)
        elif element.tag == "dl":
            yield self._facts(element)
        elif element.tag == "table":
            yield self._table(element)
        elif element.tag in ("h1", "h2", "h3", "h4"):
            yield from self.blocks(element, str(element.tag))
        elif element.tag == "figure" and "chart" in element.get("class", "").split():
            yield from self._chart(element)
        elif element.tag == "p":
            yield from self.blocks(element, element.get("class", "").partition(" ")[0])
        else:
            yield from self.blocks(element)

    def _chart(self, element: Any) -> Iterator[Block]:
        """A chart with its caption; one without figures says so in words."""
        picture = next((one for one in element.iterchildren("svg") if "picture" in one.get("class", "").split()), None)
        if picture is None:
            yield from self.blocks(element)
            return
        keys = [(item.find("svg"), _words(item.text_content())) for item in element.iterfind("ul/li")]
        caption = _words(element.findtext("figcaption") or "")
        yield Paragraph([Run(caption)], "figure")
        yield Picture(chart_png(picture, keys), caption, _words(picture.findtext("desc") or ""))
        for note in element.iterchildren("p"):
            yield from self._block(note)

    def _list(self, element: Any) -> Iterator[Block]:
        kind = "number" if element.tag == "ol" else "bullet"
        for place, item in enumerate(element.iterchildren("li")):
            for number, block in enumerate(self.blocks(item)):
                if number == 0 and isinstance(block, Paragraph) and not block.kind.startswith("h"):
                    yield replace(block, kind=kind, first=place == 0)
                else:
                    yield block

    def _facts(self, element: Any) -> Table:
        rows = []
        for term in element.iter("dt"):
            value = term.getnext()
            rows.append([Cell(list(self.blocks(term)), head=True), Cell(list(self.blocks(value)))])
        return Table("", [], rows)

    def _table(self, element: Any) -> Table:
        columns = [_words(head.text_content()) for head in element.iterfind(".//thead//th")]
        rows = []
        for row in element.iterfind(".//tbody/tr"):
            rows.append([self._cell(cell) for cell in row if cell.tag in ("th", "td")])
        return Table(_words(element.findtext("caption") or ""), columns, rows)

    def _cell(self, element: Any) -> Cell:
        number = "num" in element.get("class", "").split()
        return Cell(list(self.blocks(element)), element.tag == "th", int(element.get("colspan", 1)), number)

    def _inline(self, element: Any, looks: frozenset[str], href: str) -> list[Run]:
        if _is_skipped(element):
            return []
        if element.tag == "br":
            return [Run("\n", looks)]
        more = {_FORMATS[element.tag]} if element.tag in _FORMATS else set()
        classes = element.get("class", "").split()
        more |= {_MARKS[name] for name in classes if name in _MARKS}
        looks = looks | more
        target = element.get("href", "") if element.tag == "a" else ""
        if target and not target.startswith("#"):
            href = urljoin(self.address, target)
        runs = self._text(element.text, looks, href)
        for child in element:
            runs += self._inline(child, looks, href) + self._text(child.tail, looks, href)
        if "mark" in more:
            words = _words("".join(run.text for run in runs))
            return [Run(f"[{words}]", looks, href)]
        return runs

    @staticmethod
    def _text(text: str | None, looks: frozenset[str] = frozenset(), href: str = "") -> list[Run]:
        return [Run(_SPACE.sub(" ", text), looks, href)] if text else []


def _is_skipped(element: Any) -> bool:
    if not isinstance(element.tag, str) or element.tag in _SKIPPED_TAGS:
        return True
    return bool(_SKIPPED & set(element.get("class", "").split())) or element.get("aria-labelledby") in _SKIPPED_IDS


def _paragraph(runs: Iterable[Run], kind: str) -> Iterator[Paragraph]:
    """A paragraph of the runs, with single spaces and none at its ends; nothing if no words are left."""
    kept: list[Run] = []
    for run in runs:
        at_start = not kept or kept[-1].text.endswith((" ", "\n"))
        text = run.text.lstrip(" ") if at_start else run.text
        if text == "\n" and kept:
            kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip(" "))
        if text:
            kept.append(replace(run, text=text))
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
        yield Paragraph(kept, kind)


def _words(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
