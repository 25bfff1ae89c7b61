"""The salon's morning, with Dana who owns it, Noa who works there, and Ruth of the salon next door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from crm.tenancy import for_business
from tests.support.morning import Morning, morning_of


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]  # a user
    return client


@pytest.fixture
def world(db: None) -> Iterator[Morning]:
    """The test itself works in the salon; each request in the business of whoever asks."""
    world = morning_of()
    with for_business(world.business):
        yield world


@pytest.fixture
def dana(world: Morning) -> Client:
    return client_of(world.dana)


@pytest.fixture
def noa(world: Morning) -> Client:
    return client_of(world.noa)


@pytest.fixture
def ruth(world: Morning) -> Client:
    """Owns the salon next door."""
    return client_of(morning_of("ruth", "המספרה של רות", "+97233335566").dana)
