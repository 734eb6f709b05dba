"""A calculation as the command line does it: a file goes in, the whole answer comes out as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.report import report
from wsic_graph.prefill.facts import Rows
from wsic_graph.runs.answer import with_origin
from wsic_graph.runs.request import read_request


def calculated(text: bytes, graph: Callable[[], AbstractContextManager[Rows]]) -> str:
    """The answer to ``text``, a scenario or a request about an area; only the latter opens the ``graph``.

    Raises ``ScenarioError``, which names every field that is not right, ``ParameterError`` for a choice that is not
    in the graph, and what ``graph`` raises.
    """
    asked = read_request(text)
    if asked is None:
        return report(read_scenario(text)).model_dump_json(indent=2)
    with graph() as rows:
        prefilled = asked.prefilled(rows)
    answer = report(read_scenario(prefilled.scenario)).model_dump_json().encode()
    return json.dumps(json.loads(with_origin(answer, prefilled)), indent=2, ensure_ascii=False)
