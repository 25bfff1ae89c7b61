"""The business that is measured has day, whenever it is measured: at night "tomorrow" is rightly asked about."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from agentlocator.business_files.schema import parse
from benchmarks.world import salon
from tests.support.hours import AWAKE


@pytest.mark.parametrize("hour", range(24))
def test_it_is_day_there(hour: int) -> None:
    now = datetime(2026, 11, 22, hour, 30, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        file = parse(salon())

    assert now.astimezone(ZoneInfo(str(file.timezone))).hour in AWAKE
