"""Word documents with real styles: headings, lists, tables with heads that repeat, and links to the sources."""

from __future__ import annotations

import io
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import CharacterStyle, ParagraphStyle
from docx.table import Table as WordTable
from docx.table import _Cell as WordCell
from docx.text.paragraph import Paragraph as WordParagraph

from wsic_graph.documents.columns import shares
from wsic_graph.documents.flow import Block, Cell, Paragraph, Picture, Run, Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_INK, _QUIET, _LINK, _MARK = RGBColor(0x1C, 0x24, 0x23), RGBColor(0x4F, 0x5B, 0x58), RGBColor(0x14, 0x56, 0x4F), "Mark"
_STYLES = {
    "h1": "Title",
    "h2": "Heading 1",
    "h3": "Heading 2",
    "h4": "Heading 3",
    "kind": "Subtitle",
    "sentence": "Intense Quote",
    "note": "Intense Quote",
    "bullet": "List Bullet",
    "number": "List Number",
    "figure": "Caption",
    "rests": "Rests",
}
_LONGEST_PROPERTY = 255
"""Most characters of a property of a document, as the format has it."""
_MARGIN = Cm(2)
_WIDTH = Cm(21) - 2 * _MARGIN
_CHART = Cm(15)
_CELL, _CELL_BULLET = "Cell", "Cell Bullet"
_CELL_STYLES = _STYLES | {"": _CELL, "quiet": _CELL, "bullet": _CELL_BULLET}
"""In a table the text is smaller than around it."""
_LOOKS = {"mark": _MARK, "quiet": "Quiet", "code": "Code"}


@dataclass(frozen=True)
class About:
    """What the document says of itself: its title, what it is part of, its version and the address of its page."""

    title: str
    whole: str
    version: str
    address: str


def write_word(blocks: Sequence[Block], about: About) -> bytes:
    """The blocks as a Word document on A4 paper."""
    return _Writer(about).write(blocks)


