"""A run as JSON: what went in, with which data and software, and what came out."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from wsic_graph.prefill import Prefilled
from wsic_graph.runs.run import Run
from wsic_graph.runs.site import Site

_PREFILLED = TypeAdapter(Prefilled)
_ANY = TypeAdapter(dict[str, Any])


def exchange(run: Run, site: Site) -> bytes:
    """The run as JSON. Its ``scenario`` can be sent to the calculator as it is, and gives the same ``report``.

    ``choices`` are the fields of quick mode, empty for a scenario that was typed; ``origin`` holds the assumptions,
    notes, gaps and verdicts of a scenario that was filled in, else null.
    """
    simulation = run.report.simulation
    origin = None
    if run.prefilled is not None:
        origin = _PREFILLED.dump_python(run.prefilled, mode="json")
        del origin["scenario"]
    found = {
        "id": run.identifier,
        "url": site.run(run.identifier),
        "kept_on": run.kept_on.isoformat(),
        "data_version": run.data_version,
        "software": run.software,
        "numpy": simulation.numpy if simulation else None,
        "seed": simulation.seed if simulation else None,
        "choices": run.choices,
        "scenario": run.scenario,
        "report": run.report.model_dump(mode="json"),
        "origin": origin,
    }
    return _ANY.dump_json(found, indent=2) + b"\n"
