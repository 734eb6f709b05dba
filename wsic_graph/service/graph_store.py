"""SPARQL 1.1 Graph Store HTTP Protocol, to read only: each named graph whole, from the files of the release."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException

from wsic_graph.catalogue.dumps import folder_of
from wsic_graph.catalogue.publication import Published
from wsic_graph.formats import GRAPHS, Format
from wsic_graph.namespaces import GRAPH
from wsic_graph.service.accept import negotiate
from wsic_graph.service.catalogue import PublishedOf

router = APIRouter()

_CHUNK = 1 << 16
_OFFERED = [GRAPHS[name] for name in ("ttl", "nt", "jsonld")]
_WHOLE = [GRAPHS["ttl"], GRAPHS["nt"]]
_TRIPLES = GRAPHS["nt"].media_type
_VARY = {"Vary": "Accept-Encoding"}


@router.get("/graph/{name}")
def named(request: Request, published: PublishedOf, name: str) -> Response:
    """A named graph by its own address."""
    return _graph(request, published, name)


@router.get("/graphs")
def store(request: Request, published: PublishedOf) -> Response:
    """A named graph by its IRI (``?graph=``), or the union of all (``?default``)."""
    given = request.query_params
    if len(given.getlist("graph")) + len(given.getlist("default")) != 1:
        raise HTTPException(
            400, "graph, default: give one of them once, ?graph= and the IRI of a named graph or ?default."
        )
    if "default" in given:
        form = negotiate(request.headers.get("accept", ""), _WHOLE)  # N-Triples are Turtle too
        return _sent(request, published, [item.path for item in published.files if item.media_type == _TRIPLES], form)
    iri = given["graph"]
    return _graph(request, published, iri.removeprefix(GRAPH) if iri.startswith(GRAPH) else "", iri)


def _graph(request: Request, published: Published, name: str, iri: str = "") -> Response:
    files = {item.media_type: item.path for item in published.files if name and item.graph == name}
    if not files:
        known = ", ".join(sorted({item.graph for item in published.files if item.graph}))
        raise HTTPException(404, f"There is no named graph “{iri or name}”. Those that there are: {known}.")
    form = negotiate(request.headers.get("accept", ""), _OFFERED)
    return _sent(request, published, [files[form.media_type]], form)


def _sent(request: Request, published: Published, paths: list[str], form: Format) -> Response:
    """The files one behind the other; a single one goes as it is, compressed, to whoever takes gzip.

    Several compressed files in a row are one by RFC 1952, but common clients read only the first.
    """
    folder = folder_of(published.data_dir, published.version)
    files = [folder / path for path in paths]
    if len(files) > 1 or "gzip" not in request.headers.get("accept-encoding", ""):
        return StreamingResponse(_unpacked(files), media_type=form.content_type, headers=_VARY)
    return Response(files[0].read_bytes(), media_type=form.content_type, headers={**_VARY, "Content-Encoding": "gzip"})


def _unpacked(files: list[Path]) -> Iterator[bytes]:
    for path in files:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
