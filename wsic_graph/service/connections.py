"""What one client may do to the server below HTTP: how many connections, how long a head, how slowly.

The server we use reads and writes for as long as a client likes. A proxy in
front can put an end to that; here it holds without one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from wsic_graph.service.clients import client_of
from wsic_graph.settings import get_settings

_MOST_HEAD = 1 << 18


class Guarded(HttpToolsProtocol):
    """One connection. It is closed when the client takes too long to send a request or to take an answer."""

    clients: ClassVar[Counter[str]] = Counter()
    """Open connections of each client of this process."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._settings = get_settings()
        self._who = ""
        self._head = 0
        self._in_head = self._in_body = False
        self._sending: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection, or refuse it (called by asyncio)."""
        super().connection_made(cast(asyncio.Transport, transport))  # TCP's, which uvicorn asks for by name
        self._who = client_of({"client": self.client})
        self.clients[self._who] += 1
        proxies = self._settings.trusted_proxies.split(",")
        if self.clients[self._who] > self._settings.client_connections and self._who not in proxies:
            self._refuse(429, "You have too many connections open; close some.")
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection (called by asyncio)."""
        for timer in (self._sending, self._taking):
            if timer is not None:
                timer.cancel()
        self.clients[self._who] -= 1
        if not self.clients[self._who]:
            del self.clients[self._who]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, within bounds (called by asyncio)."""
        if self.transport.is_closing():
            return
        if self._sending is None:
            self._expect()
        self._in_head = not self._in_body
        super().data_received(data)
        self._head = self._head + len(data) if self._in_head else 0
        if self._head > _MOST_HEAD:
            self._refuse(431, f"The address and headers of a request are at most {_MOST_HEAD:,} bytes.")

    def on_message_begin(self) -> None:
        """A request begins, perhaps in the same packet as the one before it (called by the parser)."""
        super().on_message_begin()
        if self._sending is None:
            self._expect()

    def on_headers_complete(self) -> None:
        """The body begins (called by the parser)."""
        self._in_head, self._in_body = False, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is here (called by the parser)."""
        self._in_head = self._in_body = False
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client takes nothing more (called by asyncio)."""
        super().pause_writing()
        self._taking = self.loop.call_later(self._settings.client_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client goes on reading (called by asyncio)."""
        super().resume_writing()
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _expect(self) -> None:
        self._sending = self.loop.call_later(self._settings.client_seconds, self._too_slow)

    def _too_slow(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()
        else:
            self._refuse(408, "The request did not arrive in time.")

    def _refuse(self, status: int, words: str) -> None:
        body = f"{words}\n".encode()
        head = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()
