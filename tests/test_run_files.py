"""The files of a run: the workbook against the calculator, and every other form against the run."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import ironcalc
import openpyxl
import pytest
from hypothesis import given, settings

from tests.calculator_scenarios import scenarios, with_value
from wsic_graph.answers import rows
from wsic_graph.calculator.examples import EXAMPLES
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.report import report
from wsic_graph.engine import Door
from wsic_graph.prefill import Prefilled, quick
from wsic_graph.runs.book import WorkbookSize
from wsic_graph.runs.run import Run, identifier_of
from wsic_graph.runs.site import Site
from wsic_graph.runs.workbook import MOST_CELLS, workbook
from wsic_graph.service.links import reader_page

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "calculator_vectors.json").read_text(encoding="utf-8")
)["cases"]
SITE = Site("https://example.org", reader_page)
QUICK: dict[str, dict[str, Any]] = {
    "value case": {"area": "E08000003", "value_case": "greater-manchester"},
    "own mix for older people": {
        "area": "E09000009",
        "interventions": ("reablement", "virtual-wards", "falls-prevention"),
        "cohort": "75plus",
        "horizon": 3,
    },
    "changed by you": {
        "area": "E06000027",
        "value_case": "torbay",
        "overrides": {"/outcomes/0/cashable": 0.4, "/settings/discount_rate": 0.015},
    },
}


def run_of(scenario: dict[str, Any], prefilled: Prefilled | None = None, **choices: Any) -> Run:
    """A run with few draws."""
    plain = {key: value for key, value in scenario.items() if key != "expected"}
    plain["settings"] = {**plain["settings"], "draws": 200}
    made = report(read_scenario(plain))
    name = identifier_of(choices, plain, "2026.11.22")
    return Run(name, choices, plain, prefilled, made, "2026.11.22", "0.1.0", date(2026, 11, 22))


@pytest.fixture(scope="module")
def fill(release: Path) -> Iterator[Callable[..., Run]]:
    with Door(release) as door:

        def made(**chosen: Any) -> Run:
            found = quick(lambda name, **values: rows(door, name, **values), **chosen)
            return run_of(found.scenario, found, **chosen)

        yield made


class Opened:
    """A workbook in a spreadsheet engine that is not ours, which calculates all formulas anew."""

    def __init__(self, content: bytes, folder: Path) -> None:
        path = folder / "run.xlsx"
        path.write_bytes(content)
        self.model = ironcalc.load_from_xlsx(str(path), "en", "UTC")
        self.model.evaluate()
        self.sheets = {part["name"]: place for place, part in enumerate(self.model.get_worksheets_properties())}

    def value(self, sheet: str, row: int, column: int) -> Any:
        return self.model.get_cell_value(self.sheets[sheet], row, column)

    def table(self, sheet: str, key: int = 1, value: int = 2) -> dict[str, Any]:
        """The values of one column by the words of another."""
        last = self.model.get_sheet_dimensions(self.sheets[sheet])
        found = ((self.value(sheet, row, key), self.value(sheet, row, value)) for row in range(1, last[1] + 1))
        return {words: number for words, number in found if words}

    def change(self, pointer: str, value: float) -> None:
        """Type ``value`` in the cell of an input."""
        place, row = self.sheets["Inputs"], 1
        while self.value("Inputs", row, POINTER) != pointer:
            row += 1
        self.model.set_user_input(place, row, 2, str(value))
        self.model.evaluate()

    def answers(self) -> dict[str, Any]:
        """The results of the summary, each with whether it equals the calculator's."""
        return self.table("Summary")

    def equal(self) -> dict[str, Any]:
        return {key: mark for key, mark in self.table("Summary", 1, 5).items() if mark in ("yes", "no")}


POINTER = 12
"""The column of the sheet of inputs with the place of each in the scenario."""


