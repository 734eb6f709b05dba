"""What a built release is called and says about itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from wsic_graph.content import ROOT
from wsic_graph.errors import ContentError

DATASET = "dataset.nq"
MANIFEST = "manifest.json"
METADATA = "csv-metadata.json"
TABLES = "tables"
_ROOMS = ("release", "calculator", "prefill", "benefits_map")
"""The rooms of the program that a release is made by."""


@dataclass(frozen=True)
class Manifest:
    """What a release holds. ``version`` is a hash of the statements alone."""

    version: str
    triples: int
    graphs: dict[str, int]
    classes: dict[str, int]


def read_manifest(release: Path) -> Manifest:
    """The manifest of a built release. Raises ``ContentError`` if there is none."""
    try:
        found = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ContentError([]) from None
    return Manifest(**{name: found[name] for name in Manifest.__dataclass_fields__})


def is_current(release: Path, root: Path = ROOT) -> bool:
    """Whether ``release`` was built from exactly the files that ``root`` holds now."""
    try:
        found = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    return (release / DATASET).is_file() and (release / TABLES).is_dir() and found.get("content") == fingerprint(root)


def fingerprint(root: Path = ROOT) -> str:
    """A hash of all files that a release depends on, and of the program that builds it."""
    digest = hashlib.sha256()
    for folder in ("ontology", "graph_data", "queries/checks", "queries/calculator", "queries/benefits_map/making"):
        for path in sorted(p for p in (root / folder).rglob("*") if p.is_file()):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for room in _ROOMS:
        for path in sorted((Path(__file__).parents[1] / room).glob("*.py")):
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()
