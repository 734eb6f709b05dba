"""A plan as its pages and files show it: the draft, what people made of it, and what the checks find."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from html import unescape
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.charts import Bar, Chart, Format, Series, bars, lines
from wsic_graph.formats import GRAPHS
from wsic_graph.plans.checks import Check, check
from wsic_graph.plans.data import rdf, tree
from wsic_graph.plans.edits import Edits
from wsic_graph.plans.model import Fact, Picture, Plan
from wsic_graph.plans.sheet import MEDIA_TYPE as WORKBOOK
from wsic_graph.plans.sheet import metrics_sheet
from wsic_graph.service.links import address, reader_page
from wsic_graph.service.pages import render
from wsic_graph.service.plan_making import words
from wsic_graph.service.word import as_word

FILES = {
    "docx": "Word",
    "md": "Markdown",
    "xlsx": "Metrics as a workbook",
    "json": "JSON",
    "ttl": "Turtle",
    "jsonld": "JSON-LD",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
}
"""What a plan comes in beside its page, by ending."""


_GAPS = re.compile(r"\n[ \n]*\n")


@dataclass(frozen=True)
class View:
    """What is shown."""

    plan: Plan
    edits: Edits
    checks: tuple[Check, ...]

    @cached_property
    def serious(self) -> int:
        """How many checks find something that does not hold."""
        return sum(one.serious for one in self.checks)

    def of(self, where: str) -> list[Check]:
        """The checks of a section, or of a part of one."""
        return [one for one in self.checks if one.where == where or one.where.partition(":")[0] == where]

    def chart(self, picture: Picture) -> Chart:
        """The picture of a section."""
        unit = Format(before=picture.before, after=picture.unit)
        if picture.kind == "bars":
            items = [
                Bar(line.name, line.values[0] or 0, "good" if (line.values[0] or 0) > 0 else "bad")
                for line in picture.lines
            ]
            return bars(picture.title, picture.description, items, unit=unit, of="Sector", measure="Pounds")
        drawn = [Series(line.name, line.values, [page_of(iri) for iri in line.iris]) for line in picture.lines]
        return lines(picture.title, picture.description, picture.periods, drawn, unit=unit, zero=False)


def view_of(request: Request, plan: Plan, edits: Edits) -> View:
    """The plan with its checks."""
    return View(plan, edits, check(plan, edits, words(request.app.state.templates.env)))


def page_of(iri: str) -> str:
    """The page that shows a fact; an address of this site stays as it is."""
    return iri if iri.startswith("/") else reader_page(iri) or ""


def query_of(fact: Fact) -> str:
    """The page of the query that gives a fact."""
    return address(f"/queries/{fact.query}", **fact.values) if fact.query else ""


def show(request: Request, view: View, template: str, status: int = 200, **context: Any) -> Response:
    """A page that shows the plan; it is not kept by anyone."""
    response = render(
        request, None, template, status, view=view, plan=view.plan, edits=view.edits, files=FILES,
        fact_page=page_of, query_page=query_of, cited=False, **context,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


def markdown(request: Request, view: View) -> str:
    """The plan as Markdown."""
    template = request.app.state.templates.env.get_template("plans/plan.md")
    text = unescape(template.render(plan=view.plan, edits=view.edits, fact_page=page_of, query_page=query_of))
    return _GAPS.sub("\n\n", text).strip() + "\n"


def file_of(request: Request, view: View, form: str, at: str, about: dict[str, Any]) -> Response:
    """The plan in the format ``form``; ``at`` is the path of its page, and ``about`` goes before it in JSON.

    Raises ``HTTPException`` 404 for another format.
    """
    if form not in FILES:
        raise HTTPException(404, f"A plan does not come as .{form[:20]}. It comes as: .{', .'.join(FILES)}.")
    site = request.app.state.settings.public_url
    day = date.fromisoformat(about["saved"][:10]) if "saved" in about else datetime.now(UTC).date()
    name = f"plan-{view.plan.choices.area}-{view.plan.choices.year}"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if form == "docx":
        page = show(request, view, "plan_document.html", at=at)
        response = as_word(request, page, name)
        response.headers["Cache-Control"] = "no-store"
        return response
    if form == "md":
        return Response(markdown(request, view), media_type="text/markdown; charset=utf-8", headers=headers)
    if form == "json":
        return JSONResponse(tree(view.plan, view.edits, view.checks, {"page": f"{site}{at}"} | about), headers=headers)
    if form == "xlsx":
        body = metrics_sheet(view.plan, view.edits, f"{site}{at}", lambda iri: f"{site}{page_of(iri)}", day)
        return Response(body, media_type=WORKBOOK, headers=headers)
    data = rdf(view.plan, view.edits, (f"{site}{at}", site), day, form)
    return Response(data, media_type=GRAPHS[form].content_type, headers=headers)
