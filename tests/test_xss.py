"""Markup in every field of every form, by a true browser: it is text wherever it is shown, and nothing of it runs.

Forms are found in the pages and filled whatever fields they have. The last test holds the forms that were
sent against the routes of the site, so that a new one is noticed.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from lxml import etree, html
from playwright.sync_api import Browser
from starlette.routing import compile_path

from tests.ledger_fixtures import PASSWORD, WIGAN, letter, link_in
from tests.plan_fixtures import WORKED
from tests.site_fixtures import serve
from tests.test_ledger_upload import HEADINGS
from tests.test_people_rights import routes_of
from tests.watched import LONG, SHORT, SHOWN, Watched
from wsic_graph.calculator.examples import ONE_INTERVENTION
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.ledger import submissions
from wsic_graph.ledger.people import add_account
from wsic_graph.ledger.revisions import last_change
from wsic_graph.ledger.store import Ledger
from wsic_graph.service.app import create_app
from wsic_graph.service.web import Web
from wsic_graph.settings import Settings

NO_BROWSER = {
    "/account/elsewhere/connect": "a button alone; the provider's page is not ours",
    "/account/elsewhere/disconnect": "a button alone",
    "/api/calculator": "answers JSON",
    "/api/plan": "answers JSON",
    "/api/service-check": "answers JSON",
    "/plan/budget.{form}": "answers a file of what the page of the budget shows",
    "/api/submissions": "answers JSON; what it keeps is shown with the other submissions",
}
"""Routes that take text and that no page sends a form to."""
TORBAY = "initiative/torbay-care-trust"
KINDS = ("initiative", "value-case", "evidence", "resource")
HINTS = {
    "schema:startDate": "2020",
    "schema:endDate": "2021",
    "dcterms:date": "2020",
    "dcterms:issued": "2020",
    "bibo:doi": "10.1136/bmj.b1484",
    "schema:currency": "GBP",
    "schema:url": "https://example.org/",
    "dcterms:license": "https://example.org/",
    "wsic:seenAt": "https://example.org/",
    "wsic:confidenceLevel": "95",
    "wsic:correspondsTo": "",
    "geo:lat": "51",
    "geo:long": "-1",
}
"""What a form takes where plain text is not enough and its own lists do not say."""
GET_FORMS = """long => [...document.querySelectorAll("form")].filter(form => form.method === "get").flatMap(form => {
  const data = new FormData(form);
  const texts = [...form.elements].filter(field => field.name && ["text", "search", "textarea"].includes(field.type));
  if (!texts.length) return [];
  for (const field of texts) data.set(field.name, long);
  return [`${new URL(form.action).pathname}?${new URLSearchParams(data)}`];
})"""


@pytest.fixture(scope="module")
def data_dir(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with an editor, an administrator, and a record that both the release and the community changed."""
    folder = tmp_path_factory.mktemp("xss")
    ledger = Ledger(folder)
    boss = add_account(ledger, "boss", "administrator", PASSWORD, SHORT, email="boss@council.example")
    iri = f"https://w3id.org/wsic/id/{TORBAY}"
    said = said_of(release, [iri])[iri]
    older, ours = (_retitled(said, f"{words} {LONG}") for words in ("Before", "Ours"))
    submissions.put(ledger, iri, ours, boss, seen=older, upto=last_change(ledger), why=LONG)
    ledger.close()
    return folder


def _retitled(said: bytes, title: str) -> bytes:
    line = f"<http://purl.org/dc/terms/title> {_literal(title)}@en "
    changed = re.sub(
        r'(?m)(?<=torbay-care-trust> )<http://purl.org/dc/terms/title> ".*"@en ', lambda _: line, said.decode()
    )
    assert changed != said.decode()
    return "".join(sorted(changed.splitlines(True))).encode()


