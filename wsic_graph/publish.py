"""Send a release to a remote engine by the SPARQL 1.1 Graph Store Protocol, one named graph at a time."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import httpx
import pyoxigraph as ox

from wsic_graph.engine.credentials import credentials, refusal
from wsic_graph.errors import WsicError
from wsic_graph.queries import get_query
from wsic_graph.release.manifest import DATASET, read_manifest
from wsic_graph.release.published import RECORD, Published
from wsic_graph.settings import Settings

Progress = Callable[[str], None]
_NTRIPLES = "application/n-triples"
_MOST_WORDS = 300
_HOUR = 3600.0


@dataclass
class Part:
    """One named graph of a release as an N-Triples file."""

    path: Path
    triples: int
    hash: str


class GraphStore:
    """The graph store and the query address of a remote engine. Raises ``WsicError`` in words for what fails."""

    def __init__(self, settings: Settings) -> None:
        self.address = settings.sparql_graph_store
        self.endpoint = settings.sparql_endpoint
        for name, value in (("graph_store", self.address), ("endpoint", self.endpoint)):
            if not value:
                raise WsicError(f"WSIC_SPARQL_{name.upper()}: is not set; give the address of the engine to publish to")
        timeout = httpx.Timeout(_HOUR, connect=10)  # an engine may index a large graph before it answers
        self._client = httpx.Client(auth=credentials(settings), timeout=timeout, trust_env=False)

    def record(self) -> Published:
        """What the engine says it holds."""
        response = self._request("GET", RECORD, {200, 404}, headers={"Accept": f"{_NTRIPLES}, text/turtle;q=0.8"})
        if response.status_code == 404:
            return Published()
        media_type = response.headers.get("content-type", "").partition(";")[0]
        try:
            format = ox.RdfFormat.from_media_type(media_type)
            if format is None:
                raise SyntaxError(f"it comes as {media_type}")
            return Published.read(response.content, format)
        except SyntaxError as error:
            raise WsicError(f"{self.address}: the record of what is published cannot be read: {error}") from None

    def put(self, graph: str, content: bytes | IO[bytes]) -> None:
        """Replace ``graph``."""
        self._request("PUT", graph, {200, 201, 204}, content=content, headers={"Content-Type": _NTRIPLES})

    def delete(self, graph: str) -> None:
        """Remove ``graph``, if there is one."""
        self._request("DELETE", graph, {200, 202, 204, 404})

    def triples(self, graph: str) -> int:
        """Number of triples that queries find in ``graph``."""
        fields = {"query": get_query("publish/triples").text, "default-graph-uri": graph}
        headers = {"Accept": "application/sparql-results+json"}
        with self._told(self.endpoint):
            response = self._client.post(self.endpoint, data=fields, headers=headers)
        _check(response, {200}, self.endpoint)
        try:
            return int(json.loads(response.content)["results"]["bindings"][0]["triples"]["value"])
        except (ValueError, LookupError, TypeError):
            raise WsicError(f"{self.endpoint} does not answer in SPARQL JSON; check WSIC_SPARQL_ENDPOINT") from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> GraphStore:
        """The store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def _request(
        self,
        method: str,
        graph: str,
        good: set[int],
        content: bytes | IO[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        with self._told(self.address):
            url = httpx.URL(self.address).copy_merge_params({"graph": graph})
            response = self._client.request(method, url, content=content, headers=headers)
        _check(response, good, self.address)
        return response

    @contextmanager
    def _told(self, where: str) -> Iterator[None]:
        try:
            yield
        except (httpx.TransportError, httpx.InvalidURL) as error:
            words = str(error) or type(error).__name__
            raise WsicError(f"{where} cannot be reached, or broke off: {words}") from None


def _check(response: httpx.Response, good: set[int], where: str) -> None:
    status = response.status_code
    if status in good:
        return
    if words := refusal(status, where):
        raise WsicError(words)
    words = " ".join(response.text.split())[:_MOST_WORDS]
    raise WsicError(f"{where} answers with status {status}: {words or 'no words'}")


def publish(release: Path, settings: Settings, progress: Progress = lambda _: None, everything: bool = False) -> str:
    """Make the engine that ``settings`` name hold exactly the release in ``release``, and return its version.

    Graphs whose hash the engine has on record are not sent again, unless
    ``everything`` is true. While graphs change, the record has no version; it is
    written last, when every graph that was sent has been counted. So a publication
    that failed or was killed is seen as such, and the next one goes on from there.
    Raises ``WsicError``; graphs that this program did not send are never touched.
    """
    manifest = read_manifest(release)
    with ExitStack() as stack:
        store = stack.enter_context(GraphStore(settings))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wsic-publish-")))
        held = store.record()
        parts = split(release / DATASET, folder)
        wanted = Published(manifest.version, {graph: part.hash for graph, part in parts.items()})
        if held == wanted and not everything:
            progress(f"version {manifest.version} is there already; nothing to do")
            return manifest.version
        same = {} if everything else {g: h for g, h in held.graphs.items() if h and h == wanted.graphs.get(g)}
        known = dict.fromkeys({*held.graphs, *parts}, "") | same
        record = _write(store, known)
        for graph, part in parts.items():
            if graph not in same:
                _send(store, graph, part)
                progress(f"{graph}: {part.triples:,} triples")
                known[graph] = part.hash
                record = _write(store, known)
        for graph in [graph for graph in held.graphs if graph not in parts]:
            store.delete(graph)
            del known[graph]
            progress(f"{graph}: removed")
        if store.record() != record:
            raise WsicError("another publication is under way at the same engine; when it has ended, publish again")
        store.put(RECORD, wanted.ntriples())
        progress(f"version {manifest.version} is published; {len(same)} of {len(parts)} graphs were there already")
    return manifest.version


def _write(store: GraphStore, graphs: dict[str, str]) -> Published:
    record = Published("", dict(graphs))
    store.put(RECORD, record.ntriples())
    return record


def _send(store: GraphStore, graph: str, part: Part) -> None:
    with part.path.open("rb") as content:
        store.put(graph, content)
    found = store.triples(graph)
    if found != part.triples:
        raise WsicError(
            f"{graph}: {part.triples:,} triples were sent, but {store.endpoint} finds {found:,}; the release is not "
            "published. See that both addresses are of one engine, and that it keeps literals as they are"
        )


def split(dataset: Path, folder: Path) -> dict[str, Part]:
    """The graphs of the N-Quads file ``dataset``, which is as our build writes it, as files in ``folder``."""
    files: dict[bytes, tuple[IO[bytes], Part]] = {}
    digests = {}
    with dataset.open("rb") as lines, ExitStack() as stack:
        for line in lines:
            triple, graph, _ = line.rsplit(b" ", 2)
            if graph not in files:
                path = folder / f"{len(files)}.nt"
                files[graph] = stack.enter_context(path.open("wb")), Part(path, 0, "")
                digests[graph] = hashlib.sha256()
            file, part = files[graph]
            part.triples += 1
            written = triple + b" .\n"
            digests[graph].update(written)
            file.write(written)
    for graph, (_, part) in files.items():
        part.hash = f"sha256:{digests[graph].hexdigest()}"
    return {graph[1:-1].decode(): part for graph, (_, part) in sorted(files.items())}
