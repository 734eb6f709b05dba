"""Search and the lists: what is found, how it is counted, paged and told, over the true graph and true HTTP."""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.site_fixtures import serve
from wsic_graph.answers import Iri, Row, read_rows
from wsic_graph.engine.bind import bind_terms
from wsic_graph.errors import ParameterError
from wsic_graph.namespaces import HARVEST_PREFIXES, ID, PREFIXES
from wsic_graph.queries import get_query
from wsic_graph.search.index import Asked, Found, Index
from wsic_graph.search.lists import LISTS
from wsic_graph.search.making import INDEX, Ask, ensure_index, make_index, replace
from wsic_graph.search.words import meanings, read_words
from wsic_graph.settings import Settings

SEARCH = LISTS["search"]
NARROWED = [name for name, of in LISTS.items() if of.query]


def asking(store: ox.Store) -> Ask:
    """The saved queries, answered by ``store`` itself."""

    def ask(query: str, /, **values: object) -> list[Row]:
        saved = get_query(query)
        found = store.query(bind_terms(saved.text, saved.bind(values)), use_default_graph_as_union=True)
        assert isinstance(found, ox.QuerySolutions)
        return read_rows(found.serialize(format=ox.QueryResultsFormat.JSON) or b"")

    return ask


@pytest.fixture(scope="module")
def ask(store: ox.Store) -> Ask:
    return asking(store)


