r"""A query as a value in the languages of the snippets, so that what is copied is what was asked.

Each function gives the text of a literal that its language reads back as the
query. Control characters, which a shell cannot carry, become SPARQL's own
``\uXXXX``, which every engine reads as the character.
"""

from __future__ import annotations

import re
import shlex

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain(text: str) -> str:
    """``text`` with LF as its only line end and no other control characters but tabs."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04X}", lines)


def shell_literal(text: str) -> str:
    """``query=`` and the text as one word of a POSIX shell."""
    return shlex.quote(f"query={plain(text)}")


def python_literal(text: str) -> str:
    """The text as a Python string over several lines."""
    quoted = plain(text).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""\n{quoted}\n"""'


def r_literal(text: str) -> str:
    """The text as a raw string of R (4.0 or later), with as many dashes as it takes."""
    lines = plain(text)
    dashes = ""
    while f'){dashes}"' in lines:
        dashes += "-"
    return f'r"{dashes}(\n{lines}\n){dashes}"'
