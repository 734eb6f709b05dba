"""How long the ledger keeps what nobody needs any more: drafts that were left, what was rejected, spent secrets."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from wsic_graph.ledger.attempts import BROWSER_SECONDS
from wsic_graph.ledger.people import end_old_sessions
from wsic_graph.ledger.store import Ledger, audit

DAYS = {"draft": 180, "changes-asked": 180, "rejected": 90}
"""After how many days without a change a submission in a state is deleted, with its address and all that was typed."""
_UNTOUCHED_DAYS = 2
"""The same for a draft that was begun and never saved, which holds nothing of anybody's."""
_ATTEMPTS_SECONDS = 86_400
_SPENT = (
    "DELETE FROM link WHERE expires <= ?",
    "DELETE FROM elsewhere WHERE expires <= ?",
    "DELETE FROM token WHERE expires <= ?",
)


def forget_old(ledger: Ledger) -> int:
    """Delete what is past its time; how many submissions that were."""
    now = int(time.time())
    with ledger.writing() as db:
        gone = 0
        for state, days in DAYS.items():
            sql = "DELETE FROM submission WHERE state = ? AND changed < ?"
            gone += db.execute(sql, (state, _ago(days))).rowcount
        sql = "DELETE FROM submission WHERE state = 'draft' AND edits = 0 AND body = x'' AND changed < ?"
        gone += db.execute(sql, (_ago(_UNTOUCHED_DAYS),)).rowcount
        if gone:
            audit(db, "keeping", "deleted", f"{gone} submissions that were left")
        end_old_sessions(db)
        for sql in _SPENT:
            db.execute(sql, (now,))
        db.execute("DELETE FROM attempt WHERE at <= ?", (now - _ATTEMPTS_SECONDS,))
        db.execute("DELETE FROM browser WHERE seen <= ?", (now - BROWSER_SECONDS,))
    return gone


def _ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
