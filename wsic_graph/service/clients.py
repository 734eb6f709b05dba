"""Who asks, for the fair queue."""

from __future__ import annotations

import ipaddress

from starlette.types import Scope


def client_of(scope: Scope) -> str:
    """The address of the client; of an IPv6 address the network, which is what one client has."""
    host: str = (scope.get("client") or ("",))[0]
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network(f"{host.partition('%')[0]}/64", strict=False))
    except ValueError:
        return host
