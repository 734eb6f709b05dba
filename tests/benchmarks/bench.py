"""Speed as ratios against peers on the same data in the same run: `make bench`.

Peers: the engine in this process without a door (what isolation costs) and
rdflib in memory (what the usual Python stack gives). Every figure is a median.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyoxigraph as ox
from rdflib import Dataset

from wsic_graph.engine import Door
from wsic_graph.engine.bind import bind_terms
from wsic_graph.queries import Query, get_query
from wsic_graph.release.build import build
from wsic_graph.release.manifest import DATASET

QUERIES = {
    "one record": "pages/record",
    "list of initiatives": "pages/initiatives",
    "evidence by design": "competency/evidence-intervention-outcome",
}
OUT = Path("var/bench.json")


def median(run: Callable[[], object], seconds: float = 3.0) -> float:
    """Median time of ``run`` in milliseconds over at most ``seconds``, after one warm-up."""
    run()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def in_process(store: ox.Store, text: str) -> bytes | None:
    """The answer from the engine in this process, serialised as the door serialises it."""
    result = store.query(text, use_default_graph_as_union=True)
    if isinstance(result, ox.QueryTriples):
        return result.serialize(format=ox.RdfFormat.N_TRIPLES)
    return result.serialize(format=ox.QueryResultsFormat.JSON)


def in_rdflib(peer: Dataset, text: str) -> bytes | None:
    """The answer from rdflib, serialised likewise."""
    result = peer.query(text)
    return result.serialize(format="json" if result.type in ("SELECT", "ASK") else "nt")


def text_of(query: Query) -> str:
    """The query with its default or example parameters bound."""
    values: dict[str, object] = {p.name: p.default or p.example or "" for p in query.parameters}
    return bind_terms(query.text, query.bind(values))


def main() -> None:
    """Measure, print a table and write it to ``var/bench.json``."""
    release = OUT.parent / "bench-release"
    started = time.perf_counter()
    manifest = build(release, progress=print)
    figures: dict[str, float] = {"build, s": time.perf_counter() - started}
    started = time.perf_counter()
    door = Door(release)
    figures["start to first answer, s"] = time.perf_counter() - started
    store = ox.Store()
    store.bulk_load(path=str(release / DATASET), format=ox.RdfFormat.N_QUADS)
    peer = Dataset(default_union=True)
    started = time.perf_counter()
    peer.parse(release / DATASET, format="nquads")
    figures["rdflib loading the same file, s"] = time.perf_counter() - started
    rows = []
    with door:
        for label, name in QUERIES.items():
            query = get_query(name)
            text = text_of(query)
            graph = "CONSTRUCT" in text.upper()
            ours = median(partial(door.run, text, format="nt" if graph else "json"))
            bare = median(partial(in_process, store, text))
            theirs = median(partial(in_rdflib, peer, text))
            rows.append((label, ours, bare, theirs))
    print(f"\n{manifest.triples:,} triples")
    for name, value in figures.items():
        print(f"{name:32}{value:8.1f}")
    print(f"\n{'median, ms':24}{'door':>9}{'in process':>12}{'rdflib':>10}{'rdflib / door':>15}")
    for label, ours, bare, theirs in rows:
        print(f"{label:24}{ours:9.2f}{bare:12.2f}{theirs:10.1f}{theirs / ours:15.1f}")
    OUT.write_text(json.dumps({"triples": manifest.triples, **figures, "queries": rows}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
