"""The pages that only some people see, with something on them, as everybody must be able to use them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.ledger_fixtures import PASSWORD, WIGAN, Person, editor_of, letter, link_in, person_of
from tests.plan_fixtures import WORKED, posted
from tests.site_fixtures import serve
from tests.test_browser import THIN, axe_finds_nothing, nothing_runs_off
from tests.test_ledger_upload import send, table
from tests.test_ledger_ways import EVIDENCE, begun
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.ledger import submissions
from wsic_graph.ledger.people import add_account
from wsic_graph.ledger.revisions import last_change
from wsic_graph.ledger.store import Ledger
from wsic_graph.linkcheck.asking import Look
from wsic_graph.linkcheck.store import LinkChecks
from wsic_graph.settings import Settings

ABOUT = f"/contribute/about/{WIGAN}"
TORBAY = "initiative/torbay-care-trust"
MAIN = "main form[method=post]:not(.who)"
WHY = "Their annual report of 2024 says so, on its third page, in the table of contacts with people at home."
Places = dict[str, str]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory, release: Path) -> Path:
    folder = tmp_path_factory.mktemp("private")
    editor_of(folder, "ed")
    ledger = Ledger(folder)
    boss = add_account(
        ledger, "boss", "administrator", PASSWORD, "The editors of the toolkit", email="boss@council.example"
    )
    iri = f"https://w3id.org/wsic/id/{TORBAY}"
    said = said_of(release, [iri])[iri]
    older, ours = (
        re.sub(rb'(title> )"[^"]*"', rb'\1"%s"' % words, said) for words in (b"Torbay", b"Torbay and Brixham")
    )
    submissions.put(ledger, iri, ours, boss, seen=older, upto=last_change(ledger), why="It grew")
    ledger.close()
    return folder


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    with serve(release, Settings(data_dir=data_dir, query_cache_mb=4), public=True) as client:
        yield client


def name_of(data_dir: Path, draft: str) -> str:
    """The id of the submission behind a private link."""
    ledger = Ledger(data_dir)
    name = submissions.open_link(ledger, draft.rsplit("/", 1)[1]).id
    ledger.close()
    return name


def correction(site: httpx.Client, **fields: Any) -> Person:
    person = Person(site)
    person.get(f"/contribute?record={WIGAN}")
    person.send("/contribute")
    person.send(person.here, {"named": "Leigh locality team", "why": WHY, **fields})
    return person


@pytest.fixture(scope="module")
def places(site: httpx.Client, data_dir: Path) -> Places:
    """What each page is called here, and where it is, once something stands on it."""
    editor = person_of(site)
    found: Places = {}
    for state, more in {
        "checked": {"do": "check"},
        "accepted": {"do": "submit"},
        "asked": {"do": "submit"},
        "rejected": {"do": "submit"},
        "submitted": {"do": "submit", "email": "leigh@council.example", "tell": "1"},
    }.items():
        person = correction(site, **{"|dcterms:title": [f"The Wigan Deal, {state}"]}, **more)
        found[state] = person.here
        name = name_of(data_dir, person.here)
        do = {"accepted": "accept", "asked": "ask", "rejected": "reject"}.get(state)
        if do:
            editor.get(f"/review/{name}")
            editor.send(f"/review/{name}", {"do": do, "reason": "Please say where these numbers stand."})
        found[f"{state} review"] = f"/review/{name}"
    found["preview"] = f"{found['checked']}/preview"
    found["link"] = link_in(letter(data_dir, "leigh@council.example"))
    fresh = begun(site, "evidence", "Quokkas and joint teams")
    found["draft"] = fresh.here
    fresh.send(fresh.here, {**EVIDENCE, "|schema:url": "not an address", "do": "save"})
    uploaded = send(
        site,
        "two.csv",
        table(
            {},
            {"title": "The Wigan Deal again", "new source 1: title": "Home first again"}
            | dict.fromkeys(("list of sources", "result 1: source"), "Home first again"),
        ),
    )
    found["uploads"] = uploaded.here
    for number, (do, fields) in enumerate(
        {
            "useful": {"useful": "partly"},
            "comment": {"text": f"{WHY}\n\nWe rang them.", "named": "Leigh locality team"},
            "done-elsewhere": {"text": WHY, "named": "Torbay Council", "area": "Torbay (area/E06000027)"},
            "current": {},
            "error": {"text": WHY},
        }.items()
    ):
        visitor = Person(site)
        visitor.get(ABOUT)
        if do != "current":
            visitor.send(ABOUT, {**fields, "do": do}, number)
            found[f"said {do}"] = visitor.here
        editor.get(f"/review/remarks?kind={do}")
        if do not in ("useful", "current"):
            found[f"remark {do}"] = editor.page.xpath("//tbody//th//a/@href")[0]
    LinkChecks(data_dir).put("https://www.wigan.gov.uk/", Look("broken", 404, "there is no such page"))
    plan = posted(site, "/plan/kept", *WORKED).headers["location"]
    found["plan"] = plan
    return found


@pytest.fixture(scope="module")
def window(browser: Browser, site: httpx.Client) -> Iterator[Page]:
    """The window of an administrator, who may see everything."""
    context = browser.new_context(base_url=str(site.base_url), viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/account/sign-in?next=/account")
    page.fill("#name", "boss")
    page.fill("#password", PASSWORD)
    page.click(f"{MAIN} button")
    page.fill("#label", "Our nightly upload")
    page.locator("form[action='/account/tokens'] button").click()
    yield page
    context.close()


GET = {
    "an account": "/account",
    "leaving": "/account/delete",
    "accounts": "/administration",
    "one account": "/administration/accounts/1",
    "the audit log": "/administration/audit",
    "a correction to begin": f"/contribute?record={WIGAN}",
    "a new one like another": f"/contribute?like={WIGAN}",
    "a preview": "{preview}",
    "a submission": "{submitted}",
    "changes asked for": "{asked}",
    "an accepted submission": "{accepted}",
    "a rejected submission": "{rejected}",
    "an address to confirm": "{link}",
    "a table that was sent": "{uploads}",
    "a comment": "{said comment}",
    "done elsewhere": "{said done-elsewhere}",
    "an error": "{said error}",
    "the queue": "/review",
    "what was decided": "/review?state=accepted",
    "a review": "{submitted review}",
    "a decided review": "{accepted review}",
    "a new release": "/review/upgrades",
    "an upgrade": f"/review/upgrades/{TORBAY}",
    "remarks": "/review/remarks?kind=comment",
    "a remark": "{remark comment}",
    "an error to look at": "{remark error}",
    "usefulness": "/review/usefulness",
    "records by age": "/review/stale",
    "links": "/review/links?outcome=broken",
    "a history for editors": f"/review/records/{WIGAN}",
    "a rename": f"/review/move/{WIGAN}?way=rename&to=wigan-new-name",
    "a merge": f"/review/move/{WIGAN}?way=merge&to={TORBAY}",
    "sums of a plan": "{plan}?section=expenditure",
    "a wrong private link": "/contribute/drafts/nothing",
}
"""Pages with an address, in which names in brackets stand for the places above."""


def typed(form: str, button: str = "", **fields: str) -> Callable[[Page], None]:
    """Fill fields of a form and send it by the button that has a value, or by its first."""

    def send_it(page: Page) -> None:
        for field, value in fields.items():
            page.locator(f"{form} [name^='{field}']").first.fill(value)
        page.evaluate("form => { document.querySelector(form).noValidate = true }", form)
        page.locator(f"{form} button[value='{button}']" if button else f"{form} button").first.click()

    return send_it


def nothing(_: Page) -> None:
    """The page as it comes."""


def upload(page: Page) -> None:
    """A table with a line in which much is wrong."""
    wrong = table({"area": "Nowhere on Sea", "result 1: value": "many", "intervention": ""})
    page.set_input_files("#file", {"name": "four.csv", "mimeType": "text/csv", "buffer": wrong.encode()})
    page.locator(f"{MAIN} button").click()


SENT: dict[str, tuple[str, Callable[[Page], None], str]] = {
    "a draft with faults": ("{draft}", typed("#form", "check"), "Something to put right"),
    "a decision without a reason": ("{submitted review}", typed("form[action^='/review/']", "ask"), "say why"),
    "an edited version with faults": (
        "{submitted review}",
        typed("form:has(#rdf)", "edit", rdf="<> a <x> ."),
        "not kept",
    ),
    "a file with faults": ("/contribute/upload", upload, "Nothing was kept"),
    "a comment without words": (ABOUT, typed("form:has(#comment-text)", "comment"), "write something first"),
    "done nowhere": (ABOUT, typed("form:has(#area)", "done-elsewhere", area="Atlantis"), "choose an area"),
    "is it one of these": ("/contribute", typed(MAIN, title="The Wigan deal"), "Is it one of these?"),
    "a wrong password": ("/account/sign-in", typed(MAIN, name="nobody", password="nothing at all"), "password"),  # noqa: S106
    "a link to a new account": ("/account/register", typed(MAIN, email="new@council.example"), "We have sent"),
    "a token of no days": ("/account", typed("form[action='/account/tokens']", days="999"), "days"),
    "a plan with faults": ("{plan}?section=metrics", typed("form.edit-section", "save", goal="many"), "many"),
    "a name that is taken": (f"/review/move/{WIGAN}?way=rename&to=torbay-care-trust", nothing, "torbay"),
}
"""What comes of forms that are sent, often wrong: where they stand, what is done there, and what is then said."""


@pytest.mark.parametrize("name", [*GET, *SENT])
def test_everybody_can_use_it(name: str, window: Page, places: Places) -> None:
    address, act, words = SENT.get(name, (GET.get(name, ""), nothing, ""))
    window.set_viewport_size({"width": 1280, "height": 800})
    window.goto(re.sub(r"{([^}]+)}", lambda found: places[found[1]], address))
    act(window)
    assert window.locator("h1").count() == 1 and words in window.inner_text("main")
    window.evaluate("document.querySelectorAll('details:not(.choices)').forEach(part => { part.open = true })")
    nothing_runs_off(window, (360, 320))
    window.evaluate(THIN)
    axe_finds_nothing(window)
