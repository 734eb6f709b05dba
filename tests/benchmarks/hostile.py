"""How fast others are answered while one client is hostile: run as ``python -m tests.benchmarks.hostile``.

A server as it runs in earnest, with the limits of the settings. One client
(127.0.0.2) sends the hostile queries of ``tests/test_hostile.py`` without
pause, as many at once as it may; another (127.0.0.1) asks for one record after
the other, each in words that nobody asked before.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx

from tests.test_hostile import HOSTILE, Server, busy
from wsic_graph.settings import get_settings


def latencies(server: Server, count: int) -> list[float]:
    """Seconds that one record after the other took, in order of size."""
    found = []
    with server.client("127.0.0.1") as client:
        slugs = client.get("/sparql", params={"query": SLUGS, "format": "csv"}).text.split()[1:]
        for number, slug in zip(range(count), itertools.cycle(slugs), strict=False):
            started = time.perf_counter()
            answer = client.get("/sparql", params={"query": f"DESCRIBE <{slug}> # {number} {started}"})
            found.append(time.perf_counter() - started)
            assert answer.status_code == 200, answer.text
            time.sleep(0.02)
    return sorted(found)


SLUGS = "SELECT ?i { ?i a <https://w3id.org/wsic/ontology#Initiative> }"


def tell(words: str, found: list[float]) -> None:
    """Print the middle, the 99th percentile and the largest."""
    middle, high, most = (found[int(len(found) * part)] * 1000 for part in (0.5, 0.99, 0.9999))
    print(f"{words:28} p50 {middle:6.1f} ms   p99 {high:6.1f} ms   most {most:6.1f} ms   of {len(found)}")


def attack(server: Server, over: Event, names: list[str]) -> None:
    """Send hostile queries until it is over."""
    with server.client("127.0.0.2") as client:
        for number, name in enumerate(itertools.cycle(names)):
            if over.is_set():
                return
            try:
                client.post("/sparql", data={"query": f"{HOSTILE[name]} # {number}"}, timeout=60)
            except httpx.HTTPError:
                continue


def main() -> None:
    """Measure quiet, then under attack, then whether anything is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--attackers", type=int, default=get_settings().client_places + 2)
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "WSIC_PORT": str(port), "WSIC_LOG_LEVEL": "error"}
    code = "from wsic_graph.cli import app; app(['serve'])"
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.DEVNULL)
    server = Server(process, port)
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
            client.get(f"http://127.0.0.1:{port}/healthz")
        latencies(server, 50)
        load = Path("/proc/loadavg").read_text(encoding="ascii").split()[0]
        print(f"{os.cpu_count()} cores, load average {load} at the start")
        tell("quiet", latencies(server, options.requests))
        context = multiprocessing.get_context("fork")  # in processes of their own, so that only the server is shared
        over = context.Event()
        names = list(HOSTILE)
        attackers = [
            context.Process(target=attack, args=(server, over, names[start:] + names[:start]))
            for start in range(0, len(names), max(1, len(names) // options.attackers))
        ]
        for attacker in attackers:
            attacker.start()
        time.sleep(1)
        tell("under attack", latencies(server, options.requests))
        over.set()
        for attacker in attackers:
            attacker.join()
        time.sleep(0.5)
        print("a core is busy afterwards" if busy(server) else "no core is busy afterwards")
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main()
