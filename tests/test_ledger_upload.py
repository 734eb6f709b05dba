"""Files of contributors: RDF of one record, tables of several, through the page and through the API."""

from __future__ import annotations

import csv
import gzip
import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from lxml import html
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, Person, editor_of, person_of
from tests.site_fixtures import serve
from wsic_graph.ledger.people import make_token
from wsic_graph.ledger.store import Ledger
from wsic_graph.namespaces import ID
from wsic_graph.service.openapi_submissions import EXAMPLES
from wsic_graph.settings import Settings

HEADINGS = {
    "title": "Leigh home first",
    "description": "A joint team meets people before they are discharged.",
    "nation": "England",
    "area": "E08000010",
    "programme": "Local public service reform",
    "status of the initiative": "active",
    "lead organisation": "Wigan Council",
    "care group": "older people|frailty",
    "intervention": "reablement",
    "setting": "community",
    "list of sources": "Home first in Leigh",
    "population served: description": "About 900 people a year",
    "population served: persons": "900",
    "contact: organisation": "organisation/wigan-council",
    "result 1: description": "Days in hospital after being ready to leave",
    "result 1: outcome": "delayed-transfers",
    "result 1: value": "-12.5",
    "result 1: unit": "percent-change",
    "result 1: unit as written": "percent change",
    "result 1: source": "Home first in Leigh",
    "new source 1: title": "Home first in Leigh",
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("upload")


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    editor_of(data_dir)
    with serve(release, Settings(data_dir=data_dir), public=True) as client:
        yield client


@pytest.fixture(autouse=True)
def forgiven(data_dir: Path, site: httpx.Client) -> None:
    ledger = Ledger(data_dir)
    with ledger.writing() as db:
        db.execute("DELETE FROM attempt")
    ledger.close()


@pytest.fixture(scope="module")
def bearer(data_dir: Path, site: httpx.Client) -> dict[str, str]:
    ledger = Ledger(data_dir)
    token = make_token(ledger, editor_of(data_dir, "co", "contributor"), "test", ("submit",), 1)
    ledger.close()
    return {"authorization": f"Bearer {token}"}


def table(*lines: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, [*HEADINGS, *{name: "" for line in lines for name in line if name not in HEADINGS}])
    writer.writeheader()
    writer.writerows({**HEADINGS, **line} for line in lines)
    return out.getvalue()


def send(site: httpx.Client, name: str, content: str | bytes) -> Person:
    person = Person(site)
    person.get("/contribute/upload")
    fields = {name: values[0] for name, values in person.fields("/contribute/upload").items() if name != "file"}
    body = content.encode() if isinstance(content, str) else content
    person.answer = person.client.post(
        "/contribute/upload", data=fields, files={"file": (name, body)}, follow_redirects=True
    )
    person.page = html.fromstring(person.answer.text)
    return person


def count(data_dir: Path) -> int:
    ledger = Ledger(data_dir)
    with ledger.reading() as db:
        found: int = db.execute("SELECT count(*) FROM submission").fetchone()[0]
    ledger.close()
    return found


@pytest.mark.parametrize("ending", ["ttl", "nt", "jsonld"])
def test_the_data_of_a_record_can_be_sent_back_changed(ending: str, site: httpx.Client) -> None:
    text = site.get(f"/data/{WIGAN}.{ending}").text.replace("The Wigan Deal", "The Wigan Deal renewed")
    person = send(site, f"wigan.{ending}", text)
    assert person.here.startswith("/contribute/drafts/"), person.text[:2000]
    changed = [cell.text_content().strip() for cell in person.page.xpath("//section[@id='checked']//tbody//ins")]
    assert changed == ["The Wigan Deal renewed"], "nothing else differs"


def test_a_table_is_checked_whole_and_kept_whole(site: httpx.Client, data_dir: Path) -> None:
    before = count(data_dir)
    wrong = table(
        {},
        {"title": "Second", "result 1: outcome": "falling over", "area": "Nowhere on Sea"},
        {"title": "Third", "population served: description": "", "result 1: value": "many"},
        {"title": "Fourth", "lead organisation": "=cmd|' /C calc'!A0", "intervention": ""},
    )
    person = send(site, "four.csv", wrong)
    assert person.answer.status_code == 422 and count(data_dir) == before
    cells = [[td.text_content().strip() for td in row] for row in person.page.xpath("//tbody[1]/tr")]
    told = {(row[0], row[1]) for row in cells}
    assert {("3", "result 1: outcome"), ("3", "area"), ("4", "result 1: value"), ("5", "lead organisation")} <= told
    lines = ["Second", "Third"]
    person = send(site, "two.csv", table(*({"title": name, "intervention": ""} for name in lines)))
    assert person.answer.status_code == 422 and person.text.count("intervention is needed") == 2, person.text[:1500]
    assert count(data_dir) == before
    person = send(site, "two.csv", table({}, {"title": "The Wigan Deal again"}))
    assert person.here.startswith("/contribute/uploads/"), person.text[:3000]
    assert count(data_dir) == before + 2
    assert "Leigh home first" in person.text and "The Wigan Deal" in person.text, "with what it may be"
    place = person.here
    draft = person.page.xpath("//tbody//th//a/@href")[0]
    assert "It keeps every rule" in person.get(draft).text and "900" in person.answer.text
    assert "Leigh home first" in person.get(f"{draft}/preview").text
    person.get(place)
    person.send(place, {"do": "submit"})
    assert person.text.count("with the editors") == 2
    assert count(data_dir) == before + 2
    editor = person_of(site)
    for number in (0, 1):
        editor.get("/review")
        link = next(
            a.get("href")
            for a in editor.page.xpath("//tbody//th//a")
            if "home first" in a.text or "Deal again" in a.text
        )
        editor.get(link)
        editor.send(link, {"do": "accept"})
        assert "Accepted" in editor.text, (number, editor.text[:1500])
    assert site.get("/initiatives/leigh-home-first").status_code == 200
    assert "accepted and published" in person.get(place).text
    assert site.get("/sources/home-first-in-leigh").status_code == 200, "both brought it; it is there once"


def test_the_example_is_a_line_that_is_taken(site: httpx.Client) -> None:
    example = site.get("/contribute/template.csv?example=1")
    assert example.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(example.text.removeprefix("\ufeff"))))
    assert len(rows) == 2 and "The Wigan Deal" in rows[1] and len(rows[0]) == len(rows[1])
    person = send(site, "example.csv", example.content)
    assert person.here.startswith("/contribute/uploads/"), person.text[:3000]
    empty = send(site, "empty.csv", site.get("/contribute/template.csv").content)
    assert empty.answer.status_code == 422 and "no line under the headings" in empty.text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.exe", b"x", "ends in"),
        ("a.rdf", b"<x/>", "ends in"),
        ("a.csv", b"", "ends in"),
        ("a.csv", b"\xff\xfe", "UTF-8"),
        ("a.csv", b'title\n"unfinished', "cannot be read"),
        ("a.csv", b"titel;description\na;b", "did you mean"),
        ("a.csv", b"title,title\na,b", "there twice"),
        ("a.csv", b"title\n" + b"a\n" * 51, "50 at once"),
        ("a.csv", b"title\n" + b"a" * 140_000, "field larger"),
        ("a.csv", b"x" * 500_000, "larger than 400,000"),
        ("a.ttl", b"<> a <x> .", "about no record"),
        ("a.ttl", b"(" * 100_000, "more than 5,000"),
        ("a.ttl", b"<initiative/x> <p:p> " + b"[<p:p> " * 20_000, "cannot be read"),
        ("a.ttl", b"<initiative/x> <p:p> '''" + b"x" * 390_000 + b"''' .", "20,000 characters"),
        ("a.ttl", b"_:a <p:p> _:b ." * 4_000, "blank node"),
        ("a.ttl", b"<initiative/a> <p:p> 1 . <initiative/b> <p:p> 1 .", "several records"),
        ("a.nt", b"<a> <b> <c> .", "cannot be read"),
        ("a.jsonld", b'{"@context":"https://evil.example/c.jsonld","id":"x"}', "is not fetched"),
        ("a.jsonld", b'{"@context":["file:///etc/passwd"],"id":"x"}', "is not fetched"),
        ("a.jsonld", b'{"@context":{"@import":"http://127.0.0.1:1/"},"id":"x"}', "@import"),
        ("a.jsonld", b'{"a":' * 50_000, "cannot be read"),
        ("a.jsonld", b'{"a":' * 60 + b"1" + b"}" * 60, "nested 40 deep"),
        ("a.jsonld", b"[" * 199_000 + b"]" * 199_000, "nested 40 deep"),
        ("a.json", b"NaN", "cannot be read"),
    ],
)
def test_what_cannot_be_taken_is_told(
    name: str, content: bytes, words: str, site: httpx.Client, data_dir: Path
) -> None:
    before = count(data_dir)
    person = send(site, name, content)
    assert person.answer.status_code == 422 and words in person.text, person.text[:1500]
    assert count(data_dir) == before


