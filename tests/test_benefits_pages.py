"""The pages of the benefits map and of the check: honest counts, money that is conserved, lists that come back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import httpx
import pyoxigraph as ox
import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from playwright.sync_api import Browser

from tests.site_fixtures import serve
from tests.test_browser import RULES
from wsic_graph.benefits_map.services import Service
from wsic_graph.cells import guarded, unguarded
from wsic_graph.existing.address import address, read_fields
from wsic_graph.existing.lists import as_rdf, read_list
from wsic_graph.existing.request import EXAMPLE, as_tree
from wsic_graph.existing.services import Draft, Known, Situation, checked, plain
from wsic_graph.existing.tables import as_csv
from wsic_graph.namespaces import PREFIXES, SCHEME
from wsic_graph.settings import Settings

WSIC = PREFIXES["wsic"]
LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
GROUPS = ("frailty", "older-people", "whole-population", "high-risk-adults", "long-term-conditions", "dementia")
TORBAY = (
    "/benefits-map/check?area=E06000027&benefit=acute-spending&benefit=independence-at-home&benefit=carers-wellbeing"
    "&service=reablement:older-people:35:Home%20first&service=case-management:frailty:50:Matrons"
    "&service=case-management:frailty:60:Locality%20team&service=hospital-at-home:older-people:20:Home%20ward"
    "&service=social-prescribing:older-people:20:Link%20workers&enabler=workforce"
)
KNOWN = Known(
    {"reablement": "Reablement", "hospital-at-home": "Hospital at home", "telecare": "Telecare"},
    {"older-people": "Older people", "frailty": "People living with frailty"},
    {"acute-spending": "Less hospital care to pay for", "independence-at-home": "More independence at home"},
    {"workforce": "Workforce", "technology": "Technology"},
    {"E06000027": "Torbay"},
    {"intervention:hah": "hospital-at-home"},
)


@pytest.fixture(scope="module")
def site(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    with serve(release, settings, public=True) as client:
        yield client


class Links:
    """The contributions of the dump, read without the program."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store
        found = store.quads_for_pattern(
            None, ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(f"{WSIC}Contribution")
        )
        self.all = [self._read(quad.subject) for quad in found]
        self.measures: dict[str, set[str]] = defaultdict(set)
        for quad in store.quads_for_pattern(None, ox.NamedNode(f"{WSIC}measuredBy"), None):
            self.measures[_slug(quad.subject)].add(_slug(quad.object))

    def values(self, subject: Any, name: str) -> list[Any]:
        return [quad.object for quad in self.store.quads_for_pattern(subject, ox.NamedNode(WSIC + name), None)]

    def _read(self, subject: Any) -> dict[str, Any]:
        names = ("intervention", "outcome", "careGroup", "contributionStatus")
        found: dict[str, Any] = {name: _slug(self.values(subject, name)[0]) for name in names}
        share = self.values(subject, "share")
        found["share"] = Decimal(share[0].value) if share else None
        found["iri"] = subject.value
        found["pounds"] = [
            (_slug(self.values(value, "sector")[0]), Decimal(self.values(value, "amount")[0].value))
            for value in self.values(subject, "presentValue")
        ]
        return found


def _slug(term: Any) -> str:
    return str(term.value).rsplit("/", 1)[-1]


@pytest.fixture(scope="module")
def links(store: ox.Store) -> Links:
    return Links(store)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


# ------------------------------------------------------------------ the map


@pytest.mark.parametrize("group", GROUPS)
def test_the_sentence_counts_what_the_dump_holds(site: httpx.Client, links: Links, group: str) -> None:
    page = site.get(f"/benefits-map?care_group={group}").text
    mine = [link for link in links.all if link["careGroup"] == group]
    counts = Counter(link["contributionStatus"] for link in mine)
    said = words(re.findall(r'<p class="lede">.*?</p>', page, re.DOTALL)[0])
    assert f"{len({link['intervention'] for link in mine})} intervention" in said
    assert f"{len({link['outcome'] for link in mine})} outcome" in said
    for status, text in (("counted", "count"), ("adverse", "work"), ("no-effect", "found no effect")):
        assert not counts[status] or re.search(rf"\b{counts[status]} {text}", said), said
    judged = sum(counts[status] for status in ("counted", "adverse", "no-effect"))
    assert f"{len(mine) - judged} more link" in words(page)


