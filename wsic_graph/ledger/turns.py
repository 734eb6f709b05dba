"""Turns at what takes long: few at once, and few who wait, since who waits holds a thread that every page needs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from wsic_graph.engine.door import CLIENT
from wsic_graph.ledger.store import TooMany

_SOON = 5


class Turns:
    """``places`` at once, ``waiting`` more for at most ``seconds``; of both, one client has at most ``per_client``."""

    def __init__(self, places: int, waiting: int, per_client: int, seconds: float) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._most = places + waiting
        self._per_client = per_client
        self._seconds = seconds
        self._lock = threading.Lock()
        self._here: Counter[str] = Counter()

    @contextmanager
    def turn(self, what: str) -> Iterator[None]:
        """Have a turn, for the client of this request. Raises ``TooMany`` with words on ``what`` is too much."""
        client = CLIENT.get()
        with self._lock:
            if self._here.total() >= self._most or self._here[client] >= self._per_client:
                raise _too_many(what)
            self._here[client] += 1
        try:
            if not self._places.acquire(timeout=self._seconds):
                raise _too_many(what)
            try:
                yield
            finally:
                self._places.release()
        finally:
            with self._lock:
                self._here[client] -= 1
                self._here += Counter()  # forgets who has none


def _too_many(what: str) -> TooMany:
    return TooMany(f"Too many {what} now. Try again in a few seconds.", _SOON)