def _literal(text: str) -> str:
    """A text as a literal of Turtle."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.fixture(scope="module")
def posted() -> set[str]:
    """The paths to which forms were sent."""
    return set()


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    settings = Settings(data_dir=data_dir, query_cache_mb=4, links_per_hour=1000)
    with serve(release, settings, public=True) as client:
        client.get("/feed")
        yield client


@pytest.fixture(scope="module")
def visitor(browser: Browser, site: httpx.Client, posted: set[str]) -> Iterator[Watched]:
    found = Watched(browser, site, posted)
    yield found
    found.context.close()


@pytest.fixture(scope="module")
def editor(browser: Browser, site: httpx.Client, posted: set[str]) -> Iterator[Watched]:
    """The administrator, whose browser has a name that is markup too."""
    found = Watched(browser, site, posted, LONG)
    found.open("/account/sign-in?next=/review", shown=False)
    found.fill(MAIN, {"name": "boss", "password": PASSWORD})
    found.press(MAIN)
    assert found.here == "/review"
    yield found
    found.context.close()


MAIN = "main form[method=post]:not(.who)"


def form_to(action: str) -> str:
    return f'main form[action="{action}"]'


def name_of(data_dir: Path, draft: str) -> str:
    """The id of the submission behind a private link."""
    ledger = Ledger(data_dir)
    name = submissions.open_link(ledger, draft.rsplit("/", 1)[1]).id
    ledger.close()
    return name


def complete(window: Watched, given: dict[str, Any]) -> None:
    """Type into every field of a draft, then put right what is wrong until it is in order; the rest stays."""
    window.add_parts()
    window.send("#form", "check", shown=True)
    assert window.status == 422
    given |= {f"|{name}": [value] for name, value in HINTS.items()}
    tried: dict[str, int] = {}
    for _ in range(6):
        for field, there, offered in (found := window.faults(given)):
            assert there, f"{field} is told of but is not in the form"
            choices = [offered, "1", ""] if offered else ["1", ""]
            tried[field] = tried.get(field, 0) + 1
            given[field] = [choices[min(tried[field], len(choices)) - 1]]
        if not found:
            break
    window.send("#form", "check", given, shown=True)
    assert window.status == 200, found


@pytest.mark.parametrize("kind", KINDS)
def test_contributions(kind: str, visitor: Watched, editor: Watched, data_dir: Path) -> None:
    visitor.mark = f"{kind} "
    visitor.open("/contribute", shown=False)
    visitor.send(MAIN, "", {"kind": kind})
    if visitor.here == "/contribute":
        visitor.look()
        visitor.press(MAIN)
    draft = visitor.here
    complete(visitor, {"email": f"{kind}@council.example", "tell": "1"})
    visitor.open(f"{draft}/preview")
    visitor.open(draft)
    visitor.press("#form", "submit")
    visitor.look()
    if kind == KINDS[0]:
        visitor.open(link_in(letter(data_dir, f"{kind}@council.example")), shown=False)
        visitor.press(MAIN)
    name = name_of(data_dir, draft)
    review = f"/review/{name}"
    editor.open("/review")
    editor.open(review)
    if kind == KINDS[0]:
        editor.open(f"{review}/preview")
        editor.open(review)
        editor.send(form_to(review), "edit", number=1, shown=True)
        editor.open(f"{review}/form")
        editor.press(form_to(f"{review}/form"), "keep")
        editor.look()
        editor.open(review)
        editor.send(form_to(review), "ask")
        visitor.open(draft)
        visitor.press("#form", "submit")
        assert SHOWN in letter(data_dir, f"{kind}@council.example", 2).get_content(), "a letter is plain text"
    editor.open(review)
    editor.send(form_to(review), "accept", shown=True)
    assert "Accepted" in editor.page.inner_text("main")
    visitor.open(draft)
    page = str(visitor.page.locator("main a", has_text="See the page").get_attribute("href"))
    visitor.open(page)
    for link in visitor.page.locator("main a[href^='/sources/'], main a[href^='/records/organisation/']").all():
        if SHOWN in link.inner_text():
            visitor.open(str(link.get_attribute("href")))
            visitor.page.go_back()
            break
    visitor.open(str(visitor.page.locator("main a[href^='/history/']").first.get_attribute("href")))
    if kind == "value-case":
        visitor.open(f"{page}/sheet")
        word_is_sound(visitor, f"{page}.docx")


def word_is_sound(window: Watched, place: str) -> None:
    """A Word file has what was typed as text alone."""
    answer = window.page.request.get(place)
    assert answer.status == 200, f"{place}: {answer.status} {answer.text()[:300]}"
    with zipfile.ZipFile(io.BytesIO(answer.body())) as packed:
        parts = {
            name: etree.fromstring(packed.read(name)) for name in packed.namelist() if name.endswith((".xml", ".rels"))
        }
    text = "".join(map(str, parts["word/document.xml"].itertext()))
    assert SHOWN in text and "wsic49wsic" not in text
    targets = [str(target) for part in parts.values() for target in part.xpath("//@Target")]
    assert not [target for target in targets if target.startswith(("javascript:", "data:"))]


def test_corrections_names_and_history(visitor: Watched, editor: Watched, data_dir: Path) -> None:
    """A correction as RDF, then the editor's reasons: a new name, the change undone, an old version restored."""
    visitor.open(f"/contribute?record={WIGAN}", shown=False)
    visitor.press(MAIN)
    draft = visitor.here
    visitor.press("#form", "check")
    visitor.press("#form", "rdf")
    visitor.send("#form", "check", shown=True)
    text = visitor.page.request.get(f"/data/{WIGAN}.ttl").text().replace('"The Wigan Deal"', _literal(f"Wigan {LONG}"))
    visitor.send("#form", "submit", {"rdf": text, "email": ""}, shown=True)
    review = f"/review/{name_of(data_dir, draft)}"
    editor.open(review)
    editor.send(form_to(review), "accept", shown=True)
    place = f"/review/records/{WIGAN}"
    editor.open(f"/review/move/{WIGAN}?way=rename&to={quote(LONG)}")
    editor.open(f"/review/move/{WIGAN}?way=merge&to={quote(LONG)}", shown=False)
    editor.open(f"/review/move/{WIGAN}?way=rename&to=wigan-deal-again")
    editor.send(form_to(f"/review/move/{WIGAN}"), shown=True)
    editor.open(f"{place}-again")
    (undo,) = editor.page.evaluate(
        "[...document.querySelectorAll('form[action^=\"/review/undo/\"]')].map(f => f.action)"
    )
    editor.send(f'form[action="{httpx.URL(undo).path}"]', shown=True)
    editor.open(place)
    editor.send(form_to(place), "restore", {"version": "0"}, shown=True)
    for window in (visitor, editor):
        window.open(f"/history/{WIGAN}?old=0&new=1")


