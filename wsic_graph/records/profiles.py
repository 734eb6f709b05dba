"""Profiles: what a document says of a record, each defined by saved CONSTRUCT queries."""

from __future__ import annotations

from dataclasses import dataclass

from wsic_graph.namespaces import BASE, ID, PREFIXES

_SCHEMA_QUERIES = {
    "area": "schema-area",
    "benefit": "schema-thing",
    "catalogue": "schema-dataset",
    "contribution": "schema-claim",
    "dataset": "schema-dataset",
    "deflator": "schema-figure",
    "effect": "schema-claim",
    "evidence": "schema-work",
    "funding-line": "schema-claim",
    "initiative": "schema-initiative",
    "metric": "schema-figure",
    "national-condition": "schema-work",
    "objective": "schema-thing",
    "observation": "schema-figure",
    "organisation": "schema-organisation",
    "plan-section": "schema-work",
    "plan-template": "schema-work",
    "programme-finding": "schema-claim",
    "published-result": "schema-claim",
    "question": "schema-work",
    "relation": "schema-claim",
    "resource": "schema-work",
    "run": "schema-thing",
    "source": "schema-work",
    "unit-cost": "schema-figure",
    "value-case": "schema-work",
}
_CATALOGUED = ("catalogue", "dataset", "evidence", "resource", "source", "value-case")


@dataclass(frozen=True)
class Profile:
    """A profile: ``token`` is the value of ``?profile=``, ``iri`` the name that Link headers give it."""

    token: str
    iri: str
    label: str

    def queries(self, kind: str) -> tuple[str, ...]:
        """The saved queries whose statements together are the document, none if ``kind`` has no such profile."""
        match self.token:
            case "record":
                return ("records/record",)
            case "neighbourhood":
                return ("records/record", "records/pointed-at", "records/pointing-here")
            case "schema":
                return (f"records/{_SCHEMA_QUERIES[kind]}",) if kind in _SCHEMA_QUERIES else ()
            case _:
                return ("records/dcat",) if kind in _CATALOGUED else ()


RECORD = Profile("record", f"{BASE}profile/record", "Record")
SCHEMA = Profile("schema", PREFIXES["schema"], "schema.org")
PROFILES = (
    RECORD,
    Profile("neighbourhood", f"{BASE}profile/neighbourhood", "Record and its surroundings"),
    SCHEMA,
    Profile("dcat", PREFIXES["dcat"], "DCAT"),
)
"""Every profile; the first is the default."""


def kind_of(iri: str) -> str:
    """The kind of the record ``iri``: ``initiative`` of ``…/id/initiative/torbay``."""
    return iri.removeprefix(ID).partition("/")[0]


def profiles_of(kind: str) -> tuple[Profile, ...]:
    """The profiles that records of ``kind`` have, the default first."""
    return tuple(profile for profile in PROFILES if profile.queries(kind))


def find_profile(kind: str, name: str) -> Profile | None:
    """The profile that ``name``, its token or its IRI, stands for; None if records of ``kind`` have none such."""
    if not name:
        return RECORD
    return next((profile for profile in profiles_of(kind) if name in (profile.token, profile.iri)), None)
