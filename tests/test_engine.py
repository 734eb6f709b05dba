"""The door: answers are right, limits hold, and a hostile query hurts nobody else."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsic_graph.answers import Iri, rows
from wsic_graph.engine import Door
from wsic_graph.engine.pool import Pool
from wsic_graph.engine.process import ORDER
from wsic_graph.engine.scan import check_query
from wsic_graph.errors import EngineLost, QueryBusy, QueryCost, QueryLimit, QueryRefused, QuerySyntax, WsicError
from wsic_graph.queries import Query
from wsic_graph.release.manifest import DATASET
from wsic_graph.settings import Settings


@pytest.fixture(scope="module")
def door(release: Path) -> Iterator[Door]:
    with Door(release, Settings(query_seconds=1.5, query_memory_mb=1200, query_bytes=2_000_000)) as opened:
        yield opened


def test_answers_equal_the_store(door: Door, store: ox.Store) -> None:
    assert door.triples == len(store)
    answer = json.loads(door.run("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"))
    assert int(answer["results"]["bindings"][0]["n"]["value"]) == len(store)


@pytest.mark.parametrize("format", ["json", "xml", "csv", "tsv"])
def test_tables_come_in_every_format(door: Door, format: str) -> None:
    assert b"reablement" in door.run('SELECT ("reablement" AS ?x) {}', format=format)


@pytest.mark.parametrize("format", ["ttl", "nt", "jsonld", "rdf", "nq", "trig"])
def test_graphs_come_in_every_format(door: Door, format: str) -> None:
    text = "DESCRIBE <https://w3id.org/wsic/id/initiative/torbay-care-trust>"
    assert b"Torbay Care Trust integrated teams" in door.run(text, format=format)


def test_parameters_are_terms(door: Door) -> None:
    nasty = '" } DROP ALL #'
    text = "SELECT (?x AS ?y) WHERE { }"
    answer = json.loads(door.run(text, {ox.Variable("x"): ox.Literal(nasty)}))
    assert answer["results"]["bindings"][0]["y"]["value"] == nasty


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("INSERT DATA { <a:a> <a:b> <a:c> }", "INSERT is an update"),
        ("prefix a: <a:> delete where { ?s ?p ?o }", "DELETE is an update"),
        ("LOAD <http://127.0.0.1:1/>", "LOAD is an update"),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { sErViCe SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { OPTIONAL { <http://x/\u00a0#> ?p 1 } SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { ?s ?p trueSERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { ?s ?p 1e5SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { SERVICESILENT <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        (r"PREFIX : <a:> SELECT * { ?s ?p :a\# . SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        (r"PREFIX : <a:> SELECT * { ?s ?p :a\' . SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } } #'", "SERVICE"),
        (r"SELECT * { \u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * " + "{" * 5000 + "}" * 5000, "nested deeper"),
        ("SELECT (" + "(" * 100 + "1" + ")" * 100 + " AS ?x) {}", "nested deeper"),
        ("#" + "x" * 30_000 + "\nASK {}", "characters"),
    ],
)
def test_refused_before_it_runs(door: Door, text: str, words: str) -> None:
    with pytest.raises(QueryRefused, match=words):
        door.run(text)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT ?service WHERE { ?service ?p "SERVICE <http://x/>" } # SERVICE',
        "SELECT * WHERE { ?s <http://example.org/insert> 'DELETE' }",
        "PREFIX service: <http://example.org/> SELECT * WHERE { ?s service:load service:service } LIMIT 1",
        "PREFIX : <a:> ASK { ?\u00e9\u0301service :a\u00b7service :\u3042service , :a\\'service , :a.service }",
        "ASK { '''SERVICE ' '' ''' ?p \"\"\"{{{{{\"\"\" }",
    ],
)
def test_words_in_strings_comments_and_names_are_no_calls(door: Door, text: str) -> None:
    door.run(text)


@given(st.text(st.sampled_from("SERVICE\"'{}<>\\# \n?:u0053")))
def test_scan_ends_on_any_text(text: str) -> None:
    with suppress(QueryRefused):
        check_query(text, 1000, 30)


HIDDEN_CALLS = [
    "PREFIX : <{0}> SELECT * {{ SERVICE:x {{ ?s ?p ?o }} }}",
    "PREFIX a: <{0}> SELECT * {{ SERVICEa:x {{ ?s ?p ?o }} }}",
    "PREFIX a: <{0}> SELECT * {{ BIND(1 AS ?x) ?s ?p a:.SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "PREFIX service: <a:> PREFIX : <{0}> SELECT * {{ service:x {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
]


@pytest.mark.parametrize("text", HIDDEN_CALLS)
def test_a_worker_opens_no_connection(door: Door, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Even a call that the scan does not see, or is not shown, reaches no host."""
    with socket.create_server(("127.0.0.1", 0)) as host:
        host.settimeout(0.2)
        address = f"http://127.0.0.1:{host.getsockname()[1]}/"
        monkeypatch.setattr(door, "form", lambda _: "")
        with suppress(WsicError):
            door.run(text.format(address))
        with pytest.raises(TimeoutError):
            host.accept()


