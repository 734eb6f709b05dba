"""A release with some of its records replaced: which statements differ, and the whole of it in order.

An overlay maps the IRI of a record to its statements as sorted N-Quads, or to nothing where
the record is gone. The dataset of a release is sorted, so a record is found without reading the rest.
"""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from wsic_graph.catalogue.records import graph_of
from wsic_graph.namespaces import GRAPH, PREFIXES
from wsic_graph.release.manifest import DATASET, Manifest

Overlay = Mapping[str, bytes]
_TYPE = f"<{PREFIXES['rdf']}type>".encode()


def said_of(release: Path, records: Iterator[str] | list[str]) -> dict[str, bytes]:
    """What the release in the folder ``release`` says of each of ``records``; empty bytes where nothing."""
    found: dict[str, bytes] = {}
    with (release / DATASET).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        for record in records:
            iri = record.encode()
            found[record] = b"".join(sorted([*_lines(text, b"<" + iri + b"#"), *_lines(text, b"<" + iri + b">")]))
    return found


def _lines(text: mmap.mmap, start: bytes) -> Iterator[bytes]:
    """The lines of a sorted text that begin with ``start``."""
    low, high = 0, len(text)
    while low < high:  # low is the start of a line; what begins before it is smaller
        middle = text.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = text.find(b"\n", middle) + 1
        if text[middle : middle + len(start)] < start:
            low = end
        else:
            high = middle
    while text[low : low + len(start)] == start:
        end = text.find(b"\n", low) + 1
        yield text[low:end]
        low = end


def differences(release: Path, overlay: Overlay) -> tuple[bytes, bytes]:
    """The statements that ``overlay`` takes from the release, and those that it adds, as N-Quads."""
    remove: list[bytes] = []
    add: list[bytes] = []
    for record, before in said_of(release, list(overlay)).items():
        old, new = set(before.splitlines(True)), set(overlay[record].splitlines(True))
        remove += sorted(old - new)
        add += sorted(new - old)
    return b"".join(remove), b"".join(add)


def manifest_with(manifest: Manifest, version: str, remove: bytes, add: bytes) -> Manifest:
    """What ``manifest`` says once the statements ``remove`` are gone and those of ``add`` are there."""
    graphs, classes = Counter(manifest.graphs), Counter(manifest.classes)
    triples = manifest.triples
    for body, sign in ((remove, -1), (add, 1)):
        for line in body.splitlines(True):
            triples += sign
            graphs[graph_of(line).removeprefix(GRAPH)] += sign
            _, predicate, value = line.split(b" ", 2)
            if predicate == _TYPE:
                classes[value.split(b" ", 1)[0].strip(b"<>").decode()] += sign
    return Manifest(version, triples, dict(sorted((+graphs).items())), dict(sorted((+classes).items())))
