"""Dana owns a salon where Noa works; Ruth's salon next door is none of their business."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

import pytest
import time_machine
from django.test import Client

from crm.models import Business, Role
from tests.support.factories import (
    NOW,
    BusinessFactory,
    OpeningHoursFactory,
    PhoneLineFactory,
    ResourceFactory,
)
from tests.support.pages import signed_in


@pytest.fixture(autouse=True)
def _now(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ten minutes after the calls of the factories; a browser lives in the real time."""
    if request.node.get_closest_marker("browser"):
        yield
        return
    with time_machine.travel(NOW.replace(minute=10), tick=False):
        yield


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(slug="dana", name="המספרה של דנה", with_settings=True)
    ResourceFactory(business=business, slug="noa", name="נועה")
    PhoneLineFactory(business=business, number="+97233334444")
    for weekday in range(5):
        OpeningHoursFactory(business=business, weekday=weekday, opens=time(10), closes=time(20))
    return business


@pytest.fixture
def next_door(db: None) -> Business:
    business: Business = BusinessFactory(slug="ruth", name="המספרה של רות", with_settings=True)
    return business


@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, Role.OWNER, first_name="דנה")


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, Role.STAFF, first_name="נועה")
