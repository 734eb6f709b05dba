"""A run as RDF in the terms of PROV-O: an activity that used inputs and figures of the graph and generated results.

Inputs and results are parts of the run (hash IRIs) and each a ``schema:PropertyValue`` with its unit; there are no
blank nodes. What comes from the graph is named by its own IRI.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from wsic_graph.calculator.money import rounded
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.catalogue.dcat import CATALOGUE
from wsic_graph.formats import Format
from wsic_graph.namespaces import ID, PREFIXES, SCHEME
from wsic_graph.records.documents import write_document
from wsic_graph.records.profiles import RECORD
from wsic_graph.runs.inputs import inputs_of
from wsic_graph.runs.log import plain
from wsic_graph.runs.run import Run
from wsic_graph.runs.site import Site

KIND = "calculation"
_BASES = ("verified", "derived", "recalled")
"""The bases that the graph has a concept for."""
_RESULTS = (
    ("gross-total", "Gross benefit, all years", "gross_total"),
    ("cashable-total", "Cashable benefit, all years", "cashable_total"),
    ("cost-total", "Cost, all years", "cost_total"),
    ("net-total", "Net benefit, all years", "net_total"),
    ("net-cashable-total", "Net cashable benefit, all years", "net_cashable_total"),
    ("pv-gross", "Gross benefit, present value", "pv_gross"),
    ("pv-cashable", "Cashable benefit, present value", "pv_cashable"),
    ("pv-cost", "Cost, present value", "pv_cost"),
    ("npv", "Net present value", "npv"),
    ("npv-cashable", "Net present value, cashable", "npv_cashable"),
)


def iri_of(run: Run) -> str:
    """The IRI of a run."""
    return f"{ID}{KIND}/{run.identifier}"


def provenance(run: Run, site: Site, form: Format) -> bytes:
    """The statements about a run as RDF in ``form``."""
    return write_document(statements(run, site), iri_of(run), RECORD, form.name)


def statements(run: Run, site: Site) -> list[ox.Triple]:
    """Everything that is said of a run, each statement once."""
    return list(dict.fromkeys(_Writer(run, site).all()))


class _Writer:
    def __init__(self, run: Run, site: Site) -> None:
        self.run, self.site, self.iri = run, site, iri_of(run)

    def all(self) -> Iterator[ox.Triple]:
        """Every statement."""
        yield from self._activity()
        yield from self._agent()
        yield from self._inputs()
        yield from self._results()

    def _say(self, subject: str, name: str, value: Any) -> ox.Triple:
        return ox.Triple(ox.NamedNode(subject), ox.NamedNode(_full(name)), value)

    def _activity(self) -> Iterator[ox.Triple]:
        run, simulation = self.run, self.run.report.simulation
        title = run.report.title or "A run of the value case calculator"
        yield self._say(self.iri, "rdf:type", _node("prov:Activity"))
        yield self._say(self.iri, "dcterms:title", ox.Literal(title, language="en"))
        yield self._say(self.iri, "dcterms:identifier", ox.Literal(run.identifier))
        yield self._say(self.iri, "dcterms:issued", _typed(run.kept_on.isoformat(), "date"))
        yield self._say(self.iri, "dcterms:license", ox.NamedNode("https://creativecommons.org/licenses/by/4.0/"))
        yield self._say(self.iri, "prov:wasAssociatedWith", ox.NamedNode(f"{self.iri}#software"))
        yield self._say(self.iri, "prov:used", ox.NamedNode(f"{self.iri}#data"))
        yield self._say(f"{self.iri}#data", "rdf:type", _node("prov:Entity"))
        yield self._say(f"{self.iri}#data", "prov:specializationOf", ox.NamedNode(CATALOGUE))
        yield self._say(f"{self.iri}#data", "dcat:version", ox.Literal(run.data_version))
        if simulation is not None:
            draws = (("seed", "Seed of the draws", simulation.seed), ("draws", "Number of draws", simulation.draws))
            for name, label, value in draws:
                yield from self._value(name, label, str(value), "integer", "")
                yield self._say(self.iri, "prov:used", ox.NamedNode(f"{self.iri}#{name}"))
        if run.prefilled is not None:
            for verdict in run.prefilled.verdicts:
                if verdict.used and verdict.effect:
                    yield self._say(self.iri, "prov:used", ox.NamedNode(verdict.effect))

    def _agent(self) -> Iterator[ox.Triple]:
        software, simulation = f"{self.iri}#software", self.run.report.simulation
        yield self._say(software, "rdf:type", _node("prov:SoftwareAgent"))
        yield self._say(software, "schema:name", ox.Literal("The value case calculator", language="en"))
        yield self._say(software, "schema:softwareVersion", ox.Literal(self.run.software))
        if simulation is not None:
            words = ox.Literal(f"NumPy {simulation.numpy}")
            yield self._say(software, "schema:softwareRequirements", words)

    def _inputs(self) -> Iterator[ox.Triple]:
        number = 0
        for _, items in inputs_of(read_scenario(self.run.scenario), self.run.prefilled, self.site.name):
            for item in items:
                number += 1
                part = f"{self.iri}#input-{number}"
                yield from self._value(f"input-{number}", item.label, plain(item.value), "decimal", item.unit)
                yield self._say(part, "schema:propertyID", ox.Literal(item.pointer))
                yield self._say(self.iri, "prov:used", ox.NamedNode(part))
                for name, limit in (("schema:minValue", item.low), ("schema:maxValue", item.high)):
                    if limit is not None:
                        yield self._say(part, name, _typed(plain(limit), "decimal"))
                said = item.assumption
                if said is None:
                    continue
                if said.how:
                    yield self._say(part, "skos:note", ox.Literal(said.how, language="en"))
                if said.basis in _BASES:
                    yield self._say(part, "wsic:basis", ox.NamedNode(f"{SCHEME}basis/{said.basis}"))
                for figure in said.figures:
                    yield self._say(part, "prov:wasDerivedFrom", ox.NamedNode(figure.iri))
                    yield self._say(self.iri, "prov:used", ox.NamedNode(figure.iri))
                for source in said.sources:
                    yield self._say(part, "dcterms:source", ox.NamedNode(source))

    def _results(self) -> Iterator[ox.Triple]:
        made = self.run.report
        pounds = f"pounds of {made.price_year}" if made.price_year else "pounds"
        for name, label, field in _RESULTS:
            yield from self._result(name, label, getattr(made, field), pounds)
        ratios = (
            ("bcr", "Gross benefit for each pound of cost", made.bcr),
            ("bcr-cashable", "Cashable benefit for each pound of cost", made.bcr_cashable),
        )
        for name, label, ratio in ratios:
            if ratio is not None:
                yield from self._result(name, label, ratio, "ratio", 6)
        for sector, net in made.net_by_sector.items():
            yield from self._result(f"net-{sector}", f"Net benefit of {self.site.name(sector)}", net, pounds)
        for place, (key, value) in enumerate(made.npv_by_intervention.items(), 1):
            label = f"Net present value of {self.site.name(key)}"
            yield from self._result(f"npv-{place}", label, value, pounds)
        if made.simulation is not None:
            for name, label, chance in (
                ("chance", "Chance of a net saving", made.simulation.chance_of_net_saving),
                ("chance-cashable", "Chance of a net saving in cash", made.simulation.chance_of_net_saving_cashable),
            ):
                yield from self._result(name, label, chance.probability, "share", 6)

    def _result(self, name: str, label: str, value: float, unit: str, places: int = 2) -> Iterator[ox.Triple]:
        part = f"result-{name}"
        yield from self._value(part, label, f"{rounded(value, places):f}", "decimal", unit)
        yield self._say(f"{self.iri}#{part}", "prov:wasGeneratedBy", ox.NamedNode(self.iri))

    def _value(self, part: str, label: str, value: str, kind: str, unit: str) -> Iterator[ox.Triple]:
        iri = f"{self.iri}#{part}"
        for name in ("prov:Entity", "schema:PropertyValue"):
            yield self._say(iri, "rdf:type", _node(name))
        yield self._say(iri, "schema:name", ox.Literal(label, language="en"))
        yield self._say(iri, "schema:value", _typed(value, kind))
        if unit:
            yield self._say(iri, "schema:unitText", ox.Literal(unit))


def _full(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def _node(name: str) -> ox.NamedNode:
    return ox.NamedNode(_full(name))


def _typed(value: str, kind: str) -> ox.Literal:
    return ox.Literal(value, datatype=_node(f"xsd:{kind}"))
