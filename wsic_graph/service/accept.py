"""Content negotiation: which of the types on offer a client would rather have."""

from __future__ import annotations

from collections.abc import Sequence


def preferred(accept: str, offers: Sequence[str]) -> str:
    """The best of ``offers`` for an Accept header; the first of them when the client does not mind."""
    weights = [_weight(offer, accept) for offer in offers]
    return offers[weights.index(max(weights))]


def _weight(offer: str, accept: str) -> float:
    """The weight of ``offer``, taken from the most specific range that matches it (RFC 9110, 12.5.1)."""
    best = (-1, 0.0)
    for item in (accept or "*/*").lower().split(","):
        name, *parameters = (piece.strip() for piece in item.split(";"))
        kind = offer.partition("/")[0]
        specific = {offer: 2, f"{kind}/*": 1, "*/*": 0}.get(name, -1)
        if specific > best[0]:
            best = (specific, _quality(parameters))
    return best[1]


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
