"""Bodies of requests: read whole, of one kind, and no larger than they may be."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from fastapi import Request
from starlette.exceptions import HTTPException

FORM = "application/x-www-form-urlencoded"
_PATIENCE = 4_000_000
_CLOSE = {"Connection": "close"}


def from_here(request: Request, what: str) -> None:
    """Raises ``HTTPException`` 403 when the page of another site makes a browser send this."""
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "")
    ours = {request.headers.get("host", ""), urlsplit(request.app.state.settings.public_url).netloc}
    if site == "cross-site" or (not site and origin and urlsplit(origin).netloc not in ours):
        raise HTTPException(403, f"{what} is kept from its own page, not from another site.")


async def read_body(request: Request, most: int, what: str) -> bytes:
    """The body. Raises ``HTTPException`` 413 for more than ``most`` bytes and 415 for what is compressed.

    A little more than ``most`` is read and thrown away, since a client that is still sending does not read why it
    was refused; then the connection is closed.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, f"Content-Encoding: send the {what} as it is, not compressed.", _CLOSE)
    body, beyond = bytearray(), 0
    async for piece in request.stream():
        if beyond or len(body) + len(piece) > most:
            body.clear()
            beyond += len(piece)
            if beyond > _PATIENCE:
                break
        else:
            body += piece
    if beyond:
        raise HTTPException(413, f"The {what} is larger than {most:,} bytes, which is the most.", _CLOSE)
    return bytes(body)


async def read_pairs(request: Request, most: int, fields: int) -> list[tuple[str, str]]:
    """The fields of a form. Raises ``HTTPException`` for what is no form, too large or not UTF-8."""
    kind = request.headers.get("content-type", "").lower().partition(";")[0].strip()
    if kind != FORM:
        raise HTTPException(415, f"Send the form as it is on the page; the Content-Type is {kind or 'missing'}.")
    body = await read_body(request, most, "form")
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=fields)
    except ValueError:
        words = f"The form cannot be read: it is not URL-encoded text in UTF-8 of at most {fields:,} fields."
        raise HTTPException(400, words) from None
