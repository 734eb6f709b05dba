"""The catalogue, the statistics, the files and the collections, as a harvester meets them over HTTP."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx
import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from rdflib import DCAT, DCTERMS, FOAF, RDF, SH, VOID, XSD, Namespace, URIRef

from tests.site_fixtures import serve
from wsic_graph.namespaces import BASE, GRAPH, HARVEST_PREFIXES, SCHEME
from wsic_graph.release.manifest import DATASET, read_manifest
from wsic_graph.service.sitemap import _LISTS
from wsic_graph.settings import Settings

HYDRA = Namespace(HARVEST_PREFIXES["hydra"])
SPDX = Namespace(HARVEST_PREFIXES["spdx"])
VCARD = Namespace(HARVEST_PREFIXES["vcard"])
WHOLE = URIRef(f"{BASE}catalogue#all")
EU = "http://publications.europa.eu/resource/authority/"
QUADS = {"Accept": "application/n-quads"}
PROFILE = Path(os.environ.get("WSIC_TEST_DCAT_AP", "no-copy-of-dcat-ap")) / "releases" / "3.0.1"


@pytest.fixture(scope="module")
def site(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a site that has its own history and links to itself."""
    with serve(release, Settings(data_dir=tmp_path_factory.mktemp("data")), public=True) as client:
        yield client


@pytest.fixture(scope="module")
def catalogue(site: httpx.Client) -> rdflib.Graph:
    return rdflib.Graph().parse(data=site.get("/catalogue.ttl").text)


@pytest.fixture(scope="module")
def void(site: httpx.Client) -> rdflib.Graph:
    return rdflib.Graph().parse(data=site.get("/.well-known/void").text)


