"""The concept schemes and their concepts, each as a page and as data.

The IRI of a concept is at w3id.org, which sends on (303 See Other) to the address
here. So what answers 200 here is a document about the concept and not the concept,
and no second redirect is needed.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.answers import Iri, Row
from wsic_graph.namespaces import SCHEME
from wsic_graph.queries import get_query
from wsic_graph.service.documents import CSV, JSON, RDF, choose, data, near_names, rdf, split_suffix, with_links
from wsic_graph.service.graph import Graph, GraphOf
from wsic_graph.service.links import address
from wsic_graph.service.ontology import Reference, reference
from wsic_graph.service.pages import render
from wsic_graph.vocabulary.schemes import Scheme, read_concept, read_scheme

router = APIRouter()
_SINGLE = (RDF[0], JSON, *RDF[1:])
_TABLE = (*_SINGLE, CSV)
_UNTITLED = frozenset({"observation"})
_SHOWN = 24


@router.get("/scheme")
def schemes() -> Response:
    """The list of schemes is part of the page of the ontology."""
    return RedirectResponse("/ontology#concept-schemes", 303)


@router.get("/scheme/{name}")
def scheme(request: Request, graph: GraphOf, name: str) -> Response:
    """A scheme, as a page with its tree or as data."""
    stem, suffix = split_suffix(name, _TABLE)
    known = reference(request, graph)
    iri, path = _scheme_iri(known, stem), f"/scheme/{stem}"
    form = choose(request, suffix, _TABLE)
    if form in RDF:
        body: str | bytes = rdf(graph, "ontology/scheme-document", form, scheme=iri)
    elif form is CSV:
        query = get_query("ontology/scheme")
        body = graph.door.run(query.text, query.bind({"scheme": iri}), "csv")
    else:
        tree = _tree(graph, iri)
        if form is not JSON:
            about = next(row for row in known.schemes if row["scheme"] == iri)
            page = render(
                request, graph, "scheme.html", iri=iri, about=about, tree=tree, reference=known, formats=_TABLE
            )
            return with_links(request, page, iri, path, _TABLE)
        body = _json(iri, known.scheme_names[iri], tree)
    return with_links(request, data(body, form, path), iri, path, _TABLE)


def _scheme_iri(known: Reference, name: str) -> str:
    iri = SCHEME + name
    if iri in known.scheme_names:
        return iri
    names = {item.removeprefix(SCHEME): label for item, label in known.scheme_names.items()}
    raise HTTPException(404, f"There is no concept scheme called “{name}”.{near_names(name, names)}")


def _tree(graph: Graph, iri: str) -> Scheme:
    return read_scheme(graph.rows("ontology/scheme", scheme=iri), graph.rows("ontology/scheme-uses", scheme=iri))


def _json(iri: str, label: str, tree: Scheme) -> str:
    concepts: list[dict[str, Any]] = [
        {
            "iri": concept.iri,
            "label": concept.label,
            "notation": concept.notation,
            "altLabels": concept.alt_labels,
            "definition": concept.definition,
            "scopeNote": concept.scope_note,
            "broader": concept.broader,
            "narrower": [child.iri for child in concept.narrower],
            "uses": concept.total,
        }
        for concept in tree.concepts.values()
    ]
    return json.dumps({"iri": iri, "label": label, "concepts": concepts}, ensure_ascii=False, indent=1)


@router.get("/scheme/{name}/{concept}")
def concept(request: Request, graph: GraphOf, name: str, concept: str) -> Response:
    """A concept, as a page with what uses it or as data."""
    stem, suffix = split_suffix(concept, _SINGLE)
    known = reference(request, graph)
    above, path = _scheme_iri(known, name), f"/scheme/{name}/{stem}"
    iri = f"{above}/{stem}"
    said = read_concept(graph.rows("ontology/concept", concept=iri)) if _is_name(stem) else {}
    if not said:
        concepts = read_scheme(graph.rows("ontology/scheme", scheme=above)).concepts.values()
        names = {item.iri.slug: item.label for item in concepts}
        label = known.scheme_names[above]
        raise HTTPException(404, f"The scheme “{label}” has no concept called “{stem}”.{near_names(stem, names)}")
    form = choose(request, suffix, _SINGLE)
    if form in RDF:
        response = data(rdf(graph, "ontology/concept-document", form, concept=iri), form, path)
    elif form is JSON:
        values = {key: [item.value for item in items] for key, items in said.items()}
        response = data(json.dumps({"iri": iri, **values}, ensure_ascii=False, indent=1), form, path)
    else:
        response = render(
            request,
            graph,
            "concept.html",
            iri=Iri(iri),
            scheme=Iri(above),
            said=said,
            reference=known,
            uses=_uses(graph, iri),
            formats=_SINGLE,
        )
    return with_links(request, response, iri, path, _SINGLE)


def _is_name(text: str) -> bool:
    return text.replace("-", "").isalnum() and text.isascii()


def _uses(graph: Graph, iri: str) -> list[dict[str, Any]]:
    """What uses the concept, by kind of record: counts by property, some records, and the query for all of them."""
    kinds: dict[str, dict[Iri, int]] = {}
    for row in graph.rows("ontology/concept-uses", concept=iri):
        name, count = row["property"], row["records"]
        assert isinstance(name, Iri)
        assert isinstance(count, int)
        kinds.setdefault(str(row["kind"]), {})[name] = count
    records: dict[str, list[Row]] = {kind: [] for kind in kinds}
    for row in graph.rows("ontology/concept-records", concept=iri) if set(kinds) - _UNTITLED else ():
        record = row["record"]
        assert isinstance(record, Iri)
        records[record.kind].append(row)
    return [
        {
            "kind": kind,
            "properties": properties,
            "records": sorted(records[kind], key=lambda row: (str(row["title"] or "~"), row["record"]))[:_SHOWN],
            "all": address("/queries/ontology/records-with-concept", concept=iri, kind=kind),
        }
        for kind, properties in kinds.items()
    ]
