"""The first run of the README in a true browser, and the pages of accounts as everybody must be able to use them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.ledger_fixtures import PASSWORD, editor_of, letter, link_in
from tests.site_fixtures import serve
from tests.test_browser import axe_finds_nothing, nothing_runs_off
from wsic_graph.content import ROOT
from wsic_graph.settings import Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("first-run")


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    settings = Settings(data_dir=data_dir, oidc_issuer="https://provider.example", oidc_name="the NHS")
    with serve(release, settings, public=True) as client:
        yield client


@pytest.fixture
def page(browser: Browser, site: httpx.Client) -> Iterator[Page]:
    context = browser.new_context(base_url=str(site.base_url), viewport={"width": 360, "height": 800})
    yield context.new_page()
    context.close()


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("Name or e-mail address").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_the_first_run_of_the_readme(page: Page, browser: Browser, data_dir: Path) -> None:
    """Every word in “ ” of its steps is on a button or link, in that order."""
    steps = README.split("accepted contribution in five minutes:")[1].split("### People")[0]
    words = re.findall("“([^”]+)”", steps)
    assert words == [
        "Propose a correction",
        "Start a correction",
        "Check it",
        "Send it to the editors",
        "Accept and publish",
        "The record as it is now",
    ]
    assert "wsic user add mary --role editor" in steps
    editor_of(data_dir, "mary")
    page.goto("/initiatives/wigan-deal")
    page.get_by_role("link", name=words[0]).click()
    page.get_by_role("button", name=words[1]).click()
    page.get_by_label("Title").first.fill("The Wigan Deal, renewed")
    page.get_by_role("button", name=words[2]).click()
    page.get_by_role("button", name=words[3]).click()
    assert "It is with the editors" in page.locator("main").inner_text()
    own = page.url
    context = browser.new_context(base_url=page.url.split("/contribute")[0])
    editor = context.new_page()
    editor.goto("/review")
    sign_in(editor, "mary")
    editor.locator("tbody th a").click()
    editor.get_by_role("link", name="Edit it in the form").click()
    fits(editor)
    editor.get_by_role("link", name="Back without keeping it").click()
    editor.get_by_role("button", name=words[4]).click()
    editor.get_by_role("link", name=words[5]).click()
    assert editor.locator("h1").inner_text() == "The Wigan Deal, renewed"
    context.close()
    page.goto(own)
    assert "It was accepted and is published" in page.locator("main").inner_text()


def fits(page: Page) -> None:
    """Everybody can use the page, and nothing runs off its side."""
    axe_finds_nothing(page)
    nothing_runs_off(page, (360,))


def test_everybody_can_make_an_account(page: Page, data_dir: Path) -> None:
    page.goto("/account/register")
    fits(page)
    page.get_by_label("Your e-mail address").fill("new@council.example")
    page.get_by_role("button", name="Send me a link").click()
    fits(page)
    page.goto(link_in(letter(data_dir, "new@council.example")))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill("something else")
    page.get_by_role("button", name="Make the account").click()
    fits(page)