@pytest.mark.parametrize("text", HIDDEN_CALLS)
def test_only_listed_services_are_called(text: str) -> None:
    """Where some SERVICE is open, nothing that could be read as a call of another passes the scan."""
    with pytest.raises(QueryRefused, match="http://open/"):
        check_query(text.format("http://secret/"), 1000, 30, ("http://open/",))
    check_query("SELECT ?service ?x { SERVICE SILENT <http://open/> { ?s ?p ?o } }", 1000, 30, ("http://open/",))


def test_syntax_errors_have_a_place(door: Door) -> None:
    with pytest.raises(QuerySyntax, match="line 1, column 14: expected"):
        door.run("SELECT * { }}", format="csv")


HOSTILE = {
    "cross product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "sorted cross product": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "long paths": "SELECT (COUNT(*) AS ?n) { ?a (!<a:a>|^!<a:a>)+ ?b }",
    "string doubling": "SELECT (STRLEN(?x30) AS ?n) { BIND('xxxxxxxxxxxxxxxx' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(30))
    + " }",
    "many groups": "SELECT ?a ?c (GROUP_CONCAT(?f) AS ?all) { ?a ?b ?c . ?d ?e ?f } GROUP BY ?a ?c",
    "large answer": "SELECT * { ?s ?p ?o }",
}


@pytest.mark.parametrize("kind", HOSTILE, ids=str)
def test_hostile_query_is_stopped(door: Door, kind: str) -> None:
    started = time.monotonic()
    with pytest.raises(QueryLimit, match=r"was stopped|is larger than"):
        door.run(HOSTILE[kind], format="csv")
    assert time.monotonic() - started < 15
    assert b"1" in door.run("SELECT (1 AS ?x) {}", format="csv")


def test_others_are_answered_while_one_is_hostile(door: Door) -> None:
    with ThreadPoolExecutor(2) as pool:
        bad = pool.submit(door.run, HOSTILE["cross product"])
        for _ in range(20):
            assert json.loads(door.run("ASK { ?s ?p ?o }"))["boolean"]
        with pytest.raises(QueryLimit):
            bad.result(timeout=15)


def test_a_killed_worker_is_replaced(door: Door) -> None:
    door.run("ASK { <a:a> a <a:first> }")
    for pid in workers(door):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    assert json.loads(door.run("ASK { FILTER(1 = 1) }"))["boolean"]


def test_a_worker_killed_at_work_is_told(door: Door) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(door.run, "SELECT (COUNT(*) AS ?killed) { ?a ?b ?c . ?d ?e ?f }")
        time.sleep(0.3)
        for pid in workers(door):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(QueryCost):
            running.result(timeout=10)


def test_no_worker_is_left_busy_after_the_deadline(door: Door) -> None:
    with pytest.raises(QueryCost):
        door.run("SELECT (COUNT(*) AS ?busy) { ?a ?b ?c . ?d ?e ?f }")
    before = {pid: cpu_seconds(pid) for pid in workers(door)}
    time.sleep(0.5)
    assert all(cpu_seconds(pid) - before.get(pid, 0) < 0.2 for pid in workers(door))


def test_the_loader_kills_only_workers_of_the_one_who_asks(release: Path) -> None:
    with Door(release) as first:
        assert first.engine
        first.run("ASK { <a:a> a <a:b> }")
        (pid,) = workers(first)
        stranger = socket.socket(socket.AF_UNIX)
        stranger.connect(first.engine.address)
        stranger.sendall(ORDER.pack(b"k", pid))
        time.sleep(0.2)
        assert workers(first) == [pid]
        stranger.close()


