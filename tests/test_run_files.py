"""The files of a run: the workbook against the calculator, and every other form against the run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docx
import httpx
import ironcalc
import openpyxl
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from lxml import html
from rdflib import PROV, RDF, BNode, Graph, Namespace, URIRef
from rdflib.compare import isomorphic

from tests.calculator_scenarios import scenarios, with_value
from tests.site_fixtures import serve
from wsic_graph.answers import rows
from wsic_graph.calculator.examples import EXAMPLES
from wsic_graph.calculator.money import rough
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.report import report
from wsic_graph.calculator.results import Report
from wsic_graph.engine import Door
from wsic_graph.formats import GRAPHS
from wsic_graph.namespaces import PREFIXES
from wsic_graph.prefill import Prefilled, quick
from wsic_graph.records.tree import CONTEXT_FILE
from wsic_graph.runs.book import WorkbookSize
from wsic_graph.runs.exchange import exchange
from wsic_graph.runs.provenance import iri_of, provenance, statements
from wsic_graph.runs.run import Run, identifier_of
from wsic_graph.runs.site import Site
from wsic_graph.runs.tables import log_table, results_table
from wsic_graph.runs.words import basis, other_chances, plain, sentence
from wsic_graph.runs.workbook import MOST_CELLS, workbook
from wsic_graph.service.links import reader_page
from wsic_graph.settings import Settings

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "calculator_vectors.json").read_text(encoding="utf-8")
)["cases"]
SCHEMA = Namespace(PREFIXES["schema"])
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


def test_results_table_is_tidy_and_never_gross_alone() -> None:
    run = run_of(next(case for case in VECTORS if case["id"] == "p8-composite"))
    lines = list(csv.DictReader(io.StringIO(results_table(run))))
    assert set(lines[0]) == {"section", "item", "measure", "year", "sector", "value", "unit", "price_year"}
    keys = [tuple(line[name] for name in ("section", "item", "measure", "year", "sector")) for line in lines]
    assert len(keys) == len(set(keys))
    assert all(line["value"] == "" or float(line["value"]) == float(line["value"]) for line in lines)
    for section in ("total", "year", "sector", "intervention"):
        measures = {line["measure"].partition(",")[0] for line in lines if line["section"] == section}
        assert {"gross benefit", "cashable benefit", "cost", "net benefit"} <= measures, section
    (npv,) = (line for line in lines if line["section"] == "present value" and line["measure"] == "net benefit")
    assert npv["value"] == "-1011004.99"
    years = [line["value"] for line in lines if line["section"] == "year" and line["measure"] == "gross benefit"]
    assert years == ["259219.94", "616835.45", "685585.14"]


def test_assumptions_log_has_every_number_and_what_was_changed(fill: Callable[..., Run]) -> None:
    run = fill(**QUICK["changed by you"])
    lines = {line["key"]: line for line in csv.DictReader(io.StringIO(log_table(run, SITE)))}
    assert run.prefilled is not None
    for item in run.prefilled.assumptions:
        if item.key.endswith(
            ("/low", "/high", "grade", "/horizon", "/draws", "/seed", "/correlation", "/interval_level")
        ):
            continue
        line = lines[item.key.removesuffix("/central")]
        assert float(line["value"]) == float(item.value), item.key
        assert line["figures"].split() == [figure.iri for figure in item.figures]
        assert (line["changed_by_user"] == "yes") == item.changed
        assert len(line["sources"].split()) == len(item.sources)
        assert not item.queries or line["queries"].startswith("https://example.org/queries/")
    assert [key for key, line in lines.items() if line["changed_by_user"] == "yes"] == [
        "/settings/discount_rate",
        "/outcomes/0/cashable",
    ]
    assert lines["/settings/discount_rate"]["was"] == "0.035"


@pytest.mark.parametrize("make", [results_table, lambda run: log_table(run, SITE)], ids=["results", "log"])
def test_no_cell_of_a_table_is_a_formula(make: Callable[[Run], str]) -> None:
    cells = [cell for line in csv.reader(io.StringIO(make(hostile_run()))) for cell in line]
    for cell in cells:
        if cell.startswith(("=", "+", "-", "@", "\t")):
            float(cell)
    assert any(cell.startswith(("'=", "'+", "'@", "'-")) for cell in cells) or make is results_table


def test_json_goes_back_into_the_calculator(fill: Callable[..., Run]) -> None:
    run = fill(**QUICK["value case"])
    found = json.loads(exchange(run, SITE))
    again = report(read_scenario(found["scenario"]))
    assert again.model_dump(mode="json") == found["report"]
    assert found["seed"] == 20130701 and found["data_version"] == "2026.11.22"
    assert run.prefilled is not None
    assert len(found["origin"]["assumptions"]) == len(run.prefilled.assumptions)


@pytest.mark.parametrize("form", ["ttl", "nt", "jsonld", "rdf"])
def test_provenance_is_the_same_in_every_format(form: str, fill: Callable[..., Run]) -> None:
    run = fill(**QUICK["own mix for older people"])
    wanted = Graph()
    for triple in statements(run, SITE):
        wanted.parse(data=f"{triple} .", format="nt")
    data = provenance(run, SITE, GRAPHS[form]).decode()
    if form == "jsonld":
        context = json.loads(CONTEXT_FILE.read_text(encoding="utf-8"))["@context"]
        data = json.dumps({**json.loads(data), "@context": context})
    names = {"ttl": "turtle", "nt": "nt", "jsonld": "json-ld", "rdf": "xml"}
    assert isomorphic(Graph().parse(data=data, format=names[form]), wanted)


def test_provenance_leads_from_results_to_the_graph(fill: Callable[..., Run], store: ox.Store) -> None:
    run = fill(**QUICK["own mix for older people"])
    graph = Graph().parse(data=provenance(run, SITE, GRAPHS["nt"]), format="nt")
    assert not [node for node in graph.all_nodes() if isinstance(node, BNode)]
    made = URIRef(iri_of(run))
    assert (made, RDF.type, PROV.Activity) in graph
    assert run.prefilled is not None
    used = set(map(str, graph.objects(made, PROV.used)))
    figures = {figure.iri for item in run.prefilled.assumptions for figure in item.figures}
    effects = {verdict.effect for verdict in run.prefilled.verdicts if verdict.used}
    assert figures and effects and figures | effects <= used
    for iri in figures | {str(effect) for effect in effects}:
        assert next(store.quads_for_pattern(ox.NamedNode(iri), None, None), None), iri
    results = set(graph.subjects(PROV.wasGeneratedBy, made))
    values = {str(graph.value(part, SCHEMA.name)): str(graph.value(part, SCHEMA.value)) for part in results}
    assert values["Net present value"] == f"{run.report.npv:.2f}"
    assert {"Gross benefit, present value", "Cashable benefit, present value", "Cost, present value"} <= set(values)
    for part in graph.subjects(RDF.type, SCHEMA.PropertyValue):
        assert part in results or str(part) in used
    assert str(graph.value(URIRef(f"{made}#seed"), SCHEMA.value)) == "20130701"


@pytest.fixture(scope="module")
def kept(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, str, str]]:
    """A server with two kept runs: of quick mode and of a typed scenario."""
    chosen = Settings(data_dir=tmp_path_factory.mktemp("data"))
    with serve(release, chosen, public=True) as client:
        typed = {**EXAMPLES["with-limits"], "settings": {**EXAMPLES["with-limits"]["settings"], "draws": 300}}
        found = []
        for body in ({"area": "E08000003", "value_case": "greater-manchester"}, typed):
            answer = client.post("/calculator/runs", json=body)
            assert answer.status_code == 201, answer.text
            found.append(urlsplit(answer.json()["url"]).path)
        yield client, found[0], found[1]


ITEMS = (
    "Title", "Abstract", "Background and objectives", "Health economic analysis plan", "Study population",
    "Setting and location", "Comparators", "Perspective", "Time horizon", "Discount rate", "Selection of outcomes",
    "Measurement of outcomes", "Valuation of outcomes", "Measurement and valuation of resources and costs",
    "Currency, price date and conversion", "Rationale and description of the model", "Analytics and assumptions",
    "Characterising heterogeneity", "Characterising distributional effects", "Characterising uncertainty",
    "Approach to engagement with patients and others affected", "Study parameters", "Summary of main results",
    "Effect of uncertainty", "Effect of engagement with patients and others affected",
    "Findings, limits, generalisability and current knowledge", "Source of funding", "Conflicts of interest",
)  # fmt: skip
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv",
    "json": "application/json",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}


@pytest.mark.parametrize("which", [1, 2], ids=["quick mode", "typed"])
def test_run_comes_in_every_format(kept: tuple[httpx.Client, str, str], which: int) -> None:
    client, path = kept[0], str(kept[which])
    for form, kind in TYPES.items():
        answer = client.get(f"{path}.{form}")
        assert answer.status_code == 200, form
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert f".{form}" in answer.headers["content-disposition"]
        assert f"<{path}>" in answer.headers["link"]
    log = client.get(f"{path}/assumptions.csv")
    assert log.text.startswith("key,part,what,value")
    assert client.get(f"{path}.pdf").status_code == 404
    assert "xlsx" in client.get(f"{path}.pdf", headers={"accept": "application/json"}).json()["detail"]
    assert client.get("/calculator/runs/0123456789abcdef.xlsx").status_code == 404
    assert client.get("/calculator/runs/nonsense/report").status_code == 404


@pytest.mark.parametrize(
    ("accept", "end"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", ""),
        ("*/*", ""),
        ("text/turtle", ".ttl"),
        ("application/ld+json", ".jsonld"),
        ("application/json", ".json"),
        ("application/rdf+xml;q=0.9, text/csv;q=0.5", ".rdf"),
    ],
)
def test_identifier_of_a_run_leads_to_it(kept: tuple[httpx.Client, str, str], accept: str, end: str) -> None:
    client, path, _ = kept
    asked = iri_of_path(path)
    answer = client.get(asked, headers={"accept": accept})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}{end}")
    assert "Accept" in answer.headers["vary"]
    assert client.get(answer.headers["location"]).status_code == 200
    assert client.get(asked, headers={"accept": "image/png"}).status_code == 406
    assert client.get(iri_of_path("0123456789abcdef")).status_code == 404


def iri_of_path(path: str) -> str:
    """The path of the IRI, as the RDF of a run has it, of the run at ``path``."""
    return f"/id/calculation/{path.rpartition('/')[2]}"


@pytest.mark.parametrize("which", [1, 2], ids=["quick mode", "typed"])
def test_report_answers_every_item_of_cheers_in_order(kept: tuple[httpx.Client, str, str], which: int) -> None:
    client, path = kept[0], str(kept[which])
    page = html.document_fromstring(client.get(f"{path}/report").text)
    heads = page.findall(".//main//h3")
    numbered = [" ".join(head.text_content().split()) for head in heads if head.get("id", "").startswith("item-")]
    assert numbered == [f"{number}. {title}" for number, title in enumerate(ITEMS, 1)]
    for head in heads:
        following = head.getnext()
        assert following is not None and following.tag not in ("h2", "h3"), head.text_content()
        assert following.text_content().strip()
    rows = page.xpath("//table[caption='Every number that went in']//tr[td]")
    log = list(csv.DictReader(io.StringIO(client.get(f"{path}/assumptions.csv").text)))
    assert len(rows) == len(log)
    assert [" ".join(row.findtext(".//th/div").split()) for row in rows] == [
        " ".join(line["what"].removeprefix("'").split()) for line in log
    ]


def test_word_report_has_the_items_as_headings_and_the_numbers(kept: tuple[httpx.Client, str, str]) -> None:
    client, path, _ = kept
    word = docx.Document(io.BytesIO(client.get(f"{path}.docx").content))
    heads = [part.text for part in word.paragraphs if part.style is not None and part.style.name == "Heading 2"]
    assert heads == [f"{number}. {title}" for number, title in enumerate(ITEMS, 1)]
    made = json.loads(client.get(f"{path}.json").content)["report"]
    cells = {cell.text for table in word.tables for row in table.rows for cell in row.cells}
    for key in ("pv_gross", "pv_cashable", "pv_cost", "npv"):
        assert any(
            cell.replace("−", "-") == f"{'-' if float(made[key]) < 0 else ''}£{abs(round(float(made[key]))):,}"
            for cell in cells
        ), key
    assert len(word.tables) >= 10


@pytest.mark.parametrize("which", [1, 2], ids=["quick mode", "typed"])
def test_a_run_says_its_result_in_one_way(kept: tuple[httpx.Client, str, str], which: int) -> None:
    client, path = kept[0], str(kept[which])
    made = Report.model_validate(client.get(f"{path}.json").json()["report"])
    page = html.document_fromstring(client.get(path).text)
    said = " ".join(page.xpath("//p[@class='sentence']")[0].text_content().split())
    assert all(rough(abs(value)) in said for value in (made.gross_total, made.cost_total, made.net_total))
    other = other_chances(made)
    assert made.simulation is not None
    for item in made.simulation.chances_at_other_correlations:
        assert f"at {item.correlation:g} it is" in other
    wanted = {said, basis(made)}
    word = docx.Document(io.BytesIO(client.get(f"{path}.docx").content))
    texts = [part.text for part in word.paragraphs]
    assert wanted | ({other} if other else set()) <= set(texts)
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{path}.xlsx").content))
    assert wanted <= {cell.value for line in book["Read me"].iter_rows() for cell in line}
    assert not other or other in {cell.value for line in book["Simulation"].iter_rows() for cell in line}


def test_a_service_without_a_cost_is_named_beside_the_result() -> None:
    scenario = deepcopy(next(case for case in VECTORS if case["id"] == "p8-composite"))
    assert "true cost" not in plain(sentence(run_of(scenario).report, SITE.name))
    name = SITE.name(scenario["interventions"][1]["id"])
    scenario["interventions"][1]["cost"] = {}
    words = f"No cost has been entered for {name}, so the true cost is higher."
    assert plain(sentence(run_of(scenario).report, SITE.name)).endswith(words)
    for part in scenario["interventions"]:
        part["cost"] = {}
    assert "no cost has been entered yet" in plain(sentence(run_of(scenario).report, SITE.name))


def test_json_of_a_kept_run_is_taken_by_the_api(kept: tuple[httpx.Client, str, str]) -> None:
    client, path, _ = kept
    found = client.get(f"{path}.json").json()
    again = client.post("/api/calculator", json=found["scenario"])
    assert again.status_code == 200 and again.json() == found["report"]


def test_links_of_the_report_and_workbook_lead_somewhere(kept: tuple[httpx.Client, str, str]) -> None:
    client, path, _ = kept
    page = html.document_fromstring(client.get(f"{path}/report").text)
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{path}.xlsx").content))
    cells = [cell for sheet in ("Inputs", "Assumptions") for line in book[sheet].iter_rows() for cell in line]
    links = {str(cell.hyperlink.target) for cell in cells if cell.hyperlink}
    links |= set(page.xpath("//div[@class='run-report']//a/@href"))
    ours = {link.partition("#")[0] for link in links}
    assert len(ours) > 20
    once = {link.partition("?")[0]: link for link in sorted(ours)}  # a query page once, whatever its values
    for link in once.values():
        assert client.get(link, follow_redirects=True).status_code == 200, link
