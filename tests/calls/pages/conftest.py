"""Pages about calls, seen by Dana who owns the salon, Noa who works there, and Ruth next door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.support.factories import NOW
from tests.support.salon import dana, next_door, noa, salon

__all__ = ["dana", "next_door", "noa", "salon"]


@pytest.fixture(autouse=True)
def _now(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ten minutes after the calls of the factories; a browser lives in the real time."""
    if request.node.get_closest_marker("browser"):
        yield
        return
    with time_machine.travel(NOW.replace(minute=10), tick=False):
        yield
