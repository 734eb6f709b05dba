"""Accepted revisions as PROV in the graph: asked by SPARQL, in the history of a record, in the feed; no persons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF

from tests.ledger_fixtures import PASSWORD, WIGAN, WIGAN_IRI, Person, editor_of, small_release
from tests.site_fixtures import serve
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.content import ROOT
from wsic_graph.ledger import submissions
from wsic_graph.ledger.people import add_account
from wsic_graph.ledger.rdf import digest
from wsic_graph.ledger.revisions import last_change, overlay, steps
from wsic_graph.ledger.store import Ledger
from wsic_graph.settings import Settings

PROV = Namespace("http://www.w3.org/ns/prov#")
ID = "https://w3id.org/wsic/id/"
COUNCIL = f"{ID}organisation/wigan-council"
FIRST, SECOND, THIRD = (f"{ID}change/{number}#initiative-wigan-deal" for number in (1, 2, 3))


def titled(body: bytes, title: bytes) -> bytes:
    return b"".join(sorted(body.replace(b'"The Wigan Deal"', b'"' + title + b'"').splitlines(True)))


@pytest.fixture(scope="module")
def data_dir(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four changes: by somebody with a name, by an account for the council, a removal, and a restoration."""
    folder = tmp_path_factory.mktemp("provenance")
    held = small_release(release, folder / "release")
    editor = editor_of(folder)
    ledger = Ledger(folder)
    account = add_account(ledger, "mary.smith@example.org", "contributor", PASSWORD, "Wigan Council")
    said = said_of(held, [WIGAN_IRI])[WIGAN_IRI]
    released = said
    for title, named, by, organisation in (
        (b"Deal one", "Mary Smith", None, ""),
        (b"Deal two", "Wigan Council", account, COUNCIL),
    ):
        body = titled(released, title)
        draft, _ = submissions.start(ledger, WIGAN_IRI, {}, said, client="x", account=by)
        draft = submissions.save(ledger, draft, fields={}, body=body, named=named, why=f"It is called {title.decode()}")
        draft = submissions.submit(ledger, draft)
        submissions.accept(
            ledger, draft, editor, {WIGAN_IRI: said}, "", upto=last_change(ledger), organisation=organisation
        )
        said = body
    submissions.put(ledger, WIGAN_IRI, b"", editor, seen=said, upto=last_change(ledger), why="It has ended")
    submissions.put(ledger, WIGAN_IRI, said, editor, seen=b"", upto=last_change(ledger), why="It has not")
    ledger.close()
    return folder


@pytest.fixture(scope="module")
def site(data_dir: Path) -> Iterator[httpx.Client]:
    with serve(data_dir / "release", Settings(data_dir=data_dir, query_cache_mb=4), public=True) as client:
        yield client


def test_every_revision_is_said(site: httpx.Client, data_dir: Path) -> None:
    answer = site.get(f"/history/{WIGAN}.ttl")
    graph = Graph().parse(data=answer.text, format="turtle")
    first, second, fourth = URIRef(FIRST), URIRef(SECOND), URIRef(f"{ID}change/4#initiative-wigan-deal")
    before = URIRef(f"{FIRST}-before")
    assert graph.value(first, PROV.wasRevisionOf) == before
    assert graph.value(second, PROV.wasRevisionOf) == first
    assert graph.value(fourth, PROV.wasRevisionOf) == second, "what was removed comes from what it was before"
    assert (URIRef(f"{ID}change/3"), PROV.invalidated, second) in graph
    assert (URIRef(THIRD), None, None) not in graph, "a removal makes no version"
    assert graph.value(second, PROV.wasAttributedTo) == URIRef(COUNCIL)
    nobody = graph.value(first, PROV.wasAttributedTo)
    assert "not named" in str(graph.value(nobody, FOAF.name))
    for version in (first, second, fourth):
        activity = graph.value(version, PROV.wasGeneratedBy)
        assert (activity, RDF.type, PROV.Activity) in graph
        assert graph.value(version, PROV.generatedAtTime) == graph.value(activity, PROV.endedAtTime)
        assert graph.value(version, PROV.specializationOf) == URIRef(WIGAN_IRI)
    assert str(graph.value(URIRef(f"{ID}change/3"), DCTERMS.description)) == "It has ended"
    released = said_of(data_dir / "release", [WIGAN_IRI])[WIGAN_IRI]
    assert str(graph.value(before, DCTERMS.identifier)) == f"sha256:{digest(released).hex()}"
    for name in ("jsonld", "nt", "rdf"):
        other = site.get(f"/history/{WIGAN}.{name}")
        assert other.status_code == 200, other.text
        if name == "nt":
            assert len(list(ox.parse(other.content, format=ox.RdfFormat.N_TRIPLES))) == len(graph)
    assert site.get(f"/history/{WIGAN}.xyz").status_code == 404
    assert site.get("/history/initiative/nowhere.ttl").status_code == 404
    page = site.get(f"/history/{WIGAN}").text
    assert f"/history/{WIGAN}.ttl" in page and "/queries/records/revisions" in page


