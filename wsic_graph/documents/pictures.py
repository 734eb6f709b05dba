"""Pictures of the site as PNG, for documents that draw no SVG."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import Any

import resvg_py
from lxml import etree

from wsic_graph.content import ROOT

_FONTS = str(files("font_source_sans_pro") / "files")
_ZOOM, _MOST_PIXELS = 2.0, 16e6
_STYLE = ROOT / "web" / "static" / "style"
_SVG = "http://www.w3.org/2000/svg"
WIDTH = 640.0
"""Pixels across a chart in a document."""
_LEGEND, _SWATCH, _EDGE = 22.0, 32.0, 14.0
_NAMES = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}
"""Attributes whose capitals a reader of HTML loses."""
_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_FONT = re.compile(r"font:\s*[^;]+;")
_POINT = re.compile(r"([ML])(-?[\d.]+) ")


def as_png(svg: str, width: float, height: float) -> bytes:
    """An SVG of our own as PNG: twice its size, unless that were more than sixteen million pixels."""
    zoom = min(_ZOOM, sqrt(_MOST_PIXELS / (width * max(height, 1))))
    found: bytes = resvg_py.svg_to_bytes(
        svg_string=svg, skip_system_fonts=True, font_dirs=[_FONTS], font_family="Source Sans Pro", zoom=zoom
    )
    return bytes(found)


def chart_png(picture: Any, legend: Iterable[tuple[Any, str]]) -> bytes:
    """A chart of a page as PNG in the colours of print: its ``svg`` element, and swatch and words of each key."""
    keys = list(legend)
    top, height = _EDGE + _LEGEND * len(keys), float(picture.get("height"))
    root = etree.Element(f"{{{_SVG}}}svg", {"width": f"{WIDTH:g}", "height": f"{top + height + _EDGE:g}"})
    root.set("class", "picture")
    etree.SubElement(root, f"{{{_SVG}}}style").text = _rules()
    etree.SubElement(root, f"{{{_SVG}}}rect", {"width": "100%", "height": "100%", "fill": "white"})
    for place, (swatch, words) in enumerate(keys):
        y = f"{place * _LEGEND + 2:g}"
        root.append(_drawn(swatch, {"x": "0", "y": f"{float(y) + 1:g}", "width": "24", "height": "12"}))
        text = etree.SubElement(root, f"{{{_SVG}}}text", {"x": f"{_SWATCH:g}", "y": f"{float(y) + 11:g}"})
        text.text = words
    root.append(_drawn(picture, {"x": "0", "y": f"{top:g}", "width": f"{WIDTH:g}", "height": f"{height:g}"}))
    return as_png(etree.tostring(root, encoding="unicode"), WIDTH, top + height + _EDGE)


def _drawn(element: Any, place: dict[str, str]) -> Any:
    """An ``svg`` element of a page as SVG has it, put in its place."""
    found = _named(deepcopy(element))
    for name, value in place.items():
        found.set(name, value)
    found.set("overflow", "visible")
    return found


def _named(element: Any) -> Any:
    """The element with the namespace, the names of SVG, and paths that are stretched as pages stretch them."""
    made = etree.Element(
        f"{{{_SVG}}}{element.tag}", {_NAMES.get(key, key): value for key, value in element.attrib.items()}
    )
    made.text = element.text
    if element.tag == "svg" and element.get("preserveaspectratio") == "none":
        for name in ("viewBox", "preserveAspectRatio"):
            made.attrib.pop(name, None)
    for child in element:
        if child.tag not in ("title", "desc"):
            made.append(_named(child))
    if element.tag == "path" and element.getparent().get("preserveaspectratio") == "none":
        scaled = _POINT.sub(lambda point: f"{point[1]}{float(point[2]) * WIDTH / 100:.2f} ", element.get("d"))
        made.set("d", scaled)
    return made


@cache
def _rules() -> str:
    """The rules of the charts with the colours of light paper in them."""
    tokens = (_STYLE / "tokens.css").read_text(encoding="utf-8").partition("}")[0]
    colours = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", tokens))
    rules = _FONT.sub("", _MEDIA.sub("", (_STYLE / "charts.css").read_text(encoding="utf-8")))
    rules = re.sub(r"var\((--[\w-]+)\)", lambda found: colours.get(found[1], "black"), rules)
    plain = "text { font-family: 'Source Sans Pro'; font-size: 14px; }"
    return f"{plain}\n{rules.replace('0.8125rem', '13px').replace('0.875rem', '14px')}"
