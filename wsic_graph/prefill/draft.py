"""What a user chooses, and the scenario in the making."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from wsic_graph.prefill.activity import Activity
from wsic_graph.prefill.cases import Case
from wsic_graph.prefill.facts import Facts, Place
from wsic_graph.prefill.model import Gap, Verdict
from wsic_graph.prefill.people import People, Segment
from wsic_graph.prefill.prices import Prices


@dataclass(frozen=True)
class Choice:
    """What a user chooses; only the area and either a value case or interventions have no default."""

    area: str
    interventions: Sequence[str] = ()
    """Those of the value case if none is given; with both, the case only brings its cost and reach along."""
    value_case: str | None = None
    cohort: str = "adults"
    persons: object = None
    horizon: int = 5
    evidence: str = "controlled"
    recalled: bool = False
    valuation: str = "admissions"
    deadweight: Mapping[str, object] = field(default_factory=dict)
    """By effect, the share of it that would have happened anyway; an uncontrolled effect needs one."""
    prefer: Collection[str] = ()
    """Effects to use where several stand for one outcome."""
    overlaps: Mapping[str, object] = field(default_factory=dict)
    """By outcome on which several services work, the share of their joint effect that is the same twice."""
    payers: Mapping[str, object] = field(default_factory=dict)
    """By sector, the share of every cost that it pays; the graph does not say who would."""
    optimism: bool = True
    """Whether benefits and costs are corrected for optimism."""
    overrides: Mapping[str, object] = field(default_factory=dict)
    """Your own values by JSON pointer into the scenario."""


@dataclass
class Draft:
    """A scenario in the making."""

    facts: Facts
    choice: Choice
    place: Place
    people: People
    segment: Segment
    activity: Activity
    prices: Prices
    case: Case | None
    base: str
    gaps: list[Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def now(self) -> int:
        """The year by which the age of evidence is judged: that of the prices of the run."""
        return int(self.base[:4])
