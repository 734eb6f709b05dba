"""Proposing a new record or a correction: a draft behind a private link, checked, seen as the real page, handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.engine.door import CLIENT
from wsic_graph.errors import Problem
from wsic_graph.forms.begin import begin as begin_filled
from wsic_graph.forms.filled import Filled, fill, mark_recalled, plain, read, slug_of, statements, to_fields
from wsic_graph.forms.model import CLASSES, Schema
from wsic_graph.ledger import contributors, submissions
from wsic_graph.ledger.compare import turtle
from wsic_graph.ledger.limits import FORMATS
from wsic_graph.ledger.outbox import NoAddress
from wsic_graph.ledger.rdf import kind_of, triples_of
from wsic_graph.ledger.store import LedgerError
from wsic_graph.ledger.submissions import Submission
from wsic_graph.namespaces import ID, PREFIXES
from wsic_graph.service.editions import Edition
from wsic_graph.service.links import page_of
from wsic_graph.service.proposals import checked, compared, edition_of, name_of, ntriples, preview, settled
from wsic_graph.service.visitors import Form, FormOf, LedgerOf, Visitor, VisitorOf, get_ledger, go, private

router = APIRouter(prefix="/contribute", include_in_schema=False)
_KINDS = {
    "initiative": "An initiative",
    "value-case": "A value case",
    "evidence": "An evidence source with its findings",
    "resource": "A resource",
}
_LIKELY = 6


@router.get("")
def begin(request: Request, visitor: VisitorOf, record: str = "", like: str = "") -> Response:
    """What can be proposed and how; for a ``record``, the way to correct it."""
    request.app.state.checker.prepare()
    return _begin(request, visitor, record, like=like)


def _begin(request: Request, visitor: Visitor, record: str, status: int = 200, **given: Any) -> Response:
    iri = settled(request, record) if record else ""
    context = {"kind": "initiative", "title": "", "problem": "", "likely": [], "like": ""} | given
    alike = name_of(request, settled(request, context["like"])) if context["like"] else ""
    name = name_of(request, iri) if iri else ""
    return private(
        request,
        visitor,
        "contribute.html",
        status,
        kinds=_KINDS,
        record=record,
        name=name,
        page=page_of(iri),
        alike=alike,
        **context,
    )


@router.post("")
def start(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf) -> Response:
    """A new draft: a correction of a record, or a new one once the contributor has seen those that are like it."""
    edition = edition_of(request)
    fields: Mapping[str, list[str]]
    if form["record"]:
        record = settled(request, form["record"])
        said = edition.said(record)
        if not said:
            raise LedgerError("There is no such record to correct.")
        fields = to_fields(fill(record, triples_of(said), edition.schema))
    else:
        kind, title = form["kind"], form["title"]
        if kind not in _KINDS or len(title) < 3:
            words = "Choose what it is and give its title."
            return _begin(request, visitor, "", 422, kind=kind, title=title, problem=words, like=form["like"])
        likely = [hit for hit in edition.index.begin(title, 4 * _LIKELY) if hit.kind == kind][:_LIKELY]
        if likely and not form["new"]:
            return _begin(request, visitor, "", kind=kind, title=title, likely=likely, like=form["like"])
        record, said = _free(request, kind, title), b""
        filled = begin_filled(record, title, edition.schema)
        filled.nodes[""].values.update(_like(request, form["like"]))
        fields = to_fields(filled)
    _, secret = submissions.start(ledger, record, fields, said, client=CLIENT.get(), account=visitor.account)
    return go(f"/contribute/drafts/{secret}")


_SHARED = tuple(PREFIXES["wsic"] + name for name in ("intervention", "careGroup", "setting"))


def _like(request: Request, key: str) -> dict[str, list[str]]:
    """What a new record shares with the record ``key`` that it is like: interventions, care groups and settings."""
    if not key:
        return {}
    edition, record = edition_of(request), settled(request, key)
    said = edition.said(record)
    values = fill(record, triples_of(said), edition.schema).nodes[""].values if said else {}
    return {path: values[path] for path in _SHARED if path in values}


def _free(request: Request, kind: str, title: str) -> str:
    """An IRI that no record has."""
    base = f"{ID}{kind}/{slug_of(title)}"
    record, number = base, 1
    while edition_of(request).said(record):
        number += 1
        record = f"{base}-{number}"
    return record


@router.get("/drafts/{secret}")
def draft(request: Request, visitor: VisitorOf, ledger: LedgerOf, secret: str) -> Response:
    """The draft, or what has become of the submission."""
    return _page(request, visitor, submissions.open_link(ledger, secret), secret)


@router.get("/drafts/{secret}/preview")
def preview_page(request: Request, ledger: LedgerOf, secret: str) -> Response:
    """The page as it would be, once the draft has been checked."""
    submission = submissions.open_link(ledger, secret)
    if not submission.body:
        raise LedgerError("Check the draft first: a preview needs one that is in order.")
    return preview(request, submission.record, submission.bodies, f"/contribute/drafts/{secret}")


@router.post("/drafts/{secret}")
def change(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf, secret: str) -> Response:
    """Keep what was typed, and do what the button says."""
    submission = submissions.open_link(ledger, secret)
    schema = edition_of(request).schema
    do, _, about = form["do"].partition(" ")
    if do == "withdraw":
        submissions.withdraw(ledger, submission)
        return go("/contribute", withdrawn=1)
    fields = _typed(form)
    if "rdf" not in fields:
        filled = read(submission.record, fields)
        _arrange(filled, schema, do, about)
        fields = to_fields(filled)
    elif do == "form" and submission.body:
        fields = to_fields(
            fill(submission.record, [t for b in submission.bodies.values() for t in triples_of(b)], schema)
        )
    body, problems = b"", list[Problem]()
    if do in ("check", "submit", "rdf"):
        body, problems = _check(request, submission, fields)
    if do == "rdf" and body:
        fields = {"rdf": [turtle(submission.record, _bodies(body))], "format": ["ttl"]}
    submission = submissions.save(ledger, submission, fields=fields, body=body, named=form["named"], why=form["why"])
    address = ""
    try:
        contributors.note(ledger, submission.id, visitor.account, form["email"], bool(form["tell"]))
    except NoAddress as error:
        address = str(error).removeprefix("email: ")
    if problems or address:
        return _page(request, visitor, submission, secret, 422, problems=problems, address=address, email=form["email"])
    if do == "submit":
        submissions.submit(ledger, submission)
        return go(f"/contribute/drafts/{secret}")
    anchor = "#checked" if do == "check" else f"#{quote(about)}" if do == "save" else ""
    if do == "add":
        anchor = f"#{quote(about if '|' in about else 'new-records')}"
    return go(f"/contribute/drafts/{secret}{anchor}")


def _typed(form: Form) -> dict[str, list[str]]:
    """The fields of the draft among those that were sent; nothing else is kept."""
    if form["rdf"]:
        format = form["format"] if form["format"] in FORMATS else "ttl"
        return {"rdf": [form["rdf"]], "format": [format]}
    return {name: values for name, values in form.fields.items() if "|" in name or name.startswith("node:")}


def _arrange(filled: Filled, schema: Schema, do: str, about: str) -> None:
    """Add or take out a part, or a record that comes along."""
    if do == "remove":
        filled.remove(about)
    elif do == "add" and about in ("source", "organisation"):
        filled.add(CLASSES[about], stem=about)
    elif do == "add":
        parent, _, name = about.partition("|")
        prefix, _, local = name.partition(":")
        path = PREFIXES.get(prefix, "") + local
        owner = filled.nodes.get(parent)
        part = schema.parts.get((owner.kind, path)) if owner else None
        if part:
            filled.add(part, parent, path)


def _check(request: Request, submission: Submission, fields: Mapping[str, list[str]]) -> tuple[bytes, list[Problem]]:
    """The statements of a draft if nothing is wrong with them, and what is."""
    edition = edition_of(request)
    said = edition.said(submission.record)
    if "rdf" in fields:
        found = checked(request, fields["rdf"][0], fields["format"][0], submission.record, new=not said)
    else:
        triples, problems = statements(read(submission.record, fields), edition.schema)
        if problems:
            return b"", problems
        text = mark_recalled("".join(sorted(f"{triple} .\n" for triple in triples)), ntriples(said), submission.record)
        found = checked(request, text, "nt", submission.record, new=not said)
    return (b"", found.problems) if found.problems else (b"".join(found.bodies.values()), [])


def _bodies(body: bytes) -> dict[str, bytes]:
    return {"": body}


def _page(
    request: Request,
    visitor: Visitor,
    submission: Submission,
    secret: str,
    status: int = 200,
    *,
    problems: Sequence[Problem] = (),
    address: str = "",
    email: str = "",
) -> Response:
    """``address`` says what is wrong with ``email``, the address that was given."""
    edition = edition_of(request)
    before = {record: edition.said(record) for record in submission.bodies or {submission.record: b""}}
    said = before.get(submission.record, b"")
    rdf = "rdf" in submission.fields
    filled = read(submission.record, submission.fields)
    found = problems if rdf else [_placed(plain(item, filled, edition.schema), filled, edition) for item in problems]
    by_field: dict[str, list[str]] = {}
    for problem in found:
        by_field.setdefault(f"{filled.node_of(problem.record)}|{problem.field}", []).append(problem.message)
    contributor = contributors.contributor_of(get_ledger(request), submission.id)
    kinds = {item.kinds for node in filled.nodes.values() for item in _fields(edition.schema, node.kind)}
    return private(
        request,
        visitor,
        "draft.html",
        status,
        submission=submission,
        secret=secret,
        title=(filled.nodes[""].all(PREFIXES["dcterms"] + "title") or [submission.record.rpartition("/")[2]])[0],
        new=not said,
        kind=kind_of(submission.record),
        page=page_of(submission.record),
        rdf=rdf,
        filled=filled,
        schema=edition.schema,
        labels=edition.labels,
        problems=found,
        names=edition.field_names_short,
        by_field=by_field,
        address=address,
        contributor=replace(contributor, email=email, confirmed=False) if address else contributor,
        lists={kind: edition.schema.records(kind) for found in kinds for kind in found if kind != "programme-finding"},
        differences=compared(request, submission.record, before, submission.bodies) if submission.body and said else [],
    )


def _placed(problem: Problem, filled: Filled, edition: Edition) -> Problem:
    """A problem without its field where the form has none of that name, so that it is told of the whole part."""
    kind = filled.nodes[filled.node_of(problem.record)].kind
    known = {item.name for item in _fields(edition.schema, kind)}
    return problem if problem.field in known else replace(problem, field="")


def _fields(schema: Schema, kind: str) -> Sequence[Any]:
    return schema.fields(kind) if kind in schema.shapes else ()
