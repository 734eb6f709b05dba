"""A disk that is full or cannot be written is told in words, and changes nothing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, editor_of, person_of, small_release
from tests.ledger_victim import RECORD, bodies
from tests.site_fixtures import serve
from wsic_graph.catalogue.history import FILE as HISTORY
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.content import ROOT
from wsic_graph.ledger import submissions
from wsic_graph.ledger.revisions import last_change
from wsic_graph.ledger.store import FILE, Ledger, LedgerAway, audit_is_whole
from wsic_graph.settings import Settings

_FULL = """
import resource, signal, sys
from pathlib import Path
from wsic_graph.ledger.store import Ledger, LedgerAway
from wsic_graph.ledger import submissions
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ledger = Ledger(Path(sys.argv[1]))
most = max(path.stat().st_size for path in Path(sys.argv[1]).iterdir())
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
for number in range(50):
    try:
        submissions.start(ledger, "https://example.org/x", {"f": ["x" * 100_000]}, b"", client=str(number))
        print("kept")
    except LedgerAway as error:
        print("away", error)
        break
"""


def test_a_full_disk_is_a_clean_error(tmp_path: Path) -> None:
    editor_of(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _FULL, str(tmp_path)]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[-1].startswith("away Nothing was changed")
    ledger = Ledger(tmp_path)
    with ledger.reading() as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("SELECT count(*) FROM submission").fetchone()[0] == said.count("kept")
    draft, _ = submissions.start(ledger, RECORD, {}, b"", client="again")
    submissions.save(ledger, draft, fields={}, body=bodies("x")[RECORD], named="", why="")
    assert audit_is_whole(ledger)
    ledger.close()


def test_a_ledger_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    with ledger.writing() as db:
        db.execute("PRAGMA user_version = 999")
    ledger.close()
    with pytest.raises(LedgerAway, match="newer version"):
        Ledger(tmp_path)


def test_what_was_accepted_cannot_be_changed(tmp_path: Path) -> None:
    editor = editor_of(tmp_path)
    ledger = Ledger(tmp_path)
    submissions.put(ledger, RECORD, bodies("x")[RECORD], editor, seen=b"", upto=last_change(ledger), why="a test")
    for sql in (
        "UPDATE revision SET number = 9",
        "DELETE FROM change",
        "DELETE FROM audit",
        "UPDATE audit SET who = 'x'",
    ):
        with pytest.raises(Exception, match=r"append-only|kept"), ledger.writing() as db:
            db.execute(sql)
    ledger.close()
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_decision_that_cannot_be_shown_yet_is_told_and_shown_later(release: Path, tmp_path: Path) -> None:
    """The ledger has it; the history of the records, which the next edition waits for, has no room for it."""
    held = small_release(release, tmp_path / "held")
    place, page = f"/review/records/{WIGAN}", "/initiatives/wigan-deal"
    said = said_of(held, [WIGAN_IRI])[WIGAN_IRI]
    ledger = Ledger(tmp_path)
    submissions.put(
        ledger, WIGAN_IRI, b"", editor_of(tmp_path), seen=said, upto=last_change(ledger), why="It has ended"
    )
    with serve(held, Settings(data_dir=tmp_path, query_cache_mb=4)) as site:
        editor = person_of(site)
        assert site.get(page).status_code == 404
        editor.get(place)
        in_history(tmp_path, "CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no room'); END")
        editor.send(place, {"do": "restore", "version": "0", "why": "It goes on"})
        assert editor.answer.status_code == 503 and "no room" in editor.text
        assert "It is decided, as change 2, and will be shown here as soon as that is possible" in editor.text
        assert last_change(ledger) == 2 and site.get(page).status_code == 404
        in_history(tmp_path, "DROP TRIGGER full")
        patience = time.monotonic() + 60
        while site.get(page).status_code != 200:
            assert time.monotonic() < patience, "it was never shown"
            time.sleep(0.1)
    ledger.close()


def in_history(data_dir: Path, statement: str) -> None:
    with sqlite3.connect(data_dir / HISTORY) as history:
        history.execute(statement)