def test_files(visitor: Watched, editor: Watched, site: httpx.Client) -> None:
    wigan = site.get(f"/data/{WIGAN}.ttl").text
    told = ("description", "population served: description", "result 1: description")
    named = ("new source 1: title", "list of sources", "result 1: source")
    texts = dict.fromkeys((*told, *named), f"Table {LONG}")
    lines = [HEADINGS | texts | {"title": f"Table {number} {SHORT}"} for number in (1, 2)]
    title = "http://purl.org/dc/terms/title"
    wrong = [HEADINGS | dict.fromkeys(HEADINGS, LONG)]
    files = {
        "a.ttl": wigan.replace("@en", f"@{SHORT}", 1),
        "b.ttl": wigan
        + f"\n<> <javascript:wsicHit()> <javascript:wsicHit()> ; <data:text/html,{quote(LONG)}> {_literal(LONG)} .",
        "c.ttl": wigan.replace("initiative/wigan-deal", "initiative/<img src=x data-wsic onerror=wsicHit()>"),
        "d.jsonld": json.dumps({"@context": LONG, "id": "x"}),
        "e.jsonld": json.dumps({"@id": "javascript:wsicHit()", title: {"@value": "x", "@language": SHORT}}),
        "f.csv": _table([{LONG: LONG}]),
        "g.csv": _table(wrong),
        "h.exe": "x",
    }
    visitor.open("/contribute/upload", shown=False)
    for name, text in files.items():
        _upload(visitor, f"{SHORT} {name}".replace("/", ""), text)
        assert visitor.status == 422, name
    _upload(visitor, "table.csv", _table(lines))
    assert visitor.here.startswith("/contribute/uploads/"), visitor.page.inner_text("main")
    visitor.press(MAIN, "submit")
    visitor.look()
    visitor.page.locator("tbody th a").first.click()
    visitor.look()
    editor.open("/review")


