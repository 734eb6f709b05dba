"""The sheet on which every input of a run stands once, with where it comes from."""

from __future__ import annotations

from wsic_graph.calculator.scenario import Scenario
from wsic_graph.prefill import Assumption
from wsic_graph.runs.book import PLAIN, Book, Link
from wsic_graph.runs.chain_sheets import Given
from wsic_graph.runs.formulas import Term
from wsic_graph.runs.inputs import Input, inputs_of
from wsic_graph.runs.log import BASES, origin
from wsic_graph.runs.run import Run
from wsic_graph.runs.site import Site

_VALUE = 1


def input_sheet(book: Book, run: Run, scenario: Scenario, site: Site) -> Given:
    """Every number that goes in, in the colour of inputs; the terms that name their cells."""
    sheet = book.sheet("Inputs", [50, 16, 26, 12, 12, 12, 60, 24, 24, 10, 14, 44])
    sheet.title(
        "Inputs",
        "Every number that goes into the calculation stands here once, in a coloured cell. Change one and the whole "
        "workbook follows. Low and high are used by the simulation only, which is not recalculated here.",
    )
    sheet.heads(
        [
            "What",
            "Value",
            "Unit",
            "Low",
            "High",
            "Basis",
            "How it was made",
            "Source",
            "Query behind it",
            "Changed",
            "Was",
            "Place in the scenario",
        ],
        freeze=True,
    )
    found: dict[str, Term] = {}
    for title, items in inputs_of(scenario, run.prefilled, site.name):
        sheet.heading(title)
        for item in items:
            said = item.assumption
            sheet.words(
                item.label,
                "",
                item.unit,
                "",
                "",
                BASES[said.basis] if said else origin(item, run),
                _how(item, run),
                _source(said, site),
                _query(said, site),
                "yes" if said and said.changed else "no",
                "" if said is None or said.was is None else str(said.was),
                item.pointer,
            )
            sheet.row -= 1
            found[item.pointer] = sheet.number(_VALUE, item.value, PLAIN, "input", fixed=True)
            for column, limit in ((3, item.low), (4, item.high)):
                if limit is not None:
                    sheet.number(column, limit, PLAIN, "value")
            sheet.row += 1
    return Given(found)


def _how(item: Input, run: Run) -> str:
    if item.assumption is None:
        return item.note or ("As it was entered." if run.prefilled is None else "")
    return item.assumption.how


def _source(said: Assumption | None, site: Site) -> Link | str:
    if said is None or not said.sources:
        return ""
    return Link(site.cited(said.sources[0]), site.record(said.sources[0]))


def _query(said: Assumption | None, site: Site) -> Link | str:
    if said is None or not said.queries:
        return ""
    return Link(said.queries[0].name, site.query(said.queries[0]))
