"""The socket of inbox and console: ids of one's own business, for as long as one works there."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import transaction
from django.urls import path

from agentlocator.own_origin import OwnOriginValidator
from calls.threads import off_loop
from crm.models import Business, Membership
from crm.tenancy import for_business
from tests.calls.live.watcher import cookie_of, member
from tests.support.factories import BusinessFactory, UserFactory
from whatsapp import live
from whatsapp.pages import socket as inbox_socket
from whatsapp.pages.socket import InboxSocket

ORIGIN = settings.PUBLIC_URL
APPLICATION = URLRouter([path("ws/inbox/", OwnOriginValidator(CookieMiddleware(InboxSocket.as_asgi())))])


@pytest.fixture
def salon(transactional_db: None) -> Business:
    business: Business = BusinessFactory(slug="dana")
    return business


@pytest.fixture
def garage(transactional_db: None) -> Business:
    business: Business = BusinessFactory(slug="garage")
    return business


class Page:
    def __init__(self, socket: WebsocketCommunicator) -> None:
        self.socket = socket

    async def told(self) -> dict[str, Any]:
        """What comes next, apart from the beat; {"closed": code} where the socket is closed."""
        while True:
            message = await self.socket.receive_output(timeout=10)
            if message["type"] == "websocket.close":
                return {"closed": message.get("code")}
            told: dict[str, Any] = json.loads(message["text"])
            if told["type"] != "beat":
                return told

    async def say(self, content: Any) -> None:
        await self.socket.send_to(text_data=content if isinstance(content, str) else json.dumps(content))


@contextlib.asynccontextmanager
async def page_of(user: Any, origin: str = ORIGIN) -> AsyncIterator[Page]:
    headers = [(b"origin", origin.encode()), (b"host", b"localhost")]
    if user is not None:
        cookie = await off_loop(cookie_of, user)
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
    socket = WebsocketCommunicator(APPLICATION, "ws/inbox/", headers)
    accepted, _code = await socket.connect(timeout=10)
    assert accepted
    try:
        yield Page(socket)
    finally:
        await socket.disconnect(timeout=5)


def announce(business: Business, **news: int) -> None:
    with for_business(business), transaction.atomic():
        live.announce(business.pk, **news)


async def test_strangers_and_users_of_no_business_are_turned_away(salon: Business) -> None:
    for user in (None, await off_loop(UserFactory)):
        async with page_of(user) as page:
            assert await page.told() == {"closed": 4403}


async def test_another_site_s_page_may_not_open_it(salon: Business) -> None:
    noa = await off_loop(member, salon)
    cookie = f"{settings.SESSION_COOKIE_NAME}={await off_loop(cookie_of, noa.user)}".encode()
    socket = WebsocketCommunicator(
        APPLICATION, "ws/inbox/", [(b"origin", b"https://elsewhere.example"), (b"cookie", cookie)]
    )
    accepted, _ = await socket.connect()
    assert not accepted


async def test_ids_of_one_s_own_business_and_no_other(salon: Business, garage: Business) -> None:
    noa = await off_loop(member, salon)
    async with page_of(noa.user) as page:
        assert await page.told() == {"type": "hello"}
        await off_loop(announce, garage, conversation=1, run=2)
        await off_loop(announce, salon, conversation=3, run=4)

        assert await page.told() == {"type": "news", "conversation": 3, "run": 4}


async def test_colleagues_see_who_is_writing(salon: Business, garage: Business) -> None:
    noa, dana = await off_loop(member, salon), await off_loop(member, salon, name="דנה", phone="")
    itay = await off_loop(member, garage, name="איתי")
    async with page_of(noa.user) as hers, page_of(dana.user) as other, page_of(itay.user) as stranger:
        for page in (hers, other, stranger):
            await page.told()
        for _ in range(3):  # one word every two seconds is enough
            await hers.say({"type": "typing", "conversation": 7})
        await asyncio.sleep(0)
        assert await other.told() == {"type": "typing", "conversation": 7, "name": "נועה"}
        await off_loop(announce, salon, conversation=8)
        await off_loop(announce, garage, conversation=9)

        assert (await hers.told())["conversation"] == 8  # not her own typing
        assert (await other.told())["conversation"] == 8
        assert (await stranger.told())["conversation"] == 9


async def test_whoever_leaves_the_team_is_told_nothing_more(salon: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_socket, "BEAT_SECONDS", 0.05)
    noa: Membership = await off_loop(member, salon)
    async with page_of(noa.user) as page:
        await page.told()
        await off_loop(noa.delete)

        assert await page.told() == {"closed": 4403}


async def test_whoever_has_left_does_not_tell_that_they_write(salon: Business) -> None:
    noa = await off_loop(member, salon)
    async with page_of(noa.user) as page:
        await page.told()
        await off_loop(noa.delete)
        await page.say({"type": "typing", "conversation": 1})

        assert await page.told() == {"closed": 4403}


async def test_nonsense_is_ignored_and_what_no_page_sends_closes(salon: Business) -> None:
    noa = await off_loop(member, salon)
    for closing in ("{", "[" * 3000, "x" * 9000):
        async with page_of(noa.user) as page:
            await page.told()
            for nonsense in ([1], {}, {"type": "typing"}, {"type": "typing", "conversation": "7"}, {"type": "x"}):
                await page.say(nonsense)
            await page.say(closing)

            assert await page.told() == {"closed": 4400}
