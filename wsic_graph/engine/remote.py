"""Any SPARQL 1.1 engine elsewhere, as the backend of a door.

Whatever format is wanted, the engine is asked for one whose end can be told:
JSON (or XML) for tables, N-Triples for graphs. A parser reads the answer as it
comes and a serialiser writes what was asked for. So an answer that was cut, or
that ends in an error message, is never passed on as whole; limits count the
same as for the engine on this machine; and the engine needs no other formats.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from wsic_graph.engine.answer import Answer
from wsic_graph.engine.convert import ACCEPT_GRAPH, ACCEPT_TABLE, Converter
from wsic_graph.engine.credentials import credentials, refusal
from wsic_graph.engine.process import RESULT_FORMATS
from wsic_graph.engine.scan import check_calls, foreign_word, needs_base
from wsic_graph.errors import EngineAway, QueryRefused, WsicError
from wsic_graph.namespaces import BASE, graph_iri
from wsic_graph.queries import get_query
from wsic_graph.release.manifest import Manifest, read_manifest
from wsic_graph.release.published import RECORD
from wsic_graph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MOST_WORDS = 1000
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_log = logging.getLogger("wsic.remote")


class Refused(Exception):
    """The engine gave no answer: ``kind`` as in a frame, and the words for it."""

    def __init__(self, kind: bytes, words: str) -> None:
        self.kind = kind
        super().__init__(words)


class Remote:
    """The engine that ``settings`` name, which holds the release of ``manifest``. Used from one event loop."""

    def __init__(self, settings: Settings, manifest: Manifest) -> None:
        self.endpoint = settings.sparql_endpoint
        self._manifest = manifest
        self._graphs = tuple(map(graph_iri, manifest.graphs))
        self._union = settings.sparql_union
        self._services = settings.service_endpoints
        self._converter = Converter(settings)
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(
            auth=credentials(settings),
            timeout=httpx.Timeout(settings.query_seconds, connect=min(5.0, settings.query_seconds)),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=settings.query_places),
            trust_env=False,
        )

    async def start(
        self, text: str, format: str, dataset: Sequence[str], answer: Answer, extra: bytes = b""
    ) -> Callable[[bool], None]:
        """Ask the engine; what is returned breaks off the request unless the answer is complete.

        Raises ``QueryRefused`` for a query with ``extra``: SPARQL 1.1 has no way to send data with a query, and to
        write them into a shared engine would show them to others.
        """
        if extra:
            raise QueryRefused("the engine of this site cannot take data of yours beside the graph")
        task = asyncio.ensure_future(self._answer(text, format, dataset, answer))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, answer))
        return lambda clean: None if clean else _cancel(task)

    def close(self) -> None:
        """Break off what runs and close the connections."""
        for task in self._tasks:
            task.cancel()
        self._closing = asyncio.ensure_future(self.aclose())

    async def aclose(self) -> None:
        """Close the connections."""
        self._converter.close()
        await self._client.aclose()

    async def version(self) -> str:
        """Version of the release that the engine holds, '' if it holds none whole. Raises ``EngineAway``."""
        found = await self._ask("publish/version", [("default-graph-uri", RECORD), ("named-graph-uri", RECORD)])
        return found[0]["version"]["value"] if found else ""

    async def check(self) -> str:
        """What is wrong with what the engine holds, in words for the keeper of the site; '' if nothing is."""
        held, wanted = await self.version(), self._manifest.version
        if held == wanted:
            return ""
        what = f"holds version {held}" if held else "holds no release that was published whole"
        return f"the engine at {self.endpoint} {what}, but the release here is {wanted}: run `wsic publish`"

    async def _ask(self, name: str, dataset: list[tuple[str, str]]) -> list[dict[str, dict[str, str]]]:
        fields = [("query", get_query(name).text), *dataset]
        try:
            async with self._response(fields, "application/sparql-results+json") as response:
                found = json.loads(await response.aread())
                rows: list[dict[str, dict[str, str]]] = found["results"]["bindings"]
                return rows
        except Refused as error:
            raise EngineAway(str(error)) from None
        except (httpx.TransportError, ValueError, KeyError) as error:
            raise EngineAway(_away(self.endpoint, error)) from None

    def _ended(self, answer: Answer, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):  # whoever waits for the answer must not wait for ever
            _log.error("a query to %s failed", self.endpoint, exc_info=error)
            answer.take(b"u", b"the SPARQL engine gave an answer that cannot be read")

    async def _answer(self, text: str, format: str, dataset: Sequence[str], answer: Answer) -> None:
        try:
            await self._convert(text, format, dataset, answer)
        except Refused as error:
            answer.take(error.kind, str(error).encode())
        except QueryRefused as error:
            answer.take(b"r", str(error).encode())
        except WsicError as error:
            answer.take(b"u" if isinstance(error, EngineAway) else b"o", str(error).encode())
        except (httpx.TransportError, httpx.InvalidURL, httpx.DecodingError, OSError) as error:
            _log.warning("%s: %r", self.endpoint, error)
            answer.take(b"u", _away("the SPARQL engine", error).encode())

    async def _convert(self, text: str, format: str, dataset: Sequence[str], answer: Answer) -> None:
        if word := foreign_word(text):
            raise Refused(b"s", f"{word} does not begin a SPARQL 1.1 query; begin with PREFIX, BASE or its form")
        check_calls(text, self._services)  # nothing else keeps that engine from other hosts
        if needs_base(text) and "base" not in text.lower():
            text = f"BASE <{BASE}> {text}"
        fields = [("query", text), *self._dataset(dataset)]
        accept = ACCEPT_TABLE if format in RESULT_FORMATS else ACCEPT_GRAPH
        async with self._response(fields, accept) as response:
            await self._converter.run(response, format, answer.take)

    def _dataset(self, parts: Sequence[str]) -> list[tuple[str, str]]:
        if list(parts) == ["union"]:
            if self._union:
                return []
            parts = [kind + iri for kind in "dn" for iri in self._graphs]
        names = {"d": "default-graph-uri", "n": "named-graph-uri"}
        return [(names[part[0]], part[1:]) for part in parts]

    @asynccontextmanager
    async def _response(self, fields: list[tuple[str, str]], accept: str) -> AsyncIterator[httpx.Response]:
        headers = {**_FORM, "Accept": accept}
        request = self._client.build_request("POST", self.endpoint, content=urlencode(fields), headers=headers)
        try:
            response = await self._client.send(request, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            response = await self._client.send(request, stream=True)  # the engine had closed a kept connection
        try:
            if response.status_code != 200:
                raise await _refused(response)
            yield response
        finally:
            await response.aclose()


def source_of(release: Path, settings: Settings) -> Path | Remote:
    """What a door opens on: the remote engine, if ``settings`` name one, or the release itself."""
    return Remote(settings, read_manifest(release)) if settings.sparql_endpoint else release


async def check_engine(release: Path, settings: Settings) -> str:
    """See :meth:`Remote.check`."""
    remote = Remote(settings, read_manifest(release))
    try:
        return await remote.check()
    finally:
        await remote.aclose()


def _cancel(task: asyncio.Task[None]) -> None:
    if task is not asyncio.current_task():  # it is just telling why it ends
        task.cancel()


async def _refused(response: httpx.Response) -> Refused:
    status, where = response.status_code, str(response.request.url.copy_with(query=None, userinfo=b""))
    if status == 400:
        words = (await response.aread()).decode(errors="replace").strip()
        plain = "html" not in response.headers.get("content-type", "")
        return Refused(b"s", words[:_MOST_WORDS] if plain and words else "the engine says that this is not SPARQL")
    if words := refusal(status, where):
        _log.error(words)
        return Refused(b"u", "the SPARQL engine behind this site does not let it in; its keeper has been told")
    _log.warning("%s answers with status %d", where, status)
    _log.debug("its words: %s", (await response.aread())[:_MOST_WORDS])  # some engines repeat the query
    if status in (408, 413, 504):
        return Refused(b"c", f"the SPARQL engine stopped the query (status {status}); narrow it")
    if status in (429, 503):
        return Refused(b"u", f"the SPARQL engine has no room now (status {status}); try again shortly")
    return Refused(b"u", f"the SPARQL engine could not answer (status {status})")


def _away(where: str, error: Exception) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return f"{where} cannot be reached; try again shortly"
    if isinstance(error, httpx.TimeoutException):
        return f"{where} does not answer in time"
    return f"{where} broke off its answer; try again"