def expected(run: Run) -> dict[str, Any]:
    """The numbers of a run under the labels of the summary, found here without the code of the workbook."""
    made = run.report
    found: dict[str, Any] = {
        "Gross benefit": made.gross_total,
        "Cashable benefit": made.cashable_total,
        "Capacity released, not cash": made.capacity_total,
        "Cost": made.cost_total,
        "Net benefit": made.net_total,
        "Net cashable benefit": made.net_cashable_total,
        "Gross benefit, present value": made.pv_gross,
        "Cashable benefit, present value": made.pv_cashable,
        "Cost, present value": made.pv_cost,
        "Net present value": made.npv,
        "Net present value, cashable": made.npv_cashable,
        "Benefit for each pound of cost": "none" if made.bcr is None else made.bcr,
        "Cash for each pound of cost": "none" if made.bcr_cashable is None else made.bcr_cashable,
        "What adding each alone would claim: too much": made.naive_sum_of_separate_effects,
    }
    for key in ("", "_cashable", "_discounted"):
        year = getattr(made, f"payback_year{key}")
        found["Payback year" + key.replace("_", ", ")] = "not within the run" if year is None else year
    for year in range(len(made.gross_by_year)):
        for key, label in (
            ("gross", "gross benefit"),
            ("cashable", "cashable benefit"),
            ("cost", "cost"),
            ("net", "net benefit"),
            ("net_cashable", "net cashable benefit"),
        ):
            found[f"Year {year + 1}: {label}"] = getattr(made, f"{key}_by_year")[year]
    for sector, value in made.net_by_sector.items():
        found[f"{sector.replace('-', ' ')}: net benefit"] = value
    for name, value in made.gross_by_intervention.items():
        label = name.replace("-", " ")
        found[f"{label}: gross benefit (Shapley)"] = value
        found[f"{label}: cashable benefit"] = made.cashable_by_intervention[name]
        found[f"{label}: cost"] = made.cost_by_intervention[name]
        found[f"{label}: net present value"] = made.npv_by_intervention[name]
        found[f"{label}: lost without it, present value"] = made.incremental_pv_by_intervention[name]
    return found


