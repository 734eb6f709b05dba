"""The sheets of a workbook that explain, and those whose numbers are values: simulation, log, warnings."""

from __future__ import annotations

from wsic_graph.calculator.results import Distribution, Report, Simulation
from wsic_graph.runs.book import PLAIN, POUNDS, Book, Link, Sheet
from wsic_graph.runs.log import entries
from wsic_graph.runs.run import Run
from wsic_graph.runs.site import Site
from wsic_graph.runs.words import basis, other_chances, plain, sentence

_SHEETS = (
    ("Summary", "Every result as a formula, beside the calculator's number, and whether they agree."),
    ("Inputs", "Every number that goes in, once, with its source. The only cells to change."),
    ("Prices", "Unit costs and costs in the pounds of one year."),
    ("Effects", "The effect of each intervention on each outcome, by people and year."),
    ("Nodes", "Constants for the exact integration of shares."),
    ("Combined", "How effects on the same outcome combine; overlap groups; ceiling; each one's share (Shapley)."),
    ("Units", "Activity without the programme, and what of it is avoided."),
    ("Money", "Gross, cashable, cost and net of each year."),
    ("Discounted", "Present values, cumulative net, payback."),
    ("By intervention", "Benefit shared among interventions; what is lost without each."),
    ("By sector", "Who gains and who pays."),
    ("Simulation", "Chances, percentiles and what the answer hangs on. Values from the calculator, no formulas."),
    ("Assumptions", "The assumptions log."),
    ("Warnings", "What may mislead, what is missing, which evidence was used and which was not."),
)


def read_me(book: Book, run: Run, site: Site) -> None:
    """The first sheet."""
    sheet = book.sheet("Read me", [24, 96])
    report = run.report
    sheet.title(report.title or "A calculation", plain(sentence(report, site.name)), basis(report))
    simulation = report.simulation
    facts: list[tuple[str, str | Link]] = [
        ("This run", Link(site.run(run.identifier), site.run(run.identifier))),
        ("Kept on", run.kept_on.isoformat()),
        ("Version of the data", run.data_version),
        ("Version of the software", run.software),
        ("Money", f"pounds of {report.price_year}" if report.price_year else "pounds"),
    ]
    if simulation is not None:
        facts.append(("Simulation", f"{simulation.draws:,} draws, seed {simulation.seed}, NumPy {simulation.numpy}"))
    for label, value in facts:
        sheet.words(label, value)
    sheet.row += 1
    sheet.heading("How to read it")
    sheet.note(
        "Begin with Summary. To see where a number comes from, follow its formula: Summary to Money, Units, Combined, "
        "Effects and at last Inputs. Yellow cells with blue numbers are inputs; numbers in grey italics are values "
        "from the calculator or constants; all else is a formula. Nothing is hidden or locked."
    )
    sheet.note(
        "The workbook follows changes of inputs, but not of the structure: years, interventions, outcomes and groups "
        "are those of the run. Simulation, tornado and switching values are not recalculated; for these make a new "
        "run on the site."
    )
    sheet.note(
        "Gross benefit is what the avoided activity costs on average. It is not cash: most of it is capacity. Read it "
        "with the cashable benefit, the cost and the net, which stand beside it everywhere."
    )
    sheet.row += 1
    sheet.heading("Sheets")
    for name, words in _SHEETS:
        sheet.words(name, words)


def simulation_sheet(book: Book, run: Run) -> None:
    """What the draws gave, what the answer hangs on, and where it breaks even: values."""
    sheet = book.sheet("Simulation", [56, *[18] * 8])
    sheet.title(
        "Simulation and sensitivity", "Values from the calculator; they do not follow changes in this workbook."
    )
    report = run.report
    if report.simulation is None:
        sheet.note("The run was made without a simulation.")
    else:
        _simulation(sheet, report.simulation, other_chances(report))
    sheet.heading("What the answer hangs on: each input at its low and high limit, all others central")
    sheet.heads(["Input", "Low", "Central", "High", "Net present value at low", "at high", "Swing", "Limits"])
    for bar in report.sensitivity.tornado:
        row = [bar.low, bar.central, bar.high]
        _values(
            sheet,
            f"{bar.label} ({bar.unit})",
            row,
            [bar.npv_at_low, bar.npv_at_high, bar.swing],
            "10% either way, assumed" if bar.assumed else "given",
        )
    sheet.row += 1
    strip = report.sensitivity.strip
    sheet.heading("All inputs at their limits at once: these are no chances")
    sheet.heads(["", "Pessimistic", "Central", "Optimistic"])
    _values(sheet, "Net present value", [], [strip.pessimistic_npv, strip.central_npv, strip.optimistic_npv])
    _values(
        sheet,
        "Net present value, cashable",
        [],
        [strip.pessimistic_npv_cashable, strip.central_npv_cashable, strip.optimistic_npv_cashable],
    )
    sheet.row += 1
    _switching(sheet, report)


