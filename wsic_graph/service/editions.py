"""The editions of the graph that this process serves: the release with what has been accepted so far.

An edition is everything that answers are made from, and never changes. When the ledger has a new
change, a new edition is made beside the one in use and takes its place in one step; a request
goes on with the edition that it began with, which ends when the last such request has ended.
Every process follows the ledger by itself, so all of them come to the same edition.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import State

from wsic_graph.answers import Row, rows
from wsic_graph.catalogue.history import History, Versions
from wsic_graph.catalogue.overlay import Overlay, differences, manifest_with, said_of
from wsic_graph.catalogue.publication import Published
from wsic_graph.choices import Choices
from wsic_graph.engine import Door
from wsic_graph.engine.door import Backend
from wsic_graph.engine.pool import Changed, Pool
from wsic_graph.engine.remote import Remote
from wsic_graph.errors import WsicError
from wsic_graph.forms.model import Schema
from wsic_graph.ledger.rdf import GRAPHS, kind_of
from wsic_graph.ledger.revisions import last_change, overlay, steps
from wsic_graph.ledger.store import Ledger
from wsic_graph.places.measures import Councils
from wsic_graph.places.reported import Results
from wsic_graph.places.similar import Likeness
from wsic_graph.places.statistics import Comparisons
from wsic_graph.records.nearest import Names
from wsic_graph.release.files import shorten
from wsic_graph.release.manifest import DATASET, Manifest, read_manifest
from wsic_graph.search.index import Index
from wsic_graph.search.making import ensure_index, program_of, replace
from wsic_graph.service.calculator_known import Known
from wsic_graph.settings import Settings
from wsic_graph.vocabulary.shapes import Shape, read_shapes

_log = logging.getLogger("wsic.editions")
_LOOK_SECONDS = 0.25
_AGAIN_SECONDS = 5
"""After an edition that could not be made, until it is tried again."""
_KEPT = 4
_KEPT_SECONDS = 60
"""Indexes of editions that stay in their folder: the last few, and young ones, which another process may need."""


@dataclass(eq=False)
class Edition:
    """One edition, after the change number ``change`` of the ledger. ``readers`` are requests that use it now."""

    change: int
    manifest: Manifest
    overlay: Overlay
    door: Door
    index: Index
    index_file: Path
    councils: Councils
    published: Published
    readers: int = 0

    @property
    def version(self) -> str:
        """The version id of the graph."""
        return self.manifest.version

    @cached_property
    def choices(self) -> Choices:
        """What parameters may be."""
        return Choices(self.door)

    @cached_property
    def known(self) -> Known:
        """What the calculator asks of the graph."""
        return Known(self.door)

    @cached_property
    def likeness(self) -> Likeness:
        """Which initiatives are alike."""
        return Likeness(self.door)

    @cached_property
    def results(self) -> Results:
        """What initiatives reported."""
        return Results(self.door)

    @cached_property
    def comparisons(self) -> Comparisons:
        """Statistics of areas beside those of England."""
        return Comparisons(self.door)

    @cached_property
    def names(self) -> Names:
        """What records are called, for those who mistyped one."""
        return Names.of(self.door)

    @cached_property
    def definitions(self) -> Mapping[object, Row]:
        """Labels and definitions of the concepts that pages explain."""
        return {row["concept"]: row for row in rows(self.door, "pages/definitions")}

    @property
    def edition(self) -> Edition:
        """The edition itself."""
        return self

    def said(self, record: str) -> bytes:
        """What the graph says of ``record``, as sorted N-Quads; empty bytes where nothing."""
        found = self.overlay.get(record)
        return said_of(self.published.release, [record])[record] if found is None else found

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What each concept and record is called, by IRI."""
        concepts = {str(row["thing"]): str(row["label"] or "") for row in rows(self.door, "service/choices")}
        return concepts | {str(row["record"]): str(row["title"] or "") for row in rows(self.door, "records/names")}

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The rules for each class, by its IRI."""
        return read_shapes(rows(self.door, "ontology/shapes"))

    @cached_property
    def schema(self) -> Schema:
        """What forms are made from."""
        return Schema.read(self.shapes, rows(self.door, "service/parts"), self.labels)

    @cached_property
    def field_names_short(self) -> Mapping[str, str]:
        """The same by the shortened property."""
        return {shorten(path): name for path, name in self.field_names.items()}

    @cached_property
    def field_names(self) -> Mapping[str, str]:
        """What each field is called, by the IRI of its property."""
        return {rule.path: rule.name for shape in self.shapes.values() for rule in shape.rules}


_OF_EDITION = frozenset(
    {
        "edition",
        "version",
        "manifest",
        "door",
        "index",
        "councils",
        "published",
        "choices",
        "known",
        "likeness",
        "results",
        "comparisons",
        "names",
        "definitions",
    }
)
_OF_RELEASE = ("definitions", "shapes", "field_names", "field_names_short")
"""What an edition has from the ontology and the schemes, which no contribution changes."""
_EDITION: ContextVar[Edition | None] = ContextVar("edition", default=None)


class SiteState(State):
    """The state of the application. What belongs to an edition is that of the edition of the request."""

    def __getattr__(self, key: Any) -> Any:
        """What is kept under ``key``."""
        if key in _OF_EDITION:
            editions: Editions = super().__getattr__("editions")
            return getattr(_EDITION.get() or editions.current, key)
        return super().__getattr__(key)


class OfEdition:
    """Something of the edition of the request, for templates, whose globals are the same for all requests."""

    def __init__(self, state: SiteState, name: str) -> None:
        self._find = partial(getattr, state, name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._find(), name)

    def __getitem__(self, key: object) -> Any:
        return self._find()[key]


class Editions:
    """Makes editions as the ledger goes on. Used from one event loop; ``source`` is the address of an engine.

    A remote engine holds the release alone: then there is one edition.
    """

    def __init__(self, release: Path, settings: Settings, source: str | Remote, ledger: Ledger) -> None:
        self.ledger = ledger
        self.release = release
        self.settings = settings
        self._source = source
        self._manifest = read_manifest(release)
        self._loop = asyncio.get_running_loop()
        self._publishing = ThreadPoolExecutor(1, "publish")
        self._history: History | None = None
        self._making = asyncio.Lock()
        self._old: list[Edition] = []
        self.current: Edition
        self._following: asyncio.Task[None] | None = None

    @property
    def accepts(self) -> bool:
        """Whether what is accepted is published: the engine must be ours."""
        return isinstance(self._source, str)

    @property
    def is_current(self) -> bool:
        """Whether the release in the folder is the one that is served; a build may have put another there."""
        return read_manifest(self.release).version == self._manifest.version

    @property
    def address(self) -> str:
        """The address of the engine, where it is ours."""
        assert isinstance(self._source, str)
        return self._source

    async def start(self) -> None:
        """Make the first edition, then follow the ledger."""
        self.current = await run_in_threadpool(self._make, None)
        if self.accepts:
            self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """End the editions."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following
        for edition in (*self._old, self.current):
            edition.door.close()
        await run_in_threadpool(self._publishing.shutdown)
        if self._history is not None:
            self._history.close()
        self.ledger.close()

    @contextmanager
    def used(self) -> Iterator[Edition]:
        """The edition in use, which stays until the block ends."""
        edition = self.current
        edition.readers += 1
        token = _EDITION.set(edition)
        try:
            yield edition
        finally:
            _EDITION.reset(token)
            edition.readers -= 1
            if edition is not self.current and not edition.readers:
                self._end(edition)

    async def reach(self, change: int) -> None:
        """Return when this process serves an edition with the change number ``change`` in it."""
        if self.accepts and self.current.change < change:
            async with self._making:
                if self.current.change < change:
                    self._put(await run_in_threadpool(self._make, self.current))
                    self._publishing.submit(_write_files, self.current.published)

    def wait(self, change: int) -> None:
        """The same, for any thread but that of the event loop."""
        asyncio.run_coroutine_threadsafe(self.reach(change), self._loop).result()

    async def _follow(self) -> None:
        pause = _LOOK_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = _AGAIN_SECONDS
            try:
                await self.reach(await run_in_threadpool(last_change, self.ledger))
                pause = _LOOK_SECONDS
            except WsicError as error:
                _log.error("the next edition cannot be made now: %s", error)
            except Exception:  # this task alone follows the ledger: it outlives any fault, which the log has whole
                _log.exception("the next edition cannot be made now")

    def _put(self, edition: Edition) -> None:
        before, self.current = self.current, edition
        if before.readers:
            self._old.append(before)
        else:
            self._end(before)

    def _end(self, edition: Edition) -> None:
        if edition in self._old:
            self._old.remove(edition)
        edition.door.close()

    # ----------------------------------------------------------- making

    def _make(self, before: Edition | None) -> Edition:
        """The edition of this moment; what did not change since ``before`` is taken from it."""
        if not self.is_current:  # what differs from it is not what differs from the one in the engine
            raise WsicError("the release was built anew; restart the site to serve it")
        change = last_change(self.ledger) if self.accepts else 0
        version = steps(self.ledger, self._manifest.version, change)[-1].version
        instead = overlay(self.ledger, change)
        remove, add = differences(self.release, instead) if change else (b"", b"")
        manifest = manifest_with(self._manifest, version, remove, add) if change else self._manifest
        source: Backend
        if isinstance(self._source, str):
            changed = Changed(version, remove, add) if change else None
            source = Pool(self._source, self.settings, changed)
        else:
            source = self._source
        door = Door(source, self.settings, self._loop)
        try:
            history = self._publishing.submit(self._entered)
            path = self._index(version, door, instead, before)
            if before is not None:
                history.result()
            published = Published(
                door,
                release=self.release,
                data_dir=self.settings.data_dir,
                public_url=self.settings.public_url,
                manifest=manifest,
                history=history,
                overlay=instead,
                dumps_kept=self.settings.dumps_kept,
            )
            councils = before.councils if before and before.councils.known else Councils(door)
            edition = Edition(change, manifest, instead, door, Index(path), path, councils, published)
            if before is not None:
                known = vars(before)
                vars(edition).update({name: known[name] for name in _OF_RELEASE if name in known})
            _ = edition.definitions  # most pages need them
        except BaseException:
            self._loop.call_soon_threadsafe(door.close)
            raise
        return edition

    def _index(self, version: str, door: Door, instead: Overlay, before: Edition | None) -> Path:
        if before is not None and before.index_file.is_file():
            first, known = before.index_file, before.overlay
        else:
            engine = {"engine": self._source} if isinstance(self._source, str) else {}
            first, known = ensure_index(self.release, self.settings.model_copy(update=engine)), {}
        if not instead:
            return first
        differ = {record for record in {*instead, *known} if known.get(record) != instead.get(record)}
        changed = sorted(record for record in differ if kind_of(record) in GRAPHS)
        folder = self.settings.data_dir / "editions"
        path = folder / f"{version}-{program_of(first)}.sqlite"
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            replace(first, path, partial(rows, door), changed)
            _forget(folder)
        return path

    def _entered(self) -> History:
        """The history of the records, with every edition up to this moment in it."""
        if self._history is None:
            self._history = History(self.settings.data_dir)
        self._history.follow(self._versions, self.release / DATASET)
        return self._history

    def _versions(self) -> Versions:
        upto = None if self.accepts else 0
        known = steps(self.ledger, self._manifest.version, upto, partial(said_of, self.release))
        return [(step.version, step.changes) for step in known]


def _write_files(published: Published) -> None:
    """Make the files of an edition before somebody asks for them, where that is soon done."""
    try:
        if published.files_are_quick:
            _ = published.files
    except OSError as error:
        _log.error("the files of version %s cannot be written now: %s", published.version, error)


def _forget(folder: Path) -> None:
    """Take away the indexes of editions that nobody reads any more."""
    with suppress(FileNotFoundError):  # another process does the same
        ages = sorted((time.time() - path.stat().st_mtime, path) for path in folder.glob("*.sqlite"))
        for age, path in ages[_KEPT:]:
            if age > _KEPT_SECONDS:
                path.unlink(missing_ok=True)
