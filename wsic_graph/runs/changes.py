"""Which numbers of a kept run the graph gives differently today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wsic_graph.errors import ParameterError
from wsic_graph.prefill import Assumption, Prefilled
from wsic_graph.prefill.pointers import pointer


@dataclass(frozen=True)
class Change:
    """A number that is another now; one of the two is None where it was not there or is there no more."""

    key: str
    then: Assumption | None
    now: Assumption | None

    @property
    def known(self) -> Assumption:
        """The number as it is now, or was."""
        found = self.now or self.then
        assert found is not None
        return found


def changes(then: Prefilled, now: Prefilled) -> list[Change]:
    """Every number that the graph gave ``then`` and gives otherwise ``now``; your own values are no changes."""
    old, new = by_name(then), by_name(now)
    found = []
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        if any(item is not None and item.changed for item in (before, after)):
            continue
        if before is None or after is None or str(before.value) != str(after.value):
            found.append(Change(key, before, after))
    return found


def by_name(prefilled: Prefilled) -> dict[str, Assumption]:
    """The assumptions by a pointer that stays the same when other parts of the scenario come or go."""
    return {named(prefilled.scenario, item.key): item for item in prefilled.assumptions}


def named(tree: Any, key: str) -> str:
    """The JSON pointer ``key`` with the parts of lists by their id: ``/interventions/telecare/uptake``.

    Raises ``ParameterError`` for one that leads nowhere.
    """
    path: list[str] = []
    for token in key.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        try:
            if isinstance(tree, list):
                tree = tree[int(name)]
                name = str(tree.get("id") or tree.get("outcome") or name) if isinstance(tree, dict) else name
            else:
                tree = tree[name]
        except (LookupError, TypeError, ValueError):
            raise ParameterError("overrides", f"{key[:80]!r} leads to nothing in this scenario", key[:80]) from None
        path.append(name)
    return pointer(*path)
