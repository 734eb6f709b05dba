"""The saved queries: SPARQL files with a YAML head, bound with typed parameters.

A file starts with lines ``#+ key: value`` (YAML, the convention of grlc)::

    #+ summary: Findings about an intervention
    #+ parameters:
    #+   - name: intervention
    #+     type: iri
    #+     scheme: intervention
    #+     example: https://w3id.org/wsic/scheme/intervention/reablement

The value of parameter ``intervention`` takes the place of the variable
``?intervention`` as a term; it is never pasted into the text. ``scheme`` (or
``kind``) says that it is a concept of that scheme (or a record of that kind),
which may then be given by its last part alone. A query tagged ``public`` is
part of the API; if it is a SELECT, ``key`` names the columns that together
tell its rows apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import pyoxigraph as ox
import yaml

from wsic_graph.content import ROOT
from wsic_graph.errors import ContentError, ParameterError, Problem
from wsic_graph.namespaces import BASE, KINDS, PREFIXES, SCHEMES

ParameterType = Literal["iri", "string", "text", "integer", "decimal", "boolean", "year", "date"]
Form = Literal["select", "ask", "construct", "describe"]
RESERVED = ("format", "limit", "after")
"""Names that the API keeps for itself, so that no parameter may have them."""
BETWEEN = "|"
"""What stands between the values of a parameter that takes several."""
_XSD = PREFIXES["xsd"]
_PATTERNS: dict[str, tuple[str, str]] = {
    "integer": (r"[+-]?\d{1,18}", "a whole number"),
    "decimal": (r"[+-]?\d{1,18}(\.\d{1,18})?", "a number"),
    "boolean": (r"true|false", "true or false"),
    "year": (r"\d{4}", "a year of four digits"),
    "date": (r"\d{4}-\d{2}-\d{2}", "a date such as 2013-04-01"),
}
_DATATYPES = {"year": "gYear"}
_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FORMS: dict[str, Form] = {form: form for form in get_args(Form)}
_FORM = re.compile(rf"^\s*({'|'.join(_FORMS)})\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a saved query; ``among`` is the prefix of the scheme or kind that its values belong to.

    A value of one of ``several`` may be many, with ``|`` between; one that is ``optional`` and
    not given leaves its variable free.
    """

    name: str
    type: ParameterType
    description: str = ""
    default: str | None = None
    example: str | None = None
    among: str = ""
    several: bool = False
    optional: bool = False

    def values(self, text: str) -> list[str]:
        """The values in ``text``: one, or as many as ``several`` allows."""
        return [value for value in text.split(BETWEEN) if value] if self.several else [text]

    def term(self, value: object) -> ox.NamedNode | ox.Literal:
        """``value`` as an RDF term.

        An IRI may be given with one of our prefixes (``outcome:falls``), and a concept
        or record by its last part (``falls``). Raises ``ParameterError`` that says what
        would be right.
        """
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if self.type == "iri":
            text = self._in_full(text)
            try:
                if _IRI.fullmatch(text):
                    return ox.NamedNode(text)
            except ValueError:
                pass  # it has a scheme, but cannot be parsed: the same error
            raise ParameterError(self.name, f"{text!r} is not an IRI; give one such as {self.example or BASE}", text)
        if self.type == "string":
            return ox.Literal(self.short(text))
        if self.type == "text":
            return ox.Literal(text, language="en")
        pattern, what = _PATTERNS[self.type]
        if not re.fullmatch(pattern, text, re.ASCII) or (self.type == "date" and not _is_day(text)):
            raise ParameterError(self.name, f"{text!r} is not {what}", text)
        return ox.Literal(text, datatype=ox.NamedNode(_XSD + _DATATYPES.get(self.type, self.type)))

    def short(self, text: str) -> str:
        """The last part of the IRI of a concept or record, however it is given; other values as they are."""
        if not self.among:
            return text
        return BETWEEN.join(self._in_full(value).removeprefix(PREFIXES[self.among]) for value in self.values(text))

    def _in_full(self, text: str) -> str:
        prefix, colon, name = text.partition(":")
        if colon and prefix in PREFIXES and not name.startswith("//"):
            return PREFIXES[prefix] + name
        return PREFIXES[self.among] + text if self.among and _SLUG.fullmatch(text) else text


