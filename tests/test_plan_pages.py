"""The pages of plans over true HTTP and in a browser without JavaScript: drafted, kept, edited, compared, deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from lxml import html
from playwright.sync_api import Browser

from tests.plan_fixtures import FORM, WORKED, posted
from tests.site_fixtures import serve
from wsic_graph.settings import Settings

SMALL = (("area", "Torbay"), ("benefit", "time-out-of-hospital"), ("intervention", "case-management"))
RESIDENTIAL = "2025-26-residential-admissions"
NASTY = "<script>alert(1)</script> & <b>bold</b>\n\nSecond “paragraph”"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans")


@pytest.fixture(scope="module")
def site(release: Path, data: Path) -> Iterator[httpx.Client]:
    with serve(release, Settings(data_dir=data, plans_per_hour=60), public=True) as client:
        yield client


@pytest.fixture(scope="module")
def edit(site: httpx.Client) -> str:
    """The edit link of a kept plan."""
    answer = posted(site, "/plan/kept", *SMALL)
    assert answer.status_code == 303 and answer.headers["referrer-policy"] == "no-referrer"
    return answer.headers["location"]


def share_of(edit: str) -> str:
    return edit.partition("/edit/")[0]


def save(site: httpx.Client, edit: str, section: str, version: int, *fields: tuple[str, str]) -> httpx.Response:
    return posted(site, edit, ("act", "save"), ("section", section), ("version", str(version)), *fields)


def newest(site: httpx.Client, edit: str) -> int:
    found = re.search(r"Version (\d+) of \1", site.get(edit).text)
    assert found
    return int(found[1])


def test_the_form_leads_to_a_draft(site: httpx.Client) -> None:
    page = site.get("/plan/draft")
    assert page.status_code == 200 and "Draft the plan" in page.text
    tree = html.fromstring(page.text)
    assert len(tree.xpath("//select[@name='year']/option")) == 13
    draft = site.get("/plan/draft", params=list(WORKED))
    assert draft.status_code == 200 and draft.headers["cache-control"] == "no-store"
    sections = html.fromstring(draft.text).xpath("//section[contains(@class,'plan-section')]/h2/@id")
    assert {"local-need", "evidence", "national-conditions", "metrics", "benefits-model", "risks"} <= set(sections)
    for path in ("/plan", "/areas/E06000027", "/", "/calculator?area=E06000027&intervention=reablement"):
        assert "/plan/draft" in site.get(path).text, path


@pytest.mark.parametrize(
    "query",
    ["area=nowhere", "area=Torbay&year=1999", "area=Torbay&benefit=x", "area=Torbay&service=x", f"area={'x' * 99}"],
)
def test_what_is_wrong_is_told_on_the_page(query: str, site: httpx.Client) -> None:
    page = site.get(f"/plan/draft?{query}")
    assert page.status_code == 422 and "to put right" in page.text


def test_nothing_is_kept_until_somebody_asks(site: httpx.Client, data: Path) -> None:
    site.get("/plan/draft", params=list(SMALL))
    assert not (data / "plans.sqlite3").exists() or b"Torbay" not in (data / "plans.sqlite3").read_bytes()[:0]
    assert posted(site, "/plan/kept", ("area", "nowhere")).status_code == 422
    assert posted(site, "/plan/kept", *SMALL, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_two_links_and_the_secret_is_kept_as_a_hash(site: httpx.Client, edit: str, data: Path) -> None:
    secret = edit.rpartition("/")[2]
    assert len(secret) >= 32 and secret.encode() not in (data / "plans.sqlite3").read_bytes()
    page = site.get(edit)
    assert page.status_code == 200 and "Edit this section" in page.text
    for name, value in (("cache-control", "no-store"), ("referrer-policy", "no-referrer"), ("x-robots-tag", "noindex")):
        assert page.headers[name] == value
    assert "etag" not in page.headers
    shared = site.get(share_of(edit))
    assert shared.status_code == 200 and secret not in shared.text and "Edit this section" not in shared.text
    assert re.search(r"/calculator/runs/[0-9a-f]{16}", shared.text), "the calculation was kept as a run"
    for path in (
        f"{share_of(edit)}/edit/{'x' * 32}",
        f"/plan/kept/{'0' * 24}",
        "/plan/kept/x",
        f"{share_of(edit)}/edit/x/compare",
    ):
        assert site.get(path).status_code == 404, path
    assert save(site, f"{share_of(edit)}/edit/{'x' * 32}", "vision", 1, ("text", "no")).status_code == 404
    assert site.get(f"{edit}?version=99").status_code == 404 and site.get(f"{edit}?version=x").status_code in (400, 422)


def test_text_is_plain_and_kept_in_versions(site: httpx.Client, edit: str) -> None:
    before = newest(site, edit)
    answer = save(site, edit, "vision", before, ("text", NASTY))
    assert answer.status_code == 303 and answer.headers["location"].endswith("#vision")
    page = site.get(share_of(edit)).text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in page
    assert "<p>Second “paragraph”</p>" in page
    assert newest(site, edit) == before + 1
    assert save(site, edit, "vision", before + 1, ("text", NASTY)).status_code == 303
    assert newest(site, edit) == before + 1, "what changes nothing makes no version"
    compared = site.get(f"{edit}/compare?old={before}&new={before + 1}")
    assert (
        compared.status_code == 200 and "Second “paragraph”" in compared.text and "<script>alert" not in compared.text
    )
    assert site.get(f"{edit}/compare?old=77").status_code == 404


def test_checks_look_at_what_was_written(site: httpx.Client, edit: str) -> None:
    version = newest(site, edit)
    claim = "Case management will reduce emergency admissions."
    save(site, edit, "vision", version, ("text", claim))
    save(site, edit, "metrics", version + 1, (f"goal:{RESIDENTIAL}", "400"), (f"reason:{RESIDENTIAL}", "Because"))
    page = site.get(share_of(edit)).text
    assert "claims more than the evidence" in page and "say what else will bring it about" in page
    checks = site.get(f"{share_of(edit)}.json").json()["checks"]
    assert {one["where"] for one in checks if one["serious"]} == {"vision", f"metrics:{RESIDENTIAL}"}


def test_two_people_cannot_overwrite_each_other(site: httpx.Client, edit: str) -> None:
    base = newest(site, edit)
    assert save(site, edit, "governance", base, ("text", "First")).status_code == 303
    assert save(site, edit, "risks", base, ("text", "Elsewhere")).status_code == 303, "another section is no conflict"
    late = save(site, edit, "governance", base, ("text", "Second"))
    assert late.status_code == 409 and "Second" in late.text and "somebody else" in late.text
    page = site.get(share_of(edit)).text
    assert "<p>First</p>" in page and "<p>Elsewhere</p>" in page and "<p>Second</p>" not in page


def test_any_version_can_be_restored_and_the_draft_made_again(site: httpx.Client, edit: str) -> None:
    count = newest(site, edit)
    assert "<p>First</p>" not in site.get(f"{edit}?version=1").text
    assert posted(site, edit, ("act", "restore"), ("version", "1")).status_code == 303
    assert newest(site, edit) == count + 1 and "<p>First</p>" not in site.get(share_of(edit)).text
    assert posted(site, edit, ("act", "restore"), ("version", str(count))).status_code == 303
    assert posted(site, edit, ("act", "again")).status_code == 303
    assert newest(site, edit) == count + 3 and "<p>First</p>" in site.get(share_of(edit)).text
    for fields in ((("act", "restore"), ("version", "no")), (("act", "dance"),), (("section", "atlantis"),)):
        assert posted(site, edit, *fields).status_code == 400


def test_wrong_fields_are_told_with_what_was_typed(site: httpx.Client, edit: str) -> None:
    version = newest(site, edit)
    answer = save(
        site, edit, "metrics", version, (f"goal:{RESIDENTIAL}", "lots"), (f"reason:{RESIDENTIAL}", "My reason")
    )
    assert answer.status_code == 422 and "is no number" in answer.text and "My reason" in answer.text
    assert newest(site, edit) == version
    assert site.post(edit, content=b"\xff=\xfe", headers=FORM).status_code == 400
    assert site.post(edit, json={}).status_code == 415


@pytest.mark.parametrize("form", ["docx", "xlsx", "json", "md", "ttl", "jsonld", "nt", "rdf"])
def test_a_kept_plan_comes_in_every_form(form: str, site: httpx.Client, edit: str) -> None:
    answer = site.get(f"{share_of(edit)}.{form}")
    assert answer.status_code == 200 and answer.content and "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_section_is_edited_without_javascript(site: httpx.Client, edit: str, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site.base_url}{edit}")
    page.locator("a[href$='?section=income#income']").click()
    page.get_by_label("Line 1", exact=True).fill("NHS minimum")
    page.get_by_label("Pounds").first.fill("9,500,000")
    page.get_by_label("Your text, as plain paragraphs").fill("Agreed in March.")
    page.get_by_role("button", name="Save this section").click()
    assert page.url.endswith("#income")
    section = page.locator("section[aria-labelledby=income]")
    assert "£9,500,000" in section.inner_text() and "Agreed in March." in section.inner_text()
    page.context.close()


def test_a_deleted_plan_is_gone(site: httpx.Client, data: Path) -> None:
    answer = posted(site, "/plan/kept", ("area", "Torbay"))
    edit = answer.headers["location"]
    save(site, edit, "vision", 1, ("text", "To be forgotten"))
    assert site.get(share_of(edit)).status_code == 200
    assert posted(site, edit, ("act", "forget")).headers["location"] == "/plan"
    assert site.get(share_of(edit)).status_code == site.get(edit).status_code == 404
    name = share_of(edit).rpartition("/")[2]
    assert name.encode() not in (data / "plans.sqlite3").read_bytes()
