"""What a run says in one sentence, for the head of every file."""

from __future__ import annotations

from wsic_graph.calculator.results import Report

_FIGURES = 3


def answer(report: Report) -> str:
    """The result in a sentence or two: gross, cash, cost and net together, rounded to three figures."""
    years = "one year" if len(report.gross_by_year) == 1 else f"{len(report.gross_by_year)} years"
    net = "more than it costs" if report.npv > 0 else "less than it costs"
    if not report.pv_cost:
        net = "and no cost is given, so it is no saving yet"
        return (
            f"Over {years} the avoided activity is worth {pounds(report.pv_gross)}, of which "
            f"{pounds(report.pv_cashable)} could be released as cash, {net}. Present values at central estimates."
        )
    return (
        f"Over {years} the avoided activity is worth {pounds(report.pv_gross)}, of which "
        f"{pounds(report.pv_cashable)} could be released as cash; the programme costs {pounds(report.pv_cost)}. "
        f"That is {pounds(abs(report.npv))} {net}; counting cash only, {pounds(abs(report.npv_cashable))} "
        f"{'more' if report.npv_cashable > 0 else 'less'}. Present values at central estimates."
    )


def pounds(value: float) -> str:
    """An amount rounded to three significant figures: £1.23 million, £45,600, minus £120."""
    sign = "minus " if value < 0 else ""
    amount = float(f"{abs(value):.{_FIGURES}g}")
    if amount >= 1e9:
        return f"{sign}£{amount / 1e9:.{_FIGURES}g} billion"
    if amount >= 1e6:
        return f"{sign}£{amount / 1e6:.{_FIGURES}g} million"
    if amount < 100:
        return f"{sign}£{amount:.2f}" if amount % 1 else f"{sign}£{amount:.0f}"
    return f"{sign}£{amount:,.0f}"
