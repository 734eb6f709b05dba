"""Plans drafted over the true release: every statement traced, every check provoked, every file opened."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pyoxigraph as ox
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from tests.plan_fixtures import GUIDE, WORKED, guide_with, plan_of
from tests.site_fixtures import serve
from wsic_graph.calculator.faults import Fault
from wsic_graph.namespaces import ID, PREFIXES, SCHEME
from wsic_graph.plans.changes import changes
from wsic_graph.plans.checks import Check, check, claims
from wsic_graph.plans.edits import LONGEST, Answer, Edits, Goal, Sum, edited, number, tidy
from wsic_graph.plans.ground import Say
from wsic_graph.plans.model import Effect, Plan
from wsic_graph.plans.rules import ALWAYS, read_year, years
from wsic_graph.service.pages import make_templates
from wsic_graph.service.plan_keeping import PlanStore
from wsic_graph.service.plan_making import words
from wsic_graph.service.plan_view import page_of, query_of
from wsic_graph.settings import Settings

UNLIKE = {"rural county": "E06000057", "London borough": "E09000022", "northern city": "E08000003"}


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    with serve(release) as client:
        yield client


@pytest.fixture(scope="module")
def plan(site: httpx.Client) -> Plan:
    return plan_of(site)


@pytest.fixture(scope="module")
def say() -> Say:
    return words(make_templates().env)


# ---------------------------------------------------------------- the rules


def rules_of(store: ox.Store, kind: str, period: str) -> set[str]:
    """The names of what the graph has of a kind for a period, asked without any saved query."""
    type_, planning = ox.NamedNode(f"{PREFIXES['rdf']}type"), ox.NamedNode(f"{PREFIXES['wsic']}planningPeriod")
    found = {quad.subject for quad in store.quads_for_pattern(None, type_, ox.NamedNode(f"{PREFIXES['wsic']}{kind}"))}
    wanted = ox.NamedNode(f"{SCHEME}period/{period}")
    return {
        str(one).strip("<>").rsplit("/", 1)[-1]
        for one in found
        if next(store.quads_for_pattern(one, planning, wanted), None)
    }


@pytest.mark.parametrize("year", years())
def test_every_year_has_its_own_rules(year: str, site: httpx.Client, store: ox.Store) -> None:
    found = plan_of(site, [("area", "E06000027"), ("year", year)])
    period = found.period_iri.rsplit("/", 1)[-1]
    first, _, last = period.removeprefix("bcf-").partition("-")
    assert int(first) <= max(int(year[:4]), 2014) < 2000 + int(last)
    assert {one.slug for one in found.conditions} == rules_of(store, "NationalCondition", period)
    assert {one.slug for one in found.metrics} == rules_of(store, "Metric", period)
    asked = {one.slug for one in found.sections if one.asked}
    assert asked == rules_of(store, "PlanSection", "bcf-2019-20" if period == "bcf-2020-21" else period)
    assert set(ALWAYS) <= {one.slug for one in found.sections}
    assert all(one.asks and one.purpose and one.sources for one in found.sections)


@pytest.mark.parametrize(("text", "year"), [("2025/26", "2025-26"), ("2013", "2013-14"), (" 2019-2020 ", "2019-20")])
def test_a_year_is_read_as_people_write_it(text: str, year: str) -> None:
    assert read_year(text) == year


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ({"area": "nowhere"}, "area"),
        ({"area": "E10000006"}, "area"),
        ({"area": "Torbay", "year": "1999"}, "year"),
        ({"area": "Torbay", "year": "2025-28"}, "year"),
        ({"area": "Torbay", "benefits": ["happiness"]}, "benefit"),
        ({"area": "Torbay", "interventions": ["reablemnt"]}, "intervention"),
        ({"area": "Torbay", "value_case": "atlantis"}, "value case"),
        ({"area": "Torbay", "services": ["reablement:older-people:900:x"]}, "service"),
        ({"area": "Torbay", "colour": "red"}, "colour"),
        ({"area": "x" * 61}, "area"),
        ({"area": ["Torbay"]}, "area"),
        ({}, "area"),
        ([], "request"),
    ],
)
def test_what_is_wrong_is_named(choices: Any, field: str, site: httpx.Client) -> None:
    answer = site.post("/api/plan", json=choices)
    assert answer.status_code == 422, answer.text
    assert any(field in fault["field"] for fault in answer.json().get("faults", [])) or field in answer.text


# --------------------------------------------------------------- statements


@pytest.mark.parametrize("code", UNLIKE.values(), ids=UNLIKE.keys())
def test_unlike_areas_have_whole_drafts(code: str, site: httpx.Client) -> None:
    found = plan_of(site, [("area", code), *WORKED[1:]])
    statements = list(found.statements())
    assert len({one.id for one in statements}) == len(statements)
    for one in statements:
        assert one.text[0] == one.text[0].upper() or one.text.startswith("–"), one.text
        assert not re.search(r"\bNone\b|\s{2}|\.\.|[{}<>]", one.text), one.text
        if re.search(r"\d", one.text) and not one.id.startswith("condition."):
            assert one.facts, f"a number without what it rests on: {one.text}"
    need = found.section("local-need")
    assert need and len(need.statements) > 6 and need.grids and need.pictures
    assert any(one.stance == "for" for one in statements) and any(one.stance == "null" for one in statements)
    assert {one.outcome for one in found.expected} >= {"care-home-admissions", "emergency-admissions"}


def test_every_fact_leads_to_a_page_and_a_query(site: httpx.Client, plan: Plan) -> None:
    facts = {fact for one in plan.statements() for fact in ((f.iri, query_of(f)) for f in one.facts)}
    pages = {page_of(iri).partition("#")[0] for iri, _ in facts if iri} - {""}
    assert all(page_of(iri) for iri, _ in facts if iri)
    assert len(pages) > 20
    for page in sorted(pages):
        assert site.get(page).status_code == 200, page
    queries = {query for _, query in facts}
    assert all(queries)
    for query in sorted(queries):
        assert site.get(query).status_code == 200, query


def observed(store: ox.Store, indicator: str, band: str, period: str) -> Decimal:
    """A figure of Torbay, asked without any saved query."""
    wsic, cube = PREFIXES["wsic"], PREFIXES["sdmx-dimension"]
    wanted = (
        (f"{cube}refArea", f"{ID}area/E06000027"),
        (f"{wsic}indicator", f"{SCHEME}indicator/{indicator}"),
        (f"{wsic}ageBand", f"{SCHEME}age-band/{band}"),
        (f"{cube}refPeriod", f"{SCHEME}period/{period}"),
    )
    found = [
        {quad.subject for quad in store.quads_for_pattern(None, ox.NamedNode(name), ox.NamedNode(value))}
        for name, value in wanted
    ]
    (one,) = set.intersection(*found)
    measure = ox.NamedNode(f"{PREFIXES['sdmx-measure']}obsValue")
    value = next(store.quads_for_pattern(one, measure, None)).object
    assert isinstance(value, ox.Literal)
    return Decimal(value.value)


def test_figures_are_those_of_the_graph(plan: Plan, store: ox.Store) -> None:
    said = {one.id: one.text for one in plan.statements()}
    assert f"{observed(store, 'population', 'all', 'mid-2024'):,}" in said["need.people"]
    assert f"{observed(store, 'population', '85plus', 'mid-2014'):,}" in said["need.growth.85plus"]
    metric = next(one for one in plan.metrics if one.slug.endswith("residential-admissions"))
    assert metric.baseline and not metric.baseline.near and metric.good == "down"
    assert metric.baseline.value == observed(store, "care-home-admissions-rate", "65plus", "2024-25")
    older = observed(store, "population", "65plus", "mid-2024") / observed(store, "population", "all", "mid-2024") * 100
    assert f"{older:.1f}%" in said["need.people"]


def test_a_baseline_is_from_before_the_plan(site: httpx.Client) -> None:
    found = plan_of(site, [("area", "E06000027"), ("year", "2014-15")])
    periods = {one.slug.split("-", 2)[2]: one.baseline.period for one in found.metrics if one.baseline}
    assert periods["delayed-transfers"] == "2013-14" and periods["emergency-admissions"] == "2012-13"
    assert all(one.baseline.near for one in found.metrics if one.baseline and "user-experience" in one.slug)


def test_money_is_that_of_the_calculator(site: httpx.Client, plan: Plan) -> None:
    request = {"area": "E06000027", "cohort": "65plus", "interventions": list(plan.choices.interventions)}
    report = site.post("/api/calculator", json=request).json()
    section = plan.section("benefits-model")
    assert section
    table = next(one for one in section.grids if "Sector" in one.columns)
    total = [cell.text.replace("\N{MINUS SIGN}", "-").replace("£", "").replace(",", "") for cell in table.rows[-1][1:]]
    assert [int(value) for value in total][:3] == [
        round(float(report[name])) for name in ("gross_total", "cashable_total", "cost_total")
    ]
    nets = [int(row[-1].text.replace("\N{MINUS SIGN}", "-").replace("£", "").replace(",", "")) for row in table.rows]
    assert sum(nets[:-1]) == nets[-1]


def test_services_that_there_are_are_held_against_the_priorities(site: httpx.Client) -> None:
    pairs = [
        *WORKED,
        ("service", "reablement:older-people:35:Home first"),
        ("service", "reablement:older-people:20:Bridge"),
    ]
    section = plan_of(site, pairs).section("schemes")
    assert section
    said = {one.id: one.text for one in section.statements}
    assert "check.gaps" in said and "Bridge" in said["check.twice.1"] and "Home first" in said["check.twice.1"]
    assert any("covered" in grid.columns[1].lower() for grid in section.grids)


def test_a_value_case_brings_its_interventions(site: httpx.Client) -> None:
    found = plan_of(site, [("area", "Torbay"), ("value_case", "torbay")])
    assert {one.intervention for one in found.effects} >= {"intermediate-care"}
    assert plan_of(site, [("area", "Torbay")]).effects == ()


def test_named_places_wait_for_segments_and_budgets(plan: Plan) -> None:
    ids = {blank.id for section in plan.sections for blank in section.blanks}
    assert {"segments", "budget", "vision.i"} <= ids


# ------------------------------------------------------------------- checks


def kinds(found: tuple[Check, ...]) -> set[tuple[str, str, bool]]:
    return {(one.kind, one.where, one.serious) for one in found}


RESIDENTIAL = "2025-26-residential-admissions"
EMERGENCY = "2025-26-emergency-admissions-65"


def test_an_untouched_draft_misses_much_and_contradicts_nothing(plan: Plan, say: Say) -> None:
    found = check(plan, Edits(), say)
    assert not any(one.serious for one in found)
    assert {one.kind for one in found} == {"condition", "metric", "section", "money", "programme"}
    assert sum(one.kind == "condition" for one in found) == len(plan.conditions)
    assert ("section", "governance", False) in kinds(found)


def test_goals_are_held_against_baseline_and_evidence(plan: Plan, say: Say) -> None:
    def found(slug: str, **values: Any) -> set[tuple[str, str, bool]]:
        return kinds(check(plan, Edits(goals={slug: Goal(text="why", **values)}), say))

    where = f"metrics:{RESIDENTIAL}"
    assert ("metric", where, True) in found(RESIDENTIAL, value=Decimal(900)), "worse than the baseline"
    assert ("claim", where, True) in found(RESIDENTIAL, value=Decimal(500)), "far beyond the calculator"
    assert not {("claim", where, True), ("metric", where, True)} & found(RESIDENTIAL, value=Decimal(830))
    where = f"metrics:{EMERGENCY}"
    assert ("metric", where, False) in found(EMERGENCY, value=Decimal(100)), "a near figure is no baseline"
    null = check(plan, Edits(goals={EMERGENCY: Goal(value=Decimal(90), baseline=Decimal(100), text="why")}), say)
    (claim,) = (one for one in null if one.where == where and one.kind == "claim")
    assert "no effect for the better" in claim.text and claim.iri.startswith(f"{ID}effect/")


def test_conditions_and_money_are_checked(plan: Plan, say: Say) -> None:
    first, second, third, *_ = (one.slug for one in plan.conditions)
    edits = Edits(
        answers={
            first: Answer(met="no"),
            second: Answer(met="partly", text="By June"),
            third: Answer(met="yes", text="Done"),
        },
        income=(Sum(name="NHS", amount=Decimal("100.50")), Sum(name="nhs", amount=Decimal(-1))),
        spending=(Sum(name="Reablement", amount=Decimal(99)),),
    )
    found = kinds(check(plan, edits, say))
    assert ("condition", f"national-conditions:{first}", True) in found
    assert ("condition", f"national-conditions:{second}", False) in found
    assert not any(where.endswith(third) for kind, where, _ in found if kind == "condition")
    texts = [one.text for one in check(plan, edits, say) if one.kind == "money"]
    assert any("£99.50" in text and "£0.50" in text for text in texts)
    assert any("twice" in text for text in texts) and any("below nought" in text for text in texts)
    agreed = edits.model_copy(update={"income": (Sum(name="NHS", amount=Decimal("99.00")),)})
    assert not [one for one in check(plan, agreed, say) if one.kind == "money"]


def test_evidence_that_is_struck_out_is_told(plan: Plan, say: Say) -> None:
    null = next(one for one in plan.statements() if one.stance == "null")
    good = next(one for one in plan.statements() if one.stance == "for")
    found = [one for one in check(plan, Edits(statements={null.id: "", good.id: ""}), say) if one.kind == "claim"]
    assert len(found) == 1 and null.text[:60] in found[0].text and found[0].serious


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Case management will reduce emergency admissions.", "more than the evidence"),
        ("Our teams cut non-elective admissions by a tenth", "claims"),
        ("Hospital at home lowers emergency readmissions", "against the evidence"),
        ("Reablement is proven to reduce home care hours.", "surer than the evidence"),
        ("Reablement may reduce home care hours.", ""),
        ("Case management does not reduce emergency admissions.", ""),
        ("It is unlikely that case management will reduce emergency admissions", ""),
        ("We will measure emergency admissions every month.", ""),
        ("Hospital at home reduces care home admissions", ""),
        ("Falls clinics save money", ""),
    ],
)
def test_claims_are_found_in_plain_sentences(sentence: str, found: str, plan: Plan, say: Say) -> None:
    told = [one.text for one in claims("vision", sentence, plan.effects, say)]
    assert bool(told) == bool(found), told
    assert all(found in text or "against" in text for text in told)


def test_a_claim_is_found_wherever_it_is_written(plan: Plan, say: Say) -> None:
    claim = "Case management reduces emergency admissions."
    statement = next(one for one in plan.statements() if one.id == "need.people")
    for edits, where in (
        (Edits(texts={"vision": f"We care.\n\n{claim}"}), "vision"),
        (Edits(statements={statement.id: claim}), "local-need"),
        (
            Edits(answers={plan.conditions[0].slug: Answer(met="yes", text=claim)}),
            f"national-conditions:{plan.conditions[0].slug}",
        ),
        (Edits(goals={EMERGENCY: Goal(text=claim)}), f"metrics:{EMERGENCY}"),
    ):
        assert ("claim", where, True) in kinds(check(plan, edits, say))


def test_the_same_effect_cannot_be_for_and_null() -> None:
    one = Effect(
        intervention="a",
        intervention_label="A",
        outcome="o",
        outcome_label="falls",
        says="improves",
        level="high",
        iri="x",
    )
    assert not list(claims("v", "A will reduce falls", [one], lambda key, /, **_values: key))


# -------------------------------------------------------------------- edits


def test_a_form_changes_what_it_says_and_nothing_else(plan: Plan) -> None:
    section = plan.section("local-need")
    assert section
    first, second, third, *_ = section.statements
    fields = [
        ("text", " Ours.\r\n\r\n\r\nTwo\x00 paragraphs. "),
        (f"say:{first.id}", "Our words"),
        (f"say:{second.id}", second.text),
        (f"say:{third.id}", third.text),
        ("strike", third.id),
        ("strike", "not.there"),
        ("met:2025-26-nc1", "yes"),
    ]
    edits, faults = edited(plan, Edits(texts={"vision": "kept"}), "local-need", fields)
    assert not faults
    assert edits.texts == {"vision": "kept", "local-need": "Ours.\n\nTwo paragraphs."}
    assert edits.statements == {first.id: "Our words", third.id: ""} and not edits.answers
    assert edits.words(first) == "Our words" and edits.words(second) == second.text and edits.words(third) == ""
    back, _ = edited(plan, edits, "local-need", [(f"say:{first.id}", first.text)])
    assert back.statements == {} and "local-need" not in back.texts


def test_what_is_no_number_or_too_long_is_told(plan: Plan) -> None:
    before = Edits(goals={RESIDENTIAL: Goal(value=Decimal(5))})
    edits, faults = edited(plan, before, "metrics", [(f"goal:{RESIDENTIAL}", "many"), ("text", "x" * (LONGEST + 1))])
    assert {fault.field for fault in faults} == {f"goal:{RESIDENTIAL}", "text"}
    assert edits.goals[RESIDENTIAL].value == 5
    lines = [
        ("name", "NHS"),
        ("amount", "£9,500,000"),
        ("name", "Council"),
        ("amount", ""),
        ("name", ""),
        ("amount", ""),
    ]
    edits, faults = edited(plan, Edits(), "income", lines)
    assert edits.income == (Sum(name="NHS", amount=Decimal(9500000)),) and len(faults) == 1
    assert edited(plan, Edits(), "atlantis", [])[1]
    assert edited(plan, Edits(), "national-conditions", [(f"met:{plan.conditions[0].slug}", "perhaps")])[1]


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_becomes_plain_text(text: str) -> None:
    found = tidy(text)
    assert tidy(found) == found and not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e\ud800-\udfff]", found)
    assert "\n\n\n" not in found


@given(st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_any_number_is_read_or_told(text: str) -> None:
    faults: list[Fault] = []
    found = number("f", text, faults)
    assert found is None or found.is_finite()
    assert not (found is not None and faults)


def test_changes_name_what_differs(plan: Plan) -> None:
    statement = next(plan.statements())
    now = Edits(
        texts={"vision": "New"}, statements={statement.id: "Other"}, goals={RESIDENTIAL: Goal(value=Decimal(7))}
    )
    found = changes(plan, Edits(), plan, now)
    assert [(one.what, one.now) for one in found] == [
        ("Statement", "Other"), ("Own text", "New"), ("Baseline, goal and reason", "7"),
    ]  # fmt: skip
    assert not changes(plan, now, plan, now)


# -------------------------------------------------------------------- files


def test_word_has_real_headings_tables_and_charts(site: httpx.Client, plan: Plan) -> None:
    answer = site.get("/plan/draft.docx", params=list(WORKED))
    assert answer.status_code == 200
    word = Document(io.BytesIO(answer.content))
    headings = [one.text for one in word.paragraphs if one.style and one.style.name == "Heading 1"]
    assert all(any(one.startswith(section.title) for one in headings) for section in plan.sections)
    assert len(word.tables) >= 6
    pictures = sum(len(section.pictures) for section in plan.sections)
    assert len(word.inline_shapes) == pictures == 3
    assert all(shape._inline.docPr.get("descr") for shape in word.inline_shapes)
    text = "\n".join(one.text for one in word.paragraphs)
    assert all(one.text[:80] in text for section in plan.sections for one in section.statements)
    links = {part.target_ref for part in word.part.rels.values() if part.is_external}
    assert any("/sources/" in link for link in links) and any("/queries/" in link for link in links)


def test_rdf_has_every_statement_with_its_sources(site: httpx.Client, plan: Plan) -> None:
    graphs = []
    for form, rdf in (("ttl", ox.RdfFormat.TURTLE), ("jsonld", ox.RdfFormat.JSON_LD), ("nt", ox.RdfFormat.N_TRIPLES)):
        body = site.get(f"/plan/draft.{form}", params=list(WORKED)).content
        graphs.append({str(quad.triple) for quad in ox.parse(body, format=rdf)})
    assert graphs[0] == graphs[1] == graphs[2]
    store = ox.Store()
    store.load(site.get("/plan/draft.nt", params=list(WORKED)).content, format=ox.RdfFormat.N_TRIPLES)
    ids = ox.NamedNode(f"{PREFIXES['dcterms']}identifier")
    derived = ox.NamedNode(f"{PREFIXES['prov']}wasDerivedFrom")
    nodes = {str(quad.object).strip('"'): quad.subject for quad in store.quads_for_pattern(None, ids, None)}
    statements = list(plan.statements())
    assert set(nodes) == {one.id for one in statements}
    for one in statements:
        found = {str(quad.object) for quad in store.quads_for_pattern(nodes[one.id], derived, None)}
        assert len(found) == len({fact.iri for fact in one.facts if fact.iri}), one.id


def test_the_workbook_has_a_line_for_each_metric(site: httpx.Client, plan: Plan) -> None:
    book = openpyxl.load_workbook(io.BytesIO(site.get("/plan/draft.xlsx", params=list(WORKED)).content))
    rows = {row[0].value: row for row in book["Metrics"].iter_rows() if row[0].value}
    for metric in plan.metrics:
        row = rows[metric.title]
        assert str(row[6].value).startswith("=IF(")
        known = metric.baseline and not metric.baseline.near
        assert row[4].value == (float(metric.baseline.value) if known and metric.baseline else None)
        assert row[5].value is None
    assert {row[0].value for row in book["Conditions"].iter_rows()} >= {one.title for one in plan.conditions}


def test_json_is_the_plan_and_an_unknown_form_is_told(site: httpx.Client, plan: Plan) -> None:
    found = site.get("/plan/draft.json", params=list(WORKED)).json()
    assert Plan.model_validate(found["plan"]) == plan and found["checks"]
    answer = site.get("/plan/draft.pdf", params=list(WORKED))
    assert answer.status_code == 404 and ".docx" in answer.text
    assert site.get("/plan/draft.docx", params={"area": "nowhere"}).status_code == 422


def test_the_guide_has_the_worked_plan_as_the_program_makes_it(site: httpx.Client) -> None:
    """Write what ``guide_with`` gives into the guide when the graph or the words have changed, and read it."""
    made = site.get("/plan/draft.md", params=list(WORKED)).text
    assert GUIDE.read_text(encoding="utf-8") == guide_with(made)


def test_a_client_keeps_no_more_than_it_may(plan: Plan, tmp_path: Path) -> None:
    store = PlanStore(Settings(data_dir=tmp_path, plans_per_hour=4))
    name, secret = store.begin(plan, "one")
    assert store.admits(name, secret) and not store.admits(name, secret[:-1]) and not store.admits(name, "")
    store.save(store.read(name), plan, Edits(texts={"vision": "One"}), "Vision", "one")
    with pytest.raises(HTTPException) as refused:
        store.save(store.read(name), plan, Edits(texts={"vision": "Two"}), "Vision", "one")
    assert refused.value.status_code == 429
    store.save(store.read(name), plan, Edits(texts={"vision": "Other"}), "Vision", "another")
    assert store.read(name).version.edits.texts == {"vision": "Other"} and store.read(name, 1).plan == plan
    stale = store.read(name)
    store.save(stale, plan, Edits(), "First", "another")
    with pytest.raises(HTTPException) as conflict:
        store.save(stale, plan, Edits(texts={"vision": "Late"}), "Second", "another")
    assert conflict.value.status_code == 409