def rows(store: ox.Store, query: str) -> list[list[str]]:
    solutions = store.query(query, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    return [[getattr(term, "value", "") for term in row] for row in solutions]


# ------------------------------------------------------------- catalogue


@pytest.mark.parametrize("path", ["/catalogue", "/.well-known/void"])
def test_every_format_says_the_same(path: str, site: httpx.Client) -> None:
    graphs = []
    for media_type, suffix in [
        ("text/turtle", "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/rdf+xml", "rdf"),
        ("application/n-triples", "nt"),
    ]:
        answer = site.get(path, headers={"Accept": media_type})
        assert answer.headers["content-type"].startswith(media_type)
        assert "Accept" in answer.headers["vary"]
        assert site.get(f"{path}.{suffix}").content == answer.content
        rdf_format = ox.RdfFormat.from_media_type(media_type)
        graphs.append({str(quad.triple) for quad in ox.parse(answer.content, format=rdf_format)})
    assert len(graphs[0]) > 1000 and all(graph == graphs[0] for graph in graphs)


def test_what_is_not_offered_is_refused(site: httpx.Client) -> None:
    answer = site.get("/catalogue", headers={"Accept": "application/pdf"})
    assert answer.status_code == 406 and "text/turtle" in answer.text
    assert site.get("/catalogue.pdf").status_code == 404


def test_each_named_graph_is_a_described_data_set(catalogue: rdflib.Graph, release: Path) -> None:
    (subject,) = catalogue.subjects(RDF.type, DCAT.Catalog)
    datasets = set(catalogue.objects(subject, DCAT.dataset))
    assert {URIRef(GRAPH + name) for name in read_manifest(release).graphs} | {WHOLE} < datasets
    for dataset in datasets:
        for wanted in (
            DCTERMS.title,
            DCTERMS.description,
            DCTERMS.publisher,
            DCTERMS.issued,
            DCTERMS.modified,
            DCTERMS.language,
            DCTERMS.accessRights,
            DCAT.contactPoint,
            DCAT.theme,
            DCAT.version,
            DCAT.distribution,
        ):
            assert (dataset, wanted, None) in catalogue, f"{dataset} has no {wanted}"
        assert str(catalogue.value(dataset, DCAT.version)) == read_manifest(release).version
    publisher = catalogue.value(subject, DCTERMS.publisher)
    assert (publisher, RDF.type, FOAF.Agent) in catalogue and (publisher, FOAF.name, None) in catalogue
    assert (None, RDF.type, VCARD.Individual) not in catalogue
    period = catalogue.value(URIRef(f"{GRAPH}observations"), DCTERMS.temporal)
    assert str(catalogue.value(period, DCAT.startDate)) < "2015" < str(catalogue.value(period, DCAT.endDate))


def test_every_file_is_as_described(catalogue: rdflib.Graph, site: httpx.Client) -> None:
    kinds: Counter[str] = Counter()
    for distribution, address in catalogue.subject_objects(DCAT.downloadURL):
        answer = site.get(str(address))
        assert answer.status_code == 200, address
        assert len(answer.content) == int(str(catalogue.value(distribution, DCAT.byteSize)))
        checksum = catalogue.value(distribution, SPDX.checksum)
        assert hashlib.sha256(answer.content).hexdigest() == str(catalogue.value(checksum, SPDX.checksumValue))
        media_type = str(catalogue.value(distribution, DCAT.mediaType)).split("media-types/")[1]
        compressed = str(catalogue.value(distribution, DCAT.compressFormat) or "").endswith("application/gzip")
        assert answer.headers["content-type"].startswith("application/gzip" if compressed else media_type)
        assert "immutable" in answer.headers["cache-control"]
        assert str(catalogue.value(distribution, DCTERMS.format)).startswith(f"{EU}file-type/")
        assert (distribution, DCTERMS.license, None) in catalogue
        kinds[media_type] += 1
    graphs = kinds["text/turtle"]
    assert graphs == kinds["application/n-triples"] - 1 == kinds["application/ld+json"] - 1 or graphs > 16
    assert kinds["application/n-quads"] == 1 and kinds["text/csv"] > 9


def test_sparql_is_a_service_of_all_data_sets(catalogue: rdflib.Graph, site: httpx.Client) -> None:
    service = URIRef(f"{BASE}catalogue#sparql")
    assert (service, RDF.type, DCAT.DataService) in catalogue
    endpoint = str(catalogue.value(service, DCAT.endpointURL))
    assert site.get(endpoint, params={"query": "ASK { ?s ?p ?o }"}, headers={"Accept": "*/*"}).json()["boolean"]
    assert set(catalogue.objects(None, DCAT.dataset)) == set(catalogue.objects(service, DCAT.servesDataset))


@pytest.mark.skipif(
    not PROFILE.is_dir(), reason="no copy of SEMICeu/DCAT-AP; set WSIC_TEST_DCAT_AP to a checkout of it"
)
@pytest.mark.parametrize(
    "files", [["shacl/dcat-ap-SHACL.ttl", "shacl/ranges.ttl"], ["html/shacl/shapes.ttl", "html/shacl/range.ttl"]]
)
def test_it_conforms_to_dcat_ap(files: list[str], catalogue: rdflib.Graph) -> None:
    shapes = rdflib.Graph()
    for name in files:
        shapes.parse(PROFILE / name)
    for shape, part in list(shapes.subject_objects(SH.property)):
        if (part, SH.path, None) not in shapes:  # the published files name some property shapes that they do not hold
            shapes.remove((shape, SH.property, part))
    assert len(shapes) > 500
    conforms, _, report = pyshacl.validate(catalogue, shacl_graph=shapes, inference="none")
    assert conforms, report
    broken = rdflib.Graph()
    broken += catalogue
    broken.remove((WHOLE, DCTERMS.title, None))
    assert not pyshacl.validate(broken, shacl_graph=shapes, inference="none")[0]


def test_the_page_shows_the_data_sets(site: httpx.Client, release: Path) -> None:
    html = site.get("/catalogue", headers={"Accept": "text/html,*/*;q=0.8"}).text
    for name, count in read_manifest(release).graphs.items():
        assert f"{count:,}" in html, name
    for link in set(re.findall(r'href="(/dumps/[^"]+)"', html)):
        assert site.head(link).status_code == 200, link
    assert site.get("/collections", headers={"Accept": "text/html"}).text.count('href="/collections/') > 20
    page = site.get("/collections/initiative", headers={"Accept": "text/html"}).text
    assert "/initiatives/torbay-care-trust" in page


# ------------------------------------------------------------------ VoID


def test_statistics_are_those_of_the_graph(void: rdflib.Graph, store: ox.Store, release: Path) -> None:
    manifest = read_manifest(release)
    assert int(str(void.value(WHOLE, VOID.triples))) == manifest.triples
    for name, triples in manifest.graphs.items():
        graph = URIRef(GRAPH + name)
        assert (WHOLE, VOID.subset, graph) in void
        assert int(str(void.value(graph, VOID.triples))) == triples
        parts = [int(str(void.value(part, VOID.triples))) for part in void.objects(graph, VOID.propertyPartition)]
        assert sum(parts) == triples
        assert (graph, VOID.exampleResource, None) in void and (graph, VOID.dataDump, None) in void
    classes = {
        str(void.value(part, VOID["class"])): int(str(void.value(part, VOID.entities)))
        for part in void.objects(WHOLE, VOID.classPartition)
    }
    assert classes == manifest.classes
    ((subjects, objects),) = rows(store, "SELECT (COUNT(DISTINCT ?s) AS ?a) (COUNT(DISTINCT ?o) AS ?b) { ?s ?p ?o }")
    assert str(void.value(WHOLE, VOID.distinctSubjects)) == subjects
    assert str(void.value(WHOLE, VOID.distinctObjects)) == objects
    assert URIRef("https://w3id.org/wsic/ontology#") in set(void.objects(WHOLE, VOID.vocabulary))


def test_links_to_other_data_are_counted(void: rdflib.Graph, store: ox.Store) -> None:
    same = "<http://www.w3.org/2002/07/owl#sameAs>"
    ((wanted,),) = rows(
        store, f'SELECT (COUNT(*) AS ?n) {{ ?s {same} ?o FILTER(CONTAINS(STR(?o), "statistics.data")) }}'
    )
    found = [
        str(void.value(links, VOID.triples))
        for links in void.subjects(RDF.type, VOID.Linkset)
        if "statistics.data.gov.uk" in str(void.value(void.value(links, VOID.objectsTarget), VOID.uriSpace))
        and void.value(links, VOID.linkPredicate) == rdflib.OWL.sameAs
    ]
    assert found == [wanted]


def test_terms_in_use_come_with_labels_and_counts(site: httpx.Client, store: ox.Store, release: Path) -> None:
    terms = site.get("/void/terms.json").json()
    assert terms["version"] == read_manifest(release).version
    assert {item["iri"]: item["count"] for item in terms["classes"]} == read_manifest(release).classes
    first = terms["properties"][0]
    assert first["name"] == "rdf:type" and first["count"] == max(item["count"] for item in terms["properties"])
    falls = next(item for item in terms["concepts"] if item["name"] == "intervention:reablement")
    ((used,),) = rows(
        store,
        f"SELECT (COUNT(*) AS ?n) {{ ?s ?p <{falls['iri']}> "
        "FILTER NOT EXISTS { ?s <http://www.w3.org/2004/02/skos/core#inScheme> ?scheme } }",
    )
    assert falls == {
        "iri": f"{BASE}scheme/intervention/reablement",
        "name": "intervention:reablement",
        "label": "Reablement",
        "count": int(used),
        "scheme": f"{BASE}scheme/intervention",
    }


# ----------------------------------------------------------------- files


def test_the_newest_files_have_an_address_that_stays(site: httpx.Client, release: Path) -> None:
    version = read_manifest(release).version
    answer = site.get("/dumps/latest/wsic.nq.gz")
    assert answer.status_code == 307 and answer.headers["location"] == f"/dumps/{version}/wsic.nq.gz"
    assert "immutable" not in answer.headers["cache-control"]
    assert gzip.decompress(site.get(answer.headers["location"]).content) == (release / DATASET).read_bytes()
    assert site.get("/dumps").status_code == 303
    assert site.get("/dumps/0000000000000000/wsic.nq.gz").status_code == 404
    assert site.get(f"/dumps/{version}/../../history.sqlite").status_code == 404
    assert site.get(f"/dumps/{version}/..%2f..%2fhistory.sqlite").status_code == 404


@pytest.mark.parametrize("path", ["wsic.nq.gz", "tables/areas.csv"])
def test_part_of_a_file_can_be_had(path: str, site: httpx.Client, release: Path) -> None:
    address = f"/dumps/{read_manifest(release).version}/{path}"
    whole = site.get(address)
    part = site.get(address, headers={"Range": "bytes=100-299"})
    assert part.status_code == 206 and part.content == whole.content[100:300]
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole.content)}"
    tag = whole.headers["etag"]
    assert site.get(address, headers={"If-None-Match": tag}).status_code == 304
    stale = site.get(address, headers={"Range": "bytes=100-299", "If-Range": '"other"'})
    assert stale.status_code == 200
    if not tag.startswith("W/"):
        fresh = site.get(address, headers={"Range": "bytes=100-299", "If-Range": tag})
        assert fresh.status_code == 206


