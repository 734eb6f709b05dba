"""Readers while things are published: no answer fails, and each is of the one edition that it names.

WSIC_TEST_PUBLICATIONS sets how many publications there are; the suite has a few. What is published is in every
place: the files for download, and the records that name the one that changed.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import threading
import time
from collections import Counter
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, editor_of, small_release
from tests.site_fixtures import serve
from tests.test_ledger_kills import running, wigan
from wsic_graph.catalogue.dumps import WHOLE, ensure_dumps, folder_of, lines_of, read_index
from wsic_graph.catalogue.history import History
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.ledger import submissions
from wsic_graph.ledger.revisions import last_change, steps
from wsic_graph.ledger.store import Ledger
from wsic_graph.namespaces import GRAPH
from wsic_graph.release.manifest import DATASET, read_manifest
from wsic_graph.settings import Settings

PUBLICATIONS = int(os.environ.get("WSIC_TEST_PUBLICATIONS", "3"))
COUNCIL = "https://w3id.org/wsic/id/organisation/wigan-council"
ASK = f"SELECT ?t {{ <{WIGAN_IRI}> <http://purl.org/dc/terms/title> ?t }}"
Seen = tuple[str, str, str]
"""What was asked for, the edition that the answer names, and the edition that its words are of."""
PLACES = (
    "/initiatives/wigan-deal?x=",
    f"/data/{WIGAN}.ttl?x=",
    f"/sparql?format=csv&query={ASK}&x=",
    "/search?q=wigan+deal&x=",
    "/initiatives?programme=local-public-service-reform&limit=1000&x=",
    f"/history/{WIGAN}.ttl?x=",
)
_TITLE = re.compile(r"The Wigan Deal ?(n\d+|)")


@pytest.fixture(scope="module")
def held(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_release(release, tmp_path_factory.mktemp("held") / "release")


def read(address: str, place: str, seen: Counter[Seen], failures: list[str], stop: threading.Event) -> None:
    """Ask for ``place`` again and again, each time past what is remembered; note which edition said what."""
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as reader:
        for number in count():
            if stop.is_set():
                return
            try:
                answer = reader.get(f"{place}{number}")
            except httpx.TransportError as error:
                failures.append(f"{place}: {error!r}")
                continue
            named = re.fullmatch(r'W/"(\w{16})-\w+"', answer.headers.get("etag", ""))
            if answer.status_code != 200 or named is None:
                failures.append(f"{place}: {answer.status_code} {answer.headers.get('etag')}")
                continue
            words = ",".join(sorted(set(_TITLE.findall(answer.text))))
            if "/history/" in place:
                changes = answer.text.count("a prov:Activity")
                words = f"n{changes - 1}" if changes else ""
            seen[place, named[1], words] += 1


def test_every_answer_is_of_the_edition_that_it_names(held: Path, tmp_path: Path) -> None:
    editor = editor_of(tmp_path)
    ledger = Ledger(tmp_path)
    release = read_manifest(held).version
    titles = {release: ""}
    failures: list[str] = []
    seen: Counter[Seen] = Counter()
    stop = threading.Event()
    history = History(tmp_path)  # until its process knows the day of publication, a page has no ETag
    history.publish(release, held / DATASET)
    history.close()
    with running(tmp_path, held, workers=2) as (client, _):
        address = str(client.base_url)
        threads = [threading.Thread(target=read, args=(address, place, seen, failures, stop)) for place in PLACES]
        for thread in threads:
            thread.start()
        try:
            said = said_of(held, [WIGAN_IRI])[WIGAN_IRI]
            for turn in range(PUBLICATIONS):
                body = wigan(held, f"n{turn}")
                submissions.put(ledger, WIGAN_IRI, body, editor, seen=said, upto=last_change(ledger), why=f"n{turn}")
                said, version = body, steps(ledger, release)[-1].version
                titles[version] = f"n{turn}"
                patience = time.monotonic() + 60  # for a loaded machine; how long it takes is no matter of tests
                while len(found := {place for place, named, _ in list(seen) if named == version}) < len(PLACES):
                    time.sleep(0.05)
                    assert time.monotonic() < patience, f"{version} was seen at {found} only; {failures[:5]}"
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    ledger.close()
    assert not failures, (len(failures), failures[:5])
    assert {named for _, named, _ in seen} == set(titles)
    mixed = {item for item in seen if item[2] != titles[item[1]]}
    assert not mixed, mixed
    print(seen.total(), "answers during", PUBLICATIONS, "publications: none failed, none mixed")


def test_files_of_an_edition_are_those_of_the_whole(held: Path, tmp_path: Path) -> None:
    """Made from those of the release, each says what it would if everything were written anew."""
    new, gone = f"{WIGAN_IRI}-two", "https://w3id.org/wsic/id/initiative/torbay-care-trust"
    said = said_of(held, [WIGAN_IRI])[WIGAN_IRI]
    change = "https://w3id.org/wsic/id/change/1"
    overlay = {
        WIGAN_IRI: wigan(held, "n1"),
        new: b"".join(sorted(said.replace(WIGAN_IRI.encode(), new.encode()).splitlines(True))),
        gone: b"",
        change: f'<{change}> <http://purl.org/dc/terms/title> "x" <{GRAPH}revisions> .\n'.encode(),
        "https://w3id.org/wsic/id/initiative/0": said.replace(
            WIGAN_IRI.encode(), b"https://w3id.org/wsic/id/initiative/0"
        ),
    }
    files = ensure_dumps(held, tmp_path, "e" * 16, overlay)
    folder = folder_of(tmp_path, "e" * 16)
    lines = list(lines_of(held, overlay))
    assert gzip.decompress((folder / WHOLE).read_bytes()) == b"".join(lines)
    assert len([item for item in files if item.graph == "revisions"]) == 3
    graphs = {line.rsplit(b" ", 2)[1] for line in lines}
    for graph in graphs:
        name = graph[1:-1].decode().removeprefix(GRAPH)
        expected = [line.rsplit(b" ", 2)[0] + b" ." for line in lines if line.endswith(graph + b" .\n")]
        assert gzip.decompress((folder / f"{name}.nt.gz").read_bytes()).splitlines() == expected, name
    for item in files:
        assert hashlib.sha256((folder / item.path).read_bytes()).hexdigest() == item.sha256
    kept = [f"{number:016}" for number in range(5)]
    for number, version in enumerate(kept):
        ensure_dumps(held, tmp_path, version, overlay, kept=2)
        os.utime(folder_of(tmp_path, version), (number, number))
    there = {path.name for path in (tmp_path / "dumps").iterdir() if path.is_dir()}
    assert there == {read_manifest(held).version, *kept[-1:], "e" * 16}, "a bounded number stays, and the release"
    assert read_index(folder_of(tmp_path, read_manifest(held).version))


def test_others_follow_a_new_name(held: Path, tmp_path: Path) -> None:
    """The text index and the lists know a record by the new name of the organisation that it points at."""
    editor = editor_of(tmp_path)
    ledger = Ledger(tmp_path)
    said = said_of(held, [COUNCIL])[COUNCIL]
    body = b"".join(sorted(said.replace(b'"Wigan Council"', b'"Borough Zwickelbach"').splitlines(True)))
    assert body != said
    with serve(held, Settings(data_dir=tmp_path, query_cache_mb=4)) as site:
        assert "Wigan Deal" not in site.get("/search?q=Zwickelbach").text
        version = site.get("/readyz").text
        submissions.put(ledger, COUNCIL, body, editor, seen=said, upto=last_change(ledger), why="It has a new name")
        patience = time.monotonic() + 60
        while site.get("/readyz").text == version:
            time.sleep(0.05)
            assert time.monotonic() < patience, "the change was not published"
        assert "The Wigan Deal" in site.get("/search?q=Zwickelbach").text
        assert "The Wigan Deal" in site.get("/search?q=wigan+deal").text
    ledger.close()
