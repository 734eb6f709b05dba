"""The files of a release for whoever wants all of it: made once for each version and kept under its id.

Those of an edition are made from those of its release: only what differs is written again, the rest is linked, so
they are there as quickly as its pages.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from fcntl import LOCK_EX, flock
from heapq import merge
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from wsic_graph.catalogue.blocks import has_blocks, lines_without, replace_lines, write_blocks
from wsic_graph.catalogue.overlay import Overlay, said_of
from wsic_graph.catalogue.records import graph_of
from wsic_graph.formats import GRAPHS
from wsic_graph.namespaces import GRAPH, PREFIXES
from wsic_graph.release.manifest import DATASET, METADATA, TABLES, read_manifest

WHOLE = "wsic.nq.gz"
INDEX = "files.json"
_CONVERTED = ("ttl", "jsonld")
_LABELS = {item.media_type: item.label for item in GRAPHS.values()}
_WORK = ".dumps-"
_LOCK = ".lock"
_HOUR = 3600


@dataclass(frozen=True)
class DumpFile:
    """One file of a version: ``path`` below its folder, ``media_type`` of what is in it, and ``graph``, the short
    name of its named graph (empty for the whole). ``title`` is set for tables.
    """

    path: str
    media_type: str
    compressed: bool
    size: int
    sha256: str
    graph: str = ""
    title: str = ""

    @property
    def label(self) -> str:
        """What to call the file beside others of the same graph."""
        return self.title or _LABELS[self.media_type]

    @property
    def content_type(self) -> str:
        """The media type of the file as it is transferred."""
        if self.compressed:
            return "application/gzip"
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


def folder_of(data_dir: Path, version: str) -> Path:
    """Where the files of ``version`` are kept, if they are."""
    return data_dir / "dumps" / version


def read_index(folder: Path) -> list[DumpFile]:
    """The files in ``folder``, in the order of their paths; empty if there are none."""
    try:
        found = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [DumpFile(**item) for item in found]


def ensure_dumps(
    release: Path, data_dir: Path, version: str, overlay: Overlay | None = None, kept: int = 0
) -> list[DumpFile]:
    """The files of ``version``, made from ``release`` and the records of ``overlay`` if they are not there yet.

    They appear in one step. Of two processes that want the same at once, one makes them and the other waits. With
    ``kept``, the files of so many versions beside the release stay, the newest.
    """
    folder = folder_of(data_dir, version)
    if not (folder / INDEX).is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        base = folder_of(data_dir, read_manifest(release).version)
        if overlay:
            ensure_dumps(release, data_dir, base.name)
        with _turn(folder):
            if not (folder / INDEX).is_file():
                _make(folder, base, release, overlay or {})
        if kept:
            _forget(folder.parent, {base.name, version}, kept)
    return read_index(folder)


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """One process at a time; that of one that is killed ends with it."""
    with (folder.parent / _LOCK).open("wb") as file:
        flock(file, LOCK_EX)
        yield


def _make(folder: Path, base: Path, release: Path, overlay: Overlay) -> None:
    work = Path(tempfile.mkdtemp(prefix=_WORK, dir=folder.parent))
    try:
        if overlay and has_blocks(base / WHOLE):
            _revise(release, base, work, overlay)
        else:
            _write(lines_of(release, overlay), release, work)
        work.chmod(0o755)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _forget(folder: Path, needed: set[str], kept: int) -> None:
    """Take away the files of all versions but the newest ``kept`` and those ``needed``, and what a crash left."""
    with suppress(FileNotFoundError):  # another process does the same
        ages = sorted((time.time() - path.stat().st_mtime, path) for path in folder.iterdir() if path.is_dir())
        others = [path for _, path in ages if not path.name.startswith(_WORK) and path.name not in needed]
        left = [path for age, path in ages if path.name.startswith(_WORK) and age > _HOUR]
        for path in (*others[max(kept - 1, 0) :], *left):
            shutil.rmtree(path, ignore_errors=True)


def lines_of(release: Path, overlay: Overlay) -> Iterator[bytes]:
    """The lines of the release with those of ``overlay`` instead of the records' own, in order."""
    with (release / DATASET).open("rb") as file:
        added = sorted(line for body in overlay.values() for line in body.splitlines(True))
        yield from merge(lines_without(file, set(overlay)), added) if overlay else file


def _write(lines: Iterator[bytes], release: Path, folder: Path) -> None:
    """Every file, from the sorted ``lines`` of the whole."""
    paths: dict[str, Path] = {}
    write_blocks(_split(lines, folder, paths), folder / WHOLE)
    files = [_described(folder / WHOLE, folder, GRAPHS["nq"].media_type)]
    for name, path in sorted(paths.items()):
        files += _formats(name, path)
    _list(folder, [*files, *_copy_tables(release / TABLES, folder)])


