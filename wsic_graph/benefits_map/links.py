"""Contributions and runs as statements of the graph."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from wsic_graph import __version__
from wsic_graph.benefits_map.effects import HORIZON, Judged, Names
from wsic_graph.benefits_map.findings import Found, concept
from wsic_graph.benefits_map.runs import PERSONS, REDUNDANCY, Run
from wsic_graph.calculator.scenario import SEED
from wsic_graph.namespaces import ID, PREFIXES
from wsic_graph.prefill.facts import ENGLAND
from wsic_graph.prefill.people import COHORTS
from wsic_graph.prefill.reach import TAKES_PART
from wsic_graph.release.files import Statement, Value

GRAPH = "benefits-map"
SOFTWARE = f"wsic-graph {__version__}"
"""Name and version of the program."""
BANDS = ((0.05, "small"), (0.15, "moderate"))
"""Sizes of effect: up to which change each band goes; beyond is large."""
_SHARE_PLACES, _POUND_PLACES = 9, 2


@dataclass(frozen=True)
class Share:
    """The share of a contribution in the favourable change, its basis, and what it adds."""

    share: float | None
    basis: str | None
    reduction: float | None
    pounds: dict[str, float]


def text(words: str) -> ox.Literal:
    """English text."""
    return ox.Literal(words, language="en")


def number(value: float | str, places: int | None = None) -> ox.Literal:
    """A decimal number, rounded if ``places`` are given."""
    written = f"{value:.{places}f}" if places is not None and not isinstance(value, str) else str(value)
    return ox.Literal(written, datatype=ox.NamedNode(PREFIXES["xsd"] + "decimal"))


def integer(value: int) -> ox.Literal:
    """A whole number."""
    return ox.Literal(str(value), datatype=ox.NamedNode(PREFIXES["xsd"] + "integer"))


class Record:
    """The statements of one record, or of a part of one."""

    def __init__(self, iri: str, kind: str) -> None:
        self.iri = iri
        self.statements: list[Statement] = []
        self.add("rdf:type", PREFIXES["wsic"] + kind)

    def add(self, name: str, *values: Value | str | None) -> Record:
        """Add the property ``name`` (as prefix:name) with ``values``; text is an IRI, None is left out."""
        prefix, _, local = name.partition(":")
        for value in values:
            if value is not None:
                term = ox.NamedNode(value) if isinstance(value, str) else value
                self.statements.append(Statement(self.iri, PREFIXES[prefix] + local, term, GRAPH))
        return self

    def concept(self, name: str, scheme: str, slug: str | None) -> Record:
        """Add a concept of ``scheme``."""
        return self.add(name, concept(scheme, slug) if slug else None)


def run_iri(group: str) -> str:
    """The IRI of the default run of a care group."""
    return f"{ID}run/default-{group}"


def of_effect(one: Judged, names: Names, share: Share, now: int, price_year: str) -> Iterator[Statement]:
    """The contribution that an effect estimate makes for a care group."""
    estimate = one.estimate
    iri = f"{ID}contribution/{estimate.slug}.{one.group}"
    status = _status(one, share)
    record = _started(iri, (estimate.intervention, estimate.outcome, one.group), _label(one, names))
    record.concept("wsic:contributionStatus", "contribution-status", status)
    record.concept("wsic:direction", "direction", _direction(one.gain))
    record.add("wsic:appliesTo", text(estimate.applies_to))
    for name, figure in (("relativeChange", estimate.change), ("low", estimate.low), ("high", estimate.high)):
        record.add(f"wsic:{name}", number(str(figure.value)))
    record.concept("wsic:effectSize", "effect-size", band(float(estimate.change.value)))
    record.add("wsic:confidenceGrade", integer(estimate.grade(now)))
    record.concept("wsic:evidenceLevel", "evidence-level", estimate.level)
    record.add("wsic:rationale", text(f"{estimate.rationale} {_reason(one.verdict.reason)}".strip()))
    record.add("prov:wasDerivedFrom", estimate.iri)
    record.add("dcterms:source", *sorted({item.source for item in estimate.findings}))
    record.concept("wsic:basis", "basis", "recalled" if estimate.recalled else "derived")
    if share.share is not None:
        record.add("wsic:share", number(share.share, _SHARE_PLACES))
        record.concept("wsic:shareBasis", "share-basis", share.basis)
    if share.reduction is not None:
        record.add("wsic:contributedReduction", number(share.reduction, _SHARE_PLACES))
        record.add("wsic:fromRun", run_iri(one.group))
    for sector, pounds in sorted(share.pounds.items()):
        part = Record(f"{iri}#value-{sector}", "PresentValue")
        part.add("wsic:amount", number(pounds, _POUND_PLACES)).add("schema:currency", ox.Literal("GBP"))
        part.concept("wsic:priceYear", "period", price_year.replace("/", "-")).concept("wsic:sector", "sector", sector)
        part.add("wsic:fromRun", run_iri(one.group)).concept("wsic:basis", "basis", "derived")
        record.add("wsic:presentValue", part.iri)
        yield from part.statements
    yield from record.statements


def of_findings(found: Found) -> Iterator[Statement]:
    """The link that findings without an effect estimate make."""
    intervention, outcome, group = found.intervention, found.outcome, found.group
    iri = f"{ID}contribution/{intervention}--{outcome}--found.{group}"
    first, second, third = found.labels
    record = _started(iri, (intervention, outcome, group), f"{first}: {second} ({third})")
    record.concept("wsic:contributionStatus", "contribution-status", "no-estimate")
    record.concept("wsic:direction", "direction", found.direction)
    record.add("wsic:confidenceGrade", integer(found.grade))
    record.concept("wsic:evidenceLevel", "evidence-level", found.level)
    record.add("wsic:rationale", text(found.rationale))
    record.add("prov:wasDerivedFrom", *found.findings).add("dcterms:source", *found.sources)
    record.concept("wsic:basis", "basis", "recalled" if found.recalled else "derived")
    yield from record.statements


def of_run(run: Run, label: str, used: Sequence[str]) -> Iterator[Statement]:
    """The default run of a care group with every choice that was made."""
    cohort = COHORTS[run.cohort].label
    words = (
        f"{PERSONS:,} of them in England over {HORIZON} years at prices of {run.price_year}. They are taken to use as "
        f"much as these do on average: {cohort}. Every intervention with an effect that counts is offered to all, as "
        f"if each suited everyone, and taken by {float(TAKES_PART):.0%}, in full from the first year; an effect that "
        "was measured on areas is taken to hold among these people too. An effect counts if what it rests on was seen "
        "and compared, is no forecast and is on the whole of the outcome; of several for one intervention and outcome "
        "the least favourable counts. Interventions that stand in for each other overlap by "
        f"{float(REDUNDANCY):.0%}. Emergency care is priced by admissions. Gains are corrected for optimism by grade "
        "and shared by Shapley. No cost of services is counted, and no pounds are given for outcomes without a price."
    )
    record = Record(run_iri(run.group), "CalculatorRun")
    record.add("dcterms:identifier", ox.Literal(f"default-{run.group}"))
    record.add("skos:prefLabel", text(f"Default run: {label}")).add("dcterms:description", text(words))
    record.concept("wsic:careGroup", "care-group", run.group).add("wsic:area", ENGLAND)
    record.add("wsic:persons", integer(PERSONS)).add("wsic:coverageShare", number(str(TAKES_PART)))
    record.add("wsic:horizon", integer(HORIZON)).add("wsic:seed", integer(SEED))
    record.add("prov:used", *sorted({*used, *run.figures}))
    record.add("wsic:scenario", ox.Literal(json.dumps(run.scenario, sort_keys=True, separators=(",", ":"))))
    record.add("schema:softwareVersion", ox.Literal(SOFTWARE))
    record.concept("wsic:basis", "basis", "derived")
    yield from record.statements


def band(change: float) -> str:
    """The size of an effect."""
    if not change:
        return "none"
    return next((name for limit, name in BANDS if abs(change) < limit), "large")


def _started(iri: str, cell: tuple[str, str, str], label: str) -> Record:
    intervention, outcome, group = cell
    record = Record(iri, "Contribution")
    record.add("dcterms:identifier", ox.Literal(iri.rsplit("/", 1)[-1])).add("skos:prefLabel", text(label))
    record.concept("wsic:intervention", "intervention", intervention).concept("wsic:outcome", "outcome", outcome)
    return record.concept("wsic:careGroup", "care-group", group)


def _label(one: Judged, names: Names) -> str:
    estimate = one.estimate
    outcome, group = names.outcomes[estimate.outcome], names.groups[one.group]
    return f"{names.interventions[estimate.intervention]}: {outcome} ({group}: {estimate.applies_to})"


def _reason(words: str) -> str:
    """Why quick mode takes an estimate or not, without what only its users can do about it."""
    return re.sub(r"; (you may choose|choose all evidence|these are left out unless)[^;]*\.$", ".", words)


def _direction(gain: float) -> str:
    if not gain:
        return "no-clear-effect"
    return "improves" if gain > 0 else "worsens"


def _status(one: Judged, share: Share) -> str:
    if share.share is not None:
        return "counted"
    if not one.verdict.used or (one.gain and not one.leads):
        return "not-counted"
    return "adverse" if one.gain < 0 else "no-effect"
