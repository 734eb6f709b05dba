"""What people who are new to it stumbled over: words, confirmations, ways back, what an editor sees at a glance."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.ledger_fixtures import PASSWORD, WIGAN, Person, editor_of, person_of, small_release
from tests.site_fixtures import serve
from wsic_graph.ledger.compare import Difference
from wsic_graph.ledger.people import add_account
from wsic_graph.ledger.store import Ledger
from wsic_graph.service.account import browser_name
from wsic_graph.settings import Settings

TORBAY = "initiative/torbay-care-trust"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("new-users")


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    released = small_release(release, data_dir / "small")
    editor_of(data_dir)
    ledger = Ledger(data_dir)
    for name in ("ann", "bob"):
        add_account(ledger, name, "contributor", PASSWORD, f"{name.title()} Council")
    ledger.close()
    with serve(released, Settings(data_dir=data_dir)) as client:
        yield client


@pytest.fixture(scope="module")
def editor(site: httpx.Client) -> Person:
    return person_of(site)


def new_initiative(person: Person, title: str) -> str:
    """A draft of a new initiative; its place."""
    person.get("/contribute")
    person.send("/contribute", {"kind": "initiative", "title": title})
    return person.here


def test_what_is_wrong_stands_in_the_order_of_the_form_and_at_its_field(site: httpx.Client) -> None:
    person = Person(site)
    place = new_initiative(person, "Sandwell falls response")
    person.send(place, {"do": "check"})
    links = person.page.xpath("//div[@class='problems']//li/a")
    assert [link.text for link in links[:4]] == [
        "Description is needed",
        "Status of the initiative is needed",
        "Programme is needed",
        "Lead organisation is needed",
    ]
    assert "What you typed is kept as a draft" in person.text
    person.get(place)
    person.send(place, {"do": "add source"})
    title = {"source/new-1|dcterms:title": "A report of ours", "|dcterms:references": "A report of ours"}
    person.send(place, title | {"source/new-1|schema:url": "www.example.org", "do": "check"})
    (problem,) = person.page.xpath("//*[@id='source/new-1|schema:url-problem']")
    assert "starts with http" in problem.text
    person.send(place, title | {"source/new-1|schema:url": "https://example.org", "|schema:startDate": "long ago"})
    person.send(place, {"do": "check"})
    wrong = " ".join(item.text_content() for item in person.page.xpath("//div[@class='problems']//li"))
    assert "“long ago” is not a year between 1900 and 2039, for example 2013" in wrong, wrong
    assert "A report of ours" in person.page.xpath("//datalist[@id='list-source']/option/@value"), "it comes up"
    assert "Last saved" in person.text


def test_a_rule_of_the_graph_is_told_in_the_names_of_the_form(site: httpx.Client) -> None:
    person = Person(site)
    person.get(f"/contribute?record={WIGAN}")
    person.send("/contribute")
    person.send(person.here, {"result-1|wsic:unit": "", "result-1|wsic:unitText": "", "do": "check"})
    assert "add “unit” with a concept" in person.text and "wsic:unit" not in person.text


def test_a_draft_of_an_account_is_in_its_list_and_opens_for_nobody_else(site: httpx.Client) -> None:
    ann, bob, stranger = Person(site), Person(site), Person(site)
    ann.sign_in("ann")
    bob.sign_in("bob")
    private = new_initiative(ann, "Anns own idea")
    ann.get("/account")
    (place,) = [a.get("href") for a in ann.page.xpath("//tbody//th//a") if a.text == "Anns own idea"]
    assert place != private and "Only your account opens this page" in ann.get(place).text
    ann.send(place, {"|dcterms:description": "From the list", "do": "save"})
    assert "From the list" in ann.get(private).text
    form = {"form": bob.get("/contribute") and bob.fields("/contribute")["form"], "do": "withdraw"}
    for person in (bob, stranger):
        assert person.get(place).status_code == 404
    assert bob.client.post(place, data=form).status_code == 404
    assert stranger.client.get(f"{place}/preview").status_code == 404
    ann.get(private)
    ann.send(private, {"do": "withdraw"})
    assert "It was deleted" in ann.text


def test_the_queue_tells_what_each_submission_is(site: httpx.Client, editor: Person) -> None:
    visitor = Person(site)
    visitor.get(f"/contribute/about/{TORBAY}")
    visitor.send(f"/contribute/about/{TORBAY}", {"do": "current", "why": "We run it.", "named": ""}, 3)
    assert "Still current: initiative" in visitor.text and "Correction" not in visitor.text
    visitor.get(f"/contribute?record={WIGAN}")
    visitor.send("/contribute")
    visitor.send(visitor.here, {"|dcterms:title": "The Wigan Deal, so called", "do": "submit"})
    editor.get("/review")
    told = {
        row.xpath(".//th//a")[0].text: row.xpath(".//td")[0].text_content().strip()
        for row in editor.page.xpath("//tbody/tr")
    }
    assert told == {"Torbay Care Trust integrated teams": "still current", "The Wigan Deal": "correction"}
    (place,) = [a.get("href") for a in editor.page.xpath("//tbody//th//a") if "Wigan" in a.text]
    editor.get(place)
    editor.send(place, {"do": "accept"})
    (row,) = editor.page.xpath("//section[@aria-labelledby='differences']//tbody/tr")
    assert "What it changed" in editor.text and row.xpath(".//del")[0].text.strip() == "The Wigan Deal"


def test_an_editor_edits_in_the_form(site: httpx.Client, editor: Person) -> None:
    visitor, other = Person(site), Person(site)
    visitor.get("/contribute?record=initiative/jonkoping-esther")
    visitor.send("/contribute")
    visitor.send(visitor.here, {"|dcterms:title": "Esther in Höglandet", "do": "submit"})
    editor.get("/review")
    (place,) = [a.get("href") for a in editor.page.xpath("//tbody//th//a") if "Esther" in a.text]
    form = f"{place}/form"
    other.sign_in("ed")
    other.get(form)
    editor.get(form)
    editor.send(form, {"do": "add |wsic:cost"})
    (part,) = editor.page.xpath("//*[@autofocus]")
    assert part.get("id") == "cost-1", "what was added is where one goes on"
    editor.send(form, {"do": "keep", "cost-1|dcterms:description": "Coaches", "cost-1|wsic:amount": "much"})
    assert editor.answer.status_code == 422 and "“much” is not" in editor.text and "Coaches" in editor.answer.text
    editor.send(
        form,
        {
            "do": "keep",
            "cost-1|wsic:amount": "1,200",
            "cost-1|schema:currency": "GBP",
            "|dcterms:title": "Esther, edited",
        },
    )
    assert editor.here == place, editor.page.xpath("//div[@class='problems']")[0].text_content()
    assert "Esther, edited" in editor.text and "1200" in editor.text
    other.send(form, {"|dcterms:description": "The other editor typed this", "do": "keep"})
    assert other.answer.status_code == 409 and "Somebody else edited this submission" in other.text
    assert "The other editor typed this" in other.answer.text
    assert visitor.get(form).url.path == "/account/sign-in"


def test_a_correction_that_changes_nothing_is_not_sent(site: httpx.Client) -> None:
    visitor = Person(site)
    visitor.get("/contribute?record=value-case/torbay")
    visitor.send("/contribute")
    visitor.send(visitor.here, {"do": "submit"})
    assert visitor.answer.status_code == 422 and "Nothing differs yet from what the record says" in visitor.text
    assert "This is a draft" in visitor.text


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/1.0 Safari/537.36 Edg/1.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, words: str) -> None:
    assert browser_name(agent) == words


def test_only_the_words_that_differ_are_marked() -> None:
    start, end = (
        "Twelve words that are the same stand on each side of the number ",
        "people who were visited at home in the first year of the work.",
    )
    changed = Difference("", "description", [f"{start}23 {end}"], [f"{start}24 {end}"])
    assert changed.marked == (
        [[(start, False), ("23 ", True), (end, False)]],
        [[(start, False), ("24 ", True), (end, False)]],
    )
    longer = Difference("", "note", [start], [f"{start}{start}"])
    assert "".join(text for text, _ in longer.marked[1][0]) == start + start and longer.marked[0] == [[(start, False)]]
    assert Difference("", "title", ["The Deal"], ["The new Deal"]).marked[1] == [[("The new Deal", True)]]
    assert Difference("", "area", [], ["A", "B"]).marked == ([], [[("A", True)], [("B", True)]])


def test_two_windows_at_one_draft_overwrite_nothing_unseen(site: httpx.Client) -> None:
    """Whoever has the private link may be at work too."""
    one, other = Person(site), Person(site)
    place = new_initiative(one, "Walsall at work")
    other.get(place)
    one.send(place, {"|dcterms:description": "What one wrote", "do": "save"})
    other.send(place, {"|dcterms:description": "What the other wrote", "why": "Their reason", "do": "check"})
    assert other.answer.status_code == 409 and "in another window" in other.text
    assert "Nothing of it is kept yet" in other.text and "kept as a draft" not in other.text
    assert "What the other wrote" in other.answer.text and "Their reason" in other.answer.text
    assert "What one wrote" in one.get(place).text
    other.send(place, {"do": "save"})
    assert other.answer.status_code == 200 and "What the other wrote" in one.get(place).text


def checkers() -> list[int]:
    """The processes of this site that check submissions."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            own = f"\nPPid:\t{os.getpid()}\n" in (place / "status").read_text("utf-8")
            if own and b"wsic_graph.ledger.checking" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
    return found


