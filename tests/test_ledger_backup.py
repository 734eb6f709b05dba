"""A backup of a site in use, put back elsewhere: the same graph, pages, history and people."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, Person, editor_of, small_release
from tests.ledger_victim import RECORD, bodies
from tests.site_fixtures import serve
from tests.test_ledger_kills import KILLS, SEED
from wsic_graph.backup import CONTENTS, BackupError, back_up, restore
from wsic_graph.catalogue.dumps import lines_of
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.content import ROOT
from wsic_graph.ledger import submissions
from wsic_graph.ledger.people import Account
from wsic_graph.ledger.revisions import last_change, overlay, steps
from wsic_graph.ledger.store import FILE, RESTORING, Ledger, LedgerAway, audit_is_whole
from wsic_graph.release.manifest import DATASET
from wsic_graph.settings import Settings


class Writers:
    """An editor who accepts and a visitor who keeps short links, without end."""

    def __init__(self, data_dir: Path, editor: Account, site: httpx.Client) -> None:
        self.data_dir, self.editor, self.address = data_dir, editor, str(site.base_url)
        self.accepted: list[int] = []
        self.errors: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(work,)) for work in (self._accept, self._link)]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self.errors, self.errors[0]

    def _run(self, work: threading.Thread) -> None:
        try:
            for step in work:  # type: ignore[attr-defined]
                del step
                if self._stop.wait(0.3):
                    return
        except BaseException as error:
            self.errors.append(error)

    @property
    def _accept(self) -> Iterator[None]:
        ledger = Ledger(self.data_dir)
        said = b""
        for number in count():
            body = bodies(f"w{number}")[RECORD]
            draft, _ = submissions.start(ledger, RECORD, {}, said, client=str(number))
            draft = submissions.save(ledger, draft, fields={}, body=body, named="writer", why=f"w{number}")
            draft = submissions.submit(ledger, draft)
            self.accepted.append(
                submissions.accept(ledger, draft, self.editor, {RECORD: said}, "", upto=last_change(ledger))
            )
            said = body
            yield

    @property
    def _link(self) -> Iterator[None]:
        with httpx.Client(base_url=self.address, trust_env=False, timeout=60) as client:
            for number in range(50):
                query = f"SELECT * {{ ?s ?p {number} }}"
                assert client.post("/sparql/links", data={"query": query}).status_code in (201, 429)
                yield


def test_backup_of_a_site_in_use(release: Path, tmp_path: Path) -> None:
    home, second, third = tmp_path / "home", tmp_path / "second", tmp_path / "third"
    home.mkdir()
    held = small_release(release, home / "release")
    editor = editor_of(home)
    (home / "uploads").mkdir()
    (home / "uploads" / "a.ttl").write_text("# a file that somebody sent")
    with serve(held, Settings(data_dir=home, query_cache_mb=4)) as site:
        with Writers(home, editor, site) as writers:
            while len(writers.accepted) < 3:
                assert not writers.errors, writers.errors[0]
                time.sleep(0.01)
            before = len(writers.accepted)
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "WSIC_DATA_DIR": str(home)}
            command = [sys.executable, "-m", "wsic_graph.cli", "backup", str(tmp_path / "one.tar.gz")]
            subprocess.run(command, env=environment, check=True, capture_output=True)
        contents = restore(tmp_path / "one.tar.gz", second)
        assert before <= contents.changes <= len(writers.accepted), "what was acknowledged before is in it"
        ledger, copy = Ledger(home), Ledger(second)
        assert audit_is_whole(copy)
        upto = contents.changes
        assert contents.graph == steps(ledger, contents.release, upto)[-1].version
        assert overlay(copy, upto) == overlay(ledger, upto)
        assert list(lines_of(second / "release", overlay(copy, upto))) == list(lines_of(held, overlay(ledger, upto)))
        copy.close()

        said = said_of(held, [WIGAN_IRI])[WIGAN_IRI]
        body = b"".join(sorted(said.replace(b'"The Wigan Deal"', b'"The Wigan Deal kept"').splitlines(True)))
        submissions.put(ledger, WIGAN_IRI, body, editor, seen=said, upto=last_change(ledger), why="a test")
        ledger.close()
        link = site.post("/sparql/links", data={"query": "ASK { ?s ?p ?o }"}).headers["location"]
        version = back_up(home, tmp_path / "two.tar.gz").graph
        restore(tmp_path / "two.tar.gz", third)
        patience = time.monotonic() + 60
        while version not in site.get("/readyz").text:
            time.sleep(0.05)
            assert time.monotonic() < patience, "the change was not published"
        with serve(third / "release", Settings(data_dir=third, query_cache_mb=4)) as other:
            places = ["/initiatives/wigan-deal", f"/history/{WIGAN}", "/feed", "/sitemap.xml", "/search?q=wigan"]
            places += [f"/data/{WIGAN}.ttl", httpx.URL(link).path, "/collections/change", f"/history/{WIGAN}.ttl"]
            for place in places:
                mine, theirs = site.get(place), other.get(place)
                assert mine.status_code == theirs.status_code, place
                assert _plain(mine) == _plain(theirs), place
            assert "kept" in other.get("/initiatives/wigan-deal").text
            person = Person(other)
            assert person.sign_in("ed").status_code == 200 and "Signed in as ed" in person.text
            person.get(f"/review/records/{WIGAN}")
            assert person.fields(f"/review/records/{WIGAN}")["version"] == ["0"], "the one before"
    assert (third / "uploads" / "a.ttl").read_text() == (home / "uploads" / "a.ttl").read_text()
    assert (third / FILE).stat().st_mode & 0o077 == 0 and (tmp_path / "two.tar.gz").stat().st_mode & 0o077 == 0


def _plain(answer: httpx.Response) -> bytes:
    """The body without the port of the server in it."""
    return answer.content.replace(str(answer.url.port).encode(), b"")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a ledger without a release."""
    home = tmp_path_factory.mktemp("kept")
    editor = editor_of(home)
    ledger = Ledger(home)
    submissions.put(ledger, RECORD, bodies("x")[RECORD], editor, seen=b"", upto=last_change(ledger), why="a test")
    ledger.close()
    back_up(home, home / "kept.tar.gz")
    return home / "kept.tar.gz"


