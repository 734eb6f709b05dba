"""Browsers that are known to an account: strangers who guess cannot shut its owner out."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.ledger_fixtures import PASSWORD, Person, letter, link_in, person_of
from tests.site_fixtures import serve
from wsic_graph.ledger.attempts import BROWSER_SECONDS, Browser, know
from wsic_graph.ledger.keeping import forget_old
from wsic_graph.ledger.people import Account, add_account, make_token, tokens_of
from wsic_graph.ledger.store import Ledger
from wsic_graph.settings import Settings

NEW = "another horse battery"
WRONG = "wrong password of a stranger"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("known")


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    with serve(release, Settings(data_dir=data_dir), public=True) as client:
        yield client


@pytest.fixture
def ledger(data_dir: Path) -> Iterator[Ledger]:
    found = Ledger(data_dir)
    with found.writing() as db:
        db.execute("DELETE FROM attempt")
    yield found
    found.close()


def guessed(ledger: Ledger, site: httpx.Client, name: str) -> None:
    """Strangers guess at a password until nobody new may try one."""
    for _ in range(5):
        Person(site).sign_in(name, WRONG)
    assert Person(site).sign_in(name).status_code == 429


def left(person: Person) -> Person:
    """Somebody who has signed out."""
    person.get("/account")
    person.send("/account/sign-out")
    assert person.here == "/account/sign-in"
    return person


def known(ledger: Ledger, account: Account) -> int:
    """How many browsers are known to an account."""
    with ledger.reading() as db:
        return int(db.execute("SELECT count(*) FROM browser WHERE account = ?", (account.id,)).fetchone()[0])


def test_a_known_browser_gets_in_while_strangers_guess(site: httpx.Client, ledger: Ledger) -> None:
    add_account(ledger, "gil", "editor", PASSWORD)
    add_account(ledger, "hal", "editor", PASSWORD)
    gil = left(person_of(site, "gil"))
    guessed(ledger, site, "gil")
    guessed(ledger, site, "hal")
    assert gil.sign_in("hal").status_code == 429, "it is known to one account, not to another"
    assert gil.sign_in("gil").url.path == "/account"
    assert Person(site).sign_in("gil").status_code == 429, "strangers wait all the same"
    left(gil)
    tried = [gil.sign_in("gil", WRONG).status_code for _ in range(6)]
    assert tried == [401] * 5 + [429], "and whoever sits at that browser does not guess for ever"
    assert gil.sign_in("gil").status_code == 429


def test_the_cookie_lasts_and_opens_nothing(site: httpx.Client, ledger: Ledger) -> None:
    account = add_account(ledger, "ida", "editor", PASSWORD)
    ida = person_of(site, "ida")
    cookie = next(item for item in ida.client.cookies.jar if item.name == "wsic-browser")
    assert cookie.expires is not None and abs(cookie.expires - time.time() - BROWSER_SECONDS) < 60
    assert "HttpOnly" in str(cookie._rest) and cookie.value  # type: ignore[attr-defined]
    found = httpx.get(f"{site.base_url}/account", cookies={"wsic-browser": cookie.value}, trust_env=False)
    assert found.status_code == 303, "nobody is signed in by it"
    left(ida)
    assert ida.client.cookies["wsic-browser"] == cookie.value
    assert ida.sign_in("ida").url.path == "/account" and ida.client.cookies["wsic-browser"] == cookie.value
    assert known(ledger, account) == 1
    with sqlite3.connect(ledger.path) as db:
        assert cookie.value not in "".join(db.iterdump())
    assert [list(item) for item in ida.get("/account/data.json").json()["browsers"]] == [["seen"]]


@pytest.mark.parametrize("how", ["password", "others"])
def test_a_browser_is_forgotten_with_its_sessions(site: httpx.Client, ledger: Ledger, how: str) -> None:
    name = f"joy-{how}"
    add_account(ledger, name, "editor", PASSWORD)
    lost, owner = left(person_of(site, name)), person_of(site, name)
    also = person_of(site, name)
    owner.get("/account")
    if how == "password":
        owner.send("/account/password", {"password": PASSWORD, "new": NEW})
    else:
        owner.send("/account/sessions", {"session": ""}, place=-1)
    assert also.get("/account").url.path == "/account/sign-in" and owner.get("/account").url.path == "/account"
    left(owner)
    guessed(ledger, site, name)
    password = NEW if how == "password" else PASSWORD
    assert lost.sign_in(name, password).status_code == 429
    assert owner.sign_in(name, password).url.path == "/account"


def test_old_browsers_are_forgotten(site: httpx.Client, ledger: Ledger) -> None:
    account = add_account(ledger, "kay", "editor", PASSWORD)
    kay = left(person_of(site, "kay"))
    with ledger.writing() as db:
        for number in range(25):
            know(db, account.id, Browser(f"another {number}"))
    assert known(ledger, account) == 20
    assert kay.sign_in("kay").url.path == "/account" and known(ledger, account) == 20
    left(kay)
    with ledger.writing() as db:
        db.execute("UPDATE browser SET seen = seen - ? WHERE account = ?", (BROWSER_SECONDS, account.id))
    guessed(ledger, site, "kay")
    assert kay.sign_in("kay").status_code == 429
    forget_old(ledger)
    assert known(ledger, account) == 0


@pytest.mark.parametrize("too", [True, False])
def test_tokens_end_with_the_password_where_asked(
    site: httpx.Client, ledger: Ledger, data_dir: Path, too: bool
) -> None:
    for way in ("changed", "forgotten"):
        name = f"lea-{way}-{too}".lower()
        account = add_account(ledger, name, "editor", PASSWORD, email=f"{name}@council.example")
        make_token(ledger, account, "robot", ("submit",), 90)
        more = {"tokens": "1"} if too else {}
        if way == "changed":
            person = person_of(site, name)
            person.get("/account")
            person.send("/account/password", {"password": PASSWORD, "new": NEW, **more})
        else:
            person = Person(site)
            person.get("/account/forgotten")
            person.send("/account/forgotten", {"email": account.email})
            place = link_in(letter(data_dir, account.email))
            assert "Revoke my tokens" in person.get(place).text
            person.send(place, {"password": NEW, "again": NEW, **more})
        assert person.here == "/account" and len(tokens_of(ledger, account)) == (0 if too else 1)


def test_browsers_are_told_to_come_by_https(release: Path, tmp_path: Path, site: httpx.Client) -> None:
    assert "strict-transport-security" not in site.get("/").headers
    with serve(release, Settings(data_dir=tmp_path, public_url="https://wsic.example")) as secure:
        for path in ("/", "/account/sign-in", "/nothing", "/healthz", "/sparql"):
            age = re.fullmatch(r"max-age=(\d+)", secure.get(path).headers["strict-transport-security"])
            assert age is not None and int(age[1]) >= 31_536_000, path
        answer = secure.get("/", headers={"if-none-match": secure.get("/").headers["etag"]})
        assert answer.status_code == 304 and "strict-transport-security" in answer.headers
