"""Everything about a scenario at once, as the command line and the API give it."""

from __future__ import annotations

from wsic_graph.calculator.model import build
from wsic_graph.calculator.parameters import parameters
from wsic_graph.calculator.results import Report
from wsic_graph.calculator.scenario import Scenario
from wsic_graph.calculator.sensitivity import sensitivity
from wsic_graph.calculator.simulation import simulation_of
from wsic_graph.calculator.statement import result_of


def report(scenario: Scenario) -> Report:
    """The central answer, what it hangs on, and the simulation unless it is switched off."""
    model = build(scenario)
    found = parameters(model)
    central = result_of(model)
    return Report(
        **{name: getattr(central, name) for name in type(central).model_fields},
        id=scenario.id,
        title=scenario.title,
        sensitivity=sensitivity(model, found),
        simulation=simulation_of(model, found) if scenario.settings.draws else None,
    )
