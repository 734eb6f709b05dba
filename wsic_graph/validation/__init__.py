"""How close the calculator comes to what others published (cross validation, section 5 of its method)."""

from __future__ import annotations

from wsic_graph.validation.bench import Check, Compared
from wsic_graph.validation.cases import checks
from wsic_graph.validation.published import Given, Published

__all__ = ["Check", "Compared", "Given", "Published", "checks"]
