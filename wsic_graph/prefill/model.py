"""What quick mode gives back: a scenario, where every number of it comes from, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from wsic_graph.prefill.numbers import Asked, Basis, Figure

GapKind = Literal["cost", "reach", "uptake", "cashable", "deadweight", "payer"]


@dataclass(frozen=True)
class Assumption:
    """One number of the scenario: what it is, how it was made and where that can be seen."""

    key: str
    """JSON pointer (RFC 6901) into the scenario."""
    label: str
    value: Any
    unit: str
    basis: Basis
    how: str
    formula: str
    """The arithmetic over ``figures``, in which f1 is the first; empty if you gave the value."""
    figures: tuple[Figure, ...]
    sources: tuple[str, ...]
    """IRIs of the publications of the figures."""
    period: str
    queries: tuple[Asked, ...]
    changed: bool = False
    """Changed by you."""
    was: Any = None
    """What stood there before you changed it."""


@dataclass(frozen=True)
class Gap:
    """Something the graph does not say and a business case needs; ``keys`` are where to enter it."""

    kind: GapKind
    about: str
    words: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What became of an effect estimate, or of an intervention that has none (then ``effect`` is None)."""

    intervention: str
    label: str
    effect: str | None
    outcome: str | None
    applies_to: str
    used: bool
    reason: str
    """Why it is or is not used, in a sentence."""
    change: Decimal | None = None
    """Relative change as the graph has it: -0.2 is 20 per cent fewer; ``low`` and ``high`` likewise."""
    low: Decimal | None = None
    high: Decimal | None = None
    rationale: str = ""
    recalled: bool = False
    grade: int | None = None
    asked: Asked | None = None


@dataclass(frozen=True)
class Prefilled:
    """A complete scenario in the shape of the calculator, and all there is to know about it."""

    scenario: dict[str, Any]
    assumptions: tuple[Assumption, ...]
    notes: tuple[str, ...]
    gaps: tuple[Gap, ...]
    verdicts: tuple[Verdict, ...]

    def assumption(self, key: str) -> Assumption:
        """The assumption at a JSON pointer. Raises ``KeyError``."""
        for item in self.assumptions:
            if item.key == key:
                return item
        raise KeyError(key)