def test_tables_lead_to_their_metadata(site: httpx.Client, release: Path) -> None:
    address = f"/dumps/{read_manifest(release).version}/tables/areas.csv"
    assert 'rel="describedby"' in site.get(address).headers["link"]
    metadata = site.get(address.replace("areas.csv", "csv-metadata.json"))
    assert metadata.headers["content-type"] == "application/csvm+json"
    for table in metadata.json()["tables"]:
        assert site.head(address.replace("areas.csv", table["url"])).status_code == 200


# ----------------------------------------------------------- collections


_LEADING = (str(HYDRA.member), str(HYDRA.next))


class Harvester:
    """Follows Hydra controls from the catalogue and keeps what it is given, with the ETags."""

    def __init__(self, site: httpx.Client) -> None:
        self.site = site
        self.own = f"<{str(site.base_url).rstrip('/')}/".encode()
        self.tags: dict[str, str] = {}
        self.quads: list[bytes] = []

    def run(self) -> None:
        """Everything that can be reached."""
        catalogue = rdflib.Graph().parse(data=self.site.get("/catalogue.ttl").text)
        waiting = [str(address) for address in catalogue.objects(None, HYDRA.collection)]
        while waiting:
            address = waiting.pop()
            if address not in self.tags:
                waiting += self.page(address)

    def page(self, address: str) -> list[str]:
        """The addresses to which a page leads."""
        answer = self.site.get(address, headers=QUADS)
        assert answer.status_code == 200, address
        self.tags[address] = answer.headers["etag"]
        leads: list[str] = []
        controls: list[bytes] = []
        for line in answer.content.splitlines(keepends=True):
            (controls if line.startswith(self.own) else self.quads).append(line)
        for quad in ox.parse(b"".join(controls), format=ox.RdfFormat.N_QUADS):
            assert isinstance(quad.graph_name, ox.DefaultGraph)
            if quad.predicate.value in _LEADING and isinstance(quad.object, ox.NamedNode):
                leads.append(quad.object.value)
        return [lead for lead in leads if urlsplit(lead).netloc == urlsplit(str(self.site.base_url)).netloc]


