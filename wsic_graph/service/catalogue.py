"""The catalogue of the graph: DCAT-AP for machines, a page for people, VoID, and the terms in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.answers import Row
from wsic_graph.catalogue.dcat import catalogue, graph_name
from wsic_graph.catalogue.dumps import DumpFile
from wsic_graph.catalogue.publication import Published
from wsic_graph.catalogue.void import terms, void
from wsic_graph.formats import GRAPHS, HTML, Format
from wsic_graph.namespaces import GRAPH
from wsic_graph.service.accept import negotiate
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.links import curie
from wsic_graph.service.pages import render

router = APIRouter()
_RDF = tuple(GRAPHS[name] for name in ("ttl", "jsonld", "rdf", "nt"))


def get_published(request: Request) -> Published:
    """The published graph of the running site."""
    published: Published = request.app.state.published
    return published


PublishedOf = Annotated[Published, Depends(get_published)]


@dataclass(frozen=True)
class _Dataset:
    """A data set as the page shows it."""

    about: Row
    statements: int
    changed: str
    files: list[DumpFile]


@router.get("/catalogue")
def page(request: Request, graph: GraphOf, published: PublishedOf) -> Response:
    """The catalogue as a page, or as RDF for a client that asks for it."""
    wanted = negotiate(request.headers.get("accept", ""), (HTML, *_RDF))
    if wanted is not HTML:
        return _document(published, wanted)
    times = published.history.times_of_graphs()
    datasets = []
    for row in graph.rows("catalogue/datasets"):
        name = graph_name(str(row["dataset"]))
        files = [file for file in published.files if file.graph == name]
        datasets.append(
            _Dataset(row, published.manifest.graphs.get(name, 0), times.get(GRAPH + name, ("", ""))[1], files)
        )
    return render(
        request,
        graph,
        "catalogue.html",
        about=graph.rows("catalogue/catalogue")[0],
        datasets=datasets,
        whole=[file for file in published.files if not file.graph],
        publication=published.publication,
        formats=_RDF,
    )


@router.get("/catalogue.{suffix}")
def document(published: PublishedOf, suffix: str) -> Response:
    """The catalogue in the format that the suffix names."""
    return _document(published, _format(suffix))


@router.get("/.well-known/void")
def statistics(request: Request, published: PublishedOf) -> Response:
    """What is in the graph, as VoID."""
    wanted = negotiate(request.headers.get("accept", ""), _RDF)
    return Response(void(published).serialize(wanted.name), media_type=wanted.content_type)


@router.get("/.well-known/void.{suffix}")
def statistics_document(published: PublishedOf, suffix: str) -> Response:
    """What is in the graph, in the format that the suffix names."""
    wanted = _format(suffix)
    return Response(void(published).serialize(wanted.name), media_type=wanted.content_type)


@router.get("/void/terms.json")
def used_terms(published: PublishedOf) -> Response:
    """The classes, properties and concepts in use with labels and counts, as ``TermsJson`` describes."""
    return JSONResponse(terms(published, curie))


def _document(published: Published, wanted: Format) -> Response:
    return Response(catalogue(published).serialize(wanted.name), media_type=wanted.content_type)


def _format(suffix: str) -> Format:
    found = next((item for item in _RDF if item.name == suffix), None)
    if found is None:
        names = ", ".join(f".{item.name}" for item in _RDF)
        raise HTTPException(404, f"There is no format “.{suffix}” here. There are: {names}.")
    return found
