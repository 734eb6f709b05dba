"""``wsic calculate`` and ``POST /api/calculator``: the same answers, the same faults, and an end for every run."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from tests.benchmarks.calculator import large_scenario
from tests.calculator_scenarios import with_value
from tests.site_fixtures import serve
from tests.test_calculator import VECTORS, differences
from wsic_graph.calculator.examples import EXAMPLES, ONE_INTERVENTION
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.report import report
from wsic_graph.calculator.scenario import Scenario
from wsic_graph.cli import app
from wsic_graph.runs.request import AREA_EXAMPLES, AreaRequest
from wsic_graph.settings import Settings

BASE = next(case for case in VECTORS["cases"] if case["id"] == "p6-substitution-and-sectors")
JSON = {"Content-Type": "application/json"}

# ------------------------------------------------------------ command line


def test_command_prints_what_the_vectors_expect(tmp_path: Path) -> None:
    for case in VECTORS["cases"]:
        file = tmp_path / "scenario.json"
        file.write_text(json.dumps(case), encoding="utf-8")
        run = CliRunner().invoke(app, ["calculate", str(file)])
        assert run.exit_code == 0, run.output
        got = json.loads(run.stdout)
        assert differences({name: got[name] for name in case["expected"]}, case["expected"], case["id"]) == []


def test_command_reads_standard_input_and_fails_in_words() -> None:
    good = CliRunner().invoke(app, ["calculate", "-"], input=json.dumps(ONE_INTERVENTION))
    assert good.exit_code == 0
    assert json.loads(good.stdout)["npv"] == "-50000.00"
    bad = CliRunner().invoke(app, ["calculate", "-"], input=json.dumps(with_value(BASE, "segments.0.population", -1)))
    assert bad.exit_code == 2
    assert bad.stdout == ""
    assert "segments[0].population: -1 is too low" in bad.stderr
    missing = CliRunner().invoke(app, ["calculate", "nowhere.json"])
    assert missing.exit_code == 2
    assert "nowhere.json" in missing.stderr


# ------------------------------------------------------------ API


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    with serve(release, Settings(calculation_places=1, client_waiting=1)) as client:
        yield client


def test_api_answers_as_the_engine_does(site: httpx.Client) -> None:
    for example in EXAMPLES.values():
        response = site.post("/api/calculator", json=example)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"
        assert response.json() == json.loads(report(read_scenario(example)).model_dump_json())


def test_api_names_what_is_wrong(site: httpx.Client) -> None:
    response = site.post("/api/calculator", json=with_value(BASE, "interventions.0.effects.0.reduction", 2))
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    (fault,) = response.json()["faults"]
    assert fault["field"] == "interventions[0].effects[0].reduction"
    assert "from -1 to 1" in fault["limit"]
    Scenario.model_validate(with_value(BASE, "interventions.0.effects.0.reduction", fault["example"]))
    assert site.post("/api/calculator", content=b"{}").status_code == 415
    large = site.post("/api/calculator", content=b" " * 1_000_001, headers={"Content-Type": "application/json"})
    assert large.status_code == 413
    assert "1,000,000 bytes" in large.json()["detail"]
    assert site.get("/api/calculator").status_code == 405


def test_openapi_describes_it(site: httpx.Client) -> None:
    document = site.get("/openapi.json").json()
    operation = document["paths"]["/api/calculator"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert {name: example["value"] for name, example in examples.items()} == EXAMPLES | AREA_EXAMPLES
    assert set(document["components"]["schemas"]["AreaRequest"]["properties"]) == set(AreaRequest.model_fields)
    fields = document["components"]["schemas"]["Scenario"]["properties"]
    assert set(fields) == set(Scenario.model_fields)
    assert all(field.get("description") for field in fields.values())


def workers() -> list[int]:
    """Processes that calculate for this one, busy or idle."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command, state = (entry / "cmdline").read_bytes(), (entry / "stat").read_text()
            except OSError:
                continue
            if b"wsic_graph.calculator.worker" in command and int(state.rpartition(")")[2].split()[1]) == os.getpid():
                found.append(int(entry.name))
    return found


def test_a_calculation_ends_when_its_client_leaves(site: httpx.Client) -> None:
    assert site.post("/api/calculator", json=ONE_INTERVENTION).status_code == 200
    (before,) = workers()
    body = large_scenario().model_dump_json().encode()
    with socket.create_connection((site.base_url.host, site.base_url.port)) as channel:
        head = (
            f"POST /api/calculator HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        )
        channel.sendall(head.encode() + b"\r\n\r\n" + body)
        time.sleep(0.3)
    deadline = time.monotonic() + 5
    while before in workers():
        assert time.monotonic() < deadline, "it still runs"
        time.sleep(0.05)
    assert site.post("/api/calculator", json=ONE_INTERVENTION).status_code == 200  # and its place is free


def test_a_calculation_has_a_deadline(release: Path) -> None:
    with serve(release, Settings(calculation_places=1, calculation_seconds=0.4)) as client:
        response = client.post("/api/calculator", content=large_scenario().model_dump_json(), headers=JSON)
        assert response.status_code == 503
        assert "longer than 0.4 seconds" in response.json()["detail"]
        assert client.post("/api/calculator", json=ONE_INTERVENTION).status_code == 200


def test_a_client_waits_for_its_turn_and_is_refused_beyond_its_line(site: httpx.Client) -> None:
    body = large_scenario().model_dump_json()
    with ThreadPoolExecutor(3) as threads:
        sent = [threads.submit(site.post, "/api/calculator", content=body, headers=JSON) for _ in range(3)]
        assert site.get("/healthz").status_code == 200
        found = sorted(answer.result().status_code for answer in sent)
        assert found == [200, 200, 429]
        refused = next(answer.result() for answer in sent if answer.result().status_code == 429)
        assert "1 calculations running" in refused.json()["detail"]


def test_calculations_are_counted_by_how_they_ended(release: Path) -> None:
    def counted(client: httpx.Client) -> dict[str, float]:
        found = re.findall(r'^wsic_calculations_total\{outcome="(\w+)"\} (\S+)$', client.get("/metrics").text, re.M)
        return {name: float(value) for name, value in found}

    with serve(release, Settings(calculation_places=1, calculation_seconds=0.4)) as client:
        before = counted(client)
        assert client.post("/api/calculator", json=ONE_INTERVENTION).status_code == 200
        assert client.post("/api/calculator", json={}).status_code == 422
        large = large_scenario().model_dump_json()
        assert client.post("/api/calculator", content=large, headers=JSON).status_code == 503
        after = counted(client)
        assert {name: after[name] - before.get(name, 0) for name in after} == {"done": 1, "refused": 1, "stopped": 1}
        assert re.search(r"^wsic_calculation_seconds_count \d", client.get("/metrics").text, re.M)
