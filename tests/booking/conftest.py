"""Dana's salon: open 10:00–20:00 every day, whole hours, one chair. Asked on Saturday 21/11/2026 at eight."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from crm.models import Business
from tests.support.factories import BusinessFactory, BusinessSettingsFactory, OpeningHoursFactory, ResourceFactory

ISRAEL = ZoneInfo("Asia/Jerusalem")


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 21, 8, tzinfo=ISRAEL)


@pytest.fixture
def salon(db: None) -> Business:
    return make_salon("dana")


@pytest.fixture
def other_salon(db: None) -> Business:
    return make_salon("ruth")


def make_salon(slug: str) -> Business:
    business = BusinessFactory(slug=slug)
    BusinessSettingsFactory(business=business)
    ResourceFactory(business=business, slug="noa")
    for weekday in range(7):
        OpeningHoursFactory(business=business, weekday=weekday, opens=time(10), closes=time(20))
    return business
