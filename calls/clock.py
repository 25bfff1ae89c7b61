"""The time that a call and the stand-ins share, so that a scenario full of silences can run ten times faster."""

from __future__ import annotations

import asyncio
import time


class Clock:
    """Monotonic seconds that pass `rate` times as fast as real ones."""

    def __init__(self, rate: float = 1.0) -> None:
        if rate <= 0:
            raise ValueError("a clock's rate is above zero")
        self.rate = rate
        self._started = time.monotonic()

    def now(self) -> float:
        """Seconds since the clock was made."""
        return (time.monotonic() - self._started) * self.rate

    def now_ms(self) -> int:
        return int(self.now() * 1000)

    async def sleep(self, seconds: float) -> None:
        """Let this much of the clock's time pass; zero or less only lets others run."""
        await asyncio.sleep(max(0.0, seconds) / self.rate)

    async def sleep_until(self, at: float) -> None:
        """Sleep to an instant of this clock, which makes a steady beat out of uneven work."""
        await self.sleep(at - self.now())
