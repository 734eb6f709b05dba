"""A look at a query's tokens before it reaches the engine.

The engine's parser recurses on brackets and can end the process, and its
SERVICE and LOAD reach other hosts. Neither can be switched off, so both are
found here, with comments, strings, IRIs and case taken into account.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from wsic_graph.errors import QueryRefused

_TOKEN = re.compile(
    r"""
    (?P<skip>    \#[^\n\r]* | \s+ )
  | (?P<string>  '{3}(?:(?:'|'')?(?:[^'\\]|\\.))*'{3} | "{3}(?:(?:"|"")?(?:[^"\\]|\\.))*"{3}
               | '(?:[^'\\\n\r]|\\.)*' | "(?:[^"\\\n\r]|\\.)*" )
  | (?P<iri>     <[^<>"{}|^`\\\s]*> )
  | (?P<name>    (?:[^\W\d_][\w.-]*)?:[\w.:%\\~-]* | [?$]\w+ | @[A-Za-z-]+ | _:\w+ )
  | (?P<word>    [^\W\d_]\w* )
  | (?P<open>    [({\[] )
  | (?P<close>   [)}\]] )
  | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_UPDATE = frozenset({"insert", "delete", "load", "clear", "create", "drop", "copy", "move", "add", "with"})
_FORMS = frozenset({"select", "construct", "describe", "ask"})


def tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind (``word``, ``open``, ``close``, ``string``, ``iri``, ``name`` or ``other``), text and end of each token."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup and match.lastgroup != "skip":
            yield match.lastgroup, match[0], match.end()


def check_query(text: str, max_length: int, max_depth: int, services: Collection[str] = ()) -> str:
    """The form of the query (``select``, ``ask``, ``construct`` or ``describe``).

    Raises ``QueryRefused`` when it is longer than ``max_length`` characters, nests
    brackets deeper than ``max_depth``, is an update or calls a SERVICE other than
    ``services``.
    """
    if len(text) > max_length:
        raise QueryRefused(f"the query has {len(text):,} characters; at most {max_length:,} are accepted")
    form = _scan(text, max_depth, services)
    plain = _CODEPOINT.sub(_character, text)  # SPARQL reads \u0053ERVICE as SERVICE
    return form if plain == text else _scan(plain, max_depth, services)


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
