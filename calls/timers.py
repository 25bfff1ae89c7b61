"""The conversation's timers, by name. One that was stopped or replaced is over, even if it has rung already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from calls.clock import Clock


class Rung(NamedTuple):
    """A timer has run out; whether it still counts is asked when its turn comes."""

    name: str
    number: int


class Timers:
    """`rings` is called when a timer runs out, and must not block. Made within a running loop."""

    def __init__(self, clock: Clock, rings: Callable[[Rung], None]) -> None:
        self._clock = clock
        self._rings = rings
        self._loop = asyncio.get_running_loop()
        self._numbers = count(1)
        self._current: dict[str, tuple[int, asyncio.TimerHandle]] = {}

    def start(self, name: str, after_ms: int) -> None:
        """Let it ring after this long, instead of an earlier one of this name."""
        self.stop(name)
        rung = Rung(name, next(self._numbers))
        handle = self._loop.call_later(after_ms / 1000 / self._clock.rate, self._rings, rung)
        self._current[name] = (rung.number, handle)

    def stop(self, name: str) -> None:
        if (current := self._current.pop(name, None)) is not None:
            current[1].cancel()

    def take(self, rung: Rung) -> bool:
        """Whether it rang for somebody: false if it was stopped or started again since. Counts once."""
        current = self._current.get(rung.name)
        if current is None or current[0] != rung.number:
            return False
        del self._current[rung.name]
        return True

    def close(self) -> None:
        """The call is over: nothing rings any more."""
        for name in list(self._current):
            self.stop(name)
