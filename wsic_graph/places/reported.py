"""What initiatives reported, counted by design and by direction; never averaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from wsic_graph.answers import Iri, Row, rows
from wsic_graph.engine import Door

QUERY = "pages/initiative-results"
"""The saved query that says what initiatives reported."""

KINDS = ("controlled", "uncontrolled", "design-not-stated", "misleading", "forecast")
"""How far a result can be trusted from its own design, the most trusted first; a forecast is no result."""
DIRECTIONS = ("improves", "mixed", "no-clear-effect", "worsens")
"""The directions of findings, as in the scheme."""


@dataclass
class Result:
    """One reported result: the row of the query, the same findings of the evidence review, and the sources."""

    row: Row
    findings: dict[Iri, Iri | None] = field(default_factory=dict)
    sources: dict[Iri, Row] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """One of ``KINDS``."""
        return str(self.row["kind"])

    @cached_property
    def directions(self) -> list[Iri]:
        """The directions of its findings, each once."""
        return list(dict.fromkeys(direction for direction in self.findings.values() if direction))

    @cached_property
    def worked_out(self) -> Iri | None:
        """The direction that its own figures or words state, where the evidence review has judged none."""
        direction = self.row["workedOut"]
        return direction if isinstance(direction, Iri) and not self.directions else None

    @cached_property
    def known(self) -> list[Iri]:
        """Its directions, judged or worked out."""
        return self.directions or [direction for direction in (self.worked_out,) if direction]


@dataclass
class Reported:
    """An initiative and its results by IRI."""

    iri: Iri
    row: Row
    by_iri: dict[Iri, Result] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What the initiative is called."""
        return str(self.row["title"])

    @cached_property
    def results(self) -> list[Result]:
        """Its results, forecasts left out."""
        return [result for result in self.by_iri.values() if result.kind != "forecast"]

    @cached_property
    def kinds(self) -> Counter[str]:
        """How many there are of each of ``KINDS``."""
        return Counter(result.kind for result in self.by_iri.values())

    @cached_property
    def directions(self) -> Counter[str]:
        """How many results have a finding of each of ``DIRECTIONS``."""
        return Counter(direction.slug for result in self.results for direction in result.directions)

    @cached_property
    def worked_out(self) -> Counter[str]:
        """How many other results say of themselves that they go in each of ``DIRECTIONS``."""
        return Counter(result.worked_out.slug for result in self.results if result.worked_out)

    @property
    def standing(self) -> str:
        """``controlled`` if any result is, ``reported`` if there is another result, ``none`` if there is none."""
        return "controlled" if self.kinds["controlled"] else "reported" if self.results else "none"

    @cached_property
    def judged(self) -> int:
        """How many results stand in the evidence review with a direction."""
        return sum(bool(result.directions) for result in self.results)

    @property
    def outcomes(self) -> dict[Iri, list[Result]]:
        """All results, forecasts too, by the outcome that they are about."""
        found: dict[Iri, list[Result]] = {}
        for result in self.by_iri.values():
            outcome = result.row["outcome"]
            assert isinstance(outcome, Iri)
            found.setdefault(outcome, []).append(result)
        return found

    @property
    def disputed(self) -> set[Iri]:
        """The outcomes on which its results go in different directions."""
        said = {
            outcome: {direction for result in results for direction in result.known}
            for outcome, results in self.outcomes.items()
        }
        return {outcome for outcome, directions in said.items() if len(directions) > 1}


class Results:
    """What every initiative reported; read from the graph once, when first needed."""

    def __init__(self, door: Door) -> None:
        self._door = door

    @cached_property
    def of(self) -> dict[Iri, Reported]:
        """The initiatives by IRI, by title."""
        return read_reported(rows(self._door, QUERY))


def read_reported(found: Iterable[Row]) -> dict[Iri, Reported]:
    """The initiatives of the rows of ``pages/initiative-results``, in their order."""
    initiatives: dict[Iri, Reported] = {}
    for row in found:
        iri, result, finding, direction = (row[name] for name in ("initiative", "result", "finding", "direction"))
        assert isinstance(iri, Iri)
        reported = initiatives.setdefault(iri, Reported(iri, row))
        if isinstance(result, Iri):
            kept = reported.by_iri.setdefault(result, Result(row))
            if isinstance(source := row["source"], Iri):
                kept.sources.setdefault(source, row)
            if isinstance(finding, Iri):
                kept.findings[finding] = direction if isinstance(direction, Iri) else None
    return initiatives


@dataclass(frozen=True)
class Total:
    """What several initiatives reported: counts of results, never of their sizes."""

    initiatives: int
    with_results: int
    results: int
    kinds: Counter[str]
    directions: Counter[str]
    worked_out: Counter[str]
    judged: int


def total(found: Iterable[Reported]) -> Total:
    """The counts of all ``found`` together."""
    initiatives = list(found)
    return Total(
        len(initiatives),
        sum(bool(item.results) for item in initiatives),
        sum(len(item.results) for item in initiatives),
        sum((item.kinds for item in initiatives), Counter()),
        sum((item.directions for item in initiatives), Counter()),
        sum((item.worked_out for item in initiatives), Counter()),
        sum(item.judged for item in initiatives),
    )
