"""Killed at any instant, the ledger loses nothing that was acknowledged and publishes nothing by halves.

WSIC_TEST_KILLS sets how often, and WSIC_TEST_SEED at which moments; the suite does it a few times.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, Person, editor_of, small_release
from tests.ledger_victim import RECORD, SOURCE, bodies
from wsic_graph.catalogue.dumps import read_index
from wsic_graph.catalogue.history import History
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.content import ROOT
from wsic_graph.ledger import submissions
from wsic_graph.ledger.rdf import digest
from wsic_graph.ledger.revisions import last_change, overlay, revisions_of, steps
from wsic_graph.ledger.store import Ledger, audit_is_whole
from wsic_graph.release.manifest import DATASET, is_current, read_manifest

KILLS = int(os.environ.get("WSIC_TEST_KILLS", "8"))
SEED = int(os.environ.get("WSIC_TEST_SEED", "11"))
_OF_ONE_LEDGER = 40
"""Kills before a new ledger is begun: the whole of it is read again after each few."""


def environment(data_dir: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "WSIC_DATA_DIR": str(data_dir)}


def check_whole(data_dir: Path, acknowledged: list[list[str]]) -> None:
    """Everything acknowledged is there, every change is whole, and nothing is half accepted."""
    ledger = Ledger(data_dir)
    with ledger.reading() as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert not db.execute("PRAGMA foreign_key_check").fetchall()
        changes = {row["number"]: row for row in db.execute("SELECT * FROM change")}
        assert list(changes) == list(range(1, len(changes) + 1))
        said: dict[int, dict[str, bytes]] = {}
        for number, change in changes.items():
            found = db.execute("SELECT * FROM revision WHERE change = ? ORDER BY record", (number,)).fetchall()
            said[number] = {row["record"]: zlib.decompress(row["body"]) for row in found}
            whole = hashlib.sha256()
            for row in found:
                assert digest(said[number][row["record"]]) == row["digest"]
                whole.update(row["record"].encode() + b"\0" + row["digest"])
            assert found and whole.digest() == change["digest"]
        accepted = {row[0] for row in db.execute("SELECT id FROM submission WHERE state = 'accepted'")}
        assert accepted == {row["submission"] for row in changes.values() if row["submission"]}
        known = {row[0]: row[1] for row in db.execute("SELECT id, state FROM submission")}
    assert audit_is_whole(ledger)
    for what, name, *rest in acknowledged:
        assert known[name] in ("submitted", "accepted")
        if what == "accepted":
            number, word = int(rest[0]), rest[1]
            assert known[name] == "accepted" and changes[number]["why"] == word
            assert said[number] == bodies(word)
        elif what == "removed":
            assert said[int(rest[0])] == {RECORD: b""}
        elif what == "restored":
            assert said[int(rest[0])][RECORD] == bodies(rest[1])[RECORD]
    shown = overlay(ledger, last_change(ledger))
    for record in (RECORD, SOURCE):
        assert shown[record] == next(each[record] for each in reversed(said.values()) if record in each)
    ledger.close()


def test_ledger_killed_at_any_instant(tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311  the same moments each time
    ends = Counter[str]()
    for first in range(0, KILLS, _OF_ONE_LEDGER):
        home, acknowledged = tmp_path / str(first), list[list[str]]()
        editor_of(home)
        last = min(first + _OF_ONE_LEDGER, KILLS) - 1
        for turn in range(first, last + 1):
            command = [sys.executable, str(ROOT / "tests" / "ledger_victim.py"), str(home), f"w{turn}"]
            victim = subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE, text=True)
            assert victim.stdout is not None
            lines = [victim.stdout.readline()]
            time.sleep(chance.uniform(0, 0.2))
            victim.send_signal(signal.SIGKILL)
            lines += victim.stdout.readlines()
            victim.wait()
            acknowledged += [line.split() for line in lines if line.endswith("\n")]
            if turn % 5 == 4 or turn == last:
                check_whole(home, acknowledged)
        ends.update(item[0] for item in acknowledged)
        print(last + 1, "kills; acknowledged before them:", dict(ends), flush=True)
    assert ends["accepted"] >= KILLS and ends["removed"]


@contextmanager
def running(data_dir: Path, release: Path, workers: int = 1) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    """The true server, as `wsic serve` has it, over a built release, which must be that of the present content.

    Else it would be built anew, which takes a minute.
    """
    assert is_current(release)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if not (data_dir / "release").exists():
        (data_dir / "release").symlink_to(release)
    command = [sys.executable, "-m", "wsic_graph.cli", "serve", "--port", str(port), "--workers", str(workers)]
    server = subprocess.Popen(command, env=environment(data_dir), stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            while not _ready(client):
                assert time.monotonic() < deadline and server.poll() is None
                time.sleep(0.1)
            yield client, server
    finally:
        kill(server)


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def kill(server: subprocess.Popen[bytes]) -> None:
    """Kill the server and every process that it started."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def wigan(release: Path, word: str) -> bytes:
    """What the release says of the Wigan Deal, with another title."""
    said = said_of(release, [WIGAN_IRI])[WIGAN_IRI].replace(b'"The Wigan Deal"', f'"The Wigan Deal {word}"'.encode())
    return b"".join(sorted(said.splitlines(True)))


