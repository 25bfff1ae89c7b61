"""Which pages may open the staff's socket: those of this installation, on this very port."""

from __future__ import annotations

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from pytest_django import Settings

from agentlocator.own_origin import OwnOriginValidator


async def room(_scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Opens to everybody whom nobody has turned away before."""
    await receive()
    await send({"type": "websocket.accept"})


async def opens(origin: str | None, host: str, *, scheme: str = "ws") -> bool:
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode("latin-1")))
    socket = WebsocketCommunicator(OwnOriginValidator(room), "ws/calls/live/", headers)
    socket.scope["scheme"] = scheme
    accepted, _code = await socket.connect()
    return accepted


@pytest.fixture(autouse=True)
def installation(settings: Settings) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("http://localhost:9123", "localhost:9123"),  # whatever PORT is
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://LOCALHOST", "localhost:80"),
        ("http://localhost:8000", "web:8000"),  # a proxy that asks under a name of its own
    ],
)
async def test_our_own_pages_open_it(origin: str, host: str) -> None:
    assert await opens(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:3000", "localhost:8000"),  # another program on the same machine
        ("https://localhost:8000", "localhost:8000"),
        ("http://localhost", "localhost:8000"),
        ("http://elsewhere.example", "localhost:8000"),
        ("http://elsewhere.example:8000", "elsewhere.example:8000"),  # a name that leads here without being ours
        ("http://localhost.elsewhere.example:8000", "localhost:8000"),
        (None, "localhost:8000"),
        ("", "localhost:8000"),
        ("null", "localhost:8000"),
        ("http://localhost:80000", "localhost:80000"),
        ("http://[::1", "localhost:8000"),
        ("file://localhost:8000", "localhost:8000"),
        ("http://\xff", "localhost:8000"),
    ],
)
async def test_no_other_page_does(origin: str | None, host: str) -> None:
    assert not await opens(origin, host)


@pytest.mark.parametrize(
    ("origin", "is_open"),
    [
        ("https://agents.example.com", True),
        ("https://agents.example.com:443", True),
        ("https://www.example.com", True),  # another of its names
        ("http://agents.example.com", False),
        ("https://agents.example.com:8443", False),
        ("https://evil.example.com", False),
    ],
)
async def test_behind_a_proxy_that_speaks_https(settings: Settings, origin: str, is_open: bool) -> None:
    settings.PUBLIC_URL = "https://agents.example.com"
    settings.ALLOWED_HOSTS = ["agents.example.com", "www.example.com"]
    host = origin.partition("//")[2].removesuffix(":8443")

    assert await opens(origin, host) is is_open
