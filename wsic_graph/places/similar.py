"""Initiatives that are alike, with the reasons.

Two initiatives are as alike as the interventions, care groups and settings that they
share: the weight of what both have, by the weight of what either has (the weighted
Jaccard index; 0 for nothing shared, 1 for the same concepts). A concept weighs the more
the fewer initiatives have it: ln(N/n), its inverse document frequency (Sparck Jones, "A
statistical interpretation of term specificity and its application in retrieval", Journal
of Documentation 28, 1972, 11-21), because to share a rare one says more. A programme in
common is a reason but no likeness: it says who paid and not what was done. So are places
that are alike. What the researchers put beside each other comes in any case, because a
reader sees what concepts do not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import fsum, log

from wsic_graph.answers import Iri, Row, rows
from wsic_graph.engine import Door
from wsic_graph.places.measures import Council, Table
from wsic_graph.places.neighbours import Compared, compare

QUERY = "pages/initiative-features"
"""The saved query that says what initiatives are compared by."""
ALIKE = ("intervention", "care-group", "setting")
"""The features that make two initiatives alike."""
REASONS = (*ALIKE, "programme")
"""The features that are given as reasons, in this order."""
PLACE_MEASURES = ("share-75plus", "deprivation")
"""The measures in which two places may be called similar."""


@dataclass(frozen=True)
class Feature:
    """A concept that initiatives have."""

    iri: Iri
    label: str


@dataclass
class Profile:
    """An initiative and its features by kind."""

    iri: Iri
    title: str
    features: defaultdict[str, dict[Iri, Feature]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def concepts(self) -> set[Iri]:
        """All the concepts that count for likeness."""
        return {iri for kind in ALIKE for iri in self.features[kind]}


@dataclass(frozen=True)
class Places:
    """A council of each of two initiatives, and the measures in which the two are similar."""

    here: Council
    there: Council
    similar: tuple[Compared, ...]


@dataclass(frozen=True)
class Similar:
    """An initiative like another: ``likeness`` from 0 to 1, and why."""

    iri: Iri
    title: str
    likeness: float
    shared: Mapping[str, list[Feature]]
    linked: bool
    places: Places | None


class Likeness:
    """How alike initiatives are; read from the graph once, when first needed."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._found: dict[tuple[str, int], list[Similar]] = {}

    @cached_property
    def _profiles(self) -> dict[Iri, Profile]:
        return read_profiles(rows(self._door, QUERY))

    @cached_property
    def _weights(self) -> dict[Iri, float]:
        return weights(self._profiles.values())

    @property
    def initiatives(self) -> list[Feature]:
        """Every initiative, by title."""
        named = [Feature(profile.iri, profile.title) for profile in self._profiles.values()]
        return sorted(named, key=lambda feature: feature.label.casefold())

    def common(self, kind: str, initiatives: Iterable[Iri]) -> list[Feature]:
        """The concepts of ``kind`` that all of ``initiatives`` have."""
        first, *others = (self._profiles[iri].features[kind] for iri in initiatives)
        return [feature for iri, feature in first.items() if all(iri in other for other in others)]

    def choices(self, kind: str) -> list[Feature]:
        """Every concept of ``kind`` that an initiative has, by label."""
        found = {iri: feature for profile in self._profiles.values() for iri, feature in profile.features[kind].items()}
        return sorted(found.values(), key=lambda feature: feature.label.casefold())

    def in_councils(self, councils: Iterable[Iri]) -> dict[Iri, list[Iri]]:
        """Of each of ``councils``, the initiatives that name it as their place."""
        return {
            council: [iri for iri, profile in self._profiles.items() if council in profile.features["council"]]
            for council in councils
        }

    def of(self, initiative: str, table: Table, most: int = 6) -> list[Similar]:
        """At most ``most`` initiatives that share something with ``initiative``, the most alike first.

        Those that the researchers put beside it come too, in their order of likeness. ``table`` is always
        that of the same graph, so what was found once is kept.
        """
        if (initiative, most) not in self._found:
            self._found[initiative, most] = self._like(initiative, table, most)
        return self._found[initiative, most]

    def _like(self, initiative: str, table: Table, most: int) -> list[Similar]:
        mine = self._profiles.get(Iri(initiative))
        if mine is None:
            return []
        linked = mine.features["linked"]
        scored = [
            (likeness(mine.concepts, other.concepts, self._weights), other)
            for other in self._profiles.values()
            if other is not mine
        ]
        scored.sort(key=lambda pair: (-pair[0], pair[1].title, pair[1].iri))
        kept = [
            (score, other) for at, (score, other) in enumerate(scored) if (at < most and score) or other.iri in linked
        ]
        return [
            Similar(
                other.iri, other.title, score, _shared(mine, other), other.iri in linked, _places(mine, other, table)
            )
            for score, other in kept
        ]


def read_profiles(found: Iterable[Row]) -> dict[Iri, Profile]:
    """The initiatives of the rows of ``pages/initiative-features``."""
    profiles: dict[Iri, Profile] = {}
    for row in found:
        initiative, value = row["initiative"], row["value"]
        assert isinstance(initiative, Iri) and isinstance(value, Iri)
        profile = profiles.setdefault(initiative, Profile(initiative, str(row["title"])))
        profile.features[str(row["feature"])][value] = Feature(value, str(row["label"]))
    return profiles


def weights(profiles: Iterable[Profile]) -> dict[Iri, float]:
    """The weight of every concept: ln(N/n), where ``n`` of ``N`` initiatives have it."""
    profiles = list(profiles)
    having = Counter(concept for profile in profiles for concept in profile.concepts)
    return {concept: log(len(profiles) / count) for concept, count in having.items()}


def likeness(one: set[Iri], other: set[Iri], weight: Mapping[Iri, float]) -> float:
    """The weighted Jaccard index of two sets, from 0 to 1; 0 where neither weighs anything."""
    either = fsum(weight[concept] for concept in one | other)
    return fsum(weight[concept] for concept in one & other) / either if either else 0.0


def _shared(one: Profile, other: Profile) -> dict[str, list[Feature]]:
    found = {
        kind: [feature for iri, feature in one.features[kind].items() if iri in other.features[kind]]
        for kind in REASONS
    }
    return {kind: features for kind, features in found.items() if features}


def _places(one: Profile, other: Profile, table: Table) -> Places | None:
    """The pair of their councils that is alike in most measures; None where none is, or where they share a council."""
    here, there = (
        [c for c in table.councils.values() if c.iri in profile.features["council"]] for profile in (one, other)
    )
    if {council.iri for council in here} & {council.iri for council in there}:
        return None
    chosen = [table.measures[slug] for slug in PLACE_MEASURES if slug in table.measures]
    pairs = [
        Places(a, b, tuple(item for item in compare(table, a.iri, b.iri, chosen) if item.similar))
        for a, b in product(here, there)
    ]
    best = max(pairs, key=lambda pair: len(pair.similar), default=None)
    return best if best and best.similar else None
