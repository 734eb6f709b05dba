"""A look at a query's tokens before it reaches the engine.

The engine's parser recurses on brackets and can end the process, and its
SERVICE and LOAD reach other hosts. Neither can be switched off, so both are
found here, with comments, strings, IRIs and case taken into account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def check_query(text: str, max_length: int, max_depth: int) -> str:
    """The form of the query (``select``, ``ask``, ``construct`` or ``describe``).

    Raises ``QueryRefused`` when it is longer than ``max_length`` characters, nests
    brackets deeper than ``max_depth``, calls a SERVICE or is an update.
    """
    if len(text) > max_length:
        raise QueryRefused(f"the query has {len(text):,} characters; at most {max_length:,} are accepted")
    form = _scan(text, max_depth)
    plain = _CODEPOINT.sub(_character, text)  # SPARQL reads \u0053ERVICE as SERVICE
    return form if plain == text else _scan(plain, max_depth)


def _character(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code <= 0x10FFFF else match[0]


def _scan(text: str, max_depth: int) -> str:
    depth = 0
    form = ""
    for kind, value, _ in tokens(text):
        if kind == "open":
            depth += 1
            if depth > max_depth:
                raise QueryRefused(f"brackets are nested deeper than {max_depth}; flatten the query")
        elif kind == "close":
            depth -= 1
        elif kind == "word":
            word = value.lower()
            if word == "service":
                raise QueryRefused("SERVICE calls to other endpoints are not open here; query this graph alone")
            if not form and word in _FORMS:
                form = word
            elif not form and word in _UPDATE:
                raise QueryRefused(f"{word.upper()} is an update; this address answers queries only")
    return form
