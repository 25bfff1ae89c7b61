"""The time in which scenarios are played: it stands still while anything is being done, and jumps otherwise."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.support import virtual_time
from tests.support.virtual_time import Stuck, VirtualClock, VirtualLoop


def test_a_long_sleep_takes_no_time_of_ours() -> None:
    async def sleep() -> float:
        clock = VirtualClock()
        await clock.sleep(7 * 24 * 3600)
        return clock.now()

    assert virtual_time.run(sleep()) == pytest.approx(7 * 24 * 3600)


def test_timers_ring_in_their_order() -> None:
    rung: list[str] = []

    async def ring(name: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        rung.append(name)

    async def all_of_them() -> None:
        await asyncio.gather(ring("late", 20), ring("soon", 1), ring("later", 21))

    virtual_time.run(all_of_them())
    assert rung == ["soon", "late", "later"]


def test_time_stands_still_while_a_thread_works() -> None:
    async def work() -> float:
        clock = VirtualClock()
        ticking = asyncio.ensure_future(clock.sleep(0.001))
        for _ in range(20):
            await asyncio.to_thread(sum, range(10_000))
        passed = clock.now()
        await ticking
        return passed

    assert virtual_time.run(work()) == 0


def test_a_thread_that_is_held_up_on_purpose_is_not_waited_for() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.waits_for_threads = False
        clock, released = VirtualClock(), threading.Event()
        held = asyncio.ensure_future(asyncio.to_thread(released.wait, 60))
        await clock.sleep(100)
        passed = clock.now()
        released.set()
        loop.waits_for_threads = True
        assert await held
        return passed

    assert virtual_time.run(work()) == pytest.approx(100)


def test_what_a_socket_delivers_comes_before_any_timer() -> None:
    async def talk() -> tuple[bytes, float]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()

        clock = VirtualClock()
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"shalom\n")
            async with asyncio.timeout(0.001):
                heard = await reader.readline()
            writer.close()
        return heard, clock.now()

    assert virtual_time.run(talk()) == (b"shalom\n", 0)


def test_jumps_are_told() -> None:
    jumps: list[float] = []

    async def sleep() -> None:
        await asyncio.sleep(2)
        await asyncio.sleep(3)

    virtual_time.run(sleep(), on_jump=jumps.append)
    assert sum(jumps) == pytest.approx(5)


def test_waiting_for_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_time, "STUCK_S", 0.05)

    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck):
        virtual_time.run(wait())
