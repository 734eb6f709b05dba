"""A whole copy of what an installation holds, taken while it is in use, and put back elsewhere.

Everything in the data folder is copied but what can be made again: dumps, indexes, and whatever is hidden. A database
is copied by SQLite itself, so each copy is the state of one moment. They are taken in an order in which nothing
points at what is not there: the history of the records before the ledger, which it follows; the ledger before the
rest, of which it may lack the newest.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from wsic_graph.catalogue.history import FILE as HISTORY
from wsic_graph.errors import ContentError, WsicError
from wsic_graph.ledger.revisions import last_change, steps
from wsic_graph.ledger.store import FILE as LEDGER
from wsic_graph.ledger.store import RESTORING, Ledger, audit_is_whole
from wsic_graph.release.manifest import DATASET, MANIFEST, TABLES, read_manifest

Progress = Callable[[str], None]
CONTENTS = "backup.json"
_FORMAT = 1
_RELEASE = "release"
_MADE_AGAIN = frozenset({_RELEASE, "dumps", "editions"})
_BESIDE = ("-wal", "-shm", "-journal")
_SQLITE = b"SQLite format 3\0"
_WAIT_SECONDS = 60


class BackupError(WsicError):
    """No backup was made, or nothing was restored; the words say why."""


@dataclass(frozen=True)
class Contents:
    """What a backup holds: by which program and when, the version of the graph, of the release and of the ledger's
    schema, the number of accepted changes, and each file with its size and SHA-256.
    """

    format: int
    program: str
    made: str
    graph: str
    release: str
    schema: int
    changes: int
    files: dict[str, tuple[int, str]]


def back_up(data_dir: Path, target: Path, progress: Progress = lambda _: None) -> Contents:
    """Write a backup of ``data_dir`` to the file ``target`` (a compressed tar), which must not be there yet.

    Raises ``BackupError``; then there is no file.
    """
    if not (data_dir / LEDGER).is_file():
        raise BackupError(f"{data_dir}: there is no ledger here, so nothing to back up. Is WSIC_DATA_DIR right?")
    if target.exists():
        raise BackupError(f"{target} is there already; give a name that is free.")
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
            work = Path(folder)
            names = list(_copied(data_dir, work))
            contents = _contents(work, names)
            (work / CONTENTS).write_text(json.dumps(asdict(contents), indent=1) + "\n", encoding="utf-8")
            progress(f"{len(names)} files copied")
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # it holds hashes of passwords
            with part.open("wb") as file:
                with tarfile.open(fileobj=file, mode="w:gz", compresslevel=5) as archive:
                    for name in (CONTENTS, *names):
                        archive.add(work / name, name)
                file.flush()
                os.fsync(file.fileno())
            part.rename(target)
    except (OSError, sqlite3.Error) as error:
        words = getattr(error, "strerror", None) or error
        raise BackupError(f"No backup was made: {words}. Nothing was changed.") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return contents


def _copied(data_dir: Path, work: Path) -> Iterator[str]:
    """Copy everything; the names of what was copied."""
    first = [name for name in (HISTORY, LEDGER) if (data_dir / name).is_file()]
    others = [path.relative_to(data_dir).as_posix() for path in _others(data_dir)]
    for name in [*first, *others]:
        if _copy(data_dir / name, work / name):
            yield name
    release = data_dir / _RELEASE
    if (release / MANIFEST).is_file():
        tables = [f"{TABLES}/{path.name}" for path in sorted((release / TABLES).iterdir())]
        for name in (DATASET, MANIFEST, *tables):
            (work / _RELEASE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release / name, work / _RELEASE / name)
            yield f"{_RELEASE}/{name}"


def _others(folder: Path) -> Iterator[Path]:
    """The files to copy beside those that come first, in order."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _MADE_AGAIN | {HISTORY, LEDGER} or path.name.endswith(_BESIDE):
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and not (path / DATASET).exists():  # another release, such as that of the tests
            yield from (item for item in _others(path) if not item.is_symlink())


