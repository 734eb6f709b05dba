"""An OpenID Connect provider: discovery, authorization with PKCE, tokens, keys and UserInfo, on a server of its own.

It lets in whoever it is told to, ``person``, and can be told to go wrong in one way, ``fault``.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "wsic site", "a+secret:of/this site"


class Provider:
    """The provider at ``issuer``. ``codes`` are those that were given out and not used."""

    def __init__(self) -> None:
        self.issuer = ""
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.other_key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.person: dict[str, Any] = {}
        self.fault = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, str]] = []
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.about),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
                Route("/userinfo", self.userinfo),
            ]
        )

    async def about(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def authorize(self, request: Request) -> Response:
        """Sign ``person`` in and send them back with a code."""
        asked = dict(request.query_params)
        self.asked.append(asked)
        needed = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256"}
        if any(asked.get(name) != value for name, value in needed.items()) or len(asked["code_challenge"]) != 43:
            return JSONResponse({"error": "invalid_request"}, 400)
        if "openid" not in asked["scope"].split():
            return JSONResponse({"error": "invalid_scope"}, 400)
        if self.fault == "denied":
            return RedirectResponse(
                f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
            )
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        sent = {"code": code, "state": asked["state"], "iss": self.issuer}
        if self.fault == "other issuer":
            sent["iss"] = "https://elsewhere.example"
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(sent)}", 302)

    async def token(self, request: Request) -> Response:
        """An ID token for a code, to the client with its secret and the verifier alone."""
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        name, _, secret = base64.b64decode(given).decode().partition(":") if kind == "Basic" else ("", "", "")
        if (unquote(name), unquote(secret)) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        sent = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(sent.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or sent.get("grant_type") != "authorization_code"
            or sent.get("redirect_uri") != asked["redirect_uri"]
            or challenge.decode().rstrip("=") != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        access = secrets.token_urlsafe(16)
        digest = hashlib.sha256(access.encode()).digest()[:16]
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "at_hash": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            **{name: value for name, value in self.person.items() if name not in self.person.get("_later", ())},
        }
        claims.pop("_later", None)
        self.tokens[access] = self.person
        wrong: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "audience": {"aud": "another client"},
            "issuer": {"iss": "https://elsewhere.example"},
            "expired": {"iat": now - 900, "exp": now - 600},
            "future": {"iat": now + 900, "exp": now + 1200},
            "other token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
            "party": {"aud": [CLIENT_ID, "another client"], "azp": "another client"},
        }
        claims |= wrong.get(self.fault, {})
        if self.fault == "no nonce":
            del claims["nonce"]
        key = self.other_key if self.fault == "key" else self.key
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
        if self.fault == "unsigned":
            head = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
            token = f"{head}.{token.split('.')[1]}."
        return JSONResponse({"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": token})

    async def keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def userinfo(self, request: Request) -> Response:
        person = self.tokens[request.headers["authorization"].removeprefix("Bearer ")]
        return JSONResponse({name: person[name] for name in ("sub", "email", "email_verified") if name in person})


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider on a free port, until the block ends."""
    found = Provider()
    server = uvicorn.Server(uvicorn.Config(found.app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    found.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.should_exit = True
        thread.join(timeout=10)
