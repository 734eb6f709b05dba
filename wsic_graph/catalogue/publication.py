"""The published graph as its catalogue sees it: version, dates, files and statistics, each found once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pyoxigraph as ox

from wsic_graph.answers import Row, rows
from wsic_graph.catalogue.dumps import DumpFile, ensure_dumps, folder_of, read_index
from wsic_graph.catalogue.history import History, Publication
from wsic_graph.catalogue.overlay import Overlay
from wsic_graph.engine import Door
from wsic_graph.errors import EngineLost
from wsic_graph.queries import get_query
from wsic_graph.release.manifest import Manifest, read_manifest

_VOID = ("void-totals", "void-classes", "void-properties", "void-links")
Found = TypeVar("Found")


class Published:
    """One edition as it is published. Safe to use from many threads; what takes time is done when first asked for.

    It is the release in the folder ``release`` with the records of ``overlay`` as they are there; ``manifest``
    describes it. ``history`` is there once it is entered in it.
    """

    def __init__(
        self,
        door: Door,
        *,
        release: Path,
        data_dir: Path,
        public_url: str,
        manifest: Manifest,
        history: Future[History],
        overlay: Overlay | None = None,
        dumps_kept: int = 0,
    ) -> None:
        self.door = door
        self.release = release
        self.data_dir = data_dir
        self.url = public_url
        self.overlay = overlay or {}
        self._dumps_kept = dumps_kept
        self._base = read_manifest(release).version
        self._history = history
        self.manifest = manifest
        self._lock = threading.RLock()
        self._found: dict[str, Any] = {}

    @property
    def history(self) -> History:
        """The history of the records, once this edition is entered in it, which takes seconds for a new release."""
        return self._history.result()

    @property
    def version(self) -> str:
        """The version id of the edition."""
        return self.manifest.version

    @property
    def day(self) -> str | None:
        """The ISO date on which this version was published here; None while it is still being entered."""
        return self.publication.published[:10] if self._history.done() else None

    @cached_property
    def publication(self) -> Publication:
        """When this version was published here."""
        return next(item for item in reversed(self.history.publications()) if item.version == self.version)

    @property
    def files(self) -> list[DumpFile]:
        """The files of this version, made if need be: in eight seconds for a release, in one for an edition of it."""
        return self._once("files", self._written)

    @property
    def catalogue(self) -> Row:
        """Title, description, licence and publisher of the catalogue, from the graph."""
        return self._once("catalogue", lambda: rows(self.door, "catalogue/catalogue")[0])

    @property
    def datasets(self) -> list[Row]:
        """The data sets of the catalogue, from the graph."""
        return self._once("datasets", lambda: rows(self.door, "catalogue/datasets"))

    @property
    def statistics(self) -> list[ox.Quad]:
        """What VoID says of the graph, counted by the queries ``catalogue/void-*`` (under two seconds)."""
        return self._once("statistics", self._counted)

    @property
    def terms(self) -> list[Row]:
        """The used classes, properties and concepts, from the query ``catalogue/terms``."""
        return self._once("terms", lambda: rows(self.door, "catalogue/terms"))

    @property
    def files_are_quick(self) -> bool:
        """Whether the files of the release are there, from which those of an edition are made."""
        return bool(read_index(folder_of(self.data_dir, read_manifest(self.release).version)))

    def _written(self) -> list[DumpFile]:
        made = read_index(folder_of(self.data_dir, self.version))
        if not made and read_manifest(self.release).version != self._base:  # a build has put another there
            raise EngineLost("the release was built anew; restart the site for the files of the new version")
        return ensure_dumps(self.release, self.data_dir, self.version, self.overlay, self._dumps_kept)

    def _counted(self) -> list[ox.Quad]:
        with ThreadPoolExecutor(2) as pool:
            return [quad for quads in pool.map(self._constructed, _VOID) for quad in quads]

    def _constructed(self, name: str) -> list[ox.Quad]:
        answer = self.door.run(get_query(f"catalogue/{name}").text, {}, "nt")
        return sorted(ox.parse(answer, format=ox.RdfFormat.N_TRIPLES), key=str)

    def _once(self, name: str, find: Callable[[], Found]) -> Found:
        if name not in self._found:
            with self._lock:
                if name not in self._found:
                    self._found[name] = find()
        found: Found = self._found[name]
        return found
