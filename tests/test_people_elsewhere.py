"""Signing in at an OpenID Connect provider that runs here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.ledger_fixtures import PASSWORD, Person, editor_of, person_of
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, provider
from tests.site_fixtures import serve
from wsic_graph.ledger.people import add_account
from wsic_graph.ledger.store import Ledger
from wsic_graph.settings import Settings


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def there() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path, there: Provider) -> Iterator[httpx.Client]:
    secret = data_dir / "secret"
    secret.write_text(f"{CLIENT_SECRET}\n", encoding="utf-8")
    settings = Settings(
        data_dir=data_dir,
        oidc_issuer=there.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret_file=secret,
        oidc_name="The Trust",
    )
    with serve(release, settings, public=True) as client:
        yield client


@pytest.fixture(autouse=True)
def right(there: Provider) -> None:
    there.fault, there.person = "", {}


def enter(site: httpx.Client, person: Person | None = None) -> Person:
    """Sign in by the link of the sign-in page, as a browser goes there and back."""
    person = person or Person(site)
    page = person.get("/account/sign-in")
    assert "Sign in with The Trust" in page.text
    person.get("/account/elsewhere?next=/contribute")
    return person


def test_a_new_person_with_a_confirmed_address_gets_an_account(site: httpx.Client, there: Provider) -> None:
    there.person = {"sub": "mary-1", "email": "mary@trust.example", "email_verified": True}
    mary = enter(site)
    assert mary.here == "/contribute" and "Signed in as mary@trust.example, contributor" in mary.text
    asked = there.asked[-1]
    assert asked["code_challenge_method"] == "S256" and asked["state"] != asked["nonce"]
    assert asked["redirect_uri"] == f"{site.base_url}/account/elsewhere/back"
    mary.get("/account")
    assert "nobody: you contribute nameless" in mary.text
    there.person = {"sub": "mary-1", "email": "mary@elsewhere.example", "email_verified": False}
    assert "Signed in as mary@trust.example" in enter(site).text, "who she is does not hang on her address"


def test_an_address_may_come_from_userinfo(site: httpx.Client, there: Provider) -> None:
    person = {"sub": "nora", "email": "nora@trust.example", "email_verified": True}
    there.person = {**person, "_later": ("email", "email_verified")}
    assert "Signed in as nora@trust.example" in enter(site).text


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_is_not_confirmed_makes_no_account(
    site: httpx.Client, there: Provider, verified: object
) -> None:
    there.person = {"sub": f"eve-{verified}", "email": "eve@trust.example", "email_verified": verified}
    eve = enter(site)
    assert eve.answer.status_code == 403 and "no account was made" in eve.text
    assert eve.get("/account").url.path == "/account/sign-in"


@pytest.mark.parametrize("verified", [False, True])
def test_an_address_takes_over_no_account(site: httpx.Client, there: Provider, data_dir: Path, verified: bool) -> None:
    name = f"boss-{verified}"
    ledger = Ledger(data_dir)
    add_account(ledger, name, "administrator", PASSWORD, email=f"{name}@trust.example")
    ledger.close()
    there.person = {"sub": f"thief-{verified}", "email": f"{name.upper()}@trust.example", "email_verified": verified}
    thief = enter(site)
    assert thief.answer.status_code == 403 and "Signed in as" not in thief.text
    assert thief.get("/account").url.path == "/account/sign-in"


def test_an_account_is_connected_from_within_and_disconnected(
    site: httpx.Client, there: Provider, data_dir: Path
) -> None:
    editor_of(data_dir, "ed")
    there.person = {"sub": "ed-there"}
    ed = person_of(site)
    ed.get("/account")
    ed.send("/account/elsewhere/connect")
    assert ed.answer.status_code == 422 and "not your password" in ed.text, "a session that was left open does not do"
    ed.send("/account/elsewhere/connect", {"password": PASSWORD})
    (link,) = ed.page.xpath("//main//a[@class='button']/@href")
    assert link.startswith(there.issuer)
    stranger = Person(site)
    stranger.get("/account/sign-in")
    stranger.get(link)
    assert stranger.answer.status_code == 403 and "not begun in this browser" in stranger.text
    ed.get("/account")
    ed.send("/account/elsewhere/connect", {"password": PASSWORD})
    ed.get(ed.page.xpath("//main//a[@class='button']/@href")[0])
    assert ed.here == "/account" and "You can sign in there from now on" in ed.text
    assert "Signed in as ed, editor" in enter(site).text
    editor_of(data_dir, "other", "contributor")
    other = Person(site)
    other.sign_in("other")
    other.send("/account/elsewhere/connect", {"password": PASSWORD})
    other.get(other.page.xpath("//main//a[@class='button']/@href")[0])
    assert other.answer.status_code == 403 and "another account" in other.text
    ed.get("/account")
    ed.send("/account/elsewhere/disconnect")
    assert enter(site).answer.status_code == 403


def test_who_has_no_password_stays_connected(site: httpx.Client, there: Provider) -> None:
    there.person = {"sub": "olga", "email": "olga@trust.example", "email_verified": True}
    olga = enter(site)
    olga.get("/account")
    olga.send("/account/elsewhere/disconnect")
    assert olga.answer.status_code == 422 and "Set a password first" in olga.text
    stranger = Person(site)
    assert stranger.sign_in("olga@trust.example", "").status_code == 401
    olga.get("/account")
    olga.send("/account/password", {"new": "a password of mine"})
    assert Person(site).sign_in("olga@trust.example", "a password of mine").url.path == "/account"


@pytest.mark.parametrize(
    "fault",
    [
        "nonce",
        "no nonce",
        "audience",
        "issuer",
        "expired",
        "future",
        "other token",
        "party",
        "key",
        "unsigned",
        "denied",
        "other issuer",
    ],
)
def test_what_is_not_right_lets_nobody_in(site: httpx.Client, there: Provider, fault: str) -> None:
    there.person = {"sub": "mary-1", "email": "mary@trust.example", "email_verified": True}
    there.fault = fault
    person = enter(site)
    assert person.answer.status_code == 502 and "You could not sign in at The Trust" in person.text, fault
    assert person.get("/account").url.path == "/account/sign-in"


def test_a_state_is_of_one_browser_and_one_time(site: httpx.Client, there: Provider, data_dir: Path) -> None:
    there.person = {"sub": "mary-1", "email": "mary@trust.example", "email_verified": True}
    person, other = Person(site), Person(site)
    person.get("/account/sign-in")
    other.get("/account/sign-in")
    place = person.client.get("/account/elsewhere").headers["location"]
    back = httpx.get(place, trust_env=False).headers["location"]
    query = parse_qs(urlsplit(back).query)
    code, state = query["code"][0], query["state"][0]
    wrongs = ("", "a" * 43, state[:-1], state.swapcase())
    for wrong in wrongs:
        answer = person.get(f"/account/elsewhere/back?code={code}&state={wrong}")
        assert answer.status_code == 403 and "Signed in as" not in person.text
    assert other.get(back).status_code == 403, "a stranger's answer signs nobody in"
    assert person.get(back).status_code == 403, "and it is used up"
    ledger = Ledger(data_dir)
    place = person.client.get("/account/elsewhere").headers["location"]
    back = httpx.get(place, trust_env=False).headers["location"]
    with ledger.writing() as db:
        db.execute("UPDATE elsewhere SET expires = 0")
    ledger.close()
    assert person.get(back).status_code == 403, "it took too long"


def test_the_code_is_worth_nothing_without_the_verifier(site: httpx.Client, there: Provider) -> None:
    there.person = {"sub": "mary-1", "email": "mary@trust.example", "email_verified": True}
    first, second = Person(site), Person(site)
    for person in (first, second):
        person.get("/account/sign-in")
    backs = []
    for person in (first, second):
        place = person.client.get("/account/elsewhere").headers["location"]
        backs.append(parse_qs(urlsplit(httpx.get(place, trust_env=False).headers["location"]).query))
    code, state = backs[0]["code"][0], backs[1]["state"][0]
    answer = second.get(f"/account/elsewhere/back?code={code}&state={state}")
    assert answer.status_code == 502 and "invalid_grant" in second.text


def test_a_way_out_is_no_next_page(site: httpx.Client, there: Provider) -> None:
    there.person = {"sub": "mary-1"}
    person = Person(site)
    person.get("/account/sign-in")
    person.get("/account/elsewhere?next=https://evil.example/")
    assert person.here == "/account"


def test_a_locked_account_stays_locked(site: httpx.Client, there: Provider, data_dir: Path) -> None:
    there.person = {"sub": "pat", "email": "pat@trust.example", "email_verified": True}
    enter(site)
    ledger = Ledger(data_dir)
    with ledger.writing() as db:
        db.execute("UPDATE account SET locked = 1 WHERE email = 'pat@trust.example'")
    ledger.close()
    assert enter(site).answer.status_code == 403


def test_an_issuer_is_heard_in_secret() -> None:
    with pytest.raises(ValueError, match="https://"):
        Settings(oidc_issuer="http://trust.example")
    assert Settings(oidc_issuer="https://trust.example").oidc_issuer
