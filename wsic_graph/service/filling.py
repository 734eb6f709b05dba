"""A form about a record while it is filled in, by contributors and editors alike: parts, checks, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import Request

from wsic_graph.errors import Problem
from wsic_graph.forms.filled import Filled, mark_recalled, read, statements
from wsic_graph.forms.model import CLASSES, Field, Schema
from wsic_graph.forms.told import plain
from wsic_graph.ledger.limits import FORMATS
from wsic_graph.ledger.rdf import kind_of
from wsic_graph.namespaces import PREFIXES
from wsic_graph.release.files import shorten
from wsic_graph.service.proposals import checked, contributed, edition_of, ntriples
from wsic_graph.service.visitors import Form


def typed(form: Form) -> dict[str, list[str]]:
    """The fields of the draft among those that were sent; nothing else is kept."""
    if form["rdf"]:
        format = form["format"] if form["format"] in FORMATS else "ttl"
        return {"rdf": [form["rdf"]], "format": [format]}
    return {name: values for name, values in form.fields.items() if "|" in name or name.startswith("node:")}


def arrange(filled: Filled, schema: Schema, do: str, about: str) -> str:
    """Add or take out a part, or a record that comes along. The name of what was added, if anything was."""
    if do == "remove":
        filled.remove(about)
    elif do == "add" and about in ("source", "organisation"):
        return filled.add(CLASSES[about], stem=about).name
    elif do == "add":
        parent, _, name = about.partition("|")
        prefix, _, local = name.partition(":")
        path = PREFIXES.get(prefix, "") + local
        owner = filled.nodes.get(parent)
        part = schema.parts.get((owner.kind, path)) if owner else None
        if part:
            return filled.add(part, parent, path).name
    return ""


def check(
    request: Request, record: str, fields: Mapping[str, list[str]], *, by_editor: bool = False
) -> tuple[bytes, list[Problem]]:
    """The statements of a draft if nothing is wrong with them, and what is.

    What an editor marks as verified stays so; what a contributor adds is recalled.
    """
    edition = edition_of(request)
    said = edition.said(record)
    if "rdf" in fields:
        found = contributed(request, fields["rdf"][0], fields["format"][0], record, new=not said)
    else:
        filled = read(record, fields)
        triples, wrong = statements(filled, edition.schema)
        text = "".join(sorted(f"{triple} .\n" for triple in triples))
        marked = text if by_editor else mark_recalled(text, ntriples(said), record)
        found = checked(request, marked, "nt", record, new=not said)
        if wrong:
            return b"", _with_missing(wrong, found.problems, filled, edition.schema)
    return (b"", found.problems) if found.problems else (b"".join(found.bodies.values()), [])


def _with_missing(wrong: Sequence[Problem], found: Sequence[Problem], filled: Filled, schema: Schema) -> list[Problem]:
    """Values that cannot be read, and needed fields in which nothing stands, so that nobody is told of them later.

    What else was ``found`` without those values may only be for want of them: it is told once they can be read.
    """
    missing = [problem for problem in found if _nothing_given(problem, filled, schema)]
    root = [item.name for item in schema.fields(filled.nodes[""].kind)]
    nodes = list(filled.nodes)

    def place(problem: Problem) -> tuple[int, int, int]:
        name = filled.node_of(problem.record)
        names = [item.name for item in _fields(schema, filled.nodes[name].kind)]
        top = _place(filled, problem)
        part = root.index(top) if top in root else len(root)
        return part, nodes.index(name), names.index(problem.field) if problem.field in names else -1

    return sorted([*wrong, *missing], key=place)


def _nothing_given(problem: Problem, filled: Filled, schema: Schema) -> bool:
    node = filled.nodes[filled.node_of(problem.record)]
    item = next((item for item in _fields(schema, node.kind) if item.name == problem.field), None)
    if item is None or not item.needed or problem.record not in (filled.iri(node.name), shorten(filled.iri(node.name))):
        return False
    return not any(node.all(item.path)) and not filled.parts(node.name, item.path)


def form_of(
    request: Request, filled: Filled, problems: Sequence[Problem], *, rdf: bool = False, fresh: str = ""
) -> dict[str, Any]:
    """What the templates of the form need: its fields, the names that come up, and what is wrong in its words.

    ``fresh`` is the part that was just added, if any.
    """
    edition = edition_of(request)
    schema = edition.schema
    found = problems if rdf else [_placed(plain(problem, filled, schema), filled, schema) for problem in problems]
    by_field: dict[str, list[str]] = {}
    for problem in found:
        by_field.setdefault(f"{filled.node_of(problem.record)}|{problem.field}", []).append(problem.message)
    asked = [item.kinds for node in filled.nodes.values() for item in _fields(schema, node.kind)]
    kinds = {kind for some in asked for kind in some} - {"programme-finding"}
    return {
        "kind": kind_of(filled.record),
        "filled": filled,
        "schema": schema,
        "labels": edition.labels,
        "names": edition.field_names_short,
        "problems": [(_place(filled, item), item) for item in found],
        "by_field": by_field,
        "fresh": fresh,
        "titles": {kind: filled.titles(kind) for kind in ("source", "organisation")},
        "lists": {kind: schema.records(kind) for kind in sorted(kinds)},
    }


def _fields(schema: Schema, kind: str) -> Sequence[Field]:
    return schema.fields(kind) if kind in schema.shapes else ()


def _placed(problem: Problem, filled: Filled, schema: Schema) -> Problem:
    """A problem without its field where the form has none of that name, so that it is told of the whole part."""
    kind = filled.nodes[filled.node_of(problem.record)].kind
    known = {item.name for item in _fields(schema, kind)}
    return problem if problem.field in known else replace(problem, field="")


def _place(filled: Filled, problem: Problem) -> str:
    """The field of the record itself under which something stands; empty for a record that comes with it."""
    node, field = filled.nodes[filled.node_of(problem.record)], problem.field
    while node.name and node.under:
        node, field = filled.nodes[node.parent], shorten(node.under)
    return "" if node.name else field
