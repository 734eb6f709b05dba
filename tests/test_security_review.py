"""What the security review of the contributions found: each was open once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from bibtexparser.entrypoint import parse_string

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, Person, editor_of, person_of, small_release
from tests.site_fixtures import serve
from wsic_graph.answers import Iri, Row, rows
from wsic_graph.citations import read_citations, to_bibtex, to_ris
from wsic_graph.engine import Door
from wsic_graph.engine.door import CLIENT
from wsic_graph.existing.lists import read_list
from wsic_graph.forms.filled import mark_recalled
from wsic_graph.forms.model import Schema
from wsic_graph.forms.table import Table
from wsic_graph.ledger import submissions
from wsic_graph.ledger.keeping import forget_old
from wsic_graph.ledger.limits import is_hidden, parse, read
from wsic_graph.ledger.people import Account, make_token
from wsic_graph.ledger.rdf import canonical
from wsic_graph.ledger.revisions import last_change
from wsic_graph.ledger.store import Ledger, LedgerError, TooMany
from wsic_graph.ledger.turns import Turns
from wsic_graph.namespaces import ID, PREFIXES, SCHEME
from wsic_graph.settings import Settings
from wsic_graph.vocabulary.shapes import read_shapes

RECORD = f"{ID}initiative/new-thing"
TITLE = f"{PREFIXES['dcterms']}title"
UNSEEN = "\u202e\x01\x0b\uffff"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("review")


@pytest.fixture(scope="module")
def editor(data_dir: Path) -> Account:
    return editor_of(data_dir)


@pytest.fixture(scope="module")
def site(
    release: Path, data_dir: Path, editor: Account, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    small = small_release(release, tmp_path_factory.mktemp("small") / "release")
    with serve(small, Settings(data_dir=data_dir)) as client:
        yield client


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(tmp_path)
    yield found
    found.close()


def body_of(title: str) -> bytes:
    return canonical([ox.Triple(ox.NamedNode(RECORD), ox.NamedNode(TITLE), ox.Literal(title))], "initiatives")


def draft_of(site: httpx.Client) -> Person:
    person = Person(site)
    person.get(f"/contribute?record={WIGAN}")
    person.send("/contribute")
    return person


# ------------------------------------------------------------ what stopped the site


@pytest.mark.parametrize("charset", ["punycode", "unicode_escape", "undefined", "utf-16"])
def test_a_form_is_in_utf_8(site: httpx.Client, charset: str) -> None:
    person = Person(site)
    person.get("/account/sign-in")
    token = person.fields("/account/sign-in")["form"][0]
    body = f'--x\r\nContent-Disposition: form-data; name="form"\r\n\r\n{token}\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    answer = person.client.post("/account/sign-in", content=body, headers={"content-type": kind})
    assert answer.status_code == 415, "a megabyte of punycode took forty seconds, in which nobody was answered"
    plain = person.client.post(
        "/account/sign-in", content=body, headers={"content-type": kind.replace(charset, "UTF-8")}
    )
    assert plain.status_code == 401


def test_thousands_of_wrong_values_are_few_hints(site: httpx.Client) -> None:
    person = draft_of(site)
    wrong = [f"the council of the integrated care board {number}" for number in range(2000)]
    start = time.monotonic()
    person.send(person.here, {"do": "check", "|dcterms:references": wrong})
    assert person.answer.status_code == 422 and time.monotonic() - start < 15, "each took a tenth of a second"
    assert len(person.page.xpath("//*[@class='problems']//li")) == 200


def test_a_client_holds_few_threads() -> None:
    turns = Turns(1, waiting=2, per_client=2, seconds=60)
    go, said = threading.Event(), list[str]()

    def placed() -> int:
        """How many are in, wait, or were refused."""
        return turns._here.total() + sum("refused" in words for words in said)

    def work(client: str) -> None:
        CLIENT.set(client)
        try:
            with turns.turn("tests run"):
                said.append("in")
                go.wait(60)
        except TooMany:
            said.append(f"{client} is refused")

    threads, patience = [], time.monotonic() + 60
    for client in ("a", "a", "a", "b", "c"):
        threads.append(threading.Thread(target=work, args=(client,)))
        threads[-1].start()
        while placed() < len(threads) or not said:
            assert time.monotonic() < patience, said
            time.sleep(0.01)
    assert said == ["in", "a is refused", "c is refused"]
    go.set()
    for thread in threads:
        thread.join(10)
    assert sorted(said) == ["a is refused", "c is refused", "in", "in", "in"]
    work("a")
    assert said[-1] == "in", "whoever left has room again"


def test_a_small_file_says_no_long_thing_often() -> None:
    many = ", ".join(f"x:{number}" for number in range(4_900))
    text = f"@prefix x: <http://x.example/{'a' * 1900}> . <{RECORD}> <{TITLE}> {many} ."
    triples, problems = read(text, "ttl", RECORD)
    assert not triples and "written out" in problems[0].message


def test_patterns_take_no_longer_for_longer_texts(release: Path) -> None:
    many = "1" * 100_000
    with Door(release) as door:
        schema = Schema.read(read_shapes(rows(door, "ontology/shapes")), rows(door, "service/parts"), {})
    start = time.monotonic()
    _, faults = Table(schema, "initiative").read(f"{many}!:x\nfoo\n", [])
    assert faults
    read_list(f"<http://x.example/{'1' * 90_000}a> a <{PREFIXES['wsic']}ExistingService> .")
    assert time.monotonic() - start < 5, "each of the two took minutes, in which nobody was answered"


def test_long_numbers_and_names_of_parts_are_faults(site: httpx.Client) -> None:
    nines = "9" * 5_000
    text = f'<{RECORD}#{"a" * 200}> <{TITLE}> "{nines}"^^<{PREFIXES["xsd"]}integer> .'
    _, problems = parse(text, "nt", [RECORD])
    assert {"most 100 small" in item.message or "most 40" in item.message for item in problems[:2]} == {True}
    person = draft_of(site)
    person.send(
        person.here,
        {
            "do": "check",
            "result-1|schema:position": nines,
            "node:result-77": "|wsic:result|wsic:Result",
            "result-77|dcterms:description": "x",
        },
    )
    assert person.answer.status_code == 422


def test_a_class_that_there_is_not_breaks_no_draft(site: httpx.Client) -> None:
    person = draft_of(site)
    place = person.here
    person.send(place, {"do": "save", "node:source/a-b": "||wsic:Nothing", "node:zz": "|wsic:reportedResult|"})
    assert person.answer.status_code == 200 and person.get(place).status_code == 200


def test_half_a_character_is_a_fault() -> None:
    text = json.dumps({"@id": RECORD, TITLE: "\ud800"})
    triples, problems = read(text, "jsonld", RECORD)
    assert not triples and "cannot be read" in problems[0].message


def test_the_number_of_a_change_is_one(site: httpx.Client) -> None:
    person = person_of(site)
    person.get("/account")
    form = person.fields("/account/sign-out")["form"]
    answer = person.client.post(f"/review/undo/{10**30}", data={"form": form, "undo-why": "x"})
    assert answer.status_code == 422


# ------------------------------------------------------------ what went too far


def test_a_private_address_with_a_slash_is_kept_by_nobody(site: httpx.Client) -> None:
    headers = site.get("/contribute/drafts/secret/").headers
    assert headers["location"] == "/contribute/drafts/secret" and headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers and headers["referrer-policy"] == "same-origin"


def test_what_is_published_can_be_seen(ledger: Ledger) -> None:
    draft, _ = submissions.start(ledger, RECORD, {}, b"", client="c")
    named, why = f"The {UNSEEN}council\nof X", f"new\n{UNSEEN}words"
    draft = submissions.save(ledger, draft, fields={}, body=body_of("A"), named=named, why=why)
    assert (draft.named, draft.why) == ("The council of X", "new\nwords")
    assert all(is_hidden(character) for character in UNSEEN) and not any(map(is_hidden, "é’\n\t🙂"))
    for value in (f'"a{UNSEEN[3]}"', "<http://x.example/\u202egpj>"):
        _, problems = parse(f"<{RECORD}> <{TITLE}> {value} .", "nt", [RECORD])
        assert any("cannot be seen" in problem.message for problem in problems), value


def test_the_audit_log_names_who_did_it(ledger: Ledger, tmp_path: Path) -> None:
    boss = editor_of(tmp_path, "boss", "administrator")
    draft, _ = submissions.start(ledger, RECORD, {}, b"", client="c", account=boss)
    draft = submissions.save(ledger, draft, fields={}, body=body_of("A"), named="wsic user", why="")
    draft = submissions.submit(ledger, draft)
    submissions.accept(ledger, draft, boss, {RECORD: b""}, "", upto=last_change(ledger))
    with ledger.reading() as db:
        lines = db.execute("SELECT who FROM audit WHERE what = 'accepted'").fetchall()
    assert {row["who"] for row in lines} == {boss.entry}, "a contributor chose what stood here"


def test_nobody_verifies_what_they_bring(site: httpx.Client, data_dir: Path) -> None:
    ledger = Ledger(data_dir)
    token = make_token(ledger, editor_of(data_dir, "co", "contributor"), "t", ("submit",), 1)
    text = site.get(f"/data/{WIGAN}.nt").text
    verified, recalled = (f"<{SCHEME}basis/{name}>" for name in ("verified", "recalled"))
    assert recalled in text
    headers = {"authorization": f"Bearer {token}", "content-type": "application/n-triples"}
    sent = text.replace(recalled, verified).replace("The Wigan Deal", "The Wigan Deal renewed")
    answer = site.post("/api/submissions", params={"record": WIGAN}, content=sent, headers=headers)
    assert answer.status_code == 201, answer.text
    body = submissions.find(ledger, answer.json()["id"]).body.decode()
    ledger.close()
    assert "renewed" in body and body.count(verified) == text.count(verified)
    old = f"<{WIGAN_IRI}> <{PREFIXES['wsic']}basis> {verified} .\n"
    assert mark_recalled(old, old, WIGAN_IRI) == old, "the record keeps the mark that it has"


def test_a_title_adds_no_fields_to_a_citation() -> None:
    evil = "Bad\nER  - \n\nTY  - JOUR} ,\n note = {x"
    iri = Iri(f"{ID}evidence/x")
    row: Row = {
        **dict.fromkeys(("creator", "title", "publisher", "abstract", "doi"), evil),
        **{"evidence": iri, "periodical": True, "year": "2020", "url": "https://a.example/", "keyword": None},
    }
    cited = read_citations([row]).values()
    assert to_ris(cited).count("\nTY  - ") == 1 == to_ris(cited).count("\nER  - \n")
    (entry,) = parse_string(to_bibtex(cited)).entries
    assert {"title", "journal", "doi"} <= set(entry.fields_dict) and entry["note"] == iri


def test_nobody_takes_the_identifier_of_another(site: httpx.Client) -> None:
    person = draft_of(site)
    person.send(person.here, {"do": "check", "|dcterms:identifier": "torbay-care-trust"})
    assert person.answer.status_code == 422 and "is the end of its address" in person.text
    person.send(person.here, {"do": "check", "|dcterms:identifier": "wigan-deal"})
    assert person.answer.status_code == 200


# ------------------------------------------------------------ what was kept, and for how many


def test_what_was_left_is_deleted(ledger: Ledger) -> None:
    ids = {}
    for state, days in (("draft", 179), ("draft", 181), ("rejected", 91), ("submitted", 400), ("new", 3)):
        draft, _ = submissions.start(ledger, RECORD, {}, b"", client=f"{state} {days}")
        ids[state, days] = draft.id
        with ledger.writing() as db:
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - days * 86_400))
            edits, kept = (0, "draft") if state == "new" else (1, state)
            db.execute(
                "UPDATE submission SET state = ?, changed = ?, edits = ? WHERE id = ?", (kept, at, edits, draft.id)
            )
            db.execute("INSERT INTO contributor VALUES (?, 'a@b.example', 0, 0)", (draft.id,))
    assert forget_old(ledger) == 3 and forget_old(ledger) == 0
    with ledger.reading() as db:
        left = {row[0] for row in db.execute("SELECT id FROM submission")}
        addresses = {row[0] for row in db.execute("SELECT submission FROM contributor")}
    assert left == addresses == {ids["draft", 179], ids["submitted", 400]}


def test_nobody_fills_the_room_of_others(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "_MOST_WAITING", 2)
    monkeypatch.setattr(submissions, "_MOST_OF_ACCOUNT", 1)
    for client in ("a", "b"):
        submissions.start(ledger, RECORD, {}, b"", client=client)
    with pytest.raises(LedgerError, match="sign in"):
        submissions.start(ledger, RECORD, {}, b"", client="c")
    account = editor_of(tmp_path, "co", "contributor")
    submissions.start(ledger, RECORD, {}, b"", client="c", account=account)
    with pytest.raises(LedgerError, match="some of yours"):
        submissions.start(ledger, RECORD, {}, b"", client="c", account=account)


def test_a_draft_is_no_store(ledger: Ledger) -> None:
    draft, _ = submissions.start(ledger, RECORD, {}, b"", client="c")
    with pytest.raises(LedgerError, match="is the most"):
        submissions.save(ledger, draft, fields={"|dcterms:title": ["x" * 700_000]}, body=b"", named="", why="")