@pytest.fixture(scope="module")
def path(ask: Ask, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the true graph."""
    path = tmp_path_factory.mktemp("search") / INDEX
    make_index(path, ask)
    return path


@pytest.fixture(scope="module")
def index(path: Path) -> Index:
    return Index(path)


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    with serve(release) as client:
        yield client


def keys(index: Index, text: str, name: str = "search", **more: Any) -> list[str]:
    """The keys of everything that ``text`` finds, the best first."""
    return [hit.key for hit in index.find(LISTS[name], Asked(text, limit=5000, **more)).hits]


# ------------------------------------------------------------------- words


def test_names_of_a_concept_find_the_same(index: Index) -> None:
    found = [
        set(keys(index, text)) for text in ("ED", "A&E", "accident and emergency", "a and e", "Emergency Department")
    ]
    assert len(found[0]) > 20 and all(other == found[0] for other in found)
    assert "setting/emergency-department" not in found[0] and "outcome/ae-attendances" in found[0]
    assert set(keys(index, "MDT")) == set(keys(index, "multidisciplinary teams")) >= set(keys(index, '"MDT"'))
    assert set(keys(index, '"accident and emergency"')) < found[0], "quotation marks keep to the words as typed"


def test_records_with_the_words_as_typed_come_first(index: Index) -> None:
    exact = set(keys(index, '"link workers"'))
    found = keys(index, "link workers")
    assert exact < set(found) and set(found[: len(exact)]) == exact
    assert keys(index, "social prescribing")[0] == "intervention/social-prescribing"


def test_words_are_found_by_their_stem_and_without_accents(index: Index) -> None:
    assert set(keys(index, "fractures")) == set(keys(index, "fracture")) != set()
    assert set(keys(index, "Jönköping")) == set(keys(index, "jonkoping")) != set()


def test_phrases_and_words_left_out(index: Index) -> None:
    words, phrase = set(keys(index, "home hospital")), set(keys(index, '"hospital at home"'))
    assert phrase and phrase < words
    without = set(keys(index, "frailty -dementia"))
    assert without and without == set(keys(index, "frailty")) - set(keys(index, "dementia", sort="title")) - set(
        keys(index, '"dementia"')
    )
    everything = set(keys(index, ""))
    assert set(keys(index, "-dementia")) == everything - set(keys(index, '"dementia"'))


def test_the_beginning_of_a_word_is_enough(index: Index) -> None:
    found = index.find(SEARCH, Asked("reablem"))
    assert found.how == "begins" and found.hits[0].key == "intervention/reablement"
    assert set(keys(index, "reable*")) >= set(keys(index, "reablement", sort="title")) & set(
        keys(index, '"reablement"')
    )
    titles = [hit.title for hit in index.begin("torb", 8)]
    assert titles and all("Torbay" in title for title in titles[:2])


def test_some_of_the_words_when_no_record_has_all(index: Index) -> None:
    found = index.find(SEARCH, Asked("zebra reablement"))
    assert found.how == "some" and found.total > 10


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("reablemnt", "reablement"),
        ("dementai care", "dementia care"),
        ("Torbey", "torbay"),
        ("hospitl", "hospital"),
    ],
)
def test_a_mistyped_word_is_put_right(wrong: str, right: str, index: Index) -> None:
    found = index.find(SEARCH, Asked(wrong))
    assert found.suggestion == right
    assert index.find(SEARCH, Asked(right)).total > found.total or found.how == "some"
    assert index.find(SEARCH, Asked(right)).suggestion is None


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=80) | st.text('ab"-*&() ORANDNOTNEAR:^+{}', max_size=40))
def test_any_text_has_an_answer(text: str, index: Index) -> None:
    found = index.find(SEARCH, Asked(text))
    assert 0 <= len(found.hits) <= found.total
    index.begin(text, 5)


def test_concepts_with_several_names_in_common_have_one_meaning() -> None:
    place = [("place", name) for name in ("A&E", "ED", "casualty", "accident and emergency")]
    visits = [("visits", name) for name in ("A&E", "casualty", "accident and emergency", "ED visits")]
    found = meanings([*place, *visits, ("other", "ED"), ("other", "erectile")])
    assert found["ed visits"] == found["casualty"] and len(found["casualty"]) == 1
    assert len(found["ed"]) == 2, "one shared name does not make two concepts one"
    wanted = read_words("the ED", {("ed",): [("ed",), ("a", "e")]})
    assert [term.phrases for term in wanted.terms] == [(("ed",), ("a", "e"))], "small words alone say nothing"


# ------------------------------------------------------------------ facets


def rows_of(ask: Ask, name: str, chosen: Mapping[str, Sequence[str]]) -> set[str]:
    """The records that the public query behind a list answers."""
    of = LISTS[name]
    values = {facet: "|".join(values) for facet, values in chosen.items() if values}
    return {str(row[of.column]) for row in ask(of.query, **values)}


def found_by(index: Index, name: str, chosen: Mapping[str, Sequence[str]]) -> Found:
    return index.find(LISTS[name], Asked(chosen=chosen, limit=5000))


@pytest.mark.parametrize("name", NARROWED)
def test_counts_are_those_of_the_graph(name: str, index: Index, ask: Ask) -> None:
    """A hundred random combinations of filters: the records, and the counts of every facet, against plain SPARQL."""
    chance = random.Random(name)  # noqa: S311  seeded draws, which can be repeated; no secrets
    whole = found_by(index, name, {})
    values = {facet.name: [choice.value for choice in choices] for facet, choices in whole.facets}
    tried = 0
    for _ in range(25):
        names = chance.sample(sorted(values), chance.randint(0, 3))
        chosen = {facet: chance.sample(values[facet], min(len(values[facet]), chance.randint(1, 2))) for facet in names}
        found = found_by(index, name, chosen)
        assert {str(hit.iri) for hit in found.hits} == rows_of(ask, name, chosen), chosen
        facet, choices = chance.choice(found.facets)
        for choice in chance.sample(choices, min(2, len(choices))):
            expected = len(rows_of(ask, name, {**chosen, facet.name: [choice.value]}))
            assert choice.count == expected, (chosen, facet.name, choice.value)
            tried += 1
    assert tried > 20


def test_each_facet_counts_as_the_graph_does(index: Index, ask: Ask) -> None:
    for name in NARROWED:
        for facet, choices in found_by(index, name, {}).facets:
            assert choices, f"{name}: nothing can be narrowed by {facet.name}"
            rarest = choices[-1]
            assert rarest.count == len(rows_of(ask, name, {facet.name: [rarest.value]})), (name, facet.name, rarest)


def test_broader_concepts_count_narrower_ones(index: Index) -> None:
    narrow = {hit.key for hit in found_by(index, "initiatives", {"care_group": ["frailty"]}).hits}
    broad = {hit.key for hit in found_by(index, "initiatives", {"care_group": ["older-people"]}).hits}
    assert narrow and narrow < broad


def test_values_that_there_are_not_leave_nothing_and_are_no_error(index: Index, site: httpx.Client) -> None:
    for name, of in LISTS.items():
        for facet in of.facets:
            assert found_by(index, name, {facet.name: ["<no such>"]}).total == 0, (name, facet.name)
    html = site.get("/initiatives?nation=atlantis&wrong=1").text
    assert ">0 initiatives<" in html and "Atlantis" in html and "Show all" in html


def test_several_values_of_a_facet_widen_and_facets_narrow(site: httpx.Client) -> None:
    def total(query: str) -> int:
        return int(site.get(f"/initiatives.json?{query}").json()["total"])

    wales, scotland = total("nation=W92000004"), total("nation=S92000003")
    assert total("nation=W92000004&nation=S92000003") == total("nation=W92000004|S92000003") == wales + scotland
    assert 0 < total("nation=W92000004&nation=S92000003&care_group=frailty") < wales + scotland


def test_the_query_behind_a_list_answers_the_same(site: httpx.Client) -> None:
    for page in (
        "/initiatives?nation=W92000004&nation=S92000003&care_group=frailty",
        "/evidence?direction=worsens&term=null+result&term=Cochrane",
        "/resources?version=superseded",
        "/value-cases?case_kind=international",
    ):
        html = site.get(page).text
        behind = unescape(re.findall(r'href="(/queries/pages/[^"]+)"', html)[0])
        answered = site.get(behind, headers={"Accept": "application/sparql-results+json"}).json()["results"]["bindings"]
        column = next(of.column for of in LISTS.values() if of.path == page.partition("?")[0])
        records = {row[column]["value"] for row in answered}
        assert records == {item["id"] for item in site.get(page.replace("?", ".json?")).json()["results"]}, page


# ------------------------------------------------------------------ paging


@pytest.mark.parametrize(
    "address", ["/search?q=reablement&limit=37", "/evidence?limit=20&sort=title", "/resources?limit=50"]
)
def test_paging_visits_each_result_once(address: str, site: httpx.Client) -> None:
    everything = [item["id"] for item in site.get(address.replace("?", ".json?")).json()["results"]]
    whole = site.get(re.sub(r"limit=\d+", "limit=1000", address).replace("?", ".json?")).json()
    seen: list[str] = []
    page, html = address, ""
    while page:
        html = site.get(page).text
        main = html.partition('class="finder-results"')[2]
        seen += re.findall(r'(?:role="rowheader"[^>]*><div>|<h2>)<a href="([^"]+)"', main)
        following = re.findall(r'<a href="([^"]+)" rel="next">', html)
        page = unescape(following[0]) if following else ""
    assert len(seen) == whole["total"] == len(set(seen)) and len(everything) < len(seen)
    assert seen == [item["page"] for item in whole["results"]]
    back = 0
    while previous := re.findall(r'<a href="([^"]+)" rel="prev">', html):
        html, back = site.get(unescape(previous[0])).text, back + 1
    assert back == (whole["total"] - 1) // len(everything)


def test_a_page_starts_behind_its_key_even_if_the_list_has_changed(index: Index) -> None:
    of = LISTS["initiatives"]
    titles = [hit.key for hit in index.find(of, Asked(limit=500)).hits]
    wales = index.find(of, Asked(chosen={"nation": ["W92000004"]}, limit=500))
    outside = next(key for key in titles[30:] if key not in [hit.key for hit in wales.hits])
    behind = index.find(of, Asked(chosen={"nation": ["W92000004"]}, after=outside, limit=500))
    place = titles.index(outside)
    assert [hit.key for hit in behind.hits] == [hit.key for hit in wales.hits if titles.index(hit.key) > place]
    with pytest.raises(ParameterError, match="after: no record of this list has the key"):
        index.find(of, Asked(after="initiative/atlantis"))


@pytest.mark.parametrize(
    "query", ["sort=upwards", "limit=0", "limit=many", "limit=1001", "after=nothing", "format=exe"]
)
def test_wrong_values_are_named(query: str, site: httpx.Client) -> None:
    response = site.get(f"/evidence?{query}", headers={"Accept": "application/json"})
    assert response.status_code == 422 and response.json()["detail"].startswith(query.partition("=")[0])


def test_orders(index: Index) -> None:
    years = [hit.year for hit in index.find(LISTS["evidence"], Asked(limit=500)).hits]
    assert years == sorted(years, reverse=True)
    titles = [hit.title.lower() for hit in index.find(LISTS["evidence"], Asked(sort="title", limit=500)).hits]
    assert titles == sorted(titles)
    assert index.find(SEARCH, Asked(sort="relevance")).sort == "title", "relevance needs words"


# ------------------------------------------------------------------- forms


def test_every_form_says_the_same(site: httpx.Client) -> None:
    for list_page, query in (("/search", "q=falls"), ("/evidence", "category=workforce"), ("/value-cases", "")):
        found = site.get(f"{list_page}.json?{query}").json()
        identifiers = [item["id"] for item in found["results"]]
        assert len(identifiers) == found["total"] > 5
        rows = list(csv.DictReader(io.StringIO(site.get(f"{list_page}.csv?{query}").text)))
        assert [row["id"] for row in rows] == identifiers
        assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
        for form in ("ttl", "nt", "rdf", "jsonld"):
            response = site.get(f"{list_page}?{query}&format={form}")
            assert ranked(response, form) == dict(enumerate(identifiers, 1))
        html = site.get(f"{list_page}?{query}&limit=1000").text
        assert re.search(rf">{found['total']} [a-z ]+<", html)
        assert [unescape(title) for title in re.findall(r'<h2><a href="[^"]+">([^<]+)</a></h2>', html)] in (
            [],
            [item["title"] for item in found["results"]],
        )


def ranked(response: httpx.Response, form: str) -> dict[int, str]:
    """The records of a list in RDF by their rank; each has a type and a title, and the collection counts them."""
    kinds = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML}
    store = ox.Store()
    store.load(response.content, format=kinds.get(form, ox.RdfFormat.JSON_LD))
    known = PREFIXES | HARVEST_PREFIXES
    prologue = "".join(f"PREFIX {name}: <{known[name]}> " for name in ("hydra", "schema", "dcterms"))
    rows = store.query(
        prologue + "SELECT ?rank ?item { ?list a hydra:Collection ; hydra:totalItems ?total ; hydra:member ?item ; "
        "schema:itemListElement ?part . ?part schema:position ?rank ; schema:item ?item . "
        "?item a ?type ; dcterms:title ?title }"
    )
    assert isinstance(rows, ox.QuerySolutions)
    return {int(row["rank"].value): row["item"].value for row in rows}


def test_what_is_typed_is_never_markup(site: httpx.Client) -> None:
    attack = '"><script>alert(1)</script> falls'
    html = site.get("/search", params={"q": attack}).text
    assert "<script>alert" not in html and "&lt;script&gt;" in html
    marked = site.get("/search?q=falls").text
    assert re.search(r"<mark>falls</mark>", marked, re.IGNORECASE)


def test_suggestions_while_typing(site: httpx.Client) -> None:
    found = site.get("/search/suggest?q=virtual+wa").json()
    assert found[0] == {"title": "Virtual wards", "kind": "Interventions", "page": "/scheme/intervention/virtual-wards"}
    assert len(found) <= 8 and site.get("/search/suggest").json() == []
    for item in found:
        assert site.get(item["page"].partition("#")[0]).status_code == 200


# ------------------------------------------------------------------ making


@pytest.mark.parametrize(
    ("words", "kind", "page"),
    [
        ("Torbay Council", "organisation", "/records/organisation/torbay-council"),
        ("thistlethwaite", "source", "/sources/thistlethwaite-2011-integrating-health-social-care-torbay"),
        ("Torbay integrated teams", "value-case", "/value-cases/torbay"),
    ],
)
def test_sources_organisations_and_value_cases_are_found_as_what_they_are(
    words: str, kind: str, page: str, site: httpx.Client
) -> None:
    found = site.get("/search.json", params={"q": words}).json()["results"]
    assert (kind, page) in {(item["kind"], item["page"]) for item in found}
    assert site.get(page).status_code == 200


def test_the_same_graph_gives_the_same_index(path: Path, ask: Ask, tmp_path: Path) -> None:
    make_index(tmp_path / INDEX, ask)
    assert (tmp_path / INDEX).read_bytes() == path.read_bytes()


def test_an_index_is_made_once_for_a_release(release: Path, tmp_path: Path) -> None:
    """Whatever the limits of visitors are; one that cannot be read is made again."""
    for name in ("manifest.json", "dataset.nq"):
        (tmp_path / name).symlink_to(release / name)
    narrow = Settings(query_rows=1_000, query_bytes=1_000_000, query_seconds=0.5)
    (tmp_path / INDEX).write_bytes(b"not a database")
    made = ensure_index(tmp_path, narrow)
    assert Index(made).find(SEARCH, Asked("falls")).total
    stamp = made.stat().st_mtime_ns
    assert ensure_index(tmp_path, narrow).stat().st_mtime_ns == stamp
    assert [item.name for item in tmp_path.iterdir() if item.name.startswith(".")] == []


def test_every_record_with_a_page_is_in_the_index(index: Index, store: ox.Store) -> None:
    found = {hit.iri for hit in index.find(SEARCH, Asked(limit=5000)).hits}
    for kind in (
        "Initiative",
        "ValueCase",
        "OverarchingValueCase",
        "EvidenceSource",
        "EffectEstimate",
        "Resource",
        "Area",
    ):
        quads = store.quads_for_pattern(
            None, ox.NamedNode(f"{PREFIXES['rdf']}type"), ox.NamedNode(PREFIXES["wsic"] + kind), None
        )
        assert {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)} <= found, kind


def test_one_record_can_be_replaced(path: Path, store: ox.Store, tmp_path: Path) -> None:
    """After a change of one record, the index answers as a new one would."""
    iri, copy = f"{ID}initiative/torbay-care-trust", tmp_path / INDEX
    shutil.copyfile(path, copy)
    record = list(store.quads_for_pattern(ox.NamedNode(iri), None, None, None))
    new: dict[str, ox.NamedNode | ox.Literal] = {
        f"{PREFIXES['dcterms']}title": ox.Literal("Xylophone care", language="en"),
        f"{PREFIXES['wsic']}careGroup": ox.NamedNode(f"{PREFIXES['care-group']}dementia"),
    }
    changed = [quad for quad in record if quad.predicate.value not in new]
    graph = record[0].graph_name
    changed += [ox.Quad(ox.NamedNode(iri), ox.NamedNode(name), value, graph) for name, value in new.items()]
    try:
        for quad in record:
            store.remove(quad)
        store.extend(changed)
        replace(copy, copy, asking(store), [iri])
        index = Index(copy)
        assert keys(index, "xylophone") == ["initiative/torbay-care-trust"]
        (hit,) = index.find(LISTS["initiatives"], Asked("xylophone", {"care_group": ["dementia"]})).hits
        assert (hit.title, hit.iri, hit.card["lead"]) == ("Xylophone care", Iri(iri), "Torbay Care Trust")
        assert index.find(SEARCH, Asked()).total == Index(path).find(SEARCH, Asked()).total
        for quad in changed:
            store.remove(quad)
        replace(copy, copy, asking(store), [iri])
        assert keys(Index(copy), "xylophone") == []
        assert len(keys(Index(copy), "")) == len(keys(Index(path), "")) - 1
    finally:
        for quad in changed:
            store.remove(quad)
        store.extend(record)
