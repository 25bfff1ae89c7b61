"""A salon with a telephone.

Carrier, provider and product share one clock, so that a call full of silences takes a fraction of its time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import time
from zoneinfo import ZoneInfo

import pytest
import redis
from django.utils import timezone
from pytest_django.fixtures import Settings

from calls.clock import Clock
from calls.models import PhoneLine
from calls.threads import off_loop
from crm.models import Business
from crm.tenancy import for_business
from tests.support.factories import BusinessFactory, BusinessSettingsFactory, OpeningHoursFactory, ResourceFactory
from tests.support.hours import waking_zone
from tests.support.telephone import NUMBER, RATE, House, open_house


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
        PhoneLine.objects.create(business=business, number=NUMBER, verified_at=timezone.now())
    return business


@pytest.fixture
def rate() -> float:
    """How many times faster than life; a test with many calls at once asks for less."""
    return RATE


@pytest.fixture
async def house(salon: Business, settings: Settings, rate: float) -> AsyncIterator[House]:
    await off_loop(_wake, salon)
    async with open_house(settings, Clock(rate)) as house:
        yield house


def _wake(salon: Business) -> None:
    """Its telephone rings by the wall's clock."""
    salon.timezone = ZoneInfo(waking_zone())
    salon.save(update_fields=["timezone"])
