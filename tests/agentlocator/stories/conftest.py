"""The whole product over its own sockets, and whoever works with it in a browser while the telephone rings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import time
from typing import Any, TypeVar

import pytest
import redis
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Locator, Page
from pytest_django.fixtures import Settings

from calls.clock import Clock
from calls.threads import off_loop
from crm.models import Business, Role
from simulator.carrier import Call
from simulator.person import Person
from tests.support.browser import Browser
from tests.support.factories import (
    BusinessFactory,
    MembershipFactory,
    OpeningHoursFactory,
    PhoneLineFactory,
    ResourceFactory,
    ServiceFactory,
    UserFactory,
)
from tests.support.telephone import NUMBER, House, open_house

Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def _empty_broker(settings: Settings) -> Iterator[None]:
    """What one story counts, queues and mints is none of the next one's business."""
    cache.clear()
    yield
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


@pytest.fixture
def rate() -> float:
    """How many times faster than life the telephone goes; a browser's own sound goes as in life."""
    return 1.0


@pytest.fixture
async def house(transactional_db: None, settings: Settings, rate: float) -> AsyncIterator[House]:
    async with open_house(settings, Clock(rate)) as house:
        yield house


@pytest.fixture
def salon(transactional_db: None) -> Business:
    """Dana's: open every day from ten to eight, whole hours, one chair, with a number."""
    business: Business = BusinessFactory(slug="dana", name="המספרה של דנה", with_settings=True)
    ResourceFactory(business=business, slug="noa", name="נועה")
    ServiceFactory(business=business, slug="cut", name="תספורת", duration_min=60, price=80)
    PhoneLineFactory(business=business, number=NUMBER)
    for weekday in range(7):
        OpeningHoursFactory(business=business, weekday=weekday, opens=time(10), closes=time(20))
    return business


@pytest.fixture
def dana(salon: Business) -> User:
    return member(salon, "דנה", Role.OWNER)


@pytest.fixture
def noa(salon: Business) -> User:
    return member(salon, "נועה", Role.STAFF, phone="+972521110000")


def member(business: Business, name: str, role: Role, **facts: Any) -> User:
    user: User = UserFactory(first_name=name, is_staff=True)
    MembershipFactory(user=user, business=business, role=role, **facts)
    return user


async def told(browser: Browser, story: Callable[..., Result], *users: User | None) -> Result:
    """The story in a thread of its own, the house on the test's loop; nothing went wrong that was not expected."""
    result = await off_loop(browser.visit_together, story, users=users or (None,))
    assert browser.wrong == []
    return result


@dataclass
class Telephone:
    """Somebody who calls while a browser's story runs: its verbs may be used from the story's thread."""

    house: House
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def ring(self, person: Person | None = None) -> Call:
        async def ring() -> Call:
            call = self.house.ring()
            if person is not None:
                call.person = person
            return call

        return self._done(ring())

    def hears(self, call: Call, words: str) -> None:
        self._done(self.house.heard(call, words))

    def says(self, call: Call, words: str) -> None:
        self._done(call.say(words))

    def hangs_up(self, call: Call) -> None:
        self.loop.call_soon_threadsafe(call.hang_up)
        self.is_over(call)

    def is_over(self, call: Call) -> None:
        """The call ended and everything about it is stored."""
        self._done(self.house.stored(call))

    def _done(self, work: Awaitable[Result]) -> Result:
        async def awaited() -> Result:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(120)


def toast(page: Page, text: str) -> Locator:
    found = page.locator("#toasts .toast", has_text=text)
    found.wait_for()
    return found


def heard_by_page(page: Page, text: str) -> None:
    """The page's transcript has the assistant's line."""
    page.locator("#lines .al-turn.assistant", has_text=text).first.wait_for(timeout=20_000)
