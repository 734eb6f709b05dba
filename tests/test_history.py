"""What changes from one release to the next: the store, the feed, and records that are gone, over HTTP."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from rdflib import RDF, Namespace

from tests.ledger_fixtures import small_release
from tests.site_fixtures import serve
from tests.test_ledger_kills import running
from wsic_graph.catalogue.feed import SIZE
from wsic_graph.catalogue.history import FILE, History
from wsic_graph.catalogue.records import Records
from wsic_graph.content import ROOT
from wsic_graph.namespaces import BASE, GRAPH, HARVEST_PREFIXES, ID, PREFIXES
from wsic_graph.release.manifest import DATASET, MANIFEST, TABLES, Manifest, read_manifest
from wsic_graph.settings import Settings

AS = Namespace(HARVEST_PREFIXES["as"])
LDES = Namespace(HARVEST_PREFIXES["ldes"])
TREE = Namespace(HARVEST_PREFIXES["tree"])
GONE = "initiative/torbay-care-trust"
REPLACED = "resource/bcf-policy-framework-2023-25"
CHANGED = "initiative/wigan-deal"
NEW = "initiative/a-new-one"
URL = "https://example.org/toolkit"


def make_release(folder: Path, lines: list[str]) -> Path:
    """A release of its own with ``lines`` as its dataset."""
    folder.mkdir()
    text = "".join(sorted(lines)).encode()
    (folder / DATASET).write_bytes(text)
    (folder / TABLES).mkdir()
    shutil.copy(ROOT / "graph_data" / TABLES / "csv-metadata.json", folder / TABLES)
    for path in (ROOT / "graph_data" / TABLES).glob("*.csv"):
        (folder / TABLES / path.name).write_text("", encoding="utf-8")
    graphs = Counter(line.rsplit(" ", 2)[1][1:-1].removeprefix(GRAPH) for line in lines)
    manifest = Manifest(hashlib.sha256(text).hexdigest()[:16], len(lines), dict(graphs), {})
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")
    return folder


def in_one_graph(release: Path) -> bytes:
    """The dataset as a follower of the feed has it: what the benefits map adds to a concept stands with the concept."""
    map_graph, schemes = (f" <{GRAPH}{name}> .".encode() for name in ("benefits-map", "schemes"))
    lines = (release / DATASET).read_bytes().splitlines(keepends=True)
    scheme = f"<{BASE}scheme/".encode()
    return b"".join(sorted(line.replace(map_graph, schemes) if line.startswith(scheme) else line for line in lines))


def subject_is(line: str, record: str) -> bool:
    return line.startswith((f"<{ID}{record}>", f"<{ID}{record}#"))


@pytest.fixture(scope="module")
def releases(release: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two true releases without observations. In the second two records are gone, one changed and one is new."""
    folder = tmp_path_factory.mktemp("releases")
    with (release / DATASET).open(encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith(f"<{ID}observation/")]
    first = make_release(folder / "first", lines)
    kept = [line for line in lines if not subject_is(line, GONE) and not subject_is(line, REPLACED)]
    title = f"<{PREFIXES['dcterms']}title>"
    kept = [
        line.replace('"@en', ' (changed)"@en') if subject_is(line, CHANGED) and title in line else line for line in kept
    ]
    kept += [line.replace(f"{ID}{GONE}", f"{ID}{NEW}") for line in lines if subject_is(line, GONE)]
    return first, make_release(folder / "second", kept)


def settings(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir, public_url=URL)