def test_what_is_no_backup_or_not_whole_is_refused(kept: Path, tmp_path: Path) -> None:
    target = tmp_path / "new"
    with pytest.raises(BackupError, match="not empty"):
        restore(kept, kept.parent)
    with pytest.raises(BackupError, match="Nothing was restored"):
        restore(ROOT / "README.md", target)
    with pytest.raises(BackupError, match="Nothing was restored"):
        restore(tmp_path / "missing", target)
    short = tmp_path / "short.tar.gz"
    short.write_bytes(kept.read_bytes()[:-2000])
    with pytest.raises(BackupError, match="Nothing was restored"):
        restore(short, target)
    for change, words in ((_flip, "not as it was"), (_drop, "missing"), (_newer, "newer version")):
        with pytest.raises(BackupError, match=words):
            restore(_repacked(kept, tmp_path / f"{change.__name__}.tar.gz", change), target)
        assert not list(target.iterdir())
    assert restore(kept, target).changes == 1
    with pytest.raises(BackupError, match="already"):
        back_up(target, kept)
    with pytest.raises(BackupError, match="no ledger"):
        back_up(tmp_path / "nowhere", tmp_path / "x.tar.gz")


def _flip(folder: Path) -> None:
    with sqlite3.connect(folder / FILE) as database:
        database.execute("UPDATE account SET role = 'administrator'")


def _drop(folder: Path) -> None:
    (folder / FILE).unlink()


def _newer(folder: Path) -> None:
    found = json.loads((folder / CONTENTS).read_text())
    (folder / CONTENTS).write_text(json.dumps(found | {"format": 99}))


def _repacked(source: Path, target: Path, change: object) -> Path:
    folder = target.with_suffix(".d")
    with tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
    change(folder)  # type: ignore[operator]
    with tarfile.open(target, "w:gz") as archive:
        for path in folder.iterdir():
            archive.add(path, path.name)
    shutil.rmtree(folder)
    return target


def test_a_restore_that_was_broken_off_is_seen(kept: Path, tmp_path: Path) -> None:
    restore(kept, tmp_path / "new")
    (tmp_path / "new" / RESTORING).mkdir()
    with pytest.raises(LedgerAway, match="broken off"):
        Ledger(tmp_path / "new")


_FULL = """
import resource, signal, sys
from pathlib import Path
from wsic_graph import backup
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
try:
    getattr(backup, sys.argv[1])(Path(sys.argv[2]), Path(sys.argv[3]))
except backup.BackupError as error:
    print(error)
"""


def test_a_full_disk_leaves_nothing(kept: Path, tmp_path: Path) -> None:
    for what, source, target in (("back_up", kept.parent, tmp_path / "b.gz"), ("restore", kept, tmp_path / "r")):
        command = [sys.executable, "-c", _FULL, what, str(source), str(target), "3000"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.startswith(("No backup was made", "Nothing was restored")), done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["r"]


def test_killed_on_the_way(release: Path, tmp_path: Path) -> None:
    """Killed at any instant, a backup is there as a whole or not at all, and so is what was restored."""
    home = tmp_path / "home"
    home.mkdir()
    small_release(release, home / "release")
    editor = editor_of(home)
    ledger = Ledger(home)
    submissions.put(ledger, RECORD, bodies("x")[RECORD], editor, seen=b"", upto=last_change(ledger), why="a test")
    ledger.close()
    whole = tmp_path / "whole.tar.gz"
    back_up(home, whole)
    chance = random.Random(SEED)  # noqa: S311  the same moments each time
    ends = Counter[str]()
    for turn in range(KILLS):
        target, folder = tmp_path / f"{turn}.tar.gz", tmp_path / f"r{turn}"
        for work in (partial(back_up, home, target), partial(restore, whole, folder)):
            _killed(work, chance.uniform(0, 1))
        if target.exists():
            restore(target, tmp_path / f"again{turn}")
            ends["backed up"] += 1
        if (folder / RESTORING).exists():
            with pytest.raises(LedgerAway):
                Ledger(folder)
            ends["refused"] += 1
        elif folder.exists() and any(folder.iterdir()):
            copy = Ledger(folder)
            assert overlay(copy, 1)[RECORD] == bodies("x")[RECORD] and audit_is_whole(copy)
            copy.close()
            assert (folder / "release" / DATASET).stat().st_size == (home / "release" / DATASET).stat().st_size
            ends["restored"] += 1
    print(dict(ends), "of", 2 * KILLS, "kills")


def _killed(work: Callable[[], object], seconds: float) -> None:
    """Do ``work`` in a process that is killed after so many ``seconds``."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
