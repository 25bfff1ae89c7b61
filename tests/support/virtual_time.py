"""Time that passes only while everybody waits: a call of a minute takes a second, and a slow machine changes nothing.

Sockets, threads and the database are real. As long as one of them has something to deliver the clock stands still; when
nobody has, it jumps to the next timer. A scenario therefore sees the same times on an idle machine and on a busy one.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

from calls.clock import Clock

T = TypeVar("T")

STUCK_S = 60.0  # real seconds without anything to do, though somebody is waited for


class Stuck(RuntimeError):
    """Nothing happens any more: every task waits for something that never comes."""


class _Selector(selectors.DefaultSelector):
    """Looks at the sockets, and lets the loop's time jump where it would have slept."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: VirtualLoop | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or self.loop is None or timeout is None or timeout <= 0:
            return ready if ready or timeout is not None else self._wait()
        if self.loop.others_at_work:
            return self._wait()
        self.loop.jump(timeout)
        return ready

    def _wait(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Really wait: for a thread, or for a peer that is not on this loop."""
        if not (ready := super().select(STUCK_S)):
            raise Stuck
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a time of its own. `waits_for_threads` may be switched off while one of them is held up on
    purpose: then time goes on without it."""

    def __init__(self, on_jump: Callable[[float], None] | None = None) -> None:
        self._now = 1000.0
        self._on_jump = on_jump
        self._at_work = 0
        self._outside: list[asyncio.BaseTransport] = []
        self.waits_for_threads = True
        selector = _Selector()
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        self._now += seconds
        if self._on_jump is not None:
            self._on_jump(seconds)

    @property
    def others_at_work(self) -> bool:
        """Somebody is busy who is not on this loop: a thread, or a server that is being asked something."""
        self._outside = [transport for transport in self._outside if not transport.is_closing()]
        return bool(self._outside) or (self.waits_for_threads and self._at_work > 0)

    async def create_unix_connection(  # type: ignore[override]  # whatever it is called with is passed on
        self, *args: Any, **kwargs: Any
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Only the broker listens on such a socket, and it is asked one thing at a time."""
        transport, protocol = await super().create_unix_connection(*args, **kwargs)
        self._outside.append(transport)
        return transport, protocol

    def run_in_executor(  # type: ignore[override]  # the parent's stub names its arguments otherwise
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Everything that leaves the loop's thread comes through here; until it is back, time stands still."""
        self._at_work += 1
        work = super().run_in_executor(executor, func, *args)
        work.add_done_callback(self._one_is_back)
        return work

    def _one_is_back(self, work: asyncio.Future[Any]) -> None:
        self._at_work -= 1


class VirtualClock(Clock):
    """The clock of the running `VirtualLoop`, for product and stand-ins alike."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    def now(self) -> float:
        return self._loop.time() - self._began


def run(work: Coroutine[Any, Any, T], on_jump: Callable[[float], None] | None = None) -> T:
    """Run this to its end in virtual time. `on_jump` is told of every jump, such as to move the date along."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(on_jump)) as runner:
        return runner.run(work)
