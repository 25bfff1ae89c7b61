"""A salon that answers questions: Dana owns it, Noa works there, Ruth owns another one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from crm.models import Business, Role
from tests.support.factories import BusinessFactory
from tests.support.pages import signed_in

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)  # Tuesday, ten in the morning in Israel


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(slug="dana", name="המספרה של דנה", with_settings=True)
    return business


@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, username="dana", first_name="דנה")


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, Role.STAFF, username="noa", first_name="נועה")


@pytest.fixture
def ruth(db: None) -> Client:
    return signed_in(BusinessFactory(slug="ruth", with_settings=True), username="ruth")
