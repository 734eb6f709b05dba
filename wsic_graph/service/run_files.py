"""A kept run to take away: workbook, Word report, tables, JSON and RDF; and the report as a page that prints."""

from __future__ import annotations

import anyio
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.documents.word import MEDIA_TYPE as WORD
from wsic_graph.formats import GRAPHS, HTML, RESULTS, Format
from wsic_graph.records.documents import DOCUMENTS
from wsic_graph.runs.book import WorkbookSize
from wsic_graph.runs.exchange import exchange
from wsic_graph.runs.log import entries
from wsic_graph.runs.provenance import KIND, provenance
from wsic_graph.runs.run import Run
from wsic_graph.runs.site import Site
from wsic_graph.runs.tables import log_table, results_table
from wsic_graph.runs.workbook import MEDIA_TYPE as WORKBOOK
from wsic_graph.runs.workbook import workbook
from wsic_graph.service.accept import negotiate
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.calculator_page import GONE, behind
from wsic_graph.service.calculator_result import Result, labels_of
from wsic_graph.service.graph import get_graph
from wsic_graph.service.links import reader_page
from wsic_graph.service.pages import render
from wsic_graph.service.runs import PATH, answered, record_of, run_of
from wsic_graph.service.watch import Watch
from wsic_graph.service.word import as_word

router = APIRouter()
FORMATS = {
    item.name: item
    for item in (
        Format("xlsx", WORKBOOK, "Workbook with live formulas"),
        Format("docx", WORD, "Report for Word"),
        RESULTS["csv"],
        Format("json", "application/json", "JSON"),
        *(GRAPHS[name] for name in ("ttl", "nt", "jsonld", "rdf")),
    )
}
"""What a run comes in beside its page, by ending."""
_NEGOTIATED = FORMATS | {"jsonld": DOCUMENTS["jsonld"]}
"""The same, with ``application/json`` for JSON alone."""
_ONE_AT_A_TIME = anyio.CapacityLimiter(1)
"""A large workbook takes seconds of one core; a second waits for it."""


@router.get(f"{PATH}/{{identifier}}/report")
async def report(request: Request, identifier: str) -> Response:
    """The report of a run in the order of CHEERS 2022, as a page that prints."""
    return await answered(request, identifier, _report)


@router.get(f"{PATH}/{{identifier}}/assumptions.csv")
async def assumptions(request: Request, identifier: str) -> Response:
    """The assumptions log of a run."""
    return await answered(request, identifier, _log)


@router.get(f"/id/{KIND}/{{identifier}}")
async def identified(request: Request, identifier: str) -> Response:
    """Sends who follows the IRI of a run on (303) to its page or to its file in the format that is asked for."""
    await record_of(request, identifier)
    wanted = negotiate(request.headers.get("accept", ""), (HTML, *(_NEGOTIATED[name] for name in FORMATS)))
    end = "" if wanted == HTML else f".{wanted.name}"
    return RedirectResponse(f"{PATH}/{identifier}{end}", 303, {"Vary": "Accept"})


@router.get(f"{PATH}/{{identifier}}.{{form}}")
async def file(request: Request, identifier: str, form: str) -> Response:
    """A run in the format of the ending. Raises ``HTTPException`` 404 for another, and 413 for too large a workbook."""
    if form not in FORMATS:
        raise HTTPException(404, f"A run does not come as .{form[:20]}. It comes as: .{', .'.join(FORMATS)}.")
    async with Watch(request):
        run = await run_of(request, identifier)
        if form == "docx":
            page = await run_in_threadpool(_report, request, run)
            return await run_in_threadpool(as_word, request, page, f"run-{run.identifier}")
        limiter = _ONE_AT_A_TIME if form == "xlsx" else None
        try:
            body = await to_thread.run_sync(_body, request, run, form, limiter=limiter)
        except WorkbookSize as error:
            raise HTTPException(413, str(error)) from None
        return _file(body, FORMATS[form], run, f"run-{run.identifier}.{form}")
    return Response(status_code=GONE)


def _body(request: Request, run: Run, form: str) -> str | bytes:
    """The file; not on the event loop, since it asks the graph what things are called."""
    site = site_of(request, run)
    if form == "xlsx":
        return workbook(run, site)
    if form == "csv":
        return results_table(run)
    return exchange(run, site) if form == "json" else provenance(run, site, FORMATS[form])


def site_of(request: Request, run: Run, root: str | None = None) -> Site:
    """The site for files, whose links have its whole address; pages take the root ""."""
    known: Known = request.app.state.known
    address = request.app.state.settings.public_url if root is None else root
    labels = labels_of(known, run.scenario, run.prefilled)
    return Site(address, reader_page, labels, lambda iri: known.cited(iri).words)


def _log(request: Request, run: Run) -> Response:
    body = log_table(run, site_of(request, run))
    return _file(body, RESULTS["csv"], run, f"run-{run.identifier}-assumptions.csv")


def _file(body: str | bytes, form: Format, run: Run, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Link": f'<{PATH}/{run.identifier}>; rel="alternate"; type="text/html"',
    }
    return Response(body, media_type=form.content_type, headers=headers)


def _report(request: Request, run: Run) -> Response:
    known: Known = request.app.state.known
    graph = get_graph(request)
    if run.prefilled is not None:
        behind(graph, run.prefilled)
    found = entries(run, site_of(request, run, ""))
    return render(
        request,
        graph,
        "run_report.html",
        run=run,
        result=Result(run.report, run.scenario, run.prefilled, known),
        entries=found,
        groups={line.group: [one for one in found if one.group == line.group] for line in found},
        path=f"{PATH}/{run.identifier}",
        address=site_of(request, run).run(run.identifier),
    )
