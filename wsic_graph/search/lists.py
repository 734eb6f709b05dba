"""The lists of the site: which records each shows, what they can be narrowed by and how they can be sorted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS: Mapping[str, str] = {
    "initiative": "Initiatives",
    "value-case": "Value cases",
    "evidence": "Evidence",
    "intervention": "Interventions",
    "outcome": "Outcomes",
    "care-group": "Care groups",
    "effect": "Effects",
    "resource": "Resources",
    "question": "Questions",
    "area": "Areas",
    "unit-cost": "Unit costs",
    "plan-section": "Plan sections",
    "metric": "Plan metrics",
    "national-condition": "Plan conditions",
    "source": "Sources",
    "organisation": "Organisations",
    "guide": "Guides",
}
"""The kinds of record in the index, as they are called together."""


@dataclass(frozen=True)
class Facet:
    """Something to narrow a list by.

    ``labels`` are the words for values that are no concepts; other values take the
    label of the concept or record of the kind ``among``. Values come with the most
    frequent first, or with the newest first if they are spans of years. Those with
    fewer than ``least`` records are left out unless chosen.
    """

    name: str
    label: str
    among: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    years: bool = False
    least: int = 1


@dataclass(frozen=True)
class List:
    """A page of records.

    ``query`` is the public saved query behind it, whose parameters are the facets and
    whose ``column`` has the record; a list without one shows what every record has.
    """

    path: str
    facets: tuple[Facet, ...]
    kind: str = ""
    query: str = ""
    column: str = ""
    noun: tuple[str, str] = ("record", "records")
    sort: str = "title"
    rows: int = 50


_KIND = Facet("kind", "Kind", labels=KINDS)
_CARE_GROUP = Facet("care_group", "Care group", "care-group")
_INTERVENTION = Facet("intervention", "Intervention", "intervention")
_OUTCOME = Facet("outcome", "Outcome", "outcome")
_NATION = Facet("nation", "Nation or country", "area")
_RESULT = {
    "any": "with a result",
    "controlled": "with a controlled result",
    "forecast": "with a forecast",
    "none": "no result known",
}

LISTS: Mapping[str, List] = {
    "search": List(
        "/search",
        (_KIND, _CARE_GROUP, _INTERVENTION, _OUTCOME, Facet("period", "Published or started", years=True)),
        noun=("result", "results"),
        sort="relevance",
        rows=20,
    ),
    "initiatives": List(
        "/initiatives",
        (
            _NATION,
            _CARE_GROUP,
            _INTERVENTION,
            Facet("result", "Results", labels=_RESULT),
            Facet("design", "Design of the evidence", "study-design"),
            Facet("programme", "Programme", "programme"),
            Facet("setting", "Setting", "setting"),
            Facet("outcome", "Outcome reported", "outcome"),
            Facet("status", "Status", "initiative-status"),
            Facet("period", "Started", years=True),
        ),
        kind="initiative",
        query="pages/initiatives",
        column="initiative",
        noun=("initiative", "initiatives"),
    ),
    "evidence": List(
        "/evidence",
        (
            Facet("category", "Category", "evidence-category"),
            _INTERVENTION,
            _OUTCOME,
            Facet(
                "direction",
                "Direction of a finding",
                "direction",
                {"describes-only": "Describes only"},
            ),
            Facet("strength", "Strength", "evidence-level"),
            Facet("design", "Design", "study-design"),
            _CARE_GROUP,
            Facet("country", "Country", "area"),
            Facet("period", "Published", years=True),
            Facet("term", "Key term", least=2),
        ),
        kind="evidence",
        query="pages/evidence",
        column="evidence",
        noun=("source", "sources"),
        sort="newest",
    ),
    "value-cases": List(
        "/value-cases",
        (Facet("case_kind", "Where", "value-case-kind"), _NATION, _CARE_GROUP, _INTERVENTION, _OUTCOME),
        kind="value-case",
        query="pages/value-cases",
        column="case",
        noun=("value case", "value cases"),
    ),
    "resources": List(
        "/resources",
        (
            Facet("question", "Question", "question"),
            Facet("element", "Helps with", "resource-element"),
            _CARE_GROUP,
            Facet("type", "Type", "resource-type"),
            Facet("version", "Version", labels={"newest": "newest version", "superseded": "superseded"}),
            Facet("link", "Link leads to", "link-kind"),
            Facet("period", "Published", years=True),
        ),
        kind="resource",
        query="pages/resources",
        column="resource",
        noun=("resource", "resources"),
        sort="newest",
    ),
}
"""Every list by its name."""
