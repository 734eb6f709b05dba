"""Check existing services: what an area provides already, held against the benefits that it has agreed on.

The list stands in the address, or travels with a form when it is too long for one. Nothing of it is stored.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.answers import Iri, Row, rows
from wsic_graph.benefits_map.runs import COHORTS, REDUNDANCY
from wsic_graph.benefits_map.services import CHECKS, check
from wsic_graph.calculator.faults import Fault, ScenarioError
from wsic_graph.documents.pictures import as_png
from wsic_graph.engine.door import CLIENT
from wsic_graph.existing.address import MOST_FIELDS, address, pairs, read_fields
from wsic_graph.existing.check import Result, as_tree, read_result
from wsic_graph.existing.lists import as_rdf, read_list
from wsic_graph.existing.request import EXAMPLE, read_tree
from wsic_graph.existing.request import as_tree as list_tree
from wsic_graph.existing.services import Draft, Known, Situation, checked
from wsic_graph.existing.services import Row as Typed
from wsic_graph.existing.tables import as_csv, template
from wsic_graph.formats import GRAPHS
from wsic_graph.mapped.model import BenefitsMap, read_map
from wsic_graph.mapped.picture import Drawn
from wsic_graph.namespaces import ID, SCHEME
from wsic_graph.runs.run import canonical
from wsic_graph.service.bodies import from_here, read_body, read_pairs
from wsic_graph.service.graph import Graph, NoSuchRecord, get_graph
from wsic_graph.service.kept import KeptTexts
from wsic_graph.service.links import address_of_many
from wsic_graph.service.pages import render
from wsic_graph.service.service_check_picture import draw
from wsic_graph.settings import Settings

router = APIRouter()
PATH = "/benefits-map/check"
API = "/api/service-check"
LONGEST_ADDRESS = 6_000
"""Most characters of an address that browsers, mail and proxies carry without harm."""
MOST_BYTES = 500_000
"""Largest form that is taken."""
_EMPTY_ROWS = 3
_CODE = 16
_CODES = re.compile(r"[0-9a-f]{16}")
_MORE_ROWS = 5


@dataclass(frozen=True)
class Asked:
    """One request: the list as typed and as understood, with its faults."""

    draft: Draft
    situation: Situation
    faults: Sequence[Fault]
    known: Known
    rows: int = 0
    """How many empty rows the form has."""
    said: str = ""
    """A word about what was done, to be told at the top."""
    kept: str = ""
    """The address of the list where somebody asked for it to be kept."""

    @property
    def address(self) -> str:
        """The permanent link of the list."""
        return address(PATH, self.situation)

    @property
    def short(self) -> bool:
        """Whether the list fits an address."""
        return len(self.address) <= LONGEST_ADDRESS

    def file(self, form: str) -> str:
        """The address of a file about the list."""
        return address(f"{PATH}.{form}", self.situation)

    @property
    def plan(self) -> str:
        """The draft of a plan with the same area, benefits and services."""
        names = {"area", "benefit", "service"}
        return address_of_many(
            "/plan/draft",
            **{name: [value for key, value in pairs(self.situation) if key == name] for name in sorted(names)},
        )

    def calculator(self, result: Result) -> str:
        """The calculator with the same interventions; those that stand in for each other overlap by the convention."""
        names = dict.fromkeys(one.intervention for one in self.situation.services)
        groups = {COHORTS.get(one.care_group, "adults") for one in self.situation.services}
        cohort = groups.pop() if len(groups) == 1 else ""
        overlaps = dict.fromkeys(
            f"{row['to'].slug}:{REDUNDANCY}"
            for row in result.overlap
            if row["substitutes"] and isinstance(row["to"], Iri)
        )
        return address_of_many(
            "/calculator", area=[self.situation.area], cohort=[cohort], intervention=names, overlap=overlaps
        )


def known_of(graph: Graph, whole: BenefitsMap) -> Known:
    """What a list may name, with other names of it."""
    councils = {
        row["area"].slug: str(row["label"])
        for row in rows(graph.door, "pages/areas")
        if isinstance(row["area"], Iri) and row["current"]
    }
    labels: dict[str, dict[str, str]] = {}
    others: dict[str, str] = {}
    for scheme in ("intervention", "care-group", "enabler"):
        found = rows(graph.door, "ontology/scheme", scheme=f"{SCHEME}{scheme}")
        labels[scheme] = {row["concept"].slug: str(row["label"]) for row in found if isinstance(row["concept"], Iri)}
        for row in found:
            names = str(row["altLabels"] or "").split(" | ")
            others |= {f"{scheme}:{name.casefold()}": getattr(row["concept"], "slug", "") for name in names if name}
    benefits = {item.thing.iri.slug: item.thing.label for item in whole.benefits}
    return Known(labels["intervention"], labels["care-group"], benefits, labels["enabler"], councils, others)


@router.get(PATH)
def page(request: Request) -> Response:
    """The form, and the result of the list in the address."""
    graph = get_graph(request)
    whole = read_map(graph.rows)
    asked = _asked(graph, whole, request.query_params.multi_items())
    if request.query_params.get("act") == "start":  # rows that others offer, for somebody to complete
        said = "Say what each service is called, for whom it is, and how far it reaches."
        return _page(request, graph, whole, replace(asked, faults=(), said=said), run=False)
    return _page(request, graph, whole, asked)


@router.post(PATH)
async def posted(request: Request) -> Response:
    """The form: leads to the address of the list, or answers at once where that were too long."""
    fields = await read_pairs(request, MOST_BYTES, MOST_FIELDS)
    return await run_in_threadpool(_posted, request, fields)


def kept_checks(settings: Settings) -> KeptTexts:
    """The lists that people asked to be kept in the installation that has these settings."""
    return KeptTexts(
        settings.data_dir / "checks.sqlite3",
        settings.links_mb,
        settings.links_per_hour,
        "kept lists",
        "Take the list away as a file, which can be loaded again.",
    )


@router.post(f"{PATH}/kept")
async def keep(request: Request) -> Response:
    """Keep a list, because somebody asked for it; leads to its page."""
    from_here(request, "A list")
    fields = await read_pairs(request, MOST_BYTES, MOST_FIELDS)
    return await run_in_threadpool(_keep, request, fields)


def _keep(request: Request, fields: Sequence[tuple[str, str]]) -> Response:
    graph = get_graph(request)
    asked = _asked(graph, read_map(graph.rows), fields)
    if asked.faults or asked.situation.empty:
        raise HTTPException(
            422, " ".join(map(str, asked.faults[:10])) or "The list is empty; there is nothing to keep."
        )
    text = canonical(list_tree(asked.situation))
    code = hashlib.sha256(text.encode()).hexdigest()[:_CODE]
    kept_checks(request.app.state.settings).keep([code], text, CLIENT.get())
    return RedirectResponse(f"{PATH}/kept/{code}", 303, {"Cache-Control": "no-store"})


@router.get(f"{PATH}/kept/{{code}}")
def kept(request: Request, code: str) -> Response:
    """A list that was kept, held against the map of today."""
    text = kept_checks(request.app.state.settings).text(code) if _CODES.fullmatch(code) else None
    if text is None:
        raise NoSuchRecord("list of services", code[:40], PATH)
    graph = get_graph(request)
    whole = read_map(graph.rows)
    return _page(request, graph, whole, replace(_asked(graph, whole, [("list", text)]), kept=f"{PATH}/kept/{code}"))


@router.get(f"{PATH}/template.csv")
def list_template() -> Response:
    """A table to fill in."""
    headers = {"Content-Disposition": 'attachment; filename="existing-services.csv"'}
    return Response(template(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get(f"{PATH}.{{form}}")
def file(request: Request, form: str) -> Response:
    """The list in the address as a file, or what comes out of it."""
    return _file(request, form, request.query_params.multi_items())


@router.post(f"{PATH}.{{form}}")
async def posted_file(request: Request, form: str) -> Response:
    """The same for a list that is too long for an address."""
    return await run_in_threadpool(_file, request, form, await read_pairs(request, MOST_BYTES, MOST_FIELDS))


@router.post(API)
async def service_check(request: Request) -> Response:
    """The list in JSON, with what comes out; or problem details that name every field that is not right."""
    kind = request.headers.get("content-type", "").lower().partition(";")[0].strip()
    if kind != "application/json" and not kind.endswith("+json"):
        raise HTTPException(415, f"Send the list as application/json; the Content-Type is {kind or 'missing'}.")
    return await run_in_threadpool(_answer, request, await read_body(request, MOST_BYTES, "list"))


def _answer(request: Request, body: bytes) -> Response:
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        raise ScenarioError([Fault("list", "is not JSON", "a JSON object", json.dumps(EXAMPLE))]) from None
    graph = get_graph(request)
    situation, faults = checked(read_tree(tree), known_of(graph, read_map(graph.rows)))
    if faults:
        raise ScenarioError(list(faults))
    result = read_result(situation, check(graph.door, situation.own, situation.people))
    about = {
        "version": request.app.state.version,
        "page": f"{request.app.state.settings.public_url}{address(PATH, situation)}",
    }
    found = about | list_tree(situation) | {"result": as_tree(result)}
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def _asked(graph: Graph, whole: BenefitsMap, fields: Sequence[tuple[str, str]]) -> Asked:
    """What the fields of an address or form ask; a pasted list goes before single fields."""
    values = dict(fields)
    known = known_of(graph, whole)
    pasted = values.get("list", "")
    draft = read_list(pasted) if pasted.strip() else read_fields(fields)
    if pasted.strip():  # what the list does not say is taken from the form
        own = read_fields(fields)
        draft = replace(
            draft,
            area=draft.area or own.area,
            benefits=draft.benefits or own.benefits,
            enablers=draft.enablers or own.enablers,
            people=draft.people or own.people,
        )
    situation, faults = checked(draft, known)
    return Asked(draft, situation, faults, known)


def _posted(request: Request, fields: Sequence[tuple[str, str]]) -> Response:
    graph = get_graph(request)
    whole = read_map(graph.rows)
    asked = _asked(graph, whole, fields)
    act = dict(fields).get("act", "check")
    if act in ("more", "start"):
        started = [Typed(*_start(value)) for name, value in fields if name == "start"]
        every = (*asked.draft.services, *started)
        words = f"{len(started)} rows were added; say how far each reaches." if started else ""
        asked = replace(asked, draft=replace(asked.draft, services=every), faults=(), rows=_MORE_ROWS, said=words)
        return _page(request, graph, whole, asked, run=False)
    if not asked.faults and asked.short:
        return RedirectResponse(asked.address, 303, {"Cache-Control": "no-store"})
    return _page(request, graph, whole, asked)


def _start(value: str) -> tuple[str, str, str]:
    """Name, intervention and care group of a row that was offered."""
    intervention, _, rest = value.partition(":")
    care_group, _, name = rest.partition(":")
    return name, intervention, care_group


def _page(request: Request, graph: Graph, whole: BenefitsMap, asked: Asked, run: bool = True) -> Response:
    result, drawn = None, None
    if run and not asked.faults and asked.situation.benefits:
        result = _result(graph, asked)
        drawn = draw(whole, result)
    costs: dict[object, list[Row]] = {}
    for row in graph.rows("pages/cost-effects") if result else ():
        costs.setdefault(row["action"], []).append(row)
    known_here: list[Row] = []
    if asked.situation.area:
        known_here = graph.rows("benefits_map/known-services", area=f"{ID}area/{asked.situation.area}")
    response = render(
        request,
        graph,
        "service_check.html",
        status=422 if asked.faults else 200,
        wanted=asked,
        whole=whole,
        result=result,
        drawn=drawn,
        known_here=known_here,
        typed=[*(row for row in asked.draft.services), *[Typed()] * max(asked.rows, _EMPTY_ROWS)],
        levels={link.iri: link for link in whole.links},
        listed=as_csv(asked.situation) if result else "",
        redundancy=REDUNDANCY,
        costs=costs,
    )
    if request.method == "POST" or request.url.query:
        response.headers["Cache-Control"] = "no-store"  # nobody keeps what somebody listed
    return response


def _result(graph: Graph, asked: Asked) -> Result:
    answers = check(graph.door, asked.situation.own, asked.situation.people)
    for name in CHECKS:
        graph.behind(f"benefits_map/check-{name}")
    return read_result(asked.situation, answers)


def _file(request: Request, form: str, fields: Sequence[tuple[str, str]]) -> Response:
    if form not in FILES:
        raise HTTPException(404, f"A check does not come as .{form}. It comes as: .{', .'.join(FILES)}.")
    graph = get_graph(request)
    whole = read_map(graph.rows)
    asked = _asked(graph, whole, fields)
    if asked.faults:
        raise HTTPException(422, " ".join(map(str, asked.faults[:10])))
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="existing-services.{form}"'}
    if form == "csv":
        return Response(as_csv(asked.situation), media_type="text/csv; charset=utf-8", headers=headers)
    if form in GRAPHS:
        found = GRAPHS[form]
        return Response(as_rdf(asked.situation, found.rdf), media_type=found.content_type, headers=headers)
    result = _result(graph, asked)
    if form == "json":
        return JSONResponse(list_tree(asked.situation) | {"result": as_tree(result)}, headers=headers)
    drawn = draw(whole, result, request.app.state.settings.public_url)
    text = _svg(request, drawn)
    if form == "svg":
        return Response(text, media_type="image/svg+xml", headers=headers)
    return Response(as_png(text, drawn.sheet.width, drawn.sheet.height), media_type="image/png", headers=headers)


def _svg(request: Request, drawn: Drawn) -> str:
    state = request.app.state
    source = f"Whole System Integrated Care, version {state.version}. {state.settings.public_url}{PATH}"
    text: str = state.templates.env.get_template("layered.svg").render(sheet=drawn.sheet, source=source, about="")
    return text


FILES = ("csv", "json", "ttl", "nt", "jsonld", "rdf", "svg", "png")
"""What a check comes as: the list as a table or RDF, list and result as JSON, and the picture."""
