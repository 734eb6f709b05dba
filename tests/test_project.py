"""The house rules that a program can check, and the package as others install it."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import venv
from pathlib import Path

import httpx
import pytest

from wsic_graph.content import ROOT

PACKAGE = ROOT / "wsic_graph"
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"settings", "namespaces", "errors", "content", "formats", "cells", "program"}),
    frozenset({"queries"}),
    frozenset({"release"}),
    frozenset({"engine"}),
    frozenset({"answers", "guides", "publish"}),
    frozenset(
        {
            "calculator",
            "catalogue",
            "charts",
            "choices",
            "citations",
            "documents",
            "places",
            "records",
            "search",
        }
    ),
    frozenset({"ledger", "linkcheck", "prefill", "vocabulary"}),
    frozenset({"backup", "benefits_map", "forms", "runs", "validation"}),
    frozenset({"existing", "mapped"}),
    frozenset({"plans"}),
    frozenset({"service"}),
    frozenset({"cli_people"}),
    frozenset({"cli"}),
)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "content" not in path.parts)


def floor(name: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if name in names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_layers_point_one_way(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room == "__init__":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("wsic_graph."):
            target = node.module.split(".")[1]
            assert target == room or floor(target) < floor(room) or floor(room) == 0, f"{room} imports {target}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_sparql_and_no_html_in_python(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.search(r"(SELECT\s+[?*(]|CONSTRUCT\s*\{|DESCRIBE\s+<|ASK\s*\{)", node.value), node.value
            assert not re.search(r"<(div|table|span|p|a|ul|li|h[1-6]|svg)[ >]", node.value), node.value


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_files_fit_on_a_few_screens(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_pinned_requirements_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def listed(name: str) -> set[str]:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        return {line for line in lines if line and not line.startswith(("#", "-r"))}

    assert set(project["dependencies"]) == listed("requirements.in") - {"hatchling>=1.25"}
    assert set(project["optional-dependencies"]["test"]) == listed("requirements-test.in")
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_nothing_names_a_place_outside_the_project() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    outside = re.compile(r"\.\./shared\b|(?<![\w.])/(work|root|tmp)/")
    for name in filter(None, tracked):
        path = ROOT / name
        if path.suffix in {".py", ".ttl", ".rq", ".md", ".html", ".css", ".toml", ".json", ".csv"} and path != Path(
            __file__
        ):
            assert not outside.search(path.read_text(encoding="utf-8")), name


def test_wheel_serves_the_site_from_another_place(tmp_path: Path) -> None:
    """Build the wheel, install it where no checkout is near, and ask the served site a question."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    home = tmp_path / "elsewhere"
    venv.create(home, with_pip=True, system_site_packages=False)
    site = next(Path(p) for p in sys.path if p.endswith("site-packages"))
    target = next((home / "lib").glob("python*/site-packages"))
    (target / "borrowed.pth").write_text(f"{site}\n", encoding="utf-8")  # the dependencies, without a second download
    python = str(home / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", str(wheel)]
    subprocess.run(pip, check=True)
    environment = {**os.environ, "WSIC_DATA_DIR": str(tmp_path / "data")}
    environment.pop("PYTHONPATH", None)
    where = [python, "-c", "import wsic_graph.content as c; print(c.ROOT)"]
    root = subprocess.run(where, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout
    assert root.strip().startswith(str(home))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path / "log.txt").open("wb")
    command = [str(home / "bin" / "wsic"), "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 600  # a build on a loaded machine
        while b"serving" not in (tmp_path / "log.txt").read_bytes() and server.poll() is None:
            assert time.monotonic() < deadline, (tmp_path / "log.txt").read_text(encoding="utf-8")
            time.sleep(0.2)
        transport = httpx.HTTPTransport(retries=20)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=20) as client:
            assert "Integrated Care" in client.get("/").text
            answer = client.get("/sparql", params={"query": "ASK { ?s ?p ?o }", "format": "json"})
            assert answer.json()["boolean"] is True
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()
