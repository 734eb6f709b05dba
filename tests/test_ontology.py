"""The ontology, its schemes, shapes and context: complete, consistent, and all of it used."""

from __future__ import annotations

import json
from pathlib import Path

import owlrl
import pyoxigraph as ox
import pytest
from rdflib import OWL, RDF, RDFS, SH, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from wsic_graph.content import ROOT
from wsic_graph.namespaces import BASE, ONTOLOGY, PREFIXES, SCHEMES, graph_iri

DC = Namespace(PREFIXES["dc"])
SCHEMA = Namespace(PREFIXES["schema"])
ERR = Namespace("http://www.daml.org/2002/03/agents/agent-ont#")


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(ROOT / "ontology" / "wsic.ttl")


@pytest.fixture(scope="module")
def shapes() -> Graph:
    graph = Graph()
    for path in sorted((ROOT / "ontology" / "shapes").glob("*.ttl")):
        graph.parse(path)
    return graph


def own_terms(ontology: Graph) -> set[URIRef]:
    return {s for s in ontology.subjects(RDF.type) if isinstance(s, URIRef) and s.startswith(ONTOLOGY)}


def test_every_term_explains_itself(ontology: Graph, shapes: Graph) -> None:
    constrained = set(shapes.objects(None, SH.path))
    for term in own_terms(ontology):
        assert len(list(ontology.objects(term, RDFS.label))) == 1, term
        assert len(list(ontology.objects(term, SKOS.definition))) == 1, term
        sourced = set(ontology.objects(term, DC.source)) | set(ontology.objects(term, SKOS.editorialNote))
        assert sourced, f"{term} has neither source nor rationale"
        if (term, RDF.type, OWL.Class) not in ontology:
            placed = {RDFS.domain, SCHEMA.domainIncludes} & set(ontology.predicates(term))
            assert placed, f"{term} does not say where it is used"
            ranged = list(ontology.objects(term, RDFS.range))
            assert ranged or term in constrained, f"{term} has neither range nor shape"


def test_ontology_is_rl_and_says_who_and_what(ontology: Graph) -> None:
    node = URIRef(ONTOLOGY.rstrip("#"))
    assert (node, RDF.type, OWL.Ontology) in ontology
    for prefixed in ("owl:versionIRI", "dcterms:license", "dcterms:creator", "dcterms:title"):
        prefix, name = prefixed.split(":")
        assert ontology.value(node, URIRef(PREFIXES[prefix] + name)), prefixed
    assert not [s for s in ontology.subjects() if isinstance(s, BNode)], "class expressions are kept out: OWL 2 RL"
    allowed = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.TransitiveProperty, OWL.Ontology}
    cube = {URIRef(PREFIXES["qb"] + name) for name in ("DimensionProperty", "CodedProperty")}
    assert set(ontology.objects(None, RDF.type)) <= allowed | cube
    datatypes = {str(o) for o in ontology.objects(None, RDFS.range) if str(o).startswith((str(XSD), str(RDF)))}
    rl = {str(XSD) + name for name in ("string", "decimal", "integer", "boolean")} | {str(RDF.PlainLiteral)}
    assert datatypes <= rl, "a range outside the OWL 2 datatype map"
    profile = Graph().parse(ROOT / "ontology" / "profile.ttl")
    declared = set(ontology.subjects(RDF.type)) | set(profile.subjects(RDF.type))
    for axiom in (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain):
        assert set(ontology.objects(None, axiom)) <= declared, axiom


def sample(store: ox.Store) -> Graph:
    """Every record of every kind but the observations, of which a few hundred stand for all."""
    graph = Graph()
    kept = 0
    for quad in store:
        assert isinstance(quad.subject, ox.NamedNode)
        if quad.graph_name == ox.NamedNode(graph_iri("observations")):
            kept += 1
            if not quad.subject.value.startswith(f"{BASE}id/observation/E0600002"):
                continue
        if quad.graph_name == ox.NamedNode(graph_iri("shapes")):
            continue
        graph.add((URIRef(quad.subject.value), URIRef(quad.predicate.value), rdflib_term(quad.object)))
    assert kept > 100_000
    return graph


def rdflib_term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> URIRef | Literal:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    assert isinstance(term, ox.Literal)
    if term.language:
        return Literal(term.value, lang=term.language)
    return Literal(term.value, datatype=URIRef(term.datatype.value))


