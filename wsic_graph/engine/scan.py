"""A look at a query's tokens before it reaches the engine.

The engine's parser recurses on brackets and can end the process, and its
SERVICE reaches other hosts. Neither can be switched off, so both are found
here, with comments, strings, IRIs and case taken into account, and refused in
words. This is not the only guard: a worker may die, and opens no connection
unless SERVICE is allowed at all (see ``process``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from wsic_graph.errors import QueryRefused

_MORE = "\u00b7\u0300-\u036f\u200c\u200d\u203f\u2040\u2070-\u218f\u3001-\ud7ff\uf900-\ufffd\U00010000-\U000effff"
"""What names may have in SPARQL that is no ``\\w``."""
_LOCAL = rf"(?:[\w.:{_MORE}-]|%[0-9A-Fa-f]{{2}}|\\[_~.!$&'()*+,;=/?#@%-])*+"
_TOKEN = re.compile(
    rf"""
    (?P<skip>    \#[^\n\r]*+ | [ \t\r\n]++ )
  | (?P<string>  '{{3}}(?:(?:'|'')?(?:[^'\\]|\\.))*'{{3}} | "{{3}}(?:(?:"|"")?(?:[^"\\]|\\.))*"{{3}}
               | '(?:[^'\\\n\r]|\\.)*' | "(?:[^"\\\n\r]|\\.)*" )
  | (?P<iri>     <[^<>"{{}}|^`\x00-\x20]*> )
  | (?P<words>   [^\W\d_][\w.{_MORE}-]*+ ) (?P<name> :{_LOCAL} )?
  | (?P<symbol>  :{_LOCAL} | [?$][\w{_MORE}]++ | @[A-Za-z]++(?:-[A-Za-z0-9]++)*+ | _:[\w{_MORE}-]++ )
  | (?P<open>    [({{\[] )
  | (?P<close>   [)}}\]] )
  | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"[^\W\d_]\w*")
_GAP = r"(?:[ \t\r\n]|#[^\n\r]*+[\n\r])*+"
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_CALL = re.compile(
    rf"[?$][\w{_MORE}]++|service{_GAP}(?:silent{_GAP})?"
    rf"(<[^>]*+>|[?$]\w++|[^ \t\r\n<>{{}}:#]*+:(?:[^ \t\r\n<>{{}}#\\]|\\.)*+){_GAP}\{{",
    re.IGNORECASE,
)
"""A variable, or whatever a lenient parser could take for a call, wherever it stands; its group is what is called."""
_CHANGING = re.compile(r"now|rand|uuid|struuid|bnode", re.IGNORECASE)
_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")
_UPDATE = frozenset({"insert", "delete", "load", "clear", "create", "drop", "copy", "move", "add", "with"})
_FORMS = frozenset({"select", "construct", "describe", "ask"})


def tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and end of each token.

    Kinds are ``word``, ``open``, ``close``, ``string``, ``iri``, ``name`` (with a prefix), ``symbol`` and ``other``.
    """
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "words":  # as "a.SELECT" has a verb, a stop and a keyword
            yield from (("word", word[0], match.start() + word.end()) for word in _WORD.finditer(match[0]))
        elif kind != "skip":
            yield kind, match[0], match.end()


@lru_cache(maxsize=256)  # the protocol asks for the form first, then the door asks again
def check_query(text: str, max_length: int, max_depth: int, services: tuple[str, ...] = ()) -> str:
    """The form of the query (``select``, ``ask``, ``construct`` or ``describe``).

    Raises ``QueryRefused`` when it is longer than ``max_length`` characters, nests
    brackets deeper than ``max_depth``, is an update or calls a SERVICE other than
    ``services``.
    """
    if len(text) > max_length:
        raise QueryRefused(f"the query has {len(text):,} characters; at most {max_length:,} are accepted")
    form = _scan(text, max_depth, services)
    if services:
        check_calls(text, services)  # here nothing but this keeps a worker from other hosts
    plain = _CODEPOINT.sub(_character, text)  # SPARQL reads \u0053ERVICE as SERVICE
    return form if plain == text else _scan(plain, max_depth, services)


def check_calls(text: str, services: Collection[str]) -> None:
    """Raise ``QueryRefused`` for whatever a lenient parser could take for a SERVICE call, unless to ``services``."""
    for version in (text, _CODEPOINT.sub(_character, text)):
        if any(match[1] and match[1][1:-1] not in services for match in _CALL.finditer(version)):
            raise QueryRefused(_no_service(services))


@lru_cache(maxsize=256)
def changes(text: str, services: tuple[str, ...] = ()) -> bool:
    """Whether the same query over the same graph may be answered differently another time."""
    plain = _CODEPOINT.sub(_character, text)
    if services and "service" in plain.lower():
        return True
    if not _CHANGING.search(plain):
        return False
    seen = ""
    for kind, value, _ in tokens(plain):
        if kind == "open" and value == "(" and _CHANGING.search(seen):
            return True
        seen = value if kind == "word" else ""
    return False


def has_from(text: str) -> bool:
    """Whether the query names its dataset itself, with FROM or FROM NAMED."""
    plain = _CODEPOINT.sub(_character, text)
    if "from" not in plain.lower():
        return False
    depth = 0
    for kind, value, _ in tokens(plain):
        depth += (kind == "open") - (kind == "close")
        if depth == 0 and kind == "word" and value.lower() == "from":
            return True
    return False


def foreign_word(text: str) -> str:
    """What stands before the form of the query and is not SPARQL 1.1, such as the pragmas of some engines, or ''."""
    for kind, value, _ in tokens(_CODEPOINT.sub(_character, text)):
        if kind == "word" and value.lower() in _FORMS:
            return ""
        if kind not in ("word", "name", "iri") or (kind == "word" and value.lower() not in ("base", "prefix")):
            return value
    return ""


def needs_base(text: str) -> bool:
    """Whether the query has a relative IRI."""
    return any(kind == "iri" and not _SCHEME.match(value) for kind, value, _ in tokens(text))


def _character(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code <= 0x10FFFF else match[0]


def _scan(text: str, max_depth: int, services: Collection[str]) -> str:
    depth = 0
    form = ""
    calling = False
    for kind, value, _ in tokens(text):
        word = value.lower() if kind == "word" else ""
        if calling and word != "silent":
            if kind != "iri" or value[1:-1] not in services:
                raise QueryRefused(_no_service(services))
            calling = False
        if kind == "open":
            depth += 1
            if depth > max_depth:
                raise QueryRefused(f"brackets are nested deeper than {max_depth}; flatten the query")
        elif kind == "close":
            depth -= 1
        elif word == "service":
            calling = True
        elif "service" in word:  # "trueSERVICE" is two words to a lenient parser and to nobody else
            raise QueryRefused(f"{value}: is no word of SPARQL; set SERVICE apart")
        elif word in _FORMS and not form:
            form = word
        elif word in _UPDATE and not form:
            raise QueryRefused(f"{value.upper()} is an update; this address answers queries only")
    if calling:
        raise QueryRefused(_no_service(services))
    return form


def _no_service(services: Collection[str]) -> str:
    if not services:
        return "SERVICE calls to other endpoints are not open here; query this graph alone"
    return f"SERVICE may call only these endpoints, written as full IRIs: {', '.join(sorted(services))}"
