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
    frozenset({"settings", "namespaces", "errors", "content", "formats"}),
    frozenset({"queries"}),
    frozenset({"release"}),
    frozenset({"engine"}),
    frozenset({"answers", "publish"}),
    frozenset({"choices", "catalogue", "records"}),
    frozenset({"vocabulary"}),
