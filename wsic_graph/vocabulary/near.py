"""Names that are near to one that is not there, for those who mistyped it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(name: str, known: Iterable[str], most: int = 5) -> list[str]:
    """At most ``most`` of the ``known`` names that are spelt much like ``name`` or contain it, the nearest first."""
    names = {item.lower(): item for item in known}
    word = name.lower()
    found = get_close_matches(word, names, n=most, cutoff=0.6)
    found += sorted(item for item in names if len(word) > 2 and word in item)
    return [names[item] for item in dict.fromkeys(found)][:most]
