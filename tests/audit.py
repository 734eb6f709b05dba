"""What `make lint` says about the dependencies. Run as a program; ends with 1 when something is wrong.

Always, without a network: every pinned package has an exact version and a hash, the two lists agree, what is
installed is what is pinned, and the installed packages fit each other. With pip-audit and its advisory service:
no pinned version has a known vulnerability. Where that service is out of reach, this says so loudly and does not
fail: it then tells nothing about vulnerabilities.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-test.lock")
_TOOLS = ("pip", "setuptools")
_SECONDS = 60


def pins(name: str) -> dict[str, tuple[str, int]]:
    """Each package of a lock with its version, empty if that is not exact, and how many hashes it has."""
    found: dict[str, tuple[str, int]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", (ROOT / name).read_text(encoding="utf-8")):
        if pin := re.match(r"([A-Za-z0-9._-]+)(?:\[.*?\])?(?:==([^\s;\\]+))?", block):
            found[pin[1].lower()] = (pin[2] or "", block.count("--hash=sha256:"))
    return found


def wrong() -> list[str]:
    """What is wrong with the pinned packages and those installed."""
    locks = {name: pins(name) for name in LOCKS}
    problems = []
    for lock, pinned in locks.items():
        problems += [f"{lock}: {name} has no hash" for name, (_, hashes) in pinned.items() if not hashes]
        problems += [f"{lock}: {name} has no exact version" for name, (version, _) in pinned.items() if not version]
    first, second = (locks[name] for name in LOCKS)
    both = sorted(set(first) & set(second))
    problems += [
        f"{name}: {first[name][0]} here, {second[name][0]} there" for name in both if first[name] != second[name]
    ]
    for name, (version, _) in {**first, **second}.items():
        if name in _TOOLS:
            continue
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system, or not needed here
        if installed != version:
            problems.append(f"{name}: {version} is pinned and {installed} installed")
    check = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    return problems + (check.stdout.splitlines() if check.returncode else [])


def vulnerabilities() -> tuple[bool, str]:
    """Whether pip-audit could look, and what it says."""
    if importlib.util.find_spec("pip_audit") is None:
        return False, "pip-audit is not installed"
    files = [part for name in LOCKS for part in ("--requirement", str(ROOT / name))]
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
        *files,
    ]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return False, f"the advisory service did not answer within {_SECONDS} s"
    reached = found.returncode == 0 or "Found " in found.stderr
    return reached, (found.stdout or found.stderr).strip().splitlines()[-1] if not reached else found.stdout


def main() -> int:
    """Say what was looked at and what was found."""
    problems = wrong()
    for problem in problems:
        print(f"dependencies: {problem}", file=sys.stderr)
    reached, words = vulnerabilities()
    if not reached:
        print(f"dependencies: KNOWN VULNERABILITIES WERE NOT LOOKED UP: {words}", file=sys.stderr)
    elif words:
        print(words, file=sys.stderr)
        problems.append("vulnerable")
    if not problems:
        print("dependencies: every package is pinned with its hash, installed as pinned, and fits the others")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