class _Writer:
    def __init__(self, about: About) -> None:
        self.word: WordDocument = Document()
        self._page(about)
        self._styles()
        # By name once: the library would look through all styles again for every paragraph and run.
        self._ids = {style.name: style.style_id for style in self.word.styles}

    def write(self, blocks: Sequence[Block]) -> bytes:
        for block in blocks:
            self._block(block, self.word)
        out = io.BytesIO()
        self.word.save(out)
        return out.getvalue()

    def _page(self, about: About) -> None:
        section = self.word.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = _MARGIN
        section.footer.paragraphs[0].text = f"{about.whole}, version {about.version}. {about.address}"
        properties = self.word.core_properties
        said = (about.title, about.whole, about.address)
        properties.title, properties.author, properties.subject = (text[:_LONGEST_PROPERTY] for text in said)
        properties.version, properties.language, properties.comments = about.version, "en-GB", ""

    def _styles(self) -> None:
        styles = self.word.styles
        for name, size in (
            ("Normal", 10.0),
            ("Title", 20.0),
            ("Heading 1", 14.0),
            ("Heading 2", 11.5),
            ("Footer", 8.0),
        ):
            style = cast(ParagraphStyle, styles[name])
            style.font.size, style.font.color.rgb = Pt(size), _INK
            style.font.name = "Calibri" if name in ("Normal", "Footer") else "Georgia"
        cast(ParagraphStyle, styles["Normal"]).paragraph_format.space_after = Pt(4)
        for name, based, size in ((_CELL, "Normal", 9), (_CELL_BULLET, "List Bullet", 9)):
            cell = cast(ParagraphStyle, styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH))
            cell.base_style, cell.font.size, cell.paragraph_format.space_after = styles[based], Pt(size), Pt(1)
        rests = cast(ParagraphStyle, styles.add_style("Rests", WD_STYLE_TYPE.PARAGRAPH))
        rests.base_style, rests.font.size = styles["Normal"], Pt(8)
        rests.font.color.rgb, rests.paragraph_format.left_indent = _QUIET, Cm(0.63)
        cast(ParagraphStyle, styles["Caption"]).paragraph_format.keep_with_next = True
        for name, colour, points in (
            ("Hyperlink", _LINK, None),
            ("Quiet", _QUIET, 9),
            (_MARK, _QUIET, 9),
            ("Code", _INK, 8),
        ):
            added = cast(CharacterStyle, styles.add_style(name, WD_STYLE_TYPE.CHARACTER))
            added.font.color.rgb, added.font.size = colour, Pt(points) if points else None
        cast(CharacterStyle, styles["Hyperlink"]).font.underline = True
        cast(CharacterStyle, styles[_MARK]).font.bold = True
        cast(CharacterStyle, styles["Code"]).font.name = "Consolas"

    def _block(self, block: Block, place: WordDocument | WordCell) -> None:
        if isinstance(block, Table):
            self._table(block, place)
            return
        if isinstance(block, Picture):
            self._picture(block, place)
            return
        paragraph = place.add_paragraph()
        style = (_STYLES if place is self.word else _CELL_STYLES).get(block.kind)
        if style:
            paragraph._p.style = self._ids[style]
        if block.kind == "number" and block.first:
            self._restart(paragraph)
        elif block.kind == "number":
            paragraph._p.get_or_add_pPr().append(deepcopy(self._numbering))
        for run in block.runs:
            self._run(run, paragraph)

    def _picture(self, picture: Picture, place: WordDocument | WordCell) -> None:
        """A chart over the width of the page, with its words for those who do not see it."""
        paragraph = place.add_paragraph()
        paragraph.add_run().add_picture(io.BytesIO(picture.png), width=_CHART)
        about = paragraph._p.find(f".//{qn('wp:docPr')}")
        about.set("title", picture.title)
        about.set("descr", picture.description)

    def _restart(self, paragraph: WordParagraph) -> None:
        """Count from 1 in ``paragraph`` and those after it."""
        numbering = self.word.part.numbering_part.element
        style = self.word.styles["List Number"].element
        known = style.pPr.numPr.numId.val
        abstract = numbering.num_having_numId(known).abstractNumId.val
        number = numbering.add_num(abstract)
        number.add_lvlOverride(ilvl=0).add_startOverride(1)
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = number.numId
        self._numbering = properties

    def _run(self, run: Run, paragraph: WordParagraph) -> None:
        parent: Any = paragraph
        written = paragraph.add_run(run.text)
        if "bold" in run.looks:
            written.bold = True
        if "italic" in run.looks:
            written.italic = True
        look = next((_LOOKS[name] for name in _LOOKS if name in run.looks), None)
        look = "Hyperlink" if run.href and look != _MARK else look
        if look:
            written._r.style = self._ids[look]
        if run.href:
            link = OxmlElement("w:hyperlink")
            link.set(qn("r:id"), parent.part.relate_to(run.href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
            paragraph._p.append(link)
            link.append(written._r)

    def _table(self, table: Table, place: WordDocument | WordCell) -> None:
        if table.caption:
            place.add_paragraph(table.caption, style="Caption")
        width = max([len(table.columns), *(sum(cell.span for cell in row) for row in table.rows)], default=0)
        rows = len(table.rows) + bool(table.columns)
        if not width or not rows:
            return
        word = place.add_table(rows, width)
        word.style = "Table Grid"
        lines = iter(word.rows)
        if table.columns:
            line = next(lines)
            for target, words in zip(line.cells, table.columns, strict=True):
                self._cell(Cell([Paragraph([Run(words)])], head=True), target)
            repeated = OxmlElement("w:tblHeader")
            line._tr.get_or_add_trPr().append(repeated)
        for line, cells in zip(lines, table.rows, strict=True):
            self._row(line.cells, cells)
        if place is self.word:
            self._widths(word, shares(table, width))
        self.word.add_paragraph()

    def _widths(self, word: WordTable, of_columns: Sequence[float]) -> None:
        """Word goes by the cells, others by the columns: both are told."""
        word.autofit = False
        for column, share in zip(word.columns, of_columns, strict=True):
            column.width = round(_WIDTH * share)
        widths = [column.width for column in word.columns]
        for row in word._tbl.tr_lst:
            at = 0
            for cell in row.tc_lst:
                cell.width = sum(widths[at : at + cell.grid_span])
                at += cell.grid_span

    def _row(self, targets: Sequence[WordCell], cells: Sequence[Cell]) -> None:
        at = 0
        for cell in cells:
            target = targets[at] if cell.span == 1 else targets[at].merge(targets[at + cell.span - 1])
            self._cell(cell, target)
            at += cell.span

    def _cell(self, cell: Cell, target: WordCell) -> None:
        empty = target.paragraphs[0]._p
        for block in cell.blocks:
            if isinstance(block, Paragraph) and cell.head:
                runs = [
                    Run(run.text, run.looks | ({"bold"} if not run.looks else set()), run.href) for run in block.runs
                ]
                self._block(Paragraph(runs, block.kind), target)
            else:
                self._block(block, target)
        if cell.blocks:
            empty.getparent().remove(empty)
        if cell.number:
            for paragraph in target.paragraphs:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
