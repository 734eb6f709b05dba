"""Speed as ratios against peers, on the same data in the same run: `make bench`.

Peers: `oxigraph serve` on disk and in memory, and rdflib-endpoint; at today's size
and, without rdflib-endpoint, which needs minutes to load them, at two million
generated triples. And pages beside those of Datasette (see ``pages``). Printed, and written to ``var/bench.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median

import pyoxigraph as ox

from tests.benchmarks.calculator import measure_calculator, show_calculator
from tests.benchmarks.load import Ask, Figure, measure, sparql_paths
from tests.benchmarks.pages import measure_pages, show_pages
from tests.benchmarks.servers import Running, ours, oxigraph_in_memory, oxigraph_on_disk, rdflib_endpoint
from wsic_graph.engine.bind import bind_terms
from wsic_graph.queries import get_query
from wsic_graph.release.build import build
from wsic_graph.release.manifest import DATASET, MANIFEST, TABLES, fingerprint

FOLDER = Path("var/bench")
JSON = "application/sparql-results+json"
COPIES = 5
OURS, CACHED, TWO = "wsic", "wsic, remembered", "wsic, two processes"
ROUNDS = 3


def cases(dataset: Path) -> dict[str, tuple[list[str], str, int]]:
    """What is asked: queries, the type that is asked for, and connections at once."""
    store = ox.Store()
    store.bulk_load(path=str(dataset), format=ox.RdfFormat.N_QUADS, lenient=True)
    listed = get_query("pages/initiatives")
    found = store.query(bind_terms(listed.text, listed.bind({})), use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    records = sorted({str(row["initiative"]) for row in found})[:50]
    folder = Path(__file__).parent / "queries"
    text = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.rq")}
    facets = text["facets"]
    return {
        "one record": ([text["record"].replace("?record", record) for record in records], JSON, 8),
        "facet list with counts": ([facets], JSON, 4),
        "text search": ([text["text"]], JSON, 4),
        "CSV of 10,000 rows": ([text["rows"]], "text/csv", 4),
    }


def grown(release: Path, copies: int) -> Path:
    """A release of ``copies`` times the size: each copy is about other things of the same shape."""
    folder = FOLDER / f"grown-{copies}" / "release"
    if not folder.exists():
        folder.mkdir(parents=True)
        mark = b"https://w3id.org/wsic/id/"
        with (release / DATASET).open("rb") as source, (folder / DATASET).open("wb") as target:
            lines = source.readlines()
            for number in range(copies):
                other = mark + b"copy%d-" % number if number else mark
                target.writelines(line.replace(mark, other) for line in lines if number == 0 or mark in line)
        about = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
        with (folder / DATASET).open("rb") as whole:
            about |= {"version": f"grown{copies}", "triples": sum(1 for _ in whole), "content": fingerprint()}
        (folder / MANIFEST).write_text(json.dumps(about), encoding="utf-8")
        shutil.copytree(release / TABLES, folder / TABLES)
    return folder


def measure_size(release: Path, seconds: int, with_rdflib: bool) -> dict[str, object]:
    """Every figure at one size of the data. All servers run; they are asked in turn, so that each round of one
    case meets the same machine, and a ratio is the median of those of the rounds.
    """
    dataset = release / DATASET
    asked = cases(dataset)
    figures: dict[str, dict[str, list[Figure]]] = {}
    with ExitStack() as servers:
        started = [
            ours(release),
            ours(release, 2),
            oxigraph_on_disk(dataset, release.parent / "oxigraph"),
            oxigraph_in_memory(dataset),
            *([rdflib_endpoint(dataset)] if with_rdflib else []),
        ]
        running: dict[str, Running] = {}
        for server in started:
            up = servers.enter_context(server)
            name = TWO if OURS in running and up.name == OURS else up.name
            running[name] = up
            print(f"  {name}: {up.seconds:.1f} s to the first answer", flush=True)
        for case, (queries, accept, connections) in asked.items():
            row: dict[str, list[Figure]] = {}
            for _ in range(ROUNDS):
                for name, up in running.items():
                    if name == TWO and case != "one record":
                        continue
                    ask = Ask(sparql_paths(up.query.removeprefix(up.site), queries), accept, connections)
                    for label, fresh in ((name, True), *([(CACHED, False)] if name == OURS else [])):
                        row.setdefault(label, []).append(measure(up.site, ask, fresh, seconds))
            figures[case] = row
            print(f"  {case}: measured", flush=True)
        page = Ask(["/initiatives/torbay-care-trust"], "text/html", 4)
        figures["HTML page of a record"] = {OURS: [measure(running[OURS].site, page, False, seconds)]}
        about = {name: {"start, s": up.seconds, "memory, MB": up.memory()} for name, up in running.items()}
    return {
        "triples": json.loads((release / MANIFEST).read_text(encoding="utf-8"))["triples"],
        "servers": about,
        "figures": {
            case: {label: [asdict(figure) for figure in rounds] for label, rounds in row.items()}
            for case, row in figures.items()
        },
    }


def show(result: dict[str, object]) -> None:
    """Print one size: each figure, and how many times as fast we are as each peer."""
    servers, figures = result["servers"], result["figures"]
    assert isinstance(servers, dict) and isinstance(figures, dict)
    print(f"\n{result['triples']:,} triples\n{'':24}{'start, s':>10}{'memory, MB':>12}")
    for name, values in servers.items():
        print(f"{name:24}{values['start, s']:10.1f}{values['memory, MB']:12.0f}")
    print(f"\n{'':24}{'':22}{'a second':>10}{'p50, ms':>10}{'p99, ms':>10}{'we / it':>10}{'remembered / it':>17}")
    for case, row in figures.items():
        for label, rounds in row.items():
            ratio = "" if label.startswith(OURS) else _ratio(row, OURS, label, 10) + _ratio(row, CACHED, label, 17)
            rate, middle, slow = (median(figure[key] for figure in rounds) for key in ("rate", "p50", "p99"))
            print(f"{case:24}{label:22}{rate:10.1f}{middle:10.2f}{slow:10.2f}{ratio}")


def _ratio(row: dict[str, list[dict[str, float]]], ours: str, peer: str, width: int) -> str:
    """How many times the peer's rate ours is; a dash when the peer answered nothing in the time it had."""
    if ours not in row or not all(figure["rate"] for figure in row[peer]):
        return f"{'-':>{width}}"
    return f"{median(a['rate'] / b['rate'] for a, b in zip(row[ours], row[peer], strict=True)):{width}.2f}"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="time for each of the three rounds of a figure")
    parser.add_argument("--small", action="store_true", help="only today's size")
    options = parser.parse_args()
    os.environ["WSIC_QUERY_SECONDS"] = "60"  # slow peers get the time they need; so do we
    FOLDER.mkdir(parents=True, exist_ok=True)
    release = FOLDER / "today" / "release"
    shutil.rmtree(FOLDER, ignore_errors=True)
    build(release, progress=print)
    results = [measure_size(release, options.seconds, with_rdflib=True)]
    show(results[0])
    calculator = measure_calculator()
    show_calculator(calculator)
    pages = measure_pages(release, FOLDER, options.seconds)
    show_pages(pages)
    if not options.small:
        results.append(measure_size(grown(release, COPIES), options.seconds, with_rdflib=False))
        show(results[1])
    Path("var/bench.json").write_text(
        json.dumps({"queries": results, "pages": pages, "calculator": calculator}, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
