"""One run over the links: a few hosts at once, one question at a time to each, within bounds, every answer stored.

What was stored is not asked again until it is due, so a run that was ended goes on where it stopped.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from wsic_graph.errors import WsicError
from wsic_graph.linkcheck.asking import OUTCOMES, Asker, Look
from wsic_graph.linkcheck.store import LinkChecks

_HOSTS_AT_ONCE = 4
_SILENT_HOSTS = 12
"""Hosts that may be silent, before any has answered, until we take it that there is no network."""


class NoNetwork(WsicError):
    """Nothing answered, so nothing was stored."""


@dataclass(frozen=True)
class Bounds:
    """At most ``most`` links, within ``seconds``; ``pause`` seconds between two questions to one host."""

    most: int = 500
    seconds: float = 1800
    pause: float = 2.0


@dataclass
class Summary:
    """How many links of each outcome, and how many were due and left for the next run."""

    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    left: int = 0


def check_links(
    due: Sequence[str], store: LinkChecks, asker: Asker, bounds: Bounds, say: Callable[[str], None]
) -> Summary:
    """Ask the links that are ``due``, in their order, as far as ``bounds`` go. Raises ``NoNetwork``."""
    run = _Run(store, asker, bounds, say)
    hosts: dict[str, list[str]] = defaultdict(list)
    for url in due[: bounds.most]:
        hosts[urlsplit(url).netloc.lower()].append(url)
    try:
        with ThreadPoolExecutor(_HOSTS_AT_ONCE, "links") as pool:
            for done in [pool.submit(run.host, urls) for urls in hosts.values()]:
                done.result()
    finally:
        run.stop.set()
    if run.waiting and not run.network:
        raise NoNetwork(f"None of {run.silent} hosts answered: there seems to be no network. Nothing was stored.")
    run.summary.left = len(due) - sum(run.summary.outcomes.values())
    return run.summary


class _Run:
    """The state of a run, which its threads share."""

    def __init__(self, store: LinkChecks, asker: Asker, bounds: Bounds, say: Callable[[str], None]) -> None:
        self.summary = Summary()
        self.waiting: list[tuple[str, Look]] = []
        self.network = False
        self.silent = 0
        self.stop = threading.Event()
        self._store, self._asker, self._bounds, self._say = store, asker, bounds, say
        self._until = time.monotonic() + bounds.seconds
        self._lock = threading.Lock()

    def host(self, urls: Sequence[str]) -> None:
        """Ask the links of one host, with a pause between two."""
        answered = False
        for place, url in enumerate(urls):
            if place and self.stop.wait(self._bounds.pause):
                return
            if self.stop.is_set() or time.monotonic() > self._until:
                return
            look = self._asker.look(url)
            answered = answered or look.answered
            self._note(url, look)
        if not answered:
            with self._lock:
                self.silent += 1
                if self.silent >= _SILENT_HOSTS and not self.network:
                    self.stop.set()

    def _note(self, url: str, look: Look) -> None:
        """Store an answer; silence is stored once something has answered, which shows that it is not ours."""
        with self._lock:
            self.network = self.network or look.answered
            self.waiting.append((url, look))
            if self.network:
                for one, found in self.waiting:
                    self._store.put(one, found)
                    self.summary.outcomes[found.outcome] += 1
                    self._say(
                        f"{found.outcome:<8} {found.status or '---'} {one}{f' ({found.note})' if found.note else ''}"
                    )
                self.waiting.clear()
