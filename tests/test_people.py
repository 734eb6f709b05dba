"""People and their accounts over a true site: registering, passwords, addresses, sessions, tokens, own data."""

from __future__ import annotations

import json
import re
import sqlite3
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from tests.ledger_fixtures import PASSWORD, WIGAN, Person, confirm, editor_of, letter, letters, link_in, person_of
from tests.site_fixtures import serve
from wsic_graph.cli import app
from wsic_graph.ledger.attempts import count_attempt
from wsic_graph.ledger.people import add_account
from wsic_graph.ledger.store import Ledger, LedgerAway, audit_is_whole
from wsic_graph.settings import Settings, get_settings

NEW = "another horse battery"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("people")


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    editor_of(data_dir)
    editor_of(data_dir, "boss", "administrator")
    with serve(release, Settings(data_dir=data_dir), public=True) as client:
        yield client


@pytest.fixture
def ledger(data_dir: Path) -> Iterator[Ledger]:
    found = Ledger(data_dir)
    yield found
    found.close()


@pytest.fixture(autouse=True)
def forgiven(site: httpx.Client, ledger: Ledger) -> None:
    """Each test may try as often as it is allowed to."""
    with ledger.writing() as db:
        db.execute("DELETE FROM attempt")


def member(ledger: Ledger, site: httpx.Client, name: str, role: str = "contributor") -> Person:
    """Somebody with an account and an address, signed in."""
    add_account(ledger, name, role, PASSWORD, f"The council of {name}", email=f"{name}@council.example")
    person = Person(site)
    person.sign_in(f"{name}@council.example")
    person.get("/account")
    assert person.here == "/account"
    return person


def signed_in(person: Person) -> bool:
    return person.get("/account").url.path == "/account"


# ------------------------------------------------------------ registering


def test_an_account_is_made_by_who_reads_the_address(site: httpx.Client, data_dir: Path) -> None:
    mary = Person(site)
    mary.get("/account/register")
    more = {"email": "mary@council.example", "role": "administrator", "shown": "Boss", "password": "planted password"}
    mary.send("/account/register", more)
    assert "We have sent a message" in mary.text
    message = letter(data_dir, "mary@council.example")
    assert "Boss" not in message.as_string() and "planted" not in message.as_string()
    assert Person(site).sign_in("mary@council.example", "planted password").status_code == 401
    place = link_in(message)
    for _ in range(2):
        assert mary.get(place).status_code == 200, "to look uses nothing up"
    mary.send(place, {"password": "short", "again": "short"})
    assert mary.answer.status_code == 422 and "12 to 200" in mary.text
    mary.send(place, {"password": NEW, "again": "something else"})
    assert mary.answer.status_code == 422 and "not the same" in mary.text
    wrong = {"role": "administrator", "purpose": "reset", "account": "1", "email": "eve@evil.example"}
    mary.send(place, {**wrong, "password": NEW, "again": NEW, "shown": "Leigh\nCouncil"})
    assert mary.here == "/account" and "Signed in as mary@council.example, contributor" in mary.text
    assert "Leigh Council" in mary.text
    assert mary.get(place).status_code == 404, "a link is good once"
    assert Person(site).sign_in("Mary@Council.example", NEW).url.path == "/account"
    assert mary.get("/review").status_code == 403


def test_nobody_learns_who_has_an_account(site: httpx.Client, ledger: Ledger, data_dir: Path) -> None:
    member(ledger, site, "known")
    for page in ("register", "forgotten"):
        said = {}
        for name in ("known", "unknown"):
            person = Person(site)
            person.get(f"/account/{page}")
            person.send(f"/account/{page}", {"email": f"{name}@council.example"})
            said[name] = (person.answer.status_code, str(person.answer.url), person.text)
        assert said["known"] == said["unknown"]
    assert letter(data_dir, "known@council.example")["Subject"] == "You have an account already"
    assert letter(data_dir, "known@council.example", 2)["Subject"] == "A new password"
    time.sleep(1.5)
    assert [message["Subject"] for message in letters(data_dir, "unknown@council.example")] == [
        "Finish making your account"
    ]