@pytest.mark.parametrize(
    "query", ["", "links=all", "care_group=all", "care_group=all&links=all", "care_group=older-people"]
)
def test_at_most_forty_lines_are_drawn_and_nothing_is_lost(site: httpx.Client, links: Links, query: str) -> None:
    page = site.get(f"/benefits-map?{query}").text
    drawn = re.findall(r'<path class="tie tie-(\w+)"', page)
    assert 0 < len(drawn) <= 40
    tree = site.get(f"/benefits-map.json?{query}").json()
    told = re.search(r"draws all (\d+) lines", words(page))
    assert told is None or int(told[1]) == len(drawn) == len(tree["lines"])
    rows = list(csv.DictReader(io.StringIO(site.get(f"/benefits-map.csv?{query}").text)))
    group = "" if "all" in query and "care_group" in query else dict(parse_qsl(query)).get("care_group", "frailty")
    assert {row["link"] for row in rows} == {link["iri"] for link in links.all if group in ("", link["careGroup"])}
    kinds = {"counted": "for", "adverse": "against", "no-effect": "none"}
    for line in tree["lines"]:
        for link in line["links"]:
            assert kinds.get(link["status"], "open") == line["kind"]
            assert (link["share"] is None) == (link["status"] != "counted")
            assert link["sources"]


@pytest.mark.parametrize("group", GROUPS)
def test_money_is_conserved_at_every_node_and_is_that_of_the_dump(site: httpx.Client, links: Links, group: str) -> None:
    tree = site.get(f"/benefits-map.json?show=money&care_group={group}").json()
    into: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    out: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    layer = {node["id"]: node["layer"] for node in tree["nodes"]}
    for line in tree["lines"]:
        pounds = Decimal(line["pounds"])
        out[line["source"], pounds < 0] += pounds
        into[line["target"], pounds < 0] += pounds
    for (node, loss), value in into.items():
        assert layer[node] == "benefit" or out[node, loss] == value
    amounts = [pounds for link in links.all if link["careGroup"] == group for _, pounds in link["pounds"] if pounds]
    start = sum(
        (Decimal(line["pounds"]) for line in tree["lines"] if layer[line["source"]] == "intervention"), Decimal(0)
    )
    assert start == sum(amounts)
    rows = list(csv.DictReader(io.StringIO(site.get(f"/benefits-map.csv?show=money&care_group={group}").text)))
    assert sorted(Decimal(row["pounds"]) for row in rows if Decimal(row["pounds"])) == sorted(amounts)


def test_bands_of_the_picture_are_as_thick_as_their_pounds(site: httpx.Client) -> None:
    tree = site.get("/benefits-map.json?show=money&care_group=whole-population").json()
    svg = etree.fromstring(site.get("/benefits-map.svg?show=money&care_group=whole-population").text.encode())
    number = re.compile(r"-?\d+(?:\.\d+)?")
    thick = []
    for path in svg.iter("{http://www.w3.org/2000/svg}path"):
        if (path.get("class") or "").startswith("band"):
            found = [float(part) for part in number.findall(path.get("d") or "")]
            assert found[-1] - found[1] == pytest.approx(found[8] - found[7], abs=0.05)
            thick.append(found[-1] - found[1])
    pounds = sorted(abs(float(line["pounds"])) for line in tree["lines"])
    assert len(thick) == len(pounds)
    factor = sum(thick) / sum(pounds)
    assert sorted(thick) == pytest.approx([value * factor for value in pounds], abs=0.1)