def test_who_sends_too_many_files_is_told_on_the_page_of_files(site: httpx.Client) -> None:
    report = dict.fromkeys(("new source 1: title", "list of sources", "result 1: source"), "A report of many")
    for number in range(7):
        person = send(site, "one.csv", table({"title": f"One of many {number}", **report}))
    assert person.answer.status_code == 429 and int(person.answer.headers["retry-after"]) > 5
    assert "tried too often" in person.text and person.fields("/contribute/upload")


def test_no_context_is_fetched(site: httpx.Client, bearer: dict[str, str]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.5)
        document = {"@context": f"http://127.0.0.1:{listener.getsockname()[1]}/c", "id": WIGAN_IRI, "title": "x"}
        headers = bearer | {"content-type": "application/ld+json"}
        answer = site.post("/api/submissions", content=json.dumps(document), headers=headers)
        assert answer.status_code == 422 and "not fetched" in answer.text
        with pytest.raises(TimeoutError):
            listener.accept()


def test_programs_send_all_formats_and_follow_them(site: httpx.Client, bearer: dict[str, str]) -> None:
    document = site.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    described = document["paths"]["/api/submissions"]["post"]["requestBody"]["content"]
    assert set(described) == set(EXAMPLES)
    for kind, example in EXAMPLES.items():
        answer = site.post("/api/submissions?why=An+example", content=example, headers=bearer | {"content-type": kind})
        assert answer.status_code == 201, answer.text
        found = answer.json()
        assert described[kind]["examples"]
        own = httpx.URL(found["self"]).path
        again = site.get(own).json()
        assert again == found
        assert {item["state"] for item in found.get("submissions", [found])} == {"submitted"}
        assert "in OpenAPI" not in own and own.startswith("/api/submissions/")
    faults = site.post(
        "/api/submissions",
        content=table({"title": "", "new source 1: title": "A", "list of sources": "A", "result 1: source": "A"}),
        headers=bearer | {"content-type": "text/csv"},
    ).json()
    assert faults["status"] == 422 and faults["type"] and {"line", "column", "message"} <= set(faults["faults"][0])
    assert {(fault["line"], fault["column"]) for fault in faults["faults"]} == {(2, "title")}
    broken = f"<{ID}initiative/broken-one> a <https://w3id.org/wsic/ontology#Initiative> ."
    faults = site.post("/api/submissions", content=broken, headers=bearer | {"content-type": "text/turtle"}).json()
    assert ("initiative:broken-one", "dcterms:title") in {(item["record"], item["field"]) for item in faults["faults"]}


def test_bodies_are_plain_and_cut_off_at_the_limit(site: httpx.Client, bearer: dict[str, str]) -> None:
    headers = bearer | {"content-type": "text/turtle", "content-encoding": "gzip"}
    assert site.post("/api/submissions", content=gzip.compress(b"x" * 10**6), headers=headers).status_code == 415
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 200_000_000:
            sent += 65_536
            yield b"#" * 65_536

    try:
        answer = site.post("/api/submissions", content=endless(), headers=bearer | {"content-type": "text/turtle"})
        assert answer.status_code == 413
    except httpx.TransportError:
        pass  # the connection was closed while we were sending
    assert sent < 20_000_000, "the rest was not taken"
    unknown = site.post("/api/submissions", content=b"x" * 10_000_000, headers={"content-type": "text/turtle"})
    assert unknown.status_code == 401, "nobody without a token sends a body"
