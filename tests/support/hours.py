"""Where it is day. After midnight "tomorrow" may mean two days, and callers are asked which: no test of ours is about
that by the wall's clock, so its salon stands where people are awake.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

HOME, ELSEWHERE = "Asia/Jerusalem", "America/Los_Angeles"  # ten hours apart
AWAKE = range(6, 21)


def waking_zone() -> str:
    """Israel by day, another zone while it sleeps there or soon will."""
    return HOME if datetime.now(ZoneInfo(HOME)).hour in AWAKE else ELSEWHERE
