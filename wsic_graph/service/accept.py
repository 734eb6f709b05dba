"""Content negotiation: which of the formats on offer a client would rather have (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from starlette.exceptions import HTTPException

from wsic_graph.formats import Format

_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


def preferred(accept: str, offers: Sequence[str]) -> str:
    """The best of the media types ``offers``; the first of them when the client accepts none."""
    weights = [_weight(offer, accept)[0] for offer in offers]
    return offers[weights.index(max(weights))]


def negotiate(accept: str, offers: Iterable[Format]) -> Format:
    """The best of ``offers`` for an Accept header; the first of equals.

    Raises ``HTTPException`` 406, which lists what is offered, when the client accepts none of them.
    """
    return _negotiated(accept, tuple(offers))


@lru_cache(maxsize=256)
def _negotiated(accept: str, offers: tuple[Format, ...]) -> Format:
    best, found = 0.0, None
    for offer in offers:
        weight = _quality_of(offer, accept)
        if weight > best:
            best, found = weight, offer
    if found is None:
        names = ", ".join(offer.media_type for offer in offers)
        raise HTTPException(406, f"None of the types that you accept is offered here. On offer are: {names}.")
    return found


def asks_for(accept: str, offer: Format) -> bool:
    """Whether the client names ``offer``, and not only ``*/*``."""
    return any(specific > 0 and weight > 0 for weight, specific in (_weight(t, accept) for t in offer.media_types))


def _quality_of(offer: Format, accept: str) -> float:
    """The weight of ``offer``. Its own media type counts when the client names it, then the best of its aliases."""
    weight, specific = _weight(offer.media_type, accept)
    if specific == 2:
        return weight
    return max([weight, *(w for w, s in (_weight(alias, accept) for alias in offer.aliases) if s == 2)])


def _weight(offer: str, accept: str) -> tuple[float, int]:
    """The weight of ``offer`` and how specific the range is that matches it best: 2 its name, 1 ``type/*``, 0 any."""
    best, quality = -1, 0.0
    kind = offer.partition("/")[0]
    for name, weight in _ranges(accept):
        specific = 2 if name == offer else 1 if name == f"{kind}/*" else 0 if name in ("*/*", "*") else -1
        if specific > best:
            best, quality = specific, weight
    return quality, best


@lru_cache(maxsize=256)
def _ranges(accept: str) -> tuple[tuple[str, float], ...]:
    """The media ranges of a header, each with its weight; of equal ranges the first."""
    found: dict[str, float] = {}
    for item in (accept or "*/*").lower().split(","):
        name, *parameters = (piece.strip() for piece in item.split(";"))
        found.setdefault(name, _quality(parameters))
    return tuple(found.items())


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            return float(parameter[2:]) if _WEIGHT.fullmatch(parameter[2:]) else 0.0
    return 1.0
