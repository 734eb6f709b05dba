"""Speed as ratios against peers on the same data in the same run: `make bench`.

Peers: the engine in this process without a door (what isolation costs) and
rdflib in memory (what the usual Python stack gives). Every figure is a median.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
from rdflib import Dataset

from wsic_graph.engine import Door
from wsic_graph.engine.bind import bind_terms
from wsic_graph.queries import Query, get_query
from wsic_graph.release.build import DATASET, build

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
            ours = median(lambda text=text, form="nt" if graph else "json": door.run(text, format=form))  # type: ignore[misc]
            bare = median(lambda text=text: list(store.query(text, use_default_graph_as_union=True)))  # type: ignore[misc, arg-type]
            theirs = median(lambda text=text: list(peer.query(text)))  # type: ignore[misc]
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
