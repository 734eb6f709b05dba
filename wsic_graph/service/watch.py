"""Work for a client ends when the client goes away."""

from __future__ import annotations

import asyncio
from types import TracebackType

from starlette.requests import Request

_GRACE = 0.05


class Watch:
    """Notices that the client has gone, and then ends the task that works for it.

    Most answers are there before anyone could go, so it only starts to listen after a moment.
    """

    def __init__(self, request: Request) -> None:
        self.gone = False
        self._request = request
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Watch:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(_GRACE, self._listen)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._timer.cancel()
        if self._listening is not None:
            self._listening.cancel()
        if self.gone and self._task is not None:
            self._task.uncancel()
        return self.gone and kind is asyncio.CancelledError

    def _listen(self) -> None:
        self._listening = asyncio.ensure_future(self._wait())

    async def _wait(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if self._task is not None:
            self._task.cancel()
