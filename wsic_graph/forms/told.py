"""What is wrong with a form, in the words of the form instead of those of its RDF."""

from __future__ import annotations

import re
from dataclasses import replace

from wsic_graph.errors import Problem
from wsic_graph.forms.filled import Filled
from wsic_graph.forms.model import Schema
from wsic_graph.release.files import shorten

_CURIE = re.compile(r"[a-z]+:[A-Za-z]+")


def plain(problem: Problem, filled: Filled, schema: Schema) -> Problem:
    """A problem in the words of the form instead of those of its RDF, where there are such words."""
    node = filled.nodes[filled.node_of(problem.record)]
    item = next((item for item in schema.fields(node.kind) if item.name == problem.field), None)
    if item is None or problem.record not in (filled.iri(node.name), shorten(filled.iri(node.name))):
        return replace(problem, message=_with_names(problem.message, schema))
    if item.kind == "part" or not any(node.all(item.path)):
        words = f"{item.label} is needed" if item.needed else _with_names(problem.message, schema)
    elif not problem.message.startswith(item.rule.message):
        words = _with_names(problem.message, schema)
    else:
        _, found, value = problem.message.rpartition(" Found: ")
        given = "what was given" if not found else f"“{value.removesuffix('.')}”"
        right = item.asked or item.rule.what
        words = f"{given} is not {right}" if found else f"{given} is not right: {item.rule.how_many}, {right}"
    return replace(problem, message=words)


def _with_names(message: str, schema: Schema) -> str:
    """A message with the names of fields as the form has them."""
    return _CURIE.sub(lambda found: f"“{schema.called[found[0]]}”" if found[0] in schema.called else found[0], message)
