"""Sorted lines in a gzip file made of blocks, so that some can be replaced without packing the others again.

A block is a piece of the one deflate stream that leans on nothing before it (RFC 1951 with a full flush), so the file
is an ordinary gzip file of a single member, which every program reads. Where each block begins, and with which line,
stands in a file beside it.
"""

from __future__ import annotations

import json
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from pathlib import Path
from types import TracebackType

LINES = 4_000
"""Lines of a block: some 900 KB before they are packed."""
_LEVEL = 6
_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""Head of a gzip file without a name or a time (RFC 1952, 2.3)."""
_TAIL = struct.Struct("<II")
_RAW = -15


@dataclass(frozen=True)
class _Block:
    """The byte at which a block begins and that at which it ends, and its first line."""

    start: int
    end: int
    first: bytes


class _Packed:
    """A gzip file that is being written block by block."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._file.write(_HEAD)
        self._sum, self._size = zlib.crc32(b""), 0

    def add(self, text: bytes, packed: bytes = b"") -> tuple[int, int]:
        """Add a block, which may be ``packed`` already; the bytes at which it begins and ends."""
        if not packed:
            packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
            packed = packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)
        self._sum, self._size = zlib.crc32(text, self._sum), self._size + len(text)
        start = self._file.tell()
        self._file.write(packed)
        return start, start + len(packed)

    def __enter__(self) -> _Packed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.write(zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW).flush())
        self._file.write(_TAIL.pack(self._sum, self._size & 0xFFFFFFFF))
        self._file.close()


def write_blocks(lines: Iterable[bytes], target: Path) -> None:
    """Write sorted ``lines`` to ``target``; the same bytes for the same lines on any machine."""
    blocks: list[tuple[int, int, str]] = []
    rest = iter(lines)
    with _Packed(target) as file:
        while some := list(islice(rest, LINES)):
            blocks.append((*file.add(b"".join(some)), some[0].decode()))
    _index_of(target).write_text(json.dumps(blocks), encoding="utf-8")


def has_blocks(path: Path) -> bool:
    """Whether :func:`write_blocks` wrote the file at ``path``."""
    return _index_of(path).is_file()


def replace_lines(source: Path, target: Path, records: Iterable[str], lines: Iterable[bytes]) -> None:
    """Write to ``target`` the lines of ``source`` with those about ``records`` taken out and ``lines`` put in."""
    found = json.loads(_index_of(source).read_text(encoding="utf-8"))
    blocks = [_Block(start, end, first.encode()) for start, end, first in found]
    firsts = [block.first for block in blocks]
    gone = set(records)
    added: dict[int, list[bytes]] = {}
    for line in sorted(lines):
        added.setdefault(max(bisect_right(firsts, line) - 1, 0), []).append(line)
    touched = set(added)
    for record in gone:
        for start in (f"<{record}#".encode(), f"<{record}>".encode()):
            touched.update(range(max(bisect_right(firsts, start) - 1, 0), bisect_right(firsts, start + b"\xff")))
    with source.open("rb") as old, _Packed(target) as new:
        for number, block in enumerate(blocks):
            old.seek(block.start)
            packed = old.read(block.end - block.start)
            text = zlib.decompressobj(_RAW).decompress(packed)
            if number in touched:
                kept = lines_without(text.splitlines(True), gone)
                text, packed = b"".join(merge(kept, added.get(number, ()))), b""
            new.add(text, packed)


def lines_without(lines: Iterable[bytes], records: set[str]) -> Iterator[bytes]:
    """The lines of ``lines`` that say nothing of ``records``."""
    return (line for line in lines if line[1 : line.index(b">")].partition(b"#")[0].decode() not in records)


def _index_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.blocks.json")