def shown(client: httpx.Client) -> tuple[str, str]:
    """The version that a page tells and the title that it shows."""
    text = client.get("/initiatives/wigan-deal").text
    version = re.findall(r"Version <code>(\w{16})</code>", text)
    title = re.search(r"<h1>The Wigan Deal ?(\w*)</h1>", text)
    assert title is not None and len(set(version)) == 1
    return version[0], title[1]


def check_published(client: httpx.Client, data_dir: Path, release: Path) -> None:
    """What a server shows is the release with all that the ledger has accepted, everywhere, and nothing else."""
    ledger = Ledger(data_dir)
    version = steps(ledger, read_manifest(release).version)[-1].version
    said = overlay(ledger, last_change(ledger)).get(WIGAN_IRI, said_of(release, [WIGAN_IRI])[WIGAN_IRI])
    told = [item.body for item in reversed(revisions_of(ledger, WIGAN_IRI))]
    ledger.close()
    title = re.search(rb'title> "The Wigan Deal ?(\w*)"', said)
    assert title is not None
    assert shown(client) == (version, title[1].decode())
    assert b"The Wigan Deal " + title[1] in client.get("/search?q=wigan").content.replace(b"</a>", b" ")
    client.get("/feed")
    history = History(data_dir)
    assert history.head() is not None and history.head().version == version  # type: ignore[union-attr]
    kept = [event.body for event in history.of_record(WIGAN_IRI)]
    history.close()
    expected = [said_of(release, [WIGAN_IRI])[WIGAN_IRI], *told]
    assert kept == [body for body, before in zip(expected, [None, *expected], strict=False) if body != before]
    for folder in (data_dir / "dumps").glob("[!.]*"):
        for item in read_index(folder):
            assert hashlib.sha256((folder / item.path).read_bytes()).hexdigest() == item.sha256


