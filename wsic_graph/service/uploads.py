"""Contributions as files: a record as Turtle, N-Triples or JSON-LD, or several initiatives as a table.

A file is checked whole before anything of it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.engine.door import CLIENT
from wsic_graph.errors import Problem
from wsic_graph.forms.filled import fill, to_fields
from wsic_graph.forms.model import Schema
from wsic_graph.forms.table import BETWEEN, MOST_LINES, Fault, Line, Table, faults_of, line_of, said_by
from wsic_graph.forms.told import plain
from wsic_graph.ledger import submissions
from wsic_graph.ledger.limits import MOST_BYTES, MOST_TRIPLES
from wsic_graph.ledger.rdf import record_of, triples_of
from wsic_graph.ledger.store import Ledger, LedgerError
from wsic_graph.namespaces import ID
from wsic_graph.search.index import Hit
from wsic_graph.service.errors import status_of, told_later
from wsic_graph.service.proposals import checked_together, contributed, edition_of
from wsic_graph.service.visitors import FormOf, LedgerOf, Visitor, VisitorOf, go, private

router = APIRouter(prefix="/contribute", include_in_schema=False)
_ENDINGS = {"ttl": "ttl", "nt": "nt", "jsonld": "jsonld", "json": "jsonld", "csv": "csv"}
_KIND = "initiative"
_LIKELY = 3
_EXAMPLE = "initiative/wigan-deal"


@dataclass
class Read:
    """What became of a file: drafts with the statements of each, or all that is wrong with it.

    ``before`` is what the record says now, where the file is about one record.
    """

    drafts: list[tuple[str, Mapping[str, Any], bytes]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    before: bytes = b""

    @property
    def wrong(self) -> bool:
        """Whether nothing is to be kept."""
        return bool(self.problems or self.faults)


@router.get("/upload")
def upload_page(request: Request, visitor: VisitorOf) -> Response:
    """What files are taken, and the way to send one."""
    return _page(request, visitor)


def _page(request: Request, visitor: Visitor, read: Read | None = None, status: int = 200, **given: str) -> Response:
    shown = visitor.account.shown if visitor.account else ""
    context = {"problem": "", "file": "", "named": shown, "why": ""} | given
    return private(
        request,
        visitor,
        "upload.html",
        status,
        read=read or Read(),
        names=edition_of(request).field_names_short,
        most_lines=MOST_LINES,
        most_kilobytes=MOST_BYTES // 1000,
        most_statements=MOST_TRIPLES,
        between=BETWEEN,
        columns=Table(edition_of(request).schema, _KIND).columns,
        **context,
    )


@router.post("/upload")
def upload(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Check a file, and keep what it says as drafts: one, or one for each line of a table."""
    name, content = form.files.get("file", ("", b""))
    given = {"file": name[:200], "named": form["named"], "why": form["why"]}
    format = _ENDINGS.get(name.rpartition(".")[2].lower(), "")
    if not content or not format:
        words = "Choose a file whose name ends in .ttl, .nt, .jsonld, .json or .csv."
        return _page(request, visitor, None, 422, problem=words, **given)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        words = f"{name[:200]} is not UTF-8. In a spreadsheet, save it as “CSV UTF-8”."
        return _page(request, visitor, None, 422, problem=words, **given)
    try:
        found = read_file(request, text, format)
        if found.wrong:
            return _page(request, visitor, found, 422, **given)
        return go(_kept(ledger, visitor, found, format, named=form["named"], why=form["why"]))
    except LedgerError as error:
        return told_later(_page(request, visitor, None, status_of(error), problem=str(error), **given), error)


def _kept(ledger: Ledger, visitor: Visitor, found: Read, format: str, *, named: str, why: str) -> str:
    """Keep the drafts of a file; the place of their page."""
    client, account = CLIENT.get(), visitor.account
    if format == "csv":
        secret = submissions.start_together(ledger, found.drafts, client=client, account=account, named=named, why=why)
        return f"/contribute/uploads/{secret}"
    ((record, fields, body),) = found.drafts
    draft, secret = submissions.start(ledger, record, fields, found.before, client=client, account=account)
    submissions.save(ledger, draft, fields=fields, body=body, named=named, why=why)
    return f"/contribute/drafts/{secret}#checked"