@dataclass(frozen=True)
class Query:
    """A saved query: its text without the head, and what the head says."""

    name: str
    text: str
    head: Mapping[str, Any]
    parameters: tuple[Parameter, ...]
    source: str = ""

    @property
    def summary(self) -> str:
        """One line that says what the query answers."""
        return str(self.head.get("summary", self.name))

    @property
    def description(self) -> str:
        """More about the query, or an empty string."""
        return str(self.head.get("description", ""))

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags, for example ``public``."""
        return tuple(self.head.get("tags", ()))

    @property
    def public(self) -> bool:
        """Whether the query is part of the API."""
        return "public" in self.tags

    @property
    def form(self) -> Form:
        """What kind of query it is."""
        match = _FORM.search(self.text)
        assert match, f"{self.name} is no query"
        return _FORMS[match[1].lower()]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that together tell the rows apart; empty where the head does not say."""
        return tuple(self.head.get("key", ()))

    @property
    def audience(self) -> str:
        """Who asks it: ``commissioner``, ``harvester``, ``researcher``, or ``site`` for its own pages."""
        return str(self.head.get("asked_by", "site"))

    def bind(self, values: Mapping[str, object]) -> dict[ox.Variable, ox.NamedNode | ox.Literal]:
        """Substitutions for the door from ``values`` and the defaults of the head.

        Raises ``ParameterError`` for a value that is unknown, missing or of the wrong type.
        """
        names = {parameter.name for parameter in self.parameters}
        for name in values:
            if name not in names:
                known = ", ".join(sorted(names)) or "none"
                raise ParameterError(name, f"is not a parameter of {self.name}; its parameters are: {known}")
        bound = {}
        for parameter in self.parameters:
            value = values.get(parameter.name, parameter.default)
            if value is None and parameter.optional:
                continue
            if value is None:
                raise ParameterError(parameter.name, f"is missing; {parameter.description or 'give a value'}")
            bound[ox.Variable(parameter.name)] = parameter.term(value)
        return bound


def load_query(path: Path, root: Path | None = None) -> Query:
    """Read one query file. Raises ``ContentError`` if its head is not as described above."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    head_lines = [line[2:].removeprefix(" ") for line in lines if line.startswith("#+")]
    body = "\n".join(line for line in lines if not line.startswith("#+")).strip() + "\n"
    name = path.relative_to(root).with_suffix("").as_posix() if root else path.stem
    try:
        head = yaml.safe_load("\n".join(head_lines)) or {}
        if not isinstance(head, dict) or not head.get("summary"):
            raise ValueError("the head needs a summary: #+ summary: ...")
        parameters = tuple(_parameter(item) for item in head.get("parameters", ()))
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ContentError([Problem(path.name, 0, name, "head", f"cannot be read: {error}")]) from None
    return Query(name, body, head, parameters, source)


def _parameter(item: Mapping[str, Any]) -> Parameter:
    if item.get("type") not in get_args(ParameterType):
        raise ValueError(f"parameter type {item.get('type')!r} is not one of {', '.join(get_args(ParameterType))}")
    if item["name"] in RESERVED:
        raise ValueError(f"no parameter may be called {item['name']}: the API keeps {', '.join(RESERVED)}")
    for key, known in (("scheme", SCHEMES), ("kind", KINDS)):
        if item.get(key, known[0]) not in known:
            raise ValueError(f"{key} {item[key]!r} is not one of {', '.join(known)}")
    several = item.get("several") is True
    if several and item["type"] != "string":
        raise ValueError("only a parameter of the type string may take several values")

    def text(key: str) -> str | None:
        return None if item.get(key) is None else str(item[key])

    return Parameter(
        name=str(item["name"]),
        type=item["type"],
        description=str(item.get("description", "")),
        default=text("default"),
        example=text("example"),
        among=str(item.get("scheme") or item.get("kind") or ""),
        several=several,
        optional=item.get("optional") is True,
    )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@cache
def all_queries(root: Path = ROOT / "queries") -> dict[str, Query]:
    """Every saved query by name, for example ``pages/initiatives``."""
    return {query.name: query for query in (load_query(path, root) for path in sorted(root.rglob("*.rq")))}


def get_query(name: str) -> Query:
    """The saved query called ``name``. Raises ``KeyError`` if there is none."""
    return all_queries()[name]


def public_queries() -> dict[str, Query]:
    """The saved queries that make up the API, by name."""
    return {name: query for name, query in all_queries().items() if query.public}
