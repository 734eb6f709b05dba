"""Where the content is: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "content"

ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
"""Folder that holds ``ontology``, ``graph_data``, ``queries`` and ``web``."""