def test_a_kept_run_is_drawn_in_its_own_pounds(site: httpx.Client) -> None:
    asked = {
        "area": "E06000027",
        "interventions": ["reablement", "hospital-at-home", "care-home-support"],
        "cohort": "65plus",
    }
    kept = site.post("/calculator/runs", json=asked).json()
    report = site.post("/api/calculator", json=asked).json()
    page = site.get(f"/benefits-map?show=money&run={kept['id']}")
    assert page.status_code == 200
    assert f'href="/calculator/runs/{kept["id"]}"' in page.text
    rows = list(csv.DictReader(io.StringIO(site.get(f"/benefits-map.csv?show=money&run={kept['id']}").text)))
    total = sum(Decimal(row["pounds"]) for row in rows)
    assert float(total) == pytest.approx(float(report["pv_gross"]), abs=0.05)
    assert f"/benefits-map?show=money&amp;run={kept['id']}" in site.get(f"/calculator/runs/{kept['id']}").text
    assert site.get("/benefits-map?show=money&run=0000000000000000").status_code == 404


def test_a_focus_shows_what_lies_on_a_path_through_it(site: httpx.Client, links: Links) -> None:
    tree = site.get("/benefits-map.json?focus=outcome/emergency-admissions").json()
    outcomes = {node["id"] for node in tree["nodes"] if node["layer"] == "outcome"}
    assert outcomes == {f"{SCHEME}outcome/emergency-admissions"}
    drawn = {link["id"] for line in tree["lines"] for link in line["links"]}
    assert drawn == {link["iri"] for link in links.all if link["outcome"] == "emergency-admissions"}
    for kind, slug in (("enabler", "workforce"), ("objective", "better-lives"), ("benefit", "acute-spending")):
        nodes = site.get(f"/benefits-map.json?focus={kind}/{slug}").json()["nodes"]
        assert [node["id"].rsplit("/", 1)[-1] for node in nodes if node["layer"] == kind] == [slug]
    page = site.get("/benefits-map?focus=intervention/reablement").text
    assert 'href="/interventions/reablement"' in page
    assert "Leave the focus" in page


@pytest.mark.parametrize(
    "query",
    [
        "care_group=nobody", "benefit=x", "sector=y", "intervention=z", "grade=9", "grade=NaN", "focus=outcome/none",
        "focus=%00", "focus=%3Cscript%3E", "run=zzz&show=money", "care_group=" + "a" * 3000,
    ],
)  # fmt: skip
def test_unknown_values_are_told_in_words(site: httpx.Client, query: str) -> None:
    answer = site.get(f"/benefits-map?{query}")
    assert answer.status_code == 404
    assert "There is no" in words(answer.text)
    assert "<script>" not in answer.text.replace('<script type="module"', "")
    assert site.get(f"/benefits-map.svg?{query}").status_code == 404


def test_every_line_of_the_picture_leads_to_its_evidence(site: httpx.Client) -> None:
    page = site.get("/benefits-map").text
    svg = page[page.index('<svg class="layered') :]
    svg = svg[: svg.index("</svg>")]
    targets = {match.replace("&amp;", "&") for match in re.findall(r'<a href="([^"]+)" tabindex="-1"', svg)}
    assert len(re.findall(r'tabindex="-1"', svg)) == len(re.findall(r'class="tie ', svg))
    for target in targets:
        assert site.get(target).status_code == 200, target
    assert {target.split("/")[1] for target in targets} == {"effects", "records"}


