"""The pictures of a report: who pays and gains, what each service does, the years, the chances, what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wsic_graph.calculator.money import whole_pounds
from wsic_graph.calculator.results import Bar as Varied
from wsic_graph.calculator.results import Report
from wsic_graph.charts import (
    Bar,
    Chart,
    Format,
    Marker,
    Series,
    Step,
    Swing,
    bars,
    counted,
    lines,
    tornado,
    waterfall,
)
from wsic_graph.charts.shapes import Number

POUNDS = Format("£")


class _Short(Format):
    """Pounds on a scale: £1.5m, £250k."""

    def __call__(self, value: Number) -> str:
        """``value`` in millions or thousands."""
        for size, sign in ((1e6, "m"), (1e3, "k")):
            if abs(float(value)) >= size:
                return Format("£", sign)(float(value) / size)
        return POUNDS(value)


SHORT = _Short()


def services_chart(report: Report, labels: Mapping[str, str], links: Mapping[str, str]) -> Chart:
    """From nothing to the net present value: the fair share of every service, then the cost."""
    active = {name: value for name, value in report.pv_gross_by_intervention.items() if value}
    parts = whole_pounds([*active.values(), -report.pv_cost])
    steps = [
        Step(labels.get(name, name), value, "good" if value > 0 else "bad", links.get(name, ""))
        for name, value in zip(active, parts, strict=False)
    ]
    steps.append(Step("Cost of the programme", parts[-1], "mixed"))
    words = (
        "Each bar begins where the one before it ended: the value of what each service changes, then what the "
        "programme costs; the last bar is what is left."
    )
    chart = waterfall(
        "What each service is worth, and what is left after the cost",
        words,
        steps,
        total="Net present value",
        total_tone="good" if sum(parts) > 0 else "bad",
        unit=POUNDS,
        of="Service",
        measure="Present value",
    )
    return replace(
        chart, note="Shares are Shapley values: where services overlap, each has its fair part, and they add up."
    )


def years_chart(report: Report) -> Chart:
    """Cumulative net by year, gross and cash, with the year from which it stays at or above nought."""
    periods = [f"Year {year}" for year in range(1, len(report.net_by_year) + 1)]
    both = [
        Series("Everything valued", [round(value) for value in report.cumulative_net_by_year]),
        Series("Cash only", [round(value) for value in report.cumulative_net_cashable_by_year]),
    ]
    marks = [
        (year - 1, f"{words} pays back")
        for year, words in ((report.payback_year, "Value"), (report.payback_year_cashable, "Cash"))
        if year
    ]
    chart = lines(
        "Net since the start, year by year",
        "Two lines: everything valued less the cost, and cash alone less the cost, each added up from year 1. "
        "Above nought the programme has paid for itself.",
        periods,
        both,
        unit=POUNDS,
        of="Year",
        marks=marks,
        ticks=SHORT,
    )
    return replace(chart, note=_payback(report))


def _payback(report: Report) -> str:
    def said(year: int | None) -> str:
        return f"in year {year}" if year else f"not within {len(report.net_by_year)} years"

    return f"Pays back {said(report.payback_year)}; in cash alone {said(report.payback_year_cashable)}. Not discounted."


def chances_chart(report: Report) -> Chart | None:
    """How the net present value falls over all simulations, with the line of nought."""
    found = report.simulation
    if found is None or len(found.histogram.counts) < 2:
        return None
    chart = counted(
        "How the result varies over the simulations",
        f"How many of {found.draws:,} simulations end at each net present value. Right of nought the programme is "
        "worth more than it costs.",
        found.histogram.edges,
        found.histogram.counts,
        unit=POUNDS,
        markers=(
            Marker(0, "Worth what it costs"),
            Marker(round(found.npv.percentiles.p50), "Middle of the simulations"),
        ),
        of="Simulations",
    )
    return chart


def hinges_chart(report: Report, labels: Mapping[str, str]) -> Chart:
    """What moves the result most, one input at a time."""
    swings = [
        Swing(
            in_words(bar.label, labels),
            round(bar.npv_at_low),
            round(bar.npv_at_high),
            _limits(bar),
            assumed=bar.assumed,
        )
        for bar in report.sensitivity.tornado
        if bar.swing >= 0.5
    ]
    return tornado(
        "What the result hangs on most",
        "For each input the net present value at its low and at its high end, all others as they are; the widest "
        "bar matters most.",
        round(report.npv),
        swings,
        unit=POUNDS,
        base_text="As entered:",
        assumed_text="dashed outline: no limits are known, so 10% either way by convention",
    )


def in_words(label: str, labels: Mapping[str, str]) -> str:
    """The name of an input with what its parts are called: ``effect: telecare: falls`` becomes Telecare: effect."""
    what, *parts = label.split(": ")
    about = ", ".join(labels.get(part, part) for part in parts)
    return f"{about}: {what}" if about else f"{what[:1].upper()}{what[1:]}"


def _limits(bar: Varied) -> str:
    words = f"{_short(bar.low)} to {_short(bar.high)} {_plain(bar.unit)}"
    return f"{words}, assumed" if bar.assumed else words


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def _plain(unit: str) -> str:
    return unit.partition(";")[0]


def sectors_chart(report: Report) -> Chart:
    """Who gains and who pays: the net of each sector."""
    values = whole_pounds(list(report.net_by_sector.values()))
    items = [
        Bar(SECTORS.get(name, name), value, "good" if value > 0 else "bad" if value < 0 else "flat")
        for name, value in zip(report.net_by_sector, values, strict=True)
    ]
    return bars(
        "Net of each sector",
        "Value gained less cost paid, by sector; left of nought a sector pays more than it gains.",
        items,
        unit=POUNDS,
        of="Sector",
        measure="Net",
    )


SECTORS = {
    "acute": "Acute hospitals",
    "community": "Community health",
    "primary": "Primary care",
    "social-care": "Adult social care",
    "other": "Others",
    "unallocated": "Not yet said who",
}
"""What the sectors of a scenario are called."""
