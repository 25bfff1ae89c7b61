"""What a call's conversation asks of our own workers, off the audio path; each question becomes one answering event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

import msgspec

from calls import desk, understanding
from calls.clock import Clock
from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.practice import desk as practice_desk
from calls.services import CallSetup
from calls.threads import off_loop

LAST_ANSWER_SECONDS = 10.0  # what the calendar is being asked when the caller hangs up is waited for

Errand = (
    do.RunUnderstanding
    | do.CheckSlot
    | do.BookAppointment
    | do.FindAppointments
    | do.MoveAppointment
    | do.CancelAppointment
    | do.FindSlots
)


class Workers:
    """Takes errands one by one; those of the calendar are done in the order in which they came."""

    def __init__(
        self,
        *,
        clock: Clock,
        now_ms: Callable[[], int],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        put: Callable[[ev.AnyEvent], None],
    ) -> None:
        self._clock = clock
        self._now_ms = now_ms
        self._spawn = spawn
        self._put = put
        self._at_desk: set[asyncio.Task[None]] = set()  # each may leave a row
        self._desk = asyncio.Lock()  # one after the other: the time asked about last is the one that stays held

    def send(self, errand: Errand, setup: CallSetup) -> None:
        """Do it; the answer comes as an event."""
        if isinstance(errand, do.RunUnderstanding):
            self._spawn(self._understand(errand, setup))
            return
        self.see_through(self._ask_desk(errand, setup))

    def see_through(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that may leave a row: the call's end waits for it."""
        task = self._spawn(work)
        self._at_desk.add(task)
        task.add_done_callback(self._at_desk.discard)

    @property
    def at_desk(self) -> frozenset[asyncio.Task[None]]:
        return frozenset(self._at_desk)

    async def finish(self) -> None:
        """The call is over: what may still leave a row is waited for a while."""
        tasks = self.at_desk
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_ANSWER_SECONDS)
        for task in tasks:
            task.cancel()

    async def _understand(self, question: do.RunUnderstanding, setup: CallSetup) -> None:
        reading = await understanding.understand(setup, question, clock=self._clock, at_ms=self._now_ms())
        self._put(ev.Understood(self._now_ms(), question.request_id, reading))

    async def _ask_desk(self, errand: Errand, setup: CallSetup) -> None:
        async with self._desk:
            answer = await self._answer(errand, setup)
        self._put(msgspec.structs.replace(answer, at_ms=self._now_ms()))

    def _answer(self, errand: Errand, setup: CallSetup) -> Awaitable[ev.AnyEvent]:
        return off_loop(_done, errand, setup)


class _Desk(Protocol):
    """The real one and the one of practice calls."""

    def check_slot(self, setup: CallSetup, question: do.CheckSlot) -> ev.SlotAnswer: ...
    def book(self, setup: CallSetup, wish: do.BookAppointment) -> ev.SlotAnswer: ...
    def move(self, setup: CallSetup, wish: do.MoveAppointment) -> ev.SlotAnswer: ...
    def cancel(self, setup: CallSetup, wish: do.CancelAppointment) -> ev.SlotAnswer: ...
    def find_appointments(self, setup: CallSetup, question: do.FindAppointments) -> ev.AppointmentsFound: ...
    def find_slots(self, setup: CallSetup, question: do.FindSlots) -> ev.SlotsFound: ...


def _done(errand: Errand, setup: CallSetup) -> ev.AnyEvent:
    """In one of the calls' threads. The desk turns whatever goes wrong into an answer."""
    asked: _Desk = practice_desk if setup.trial else desk
    match errand:
        case do.CheckSlot(request_id=request):
            return ev.SlotChecked(0, request, asked.check_slot(setup, errand))
        case do.BookAppointment(request_id=request):
            return ev.BookingAnswered(0, request, asked.book(setup, errand))
        case do.MoveAppointment(request_id=request):
            return ev.BookingAnswered(0, request, asked.move(setup, errand))
        case do.CancelAppointment(request_id=request):
            return ev.BookingAnswered(0, request, asked.cancel(setup, errand))
        case do.FindAppointments():
            return asked.find_appointments(setup, errand)
        case do.FindSlots():
            return asked.find_slots(setup, errand)
        case _:
            raise TypeError(f"nobody does {type(errand).__name__}")