def test_files_are_what_they_say(site: httpx.Client) -> None:
    for form, kind in (
        ("svg", "image/svg+xml"), ("png", "image/png"), ("csv", "text/csv"), ("json", "application/json"),
        ("graphml", "application/graphml+xml"), ("ttl", "text/turtle"), ("nt", "application/n-triples"),
        ("jsonld", "application/ld+json"), ("rdf", "application/rdf+xml"),
    ):  # fmt: skip
        for query in ("", "?show=money", "?focus=outcome/falls"):
            answer = site.get(f"/benefits-map.{form}{query}")
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(kind)
    png = site.get("/benefits-map.png").content
    width, height = (int.from_bytes(png[start : start + 4]) for start in (16, 20))
    assert png[:8] == b"\x89PNG\r\n\x1a\n" and width == 2240 and width * height <= 16e6
    svg = site.get("/benefits-map.svg").text
    for item in etree.fromstring(svg.encode()).iter():
        assert item.get("style") is None
        assert (item.get("href") or "http").startswith("http")
    graphml = etree.fromstring(site.get("/benefits-map.graphml").text.encode())
    space = "{http://graphml.graphdrawing.org/xmlns}"
    nodes = {node.get("id") for node in graphml.iter(f"{space}node")}
    edges = [(edge.get("source"), edge.get("target")) for edge in graphml.iter(f"{space}edge")]
    assert len(edges) == len(site.get("/benefits-map.json").json()["lines"])
    assert {end for edge in edges for end in edge} == nodes
    triples = {quad.triple for quad in ox.parse(site.get("/benefits-map.nt").content, format=ox.RdfFormat.N_TRIPLES)}
    shares = [t for t in triples if t.predicate.value == f"{WSIC}share"]
    assert len(shares) == sum(line["kind"] == "for" for line in site.get("/benefits-map.json").json()["lines"])
    assert site.get("/benefits-map.exe").status_code == 404


@pytest.mark.parametrize(
    "path", ["/benefits-map", "/benefits-map?show=money", "/benefits-map?care_group=all&links=all", TORBAY]
)
def test_no_page_is_heavy(site: httpx.Client, path: str) -> None:
    assert len(gzip.compress(site.get(path).content, 6)) <= 60_000


# ---------------------------------------------------------------- the check


def recomputed(links: Links, tree: dict[str, Any]) -> dict[str, Any]:
    """Coverage, gaps, duplication and orphans by plain Python over the dump."""
    reached: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    counts = Counter[tuple[str, str]]()
    for one in tree["services"]:
        cell = one["intervention"], one["care_group"]
        reached[cell] += Decimal(str(one["coverage"]))
        counts[cell] += 1
    shared = [link for link in links.all if link["share"] is not None]
    if tree.get("care_group"):
        shared = [link for link in shared if link["careGroup"] == tree["care_group"]]
    coverage, gaps = {}, {}
    leading: set[tuple[str, str]] = set()
    for benefit in tree["benefits"]:
        mine = [link for link in shared if link["outcome"] in links.measures[benefit]]
        total = sum((link["share"] for link in mine), Decimal(0))
        there = Decimal(0)
        for link in mine:
            cell = link["intervention"], link["careGroup"]
            covered = min(reached[cell], Decimal(1))
            there += link["share"] * covered
            if covered < 1:
                gaps[link["iri"]] = link["share"] * (1 - covered)
        coverage[benefit] = there / total if total else None
        whole = [link for link in links.all if link["share"] is not None and link["outcome"] in links.measures[benefit]]
        leading |= {(link["intervention"], link["careGroup"]) for link in whole}
    return {
        "coverage": coverage,
        "gaps": gaps,
        "duplication": {cell for cell, count in counts.items() if count > 1},
        "orphans": sorted(one["name"] for one in tree["services"]
                          if (one["intervention"], one["care_group"]) not in leading),
    }  # fmt: skip


@pytest.mark.parametrize("people", ["", "older-people", "frailty"])
def test_a_real_area_comes_out_as_plain_python_says(site: httpx.Client, links: Links, people: str) -> None:
    rows = site.get("/queries/benefits_map/known-services.json?area=E06000027").json()["results"]["bindings"]
    assert len(rows) > 5
    services = [
        {
            "name": f"{row['title']['value'][:60]} {number}",
            "intervention": row["by"]["value"].rsplit("/", 1)[-1],
            "care_group": row["group"]["value"].rsplit("/", 1)[-1],
            "coverage": plain(Decimal(number % 7) / 10),
        }
        for number, row in enumerate(rows)
    ]
    benefits = sorted(links.measures)
    tree = {"area": "E06000027", "benefits": benefits, "services": services, "care_group": people or None}
    answer = site.post("/api/service-check", json=tree)
    assert answer.status_code == 200, answer.text
    result, expected = answer.json()["result"], recomputed(links, tree)
    found = {item["benefit"]: item["coverage"] for item in result["benefits"]}
    assert found.keys() == expected["coverage"].keys()
    for benefit, share in expected["coverage"].items():
        assert (found[benefit] is None) == (share is None)
        assert share is None or float(found[benefit]) == pytest.approx(float(share))
    assert {gap["contribution"]: float(gap["missing"]) for gap in result["gaps"]} == pytest.approx(
        {iri: float(value) for iri, value in expected["gaps"].items()}
    )
    missing = [float(gap["missing"]) for gap in result["gaps"]]
    assert missing == sorted(missing, reverse=True)
    assert {(item["intervention"], item["care_group"]) for item in result["possible_duplication"]} == expected[
        "duplication"
    ]
    assert sorted(item["name"] for item in result["orphans"]) == expected["orphans"]
    assert site.get(answer.json()["page"]).status_code == 200