def problems_of(graph: Graph) -> list[str]:
    """What OWL 2 RL reasoning objects to in ``graph`` (which it extends)."""
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(graph)
    return [str(text) for text in graph.objects(None, ERR.error)]


def domains_and_ranges(graph: Graph) -> list[str]:
    """Individuals that domains and ranges make members of two disjoint classes.

    The full closure over the whole graph takes minutes; these are the RL rules
    (prp-dom, prp-rng, cax-sco, cax-dw) by which this ontology can be violated.
    """
    supers: dict[URIRef, set[URIRef]] = {}
    for name in set(graph.subjects(RDF.type, OWL.Class)) | set(graph.objects(None, RDFS.subClassOf)):
        assert isinstance(name, URIRef)
        supers[name] = {c for c in graph.transitive_objects(name, RDFS.subClassOf) if isinstance(c, URIRef)}
    types: dict[object, set[URIRef]] = {}
    domain = dict(graph.subject_objects(RDFS.domain))
    range_ = dict(graph.subject_objects(RDFS.range))
    for s, p, o in graph:
        if p == RDF.type:
            types.setdefault(s, set()).update(supers.get(URIRef(str(o)), {URIRef(str(o))}))
        if p in domain:
            types.setdefault(s, set()).update(supers.get(URIRef(str(domain[p])), set()))
        if p in range_ and isinstance(o, URIRef):
            types.setdefault(o, set()).update(supers.get(URIRef(str(range_[p])), set()))
    disjoint = [(a, b) for a, b in graph.subject_objects(OWL.disjointWith)]
    return [f"{s}: {a} and {b}" for s, found in types.items() for a, b in disjoint if a in found and b in found]


def test_data_is_consistent_with_the_ontology(store: ox.Store) -> None:
    graph = sample(store)
    assert not domains_and_ranges(graph)


def test_ontology_and_a_record_of_each_kind_are_rl_consistent(ontology: Graph) -> None:
    graph = Graph()
    for triple in ontology:
        graph.add(triple)
    for name in ("initiatives/torbay-care-trust", "value_cases/torbay", "evidence/iau-2017-rushcliffe-care-homes"):
        graph.parse(ROOT / "graph_data" / f"{name}.ttl")
    assert problems_of(graph) == []


def test_the_reasoner_would_notice_a_contradiction(ontology: Graph) -> None:
    graph = Graph()
    for triple in ontology:
        graph.add(triple)
    thing = URIRef(BASE + "id/initiative/impossible")
    graph.add((thing, RDF.type, URIRef(ONTOLOGY + "Initiative")))
    graph.add((thing, RDF.type, URIRef(ONTOLOGY + "Area")))
    assert domains_and_ranges(graph)
    assert problems_of(graph)


def test_no_term_is_declared_and_unused(ontology: Graph, store: ox.Store) -> None:
    used = {q.predicate.value for q in store}
    typed = store.quads_for_pattern(None, ox.NamedNode(str(RDF.type)), None)
    used |= {quad.object.value for quad in typed if isinstance(quad.object, ox.NamedNode)}
    abstract = {
        str(parent)
        for term in own_terms(ontology)
        if str(term) in used
        for parent in ontology.transitive_objects(term, RDFS.subClassOf)
    }
    of_users = {"ExistingService", "agreedBenefit", "delivers", "hasEnabler"}  # for data that are never published
    said = {"DoneElsewhere", "UsefulnessCount", "answeredNo", "answeredPartly", "answeredYes"}  # come with what is said
    assert {str(t) for t in own_terms(ontology)} - used - abstract == {f"{ONTOLOGY}{name}" for name in of_users | said}
    profile = Graph().parse(ROOT / "ontology" / "profile.ttl")
    supers = {str(o) for p in (RDFS.subClassOf, RDFS.subPropertyOf) for o in ontology.objects(None, p)}
    later = {"oa:hasBody", "oa:hasTarget", "oa:motivatedBy", "rdf:value", "dcterms:valid"}  # come with what is said
    prov = ("Agent", "endedAtTime", "generated", "generatedAtTime", "invalidated", "specializationOf",
            "wasAssociatedWith", "wasAttributedTo", "wasRevisionOf")  # fmt: skip
    later |= {f"prov:{name}" for name in prov} | {"foaf:name", "schema:version"}  # come with what is accepted
    names = {PREFIXES[name.partition(":")[0]] + name.partition(":")[2] for name in later}
    assert {str(t) for t in profile.subjects(RDF.type)} - used - supers - {PREFIXES["oa"] + "Annotation"} == names


