"""Quick mode of the calculator: a complete scenario from the graph, with the origin of every number in it."""

from __future__ import annotations

from wsic_graph.prefill.draft import Choice
from wsic_graph.prefill.model import Assumption, Gap, Prefilled, Verdict
from wsic_graph.prefill.numbers import Asked, Figure
from wsic_graph.prefill.people import COHORTS
from wsic_graph.prefill.quick import quick

__all__ = ["COHORTS", "Asked", "Assumption", "Choice", "Figure", "Gap", "Prefilled", "Verdict", "quick"]
