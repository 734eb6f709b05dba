"""The calculator as people use it: from an area to a result, to a kept run, with and without JavaScript."""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from lxml import html
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from tests.site_fixtures import serve
from tests.test_browser import LOOKS, RULES, THIN
from wsic_graph import __version__, cli
from wsic_graph.calculator.examples import ONE_INTERVENTION
from wsic_graph.calculator.money import rough
from wsic_graph.prefill import Prefilled
from wsic_graph.runs.record import read_record
from wsic_graph.runs.request import AREA_EXAMPLES
from wsic_graph.service.calculator_state import read_state, typed
from wsic_graph.settings import Settings, get_settings

TWO = "area=E06000027&cohort=65plus&intervention=reablement&intervention=hospital-at-home&evidence=all"
PAGE = f"/calculator?{TWO}"
TWELVE = (
    "case-management", "hospital-at-home", "reablement", "telehealth", "telecare", "integrated-provider",
    "multidisciplinary-teams", "intermediate-care", "comprehensive-geriatric-assessment", "care-home-support",
    "discharge-coordination", "social-prescribing",
)  # fmt: skip
"""Services of a large programme, those with the most estimates."""
COST = "/interventions/hospital-at-home/cost/fixed"
JSON = {"Accept": "application/json"}
SHIFTED = """[...document.querySelectorAll("table.cards")].flatMap((table) => {
  const heads = [...table.querySelectorAll("thead th")].map((head) => head.getBoundingClientRect().left);
  return [...table.querySelectorAll("tbody td")].filter((cell) => cell.colSpan === 1
    && Math.abs(cell.getBoundingClientRect().left - heads[cell.cellIndex]) > 1).map((cell) => cell.dataset.label);
})"""
"""The labels of the cells of printed tables that do not stand under their head."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the site of this file keeps its runs."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def site(release: Path, data: Path) -> Iterator[httpx.Client]:
    with serve(release, Settings(data_dir=data)) as client:
        yield client


def text_of(page: str) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def sentence(page: str) -> str:
    """The sentence with the result."""
    found = re.search(r'<p class="sentence">(.*?)</p>', page, re.DOTALL)
    assert found
    return text_of(found[1]).strip()


def kept(client: httpx.Client, query: str) -> str:
    """The path of the run that is kept for the choices in ``query``."""
    made = client.post("/calculator/runs", content=query, headers=FORM)
    assert made.status_code == 303, made.text
    assert re.fullmatch(r"/calculator/runs/[0-9a-f]{16}", made.headers["location"])
    return made.headers["location"]


# ------------------------------------------------------------ the page


def test_it_begins_with_what_has_to_be_chosen_and_is_no_error(site: httpx.Client) -> None:
    for query, words in (
        ("", "Choose a council and either"),
        ("?area=E06000027", "Next, choose a value case or services"),
        ("?value_case=torbay", "Next, choose a council"),
    ):
        page = site.get(f"/calculator{query}")
        assert page.status_code == 200
        assert words in sentence(page.text)
    assert 'value="torbay" selected' in site.get("/calculator?value_case=torbay").text


def test_a_result_has_its_three_numbers_and_says_what_api_says(site: httpx.Client) -> None:
    page = site.get(PAGE)
    assert page.status_code == 200
    asked = {
        "area": "E06000027",
        "cohort": "65plus",
        "interventions": ["reablement", "hospital-at-home"],
        "evidence": "all",
    }
    answer = site.post("/api/calculator", json=asked).json()
    strip = re.search(r'<dl class="strip">(.*?)</dl>', page.text, re.DOTALL)
    assert strip
    values = re.findall(r'<data class="big" value="([^"]+)">([^<]+)', strip[1])
    expected = [answer[name] for name in ("gross_total", "cashable_total", "cost_total", "net_total")]
    assert [(f"{float(value):.2f}", words) for value, words in values] == [
        (money, rough(float(money))) for money in expected
    ]
    text = text_of(page.text)
    assert answer["simulation"]["chance_of_net_saving"]["sentence"] in text
    assert answer["simulation"]["chance_of_net_saving_cashable"]["sentence"] in text
    assert "not the chance that the evidence does not fit this area" in text
    assert "These are no probabilities" in text


def test_every_number_leads_to_its_source_and_its_query(site: httpx.Client) -> None:
    page = site.get(PAGE).text
    answer = site.post(
        "/api/calculator", json={"area": "E06000027", "interventions": ["reablement"], "cohort": "65plus"}
    ).json()
    rows = re.findall(r'<tr role="row" id="n-[^"]*">(.*?)</tr>', page, re.DOTALL)
    assert len(rows) > 50 > len([item for item in answer["assumptions"] if item["figures"]])
    for row in rows:
        assert "How, and where from" in row
        if "verified" in row or 'href="/sources/' in row:
            assert 'href="/queries/' in row
    linked = [row for row in rows if 'href="/queries/' in row]
    assert len(linked) > 15
    assert all('href="/sources/' in row or 'href="/evidence/' in row for row in linked)
    links = list(dict.fromkeys(re.findall(r'href="(/(?:queries|sources|evidence)/[^"]+)"', "".join(linked))))
    for path in links[::4]:
        assert site.get(unescape(path)).status_code == 200, path


@pytest.mark.parametrize("area", ["E06000027", "E10000017", "E09000009"])
def test_every_number_has_its_value_unit_source_date_and_mark(site: httpx.Client, area: str) -> None:
    page = html.document_fromstring(site.get(f"/calculator?area={area}&value_case=torbay&cohort=65plus").text)
    rows = page.xpath("//div[@id='numbers']//tr[starts-with(@id, 'n-')]")
    assert len(rows) > 100
    sourced = 0
    for row in rows:
        name, value = row.find("th"), row.xpath("td[@data-label='Value']")[0]
        assert value.find(".//data").text_content().strip(), row.get("id")
        if not value.find(".//data").text_content().startswith("£"):
            assert value.xpath("string(.//span[@class='quiet'])").strip(), f"{row.get('id')} has no unit"
        mark = value.xpath("string(.//span[contains(@class, 'mark')])")
        origin = row.xpath("td[@data-label='How, and where from']")[0]
        links = origin.xpath(".//a/@href")
        if any(link.startswith(("/sources/", "/evidence/")) for link in links):
            sourced += 1
            assert any(link.startswith("/queries/") for link in links), row.get("id")
            assert name.xpath("string(.//span[@class='quiet'])").strip(), f"{row.get('id')} has no date"
        else:
            assert mark in ("modelled", "recalled", "yours"), row.get("id")
            assert len(origin.text_content().split()) > 2, f"{row.get('id')} does not say how"
    assert sourced > 20


def test_tables_add_up_to_the_pound(site: httpx.Client) -> None:
    page = site.get(PAGE).text
    table = re.search(r"Who pays and who gains</caption>(.*?)</table>", page, re.DOTALL)
    assert table
    rows = [
        [
            int(unescape(cell).replace("£", "").replace(",", "").replace("\N{MINUS SIGN}", "-"))
            for cell in re.findall(r'class="num"><div>([^<]+)', row)
        ]
        for row in re.findall(r"<tr.*?</tr>", table[1], re.DOTALL)[1:]
    ]
    assert [sum(column) for column in zip(*rows[:-1], strict=True)] == rows[-1]
    assert all(gross - cost == net for gross, _, cost, net in rows)


def test_your_number_takes_the_place_of_the_one_filled_in(site: httpx.Client) -> None:
    before, after = site.get(PAGE).text, site.get(f"{PAGE}&set={COST}:250000").text
    assert sentence(before) != sentence(after)
    assert "1 changed by you" in after and "1 changed by you" not in before
    assert f'name="set:{COST}" value="250000"' in after
    said = site.get(f"{PAGE}&set={COST}:%C2%A3250,000").text  # as people write it
    assert sentence(said) == sentence(after)


def test_the_form_leads_to_an_address_with_only_what_was_entered(site: httpx.Client) -> None:
    form = {
        "area": "Torbay",
        "cohort": "65plus",
        "intervention": "reablement",
        "horizon": "5",
        "persons": "",
        f"set:{COST}": "",
        "set:/interventions/reablement/ramp": "0.25, 0.5 1 1 1",
        "payer:social-care": "100%",
    }
    sent = site.post("/calculator", data=form)
    assert sent.status_code == 303
    target = urlsplit(sent.headers["location"])
    assert parse_qs(target.query) == {
        "area": ["Torbay"],
        "cohort": ["65plus"],
        "intervention": ["reablement"],
        "set": ["/interventions/reablement/ramp:0.25, 0.5 1 1 1"],
        "payer": ["social-care:100%"],
    }
    page = site.get(sent.headers["location"])
    assert page.status_code == 200
    assert "0.25, 0.5, 1, 1, 1" in page.text
    assert "Not yet said who" not in page.text


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        (f"{TWO}&set=/interventions/reablement/uptake:3", "set:/interventions/reablement/uptake", "from 0 to 1"),
        (f"{TWO}&set=/interventions/reablement/uptake:many", "set:/interventions/reablement/uptake", "not a number"),
        (f"{TWO}&persons=-5", "persons", "is not a number of people"),
        (f"{TWO}&horizon=99", "horizon", "from 1 to 10"),
        (f"{TWO}&cohort=martians", "cohort", "is not a choice of people"),
        ("area=E06000027&intervention=reablement&cohort=frailty", "persons", "give their number"),
        (f"{TWO}&deadweight=reablement--emergency-admissions:7", "deadweight:", "from 0 to 1"),
        (f"{TWO}&payer=acute:0.4", "payer", "sum"),
        ("area=yorkshire&intervention=reablement", "area", "may be one of several"),
        ("area=atlantis&intervention=reablement", "area", "No area has"),
        ("area=E06000027&intervention=magic", "intervention", "is not an intervention"),
        ("area=E06000027&value_case=magic", "value_case", "is not a value case"),
        (f"{TWO}&set=/nowhere/at/all:5", "", "leads to nothing"),
        (f"{TWO}&set=nonsense", "", "has no colon"),
        (f"{TWO}&evidence=wishful", "evidence", "is not one of"),
        (f"{TWO}&overlap=falls:0.5", "", "no outcome on which several"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(site: httpx.Client, query: str, field: str, words: str) -> None:
    page = site.get(f"/calculator?{query}")
    assert page.status_code == 422
    assert words in text_of(page.text)
    assert "Not calculated yet" in page.text
    assert 'class="strip"' not in page.text  # no half result
    if field and field != "intervention":
        wrong = re.search(rf'<(?:input|select)[^>]*name="{re.escape(field)}[^>]*aria-invalid="true"', page.text)
        assert wrong or field == "payer"
    for name, values in parse_qs(query).items():
        if name in ("persons", "set") and ":" in values[0] and field:
            assert f'value="{values[0].rpartition(":")[2]}"' in page.text


def test_without_a_usable_effect_it_says_so(site: httpx.Client) -> None:
    page = site.get("/calculator?area=E06000027&intervention=joint-commissioning")
    assert page.status_code == 422 or "None of the services chosen has an effect" in sentence(page.text)
    assert page.status_code == 200


def test_recalled_effects_are_left_out_unless_asked_for(site: httpx.Client) -> None:
    query = "/calculator?area=E06000027&intervention=multidisciplinary-teams&evidence=all"
    without, with_them = site.get(query), site.get(f"{query}&recalled=yes")
    assert "Rests only on findings that were recalled" in text_of(without.text)
    assert "Rests only on findings that were recalled" not in text_of(with_them.text)


def test_uncontrolled_effects_ask_for_a_deadweight_and_overlaps_are_offered(site: httpx.Client) -> None:
    name = "deadweight:reablement--emergency-admissions"
    assert f'name="{name}"' in site.get(PAGE).text
    page = site.get(f"{PAGE}&deadweight=reablement--emergency-admissions:0.5")
    assert page.status_code == 200 and f'name="{name}" value="0.5"' in page.text
    torbay = "/calculator?area=E06000027&value_case=torbay&cohort=65plus"
    both = site.get(torbay).text
    assert 'name="overlap:emergency-admissions"' in both
    assert sentence(site.get(f"{torbay}&overlap=emergency-admissions:1").text) != sentence(both)


@pytest.mark.parametrize("programme", [["value_case=torbay"], [f"intervention={name}" for name in TWELVE]])
def test_the_page_is_light_enough(site: httpx.Client, programme: list[str]) -> None:
    query = "&".join(["area=E06000027&cohort=65plus&evidence=all&recalled=yes&horizon=10", *programme])
    with site.stream("GET", f"/calculator?{query}", headers={"Accept-Encoding": "gzip"}) as page:
        assert page.status_code == 200 and page.headers["content-encoding"] == "gzip"
        assert sum(map(len, page.iter_raw())) < 60_000


def test_numbers_are_read_as_people_write_them() -> None:
    assert typed("£1,250,000.50") == "1250000.50"
    assert typed("40%") == "0.4"
    assert typed("\N{MINUS SIGN}0.2") == "-0.2"
    assert typed("0.25; 0.5 1", "/interventions/x/ramp") == ["0.25", "0.5", "1"]
    assert typed("12 people") == "12 people"
    state = read_state([("set:/a/b", " 3 "), ("set", "/c:4"), ("payer:acute", ""), ("area", "x"), ("area", "y")])
    assert state.paired["set"] == {"/a/b": "3", "/c": "4"} and not state.paired["payer"] and state["area"] == "y"
    assert read_state(parse_pairs(state.address())) == state


def parse_pairs(address: str) -> list[tuple[str, str]]:
    return [(name, value) for name, values in parse_qs(urlsplit(address).query).items() for value in values]


# ------------------------------------------------------------ kept runs


def test_a_kept_run_gives_the_same_numbers_after_a_restart(release: Path, site: httpx.Client, data: Path) -> None:
    path = kept(site, f"{TWO}&set={COST}:250000&payer=acute:1")
    assert kept(site, f"{TWO}&set={COST}:250000.0&payer=acute:1") != path
    assert kept(site, f"{TWO}&set={COST}:250000&payer=acute:1") == path
    first = site.get(path)
    assert first.status_code == 200
    assert sentence(first.text) == sentence(site.get(f"{PAGE}&set={COST}:250000&payer=acute:1").text)
    with serve(release, Settings(data_dir=data)) as again:
        assert again.get(path).text == first.text.replace(str(site.base_url), str(again.base_url))
    assert __version__ in first.text and "seed 20130701" in text_of(first.text)
    link = re.search(r'href="(/calculator\?[^"]+)">Change something', first.text)
    assert link and sentence(site.get(unescape(link[1])).text) == sentence(first.text)
    for name in ("f" * 16, "nonsense", "../links"):
        assert site.get(f"/calculator/runs/{name}").status_code == 404


def test_nothing_personal_is_kept_and_bad_choices_are_not(site: httpx.Client, data: Path) -> None:
    kept(site, TWO)
    assert b"127.0.0.1" not in (data / "runs.sqlite3").read_bytes()
    refused = site.post("/calculator/runs", data={"area": "E06000027", "intervention": "reablement", "horizon": "99"})
    assert refused.status_code == 303 and refused.headers["location"].startswith("/calculator?")
    cross = site.post("/calculator/runs", data={"area": "x"}, headers={"Origin": "https://elsewhere.example"})
    assert cross.status_code == 403
    same = {"Origin": str(site.base_url).rstrip("/")}
    assert site.post("/calculator/runs", data={"area": "E06000027"}, headers=same).status_code == 303


def test_a_run_of_older_data_tells_what_changed(site: httpx.Client, data: Path) -> None:
    path = kept(site, f"{TWO}&horizon=4")
    before = sentence(site.get(path).text)
    with sqlite3.connect(data / "runs.sqlite3") as base:
        (stored,) = base.execute("SELECT text FROM kept WHERE code = ?", (path.rsplit("/", 1)[1],)).fetchone()
        record = json.loads(zlib.decompress(stored))
        record["data_version"] = "an-older-version"
        people = next(item for item in record["prefilled"]["assumptions"] if item["key"] == "/segments/0/population")
        people["value"] = record["scenario"]["segments"][0]["population"] = 30_000
        older = read_record(json.dumps(record))
        base.execute("INSERT INTO kept VALUES (?, ?)", (older.identifier, zlib.compress(older.text().encode())))
    page = site.get(f"/calculator/runs/{older.identifier}").text
    text = text_of(page)
    assert "The data have changed since" in text and "1 number that went into it is another now" in text
    assert "an-older-version" in text and "30,000" in text and "38,234" in text
    assert sentence(page) != before  # of its own numbers, not of today's
    link = re.search(r'href="(/calculator\?[^"]+)">Calculate it with today', page)
    assert link and sentence(site.get(unescape(link[1])).text) == before
    assert "The data have changed" not in site.get(path).text


def test_runs_side_by_side(site: httpx.Client) -> None:
    one, two = kept(site, TWO), kept(site, f"{TWO}&set={COST}:250000&payer=acute:1")
    names = [path.rsplit("/", 1)[1] for path in (one, two)]
    page = site.get("/calculator/compare", params={"run": [one, f"http://any.host{two}"]})
    text = text_of(page.text)
    assert page.status_code == 200
    assert "Who pays" in text and "Acute hospitals 1" in text and "Run 2 less run 1" in text
    assert "the same random numbers" in text and "Chance of a net saving" in text
    costs = re.search(r"<div>Cost</div>(.*?)</tr>", page.text, re.DOTALL)
    assert costs
    first, second = (float(value) for value in re.findall(r'<data value="([^"]+)"', costs[1]))
    assert rough(second - first) in costs[1]
    assert site.get("/calculator/compare").status_code == 200
    assert site.get("/calculator/compare?run=nothing").status_code == 404
    mixed = site.get("/calculator/compare", params={"run": [names[0], "nothing"]})
    assert mixed.status_code == 200 and "nothing" in mixed.text


def test_a_client_keeps_only_so_many(release: Path, tmp_path: Path) -> None:
    with serve(release, Settings(data_dir=tmp_path, runs_per_hour=1, calculation_places=1, client_waiting=0)) as client:
        first = kept(client, TWO)
        refused = client.post("/calculator/runs", data={"area": "E06000027", "intervention": "telecare"})
        assert refused.status_code == 429 and "kept runs" in refused.text
        assert kept(client, TWO) == first
        asked = [f"{PAGE}&horizon={years}" for years in range(6, 10)]
        with ThreadPoolExecutor(len(asked)) as threads:
            answers = list(threads.map(client.get, asked))
        assert {answer.status_code for answer in answers} == {200, 429}
        busy = next(answer for answer in answers if answer.status_code == 429)
        assert busy.headers["retry-after"]
        tells_to_try_again(client, busy, "calculations running")


def tells_to_try_again(client: httpx.Client, answer: httpx.Response, words: str) -> None:
    """A page for people that says what happened and leads back to what they chose."""
    text = text_of(answer.text)
    assert answer.headers["content-type"].startswith("text/html")
    assert words in text and "What you chose is not lost" in text
    again = re.search(r'href="([^"]+)">Try again', answer.text)
    assert again and client.base_url.join(unescape(again[1])) == answer.url


def test_a_page_that_takes_too_long_says_so(release: Path, tmp_path: Path) -> None:
    with serve(release, Settings(data_dir=tmp_path, calculation_seconds=0.01)) as client:
        answer = client.get(PAGE)
        assert answer.status_code == 503
        tells_to_try_again(client, answer, "took longer than 0.01 seconds")
        refused = client.post("/calculator/runs", content=TWO, headers=FORM)
        assert refused.status_code == 503 and "Try again" not in refused.text


# ------------------------------------------------------------ API and command


@pytest.mark.parametrize("example", AREA_EXAMPLES.values(), ids=AREA_EXAMPLES)
def test_api_takes_an_area_and_tells_all_that_went_in(site: httpx.Client, example: dict[str, object]) -> None:
    answer = site.post("/api/calculator", json=example)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert set(Prefilled.__dataclass_fields__) <= set(found)
    again = site.post("/api/calculator", json=found["scenario"]).json()
    assert {name: found[name] for name in again} == again
    made = site.post("/calculator/runs", json=example)
    assert made.status_code == 201
    assert site.get(f"/calculator/runs/{made.json()['id']}").status_code == 200


def test_a_typed_scenario_is_kept_too_without_its_notes(site: httpx.Client, data: Path) -> None:
    made = site.post("/calculator/runs", json={**ONE_INTERVENTION, "why": "a note with a name"})
    assert made.status_code == 201
    page = site.get(f"/calculator/runs/{made.json()['id']}")
    assert page.status_code == 200 and "typed in full" in page.text
    with sqlite3.connect(data / "runs.sqlite3") as base:
        texts = [zlib.decompress(row[0]) for row in base.execute("SELECT text FROM kept")]
    assert not any(b"a note with a name" in text for text in texts)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"horizon": 50}, "horizon"),
        ({"interventions": ["magic"]}, "interventions"),
        ({"areas": "x"}, "areas"),
        ({"persons": float(10**12)}, "persons"),
        ({"recalled": "perhaps"}, "recalled"),
        ({"overrides": {"/nowhere": 1}}, "overrides"),
        ({"overrides": {COST: {"deep": {"er": 1}}}}, "overrides"),
        ({"deadweight": {"no-such-effect": 1}}, "deadweight"),
        ({"area": "E99"}, "area"),
    ],
)
def test_api_names_what_is_wrong_with_an_area(site: httpx.Client, change: dict[str, object], field: str) -> None:
    asked = {"area": "E06000027", "interventions": ["hospital-at-home"], **change}
    for path in ("/api/calculator", "/calculator/runs"):
        answer = site.post(path, json=asked)
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        fault = answer.json()["faults"][0]
        assert fault["field"] == field and fault["message"] and fault["limit"]


def test_hostile_json_is_refused(site: httpx.Client) -> None:
    head = {"Content-Type": "application/json"}
    for body in (
        '{"area": "E06000027", "interventions": ["telecare"], "overrides": {"/segments/0/population": NaN}}',
        '{"area": "\\ud800", "interventions": ["telecare"]}',
        '{"area": "E06000027", "area": "E06000027"}',
        '{"area": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"area": "E06000027", "interventions": ["telecare"], "persons": 1' + "0" * 400 + "}",
    ):
        for path in ("/api/calculator", "/calculator/runs"):
            assert site.post(path, content=body, headers=head).status_code == 422, body[:60]


def test_command_takes_both_shapes(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = json.dumps(AREA_EXAMPLES["area-and-interventions"])
    monkeypatch.setenv("WSIC_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    missing = CliRunner().invoke(cli.app, ["calculate", "-"], input=asked)
    assert missing.exit_code == 2 and "wsic build" in missing.stderr
    (tmp_path / "release").symlink_to(release)
    found = CliRunner().invoke(cli.app, ["calculate", "-"], input=asked)
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["scenario"]["segments"]
    get_settings.cache_clear()


# ------------------------------------------------------------ in a browser


def open_at(browser: Browser, site: httpx.Client, path: str, script: bool = True) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=script)
    page = context.new_page()
    page.goto(f"{site.base_url}{path}")
    return page


def test_from_an_area_to_a_kept_run_without_javascript(browser: Browser, site: httpx.Client) -> None:
    page = open_at(browser, site, "/areas/E06000027", script=False)
    page.get_by_role("link", name="Start the calculator with this area").click()
    page.get_by_label("Whose care").select_option("65plus")
    page.get_by_label("Follow a value case").select_option("torbay")
    page.get_by_role("button", name="Calculate", exact=True).click()
    assert "value_case=torbay" in page.url
    before = page.locator("#summary .sentence").inner_text()
    page.get_by_label("Your value: Share of emergency admissions that becomes cash").fill("0.4")
    page.get_by_role("button", name="Calculate with your numbers").click()
    assert "set=/outcomes/emergency-admissions/cashable:0.4" in page.url
    after = page.locator("#summary .sentence").inner_text()
    assert after != before
    page.get_by_role("button", name="Keep this result").click()
    assert "/calculator/runs/" in page.url
    assert page.locator(".sentence").first.inner_text() == after
    page.context.close()


def test_it_calculates_while_one_types(browser: Browser, site: httpx.Client) -> None:
    page = open_at(browser, site, "/calculator")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.get_by_label("Council, by name or code").fill("Torbay")
    page.get_by_label("Whose care").select_option("65plus")
    page.get_by_label("Hospital at home").check()
    summary = page.locator("#summary .sentence")
    expect(summary).to_contain_text("Over 5 years")
    expect(page).to_have_url(re.compile("area=E06000027.*intervention=hospital-at-home"))
    before = summary.inner_text()
    field = page.get_by_label("Your value: Hospital at home: cost a year")
    field.press_sequentially("250000")
    expect(summary).not_to_have_text(before)
    expect(field).to_be_focused()
    expect(field).to_have_value("250000")
    expect(page.locator("#live-status")).to_contain_text("Over 5 years")
    field.fill("plenty")
    wrong = page.locator(".wrong", has_text="not a number")
    expect(wrong.first).to_be_visible()
    expect(page.locator("#summary")).to_contain_text("Not calculated yet")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("250000")
    expect(summary).to_contain_text("Over 5 years")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    address = page.url
    words = summary.inner_text()
    page.reload()
    assert page.url == address and page.locator("#summary .sentence").inner_text() == words
    assert not problems
    page.context.close()


def test_the_whole_journey_by_keyboard(browser: Browser, site: httpx.Client) -> None:
    page = open_at(browser, site, "/calculator")
    page.locator("#area").focus()
    page.keyboard.type("Torbay")
    page.keyboard.press("Escape")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator("#value_case")).to_be_focused()
    page.keyboard.type("Torbay")
    page.keyboard.press("Tab")
    summary = page.locator("#summary .sentence")
    expect(summary).to_contain_text("Over 5 years")
    keep = page.get_by_role("button", name="Keep this result")
    keep.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/calculator/runs/"))
    page.context.close()


def test_axe_finds_nothing_on_a_run_and_a_comparison(browser: Browser, site: httpx.Client) -> None:
    one, two = (kept(site, f"area=E06000027&intervention=falls-prevention&horizon={years}") for years in (1, 2))
    page = open_at(browser, site, one)
    for path in (one, f"{one}/report", f"/calculator/compare?run={one}&run={two}"):
        page.goto(f"{site.base_url}{path}")
        page.evaluate("document.querySelectorAll('details').forEach((item) => item.open = true)")
        page.set_viewport_size({"width": 718, "height": 800})  # A4 less its margins
        page.emulate_media(media="print")
        assert page.evaluate(SHIFTED) == [], f"{path}: cells that stand under the head of another column"
        page.emulate_media(media="screen")
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(THIN)
        for scheme, width in (LOOKS[0], LOOKS[-1]):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
            assert not found.response["violations"], f"{path} {scheme} {width}\n{found.generate_report()}"
    page.context.close()


def test_a_number_of_the_result_leads_to_where_it_is_from(browser: Browser, site: httpx.Client) -> None:
    page = open_at(browser, site, PAGE, script=False)
    page.locator("#summary").get_by_role("link", name="Cost").click()
    expect(page.get_by_label("Your value: Reablement, Reablement: cost per person")).to_be_visible()
    page.context.close()
