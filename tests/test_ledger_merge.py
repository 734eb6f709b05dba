"""A record gets another name, two become one, and both can be undone: over HTTP, in every part of the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, Person, editor_of, person_of
from tests.site_fixtures import serve
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.catalogue.records import moved_to, tombstone
from wsic_graph.ledger.moves import merge, rename
from wsic_graph.ledger.rdf import triples_of
from wsic_graph.ledger.store import LedgerError
from wsic_graph.namespaces import ID
from wsic_graph.settings import Settings

TORBAY = f"{ID}initiative/torbay-care-trust"
RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
VERSION_OF = ox.NamedNode("http://purl.org/dc/terms/isVersionOf")
REPLACED = "http://purl.org/dc/terms/isReplacedBy"


@pytest.fixture(scope="module")
def site(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    data_dir = tmp_path_factory.mktemp("merge")
    editor_of(data_dir)
    with serve(release, Settings(data_dir=data_dir, query_cache_mb=4), public=True) as client:
        yield client


@pytest.fixture(scope="module")
def editor(site: httpx.Client) -> Person:
    return person_of(site)


def ask(site: httpx.Client, pattern: str) -> list[str]:
    """The values of ``?x``, in order."""
    query = f"SELECT DISTINCT ?x WHERE {{ {pattern} }} ORDER BY ?x"
    return site.get("/sparql", params={"query": query, "format": "csv"}).text.split()[1:]


def move(editor: Person, key: str, way: str, to: str) -> httpx.Response:
    place = f"/review/move/{key}"
    editor.get(f"{place}?way={way}&to={to}")
    assert editor.answer.status_code == 200, editor.text[:2000]
    return editor.send(place, {"why": f"A {way}"})


def test_a_renamed_record_is_found_under_both_names_and_goes_back(site: httpx.Client, editor: Person) -> None:
    pointing = ask(site, f"?x <https://w3id.org/wsic/ontology#similarTo> <{WIGAN_IRI}>")
    assert pointing
    move(editor, WIGAN, "rename", "the-wigan-deal")
    assert editor.answer.status_code == 200 and editor.here == "/review/records/initiative/the-wigan-deal"
    new = f"{ID}initiative/the-wigan-deal"
    for old, target in (
        ("/initiatives/wigan-deal", "/initiatives/the-wigan-deal"),
        ("/initiatives/wigan-deal?x=1", "/initiatives/the-wigan-deal?x=1"),
        (f"/data/{WIGAN}.ttl", "/data/initiative/the-wigan-deal.ttl"),
        (f"/id/{WIGAN}", "/id/initiative/the-wigan-deal"),
        (f"/records/{WIGAN}", "/records/initiative/the-wigan-deal"),
    ):
        answer = site.get(old)
        assert (answer.status_code, answer.headers.get("location")) == (308, target)
        assert site.get(target, follow_redirects=True).status_code == 200
    assert ask(site, f"<{WIGAN_IRI}> <{REPLACED}> ?x") == [new]
    assert ask(site, f"<{WIGAN_IRI}> ?p ?x") == [new], "the tombstone says no more"
    assert ask(site, f"?x <https://w3id.org/wsic/ontology#similarTo> <{WIGAN_IRI}>") == []
    assert ask(site, f"?x <https://w3id.org/wsic/ontology#similarTo> <{new}>") == pointing
    sitemap = site.get("/sitemap/initiative.xml").text
    assert "/initiatives/the-wigan-deal<" in sitemap and "/initiatives/wigan-deal<" not in sitemap
    found = site.get("/search?q=wigan+deal").text
    assert "/initiatives/the-wigan-deal" in found and '/initiatives/wigan-deal"' not in found
    last = max(int(number) for number in re.findall(r"/feed/(\d+)>", site.get("/feed").text))
    feed = ox.Store()
    feed.load(site.get(f"/feed/{last}", headers={"accept": "application/n-quads"}).content, format=ox.RdfFormat.N_QUADS)
    members = [quad.subject for quad in feed.quads_for_pattern(None, VERSION_OF, ox.NamedNode(WIGAN_IRI))]
    said = {str(quad.object) for member in members for quad in feed.quads_for_pattern(member, RDF_TYPE, None)}
    assert "<https://www.w3.org/ns/activitystreams#Delete>" in said
    assert site.get(f"/history/{WIGAN}").status_code == 200 and "another name" in site.get(f"/history/{WIGAN}").text
    visitor = Person(site)
    visitor.get(f"/contribute?record={WIGAN}")
    visitor.send("/contribute")
    assert visitor.here.startswith("/contribute/drafts/") and "The Wigan Deal" in visitor.text
    assert not editor.get("/review/move/initiative/the-wigan-deal?way=rename&to=torbay-care-trust").is_success
    editor.get("/review/records/initiative/the-wigan-deal")
    undo = next(form.action for form in editor.page.forms if (form.action or "").startswith("/review/undo/"))
    editor.send(undo, {"undo-why": "The old name was known"})
    assert editor.here == f"/review/records/{WIGAN}", editor.text[:1500]
    assert site.get("/initiatives/wigan-deal").status_code == 200
    assert site.get("/initiatives/the-wigan-deal").status_code == 410
    assert ask(site, f"?x <https://w3id.org/wsic/ontology#similarTo> <{WIGAN_IRI}>") == pointing
    assert ask(site, f"<{WIGAN_IRI}> <{REPLACED}> ?x") == []


def test_two_records_become_one(site: httpx.Client, editor: Person) -> None:
    ontology = "https://w3id.org/wsic/ontology#"
    results = len(ask(site, f"<{WIGAN_IRI}> <{ontology}result> ?x")) + len(
        ask(site, f"<{TORBAY}> <{ontology}result> ?x")
    )
    editor.get(f"/review/move/{WIGAN}?way=merge&to=initiative/torbay-care-trust")
    assert "points at it" in editor.text or "point at it" in editor.text
    place = f"/review/move/{WIGAN}"
    assert editor.send(place, {"why": ""}).status_code == 422, "a reason is needed"
    move(editor, WIGAN, "merge", "initiative/torbay-care-trust")
    assert editor.here == "/review/records/initiative/torbay-care-trust", editor.text[:1500]
    assert site.get("/initiatives/wigan-deal").headers["location"] == "/initiatives/torbay-care-trust"
    page = site.get("/initiatives/torbay-care-trust")
    assert page.status_code == 200
    assert len(ask(site, f"<{TORBAY}> <{ontology}result> ?x")) == results
    titles = ask(site, f"<{TORBAY}> <http://purl.org/dc/terms/title> ?y BIND(1 AS ?x)")
    assert titles == ["1"], "it keeps its own title"
    assert WIGAN_IRI not in site.get("/data/initiative/torbay-care-trust.nt").text
    assert ask(site, f"?x <{ontology}similarTo> ?x") == []
    stale = {"form": editor.fields("/review/records/initiative/torbay-care-trust")["form"]}
    stale |= {"way": ["merge"], "to": ["initiative/torbay-care-trust"], "seen": ["x"], "why": ["again"]}
    assert editor.client.post(place, data=stale).status_code == 422, "it is gone"
    change = next(form.action for form in editor.page.forms if (form.action or "").startswith("/review/undo/"))
    editor.send(change, {"undo-why": "They are two"})
    assert site.get("/initiatives/wigan-deal").status_code == 200
    assert len(ask(site, f"<{TORBAY}> <{ontology}result> ?x")) < results
    assert editor.client.post(change, data={**stale, "undo-why": ["twice"]}).status_code == 409


def test_what_people_said_goes_where_the_record_goes(site: httpx.Client, editor: Person) -> None:
    oa = "http://www.w3.org/ns/oa#hasTarget"
    say(site, editor, WIGAN, "We learnt much from this.")
    assert len(ask(site, f"?x <{oa}> <{WIGAN_IRI}>")) == 2, "the comment and the counts"

    move(editor, WIGAN, "rename", "the-wigan-deal")
    new = f"{ID}initiative/the-wigan-deal"
    assert ask(site, f"?x <{oa}> <{WIGAN_IRI}>") == []
    assert len(ask(site, f"?x <{oa}> <{new}>")) == 1, "the counts wait for an editor"
    assert "We learnt much" in site.get("/initiatives/the-wigan-deal").text
    publish_answers(editor)
    assert len(ask(site, f"?x <{oa}> <{new}>")) == 2

    place = "/review/records/initiative/the-wigan-deal"
    editor.get(place)
    assert "point at it" in editor.send(place, {"do": "remove", "why": "Not ours"}).text, (
        "similar ones stand in the way"
    )
    editor.get(place)
    undo = next(form.action for form in editor.page.forms if "/review/undo/" in (form.action or ""))
    editor.send(undo, {"undo-why": "back"})
    assert site.get("/initiatives/wigan-deal").status_code == 200, editor.text[:1000]
    assert len(ask(site, f"?x <{oa}> <{WIGAN_IRI}>")) == 2 and ask(site, f"?x <{oa}> <{new}>") == []
    assert "We learnt much" in site.get("/initiatives/wigan-deal").text
    editor.get("/review/usefulness")
    assert "Wigan Deal" not in editor.text, "the answer came back too, so that there is nothing new to publish"


def test_what_people_said_goes_away_with_a_record(site: httpx.Client, editor: Person) -> None:
    lonely = "?x a <https://w3id.org/wsic/ontology#Resource> FILTER NOT EXISTS { ?y ?p ?x }"
    key = ask(site, lonely)[0].removeprefix(ID)
    say(site, editor, key, "This has gone.")
    about = f"?x <http://www.w3.org/ns/oa#hasTarget> <{ID}{key}>"
    assert len(ask(site, about)) == 2
    editor.get(f"/review/records/{key}")
    editor.send(f"/review/records/{key}", {"do": "remove", "why": "It is nowhere to be found"})
    assert ask(site, about) == [] and site.get(f"/id/{key}", follow_redirects=True).status_code == 410
    editor.get(f"/review/records/{key}")
    undo = next(form.action for form in editor.page.forms if "/review/undo/" in (form.action or ""))
    editor.send(undo, {"undo-why": "It was found"})
    assert len(ask(site, about)) == 2, "all comes back"


def say(site: httpx.Client, editor: Person, key: str, text: str) -> None:
    """A visitor comments on a record and says that it was useful; an editor publishes both."""
    visitor = Person(site)
    place = f"/contribute/about/{key}"
    for fields in ({"do": "comment", "text": text}, {"do": "useful", "useful": "yes"}):
        visitor.get(place)
        visitor.send(place, fields)
    editor.get("/review/remarks?kind=comment")
    found = (re.fullmatch(r"/review/remarks/\w{16}", link) for link in editor.page.xpath("//main//a/@href"))
    place = next(link[0] for link in found if link)
    editor.get(place)
    editor.send(place, {"do": "published"})
    publish_answers(editor)


def publish_answers(editor: Person) -> None:
    """Publish the counts of answers that wait."""
    editor.get("/review/usefulness")
    editor.send("/review/usefulness", {"do": "publish"})
    assert editor.answer.status_code == 200, editor.text[:500]


def test_only_editors_move_and_nothing_of_the_researchers(site: httpx.Client, editor: Person) -> None:
    assert site.get(f"/review/move/{WIGAN}").status_code == 303
    assert site.post("/review/undo/1").status_code in (303, 403)
    editor.get("/review/move/evidence/roland-2012-icp-case-management?way=rename&to=roland-2012")
    assert editor.answer.status_code == 422 and "records of the researchers point at it" in editor.text
    for way, to in (("rename", "A b"), ("rename", "../x"), ("merge", "initiative/nowhere"), ("merge", "evidence/x")):
        editor.get(f"/review/move/{WIGAN}?way={way}&to={to}")
        assert editor.answer.status_code == 422, (way, to)
    assert editor.get(f"/review/move/{WIGAN}?way=x&to=%00").status_code in (200, 422)


def test_what_a_move_says(release: Path) -> None:
    records = [f"{ID}initiative/{slug}" for slug in ("wigan-deal", "torbay-care-trust")]
    known = said_of(release, records)

    def said(record: str) -> bytes:
        return known.get(record, b"")

    moved = rename(records[0], "new-name", said, [records[1]])
    new = moved.bodies[moved.new]
    assert b"/initiative/wigan-deal" not in new
    assert len(triples_of(new)) == len(triples_of(known[records[0]]))
    assert moved_to(moved.bodies[records[0]]) == moved.new
    back = rename(moved.new, "wigan-deal", {**known, **moved.bodies}.__getitem__, [records[1]])
    assert back.bodies[records[0]] == known[records[0]] and back.bodies[records[1]] == known[records[1]]
    one = merge(records[0], records[1], said, [], lambda _, path: path.endswith(("result", "partner", "cost")))
    body = one.bodies[records[1]]
    assert set(known[records[1]].splitlines()) <= set(body.splitlines()), "what it said stays"
    subjects = {triple.subject for triple in triples_of(body)}
    pointed = {t.object for t in triples_of(body) if str(t.object).startswith(f"<{records[1]}#")}
    assert pointed == {subject for subject in subjects if "#" in str(subject)}, "no part is lost or left alone"
    with pytest.raises(LedgerError):
        rename(records[0], "torbay-care-trust", said, [])
    with pytest.raises(LedgerError):
        merge(records[0], records[0], said, [], lambda *_: True)


def test_a_tombstone_is_nothing_else() -> None:
    a, b, graph = f"{ID}initiative/a", f"{ID}initiative/b", "https://w3id.org/wsic/graph/initiatives"
    stone = tombstone(a, b, graph)
    assert moved_to(stone) == b
    for other in (b"", stone + stone, stone.replace(b"isReplacedBy", b"title"), b"x" + stone):
        assert moved_to(other) == ""