def test_workers_of_a_lost_connection_end(release: Path) -> None:
    settings = Settings()
    with Door(release, settings) as keeper:
        assert keeper.engine
        other = Door(Pool(keeper.engine.address, settings), settings)
        other.run("ASK { <a:a> a <a:c> }")
        assert len(workers(keeper)) == 1
        other.close()
        wait_for(lambda: not workers(keeper))


def test_places_are_limited(release: Path) -> None:
    with Door(release, Settings(query_seconds=1.0, query_places=1)) as small, ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(small.run, HOSTILE["cross product"]) for _ in range(2)]
        errors = [type(run.exception(timeout=20)) for run in runs]
    assert QueryCost in errors
    assert set(errors) <= {QueryCost, QueryBusy}


def test_processes_end_with_the_door(release: Path) -> None:
    opened = Door(release)
    opened.run("ASK {}")
    assert opened.engine
    pids = [*workers(opened), opened.engine.pid]
    assert len(pids) == 2
    opened.close()
    wait_for(lambda: not any(map(alive, pids)))


def test_processes_end_when_their_owner_is_killed(release: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from wsic_graph.engine import Door\n"
        "door = Door(Path(sys.argv[1])); door.run('ASK {}'); print(door.engine.pid, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, str(release)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    loader = int(owner.stdout.readline())
    pids = [loader, *children(loader)]
    assert len(pids) == 2
    owner.kill()
    owner.wait()
    owner.stdout.close()
    wait_for(lambda: not any(map(alive, pids)))


def test_a_lost_loader_is_started_again(release: Path) -> None:
    with Door(release) as opened:
        assert opened.engine
        lost = opened.engine.pid
        opened.run("ASK { <a:a> a <a:d> }")
        os.kill(lost, signal.SIGKILL)
        wait_for(lambda: not alive(lost))
        assert json.loads(opened.run("ASK { ?lost ?p ?o }"))["boolean"]
        assert opened.engine.pid != lost
        assert len(workers(opened)) == 1


def test_a_lost_loader_loads_the_same_release_again(tmp_path: Path) -> None:
    """A build may have put another in its place meanwhile, which nobody has said to serve."""
    held = tmp_path / "release"
    held.mkdir()
    same = b"<a:a> <a:b> <a:same> <a:g> .\n"
    (held / DATASET).write_bytes(same)
    with Door(held) as opened:
        assert opened.engine
        held.rename(tmp_path / "old")
        held.mkdir()
        (held / DATASET).write_bytes(same.replace(b"same", b"other") * 2)
        (tmp_path / "old" / DATASET).unlink()
        lost = opened.engine.pid
        os.kill(lost, signal.SIGKILL)
        wait_for(lambda: not alive(lost))
        assert json.loads(opened.run("ASK { <a:a> <a:b> <a:same> }"))["boolean"]
        assert not json.loads(opened.run("ASK { <a:a> <a:b> <a:other> }"))["boolean"]


def test_an_engine_that_is_gone_is_told(release: Path) -> None:
    settings = Settings(query_seconds=1)
    with Door(release, settings) as keeper:
        assert keeper.engine
        other = Door(Pool(keeper.engine.address, settings), settings)
    with pytest.raises(EngineLost, match="try again"):
        other.run("ASK {}")
    other.close()


def test_a_release_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    with pytest.raises(WsicError, match="build it again"):
        Door(tmp_path)


def children(pid: int) -> list[int]:
    return [int(item) for item in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def workers(door: Door) -> list[int]:
    assert door.engine
    return children(door.engine.pid)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"


def test_rows_are_typed(door: Door) -> None:
    iri = "https://w3id.org/wsic/id/value-case/torbay#e1"
    text = f"SELECT (<{iri}> AS ?i) (1 AS ?n) (2.50 AS ?d) (true AS ?b) (BNODE() AS ?x) ?u {{}}"
    (row,) = rows(door, Query("test", text, {"summary": "test"}, ()))
    assert row["i"] == Iri(iri)
    assert isinstance(row["i"], Iri)
    assert (row["i"].kind, row["i"].slug, row["i"].part) == ("value-case", "torbay", "e1")
    assert (row["n"], str(row["d"]), row["b"], row["x"], row["u"]) == (1, "2.5", True, None, None)
    assert list(row) == ["i", "n", "d", "b", "x", "u"]
