"""Every type of page is HTML as the standard has it: read strictly, and by the rules a parser does not know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import httpx
import pytest

from tests.site_fixtures import serve
from tests.test_browser import PATHS

REFERENCES = ("for", "list", "popovertarget", "aria-labelledby", "aria-describedby", "aria-controls", "headers")
"""Attributes that name the ids of other elements."""
FIELDS = {"input", "select", "textarea"}
SILENT = {"hidden", "submit"}


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    """A client of the site."""
    with serve(release) as client:
        yield client


def read(html: str) -> Element:
    """The document; raises at the first thing that the standard calls a parse error."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    document: Element = parser.parse(html)
    return document


def said(element: Element) -> str:
    """The name of an element: its label or its words, those of its pictures too."""
    words = [element.get("aria-label") or "", *element.itertext()]
    words += [child.get("alt") or child.get("aria-label") or "" for child in element.iter()]
    return " ".join(" ".join(words).split())


def faults(document: Element) -> list[str]:
    """What is wrong with a page."""
    parents = {child: parent for parent in document.iter() for child in parent}
    everything = list(document.iter())
    ids = Counter(element.get("id") or "" for element in everything if element.get("id"))
    found = [f"the id {name} stands twice" for name, times in ids.items() if times > 1]
    labelled = {element.get("for") for element in document.iter("label")}
    for element in everything:
        tag = str(element.tag)
        for name in REFERENCES:
            missing = [one for one in (element.get(name) or "").split() if one not in ids]
            found += [f"{name} of {tag} names {one}, which is not there" for one in missing]
        above = _above(element, parents)
        if tag in FIELDS and element.get("type") not in SILENT:
            named = element.get("aria-label") or element.get("aria-labelledby") or element.get("id") in labelled
            found += [] if named or "label" in above else [f"{tag} {element.get('name')} has no label"]
        if tag in ("a", "button", "summary", "h1", "h2", "h3", "h4", "th", "legend", "caption", "label"):
            empty = not said(element) and not (tag == "a" and element.get("href") is None)
            found += [f"{tag} {element.get('href') or ''} says nothing"] if empty else []
        if tag == "figcaption" and (not above or above[0] != "figure"):
            found.append("a figcaption stands outside a figure")
        if tag in ("a", "button") and {"a", "button"} & set(above):
            found.append(f"{tag} {said(element)[:30]} stands inside another")
        if tag == "img" and element.get("alt") is None:
            found.append("an img has no alt")
        if tag == "li" and (not above or above[0] not in ("ul", "ol", "menu")):
            found.append("an li stands outside a list")
    return found


def _above(element: Element, parents: dict[Element, Element]) -> list[str]:
    """The tags of the elements around ``element``, the nearest first."""
    found = []
    while (parent := parents.get(element)) is not None:
        found.append(str(parent.tag))
        element = parent
    return found


@pytest.mark.parametrize("path", PATHS)
def test_the_page_is_valid(path: str, site: httpx.Client) -> None:
    html = site.get(path, headers={"Accept": "text/html"}).text
    assert html.lstrip().lower().startswith("<!doctype html>")
    # The parser knows the standard of 2016; it reads what came later as unknown attributes, which is no error to it.
    document = read(html)
    assert faults(document) == []
    described = document.find("head/meta[@name='description']")
    assert described is not None and 20 < len(described.get("content") or "") <= 250
    headings = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert headings[0] == 1 and all(later <= earlier + 1 for earlier, later in pairwise(headings))


def test_the_rules_find_what_is_wrong() -> None:
    page = """<!doctype html><html lang="en"><head><title>x</title></head><body>
      <p id="a">x</p><p id="a">x</p><a href="/x"></a><input name="q"><label for="b">x</label>
      <p aria-labelledby="c">x</p><div><figcaption>x</figcaption></div><img src="x"></body></html>"""
    assert len(faults(read(page))) == 7
    with pytest.raises(html5lib.html5parser.ParseError):
        read("<!doctype html><title>x</title><p><div></p></div>")
