"""The ontology, its shapes and schemes over true HTTP: every term has its place, every format says the same."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from tests.site_fixtures import serve
from tests.test_site import Page, ask, count, text_of
from wsic_graph.content import ROOT
from wsic_graph.namespaces import BASE, PREFIXES, SCHEMES
from wsic_graph.service.links import page_of, term_anchor
from wsic_graph.vocabulary.diagram import ClassLink, draw
from wsic_graph.vocabulary.layers import crossings, ordered, spread, without_circles
from wsic_graph.vocabulary.terms import Vocabulary, read_vocabulary

READERS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}
MEDIA = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}
DOCUMENTS = ("/ontology", "/shapes", "/scheme/unit", "/scheme/unit/percent", "/scheme/question")
PREFIX_LINES = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    """A client of the site."""
    with serve(release) as client:
        yield client


@pytest.fixture(scope="module")
def ontology(site: httpx.Client) -> str:
    """The page of the ontology."""
    return page(site, "/ontology")


def page(site: httpx.Client, path: str) -> str:
    """The page at ``path``."""
    response = site.get(path)
    assert response.status_code == 200, path
    assert response.headers["content-type"].startswith("text/html"), path
    return response.text


def triples(response: httpx.Response, form: str) -> set[str]:
    """The statements of an answer. Language tags are compared without regard to case, as RDF has it."""
    assert response.status_code == 200, response.url
    found = ox.parse(response.content, format=READERS[form], base_iri=BASE)
    return {str(quad.triple) for quad in found}


def article(html: str, name: str) -> str:
    """What the page of the ontology says of the term ``name``."""
    match = re.search(rf'<article class="term" id="{name}".*?</article>', html, re.DOTALL)
    assert match, f"the page has no {name}"
    return match[0]


# ------------------------------------------------------------------- data


def test_turtle_is_the_file_that_is_maintained(site: httpx.Client) -> None:
    assert site.get("/ontology.ttl").content == (ROOT / "ontology" / "wsic.ttl").read_bytes()
    for name in SCHEMES:
        file = ROOT / "ontology" / "schemes" / f"{name}.ttl"
        assert site.get(f"/scheme/{name}.ttl").content == file.read_bytes(), name


def test_shapes_are_all_the_files(site: httpx.Client) -> None:
    files = ox.Store()  # which writes 1.0 and 1 alike, as the site does
    for path in (ROOT / "ontology" / "shapes").glob("*.ttl"):
        files.load(path=str(path), format=ox.RdfFormat.TURTLE)
    kept = {str(quad.triple) for quad in files}
    assert len(kept) > 4_000
    assert triples(site.get("/shapes.ttl"), "ttl") == kept


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_format_says_the_same(path: str, site: httpx.Client) -> None:
    first = triples(site.get(f"{path}.ttl"), "ttl")
    assert first
    for form, media in MEDIA.items():
        for response in (site.get(f"{path}.{form}"), site.get(path, headers={"Accept": media})):
            assert response.headers["content-type"].partition(";")[0] == media
            assert response.headers["content-location"] == f"{path}.{form}"
            assert triples(response, form) == first, f"{path} as {form}"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_accept_header_decides(path: str, site: httpx.Client) -> None:
    for accept, media in [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/html;q=0.5, text/turtle", "text/turtle"),
        ("text/turtle;q=0, application/rdf+xml", "application/rdf+xml"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
    ]:
        response = site.get(path, headers={"Accept": accept})
        assert (response.status_code, response.headers["content-type"].partition(";")[0]) == (200, media), accept
        assert "accept" in response.headers["vary"].lower()
    refused = site.get(path, headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert "text/turtle" in refused.text
    assert page(site, f"{path}.html") == page(site, path)


def test_links_tell_of_the_other_formats(site: httpx.Client) -> None:
    for path in DOCUMENTS:
        for response in (site.get(path), site.get(f"{path}.ttl")):
            link = response.headers["link"]
            assert f'{path}>; rel="canonical"' in link
            assert f'<{BASE}{path.lstrip("/")}>; rel="cite-as"' in link
            assert '; rel="license"' in link
            offered = dict(re.findall(r'<([^>]+)>; rel="alternate"; type="([^"]+)"', link))
            assert {f"{path}.{form}": media for form, media in MEDIA.items()}.items() <= offered.items()
            assert offered.items() >= {(f"{path}.html", "text/html")}
        assert f'<link rel="alternate" type="text/turtle" href="{path}.ttl">' in site.get(path).text


def test_unchanged_documents_are_not_sent_again(site: httpx.Client) -> None:
    for path in ("/ontology", "/scheme/unit.csv", "/scheme/unit/percent.json"):
        tag = site.get(path).headers["etag"]
        assert site.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_scheme_comes_as_a_table_and_as_json(site: httpx.Client, store: ox.Store) -> None:
    rows = list(csv.DictReader(io.StringIO(site.get("/scheme/intervention.csv").text)))
    found = site.get("/scheme/intervention", headers={"Accept": "application/json"})
    assert found.headers["content-type"] == "application/json"
    concepts = {item["iri"]: item for item in found.json()["concepts"]}
    kept = ask(store, "SELECT ?c ?l WHERE { ?c skos:inScheme scheme:intervention ; skos:prefLabel ?l }")
    assert {(row["concept"], row["label"]) for row in rows} == {(c, label) for c, label in kept}
    assert {(iri, item["label"]) for iri, item in concepts.items()} == {(c, label) for c, label in kept}
    wards = concepts[f"{BASE}scheme/intervention/virtual-wards"]
    assert wards["uses"] == count(store, "?x wsic:intervention intervention:virtual-wards")
    below = ask(store, "SELECT ?c WHERE { ?c skos:broader intervention:virtual-wards }")
    assert {item for (item,) in below} == set(wards["narrower"])
    single = json.loads(site.get("/scheme/intervention/virtual-wards.json").text)
    assert single["skos:prefLabel"] == [wards["label"]]
    assert set(single["skos:narrower"]) == set(wards["narrower"])


# ------------------------------------------------------------------ pages


def test_every_term_has_the_anchor_that_its_iri_leads_to(ontology: str, site: httpx.Client, store: ox.Store) -> None:
    ids = {"/ontology": set(Page(ontology).ids), "/shapes": set(Page(page(site, "/shapes")).ids)}
    for graph in ("ontology", "shapes"):
        terms = [
            row[0] for row in ask(store, f"SELECT DISTINCT ?t WHERE {{ GRAPH <{BASE}graph/{graph}> {{ ?t a ?k }} }}")
        ]
        assert len(terms) > 180
        for term in terms:
            if not term.startswith(BASE):
                assert term_anchor(term) in ids["/ontology"], term
            elif "#" in term:
                path, _, name = str(page_of(term)).partition("#")
                assert path == f"/{graph}" and name in ids[path], term
    assert page_of(f"{BASE}ontology") == "/ontology"


def test_every_scheme_and_concept_has_a_page(site: httpx.Client, store: ox.Store) -> None:
    for scheme, concept in ask(
        store, "SELECT ?s (MIN(?c) AS ?first) WHERE { ?c skos:inScheme ?s } GROUP BY ?s ORDER BY ?s"
    ):
        label, definition = ask(store, f"SELECT ?l ?d WHERE {{ <{concept}> skos:prefLabel ?l ; skos:definition ?d }}")[
            0
        ]
        above = text_of(page(site, str(page_of(scheme))))
        assert scheme in above and label in above and re.sub(r"\s+", " ", definition) in above
        assert f"{count(store, f'?c skos:inScheme <{scheme}>'):,}" in above
        if concept.startswith(scheme):
            own = text_of(page(site, str(page_of(concept))))
            assert concept in own and label in own and re.sub(r"\s+", " ", definition) in own


def test_a_class_is_described_in_full(ontology: str, store: ox.Store) -> None:
    for name in ("Result", "EffectEstimate", "Observation", "Record"):
        text = text_of(article(ontology, name))
        for (said,) in ask(
            store,
            f"SELECT ?v WHERE {{ wsic:{name} rdfs:label|skos:definition|skos:scopeNote|dc:source ?v }}",
        ):
            assert said in text
        for (parent,) in ask(store, f"SELECT ?c WHERE {{ wsic:{name} rdfs:subClassOf ?c }}"):
            assert f'href="/ontology#{term_anchor(parent)}"' in article(ontology, name)
        used = count(store, f"?x a wsic:{name}")
        assert f"{used:,} things" in text if used else "no thing is only this" in text
    below = count(
        store, "?x a/rdfs:subClassOf* wsic:Figure FILTER(STRSTARTS(STR(?x), STR(<https://w3id.org/wsic/id/>)))"
    )
    assert f"{below:,} with its kinds" in text_of(article(ontology, "Figure"))


def test_things_have_one_class_of_our_own(store: ox.Store) -> None:
    """On which the counts with all kinds rest."""
    own = "?x a ?a, ?b . ?a rdfs:isDefinedBy <https://w3id.org/wsic/ontology> . ?b rdfs:isDefinedBy ?o"
    assert count(store, f"{own} FILTER(?o = <https://w3id.org/wsic/ontology> && ?a != ?b)") == 0


def test_fields_of_a_class_are_those_of_its_shape(ontology: str, store: ox.Store) -> None:
    text = text_of(article(ontology, "Finding"))
    for field, least, most in ask(
        store,
        "SELECT ?n ?least ?most WHERE { ?s sh:targetClass wsic:Finding ; sh:property ?p . ?p sh:name ?n "
        "OPTIONAL { ?p sh:minCount ?least } OPTIONAL { ?p sh:maxCount ?most } }",
    ):
        mark = least if least == most else f"{least or 0}..{most or '*'}"
        assert f"{field} {mark}" in text


def test_a_property_says_what_it_links_and_how_often(ontology: str, store: ox.Store) -> None:
    html = article(ontology, "outcome")
    assert 'href="/scheme/outcome"' in html and 'href="/shapes#Finding-outcome"' in html
    assert f"{count(store, '?x wsic:outcome ?o'):,} statements" in text_of(html)
    domain = article(ontology, "supersededBy")
    assert 'href="/ontology#Resource"' in domain and 'href="/ontology#dcterms-isReplacedBy"' in domain


def test_examples_are_true(ontology: str, site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/ontology/examples").text
    examples = re.findall(r'aria-label="Turtle of ([^"]+)">(.*?)</pre>.*?href="/data/([^"]+)\.ttl"', html, re.DOTALL)
    assert ontology.count('href="/ontology/examples#') == len(examples)
    own = "?c rdfs:isDefinedBy <https://w3id.org/wsic/ontology> . FILTER EXISTS { ?x a ?c }"
    assert len(examples) == count(store, own)
    for _, text, record in examples:
        turtle = text.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&#39;", "'")
        found = list(
            ox.parse(
                (PREFIX_LINES + turtle.replace("&amp;", "&")).encode(),
                format=ox.RdfFormat.TURTLE,
                base_iri=f"{BASE}id/{record}",
            )
        )
        assert found
        for quad in found:
            if isinstance(quad.object, ox.Literal) and quad.object.value.endswith(" …"):
                values = [
                    q.object.value
                    for q in store.quads_for_pattern(quad.subject, quad.predicate, None)
                    if isinstance(q.object, ox.Literal)
                ]
                assert any(value.startswith(quad.object.value.removesuffix(" …")) for value in values), quad
            else:
                assert next(store.quads_for_pattern(quad.subject, quad.predicate, quad.object), None), quad


def test_rules_are_told_in_words(site: httpx.Client, store: ox.Store) -> None:
    html = page(site, "/shapes")
    text = text_of(html)
    for (message,) in ask(store, "SELECT ?m WHERE { ?p a sh:PropertyShape ; sh:message ?m }"):
        assert re.sub(r"\s+", " ", message) in text
    for name, words in {
        "Finding-outcome": "exactly one a concept of the scheme Outcomes",
        "Initiative-area": "at least one a record: area",
        "Initiative-result": "any number a part of the same record that matches #[a-z0-9-]+$",
        "Finding-confidenceLevel": "at most one a whole number, at least 50, at most 99",
        "Initiative-startDate": "at most one a year that matches ^(19[0-9][0-9]|20[0-3][0-9])$",
    }.items():
        row = re.search(rf'<tr role="row" id="{name}".*?</tr>', html, re.DOTALL)
        assert row and words in text_of(row[0]), name


def test_a_scheme_is_a_tree(site: httpx.Client) -> None:
    html = page(site, "/scheme/intervention")
    wards = html.index('id="virtual-wards"')
    inner = html.index('<ul class="concepts">', wards)
    assert inner < html.index('id="acute-virtual-wards"') < html.index("</ul>", inner)
    assert "Also called: " in html


def test_a_concept_names_what_uses_it(site: httpx.Client, store: ox.Store) -> None:
    html = page(site, "/scheme/outcome/emergency-admissions")
    for kind, predicate in (("evidence", "wsic:finding/wsic:outcome"), ("initiative", "wsic:result/wsic:outcome")):
        query = f"SELECT DISTINCT ?x WHERE {{ ?x {predicate} outcome:emergency-admissions }}"
        total = len(ask(store, query))
        assert total > 24
        assert f"{total} records by outcome" in text_of(html)
        shown = set(re.findall(rf'<li><a href="(/{kind}s?/[^"#]+)"', html))
        assert len(shown) == 24 and shown <= {page_of(row[0]) for row in ask(store, query)}
        link = re.search(rf'href="(/queries/ontology/[^"]+kind={kind})"', html)
        assert link
        answer = site.get(link[1].replace("&amp;", "&") + "&format=json").json()
        assert {row["record"]["value"] for row in answer["results"]["bindings"]} == {r[0] for r in ask(store, query)}
    for path in ("/scheme/unit/money", "/scheme/share-basis/elicited"):
        assert count(store, f"?x ?p <{BASE}{path.lstrip('/')}> FILTER(?p != skos:broader && ?p != skos:related)") == 0
        assert "No record uses it" in page(site, path)
    assert "look at the narrower concepts" in page(site, "/scheme/unit/money")


def test_matches_elsewhere_are_links(site: httpx.Client, store: ox.Store) -> None:
    concept, match = ask(store, "SELECT ?c ?m WHERE { ?c skos:exactMatch ?m ; skos:inScheme scheme:unit } ORDER BY ?c")[
        0
    ]
    assert f'<a href="{match}" rel="external">' in page(site, str(page_of(concept)))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/ontology/Initiativ", "no term called “Initiativ”. Near names are: Initiative"),
        ("/scheme/outcom", "no concept scheme called “outcom”. Near names are: outcome"),
        ("/scheme/outcome/fals", "“Outcomes” has no concept called “fals”. Near names are: falls"),
        ("/scheme/intervention/ward", "virtual-wards"),
        ("/scheme/outcome/x%3E%20y", "has no concept called “x> y”."),
        ("/ontology.xyz", "does not come as .xyz. It comes as: .html, .ttl"),
    ],
)
def test_what_is_not_there_is_named(path: str, words: str, site: httpx.Client) -> None:
    response = site.get(path)
    assert response.status_code == 404
    assert words in text_of(response.text)
    detail = site.get(path, headers={"Accept": "application/json"})
    assert detail.status_code == 404 and words in detail.json()["detail"]


def test_short_ways_to_terms_and_versions(site: httpx.Client) -> None:
    assert site.get("/ontology/Finding").headers["location"] == "/ontology#Finding"
    assert site.get("/scheme").headers["location"] == "/ontology#concept-schemes"
    assert site.get("/ontology/1.0.0.ttl").content == site.get("/ontology.ttl").content
    assert page_of(f"{BASE}ontology/1.0.0") == "/ontology/1.0.0"


def test_the_page_is_light_enough(ontology: str, site: httpx.Client) -> None:
    assert len(ontology.encode()) < 500_000
    assert len(page(site, "/shapes").encode()) < 500_000


# ---------------------------------------------------------------- diagram


def test_the_diagram_shows_each_link_of_the_data(ontology: str, store: ox.Store) -> None:
    svg = ontology[ontology.index("<svg viewBox=") : ontology.index("</svg>", ontology.index("<svg viewBox="))]
    links = ask(
        store,
        """SELECT ?from ?p ?to (COUNT(*) AS ?n) WHERE { ?x a ?from ; ?p ?y . ?y a ?to .
        FILTER(STRSTARTS(STR(?from), STR(wsic:)) && STRSTARTS(STR(?to), STR(wsic:)))
        FILTER(?p NOT IN (dcterms:source, dcterms:references, wsic:groundedIn)) } GROUP BY ?from ?p ?to""",
    )
    assert svg.count('class="link"') == sum(1 for a, _, b, _ in links if a != b)
    table = text_of(ontology[ontology.index("The same as a table") :])
    for source, predicate, target, number in links:
        names = [iri.rsplit("#", 1)[-1] for iri in (source, target)]
        for name in names:
            assert f">{name}</text>" in svg
        assert re.search(rf"{names[0]} \S*{re.split('[#/]', predicate)[-1]} {names[1]} {int(number):,} ", table)


def vocabulary(*names: str) -> Vocabulary:
    """A vocabulary of classes without more about them."""
    wsic, rdf, owl = PREFIXES["wsic"], PREFIXES["rdf"], PREFIXES["owl"]
    rows = [{"term": f"{wsic}{n}", "property": f"{rdf}type", "value": f"{owl}Class"} for n in names]
    about = {"term": wsic.rstrip("#"), "property": f"{rdf}type", "value": f"{owl}Ontology"}
    return read_vocabulary([*rows, about], [], [])


def test_boxes_stand_apart_and_the_drawing_is_always_the_same() -> None:
    names = [f"C{number}" for number in range(14)]
    pairs = [(a, b) for a in range(14) for b in range(14) if (a * 7 + b * 5) % 11 == 3]
    known = vocabulary(*names)
    iris = [known.terms[f"{PREFIXES['wsic']}{name}"].iri for name in names]
    links = [ClassLink(iris[a], known.ontology.iri, iris[b], 1) for a, b in pairs]
    drawn = draw(known, links)
    assert drawn == draw(known, list(reversed(links)))
    for first in drawn.boxes:
        for second in drawn.boxes:
            a, b = first.frame, second.frame
            apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
            assert first is second or apart
        assert first.frame.x + first.frame.width <= drawn.width
        assert first.frame.y >= 0 and first.frame.y + first.frame.height <= drawn.height
    assert len(drawn.paths) == sum(1 for a, b in pairs if a != b)


def test_layout_pieces() -> None:
    assert without_circles("abc", [("a", "b"), ("b", "c"), ("c", "a")])[("c", "a")] == ("a", "c")
    assert spread([0, 0, 100], [10, 10, 10], 2) == [-6, 6, 100]
    columns, edges = [["a", "b"], ["c", "d"]], [("a", "d"), ("b", "c")]
    assert crossings(columns, {"a": ["d"], "b": ["c"]}) == 1
    assert crossings(ordered(columns, edges), {"a": ["d"], "b": ["c"]}) == 0
