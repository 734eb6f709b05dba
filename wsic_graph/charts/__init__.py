"""Charts as geometry: where each shape of a picture stands, and the table of its figures. ``web/`` draws them."""

from wsic_graph.charts.bars import Bar, Stack, bars, stacks
from wsic_graph.charts.dots import Point, dots
from wsic_graph.charts.flow import Link, flow
from wsic_graph.charts.histogram import Marker, histogram
from wsic_graph.charts.lines import Series, lines
from wsic_graph.charts.shapes import Chart, Format
from wsic_graph.charts.steps import Step, Swing, tornado, waterfall

__all__ = [
    "Bar",
    "Chart",
    "Format",
    "Link",
    "Marker",
    "Point",
    "Series",
    "Stack",
    "Step",
    "Swing",
    "bars",
    "dots",
    "flow",
    "histogram",
    "lines",
    "stacks",
    "tornado",
    "waterfall",
]
