"""A true server for the tests of the site: uvicorn on a free port, asked over HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from wsic_graph.service.app import create_app
from wsic_graph.service.connections import Guarded
from wsic_graph.settings import Settings


@contextmanager
def serve(release: Path, settings: Settings | None = None, public: bool = False) -> Iterator[httpx.Client]:
    """A client of a server over ``release`` that ends with the block. It follows no redirects.

    The release is entered in its history by then: until it is, pages do not say when it was published,
    and nobody may keep them.
    With ``public``, the server's own address is the one that its links lead to.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        if public:
            settings = (settings or Settings()).model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
        app = create_app(release, settings)
        server = uvicorn.Server(
            uvicorn.Config(app, http=Guarded, ws="none", log_level="critical", timeout_keep_alive=75)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
                client.get("/feed")
                yield client
        finally:
            server.should_exit = True
            thread.join(timeout=20)
