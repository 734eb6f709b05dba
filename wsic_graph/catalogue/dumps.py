"""The files of a release for whoever wants all of it: made once for each version and kept under its id."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from wsic_graph.catalogue.overlay import Overlay, lines_with
from wsic_graph.formats import GRAPHS
from wsic_graph.namespaces import GRAPH, PREFIXES
from wsic_graph.release.manifest import DATASET, METADATA, TABLES

WHOLE = "wsic.nq.gz"
INDEX = "files.json"
_CONVERTED = ("ttl", "jsonld")
_LABELS = {item.media_type: item.label for item in GRAPHS.values()}


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


def ensure_dumps(release: Path, data_dir: Path, version: str, overlay: Overlay | None = None) -> list[DumpFile]:
    """The files of ``version``, made from ``release`` and the records of ``overlay`` if they are not there yet.

    They appear in one step. When two processes make them at once, both make the same
    and the first one's stay.
    """
    folder = folder_of(data_dir, version)
    if not (folder / INDEX).is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".dumps-", dir=folder.parent))
        try:
            _write(release, work, overlay or {})
            work.chmod(0o755)
            os.rename(work, folder)  # noqa: PTH104  Path.rename is the same; OSError here means that it is there already
        except OSError:
            if not (folder / INDEX).is_file():
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return read_index(folder)


def _write(release: Path, folder: Path, overlay: Overlay) -> None:
    whole = _compress(lines_with(release / DATASET, overlay), folder / WHOLE)
    files = [_described(whole, folder, GRAPHS["nq"].media_type)]
    for name, path in _split(lines_with(release / DATASET, overlay), folder).items():
        files.append(_described(path, folder, GRAPHS["nt"].media_type, name))
        for suffix in _CONVERTED:
            other = folder / f"{name}.{suffix}.gz"
            with _gzip(path, "rb") as source, _gzip(other) as target:
                triples = (quad.triple for quad in ox.parse(source, format=ox.RdfFormat.N_TRIPLES, lenient=True))
                ox.serialize(triples, output=target, format=GRAPHS[suffix].rdf, prefixes=PREFIXES)
            files.append(_described(other, folder, GRAPHS[suffix].media_type, name))
    files += _copy_tables(release / TABLES, folder)
    files.sort(key=lambda file: file.path)
    text = json.dumps([asdict(file) for file in files], indent=1)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")


def _compress(lines: Iterator[bytes], target: Path) -> Path:
    with _gzip(target) as packed:
        for some in batched(lines):
            packed.write(b"".join(some))
    return target


def batched(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    """``lines`` a thousand at a time."""
    while some := list(islice(lines, 1000)):
        yield some


def _split(dataset: Iterator[bytes], folder: Path) -> dict[str, Path]:
    """Each named graph of the lines ``dataset`` as sorted, compressed N-Triples, by its short name."""
    waiting: dict[bytes, list[bytes]] = {}
    paths: dict[str, Path] = {}
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
        for graph, lines in waiting.items():
            outs[graph].write(b"".join(lines))
    return dict(sorted(paths.items()))


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