def test_the_page_tells_the_result_in_words_and_on_the_map(site: httpx.Client) -> None:
    page = site.get(TORBAY)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    text = words(page.text)
    for said in (
        "Check existing services: Torbay", "no effect is known that may be counted", "more than everyone",
        "a prompt to talk, not a verdict", "leads to no agreed benefit", "gap: not provided", "Risk stratification",
        "The query behind this", "in place", "missing",
    ):  # fmt: skip
        assert said in text, said
    link = re.search(r'href="(/calculator\?[^"]+)"', page.text)
    assert link
    given = parse_qsl(urlsplit(link[1].replace("&amp;", "&")).query)
    assert ("area", "E06000027") in given
    assert [value for name, value in given if name == "intervention"] == [
        "reablement", "case-management", "hospital-at-home", "social-prescribing",
    ]  # fmt: skip
    assert site.get(link[1].replace("&amp;", "&")).status_code == 200


def test_what_stands_in_for_another_goes_to_the_calculator_as_overlap(site: httpx.Client) -> None:
    relations = site.get("/queries/benefits_map/relations.json").json()["results"]["bindings"]
    pairs = {(row["subject"]["value"], row["object"]["value"]) for row in relations
             if row["predicate"]["value"].endswith("substitutesFor")}  # fmt: skip
    assert pairs
    for one, two in pairs:
        services = "".join(
            f"&service={iri.rsplit('/', 1)[-1]}:{group}:50:S"
            for iri in (one, two)
            for group in ("frailty", "older-people")
        )
        page = site.get(f"/benefits-map/check?benefit=acute-spending&benefit=independence-at-home{services}").text
        overlaps = "one stands in for the other" in page
        assert overlaps == ("overlap=" in re.findall(r'href="(/calculator\?[^"]+)"', page)[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,intervention,coverage\na,reablement,5", "line 1: has no column care_group"),
        ("name,intervention,care_group,coverage,colour\n", "line 1: has a column “colour”"),
        ("name,intervention,care_group,coverage\na,reablment,frailty,5", "line 2, column intervention: “reablment”"),
        ("name,intervention,care_group,coverage\n\na,reablement,martians,5", "line 3, column care_group: “martians”"),
        ("name,intervention,care_group,coverage\na,reablement,frailty,NaN", "line 2, column coverage: “NaN”"),
        ("name,intervention,care_group,coverage\na,reablement,frailty,-5", "column coverage: “-5”"),
        ("name,intervention,care_group,coverage\na,reablement,frailty,1e2", "column coverage: “1e2”"),
        ("name,intervention,care_group,coverage\na,reablement,frailty,101", "column coverage: “101”"),
        ("name,intervention,care_group,coverage\na,reablement,frailty,0.5", "for example 50 or 0.5%"),
        ("name,intervention,care_group,coverage\n,reablement,frailty,5", "column name: is missing"),
        ("name,intervention,care_group,coverage\na,reablement,frailty,5,6", "line 2: has 5 cells"),
        ("kind,name,intervention,care_group,coverage\nsong,a,reablement,frailty,5", "column kind: “song”"),
        ('name,intervention,care_group,coverage\n"a,reablement', "cannot be read as a table"),
        ("{", "list: is not JSON"),
        ('{"services": 5}', "services: input should be a valid list"),
        ('{"services": [{"name": "a", "intervention": "reablement", "care_group": "frailty", "coverage": 2}]}',
         "services[0].coverage: input should be less than or equal to 1"),
        ('{"services": [{"name": "a", "intervention": "reablement", "care_group": "frailty", "coverage": "NaN"}]}',
         "services[0].coverage"),
        ('{"wish": 1}', "wish: is no field"),
        ("@prefix : <x", "list: is not Turtle"),
        ("a" * 100_001, "list: has 100,001 characters"),
    ],
)  # fmt: skip
def test_faults_of_a_list_name_the_place_and_what_would_be_right(text: str, said: str) -> None:
    _, faults = checked(read_list(text), KNOWN)
    assert any(said in str(fault) for fault in faults), list(map(str, faults))
    assert all(fault.limit for fault in faults)


