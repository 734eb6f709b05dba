"""One request to a saved query: its values, the format and the page that are asked for, and where the others are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from wsic_graph.choices import Choices
from wsic_graph.engine.bind import Bindings
from wsic_graph.errors import ParameterError
from wsic_graph.formats import GRAPHS, HTML, RESULTS, Format
from wsic_graph.queries import RESERVED, Parameter, Query
from wsic_graph.service.accept import negotiate
from wsic_graph.service.links import address
from wsic_graph.service.paging import Page, Place

ROWS_SHOWN = 200
"""Rows on a page for people, unless they ask for another number."""


def has_rows(query: Query) -> bool:
    """Whether the answer is rows, or yes or no, and not a graph."""
    return query.form in ("select", "ask")


def formats_of(query: Query) -> Mapping[str, Format]:
    """The formats for machines that the answer of ``query`` comes in; the first is the default."""
    return RESULTS if has_rows(query) else GRAPHS


@dataclass(frozen=True)
class Field:
    """A parameter as a form shows it, with what it may be (nothing if any value will do)."""

    parameter: Parameter
    value: str
    choices: Mapping[str, str]


@dataclass(frozen=True)
class Call:
    """One request: a query at the address ``path``, the values given for it, and how to answer."""

    query: Query
    path: str
    form: Format
    values: Mapping[str, str]
    choices: Choices

    @property
    def given(self) -> dict[str, str]:
        """The values for the query's own parameters."""
        return {name: value for name, value in self.values.items() if name not in RESERVED}

    def bind(self) -> Bindings:
        """The terms for the parameters. Raises ``ParameterError``."""
        return self.choices.bind(self.query, self.given)

    def place(self, most: int) -> Place:
        """The page that is asked for, of at most ``most`` rows. Raises ``ParameterError``."""
        for name in ("limit", "after"):
            if name in self.values and self.query.form != "select":
                raise ParameterError(name, f"only SELECT has pages of rows; this is {self.query.form.upper()}")
        shown = ROWS_SHOWN if self.form is HTML else most
        text = self.values.get("limit", str(min(shown, most)))
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most):
            raise ParameterError("limit", f"{text[:20]!r} is not a whole number from 1 to {most:,}", text)
        return Place(int(text), self.values.get("after", ""))

    def at(self, place: Place | None) -> str | None:
        """The address of another page of the same answer."""
        if place is None:
            return None
        return address(self.path, **{**self.values, "limit": place.limit, "after": place.after})

    def fields(self) -> list[Field]:
        """The parameters with the values that they have."""
        found = []
        for item in self.query.parameters:
            value = self.given.get(item.name, item.default or "")
            found.append(Field(item, item.short(value), self.choices.of(item)))
        return found

    def files(self) -> list[tuple[str, str]]:
        """Label and address of the answer in each format for machines."""
        path = f"/queries/{self.query.name}"
        return [(form.label, address(f"{path}.{name}", **self.given)) for name, form in formats_of(self.query).items()]

    def links(self, page: Page) -> list[str]:
        """Links (RFC 8288) to the first page and those beside ``page``; none if the answer fits on it."""
        places = {"prev": self.at(page.previous), "next": self.at(page.next)}
        if not any(places.values()):
            return []
        first = address(self.path, **{name: value for name, value in self.values.items() if name != "after"})
        return [f'<{target}>; rel="{name}"' for name, target in {"first": first, **places}.items() if target]


def read_values(request: Request) -> dict[str, str]:
    """What the address gives; an empty value is as good as none, since forms send one for every field.

    Raises ``ParameterError`` for a name that is given twice.
    """
    values: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in values:
            raise ParameterError(name, "is given more than once; one value is taken")
        if value:
            values[name] = value
    return values


def choose_format(request: Request, name: str, offers: Mapping[str, Format]) -> Format:
    """The format called ``name``, or else the one that the client would rather have.

    Raises ``ParameterError`` for a name that is not among ``offers``, and ``HTTPException`` 406.
    """
    if not name:
        return negotiate(request.headers.get("accept", ""), offers.values())
    if name not in offers:
        raise ParameterError("format", f"{name!r} is not offered here; there are: {', '.join(offers)}", name)
    return offers[name]
