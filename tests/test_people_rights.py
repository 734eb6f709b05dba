"""Every route of the site with every role, against the one table of rights; and every form against strangers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from tests.ledger_fixtures import PASSWORD, WIGAN, Person, editor_of
from tests.site_fixtures import serve
from wsic_graph.ledger.people import ROLES
from wsic_graph.ledger.store import Ledger
from wsic_graph.service.app import create_app
from wsic_graph.service.rights import ANYONE, RIGHTS, right_of
from wsic_graph.service.web import Web
from wsic_graph.settings import Settings

VALUES = {"kind": "initiative", "slug": "wigan-deal", "number": "999999", "secret": "x" * 43, "name": "0" * 16}
PARTS = tuple(prefix for prefix in RIGHTS if prefix != "/")
"""The parts of the site in which it matters who asks."""


def routes_of(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Every method and path of the site."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield from ((method, route.path) for method in sorted(route.methods or ()) if method != "HEAD")
        elif hasattr(route, "original_router"):
            yield from routes_of(route.original_router.routes)


@pytest.fixture(scope="module")
def routes(release: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    app = create_app(release, Settings(data_dir=tmp_path_factory.mktemp("routes")))
    assert isinstance(app, Web)
    found = sorted(set(routes_of(app.pages.routes)))
    assert len(found) > 120
    return found


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rights")
    for role in ROLES:
        editor_of(folder, role, role)
    return folder


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    with serve(release, Settings(data_dir=data_dir)) as client:
        yield client


@pytest.fixture(scope="module")
def people(site: httpx.Client, data_dir: Path) -> dict[str, Person]:
    """Somebody of each role, signed in; the nameless has no account."""
    found = {ANYONE: Person(site)} | {role: Person(site) for role in ROLES}
    found[ANYONE].get("/account/sign-in")
    for role in ROLES:
        found[role].sign_in(role)
    return found


def address_of(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda name: VALUES.get(name[1], "x"), path)


def in_a_part(path: str) -> bool:
    return path.startswith(PARTS)


def test_each_route_with_each_role(routes: list[tuple[str, str]], people: dict[str, Person]) -> None:
    """Who may not is sent to sign in, or refused; who may is not, whatever else is wrong with the request."""
    ladder = (ANYONE, *ROLES)
    tried = 0
    for method, path in routes:
        if not in_a_part(path) or path.endswith("/sign-out"):
            continue
        needed = right_of(address_of(path))
        for role, person in people.items():
            may = ladder.index(role) >= ladder.index(needed)
            # A form without its token goes no further than that, so that nothing is done here.
            answer = person.client.request(method, address_of(path))
            about = f"{role or 'nobody'} {method} {path}: {answer.status_code}"
            to_sign_in = answer.headers.get("location", "").startswith("/account/sign-in?next=")
            refused = answer.status_code == 403 and "This page is for" in answer.text
            assert to_sign_in == (not may and role == ANYONE), about
            assert refused == (not may and role != ANYONE), about
            assert answer.status_code < 500, about
            tried += 1
    assert tried > 150


def test_the_table_is_what_was_meant() -> None:
    meant = {
        "/review": "editor",
        "/review/0123": "editor",
        "/review/records/initiative/x": "editor",
        "/review/anything-new": "editor",
        "/administration": "administrator",
        "/administration/audit": "administrator",
        "/account": "reader",
        "/account/anything-new": "reader",
        "/account/data.json": "reader",
        "/account/tokens/revoke": "contributor",
        "/account/sign-in": ANYONE,
        "/account/sign-in-as": "reader",
        "/account/links/x": ANYONE,
        "/contribute/drafts/x": ANYONE,
        "/": ANYONE,
        "/reviewers": ANYONE,
        "/initiatives/x": ANYONE,
    }
    assert {path: right_of(path) for path in meant} == meant


def test_nobody_gets_around_the_table(people: dict[str, Person]) -> None:
    around = ("//review", "/review/", "/./review", "/%72eview", "/review%2f", "/REVIEW", "/review;x", "/x/../review")
    for path in around:
        client = people["reader"].client
        request = client.build_request("GET", f"{str(client.base_url).rstrip('/')}{path}")
        answer = client.send(request)
        assert answer.status_code in (308, 403, 404), f"{path}: {answer.status_code}"
        assert "Waiting for a decision" not in answer.text


def test_other_pages_do_not_look_at_who_asks(routes: list[tuple[str, str]], people: dict[str, Person]) -> None:
    """What changes something there takes no cookie, so no other site can make a browser do it in somebody's name."""
    cookie = {"cookie": "; ".join(f"{c.name}={c.value}" for c in people["administrator"].client.cookies.jar)}
    posts = [path for method, path in routes if method != "GET" and not in_a_part(path)]
    assert len(posts) >= 5
    base = str(people[ANYONE].client.base_url).rstrip("/")
    for path in posts:
        with_it = httpx.post(f"{base}{address_of(path)}", headers=cookie, content=b"{", trust_env=False)
        without = httpx.post(f"{base}{address_of(path)}", content=b"{", trust_env=False)
        assert with_it.status_code == without.status_code < 500, path
        assert "set-cookie" not in with_it.headers


