"""Small scenarios that show how to write one. Their numbers are illustrations; they are no evidence."""

from __future__ import annotations

from typing import Any

ONE_INTERVENTION: dict[str, Any] = {
    "title": "Case management of 1,000 people at high risk",
    "settings": {"horizon": 1},
    "segments": [{"id": "high-risk", "population": 1000}],
    "outcomes": [
        {
            "id": "emergency-admissions",
            "unit_cost": 2000,
            "sector_split": {"acute": 1},
            "cashable": 0.4,
            "baseline": {"high-risk": 500},
        }
    ],
    "interventions": [
        {
            "id": "case-management",
            "coverage": {"high-risk": 1},
            "uptake": 0.5,
            "effects": [{"outcome": "emergency-admissions", "reduction": 0.2}],
            "cost": {"per_person": 300, "payer_split": {"community": 1}},
        }
    ],
}
WITH_LIMITS: dict[str, Any] = {
    "title": "A virtual ward that grows over three years, with limits of what is uncertain",
    "settings": {"horizon": 5, "base_price_year": "2023/24", "seed": 20130701},
    "indices": {"nhscii": {"2022/23": 0.0732, "2023/24": 0.0431}},
    "segments": [{"id": "65-plus", "population": 20000}],
    "outcomes": [
        {
            "id": "emergency-admissions",
            "unit_cost": 2322,
            "price_year": "2021/22",
            "index": "nhscii",
            "cost_grade": 1,
            "sector_split": {"acute": 1},
            "cashable": [0, 0.2, 0.4, 0.4, 0.4],
            "growth": 0.02,
            "baseline": {"65-plus": 4800},
        }
    ],
    "interventions": [
        {
            "id": "virtual-wards",
            "coverage": {"65-plus": 0.1},
            "uptake": {"low": 0.4, "central": 0.6, "high": 0.7},
            "ramp": [0.25, 0.5, 1, 1, 1],
            "effects": [
                {
                    "outcome": "emergency-admissions",
                    "reduction": {"low": -0.02, "central": 0.15, "high": 0.25},
                    "grade": 3,
                }
            ],
            "cost": {"setup": 120000, "fixed": 80000, "grade": 3, "payer_split": {"community": 0.75, "acute": 0.25}},
        }
    ],
}
EXAMPLES: dict[str, dict[str, Any]] = {"one-intervention": ONE_INTERVENTION, "with-limits": WITH_LIMITS}
