"""Let atheris look for input that breaks a parser: it drives the same properties as hypothesis, guided by coverage.

``python -m tests.fuzz SECONDS [TEST …]`` gives each test of ``tests/test_foreign_input.py``, or each that is named as
``module:test``, so many seconds. What it finds stays in ``var/fuzz``, and is tried first the next time. It needs
atheris, which is not among the pins because there is none for some versions of Python that the project runs on.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

from wsic_graph.content import ROOT

_DEFAULT = "tests.test_foreign_input"
_OTHERS = (
    "tests.test_engine:test_scan_ends_on_any_text",
    "tests.test_queries:test_any_text_is_bound_as_one_term",
    "tests.test_budgets:test_no_text_breaks_the_reading",
    "tests.test_plans:test_any_number_is_read_or_told",
    "tests.test_plans:test_any_text_becomes_plain_text",
    "tests.test_calculator_input:test_any_json_is_refused_in_words",
)


def properties() -> list[str]:
    """Every property of foreign input, as ``module:test``."""
    module = importlib.import_module(_DEFAULT)
    return [*(f"{_DEFAULT}:{name}" for name, item in vars(module).items() if hasattr(item, "hypothesis")), *_OTHERS]


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one property in this process, which ends when the time is over or something breaks."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["wsic_graph"]):
        module_name, _, test_name = name.partition(":")
        module = importlib.import_module(module_name)
    test: Any = getattr(module, test_name)
    corpus = ROOT / "var" / "fuzz" / test_name
    corpus.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=20", f"-artifact_prefix={corpus.parent}/"]
    atheris.Setup([sys.argv[0], str(corpus), *options], test.hypothesis.fuzz_one_input)
    atheris.Fuzz()


def main() -> None:
    """Fuzz each in a process of its own; end with 1 if any broke."""
    seconds, *names = sys.argv[1:]
    if names[:1] == ["--here"]:
        fuzz(names[1], int(seconds))
    broken = []
    for name in names or properties():
        command = [sys.executable, "-m", "tests.fuzz", seconds, "--here", name]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        last = [line for line in done.stderr.splitlines() if line.startswith(("#", "Done"))][-1:]
        print(name, "broke" if done.returncode else "held", *last, flush=True)
        if done.returncode:
            broken.append(name)
            print(done.stdout[-3000:], done.stderr[-5000:])
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
