"""Reports on scenarios: calculated once, and remembered while there is room."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cachetools import LRUCache

from wsic_graph.calculator.results import Report
from wsic_graph.engine.door import CLIENT
from wsic_graph.runs.run import canonical
from wsic_graph.service.calculations import Calculations

_BYTES = 16 << 20


class Reports:
    """The reports that were asked for, the least used forgotten first. Used from one event loop."""

    def __init__(self, calculations: Calculations) -> None:
        self._calculations = calculations
        self._kept: LRUCache[str, bytes] = LRUCache(_BYTES, getsizeof=len)

    async def of(self, scenario: Mapping[str, Any]) -> Report:
        """The report on ``scenario``. Raises what :meth:`Calculations.run` raises."""
        return Report.model_validate_json(await self.text(scenario))

    async def text(self, scenario: Mapping[str, Any]) -> bytes:
        """The report as JSON."""
        text = canonical(scenario)
        key = hashlib.sha256(text.encode()).hexdigest()
        found: bytes | None = self._kept.get(key)
        if found is None:
            found = await self._calculations.run(text.encode(), CLIENT.get())
            if len(found) <= _BYTES:
                self._kept[key] = found
        return found
