"""The benefits map of the built release: shares, signs and pounds, where each comes from, and doing them again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pyoxigraph as ox
import pytest

from wsic_graph.answers import read_rows
from wsic_graph.benefits_map.effects import judged_effects
from wsic_graph.benefits_map.links import GRAPH, band
from wsic_graph.benefits_map.making import statements
from wsic_graph.benefits_map.runs import PERSONS, parts_of
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.report import report
from wsic_graph.content import ROOT
from wsic_graph.engine.bind import bind_terms
from wsic_graph.namespaces import ID, PREFIXES, SCHEME, graph_iri
from wsic_graph.prefill.facts import Facts, Rows
from wsic_graph.queries import get_query
from wsic_graph.release.build import canonical, extended
from wsic_graph.release.files import Content, Statement, read_files
from wsic_graph.release.shacl import validate_content

WSIC, PROV = PREFIXES["wsic"], PREFIXES["prov"]


class Fields(dict[str, list[str]]):
    """Values of a record by the last part of the property; what it does not have is empty."""

    def __missing__(self, name: str) -> list[str]:
        return []


def fields_of(store: ox.Store, kind: str) -> dict[str, Fields]:
    """Every record of a class, read from the quads without a query: property (short) to values."""
    found: dict[str, Fields] = {}
    for quad in store.quads_for_pattern(None, ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(WSIC + kind)):
        assert isinstance(quad.subject, ox.NamedNode)
        fields = Fields()
        for item in store.quads_for_pattern(quad.subject, None, None):
            assert isinstance(item.object, ox.NamedNode | ox.Literal)
            fields.setdefault(item.predicate.value.replace("#", "/").rsplit("/", 1)[-1], []).append(item.object.value)
        found[quad.subject.value] = fields
    return found


@pytest.fixture(scope="module")
def contributions(store: ox.Store) -> dict[str, Fields]:
    return fields_of(store, "Contribution")


@pytest.fixture(scope="module")
def values(store: ox.Store) -> dict[str, Fields]:
    return fields_of(store, "PresentValue")


@pytest.fixture(scope="module")
def ask(store: ox.Store) -> Rows:
    """Saved queries asked of the release without what the map added, as at the build."""
    base = ox.Store()
    made = ox.NamedNode(graph_iri(GRAPH))
    base.bulk_extend(quad for quad in store if quad.graph_name != made)

    def rows(name: str, **given: str) -> list[dict[str, object]]:
        query = get_query(name)
        found = base.query(bind_terms(query.text, query.bind(given)), use_default_graph_as_union=True)
        assert isinstance(found, ox.QuerySolutions)
        answer = found.serialize(format=ox.QueryResultsFormat.JSON)
        assert answer is not None
        return [dict(row) for row in read_rows(answer)]

    return rows  # type: ignore[return-value]  # rows of python values


def slug(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]


def cell(fields: Fields) -> tuple[str, str]:
    return fields["outcome"][0], fields["careGroup"][0]


# ------------------------------------------------------------------ shares


def test_shares_of_an_outcome_and_care_group_sum_to_one(contributions: dict[str, Fields]) -> None:
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for fields in contributions.values():
        if "share" in fields:
            assert 0 < Decimal(fields["share"][0]) <= 1
            totals[cell(fields)] += Decimal(fields["share"][0])
    assert len(totals) > 15
    assert all(abs(total - 1) <= Decimal("1e-6") for total in totals.values()), totals


def test_a_share_means_a_counted_effect_for_the_better(contributions: dict[str, Fields]) -> None:
    statuses = set()
    for iri, fields in contributions.items():
        (status,) = map(slug, fields["contributionStatus"])
        statuses.add(status)
        assert (status == "counted") == ("share" in fields) == ("shareBasis" in fields), iri
        direction = slug(fields["direction"][0])
        if status == "counted":
            assert direction == "improves", iri
        if status == "adverse":
            assert direction == "worsens", iri
        if status == "no-effect":
            assert Decimal(fields["relativeChange"][0]) == 0 and direction == "no-clear-effect", iri
        if status == "no-estimate":
            assert "relativeChange" not in fields and "fromRun" not in fields, iri
    assert statuses == {"counted", "adverse", "no-effect", "not-counted", "no-estimate"}


def test_every_estimate_leads_to_one_contribution_for_each_care_group(
    store: ox.Store, contributions: dict[str, Fields]
) -> None:
    wanted = {
        (iri, group) for iri, fields in fields_of(store, "EffectEstimate").items() for group in fields["careGroup"]
    }
    made = [
        (origin, fields["careGroup"][0])
        for fields in contributions.values()
        for origin in fields["wasDerivedFrom"]
        if origin.startswith(f"{ID}effect/")
    ]
    assert len(made) == len(set(made)) and set(made) == wanted


def test_every_finding_about_an_effect_is_on_the_map(store: ox.Store, contributions: dict[str, Fields]) -> None:
    estimates, findings = fields_of(store, "EffectEstimate"), fields_of(store, "Finding")
    below = {finding for fields in estimates.values() for finding in fields["wasDerivedFrom"]}
    shown = below | {origin for fields in contributions.values() for origin in fields["wasDerivedFrom"]}
    about_effects = {iri for iri, fields in findings.items() if slug(fields["findingKind"][0]) == "effect"}
    assert about_effects <= shown


def test_every_contribution_traces_to_findings_and_studies(store: ox.Store, contributions: dict[str, Fields]) -> None:
    estimates, findings = fields_of(store, "EffectEstimate"), fields_of(store, "Finding")
    for iri, fields in contributions.items():
        below = [
            found
            for origin in fields["wasDerivedFrom"]
            for found in (estimates[origin]["wasDerivedFrom"] if origin in estimates else [origin])
        ]
        assert below and set(below) <= set(findings), iri
        assert {source for found in below for source in findings[found]["source"]} == set(fields["source"]), iri
        for origin in fields["wasDerivedFrom"]:
            if origin in estimates:
                for name in ("relativeChange", "low", "high", "outcome", "intervention", "evidenceLevel"):
                    assert estimates[origin][name] == fields[name], (iri, name)


def test_nothing_recalled_only_counts(store: ox.Store, contributions: dict[str, Fields]) -> None:
    estimates, findings = fields_of(store, "EffectEstimate"), fields_of(store, "Finding")
    for iri, fields in contributions.items():
        if "share" in fields or "fromRun" in fields:
            (origin,) = fields["wasDerivedFrom"]
            bases = {slug(findings[item]["basis"][0]) for item in estimates[origin]["wasDerivedFrom"]}
            assert bases != {"recalled"} and slug(estimates[origin]["basis"][0]) != "recalled", iri
            assert slug(fields["basis"][0]) == "derived", iri


@pytest.mark.parametrize(
    ("change", "size"), [(0, "none"), (-0.0499, "small"), (0.05, "moderate"), (-0.149, "moderate"), (-0.15, "large")]
)
def test_size_bands(change: float, size: str) -> None:
    assert band(change) == size


# --------------------------------------------------------------------- run


def test_shares_and_pounds_can_be_worked_out_again_from_the_scenario_in_the_graph(
    store: ox.Store, contributions: dict[str, Fields], values: dict[str, Fields]
) -> None:
    runs = fields_of(store, "CalculatorRun")
    assert len(runs) > 5
    for iri, run in runs.items():
        parts = parts_of(json.loads(run["scenario"][0]))
        mine = [fields for fields in contributions.values() if iri in fields["fromRun"]]
        assert len(mine) == len(parts)
        assert {fields["wasDerivedFrom"][0] for fields in mine} <= set(run["used"])
        for fields in mine:
            part = parts[slug(fields["intervention"][0]), slug(fields["outcome"][0])]
            assert float(fields["contributedReduction"][0]) == pytest.approx(part.reduction, abs=1e-9)
            told = {
                slug(values[item]["sector"][0]): float(values[item]["amount"][0]) for item in fields["presentValue"]
            }
            assert told == pytest.approx(part.pounds, abs=0.005)


def test_pounds_of_a_run_are_those_of_the_calculator(
    store: ox.Store, contributions: dict[str, Fields], values: dict[str, Fields]
) -> None:
    for iri, run in fields_of(store, "CalculatorRun").items():
        scenario = read_scenario(run["scenario"][0])
        assert scenario.settings.horizon == int(run["horizon"][0]) and scenario.settings.seed == int(run["seed"][0])
        assert scenario.segments[0].population == PERSONS == int(run["persons"][0])
        for service in scenario.interventions:
            (coverage,) = service.coverage.values()
            assert coverage.central * service.uptake.central == float(run["coverageShare"][0])
        answer = report(scenario)
        for outcome, pounds in answer.pv_gross_by_outcome.items():
            mine = [
                float(values[item]["amount"][0])
                for fields in contributions.values()
                if iri in fields["fromRun"] and slug(fields["outcome"][0]) == outcome
                for item in fields["presentValue"]
            ]
            assert sum(mine) == pytest.approx(pounds, abs=0.005 * (len(mine) + 1)), (iri, outcome)


def test_shares_follow_shapley_for_two_effects_without_a_calculator(contributions: dict[str, Fields]) -> None:
    """Two favourable effects alone on an outcome: x1 (1 - x2 / 2) against x2 (1 - x1 / 2), by hand."""
    pairs: dict[tuple[str, str], list[Fields]] = defaultdict(list)
    for fields in contributions.values():
        if "contributedReduction" in fields:
            pairs[cell(fields)].append(fields)
    checked = 0
    correction = {1: 0.0, 2: 0.05, 3: 0.10, 4: 0.15, 5: 0.25, 6: 0.40}
    for some in pairs.values():
        if len(some) != 2 or any("share" not in fields for fields in some):
            continue
        one, two = (
            -float(fields["relativeChange"][0]) * 0.5 * (1 - correction[int(fields["confidenceGrade"][0])])
            for fields in some
        )
        first, second = one * (1 - two / 2), two * (1 - one / 2)
        assert float(some[0]["share"][0]) == pytest.approx(first / (first + second), abs=1e-8)
        assert float(some[0]["contributedReduction"][0]) == pytest.approx(first, abs=1e-8)
        checked += 1
    assert checked >= 2


def test_the_graph_of_the_map_is_what_the_build_would_make(ask: Rows, store: ox.Store) -> None:
    made = {statement.quad for statement in statements(ask)}
    again = ox.Store()
    again.bulk_extend(made)
    held = set(store.quads_for_pattern(None, None, None, ox.NamedNode(graph_iri(GRAPH))))
    assert set(again) == held


def test_two_makings_give_the_same_bytes(ask: Rows) -> None:
    first, second = (canonical(Content(list(statements(ask)))) for _ in range(2))
    assert first == second and len(first) > 100_000


def test_rules_of_admission_hold_on_the_map(ask: Rows) -> None:
    _, judged = judged_effects(Facts(ask))
    leading = [(one.group, one.estimate.intervention, one.estimate.outcome) for one in judged if one.leads]
    assert len(leading) == len(set(leading)), "one effect for an intervention, outcome and care group"
    assert all(one.estimate.compared and not one.estimate.forecast for one in judged if one.leads)


# ------------------------------------------------------------------- money


def answered(store: ox.Store, name: str, **given: str) -> Iterator[dict[str, str | None]]:
    query = get_query(f"benefits_map/{name}")
    found = store.query(bind_terms(query.text, query.bind(given)), use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    for row in found:
        cells = {variable.value: row[variable.value] for variable in found.variables}
        yield {key: getattr(value, "value", None) for key, value in cells.items()}


@pytest.mark.parametrize("given", [{}, {"sector": "acute"}, {"grade": "3"}, {"care_group": "older-people"}])
def test_pounds_are_conserved_at_every_node(given: dict[str, str], store: ox.Store) -> None:
    into: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    out: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in answered(store, "money", **given):
        group, sign, pounds = str(row["group"]), str(row["sign"]), Decimal(str(row["pounds"]))
        assert (pounds < 0) == (sign == "loss")
        if row["layer"] == "2":
            into[group, str(row["target"]), sign] += pounds
        else:
            out[group, str(row["source"]), sign] += pounds
    assert into == out and into


def test_money_goes_to_one_benefit_of_the_sector_that_gains(store: ox.Store, values: dict[str, Fields]) -> None:
    """Every pound in the graph is in the picture once: each outcome with pounds measures one benefit of its sector."""
    shown = sum(Decimal(str(row["pounds"])) for row in answered(store, "money") if row["layer"] == "2")
    assert shown == sum(Decimal(fields["amount"][0]) for fields in values.values())


# ------------------------------------------------------------------- edges


def test_edges_are_the_contributions_and_relations(store: ox.Store, contributions: dict[str, Fields]) -> None:
    rows = list(answered(store, "edges"))
    middle = {str(row["contribution"]): row for row in rows if row["layer"] == "2"}
    assert set(middle) == set(contributions)
    for iri, row in middle.items():
        fields = contributions[iri]
        assert (row["source"], row["target"]) == (fields["intervention"][0], fields["outcome"][0])
        assert (row["weight"] is None) == ("share" not in fields)
    for layer in ("1", "3", "4"):
        assert any(row["layer"] == layer for row in rows)
    assert all(row["sourceLabel"] and row["targetLabel"] for row in rows)


@pytest.mark.parametrize(
    ("given", "column", "allowed"),
    [
        ({"care_group": "frailty"}, "group", f"{SCHEME}care-group/frailty"),
        ({"status": "counted"}, "standing", f"{SCHEME}contribution-status/counted"),
        ({"grade": "1"}, "evidenceGrade", "1"),
    ],
)
def test_edges_filter(given: dict[str, str], column: str, allowed: str, store: ox.Store) -> None:
    rows = list(answered(store, "edges", **given))
    assert rows and {row[column] for row in rows} == {allowed}


def test_edges_keep_only_paths_through_what_is_wanted(store: ox.Store) -> None:
    sector = list(answered(store, "edges", sector="social-care"))
    assert {row["target"] for row in sector if row["layer"] == "3"} == {f"{ID}benefit/social-care-spending"}
    node = f"{SCHEME}enabler/workforce"
    focus = list(answered(store, "edges", focus=node))
    assert {row["source"] for row in focus if row["layer"] == "1"} == {node}
    needing = {row["target"] for row in focus if row["layer"] == "1"}
    assert {row["source"] for row in focus if row["layer"] == "2"} == needing
    assert not list(answered(store, "edges", focus="https://example.org/nothing"))


def test_relations_stand_plainly_too_and_say_why(store: ox.Store) -> None:
    relations = fields_of(store, "Relation")
    assert len(relations) > 30
    for iri, fields in relations.items():
        plain = ox.Triple(*(ox.NamedNode(fields[name][0]) for name in ("subject", "predicate", "object")))
        quads = list(store.quads_for_pattern(plain.subject, plain.predicate, plain.object))
        assert [quad.graph_name for quad in quads] == [ox.NamedNode(graph_iri(GRAPH))], iri
        assert fields["rationale"][0].endswith(".") and fields["wasDerivedFrom"], iri
        for record in fields["wasDerivedFrom"]:
            assert list(store.quads_for_pattern(ox.NamedNode(record), None, None)), (iri, record)
    verbs = {slug(fields["predicate"][0]) for fields in relations.values()}
    assert verbs == {f"ontology#{name}" for name in ("dependsOn", "requiresEnabler", "substitutesFor", "reinforces")}


def test_an_enabler_statement_is_cited_for_its_own_enabler_only(store: ox.Store) -> None:
    said = fields_of(store, "EnablerStatement")
    for iri, fields in fields_of(store, "Relation").items():
        for record in fields["wasDerivedFrom"]:
            if record in said and fields["predicate"][0] == f"{WSIC}requiresEnabler":
                assert said[record]["enabler"] == fields["object"], iri


def test_benefits_are_measured_by_outcomes_and_every_calculator_sector_has_one(store: ox.Store) -> None:
    benefits = fields_of(store, "Benefit")
    sectors = {slug(fields["sector"][0]) for fields in benefits.values() if "sector" in fields}
    assert {"acute", "community", "primary", "social-care", "other"} <= sectors
    for iri, fields in benefits.items():
        financial = slug(fields["benefitType"][0]) == "financial"
        assert financial == ("sector" in fields), iri
        assert fields["measuredBy"] and all(item.startswith(f"{SCHEME}outcome/") for item in fields["measuredBy"])
    assert {slug(fields["benefitType"][0]) for fields in benefits.values()} == {
        "financial",
        "people",
        "carers",
        "staff",
    }


def test_the_whole_map_comes_out_in_one_answer(store: ox.Store, contributions: dict[str, Fields]) -> None:
    found = store.query(get_query("benefits_map/map").text, use_default_graph_as_union=True)
    assert isinstance(found, ox.QueryTriples)
    triples = set(found)
    subjects = {triple.subject.value for triple in triples if isinstance(triple.subject, ox.NamedNode)}
    assert set(contributions) <= subjects
    made = store.quads_for_pattern(None, None, None, ox.NamedNode(graph_iri(GRAPH)))
    assert {quad.triple for quad in made} <= triples


# ------------------------------------------------------------------ shapes


def broken(store: ox.Store, change: dict[str, str]) -> list[str]:
    """What SHACL says of two contributions to one outcome after a change of the first."""
    fields = [
        (iri, dict(fields))
        for iri, fields in fields_of(store, "Contribution").items()
        if cell(fields) == (f"{SCHEME}outcome/care-home-admissions", f"{SCHEME}care-group/frailty")
    ]
    first = min(iri for iri, found in fields if "share" in found)
    made = []
    for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(graph_iri(GRAPH))):
        assert isinstance(quad.subject, ox.NamedNode)
        if quad.subject.value.partition("#")[0] in dict(fields):
            value = quad.object
            if quad.subject.value == first and quad.predicate.value.removeprefix(WSIC) in change:
                new = change[quad.predicate.value.removeprefix(WSIC)]
                if not new:
                    continue
                assert isinstance(value, ox.NamedNode | ox.Literal)
                value = ox.Literal(new, datatype=value.datatype) if isinstance(value, ox.Literal) else ox.NamedNode(new)
            assert isinstance(value, ox.NamedNode | ox.Literal)
            made.append(Statement(quad.subject.value, quad.predicate.value, value, GRAPH))
    content = Content(made + read_files(ROOT).graph("shapes"))
    return [problem.message for problem in validate_content(content, ROOT, workers=1)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"share": "0.7"}, "add up to 1"),
        ({"share": "", "shareBasis": ""}, "if and only if its status is counted"),
        ({"direction": f"{SCHEME}direction/worsens"}, "only an effect for the better is counted"),
        ({"confidenceGrade": "7"}, "grade of the evidence"),
    ],
)
def test_shapes_of_contributions(change: dict[str, str], words: str, store: ox.Store) -> None:
    told = broken(store, change)
    assert any(words in message for message in told) if words else not told, told


def test_a_release_with_wrong_shares_is_not_built(store: ox.Store) -> None:
    from wsic_graph.errors import ContentError  # noqa: PLC0415  only here

    content = read_files(ROOT)
    iri = f"{ID}contribution/invented"
    made = [Statement(iri, PREFIXES["rdf"] + "type", ox.NamedNode(f"{WSIC}Contribution"), GRAPH)]
    with pytest.raises(ContentError, match="contribution"):
        extended(content, made, ROOT)
