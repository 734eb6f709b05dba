"""Processes of this program: what is to be killable or limited runs in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_FOLDER = str(Path(__file__).resolve().parents[1])


def run_apart(
    arguments: Sequence[str],
    pass_fds: Sequence[int],
    *,
    environment: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> subprocess.Popen[bytes]:
    """Start the Python that runs this program with ``arguments``; it inherits the open files ``pass_fds`` and no other.

    ``environment`` is added to that of this process; ``quiet`` throws away what it says. It finds this package
    where this process has it, unless ``arguments`` isolate it (``-I``). Raises ``OSError``.
    """
    paths = os.pathsep.join(filter(None, (_FOLDER, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(  # noqa: S603  this Python, no shell, and arguments that callers write out: none of a visitor's
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": paths, **(environment or {})},
        pass_fds=pass_fds,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if quiet else None,
    )