def test_a_spreadsheet_can_be_pasted_as_it_is() -> None:
    text = "\ufeffService\tIntervention\tCare group\tCoverage (%)\r\nHome ward\tHaH\tOlder people\t20%\r\n"
    situation, faults = checked(read_list(text), KNOWN)
    assert not faults
    assert situation.services == (Service("Home ward", "hospital-at-home", "older-people", "0.2"),)
    situation, faults = checked(read_list('coverage;name;care_group;intervention\n35;"A; B";frailty;telecare'), KNOWN)
    assert not faults and situation.services[0].name == "A; B"


names = (
    st.text(min_size=1, max_size=40)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text.isprintable() and text.strip() == text and text)
)
services = st.builds(
    Service, names, st.sampled_from(sorted(KNOWN.intervention)), st.sampled_from(sorted(KNOWN.care_group)),
    st.integers(0, 1000).map(lambda n: plain(Decimal(n) / 1000)),
)  # fmt: skip
situations = st.builds(
    Situation, st.sampled_from(["", "E06000027"]),
    st.sets(st.sampled_from(sorted(KNOWN.benefit)), min_size=1).map(lambda found: tuple(sorted(found))),
    st.lists(services, max_size=12).map(tuple),
    st.sets(st.sampled_from(sorted(KNOWN.enabler))).map(lambda found: tuple(sorted(found))),
    st.sampled_from(["", "frailty"]),
)  # fmt: skip


@given(situations)
def test_a_list_comes_back_from_every_form(situation: Situation) -> None:
    texts = [as_csv(situation), json.dumps(as_tree(situation)), as_rdf(situation, ox.RdfFormat.TURTLE).decode()]
    link = address("/x", situation)
    drafts: list[Draft] = [*map(read_list, texts), read_fields(parse_qsl(urlsplit(link).query, keep_blank_values=True))]
    for place, draft in enumerate(drafts):
        again, faults = checked(draft, KNOWN)
        assert not faults, (place, list(map(str, faults)))
        assert again == situation, place


@given(st.text(max_size=30))
def test_no_cell_of_a_table_is_a_formula(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "+", "@", "\t", "\r"))
    assert not guarded(cell).startswith("-") or re.fullmatch(r"-\d+(\.\d+)?", cell)


def test_files_of_a_check_can_be_loaded_again(site: httpx.Client) -> None:
    query = TORBAY.partition("?")[2]
    want = site.post("/benefits-map/check", data={"list": site.get(f"/benefits-map/check.csv?{query}").text})
    assert want.status_code == 303
    for form in ("csv", "json", "ttl"):
        body = site.get(f"/benefits-map/check.{form}?{query}")
        assert body.status_code == 200 and body.headers["cache-control"] == "no-store"
        answer = site.post("/benefits-map/check", data={"list": body.text})
        assert answer.headers["location"] == want.headers["location"], form
    assert sorted(parse_qsl(urlsplit(want.headers["location"]).query)) == sorted(parse_qsl(query))
    for form in ("svg", "png"):
        assert site.get(f"/benefits-map/check.{form}?{query}").status_code == 200
    template = site.get("/benefits-map/check/template.csv")
    assert site.post("/benefits-map/check", data={"list": template.text}).status_code == 303