def _copy(source: Path, target: Path) -> bool:
    """Copy one file; False where it has gone meanwhile."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with source.open("rb") as file:
            is_database = file.read(len(_SQLITE)) == _SQLITE
        if is_database:
            _copy_database(source, target)
        else:
            shutil.copyfile(source, target)
    except FileNotFoundError:
        return False
    target.chmod(0o600)
    return True


def _copy_database(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source, timeout=_WAIT_SECONDS)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")  # the copy is one file
        _check_database(new, source.name)


def _check_database(database: sqlite3.Connection, name: str) -> None:
    found = database.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise BackupError(f"{name} is damaged: {found}")


def _contents(work: Path, names: list[str]) -> Contents:
    release = read_manifest(work / _RELEASE).version if f"{_RELEASE}/{MANIFEST}" in names else ""
    files = {name: _described(work / name) for name in names}
    schema, changes, graph = _ledger_of(work, release)
    for name in (f"{LEDGER}{end}" for end in _BESIDE):
        (work / name).unlink(missing_ok=True)
    files[LEDGER] = _described(work / LEDGER)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Contents(_FORMAT, _program(), now, graph, release, schema, changes, files)


def _ledger_of(folder: Path, release: str) -> tuple[int, int, str]:
    """The schema of the ledger in ``folder``, the number of its changes, and the version of the graph."""
    ledger = Ledger(folder)
    try:
        if not audit_is_whole(ledger):
            raise BackupError("The audit log of the ledger was changed by something else than this program.")
        with ledger.reading() as db:
            schema = int(db.execute("PRAGMA user_version").fetchone()[0])
        changes = last_change(ledger)
        with ledger.reading() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute("PRAGMA journal_mode = DELETE")
        return schema, changes, steps(ledger, release, changes)[-1].version
    finally:
        ledger.close()


def _described(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _program() -> str:
    try:
        return version("wsic-graph")
    except PackageNotFoundError:
        return "a checkout"


def restore(source: Path, data_dir: Path, progress: Progress = lambda _: None) -> Contents:
    """Put the backup in the file ``source`` into ``data_dir``, which must be empty, once all of it is found in order.

    Raises ``BackupError``; then the folder is empty as before. Killed on the way, it leaves a folder that no program of
    ours uses and that can be emptied.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise BackupError(f"{data_dir} is not empty. A backup is put into an empty folder; name one in WSIC_DATA_DIR.")
    work = data_dir / RESTORING
    try:
        work.mkdir(parents=True)
        contents = _unpacked(source, work)
        progress(f"{len(contents.files)} files unpacked, each as it was when the backup was made")
        _, changes, graph = _ledger_of(work, contents.release)
        if changes != contents.changes:
            raise BackupError(f"The ledger in the backup has {changes:,} changes; {contents.changes:,} are listed.")
        if graph != contents.graph:
            progress(f"version {contents.graph} is called {graph} by this version of the program")
        for name in contents.files:
            with (work / name).open("rb") as file:
                os.fsync(file.fileno())
        for path in sorted(work.iterdir()):
            if path.name != CONTENTS:
                path.rename(data_dir / path.name)
        _sync(data_dir)
        shutil.rmtree(work)
        _sync(data_dir)
    except (OSError, EOFError, tarfile.TarError, sqlite3.Error, ContentError, WsicError) as error:
        for path in data_dir.iterdir() if data_dir.exists() else ():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if isinstance(error, BackupError):
            raise
        words = getattr(error, "strerror", None) or error
        raise BackupError(f"Nothing was restored: {words}") from None
    return contents


def _unpacked(source: Path, work: Path) -> Contents:
    """Unpack a backup and hold every file against the list of them."""
    with tarfile.open(source, mode="r:gz") as archive:
        archive.extractall(work, filter="data")
    try:
        found = json.loads((work / CONTENTS).read_text(encoding="utf-8"))
        if found["format"] != _FORMAT:
            raise BackupError(f"{source} was made by a newer version of this program; install that one.")
        contents = Contents(**found)
        listed = {name: tuple(item) for name, item in contents.files.items()}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        raise BackupError(f"{source} is no backup of this program.") from None
    there = {path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file()} - {CONTENTS}
    if there != set(listed):
        names = ", ".join(sorted(there ^ set(listed))[:5])
        raise BackupError(f"{source} is not whole: these files are missing or too many: {names}")
    for name, expected in listed.items():
        if _described(work / name) != expected:
            raise BackupError(f"{source} is not whole: {name} is not as it was when the backup was made.")
        (work / name).chmod(0o644 if name.startswith(f"{_RELEASE}/") else 0o600)
        with (work / name).open("rb") as file:
            is_database = file.read(len(_SQLITE)) == _SQLITE
        if is_database:
            with closing(sqlite3.connect(work / name)) as database:
                _check_database(database, name)
    return contents


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
