"""The records of a release: which statements belong to which, straight from the sorted N-Quads.

A record is all statements whose subject is its IRI or starts with its IRI and
``#``. Its canonical form is its lines of the dataset in their order, so equal
records are equal bytes on any machine.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from wsic_graph.namespaces import BASE, GRAPH, ID, PREFIXES, SCHEME

_TOMBSTONE = re.compile(
    rb"<([^>#]+)> <%b> <([^>#]+)> <[^>]+> \.\n" % re.escape(f"{PREFIXES['dcterms']}isReplacedBy").encode()
)


def kind_of(record: str) -> str:
    """The kind of a record, which names its collection: ``initiative``, ``concept``, ``ontology`` …

    ``term`` is a term of another vocabulary on which the ontology has a note.
    """
    if record.startswith(ID):
        return record.removeprefix(ID).partition("/")[0]
    if record.startswith(SCHEME):
        return "concept"
    if record.startswith(GRAPH):
        return "graph"
    return record.removeprefix(BASE) if record in (f"{BASE}ontology", f"{BASE}shapes") else "term"


def graph_of(body: bytes) -> str:
    """The IRI of the named graph of a record in its canonical form."""
    return body[: body.index(b"\n")].rsplit(b" ", 2)[1][1:-1].decode()


def tombstone(record: str, replacement: str, graph: str) -> bytes:
    """What is left of a ``record`` that was renamed to or merged into ``replacement``: where it went, in its graph."""
    return f"<{record}> <{PREFIXES['dcterms']}isReplacedBy> <{replacement}> <{graph}> .\n".encode()


def moved_to(body: bytes) -> str:
    """The IRI in a tombstone; empty for any other body."""
    found = _TOMBSTONE.fullmatch(body)
    return found[2].decode() if found else ""


class Records:
    """The records of an N-Quads file, sorted as the build sorts it. A context manager.

    Only the places of the records are held in memory; the text stays in the file.
    """

    def __init__(self, dataset: Path) -> None:
        self._file = dataset.open("rb")
        self._places: dict[bytes, list[list[int]]] = {}
        before, start = b"", 0
        for line in self._file:
            end = start + len(line)
            record = line[: line.index(b" ")].strip(b"<>").partition(b"#")[0]
            if record == before:
                self._places[record][-1][1] = end
            else:  # a record can stand in several places: `…/a-b` sorts between `…/a#1` and `…/a`
                self._places.setdefault(record, []).append([start, end])
                before = record
            start = end
        self._text = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if start else b""

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Every record with its canonical form, in the order of the IRIs."""
        for record in sorted(self._places):
            yield record.decode(), b"".join(self._text[start:end] for start, end in self._places[record])

    def __enter__(self) -> Records:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(self._text, mmap.mmap):
            self._text.close()
        self._file.close()
