"""The one door to the graph: every query, ours or a stranger's, goes through it."""

from wsic_graph.engine.door import Door

__all__ = ["Door"]
