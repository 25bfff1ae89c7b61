"""The conversation's timers, by name. One that was stopped or replaced is over, even if it has rung already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any, NamedTuple

from calls.clock import Clock


class Rung(NamedTuple):
    """A timer has run out; whether it still counts is asked when its turn comes."""

    name: str
    number: int


class Timers:
    """`rings` is called when a timer runs out, and must not block."""

    def __init__(
        self,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        rings: Callable[[Rung], None],
    ) -> None:
        self._clock = clock
        self._spawn = spawn
        self._rings = rings
        self._numbers = count(1)
        self._current: dict[str, tuple[int, asyncio.Task[None]]] = {}

    def start(self, name: str, after_ms: int) -> None:
        """Let it ring after this long, instead of an earlier one of this name."""
        self.stop(name)
        rung = Rung(name, next(self._numbers))
        self._current[name] = (rung.number, self._spawn(self._ring(rung, after_ms)))

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

    async def _ring(self, rung: Rung, after_ms: int) -> None:
        await self._clock.sleep(after_ms / 1000)
        self._rings(rung)
