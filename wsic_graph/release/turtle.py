"""Turtle as people keep it: one layout, so that a diff shows only what changed.

The layout is a function of the triples: prefixes sorted and only those used,
the record first and its parts after it in natural order, predicates in reading
order, one object a line where there are several.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

import pyoxigraph as ox

from wsic_graph.namespaces import PREFIXES

_RDF_TYPE = PREFIXES["rdf"] + "type"
_XSD = PREFIXES["xsd"]
_LOCAL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?\Z")
_READING_ORDER = (
    "skos:inScheme",
    "skos:topConceptOf",
    "dcterms:title",
    "skos:prefLabel",
    "dcterms:alternative",
    "skos:altLabel",
    "skos:notation",
    "dcterms:identifier",
    "schema:position",
    "skos:definition",
    "dcterms:description",
)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}

_BY_LENGTH = sorted(((iri, prefix) for prefix, iri in PREFIXES.items()), key=lambda pair: -len(pair[0]))

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def natural_key(text: str) -> list[tuple[int, str | int]]:
    """Sort key under which ``result-2`` comes before ``result-10``."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", text) if part]


def short_name(iri: str) -> str:
    """``iri`` with one of our prefixes (``wsic:outcome``), or as it is where none fits."""
    return _qname(iri) or iri


def write_turtle(triples: Iterable[ox.Triple], base: str = "") -> str:
    """Turtle text of ``triples``, with IRIs under ``base`` (if given) written relative to it.

    ``base`` is the record's IRI for a file that holds one record (its parts then
    read ``<#result-1>``). Raises ``ValueError`` on a blank node: published data has none.
    """
    return _Writer(base).document(triples)


def format_turtle(text: str) -> str:
    """``text`` in the layout of :func:`write_turtle`, with the base it already has.

    Comments are not kept: say what needs saying in a ``skos:note``. Raises
    ``SyntaxError`` where the text is not Turtle.
    """
    base = re.search(r"^@base <([^>]*)> \.$", text, re.MULTILINE)
    quads = ox.parse(text, format=ox.RdfFormat.TURTLE)
    return write_turtle((quad.triple for quad in quads), base[1] if base else "")


def _qname(iri: str) -> str | None:
    for namespace, prefix in _BY_LENGTH:
        if iri.startswith(namespace) and _LOCAL_NAME.match(iri[len(namespace) :]):
            return f"{prefix}:{iri[len(namespace) :]}"
    return None


class _Writer:
    def __init__(self, base: str) -> None:
        self.base = base
        self.used: set[str] = set()

    def document(self, triples: Iterable[ox.Triple]) -> str:
        by_subject: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for triple in triples:
            if not isinstance(triple.subject, ox.NamedNode) or isinstance(triple.object, ox.BlankNode | ox.Triple):
                raise ValueError(f"blank nodes and quoted triples are not published: {triple}")
            by_subject[triple.subject.value][triple.predicate.value].append(triple.object)
        blocks = [self.block(subject, by_subject[subject]) for subject in sorted(by_subject, key=natural_key)]
        head = [f"@base <{self.base}> ."] if self.base else []
        head += [f"@prefix {prefix}: <{PREFIXES[prefix]}> ." for prefix in sorted(self.used)]
        return "\n".join(head) + "\n\n" + "\n\n".join(blocks) + "\n"

    def block(self, subject: str, properties: dict[str, list[Term]]) -> str:
        lines = []
        for predicate in sorted(properties, key=self.predicate_key):
            verb = "a" if predicate == _RDF_TYPE else self.iri(predicate)
            objects = sorted((self.term(o) for o in properties[predicate]), key=natural_key)
            separator = ",\n        "
            lines.append(f"    {verb} {separator.join(objects)}")
        return f"{self.iri(subject)}\n" + " ;\n".join(lines) + " ."

    def predicate_key(self, predicate: str) -> tuple[int, str]:
        if predicate == _RDF_TYPE:
            return (-1, "")
        name = _qname(predicate) or predicate
        return (_READING_ORDER.index(name), "") if name in _READING_ORDER else (len(_READING_ORDER), name)

    def iri(self, iri: str) -> str:
        if self.base and iri == self.base:
            return "<>"
        if self.base and iri.startswith(self.base + "#"):
            return f"<{iri[len(self.base) :]}>"
        name = _qname(iri)
        if name is not None:
            self.used.add(name.partition(":")[0])
            return name
        if self.base.endswith("/") and iri.startswith(self.base):
            return f"<{iri[len(self.base) :]}>"
        return f"<{iri}>"

    def term(self, term: Term) -> str:
        if isinstance(term, ox.NamedNode):
            return self.iri(term.value)
        assert isinstance(term, ox.Literal)
        datatype = term.datatype.value
        if datatype == _XSD + "boolean" and term.value in ("true", "false"):
            return term.value
        if datatype == _XSD + "integer" and re.fullmatch(r"[+-]?\d+", term.value):
            return term.value
        if datatype == _XSD + "decimal" and re.fullmatch(r"[+-]?\d*\.\d+", term.value):
            return term.value
        quoted = '"' + "".join(_ESCAPES.get(c, c) for c in term.value) + '"'
        if term.language:
            return f"{quoted}@{term.language}"
        return quoted if datatype == _XSD + "string" else f"{quoted}^^{self.iri(datatype)}"