@contextmanager
def served(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    with serve(release, settings(data_dir)) as client:
        yield client


def path_of(address: str) -> str:
    assert address.startswith(URL), address
    return address.removeprefix(URL)


class Follower:
    """An LDES client: reads the pages it does not have for ever, and keeps the state of every record."""

    def __init__(self) -> None:
        self.state: dict[str, tuple[str, set[str]]] = {}
        self.seen: set[str] = set()
        self.immutable: set[str] = set()
        self.pages: dict[str, bytes] = {}

    def sync(self, site: httpx.Client) -> list[str]:
        """The members that are new, in their order."""
        root = list(ox.parse(site.get("/feed").content, format=ox.RdfFormat.TRIG))
        nodes = [quad.object for quad in root if quad.predicate.value == str(TREE.node)]
        news = []
        for address in sorted({node.value for node in nodes if isinstance(node, ox.NamedNode)}, key=_number):
            if address not in self.immutable:
                news += self._page(address, site.get(path_of(address)))
        return news

    def _page(self, address: str, answer: httpx.Response) -> list[str]:
        assert answer.status_code == 200
        self.pages[address] = answer.content
        if "immutable" in answer.headers["cache-control"]:
            self.immutable.add(address)
        said: dict[str, dict[str, str]] = {}
        bodies: dict[str, set[str]] = {}
        members = []
        for quad in ox.parse(answer.content, format=ox.RdfFormat.TRIG):
            assert isinstance(quad.subject, ox.NamedNode)
            value = str(getattr(quad.object, "value", ""))
            if isinstance(quad.graph_name, ox.NamedNode):
                bodies.setdefault(quad.graph_name.value, set()).add(str(quad.triple))
            elif quad.predicate.value == str(TREE.member):
                members.append(value)
            else:
                said.setdefault(quad.subject.value, {})[quad.predicate.value] = value
        new = [member for member in members if member not in self.seen]
        for member in new:
            self.seen.add(member)
            about = said[member]
            record = about[f"{PREFIXES['dcterms']}isVersionOf"]
            if about[str(RDF.type)] == str(AS.Delete):
                del self.state[record]
            else:
                self.state[record] = (about[f"{PREFIXES['dcterms']}isPartOf"], bodies[member])
        return new

    def dataset(self) -> bytes:
        """The state as canonical N-Quads."""
        lines = [f"{triple} <{graph}> .\n" for graph, body in self.state.values() for triple in body]
        return "".join(sorted(lines)).encode()


def _number(address: str) -> int:
    return int(address.rsplit("/", 1)[-1])


@pytest.fixture(scope="module")
def story(releases: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The first release served, then the second from the same data folder, which stays up."""
    data_dir = tmp_path_factory.mktemp("data")
    first, second = releases
    follower = Follower()
    with served(first, data_dir) as site:
        assert site.get(f"/initiatives/{GONE.split('/')[1]}").status_code == 200
        assert site.get(f"/id/{NEW}").status_code == 404
        assert site.get("/dumps/latest/wsic.nq.gz", follow_redirects=True).status_code == 200
        before = len(follower.sync(site))
        assert follower.dataset() == in_one_graph(first)
        tags = {path: site.get(path).headers["etag"] for path in ("/feed", "/collections/initiative", "/feed/1")}
    with served(second, data_dir) as site:
        yield Story(site, data_dir, follower, before, tags)


class Story:
    """What the tests of two releases share."""

    def __init__(
        self, site: httpx.Client, data_dir: Path, follower: Follower, before: int, tags: dict[str, str]
    ) -> None:
        self.site = site
        self.data_dir = data_dir
        self.follower = follower
        self.before = before
        self.tags = tags


# ------------------------------------------------------------ tombstones


@pytest.mark.parametrize(
    "path", [f"/id/{GONE}", f"/data/{GONE}.ttl", f"/records/{GONE}", "/initiatives/torbay-care-trust"]
)
def test_a_record_that_is_gone_says_so(path: str, story: Story) -> None:
    page = story.site.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 410
    assert "initiative “torbay-care-trust” was removed from the graph on" in page.text
    details = story.site.get(path, headers={"Accept": "application/problem+json"})
    assert details.status_code == 410 and details.headers["content-type"] == "application/problem+json"
    assert details.json()["status"] == 410 and details.json()["since"].startswith("20")
    assert "replacedBy" not in details.json()


def test_what_replaced_it_is_named(story: Story) -> None:
    page = story.site.get(f"/id/{REPLACED}", headers={"Accept": "text/html"})
    assert page.status_code == 410 and 'href="/resources/bcf-policy-framework-2025-26"' in page.text
    details = story.site.get(f"/id/{REPLACED}", headers={"Accept": "application/json"}).json()
    assert details["replacedBy"] == f"{ID}resource/bcf-policy-framework-2025-26"


def test_what_never_was_is_not_gone(story: Story) -> None:
    assert story.site.get("/id/initiative/never-was").status_code == 404
    assert story.site.get(f"/id/{NEW}").status_code == 303


# ------------------------------------------------------------------ feed


def test_a_follower_reads_only_what_is_new(story: Story, releases: tuple[Path, Path]) -> None:
    assert story.site.get("/feed", headers={"If-None-Match": story.tags["/feed"]}).status_code == 200
    assert story.site.get("/feed/1", headers={"If-None-Match": story.tags["/feed/1"]}).status_code == 304
    old = {address: story.follower.pages[address] for address in story.follower.immutable}
    assert len(old) == story.before // SIZE > 5
    story.follower.pages.clear()
    news = story.follower.sync(story.site)
    assert len(story.follower.pages) == 1
    assert len(news) == 4 and story.follower.dataset() == in_one_graph(releases[1])
    for address, content in old.items():
        assert story.site.get(path_of(address)).content == content


def test_the_entry_says_how_to_read_the_feed(story: Story) -> None:
    answer = story.site.get("/feed")
    assert answer.headers["content-type"] == "application/trig" and "immutable" not in answer.headers["cache-control"]
    said = {
        (quad.predicate.value, str(getattr(quad.object, "value", "")))
        for quad in ox.parse(answer.content, format=ox.RdfFormat.TRIG)
    }
    assert (str(LDES.timestampPath), f"{PREFIXES['prov']}generatedAtTime") in said
    assert (str(LDES.versionOfPath), f"{PREFIXES['dcterms']}isVersionOf") in said
    assert (str(TREE.view), f"{URL}/feed") in said
    for media_type in ("application/n-quads", "application/ld+json", "text/turtle", "application/n-triples"):
        page = story.site.get("/feed/1", headers={"Accept": media_type})
        assert page.headers["content-type"].startswith(media_type)
        quads = list(ox.parse(page.content, format=ox.RdfFormat.from_media_type(media_type)))
        assert sum(quad.predicate.value == str(TREE.member) for quad in quads) == SIZE
    assert story.site.get("/feed/0").status_code == story.site.get("/feed/9999").status_code == 404
    assert story.site.get("/feed/one").status_code == 422


def test_a_graph_may_be_empty(story: Story) -> None:
    assert story.site.get("/catalogue", headers={"Accept": "text/html"}).status_code == 200
    assert b"graph/observations" in story.site.get("/catalogue.nt").content
    assert story.site.get("/.well-known/void").status_code == 200


def test_lists_and_dates_follow(story: Story) -> None:
    path = "/collections/initiative"
    assert story.site.get(path, headers={"If-None-Match": story.tags[path]}).status_code == 200
    members = story.site.get(path, headers={"Accept": "application/n-quads"}).text
    assert f"core#member> <{ID}{NEW}>" in members and f"core#member> <{ID}{GONE}>" not in members
    first, second = History(story.data_dir).publications()
    sitemap = story.site.get("/sitemap/initiative.xml").text
    changed = {line.split("<loc>")[1].split("</loc>")[0]: line for line in sitemap.splitlines() if "<loc>" in line}
    assert f"<lastmod>{second.published}</lastmod>" in changed[f"{URL}/initiatives/wigan-deal"]
    assert f"<lastmod>{first.published}</lastmod>" in changed[f"{URL}/initiatives/leeds-pioneer"]
    assert f"{URL}/initiatives/torbay-care-trust" not in changed


# ----------------------------------------------------------------- files


def test_files_of_an_old_version_stay_until_they_are_removed(story: Story, releases: tuple[Path, Path]) -> None:
    old, new = (read_manifest(release).version for release in releases)
    assert story.site.get("/dumps/latest/wsic.nq.gz").headers["location"] == f"/dumps/{new}/wsic.nq.gz"
    assert story.site.get(f"/dumps/{old}/wsic.nq.gz").status_code == 200
    shutil.rmtree(story.data_dir / "dumps" / old)
    answer = story.site.get(f"/dumps/{old}/wsic.nq.gz")
    assert answer.status_code == 410 and "/dumps/latest/wsic.nq.gz" in answer.text


# ------------------------------------------------------------- the store


def test_the_same_version_is_published_once(story: Story, releases: tuple[Path, Path]) -> None:
    history = History(story.data_dir)
    before = history.publications()
    history.publish(before[-1].version, releases[1] / DATASET)
    assert history.publications() == before
    record = f"{ID}{GONE}"
    assert [event.change for event in history.of_record(record)] == ["create", "delete"]
    with Records(releases[0] / DATASET) as records:
        assert history.of_record(record)[0].body == dict(records)[record]


def test_single_records_can_be_revised(tmp_path: Path) -> None:
    history = History(tmp_path)
    thing, graph = f"{ID}initiative/x", f"{GRAPH}initiatives"
    body = f'<{thing}> <{PREFIXES["dcterms"]}title> "X"@en <{graph}> .\n'.encode()
    assert history.revise("v1", {thing: body}).last == 1
    assert history.revise("v2", {thing: body, f"{ID}initiative/y": b""}).last == 1
    assert history.revise("v3", {thing: b""}).last == 2
    assert history.revise("v4", {thing: body}).last == 3
    assert [event.change for event in history.of_record(thing)] == ["create", "delete", "create"]
    assert history.kinds() == {"initiative": 1} and history.live("initiative")[0].graph == graph
    assert [publication.version for publication in history.publications()] == ["v1", "v2", "v3", "v4"]


_PUBLISH = """
import sys
from pathlib import Path
from wsic_graph.catalogue.history import History
print(History(Path(sys.argv[1])).publish("v1", Path(sys.argv[2])))
"""


def publisher(data_dir: Path, release: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _PUBLISH, str(data_dir), str(release / DATASET)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_several_processes_publish_at_once(tmp_path: Path, releases: tuple[Path, Path]) -> None:
    started = [publisher(tmp_path, releases[0]) for _ in range(4)]
    said = {process.communicate()[0] for process in started}
    assert [process.returncode for process in started] == [0] * 4 and len(said) == 1
    assert len(History(tmp_path).publications()) == 1


def test_a_page_made_before_its_day_is_known_is_kept_by_nobody(tmp_path: Path, release: Path) -> None:
    held = small_release(release, tmp_path / "held")  # one that `wsic serve` need not build anew
    page = f"/initiatives/{CHANGED.split('/')[1]}"
    history = History(tmp_path)
    with sqlite3.connect(history.path, isolation_level=None) as db:
        db.execute("BEGIN IMMEDIATE")  # the server is up, and waits for its turn to enter the release
        with running(tmp_path, held) as (client, _):
            early = client.get(page)
            assert early.headers["cache-control"] == "no-store" and ", published on" not in early.text
            db.execute("ROLLBACK")
            assert client.get("/feed").status_code == 200
            late = client.get(page)
            assert "max-age" in late.headers["cache-control"] and ", published on" in late.text


def test_a_process_that_is_killed_leaves_all_or_nothing(tmp_path: Path, releases: tuple[Path, Path]) -> None:
    process = publisher(tmp_path, releases[0])
    deadline = time.monotonic() + 30
    while not (tmp_path / f"{FILE}-wal").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    history = History(tmp_path)
    head = history.head()
    assert (head.last if head else 0) == len(history.events(1, 10**9))
    with Records(releases[0] / DATASET) as records:
        wanted = len(list(records))
    assert history.publish("v1", releases[0] / DATASET).last == wanted == sum(history.kinds().values())


def test_nothing_in_the_history_can_be_changed(tmp_path: Path) -> None:
    history = History(tmp_path)
    thing = f"{BASE}ontology"
    history.revise("v1", {thing: f"<{thing}> <{BASE}p> <{BASE}o> <{GRAPH}ontology> .\n".encode()})
    for statement in ("DELETE FROM event", "UPDATE event SET change = 'delete'"):
        with sqlite3.connect(history.path) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)