def test_the_time_tells_nobody_who_has_an_account(site: httpx.Client, ledger: Ledger) -> None:
    """A password is compared also where there is none: for who is not there, is locked, or signs in elsewhere."""
    for name, change in (("slow", ""), ("shut", "locked = 1"), ("keyless", "password = ''")):
        add_account(ledger, name, "reader", PASSWORD)
        if change:
            with ledger.writing() as db:
                db.execute(f"UPDATE account SET {change} WHERE name = ?", (name,))  # noqa: S608  texts of this test
    took: dict[str, list[float]] = {name: [] for name in ("slow", "shut", "keyless", "not there")}
    person = Person(site)
    person.get("/account/sign-in")
    token = person.fields("/account/sign-in")["form"][0]
    least: dict[str, float] = {}
    for _ in range(20):  # a loaded machine makes some of them slow, but no comparison that is left out slow enough
        with ledger.writing() as db:
            db.execute("DELETE FROM attempt")
        for name, found in took.items():
            started = time.perf_counter()
            answer = person.client.post("/account/sign-in", data={"form": token, "name": name, "password": "wrong" * 3})
            found.append(time.perf_counter() - started)
            assert answer.status_code == 401
        least = {name: min(found) for name, found in took.items()}
        if len(found) >= 3 and min(least.values()) > 0.5 * statistics.median(least.values()):
            return
    raise AssertionError(least)


# -------------------------------------------------------------- passwords


def test_a_new_password_by_mail_ends_all_sessions(site: httpx.Client, ledger: Ledger, data_dir: Path) -> None:
    ann, thief = member(ledger, site, "ann"), Person(site)
    thief.sign_in("ann")
    owner = Person(site)
    for _ in range(2):
        owner.get("/account/forgotten")
        owner.send("/account/forgotten", {"email": "ANN@council.example"})
    places = [link_in(letter(data_dir, "ann@council.example", count)) for count in (1, 2)]
    for _ in range(5):
        Person(site).sign_in("ann", "wrong password of a stranger")
    assert Person(site).sign_in("ann").status_code == 429, "somebody has locked her out"
    owner.get(places[0])
    owner.send(places[0], {"password": NEW, "again": NEW})
    assert owner.here == "/account" and "Signed in as ann" in owner.text, "and she gets in all the same"
    assert not signed_in(ann) and not signed_in(thief) and signed_in(owner)
    assert owner.get(places[1]).status_code == 404, "the other links have ended too"
    assert letter(data_dir, "ann@council.example", 3)["Subject"] == "Your password was changed"
    with ledger.writing() as db:
        db.execute("DELETE FROM attempt")
    assert Person(site).sign_in("ann").status_code == 401
    assert Person(site).sign_in("ann", NEW).url.path == "/account"


def test_a_link_expires_and_is_for_one_thing(site: httpx.Client, ledger: Ledger, data_dir: Path) -> None:
    member(ledger, site, "bea")
    person = Person(site)
    person.get("/account/forgotten")
    person.send("/account/forgotten", {"email": "bea@council.example"})
    place = link_in(letter(data_dir, "bea@council.example"))
    for wrong in (place[:-1], place.swapcase(), f"{place}x", "/account/links/%00", f"/account/links/{'a' * 5000}"):
        assert person.get(wrong).status_code in (404, 414), wrong
    person.get(place)
    token = person.fields(place)["form"][0]
    with ledger.writing() as db:
        db.execute("UPDATE link SET expires = 1")
    answer = person.client.post(place, data={"form": token, "password": NEW, "again": NEW})
    assert answer.status_code == 404
    assert Person(site).sign_in("bea").url.path == "/account"


def test_the_password_is_changed_by_who_knows_it(site: httpx.Client, ledger: Ledger, data_dir: Path) -> None:
    cat, elsewhere = member(ledger, site, "cat"), Person(site)
    elsewhere.sign_in("cat")
    before = cat.client.cookies["wsic-session"]
    cat.send("/account/password", {"password": "not the right one", "new": NEW})
    assert cat.answer.status_code == 422 and "not your password" in cat.text
    cat.send("/account/password", {"password": PASSWORD, "new": NEW})
    assert "other sessions have ended" in cat.text
    assert cat.client.cookies["wsic-session"] != before and not signed_in(elsewhere)
    old = httpx.get(f"{site.base_url}/account", cookies={"wsic-session": before}, trust_env=False)
    assert old.status_code == 303
    assert letter(data_dir, "cat@council.example")["Subject"] == "Your password was changed"
    cat.get("/account")
    for _ in range(6):
        cat.send("/account/password", {"password": "not the right one", "new": NEW})
    assert cat.answer.status_code == 429


