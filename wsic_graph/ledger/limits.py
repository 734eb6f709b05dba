"""What foreign RDF may be before anything is done with it: small, of one record, without surprises.

The rules of the records themselves are the shapes and checks of the release; these come first, and
hold for what no shape looks at.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import pyoxigraph as ox

from wsic_graph.errors import Problem
from wsic_graph.ledger.json_ld import with_own_context
from wsic_graph.ledger.rdf import COMPANIONS, GRAPHS, kind_of, record_of
from wsic_graph.namespaces import BASE, ID, PREFIXES
from wsic_graph.release.files import Content, shorten

MOST_BYTES = 400_000
MOST_TRIPLES = 5_000
_MOST_WRITTEN = 3_000_000
"""Characters of all statements written out: prefixes let a small file say long addresses thousands of times."""
_LONGEST_TEXT, _LONGEST_NUMBER = 20_000, 40
_TEXTS = (PREFIXES["xsd"] + "string", PREFIXES["xsd"] + "anyURI", PREFIXES["rdf"] + "langString")
_LONGEST_ADDRESS = 2_000
_RECORD = re.compile(re.escape(ID) + r"([a-z-]+)/[a-z0-9]+(-[a-z0-9]+)*")
_PART = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_RECORD, _LONGEST_PART = 140, 100
_TYPE = PREFIXES["rdf"] + "type"
_SH = PREFIXES["sh"]
_IDENTIFIER = PREFIXES["dcterms"] + "identifier"
FORMATS: Mapping[str, ox.RdfFormat] = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
}
"""In which RDF is taken. RDF/XML is not: its parsers have too many doors."""


def is_record(iri: str) -> bool:
    """Whether ``iri`` names a record that people may add or correct."""
    found = _RECORD.fullmatch(iri)
    return found is not None and found[1] in GRAPHS and len(iri) <= _LONGEST_RECORD


def parse(text: str, format: str, records: Sequence[str], base: str = "") -> tuple[list[ox.Triple], list[Problem]]:
    """The statements of ``text``, whose main records are ``records``, and what is wrong with them as RDF.

    Relative addresses begin at ``base``, or else at the first record.
    """
    triples, problems = read(text, format, base or records[0])
    for triple in triples:
        subject = getattr(triple.subject, "value", "")
        problems += [_problem(words, subject, triple.predicate.value) for words in _wrong(triple, records)]
    said = {getattr(triple.subject, "value", "") for triple in triples}
    if triples or not problems:
        problems += [_problem(f"says nothing of {record}") for record in records if record not in said]
    return triples, problems


def only_record(text: str, format: str) -> tuple[str, list[Problem]]:
    """The one record that ``text`` is about, apart from the sources and organisations that come with it."""
    triples, problems = read(text, format, ID)
    if problems:
        return "", problems
    owners = {record_of(getattr(triple.subject, "value", "")) for triple in triples}
    found = sorted(owner for owner in owners if is_record(owner))
    main = [record for record in found if kind_of(record) not in COMPANIONS] or found
    if len(main) == 1:
        return main[0], []
    if main:
        names = ", ".join(record.removeprefix(ID) for record in main[:5])
        return "", [_problem(f"is about several records ({names}); send each in a file of its own")]
    return "", [_problem(f"is about no record; its subject is an address such as {ID}initiative/torbay-care-trust")]


def read(text: str, format: str, base: str) -> tuple[list[ox.Triple], list[Problem]]:
    """The statements of ``text``, in which relative addresses begin at ``base``; or why they cannot be read."""
    if len(text.encode()) > MOST_BYTES:
        return [], [_problem(f"is larger than {MOST_BYTES:,} bytes, which is the most")]
    triples: list[ox.Triple] = []
    written = 0
    try:
        source = with_own_context(text) if format == "jsonld" else text
        for quad in ox.parse(source, format=FORMATS[format], base_iri=base):
            triples.append(quad.triple)
            written += len(str(quad))
            if written > _MOST_WRITTEN:
                return [], [_problem(f"is more than {_MOST_WRITTEN:,} characters when its prefixes are written out")]
            if len(triples) > MOST_TRIPLES:
                return [], [_problem(f"has more than {MOST_TRIPLES:,} statements, which is the most")]
            if not isinstance(quad.graph_name, ox.DefaultGraph):
                return [], [_problem("names a graph; give the statements alone")]
    except (SyntaxError, ValueError) as error:
        return [], [_problem(f"cannot be read: {str(error)[:300]}")]
    return triples, []


def _problem(message: str, subject: str = "", predicate: str = "") -> Problem:
    return Problem("", 0, shorten(subject), shorten(predicate), message)


def _wrong(triple: ox.Triple, records: Collection[str]) -> Iterator[str]:
    """What is wrong with one statement by itself."""
    subject, value = triple.subject, triple.object
    if not isinstance(subject, ox.NamedNode) or not isinstance(value, ox.NamedNode | ox.Literal):
        yield "uses a blank node or a quoted statement; give every part a name such as <#result-1>"
        return
    own, _, part = subject.value.partition("#")
    if own not in records and (not is_record(own) or kind_of(own) not in COMPANIONS):
        yield "is about another record; only new sources and organisations may come with this one"
    if "#" in subject.value and not (_PART.fullmatch(part) and len(part) <= _LONGEST_PART):
        yield f"the name of a part is at most {_LONGEST_PART} small letters, digits and hyphens, for example #result-1"
    if isinstance(value, ox.NamedNode):
        if not value.value.startswith(("http://", "https://")):
            yield "an address starts with http:// or https://"
        elif len(value.value) > _LONGEST_ADDRESS:
            yield f"an address has at most {_LONGEST_ADDRESS:,} characters"
    elif len(value.value) > _LONGEST_TEXT:
        yield f"a text has at most {_LONGEST_TEXT:,} characters"
    elif len(value.value) > _LONGEST_NUMBER and value.datatype.value not in _TEXTS:
        yield f"a number or a date has at most {_LONGEST_NUMBER} characters"
    if any(is_hidden(character) for character in value.value):
        yield "a text has characters that cannot be seen or turn the direction of writing; take them out"


def is_hidden(character: str) -> bool:
    """Whether a character cannot be seen, turns the direction of writing, or is none that XML can hold."""
    if ord(character) & 0xFFFE == 0xFFFE:
        return True
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co") and character not in "\n\t\u00ad\u200d\u200c"


def visible(text: str) -> str:
    """``text`` without the characters that :func:`is_hidden` tells of."""
    return "".join(character for character in text if not is_hidden(character))


def check_parts(
    triples: list[ox.Triple], records: Collection[str], content: Content, *, new: bool | None
) -> list[Problem]:
    """Whether each node is of a class that its kind of record has, with fields of that class, and hangs together.

    ``content`` is what is published now; ``new`` whether ``records`` must not be in it yet or must be, None for either.
    """
    problems: list[Problem] = []
    described = {statement.subject for statement in content.statements}
    classes = _classes(content)
    fields = _fields(content)
    types: dict[str, set[str]] = defaultdict(set)
    for triple in triples:
        if triple.predicate.value == _TYPE and isinstance(triple.object, ox.NamedNode):
            types[_iri(triple)].add(triple.object.value)
    pointed_at = {triple.object.value for triple in triples if isinstance(triple.object, ox.NamedNode)}
    subjects = {_iri(triple) for triple in triples}
    for subject in sorted(subjects):
        own = record_of(subject)
        allowed = classes.get((kind_of(own), subject != own), set())
        words = ""
        if len(types[subject]) != 1 or not types[subject] <= allowed:
            names = ", ".join(sorted(shorten(name) for name in allowed))
            words = f"has exactly one type, of {names}"
        elif subject == own and own in records and (own in described) == new:
            words = "is in the graph already; propose a correction of it" if new else "is not in the graph"
        elif subject == own and own not in records and own in described:
            words = "is in the graph already and comes with another record; correct it by itself"
        elif subject not in records and subject not in pointed_at:
            words = "is not part of anything here; point at it from the record, or take it out"
        if words:
            problems.append(Problem("", 0, shorten(subject), "rdf:type", words))
            continue
        (kind,) = types[subject]
        problems += [
            Problem("", 0, shorten(subject), shorten(triple.predicate.value), f"is no field of {shorten(kind)}")
            for triple in triples
            if _iri(triple) == subject and triple.predicate.value not in fields.get(kind, set()) | {_TYPE}
        ]
    return [*problems, *_identifiers(triples, content)]


def _identifiers(triples: list[ox.Triple], content: Content) -> Iterator[Problem]:
    """Whether each identifier is the end of its own address, so that nobody takes that of another record."""
    held = {(item.subject, item.object.value) for item in content.statements if item.predicate == _IDENTIFIER}
    for triple in triples:
        if triple.predicate.value != _IDENTIFIER or not isinstance(triple.object, ox.Literal):
            continue
        subject, value = _iri(triple), triple.object.value
        own = subject.rpartition("/")[2].replace("#", "-")
        if value != own and (subject, value) not in held:
            yield Problem("", 0, shorten(subject), "dcterms:identifier", f"is the end of its address, {own}")


def _iri(triple: ox.Triple) -> str:
    assert isinstance(triple.subject, ox.NamedNode)
    return triple.subject.value


def _classes(content: Content) -> dict[tuple[str, bool], set[str]]:
    """The classes of the records of each kind (False) and of their parts (True), as they are published."""
    found: dict[tuple[str, bool], set[str]] = defaultdict(set)
    for subject, predicate, value, graph in content.statements:
        if predicate == _TYPE and isinstance(value, ox.NamedNode) and subject.startswith(ID):
            own = record_of(subject)
            if GRAPHS.get(kind_of(own)) == graph:
                found[kind_of(own), subject != own].add(value.value)
    return found


def _fields(content: Content) -> dict[str, set[str]]:
    """The fields that each class may have, from the shapes."""
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for subject, predicate, value, _ in content.graph("shapes"):
        if predicate.startswith(_SH):
            said[subject][predicate.removeprefix(_SH)].append(value.value)
    return {
        target: {path for rule in shape["property"] for path in said[rule]["path"] if path.startswith((BASE, "http"))}
        for shape in list(said.values())
        for target in shape["targetClass"]
    }
