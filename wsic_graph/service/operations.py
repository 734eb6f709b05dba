"""For those who run the service: is it alive, is it ready, what has it done."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import time
from itertools import count

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client import REGISTRY as THIS_PROCESS
from starlette.types import Scope

from wsic_graph.answers import rows
from wsic_graph.errors import WsicError
from wsic_graph.service.caching import PRIVATE

router = APIRouter(include_in_schema=False)

REQUESTS = Counter("wsic_http_requests", "Requests by route, method and status", ["route", "method", "status"])
SECONDS = Histogram(
    "wsic_http_request_seconds",
    "Time to answer a request",
    ["route"],
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
_PLAIN = re.compile(r"[A-Za-z0-9-]{1,64}")
_PROCESS = secrets.token_hex(4)
_numbers = count(1)
_access = logging.getLogger("wsic.access")


@router.get("/healthz")
def healthy() -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def ready(request: Request) -> Response:
    """The graph answers: a query goes the whole way to it, past anything remembered."""
    try:
        rows(request.app.state.door, "operations/ready", moment=time.time_ns() % 10**15)
    except WsicError as error:
        return PlainTextResponse(f"not ready: {error}\n", 503)
    return PlainTextResponse(f"ready, version {request.app.state.version}\n")


@router.get("/metrics")
def metrics() -> Response:
    """Counters of all processes, as Prometheus reads them."""
    registry = THIS_PROCESS
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # this module of theirs has no types
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def note_request(scope: Scope, status: int, seconds: float, request_id: str) -> None:
    """Count one request and log it. The query string is left out: it holds what people asked."""
    route: str = getattr(scope.get("route"), "path", "")
    REQUESTS.labels(route, scope["method"], status).inc()
    SECONDS.labels(route).observe(seconds)
    if _access.isEnabledFor(logging.INFO):
        _access.info(
            "%s %s %d",
            scope["method"],
            route if PRIVATE.match(scope["path"]) else scope["path"],  # the address can be a secret
            status,
            extra={"fields": {"route": route, "ms": round(seconds * 1000, 2), "request": request_id}},
        )


def request_id(given: str) -> str:
    """The id of a request: the one a proxy gave, if it is a plain word, or a new one."""
    return given if given and _PLAIN.fullmatch(given) else f"{_PROCESS}-{next(_numbers):x}"


class Deliberate(logging.Filter):
    """Leaves out what the server says of an answer that was broken off on purpose: who did it has logged it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log ``record``."""
        return record.getMessage() != "ASGI callable returned without completing response."


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, with its extra ``fields``."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def logging_config(level: str) -> dict[str, object]:
    """Log to standard error as JSON lines, from ``level`` up, as ``logging.config.dictConfig`` reads it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": f"{__name__}.{JsonLines.__name__}"}},
        "filters": {"deliberate": {"()": f"{__name__}.{Deliberate.__name__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["deliberate"]}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {"httpx": {"level": "WARNING"}},
    }
