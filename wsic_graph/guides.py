"""The guides: Markdown files in ``web/guide``, of which each starts with a title and one paragraph that sums it up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from wsic_graph.content import ROOT

FOLDER = ROOT / "web" / "guide"
ORDER = (
    "parts",
    "data",
    "calculator",
    "calculator-method",
    "benefits-map",
    "plan",
    "researchers",
    "harvesters",
    "contributing",
    "accessibility",
    "privacy",
    "licences",
)
"""The guides by name, in the order in which they are listed."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a guide: HTML, the text of a SPARQL query that the page offers to run, or JSON."""

    html: str = ""
    query: str = ""
    json: str = ""


@dataclass(frozen=True)
class Guide:
    """A guide as a page shows it. ``headings`` are pairs of the id of a section and its title, ``text`` its words."""

    name: str
    title: str
    summary: str
    headings: list[tuple[str, str]]
    pieces: list[Piece]
    text: str
    source: str


@cache
def guides() -> dict[str, Guide]:
    """Every guide by name. Raises ``FileNotFoundError`` if one of those listed is not there."""
    return {name: read_guide(FOLDER / f"{name}.md") for name in ORDER}


def read_guide(path: Path) -> Guide:
    """The guide in the Markdown file ``path``. HTML in it is shown as text and never interpreted."""
    source = path.read_text(encoding="utf-8")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(source)
    title, summary = _start(tokens)
    rest = tokens[6:]
    headings = list(_name_headings(rest))
    return Guide(path.stem, title, summary, headings, list(_pieces(markdown, rest)), _text(rest), source)


def _start(tokens: Sequence[Token]) -> tuple[str, str]:
    kinds = [(token.type, token.tag) for token in tokens[:6]]
    if kinds[0] != ("heading_open", "h1") or kinds[3] != ("paragraph_open", "p"):
        raise ValueError("a guide starts with a title and a paragraph that sums it up")
    return tokens[1].content, tokens[4].content


def _text(tokens: Sequence[Token]) -> str:
    """The words of headings, paragraphs and tables, without marks and without examples of code."""
    inline = (token.children or () for token in tokens if token.type == "inline")
    return " ".join("".join(" " if one.type == "softbreak" else one.content for one in line) for line in inline)


def _name_headings(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Give each second heading an id, made from its words."""
    for token, inside in pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            name = re.sub(r"[^a-z0-9]+", "-", inside.content.lower()).strip("-")
            token.attrSet("id", name)
            yield name, inside.content


def _pieces(markdown: MarkdownIt, tokens: Sequence[Token]) -> Iterator[Piece]:
    start = 0
    for place, token in enumerate(tokens):
        if token.type == "fence" and (kind := token.info.strip()) in ("sparql", "json"):
            yield Piece(html=_html(markdown, tokens[start:place]))
            yield Piece(query=token.content) if kind == "sparql" else Piece(json=token.content)
            start = place + 1
    yield Piece(html=_html(markdown, tokens[start:]))


def _html(markdown: MarkdownIt, tokens: Sequence[Token]) -> str:
    return str(markdown.renderer.render(tokens, markdown.options, {}))
