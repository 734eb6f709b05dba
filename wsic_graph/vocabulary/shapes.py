"""The rules that check the data, in words: how many values a field has and what they look like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from wsic_graph.answers import Iri, Row, Value
from wsic_graph.namespaces import ID, SCHEME
from wsic_graph.release.files import shorten

_SCHEME = re.compile(rf"\^{re.escape(SCHEME)}([a-z-]+)/")
_KIND = re.compile(r"(?:\A|[(|])([a-z]+(?:-[a-z]+)*)")
_DATATYPES = {
    "rdf:langString": "text with a language tag",
    "xsd:string": "plain text",
    "xsd:integer": "a whole number",
    "xsd:decimal": "a number",
    "xsd:boolean": "true or false",
    "xsd:date": "a date",
    "xsd:gYear": "a year",
}


@dataclass(frozen=True)
class Rule:
    """What a shape asks of one field. ``least`` and ``most`` are None where there is no limit."""

    iri: Iri
    name: str
    path: Iri
    least: int
    most: int | None
    datatype: str
    node_kind: str
    pattern: str
    limits: tuple[str, ...]
    message: str
    definition: str

    @property
    def multiplicity(self) -> str:
        """How many values, as in a class diagram: ``1``, ``0..1``, ``1..*``."""
        if self.least == self.most:
            return str(self.least)
        return f"{self.least}..{'*' if self.most is None else self.most}"

    @property
    def how_many(self) -> str:
        """How many values, in words."""
        match (self.least, self.most):
            case (0, None):
                return "any number"
            case (least, None):
                return f"at least {_number(least)}"
            case (0, most):
                return f"at most {_number(most)}"
            case (least, most) if least == most:
                return f"exactly {_number(least)}"
            case (least, most):
                return f"{least} to {most}"
        raise AssertionError

    @property
    def plain_pattern(self) -> str:
        """The pattern with its full stops as they stand in an IRI."""
        return self.pattern.replace("\\.", ".")

    @property
    def kinds(self) -> list[str]:
        """The kinds of record that a value may be of, as in their IRIs."""
        rest = self.plain_pattern.removeprefix(f"^{ID}")
        return _KIND.findall(rest) if rest != self.plain_pattern else []

    @property
    def scheme(self) -> Iri | None:
        """The scheme whose concepts the values are, or None."""
        found = _SCHEME.match(self.plain_pattern)
        return Iri(SCHEME + found[1]) if found else None

    @property
    def what(self) -> str:
        """What a value is, in words."""
        if self.scheme:
            return "a concept of the scheme"
        if self.kinds:
            names = [kind.replace("-", " ") for kind in self.kinds]
            text = ", ".join(names[:-1]) + " or " + names[-1] if len(names) > 1 else names[0]
            return f"a record of the kind {text}, or a part of one" if "#" in self.pattern else f"a record: {text}"
        if self.pattern.startswith("#"):
            return "a part of the same record"
        if self.pattern.startswith("^https?"):
            return "a web address"
        if self.datatype:
            return ", ".join((_DATATYPES.get(self.datatype, self.datatype), *self.limits))
        return "an IRI" if self.node_kind else "a class"

    @property
    def shown_pattern(self) -> str:
        """The pattern, where the words for the value do not say it all."""
        told = self.scheme or self.pattern.startswith("^https?") or (self.kinds and self.pattern.endswith("/"))
        return "" if told else self.pattern


@dataclass(frozen=True)
class Shape:
    """The rules for the things of one class."""

    iri: Iri
    label: str
    target: Iri
    closed: bool
    about: str
    rules: tuple[Rule, ...]

    @property
    def fields(self) -> list[Rule]:
        """The rules without that for the class itself."""
        return [rule for rule in self.rules if shorten(rule.path) != "rdf:type"]


def read_shapes(rows: Iterable[Row]) -> dict[str, Shape]:
    """The shapes by the class they check, from the rows of ``ontology/shapes``."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row["class"]), []).append(row)
    shapes = {}
    for target, found in groups.items():
        first = found[0]
        rules = tuple(_rule(row) for row in sorted(found, key=lambda row: row["name"] is not None))
        shapes[target] = Shape(
            Iri(first["shape"]),
            str(first["label"]),
            Iri(target),
            bool(first["closed"]),
            str(first["about"] or ""),
            rules,
        )
    return shapes


def _rule(row: Row) -> Rule:
    return Rule(
        iri=Iri(row["rule"]),
        name=str(row["name"] or "type"),
        path=Iri(row["path"]),
        least=_whole(row["least"]) or 0,
        most=_whole(row["most"]),
        datatype=shorten(str(row["datatype"] or "")),
        node_kind=shorten(str(row["nodeKind"] or "")),
        pattern=str(row["pattern"] or ""),
        limits=_limits(row),
        message=str(row["message"] or ""),
        definition=str(row["definition"] or ""),
    )


def _limits(row: Row) -> tuple[str, ...]:
    words = {"minInclusive": "at least", "minExclusive": "more than", "maxInclusive": "at most"}
    found = [f"{text} {row[name]}" for name, text in words.items() if row[name] is not None]
    if row["minLength"] == 1:
        found.append("not empty")
    return tuple(found)


def _whole(value: Value) -> int | None:
    return value if isinstance(value, int) else None


def _number(value: int | None) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(value or 0, str(value))
