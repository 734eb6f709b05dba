"""Which page of this site shows the thing that an IRI names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote_plus, urlencode

from wsic_graph.engine.bind import Bindings, bound
from wsic_graph.namespaces import BASE, GUIDE, ID, ONTOLOGY, PREFIXES, SCHEME, SHAPES
from wsic_graph.queries import Query

_RECORD_PAGES = {
    "area": "/areas/",
    "calculation": "/calculator/runs/",
    "effect": "/effects/",
    "evidence": "/evidence/",
    "initiative": "/initiatives/",
    "question": "/questions/",
    "resource": "/resources/",
    "source": "/sources/",
    "value-case": "/value-cases/",
}
_GATHERED = {"intervention": "/interventions/", "outcome": "/outcomes/"}
_SHARED_PAGES = {
    "funding-line": "/plan",
    "metric": "/plan",
    "national-condition": "/plan",
    "plan-section": "/plan",
    "plan-template": "/plan",
    "published-result": "/calculator/validation",
    "unit-cost": "/unit-costs",
}
_VOCABULARY_PAGES = {ONTOLOGY: "/ontology", SHAPES: "/shapes"}
_LISTS = {
    "care-group": (
        ("Initiatives for them", "/initiatives?care_group="),
        ("Evidence about them", "/evidence?care_group="),
        ("Resources about them", "/resources?care_group="),
    ),
    "evidence-category": (("Evidence in this category", "/evidence?category="),),
    "intervention": (
        ("All that is known of it", "/interventions/"),
        ("Its effects", "/effects#"),
        ("Evidence on it", "/evidence?intervention="),
        ("Initiatives that did it", "/initiatives?intervention="),
    ),
    "outcome": (
        ("All that is known of it", "/outcomes/"),
        ("Evidence on it", "/evidence?outcome="),
        ("Initiatives that report it", "/initiatives?outcome="),
    ),
    "resource-element": (("Resources that help with it", "/resources?element="),),
    "setting": (("Initiatives there", "/initiatives?setting="),),
    "programme": (("Initiatives of the programme", "/initiatives?programme="),),
}
_BY_LENGTH = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))


def anchor(iri: str) -> str:
    """The ``id`` of the element that shows the record ``iri`` on a page it shares with others."""
    kind, _, slug = iri.removeprefix(ID).partition("#")[0].partition("/")
    return f"{kind}-{slug}"


def page_of(iri: str) -> str | None:
    """The path of the page that shows ``iri``, with a fragment for a part, or None for what is not ours."""
    if iri.startswith(SCHEME):
        return f"/scheme/{iri.removeprefix(SCHEME)}"
    for namespace, page in _VOCABULARY_PAGES.items():
        if iri.startswith(namespace.rstrip("#")):
            return page + iri.removeprefix(namespace.rstrip("#"))
    if iri.startswith(GUIDE):
        return f"/guide/{iri.removeprefix(GUIDE)}"
    if not iri.startswith(ID):
        return None
    record, _, part = iri.removeprefix(ID).partition("#")
    kind, _, slug = record.partition("/")
    if kind in _SHARED_PAGES:
        return _SHARED_PAGES[kind] + ("" if kind == "plan-template" else f"#{anchor(iri)}")
    page = f"{_RECORD_PAGES[kind]}{slug}" if kind in _RECORD_PAGES else f"/records/{record}"
    return f"{page}#{part}" if part else page


def reader_page(iri: str) -> str | None:
    """The page to which a reader of a record is led: all that is known of an intervention or outcome, else its page.

    The page of the concept in the vocabulary, where its identifier leads, stays :func:`page_of`.
    """
    scheme, _, slug = iri.removeprefix(SCHEME).partition("/")
    if iri.startswith(SCHEME) and slug and scheme in _GATHERED:
        return f"{_GATHERED[scheme]}{slug}"
    return page_of(iri)


def lists_of(concept: str) -> list[tuple[str, str]]:
    """The pages that list what a concept was given to: what each is called and its path."""
    scheme, _, slug = concept.removeprefix(SCHEME).partition("/")
    return [(label, path + slug) for label, path in _LISTS.get(scheme, ())]


def term_anchor(iri: str) -> str:
    """The ``id`` of the element that shows a term on the page of the ontology."""
    return iri.removeprefix(ONTOLOGY) if iri.startswith(ONTOLOGY) else curie(iri).replace(":", "-")


def turtle_of(iri: str) -> str:
    """The path of the Turtle of the record ``iri``."""
    return data_of(iri, "ttl")


def data_of(iri: str, form: str, profile: str = "") -> str:
    """The path of the document that describes the record ``iri`` in the format ``form``."""
    return address(f"/data/{iri.removeprefix(ID).partition('#')[0]}.{form}", profile=profile)


def record_iri(kind: str, slug: str) -> str:
    """The IRI of a record."""
    return f"{ID}{kind}/{slug}"


@lru_cache(1 << 14)
def curie(iri: str) -> str:
    """``iri`` shortened with a known prefix, or as it is."""
    for prefix, namespace in _BY_LENGTH:
        local = iri.removeprefix(namespace)
        if local != iri and "/" not in local:
            return f"{prefix}:{local}"
    return f"wsic…/{iri.removeprefix(BASE)}" if iri.startswith(BASE) else iri


def address(path: str, /, **values: object) -> str:
    """``path`` with the ``values`` that are not empty as its query."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def address_of_many(path: str, /, **values: Iterable[str]) -> str:
    """``path`` with every value of every name as its query: ``/compare?initiative=a&initiative=b``."""
    given = [(name, value) for name, found in values.items() for value in found if value]
    return f"{path}?{urlencode(given)}" if given else path


def editor_address(query: Query, bindings: Bindings) -> str:
    """The path of the editor with the text of a saved query in it and its parameters bound."""
    before, block, after = bound(query.text, bindings)
    return f"/sparql?query={_quoted(before)}{quote_plus(block)}{_quoted(after)}"


@lru_cache(512)
def _quoted(text: str) -> str:
    """``text`` as a piece of an address: those of saved queries come again on every page."""
    return quote_plus(text)
