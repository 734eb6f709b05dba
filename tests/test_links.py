"""The links that lead out of the graph, asked of a true server."""

from __future__ import annotations

import ipaddress
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from wsic_graph.content import ROOT
from wsic_graph.linkcheck.asking import Asker, Look, is_public
from wsic_graph.linkcheck.found import links_of, published_links
from wsic_graph.linkcheck.running import Bounds, NoNetwork, check_links
from wsic_graph.linkcheck.store import LinkChecks
from wsic_graph.namespaces import BASE

HERE = "127.0.0.1"
SOURCE = "source/thistlethwaite-2011-integrating-health-social-care-torbay"


class Handler(BaseHTTPRequestHandler):
    """A site with pages of every kind; it notes what it is asked."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        asked.append((self.command, self.path, time.monotonic(), self.headers["User-Agent"], self.headers["Host"]))
        name, _, rest = self.path.strip("/").partition("/")
        status = int(name) if name.isdigit() else 200
        if name == "slow":
            time.sleep(1.2)
        if name == "no-head" and self.command == "HEAD":
            status = 405
        if name == "drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(300):
                try:
                    self.wfile.write(b"X-More: yes\r\n")
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.1)
            return
        targets = {"round": "/round", "to-private": "http://127.0.0.2:1/x", "to-file": "file:///etc/passwd"}
        target = targets.get(name, f"/{rest}" if name == "to" else "")
        self.send_response(302 if target else status)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        del format, args


asked: list[tuple[str, str, float, str, str]] = []


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    """The address of the site."""
    server = ThreadingHTTPServer((HERE, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{HERE}:{server.server_port}"
    server.shutdown()
    server.server_close()


def asker(seconds: float = 1.0) -> Asker:
    return Asker("https://example.org", seconds, allowed=[HERE])


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("ok", "working", 200),
        ("no-head", "working", 200),
        ("to/ok", "working", 200),
        ("404", "broken", 404),
        ("410", "broken", 410),
        ("500", "broken", 500),
        ("403", "unsure", 403),
        ("429", "unsure", 429),
        ("round", "broken", 302),
        ("slow", "broken", 0),
    ],
)
def test_each_kind_of_answer(web: str, path: str, outcome: str, status: int) -> None:
    look = asker().look(f"{web}/{path}")
    assert (look.outcome, look.status) == (outcome, status), look


def test_head_comes_first_and_says_who_asks(web: str) -> None:
    asked.clear()
    asker().look(f"{web}/no-head")
    assert [(method, agent) for method, _, _, agent, _ in asked] == [
        ("HEAD", "wsic-links (+https://example.org)"),
        ("GET", "wsic-links (+https://example.org)"),
    ]
    asked.clear()
    asker().look(f"{web}/ok")
    assert len(asked) == 1, "a page that answers HEAD is not fetched"


def test_a_dripping_answer_ends(web: str) -> None:
    started = time.monotonic()
    look = asker(0.3).look(f"{web}/drip")
    assert look.outcome == "broken" and look.note == "no answer in time"
    assert time.monotonic() - started < 15, "it drips for thirty seconds"


def test_nothing_private_is_asked(web: str) -> None:
    asked.clear()
    strict = Asker("https://example.org", 1.0)
    for link in (f"{web}/ok", web.replace(HERE, "localhost"), "http://[::1]/", "http://[::ffff:127.0.0.1]/"):
        assert strict.look(link).note == "it leads to an address that is not public", link
    assert not asked, "the server was never reached"
    look = asker().look(f"{web}/to-private")
    assert look.note == "it leads to an address that is not public", "a redirect into a private network"
    assert asker().look(f"{web}/to-file").note == "it leads to something that is no web page"
    for link in ("file:///etc/passwd", "ftp://example.org/", "http://", "javascript:alert(1)", "http://[::1"):
        assert strict.look(link).outcome == "broken" and strict.look(link).status == 0, link


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("0.1.2.3", False),
        ("224.0.0.1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:0a00:0001::1", False),
        ("64:ff9b::a00:1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


def test_a_host_gets_pauses_and_a_run_ends_within_its_bounds(web: str, tmp_path: Path) -> None:
    asked.clear()
    urls = [f"{web}/ok/{number}" for number in range(6)]
    store = LinkChecks(tmp_path)
    summary = check_links(urls, store, asker(), Bounds(most=3, seconds=30, pause=0.3), lambda _: None)
    times = [at for _, _, at, _, _ in asked]
    assert summary.outcomes["working"] == 3 and summary.left == 3
    assert all(later - earlier >= 0.29 for earlier, later in pairwise(times))
    due = store.due(urls, 7)
    assert due == urls[3:], "the next run goes on where this one stopped"
    check_links(due, store, asker(), Bounds(seconds=0.2, pause=0.5), lambda _: None)
    assert len(store.due(urls, 7)) == 2, "the time was up after one"
    assert set(store.due(urls, 0)) == set(urls), "asked again when they are due"


def test_without_a_network_nothing_is_stored(tmp_path: Path) -> None:
    store = LinkChecks(tmp_path)
    with pytest.raises(NoNetwork, match="Nothing was stored"):
        check_links(["http://127.0.0.1:9/a", "http://127.0.0.1:9/b"], store, asker(), Bounds(pause=0), lambda _: None)
    assert store.stamp == "" and store.of(["http://127.0.0.1:9/a"]) == []


def test_what_is_stored(tmp_path: Path) -> None:
    store = LinkChecks(tmp_path)
    store.put("https://a.example/", Look("working", 200))
    (seen,) = store.of(["https://a.example/"])
    store.put("https://a.example/", Look("broken", 404, "there is no such page"))
    (gone,) = store.of(["https://a.example/"])
    assert gone.worked == seen.checked and gone.since == gone.checked and gone.broken
    store.put("https://a.example/", Look("broken", 404, "there is no such page"))
    assert store.of(["https://a.example/"])[0].since == gone.since, "broken since it was first so"
    store.keep_only(["https://b.example/"])
    assert store.counts() == {"working": 0, "unsure": 0, "broken": 0}


def test_links_of_the_published_graph(release: Path) -> None:
    found = published_links(release, {})
    assert len(found) == len(set(found)) > 900
    assert any(link.startswith("https://doi.org/10.") for link in found)
    assert not any("w3id.org/wsic" in link for link in found)
    record = "https://w3id.org/wsic/id/" + SOURCE
    own = f"<{record}> <https://schema.org/url> <https://new.example/x> <https://w3id.org/wsic/graph/sources> .\n"
    changed = published_links(release, {record: own.encode()})
    assert "https://new.example/x" in changed and len(set(found) - set(changed)) <= 2
    assert links_of([own.replace("https://new", "ftp://new").encode()]) == []


def test_the_command_asks_a_true_site(web: str, release: Path, tmp_path: Path) -> None:
    """In a data directory whose release has two links."""
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "manifest.json").write_bytes((release / "manifest.json").read_bytes())
    lines = [
        f"<{BASE}id/source/{name}> <https://schema.org/url> <{web}/{name}> <{BASE}graph/sources> .\n"
        for name in ("404", "ok")
    ]
    (folder / "dataset.nq").write_text("".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "wsic_graph.cli", "links", "--pause", "0", "--allow-address", HERE]
    environment = {**os.environ, "WSIC_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert (
        ran.stdout.strip() == "2 links in the graph; asked now: 1 working, 0 unsure, 1 broken; left for the next run: 0"
    )
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "asked now: 0 working, 0 unsure, 0 broken" in again.stdout
    strict = subprocess.run(
        [*command[:-2], "--days", "0"], env=environment, capture_output=True, text=True, check=False
    )
    assert strict.returncode == 1 and "Nothing was stored" in strict.stderr, "a local server is not asked"
    assert not (tmp_path / "ledger.sqlite3").exists()