def test_following_links_gives_exactly_the_whole(site: httpx.Client, release: Path) -> None:
    harvester = Harvester(site)
    started = time.monotonic()
    harvester.run()
    assert time.monotonic() - started < 60
    assert 50 < len(harvester.tags) < 200
    assert b"".join(sorted(harvester.quads)) == (release / DATASET).read_bytes()
    again = [
        site.get(address, headers={**QUADS, "If-None-Match": tag}).status_code
        for address, tag in harvester.tags.items()
    ]
    assert set(again) == {304}


def test_headers_lead_from_page_to_page(site: httpx.Client, release: Path) -> None:
    found: list[str] = []
    address, seen = "/collections/concept", []
    while address:
        answer = site.get(address, headers={"Accept": "application/n-triples"})
        seen.append(str(answer.url))
        triples = ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)
        own = str(site.base_url).rstrip("/")
        found += [f"{quad.triple} .\n" for quad in triples if not str(quad.subject).startswith(f"<{own}")]
        links = answer.links
        assert links["first"]["url"] == seen[0]
        if len(seen) > 1:
            assert links["prev"]["url"] == seen[-2]
        last = links["last"]["url"]
        address = links.get("next", {}).get("url", "")
    assert seen[-1] == last and len(seen) > 1
    version = read_manifest(release).version
    dumps = [
        gzip.decompress(site.get(f"/dumps/{version}/{name}.nt.gz").content) for name in ("schemes", "benefits-map")
    ]
    lines = b"".join(dumps).decode().splitlines(keepends=True)
    assert sorted(found) == sorted(line for line in lines if line.startswith(f"<{SCHEME}")), "what the map adds, too"


def test_other_formats_hold_the_same(site: httpx.Client) -> None:
    found = {}
    for media_type in ("text/turtle", "application/ld+json", "application/rdf+xml", "application/trig"):
        answer = site.get("/collections/question", headers={"Accept": media_type})
        quads = ox.parse(answer.content, format=ox.RdfFormat.from_media_type(media_type))
        found[media_type] = {str(quad.triple) for quad in quads}
    assert len(found["text/turtle"]) > 200
    assert all(triples == found["text/turtle"] for triples in found.values())
    assert site.get("/collections/nothing").status_code == 404
    assert "initiative" in site.get("/collections/nothing").text


# --------------------------------------------------------------- sitemap


def test_the_sitemap_leads_to_pages_that_are_there(site: httpx.Client, release: Path) -> None:
    robots = site.get("/robots.txt").text
    address = re.search(r"^Sitemap: (\S+)$", robots, re.MULTILINE)
    assert address and "Disallow: /sparql?" in robots
    index = ElementTree.fromstring(site.get(address[1]).content)  # noqa: S314  our own site wrote it
    pages: dict[str, str] = {}
    for location in index.findall(".//{*}loc"):
        for entry in ElementTree.fromstring(site.get(location.text or "").content):  # noqa: S314  as above
            page, changed = entry.findtext("{*}loc"), entry.findtext("{*}lastmod")
            assert page and changed and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", changed)
            pages[page] = changed
    base = str(site.base_url).rstrip("/")
    assert len(pages) > 1500 and {base + page for page in _LISTS} < set(pages)
    classes = read_manifest(release).classes
    initiatives = [page for page in pages if page.startswith(f"{base}/initiatives/") and not page.endswith("/map")]
    assert len(initiatives) == classes[f"{BASE}ontology#Initiative"]
    some = [page for number, page in enumerate(sorted(pages)) if number % 60 == 0]
    for page in (*some, *(base + page for page in _LISTS)):
        assert site.get(page).status_code == 200, page


def test_dates_are_typed(catalogue: rdflib.Graph) -> None:
    for wanted in (DCTERMS.issued, DCTERMS.modified):
        assert {getattr(date, "datatype", None) for date in catalogue.objects(None, wanted)} == {XSD.dateTime}
