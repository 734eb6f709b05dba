"""The risk stratification helper: the people of an area in segments, and what is known of sorting people by risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.answers import Iri, Row
from wsic_graph.cells import written
from wsic_graph.charts import Bar, Chart, pyramid
from wsic_graph.errors import ParameterError
from wsic_graph.places.finder import find_area
from wsic_graph.plans.segments import OWN, Group, Layer, Segmented, segmented
from wsic_graph.prefill import COHORTS, Assumption
from wsic_graph.service.bodies import read_pairs
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.calculator_rows import Line, line
from wsic_graph.service.graph import Graph, get_graph
from wsic_graph.service.links import address, address_of_many
from wsic_graph.service.pages import render

router = APIRouter()
PATH = "/plan/segments"
EXAMPLE = f"{PATH}?area=E06000027"
ACTION = "risk-stratification"
"""The intervention, and the element of resources, that the page is about."""
_MOST_BYTES, _MOST_FIELDS, _LONGEST = 20_000, 50, 60
_COLUMNS = (
    "part",
    "segment",
    "people",
    "share_of_everyone",
    "basis",
    "how",
    "period",
    "sources",
    "query",
    "calculator",
)


@dataclass(frozen=True)
class Asked:
    """What the address says."""

    area: str
    own: dict[str, str]

    def address(self, end: str = "") -> str:
        """The address of the page for it, or of a file with that ending."""
        given = [f"{name}:{value}" for name, value in self.own.items()]
        return address_of_many(f"{PATH}{end}", area=[self.area], own=given)


def read_asked(pairs: Sequence[tuple[str, str]]) -> Asked:
    """The choices in names and values: ``own=frailty:1500`` of the address, ``own:frailty`` of the form."""
    area, own = "", {}
    for name, raw in pairs:
        value = raw.strip()[:_LONGEST]
        family, _, key = name.partition(":")
        if name == "area":
            area = value
        elif family == "own" and value:
            group, number = (key, value) if key else value.partition(":")[::2]
            if group in OWN and number.strip():
                own[group] = number.strip()
    return Asked(area, own)


@router.get(PATH)
def page(request: Request) -> Response:
    """The segments of the council in the address, and what the evidence says of sorting people by risk."""
    return _render(request, read_asked(request.query_params.multi_items()))


@router.post(PATH)
async def posted(request: Request) -> Response:
    """The form leads to the address of what was chosen."""
    asked = read_asked(await read_pairs(request, _MOST_BYTES, _MOST_FIELDS))
    code = await run_in_threadpool(_code, request.app.state.known, asked.area)
    return RedirectResponse(Asked(code, asked.own).address(), 303, {"Cache-Control": "no-store"})


@router.get(f"{PATH}.{{form}}")
def file(request: Request, form: str) -> Response:
    """The segments as JSON or CSV. Raises ``HTTPException``."""
    if form not in ("json", "csv"):
        raise HTTPException(404, f"Segments do not come as .{form[:20]}. They come as: .json, .csv.")
    asked = read_asked(request.query_params.multi_items())
    known: Known = request.app.state.known
    found, faults = _found(known, asked)
    if found is None or faults:
        raise HTTPException(422, " ".join(faults.values()) or "area: name a council, for example E06000027 (Torbay).")
    root = request.app.state.settings.public_url
    lines = _lines(found, known, root)
    headers = {"Content-Disposition": f'attachment; filename="segments-{found.place.code}.{form}"'}
    if form == "csv":
        return Response(written([_COLUMNS, *lines]), media_type="text/csv; charset=utf-8", headers=headers)
    tree = {
        "area": {"code": found.place.code, "name": found.place.label},
        "version": request.app.state.version,
        "page": f"{root}{asked.address()}",
        "segments": [dict(zip(_COLUMNS, one, strict=True)) for one in lines],
    }
    return JSONResponse(tree, headers=headers)


def _code(known: Known, typed: str) -> str:
    """The code of the council that was typed, or what was typed."""
    same = find_area(known.rows("pages/areas"), typed)
    only = same[0]["area"] if len(same) == 1 else None
    return only.slug if isinstance(only, Iri) else typed


def _found(known: Known, asked: Asked) -> tuple[Segmented | None, dict[str, str]]:
    """The segments, and what is wrong with what was asked."""
    if not asked.area:
        return None, {}
    try:
        found = segmented(known.rows, _code(known, asked.area), asked.own)
    except ParameterError as error:
        return None, {"area": str(error)}
    return found, dict(found.faults)


def _render(request: Request, asked: Asked) -> Response:
    known: Known = request.app.state.known
    graph = get_graph(request)
    found, faults = _found(known, asked)
    lines = _shown(graph, found, known) if found else {}
    return render(
        request,
        graph,
        "plan_segments.html",
        status=422 if faults else 200,
        asked_for=asked,
        place=found.place.label if found else asked.area,
        found=found,
        faults=faults,
        lines=lines,
        charts_of=_charts(found) if found else [],
        feeds={group.id: feed(found, group) for group in found.groups} if found else {},
        areas=[row for row in known.rows("pages/areas") if row["current"]],
        owns={name: COHORTS[name].label for name in OWN},
        example=EXAMPLE,
        **evidence_on(graph, ACTION),
        resources=[row for row in graph.rows("pages/resources", element=ACTION) if row["newest"] is None],
        programmes=graph.rows("pages/evidence", intervention=ACTION),
    )


def evidence_on(graph: Graph, action: str) -> dict[str, Any]:
    """What the evidence says of an intervention: studies, findings told apart by direction, effects of the model."""
    findings = graph.rows("pages/findings", intervention=action)
    used: dict[str, list[Row]] = {}
    for row in graph.rows("pages/findings-used", intervention=action):
        used.setdefault(str(row["finding"]), []).append(row)
    ways = [row["direction"].slug if isinstance(row["direction"], Iri) else "" for row in findings]
    return {
        "studies": graph.rows("plans/studies", intervention=action),
        "findings": findings,
        "used": used,
        "ways": {way: ways.count(way) for way in dict.fromkeys(ways)},
    }


def feed(found: Segmented, group: Group) -> str:
    """The calculator for a group of people in the area; nothing where their number is not known."""
    if group.persons is None:
        return ""
    persons = group.persons if group.own or group.taken else ""
    return address("/calculator", area=found.place.code, cohort=group.taken or group.id, persons=persons)


def _shown(graph: Graph, found: Segmented, known: Known) -> dict[str, Line]:
    """Every number with its figures, sources and queries, by the name of its segment."""
    items = {f"{part}-{one.id}": one.item for part, layers in _parts(found) for one in layers}
    items |= {group.id: group.item for group in found.groups if group.item}
    items["everyone"] = found.everyone
    for asked in sorted({query for item in items.values() for query in item.queries}, key=lambda one: one.values):
        graph.behind(asked.name, **dict(asked.values))
    return {name: line(name, item, known) for name, item in items.items()}


def _parts(found: Segmented) -> tuple[tuple[str, tuple[Layer, ...]], ...]:
    return ("age", found.age), ("need", found.need)


def _charts(found: Segmented) -> list[tuple[str, Chart]]:
    """A pyramid by need and one by age, as far as there are figures."""
    words = {
        "need": (
            f"People by need, {found.place.label}",
            "Layers of people, those with most need on top. Each is as wide as its number of people.",
        ),
        "age": (
            f"People by age, {found.place.label}",
            "Layers of people by age band, the oldest on top. Each is as wide as its number of people.",
        ),
    }
    drawn = []
    for part, layers in reversed(_parts(found)):
        if layers:
            title, description = words[part]
            bars = [
                Bar(one.label, one.persons, _tone(one.item), f"{one.persons:,} ({one.share:.1%})") for one in layers
            ]
            drawn.append((part, pyramid(title, description, bars, of="Layer", measure="People")))
    return drawn


def _tone(item: Assumption) -> Any:
    return "mixed" if item.basis == "yours" else "plain"


@dataclass(frozen=True)
class _Segment:
    """A segment as a row of a file."""

    part: str
    label: str
    item: Assumption | None
    persons: int | None
    link: str = ""


def _segments(found: Segmented) -> list[_Segment]:
    rows = [_Segment("everyone", "Everyone", found.everyone, found.persons)]
    for part, layers in _parts(found):
        rows += [_Segment(f"layer by {part}", one.label, one.item, one.persons) for one in layers]
    return rows + [_Segment("group", one.label, one.item, one.persons, feed(found, one)) for one in found.groups]


def _lines(found: Segmented, known: Known, root: str) -> list[tuple[str, ...]]:
    """Every segment as a row of a file."""
    return [_line(one, found.persons, known, root) for one in _segments(found)]


def _line(one: _Segment, everyone: int, known: Known, root: str) -> tuple[str, ...]:
    if one.item is None or one.persons is None:
        return (one.part, one.label, "", "", "not known", "", "", "", "", "")
    shown = line(one.part, one.item, known)
    return (
        one.part,
        one.label,
        str(one.persons),
        f"{one.persons / everyone:.4f}",
        one.item.basis,
        one.item.how,
        one.item.period,
        "; ".join(source.words for source in shown.sources),
        " ".join(f"{root}{query.href}" for query in shown.queries),
        f"{root}{one.link}" if one.link else "",
    )
