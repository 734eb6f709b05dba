"""The check of existing services: a small graph beside the published one, seen by one query and nobody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_benefits_map import fields_of, slug
from wsic_graph.answers import Iri, rows, rows_beside
from wsic_graph.benefits_map.services import YOURS, Own, Service, check
from wsic_graph.engine import Door
from wsic_graph.engine.door import MOST_EXTRA
from wsic_graph.engine.remote import Remote
from wsic_graph.errors import QueryLimit, QueryRefused, QuerySyntax
from wsic_graph.namespaces import ID, PREFIXES, SCHEME
from wsic_graph.release.manifest import read_manifest
from wsic_graph.settings import Settings

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s <https://example.org/p> ?o }"
MINE = b"<https://example.org/s> <https://example.org/p> <https://example.org/o> .\n"
WSIC = PREFIXES["wsic"]


@pytest.fixture(scope="module")
def door(release: Path) -> Iterator[Door]:
    with Door(release) as opened:
        yield opened


def number(door: Door, extra: bytes = b"") -> int:
    found = ox.parse_query_results(door.run(COUNT, extra=extra), format=ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    (row,) = found
    return int(row["n"].value)


# --------------------------------------------------------------- isolation


def test_data_given_with_a_query_are_seen_by_it_alone(door: Door) -> None:
    assert number(door) == 0
    assert number(door, MINE) == 1
    assert number(door) == 0, "the next query sees the published graph only"
    assert number(door, MINE.replace(b"/o>", b"/o2>") + MINE) == 2
    assert number(door) == 0


def test_many_at_once_see_each_their_own(door: Door) -> None:
    def ask(place: int) -> bool:
        lines = b"".join(MINE.replace(b"/o>", b"/o%d>" % item) for item in range(place % 5))
        return number(door, lines) == place % 5

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(ask, range(30)))


def test_an_answer_over_own_data_is_not_remembered(door: Door) -> None:
    text = "SELECT ?o WHERE { <https://example.org/s> <https://example.org/p> ?o }"
    assert b"example.org/o" in door.run(text, extra=MINE)
    assert b"example.org/o" not in door.run(text)
    assert b"example.org/o" in door.run(text, extra=MINE)


def test_own_data_stand_in_a_graph_of_their_own(door: Door) -> None:
    text = "SELECT ?g WHERE { GRAPH ?g { <https://example.org/s> ?p ?o } }"
    assert b"https://w3id.org/wsic/graph/yours" in door.run(text, extra=MINE)


def test_guards_hold_for_own_data(release: Path, door: Door) -> None:
    with pytest.raises(QueryRefused, match="at most"):
        door.run(COUNT, extra=MINE * (MOST_EXTRA // len(MINE) + 1))
    with pytest.raises(QuerySyntax, match="data given with the query"):
        door.run(COUNT, extra=b"this is no triple")
    with pytest.raises(QueryRefused):
        door.run("INSERT DATA { <a:a> <a:b> <a:c> }", extra=MINE)
    with Door(release, Settings(query_seconds=0.5)) as hurried:
        with pytest.raises(QueryLimit):
            hurried.run("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", extra=MINE)
        assert number(hurried) == 0
    assert number(door, MINE) == 1, "after refusals the door still works"


def test_a_remote_engine_refuses_in_words(release: Path) -> None:
    settings_ = Settings(sparql_endpoint="http://127.0.0.1:1/sparql")
    remote = Remote(settings_, read_manifest(release))
    with Door(remote, settings_) as door, pytest.raises(QueryRefused, match="beside the graph"):
        door.run(COUNT, extra=MINE)


# --------------------------------------------------- the classic error, by toy

TOY = "https://w3id.org/wsic/id"


def toy(*coverages: str) -> bytes:
    """A benefit with two contributions, 0.40 and 0.60, and services on the first."""
    wsic = WSIC
    lines = [
        (f"{TOY}/benefit/toy", PREFIXES["skos"] + "prefLabel", '"Toy"@en'),
        (f"{TOY}/benefit/toy", wsic + "measuredBy", f"<{SCHEME}outcome/toy>"),
        (YOURS, wsic + "agreedBenefit", f"<{TOY}/benefit/toy>"),
    ]
    for name, share in (("one", "0.40"), ("two", "0.60")):
        node = f"{TOY}/contribution/{name}"
        lines += [
            (node, PREFIXES["rdf"] + "type", f"<{wsic}Contribution>"),
            (node, wsic + "outcome", f"<{SCHEME}outcome/toy>"),
            (node, wsic + "intervention", f"<{SCHEME}intervention/{name}>"),
            (node, wsic + "careGroup", f"<{SCHEME}care-group/frailty>"),
            (node, wsic + "share", f'"{share}"^^<{PREFIXES["xsd"]}decimal>'),
        ]
    extra = Own([Service(f"S{place}", "one", "frailty", part) for place, part in enumerate(coverages)], []).ntriples()
    return "".join(f"<{subject}> <{predicate}> {value} .\n" for subject, predicate, value in lines).encode() + extra


@pytest.mark.parametrize(
    ("coverages", "delivered"), [(("0.5", "0.3"), "0.32"), (("0.8", "0.7"), "0.4"), ((), "0"), (("0.25",) * 3, "0.3")]
)
def test_services_are_added_up_before_they_meet_contributions(
    coverages: tuple[str, ...], delivered: str, door: Door
) -> None:
    (row,) = rows_beside(door, "benefits_map/check-coverage", toy(*coverages))
    assert row["delivered"] == Decimal(delivered)
    assert row["mapped"] == 1, "joined without a subselect the shares themselves would multiply"


# ------------------------------------------- random services, worked out again


@pytest.fixture(scope="module")
def known(store: ox.Store) -> dict[str, Any]:
    """The map in plain Python, read without any query."""
    contributions = [
        {
            "iri": iri,
            "by": slug(fields["intervention"][0]),
            "to": slug(fields["outcome"][0]),
            "group": slug(fields["careGroup"][0]),
            "share": Decimal(fields["share"][0]) if "share" in fields else None,
        }
        for iri, fields in fields_of(store, "Contribution").items()
    ]
    benefits = {
        slug(iri): {slug(item) for item in fields["measuredBy"]} for iri, fields in fields_of(store, "Benefit").items()
    }
    enablers: dict[str, set[str]] = defaultdict(set)
    substitutes = set()
    for fields in fields_of(store, "Relation").values():
        pair = (slug(fields["subject"][0]), slug(fields["object"][0]))
        if fields["predicate"][0] == f"{WSIC}requiresEnabler":
            enablers[pair[0]].add(pair[1])
        elif fields["predicate"][0] == f"{WSIC}substitutesFor":
            substitutes |= {pair, pair[::-1]}
    return {"contributions": contributions, "benefits": benefits, "enablers": enablers, "substitutes": substitutes}


HANDS = (
    "care-home-support",
    "case-management",
    "care-navigation",
    "comprehensive-geriatric-assessment",
    "discharge-coordination",
    "hospital-at-home",
    "preventive-virtual-wards",
    "rapid-response",
    "shared-care-records",
    "telehealth",
)
GROUPS = ("frailty", "older-people", "long-term-conditions", "high-risk-adults")
AIMS = (
    "acute-spending",
    "social-care-spending",
    "time-out-of-hospital",
    "staff-who-want-to-stay",
    "health-and-survival",
)
a_service = st.builds(
    Service,
    name=st.text("abc &<\"'\\\n", min_size=1, max_size=6),
    intervention=st.sampled_from(HANDS),
    care_group=st.sampled_from(GROUPS),
    coverage=st.integers(0, 20).map(lambda part: f"{part / 20:.2f}"),
)
an_own = st.builds(
    Own,
    services=st.lists(a_service, max_size=8),
    benefits=st.lists(st.sampled_from(AIMS), unique=True, max_size=4),
    enablers=st.lists(st.sampled_from(("workforce", "governance", "information-sharing")), unique=True),
)


def expected(known: dict[str, Any], own: Own, wanted: str) -> dict[str, Any]:
    """The answers of all checks by loops over lists."""
    counted = [one for one in known["contributions"] if one["share"] is not None]
    reach: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    many: dict[tuple[str, str], int] = defaultdict(int)
    for service in own.services:
        reach[service.intervention, service.care_group] += Decimal(service.coverage)
        many[service.intervention, service.care_group] += 1
    coverage, gaps, unmet = {}, {}, {}
    for benefit in own.benefits:
        mine = [
            one
            for one in counted
            if one["to"] in known["benefits"][benefit] and (not wanted or one["group"] in wanted.split("|"))
        ]
        met = {one["iri"]: min(Decimal(1), reach.get((one["by"], one["group"]), Decimal(0))) for one in mine}
        coverage[benefit] = (
            sum((one["share"] * met[one["iri"]] for one in mine), Decimal(0)),
            sum((one["share"] for one in mine), Decimal(0)),
        )
        for one in mine:
            if met[one["iri"]] < 1:
                gaps[benefit, one["iri"]] = one["share"] * (1 - met[one["iri"]])
        if not any((one["by"], one["group"]) in many for one in mine):
            unmet[benefit] = len(mine)
    aims = {outcome for benefit in own.benefits for outcome in known["benefits"][benefit]}
    overlap = {
        (one["to"], one["group"], one["by"], two["by"]): (one["by"], two["by"]) in known["substitutes"]
        for one in counted
        for two in counted
        if (one["to"], one["group"]) == (two["to"], two["group"])
        and one["by"] < two["by"]
        and (one["by"], one["group"]) in many
        and (two["by"], two["group"]) in many
        and (not wanted or one["group"] in wanted.split("|"))
    }
    return {
        "coverage": coverage,
        "gaps": gaps,
        "unmet": unmet,
        "duplication": {key: (many[key], reach[key]) for key in many if many[key] > 1},
        "overlap": overlap,
        "orphans": {
            f"{YOURS}#service-{place}"
            for place, service in enumerate(own.services, 1)
            if not any(
                (one["by"], one["group"]) == (service.intervention, service.care_group) and one["to"] in aims
                for one in counted
            )
        },
        "enablers": {
            (service.intervention, enabler)
            for service in own.services
            for enabler in known["enablers"][service.intervention]
            if enabler not in own.enablers
        },
    }


def told(door: Door, own: Own, wanted: str) -> dict[str, Any]:
    """The answers of all checks by the saved queries, in the same form."""

    def of(value: object) -> str:
        assert isinstance(value, Iri)
        return value.slug

    answers = check(door, own, wanted)
    return {
        "coverage": {of(row["benefit"]): (row["delivered"], row["mapped"]) for row in answers["coverage"]},
        "gaps": {(of(row["benefit"]), str(row["contribution"])): row["missing"] for row in answers["gaps"]},
        "unmet": {of(row["benefit"]): row["known"] for row in answers["unmet"]},
        "duplication": {
            (of(row["by"]), of(row["group"])): (row["services"], row["total"]) for row in answers["duplication"]
        },
        "overlap": {
            (of(row["to"]), of(row["group"]), of(row["first"]), of(row["second"])): row["substitutes"]
            for row in answers["overlap"]
        },
        "orphans": {str(row["service"]) for row in answers["orphans"]},
        "enablers": {(of(row["by"]), of(row["enabler"])) for row in answers["enablers"]},
    }


@settings(max_examples=15, deadline=None)
@given(own=an_own, wanted=st.sampled_from(("", "frailty", "older-people|frailty")))
def test_the_queries_agree_with_plain_python(own: Own, wanted: str, door: Door, known: dict[str, Any]) -> None:
    assert told(door, own, wanted) == expected(known, own, wanted)


def test_names_and_rows_of_an_ordinary_area(door: Door) -> None:
    own = Own(
        [
            Service("Falls crew", "rapid-response", "older-people", "0.5"),
            Service("Home team A", "care-home-support", "frailty", "0.6"),
            Service("Home team B", "care-home-support", "frailty", "0.7"),
        ],
        ["acute-spending", "staff-who-want-to-stay"],
        ["workforce"],
    )
    answers = check(door, own)
    assert [row["name"] for row in answers["orphans"]] == ["Falls crew"]
    assert answers["orphans"][0]["links"] == 1, "looked at, and no effect found"
    assert {row["name"] for row in answers["duplication"]} == {"Home team A", "Home team B"}
    assert {row["total"] for row in answers["duplication"]} == {Decimal("1.3")}
    assert [row["label"] for row in answers["unmet"]] == ["Staff who want to stay"]
    assert [row["enablerLabel"] for row in answers["enablers"]] == ["Technology"]
    missing = [row["missing"] for row in answers["gaps"]]
    assert missing == sorted(missing, reverse=True) and missing  # type: ignore[type-var]  # decimals


def test_without_own_data_there_is_nothing_to_tell(door: Door) -> None:
    for name in ("coverage", "gaps", "unmet", "duplication", "overlap", "orphans", "enablers", "shares"):
        assert rows(door, f"benefits_map/check-{name}") == []


def test_own_data_follow_their_shape(door: Door) -> None:
    extra = Own([Service("A & B", "reablement", "older-people", "0.5")], ["acute-spending"]).ntriples()
    quads = list(ox.parse(extra, format=ox.RdfFormat.N_TRIPLES))
    assert {quad.predicate.value for quad in quads if str(quad.subject).endswith("#service-1>")} == {
        PREFIXES["rdf"] + "type",
        PREFIXES["skos"] + "prefLabel",
        *(f"{WSIC}{name}" for name in ("delivers", "careGroup", "coverageShare", "area")),
    }
    assert f"{ID}benefit/acute-spending" in extra.decode()
