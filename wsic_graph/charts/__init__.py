"""Charts as geometry: where each shape of a picture stands, and the table of its figures. ``web/`` draws them."""

from wsic_graph.charts.bars import Bar, Stack, bars, stacks
from wsic_graph.charts.dots import Point, dots
from wsic_graph.charts.lines import Series, lines
from wsic_graph.charts.shapes import Chart, Format

__all__ = ["Bar", "Chart", "Format", "Point", "Series", "Stack", "bars", "dots", "lines", "stacks"]
