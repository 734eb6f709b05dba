"""The benefits map to take away: as a picture, a table, JSON, GraphML and RDF."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.cells import written
from wsic_graph.documents.pictures import as_png
from wsic_graph.formats import GRAPHS
from wsic_graph.mapped.files import link_rows, money_rows, nodes, records, tree
from wsic_graph.mapped.narrow import LAYERS
from wsic_graph.namespaces import PREFIXES
from wsic_graph.queries import get_query
from wsic_graph.release.turtle import write_turtle
from wsic_graph.service.benefits_map import View, view_of
from wsic_graph.service.benefits_map_state import PATH, read_state
from wsic_graph.service.graph import Graph, GraphOf
from wsic_graph.service.runs import kept_runs

router = APIRouter()


@router.get(f"{PATH}.{{form}}")
def file(request: Request, graph: GraphOf, form: str) -> Response:
    """One state of the map in the format ``form``. Raises ``HTTPException`` 404 for another, or an unknown state."""
    if form not in FORMS:
        raise HTTPException(404, f"The map does not come as .{form}. It comes as: .{', .'.join(FORMS)}.")
    settings = request.app.state.settings
    view = view_of(graph, read_state(request.query_params), kept_runs(settings), settings.public_url)
    if view.shown.unknown:
        raise HTTPException(404, " ".join(view.shown.unknown))
    response = FORMS[form](request, graph, view)
    response.headers["Content-Disposition"] = f'inline; filename="{_name(view)}.{form}"'
    return response


def _name(view: View) -> str:
    parts = ("benefits-map", view.state.group, view.state.focus.replace("/", "-"), view.state.mode)
    return "-".join(part for part in parts if part)


def picture(request: Request, view: View) -> str:
    """The picture as an SVG file that needs nothing else."""
    state = request.app.state
    template = state.templates.env.get_template("layered.svg")
    source = f"Whole System Integrated Care, version {state.version}. {state.settings.public_url}{view.state.address()}"
    text: str = template.render(sheet=view.drawn.sheet, source=source, about=view.run.about if view.run else "")
    return text


def _svg(request: Request, _graph: Graph, view: View) -> Response:
    return Response(picture(request, view), media_type="image/svg+xml")


def _png(request: Request, _graph: Graph, view: View) -> Response:
    return Response(
        as_png(picture(request, view), view.drawn.sheet.width, view.drawn.sheet.height), media_type="image/png"
    )


def _csv(_request: Request, _graph: Graph, view: View) -> Response:
    if view.flow is not None:
        rows = money_rows(view.flow, view.whole.benefits)
    else:
        rows = link_rows(view.whole, view.shown, view.links)
    return Response(written(rows), media_type="text/csv; charset=utf-8")


def _json(request: Request, _graph: Graph, view: View) -> Response:
    sheet = view.drawn.sheet
    about = {
        "version": request.app.state.version,
        "page": f"{request.app.state.settings.public_url}{view.state.address()}",
        "title": sheet.title,
        "shows": view.state.mode,
        "run": (view.run.iri or view.run.href) if view.run else None,
    }
    return JSONResponse(about | tree(view.lines))


def _graphml(request: Request, _graph: Graph, view: View) -> Response:
    template = request.app.state.templates.env.get_template("benefits_map.graphml")
    text = template.render(nodes=nodes(view.lines), lines=view.lines, layers=LAYERS, title=view.drawn.sheet.title)
    return Response(text, media_type="application/graphml+xml")


def _rdf(name: str) -> Callable[[Request, Graph, View], Response]:
    def answer(_request: Request, graph: Graph, view: View) -> Response:
        wanted = records(view.lines, view.shown.links)
        lines = graph.door.run(get_query("benefits_map/map").text, {}, "nt")
        triples = [
            quad.triple
            for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES)
            if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.partition("#")[0] in wanted
        ]
        form = GRAPHS[name]
        if name == "ttl":
            return Response(write_turtle(triples, ""), media_type=form.content_type)
        return Response(ox.serialize(triples, format=form.rdf, prefixes=PREFIXES), media_type=form.content_type)

    return answer


FORMS: dict[str, Callable[[Request, Graph, View], Response]] = {
    "svg": _svg,
    "png": _png,
    "csv": _csv,
    "json": _json,
    "graphml": _graphml,
    **{name: _rdf(name) for name in ("ttl", "jsonld", "nt", "rdf")},
}
"""How each file of the map is made, by its suffix."""
