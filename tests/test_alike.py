"""Places and initiatives that are alike: against plain computations over the files, and what must always hold."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from math import isclose, log, sqrt
from statistics import fmean, pstdev

import numpy as np
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wsic_graph.answers import Iri, Row, read_rows
from wsic_graph.content import ROOT
from wsic_graph.engine.bind import bind_terms
from wsic_graph.namespaces import ID, PREFIXES
from wsic_graph.places import measures, similar
from wsic_graph.places.maps import BOX, GAP, Place, apart, on_the_map, project
from wsic_graph.places.measures import Matrix, Table, standardised
from wsic_graph.places.neighbours import compare, distances, nearest
from wsic_graph.places.reported import Reported, read_reported, total
from wsic_graph.places.similar import likeness, read_profiles, weights
from wsic_graph.queries import get_query

TORBAY = Iri(f"{ID}area/E06000027")
CITY = Iri(f"{ID}area/E09000001")
PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())


def answer(store: ox.Store, name: str, **values: object) -> list[Row]:
    """The rows of a saved query, asked of the store itself."""
    query = get_query(name)
    found = store.query(bind_terms(query.text, query.bind(values)), use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    return read_rows(found.serialize(format=ox.QueryResultsFormat.JSON) or b"")


def ask(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    """The rows of any query, as text."""
    found = store.query(PROLOGUE + query, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple("" if term is None else str(getattr(term, "value", "")) for term in row) for row in found]


@pytest.fixture(scope="module")
def table(store: ox.Store) -> Table:
    """The councils of the graph."""
    return Table.read(answer(store, measures.QUERY))


# ------------------------------------------------------------------ places


def read(name: str) -> list[dict[str, str]]:
    with (ROOT / "graph_data" / "tables" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def plain() -> dict[str, list[float]]:
    """The usual measures of each present council, from the tables alone."""
    current = {row["gss_code"] for row in read("areas.csv") if row["is_current"] == "true"}
    held = {
        (row["gss_code"], row["indicator"], row["age_band"], row["period"]): Decimal(row["value"])
        for row in read("observations.csv")
    }

    def percent(share: Decimal) -> float:
        return float((100 * share).quantize(Decimal("0.01"), ROUND_HALF_UP))

    def share(code: str, band: str) -> float:
        return percent(held[code, "population", band, "mid-2024"] / held[code, "population", "all", "mid-2024"])

    return {
        code: [
            share(code, "65plus"),
            share(code, "85plus"),
            float(held[code, "population", "all", "mid-2024"]),
            float(held[code, "imd-average-score", "all", "iod2025"]),
            percent(held[code, "disabled-share", "all", "census-2021"]),
        ]
        for code in sorted(current)
    }


@pytest.mark.parametrize("code", ["E06000027", "E08000025", "E09000001", "E06000053", "E10000016"])
def test_neighbours_are_those_of_a_plain_computation(code: str, table: Table, plain: dict[str, list[float]]) -> None:
    columns = list(zip(*plain.values(), strict=True))
    means, spreads = [fmean(column) for column in columns], [pstdev(column) for column in columns]

    def distance(one: str, other: str) -> float:
        pairs = zip(plain[one], plain[other], means, spreads, strict=True)
        return sqrt(sum(((a - m) / s - (b - m) / s) ** 2 for a, b, m, s in pairs))

    expected = sorted((distance(code, other), other) for other in plain if other != code)[:10]
    found = nearest(table, f"{ID}area/{code}", table.usual)
    assert [neighbour.council.iri.slug for neighbour in found] == [other for _, other in expected]
    for neighbour, (wanted, _) in zip(found, expected, strict=True):
        assert isclose(neighbour.distance, wanted, rel_tol=1e-9)
        assert isclose(neighbour.distance, sqrt(sum((item.apart or 0) ** 2 for item in neighbour.measures)))


TABLES = arrays(np.float64, (6, 3), elements=st.floats(-1e6, 1e6, width=32)).flatmap(
    lambda values: arrays(np.bool_, (6, 3)).map(
        lambda gone: np.where(gone & (np.arange(6) > 1)[:, None], np.nan, values)
    )
)


@given(TABLES, st.lists(st.sampled_from([0.001, 1.0, 7.5, 1000.0]), min_size=3, max_size=3))
def test_distance_is_symmetric_and_knows_no_unit(values: Matrix, factors: list[float]) -> None:
    scores = standardised(values)
    found = distances(scores, scores)
    assert np.allclose(found, found.T, equal_nan=True)
    own = np.diag(found)
    assert np.all(np.isnan(own) | (own == 0))
    spread = np.nanstd(values, axis=0)
    if np.all((spread == 0) | (spread > 1e-3 * np.nanmax(np.abs(values), axis=0))):  # else rounding is all there is
        scores = standardised(values * np.array(factors))
        scaled = distances(scores, scores)
        assert np.allclose(found, scaled, rtol=1e-3, atol=1e-6, equal_nan=True)


def test_what_is_missing_is_said_and_too_little_is_not_compared(table: Table) -> None:
    chosen, unknown = table.choose(["healthy-life-male", "deprivation", "share-65plus", "unheard-of"])
    assert unknown == ["unheard-of"] and [item.slug for item in chosen] == [
        "share-65plus",
        "deprivation",
        "healthy-life-male",
    ]
    assert table.figure(CITY, "healthy-life-male") is None
    found = nearest(table, CITY, chosen)
    assert len(found) == 10
    for neighbour in found:
        assert [item.slug for item in neighbour.missing] == ["healthy-life-male"]
        known = [item.apart for item in neighbour.measures if item.apart is not None]
        assert isclose(neighbour.distance, sqrt(3 / 2 * sum(gap**2 for gap in known)))
    assert nearest(table, CITY, [table.measures["healthy-life-male"]]) == []
    assert all(item.council.iri != CITY for item in nearest(table, TORBAY, [table.measures["healthy-life-male"]], 200))


def test_only_present_councils_and_never_itself(table: Table, store: ox.Store) -> None:
    present = {row[0] for row in ask(store, "SELECT ?a { ?a wsic:current true }")}
    assert set(table.councils) == present
    everyone = nearest(table, TORBAY, table.usual, 1000)
    assert {item.council.iri for item in everyone} == present - {TORBAY}
    assert [item.distance for item in everyone] == sorted(item.distance for item in everyone)
    assert nearest(table, f"{ID}area/E10000009", table.usual) == []
    assert nearest(table, f"{ID}area/nowhere", table.usual) == []


def test_measures_are_the_newest_that_there_are(table: Table, store: ox.Store) -> None:
    query = get_query(measures.QUERY).text
    newest = (
        "SELECT ?i ?n { ?o wsic:indicator ?i ; sdmx-dimension:refPeriod ?p ; sdmx-dimension:refArea area:E06000027 . "
    )
    periods = defaultdict(list)
    area = f"PREFIX area: <{ID}area/>\n"
    for indicator, start, label in ask(
        store, area + newest.replace("?i ?n", "DISTINCT ?i ?s ?n") + "?p schema:startDate ?s ; skos:prefLabel ?n }"
    ):
        periods[indicator].append((start, label))
    for measure in table.measures.values():
        assert measure.period == max(periods[measure.indicator])[1], measure
        assert measure.slug in query
        held = sum(table.figure(area, measure.slug) is not None for area in table.councils)
        assert held > 0.95 * len(table.councils), measure
    assert len(table.usual) >= 4 and len({measure.group for measure in table.usual}) >= 4


def test_two_councils_measure_by_measure(table: Table) -> None:
    wight = Iri(f"{ID}area/E06000046")
    (older,) = compare(table, TORBAY, wight, [table.measures["share-75plus"]])
    assert older.here and older.there and older.similar
    assert compare(table, wight, TORBAY, [older.measure])[0].apart == older.apart


# ------------------------------------------------------------- initiatives


@pytest.fixture(scope="module")
def likenesses(store: ox.Store) -> similar.Likeness:
    """The likenesses of the initiatives of the graph."""
    found = similar.Likeness.__new__(similar.Likeness)
    found.__dict__["_found"] = {}
    found.__dict__["_profiles"] = read_profiles(answer(store, similar.QUERY))
    return found


def test_likeness_is_that_of_a_plain_computation(likenesses: similar.Likeness, table: Table, store: ox.Store) -> None:
    having: defaultdict[str, set[str]] = defaultdict(set)
    for initiative, concept in ask(
        store, "SELECT ?i ?c { ?i a wsic:Initiative ; wsic:intervention|wsic:careGroup|wsic:setting ?c }"
    ):
        having[initiative].add(concept)
    weight: defaultdict[str, float] = defaultdict(float)
    for concept in set().union(*having.values()):
        weight[concept] = log(len(having) / sum(concept in concepts for concepts in having.values()))
    mine = f"{ID}initiative/torbay-care-trust"
    plain = {
        other: sum(weight[c] for c in having[mine] & concepts) / sum(weight[c] for c in having[mine] | concepts)
        for other, concepts in having.items()
        if other != mine
    }
    found = likenesses.of(mine, table, most=8)
    for item in found:
        assert isclose(item.likeness, plain[item.iri])
        for features in item.shared.values():
            for feature in features:
                assert ask(store, f"SELECT ?p {{ <{mine}> ?p <{feature.iri}> . <{item.iri}> ?p <{feature.iri}> }}")
    first = sorted(plain, key=lambda other: -plain[other])[:8]
    assert {item.iri for item in found} >= set(first)
    assert [item.likeness for item in found] == sorted((item.likeness for item in found), reverse=True)


def test_what_researchers_linked_is_there_in_both_directions(
    likenesses: similar.Likeness, table: Table, store: ox.Store
) -> None:
    for one, other in ask(store, "SELECT ?a ?b { ?a wsic:similarTo ?b } ORDER BY ?a ?b LIMIT 20"):
        for here, there in ((one, other), (other, one)):
            assert there in {item.iri for item in likenesses.of(here, table) if item.linked}


def test_places_are_a_reason_only_where_they_are_alike(likenesses: similar.Likeness, table: Table) -> None:
    found = [item.places for item in likenesses.of(f"{ID}initiative/torbay-care-trust", table, most=60) if item.places]
    assert found
    for places in found:
        assert places.here.iri == TORBAY != places.there.iri
        assert places.similar and all((item.apart or 0) <= 0.5 for item in places.similar)
    abroad = likenesses.of(f"{ID}initiative/gesundes-kinzigtal", table)
    assert abroad and not any(item.places for item in abroad)
    assert likenesses.of(f"{ID}initiative/unheard-of", table) == []


CONCEPTS = st.sets(st.sampled_from("abcdefgh"))


@given(st.lists(CONCEPTS, min_size=2, max_size=6))
def test_likeness_lies_between_nothing_and_all(sets: list[set[str]]) -> None:
    found: list[Row] = [
        {"initiative": Iri(f"i{n}"), "title": "", "feature": "setting", "value": Iri(name), "label": name}
        for n, names in enumerate(sets)
        for name in names
    ]
    profiles = list(read_profiles(found).values())
    weight = weights(profiles)
    for one in profiles:
        for other in profiles:
            score = likeness(one.concepts, other.concepts, weight)
            assert 0 <= score <= 1 and score == likeness(other.concepts, one.concepts, weight)
        assert likeness(one.concepts, one.concepts, weight) in (0.0, 1.0)


# ---------------------------------------------------------------- reported


@pytest.fixture(scope="module")
def everything(store: ox.Store) -> dict[Iri, Reported]:
    """What every initiative reported."""
    return read_reported(answer(store, "pages/initiative-results"))


def test_results_are_counted_once_and_forecasts_apart(everything: dict[Iri, Reported], store: ox.Store) -> None:
    def count(pattern: str) -> int:
        return int(
            ask(store, f"SELECT (COUNT(DISTINCT ?r) AS ?n) {{ ?i a wsic:Initiative ; wsic:result ?r . {pattern} }}")[0][
                0
            ]
        )

    forecast = "https://w3id.org/wsic/scheme/study-design/forecast"
    controlled = "https://w3id.org/wsic/scheme/study-design/controlled"
    wrong = "https://w3id.org/wsic/scheme/result-kind/misleading-uncontrolled"
    found = total(everything.values())
    assert found.initiatives == int(ask(store, "SELECT (COUNT(?i) AS ?n) { ?i a wsic:Initiative }")[0][0])
    assert found.results == count(f"FILTER NOT EXISTS {{ ?r wsic:studyDesign <{forecast}> }}")
    assert found.kinds["forecast"] == count(f"?r wsic:studyDesign <{forecast}>")
    assert found.kinds["misleading"] == count(f"?r wsic:resultKind <{wrong}>")
    not_wrong = f"FILTER NOT EXISTS {{ ?r wsic:resultKind <{wrong}> }}"
    assert found.kinds["controlled"] == count(f"?r wsic:studyDesign/skos:broader* <{controlled}> . {not_wrong}")
    assert sum(found.kinds.values()) == count("")
    assert found.judged == count("?r wsic:correspondsTo/wsic:direction ?d")
    assert found.with_results < found.initiatives


def test_results_that_disagree_are_found(everything: dict[Iri, Reported]) -> None:
    disputed = {iri.slug: item.disputed for iri, item in everything.items() if item.disputed}
    for slug, outcomes in disputed.items():
        for outcome in outcomes:
            results = everything[Iri(f"{ID}initiative/{slug}")].outcomes[outcome]
            assert len({direction for result in results for direction in result.known}) > 1


# Read by hand in the records: what their own words and figures say, or None where that is no direction.
_SAID = {
    "belfast-acute-care-at-home#result-1": "improves",  # 3,014 bed days saved
    "camden-coalition-hotspotting#result-2": None,  # shown to be wrong by the trial
    "camden-frailty-pioneer#result-1": "improves",  # days at home rose by 7%
    "dudley-mcp#result-1": "worsens",  # emergency admissions rose by 10.8%
    "encompass-east-kent#result-1": "improves",  # emergency admissions fell by 7.3%
    "get-me-home-cardiff-vale#result-2": None,  # days of waiting, filed under experience, of which more is better
    "greenwich-coordinated-care#result-1": "improves",  # 2,000 admissions avoided
    "hospital-to-a-healthier-home-wales#result-2": None,  # a share
    "midlothian-midmed-frailty#result-1": "improves",  # readmissions, rate ratio 0.46
    "midlothian-midmed-frailty#result-3": None,  # more use of primary care: neither way is good by itself
    "ontario-health-links#result-4": "worsens",  # cost 23 per cent higher
    "prisma-quebec#result-1": None,  # points less decline, filed under independence
    "prisma-quebec#result-3": "no-clear-effect",  # lower, but not significantly
    "telemonitoring-northern-ireland#result-1": "no-clear-effect",  # no difference, in words only
    "tri-borough-community-budget#result-2": "improves",  # pounds saved
    "unitingcare-cambridgeshire#result-1": None,  # an amount asked for
    "west-norfolk-alliance#result-1": None,  # a forecast
}


@pytest.mark.parametrize("result", _SAID)
def test_a_direction_is_worked_out_as_a_reader_would(everything: dict[Iri, Reported], result: str) -> None:
    iri = Iri(f"{ID}initiative/{result}")
    worked_out = everything[Iri(iri.partition("#")[0])].by_iri[iri].worked_out
    assert (worked_out.slug if worked_out else None) == _SAID[result]


def test_what_is_worked_out_never_gainsays_the_evidence_review(everything: dict[Iri, Reported]) -> None:
    both = [
        (result.directions, result.row["workedOut"])
        for item in everything.values()
        for result in item.results
        if result.directions and result.row["workedOut"]
    ]
    assert len(both) > 10
    assert all(judged == [own] for judged, own in both)
    found = total(everything.values())
    assert sum(found.worked_out.values()) + found.judged < found.results, "some say nothing of their direction"


def test_a_direction_that_was_worked_out_tells_why_and_stands_on_a_trusted_kind(
    everything: dict[Iri, Reported],
) -> None:
    for item in everything.values():
        for result in item.by_iri.values():
            assert bool(result.row["workedOut"]) == bool(result.row["reason"])
            if result.kind in ("forecast", "misleading"):
                assert result.worked_out is None
            assert not (result.worked_out and result.directions)


# -------------------------------------------------------------------- maps


def test_the_outline_and_the_points_agree() -> None:
    x, y = project(51.5, -0.12)
    left, top, width, height = BOX
    assert left < x < left + width and top < y < top + height
    points, outside = on_the_map([Place("London", "/a", 51.5, -0.12), Place("Boston", "/b", 42.4, -71.1)])
    assert [point.place.name for point in points] == ["London"] and [place.name for place in outside] == ["Boston"]
    assert abs(points[0].x - x) < 0.1 and abs(points[0].y - y) < 0.1 and not points[0].moved


@given(st.lists(st.tuples(st.floats(50, 59), st.floats(-7, 1)), max_size=30), st.integers(1, 4))
def test_points_never_cover_each_other(places: list[tuple[float, float]], times: int) -> None:
    same = [Place(f"{n}", f"/{n}", lat, long) for n, (lat, long) in enumerate(places * times)]
    points, _ = on_the_map(same)
    drawn = np.array([(point.x, point.y) for point in points]).reshape(-1, 2)
    between = np.sqrt(((drawn[:, None] - drawn[None]) ** 2).sum(axis=2))
    np.fill_diagonal(between, np.inf)
    assert not len(points) or between.min() > GAP * 0.9
    assert on_the_map(reversed(same))[0] == points


def test_points_that_are_apart_stay_where_they_are() -> None:
    true = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])
    assert np.abs(apart(true) - true).max() < 0.02