def end_checkers(site: httpx.Client) -> list[int]:
    """Let the next checks fail, as one does that takes too much memory: one for each process that was ended."""
    Person(site).get("/contribute")
    ended = checkers()
    for process in ended:
        os.kill(process, signal.SIGKILL)
    assert ended
    return ended


def test_nothing_typed_is_lost_when_a_check_fails(site: httpx.Client, editor: Person) -> None:
    """The contributor's draft is kept, and the editor's form comes back, whatever becomes of the check."""
    visitor = Person(site)
    place = new_initiative(visitor, "Dudley at home")
    for number, _ in enumerate(end_checkers(site)):
        visitor.send(place, {"|dcterms:description": f"An hour of typing {number}", "do": "submit"})
        assert visitor.answer.status_code == 503 and "took too long or too much memory" in visitor.text
    assert "What you typed is kept as a draft" in visitor.text and "An hour of typing" in visitor.answer.text
    assert f"An hour of typing {number}" in visitor.get(place).text

    visitor.get(f"/contribute?record={WIGAN}")
    visitor.send("/contribute")
    visitor.send(visitor.here, {"|wsic:partner": ["Dudley"], "why": "So that it can be edited", "do": "submit"})
    assert "It is with the editors" in visitor.text
    editor.get("/review")
    form = f"{editor.page.xpath('//tbody//th//a/@href')[-1]}/form"
    editor.get(form)
    for number, _ in enumerate(end_checkers(site)):
        editor.send(form, {"|dcterms:description": f"The editor typed too {number}", "do": "keep"})
        assert editor.answer.status_code == 503 and f"The editor typed too {number}" in editor.answer.text
    editor.send(form, {"do": "keep"})
    assert editor.here == form.removesuffix("/form") and "The editor typed too" in editor.text


