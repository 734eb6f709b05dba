"""Which links lead out of the published graph, read from its sorted N-Quads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from wsic_graph.catalogue.dumps import lines_of
from wsic_graph.catalogue.overlay import Overlay
from wsic_graph.namespaces import ID, PREFIXES

PAGES = frozenset(PREFIXES[prefix] + name for prefix, name in (("schema", "url"), ("wsic", "seenAt")))
"""The properties whose values are web pages that people are sent to."""
DOI = PREFIXES["bibo"] + "doi"
_RECORD = f"<{ID}".encode()
_LINK = re.compile(rb'<([^>]+)> <([^>]+)> (?:<(https?://[^>]+)>|"([^"\\]+)") ')


def doi_address(doi: str) -> str:
    """The address of the resolver for a DOI."""
    return f"https://doi.org/{doi}"


def links_of(lines: Iterable[bytes]) -> list[str]:
    """The links of the records in lines of N-Quads, each once, in their order."""
    found: dict[str, None] = {}
    for line in lines:
        if line.startswith(_RECORD) and (match := _LINK.match(line)):
            field, address, text = match[2].decode(), match[3], match[4]
            if field in PAGES and address:
                found[address.decode()] = None
            elif field == DOI and text:
                found[doi_address(text.decode())] = None
    return list(found)


def published_links(release: Path, overlay: Overlay) -> list[str]:
    """The links of the built ``release`` with the records of ``overlay`` as they are there."""
    return links_of(lines_of(release, overlay))