def _revise(release: Path, base: Path, folder: Path, overlay: Overlay) -> None:
    """The files of an edition: those of its release in ``base``, with the graphs that ``overlay`` changes made anew."""
    before = said_of(release, list(overlay))
    changed = {graph_of(body).removeprefix(GRAPH): None for said in (before, overlay) for body in said.values() if body}
    replace_lines(base / WHOLE, folder / WHOLE, overlay, b"".join(overlay.values()).splitlines(True))
    files = [_described(folder / WHOLE, folder, GRAPHS["nq"].media_type)]
    for name in sorted(changed):
        quads = [line for body in overlay.values() for line in body.splitlines(True)]
        graph = f"<{GRAPH}{name}>".encode()
        added = sorted(triple + b" .\n" for triple, of, _ in (line.rsplit(b" ", 2) for line in quads) if of == graph)
        text = b"".join(merge(lines_without(_unpacked(base / f"{name}.nt.gz"), set(overlay)), added))
        if text:
            path = folder / f"{name}.nt.gz"
            with _gzip(path) as file:
                file.write(text)
            files += _formats(name, path)
    for item in read_index(base):
        if item.path != WHOLE and (item.graph not in changed or not item.compressed):
            _link(base / item.path, folder / item.path)
            files.append(item)
    _list(folder, files)


def _unpacked(path: Path) -> list[bytes]:
    """The lines of a compressed file; none where there is no such file."""
    if not path.is_file():
        return []
    with _gzip(path, "rb") as file:
        return file.read().splitlines(True)


def _link(source: Path, target: Path) -> None:
    """The same file at another place, copied where the disk cannot link."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _list(folder: Path, files: Iterable[DumpFile]) -> None:
    text = json.dumps([asdict(file) for file in sorted(files, key=lambda file: file.path)], indent=1)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")


def _formats(name: str, path: Path) -> Iterator[DumpFile]:
    """The graph ``name``, which stands in ``path`` as N-Triples, in every format."""
    yield _described(path, path.parent, GRAPHS["nt"].media_type, name)
    for suffix in _CONVERTED:
        other = path.parent / f"{name}.{suffix}.gz"
        with _gzip(path, "rb") as source, _gzip(other) as target:
            triples = (quad.triple for quad in ox.parse(source, format=ox.RdfFormat.N_TRIPLES, lenient=True))
            ox.serialize(triples, output=target, format=GRAPHS[suffix].rdf, prefixes=PREFIXES)
        yield _described(other, path.parent, GRAPHS[suffix].media_type, name)


def _split(dataset: Iterator[bytes], folder: Path, paths: dict[str, Path]) -> Iterator[bytes]:
    """The lines ``dataset`` as they are; each named graph becomes a file, which ``paths`` has by its short name.

    It is sorted, compressed N-Triples, and complete once the last line was taken.
    """
    waiting: dict[bytes, list[bytes]] = {}
    with ExitStack() as stack:
        outs: dict[bytes, IO[bytes]] = {}
        for line in dataset:
            triple, graph, _ = line.rsplit(b" ", 2)
            if graph not in outs:
                name = graph[1:-1].decode().removeprefix(GRAPH)
                paths[name] = folder / f"{name}.nt.gz"
                outs[graph] = stack.enter_context(_gzip(paths[name]))
            lines = waiting.setdefault(graph, [])
            lines.append(triple + b" .\n")
            if len(lines) == 1000:
                outs[graph].write(b"".join(lines))
                lines.clear()
            yield line
        for graph, lines in waiting.items():
            outs[graph].write(b"".join(lines))


def _copy_tables(source: Path, folder: Path) -> Iterator[DumpFile]:
    """The tables and their CSVW metadata side by side, so that the relative addresses in the metadata hold."""
    if not source.is_dir():
        return
    shutil.copytree(source, folder / TABLES)
    metadata = json.loads((source / METADATA).read_text(encoding="utf-8"))
    for table in metadata["tables"]:
        path = folder / TABLES / table["url"]
        yield _described(path, folder, "text/csv", table["wsic:graph"], table["dc:title"])
    yield _described(
        folder / TABLES / METADATA, folder, "application/csvm+json", title="How the tables become RDF (CSVW)"
    )


def _gzip(path: Path, mode: str = "wb") -> IO[bytes]:
    """A compressed file; what is written is the same on any machine at any time."""
    return cast(IO[bytes], gzip.GzipFile(path, mode, compresslevel=6, mtime=0))


def _described(path: Path, folder: Path, media_type: str, graph: str = "", title: str = "") -> DumpFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    name = path.relative_to(folder).as_posix()
    return DumpFile(name, media_type, path.suffix == ".gz", path.stat().st_size, digest, graph, title)
