"""A process that calculates one scenario after another, and can be killed at any moment without harm to others.

It reads jobs on the socket that it is given and writes answers: each a head, then so many bytes. It ends when the
socket does. ``python -m wsic_graph.calculator.worker FD MEGABYTES``.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
from dataclasses import asdict
from math import ceil

from wsic_graph.calculator.faults import ScenarioError
from wsic_graph.calculator.jobs import ANSWER, JOB, READY
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.report import report

_LATE = 2
"""Seconds of computing after the deadline at which the process ends by itself, should nobody be there to kill it."""


def main(descriptor: int, megabytes: int) -> None:
    """Answer jobs until the socket ends."""
    os.nice(5)  # pages and queries go before
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
    with socket.socket(fileno=descriptor) as channel, channel.makefile("rwb") as stream:
        stream.write(READY)
        stream.flush()
        while head := stream.read(JOB.size):
            seconds, length = JOB.unpack(head)
            _limit(seconds)
            kind, answer = _answer(stream.read(length))
            stream.write(ANSWER.pack(kind, len(answer)) + answer)
            stream.flush()


def _limit(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(used.ru_utime + used.ru_stime + seconds) + _LATE, hard))


def _answer(text: bytes) -> tuple[bytes, bytes]:
    try:
        return b"d", report(read_scenario(text)).model_dump_json().encode()
    except ScenarioError as error:
        return b"f", json.dumps([asdict(fault) for fault in error.faults]).encode()
    except MemoryError:
        return b"m", b""


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
