"""A salon, its customer, and browsers of Dana, who owns it, and of Noa, who works there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from crm.models import Business, Lead, Role
from tests.support.factories import BusinessFactory, LeadFactory
from tests.support.pages import signed_in


@pytest.fixture
def shop(db: None, settings: Any, tmp_path: Path) -> Business:
    settings.MEDIA_ROOT = tmp_path
    return BusinessFactory(name="המספרה של דנה")


@pytest.fixture
def ronit(shop: Business) -> Lead:
    return LeadFactory(business=shop, name="רונית לוי", phone="+972530000226")


@pytest.fixture
def dana(shop: Business) -> Client:
    return signed_in(shop, first_name="דנה")


@pytest.fixture
def noa(shop: Business) -> Client:
    return signed_in(shop, Role.STAFF, first_name="נועה")
