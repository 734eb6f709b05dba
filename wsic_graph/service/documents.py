"""A document that comes as a page and as data: which form is meant, and the links that tell of the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyoxigraph as ox
from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.choices import near
from wsic_graph.formats import GRAPHS, HTML, RESULTS, Format
from wsic_graph.namespaces import PREFIXES
from wsic_graph.queries import get_query
from wsic_graph.release.turtle import write_turtle
from wsic_graph.service.accept import negotiate
from wsic_graph.service.graph import Graph

JSON = Format("json", "application/json", "JSON")
CSV = RESULTS["csv"]
RDF = tuple(GRAPHS[name] for name in ("ttl", "jsonld", "rdf", "nt"))
_LICENSE = "https://creativecommons.org/licenses/by/4.0/"


def split_suffix(name: str, offers: Iterable[Format]) -> tuple[str, str]:
    """``("falls", "ttl")`` of ``falls.ttl``; a suffix that is not on offer stays part of the name."""
    stem, dot, suffix = name.rpartition(".")
    known = dot and any(suffix == offer.name for offer in (HTML, *offers))
    return (stem, suffix) if known else (name, "")


def choose(request: Request, suffix: str, offers: Iterable[Format]) -> Format:
    """The format that the suffix of the address or else the Accept header asks for; a page comes first.

    Raises ``HTTPException`` 406, which lists what is offered, when the client accepts none of them, and 404
    for a suffix that is not on offer.
    """
    every = (HTML, *offers)
    if not suffix:
        return negotiate(request.headers.get("accept", ""), every)
    for offer in every:
        if offer.name == suffix:
            return offer
    names = ", ".join(f".{offer.name}" for offer in every)
    raise HTTPException(404, f"This document does not come as .{suffix}. It comes as: {names}.")


def with_links(request: Request, response: Response, iri: str, path: str, offers: Iterable[Format]) -> Response:
    """``response`` with the links of the document ``iri`` at ``path``: its formats, its address and its licence."""
    public = request.app.state.settings.public_url
    links = [
        f'<{public}{path}>; rel="canonical"',
        f'<{iri}>; rel="cite-as"',
        f'<{_LICENSE}>; rel="license"',
        *(f'<{path}.{offer.name}>; rel="alternate"; type="{offer.media_type}"' for offer in (HTML, *offers)),
    ]
    response.headers["Link"] = ", ".join(links)
    return response


def data(body: str | bytes, form: Format, path: str) -> Response:
    """``body`` as the representation ``form`` of the document at ``path``."""
    headers = {"Content-Location": f"{path}.{form.name}"}
    return Response(body, media_type=form.content_type, headers=headers)


def rdf(graph: Graph, query: str, form: Format, base: str = "", **values: str) -> str | bytes:
    """What the saved CONSTRUCT ``query`` says, as RDF in ``form``; Turtle in the layout of the files it is kept in."""
    saved = get_query(query)
    lines = graph.door.run(saved.text, saved.bind(values), "nt")
    if form.name == "nt":
        return lines
    triples = (quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    if form.name == "ttl":
        return write_turtle(triples, base)
    found = ox.serialize(triples, format=form.rdf, prefixes=PREFIXES)
    assert found is not None
    return found


def near_names(wrong: str, known: Mapping[str, str]) -> str:
    """A sentence with the names that are near to one that is not there; ``known`` are names and labels."""
    names = near(wrong, known)
    return f" Near names are: {', '.join(names)}." if names else ""
