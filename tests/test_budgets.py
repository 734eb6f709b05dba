"""The joint budgets helper: sums to the penny, checks that find what does not agree, files with live sums."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import ironcalc
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from tests.site_fixtures import serve
from wsic_graph.plans.budget_book import workbook
from wsic_graph.plans.budget_files import as_csv
from wsic_graph.plans.budget_input import LONGEST, MOST_LINES, checked, read_fields
from wsic_graph.plans.budget_shares import Worked, shared, sum_of
from wsic_graph.plans.budgets import Budget, Gain, Line, Sum, checks, pounds
from wsic_graph.service.plan_budget import EXAMPLE
from wsic_graph.settings import Settings

D = Decimal
LINES = (
    Line("Council", "council", "Home first", D("450000.00")),
    Line("NHS", "nhs", "Home first", D("620000.50")),
    Line("NHS", "nhs", "Care homes", D("180000.00")),
)
GAINS = (
    Gain("council", D(100), D(10), D(300)),
    Gain("nhs", D(300), D(50), D(0)),
    Gain("other", D(40), D(0), D(0)),
    Gain("", D(0), D(0), D(0)),
)
money = st.decimals(min_value=0, max_value=D("9999999999.99"), places=2)


@pytest.fixture(scope="module")
def site(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The site, with nothing kept yet."""
    with serve(release, Settings(data_dir=tmp_path_factory.mktemp("data"))) as client:
        yield client


def budget_of(*rows: tuple[str, str, str, str], **single: str) -> Budget:
    """The budget of rows that are right."""
    pairs = [pair for row in rows for pair in zip(("partner", "kind", "scheme", "amount"), row, strict=True)]
    found, faults = checked(read_fields([*pairs, *single.items()]))
    assert not faults
    return found


def words_of(*pairs: tuple[str, str]) -> list[str]:
    """What is wrong with what was typed."""
    return [f"{fault.field}: {fault.message}" for fault in checked(read_fields(pairs))[1]]


@given(st.lists(money, min_size=1, max_size=30).filter(any), money, st.booleans())
def test_shares_add_up_to_the_penny_and_are_fair(weights: list[Decimal], size: Decimal, left: bool) -> None:
    variance = -size if left else size
    partners = [Sum(f"p{n}", "other", weight) for n, weight in enumerate(weights)]
    found = shared(partners, weights, variance)
    assert sum(share.amount for share in found) == variance
    for share in found:
        exact = variance * share.weight / sum(weights)
        assert abs(share.amount - exact) < D("0.01")  # so that nobody is more than a penny from what is due
        assert share.amount == share.amount.quantize(D("0.01"))
    for share in found:
        assert share.weight or not share.amount


def test_each_way_to_share_a_known_overspend() -> None:
    budget = Budget(lines=LINES, variance=D("1000.01"), host="nhs ", fixed={"council": D("33.3"), "NHS": D("66.7")})
    found = {option.id: option for option in Worked(budget, GAINS).options}
    parts = {name: [share.amount for share in option.shares] for name, option in found.items()}
    assert parts == {
        # exactly 360.0034… and 640.0065…: the missing penny goes to the larger remainder
        "contribution": [D("360.00"), D("640.01")],
        # the council gains 100 and the NHS 300; what others gain is left out
        "benefit": [D("250.00"), D("750.01")],
        "fixed": [D("333.00"), D("667.01")],
        "host": [D("0.00"), D("1000.01")],
    }
    assert "other partner" in found["benefit"].how
    share = found["contribution"].shares[0]
    assert sum_of(found["contribution"], share, D("1000.01")) == "£450,000 ÷ £1,250,000.50 × £1,000.01 = £360"
    assert share.pays == D("450360.00")
    assert [share.penny for share in found["contribution"].shares] == [False, True]


def test_what_cannot_be_shared_says_what_is_missing() -> None:
    budget = Budget(lines=LINES, variance=D(-5), host="Nobody", fixed={"Council": D(60)})
    found = {option.id: option.why_not for option in Worked(budget).options}
    assert not found["contribution"]
    assert "kept run" in found["benefit"]
    assert found["fixed"] == "The shares of the partners add up to 60% and not to 100%."
    assert found["host"] == "Nobody is no partner of this budget."
    assert Worked(Budget(lines=LINES)).options == []


