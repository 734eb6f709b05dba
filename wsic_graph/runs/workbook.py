"""A run as a workbook with live formulas: an analyst can follow every pound cell by cell, and change any input.

Only the sheet of inputs, the nodes of an integral and what is marked as a value have typed numbers; all else is
calculated from the inputs by the spreadsheet, with the value that it gives shown already.
"""

from __future__ import annotations

from wsic_graph.calculator.model import Model, build
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.runs.book import Book, WorkbookSize
from wsic_graph.runs.chain_sheets import Chain, effect_sheet, price_sheet, unit_sheet
from wsic_graph.runs.combined_sheet import combined_sheet
from wsic_graph.runs.input_sheet import input_sheet
from wsic_graph.runs.money_sheets import Money, discounted_sheet, money_sheet, sector_sheet
from wsic_graph.runs.run import Run
from wsic_graph.runs.share_sheets import share_sheet
from wsic_graph.runs.sharing import node_counts, node_sheet
from wsic_graph.runs.site import Site
from wsic_graph.runs.summary_sheet import summary_sheet
from wsic_graph.runs.text_sheets import log_sheet, read_me, simulation_sheet, warning_sheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_CELLS = 10_000
"""Effects x segments x years of the largest workbook."""


def workbook(run: Run, site: Site) -> bytes:
    """The run as an XLSX file. Raises ``WorkbookSize``."""
    model = build(read_scenario(run.scenario))
    _check(model)
    book = Book(run.report.title or "A calculation", site.run(run.identifier), run.kept_on)
    read_me(book, run, site)
    summary = book.sheet("Summary", [52, 20, 20, 16, 14])
    given = input_sheet(book, run, model.scenario, site)
    chain, money = Chain(book, model, given, site.name), Money()
    price_sheet(chain)
    effect_sheet(chain)
    combined_sheet(chain, node_sheet(book, node_counts(model)))
    unit_sheet(chain)
    money_sheet(chain, money)
    discounted_sheet(chain, money)
    shares = share_sheet(chain, money)
    sector_sheet(chain, money)
    summary_sheet(summary, run, chain, money, shares)
    simulation_sheet(book, run)
    log_sheet(book, run, site)
    warning_sheet(book, run, site)
    return book.finish()


def _check(model: Model) -> None:
    effects = sum(len(channel.rows) for channel in model.channels)
    cells = effects * len(model.population) * model.horizon
    if cells > MOST_CELLS:
        words = f"The run has {cells:,} effects by people and year, and a workbook of formulas takes {MOST_CELLS:,}."
        raise WorkbookSize(f"{words} Take it away as CSV or JSON, or leave people or years out.")