def test_server_killed_at_any_instant(release: Path, tmp_path: Path) -> None:
    """It is killed while it accepts or restores; the next one is at once on everything that was acknowledged."""
    held = small_release(release, tmp_path / "held")
    home = tmp_path / "home"
    editor_of(home)
    chance = random.Random(SEED)  # noqa: S311  as above
    ends = Counter[str]()
    for turn in range(max(KILLS // 4, 2)):
        with running(home, held) as (client, server):
            check_published(client, home, held)
            what = "restore" if turn % 3 == 2 else "accept"
            told = threading.Event()
            asked.clear()
            thread = threading.Thread(target=_decide, args=(client, home, what, turn, told))
            thread.start()
            asked.wait()
            if turn % 2 == 0:  # when the change is on the disk: then everything else follows, or is cut short
                _until_written(home, thread)
            thread.join(chance.uniform(0, chance.choice((0.1, 1, 3))))
            kill(server)
            thread.join()
        end = check_told(home, what, turn, told.is_set())
        assert turn % 2 or "nothing yet" not in end, "the change was on the disk before the kill"
        ends[end] += 1
        print(turn, dict(ends), flush=True)
    with running(home, held) as (client, _):
        check_published(client, home, held)


asked = threading.Event()
"""That the decision is on its way to the server."""


def _decide(client: httpx.Client, home: Path, what: str, turn: int, told: threading.Event) -> None:
    """Let an editor accept a submission or restore a version; set ``told`` when the server has acknowledged it."""
    editor, release = Person(client), home / "release"
    try:
        editor.sign_in("ed")
        if what == "accept":
            ledger = Ledger(home)
            said = overlay(ledger, last_change(ledger)).get(WIGAN_IRI) or said_of(release, [WIGAN_IRI])[WIGAN_IRI]
            draft, _ = submissions.start(ledger, WIGAN_IRI, {}, said, client=str(turn))
            draft = submissions.save(
                ledger, draft, fields={}, body=wigan(release, f"n{turn}"), named="", why=f"n{turn}"
            )
            submissions.submit(ledger, draft)
            ledger.close()
            place, change = f"/review/{draft.id}", {"do": ["accept"]}
            editor.get(place)
            time.sleep(1.5)  # the editor reads, while it is checked
        else:
            place = f"/review/records/{WIGAN}"
            editor.get(place)
            change = {"do": ["restore"], "version": ["0"], "why": [f"n{turn}"]}
        fields = editor.fields(place) | change
        asked.set()
        if editor.client.post(place, data=fields).status_code == 303:
            told.set()
    except httpx.TransportError:
        pass
    finally:
        asked.set()


def _until_written(home: Path, thread: threading.Thread) -> None:
    """Wait for the next change in the ledger."""
    ledger = Ledger(home)
    before = last_change(ledger)
    while thread.is_alive() and last_change(ledger) == before:
        time.sleep(0.002)
    ledger.close()


def check_told(home: Path, what: str, turn: int, told: bool) -> str:
    """What was acknowledged is in the ledger; what was not is there as a whole or not at all. How it ended."""
    ledger = Ledger(home)
    with ledger.reading() as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        found = db.execute("SELECT number, submission FROM change WHERE why = ?", (f"n{turn}",)).fetchall()
        states = db.execute("SELECT state FROM submission WHERE why = ?", (f"n{turn}",)).fetchall()
    assert len(found) <= 1 and (found or not told)
    if what == "accept":
        assert [row[0] for row in states] == ["accepted" if found else "submitted"]
    ledger.close()
    return f"{what}: {'acknowledged' if told else 'written' if found else 'nothing yet'}"


_BUILDER = """
import sys
from pathlib import Path
from os import link
from shutil import copytree
from wsic_graph.release.build import _replace
first, second, target = map(Path, sys.argv[1:4])
print("begun", flush=True)
while True:
    for source in (first, second):
        work = target.with_name(".release-work")
        copytree(source, work, copy_function=link)
        _replace(work, target)
"""


def test_a_build_killed_leaves_a_whole_release_or_none(release: Path, tmp_path: Path) -> None:
    """The last step of a build, at which the release changes: never a mixture. Where none is left, one is built."""
    first = small_release(release, tmp_path / "first")
    second = small_release(release, tmp_path / "second", (b"Wigan", b"WIGAN"))
    whole = {read_manifest(path).version: path for path in (first, second)}
    chance = random.Random(SEED)  # noqa: S311  as above
    seen = Counter[str]()
    for turn in range(KILLS):
        target = tmp_path / f"t{turn}" / "release"
        target.parent.mkdir()
        command = [sys.executable, "-c", _BUILDER, str(first), str(second), str(target)]
        builder = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE)
        assert builder.stdout is not None
        builder.stdout.readline()
        time.sleep(chance.uniform(0, 0.5))
        builder.kill()
        builder.communicate()
        if target.exists():
            version = read_manifest(target).version
            assert (target / DATASET).read_bytes() == (whole[version] / DATASET).read_bytes()
            seen[version] += 1
        shutil.rmtree(target.parent)
    assert seen.total() >= KILLS // 2
