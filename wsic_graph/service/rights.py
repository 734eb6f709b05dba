"""Who may open which part of the site: one table, and the one place that keeps to it.

The guard stands before every route. A path has the right of the longest prefix in the table, so a new
page below a prefix is guarded before anybody thinks of it. What a page does with the ids in its
address, and what a token is for, is up to the page.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from wsic_graph.service.visitors import get_ledger, get_visitor, must_be

ANYONE = ""
RIGHTS: Mapping[str, str] = {
    "/": ANYONE,
    "/account": "reader",
    "/account/elsewhere": ANYONE,
    "/account/elsewhere/connect": "reader",
    "/account/elsewhere/disconnect": "reader",
    "/account/forgotten": ANYONE,
    "/account/links": ANYONE,
    "/account/register": ANYONE,
    "/account/sign-in": ANYONE,
    "/account/sign-out": ANYONE,
    "/account/tokens": "contributor",
    "/administration": "administrator",
    "/contribute": ANYONE,
    "/review": "editor",
}
"""The least role by the beginning of the path: the whole path, or up to a slash."""


def right_of(path: str) -> str:
    """The role that one must have to open ``path``; empty where nobody needs one."""
    prefix = path
    while prefix not in RIGHTS:
        prefix = prefix.rpartition("/")[0] or "/"
    return RIGHTS[prefix]


async def guard(request: Request) -> None:
    """Let a request in if whoever asks has the role that its path needs. Raises ``SignInFirst``, or 403."""
    role = right_of(request.scope["path"])
    if role == ANYONE:
        return
    visitor = await run_in_threadpool(get_visitor, request, get_ledger(request))
    request.state.visitor = visitor
    must_be(visitor, role, request.url.path)