def test_an_address_counts_when_it_is_confirmed(site: httpx.Client, ledger: Ledger, data_dir: Path) -> None:
    dan, eve = member(ledger, site, "dan"), member(ledger, site, "eve")
    dan.send("/account/email", {"email": "dan@new.example", "password": "not the right one"})
    assert dan.answer.status_code == 422
    dan.send("/account/email", {"email": "dan@new.example", "password": PASSWORD})
    dan.get("/account")
    assert "dan@council.example" in dan.text and "dan@new.example" not in dan.text
    place = link_in(letter(data_dir, "dan@new.example"))
    dan.get(place)
    dan.send(place)
    assert "Your address was confirmed" in dan.text and "dan@new.example" in dan.text
    assert letter(data_dir, "dan@council.example")["Subject"] == "Your address was changed"
    eve.send("/account/email", {"email": "dan@new.example", "password": PASSWORD})
    assert "We have sent a message" in eve.text
    assert letter(data_dir, "dan@new.example", 2)["Subject"] == "You have an account already"


def test_one_account_buys_no_tries_at_others(site: httpx.Client, ledger: Ledger) -> None:
    member(ledger, site, "fay")
    with ledger.writing() as db:
        db.execute("DELETE FROM attempt")
        for _ in range(17):
            count_attempt(db, "sign-in from a client", "127.0.0.1", 20, 900)
    statuses = []
    for turn in range(4):
        statuses.append(Person(site).sign_in(f"guess{turn}", "wrong password of a stranger").status_code)
        if turn < 2:
            assert Person(site).sign_in("fay").url.path == "/account"
    assert statuses == [401, 401, 401, 429]


# ---------------------------------------------------- sessions and tokens


def test_sessions_are_listed_and_ended(site: httpx.Client, ledger: Ledger) -> None:
    gil = member(ledger, site, "gil")
    others = [Person(site) for _ in range(3)]
    for number, other in enumerate(others):
        other.client.headers["user-agent"] = f"Browser {number} <b>"
        other.sign_in("gil")
    gil.get("/account")
    assert "Browser 2 <b>" in gil.text and gil.text.count("End this session") == 3
    (row,) = (row for row in gil.page.xpath("//tr") if "Browser 1" in row.text_content())
    gil.client.post("/account/sessions", data=dict(row.xpath(".//form")[0].form_values()))
    assert [signed_in(other) for other in others] == [True, False, True]
    gil.get("/account")
    gil.send("/account/sessions", place=len(gil.page.xpath("//form[@action='/account/sessions']")) - 1)
    assert [signed_in(other) for other in others] == [False, False, False] and signed_in(gil)


def test_tokens_have_scopes_and_end(site: httpx.Client, ledger: Ledger) -> None:
    hal = member(ledger, site, "hal", "editor")
    hal.send("/account/tokens", {"label": "<i>reader</i>", "scope": ["review"], "days": "7"})
    secret = hal.page.xpath("//code[@class='secret']/text()")[0]
    bearer = {"authorization": f"Bearer {secret}"}
    assert site.get("/api/review", headers=bearer).json() == {"submissions": []}
    assert site.get("/api/review?state=nonsense", headers=bearer).status_code == 422
    turtle = bearer | {"content-type": "text/turtle"}
    assert site.post(f"/api/submissions?record={WIGAN}", content="", headers=turtle).status_code == 401
    wrongs: list[dict[str, Any]] = [{"scope": []}, {"scope": ["administer"]}, {"days": "0"}, {"days": "9" * 30}]
    for wrong in (*wrongs, {"days": "٣"}):
        hal.get("/account")
        hal.send("/account/tokens", wrong)
        assert hal.answer.status_code == 422, wrong
    with ledger.reading() as db:
        kept = "".join(str(tuple(row)) for row in db.execute("SELECT * FROM token"))
        assert secret not in kept
        (number,) = db.execute("SELECT id FROM account WHERE name = 'hal'").fetchone()
    boss = Person(site)
    boss.sign_in("boss")
    place = f"/administration/accounts/{number}"
    boss.get(place)
    boss.send(place, {"do": "role", "role": "contributor"})
    assert site.get("/api/review", headers=bearer).status_code == 401, "the scope needs the role"
    assert not signed_in(hal)
    hal.sign_in("hal")
    hal.get("/account")
    hal.send("/account/tokens", {"scope": ["submit", "review"]})
    assert hal.answer.status_code == 422 and "not for a contributor" in hal.text
    hal.get("/account")
    hal.send("/account/tokens/revoke")
    assert "The token was revoked" in hal.text and site.get("/api/review", headers=bearer).status_code == 401


