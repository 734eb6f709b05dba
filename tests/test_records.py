"""Records as linked data, over true HTTP: addresses, formats, profiles, links, schema.org, suggestions."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from html import unescape
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pyoxigraph as ox
import pytest
from rdflib import Graph

from tests.site_fixtures import serve
from wsic_graph.cells import unguarded
from wsic_graph.content import ROOT
from wsic_graph.engine.bind import bind_terms
from wsic_graph.formats import Format
from wsic_graph.namespaces import ID, ONTOLOGY, PREFIXES, graph_iri
from wsic_graph.queries import get_query, load_query
from wsic_graph.records.documents import COLUMNS, DOCUMENTS, write_document
from wsic_graph.records.profiles import PROFILES, RECORD, Profile, profiles_of
from wsic_graph.records.tree import schema_block
from wsic_graph.service.links import page_of
from wsic_graph.service.pages import make_templates

CONTEXT = json.loads((ROOT / "ontology" / "context.jsonld").read_text(encoding="utf-8"))["@context"]
TORBAY = "initiative/torbay-care-trust"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SCHEMA = PREFIXES["schema"]
TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
OBSERVATION = ox.NamedNode(f"{ONTOLOGY}Observation")
NAMES = {TYPE, *(ox.NamedNode(PREFIXES[p] + n) for p, n in (("dcterms", "title"), ("skos", "prefLabel")))}
FORMATS = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML}

Triples = set[ox.Triple]


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    with serve(release) as client:
        yield client


def text(term: object) -> str:
    """The IRI or the words of a term."""
    return str(getattr(term, "value", term))


def quads_but_observations(store: ox.Store) -> Iterator[Any]:
    """What the graph holds outside the nine tenths that are observations."""
    for graph in store.named_graphs():
        if graph != ox.NamedNode(graph_iri("observations")):
            yield from store.quads_for_pattern(None, None, None, graph)


@pytest.fixture(scope="module")
def records(store: ox.Store) -> dict[str, Triples]:
    """The statements of every record (of observations only a few), by IRI.

    They are those whose subject is the IRI or a hash IRI of it.
    """
    found: dict[str, Triples] = {}
    for quad in quads_but_observations(store):
        if quad.subject.value.startswith(ID):
            found.setdefault(quad.subject.value.partition("#")[0], set()).add(quad.triple)
    for typed in islice(store.quads_for_pattern(None, TYPE, OBSERVATION), 5):
        found[text(typed.subject)] = {quad.triple for quad in store.quads_for_pattern(typed.subject, None, None)}
    return found


@pytest.fixture(scope="module")
def samples(records: dict[str, Triples]) -> dict[str, str]:
    """The largest record of every kind."""
    found: dict[str, str] = {}
    for iri in sorted(records, key=lambda iri: (-len(records[iri]), iri)):
        found.setdefault(iri.removeprefix(ID).partition("/")[0], iri)
    assert len(found) >= 20
    return found


def data(iri: str, form: str, profile: str = "") -> str:
    return f"/data/{iri.removeprefix(ID)}.{form}" + (f"?profile={profile}" if profile else "")


def read(response: httpx.Response, form: str) -> Triples:
    assert response.status_code == 200, response.text
    return {quad.triple for quad in ox.parse(response.content, format=FORMATS[form])}


def expand(tree: Any, context: Any = CONTEXT) -> Triples:
    """The statements of a JSON-LD document, with ``context`` in place of the one that it names."""
    text = json.dumps({**tree, "@context": context})
    by_engine = {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.JSON_LD)}
    by_rdflib = Graph().parse(data=text, format="json-ld").serialize(format="nt")
    assert {quad.triple for quad in ox.parse(by_rdflib, format=ox.RdfFormat.N_TRIPLES)} == by_engine
    return by_engine


def links(response: httpx.Response) -> list[tuple[str, dict[str, str]]]:
    """The links of a Link header with their attributes."""
    found = re.findall(r"<([^>]*)>((?:; [a-z]+=\"[^\"]*\")*)", response.headers["link"])
    return [(target, dict(re.findall(r'([a-z]+)="([^"]*)"', more))) for target, more in found]


def block(html: str) -> Any:
    """The schema.org block of a page."""
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return json.loads(found)


def run(store: ox.Store, text: str, **values: ox.NamedNode) -> Any:
    bound = bind_terms(text, {ox.Variable(name): value for name, value in values.items()})
    return store.query(bound, use_default_graph_as_union=True)


# -------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("accept", "target"),
    [
        (BROWSER, "/initiatives/torbay-care-trust"),
        ("", "/initiatives/torbay-care-trust"),
        ("text/turtle", f"/data/{TORBAY}.ttl"),
        ("application/n-triples", f"/data/{TORBAY}.nt"),
        ("application/ld+json", f"/data/{TORBAY}.jsonld"),
        ("application/json", f"/data/{TORBAY}.json"),
        ("application/rdf+xml", f"/data/{TORBAY}.rdf"),
        ("text/csv", f"/data/{TORBAY}.csv"),
        ("text/csv;q=0.4, application/rdf+xml;q=0.6, text/html;q=0.5", f"/data/{TORBAY}.rdf"),
        ("text/html;q=0, application/*", f"/data/{TORBAY}.jsonld"),
        ("*/*;q=0.1, text/html;q=0", f"/data/{TORBAY}.ttl"),
    ],
)
def test_identifiers_lead_where_the_client_would_rather_go(accept: str, target: str, site: httpx.Client) -> None:
    for path in (f"/id/{TORBAY}", f"/data/{TORBAY}"):
        response = site.get(path, headers={"Accept": accept})
        assert (response.status_code, response.headers["location"]) == (303, target)
    assert site.get(f"/id/{TORBAY}").headers["vary"] == "Accept"


def test_nothing_acceptable_lists_what_is_offered(site: httpx.Client) -> None:
    response = site.get(f"/id/{TORBAY}", headers={"Accept": "image/png"})
    assert response.status_code == 406
    for form in DOCUMENTS.values():
        assert form.media_type in response.text
    assert site.get(f"/id/{TORBAY}", headers={"Accept": "text/html;q=0"}).status_code == 406


def test_the_profile_is_carried_along(site: httpx.Client) -> None:
    def goes(accept: str, profile: str) -> str:
        response = site.get(f"/id/{TORBAY}", params={"profile": profile}, headers={"Accept": accept})
        assert response.status_code == 303
        return str(response.headers["location"])

    assert goes("text/turtle", "schema") == f"/data/{TORBAY}.ttl?profile=schema"
    assert goes("*/*", "schema") == f"/data/{TORBAY}.ttl?profile=schema"
    assert goes(BROWSER, "schema") == "/initiatives/torbay-care-trust?profile=schema"
    assert site.get(f"/id/{TORBAY}?profile=unknown").status_code == 404
    by_iri = goes("application/ld+json", SCHEMA)
    assert site.get(by_iri).json() == site.get(data(ID + TORBAY, "jsonld", "schema")).json()


def test_every_kind_of_identifier_leads_to_a_page_and_to_data(site: httpx.Client, samples: dict[str, str]) -> None:
    for iri in samples.values():
        for accept in ("text/html", "application/json"):
            path = urlsplit(iri).path.removeprefix("/wsic")
            response = site.get(path, headers={"Accept": accept})
            assert response.status_code == 303, iri
            found = site.get(response.headers["location"].partition("#")[0])
            assert found.status_code == 200 and found.headers["content-type"].startswith(accept), iri


def test_html_is_the_page(site: httpx.Client) -> None:
    response = site.get(f"/data/{TORBAY}.html")
    assert (response.status_code, response.headers["location"]) == (301, "/initiatives/torbay-care-trust")


def test_what_is_no_record_is_not_found(site: httpx.Client) -> None:
    for path in ("/id/initiative/no", "/data/initiative/no.ttl", "/data/initiative/no.html", f"/data/{TORBAY}.exe"):
        assert site.get(path).status_code == 404, path


# ---------------------------------------------------------------- formats


@pytest.mark.parametrize("form", FORMATS)
def test_documents_hold_exactly_the_record(
    form: str, site: httpx.Client, samples: dict[str, str], records: dict[str, Triples]
) -> None:
    for iri in samples.values():
        response = site.get(data(iri, form))
        assert response.headers["content-type"] == DOCUMENTS[form].content_type
        assert read(response, form) == records[iri], iri


def test_turtle_is_the_file_as_it_is_kept(site: httpx.Client) -> None:
    file = ROOT / "graph_data" / "initiatives" / "torbay-care-trust.ttl"
    assert site.get(f"/data/{TORBAY}.ttl").content == file.read_bytes()


def test_json_ld_means_exactly_the_record(
    site: httpx.Client, samples: dict[str, str], records: dict[str, Triples]
) -> None:
    for iri in samples.values():
        response = site.get(data(iri, "jsonld"))
        assert response.headers["content-type"] == "application/ld+json"
        tree = response.json()
        assert tree["@context"] == "https://w3id.org/wsic/context.jsonld" and tree["id"] == iri
        assert expand(tree) == records[iri], iri


def test_records_survive_json_ld(records: dict[str, Triples]) -> None:
    """All of them but most of the observations, which are alike."""
    chosen = [iri for iri in records if "/observation/" not in iri] + [i for i in records if "/observation/" in i][
        ::500
    ]
    assert len(chosen) > 1_900
    for iri in chosen:
        text = write_document(list(records[iri]), iri, RECORD, "jsonld")
        tree = {**json.loads(text), "@context": CONTEXT}
        found = {quad.triple for quad in ox.parse(json.dumps(tree), format=ox.RdfFormat.JSON_LD)}
        assert found == records[iri], iri


def test_json_ld_is_compact_and_nested(site: httpx.Client) -> None:
    tree = site.get("/data/value-case/overarching.jsonld").json()
    assert "@graph" not in tree and tree["type"] == "OverarchingValueCase"
    assert tree["strand"][0]["figure"][0]["type"] == "NationalFigure"
    assert list(tree)[:4] == ["@context", "id", "type", "title"]


def test_the_context_is_served(site: httpx.Client) -> None:
    response = site.get("/context.jsonld")
    assert response.headers["content-type"] == "application/ld+json"
    assert response.json()["@context"] == CONTEXT
    assert "max-age=86400" in response.headers["cache-control"]
    again = site.get("/context.jsonld", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


def test_plain_json_has_the_names_of_the_ontology(site: httpx.Client) -> None:
    tree = site.get(f"/data/{TORBAY}.json").json()
    assert "@" not in "".join(tree)
    assert tree["location"] == {
        "id": f"{ID}{TORBAY}#location",
        "type": "Location",
        "basis": "https://w3id.org/wsic/scheme/basis/recalled",
        "lat": 50.46,
        "long": -3.53,
    }
    assert [result["position"] for result in tree["result"]] == [1, 2, 3]
    linked = site.get(f"/data/{TORBAY}.jsonld").json()
    assert list(linked) == ["@context", *tree]


def test_the_table_can_be_read_back(site: httpx.Client, samples: dict[str, str], records: dict[str, Triples]) -> None:
    for iri in samples.values():
        rows = list(csv.DictReader(io.StringIO(site.get(data(iri, "csv")).text, newline="")))
        assert rows[0]["part"] == "" and tuple(rows[0]) == COLUMNS
        assert {from_row(row) for row in rows} == records[iri], iri


def from_row(row: dict[str, str]) -> ox.Triple:
    def full(name: str) -> str:
        prefix, _, local = name.partition(":")
        return PREFIXES[prefix] + local

    subject = row["record"] + (f"#{row['part']}" if row["part"] else "")
    if row["datatype"] == "iri":
        value: ox.NamedNode | ox.Literal = ox.NamedNode(row["value"])
    elif row["language"]:
        value = ox.Literal(unguarded(row["value"]), language=row["language"])
    else:
        value = ox.Literal(unguarded(row["value"]), datatype=ox.NamedNode(full(row["datatype"])))
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(full(row["property"])), value)


def test_documents_are_the_same_each_time(site: httpx.Client, release: Path) -> None:
    paths = [data(ID + TORBAY, form, profile.token) for form in DOCUMENTS for profile in profiles_of("initiative")]
    first = [site.get(path) for path in paths]
    with serve(release) as other:
        for path, response in zip(paths, first, strict=True):
            again = other.get(path)
            assert again.content == response.content, path
            assert other.get(path, headers={"If-None-Match": response.headers["etag"]}).status_code == 304


# --------------------------------------------------------------- profiles


def test_the_neighbourhood_is_the_record_and_what_is_next_to_it(
    site: httpx.Client, samples: dict[str, str], records: dict[str, Triples], store: ox.Store
) -> None:
    graph = {quad.triple for quad in quads_but_observations(store)}
    pointing: defaultdict[object, Triples] = defaultdict(set)
    for triple in graph:
        pointing[triple.object].add(triple)
    for iri in samples.values():
        found = read(site.get(data(iri, "nt", "neighbourhood")), "nt")
        own = records[iri]
        near = {t.object for t in own if t.predicate != TYPE and isinstance(t.object, ox.NamedNode)}
        called = {
            quad.triple for thing in near for name in NAMES for quad in store.quads_for_pattern(thing, name, None)
        }
        assert own <= found <= graph | own | called, iri
        parts = {triple.subject for triple in own}
        assert all(triple.object in parts or triple.predicate in NAMES for triple in found - own), iri
        assert called <= found, f"{iri}: names are missing"
        assert set().union(*(pointing[part] for part in parts)) <= found, f"{iri}: what points here is missing"


@pytest.mark.parametrize("profile", [p for p in PROFILES if p != RECORD], ids=lambda p: p.token)
def test_profiles_mean_the_same_in_every_format(profile: Profile, site: httpx.Client, samples: dict[str, str]) -> None:
    for kind, iri in samples.items():
        if profile not in profiles_of(kind):
            continue
        expected = read(site.get(data(iri, "nt", profile.token)), "nt")
        assert expected
        for form in ("ttl", "rdf"):
            assert read(site.get(data(iri, form, profile.token)), form) == expected, (iri, form)
        response = site.get(data(iri, "jsonld", profile.token))
        assert expand(response.json()) == expected, iri
        assert (profile.iri, {"rel": "profile"}) in links(response)


def test_a_profile_that_a_kind_has_not_is_refused_in_words(site: httpx.Client) -> None:
    for name in ("dcat", "nonsense", PREFIXES["dcat"]):
        response = site.get(f"/data/{TORBAY}.ttl", params={"profile": name}, headers={"Accept": "application/json"})
        assert response.status_code == 404
        detail = response.json()["detail"]
        assert f"no profile “{name}”" in detail and "neighbourhood" in detail and "dcat (" not in detail


def test_dcat_describes_resources_and_the_record_of_them(site: httpx.Client) -> None:
    dcat = PREFIXES["dcat"]
    found = read(site.get("/data/resource/audit-scotland-2018.ttl?profile=dcat"), "ttl")
    types = {(text(t.subject), text(t.object)) for t in found if t.predicate == TYPE}
    assert types == {
        (f"{ID}resource/audit-scotland-2018", f"{dcat}Resource"),
        ("https://w3id.org/wsic/data/resource/audit-scotland-2018", f"{dcat}CatalogRecord"),
    }
    topics = [text(t.object) for t in found if t.predicate.value == PREFIXES["foaf"] + "primaryTopic"]
    assert topics == [f"{ID}resource/audit-scotland-2018"]
    catalogue = read(site.get("/data/catalogue/wsic.ttl?profile=dcat"), "ttl")
    assert {text(t.object) for t in catalogue if t.predicate == TYPE} == {f"{dcat}Catalog"}
    assert site.get("/data/resource/audit-scotland-2018", headers={"Accept": "text/turtle"}).status_code == 303


# ------------------------------------------------------------------ links


def test_pages_point_to_everything_about_the_record(site: httpx.Client, samples: dict[str, str]) -> None:
    for kind, iri in samples.items():
        page = f"/records/{iri.removeprefix(ID)}"
        response = site.get(page)
        found = links(response)
        relations = {relation for _, more in found for relation in more["rel"].split()}
        assert {"cite-as", "canonical", "license", "describedby", "alternate", "type"} <= relations, kind
        assert (iri, {"rel": "cite-as"}) in found
        documents = [(target, more) for target, more in found if "describedby" in more["rel"]]
        assert {more["type"] for _, more in documents} == {form.media_type for form in DOCUMENTS.values()}
        others = {more["profile"] for _, more in found if more["rel"] == "alternate"}
        assert others == {profile.iri for profile in profiles_of(kind) if profile != RECORD}
        for target, more in found:
            if "alternate" in more["rel"]:
                answer = site.head(target)
                assert answer.status_code == 200 and answer.headers["content-type"].startswith(more["type"]), target
                assert f'<link rel="alternate" type="{more["type"]}" href="{target}"' in response.text
                assert f'<a href="{target}" type="{more["type"]}">' in response.text
        canonical = next(target for target, more in found if more["rel"] == "canonical")
        assert f'<link rel="canonical" href="{canonical}">' in response.text
        assert site.get(urlsplit(canonical).path).status_code == 200
        own = page_of(iri)
        assert own is not None and urlsplit(canonical).path == (page if "#" in own else own)


def test_pages_of_their_own_have_links_too(site: httpx.Client) -> None:
    for path in ("/initiatives/torbay-care-trust", "/value-cases/overarching", "/plan", "/areas/E06000027"):
        assert "cite-as" in site.get(path).headers["link"], path
    assert "cite-as" not in site.get("/initiatives").headers.get("link", "")


def test_documents_point_back_and_across(site: httpx.Client) -> None:
    response = site.get(f"/data/{TORBAY}.csv?profile=schema")
    found = links(response)
    iri = ID + TORBAY
    assert (iri, {"rel": "describes"}) in found and (iri, {"rel": "cite-as"}) in found
    assert ("https://schema.org/", {"rel": "profile"}) in found
    assert ("/initiatives/torbay-care-trust", {"rel": "alternate", "type": "text/html"}) in found
    assert ("https://creativecommons.org/licenses/by/4.0/", {"rel": "license"}) in found
    canonical = next(target for target, more in found if more["rel"] == "canonical")
    assert canonical.endswith(f"/data/{TORBAY}.csv?profile=schema")
    targets = {target for target, more in found if more["rel"] == "alternate"}
    assert f"/data/{TORBAY}.ttl" in targets and f"/data/{TORBAY}.jsonld?profile=neighbourhood" in targets
    assert site.head(f"/data/{TORBAY}.csv").headers["link"]


def test_pages_say_how_to_cite(site: httpx.Client, release: Path) -> None:
    html = site.get("/evidence/stacey-2017-decision-aids").text
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html.partition('id="how-to-cite"')[2])))
    version = json.loads((release / "manifest.json").read_text(encoding="utf-8"))["version"]
    assert "“Decision aids for people facing health treatment or screening decisions”" in text
    assert f"{ID}evidence/stacey-2017-decision-aids" in text
    assert f"Version {version} of the graph" in text


# ------------------------------------------------------------- schema.org


def test_every_record_page_has_true_schema_org(
    site: httpx.Client, samples: dict[str, str], records: dict[str, Triples], store: ox.Store
) -> None:
    values = {text(quad.object) for quad in quads_but_observations(store)}
    values |= {text(triple.object) for iri in samples.values() for triple in records[iri]}
    for iri in samples.values():
        tree = block(site.get(f"/records/{iri.removeprefix(ID)}").text)
        assert tree["@id"] == iri and tree["@context"] == {"@vocab": SCHEMA}
        found = {quad.triple for quad in ox.parse(json.dumps(tree), format=ox.RdfFormat.JSON_LD)}
        told = read(site.get(data(iri, "nt", "schema")), "nt")
        assert {(t.subject, t.predicate) for t in found} == {(t.subject, t.predicate) for t in told}
        assert len(found) == len(told)
        for triple in told:
            assert triple.predicate == TYPE or triple.predicate.value.startswith(SCHEMA), triple
            if triple.predicate == TYPE:
                assert isinstance(triple.object, ox.NamedNode) and triple.object.value.startswith(SCHEMA)
            else:
                assert stands_in_the_graph(triple.object, values), triple


def stands_in_the_graph(term: object, values: set[str]) -> bool:
    """A value of the graph; or a subject; or the address of a DOI or an interval of two dates that stand there."""
    value = text(term)
    if value in values or value.startswith(ID):
        return True
    pieces = [value.removeprefix("https://doi.org/")] if isinstance(term, ox.NamedNode) else value.split("/")
    return all(piece in values for piece in pieces)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/initiatives/torbay-care-trust", "Project"),
        ("/evidence/stacey-2017-decision-aids", "ScholarlyArticle"),
        ("/evidence/audit-scotland-2018-integration", "Report"),
        ("/evidence/roland-2012-icp-case-management", "Article"),
        ("/areas/E06000027", "AdministrativeArea"),
        ("/areas/E92000001", "Country"),
        ("/areas/us", "Country"),
        ("/resources/audit-scotland-2018", "CreativeWork"),
        ("/value-cases/torbay", "Report"),
        ("/questions/q2", "Question"),
        ("/effects/self-management-support--gp-contacts", "Claim"),
        ("/records/dataset/area-statistics", "Dataset"),
        ("/records/catalogue/wsic", "DataCatalog"),
        ("/records/organisation/torbay-council", "Organization"),
        ("/records/observation/E92000001.supported-resident-weeks.65plus.2013-14", "Observation"),
        ("/records/unit-cost/walk-in-centre-visit.2013-14", "MonetaryAmount"),
    ],
)
def test_schema_org_types_are_true(path: str, kind: str, site: httpx.Client) -> None:
    response = site.get(path)
    assert block(response.text)["@type"] == kind
    assert (SCHEMA + kind, {"rel": "type"}) in links(response)


def test_values_are_those_of_the_record(site: httpx.Client) -> None:
    tree = block(site.get("/initiatives/torbay-care-trust").text)
    assert (tree["foundingDate"], tree["dissolutionDate"]) == ("2005", "2012")
    assert tree["member"]["name"] == "Torbay Care Trust" and tree["location"]["latitude"] == 50.46
    cost = block(site.get("/records/unit-cost/walk-in-centre-visit.2013-14").text)
    assert (cost["value"], cost["currency"]) == (46, "GBP")


def test_nothing_in_a_record_ends_the_block() -> None:
    attack = "</script><script>alert(1)</script><!-- & ' \" \u2028"
    iri = ID + "initiative/x"
    triple = ox.Triple(ox.NamedNode(iri), ox.NamedNode(SCHEMA + "name"), ox.Literal(attack))
    environment = make_templates().env
    html = environment.from_string('<script type="application/ld+json">{{ tree|tojson }}</script>').render(
        tree=schema_block([triple], iri)
    )
    assert html.count("<script") == 1 and html.count("</script") == 1 and "<!--" not in html
    assert block(html)["name"] == attack


# ------------------------------------------------------------ suggestions


def test_a_wrong_name_is_answered_with_the_nearest(site: httpx.Client) -> None:
    for path, page in [
        ("/initiatives/torbay-care-trsut", "/initiatives/torbay-care-trust"),
        ("/id/evidence/stacey-decision-aids", "/evidence/stacey-2017-decision-aids"),
        ("/data/initiative/wigan.ttl", "/initiatives/wigan-deal"),
        ("/value-cases/camden-hotspotting", "/initiatives/camden-coalition-hotspotting"),
        ("/records/anything/newham", "/areas/E09000025"),
    ]:
        response = site.get(path)
        assert response.status_code == 404
        suggested = re.findall(
            r'<li><a href="([^"]+)">', response.text.partition("Did you mean")[2].partition("</ul>")[0]
        )
        assert page in suggested and len(suggested) <= 5, path
        plain = site.get(path, headers={"Accept": "application/json"}).json()
        assert [item["page"] for item in plain["suggestions"]] == suggested
        assert set(plain["suggestions"][0]) == {"id", "title", "page"}
        assert site.get(suggested[0].partition("#")[0]).status_code == 200


def test_records_of_the_kind_come_first(site: httpx.Client) -> None:
    found = site.get("/initiatives/torbay-care-trsut", headers={"Accept": "application/json"}).json()["suggestions"]
    assert found[0]["id"] == ID + TORBAY
    kinds = [item["id"].removeprefix(ID).partition("/")[0] for item in found]
    assert kinds == sorted(kinds, key=lambda kind: kind != "initiative") and len(set(kinds)) > 1


def test_nonsense_has_no_suggestions_and_is_no_markup(site: httpx.Client) -> None:
    for name in ("zzqqxx", "x" * 3000, "%3Cb%3E", "..."):
        response = site.get(f"/initiatives/{name}")
        assert response.status_code == 404 and "Did you mean" not in response.text, name
        assert site.get(f"/initiatives/{name}", headers={"Accept": "application/json"}).json()["suggestions"] == []


def test_suggestions_are_quick(site: httpx.Client) -> None:
    site.get("/initiatives/first")
    times = []
    for number in range(15):
        start = time.perf_counter()
        assert site.get(f"/initiatives/salford-integrated-care-{number}").status_code == 404
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


# ---------------------------------------------------------------- queries

ANY_TWO_STEPS = """
PREFIX dc: <http://purl.org/dc/elements/1.1/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX wsic: <https://w3id.org/wsic/ontology#>
SELECT DISTINCT ?part ?property ?value ?label ?publisher ?year WHERE {
  ?record (a|!a)?/(a|!a)? ?part .
  FILTER(isIRI(?part))
  FILTER(?part = ?record || STRSTARTS(STR(?part), CONCAT(STR(?record), "#")) || EXISTS { ?record wsic:claim ?part })
  ?part ?property ?value .
  OPTIONAL { ?value skos:prefLabel|dcterms:title|^wsic:finding/dcterms:title ?label }
  OPTIONAL { ?value a wsic:Source ; dc:publisher ?publisher . OPTIONAL { ?value dcterms:issued ?year } }
}
"""


def test_named_steps_reach_what_any_steps_reach(store: ox.Store, records: dict[str, Triples]) -> None:
    """The rows of the page query are those of the plain definition, for every record with parts and each kind."""
    saved = get_query("pages/record").text
    chosen = [iri for iri in records if any("#" in text(t.subject) for t in records[iri])]
    chosen += [iri for iri in records if iri not in set(chosen)][::10]
    assert len(chosen) > 500
    for iri in chosen:
        node = ox.NamedNode(iri)
        rows = [{tuple(row) for row in run(store, text, record=node)} for text in (saved, ANY_TWO_STEPS)]
        assert rows[0] == rows[1], iri


def test_named_steps_reach_every_part(store: ox.Store, records: dict[str, Triples]) -> None:
    query = get_query("records/record").text
    for iri, triples in records.items():
        assert set(run(store, query, record=ox.NamedNode(iri))) == triples, iri


def test_definitions_of_profiles_can_be_read(site: httpx.Client) -> None:
    for profile in PROFILES:
        for kind in ("initiative", "evidence"):
            for name in profile.queries(kind):
                assert load_query(ROOT / "queries" / f"{name}.rq").summary
                assert site.get(f"/queries/{name}.rq").status_code == 200


def test_formats_are_told_apart() -> None:
    assert isinstance(DOCUMENTS["json"], Format) and DOCUMENTS["json"].media_type not in DOCUMENTS["jsonld"].media_types


def test_profile_identifiers_lead_to_their_definition(site: httpx.Client) -> None:
    for token in ("record", "neighbourhood"):
        answer = site.get(f"/profile/{token}")
        assert answer.status_code == 303
        assert site.get(answer.headers["location"], headers={"Accept": "text/html"}).status_code == 200
    assert site.get("/profile/schema").status_code == 404
