"""A joint budget as a workbook with live sums: change a contribution, and every total and share follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from xlsxwriter.utility import xl_rowcol_to_cell

from wsic_graph.plans.budget_shares import Option, Share, Worked
from wsic_graph.plans.budgets import KINDS, NOUGHT, Budget, Check, Gain, key
from wsic_graph.runs.book import COUNT, POUNDS, Book, Link, Sheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIRST = "Contributions"
_PERCENT = "0.00%"
_TRADE = "Whole System Integrated Care: a joint budget"


def workbook(worked: Worked, address: str, day: date) -> bytes:
    """The workbook; ``address`` is where the page is that made it, ``day`` the day on which it was made."""
    budget, options = worked.budget, worked.options
    book = Book(budget.title or "A joint budget", _TRADE, day)
    lines = _contributions(book, budget, address)
    _partners(book, budget, lines)
    _schemes(book, budget, lines)
    if options:
        _shares(book, budget, options)
    if worked.gains:
        _gains(book, budget, worked.gains)
    _checks(book, worked.checks)
    return book.finish()


class _Lines:
    """Where the contributions stand, for formulas of other sheets."""

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first + 1, last + 1

    def column(self, letter: str) -> str:
        """A column of the contributions."""
        return f"{_FIRST}!${letter}${self.first}:${letter}${self.last}"

    def sum_of(self, letter: str, cell: str) -> str:
        """The sum of the lines whose ``letter`` has the words of ``cell``; SUMIF would take * for any words."""
        return f"SUMPRODUCT(--({self.column(letter)}={cell}),{self.column('D')})"


def _contributions(book: Book, budget: Budget, address: str) -> _Lines:
    sheet = book.sheet(_FIRST, [34, 20, 44, 18], labels=3)
    sheet.title(
        budget.title or "A joint budget",
        "Pounds a year. The yellow cells are what was entered; all else in this workbook is worked out from them.",
    )
    sheet.words(Link("The page that made this", address))
    sheet.row += 1
    sheet.heads(("Partner", "Kind", "Scheme", "Contribution"), freeze=True)
    partners = {key(one.name): one.name for one in budget.partners}
    schemes = {key(one.name): one.name for one in budget.schemes}
    first = sheet.row
    for line in budget.lines:
        # One spelling of every name, so that the formulas that look for it find each line.
        words = (partners[key(line.partner)], KINDS[line.kind], schemes[key(line.scheme)])
        for column, word in enumerate(words):
            sheet.page.write_string(sheet.row, column, word, book.look("input"))
        sheet.number(3, float(line.amount), POUNDS, "input")
        sheet.row += 1
    where = _Lines(first, sheet.row - 1)
    sheet.page.write_string(sheet.row, 0, "All", book.look("strong"))
    _total(sheet, 3, f"SUM(D{where.first}:D{where.last})", budget.total)
    return where


def _formula(sheet: Sheet, column: int, text: str, value: Decimal, number: str = POUNDS) -> None:
    sheet.page.write_formula(sheet.row, column, f"={text}", sheet.book.look("formula", number), float(value))


def _total(sheet: Sheet, column: int, text: str, value: Decimal) -> None:
    sheet.page.write_formula(sheet.row, column, f"={text}", sheet.book.look("total", POUNDS), float(value))


def _partners(book: Book, budget: Budget, lines: _Lines) -> None:
    sheet = book.sheet("Partners", [34, 20, 18, 14], labels=2)
    sheet.title("What each partner puts in")
    sheet.heads(("Partner", "Kind", "Contribution", "Share"), freeze=True)
    first = sheet.row + 1
    last = sheet.row + len(budget.partners)
    for one in budget.partners:
        row = sheet.row + 1
        sheet.begin(one.name, KINDS[one.kind])
        _formula(sheet, 2, lines.sum_of("A", f"$A{row}"), one.amount)
        share = one.amount / budget.total if budget.total else NOUGHT
        _formula(sheet, 3, f"IF(C${last + 1}=0,0,C{row}/C${last + 1})", share, _PERCENT)
        sheet.end()
    sheet.page.write_string(sheet.row, 0, "All", book.look("strong"))
    _total(sheet, 2, f"SUM(C{first}:C{last})", budget.total)


def _schemes(book: Book, budget: Budget, lines: _Lines) -> None:
    sheet = book.sheet("Schemes", [44, 18, 18, 18], labels=1)
    sheet.title("What each scheme has and costs", "Left is below nought where money is missing.")
    sheet.heads(("Scheme", "Contributions", "Planned cost", "Left"), freeze=True)
    first = sheet.row + 1
    for one in budget.schemes:
        row = sheet.row + 1
        sheet.begin(one.name)
        _formula(sheet, 1, lines.sum_of("C", f"$A{row}"), one.amount)
        if one.cost is None:
            sheet.page.write_blank(sheet.row, 2, None, book.look("input", POUNDS))
        else:
            sheet.number(2, float(one.cost), POUNDS, "input")
        value = "" if one.left is None else float(one.left)
        sheet.page.write_formula(sheet.row, 3, f'=IF(C{row}="","",B{row}-C{row})', book.look("formula", POUNDS), value)
        sheet.end()
    sheet.page.write_string(sheet.row, 0, "All", book.look("strong"))
    _total(sheet, 1, f"SUM(B{first}:B{sheet.row})", budget.total)
    cost = sum((one.cost or NOUGHT for one in budget.schemes), NOUGHT)
    _total(sheet, 2, f"SUM(C{first}:C{sheet.row})", cost)


def _shares(book: Book, budget: Budget, options: Sequence[Option]) -> None:
    assert budget.variance is not None
    sheet = book.sheet("Risk share", [34, 18, 16, 18, 14, 12, 18, 18], labels=1)
    sheet.title(
        "Ways to share an over- or underspend",
        "Each share is rounded down to the penny; the pennies that are then missing go to the largest remainders, so "
        "that the shares add up. Money left over has a minus sign.",
    )
    sheet.begin("Spent over the budget")
    sheet.number(1, float(budget.variance), POUNDS, "input")
    variance = xl_rowcol_to_cell(sheet.row, 1, row_abs=True, col_abs=True)
    sheet.end()
    for option in options:
        sheet.row += 1
        sheet.heading(option.title)
        sheet.note(option.why_not or option.how)
        if option.shares:
            _option(sheet, option, variance)


def _option(sheet: Sheet, option: Option, variance: str) -> None:
    """One way to share, with the largest remainders worked out in columns of their own."""
    weights = "Per cent" if option.per_cent else "Weight, pounds"
    sheet.heads(("Partner", weights, "Contribution", "Exact share", "Whole pence", "Remainder", "Share", "Pays"))
    first, last = sheet.row + 1, sheet.row + len(option.shares)
    for share in option.shares:
        row = sheet.row + 1
        exact = _exact(share, option)
        sheet.begin(share.partner.name)
        if option.id == "contribution":
            _formula(sheet, 1, f"C{row}", share.weight)
        else:
            sheet.number(1, float(share.weight), POUNDS, "input")
        # By its row and not by a search, which takes some signs of a name for others.
        _formula(sheet, 2, f"Partners!$C${_row_of(option, share)}", share.partner.amount)
        _formula(sheet, 3, f"ABS({variance})*B{row}/SUM(B${first}:B${last})", exact, "#,##0.000000")
        _formula(sheet, 4, f"FLOOR(ROUND(D{row}*100,6),1)", Decimal(int(exact * 100)), COUNT)
        _formula(sheet, 5, f"ROUND(D{row}*100-E{row},6)", exact * 100 - int(exact * 100), "0.000000")
        rank = f'(COUNTIF(F${first}:F${last},">"&F{row})+COUNTIF(F${first}:F{row},F{row}))'
        missing = f"ROUND(ABS({variance})*100-SUM(E${first}:E${last}),0)"
        _formula(sheet, 6, f"SIGN({variance})*(E{row}+IF({rank}<={missing},1,0))/100", share.amount)
        _formula(sheet, 7, f"C{row}+G{row}", share.pays)
        sheet.end()
    sheet.page.write_string(sheet.row, 0, "All", sheet.book.look("strong"))
    for column, letter, value in (
        (2, "C", sum((one.partner.amount for one in option.shares), NOUGHT)),
        (6, "G", sum((one.amount for one in option.shares), NOUGHT)),
        (7, "H", sum((one.pays for one in option.shares), NOUGHT)),
    ):
        _total(sheet, column, f"SUM({letter}{first}:{letter}{last})", value)
    sheet.row += 1


def _row_of(option: Option, share: Share) -> int:
    """The row of a partner on its sheet, which has the partners in the same order."""
    return _HEAD + option.shares.index(share)


_HEAD = 4
"""The row of the first partner: a title, an empty row and the headings stand above it."""


def _exact(share: Share, option: Option) -> Decimal:
    whole = abs(sum((one.amount for one in option.shares), NOUGHT))
    return whole * share.weight / share.out_of


def _gains(book: Book, budget: Budget, gains: Sequence[Gain]) -> None:
    sheet = book.sheet("Who gains", [34, 18, 18, 18, 18, 18], labels=1)
    sheet.title("Who puts in, who pays and who gains", "Of the run of the calculator, pounds a year on average.")
    sheet.heads(("Who", "Contributes", "Pays in the run", "Gains", "Of this, cash", "Net"), freeze=True)
    for gain in gains:
        row = sheet.row + 1
        sheet.begin(KINDS.get(gain.kind, "Not yet said who"))
        for column, value in enumerate((budget.of_kind(gain.kind), gain.cost, gain.gross, gain.cash), 1):
            sheet.number(column, float(value), POUNDS, "value")
        _formula(sheet, 5, f"D{row}-C{row}", gain.net)
        sheet.end()


def _checks(book: Book, found: Sequence[Check]) -> None:
    sheet = book.sheet("Checks", [60, 14, 100], labels=3)
    sheet.title("What agrees", "As the page worked it out from what was entered; these words do not follow changes.")
    sheet.heads(("Check", "Agrees", "Why"), freeze=True)
    for one in found:
        sheet.words(one.title, {True: "yes", False: "no", None: "not told"}[one.agrees], one.words)
