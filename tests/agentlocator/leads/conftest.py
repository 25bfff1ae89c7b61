"""A salon that Dana owns and Noa works in, and a garage next door."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from crm.models import Business, Role
from tests.support.factories import BusinessFactory, MembershipFactory, UserFactory


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(slug="salon", with_settings=True)
    return business


@pytest.fixture
def garage(db: None) -> Business:
    business: Business = BusinessFactory(slug="garage", with_settings=True)
    return business


def member(business: Business, role: Role, username: str, first_name: str) -> User:
    user: User = UserFactory(username=username, first_name=first_name, is_staff=True)
    MembershipFactory(user=user, business=business, role=role)
    return user


@pytest.fixture
def dana_herself(salon: Business) -> User:
    return member(salon, Role.OWNER, "dana", "דנה")


@pytest.fixture
def noa_herself(salon: Business) -> User:
    return member(salon, Role.STAFF, "noa", "נועה")


@pytest.fixture
def dana(dana_herself: User) -> Client:
    client = Client()
    client.force_login(dana_herself)
    return client


@pytest.fixture
def noa(noa_herself: User) -> Client:
    client = Client()
    client.force_login(noa_herself)
    return client
