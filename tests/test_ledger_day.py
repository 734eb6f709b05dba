"""A contributor's and an editor's day, over HTTP as new users would have it."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, Person, confirm, editor_of, person_of
from tests.site_fixtures import serve
from wsic_graph.ledger.store import Ledger, audit_is_whole
from wsic_graph.settings import Settings

NEW = {
    "|dcterms:description": ["A joint team of nurses and social workers meets people before they are discharged."],
    "|wsic:nation": ["England (area/E92000001)"],
    "|wsic:area": ["area/E08000010"],
    "|wsic:initiativeStatus": ["active"],
    "|wsic:programme": ["local-public-service-reform"],
    "|wsic:careGroup": ["older-people"],
    "|wsic:intervention": ["reablement"],
    "|wsic:setting": ["community"],
    "|wsic:leadOrganisation": ["Wigan Council"],
    "|dcterms:references": ["Home first in Leigh: the first year"],
    "population-served-1|dcterms:description": ["About 900 people a year"],
    "contact-point-1|wsic:organisation": ["organisation/wigan-council"],
    "named": ["Leigh locality team"],
    "why": ["New this year"],
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("day")


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    editor_of(data_dir)
    with serve(release, Settings(data_dir=data_dir, query_cache_mb=4), public=True) as client:
        yield client


@pytest.fixture
def editor(site: httpx.Client) -> Person:
    person = person_of(site)
    assert "Signed in as ed" in person.text
    return person


def titles(site: httpx.Client) -> str:
    """The title of the initiative wherever the site shows it, by machine and by page."""
    ask = f"SELECT ?t {{ <{WIGAN_IRI}> <http://purl.org/dc/terms/title> ?t }}"
    places = {
        "page": site.get(f"/initiatives/{WIGAN.split('/')[1]}").text,
        "sparql": site.get("/sparql", params={"query": ask, "format": "csv"}).text,
        "search": site.get("/search?q=wigan").text,
        "list": site.get("/initiatives.json?limit=1000").text,
        "data": site.get(f"/data/{WIGAN}.ttl").text,
    }
    return json.dumps(
        {name: sorted(set(re.findall(r"The Wigan Deal(?: \w+)?", text))) for name, text in places.items()}
    )


def test_correction_from_draft_to_every_part_of_the_site(site: httpx.Client, editor: Person, data_dir: Path) -> None:
    before = site.get(f"/initiatives/{WIGAN.split('/')[1]}")
    version = site.get("/readyz").text
    visitor = Person(site)
    visitor.get(f"/contribute?record={WIGAN}")
    visitor.send("/contribute")
    draft = visitor.here
    assert re.fullmatch(r"/contribute/drafts/[\w-]{43}", draft)
    visitor.send(
        draft, {"|dcterms:title": ["The Wigan Deal renewed"], "|schema:startDate": ["about 2011"], "do": "check"}
    )
    assert visitor.answer.status_code == 422
    assert "“about 2011” is not a year between" in visitor.text and "about 2011" in visitor.answer.text
    visitor.send(draft, {"|schema:startDate": ["2011"], "do": "check"})
    assert "It keeps every rule" in visitor.text and "renewed" in visitor.text
    preview = visitor.get(f"{draft}/preview")
    assert "The Wigan Deal renewed" in preview.text and "This is a preview" in preview.text
    assert preview.headers["cache-control"] == "no-store"
    assert "Staff engagement scores" in preview.text, "the rest of the record is there"
    visitor.get(draft)
    visitor.send(
        draft, {"named": "Wigan friends", "email": "a@friends.example", "why": "It has a new name", "do": "submit"}
    )
    assert "Wigan friends” is published only once" in visitor.text
    confirm(visitor, data_dir, "a@friends.example", draft)
    assert "only once" not in visitor.text
    assert "It is with the editors" in visitor.text
    assert site.get("/readyz").text == version
    assert "renewed" not in titles(site), "nothing unreviewed is seen"

    editor.get("/review")
    assert "The Wigan Deal" in editor.text and "Wigan friends" in editor.text
    (link,) = [a.get("href") for a in editor.page.xpath("//tbody//th//a")]
    editor.get(link)
    assert "The Wigan Deal renewed" in editor.text
    assert "The Wigan Deal renewed" in editor.get(f"{link}/preview").text
    editor.get(link)
    before_it = time.strftime("%Y-%m-%d", time.gmtime())
    editor.send(link, {"do": "accept"})
    days = {before_it, time.strftime("%Y-%m-%d", time.gmtime())}
    assert editor.answer.status_code == 200 and "Accepted" in editor.text
    assert titles(site) == json.dumps(
        {name: ["The Wigan Deal renewed"] for name in ("page", "sparql", "search", "list", "data")}
    )
    after = site.get("/initiatives/wigan-deal", headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200 and after.headers["etag"] != before.headers["etag"]
    assert site.get("/readyz").text != version
    feed = site.get("/feed").text
    last = max(int(number) for number in re.findall(r"/feed/(\d+)>", feed))
    assert "renewed" in site.get(f"/feed/{last}").text
    assert visitor.get(draft).status_code == 200 and "accepted and is published" in visitor.text
    public = Person(site)
    public.get(f"/history/{WIGAN}")
    assert (
        "Wigan friends" in public.text
        and "It has a new name" in public.text
        and "The Wigan Deal renewed" in public.text
    )
    changed = re.search(
        r"/initiatives/wigan-deal</loc>\s*<lastmod>([\d-]{10})", site.get("/sitemap/initiative.xml").text
    )
    assert changed and changed[1] in days


def test_new_initiative_with_a_new_source(site: httpx.Client, editor: Person) -> None:
    visitor = Person(site)
    visitor.get("/contribute")
    visitor.send("/contribute", {"kind": "initiative", "title": "Wigan deal for all"})
    assert "Is it one of these?" in visitor.text and "The Wigan Deal" in visitor.text
    visitor.get("/contribute")
    visitor.send("/contribute", {"kind": "initiative", "title": "Leigh home first"})
    if "Is it one of these?" in visitor.text:
        visitor.send("/contribute", {"new": "1"})
    draft = visitor.here
    visitor.send(draft, {"do": "submit"})
    assert visitor.answer.status_code == 422 and "description" in visitor.text
    visitor.send(draft, {"do": "add source"})
    visitor.send(draft, {"source/new-1|dcterms:title": "Home first in Leigh: the first year", "do": "save"})
    visitor.send(draft, {"do": "add |wsic:result"})
    result = {
        "result-1|dcterms:description": "Days in hospital after being ready to leave",
        "result-1|wsic:outcome": "delayed-transfers",
        "result-1|wsic:value": "-12.5",
        "result-1|wsic:unit": "percent-change",
        "result-1|wsic:unitText": "percent change",
        "result-1|dcterms:source": "Home first in Leigh: the first year",
    }
    visitor.send(draft, {**NEW, **result, "do": "check"})
    assert "It keeps every rule" in visitor.text, visitor.text[-4000:]
    assert "Leigh home first" in visitor.get(f"{draft}/preview").text
    visitor.get(draft)
    visitor.send(draft, {"do": "submit"})
    assert site.get("/initiatives/leigh-home-first").status_code == 404
    editor.get("/review")
    (link,) = [a.get("href") for a in editor.page.xpath("//tbody//th//a")]
    editor.get(link)
    editor.send(link, {"do": "ask", "reason": "Please say how many people there are."})
    assert "Please say how many" in visitor.get(draft).text
    visitor.send(draft, {"population-served-1|wsic:persons": "900", "do": "submit"})
    assert "It is with the editors" in visitor.text
    editor.get(link)
    editor.send(link, {"do": "accept", "sources": "1"})
    assert "Accepted" in editor.text, editor.text[:2000]
    page = site.get("/initiatives/leigh-home-first").text
    assert "900" in page and "Home first in Leigh" in page
    turtle = site.get("/data/initiative/leigh-home-first.ttl").text
    assert "basis:verified" in turtle and "basis:recalled" not in turtle
    assert "Leigh home first" in site.get("/search?q=leigh+home+first").text
    assert site.get("/sources/home-first-in-leigh-the-first-year").status_code == 200


def test_restore_and_removal(site: httpx.Client, editor: Person) -> None:
    place = f"/review/records/{WIGAN}"
    editor.get(place)
    editor.send(place, {"do": "restore", "version": "0", "why": "The old name was right"})
    assert editor.answer.status_code == 200 and "The old name was right" in editor.text
    assert "renewed" not in titles(site)
    place = "/review/records/initiative/leigh-home-first"
    editor.get(place)
    editor.send(place, {"do": "remove", "why": "It was a test"})
    assert editor.answer.status_code == 200 and "removed" in editor.text
    gone = site.get("/initiatives/leigh-home-first")
    assert gone.status_code == 410 and "was removed" in gone.text
    assert "Leigh home first" not in site.get("/search?q=leigh+home+first").text
    assert site.get("/history/initiative/leigh-home-first").status_code == 200
    place = "/review/records/organisation/wigan-council"
    editor.get(place)
    editor.send(place, {"do": "remove", "why": "Others point at it"})
    assert editor.answer.status_code == 422 and "point at it" in editor.text


def test_dumps_and_counts_follow(site: httpx.Client) -> None:
    version = site.get("/readyz").text.split()[-1]
    files = site.get(f"/dumps/{version}/files.json").json()
    count = int(
        site.get("/sparql", params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "format": "csv"}).text.split()[1]
    )
    assert len(gzip.decompress(site.get(f"/dumps/{version}/wsic.nq.gz").content).splitlines()) == count
    assert {"wsic.nq.gz", "initiatives.nt.gz"} <= {item["path"] for item in files}
    assert f"{count:,}" in site.get("/").text


def test_audit_log_is_whole_and_cannot_be_edited(site: httpx.Client, data_dir: Path) -> None:
    ledger = Ledger(data_dir)
    assert audit_is_whole(ledger)
    with ledger.reading() as db:
        assert db.execute("SELECT count(*) FROM audit WHERE what = 'accepted'").fetchone()[0] >= 4
    ledger.close()
