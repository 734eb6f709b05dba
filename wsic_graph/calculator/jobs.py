"""How a calculation is handed to its process and what comes back, without anything that calculates."""

from __future__ import annotations

import struct

JOB = struct.Struct("!dI")
"""Head of a job: most seconds, and length of the scenario in JSON."""
ANSWER = struct.Struct("!cI")
"""Head of an answer, kind and length: ``d`` the report in JSON, ``f`` faults in JSON, ``m`` out of memory."""
READY = b"r"
"""Sent once, when the first job can be taken."""
WORKER = "wsic_graph.calculator.worker"
"""The program of the process."""
