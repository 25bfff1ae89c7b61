"""A timer that was stopped or replaced says nothing, even where it has rung already."""

from __future__ import annotations

import asyncio

from calls.clock import Clock
from calls.timers import Rung, Timers


class Bench:
    """Timers whose rings wait in a list, as they do in a call's inbox."""

    def __init__(self) -> None:
        self.rung: list[Rung] = []
        self.timers = Timers(Clock(1000), self._rings)
        self._rang = asyncio.Event()

    def _rings(self, rung: Rung) -> None:
        self.rung.append(rung)
        self._rang.set()

    async def rings(self, times: int = 1) -> None:
        while len(self.rung) < times:
            self._rang.clear()
            await self._rang.wait()

    def taken(self) -> list[str]:
        return [rung.name for rung in self.rung if self.timers.take(rung)]


async def test_a_timer_rings_once() -> None:
    bench = Bench()
    bench.timers.start("silence", 10)
    await bench.rings()

    assert bench.taken() == ["silence"]
    assert bench.taken() == []


async def test_a_stop_reaches_a_timer_that_has_rung_already() -> None:
    bench = Bench()
    bench.timers.start("silence", 10)
    await bench.rings()
    bench.timers.stop("silence")

    assert bench.taken() == []


async def test_a_timer_started_again_rings_only_as_the_new_one() -> None:
    bench = Bench()
    bench.timers.start("silence", 10)
    await bench.rings()
    bench.timers.start("silence", 20)
    assert bench.taken() == []

    await bench.rings(2)
    assert bench.taken() == ["silence"]


async def test_timers_of_other_names_are_left_alone() -> None:
    bench = Bench()
    bench.timers.start("silence", 10)
    bench.timers.start("response", 10)
    bench.timers.stop("silence")
    bench.timers.stop("nobody started this")
    await bench.rings()

    assert bench.taken() == ["response"]