@pytest.mark.parametrize(
    ("change", "title", "agrees", "words"),
    [
        ({"stated": D("1250000.50")}, "stated total", True, "£1,250,000.50"),
        ({"stated": D("1250000")}, "stated total", False, "£0.50 more"),
        ({"costs": {"HOME  first": D(1_070_000)}}, "Home first has", False, "£0.50 is left"),
        ({"costs": {"Care homes": D(180_001)}}, "Care homes has", False, "£1 is missing"),
        ({"costs": {"Care homes": D(180_000)}}, "Each scheme has the money", True, "Care homes"),
        ({"costs": {"Nothing yet": D(5)}}, "Nothing yet has", False, "£5 is missing"),
        ({"claimed": D(60)}, "No more is to be saved", True, "£60 could become cash"),
        ({"claimed": D(61)}, "No more is to be saved", False, "no cash"),
        ({"claimed": D(441)}, "No more is to be saved", False, "more than everything it frees"),
        ({"claimed": D(2_000_000)}, "No more is to be saved", False, "more than the whole budget"),
        ({"lines": LINES[:1]}, "More than one partner", False, "from Council"),
        ({"lines": (Line("A", "nhs", "B", D(1)),)}, "The budget covers", False, "£300 a year"),
    ],
)
def test_checks_find_what_does_not_agree(change: dict[str, object], title: str, agrees: bool, words: str) -> None:
    budget = Budget(**{"lines": LINES, **change})  # type: ignore[arg-type]
    (check,) = [one for one in checks(budget, GAINS) if title in one.title]
    assert check.agrees is agrees
    assert words in check.words


def test_amounts_as_people_type_them() -> None:
    for text, value in (("£1,234,567.50", "1234567.50"), ("12", "12"), ("0", "0"), (" 1 000 ", "1000")):
        assert budget_of(("A", "nhs", "S", text)).total == D(value)
    assert budget_of(("A", "nhs", "S", "1"), variance="\N{MINUS SIGN}£5,000.05").variance == D("-5000.05")
    for text in ("", "1,5", "12,34,567", "1.234", "abc", "NaN", "1e9", "-1", "99999999999", "=1+1", "١٢"):
        (found,) = words_of(("partner", "A"), ("kind", "nhs"), ("scheme", "S"), ("amount", text))
        assert found.startswith("row 1, amount: ")


def test_errors_name_the_row_and_the_cell() -> None:
    table = "partner;kind;scheme;amount\nA;council;S;10\nB;icb;S;ten\n;wizard;;1\nA;nhs;S;1\nA;council;S;1;2\n"
    assert words_of(("list", table)) == [
        "line 6: has 5 cells",
        "line 3, amount: “ten” is not an amount of money",
        "line 4, partner: is empty",
        "line 4, scheme: is empty",
        "line 4, kind: “wizard” is no kind of partner",
        "line 5, kind: says that A is nhs, and line 2 that it is council",
    ]
    assert words_of(("list", "name,sum\nA,1")) == [
        "line 1: has no column partner and no column kind and no column scheme and no column amount"
    ]
    assert words_of(("list", 'partner,kind\n"a')) == ["table: cannot be read (unexpected end of data)"]
    long = "x" * (LONGEST + 1)
    assert any("too long" in words for words in words_of(("partner", long), ("scheme", "S"), ("amount", "1")))
    many = [
        pair
        for _ in range(MOST_LINES + 1)
        for pair in (("partner", "A"), ("kind", "nhs"), ("scheme", "S"), ("amount", "1"))
    ]
    assert words_of(*many) == [f"contributions: has {MOST_LINES + 1} rows"]
    assert words_of(("sharer", "A"), ("share", "140")) == ["share of A: “140” is no share"]
    assert words_of(("run", "../../etc")) == ["run: “../../etc” is no kept run"]


@given(st.lists(st.tuples(st.text(), st.text(), st.text(), st.text()), max_size=5), st.text(), st.text())
@settings(max_examples=60)
def test_no_text_breaks_the_reading(rows: list[tuple[str, ...]], single: str, table: str) -> None:
    pairs = [pair for row in rows for pair in zip(("partner", "kind", "scheme", "amount"), row, strict=True)]
    for extra in ([], [("list", table)]):
        budget, _ = checked(read_fields([*pairs, ("variance", single), ("run", single), ("stated", single), *extra]))
        worked = Worked(budget)
        assert len(worked.options) in (0, 4)
        assert budget.total == sum(one.amount for one in budget.partners)


