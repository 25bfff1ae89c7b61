"""A page of live calls without a browser: a socket with a session's cookie, and what it was told."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client
from django.urls import path

from agentlocator.own_origin import OwnOriginValidator
from calls.live.socket import LiveSocket
from calls.threads import off_loop
from crm.models import Business, Membership, Role
from tests.support.factories import MembershipFactory, UserFactory

APPLICATION = URLRouter([path("ws/calls/live/", OwnOriginValidator(CookieMiddleware(LiveSocket.as_asgi())))])


def member(
    business: Business, *, name: str = "נועה", phone: str = "+972521110000", role: Role = Role.STAFF
) -> Membership:
    return MembershipFactory(user=UserFactory(first_name=name), business=business, phone=phone, role=role)


def cookie_of(user: Any) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Watcher:
    """`told` is all that came, `lines` the transcript of the watched call as the page has it."""

    def __init__(self, socket: WebsocketCommunicator) -> None:
        self.socket = socket
        self.told: list[dict[str, Any]] = []
        self.lines: dict[int, dict[str, Any]] = {}
        self.seq = 0
        self.numbers: list[int] = []  # of the events, as they came
        self.closed_with: int | None = None
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            message = await self.socket.output_queue.get()
            self._news.set()
            if message["type"] == "websocket.close":
                self.closed_with = message.get("code")
                return
            self._take(json.loads(message["text"]))

    def _take(self, message: dict[str, Any]) -> None:
        self.told.append(message)
        if message["type"] == "events":
            self.seq = message["seq"]
            for event in message["events"]:
                self.numbers.append(event["seq"])
                if event["kind"] == "line":
                    self.lines[event["index"]] = event

    async def say(self, **message: Any) -> None:
        await self.socket.send_json_to(message)

    async def watch(self, sid: str, after: int = 0) -> None:
        await self.say(type="watch", sid=sid, after=after)

    async def command(self, what: str, sid: str, text: str = "", request: str = "r1") -> dict[str, Any]:
        await self.say(type="command", id=request, sid=sid, what=what, text=text)
        return await self.until(lambda: self.answer(request))

    def answer(self, request: str) -> dict[str, Any] | None:
        return next((each for each in self.told if each["type"] == "answer" and each["id"] == request), None)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [
            event for each in self.told if each["type"] == "events" for event in each["events"] if event["kind"] == kind
        ]

    @property
    def listed(self) -> list[dict[str, Any]]:
        """The list as the page has it."""
        return next((each["calls"] for each in reversed(self.told) if each["type"] == "calls"), [])

    async def until(self, condition: Callable[[], Any], seconds: float = 20.0) -> Any:
        async with asyncio.timeout(seconds):
            while not (value := condition()):
                self._news.clear()
                await self._news.wait()
        return value

    async def close(self) -> None:
        self._reader.cancel()
        await self.socket.disconnect(timeout=5)


@contextlib.asynccontextmanager
async def watching(cookie: str = "", *, language: str = "he") -> AsyncIterator[Watcher]:
    """A socket that is open; it may be closed by the other side at once."""
    headers = [(b"origin", settings.PUBLIC_URL.encode()), (b"host", b"localhost")]
    if cookie:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
    socket = WebsocketCommunicator(APPLICATION, f"ws/calls/live/?language={language}", headers)
    accepted, _code = await socket.connect(timeout=10)
    assert accepted
    watcher = Watcher(socket)
    try:
        yield watcher
    finally:
        await watcher.close()


async def page_of(membership: Membership) -> str:
    """The cookie of this member's browser."""
    return await off_loop(cookie_of, membership.user)
