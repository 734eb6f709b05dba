"""Where the pages are that a file of a run leads back to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from wsic_graph.prefill import Asked


@dataclass(frozen=True)
class Site:
    """The site that made a file: its public address, and which path shows the thing that an IRI names."""

    root: str
    page: Callable[[str], str | None]

    def record(self, iri: str) -> str:
        """The address of the page of a record; the IRI itself where the site has none."""
        path = self.page(iri)
        return f"{self.root}{path}" if path else iri

    def query(self, asked: Asked) -> str:
        """The address of a saved query with the values it was given, which shows its answer."""
        given = {name: value for name, value in asked.values if value}
        return f"{self.root}/queries/{asked.name}" + (f"?{urlencode(given)}" if given else "")

    def run(self, identifier: str) -> str:
        """The permanent address of a run."""
        return f"{self.root}/calculator/runs/{identifier}"
