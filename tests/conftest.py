"""Fixtures shared by all tests: one true build, one true store, one true server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from playwright.sync_api import Browser, sync_playwright

from wsic_graph.benefits_map.making import derive
from wsic_graph.release.build import build
from wsic_graph.release.manifest import DATASET, is_current

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CACHE = Path(__file__).resolve().parent.parent / "var" / "test-release"


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a release built from the present content (built afresh when any file changed)."""
    del tmp_path_factory
    if not is_current(_CACHE):
        build(_CACHE, derive=derive)
    return _CACHE


@pytest.fixture(scope="session")
def store(release: Path) -> ox.Store:
    """The built release in a store."""
    loaded = ox.Store()
    loaded.bulk_load(path=str(release / DATASET), format=ox.RdfFormat.N_QUADS)
    return loaded


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of the system."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        pytest.fail("Chromium is not installed; on Debian: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        running.close()
