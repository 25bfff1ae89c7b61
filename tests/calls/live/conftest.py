"""Calls that are watched go at half of the usual haste: a page, its socket and the broker live by the wall's clock."""

from __future__ import annotations

import pytest

from tests.support.telephone import RATE


@pytest.fixture
def rate() -> float:
    return RATE / 2
