"""The build: files and tables in, a checked release with a version id out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import pyoxigraph as ox

from wsic_graph.content import ROOT
from wsic_graph.errors import ContentError
from wsic_graph.namespaces import PREFIXES
from wsic_graph.release.files import Content, Statement, read_files
from wsic_graph.release.integrity import check_queries, check_structure
from wsic_graph.release.manifest import DATASET, MANIFEST, TABLES, Manifest, fingerprint
from wsic_graph.release.shacl import validate_content
from wsic_graph.release.tables import read_tables

_RDF_TYPE = PREFIXES["rdf"] + "type"

Progress = Callable[[str], None]
Derive = Callable[[Path], list[Statement]]
"""Makes statements from the checked dataset that stands in a folder, to be part of the release as well."""
_MADE = "made at the build"
_WORK = ".release-"
_HOUR = 3600


def read_content(root: Path = ROOT, observations: bool = True) -> Content:
    """Everything in ``root`` as statements, with or without the observations. Raises ``ContentError``."""
    content = read_files(root)
    read_tables(root, content, skip=() if observations else ("observations.csv",))
    return content


def checked(content: Content, root: Path = ROOT, progress: Progress = lambda _: None) -> bytes:
    """The canonical form of ``content``, once every rule holds. Raises ``ContentError`` with all that is wrong."""
    progress("checking references and terms, and every record against its SHACL shape")
    with ThreadPoolExecutor(1) as beside:
        shapes = beside.submit(validate_content, content, root)  # in processes of its own
        problems = check_structure(content, root) + check_queries(content, root)
        data = canonical(content)
        problems += shapes.result()
    if problems:
        raise ContentError(problems)
    return data


def canonical(content: Content) -> bytes:
    """The statements as sorted N-Quads: the same bytes for the same content on any machine.

    They go through a store, which writes numbers in one spelling (0.10 as 0.1): so files and queries agree.
    """
    store = ox.Store()
    store.bulk_extend(statement.quad for statement in content.statements)
    lines = sorted(f"{quad} .\n" for quad in store)
    return "".join(lines).encode()


def build(
    target: Path, root: Path = ROOT, progress: Progress = lambda _: None, derive: Derive | None = None
) -> Manifest:
    """Read, check and write a release to ``target``, replacing an older one in one step.

    What ``derive`` makes of the checked files and tables is checked in its turn and becomes part of the release.

    Raises ``ContentError`` and leaves ``target`` as it was when anything is wrong.
    """
    started = time.perf_counter()
    progress("reading files and tables")
    content = read_content(root)
    progress(f"{len(content.statements):,} statements from {len({f for f, _ in content.origin.values()})} files")
    data = checked(content, root, progress)
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear(target)
    work = Path(tempfile.mkdtemp(prefix=_WORK, dir=target.parent))
    try:
        (work / DATASET).write_bytes(data)
        if derive:
            progress("making what follows from these")
            data = extended(content, derive(work), root)
            (work / DATASET).write_bytes(data)
        manifest = describe(content, data)
        shutil.copytree(root / "graph_data" / TABLES, work / TABLES)
        text = json.dumps(asdict(manifest) | {"content": fingerprint(root)}, indent=2, sort_keys=True)
        (work / MANIFEST).write_text(text + "\n", encoding="utf-8")
        work.chmod(0o755)
        _replace(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    progress(f"version {manifest.version}, {manifest.triples:,} triples, {time.perf_counter() - started:.1f} s")
    return manifest


def extended(content: Content, made: list[Statement], root: Path = ROOT) -> bytes:
    """The canonical form of checked ``content`` with the statements ``made`` from it. Raises ``ContentError``."""
    content.add(made, _MADE)
    alone = Content(made + content.graph("shapes"), {statement.subject: (_MADE, 0) for statement in made})
    mine = {subject for subject in alone.origin if content.origin[subject][0] == _MADE}
    problems = check_structure(content, root, only=mine) + check_queries(content, root, only=mine)
    problems += validate_content(alone, root, workers=1)
    if problems:
        raise ContentError(problems)
    return canonical(content)


def describe(content: Content, data: bytes) -> Manifest:
    """The manifest of ``content``, whose canonical form is ``data``."""
    statements = set(content.statements)
    graphs = Counter(statement.graph for statement in statements)
    classes = Counter(
        statement.object.value
        for statement in statements
        if statement.predicate == _RDF_TYPE and isinstance(statement.object, ox.NamedNode)
    )
    version = hashlib.sha256(data).hexdigest()[:16]
    return Manifest(version, len(statements), dict(sorted(graphs.items())), dict(sorted(classes.items())))


def _clear(target: Path) -> None:
    """Take away what builds left that were killed: folders of their work, an hour old or more."""
    for pattern in (f"{_WORK}*", f".{target.name}-old-*"):
        for path in target.parent.glob(pattern):
            with suppress(FileNotFoundError):  # another build takes it away as well
                if time.time() - path.stat().st_mtime > _HOUR:
                    shutil.rmtree(path, ignore_errors=True)


def _replace(work: Path, target: Path) -> None:
    old = target.with_name(f".{target.name}-old-{os.getpid()}")
    if target.exists():
        target.rename(old)
    work.rename(target)
    shutil.rmtree(old, ignore_errors=True)
