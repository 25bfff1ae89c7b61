"""Dana owns a salon where Noa works; Ruth's salon next door is none of their business. For a folder's `conftest.py`."""

from __future__ import annotations

from datetime import time

import pytest
from django.test import Client

from crm.models import Business, Role
from tests.support.factories import BusinessFactory, OpeningHoursFactory, PhoneLineFactory, ResourceFactory
from tests.support.pages import signed_in


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
