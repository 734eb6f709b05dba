"""The loader's process as its owner sees it."""

from __future__ import annotations

import logging
import socket
import struct
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType

from wsic_graph.engine import process
from wsic_graph.errors import WsicError
from wsic_graph.namespaces import BASE
from wsic_graph.program import run_apart
from wsic_graph.release.manifest import DATASET
from wsic_graph.settings import Settings

_log = logging.getLogger("wsic.engine")


class Engine:
    """The process that holds one release. Doors connect to its ``address``, from this process or others.

    It starts loading at once; :attr:`triples` waits until it is ready. Should it
    be killed, it is started again at the same address, and who asks meanwhile
    waits. It then loads the same release, even if a build has put another in its
    place. It ends with :meth:`close`, or when the process that made it ends,
    however it ends. Raises ``WsicError`` where there is no release.
    """

    def __init__(self, release: Path, settings: Settings) -> None:
        self.release = release
        self._settings = settings
        try:
            self._dataset = (release / DATASET).open("rb")  # a file that is open stays, whatever takes its name
        except OSError as error:
            words = f"the release in {release} cannot be loaded ({error.strerror}); build it again with `wsic build`"
            raise WsicError(words) from None
        self._folder = tempfile.TemporaryDirectory(prefix="wsic-")
        self.address = str(Path(self._folder.name) / "engine")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.address)
        self._listener.listen()
        self._one_at_a_time = threading.Lock()
        self._closed = False
        self._triples: int | None = None
        self._start()

    def _start(self) -> None:
        self._lifeline, theirs = socket.socketpair()
        with theirs:
            own = [self._listener.fileno(), theirs.fileno(), self._dataset.fileno()]
            settings = self._settings
            limits = [str(settings.query_memory_mb), str(int(bool(settings.service_endpoints)))]
            self._process = run_apart(["-I", process.__file__, *map(str, own), BASE, *limits], own)

    @property
    def triples(self) -> int:
        """Number of triples, once they are loaded. Raises ``WsicError`` when they cannot be."""
        if self._triples is None:
            self._triples = self._loaded()
            if self._triples is None:
                self.close()
                raise WsicError(f"the release in {self.release} cannot be loaded; build it again with `wsic build`")
            threading.Thread(target=self._keep, name="engine", daemon=True).start()
        return self._triples

    def _loaded(self) -> int | None:
        found = self._lifeline.recv(8)
        return struct.unpack("!Q", found)[0] if len(found) == 8 else None

    def _keep(self) -> None:
        """Start the loader again whenever it was killed; a release that will not load twice is given up."""
        while True:
            status = self._process.wait()
            with self._one_at_a_time:
                if self._closed:
                    return
                _log.error("the process that holds the graph ended with status %s; it is started again", status)
                self._lifeline.close()
                self._start()
            if self._loaded() is None:
                _log.critical("the graph cannot be loaded again; restart the service")
                return

    @property
    def pid(self) -> int:
        """Process number of the loader."""
        return self._process.pid

    def close(self) -> None:
        """End the loader and all its workers."""
        with self._one_at_a_time:
            self._closed = True
            self._listener.close()
            self._lifeline.shutdown(socket.SHUT_RDWR)
            self._lifeline.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._dataset.close()
        self._folder.cleanup()

    def __enter__(self) -> Engine:
        """The engine itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the engine."""
        self.close()
