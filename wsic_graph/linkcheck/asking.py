"""Ask whether a link works: HEAD, then GET, over redirects, never at an address that is not public.

A name is resolved once, and the connection goes to the very address that was looked at, so that
neither a redirect nor a name server that changes its mind leads into a private network.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

import httpcore
import httpx

WORKING, UNSURE, BROKEN = OUTCOMES = ("working", "unsure", "broken")
"""Seen working; answers, but not to a program; gone or silent."""
_CLOSED_TO_PROGRAMS = frozenset({401, 403, 405, 406, 407, 429, 451, 503, 999})
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotPublic(Exception):
    """The link leads to an address that is not public; it was not asked."""


@dataclass(frozen=True)
class Look:
    """What came of asking: ``status`` is that of HTTP or 0 where nothing answered, ``note`` says why in words.

    ``answered`` tells whether anything spoke HTTP with us, so that there is a network.
    """

    outcome: str
    status: int = 0
    note: str = ""

    @property
    def answered(self) -> bool:
        """Whether there was an answer of any kind."""
        return self.status > 0


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, also the address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return is_public(inner)
        if address in _NAT64:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class Asker:
    """Asks. ``allowed`` are addresses that may be asked although they are not public, such as an intranet's."""

    def __init__(self, site: str, seconds: float = 10.0, allowed: Iterable[str] = ()) -> None:
        self._headers = [("User-Agent", f"wsic-links (+{site})"), ("Accept", "*/*"), ("Accept-Encoding", "identity")]
        self._seconds = seconds
        self._allowed = frozenset(ipaddress.ip_address(item) for item in allowed)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpcore.default_ssl_context()

    def look(self, link: str) -> Look:
        """Whether ``link`` works. Takes at most four times the seconds of one answer."""
        until = time.monotonic() + 4 * self._seconds
        found = Look(BROKEN, 0, "no answer")
        for method in ("HEAD", "GET"):
            try:
                found = self._follow(method, link, until)
            except NotPublic as error:
                return Look(BROKEN, 0, str(error))
            except (httpx.InvalidURL, ValueError, UnicodeError):
                return Look(BROKEN, 0, "it is no address that can be asked")
            except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
                found = Look(BROKEN, 0, _words(error))
                if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
                    break
            if found.outcome == WORKING:
                break
        return found

    def _follow(self, method: str, link: str, until: float) -> Look:
        place = link
        for _ in range(_MOST_REDIRECTS + 1):
            address = httpx.URL(place)
            if address.scheme not in ("http", "https") or not address.host:
                return Look(BROKEN, 0, "it leads to something that is no web page")
            status, target = self._ask(method, address, until)
            if status not in _REDIRECTS or not target:
                return _judged(status)
            place = urljoin(str(address), target)
        return Look(BROKEN, status, "it leads round in redirects")

    def _ask(self, method: str, address: httpx.URL, until: float) -> tuple[int, str]:
        url = httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path)
        headers = [("Host", address.netloc.decode()), *self._headers]
        wait = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        network = _Network(self._allowed, until)
        with (
            httpcore.ConnectionPool(ssl_context=self._tls, network_backend=network, retries=0) as pool,
            pool.stream(method, url, headers=headers, extensions={"timeout": wait}) as response,
        ):
            found = next((value for name, value in response.headers if name.lower() == b"location"), b"")
            return response.status, found.decode("latin-1")


def _judged(status: int) -> Look:
    if 200 <= status < 300:
        return Look(WORKING, status)
    if status in _CLOSED_TO_PROGRAMS:
        return Look(UNSURE, status, "the site answers, but not to a program")
    words = {404: "there is no such page", 410: "the page was removed"}
    return Look(BROKEN, status, words.get(status, "the site reports an error"))


def _words(error: Exception) -> str:
    if isinstance(error, httpcore.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpcore.ConnectError):
        return "no connection"
    return "no answer that could be read"


class _Network(httpcore.NetworkBackend):
    """Connections to public addresses, which end at the moment ``until`` of the monotonic clock."""

    def __init__(self, allowed: frozenset[Address], until: float) -> None:
        self._inner = httpcore.SyncBackend()
        self._allowed = allowed
        self._until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve the name, look at every address, then connect to the first."""
        addresses = self._resolved(host, port)
        for address in addresses:
            if not is_public(address) and address not in self._allowed:
                raise NotPublic("it leads to an address that is not public")
        stream = self._inner.connect_tcp(
            str(addresses[0]), port, _left(timeout, self._until), local_address, socket_options
        )
        return _Bounded(stream, self._until)

    @staticmethod
    def _resolved(host: str, port: int) -> list[Address]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from None
        return [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found]


class _Bounded(httpcore.NetworkStream):
    """A connection on which nothing takes longer than until a moment, however slowly it drips."""

    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What comes next."""
        return self._inner.read(max_bytes, _left(timeout, self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send."""
        self._inner.write(buffer, _left(timeout, self._until))

    def close(self) -> None:
        """End it."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on encrypted; the certificate is that of the name."""
        return _Bounded(self._inner.start_tls(ssl_context, server_hostname, _left(timeout, self._until)), self._until)

    def get_extra_info(self, info: str) -> Any:
        """About the socket."""
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the whole took too long")
    return min(left, timeout) if timeout is not None else left
