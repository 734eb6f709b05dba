"""A list of records, found by words and narrowed by facets, as a page or as data. Its state is in its address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from wsic_graph.catalogue.rdf import Document, Properties, english, node, nodes, typed
from wsic_graph.cells import written
from wsic_graph.errors import ParameterError
from wsic_graph.formats import HTML, Format
from wsic_graph.queries import BETWEEN
from wsic_graph.search.index import SORTS, Asked, Found, Hit, Index
from wsic_graph.search.lists import LISTS, Facet, List
from wsic_graph.service.documents import CSV, JSON, RDF
from wsic_graph.service.graph import Graph
from wsic_graph.service.links import page_of
from wsic_graph.service.pages import render

MOST = 1000
"""Most records in one answer; further pages follow. Data has as many unless fewer are asked for."""
OFFERS = {form.name: form for form in (HTML, JSON, CSV, *RDF)}
"""The forms of a list by suffix."""


@dataclass(frozen=True)
class View:
    """A list as it was asked for and found, and the addresses of its other states."""

    of: List
    asked: Asked
    found: Found

    def address(self, form: str = "", **changes: Any) -> str:
        """The address of this list with ``changes`` (``text``, ``chosen``, ``sort``, ``after``, ``limit``)."""
        asked = replace(self.asked, **{"after": "", **changes})
        given = [("q", asked.text), *_pairs(asked.chosen), ("sort", asked.sort), ("after", asked.after)]
        if asked.limit != self.of.rows and not form:
            given.append(("limit", str(asked.limit)))
        query = urlencode([(name, value) for name, value in given if value])
        return f"{self.of.path}{f'.{form}' if form else ''}{f'?{query}' if query else ''}"

    def page(self, after: str) -> str:
        """The address of the page behind the record ``after``."""
        return self.address(after=after)

    def without(self, facet: str, value: str) -> str:
        """The address of this list with one filter less."""
        left = {name: [item for item in values if (name, item) != (facet, value)] for name, values in self._chosen}
        return self.address(chosen=left)

    @property
    def clear(self) -> str:
        """The address of the list with no filter."""
        return self.address(chosen={})

    @property
    def active(self) -> list[tuple[Facet, str, str]]:
        """What is chosen: facet, label of the value and the address without it."""
        return [
            (facet, choice.label, self.without(facet.name, choice.value))
            for facet, choices in self.found.facets
            for choice in choices
            if choice.chosen
        ]

    @property
    def sorts(self) -> list[str]:
        """The orders that there are."""
        return [sort for sort in SORTS if sort != "relevance" or self.asked.text]

    @property
    def exactly(self) -> str:
        """The address of a search for the same words and no other names of them."""
        quoted = " ".join(piece if piece[0] in '-"' else f'"{piece}"' for piece in self.asked.text.split())
        return self.address(text=quoted)

    @property
    def files(self) -> list[tuple[str, str]]:
        """Label and address of this list as data."""
        return [(OFFERS[name].label, self.address(name)) for name in ("json", "csv", "ttl", "jsonld")]

    @property
    def _chosen(self) -> list[tuple[str, Sequence[str]]]:
        return list(self.asked.chosen.items())


def _pairs(chosen: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, values in chosen.items() for value in values)


def view_of(request: Request, of: List, form: Format = HTML) -> View:
    """The list ``of`` as the address asks for it. Raises ``ParameterError``."""
    given = request.query_params
    chosen = {}
    for facet in of.facets:
        values = [value for item in given.getlist(facet.name) for value in item.split(BETWEEN) if value]
        if values:
            chosen[facet.name] = list(dict.fromkeys(values))
    usual = of.rows if form is HTML else MOST
    asked = Asked(
        given.get("q", "").strip(), chosen, given.get("sort", ""), given.get("after", ""), _limit(given, usual)
    )
    index: Index = request.app.state.index
    return View(of, asked, index.find(of, asked))


def _limit(given: Mapping[str, str], usual: int) -> int:
    text = given.get("limit") or str(usual)
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MOST):
        raise ParameterError("limit", f"{text[:20]!r} is not a whole number from 1 to {MOST:,}", text)
    return int(text)


def answer(request: Request, graph: Graph, name: str, template: str, suffix: str = "", **context: Any) -> Response:
    """The list ``name`` as a page made from ``template``, or as data.

    ``suffix`` or the parameter ``format`` says which. Raises ``ParameterError`` for what it cannot be.
    """
    wanted = suffix or request.query_params.get("format", "") or "html"
    if wanted not in OFFERS:
        raise ParameterError("format", f"{wanted[:20]!r} is not offered here; there are: {', '.join(OFFERS)}", wanted)
    form = OFFERS[wanted]
    view = view_of(request, LISTS[name], form)
    links = {"Link": _links(view, form)} if view.found.previous is not None or view.found.next else {}
    if form is HTML:
        behind(graph, view)
        response = render(request, graph, template, view=view, **context)
    elif form is JSON:
        response = JSONResponse(_json(request, view))
    elif form is CSV:
        response = Response(_csv(view.found.hits), media_type=form.content_type)
    else:
        response = Response(_rdf(request, view, form), media_type=form.content_type)
    response.headers.update(links)
    return response


def behind(graph: Graph, view: View) -> None:
    """Let the page tell the query behind the list, with its filters."""
    values = {facet: BETWEEN.join(chosen) for facet, chosen in view.asked.chosen.items()}
    graph.behind(view.of.query, **values) if view.of.query else graph.behind("search/records")


def _links(view: View, form: Format) -> str:
    suffix = "" if form is HTML else form.name
    places = {"first": "", "prev": view.found.previous, "next": view.found.next}
    return ", ".join(
        f'<{view.address(suffix, after=after)}>; rel="{name}"' for name, after in places.items() if after is not None
    )


def _json(request: Request, view: View) -> dict[str, Any]:
    found = view.found
    return {
        "version": request.app.state.version,
        "q": view.asked.text,
        "filters": dict(view.asked.chosen),
        "sort": found.sort,
        "total": found.total,
        "matched": found.how,
        "didYouMean": found.suggestion,
        "alsoSearched": list(found.names),
        "facets": {
            facet.name: [
                {"value": item.value, "label": item.label, "count": item.count, "chosen": item.chosen}
                for item in choices
            ]
            for facet, choices in found.facets
        },
        "results": [_result(hit) for hit in found.hits],
        "previous": None if found.previous is None else view.address("json", after=found.previous),
        "next": None if found.next is None else view.address("json", after=found.next),
    }


def _result(hit: Hit) -> dict[str, Any]:
    """A record as JSON and CSV have it: what every record has, then its row in the list."""
    common = {
        "rank": hit.rank,
        "id": str(hit.iri),
        "kind": hit.kind,
        "title": hit.title,
        "year": int(hit.year) if hit.year.isdigit() else None,
        "page": page_of(hit.iri),
        "summary": hit.summary,
        "snippet": "".join(text for text, _ in hit.snippet) or None,
    }
    return common | {name: value for name, value in hit.card.items() if name not in common and value != hit.iri}


def _csv(hits: Sequence[Hit]) -> str:
    rows = [_result(hit) for hit in hits]
    columns = dict.fromkeys(name for row in rows for name in row) or ("rank", "id", "kind", "title")
    return written([[*columns], *([row.get(name, "") for name in columns] for row in rows)])


def _rdf(request: Request, view: View, form: Format) -> bytes:
    """The list as a collection of Hydra; the rank of each record is its position in a list of schema.org."""
    site = request.app.state.settings.public_url
    here = site + view.address(after=view.asked.after)
    hits = view.found.hits
    document = Document()
    document.about(
        here,
        {
            "rdf:type": nodes(["hydra:Collection", "schema:ItemList"]),
            "hydra:totalItems": typed(view.found.total, "integer"),
            "hydra:member": nodes(hit.iri for hit in hits),
            "schema:itemListElement": nodes(f"{here}#rank-{hit.rank}" for hit in hits),
            "hydra:next": None if view.found.next is None else node(site + view.page(view.found.next)),
        },
    )
    for hit in hits:
        position: Properties = {"schema:position": typed(hit.rank, "integer"), "schema:item": node(hit.iri)}
        document.about(f"{here}#rank-{hit.rank}", {"rdf:type": node("schema:ListItem"), **position})
        document.about(hit.iri, {"rdf:type": node(hit.type), "dcterms:title": english(hit.title)})
    return document.serialize(form.name)
