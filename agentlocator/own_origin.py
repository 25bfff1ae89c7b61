"""Sockets for our own pages only: what a browser says of the page that opens one is compared as a whole.

A browser names the page's scheme, host and port. Another port of the same machine is another program, whose pages
would bring our members' cookies along: cookies know no ports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Where a page comes from, its port spelled out."""

    scheme: str
    host: str
    port: int


class OwnOriginValidator:
    """Lets in pages of `PUBLIC_URL`, and those of the very address that the socket is asked for at.

    The latter is one of the installation's names (`ALLOWED_HOSTS`) on whatever port it serves. No origin, no socket:
    every browser names one, and carriers have a door of their own.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        origin = _origin_of(headers.get(b"origin", ""))
        is_ours = origin is not None and origin in (_origin_of(settings.PUBLIC_URL), _asked_at(scope, headers))
        application: Any = self._application if is_ours else WebsocketDenier.as_asgi()
        await application(scope, receive, send)


def _asked_at(scope: Mapping[str, Any], headers: Mapping[bytes, str]) -> Origin | None:
    """The origin of a page that was loaded from where this request goes."""
    host = headers.get(b"host", "")
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return None
    is_secure = scope.get("scheme") == "wss" or settings.PUBLIC_URL.startswith("https://")
    return _origin_of(f"{'https' if is_secure else 'http'}://{host}")


def _origin_of(address: str) -> Origin | None:
    """None for what is no address of a page, such as the `null` of a page without an origin."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return Origin(parts.scheme, parts.hostname, port or _PORTS[parts.scheme])