def _table(lines: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def _upload(window: Watched, name: str, text: str) -> None:
    window.page.set_input_files("#file", {"name": name, "mimeType": "text/plain", "buffer": text.encode()})
    window.send(form_to("/contribute/upload"), shown=True)


def test_what_people_say(visitor: Watched, editor: Watched, site: httpx.Client) -> None:
    about = f"/contribute/about/{WIGAN}"
    for number, do in enumerate(("useful", "comment", "done-elsewhere", "current", "error")):
        visitor.open(about, shown=False)
        if do == "done-elsewhere":
            visitor.send(form_to(about), do, number=number, shown=True)
            assert visitor.status == 422
        visitor.fill(form_to(about), {"area": "Torbay (area/E06000027)"}, number)
        visitor.press(form_to(about), do, number)
        visitor.look(shown=do != "useful")
        assert visitor.status == 200 and (do == "useful" or visitor.here != about), visitor.page.inner_text("main")
        if do in ("useful", "current"):
            continue
        said = visitor.page.url
        editor.open(f"/review/remarks?kind={do}")
        editor.page.locator("tbody th a").first.click()
        editor.look()
        decided = editor.here
        editor.send(form_to(decided), "put-right" if do == "error" else "published")
        editor.open(decided)
        visitor.open(said)
        if do == "error":
            visitor.open(about, shown=False)
            visitor.send(form_to(about), do, number=number)
            visitor.press(MAIN)  # and takes it back
    visitor.open("/initiatives/wigan-deal")
    found = re.findall(r"annotation/[a-z-]+-[0-9a-f]+", site.get("/initiatives/wigan-deal").text)
    for key in {*found}:
        visitor.open(f"/records/{key}")
        visitor.open(f"/history/{key}")
    editor.open("/review/usefulness", shown=False)
    editor.press(form_to("/review/usefulness"), "publish")
    editor.look(shown=False)


def test_accounts(browser: Browser, site: httpx.Client, posted: set[str], editor: Watched, data_dir: Path) -> None:
    person = Watched(browser, site, posted, SHORT)
    for place in ("/account/register", "/account/forgotten", "/account/sign-in"):
        person.open(place, shown=False)
        person.send(form_to(place), shown=place != "/account/sign-in")
    person.open("/account/register", shown=False)
    person.fill(form_to("/account/register"), {"email": "new@council.example"})
    person.press(form_to("/account/register"))
    place = link_in(letter(data_dir, "new@council.example"))
    person.open(place, shown=False)
    person.send(MAIN, "", {"username": "x", "again": "another"}, shown=True)
    person.send(MAIN, "", {"username": "x", "password": PASSWORD, "again": PASSWORD})
    person.open("/account")
    person.send(form_to("/account/tokens"), "", {"days": "30", "scope": "submit"}, shown=True)
    person.press(form_to("/account/tokens/revoke"))
    person.send(form_to("/account/shown"), shown=True)
    person.send(form_to("/account/email"), shown=True)
    person.open("/account")
    person.send(form_to("/account/password"), shown=True)
    person.open("/account")
    other = Watched(browser, site, posted, LONG)
    other.open("/account/sign-in", shown=False)
    other.fill(MAIN, {"name": "new@council.example", "password": PASSWORD})
    other.press(MAIN)
    person.open("/account")
    person.press(form_to("/account/sessions"))
    other.context.close()
    person.open("/account/delete", shown=False)
    person.send(form_to("/account/delete"))
    person.open("/account")
    person.press("form.who")
    editor.open(f"/administration?find={quote(LONG)}")
    editor.open("/administration")
    editor.open("/administration/accounts/2")
    editor.press(form_to("/administration/accounts/2"), "role")
    editor.open("/administration/audit", shown=False)
    editor.open("/account")
    person.context.close()


def test_kept_plans(visitor: Watched, site: httpx.Client) -> None:
    visitor.open(f"/plan/draft?{urlencode(WORKED[:7])}", shown=False)
    visitor.press(form_to("/plan/kept"))
    edit = visitor.here
    found = re.findall(r"\?section=([a-z-]+)#", visitor.page.content())
    kinds: dict[str, str] = {}
    for section in dict.fromkeys(found):
        form = html.fromstring(site.get(f"{edit}?section={section}").text).find_class("edit-section")[0]
        for name in dict(form.form_values()):
            kinds.setdefault(name.partition(":")[0], section)
    assert len(found) > 5 and {"text", "say", "evidence", "goal", "amount"} <= set(kinds)
    for section in dict.fromkeys(kinds.values()):
        visitor.open(f"{edit}?section={section}", shown=False)
        visitor.send("form.edit-section", "save", shown=True)
        if visitor.status == 422:
            numbers = visitor.page.evaluate("[...document.querySelectorAll('[inputmode=decimal]')].map(i => i.name)")
            visitor.send("form.edit-section", "save", {name: ["1", "1"] for name in numbers}, shown=True)
        assert visitor.status == 200, section
    read = edit.partition("/edit/")[0]
    for place in (read, f"{edit}?version=2", f"{edit}/compare?old=1&new=3"):
        visitor.open(place)
    word_is_sound(visitor, f"{read}.docx")


def test_the_calculator_lists_and_budgets(visitor: Watched, site: httpx.Client) -> None:
    for place in ("/calculator", "/plan/segments", "/plan/budget", "/benefits-map/check"):
        visitor.open(place, shown=False)
        visitor.send(form_to(place), shown=True)
    visitor.open("/calculator?area=E06000027&intervention=reablement", shown=False)
    visitor.send(form_to("/calculator"), shown=True)
    visitor.open("/calculator?area=E06000027&intervention=reablement", shown=False)
    visitor.press(form_to("/calculator/runs"))
    made = site.post("/calculator/runs", json={**ONE_INTERVENTION, "title": LONG[:500]})
    run = httpx.URL(made.json()["url"]).path
    for place in (run, f"{run}/report", f"/calculator/compare?run={run.rsplit('/', 1)[1]}&run={quote(LONG)}"):
        visitor.open(place)
    word_is_sound(visitor, f"{run}.docx")
    service = f"reablement:older-people:35:{quote(SHORT)}"
    check = f"area=E06000027&benefit=independence-at-home&service={service}"
    visitor.open(f"/benefits-map/check?{check}")
    visitor.press(form_to("/benefits-map/check.csv"), "/kept")
    visitor.look()
    assert (
        visitor.page.request.get(f"/benefits-map/check.svg?{check}")
        .headers["content-disposition"]
        .startswith("attachment")
    )
    visitor.open(f"/benefits-map/check?{check}")
    with visitor.page.expect_download():
        visitor.page.evaluate("document.querySelector('form[action=\"/benefits-map/check.csv\"]').requestSubmit()")
    visitor.open(f"/plan/draft?{check}&care_group=older-people")
    lines = [("partner", SHORT), ("kind", "council"), ("scheme", SHORT), ("amount", "4")]
    more = [("partner", "B"), ("kind", "nhs"), ("scheme", "T"), ("amount", "6")]
    visitor.open(f"/plan/budget?{urlencode([('stated', '9'), ('variance', '-7'), ('host', SHORT), *lines, *more])}")


def test_queries(visitor: Watched, site: httpx.Client) -> None:
    text = _literal(LONG)
    values = f"({text} {text}@en <javascript:wsicHit()>) (1 'x' <https://a.example/'onload=x>)"
    query = f"# {LONG}\nSELECT * {{ VALUES (?a ?b ?c) {{ {values} }} }}"
    graph = f"CONSTRUCT {{ <javascript:wsicHit()> <https://a.example/p> {text} }} WHERE {{}}"
    for one in (query, graph, f"SELECT * {{ {LONG}", f"DESCRIBE <javascript:wsicHit()> # {LONG}"):
        visitor.open("/sparql", shown=False)
        visitor.fill(form_to("/sparql"), {"query": one})
        visitor.page.evaluate("document.querySelector('form[action=\"/sparql\"]').method = 'post'")
        visitor.press(form_to("/sparql"))
        visitor.look()
    visitor.open("/sparql", shown=False)
    visitor.fill(form_to("/sparql"), {"query": f"{query}\n# {LONG * 30}"})  # so long that it is not asked by GET
    visitor.page.get_by_role("button", name="Run", exact=True).click()
    visitor.page.locator(".sparql-answer td").first.wait_for()
    visitor.look()
    visitor.open(f"/sparql?query={quote(query)}")
    visitor.press("form.share")
    visitor.look(shown=False)
    answer = site.post("/sparql/links", data={"query": query}, headers={"accept": "application/json"})
    visitor.open(httpx.URL(answer.json()["url"]).path)
    everything = 'SELECT * { ?s ?p ?o FILTER(isLiteral(?o) && CONTAINS(?o, "wsicHit")) } LIMIT 200'
    visitor.open(f"/sparql?query={quote(everything)}")


def test_a_new_release_against_it(visitor: Watched, editor: Watched) -> None:
    """The page on which a release and the community disagree, with markup on either side."""
    place = f"/review/upgrades/{TORBAY}"
    editor.open("/review/upgrades")
    editor.open(place)
    editor.send(form_to(place), "edit", shown=True)
    assert editor.status == 422
    editor.send(form_to(place), "ours", {"rdf": ""})
    visitor.open(f"/history/{TORBAY}")


def test_wherever_it_is_shown(editor: Watched, visitor: Watched, site: httpx.Client) -> None:
    for place in PLACES:
        editor.open(place)
    visitor.open("/areas", shown=False)
    visitor.page.get_by_label("Search everything").press_sequentially("wsichit")
    visitor.page.locator("#site-search-suggestions option").first.wait_for(state="attached")
    visitor.look()
    for place in FILES:
        answer = site.get(place)
        assert answer.status_code == 200 and answer.headers["x-content-type-options"] == "nosniff", place
        assert "html" not in answer.headers["content-type"] and SHOWN in answer.text, place


PLACES = (
    "/search?q=wsicHit",
    "/initiatives?q=wsicHit",
    "/value-cases",
    "/evidence?q=wsicHit",
    "/resources?q=wsicHit",
    "/interventions/acute-virtual-wards",
    "/areas/E06000027",
    "/questions/q5",
    "/initiatives/map",
    "/queries/pages/initiatives?limit=1000",
    "/review/stale",
    "/review?state=accepted",
    "/review/remarks?kind=comment&state=published",
    "/administration",
    "/account",
)
"""Pages that show what others have sent."""
FILES = (
    f"/data/{TORBAY}.ttl",
    f"/data/{TORBAY}.rdf",
    f"/data/{TORBAY}.jsonld",
    "/initiatives.json?limit=1000",
    "/initiatives.csv?limit=1000",
    "/search/suggest?q=wsicHit",
)
"""Files of the same, which no browser may take for a page."""
STARTS = (
    "/",
    "/areas",
    "/initiatives",
    "/initiatives/map",
    "/evidence",
    "/calculator/compare",
    "/plan/draft",
    "/places-like-mine",
    "/sparql",
    "/queries/competency/effects-for-outcome",
    "/queries/records/record",
)
"""Pages with every kind of form that only asks."""


def test_what_is_in_an_address(visitor: Watched, editor: Watched) -> None:
    """What such forms send comes back as text too."""
    seen: set[tuple[str, ...]] = set()
    for start in STARTS:
        visitor.open(start, shown=False)
        for place in visitor.page.evaluate(GET_FORMS, LONG):
            kind = (httpx.URL(place).path, *httpx.URL(place).params)
            if kind not in seen:
                seen.add(kind)
                visitor.open(place, shown=False)
    assert len(seen) > 8
    for place in (
        "/contribute?record=",
        "/contribute?like=",
        "/review?state=",
        "/review/stale?kind=",
        "/account?done=",
    ):
        editor.open(place + quote(LONG), shown=False)
    visitor.open(f"/account/sign-in?next={quote(LONG)}", shown=False)


def test_every_form_was_sent(posted: set[str], release: Path, tmp_path: Path) -> None:
    """A new route that takes a form is noticed here: send its form above, or say why not. It runs after the others."""
    app = create_app(release, Settings(data_dir=tmp_path))
    assert isinstance(app, Web)
    routes = {path for method, path in routes_of(app.pages.routes) if method == "POST"}
    left = {path for path in routes if not any(compile_path(path)[0].match(one) for one in posted)}
    assert sorted(left) == sorted(NO_BROWSER)
