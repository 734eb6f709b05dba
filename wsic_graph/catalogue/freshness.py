"""When a record was last confirmed, and by what: the release, an accepted revision, or a confirmation alone.

The day is that on which the words of the record, as they are now, were published here or confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wsic_graph.catalogue.history import History
from wsic_graph.catalogue.overlay import Overlay

RELEASE, REVISION, CONFIRMATION = ("release", "revision", "confirmation")
OnlyConfirms = Callable[[str, bytes, bytes], bool]
"""Whether a second version of a record only confirms a first one: record, first, second."""


@dataclass(frozen=True)
class Freshness:
    """``day`` (ISO) and ``how``: release, revision or confirmation."""

    day: str
    how: str


def freshness_of(record: str, history: History, overlay: Overlay, only_confirms: OnlyConfirms) -> Freshness | None:
    """When ``record`` was last confirmed; None where it is not published."""
    if record not in overlay:
        event = history.latest(record)
        return Freshness(event.published[:10], RELEASE) if event and event.change != "delete" else None
    events = history.of_record(record)
    if not events or events[-1].change == "delete":
        return None
    last = events[-1]
    confirms = len(events) > 1 and only_confirms(record, events[-2].body, last.body)
    return Freshness(last.published[:10], CONFIRMATION if confirms else REVISION)


def all_by_age(
    kinds: Iterable[str], history: History, overlay: Overlay, only_confirms: OnlyConfirms
) -> list[tuple[str, Freshness]]:
    """Every published record of ``kinds`` with its freshness, the oldest first."""
    found = []
    for kind in kinds:
        for record, published in history.changed(kind, "", 1_000_000):
            fresh = freshness_of(record, history, overlay, only_confirms) if record in overlay else None
            found.append((record, fresh or Freshness(published[:10], RELEASE)))
    return sorted(found, key=lambda item: (item[1].day, item[0]))
