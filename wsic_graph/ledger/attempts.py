"""How often somebody may try: counts of tries, and the browsers in which an account was signed in to before.

Guessing is slowed down by counts of a client and of an account. Strangers could shut the owner of the account
out with the latter, so a browser that is known for the account has a count of its own, and no other.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass

from wsic_graph.ledger.store import TooMany, hash_of

BROWSER_SECONDS = 90 * 86_400
"""How long a browser stays known after somebody last signed in there."""
_MOST_BROWSERS = 20
_MOST_AGENT = 120
_WINDOW = 15 * 60
_FAILURES = {
    "sign-in by name from a client": 5,
    "sign-in from a client": 20,
    "sign-in by name": 50,
    "sign-in from a known browser": 5,
    "password of a session": 5,
}
_OF_A_CLIENT = "sign-in from a client"


@dataclass(frozen=True)
class Browser:
    """What somebody signs in with. ``secret`` is what it is known by, ``agent`` what it calls itself."""

    secret: str
    agent: str = ""

    @property
    def shown(self) -> str:
        """``agent``, as long as it is kept."""
        return self.agent[:_MOST_AGENT]


def count_attempt(db: sqlite3.Connection, what: str, who: str, most: int, window: int) -> None:
    """Count one try. Raises ``TooMany`` when there were ``most`` within ``window`` seconds. Only a hash is kept."""
    now = int(time.time())
    db.execute("DELETE FROM attempt WHERE what = ? AND at <= ?", (what, now - window))
    sql = "SELECT count(*), min(at) FROM attempt WHERE what = ? AND who = ?"
    count, oldest = db.execute(sql, (what, _who(who))).fetchone()
    if count >= most:
        seconds = max(oldest + window - now, 1)
        minutes = -(-seconds // 60)
        raise TooMany(f"That was tried too often. Try again in {minutes} minute{'s' * (minutes > 1)}.", seconds)
    db.execute("INSERT INTO attempt VALUES (?, ?, ?)", (what, _who(who), now))


def count_passwords(db: sqlite3.Connection, tries: Mapping[str, str]) -> None:
    """Count a password that is about to be compared, so that tries at once count too. Raises ``TooMany``."""
    for what, who in tries.items():
        count_attempt(db, what, who, _FAILURES[what], _WINDOW)


def tries_of(db: sqlite3.Connection, account: int | None, key: str, client: str, browser: Browser) -> dict[str, str]:
    """What a try to sign in counts as. ``key`` is the same for the name and the address of an account."""
    if account is not None and _knows(db, account, browser):
        return {"sign-in from a known browser": f"{account}\0{browser.secret}"}
    return {"sign-in by name from a client": f"{key}\0{client}", _OF_A_CLIENT: client, "sign-in by name": key}


def succeeded(db: sqlite3.Connection, tries: Mapping[str, str]) -> None:
    """Forget the tries before one that was right.

    The failures of its client at other names still count: else an account of one's own would buy new tries.
    """
    for what, who in tries.items():
        if what == _OF_A_CLIENT:
            sql = "DELETE FROM attempt WHERE rowid = (SELECT max(rowid) FROM attempt WHERE what = ? AND who = ?)"
            db.execute(sql, (what, _who(who)))
        else:
            forgive(db, what, who)


def forgive(db: sqlite3.Connection, what: str, who: str) -> None:
    """Forget every try of this kind."""
    db.execute("DELETE FROM attempt WHERE what = ? AND who = ?", (what, _who(who)))


# -------------------------------------------------------------- browsers


def know(db: sqlite3.Connection, account: int, browser: Browser) -> None:
    """Note that an account was signed in to with this browser. Those seen longest ago give way."""
    row = (hash_of(browser.secret), account, int(time.time()))
    db.execute("INSERT OR REPLACE INTO browser (hash, account, seen) VALUES (?, ?, ?)", row)
    sql = """DELETE FROM browser WHERE account = ?1 AND hash NOT IN
        (SELECT hash FROM browser WHERE account = ?1 ORDER BY seen DESC, hash = ?2 DESC LIMIT ?3)"""
    db.execute(sql, (account, row[0], _MOST_BROWSERS))


def unknow(db: sqlite3.Connection, account: int, but: Browser | None = None) -> None:
    """Forget the browsers of an account, all ``but`` one."""
    kept = hash_of(but.secret) if but else b""
    db.execute("DELETE FROM browser WHERE account = ? AND hash != ?", (account, kept))


def _knows(db: sqlite3.Connection, account: int, browser: Browser) -> bool:
    sql = "SELECT 1 FROM browser WHERE account = ? AND hash = ? AND seen > ?"
    row = (account, hash_of(browser.secret), int(time.time()) - BROWSER_SECONDS)
    return db.execute(sql, row).fetchone() is not None


def _who(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
