"""Plans that were kept: read by one link, edited section by section by another, every version there to compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.engine.door import CLIENT
from wsic_graph.plans.changes import changes
from wsic_graph.plans.edits import LONGEST, MOST_SUMS, edited
from wsic_graph.plans.settle import pairs_of
from wsic_graph.service.bodies import from_here, read_pairs
from wsic_graph.service.graph import NoSuchRecord
from wsic_graph.service.plan import attempt
from wsic_graph.service.plan_keeping import Kept, PlanStore
from wsic_graph.service.plan_view import file_of, show, view_of

router = APIRouter()
PATH = "/plan/kept"
MOST_BYTES = 1_000_000
"""Largest form of a section."""
_FIELDS = 1_000
_EMPTY_LINES = 4


def store_of(request: Request) -> PlanStore:
    """The kept plans of the running site."""
    return PlanStore(request.app.state.settings)


@router.post(PATH)
async def keep(request: Request) -> Response:
    """Keep the plan for the choices in the form, because somebody asked for it; leads to its edit link."""
    from_here(request, "A plan")
    pairs = await read_pairs(request, MOST_BYTES, _FIELDS)
    plan, faults = await attempt(request, pairs, keep=True)
    if plan is None or faults:
        raise HTTPException(422, " ".join(map(str, faults[:10])) or "Choose a council first; there is nothing to keep.")
    name, secret = await run_in_threadpool(store_of(request).begin, plan, CLIENT.get())
    return _to(f"{PATH}/{name}/edit/{secret}")


def _to(path: str) -> Response:
    return RedirectResponse(path, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


@router.get(f"{PATH}/{{name}}.{{form}}")
def file(request: Request, name: str, form: str) -> Response:
    """The newest version of a plan as a file."""
    kept = store_of(request).read(name)
    about = {"version": kept.plan.version, "saved": kept.version.saved, "number": kept.version.number}
    return file_of(request, view_of(request, kept.plan, kept.version.edits), form, f"{PATH}/{name}", about)


@router.get(f"{PATH}/{{name}}")
def read(request: Request, name: str) -> Response:
    """The newest version of a plan, to read."""
    kept = store_of(request).read(name)
    return _closed(show(request, view_of(request, kept.plan, kept.version.edits), "plan_kept.html", at=f"{PATH}/{name}",
                        kept=kept, edit="", versions=[]))  # fmt: skip


@router.get(f"{PATH}/{{name}}/edit/{{secret}}")
def edit(request: Request, name: str, secret: str, section: str = "", version: int = 0) -> Response:
    """The plan to edit: one section as a form, every version to look at."""
    store = _opened(request, name, secret)
    kept = store.read(name, version)
    return _edit(request, kept, store, secret, section[:60])


def _edit(request: Request, kept: Kept, store: PlanStore, secret: str, section: str, **context: Any) -> Response:
    """The page to edit; ``context`` may have a ``status``, and ``edits`` and ``faults`` of what was just entered."""
    view = view_of(request, kept.plan, context.pop("edits", kept.version.edits))
    lines = {"income": view.edits.income, "expenditure": view.edits.spending}.get(section, ())
    at = f"{PATH}/{kept.name}"
    status: int = context.pop("status", 200)
    context.setdefault("faults", [])
    return _closed(
        show(
            request, view, "plan_kept.html", status, at=at, kept=kept, edit=f"{at}/edit/{secret}", section_open=section,
            versions=store.versions(kept.name), empty=min(_EMPTY_LINES, MOST_SUMS - len(lines)), longest=LONGEST,
            **context,
        )
    )  # fmt: skip


@router.get(f"{PATH}/{{name}}/edit/{{secret}}/compare")
def compare(request: Request, name: str, secret: str, old: int = 0, new: int = 0) -> Response:
    """What changed from one version to another."""
    store = _opened(request, name, secret)
    now = store.read(name, new)
    before = store.read(name, old or max(now.version.number - 1, 1))
    found = changes(before.plan, before.version.edits, now.plan, now.version.edits)
    view = view_of(request, now.plan, now.version.edits)
    return _closed(show(request, view, "plan_compare.html", before=before, now=now, changes=found, at=f"{PATH}/{name}",
                        edit=f"{PATH}/{name}/edit/{secret}"))  # fmt: skip


@router.post(f"{PATH}/{{name}}/edit/{{secret}}")
async def save(request: Request, name: str, secret: str) -> Response:
    """What was entered in one section as a new version; or an older version restored, drafted again, or all deleted."""
    from_here(request, "A plan")
    fields = await read_pairs(request, MOST_BYTES, _FIELDS)
    act = dict(fields).get("act", "save")
    if act == "again":
        return await _again(request, name, secret)
    return await run_in_threadpool(_save, request, name, secret, act, fields)


def _save(request: Request, name: str, secret: str, act: str, fields: Sequence[tuple[str, str]]) -> Response:
    store = _opened(request, name, secret)
    at, values = f"{PATH}/{name}/edit/{secret}", dict(fields)
    kept = store.read(name)
    if act == "forget":
        store.forget(name)
        return _to("/plan")
    if act == "restore":
        old = store.read(name, _number(values.get("version", "")))
        store.save(kept, old.plan, old.version.edits, f"Version {old.version.number} restored", CLIENT.get())
        return _to(at)
    slug = values.get("section", "")
    section = kept.plan.section(slug)
    if act != "save" or section is None:
        raise HTTPException(400, "The form says neither which section it is of nor what to do.")
    base = store.read(name, _number(values.get("version", "")))
    edits, faults = edited(kept.plan, kept.version.edits, slug, fields)
    if kept.version.edits.part(kept.plan, slug) != base.version.edits.part(base.plan, slug):
        words = (
            "This section was saved by somebody else since you opened it. Your words are below; theirs are in the plan."
        )
        return _edit(request, kept, store, secret, slug, status=409, edits=edits, faults=[words])
    if faults:
        return _edit(request, kept, store, secret, slug, status=422, edits=edits, faults=faults)
    if edits != kept.version.edits:
        store.save(kept, kept.plan, edits, section.title, CLIENT.get())
    return _to(f"{at}#{slug}")


async def _again(request: Request, name: str, secret: str) -> Response:
    """Draft the plan again from the graph of today; what people entered stays."""
    store = await run_in_threadpool(_opened, request, name, secret)
    kept = await run_in_threadpool(store.read, name)
    plan, faults = await attempt(request, pairs_of(kept.plan.choices), keep=True)
    if plan is None or faults:
        raise HTTPException(422, " ".join(map(str, faults[:10])) or "The plan cannot be drafted again.")
    await run_in_threadpool(store.save, kept, plan, kept.version.edits, "Drafted again", CLIENT.get())
    return _to(f"{PATH}/{name}/edit/{secret}")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise HTTPException(400, "Give the number of a version.")
    return int(text)


def _opened(request: Request, name: str, secret: str) -> PlanStore:
    """The store, once the edit link is right. Raises ``NoSuchRecord``, the same for a wrong name and a wrong secret."""
    store = store_of(request)
    if not store.admits(name, secret):
        raise NoSuchRecord("plan", name[:24], "/plan")
    return store


def _closed(response: Response) -> Response:
    """Nobody is told of the address of the page, and no index takes it in."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
