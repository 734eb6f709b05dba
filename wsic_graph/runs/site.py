"""Where the pages are that a file of a run leads back to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from wsic_graph.prefill import Asked

Names = Callable[[str], str]
"""What people call the thing with an identifier, such as ``ae-attendances``."""


def _slug(iri: str) -> str:
    return iri.rpartition("/")[2]


@dataclass(frozen=True)
class Site:
    """The site that made a file: its public address, and the words and pages it has for what files name."""

    root: str
    page: Callable[[str], str | None]
    """The path that shows the thing that an IRI names."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What interventions, outcomes and groups of people are called, by identifier."""
    cited: Callable[[str], str] = _slug
    """How the publication with an IRI is cited."""

    def name(self, identifier: str) -> str:
        """What people call the thing with an identifier."""
        return self.labels.get(identifier) or identifier.replace("-", " ")

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
