"""The saved queries: SPARQL files with a YAML head, bound with typed parameters.

A file starts with lines ``#+ key: value`` (YAML, the convention of grlc)::

    #+ summary: Findings about an intervention
    #+ parameters:
    #+   - name: intervention
    #+     type: iri
    #+     example: https://w3id.org/wsic/scheme/intervention/reablement

The value of parameter ``intervention`` takes the place of the variable
``?intervention`` as a term; it is never pasted into the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import pyoxigraph as ox
import yaml

from wsic_graph.content import ROOT
from wsic_graph.errors import ContentError, ParameterError, Problem
from wsic_graph.namespaces import BASE, PREFIXES

ParameterType = Literal["iri", "string", "text", "integer", "decimal", "boolean", "year", "date"]
_XSD = PREFIXES["xsd"]
_PATTERNS: dict[str, tuple[str, str]] = {
    "integer": (r"[+-]?\d{1,18}", "a whole number"),
    "decimal": (r"[+-]?\d{1,18}(\.\d{1,18})?", "a number"),
    "boolean": (r"true|false", "true or false"),
    "year": (r"\d{4}", "a year of four digits"),
    "date": (r"\d{4}-\d{2}-\d{2}", "a date such as 2013-04-01"),
}
_DATATYPES = {"year": "gYear"}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a saved query."""

    name: str
    type: ParameterType
    description: str = ""
    default: str | None = None
    example: str | None = None

    def term(self, value: object) -> ox.NamedNode | ox.Literal:
        """``value`` as an RDF term; an IRI may be given with one of our prefixes (``outcome:falls``).

        Raises ``ParameterError`` that says what would be right.
        """
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if self.type == "iri":
            prefix, _, name = text.partition(":")
            if prefix in PREFIXES and not name.startswith("//"):
                text = PREFIXES[prefix] + name
            if not re.fullmatch(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", text):
                raise ParameterError(self.name, f"{text!r} is not an IRI; give one such as {self.example or BASE}")
            return ox.NamedNode(text)
        if self.type == "string":
            return ox.Literal(text)
        if self.type == "text":
            return ox.Literal(text, language="en")
        pattern, what = _PATTERNS[self.type]
        if not re.fullmatch(pattern, text):
            raise ParameterError(self.name, f"{text!r} is not {what}")
        return ox.Literal(text, datatype=ox.NamedNode(_XSD + _DATATYPES.get(self.type, self.type)))


@dataclass(frozen=True)
class Query:
    """A saved query: its text without the head, and what the head says."""

    name: str
    text: str
    head: Mapping[str, Any]
    parameters: tuple[Parameter, ...]

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
            if value is None:
                raise ParameterError(parameter.name, f"is missing; {parameter.description or 'give a value'}")
            bound[ox.Variable(parameter.name)] = parameter.term(value)
        return bound


def load_query(path: Path, root: Path | None = None) -> Query:
    """Read one query file. Raises ``ContentError`` if its head is not as described above."""
    lines = path.read_text(encoding="utf-8").splitlines()
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
    return Query(name, body, head, parameters)


def _parameter(item: Mapping[str, Any]) -> Parameter:
    if item.get("type") not in get_args(ParameterType):
        raise ValueError(f"parameter type {item.get('type')!r} is not one of {', '.join(get_args(ParameterType))}")
    texts = {key: None if item.get(key) is None else str(item[key]) for key in ("default", "example")}
    return Parameter(str(item["name"]), item["type"], str(item.get("description", "")), **texts)


@cache
def all_queries(root: Path = ROOT / "queries") -> dict[str, Query]:
    """Every saved query by name, for example ``pages/initiatives``."""
    return {query.name: query for query in (load_query(path, root) for path in sorted(root.rglob("*.rq")))}


def get_query(name: str) -> Query:
    """The saved query called ``name``. Raises ``KeyError`` if there is none."""
    return all_queries()[name]