def test_a_long_list_is_answered_at_once_and_kept_only_if_asked(site: httpx.Client) -> None:
    lines = [f"Service number {n} of the list,telecare,older-people,1%" for n in range(150)]
    text = "\n".join(["name,intervention,care_group,coverage", *lines])
    form = {"list": text, "benefit": ["acute-spending", "independence-at-home"]}
    answer = site.post("/benefits-map/check", data=form)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert "too long for an address" in answer.text
    assert len(gzip.compress(answer.content, 6)) <= 60_000
    kept = site.post("/benefits-map/check/kept", data=form)
    assert kept.status_code == 303
    page = site.get(kept.headers["location"])
    assert page.status_code == 200 and "Service number 149 of the list" in page.text
    assert site.post("/benefits-map/check/kept", data=form).headers["location"] == kept.headers["location"]
    assert site.post("/benefits-map/check/kept", data={"area": ""}).status_code == 422
    assert site.post("/benefits-map/check/kept", data=form, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert site.get("/benefits-map/check/kept/0000000000000000").status_code == 404
    assert site.get("/benefits-map/check/kept/x").status_code == 404
    more = site.post("/benefits-map/check", data={"list": f"{text}\n{lines[0]}", "benefit": "acute-spending"})
    assert more.status_code == 422 and "there are 151" in more.text


def test_hostile_input_is_refused_in_words(site: httpx.Client) -> None:
    evil = "<script>alert(1)</script>"
    page = site.get(
        "/benefits-map/check", params={"benefit": "acute-spending", "service": f"telecare:frailty:5:{evil}"}
    )
    assert page.status_code == 200 and evil not in page.text and "&lt;script&gt;" in page.text
    for service in (
        "<http://x>:frailty:5:a",
        "a b:c d:NaN:x",
        "telecare:frailty:" + "9" * 400 + ":x",
        "\x00\x01",
    ):
        answer = site.get("/benefits-map/check", params={"benefit": "acute-spending", "service": service})
        assert answer.status_code == 422 and "to put right" in answer.text, service
    odd = 'x" } ; DROP ALL #'
    answer = site.post("/api/service-check", json={"benefits": [odd], "services": []})
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["faults"][0]["field"] == "benefits"
    assert (
        site.post("/api/service-check", content="[" * 100_000, headers={"content-type": "application/json"}).status_code
        == 422
    )
    assert site.post("/api/service-check", content="{}").status_code == 415
    assert site.post("/benefits-map/check", files={"list": b"x"}).status_code == 415
    assert site.post("/benefits-map/check", data={"list": "x" * 600_000}).status_code == 413
    assert site.post("/benefits-map/check", data={f"n{n}": "x" for n in range(3000)}).status_code == 400


def test_the_api_is_described_and_its_example_works(site: httpx.Client) -> None:
    document = site.get("/openapi.json").json()
    operation = document["paths"]["/api/service-check"]["post"]
    assert {"ServiceList", "ListedService", "ServiceCheck"} <= document["components"]["schemas"].keys()
    example = operation["requestBody"]["content"]["application/json"]["examples"]["two-services"]["value"]
    assert example == EXAMPLE
    answer = site.post("/api/service-check", json=example).json()
    wanted = document["components"]["schemas"]["ServiceCheck"]["properties"]["result"]
    assert answer["result"].keys() == wanted["properties"].keys()
    assert answer["benefits"] == sorted(example["benefits"])


def test_other_pages_lead_to_the_map(site: httpx.Client) -> None:
    for path, target in (
        ("/interventions/reablement", "/benefits-map?focus=intervention%2Freablement"),
        ("/outcomes/falls", "/benefits-map?focus=outcome%2Ffalls"),
        ("/", "/benefits-map"),
        ("/model", "/benefits-map/check"),
        ("/guide/parts", "/guide/benefits-map"),
        ("/guide/benefits-map", "/benefits-map/check"),
        ("/value-cases/torbay", "/benefits-map?focus=intervention%2F"),
        ("/benefits-map", "/benefits-map/check"),
    ):
        assert target in site.get(path).text, path


# --------------------------------------------------------------- in a browser


def test_the_check_works_by_hand_without_javascript(browser: Browser, site: httpx.Client) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.base_url}/benefits-map/check")
    page.get_by_label("Council, if you like").fill("Torbay")
    page.get_by_role("button", name="More rows").click()
    assert page.locator(".service-row").count() >= 5
    page.locator("summary", has_text="Start from what is known in Torbay").click()
    page.locator("input[name=start]").first.check()
    page.get_by_role("button", name="Add what is ticked").click()
    assert page.get_by_role("status").filter(has_text="added").count() == 1
    page.get_by_label("More independence at home").check()
    page.get_by_role("button", name="Check", exact=True).click()
    assert page.get_by_role("alert").get_by_text("is missing").count() == 1
    page.get_by_label("Reaches, %").first.fill("40")
    page.get_by_role("button", name="Check", exact=True).click()
    assert "service=" in page.url and "benefit=independence-at-home" in page.url
    assert page.get_by_role("heading", name="How far each benefit is covered").count() == 1
    context.close()