def test_every_form_needs_its_token(routes: list[tuple[str, str]], people: dict[str, Person]) -> None:
    """The token of another visitor, of the same one before signing in, none, or a form from another site."""
    person = people["administrator"]
    posts = [path for method, path in routes if method == "POST" and in_a_part(path)]
    assert len(posts) >= 15
    tokens = {}
    for role in ("editor", "administrator"):
        found = re.search(r'name="form" value="(\w+)"', people[role].get("/account").text)
        assert found
        tokens[role] = found[1]
    for path in posts:
        place = address_of(path)
        for wrong in ({}, {"form": ""}, {"form": tokens["editor"]}, {"form": tokens["administrator"].upper()}):
            answer = person.client.post(place, data={**wrong, "do": "role", "role": "administrator"})
            assert answer.status_code == 403 and "not sent from a page" in answer.text, f"{path} {wrong}"
        for origin in ("cross-site", "same-site"):
            headers = {"sec-fetch-site": origin}
            answer = person.client.post(place, data={"form": tokens["administrator"]}, headers=headers)
            assert answer.status_code == 403, f"{path} {origin}"
        answer = person.client.post(place, json={"form": tokens["administrator"]})
        assert answer.status_code == 403, f"{path} as JSON"


def test_every_private_page_has_its_headers(routes: list[tuple[str, str]], people: dict[str, Person]) -> None:
    person = people["administrator"]
    for method, path in routes:
        if method != "GET" or not in_a_part(path):
            continue
        headers = person.client.get(address_of(path)).headers
        assert headers["cache-control"] == "no-store", path
        assert headers["x-robots-tag"] == "noindex" and headers["referrer-policy"] == "same-origin", path
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY", path
        assert "access-control-allow-origin" not in headers and "etag" not in headers, path
        policy = headers["content-security-policy"]
        for rule in ("default-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert rule in policy, path
        assert "unsafe" not in policy


def test_a_site_with_https_and_without_registration(release: Path, data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir, public_url="https://wsic.example", registration=False)
    with serve(release, settings) as client:
        page = client.get("/account/sign-in")
        assert "/account/register" not in page.text and "/account/forgotten" in page.text
        assert client.get("/account/register").status_code == 404
        (form_cookie,) = page.headers.get_list("set-cookie")
        token = re.search(r'name="form" value="(\w+)"', page.text)
        assert token
        name, _, rest = form_cookie.partition("=")
        fields = {"form": token[1], "name": "reader", "password": PASSWORD}
        headers = {"cookie": f"{name}={rest.partition(';')[0]}"}
        answer = client.post("/account/register", data=fields | {"email": "a@b.example"}, headers=headers)
        assert answer.status_code == 404
        answer = client.post("/account/sign-in", data=fields, headers=headers)
        assert answer.status_code == 303
        session = next(item for item in answer.headers.get_list("set-cookie") if "session" in item)
    for cookie in (form_cookie, session):
        words = [word.strip().lower() for word in cookie.split(";")]
        assert words[0].startswith("__host-wsic-")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(words)
        assert not any(word.startswith(("domain", "max-age", "expires")) for word in words), "it ends with the browser"


def test_ids_of_others_open_nothing(site: httpx.Client, people: dict[str, Person], data_dir: Path) -> None:
    """Sessions, tokens, drafts and submissions of somebody else, named by their id."""
    ledger = Ledger(data_dir)
    editor, thief = Person(site), Person(site)
    editor.sign_in("editor")
    thief.sign_in("contributor")
    editor.get("/account")
    editor.send("/account/tokens", {"label": "mine", "scope": ["submit", "review"]})
    secret = editor.page.xpath("//code[@class='secret']/text()")[0]
    with ledger.reading() as db:
        of = "FROM {} JOIN account ON account.id = account WHERE name = 'editor'"
        tokens = [row[0] for row in db.execute(f"SELECT hex(substr(hash, 1, 8)) {of.format('token')}")]
        sessions = [row[0] for row in db.execute(f"SELECT hex(substr(hash, 1, 8)) {of.format('session')}")]
    for path, name, ids in (("/account/tokens/revoke", "token", tokens), ("/account/sessions", "session", sessions)):
        for found in ids:
            token = thief.get("/account").text.split('name="form" value="')[1].split('"')[0]
            answer = thief.client.post(path, data={"form": token, name: found})
            assert answer.status_code == 404, path
    assert editor.get("/review").status_code == 200
    bearer = {"authorization": f"Bearer {secret}"}
    assert site.get("/api/review", headers=bearer).status_code == 200
    visitor = Person(site)
    visitor.get(f"/contribute?record={WIGAN}")
    visitor.send("/contribute")
    with ledger.reading() as db:
        (name,) = db.execute("SELECT id FROM submission").fetchone()
    ledger.close()
    for place in (f"/contribute/drafts/{name}", f"/contribute/drafts/{name}/preview", f"/api/submissions/{name}"):
        assert thief.get(place).status_code == 404, place
    assert thief.get(f"/review/{name}").status_code == 403
    assert secret not in editor.get("/account").text, "a token is shown once"
    editor.send("/account/tokens/revoke")
    assert site.get("/api/review", headers=bearer).status_code == 401
