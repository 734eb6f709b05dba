"""Charts as geometry: where each shape of a picture stands, and the table of its figures. ``web/`` draws them."""

from wsic_graph.charts.bars import Bar, Stack, bars, stacks
from wsic_graph.charts.dots import Point, dots
from wsic_graph.charts.histogram import Marker, counted, histogram
from wsic_graph.charts.layered import Sheet, amounts, dependencies
from wsic_graph.charts.layers import Layer, Node, Style, Tie, Tone, pooled
from wsic_graph.charts.lines import Series, lines
from wsic_graph.charts.pyramid import pyramid
from wsic_graph.charts.shapes import Chart, Format
from wsic_graph.charts.steps import Step, Swing, tornado, waterfall

__all__ = [
    "Bar",
    "Chart",
    "Format",
    "Layer",
    "Marker",
    "Node",
    "Point",
    "Series",
    "Sheet",
    "Stack",
    "Step",
    "Style",
    "Swing",
    "Tie",
    "Tone",
    "amounts",
    "bars",
    "counted",
    "dependencies",
    "dots",
    "histogram",
    "lines",
    "pooled",
    "pyramid",
    "stacks",
    "tornado",
    "waterfall",
]
