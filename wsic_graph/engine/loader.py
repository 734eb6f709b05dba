"""The loader's process as its owner sees it."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from wsic_graph.engine import process
from wsic_graph.errors import WsicError
from wsic_graph.namespaces import BASE
from wsic_graph.release.manifest import DATASET


class Engine:
    """The process that holds one release. Doors connect to its ``address``, from this process or others.

    It starts loading at once; :meth:`triples` waits until it is ready. It ends
    with :meth:`close`, or when the process that made it ends, however it ends.
    """

    def __init__(self, release: Path, memory_mb: int) -> None:
        self.release = release
        self._folder = tempfile.TemporaryDirectory(prefix="wsic-")
        self.address = str(Path(self._folder.name) / "engine")
        self._lifeline, theirs = socket.socketpair()
        with socket.socket(socket.AF_UNIX) as listener, theirs:
            listener.bind(self.address)
            listener.listen()
            numbers = [listener.fileno(), theirs.fileno()]
            arguments = [*map(str, numbers), str(release / DATASET), str(memory_mb), BASE]
            self._process = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-I", process.__file__, *arguments], pass_fds=numbers, stdin=subprocess.DEVNULL
            )
        self._triples: int | None = None

    @property
    def triples(self) -> int:
        """Number of triples, once they are loaded. Raises ``WsicError`` when they cannot be."""
        if self._triples is None:
            found = self._lifeline.recv(8)
            if len(found) < 8:
                self.close()
                raise WsicError(f"the release in {self.release} cannot be loaded; build it again with `wsic build`")
            (self._triples,) = struct.unpack("!Q", found)
        return self._triples

    @property
    def pid(self) -> int:
        """Process number of the loader."""
        return self._process.pid

    def close(self) -> None:
        """End the loader and all its workers."""
        self._lifeline.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def __enter__(self) -> Engine:
        """The engine itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the engine."""
        self.close()
