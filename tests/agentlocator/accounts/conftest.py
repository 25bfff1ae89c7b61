"""Dana owns a salon where Noa works; Ruth's salon next door is none of their business. Nobody waits for real."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from crm.models import Business, Membership, Role
from tests.support.factories import BusinessFactory, MembershipFactory, ResourceFactory, UserFactory


@pytest.fixture(autouse=True)
def own_counts(settings: Settings) -> None:
    """Tries at signing in are counted in the cache: each test begins at nought."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "accounts"}}
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(slug="dana", name="המספרה של דנה", with_settings=True)
    ResourceFactory(business=business, slug="noa", name="נועה")
    return business


@pytest.fixture
def next_door(db: None) -> Business:
    business: Business = BusinessFactory(slug="ruth", name="המספרה של רות", with_settings=True)
    return business


def member(business: Business, username: str, name: str, role: Role) -> Membership:
    address = f"{username}@example.com"
    user = UserFactory(username=username, first_name=name, email=address, is_staff=True)
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    membership: Membership = MembershipFactory(user=user, business=business, role=role)
    return membership


@pytest.fixture
def dana_here(salon: Business) -> Membership:
    return member(salon, "dana", "דנה", Role.OWNER)


@pytest.fixture
def noa_here(salon: Business) -> Membership:
    return member(salon, "noa", "נועה", Role.STAFF)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def dana(dana_here: Membership) -> Client:
    return browser_of(dana_here.user)


@pytest.fixture
def noa(noa_here: Membership) -> Client:
    return browser_of(noa_here.user)
