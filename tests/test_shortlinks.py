"""Short links: content-addressed, capped, and safe for several processes."""

from __future__ import annotations

import multiprocessing
import secrets
import sqlite3
import zlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.exceptions import HTTPException

from tests.site_fixtures import serve
from wsic_graph.service.shortlinks import LinkStore
from wsic_graph.settings import Settings

QUERY = "SELECT * WHERE { ?s ?p 'ü & #' } LIMIT 3"


def make(client: httpx.Client, query: str, accept: str = "application/json") -> httpx.Response:
    return client.post("/sparql/links", data={"query": query}, headers={"Accept": accept})


def test_a_link_leads_to_its_query(release: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, public_url="https://example.org/toolkit/", links_per_hour=4)
    with serve(release, settings) as client:
        made = make(client, QUERY)
        assert made.status_code == 201
        code = made.json()["code"]
        assert 8 <= len(code) <= 10
        assert made.json()["url"] == made.headers["location"] == f"https://example.org/toolkit/sparql/q/{code}"
        followed = client.get(f"/sparql/q/{code}")
        assert followed.status_code == 307 and "immutable" in followed.headers["cache-control"]
        target = urlsplit(followed.headers["location"])
        assert target.path == "/sparql" and parse_qs(target.query) == {"query": [QUERY]}

        page = make(client, QUERY, "text/html")
        assert page.status_code == 201 and f"sparql/q/{code}</a>" in page.text
        assert client.get("/sparql/q/nothing").status_code == 404

        long = f"# {'x' * 9_000}\nASK {{ }}"
        shown = client.get(f"/sparql/q/{make(client, long).json()['code']}")
        assert shown.status_code == 200 and long in shown.text and "<strong>Yes</strong>" in shown.text

        for query, words in [
            ("x" * 20_001, "at most 20,000"),
            ("INSERT DATA { <a:b> <a:c> <a:d> }", "update"),
            ("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", "SERVICE"),
            ("hello", "no query"),
        ]:
            refused = make(client, query)
            assert refused.status_code == 400 and words in refused.json()["detail"], query
        assert make(client, "ASK { ?a ?b ?c }").status_code == make(client, "ASK { ?a ?b ?d }").status_code == 201
        limited = make(client, "ASK { ?a ?b ?e }")
        assert limited.status_code == 429 and int(limited.headers["retry-after"]) > 3000
        assert "4 new short links" in limited.json()["detail"]
        assert make(client, QUERY).status_code == 201  # known already, so nothing new


def test_a_full_store_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "links.sqlite3", 1, 10_000)
    code = store.keep(QUERY, "a")
    with pytest.raises(HTTPException, match="full") as full:
        for number in range(200):
            store.keep(f"ASK {{ ?s ?p '{number}{secrets.token_hex(15_000)}' }}", "b")
    assert full.value.status_code == 507
    assert store.texts.path.stat().st_size < 1.2 * (1 << 20)
    assert store.query(code) == QUERY and store.keep(QUERY, "c") == code


def test_texts_whose_codes_meet_get_longer_ones(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "links.sqlite3", 1, 10)
    code = store.keep(QUERY, "a")
    with sqlite3.connect(store.texts.path) as base:
        base.execute("UPDATE kept SET text = ?", (zlib.compress(b"another"),))
    longer = store.keep(QUERY, "a")
    assert longer.startswith(code) and len(longer) == len(code) + 1
    assert store.query(code) == "another" and store.query(longer) == QUERY


def test_addresses_of_clients_are_not_kept(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "links.sqlite3", 1, 10)
    store.keep(QUERY, "192.0.2.77")
    assert all(b"192.0.2.77" not in path.read_bytes() for path in tmp_path.iterdir())


def _keep_many(path: Path, names: list[str]) -> list[str]:
    return [LinkStore(path, 5, 1_000).keep(f"ASK {{ ?s ?p '{name}' }}", "one") for name in names]


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "links.sqlite3"
    shared = [str(number) for number in range(20)]
    jobs = [(path, [*shared, *(f"{worker}-{number}" for number in range(20))]) for worker in range(2)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        codes = pool.starmap(_keep_many, jobs)
    assert len({tuple(found[:20]) for found in codes}) == 1
    with sqlite3.connect(path) as base:
        assert base.execute("SELECT COUNT(*) FROM kept").fetchone()[0] == 20 + 2 * 20
        assert base.execute("SELECT COUNT(*) FROM made").fetchone()[0] == 20 + 2 * 20
