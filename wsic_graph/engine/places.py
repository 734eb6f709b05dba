"""A fair queue: so many queries at once in all and for each client, and the clients take turns."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from contextlib import suppress

from wsic_graph.errors import QueryBusy


class Places:
    """Places in which queries, or other work that is called ``what``, run. Used from one event loop."""

    def __init__(self, total: int, per_client: int, waiting: int, seconds: float, what: str = "queries") -> None:
        self.what = what
        self.free = total
        self.per_client = per_client
        self.waiting = waiting
        self.seconds = seconds
        self.running: Counter[str] = Counter()
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def queued(self) -> int:
        """How many queries wait."""
        return sum(map(len, self._lines.values()))

    async def enter(self, client: str) -> None:
        """Take a place, waiting for one if need be. Raises ``QueryBusy``."""
        if self.free and client not in self._lines and self.running[client] < self.per_client:
            self._take(client)
            return
        waiting = len(self._lines.get(client, ()))
        if waiting >= self.waiting:
            raise QueryBusy(
                f"you have {self.running[client]} {self.what} running and {waiting} waiting, the most allowed; "
                "wait for one to end"
            )
        line = self._lines.setdefault(client, deque())
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            async with asyncio.timeout(self.seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self.leave(client)
            else:
                with suppress(ValueError):  # its turn may have come and gone
                    line.remove(turn)
                if not line and self._lines.get(client) is line:
                    del self._lines[client]
            if isinstance(error, TimeoutError):
                raise QueryBusy(f"all places for {self.what} are taken; try again in a few seconds") from None
            raise

    def leave(self, client: str) -> None:
        """Give the place back; the next client in turn gets it."""
        self.free += 1
        self.running[client] -= 1
        if not self.running[client]:
            del self.running[client]
        while self.free and self._call_next():
            pass

    def _call_next(self) -> bool:
        for client, line in self._lines.items():
            if self.running[client] < self.per_client:
                turn = line.popleft()
                if line:
                    self._lines.move_to_end(client)
                else:
                    del self._lines[client]
                if not turn.done():
                    self._take(client)
                    turn.set_result(None)
                return True
        return False

    def _take(self, client: str) -> None:
        self.free -= 1
        self.running[client] += 1
