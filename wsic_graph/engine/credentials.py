"""How we show a remote engine who we are."""

from __future__ import annotations

from collections.abc import Generator

import httpx

from wsic_graph.settings import Settings

_Flow = Generator[httpx.Request, httpx.Response, None]


class Login(httpx.Auth):
    """User name and password, as Basic or, where the engine asks for it (Virtuoso), as Digest."""

    def __init__(self, user: str, password: str) -> None:
        self._basic = httpx.BasicAuth(user, password)
        self._digest = httpx.DigestAuth(user, password)
        self._wants_digest = False

    def auth_flow(self, request: httpx.Request) -> _Flow:
        """Called by httpx."""
        if not self._wants_digest:
            response = yield next(self._basic.auth_flow(request))
            if response.status_code != 401 or "basic" in response.headers.get("www-authenticate", "").lower():
                return  # Virtuoso refuses Basic without a word of what it would take
            self._wants_digest = True
            del request.headers["Authorization"]
        yield from self._digest.auth_flow(request)


class Token(httpx.Auth):
    """A bearer token."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> _Flow:
        """Called by httpx."""
        request.headers["Authorization"] = self._header
        yield request


def credentials(settings: Settings) -> httpx.Auth | None:
    """What the settings say, or None where the engine is open."""
    if token := settings.sparql_token.get_secret_value():
        return Token(token)
    if settings.sparql_user:
        return Login(settings.sparql_user, settings.sparql_password.get_secret_value())
    return None


def refusal(status: int, where: str) -> str:
    """Words for the answer of an engine that does not let us in, or is not where the settings say, or ''."""
    if status in (401, 403):
        return (
            f"the engine at {where} refuses our credentials (status {status}); check WSIC_SPARQL_USER and "
            "WSIC_SPARQL_PASSWORD, or WSIC_SPARQL_TOKEN"
        )
    if status in (301, 302, 307, 308, 404, 405, 410):
        return f"there is no such service at {where} (status {status}); check the address"
    return ""
