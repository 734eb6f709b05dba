"""The OpenID Connect provider of the settings: what it publishes of itself, and what it says of who signs in there.

Authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1; RFC 7636; RFC 9207).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Any, cast
from urllib.parse import quote

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from wsic_graph.errors import WsicError
from wsic_graph.ledger.elsewhere import Identity, Passage
from wsic_graph.settings import Settings

_ALGORITHMS = ["RS256", "PS256", "ES256"]
"""With which a provider may sign; never with a secret that it shares."""
_SECONDS = 5.0
_KEPT_SECONDS = 3600
_LEEWAY = 30
_MOST_BYTES = 200_000
_few_at_once = BoundedSemaphore(4)
"""So that a provider that does not answer takes few of the threads that pages need."""


class ProviderFailed(WsicError):
    """The provider cannot be reached, or what it said is not to be believed; the words say which."""


class Provider:
    """The provider of the settings. Safe to use from many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._known: tuple[float, Mapping[str, Any]] = (0.0, {})

    @property
    def name(self) -> str:
        """What it is called; empty where none is set."""
        return self._settings.oidc_name if self._settings.oidc_issuer else ""

    @property
    def back(self) -> str:
        """The address to which it sends people back."""
        return f"{self._settings.public_url}/account/elsewhere/back"

    def address(self, passage: Passage) -> str:
        """Where to send somebody to sign in."""
        with self._session() as session:
            about = self._about(session)
            found, _ = self._client(session).create_authorization_url(
                about["authorization_endpoint"],
                state=passage.state,
                code_verifier=passage.verifier,
                nonce=passage.nonce,
            )
        return str(found)

    def identity(self, passage: Passage, code: str, issuer: str) -> Identity:
        """Who signed in there, by the ``code`` that they came back with. Raises ``ProviderFailed``.

        ``issuer`` is who says that it sent them, empty where it did not.
        """
        if issuer and issuer != self._settings.oidc_issuer:
            raise ProviderFailed("The answer came from another provider.")
        with self._session() as session:
            about = self._about(session)
            try:
                token = self._token(session, about, passage, code)
                claims = self._claims(session, about, passage, token)
                told = claims if "email" in claims else {**claims, **self._more(session, about, claims, token)}
            except httpx.HTTPError as error:
                raise ProviderFailed(f"It could not be reached ({type(error).__name__}).") from None
            except (AuthlibBaseError, JoseError) as error:
                raise ProviderFailed(f"What it said was not right ({error}).") from None
            except (ValueError, KeyError, TypeError) as error:
                raise ProviderFailed(f"What it said cannot be read ({type(error).__name__}).") from None
        email = told.get("email") if told.get("email_verified") is True else ""
        return Identity(self._settings.oidc_issuer, str(claims["sub"]), email if isinstance(email, str) else "")

    def _about(self, session: httpx.Client) -> Mapping[str, Any]:
        """Its metadata (OpenID Connect Discovery 1.0), asked for once an hour."""
        with self._lock:
            moment, known = self._known
            if known and time.monotonic() - moment < _KEPT_SECONDS:
                return known
        place = f"{self._settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            found = _json(session.get(place))
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderFailed(f"It could not be reached ({type(error).__name__}).") from None
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != self._settings.oidc_issuer or not all(isinstance(found.get(n), str) for n in needed):
            raise ProviderFailed("What it publishes of itself is not of the issuer that was set.")
        with self._lock:
            self._known = time.monotonic(), found
        return found

    @contextmanager
    def _session(self) -> Iterator[httpx.Client]:
        """What speaks with it, for one of a few visitors at once."""
        if not _few_at_once.acquire(timeout=_SECONDS):
            raise ProviderFailed("Too many people are signing in there now.")
        try:
            with httpx.Client(timeout=_SECONDS, follow_redirects=False) as session:
                yield session
        finally:
            _few_at_once.release()

    def _client(self, session: httpx.Client) -> OAuth2Client:
        return OAuth2Client(
            session,
            client_id=self._settings.oidc_client_id,
            scope="openid email",
            redirect_uri=self.back,
            code_challenge_method="S256",
        )

    def _token(self, session: httpx.Client, about: Mapping[str, Any], passage: Passage, code: str) -> Mapping[str, Any]:
        """What the token endpoint gives for a code."""
        file, name = self._settings.oidc_client_secret_file, self._settings.oidc_client_id
        secret = file.read_text(encoding="utf-8").strip() if file else ""
        ways = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        auth, sent = httpx.Auth(), {"client_id": name}
        if secret and "client_secret_basic" in ways:
            auth, sent = httpx.BasicAuth(quote(name, safe=""), quote(secret, safe="")), {}
        elif secret:
            sent["client_secret"] = secret
        found: Mapping[str, Any] = self._client(session).fetch_token(
            about["token_endpoint"],
            grant_type="authorization_code",
            code=code,
            code_verifier=passage.verifier,
            redirect_uri=self.back,
            auth=auth,
            **sent,
        )
        return found

    def _claims(
        self, session: httpx.Client, about: Mapping[str, Any], passage: Passage, token: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The claims of the signed ID token, once all of it has been checked."""
        keys = KeySet.import_key_set(cast(KeySetSerialization, _json(session.get(about["jwks_uri"]))))
        signed = jwt.decode(token["id_token"], keys, algorithms=_ALGORITHMS)
        rules = {
            "iss": {"essential": True, "value": self._settings.oidc_issuer},
            "aud": {"essential": True, "value": self._settings.oidc_client_id},
        }
        params = {
            "nonce": passage.nonce,
            "client_id": self._settings.oidc_client_id,
            "access_token": token.get("access_token"),
        }
        claims = CodeIDToken(signed.claims, signed.header, rules, params)
        claims.validate(leeway=_LEEWAY)
        if not isinstance(claims["sub"], str) or not 1 <= len(claims["sub"]) <= 255:
            raise ProviderFailed("It names nobody.")
        return dict(claims)

    def _more(
        self, session: httpx.Client, about: Mapping[str, Any], claims: Mapping[str, Any], token: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The address from the UserInfo endpoint, where there is one; it must speak of the same person."""
        place = about.get("userinfo_endpoint")
        if not isinstance(place, str):
            return {}
        found = _json(session.get(place, headers={"Authorization": f"Bearer {token['access_token']}"}))
        if found.get("sub") != claims["sub"]:
            raise ProviderFailed("It speaks of two people at once.")
        return {name: found[name] for name in ("email", "email_verified") if name in found}


def _json(answer: httpx.Response) -> dict[str, Any]:
    """The object that an answer holds. Raises ``httpx.HTTPError`` or ``ValueError``."""
    answer.raise_for_status()
    if len(answer.content) > _MOST_BYTES:
        raise ValueError("too large")
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