def test_it_is_asked_by_sparql_and_is_part_of_everything(site: httpx.Client, data_dir: Path) -> None:
    ask = (
        "PREFIX prov: <http://www.w3.org/ns/prov#> SELECT ?number ?agent WHERE { GRAPH "
        "<https://w3id.org/wsic/graph/revisions> { ?version prov:specializationOf <" + WIGAN_IRI + "> ; "
        "<https://schema.org/version> ?number ; prov:wasAttributedTo ?agent } } ORDER BY ?number"
    )
    rows = site.get("/sparql", params={"query": ask, "format": "csv"}).text.split()[1:]
    assert [row.split(",")[0] for row in rows] == ["1", "2", "4"] and rows[1].endswith(COUNCIL)
    feed = site.get("/feed", headers={"accept": "application/n-triples"}).text
    last = max(int(word.rsplit("/", 1)[1].rstrip(">")) for word in feed.split() if "/feed/" in word)
    assert f"{ID}change/4" in site.get(f"/feed/{last}").text
    assert "Changes" in site.get("/catalogue").text
    assert "graph/revisions" in site.get("/catalogue.ttl").text
    assert site.get("/graph/revisions", headers={"accept": "text/turtle"}).status_code == 200
    record = site.get("/id/change/2", headers={"accept": "text/turtle"}, follow_redirects=True)
    said = Graph().parse(data=record.text, format="turtle")
    assert URIRef(SECOND) in set(said.subjects())
    assert site.get("/id/change/2", headers={"accept": "text/html"}, follow_redirects=True).status_code == 200
    assert site.get("/void/terms.json").status_code == 200
    assert "change/4" in site.get("/collections/change").text


def test_every_term_is_explained_with_the_ontology(data_dir: Path) -> None:
    ledger = Ledger(data_dir)
    said = Graph().parse(
        data=b"".join(line.rsplit(b" <", 1)[0] + b" .\n" for body in changes(ledger) for line in body.splitlines()),
        format="nt",
    )
    ledger.close()
    used = {*said.predicates(), *said.objects(None, RDF.type)}
    explained = Graph().parse(ROOT / "ontology" / "profile.ttl")
    assert PROV.invalidated in used
    assert {str(term) for term in used if (term, None, None) not in explained} <= {str(RDF.type)}


def changes(ledger: Ledger) -> list[bytes]:
    """What the graph says of each change."""
    return [body for record, body in overlay(ledger, last_change(ledger)).items() if record.startswith(f"{ID}change/")]


def test_no_persons(site: httpx.Client, data_dir: Path) -> None:
    everything = site.get("/graph/revisions", headers={"accept": "application/n-triples"}).text
    for word in ("Mary", "Smith", "mary.smith", "example.org", "Ed of the editors"):
        assert word not in everything
        ask = f'ASK {{ ?s ?p ?o FILTER(ISLITERAL(?o) && CONTAINS(STR(?o), "{word}")) }}'
        if word in ("mary.smith", "Ed of the editors"):
            assert "false" in site.get("/sparql", params={"query": ask, "format": "json"}).text


def test_an_account_speaks_for_its_organisation(site: httpx.Client, data_dir: Path) -> None:
    """Through the pages: a name alone is not enough, an account is."""
    editor, account = Person(site), Person(site)
    editor.sign_in("ed")
    account.sign_in("mary.smith@example.org")
    agents = []
    for person, title in ((Person(site), "A deal by somebody"), (account, "A deal by the council")):
        person.get(f"/contribute?record={WIGAN}")
        person.send("/contribute")
        person.send(person.here, {"|dcterms:title": [title], "named": "Wigan Council", "why": "x", "do": "submit"})
        assert "with the editors" in person.text, person.text[:2000]
        editor.get("/review")
        (link,) = [a.get("href") for a in editor.page.xpath("//tbody//th//a")]
        editor.get(link)
        editor.send(link, {"do": "accept"})
        assert "Accepted" in editor.text
        ledger = Ledger(data_dir)
        number = last_change(ledger)
        body = overlay(ledger, number)[f"{ID}change/{number}"].decode()
        agents.append(f"wasAssociatedWith> <{COUNCIL}>" in body)
        ledger.close()
    assert agents == [False, True]


def test_the_version_follows_from_all_of_it(data_dir: Path, tmp_path: Path) -> None:
    """Two ledgers that differ in no more than a reason give other versions, as their graphs are others."""
    versions = set()
    for why in ("one", "two", "two"):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        editor = editor_of(folder)
        ledger = Ledger(folder)
        submissions.put(ledger, WIGAN_IRI, b"", editor, seen=b"x", upto=last_change(ledger), why=why)
        versions.add(steps(ledger, "v")[-1].version)
        ledger.close()
    assert len(versions) == 3, "the time is part of it too"


def test_a_version_is_known_without_reading_all_that_was_ever_said(tmp_path: Path) -> None:
    """Else each publication would take longer than the one before it: after two thousand, five seconds."""
    editor = editor_of(tmp_path)
    ledger = Ledger(tmp_path)
    line = f'<{WIGAN_IRI}> <http://purl.org/dc/terms/title> "%b" <https://w3id.org/wsic/graph/initiatives> .\n'.encode()
    for before, after in ((b"", b"one"), (b"one", b"two"), (b"two", b"three")):
        seen = line % before if before else b""
        submissions.put(
            ledger, WIGAN_IRI, line % after, editor, seen=seen, upto=last_change(ledger), why=after.decode()
        )
    known = [step.version for step in steps(ledger, "v")]
    with ledger.writing() as db:
        db.execute("DROP TRIGGER revision_is_kept")
        db.execute("UPDATE revision SET body = x'00' WHERE number = 1")
    found = steps(ledger, "v")
    assert [step.version for step in found] == known
    assert found[3].changes()[WIGAN_IRI] == line % b"three" and f"{ID}change/3" in found[3].changes()
    ledger.close()