def test_a_budget_comes_back_from_its_own_table() -> None:
    names = ("=cmd|'/c calc'!A0", "+44", "-minus", "@you", "A “quoted”, name", "Ordinary")
    budget = Budget(lines=tuple(Line(name, "nhs", name, D(n + 1)) for n, name in enumerate(names)))
    text = as_csv(budget)
    assert not [cell for line in csv.reader(io.StringIO(text)) for cell in line if cell[:1] in tuple("=+-@")]
    again, faults = checked(read_fields([("list", text)]))
    assert not faults
    assert again.lines == budget.lines


def test_the_address_has_the_whole_budget() -> None:
    pairs = parse_qsl(urlsplit(EXAMPLE).query)
    typed = read_fields(pairs)
    assert sorted(typed.pairs()) == sorted(pairs)
    assert read_fields(typed.pairs()) == typed


def test_workbook_has_live_sums_that_a_spreadsheet_agrees_with(tmp_path: Path) -> None:
    lines = tuple(
        Line(f"P* {n % 7}", ("council", "nhs", "other")[n % 7 % 3], f"=S {n % 3}", D(n * n * 7_919_317 % 10**9) / 100)
        for n in range(21)
    )
    budget = Budget(
        "=1+1",
        lines,
        {"=S 0": D(100)},
        variance=D("-1234.57"),
        host="P* 3",
        fixed={f"P* {n}": D(100) / 8 for n in range(6)} | {"P* 6": D(25)},
    )
    worked = Worked(budget, GAINS)
    path = tmp_path / "budget.xlsx"
    path.write_bytes(workbook(worked, "https://example.org/plan/budget", date(2026, 11, 22)))
    assert openpyxl.load_workbook(path)["Contributions"]["A1"].value == "=1+1"  # kept as text, checked below
    assert openpyxl.load_workbook(path)["Contributions"]["A1"].data_type == "s"
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    names = [sheet["name"] for sheet in model.get_worksheets_properties()]

    def value(sheet: str, row: int, column: int) -> str:
        return str(model.get_formatted_cell_value(names.index(sheet), row, column))

    def amount(sheet: str, row: int, column: int) -> Decimal:
        return D(value(sheet, row, column).replace(",", ""))

    for row, partner in enumerate(budget.partners, 4):
        assert value("Partners", row, 1) == partner.name
        assert amount("Partners", row, 3) == partner.amount
    for row, scheme in enumerate(budget.schemes, 5):
        assert amount("Schemes", row, 2) == scheme.amount
    options = {option.title: option for option in worked.options}
    row, seen = 1, 0
    while seen < len(options):
        option = options.get(value("Risk share", row, 1))
        row += 1
        if option is None:
            continue
        seen += 1
        first = row + 2
        for place, share in enumerate(option.shares):
            assert amount("Risk share", first + place, 7) == share.amount, option.title
            assert amount("Risk share", first + place, 8) == share.pays
        assert amount("Risk share", first + len(option.shares), 7) == budget.variance


def text_of(answer: httpx.Response) -> str:
    """The words of the main part of a page."""
    (main,) = html.fromstring(answer.text).xpath("//main")
    return " ".join(str(main.text_content()).split())


def test_the_form_leads_to_an_address_that_shows_the_result(site: httpx.Client) -> None:
    pairs = parse_qsl(urlsplit(EXAMPLE).query)
    answer = site.post("/plan/budget", data=dict(pairs) | {"act": ""}, content=None)
    assert answer.status_code == 303
    sent = site.get(EXAMPLE)
    words = text_of(sent)
    assert sent.status_code == 200
    assert sent.headers["cache-control"] == "no-store"
    assert "2 partners put £1,250,000 a year into 2 schemes" in words
    assert "1 check does not agree" in words  # Home first has less than it costs
    assert "£30,000 is missing" in words
    assert "£450,000 ÷ £1,250,000 × £60,000.01 = £21,600" in words
    assert "The graph holds no minimum contribution of a single area" in words