# --------------------------------------------------------- contributions


def submit(person: Person, **fields: object) -> str:
    """A correction that is sent to the editors: its private link."""
    person.get(f"/contribute?record={WIGAN}")
    person.send("/contribute")
    place = person.here
    person.send(place, {"|wsic:partner": [f"Partner {time.time()}"], "do": "submit", **fields})
    assert "It is with the editors" in person.text, person.text[:2000]
    return place


def decide(site: httpx.Client, do: str, reason: str = "") -> str:
    """Let an editor decide on the submission that waits longest: what they saw of it before."""
    ed = person_of(site)
    ed.get("/review")
    place = ed.page.xpath("//tbody//th//a/@href")[0]
    ed.get(place)
    seen = ed.text
    ed.send(place, {"do": do, "reason": reason})
    assert ed.answer.status_code == 200, ed.text
    return seen


def test_a_name_is_published_with_a_confirmed_address(site: httpx.Client, ledger: Ledger, data_dir: Path) -> None:
    ida = Person(site)
    submit(ida, named="Ministry of Truth", why="unconfirmed", email="ida@ministry.example", tell="1")
    assert "is published only once" in ida.text
    late = link_in(letter(data_dir, "ida@ministry.example"))
    seen = decide(site, "accept")
    assert "without a confirmed address" in seen and "ida@" not in seen
    page = site.get(f"/history/{WIGAN}").text
    assert "unconfirmed" in page and "Ministry of Truth" not in page and "chose to be nameless" in page
    assert ida.get(late).status_code == 404, "it was decided, and the address is forgotten"
    place = submit(ida, named="Leigh Trust", why="confirmed", email="ida@leigh.example", tell="1")
    confirm(ida, data_dir, "ida@leigh.example", place)
    seen = decide(site, "ask", "Say\nmore <b>please</b>")
    assert "with a confirmed address at leigh.example" in seen and "ida@" not in seen
    asked = letter(data_dir, "ida@leigh.example", 2)
    assert asked["Subject"] == "Your contribution: changes are asked for"
    assert "Say\nmore <b>please</b>" in asked.get_content()
    ida.get(place)
    ida.send(place, {"do": "submit"})
    decide(site, "accept", "Thank you")
    told = letter(data_dir, "ida@leigh.example", 3).get_content()
    assert f"{str(site.base_url).rstrip('/')}/initiatives/wigan-deal" in told and "Thank you" in told
    assert "Leigh Trust" in site.get(f"/history/{WIGAN}").text
    with ledger.reading() as db:
        kept = [row["email"] for row in db.execute("SELECT email FROM contributor")]
    assert kept and not any(kept)
    assert len(letters(data_dir, "ida@ministry.example")) == 1, "who did not confirm is told nothing"


def test_another_address_is_confirmed_anew(site: httpx.Client, data_dir: Path) -> None:
    joe = Person(site)
    place = submit(joe, named="Joe Trust", email="joe@trust.example")
    confirm(joe, data_dir, "joe@trust.example", place)
    decide(site, "ask", "More")
    joe.get(place)
    joe.send(place, {"email": "victim@council.example", "tell": "1", "do": "submit"})
    assert "is published only once" in joe.text
    assert "Confirm your address" in letter(data_dir, "victim@council.example")["Subject"]
    decide(site, "reject", "No")
    time.sleep(1.5)
    assert len(letters(data_dir, "victim@council.example")) == 1, "what becomes of it is told to nobody"