def differences(got: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Where the workbook is more than half a penny from the calculator (a millionth for ratios)."""
    found = []
    for label, value in wanted.items():
        ours = got.get(label)
        if isinstance(value, str) or not isinstance(ours, float | int):
            same = ours == value
        else:
            same = abs(ours - value) <= max(1e-6 if "each pound" in label else 0.005, abs(value) * 1e-12)
        if not same:
            found.append(f"{label}: {ours} is not {value}")
    return found


@pytest.mark.parametrize("case", VECTORS, ids=[case["id"] for case in VECTORS])
def test_workbook_of_a_vector_calculates_the_published_answer(case: dict[str, Any], tmp_path: Path) -> None:
    run = run_of(case)
    book = Opened(workbook(run, SITE), tmp_path)
    assert differences(book.answers(), expected(run)) == []
    marks = book.equal()
    assert len(marks) > 40 and set(marks.values()) == {"yes"}
    published = {key: case["expected"][key] for key in ("gross_total", "cost_total", "npv")}
    answers = book.answers()
    got = (answers["Gross benefit"], answers["Cost"], answers["Net present value"])
    assert [f"{value:.2f}" for value in got] == list(published.values())


@pytest.mark.parametrize("chosen", QUICK.values(), ids=list(QUICK))
def test_workbook_of_quick_mode_calculates_the_same(
    chosen: dict[str, Any], fill: Callable[..., Run], tmp_path: Path
) -> None:
    run = fill(**chosen)
    book = Opened(workbook(run, SITE), tmp_path)
    assert differences(book.answers(), expected(run)) == []
    assert set(book.equal().values()) == {"yes"}


@settings(max_examples=12, deadline=None)
@given(scenario=scenarios())
def test_workbook_of_any_scenario_calculates_the_same(
    scenario: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = run_of(scenario)
    book = Opened(workbook(run, SITE), tmp_path_factory.mktemp("book"))
    assert differences(book.answers(), expected(run)) == []
    assert set(book.equal().values()) == {"yes"}


CHANGES = [
    ("/interventions/0/effects/0/reduction", "interventions.0.effects.0.reduction", -0.07),
    ("/interventions/1/uptake", "interventions.1.uptake", 0.35),
    ("/interventions/0/ramp/1", "interventions.0.ramp.1", 0.1),
    ("/outcomes/0/unit_cost", "outcomes.0.unit_cost", 1234.56),
    ("/outcomes/0/ceiling", "outcomes.0.ceiling", 0.05),
    ("/outcomes/0/growth", "outcomes.0.growth", -0.03),
    ("/overlap_groups/0/redundancy", "overlap_groups.0.redundancy", 0.9),
    ("/settings/discount_rate", "settings.discount_rate", 0.08),
    ("/interventions/1/cost/per_person", "interventions.1.cost.per_person", 5),
]


@pytest.mark.parametrize(("pointer", "path", "value"), CHANGES, ids=[pointer for pointer, _, _ in CHANGES])
def test_changed_input_changes_the_workbook_as_it_changes_the_calculator(
    pointer: str, path: str, value: float, tmp_path: Path
) -> None:
    case = next(case for case in VECTORS if case["id"] == "p8-composite")
    book = Opened(workbook(run_of(case), SITE), tmp_path)
    book.change(pointer, value)
    assert differences(book.answers(), expected(run_of(with_value(case, path, value)))) == []
    assert "no" in book.equal().values(), "the summary says that an input was changed"


def test_switch_of_optimism_works_in_the_workbook(tmp_path: Path) -> None:
    case = next(case for case in VECTORS if case["id"] == "p4-optimism-and-deadweight")
    book = Opened(workbook(run_of(case), SITE), tmp_path)
    book.change("/settings/optimism", 0)
    assert differences(book.answers(), expected(run_of(with_value(case, "settings.optimism", False)))) == []


def test_values_shown_before_a_spreadsheet_calculates_are_the_same(tmp_path: Path) -> None:
    """A preview, or a reader that does not calculate, shows what the formulas give."""
    content = workbook(run_of(next(case for case in VECTORS if case["id"] == "p8-composite")), SITE)
    book = Opened(content, tmp_path)
    formulas = openpyxl.load_workbook(io.BytesIO(content))
    shown = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    seen = 0
    for sheet in formulas:
        for line in sheet.iter_rows():
            for cell in line:
                if cell.data_type == "f":
                    seen += 1
                    value, again = (
                        shown[sheet.title][cell.coordinate].value,
                        book.value(sheet.title, cell.row, cell.column),
                    )
                    if isinstance(value, float | int):
                        assert again == pytest.approx(value, rel=1e-9, abs=1e-9), (sheet.title, cell.coordinate)
                    else:
                        assert (value or "") == (again or ""), (sheet.title, cell.coordinate)
    assert seen > 500


HOSTILE = ['=HYPERLINK("http://evil.example","x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "=cmd|'/c calc'!A1"]


def hostile_run() -> Run:
    """A run every text of which begins like a formula."""
    scenario = deepcopy(EXAMPLES["one-intervention"])
    scenario["title"] = HOSTILE[0]
    for place, kind in enumerate(("segments", "outcomes", "interventions")):
        scenario[kind][0]["id"] = HOSTILE[place].replace("/", "|")
    segment, outcome = (scenario[kind][0]["id"] for kind in ("segments", "outcomes"))
    scenario["outcomes"][0]["baseline"] = {segment: 500}
    scenario["interventions"][0]["coverage"] = {segment: 1}
    scenario["interventions"][0]["effects"][0]["outcome"] = outcome
    return run_of(scenario)


def test_no_text_from_outside_becomes_a_formula(tmp_path: Path) -> None:
    content = workbook(hostile_run(), SITE)
    book = openpyxl.load_workbook(io.BytesIO(content))
    texts = formulas = 0
    for sheet in book:
        for line in sheet.iter_rows():
            for cell in line:
                if cell.data_type == "f":
                    formulas += 1
                    assert "evil" not in str(cell.value) and "cmd" not in str(cell.value)
                elif isinstance(cell.value, str) and cell.value[:1] in "=+-@":
                    assert cell.data_type == "s"
                    texts += 1
                assert cell.hyperlink is None or "evil" not in (cell.hyperlink.target or "")
    assert texts > 5 and formulas > 50
    assert set(Opened(content, tmp_path).equal().values()) == {"yes"}


def test_only_inputs_and_values_are_typed_numbers() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(run_of(VECTORS[7]), SITE)))
    for name in ("Prices", "Effects", "Combined", "Units", "Money", "Discounted", "By intervention", "By sector"):
        typed = [
            cell.coordinate
            for line in book[name].iter_rows()
            for cell in line
            if cell.data_type == "n" and cell.value is not None
        ]
        assert typed == [], name
        assert book[name].freeze_panes or name == "Prices"
        assert book[name].page_setup.orientation == "landscape" and book[name].page_setup.paperSize == 9


def test_same_run_gives_the_same_file() -> None:
    run = run_of(VECTORS[2])
    assert workbook(run, SITE) == workbook(run, SITE)


def test_too_large_a_run_is_refused_in_words() -> None:
    scenario = deepcopy(EXAMPLES["one-intervention"])
    scenario["settings"]["horizon"] = 10
    scenario["segments"] = [{"id": f"s{n}", "population": 10} for n in range(20)]
    scenario["outcomes"] = [{"id": f"o{n}", "baseline": {"s0": 1}} for n in range(30)]
    effects = [{"outcome": f"o{n}", "reduction": 0.1} for n in range(14)]
    scenario["interventions"] = [
        {"id": f"i{n}", "coverage": {"s0": 1}, "effects": effects, "cost": {}} for n in range(10)
    ]
    with pytest.raises(WorkbookSize, match=f"{MOST_CELLS:,}"):
        workbook(run_of(scenario), SITE)
