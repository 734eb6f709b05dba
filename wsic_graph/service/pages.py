"""Pages from templates: the environment they see and how a route renders one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.templating import Jinja2Templates

from wsic_graph.calculator.money import rough
from wsic_graph.content import ROOT
from wsic_graph.service import links, snippets, words
from wsic_graph.service.said import said_about
from wsic_graph.service.styles import stylesheet_address

if TYPE_CHECKING:
    from wsic_graph.service.graph import Graph

WEB = ROOT / "web"
_LONG = 300
"""Characters of parameters, such as the text of a query, that are too many to be cited."""


def make_templates() -> Jinja2Templates:
    """The templates, with the words and links that pages need. Autoescape is on; a missing name is an error."""
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("number", "money", "pounds", "percent", "day", "moment", "sentence", "inner", "field_name", "size"):
        environment.filters[name] = getattr(words, name)
    environment.filters["rough"] = rough
    for name in ("shell_literal", "python_literal", "r_literal"):
        environment.filters[name] = getattr(snippets, name)
    for name in ("curie", "page_of", "reader_page", "turtle_of", "anchor", "lists_of", "term_anchor"):
        environment.filters[name] = getattr(links, name)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    environment.globals.update(
        years=words.years, plural=words.plural, address=links.address, address_of_many=links.address_of_many
    )
    environment.globals["stylesheet"] = stylesheet_address()
    return Jinja2Templates(env=environment)


def render(request: Request, graph: Graph | None, template: str, status: int = 200, **context: Any) -> Response:
    """The page made from ``template``.

    What ``graph`` was asked becomes "the query behind this page"; the record it showed
    gives the page its Link header, its list of other formats and its schema.org block.
    A page that does not know yet when its version was published is not kept by anyone.
    """
    state = request.app.state
    templates: Jinja2Templates = state.templates
    described = graph.describe(request, graph.shown.iri) if graph and graph.shown else None
    context.update(asked=graph.asked if graph else [], status=status, described=described)
    context["spoken"] = said_about(request, graph) if graph and described else None
    context.update(published=state.published.day, here=_address(request))
    headers = {"Link": described.page_links()} if described else {}
    if context["published"] is None:
        headers["Cache-Control"] = "no-store"
    return templates.TemplateResponse(request, template, context, status_code=status, headers=headers)


def _address(request: Request) -> str:
    """The public address of the page that ``request`` asks for; without its parameters where they are long."""
    query = request.url.query
    path = request.url.path.removesuffix(".html") + (f"?{query}" if query and len(query) < _LONG else "")
    return f"{request.app.state.settings.public_url}{path}"