def test_what_is_no_address_is_said(site: httpx.Client) -> None:
    kim = Person(site)
    kim.get(f"/contribute?record={WIGAN}")
    kim.send("/contribute")
    kim.send(kim.here, {"email": "kim@trust.example\nBcc: all@trust.example", "do": "save"})
    assert kim.answer.status_code == 422 and "Your e-mail address: give one address" in kim.text


# -------------------------------------------------------------- own data


def test_own_data_is_taken_and_deleted(site: httpx.Client, ledger: Ledger, data_dir: Path) -> None:
    lea = member(ledger, site, "lea")
    submit(lea, named="Leaford Council", why="accepted one", tell="1")
    decide(site, "accept")
    assert letter(data_dir, "lea@council.example")["Subject"] == "Your contribution: accepted"
    submit(lea, named="Leaford Council", why="secret plans")
    lea.get("/account")
    assert "with the editors" in lea.text and "accepted" in lea.text
    lea.send("/account/tokens", {"label": "for lea"})
    secret = lea.page.xpath("//code[@class='secret']/text()")[0]
    answer = lea.client.get("/account/data.json")
    assert "attachment" in answer.headers["content-disposition"]
    data = answer.json()
    assert data["account"]["email"] == "lea@council.example" and data["account"]["password"] == 1
    assert {item["why"] for item in data["submissions"]} == {"accepted one", "secret plans"}
    assert data["tokens"][0]["label"] == "for lea" and data["sessions"] and data["audit log"]
    assert "argon2" not in answer.text and secret not in answer.text
    lea.get("/account/delete")
    for wrong in ({"password": PASSWORD}, {"password": "not the right one", "sure": "yes"}):
        lea.send("/account/delete", wrong)
        assert lea.answer.status_code == 422
    lea.send("/account/delete", {"password": PASSWORD, "sure": "yes"})
    assert "Your account is deleted" in lea.text and not signed_in(lea)
    assert Person(site).sign_in("lea").status_code == 401
    assert site.get("/api/review", headers={"authorization": f"Bearer {secret}"}).status_code == 401
    assert "Leaford Council" in site.get(f"/history/{WIGAN}").text, "what was published stays"
    with ledger.reading() as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        rows = {table: [tuple(row) for row in db.execute(f"SELECT * FROM {table}")] for table in tables}  # noqa: S608
        what = [row["what"] for row in db.execute("SELECT what FROM audit ORDER BY number DESC LIMIT 3")]
    personal = ("lea@council.example", "the council of lea", "'lea'", "secret plans", "for lea")
    for table, found in rows.items():
        assert not any(word in str(found).lower() for word in personal), table
    assert "personal data deleted" in what and audit_is_whole(ledger)


def test_the_last_administrator_stays(site: httpx.Client) -> None:
    boss = Person(site)
    boss.sign_in("boss")
    boss.get("/account/delete")
    boss.send("/account/delete", {"password": PASSWORD, "sure": "yes"})
    assert boss.answer.status_code == 422 and "only administrator" in boss.text


# -------------------------------------------------------- administration


