"""Load from the outside: the HTTP benchmark `wrk` with a few connections kept alive."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
# Each request takes the next of the addresses; with `fresh`, a comment makes each query one never asked before.
_SCRIPT = """
local paths = {PATHS}
local n = 0
request = function()
  n = n + 1
  local path = paths[(n - 1) % #paths + 1]
  if FRESH then path = path .. "%23" .. n end
  return wrk.format("GET", path, {["Accept"] = ACCEPT})
end
"""


@dataclass(frozen=True)
class Ask:
    """What is asked in turn: addresses of one server, the type that is wanted, and connections at once."""

    paths: Sequence[str]
    accept: str
    connections: int


@dataclass(frozen=True)
class Figure:
    """Requests a second, and the middle and the slowest hundredth of their times in milliseconds."""

    rate: float
    p50: float
    p99: float


def measure(site: str, ask: Ask, fresh: bool, seconds: int) -> Figure:
    """Ask ``site`` for so long. Raises ``RuntimeError`` when anything but 2xx comes back."""
    tool = shutil.which("wrk")
    if tool is None:
        raise RuntimeError("`wrk` is needed to make load; Debian has it as a package of that name")
    script = _SCRIPT.replace("PATHS", ", ".join(json.dumps(path) for path in ask.paths))
    script = script.replace("FRESH", str(fresh).lower()).replace("ACCEPT", json.dumps(ask.accept))
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        Path(file.name).write_text(script, encoding="utf-8")
        command = [
            tool,
            "-t1",
            f"-c{ask.connections}",
            f"-d{seconds}s",
            "--timeout",
            "60s",
            "--latency",
            "-s",
            file.name,
        ]
        out = subprocess.run([*command, site], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out:
        raise RuntimeError(f"{site}: {out}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert rate
    return Figure(float(rate[1]), _time(out, "50%"), _time(out, "99%"))


def sparql_paths(path: str, queries: Sequence[str]) -> list[str]:
    """The addresses that ask ``queries`` of the endpoint at ``path``."""
    return [f"{path}?query={quote(query, safe='')}" for query in queries]


def _time(out: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s|m)\b", out)
    return float(found[1]) * _UNITS[found[2]] if found else float("nan")