def test_rows_and_files_come_by_javascript(browser: Browser, site: httpx.Client, tmp_path: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.base_url}/benefits-map/check")
    rows = page.locator(".service-row").count()
    page.get_by_role("button", name="More rows").click()
    assert page.locator(".service-row").count() == rows + 1
    assert page.evaluate("document.activeElement.id") == f"name-{rows + 1}"
    assert page.url.endswith("/benefits-map/check")
    path = tmp_path / "list.csv"
    path.write_text(
        "name,intervention,care_group,coverage\nHome ward,hospital-at-home,older-people,20\n", encoding="utf-8"
    )
    page.locator("summary", has_text="Paste or load a list").click()
    page.get_by_label("A file of yours").set_input_files(path)
    page.get_by_text("list.csv is in the box").wait_for()
    page.get_by_label("More independence at home").check()
    page.get_by_role("button", name="Read the list").click()
    page.wait_for_url("**service=hospital-at-home**")
    context.close()


def test_the_keyboard_goes_through_the_picture_column_by_column(browser: Browser, site: httpx.Client) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site.base_url}/benefits-map")
    page.locator(".frame").focus()
    columns = []
    for _ in range(60):
        page.keyboard.press("Tab")
        x = page.evaluate(
            "document.activeElement.closest('svg.layered') && document.activeElement.getBoundingClientRect().x"
        )
        if x is None:
            break
        columns.append(round(float(x)))
    assert len(columns) > 20
    assert columns == sorted(columns)
    page.locator("svg.layered a:not([tabindex])", has_text="Care home admissions").first.click()
    assert "focus=outcome" in page.url
    page.locator("svg.layered a:not([tabindex])", has_text="Care home admissions").first.click()
    assert "focus=outcome" not in page.url
    page.close()


def test_axe_finds_nothing_on_other_states(browser: Browser, site: httpx.Client) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    for path in (
        "/benefits-map?focus=intervention/hospital-at-home",
        "/benefits-map/check?benefit=x&service=a:b:c:d",
        TORBAY,
    ):
        page.goto(f"{site.base_url}{path}")
        for scheme in LOOKS:
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
            assert not found.response["violations"], f"{path} {scheme}\n{found.generate_report()}"
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.set_viewport_size({"width": 1280, "height": 800})
    page.close()


@pytest.mark.parametrize(
    "query",
    ["", "show=money", "care_group=older-people", "care_group=all&links=all", "focus=outcome/emergency-admissions"],
)
def test_the_map_prints_on_one_sheet(browser: Browser, site: httpx.Client, query: str) -> None:
    page = browser.new_page()
    page.goto(f"{site.base_url}/benefits-map?{query}")
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", pdf)
    assert box and float(box[1]) > float(box[2])
    page.close()
