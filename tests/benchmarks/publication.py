"""How long it takes from an editor's decision until each part of the site agrees with it.

``python -m tests.benchmarks.publication [times] [processes]`` prints the least, the middle and the most, in seconds,
over a site of its own with the whole release.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, Person, editor_of
from tests.test_ledger_kills import running
from wsic_graph.catalogue.dumps import ensure_dumps
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.content import ROOT
from wsic_graph.ledger import submissions
from wsic_graph.ledger.revisions import last_change, overlay
from wsic_graph.ledger.store import Ledger
from wsic_graph.release.manifest import read_manifest

_ASK = f"SELECT ?t {{ <{WIGAN_IRI}> <http://purl.org/dc/terms/title> ?t }}"
_MOST_SECONDS = 60
_READING_SECONDS = 3
"""That the editor takes to read the difference, at least."""


def looks(word: str, year: str, etag: str, version: str) -> dict[str, Callable[[httpx.Client], bool]]:
    """What to look at, each with what tells that it agrees. ``version`` is the graph's before the decision."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    return {
        "page": lambda site: word in site.get("/initiatives/wigan-deal").text,
        "sparql": lambda site: word in site.get("/sparql", params={"query": _ASK, "format": "csv"}).text,
        "search": lambda site: f"deal {word}" in site.get(f"/search?q={word}").text,
        "facets": lambda site: f"deal {word}" in site.get(f"/initiatives?period={year}").text,
        "feed": lambda site: word in site.get(f"/feed/{_last_page(site)}").text,
        "sitemap": lambda site: (
            re.search(rf"wigan-deal</loc>\s*<lastmod>{today}", site.get("/sitemap/initiative.xml").text) is not None
        ),
        "etag": lambda site: site.get("/initiatives/wigan-deal", headers={"if-none-match": etag}).status_code == 200,
        "catalogue": lambda site: (
            version not in (text := site.get("/catalogue").text)
            and re.search(r"/dumps/(\w+)/files.json", text) is not None
        ),
        "dump": lambda site: word in _dump(site),
        "history": lambda site: word in site.get(f"/history/{WIGAN}").text,
        "provenance": lambda site: word in site.get(f"/history/{WIGAN}.ttl").text,
    }


def _last_page(site: httpx.Client) -> int:
    text = site.get("/feed", headers={"accept": "application/n-triples"}).text
    return max(int(number) for number in re.findall(r"/feed/(\d+)>", text))


def _dump(site: httpx.Client) -> str:
    place = site.get("/dumps/latest/initiatives.nt.gz").headers["location"]
    answer = site.get("/graph/initiatives", headers={"accept": "application/n-triples"})
    return answer.text if site.get(place).status_code == 200 else ""


def measure(times: int, processes: int) -> dict[str, list[float]]:
    """The seconds from the start of the editor's POST until each agrees, ``times`` times."""
    release = ROOT / "var" / "test-release"
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        editor_of(data_dir)
        ensure_dumps(release, data_dir, read_manifest(release).version)
        ledger = Ledger(data_dir)
        with running(data_dir, release, processes) as (site, _):
            editor = Person(site)
            editor.sign_in("ed")
            for path in ("/feed", "/catalogue", "/initiatives", "/search?q=wigan", "/initiatives/wigan-deal"):
                site.get(path)
            editor.get("/review")
            time.sleep(_READING_SECONDS)
            for turn in range(times):
                word, year = f"agreed{turn}x", 1990 + 5 * (turn % 5)
                said = overlay(ledger, last_change(ledger)).get(WIGAN_IRI) or said_of(release, [WIGAN_IRI])[WIGAN_IRI]
                text = re.sub(rb'"The Wigan Deal[^"]*"', f'"The Wigan Deal deal {word}"'.encode(), said)
                text = re.sub(rb'(schema.org/startDate>) "\d+', rf'\1 "{year}'.encode(), text)
                body = b"".join(sorted(text.splitlines(True)))
                draft, _ = submissions.start(ledger, WIGAN_IRI, {}, said, client=str(turn))
                draft = submissions.save(ledger, draft, fields={}, body=body, named="", why=f"so that {word}")
                submissions.submit(ledger, draft)
                place = f"/review/{draft.id}"
                editor.get(place)
                assert word in editor.text
                time.sleep(_READING_SECONDS)
                fields = editor.fields(place) | {"do": ["accept"]}
                before = site.get("/initiatives/wigan-deal")
                version = site.get("/readyz").text.split()[-1]
                span = f"{year}-{year + 4}" if year >= 2000 else "before-2000"
                checks = looks(word, span, before.headers.get("etag", '""'), version)
                for name, seconds in _timed(str(site.base_url), editor, place, fields, checks).items():
                    found.setdefault(name, []).append(seconds)
        ledger.close()
    return found


def _timed(
    address: str,
    editor: Person,
    place: str,
    fields: dict[str, list[str]],
    checks: dict[str, Callable[[httpx.Client], bool]],
) -> dict[str, float]:
    took: dict[str, float] = {}
    started = time.perf_counter()

    def watch(name: str, check: Callable[[httpx.Client], bool]) -> None:
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            while not check(client):
                assert time.perf_counter() - started < _MOST_SECONDS, name
                time.sleep(0.02)
        took[name] = time.perf_counter() - started

    answer = editor.client.post(place, data=fields)
    assert answer.status_code == 303, answer.text[:500]
    took["the editor's answer"] = time.perf_counter() - started
    threads = [threading.Thread(target=watch, args=item) for item in checks.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def main() -> None:
    """Measure and print a table."""
    times, processes = (int(item) for item in (*sys.argv[1:], *("20", "1")[len(sys.argv) - 1 :]))
    print(f"{'':20} {'least':>6} {'middle':>6} {'most':>6}   of {times}, {processes} server process(es)")
    for name, seconds in measure(times, processes).items():
        print(f"{name:20} {min(seconds):6.2f} {statistics.median(seconds):6.2f} {max(seconds):6.2f}")


if __name__ == "__main__":
    main()
