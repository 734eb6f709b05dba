"""Random scenarios, small enough to be calculated in exact fractions."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

SEGMENTS = ("younger", "older")
OUTCOMES = ("emergency-admissions", "gp-contacts", "length-of-stay")
SECTORS = (("acute", "community"), ("primary", "social-care"), ("acute", "other"))


def shares(low: int = 0, high: int = 100) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda value: f"{value / 100:.2f}")


def yearly(horizon: int) -> st.SearchStrategy[Any]:
    return shares() | st.lists(shares(), min_size=horizon, max_size=horizon)


@st.composite
def scenarios(draw: st.DrawFn, lowest: int = -40) -> dict[str, Any]:
    """Up to four interventions with reductions from ``lowest`` per cent, on two priced outcomes and one that feeds."""
    horizon = draw(st.integers(1, 4))
    names = [f"service-{number}" for number in range(draw(st.integers(1, 4)))]

    def effect(outcome: str) -> dict[str, Any]:
        return {
            "outcome": outcome,
            "reduction": draw(shares(lowest, 90)),
            "scope": draw(st.sampled_from(["participants", "population"])),
            "scope_share": draw(shares()),
            "profile": draw(yearly(horizon)),
            "deadweight": draw(shares()),
            "attribution": draw(shares()),
            "optimism_bias": draw(shares()),
        }

    def intervention(name: str) -> dict[str, Any]:
        works_on = draw(st.lists(st.sampled_from(OUTCOMES), unique=True, min_size=1))
        return {
            "id": name,
            "coverage": {segment: draw(shares()) for segment in SEGMENTS},
            "uptake": draw(shares()),
            "retention": draw(shares()),
            "ramp": draw(yearly(horizon)),
            "effects": [effect(outcome) for outcome in works_on],
            "cost": {
                **{part: draw(st.integers(0, 50_000)) for part in ("setup", "fixed")},
                "per_person": draw(st.integers(0, 90)),
                "optimism_bias": draw(shares()),
                "price_year": draw(st.sampled_from(["2021/22", "2023/24", "2024/25"])),
                "index": "nhscii",
            },
        }

    def outcome(place: int) -> dict[str, Any]:
        first = draw(st.integers(0, 100))
        return {
            "id": OUTCOMES[place],
            "unit_cost": f"{draw(st.integers(1, 500_000)) / 100:.2f}",
            "price_year": draw(st.sampled_from(["2021/22", "2022/23", "2024/25"])),
            "index": "nhscii",
            "sector_split": {SECTORS[place][0]: f"{first / 100:.2f}", SECTORS[place][1]: f"{1 - first / 100:.2f}"},
            "cashable": draw(yearly(horizon)),
            "growth": draw(shares(-10, 20)),
            "ceiling": draw(shares(10)),
            "baseline": {segment: draw(st.integers(0, 5000)) for segment in SEGMENTS},
        }

    fed = {**outcome(0), "fed_by": {"length-of-stay": draw(shares())}}
    feeding = {"id": "length-of-stay", "baseline": dict.fromkeys(SEGMENTS, 1000)}
    cut = draw(st.integers(0, len(names)))
    groups: list[dict[str, Any]] = []
    for members in (names[:cut], names[cut:]):
        if members:
            everywhere = draw(st.booleans())
            groups.append({"members": members, "redundancy": draw(shares())})
            if not everywhere:
                groups[-1]["outcomes"] = [OUTCOMES[0]]
    return {
        "settings": {
            "horizon": horizon,
            "discount_rate": draw(shares(0, 10)),
            "first_year_exponent": draw(st.integers(0, 1)),
            "base_price_year": "2023/24",
            "draws": 200,
        },
        "indices": {"nhscii": {"2022/23": "0.0732", "2023/24": "0.0431", "2024/25": "0.021"}},
        "segments": [{"id": segment, "population": draw(st.integers(1, 9000))} for segment in SEGMENTS],
        "outcomes": [fed, outcome(1), feeding],
        "interventions": [intervention(name) for name in names],
        "overlap_groups": groups,
    }


def with_value(scenario: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of ``scenario`` with ``value`` at ``path``, as ``outcomes.0.unit_cost``."""
    copy: Any = deepcopy(scenario)
    place = copy
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        place = place[step]
    place[last] = value
    return copy  # type: ignore[no-any-return]