def read_file(request: Request, text: str, format: str, record: str = "") -> Read:
    """A file as drafts, checked whole; with a ``record``, it has to be about that."""
    return _table(request, text) if format == "csv" else _record(request, text, format, record)


def _record(request: Request, text: str, format: str, record: str) -> Read:
    edition = edition_of(request)
    found = contributed(request, text, format, record)
    if found.problems:
        return Read(problems=found.problems)
    said = [triple for body in found.bodies.values() for triple in triples_of(body)]
    fields = to_fields(fill(found.record, said, edition.schema))
    body = b"".join(found.bodies.values())
    return Read([(found.record, fields, body)], before=edition.said(found.record))


def _table(request: Request, text: str) -> Read:
    edition = edition_of(request)
    table = Table(edition.schema, _KIND)
    if len(text.encode()) > MOST_BYTES:
        return Read(faults=[Fault(0, "", f"is larger than {MOST_BYTES:,} bytes, which is the most")])
    lines, faults = table.read(text, [ID + key for key, _ in edition.schema.records(_KIND)] + list(edition.overlay))
    if faults:
        return Read(faults=sorted(faults))
    said, wrong = said_by(lines, edition.schema)
    if wrong:
        return Read(faults=sorted(faults_of(table, wrong)))
    found = checked_together(request, [line.filled.record for line in lines], "".join(said.values()))
    if found.problems:
        return Read(faults=sorted(set(_told(table, lines, found.problems, edition.schema))))
    return Read([_draft(line, found.bodies) for line in lines])


def _told(table: Table, lines: Sequence[Line], problems: Sequence[Problem], schema: Schema) -> list[Fault]:
    """Problems with what the lines say, as faults of the lines."""
    told = []
    for problem in problems:
        line = line_of(lines, problem)
        if line is None:
            told.append(Fault(0, problem.field, f"{problem.record} {problem.message}".strip()))
        else:
            told += faults_of(table, [(line, plain(problem, line.filled, schema))])
    return told


def _draft(line: Line, bodies: Mapping[str, bytes]) -> tuple[str, Mapping[str, Any], bytes]:
    own = {line.filled.record, *(record_of(line.filled.iri(node.name)) for node in line.filled.companions)}
    return line.filled.record, to_fields(line.filled), b"".join(bodies[name] for name in sorted(own & set(bodies)))


@router.get("/template.csv")
def template(request: Request, example: str = "") -> Response:
    """The table to fill in, empty or with one published initiative as an example."""
    edition = edition_of(request)
    said = edition.said(ID + _EXAMPLE) if example else b""
    filled = fill(ID + _EXAMPLE, triples_of(said), edition.schema) if said else None
    text = Table(edition.schema, _KIND).template(filled)
    name = "initiatives-example.csv" if example else "initiatives.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\N{ZERO WIDTH NO-BREAK SPACE}" + text, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/uploads/{secret}")
def uploaded(request: Request, visitor: VisitorOf, ledger: LedgerOf, secret: str) -> Response:
    """The submissions that came with one table, and what has become of each."""
    found = submissions.together(ledger, secret)
    rows = [(item, link, _title(item.fields, item.record), _like(request, item)) for item, link in found]
    return private(request, visitor, "uploaded.html", secret=secret, rows=rows)


@router.post("/uploads/{secret}")
def send_together(ledger: LedgerOf, form: FormOf, secret: str) -> Response:
    """Send all drafts of a table to the editors, or delete what was not accepted."""
    found = [item for item, _ in submissions.together(ledger, secret)]
    if form["do"] == "submit":
        submissions.submit_together(ledger, found)
        return go(f"/contribute/uploads/{secret}")
    if form["do"] != "withdraw":
        raise LedgerError("Choose what to do with them.")
    for item in found:
        if item.state != "accepted":
            submissions.withdraw(ledger, item)
    return go("/contribute", withdrawn=1)


def _title(fields: Mapping[str, Any], record: str) -> str:
    return str(next(iter(fields.get("|dcterms:title", [])), record.rpartition("/")[2]))


def _like(request: Request, submission: submissions.Submission) -> list[Hit]:
    """Published records that a new one may be."""
    if not submission.new or not submission.is_open:
        return []
    title = _title(submission.fields, "")
    return [
        hit
        for hit in edition_of(request).index.begin(title, 4 * _LIKELY)
        if hit.kind == _KIND and hit.iri != submission.record
    ][:_LIKELY]
