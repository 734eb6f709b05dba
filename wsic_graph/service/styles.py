"""The stylesheet of the site: the files of ``web/static/style`` as one answer, in the order of the cascade."""

from __future__ import annotations

import hashlib
from functools import cache

from fastapi import APIRouter
from fastapi.responses import Response

from wsic_graph.content import ROOT
from wsic_graph.service.caching import IMMUTABLE

router = APIRouter()
FOLDER = ROOT / "web" / "static" / "style"
_FIRST = ("tokens", "elements", "layout")
_LAST = ("print",)


@cache
def stylesheet() -> str:
    """All rules: tokens, elements and layout first, then one file for each kind of part, print last."""
    parts = sorted(path.stem for path in FOLDER.glob("*.css") if path.stem not in _FIRST + _LAST)
    return "\n".join((FOLDER / f"{name}.css").read_text("utf-8") for name in (*_FIRST, *parts, *_LAST))


@cache
def _version() -> str:
    return hashlib.sha256(stylesheet().encode()).hexdigest()[:12]


def stylesheet_address() -> str:
    """Where the stylesheet is, with its fingerprint, so that browsers keep it until it changes."""
    return f"/style.css?v={_version()}"


@router.get("/style.css")
def style(v: str = "") -> Response:
    """The stylesheet."""
    headers = {"Cache-Control": IMMUTABLE} if v == _version() else {}
    return Response(stylesheet(), media_type="text/css", headers=headers)
