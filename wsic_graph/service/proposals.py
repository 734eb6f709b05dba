"""What contributors and editors do with a proposal alike: check it, compare it, see it as the real page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

import pyoxigraph as ox
from cachetools import LRUCache
from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import State
from starlette.exceptions import HTTPException

from wsic_graph.catalogue.overlay import differences as statements_that_differ
from wsic_graph.catalogue.records import moved_to
from wsic_graph.engine import Door
from wsic_graph.engine.pool import Changed, Pool
from wsic_graph.errors import Problem, WsicError
from wsic_graph.forms.filled import mark_recalled
from wsic_graph.ledger.annotations import KIND
from wsic_graph.ledger.checking import Checked, Checker
from wsic_graph.ledger.compare import Difference, differences
from wsic_graph.ledger.confirming import only_confirms
from wsic_graph.ledger.limits import is_record
from wsic_graph.ledger.rdf import digest, kind_of, triples_of
from wsic_graph.ledger.revisions import replaced_by
from wsic_graph.ledger.store import LedgerError
from wsic_graph.ledger.submissions import Submission
from wsic_graph.ledger.turns import Turns
from wsic_graph.namespaces import ID, PREFIXES, SCHEME
from wsic_graph.places.reported import Results
from wsic_graph.release.files import shorten
from wsic_graph.service import evidence, identifiers, initiatives, signposting, sources, value_cases
from wsic_graph.service.alike import Alike
from wsic_graph.service.editions import Edition
from wsic_graph.service.graph import Graph
from wsic_graph.service.links import curie

_ANNOTATION = re.compile(rf"{KIND}/[a-z0-9.-]{{1,200}}")
_TITLES = (PREFIXES["dcterms"] + "title", PREFIXES["skos"] + "prefLabel")
_few_previews = Turns(2, waiting=6, per_client=4, seconds=20)
_KNOWN_BYTES = 50_000_000


def _size(found: Checked) -> int:
    return 1_000 + sum(map(len, found.bodies.values())) + 500 * len(found.problems)


_known: LRUCache[bytes, Checked] = LRUCache(_KNOWN_BYTES, getsizeof=_size)
_known_lock = Lock()
"""What came of the last checks: a proposal that nothing has changed for is not checked again."""


def edition_of(request: Request) -> Edition:
    """The edition with which the request began."""
    edition: Edition = request.app.state.edition
    return edition


def must_publish(request: Request) -> None:
    """Raise ``LedgerError`` where nothing that is decided here could be published."""
    if not request.app.state.editions.accepts:
        raise LedgerError(
            "Nothing can be published here while another engine (WSIC_SPARQL_ENDPOINT) holds the graph: "
            "nothing was changed."
        )
    if not request.app.state.editions.is_current:
        raise LedgerError("The release was built anew: restart the site first. Nothing was changed.")


def publish(request: Request, decide: Callable[[], int]) -> None:
    """Let an editor ``decide``, which returns the number of the change, and return once the site shows it.

    This is the one way to a decision that publishes: where nothing could be published, none is taken. Raises
    ``LedgerError``, and 503 where the decision stands but cannot be shown yet.
    """
    must_publish(request)
    change = decide()
    try:
        request.app.state.editions.wait(change)
    except WsicError as error:
        words = f"It is decided, as change {change}, and will be shown here as soon as that is possible: {error}."
        raise HTTPException(503, words) from None


def record_named(text: str) -> str:
    """The IRI of a record given as ``initiative/torbay-care-trust`` or as the IRI. Raises 404."""
    iri = text if text.startswith(ID) else ID + text
    if not is_record(iri):
        raise HTTPException(404, f"“{text[:100]}” is no record that can be added or corrected here.")
    return iri


def published_named(text: str) -> str:
    """The same; also of an annotation, which people do not write themselves but editors may remove. Raises 404."""
    key = text.removeprefix(ID)
    return ID + key if _ANNOTATION.fullmatch(key) else record_named(text)


def settled(request: Request, text: str) -> str:
    """The IRI of a record given as in :func:`record_named`, or of the one that it became since. Raises 404."""
    iri = record_named(text)
    return moved_to(edition_of(request).said(iri)) or iri


def checked(
    request: Request,
    text: str,
    format: str,
    record: str = "",
    *,
    new: bool | None = None,
    besides: Mapping[str, bytes] | None = None,
) -> Checked:
    """The proposal, checked against what is published now, and against ``besides`` as if that were published too.

    Without a ``record``, it is about the one that it describes.
    """
    found = _checked(request, (text, format, record), new, besides or {})
    if besides is None and found.record and (target := moved_to(edition_of(request).said(found.record))):
        words = f"was renamed or merged and is {target.removeprefix(ID)} now; propose a correction of that one"
        return Checked({}, [Problem("", 0, shorten(found.record), "", words)], found.record)
    return found


def _checked(request: Request, given: tuple[str, str, str], new: bool | None, besides: Mapping[str, bytes]) -> Checked:
    edition = edition_of(request)
    known = hashlib.sha256("\0".join((edition.version, seen_mark(besides), str(new), *given)).encode()).digest()
    with _known_lock:
        found = _known.get(known)
    if found is not None:
        return found
    checker: Checker = request.app.state.checker
    found = checker.check(*given, {**edition.overlay, **besides}, new=new)
    with _known_lock:
        _known[known] = found
    return found


def contributed(request: Request, text: str, format: str, record: str = "", *, new: bool | None = None) -> Checked:
    """As :func:`checked`, for RDF of a contributor: what is new in it is recalled until an editor says otherwise."""
    found = checked(request, text, format, record, new=new)
    said = {name: ntriples(body) for name, body in found.bodies.items()}
    marked = {
        name: mark_recalled(lines, ntriples(edition_of(request).said(name)), name) for name, lines in said.items()
    }
    if found.problems or marked == said:
        return found
    return checked(request, "".join(marked.values()), "nt", found.record, new=new)


def checked_together(request: Request, records: Sequence[str], text: str) -> Checked:
    """New records and what comes with them as N-Triples, checked as if all were published at once."""
    checker: Checker = request.app.state.checker
    return checker.check(text, "nt", records, edition_of(request).overlay, new=True)


def seen_mark(before: Mapping[str, bytes]) -> str:
    """By what a form tells that its reader saw these versions."""
    whole = hashlib.sha256()
    for record, body in sorted(before.items()):
        whole.update(record.encode() + b"\0" + digest(body))
    return whole.hexdigest()


def ntriples(body: bytes) -> str:
    """The statements of a body, as they can be checked again."""
    return "".join(f"{triple} .\n" for triple in triples_of(body))


def compared(
    request: Request, record: str, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> list[Difference]:
    """What ``after`` changes in ``before``, in the words of the graph."""
    old, new = (b"".join(bodies.values()) for bodies in (before, after))
    titles = _titles(after)

    def name(iri: str) -> str:
        """A part by its name in the record; a record that is not published yet as it calls itself."""
        return titles.get(iri) or (iri.partition("#")[2] if iri.startswith(f"{record}#") else name_of(request, iri))

    return differences(record, old, new, name)


def name_of(request: Request, iri: str) -> str:
    """What an IRI is called: the label of a concept or record, the words of a field, else the IRI itself."""
    edition = edition_of(request)
    if iri.startswith((ID, SCHEME)) and "#" not in iri:
        return edition.labels.get(iri) or curie(iri)
    return edition.field_names.get(iri) or curie(iri)


def title_of(request: Request, submission: Submission) -> str:
    """What the record of a submission is called: as it is published, else as the submission calls it."""
    label = edition_of(request).labels.get(submission.record)
    typed = [title for title in submission.fields.get(f"|{shorten(_TITLES[0])}", []) if title]
    proposed = _titles(submission.bodies).get(submission.record) or next(iter(typed), "")
    return label or proposed or curie(submission.record)


def replaced(request: Request, submission: Submission) -> dict[str, bytes]:
    """What each record of a submission says now; once it is accepted, what each said until then."""
    edition = edition_of(request)
    past = replaced_by(request.app.state.editions.ledger, submission.id) if submission.state == "accepted" else {}
    records = submission.bodies or {submission.record: b""}
    return {record: past[record] if record in past else edition.said(record) for record in records}


def what_it_is(request: Request, submission: Submission) -> str:
    """A new record, a correction, or the word that a record is still current."""
    if submission.new:
        return "new"
    before, after = replaced(request, submission), submission.bodies
    record = submission.record
    if set(after) == {record} and only_confirms(record, before[record], after[record]):
        return "still current"
    return "correction"


def _titles(bodies: Mapping[str, bytes]) -> dict[str, str]:
    """What proposed records are called, by IRI."""
    return {
        triple.subject.value: triple.object.value
        for body in bodies.values()
        for triple in triples_of(body)
        if triple.predicate.value in _TITLES
        and isinstance(triple.subject, ox.NamedNode)
        and isinstance(triple.object, ox.Literal)
    }


def organisation_of(request: Request, submission: Submission) -> str:
    """The IRI of the organisation in whose name an account proposed this; empty where it is none of the graph."""
    if submission.account is None:
        return ""
    called = submission.named.casefold()
    labels = edition_of(request).labels.items()
    return next((iri for iri, label in labels if called == label.casefold() and kind_of(iri) == "organisation"), "")


def preview(request: Request, record: str, bodies: Mapping[str, bytes], back: str) -> Response:
    """The page of ``record`` as it would be: the true page over the graph with ``bodies`` in it, for this visitor."""
    edition, editions = edition_of(request), request.app.state.editions
    if not editions.accepts:
        raise HTTPException(503, "There are no previews while another engine holds the graph.")
    kind, slug = kind_of(record), record.rsplit("/", 1)[-1]
    instead = {**edition.overlay, **bodies}
    remove, add = statements_that_differ(editions.release, instead)
    key = hashlib.sha256(b"preview\0" + remove + b"\0" + add).hexdigest()[:16]
    changed = Changed(key, remove, add)
    with (
        _few_previews.turn("previews are being made"),
        Door(Pool(editions.address, editions.settings, changed), editions.settings) as door,
    ):
        request.state.preview = back
        graph = Graph(door, edition.published)
        match kind:
            case "initiative":
                known = {"councils": edition.councils, "likeness": edition.likeness, "results": Results(door)}
                page = initiatives.initiative(request, graph, Alike(State(known), graph), slug)
            case "value-case":
                page = value_cases.value_case(request, graph, slug)
            case "evidence":
                page = evidence.evidence_source(request, graph, slug)
            case "resource":
                page = signposting.resource(request, graph, slug)
            case "source":
                page = sources.source(request, graph, slug)
            case _:
                page = identifiers.record_page(request, graph, kind, slug)
    page.headers["Cache-Control"] = "no-store"
    page.headers["X-Robots-Tag"] = "noindex"
    if "link" in page.headers:
        del page.headers["link"]
    return page
