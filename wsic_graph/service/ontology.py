"""The ontology and its shapes: pages made from the graph itself, and the same as RDF."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.answers import Row
from wsic_graph.engine import Door
from wsic_graph.namespaces import ONTOLOGY, SHAPES
from wsic_graph.queries import get_query
from wsic_graph.service.documents import RDF, choose, data, near_names, rdf, split_suffix, with_links
from wsic_graph.service.graph import Asked, Graph, GraphOf
from wsic_graph.service.pages import render
from wsic_graph.vocabulary.diagram import ClassLink, Diagram, draw, read_links
from wsic_graph.vocabulary.excerpt import excerpt
from wsic_graph.vocabulary.shapes import Rule, Shape, read_shapes
from wsic_graph.vocabulary.terms import Term, Vocabulary, read_vocabulary

router = APIRouter()


@dataclass(frozen=True)
class Reference:
    """All that the pages about the ontology tell, read once for each version of the graph."""

    version: str
    vocabulary: Vocabulary
    shapes: dict[str, Shape]
    schemes: list[Row]
    links: list[ClassLink]
    examples: dict[str, str]
    asked: list[Asked]

    @cached_property
    def diagram(self) -> Diagram:
        """The classes and their links as a drawing."""
        return draw(self.vocabulary, self.links)

    @property
    def undrawn(self) -> list[Term]:
        """The classes that the diagram leaves out."""
        drawn = {box.term.iri for box in self.diagram.boxes}
        return [term for term in self.vocabulary.classes if term.iri not in drawn]

    @cached_property
    def fields(self) -> dict[str, list[tuple[Shape, Rule]]]:
        """For each property the rules about it."""
        found: dict[str, list[tuple[Shape, Rule]]] = {}
        for shape in self.shapes.values():
            for rule in shape.fields:
                found.setdefault(rule.path, []).append((shape, rule))
        return found

    @cached_property
    def scheme_names(self) -> dict[str, str]:
        """The name of each scheme by its IRI."""
        return {str(row["scheme"]): str(row["label"]) for row in self.schemes}

    @cached_property
    def properties_of_scheme(self) -> dict[str, list[str]]:
        """For each scheme the properties whose values must be its concepts."""
        found: dict[str, list[str]] = {}
        for shape in self.shapes.values():
            for rule in shape.fields:
                if rule.scheme and rule.path not in found.setdefault(rule.scheme, []):
                    found[rule.scheme].append(rule.path)
        return found


def reference(request: Request, graph: Graph) -> Reference:
    """The ontology as the graph of the running site has it."""
    state = request.app.state
    kept: Reference | None = getattr(state, "reference", None)
    if kept is None or kept.version != state.version:
        kept = state.reference = _read(state.version, Graph(graph.door, graph.published))
    return kept


def _read(version: str, graph: Graph) -> Reference:
    names = ("ontology/terms", "ontology/classes-in-use", "ontology/properties-in-use")
    vocabulary = read_vocabulary(*(graph.rows(name) for name in names))
    uses = ((term.iri, vocabulary.used(term.iri).example) for term in vocabulary.classes)
    return Reference(
        version=version,
        vocabulary=vocabulary,
        shapes=read_shapes(graph.rows("ontology/shapes")),
        schemes=graph.rows("ontology/schemes"),
        links=read_links(graph.rows("ontology/class-links")),
        examples={iri: _example(graph.door, example) for iri, example in uses if example},
        asked=graph.asked,
    )


def _example(door: Door, iri: str) -> str:
    query = get_query("ontology/example")
    lines = door.run(query.text, query.bind({"thing": iri}), "nt")
    return excerpt((quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES)), iri)


@router.get("/ontology")
@router.get("/ontology.{suffix}")
def ontology(request: Request, graph: GraphOf, suffix: str = "") -> Response:
    """The ontology, as a page with an anchor for each term or as RDF."""
    form = choose(request, suffix, RDF)
    if form in RDF:
        iri = ONTOLOGY.rstrip("#")
        response = data(rdf(graph, "ontology/ontology-document", form, iri), form, "/ontology")
    else:
        known = reference(request, graph)
        graph.asked += known.asked
        response = render(request, graph, "ontology.html", reference=known, formats=RDF)
    return with_links(request, response, ONTOLOGY.rstrip("#"), "/ontology", RDF)


@router.get("/ontology/examples")
def examples(request: Request, graph: GraphOf) -> Response:
    """One thing of each class as Turtle."""
    known = reference(request, graph)
    graph.asked += [asked for asked in known.asked if asked.query.name == "ontology/classes-in-use"]
    return render(request, graph, "ontology_examples.html", reference=known)


@router.get("/ontology/{name}")
def term(request: Request, graph: GraphOf, name: str) -> Response:
    """The present version of the ontology by its version IRI, or a term by its name alone."""
    known = reference(request, graph).vocabulary
    stem, suffix = split_suffix(name, RDF)
    version = str(known.ontology["owl:versionInfo"])
    if stem == version:
        return ontology(request, graph, suffix)
    if f"{ONTOLOGY}{name}" in known.terms:
        return RedirectResponse(f"/ontology#{name}", 303)
    more = near_names(name, {item.name: item.label for item in known.terms.values() if item.is_own})
    raise HTTPException(404, f"The ontology, now in version {version}, has no term called “{name}”.{more}")


@router.get("/shapes")
@router.get("/shapes.{suffix}")
def shapes(request: Request, graph: GraphOf, suffix: str = "") -> Response:
    """The rules that check the data, in words or as SHACL."""
    form, iri = choose(request, suffix, RDF), SHAPES.rstrip("#")
    if form in RDF:
        response = data(rdf(graph, "ontology/shapes-document", form, iri), form, "/shapes")
    else:
        known = reference(request, graph)
        graph.asked += [asked for asked in known.asked if asked.query.name == "ontology/shapes"]
        constraints = graph.rows("ontology/constraints")
        response = render(request, graph, "shapes.html", reference=known, constraints=constraints, formats=RDF)
    return with_links(request, response, iri, "/shapes", RDF)
