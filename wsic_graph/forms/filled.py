"""A form with what was typed: from the statements of a record, and back to them.

A form holds nodes, each under a name: the record itself under the empty name, its parts under their fragment
(``result-1``), and new records that come with it under their key (``source/a-report``). What a form is made of
comes back out of it unchanged, because it has every field that the shape of a record has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

import pyoxigraph as ox

from wsic_graph.errors import Problem
from wsic_graph.forms.model import CLASSES, Field, Schema
from wsic_graph.namespaces import ID, PREFIXES, SCHEME
from wsic_graph.release.files import shorten

_TYPE = PREFIXES["rdf"] + "type"
_XSD = PREFIXES["xsd"]
_BASIS = PREFIXES["wsic"] + "basis"
_POSITION = PREFIXES["schema"] + "position"
_IDENTIFIER = PREFIXES["dcterms"] + "identifier"
_SOURCE = PREFIXES["dcterms"] + "source"
_TITLE, _ISSUED, _LABEL = PREFIXES["dcterms"] + "title", PREFIXES["dcterms"] + "issued", PREFIXES["skos"] + "prefLabel"
_WSIC = PREFIXES["wsic"]
HEADINGS = {_BASIS: (), f"{_WSIC}lessonTheme": ("commissioning", "evidence", "incentives", "other"),
            f"{_WSIC}journeyStage": ("before", "after")}  # fmt: skip
"""Under what a part stands, and what a new form has a part for."""
_RECALLED = f"{SCHEME}basis/recalled"
_KEY = re.compile(r"(?:.*\()?([a-z-]+/[A-Za-z0-9.#-]+)\)?")
_NODE = re.compile(r"([a-z0-9]+(-[a-z0-9]+)*)?|(source|organisation)/[a-z0-9]+(-[a-z0-9]+)*")
_MOST_NODES = 400
_DEEPEST = 4
_LONGEST_SLUG = 60
_MOST_PROBLEMS = 200  # after so many wrong values no more are looked at
MOST_HINTS = 10
"""Wrong values of one form or file for which the nearest right one is sought: among thousands, that takes a while."""
_FEW = 8  # choices that are told to whoever gave none of them


@dataclass
class Node:
    """The record, a part, or a record that comes with it: what class it is of, where it hangs, and its values."""

    name: str
    kind: str
    parent: str = ""
    under: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)

    def all(self, path: str) -> list[str]:
        """The values of a field."""
        return self.values.get(path, [])

    @property
    def empty(self) -> bool:
        """Whether nothing was typed into it; the heading under which something would stand says nothing by itself."""
        return not any(
            value.strip() for path, values in self.values.items() if path not in HEADINGS for value in values
        )


@dataclass
class Filled:
    """A form about ``record`` with its nodes, the record first."""

    record: str
    nodes: dict[str, Node]

    def parts(self, node: str, path: str) -> list[Node]:
        """The parts of ``node`` under a field, in order."""
        return [item for item in self.nodes.values() if item.parent == node and item.under == path and item.name]

    @property
    def companions(self) -> list[Node]:
        """The records that come with this one."""
        return [item for item in self.nodes.values() if "/" in item.name]

    def titles(self, kind: str) -> list[str]:
        """What the new records of a kind, such as ``source``, are called."""
        found = [node.all(_TITLE) + node.all(_LABEL) for node in self.companions if node.name.startswith(f"{kind}/")]
        return [titles[0] for titles in found if titles and titles[0]]

    def add(self, kind: str, parent: str = "", under: str = "", *, stem: str = "") -> Node:
        """A new empty node: a part, or with a ``stem`` such as ``source`` a record."""
        local = re.split(r"[#/]", under)[-1]
        base = (f"{stem}/new" if stem else re.sub(r"([a-z])([A-Z])", r"\1-\2", local)).lower()
        number = 1
        while f"{base}-{number}" in self.nodes:
            number += 1
        node = Node(f"{base}-{number}", kind, parent, under)
        self.nodes[node.name] = node
        return node

    def remove(self, name: str) -> None:
        """Take out a part, or a record that came along, with its parts."""
        if name and self.nodes.pop(name, None) is not None:
            for child in [item.name for item in self.nodes.values() if item.parent == name and item.name]:
                self.remove(child)

    def has_parts(self, node: Node) -> bool:
        """Whether something was typed into a part of ``node``."""
        return any(not item.empty for item in self.nodes.values() if node.name and item.parent == node.name)

    def iri(self, name: str) -> str:
        """The IRI of a node. That of a new source or organisation comes from its title, once it has one."""
        if "/" in name:
            return ID + self._titled.get(name, name)
        return f"{self.record}#{name}" if name else self.record

    @property
    def _titled(self) -> Mapping[str, str]:
        """The key that each new record comes to have."""
        return _keys(tuple(self.nodes), self._called)

    @property
    def _called(self) -> tuple[tuple[str, str], ...]:
        """What each record that comes along is called, by the name of its node."""
        found = ((node, (node.all(_TITLE) + node.all(_LABEL))[:1]) for node in self.companions)
        return tuple((node.name, " ".join([*title, *node.all(_ISSUED)[:1]])) for node, title in found if any(title))

    def node_of(self, iri: str) -> str:
        """The name of the node with an IRI, given in full or shortened."""
        return _names(self.record, tuple(self.nodes), self._called).get(iri, "")


@lru_cache(maxsize=64)
def _keys(nodes: tuple[str, ...], called: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """The keys of new records, from their titles; kept, because a form of hundreds of parts asks for them often."""
    found: dict[str, str] = {}
    used = set(nodes)
    for name, title in called:
        stem, _, slug = name.partition("/")
        key = f"{stem}/{slug_of(title)}"
        if slug.startswith("new-") and key not in used:
            used.add(key)
            found[name] = key
    return found


@lru_cache(maxsize=64)
def _names(record: str, nodes: tuple[str, ...], called: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """The names of nodes by their IRIs, whole and shortened; a new record has that of its title as well."""
    keys, found = _keys(nodes, called), dict[str, str]()
    for name in nodes:
        iri = ID + keys.get(name, name) if "/" in name else f"{record}#{name}" if name else record
        typed = ID + name if "/" in name else iri
        for spelling in (iri, shorten(iri), typed, shorten(typed)):
            found.setdefault(spelling, name)
    return found


# ------------------------------------------------------------------ from what was typed


def read(record: str, fields: Mapping[str, list[str]]) -> Filled:
    """The form from the fields that were sent: ``node:NAME`` with parent, field and class, and ``NAME|field``."""
    kind = CLASSES[record.removeprefix(ID).partition("/")[0]]
    filled = Filled(record, {"": Node("", kind)})
    for name, values in fields.items():
        node = name.removeprefix("node:")
        if name.startswith("node:") and node and _NODE.fullmatch(node) and len(filled.nodes) < _MOST_NODES:
            parent, under, of = [*values[0].split("|"), "", "", ""][:3]
            filled.nodes[node] = Node(node, _full(of), parent, _full(under))
    for node in [node for node in filled.nodes if not _hangs(filled, node)]:
        del filled.nodes[node]
    for name, values in fields.items():
        node, bar, path = name.partition("|")
        if bar and node in filled.nodes:
            filled.nodes[node].values[_full(path)] = [value.strip() for value in values]
    return filled


def _hangs(filled: Filled, name: str) -> bool:
    """Whether a node hangs from the record, or from one that comes with it, over a few others at most."""
    for _ in range(_DEEPEST):
        if not name or "/" in name:
            return True
        if name not in filled.nodes:
            return False
        name = filled.nodes[name].parent
    return False


def _full(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else ""


def to_fields(filled: Filled) -> dict[str, list[str]]:
    """The form as the fields that :func:`read` reads."""
    fields: dict[str, list[str]] = {}
    for node in filled.nodes.values():
        if node.name:
            fields[f"node:{node.name}"] = [f"{node.parent}|{shorten(node.under)}|{shorten(node.kind)}"]
        for path, values in node.values.items():
            fields[f"{node.name}|{shorten(path)}"] = [value for value in values if value]
    return fields


# ------------------------------------------------------------------ from statements


def fill(record: str, triples: Iterable[ox.Triple], schema: Schema) -> Filled:
    """The form that says what ``triples`` say."""
    said: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = {}
    for triple in triples:
        assert isinstance(triple.subject, ox.NamedNode)
        assert isinstance(triple.object, ox.NamedNode | ox.Literal)
        said.setdefault(triple.subject.value, {}).setdefault(triple.predicate.value, []).append(triple.object)
    filled = Filled(record, {})
    _add(filled, said, schema, record, Node("", ""))
    for iri in said:
        if "#" not in iri and iri != record:
            _add(filled, said, schema, iri, Node(iri.removeprefix(ID), ""))
    return filled


def _add(
    filled: Filled,
    said: Mapping[str, Mapping[str, list[ox.NamedNode | ox.Literal]]],
    schema: Schema,
    iri: str,
    node: Node,
) -> None:
    node.kind = said[iri][_TYPE][0].value
    filled.nodes[node.name] = node
    for item in schema.fields(node.kind):
        values = said[iri].get(item.path, [])
        if item.kind == "part":
            parts = [value.value for value in values if value.value in said]
            for part in sorted(parts, key=lambda part: _place(said[part], part)):
                _add(filled, said, schema, part, Node(part.partition("#")[2], "", node.name, item.path))
            shared = [value.value.removeprefix(ID) for value in values if value.value not in said]
            if shared:
                node.values[item.path] = sorted(shared)
        elif values:
            node.values[item.path] = sorted(_typed(item, value) for value in values)


def _place(said: Mapping[str, list[ox.NamedNode | ox.Literal]], iri: str) -> tuple[int, list[tuple[int, str | int]]]:
    position = said.get(_POSITION)
    key = [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", iri)]
    return (int(position[0].value) if position else 1_000_000, key)


def _typed(item: Field, value: ox.NamedNode | ox.Literal) -> str:
    """A value as it stands in an input."""
    if item.kind == "concept":
        return value.value.rpartition("/")[2]
    return value.value.removeprefix(ID) if item.kind == "record" else value.value


# ------------------------------------------------------------------ to statements


def statements(filled: Filled, schema: Schema, hints: int = MOST_HINTS) -> tuple[list[ox.Triple], list[Problem]]:
    """What the form says, and what of it cannot be said, up to 200 values; what is missing is for the shapes to tell.

    Of the first ``hints`` problems it is told what may have been meant.
    """
    triples: list[ox.Triple] = []
    problems: list[Problem] = []
    for node in filled.nodes.values():
        if node.name and node.empty and not filled.has_parts(node):
            continue
        if node.kind not in schema.shapes:
            continue
        iri = ox.NamedNode(filled.iri(node.name))
        triples.append(ox.Triple(iri, ox.NamedNode(_TYPE), ox.NamedNode(node.kind)))
        for item in schema.fields(node.kind):
            path = ox.NamedNode(item.path)
            for value in _values(filled, node, item, schema, problems, hints=hints):
                triples.append(ox.Triple(iri, path, value))
    return triples, problems


def _values(
    filled: Filled, node: Node, item: Field, schema: Schema, problems: list[Problem], *, hints: int
) -> Iterator[ox.NamedNode | ox.Literal]:
    if item.kind == "part":
        for part in filled.parts(node.name, item.path):
            if not part.empty or filled.has_parts(part):
                yield ox.NamedNode(filled.iri(part.name))
        yield from (ox.NamedNode(ID + key) for key in node.all(item.path) if _KEY.fullmatch(key))
        return
    given = list(dict.fromkeys(value for value in node.all(item.path) if value))
    if not given and item.needed:
        given = _automatic(filled, node, item)
    for text in given:
        if len(problems) >= _MOST_PROBLEMS:
            return
        try:
            yield _term(filled, item, text, schema, hint=len(problems) < hints)
        except ValueError as error:
            problems.append(Problem("", 0, shorten(filled.iri(node.name)), item.name, str(error)))


def _automatic(filled: Filled, node: Node, item: Field) -> list[str]:
    if item.path == _BASIS:
        return ["recalled"]
    if item.path == _SOURCE:
        return [filled.record] if item.automatic else []
    if item.path == _IDENTIFIER:
        return [filled.iri(node.name).rpartition("/")[2].replace("#", "-")]
    if item.path == _POSITION and node.name:
        kin = filled.parts(node.parent, node.under)
        taken = [int(value) for other in kin for value in other.all(_POSITION) if value.isdecimal() and len(value) < 10]
        later = [other for other in kin if not other.all(_POSITION)]
        return [str(max(taken, default=0) + later.index(node) + 1)]
    return []


def _term(filled: Filled, item: Field, text: str, schema: Schema, *, hint: bool) -> ox.NamedNode | ox.Literal:
    """One value. Raises ``ValueError`` with words."""
    match item.kind:
        case "concept":
            scheme = item.rule.scheme
            assert scheme is not None
            if text not in {slug for slug, _ in item.choices}:
                near = get_close_matches(text[:80].lower(), [name.lower() for _, name in item.choices if hint], 1)
                few = ", ".join(name for _, name in item.choices) if len(item.choices) <= _FEW else ""
                meant = f"; is “{near[0]}” meant?" if near else f": {few}" if few else ""
                raise ValueError(f"“{text[:80]}” is not one of the list{meant}")
            return ox.NamedNode(f"{scheme}/{text}")
        case "record":
            return ox.NamedNode(_record(filled, item, text, schema, hint=hint))
        case "address":
            if not text.startswith(("http://", "https://")) or re.search(r"[\s<>\"{}|\\^`]", text):
                raise ValueError("an address starts with http:// or https:// and has no spaces")
            return ox.NamedNode(text)
        case "number":
            plain = text.replace(",", "").replace("\N{MINUS SIGN}", "-")
            if not re.fullmatch(
                r"[+-]?[0-9]{1,18}" + ("" if item.rule.datatype == "xsd:integer" else r"(\.[0-9]{1,12})?"), plain
            ):
                raise ValueError(f"“{text[:40]}” is not {item.asked}")
            name = item.rule.datatype.partition(":")[2]
            plain = plain if name == "integer" else f"{Decimal(plain):f}"
            return ox.Literal(plain, datatype=ox.NamedNode(_XSD + name))
    datatype = item.rule.datatype
    if datatype == "rdf:langString":
        return ox.Literal(text, language="en")
    return ox.Literal(text, datatype=ox.NamedNode(_XSD + datatype.partition(":")[2]))


def _record(filled: Filled, item: Field, text: str, schema: Schema, *, hint: bool) -> str:
    """The IRI of the record that was meant: by its key, its IRI or its title, also one that comes with this one."""
    for node in filled.companions:
        names = node.all(_TITLE) + node.all(_LABEL)
        if text.lower() in [name.lower() for name in names] and node.name.partition("/")[0] in item.kinds:
            return filled.iri(node.name)
    key = text.removeprefix(ID)
    if (found := _KEY.fullmatch(key)) and found[1].partition("/")[0] in item.kinds:
        return ID + found[1]
    named = [iri for kind in item.kinds if (iri := f"{ID}{kind}/{text}") in schema.labels] or [
        iri for iri in schema.by_name.get(text.lower(), ()) if iri.removeprefix(ID).partition("/")[0] in item.kinds
    ]
    if len(named) == 1:
        return named[0]
    if named:
        keys = ", ".join(iri.removeprefix(ID) for iri in named)
        raise ValueError(f"“{text[:80]}” is the name of several records; give one of {keys}")
    kinds = " or ".join(kind.replace("-", " ") for kind in item.kinds)
    near = get_close_matches(text[:80].lower(), schema.names_of(item.kinds), 1, 0.75) if hint else []
    meant = f"is “{near[0]}” meant?" if near else "give its title as it is in this database"
    more = ", or add it as new" if {"source", "organisation"} & set(item.kinds) else ""
    raise ValueError(f"there is no {kinds} called “{text[:80]}”; {meant}{more}")


def mark_recalled(text: str, before: str, record: str) -> str:
    """Statements, one a line, with what differs from ``before`` marked as recalled: nobody has seen its source.

    The record itself keeps the mark that it has; what was changed in it stands beside the old in the review.
    Only an editor gives a mark of verified.
    """
    old, lines = set(before.splitlines()), text.splitlines()
    changed = {line.split(" ", 1)[0] for line in lines if line not in old} - {f"<{record}>"}
    verified, recalled = (f" <{_BASIS}> <{basis}>" for basis in (f"{SCHEME}basis/verified", _RECALLED))
    return "".join(
        (line.replace(verified, recalled, 1) if line.split(" ", 1)[0] in changed or line not in old else line) + "\n"
        for line in lines
    )


def slug_of(title: str) -> str:
    """The last part of an IRI for something called ``title``."""
    words = re.findall(r"[a-z0-9]+", title.lower().replace("’", "").replace("'", ""))
    slug = ""
    for word in words:
        if len(slug) + len(word) >= _LONGEST_SLUG:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug or "untitled"
