"""The pounds that the picture of money shows: of the default run of a care group, or of a run that somebody kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wsic_graph.answers import Iri
from wsic_graph.calculator.amounts import amounts as central
from wsic_graph.calculator.model import build
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.mapped.model import BenefitsMap, Thing
from wsic_graph.mapped.money import Amount, read_amounts
from wsic_graph.namespaces import SCHEME
from wsic_graph.runs.record import read_record
from wsic_graph.service.graph import Graph, NoSuchRecord
from wsic_graph.service.kept import KeptTexts
from wsic_graph.service.links import page_of
from wsic_graph.service.words import percent

_PENNY = Decimal("0.01")
_IDENTIFIER = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Pounds:
    """Amounts, with the run that they are of: its name and page, what it is about, and its price year."""

    amounts: Sequence[Amount]
    label: str = ""
    href: str = ""
    said: str = ""
    prices: str = ""
    iri: str = ""
    """The run in the graph; empty for one that was kept."""

    @property
    def about(self) -> str:
        """What the pounds are, for a picture that stands alone."""
        if not self.said:
            return ""
        prices = f", at prices of {self.prices}" if self.prices else ""
        return f"Present value of capacity{prices}, before the cost of services: {self.said}."


def default_pounds(graph: Graph, group: str) -> Pounds:
    """The amounts of the default run of a care group; none if it has no run."""
    found = next((row for row in graph.rows("benefits_map/runs") if getattr(row["group"], "slug", "") == group), None)
    if found is None:
        return Pounds(())
    rows = graph.rows("benefits_map/present-values", care_group=group)
    persons, reached = found["persons"], found["reached"]
    assert isinstance(persons, int) and isinstance(reached, int | Decimal)
    return Pounds(
        read_amounts(rows),
        str(found["groupLabel"]),
        page_of(str(found["run"])) or "",
        f"{persons:,} people over {found['years']} years, {percent(reached)} of them reached",
        str(rows[0]["prices"]) if rows else "",
        str(found["run"]),
    )


def kept_pounds(whole: BenefitsMap, kept: KeptTexts, identifier: str) -> Pounds:
    """The amounts of a kept run, calculated again at its central values. Raises ``NoSuchRecord``."""
    text = kept.text(identifier) if _IDENTIFIER.fullmatch(identifier) else None
    if text is None:
        raise NoSuchRecord("run", identifier[:40], "/benefits-map")
    record = read_record(text)
    scenario = dict(record.scenario)
    amounts = _amounts(whole, scenario)
    years = scenario.get("settings", {}).get("horizon", "")
    return Pounds(
        sorted(amounts, key=lambda amount: -amount.pounds),
        str(scenario.get("title") or "A kept run"),
        f"/calculator/runs/{identifier}",
        f"a kept run{f' over {years} years' if years else ''}, central values",
        str(scenario.get("settings", {}).get("price_year") or ""),
    )


def _amounts(whole: BenefitsMap, scenario: dict[str, Any]) -> list[Amount]:
    """What each intervention of a scenario adds to each outcome, also by way of others, at central values.

    Shapley values by year, discounted, and divided between the sectors that gain from the outcome.
    """
    model = build(read_scenario(scenario))
    pounds = central(model).shares @ model.discount
    found = []
    for row, service in enumerate(model.scenario.interventions):
        for column, outcome in enumerate(model.scenario.outcomes):
            ends = (
                _thing(whole, "intervention", service.id, service.id.replace("-", " ").capitalize()),
                _thing(whole, "outcome", outcome.id, outcome.id.replace("-", " ").capitalize()),
            )
            for place, sector in enumerate(model.sectors):
                worth = Decimal(str(float(pounds[row, column] * model.split[column, place]))).quantize(_PENNY)
                if worth:
                    found.append(Amount(*ends, sector, worth))
    return found


def _thing(whole: BenefitsMap, kind: str, name: str, label: str) -> Thing:
    """What a scenario calls ``name``, as the map has it; what the map has not stays a thing without a page."""
    iri = Iri(f"{SCHEME}{kind}/{name}")
    return whole.things.get(iri) or Thing(Iri(f"urn:wsic:{kind}:{name}"), label)
