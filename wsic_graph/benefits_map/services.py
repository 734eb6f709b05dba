"""What an area provides already and wants, as a small graph beside the published one, and the questions asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from wsic_graph.answers import Row, rows_beside
from wsic_graph.benefits_map.links import number, text
from wsic_graph.engine import Door
from wsic_graph.namespaces import BASE, ID, PREFIXES, SCHEME

YOURS = f"{BASE}yours"
"""The area of a user's own data; its services are parts of it."""
CHECKS = ("coverage", "gaps", "unmet", "duplication", "overlap", "orphans", "enablers")
"""The questions of the check of existing services, as saved queries ``benefits_map/check-...``."""
_BY_GROUP = ("coverage", "gaps", "unmet", "overlap")


@dataclass(frozen=True)
class Service:
    """An existing service. Two services of one provider are two of these."""

    name: str
    intervention: str
    """Last part of the IRI of what it delivers, for example ``reablement``."""
    care_group: str
    coverage: str
    """Share of the care group that it reaches, a decimal number from 0 to 1."""


@dataclass(frozen=True)
class Own:
    """What an area has and wants: its services, the benefits it has agreed and the enablers in place, by slug."""

    services: Sequence[Service]
    benefits: Sequence[str]
    enablers: Sequence[str] = ()

    def ntriples(self) -> bytes:
        """All of it as N-Triples, which a query sees beside the published graph."""
        area = ox.NamedNode(YOURS)
        found = [
            *(ox.Triple(area, _term("agreedBenefit"), ox.NamedNode(f"{ID}benefit/{slug}")) for slug in self.benefits),
            *(ox.Triple(area, _term("hasEnabler"), ox.NamedNode(f"{SCHEME}enabler/{slug}")) for slug in self.enablers),
        ]
        for place, service in enumerate(self.services, 1):
            node = ox.NamedNode(f"{YOURS}#service-{place}")
            said: dict[str, ox.NamedNode | ox.Literal] = {
                "rdf:type": ox.NamedNode(PREFIXES["wsic"] + "ExistingService"),
                "skos:prefLabel": text(service.name),
                "wsic:delivers": ox.NamedNode(f"{SCHEME}intervention/{service.intervention}"),
                "wsic:careGroup": ox.NamedNode(f"{SCHEME}care-group/{service.care_group}"),
                "wsic:coverageShare": number(service.coverage),
                "wsic:area": area,
            }
            for name, value in said.items():
                prefix, _, local = name.partition(":")
                found.append(ox.Triple(node, ox.NamedNode(PREFIXES[prefix] + local), value))
        return ox.serialize(found, format=ox.RdfFormat.N_TRIPLES) or b""


def check(door: Door, own: Own, care_groups: str = "") -> Mapping[str, list[Row]]:
    """The rows of every question about ``own`` by its name in :data:`CHECKS`; ``care_groups`` with ``|`` between.

    Raises what :meth:`Door.run` raises; a door on a remote engine raises ``QueryRefused``.
    """
    extra = own.ntriples()
    return {
        name: rows_beside(
            door, f"benefits_map/check-{name}", extra, **({"care_group": care_groups} if name in _BY_GROUP else {})
        )
        for name in CHECKS
    }


def _term(name: str) -> ox.NamedNode:
    return ox.NamedNode(PREFIXES["wsic"] + name)