def _simulation(sheet: Sheet, found: Simulation, others: str) -> None:
    for chance in (found.chance_of_net_saving, found.chance_of_net_saving_cashable):
        sheet.note(
            f"{chance.sentence} (probability {chance.probability:.4f}, standard error {chance.standard_error:.4f})"
        )
    if others:
        sheet.note(others)
    sheet.note(found.note)
    sheet.row += 1
    sheet.heading("Present values over all draws, pounds")
    sheet.heads(["", "Average", "2.5%", "10%", "25%", "Median", "75%", "90%", "97.5%"])
    labels = {
        "gross": "Gross benefit",
        "cashable": "Cashable benefit",
        "cost": "Cost",
        "npv": "Net present value",
        "npv_cashable": "Net present value, cashable",
    }
    for key, label in labels.items():
        part: Distribution = getattr(found, key)
        _values(sheet, label, [], [part.mean, *part.percentiles.model_dump().values()])
    sheet.row += 1
    if found.worth_finding_out:
        sheet.heading("What it would be worth to know for certain, pounds")
        for item in found.worth_finding_out:
            _values(sheet, item.label, [], [item.evppi])
        sheet.row += 1
    sheet.heading("How many draws of the net present value lie between two amounts")
    sheet.heads(["", "From", "To", "Draws"])
    edges = found.histogram.edges
    for low, high, count in zip(edges[:-1], edges[1:], found.histogram.counts, strict=True):
        _values(sheet, "", [], [low, high])
        sheet.row -= 1
        sheet.number(3, count, "#,##0", "value")
        sheet.row += 1
    sheet.row += 1


def _switching(sheet: Sheet, report: Report) -> None:
    sheet.heading("Where the case breaks even")
    sheet.heads(["Value at which the net present value is nil, all else central", "Gross", "Cashable"])
    found = report.switching_values
    for label, gross, cash in (
        ("All effects multiplied by", found.effects, found.effects_cashable),
        ("All uptakes multiplied by", found.uptake, found.uptake_cashable),
        ("Deadweight of all effects alike", found.deadweight, found.deadweight_cashable),
    ):
        sheet.words(label, *("never" if part is None else "" for part in (gross, cash)))
        sheet.row -= 1
        for column, part in enumerate((gross, cash), 1):
            if part is not None:
                sheet.number(column, part, "0.000000", "value")
        sheet.row += 1
    sheet.row += 1


def _values(sheet: Sheet, label: str, plain: list[float], pounds: list[float], behind: str = "") -> None:
    sheet.words(label)
    sheet.row -= 1
    for column, value in enumerate([*plain, *pounds], 1):
        sheet.number(column, value, PLAIN if column <= len(plain) else POUNDS, "value")
    if behind:
        sheet.page.write_string(sheet.row, 1 + len(plain) + len(pounds), behind, sheet.book.look("text"))
    sheet.row += 1


def log_sheet(book: Book, run: Run, site: Site) -> None:
    """The assumptions log as the calculator used it; the sheet of inputs may have been changed since."""
    sheet = book.sheet("Assumptions", [40, 50, 16, 12, 12, 24, 22, 8, 60, 24, 18, 40, 10, 14], labels=14)
    sheet.title("Assumptions log", "What the calculator was given. Values here are text and do not follow the inputs.")
    sheet.heads(
        [
            "Part",
            "What",
            "Value",
            "Low",
            "High",
            "Unit",
            "Basis",
            "Grade",
            "How it was made",
            "Formula",
            "Period",
            "Source",
            "Changed",
            "Was",
        ],
        freeze=True,
    )
    for entry in entries(run, site):
        source = Link(entry.cited[0], entry.sources[0]) if entry.sources else ""
        sheet.words(
            entry.group,
            entry.what,
            entry.value,
            entry.low,
            entry.high,
            entry.unit,
            entry.basis,
            entry.grade,
            entry.how,
            entry.formula,
            entry.period,
            source,
            "yes" if entry.changed else "no",
            entry.was,
        )


def warning_sheet(book: Book, run: Run, site: Site) -> None:
    """Warnings, notes, gaps, and the fate of every estimate of the chosen interventions."""
    sheet = book.sheet("Warnings", [30, 44, 90], labels=3)
    sheet.title("Warnings, gaps and the evidence that was and was not used")
    sheet.heads(["Kind", "About", "In words"], freeze=True)
    for warning in run.report.warnings:
        sheet.words("warning", warning.field, warning.message)
    if run.prefilled is None:
        return
    for gap in run.prefilled.gaps:
        sheet.words(f"not known: {gap.kind}", gap.about, gap.words)
    for note in run.prefilled.notes:
        sheet.words("note", "", note)
    for verdict in run.prefilled.verdicts:
        about = f"{verdict.label}: {site.name(verdict.outcome)}" if verdict.outcome else verdict.label
        kind = "evidence used" if verdict.used else "evidence not used"
        sheet.words(kind, about, " ".join(filter(None, (verdict.reason, verdict.rationale))))