def test_words_of_a_comment_stay_when_too_many_were_sent(site: httpx.Client, data_dir: Path) -> None:
    visitor, place = Person(site), "/contribute/about/value-case/torbay"
    for number in range(11):
        visitor.get(place)
        visitor.send(place, {"text": f"Comment {number} of many", "do": "comment"}, 1)
    assert visitor.answer.status_code == 429 and int(visitor.answer.headers["retry-after"]) > 5
    assert "tried too often" in visitor.text and "Comment 10 of many" in visitor.text


def test_what_cannot_be_read_and_what_is_missing_are_told_at_once(site: httpx.Client) -> None:
    person = Person(site)
    place = new_initiative(person, "Dudley discharge lounge")
    person.send(place, {"do": "add source"})
    typed = {"source/new-1|dcterms:title": "A plan", "source/new-1|schema:url": "www.example.org"}
    typed["|dcterms:references"] = "A plan"
    person.send(place, typed | {"|wsic:leadOrganisation": "Nobody we know", "do": "check"})
    told = [" ".join(item.text_content().split()) for item in person.page.xpath("//div[@class='problems']//li")]
    assert told[:2] == ["Description is needed", "Status of the initiative is needed"], told
    assert any(line.startswith("Lead organisation: there is no organisation called") for line in told), told
    assert "Lead organisation is needed" not in told, "something was given"
    assert any("starts with http" in line for line in told), told
    assert [line.startswith("Lead organisation") for line in told].index(True) > told.index("Programme is needed")


def test_only_versions_that_say_something_else_can_be_restored(site: httpx.Client, editor: Person) -> None:
    record = "initiative/basque-chronicity-strategy"
    place = f"/review/records/{record}"
    editor.get(place)
    assert "version" not in editor.fields(place) and "Restore that version" not in editor.text, "there is one only"
    ann = person_of(site, "ann")
    ann.get(f"/contribute?record={record}")
    ann.send("/contribute")
    ann.send(ann.here, {"|dcterms:title": "Known anew", "do": "submit"})
    editor.get("/review")
    *_, submission = [a.get("href") for a in editor.page.xpath("//tbody//a")]  # the newest is the last
    editor.get(submission)
    editor.send(submission, {"do": "accept"})
    before = editor.get(place) and editor.fields(place)["version"]
    assert before == ["0"] and editor.page.xpath("//select[@id='version']/option/text()") == ["0"]
    editor.send(place, {"do": "restore", "why": "As it was"})
    assert editor.answer.status_code == 200, editor.text
    assert "Known anew" not in site.get("/initiatives/basque-chronicity-strategy").text
