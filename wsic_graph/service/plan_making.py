"""Makes a plan for the site: asks the graph, has the programme calculated, and finds the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from jinja2 import Environment

from wsic_graph import __version__
from wsic_graph.answers import Iri
from wsic_graph.benefits_map.services import check
from wsic_graph.calculator.results import Report
from wsic_graph.engine.door import CLIENT
from wsic_graph.existing.address import address as listed_at
from wsic_graph.existing.check import read_result
from wsic_graph.existing.services import Known as Names
from wsic_graph.mapped.model import BenefitsMap, read_map
from wsic_graph.places.statistics import ENGLAND, Comparisons
from wsic_graph.plans.benefits import Calculated
from wsic_graph.plans.drafting import Given, draft
from wsic_graph.plans.ground import Ground, Say
from wsic_graph.plans.model import Choices, Plan
from wsic_graph.plans.rules import read_rules
from wsic_graph.plans.settle import Settled, pairs_of, settle
from wsic_graph.prefill import Prefilled, quick
from wsic_graph.runs.record import Record
from wsic_graph.runs.request import AreaRequest
from wsic_graph.service.calculator_charts import SECTORS
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.calculator_state import state_of
from wsic_graph.service.graph import Graph, get_graph
from wsic_graph.service.reports import Reports
from wsic_graph.service.runs import PATH as RUNS
from wsic_graph.service.runs import kept_runs
from wsic_graph.service.service_check import PATH as CHECK
from wsic_graph.service.service_check import known_of

WORDS = "plans/words.html"
DRAFT = "/plan/draft"


def words(environment: Environment) -> Say:
    """The words of the plan, from their template: plain text with single spaces."""
    module = environment.get_template(WORDS).module

    def say(key: str, /, **values: Any) -> str:
        return " ".join(unescape(str(getattr(module, key)(values))).split())

    return say


@dataclass(frozen=True)
class Filled:
    """What a plan for the choices needs before the calculation."""

    settled: Settled
    whole: BenefitsMap
    prefilled: Prefilled | None
    address: str
    """The calculator with the same choices, or the page of the run."""

    @property
    def chosen(self) -> dict[str, Any]:
        """What is calculated, as quick mode takes it."""
        choices = self.settled.choices
        return {
            "area": choices.area,
            "interventions": choices.interventions,
            "value_case": choices.value_case or None,
            "cohort": self.settled.cohort,
        }

    @property
    def interventions(self) -> tuple[str, ...]:
        """Those chosen, or those of the value case."""
        if self.settled.choices.interventions or self.prefilled is None:
            return tuple(self.settled.choices.interventions)
        return tuple(dict.fromkeys(verdict.intervention for verdict in self.prefilled.verdicts))


def names_of(graph: Graph, whole: BenefitsMap) -> Names:
    """What choices may name."""
    return known_of(graph, whole)


def cases_of(known: Known) -> dict[str, str]:
    """The value cases that the calculator can take."""
    return {
        row["case"].slug: str(row["title"]) for row in known.rows("pages/value-cases") if isinstance(row["case"], Iri)
    }


async def make(request: Request, choices: Choices, keep: bool = False) -> tuple[Plan | None, Settled | None]:
    """The plan for ``choices``, and what they come to; no plan without an area.

    With ``keep`` its calculation is kept as a run, because somebody asked for the plan to be kept.

    Raises ``ParameterError`` for an area or year that there is not, ``ScenarioError`` for a programme that cannot be
    calculated, and what asking the graph raises.
    """
    filled = await run_in_threadpool(_fill, request, choices)
    if filled is None:
        return None, None
    reports: Reports = request.app.state.reports
    report = await reports.of(filled.prefilled.scenario) if filled.prefilled else None
    if keep and filled.prefilled:
        run = await run_in_threadpool(_keep, request, filled, filled.prefilled)
        filled = replace(filled, address=run)
    return await run_in_threadpool(_draft, request, filled, report), filled.settled


def _keep(request: Request, filled: Filled, prefilled: Prefilled) -> str:
    """Keep the calculation of a plan as a run; the address of its page."""
    state = request.app.state
    choices = AreaRequest.model_validate(filled.chosen).choices()
    record = Record(choices, prefilled.scenario, prefilled, state.version, __version__, datetime.now(UTC).date())
    kept_runs(state.settings).keep([record.identifier], record.text(), CLIENT.get(), True)
    return f"{RUNS}/{record.identifier}"


def _fill(request: Request, choices: Choices) -> Filled | None:
    known: Known = request.app.state.known
    whole = read_map(known.rows)
    settled = settle(choices, known.rows, names_of(get_graph(request), whole), cases_of(known))
    if settled is None:
        return None
    filled = Filled(settled, whole, None, "")
    if settled.choices.interventions or settled.choices.value_case:
        prefilled = quick(known.rows, **filled.chosen)
        filled = replace(filled, prefilled=prefilled, address=state_of(filled.chosen).address())
    return filled


def _draft(request: Request, filled: Filled, report: Report | None) -> Plan:
    state = request.app.state
    known: Known = state.known
    settled = filled.settled
    comparisons: Comparisons = state.comparisons
    rules = read_rules(known.rows, settled.choices.year)
    ground = Ground(
        known.rows,
        state.councils.table,
        lambda areas: comparisons.of(list(dict.fromkeys([*areas, ENGLAND]))),
        words(state.templates.env),
        settled.area,
        settled.name,
        rules.period.end,
        rules.period.start,
    )
    made = None
    if filled.prefilled and report:
        labels = known.labels
        made = Calculated(filled.prefilled, report, filled.address, lambda name: labels.get(name, name), SECTORS)
    checked = None
    if settled.situation.benefits and settled.situation.services:
        checked = read_result(settled.situation, check(state.door, settled.situation.own))
    given = Given(
        settled.choices, rules, filled.interventions, filled.whole, made, checked, listed_at(CHECK, settled.situation),
        state.version, _labels(filled, known),
    )  # fmt: skip
    return draft(ground, given)


def _labels(filled: Filled, known: Known) -> Mapping[str, str]:
    choices = filled.settled.choices
    groups = {thing.iri.slug: thing.label for thing in filled.whole.groups}
    benefits = {item.thing.iri.slug: item.thing.label for item in filled.whole.benefits}
    found = {slug: known.labels.get(slug, slug) for slug in filled.interventions}
    found |= {slug: groups.get(slug, slug) for slug in choices.care_groups}
    found |= {slug: benefits.get(slug, slug) for slug in choices.benefits}
    if choices.value_case:
        found[choices.value_case] = cases_of(known).get(choices.value_case, choices.value_case)
    return found


def draft_at(choices: Choices, ending: str = "") -> str:
    """The address of the draft for ``choices``, or of a file of it."""
    return f"{DRAFT}{ending}?{urlencode(pairs_of(choices), safe=':/,')}"
