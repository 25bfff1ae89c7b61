from datetime import datetime
from zoneinfo import ZoneInfo

import pytest


@pytest.fixture
def clock_now() -> datetime:
    """A Saturday morning in November, local time."""
    return datetime(2026, 11, 21, 10, 0, tzinfo=ZoneInfo("Asia/Jerusalem"))
