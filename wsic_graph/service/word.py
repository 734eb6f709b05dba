"""A page as a Word document to take away."""

from __future__ import annotations

import re
from html import unescape

from fastapi import Request
from fastapi.responses import Response

from wsic_graph.documents.flow import read_flow
from wsic_graph.documents.word import MEDIA_TYPE, About, write_word

_WHOLE = "Whole System Integrated Care"
_LONGEST = 150
"""Characters of an address that a footer takes; a longer one is told without its parameters."""
_TITLE = re.compile(r"<title>(.*?) · ", re.DOTALL)


def as_word(request: Request, page: Response, name: str) -> Response:
    """What ``page`` says, as the Word document ``name``; links lead to the pages of this site."""
    state = request.app.state
    path = request.url.path.removesuffix(".docx") + (f"?{request.url.query}" if request.url.query else "")
    address = f"{state.settings.public_url}{path}"
    html = bytes(page.body).decode()
    title = _TITLE.search(html)
    told = address if len(address) <= _LONGEST else address.partition("?")[0]
    about = About(unescape(title[1]) if title else _WHOLE, _WHOLE, state.version, told)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.docx"',
        "Link": f'<{path}>; rel="alternate"; type="text/html"',
    }
    return Response(write_word(read_flow(html, address), about), media_type=MEDIA_TYPE, headers=headers)
