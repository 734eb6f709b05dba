"""What was chosen for a run, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wsic_graph.answers import Iri
from wsic_graph.prefill import COHORTS
from wsic_graph.service.calculator_charts import SECTORS
from wsic_graph.service.calculator_known import Known

LABELS = {
    "area": "Area",
    "value_case": "Value case",
    "interventions": "Services",
    "cohort": "Whose care",
    "persons": "Own number of people",
    "horizon": "Years",
    "evidence": "Which evidence counts",
    "recalled": "Recalled effects",
    "valuation": "Emergency care priced by",
    "optimism": "Corrected for optimism",
    "deadweight": "Deadweight",
    "overlaps": "Overlap of services",
    "payers": "Who pays",
    "prefer": "Effects chosen",
}
"""What the choices are called."""
_WORDS = {
    "controlled": "only with a comparison group",
    "all": "all, with a correction",
    "admissions": "admissions",
    "bed-days": "bed days",
}
_DEFAULTS = {
    "cohort": "adults",
    "horizon": 5,
    "evidence": "controlled",
    "recalled": False,
    "valuation": "admissions",
    "optimism": True,
}


def chosen(choices: Mapping[str, Any], known: Known) -> dict[str, str]:
    """The choices of a run in words, by what each is called; nothing for a scenario that was typed."""
    cases = {
        row["case"].slug: str(row["title"]) for row in known.rows("pages/value-cases") if isinstance(row["case"], Iri)
    }
    areas = {row["area"].slug: str(row["label"]) for row in known.rows("pages/areas") if isinstance(row["area"], Iri)}
    cohorts = {name: cohort.label for name, cohort in COHORTS.items()}
    labels = {**known.labels, **SECTORS, **cases, **areas, **cohorts, **_WORDS}

    def words(value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return ", ".join(labels.get(str(item), str(item)) for item in value)
        if isinstance(value, Mapping):
            return ", ".join(f"{labels.get(key, key)} {item}" for key, item in value.items())
        return labels.get(str(value), str(value))

    given = {**_DEFAULTS, **choices} if choices else {}
    return {label: words(given.get(name, "")) for name, label in LABELS.items()}
