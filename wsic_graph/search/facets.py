"""Facets as sets of records, one bit for each record, so that counts under any filters cost microseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

Mask = int
"""A set of records: bit ``n`` is set if record ``n`` is in it."""
Chosen = Mapping[str, Sequence[str]]
"""Values by facet. A record must have one of the values of each facet."""


def mask_of(records: Iterable[int]) -> Mask:
    """The set of ``records``."""
    mask = 0
    for record in records:
        mask |= 1 << record
    return mask


def records_in(mask: Mask) -> Iterator[int]:
    """The records in a set, in the order of their numbers."""
    digits = bin(mask)[:1:-1]
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)


class Facets:
    """Which records have which values."""

    def __init__(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """``rows`` are a record, the name of a facet and a value of it."""
        records: dict[str, dict[str, list[int]]] = {}
        for record, facet, value in rows:
            records.setdefault(facet, {}).setdefault(value, []).append(record)
        self._masks = {
            facet: {value: mask_of(found) for value, found in values.items()} for facet, values in records.items()
        }

    def having(self, facet: str, values: Iterable[str]) -> Mask:
        """The records with at least one of ``values``."""
        mask = 0
        for value in values:
            mask |= self._masks.get(facet, {}).get(value, 0)
        return mask

    def narrow(self, among: Mask, chosen: Chosen, without: str = "") -> Mask:
        """The records of ``among`` that have what is ``chosen``, where the facet ``without`` does not count."""
        for facet, values in chosen.items():
            if values and facet != without:
                among &= self.having(facet, values)
        return among

    def counts(self, among: Mask, chosen: Chosen, facet: str) -> dict[str, int]:
        """How many records each value of ``facet`` would leave, with what is chosen in all other facets.

        Values that would leave none are not there.
        """
        base = self.narrow(among, chosen, without=facet)
        found = ((value, (mask & base).bit_count()) for value, mask in self._masks.get(facet, {}).items())
        return {value: count for value, count in found if count}
