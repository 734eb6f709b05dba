"""Pages beside those of Datasette, which shows the same records from SQLite: part of `make bench`.

A record page of every kind against its row page, a list with facets and counts
against its facet page. Ours three times: a first view, from a server that remembers
nothing (every query is run and the page is made); made anew, from one that remembers
the answers of queries; and again, as every view of a page is but the first in an
edition of the graph. Datasette keeps no answers, so a first view is the hardest
comparison. Its row page has the row alone; ours has the parts and connections too.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import httpx
import pyoxigraph as ox

from tests.benchmarks.load import Ask, measure
from tests.benchmarks.servers import BIN, Running, free_port, ours, started
from wsic_graph.engine.bind import bind_terms
from wsic_graph.namespaces import ONTOLOGY, SCHEME
from wsic_graph.release.manifest import DATASET

ROUNDS = 3
KINDS = {
    "initiatives": f"{ONTOLOGY}Initiative",
    "evidence": f"{ONTOLOGY}EvidenceSource",
    "value-cases": f"{ONTOLOGY}ValueCase",
    "areas": f"{ONTOLOGY}Area",
    "resources": f"{ONTOLOGY}Resource",
    "interventions": f"{SCHEME}intervention",
}
"""The class or scheme of the records of each folder of pages, which is also what Datasette calls their table."""
MANY = ("careGroup", "intervention", "programme", "setting")
ONE = ("nation", "initiativeStatus")
_RECORDS = 50
_AS_ASKED = {"Accept": "text/html", "Accept-Encoding": ""}
"""As wrk asks: a page is remembered for each way of compressing it."""


Records = dict[str, dict[str, list[str]]]
"""Slug of each record, then property, then its values in words."""


def read_records(dataset: Path) -> dict[str, Records]:
    """The records of each of ``KINDS``."""
    store = ox.Store()
    store.bulk_load(path=str(dataset), format=ox.RdfFormat.N_QUADS, lenient=True)
    text = (Path(__file__).parent / "queries" / "records.rq").read_text(encoding="utf-8")
    return {kind: _records(store, bind_terms(text, {ox.Variable("kind"): ox.NamedNode(KINDS[kind])})) for kind in KINDS}


def _records(store: ox.Store, text: str) -> Records:
    rows = store.query(text, use_default_graph_as_union=True)
    assert isinstance(rows, ox.QuerySolutions)
    found: Records = {}
    for row in rows:
        record, name, value = (str(row[column].value) for column in ("record", "property", "text"))
        known = found.setdefault(record.rsplit("/", 1)[1], {})
        known.setdefault(re.split(r"[/#]", name)[-1], []).append(value)
    return found


def to_sqlite(kinds: dict[str, Records], path: Path) -> None:
    """A table for each kind: a row for each record, a column for each property; several values as a JSON array."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as base:
        for kind, records in kinds.items():
            columns = sorted({name for record in records.values() for name in record})
            base.execute(f"CREATE TABLE [{kind}] (slug TEXT PRIMARY KEY, {', '.join(f'[{c}] TEXT' for c in columns)})")
            base.executemany(
                f"INSERT INTO [{kind}] VALUES ({', '.join('?' * (len(columns) + 1))})",  # noqa: S608 - only marks
                ([slug, *(_cell(name, record.get(name, [])) for name in columns)] for slug, record in records.items()),
            )
        base.commit()


def _cell(name: str, values: list[str]) -> str | None:
    return json.dumps(values) if name in MANY else "; ".join(values) or None


@contextmanager
def datasette(path: Path) -> Iterator[Running]:
    """`datasette serve` over the immutable file, as its documentation advises for publishing."""
    port = free_port()
    command = [str(BIN / "datasette"), "serve", "--immutable", str(path), "--port", str(port)]
    command += ["--setting", "default_page_size", "150", "--setting", "facet_time_limit_ms", "2000"]
    command += ["--setting", "suggest_facets", "off"]  # what it would look for at each request, and we do not show
    with started("datasette", f"/{path.stem}", port, command, sparql=False) as running:
        yield running


def measure_pages(release: Path, folder: Path, seconds: int) -> dict[str, dict[str, list[float]]]:
    """Requests a second of each kind of page, for each round of each server."""
    kinds = read_records(release / DATASET)
    base = folder / "wsic.db"
    to_sqlite(kinds, base)
    facets = "&".join([*(f"_facet={name}" for name in ONE), *(f"_facet_array={name}" for name in MANY)])
    cases = {
        **{
            f"record: {kind}": tuple(
                [f"{place}/{kind}/{slug}?_fresh=" for slug in _some(records)] for place in ("", "/wsic")
            )
            for kind, records in kinds.items()
        },
        "list with facets": (["/initiatives?_fresh="], [f"/wsic/initiatives?{facets}&_size=100&_fresh="]),
    }
    figures: dict[str, dict[str, list[float]]] = {}
    with ours(release) as wsic, ours(release, WSIC_QUERY_CACHE_MB="0") as forgetful, datasette(base) as peer:
        for case, (mine, theirs) in cases.items():
            asks = {
                "wsic, first view": (forgetful, mine, True),
                "wsic, made anew": (wsic, mine, True),
                "wsic, again": (wsic, mine, False),
                "datasette": (peer, theirs, True),
            }
            row: dict[str, list[float]] = {label: [] for label in asks}
            with httpx.Client(base_url=wsic.site, timeout=60, trust_env=False) as client:
                for path in mine:  # so that the first view is none of those called "again"
                    client.get(path, headers=_AS_ASKED).raise_for_status()
            for _ in range(ROUNDS):
                for label, (server, paths, fresh) in asks.items():
                    row[label].append(measure(server.site, Ask(paths, "text/html", 2), fresh, seconds).rate)
            figures[case] = row
    return figures


def _some(records: Records) -> list[str]:
    """So many slugs of ``records`` at most, from all of the alphabet."""
    slugs = sorted(records)
    return slugs[:: max(1, len(slugs) // _RECORDS)][:_RECORDS]


def show_pages(figures: dict[str, dict[str, list[float]]]) -> None:
    """Print each figure and how many times as fast we are."""
    print("\nHTML pages beside Datasette")
    for case, row in figures.items():
        for label, rates in row.items():
            ratio = median(ours / theirs for ours, theirs in zip(rates, row["datasette"], strict=True))
            print(f"{case:24}{label:22}{median(rates):10.1f} a second{ratio:10.2f}")
