"""What editors do with whole records: rename, merge, and undo a change with all that it touched."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from wsic_graph.answers import rows
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.catalogue.records import moved_to
from wsic_graph.ledger import submissions
from wsic_graph.ledger.annotations import KIND
from wsic_graph.ledger.moves import Move, followed, merge, rename
from wsic_graph.ledger.rdf import GRAPHS, kind_of
from wsic_graph.ledger.revisions import before_change
from wsic_graph.ledger.store import Conflict, LedgerError
from wsic_graph.namespaces import ID
from wsic_graph.service.links import page_of
from wsic_graph.service.proposals import (
    checked,
    compared,
    edition_of,
    must_publish,
    name_of,
    ntriples,
    publish,
    record_named,
    seen_mark,
)
from wsic_graph.service.visitors import EditorOf, FormOf, LedgerOf, VisitorOf, go, private

router = APIRouter(prefix="/review", include_in_schema=False)
_WAYS = ("rename", "merge")
_FOLLOWING = {*GRAPHS, KIND}
"""The kinds of record whose links follow one that gets another name; those of the others come from files."""
ChangeNumber = Annotated[int, Path(ge=1, le=10**12)]
_PAST = "change"
"""The kind of what tells of accepted changes: it goes on naming records as they were called then."""


@router.get("/move/{kind}/{slug}")
def plan(
    request: Request, visitor: VisitorOf, editor: EditorOf, *, kind: str, slug: str, way: str = "", to: str = ""
) -> Response:
    """What a new name for a record, or merging it into another, would change; nothing is changed yet."""
    del editor
    record = record_named(f"{kind}/{slug}")
    move, words = None, ""
    if way in _WAYS and to:
        try:
            move = _planned(request, record, way, to)
        except LedgerError as error:
            words = str(error)
    context: dict[str, Any] = {
        "record": record,
        "key": f"{kind}/{slug}",
        "title": name_of(request, record),
        "page": page_of(record),
        "way": way if way in _WAYS else "rename",
        "to": to,
        "others": edition_of(request).schema.records(kind),
        "problem": words,
        "move": move,
    }
    if move:
        own = {move.new: move.before[move.new] or move.before[move.old]}
        context |= {
            "differences": compared(request, move.new, own, {move.new: move.bodies[move.new]}),
            "followers": [(name_of(request, item), page_of(item) or "") for item in move.followers],
            "seen": seen_mark(move.before),
        }
    return private(request, visitor, "move.html", 422 if words else 200, **context)


@router.post("/move/{kind}/{slug}")
def carry_out(request: Request, editor: EditorOf, ledger: LedgerOf, *, form: FormOf, kind: str, slug: str) -> Response:
    """Rename or merge as planned: one change of every record that it touches."""
    move = _planned(request, record_named(f"{kind}/{slug}"), form["way"], form["to"])
    if form["seen"] != seen_mark(move.before):
        raise Conflict("A record that this touches has changed since the page was made. Look at the plan again.")
    names = (move.old, move.new)
    publish(
        request,
        lambda: submissions.put_all(
            ledger, move.bodies, editor, seen=move.before, upto=edition_of(request).change, why=form["why"], moved=names
        ),
    )
    return go(f"/review/records/{move.new.removeprefix(ID)}")


@router.post("/undo/{change}")
def undo(request: Request, editor: EditorOf, ledger: LedgerOf, *, form: FormOf, change: ChangeNumber) -> Response:
    """Let every record of a change say what it said before, as a change of its own."""
    edition = edition_of(request)
    found = before_change(ledger, change)
    released = said_of(edition.published.release, list(found))
    bodies = {record: released[record] if body is None else body for record, body in found.items()}
    moves = ((moved_to(edition.said(record)), record) for record in bodies)
    renamed = dict(pair for pair in moves if pair[0] in bodies and not bodies[pair[0]])
    for record in [record for record, body in bodies.items() if not body]:
        left = set(_referrers(request, record)) - set(bodies)
        if others := sorted(item for item in left if kind_of(item) != KIND):
            raise LedgerError(f"Other records point at {record} now, so it cannot go: {', '.join(others[:5])}.")
        for item in left:  # what people have said since goes back too, or away with a record that was new
            bodies[item] = followed(item, edition.said(item), renamed) if record in renamed else b""
    seen = {record: edition.said(record) for record in bodies}
    moved, why = next(iter(renamed.items()), None), form["undo-why"]
    publish(
        request,
        lambda: submissions.put_all(
            ledger, bodies, editor, seen=seen, upto=edition_of(request).change, why=why, moved=moved
        ),
    )
    back = sorted(bodies, key=lambda record: (not moved_to(seen[record]), kind_of(record) not in GRAPHS, record))
    return go(f"/review/records/{back[0].removeprefix(ID)}")


def _planned(request: Request, record: str, way: str, to: str) -> Move:
    """The move, checked as it will be published. Raises ``LedgerError`` with what is in its way."""
    edition = edition_of(request)
    must_publish(request)
    now = edition.said(record)
    if not now or moved_to(now):
        raise LedgerError("There is no such record any more.")
    referrers = _referrers(request, record)
    if fixed := [item for item in referrers if kind_of(item) not in _FOLLOWING]:
        names = ", ".join(item.removeprefix(ID) for item in fixed[:5])
        raise LedgerError(
            f"{len(fixed)} records of the researchers point at it, so its name is not changed here: {names}"
            f"{' and others' if len(fixed) > 5 else ''}. Merge the other one into it, or change the files instead."
        )
    if way == "merge":
        target = record_named(to.rpartition("(")[2].rstrip(")") if "(" in to else to)
        shapes = edition.shapes
        several = {(kind, rule.path) for kind, shape in shapes.items() for rule in shape.rules if rule.most != 1}
        move = merge(record, target, edition.said, referrers, lambda kind, path: (kind, path) in several)
    else:
        move = rename(record, to, edition.said, referrers)
    body = ntriples(move.bodies[move.new])
    rest = {item: said for item, said in move.bodies.items() if item != move.new}
    found = checked(request, body, "nt", move.new, new=not move.before[move.new], besides=rest)
    if found.problems:
        raise LedgerError("; ".join(map(str, found.problems[:5])))
    return move


def _referrers(request: Request, record: str) -> list[str]:
    found = [str(row["referrer"]) for row in rows(edition_of(request).door, "records/linking", record=record)]
    return [referrer for referrer in found if kind_of(referrer) != _PAST]