def test_administrators_give_roles_and_lock(site: httpx.Client, ledger: Ledger) -> None:
    max_, boss = member(ledger, site, "max"), Person(site)
    boss.sign_in("boss")
    boss.get("/administration?find=MAX@")
    (place,) = boss.page.xpath("//tbody//th//a/@href")
    boss.get(place)
    boss.send(place, {"do": "role", "role": "emperor"})
    assert boss.answer.status_code == 422
    boss.get(place)
    boss.send(place, {"do": "role", "role": "editor"})
    assert not signed_in(max_)
    max_.sign_in("max")
    assert max_.get("/review").status_code == 200
    boss.get(place)
    boss.send(place, {"do": "lock"})
    assert "This account is locked" in boss.text and not signed_in(max_)
    assert max_.sign_in("max").status_code == 401
    boss.get(place)
    boss.send(place, {"do": "unlock"})
    assert max_.sign_in("max").url.path == "/account"
    with ledger.reading() as db:
        (own,) = db.execute("SELECT id FROM account WHERE name = 'boss'").fetchone()
    place = f"/administration/accounts/{own}"
    token = boss.get("/account").text.split('name="form" value="')[1].split('"')[0]
    answer = boss.client.post(place, data={"form": token, "do": "role", "role": "reader"})
    assert answer.status_code == 422 and "their own account" in answer.text
    for wrong in ("0", "-1", "x", "9" * 40, "１"):
        assert boss.get(f"/administration/accounts/{wrong}").status_code == 404, wrong
    assert boss.get("/administration?offset=nonsense&find=%00%25").status_code == 200
    page = boss.get("/administration/audit").text
    assert "The log is whole" in page and "role given" in page and f"{own}</a>" in page
    assert boss.get("/administration/audit?before=2").text.count('data-label="Line"') == 1


def test_the_audit_log_is_checked(
    site: httpx.Client, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sql in ("UPDATE audit SET who = 'x'", "DELETE FROM audit", "INSERT OR REPLACE INTO audit SELECT * FROM audit"):
        with pytest.raises((LedgerAway, sqlite3.IntegrityError)), ledger.writing() as db:
            db.execute("PRAGMA recursive_triggers = ON")
            db.execute(sql)
    copy = tmp_path / "ledger.sqlite3"
    with ledger.reading() as db:
        db.execute("VACUUM INTO ?", (str(copy),))
    monkeypatch.setenv("WSIC_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    try:
        run = CliRunner().invoke
        first = run(app, ["audit"])
        assert first.exit_code == 0
        lines, last = first.stdout.split()
        assert run(app, ["user", "add", "nan"], input=f"{PASSWORD}\n").exit_code == 0
        assert run(app, ["user", "role", "nan", "editor"]).exit_code == 0
        assert run(app, ["user", "password", "nan"], input=f"{NEW}\n").exit_code == 0
        assert run(app, ["user", "lock", "nan"]).exit_code == 0
        assert "nan\teditor\tlocked" in run(app, ["user", "list"]).stdout
        second = run(app, ["audit", "--holds", last])
        assert second.exit_code == 0 and int(second.stdout.split()[0]) == int(lines) + 4
        assert run(app, ["user", "lock", "nobody"]).exit_code == 2
        thief = sqlite3.connect(copy)
        thief.executescript("DROP TRIGGER audit_stays; DROP TRIGGER audit_is_kept; DELETE FROM audit WHERE number > 3")
        assert run(app, ["audit"]).exit_code == 0, "shortened, which only a hash kept elsewhere shows"
        assert run(app, ["audit", "--holds", last]).exit_code == 1
        thief.execute("UPDATE audit SET who = 'somebody else' WHERE number = 2")
        thief.commit()
        thief.close()
        assert run(app, ["audit"]).exit_code == 1
    finally:
        get_settings.cache_clear()


def test_messages_are_not_public(site: httpx.Client, data_dir: Path) -> None:
    name = next((data_dir / "mail").iterdir()).name
    for place in (f"/mail/{name}", f"/dumps/../mail/{name}", f"/static/../../mail/{name}", f"/dumps/mail/{name}"):
        answer = site.get(place)
        assert answer.status_code in (404, 410) and "links/" not in answer.text, place


def test_fields_that_are_not_asked_for_do_nothing(site: httpx.Client, ledger: Ledger) -> None:
    pam = member(ledger, site, "pam")
    more = {"role": "administrator", "id": "1", "account": "1", "name": "boss", "email": "x@y.example", "locked": ""}
    pam.send("/account/shown", {**more, "shown": "Pam <script>alert(1)</script>"})
    assert "<script>alert" not in pam.answer.text
    with ledger.reading() as db:
        row = db.execute("SELECT name, role, email FROM account WHERE name = 'pam'").fetchone()
    assert tuple(row) == ("pam", "contributor", "pam@council.example")
    assert json.loads(json.dumps(pam.client.get("/account/data.json").json()))["account"]["role"] == "contributor"
    assert re.search(r"Pam &lt;script", pam.answer.text)
