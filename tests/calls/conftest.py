"""A salon with a telephone.

Carrier, provider and product share one clock, so that a call full of silences takes a fraction of its time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import time

import pytest
import redis
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path
from pytest_django.fixtures import Settings

from calls.clock import Clock
from calls.consumer import MediaSocket
from calls.models import PhoneLine
from crm.models import Business
from crm.tenancy import for_business
from simulator.carrier_rest import CarrierRest
from simulator.provider import running_provider
from tests.support.factories import BusinessFactory, BusinessSettingsFactory, OpeningHoursFactory, ResourceFactory
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, NUMBER, PUBLIC_URL, RATE, House, served


@pytest.fixture(autouse=True)
def _empty_broker(settings: Settings) -> Iterator[None]:
    """Tasks queued and tokens minted by one test are none of the next one's business."""
    yield
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


@pytest.fixture
def salon(transactional_db: None) -> Business:
    """Open every day from ten to eight, whole hours, one chair; its number is `NUMBER`."""
    business = BusinessFactory(slug="dana", name="המספרה של דנה")
    BusinessSettingsFactory(business=business)
    ResourceFactory(business=business, slug="noa")
    for weekday in range(7):
        OpeningHoursFactory(business=business, weekday=weekday, opens=time(10), closes=time(20))
    with for_business(business):
        PhoneLine.objects.create(business=business, number=NUMBER)
    return business


@pytest.fixture
def rate() -> float:
    """How many times faster than life; a test with many calls at once asks for less."""
    return RATE


@pytest.fixture
async def house(salon: Business, settings: Settings, rate: float) -> AsyncIterator[House]:
    clock = Clock(rate)
    settings.PUBLIC_URL = PUBLIC_URL
    settings.TWILIO_ACCOUNT_SID = ACCOUNT
    settings.TWILIO_AUTH_TOKEN = AUTH_TOKEN
    settings.OPENAI_API_KEY = "test-key"
    settings.PRACTICE_MODE = False
    async with contextlib.AsyncExitStack() as stack:
        provider = await stack.enter_async_context(running_provider(clock=clock))
        settings.OPENAI_BASE_URL = provider.base_url
        rest = CarrierRest()
        settings.TWILIO_API_BASE_URL = rest_url = await stack.enter_async_context(served(rest))
        application = ProtocolTypeRouter(
            {
                "http": get_asgi_application(),
                "websocket": URLRouter([path("ws/twilio/media", MediaSocket(clock))]),
            }
        )
        server = await stack.enter_async_context(served(application))
        house = House(clock, server, provider, rest, rest_url)
        try:
            yield house
        finally:
            for task in house.calls.values():
                task.cancel()
            await asyncio.gather(*house.calls.values(), return_exceptions=True)
