"""Speed of the calculator as ratios, in one run: a full report beside NumPy drawing and multiplying as many numbers.

Two figures: the full run (20 interventions, 6 outcomes, 4 segments, 10 years, 10,000 draws, tornado) in units of
what NumPy takes to draw and multiply that many numbers, and the central answer as a share of the full run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.report import report
from wsic_graph.calculator.scenario import Scenario
from wsic_graph.calculator.statement import calculate

INTERVENTIONS, OUTCOMES, SEGMENTS, YEARS, DRAWS = 20, 6, 4, 10, 10_000
ROUNDS = 5
MOST_FULL, MOST_CENTRAL = 4.0, 1 / 20
SECTORS = ("acute", "community", "primary", "social-care")


def large_scenario() -> Scenario:
    """A scenario of the size of the benchmark, in which everything is uncertain that can be."""
    random = np.random.default_rng(5)

    def limits(low: float, high: float) -> dict[str, float]:
        return dict(zip(("low", "central", "high"), sorted(random.uniform(low, high, 3)), strict=True))

    segments = [f"segment-{number}" for number in range(SEGMENTS)]
    outcomes = [f"outcome-{number}" for number in range(OUTCOMES)]

    def intervention(number: int) -> dict[str, Any]:
        return {
            "id": f"intervention-{number}",
            "coverage": {name: limits(0.2, 0.9) for name in segments},
            "uptake": limits(0.3, 0.9),
            "retention": limits(0.6, 1),
            "ramp": sorted(random.uniform(0.2, 1, YEARS).tolist()),
            "effects": [
                {
                    "outcome": name,
                    "reduction": limits(-0.05, 0.2),
                    "scope_share": limits(0.2, 1),
                    "deadweight": limits(0, 0.3),
                    "optimism_bias": 0.1,
                }
                for name in outcomes
            ],
            "cost": {"setup": limits(1e4, 1e5), "fixed": limits(1e4, 1e5), "per_person": limits(10, 300)},
        }

    members = [f"intervention-{number}" for number in range(8)]
    return read_scenario(
        {
            "settings": {"horizon": YEARS, "draws": DRAWS},
            "segments": [{"id": name, "population": 10_000} for name in segments],
            "outcomes": [
                {
                    "id": name,
                    "unit_cost": limits(100, 3000),
                    "sector_split": {SECTORS[place % 4]: 1},
                    "cashable": limits(0.1, 0.6),
                    "growth": 0.02,
                    "ceiling": 0.6,
                    "baseline": dict.fromkeys(segments, 4000),
                }
                for place, name in enumerate(outcomes)
            ],
            "interventions": [intervention(number) for number in range(INTERVENTIONS)],
            "overlap_groups": [
                {"members": members[:4], "redundancy": 0.5},
                {"members": members[4:], "redundancy": 0.3},
            ],
        }
    )


def plain_numpy() -> None:
    """Draw as many numbers as there are cells, a slice of interventions at a time, and multiply them together."""
    random = np.random.default_rng(1)
    product = np.ones((OUTCOMES, SEGMENTS, YEARS, DRAWS))
    for _ in range(INTERVENTIONS):
        product *= random.standard_normal(product.shape)


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure_calculator() -> dict[str, float]:
    """The two ratios, each the median of those of the rounds, and the seconds they come from."""
    scenario = large_scenario()
    calculate(scenario)
    rounds = [
        (seconds(plain_numpy), seconds(lambda: report(scenario)), seconds(lambda: calculate(scenario)))
        for _ in range(ROUNDS)
    ]
    return {
        "full run / NumPy": median(full / plain for plain, full, _ in rounds),
        "central answer / full run": median(central / full for _, full, central in rounds),
        "NumPy, s": median(plain for plain, _, _ in rounds),
        "full run, s": median(full for _, full, _ in rounds),
        "central answer, s": median(central for _, _, central in rounds),
    }


def show_calculator(found: dict[str, float]) -> None:
    """Print the ratios with what they may be at most."""
    full, central = found["full run / NumPy"], found["central answer / full run"]
    print(f"calculator: full run {full:.2f} times plain NumPy (at most {MOST_FULL:g});", end=" ")
    print(f"central answer {central:.3f} of the full run (at most {MOST_CENTRAL:g})")
    print("  " + ", ".join(f"{name} {found[name]:.3f}" for name in found if name.endswith(", s")))


if __name__ == "__main__":
    show_calculator(measure_calculator())