def test_pasted_table_and_more_rows(site: httpx.Client) -> None:
    template = site.get("/plan/budget/template.csv").text
    answer = site.post("/plan/budget", data={"list": template, "title": "T"})
    assert answer.status_code == 303
    page = site.get(answer.headers["location"])
    assert "2 partners put £1,250,000.50" in text_of(page)
    wrong = site.post("/plan/budget", data={"list": template.replace("180000", "lots")})
    assert wrong.status_code == 422
    assert "Line 4, amount: “lots” is not an amount of money." in text_of(wrong)
    more = site.post("/plan/budget", data={"partner": "A", "kind": "nhs", "scheme": "", "amount": "", "act": "more"})
    assert more.status_code == 200
    assert len(html.fromstring(more.text).xpath('//input[@name="partner"]')) == 7


def test_names_are_escaped_and_a_long_budget_needs_no_address(site: httpx.Client) -> None:
    name = '"><script>alert(1)</script>'
    rows = "".join(f'"{name.replace(chr(34), chr(34) * 2)} {n}",other,{"s" * 60} {n},10\n' for n in range(80))
    answer = site.post("/plan/budget", data={"list": f"partner,kind,scheme,amount\n{rows}"})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "80 partners put £800" in text_of(answer)
    page = html.fromstring(answer.text)
    (form,) = page.xpath('//form[@action="/plan/budget.csv"]')
    data = [(field.get("name"), field.get("value")) for field in form.xpath(".//input")]
    body = httpx.QueryParams(data)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert len(site.post("/plan/budget.csv", content=str(body), headers=kind).text.splitlines()) == 81
    assert site.post("/plan/budget.json", content=str(body), headers=kind).json()["total"] == "800.00"


def test_files(site: httpx.Client) -> None:
    query = urlsplit(EXAMPLE).query
    tree = json.loads(site.get(f"/plan/budget.json?{query}").text)
    assert tree["total"] == "1250000.00"
    assert [one["share"] for one in tree["risk_shares"][2]["shares"]] == ["30000.01", "30000.00"]
    assert site.get(f"/plan/budget.xlsx?{query}").content[:2] == b"PK"
    assert site.get(f"/plan/budget.doc?{query}").status_code == 404
    assert site.get("/plan/budget.csv").status_code == 422
    assert site.get("/plan/budget.csv?partner=A&amount=x").status_code == 422


def test_who_gains_comes_from_a_kept_run(site: httpx.Client) -> None:
    choice = {"area": "E06000027", "interventions": ["hospital-at-home"], "cohort": "65plus", "horizon": 2}
    kept = site.post("/calculator/runs", json={**choice, "payers": {"social-care": 1}})
    assert kept.status_code == 201, kept.text
    run = kept.json()["id"]
    everything = site.get(f"/calculator/runs/{run}.json").json()
    report = everything.get("report") or everything
    query = f"run={kept.json()['url']}&{urlsplit(EXAMPLE).query}"
    tree = site.get(f"/plan/budget.json?{query}").json()
    gains = {one["kind"]: one for one in tree["gains_a_year"]}
    gained = [D(report["gross_by_sector"].get(name, "0")) for name in ("acute", "community", "primary")]
    acute = sum(gained, D(0)) / 2
    assert abs(D(gains["NHS commissioner"]["gains"]) - acute) <= 1
    assert gains["NHS commissioner"]["contributes"] == "800000.00"
    assert sum(D(one["share"]) for one in tree["risk_shares"][1]["shares"]) == D("60000.01")
    page = site.get(f"/plan/budget?{query}")
    assert page.status_code == 200
    assert f'href="/calculator/runs/{run}"' in page.text
    unknown = site.get("/plan/budget?run=0123456789abcdef&partner=A&kind=nhs&scheme=S&amount=1")
    assert unknown.status_code == 422
    assert "is no run that was kept here" in text_of(unknown)


def test_pounds() -> None:
    assert [pounds(D(text)) for text in ("0", "-0.05", "1234.5", "1000000")] == [
        "£0",
        "\N{MINUS SIGN}£0.05",
        "£1,234.50",
        "£1,000,000",
    ]
