"""The effect estimates of each care group, and the rules by which an estimate counts in the default run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wsic_graph.namespaces import SCHEME
from wsic_graph.prefill.admission import Admitted, Policy, admit
from wsic_graph.prefill.estimates import Estimate, estimates
from wsic_graph.prefill.facts import Facts

HORIZON = 5
"""Years of the default run."""
POLICY = Policy("controlled", False, "admissions", {}, (), bool, priced=False)
"""The standard of quick mode without any special wish; outcomes without a price are taken as well."""


@dataclass(frozen=True)
class Names:
    """What the map calls interventions, outcomes and care groups, and the outcomes of which more is better."""

    interventions: Mapping[str, str]
    outcomes: Mapping[str, str]
    groups: Mapping[str, str]
    better_up: frozenset[str]


@dataclass(frozen=True)
class Judged:
    """An effect estimate for one care group and what became of it."""

    group: str
    verdict: Admitted
    gain: float
    """The central change towards the better as a fraction; negative for the worse."""

    @property
    def estimate(self) -> Estimate:
        """The estimate itself."""
        return self.verdict.estimate

    @property
    def leads(self) -> bool:
        """Whether it counts in its own right; the estimate of years one and two only shapes that of later years."""
        return self.verdict.used and not self.verdict.reason.startswith("Used for years one and two")


def judged_effects(facts: Facts) -> tuple[Names, list[Judged]]:
    """Every effect estimate once for each care group it applies to, judged among those of its group."""
    found = facts.rows("benefits_map/making/effects")
    names = Names(
        {row["intervention"].slug: str(row["interventionLabel"]) for row in found},
        {row["outcome"].slug: str(row["outcomeLabel"]) for row in found},
        {row["group"].slug: str(row["groupLabel"]) for row in found},
        frozenset(row["outcome"].slug for row in found if row["good"] is not None and row["good"].slug == "up"),
    )
    groups_of: dict[str, list[str]] = {}
    for row in found:
        groups_of.setdefault(str(row["effect"]), []).append(row["group"].slug)
    judged: list[Judged] = []
    for intervention in sorted(names.interventions):
        every = estimates(facts, f"{SCHEME}intervention/{intervention}")
        for group in sorted({group for one in every for group in groups_of[one.iri]}):
            mine = [one for one in every if group in groups_of[one.iri]]
            judged += [
                Judged(group, verdict, _gain(verdict.estimate, names)) for verdict in admit(mine, POLICY, HORIZON)
            ]
    return names, judged


def counted(judged: Sequence[Judged], group: str) -> list[Judged]:
    """Those of a care group that enter its run: what counts and changes something."""
    return [one for one in judged if one.group == group and one.leads and one.gain]


def _gain(estimate: Estimate, names: Names) -> float:
    change = float(estimate.change.value)
    return change if estimate.outcome in names.better_up else -change
