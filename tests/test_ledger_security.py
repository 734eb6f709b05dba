"""What people may try on the pages of accounts, contributions and reviews."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.ledger_fixtures import PASSWORD, WIGAN, WIGAN_IRI, Person, editor_of
from tests.site_fixtures import serve
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.ledger import submissions
from wsic_graph.ledger.people import Account, make_token
from wsic_graph.ledger.store import Ledger
from wsic_graph.settings import Settings

EVIL = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("security")


@pytest.fixture(scope="module")
def accounts(data_dir: Path) -> dict[str, Account]:
    return {role: editor_of(data_dir, role, role) for role in ("reader", "contributor", "editor", "administrator")}


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path, accounts: dict[str, Account]) -> Iterator[httpx.Client]:
    with serve(release, Settings(data_dir=data_dir)) as client:
        yield client


@pytest.fixture(autouse=True)
def forgiven(data_dir: Path, site: httpx.Client) -> None:
    """Each test may try as often as it is allowed to."""
    ledger = Ledger(data_dir)
    with ledger.writing() as db:
        db.execute("DELETE FROM attempt")
    ledger.close()


def draft_of(site: httpx.Client) -> Person:
    person = Person(site)
    person.get(f"/contribute?record={WIGAN}")
    person.send("/contribute")
    assert person.here.startswith("/contribute/drafts/")
    return person


def test_reviews_are_for_editors(site: httpx.Client) -> None:
    ledger_places = ("/review", "/review/0123456789abcdef", f"/review/records/{WIGAN}")
    for place in ledger_places:
        answer = site.get(place)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/account/sign-in"), place
    for role, status in (("reader", 403), ("contributor", 403), ("editor", 200), ("administrator", 200)):
        person = Person(site)
        person.sign_in(role)
        assert person.get("/review").status_code == status, role
        if status == 403:
            token = re.search(r'name="form" value="(\w+)"', person.get("/account").text)
            assert token is not None
            body = {"form": token[1], "do": "remove", "why": "x", "seen": "x"}
            assert person.client.post(f"/review/records/{WIGAN}", data=body).status_code == 403


def test_a_draft_opens_by_its_link_alone(site: httpx.Client, data_dir: Path) -> None:
    person = draft_of(site)
    ledger = Ledger(data_dir)
    secret = person.here.rsplit("/", 1)[1]
    name = submissions.open_link(ledger, secret).id
    with ledger.reading() as db:
        kept = b"".join(bytes(str(value), "utf-8") for row in db.execute("SELECT * FROM submission") for value in row)
    ledger.close()
    assert secret.encode() not in kept, "the link is kept as a hash"
    for wrong in (name, secret[:-1], secret + "A", "%00", "a" * 5000):
        answer = site.get(f"/contribute/drafts/{wrong}")
        assert answer.status_code in (404, 400, 414), wrong
        assert "Wigan" not in answer.text
    assert site.get(f"/review/{name}").status_code == 303


@pytest.mark.parametrize("place", ["/contribute", "/account/sign-in"])
def test_forms_are_taken_from_our_pages_alone(site: httpx.Client, place: str) -> None:
    mine, other = Person(site), Person(site)
    mine.get(place)
    other.get(place)
    fields = mine.fields(place) | {"name": ["editor"], "password": [PASSWORD], "title": ["A title"]}
    forms: list[dict[str, list[str]]] = [{"form": []}, {"form": [""]}, {"form": other.fields(place)["form"]}]
    for wrong in forms:
        assert mine.client.post(place, data=fields | wrong).status_code == 403
    assert mine.client.post(place, data=fields, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert httpx.post(f"{site.base_url}{place}", data=fields, trust_env=False).status_code == 403, "without the cookie"
    assert mine.client.post(place, data=fields).status_code in (200, 303)


def test_sessions_begin_and_end_here(site: httpx.Client) -> None:
    person = Person(site)
    person.client.cookies.set("wsic-session", "chosen-by-somebody-else-0123456789abcdef")
    person.sign_in("editor")
    cookies = {cookie.name: cookie for cookie in person.client.cookies.jar}
    assert cookies["wsic-session"].value != "chosen-by-somebody-else-0123456789abcdef"
    assert "HttpOnly" in str(cookies["wsic-session"]._rest)  # type: ignore[attr-defined]
    secret = str(cookies["wsic-session"].value)
    assert httpx.get(f"{site.base_url}/review", cookies={"wsic-session": secret}, trust_env=False).status_code == 200
    person.get("/account")
    person.send("/account/sign-out")
    assert httpx.get(f"{site.base_url}/review", cookies={"wsic-session": secret}, trust_env=False).status_code == 303


def test_nobody_learns_which_accounts_there_are(site: httpx.Client) -> None:
    said = set()
    for name in ("editor", "nobody-at-all", "' OR 1=1 --", "EDITOR\x00"):
        person = Person(site)
        assert person.sign_in(name, "wrong password here").status_code == 401
        said.add(re.sub(r'value="[^"]*"', "", person.text))
    assert len(said) == 1
    for name in ("editor", "nobody-at-all"):
        statuses = []
        for _ in range(7):
            person = Person(site)
            statuses.append(person.sign_in(name, "wrong password here").status_code)
        assert statuses[-1] == 429 and "retry-after" in person.answer.headers
    assert Person(site).sign_in("editor").status_code == 429, "locked, whatever the password"


def test_private_pages_are_kept_by_nobody_and_public_ones_know_nobody(site: httpx.Client) -> None:
    person = Person(site)
    person.sign_in("editor")
    draft = draft_of(site).here
    for place in ("/review", "/account", "/contribute", "/account/sign-in", draft, f"/review/records/{WIGAN}"):
        answer = person.get(place)
        assert answer.headers["cache-control"] == "no-store", place
        assert not {"etag", "access-control-allow-origin"} & set(answer.headers), place
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "script-src" not in answer.headers["content-security-policy"]
    for place in ("/", f"/history/{WIGAN}", "/initiatives/wigan-deal"):
        known, unknown = person.get(place), site.get(place)
        assert known.text == unknown.text and "set-cookie" not in known.headers and "etag" in known.headers, place


def test_a_way_out_is_no_next_page(site: httpx.Client) -> None:
    for target in ("//evil.example", "https://evil.example/", "/\\evil.example", "/review//evil.example/../..//x"):
        person = Person(site)
        person.get("/account/sign-in")
        fields = person.fields("/account/sign-in") | {"name": ["editor"], "password": [PASSWORD], "next": [target]}
        answer = person.client.post("/account/sign-in", data=fields)
        assert answer.headers["location"] == "/account", target


def test_what_is_typed_stays_text(site: httpx.Client, data_dir: Path) -> None:
    visitor = draft_of(site)
    place = visitor.here
    words = {"|dcterms:title": EVIL, "|dcterms:description": EVIL, "|wsic:partner": EVIL, "named": EVIL, "why": EVIL}
    visitor.send(place, {**words, "do": "submit"})
    assert "It is with the editors" in visitor.text, visitor.text[:3000]
    editor = Person(site)
    editor.sign_in("editor")
    ledger = Ledger(data_dir)
    name = submissions.open_link(ledger, place.rsplit("/", 1)[1]).id
    ledger.close()
    pages = [
        visitor.get(place),
        editor.get("/review"),
        editor.get(f"/review/{name}/preview"),
        editor.get(f"/review/{name}"),
    ]
    editor.send(f"/review/{name}", {"do": "accept"})
    assert "Accepted" in editor.text
    public = (
        f"/history/{WIGAN}",
        "/initiatives/wigan-deal",
        "/search?q=onerror",
        "/initiatives",
        "/sitemap/initiative.xml",
    )
    pages += [editor.answer, *(site.get(item) for item in public)]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text and "<img src=x" not in page.text, page.url
        assert "}}49" not in page.text
    assert "alert(1)" in site.get("/initiatives/wigan-deal").text
    editor.get(f"/review/records/{WIGAN}")
    editor.send(f"/review/records/{WIGAN}", {"do": "restore", "version": "0", "why": "vandalism"})


def test_no_field_decides_what_is_not_a_contributors_to_decide(site: httpx.Client, data_dir: Path) -> None:
    visitor = draft_of(site)
    more = {"state": "accepted", "account": "1", "base": "", "record": "initiative/torbay-care-trust"}
    visitor.send(visitor.here, {**more, "do": "save", "|rdf:type": "wsic:Area", "|wsic:basis": "derived"})
    ledger = Ledger(data_dir)
    found = submissions.open_link(ledger, visitor.here.rsplit("/", 1)[1])
    ledger.close()
    assert (found.state, found.account, found.record) == ("draft", None, WIGAN_IRI)


def test_too_much_is_refused(site: httpx.Client) -> None:
    visitor = draft_of(site)
    fields = visitor.fields(visitor.here)
    assert visitor.client.post(visitor.here, data=fields | {"why": ["x" * 1_100_000]}).status_code == 413
    many = {f"|f{number}": "x" for number in range(5000)}
    assert visitor.client.post(visitor.here, data=fields | many).status_code in (400, 413)
    statuses = []
    for _ in range(25):
        person = Person(site)
        person.get(f"/contribute?record={WIGAN}")
        statuses.append(person.send("/contribute").status_code)
    assert statuses[-1] == 429 and statuses[0] == 200


def test_program_hands_in_rdf_with_a_token(
    site: httpx.Client, data_dir: Path, release: Path, accounts: dict[str, Account]
) -> None:
    ledger = Ledger(data_dir)
    token = make_token(ledger, accounts["contributor"], "test", ("submit",), 1)
    said = (
        said_of(release, [WIGAN_IRI])[WIGAN_IRI].decode().replace(" <https://w3id.org/wsic/graph/initiatives> .", " .")
    )
    place = f"/api/submissions?record={WIGAN}&why=test"
    bearer = {"authorization": f"Bearer {token}", "content-type": "application/n-triples"}
    wrongs: list[dict[str, str]] = [{}, {"authorization": "Bearer wsic_x"}, {"authorization": f"Basic {token}"}]
    for wrong in wrongs:
        headers = {"content-type": "text/turtle"} | wrong
        assert site.post(place, content=said, headers=headers).status_code == 401
    assert site.post(place, content=said, headers=bearer | {"content-type": "application/rdf+xml"}).status_code == 415
    assert site.post(place, content=b"\xff", headers=bearer).status_code == 400
    assert site.post("/api/submissions?record=area/E08000010", content=said, headers=bearer).status_code == 404
    part = f"<{WIGAN_IRI}#x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/wsic/ontology#Area> ."
    other = said.replace("wigan-deal>", "torbay-care-trust>")
    link = said.replace("https://www.wigan.gov.uk", "javascript:alert(1)")
    for wrong_body in (
        other,
        said + "_:b <http://purl.org/dc/terms/title> 'x' .\n",
        said + part,
        link,
        "(" * 80_000,
        "<#a>" * 90_000,
    ):
        answer = site.post(place, content=wrong_body, headers=bearer)
        assert answer.status_code == 422 and answer.json()["faults"], wrong_body[-200:]
    answer = site.post(place, content=said.replace("The Wigan Deal", "The Wigan Deal by program"), headers=bearer)
    assert answer.status_code == 201 and answer.json()["state"] == "submitted"
    state = httpx.get(f"{site.base_url}{httpx.URL(answer.json()['self']).path}", trust_env=False)
    assert state.json()["state"] == "submitted" and state.headers["cache-control"] == "no-store"
    with ledger.writing() as db:
        db.execute("UPDATE token SET expires = 0")
    assert site.post(place, content=said, headers=bearer).status_code == 401
    ledger.close()


def test_two_editors_get_a_conflict(site: httpx.Client, data_dir: Path) -> None:
    visitor = draft_of(site)
    place = visitor.here
    visitor.send(place, {"|wsic:partner": ["One more partner"], "do": "submit"})
    ledger = Ledger(data_dir)
    name = submissions.open_link(ledger, place.rsplit("/", 1)[1]).id
    ledger.close()
    first, second = Person(site), Person(site)
    for person in (first, second):
        person.sign_in("editor")
        person.get(f"/review/{name}")
    first.send(f"/review/{name}", {"do": "ask", "reason": "Say more"})
    second.send(f"/review/{name}", {"do": "accept"})
    assert second.answer.status_code == 409 and "somebody else" in second.text