@pytest.mark.parametrize("scheme", [*SCHEMES, "question"])
def test_scheme_is_complete(scheme: str, store: ox.Store) -> None:
    node = ox.NamedNode(f"{BASE}scheme/{scheme}")
    concepts = {q.subject for q in store.quads_for_pattern(None, ox.NamedNode(str(SKOS.inScheme)), node)}
    assert concepts, f"the scheme {scheme} is empty"

    def values(concept: ox.NamedNode, name: str) -> list[ox.Quad]:
        return list(store.quads_for_pattern(concept, ox.NamedNode(PREFIXES["skos"] + name), None))

    for concept in concepts:
        assert isinstance(concept, ox.NamedNode)
        assert len(values(concept, "prefLabel")) == 1, concept
        assert values(concept, "definition"), concept
        assert values(concept, "scopeNote"), concept
        broader = values(concept, "broader")
        assert bool(broader) != bool(values(concept, "topConceptOf")), (
            f"{concept} is a top concept or has a broader one"
        )
        for quad in broader + values(concept, "related"):
            assert quad.object in concepts, f"{concept} reaches out of its scheme"


def test_every_class_of_the_data_has_a_closed_shape(store: ox.Store, shapes: Graph) -> None:
    targets = {str(t) for t in shapes.objects(None, SH.targetClass)}
    for shape, message in shapes.subject_objects(SH.message):
        assert len(str(message)) > 20, shape
    for property_shape in shapes.subjects(RDF.type, SH.PropertyShape):
        if str(shapes.value(property_shape, SH.path)) != str(RDF.type):
            assert shapes.value(property_shape, SH.message), property_shape
    data = {
        q.object.value
        for q in store.quads_for_pattern(None, ox.NamedNode(str(RDF.type)), None)
        if isinstance(q.subject, ox.NamedNode)
        and q.subject.value.startswith(f"{BASE}id/")
        and isinstance(q.object, ox.NamedNode)
        and q.object.value.startswith(ONTOLOGY)
    }
    assert data <= targets


def test_every_figure_must_carry_its_basis_and_its_source(ontology: Graph, shapes: Graph) -> None:
    figure = URIRef(ONTOLOGY + "Figure")
    for cls in own_terms(ontology):
        if cls == figure or figure not in set(ontology.transitive_objects(cls, RDFS.subClassOf)):
            continue
        shape = shapes.value(None, SH.targetClass, cls)
        if shape is None:
            assert list(ontology.subjects(RDFS.subClassOf, cls)), f"{cls} has neither shape nor subclass"
            continue
        required = {
            str(shapes.value(p, SH.path))
            for p in shapes.objects(shape, SH.property)
            if int(str(shapes.value(p, SH.minCount) or 0)) > 0
        }
        assert ONTOLOGY + "basis" in required, f"{cls} may lack a basis"


CONTEXT = json.loads((ROOT / "ontology" / "context.jsonld").read_text(encoding="utf-8"))["@context"]
SAMPLES = sorted(
    path.relative_to(ROOT / "graph_data").as_posix()
    for pattern in ("initiatives/a*.ttl", "value_cases/*.ttl", "evidence/k*.ttl", "plan/*.ttl", "*.ttl")
    for path in (ROOT / "graph_data").glob(pattern)
)


@pytest.mark.parametrize("name", SAMPLES)
def test_records_survive_json_ld_with_our_context(name: str) -> None:
    graph = Graph().parse(ROOT / "graph_data" / name)
    text = graph.serialize(format="json-ld", context=CONTEXT, use_native_types=True)
    assert isomorphic(graph, Graph().parse(data=text, format="json-ld"))


def test_context_names_every_field_a_shape_knows(shapes: Graph) -> None:
    def expand(value: object) -> str:
        text = value["@id"] if isinstance(value, dict) else str(value)
        prefix, _, name = str(text).partition(":")
        return f"{CONTEXT[prefix]}{name}" if prefix in CONTEXT else str(text)

    known = {expand(value) for key, value in CONTEXT.items() if not key.startswith("@")}
    paths = {str(p) for p in shapes.objects(None, SH.path)} - {str(RDF.type)}
    assert paths <= known


def test_prefixes_are_the_files() -> None:
    files = {path.stem for path in Path(ROOT / "ontology" / "schemes").glob("*.ttl")}
    assert files == {*SCHEMES, "question"}
