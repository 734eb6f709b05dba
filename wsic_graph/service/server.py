"""The HTTP server: one or more processes over one engine."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack

import uvicorn

from wsic_graph.service.connections import Guarded
from wsic_graph.service.operations import logging_config
from wsic_graph.settings import get_settings


def run_server(engine: str, host: str, port: int, workers: int) -> None:
    """Serve until told to stop, then let requests under way finish for a few seconds.

    What the processes need to know goes to them as settings, in the environment.
    """
    os.environ |= {"WSIC_ENGINE": engine, "WSIC_HOST": host, "WSIC_PORT": str(port)}
    os.environ.setdefault("WSIC_PUBLIC_URL", f"http://{host}:{port}")
    get_settings.cache_clear()
    settings = get_settings()
    with ExitStack() as stack:
        if workers > 1:
            counters = stack.enter_context(tempfile.TemporaryDirectory(prefix="wsic-metrics-"))
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters
        uvicorn.run(
            "wsic_graph.service.app:create_app",
            factory=True,
            host=host,
            port=port,
            http=Guarded,
            ws="none",
            workers=workers,
            forwarded_allow_ips=settings.trusted_proxies,
            server_header=False,
            access_log=False,
            log_config=logging_config(settings.log_level),
            timeout_graceful_shutdown=10,
            timeout_keep_alive=75,  # longer than proxies keep theirs, or they would now and then reuse a closed one
            timeout_worker_healthcheck=60,
        )
