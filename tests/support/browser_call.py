"""The practice page's telephone without a browser: the same frames over the same socket, what is typed among them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from calls import tokens
from calls.models import CallSession
from calls.practice import services
from calls.threads import off_loop
from crm.models import Business
from crm.tenancy import for_everyone
from simulator.listener import Listener
from simulator.media_stream import MediaStream
from tests.support.telephone import House


class _Stream(MediaStream):
    async def write(self, text: str) -> None:
        await self._send("text", text=text)


class BrowserCall:
    """One practice call; `listener` knows what its person has heard."""

    def __init__(self, house: House, begun: services.Begun, token: str) -> None:
        self.house, self.sid, self._token = house, begun.call_sid, token
        self.listener = Listener(house.clock, lambda _kind, _words: None)
        self.stream = _Stream(
            account_sid="",
            call_sid=begun.call_sid,
            clock=house.clock,
            opened=lambda: None,
            played=self.listener.hear,
            noticed=lambda _kind, _words: None,
        )
        self._waited_for = 0

    async def run(self) -> None:
        await self.stream.run(self.house.media_url, {"token": self._token}, {})

    async def types(self, text: str) -> None:
        await self.stream.write(text)

    async def press(self, keys: str) -> None:
        for key in keys:
            await self.stream.press(key)
            await self.house.clock.sleep(0.1)

    async def heard(self, words: str) -> None:
        """The person hears this, to its end, after whatever was waited for before."""

        def said() -> int:
            for at, reply in enumerate(self.listener.replies[self._waited_for :], self._waited_for + 1):
                if words in reply.words and reply.complete:
                    return at
            return 0

        try:
            self._waited_for = await self.house.until(said)
        except AssertionError:
            raise AssertionError(f"{words!r} was not heard, but {self.listener.words}") from None

    async def stored(self) -> CallSession:
        """The call's row, once everything about it is stored."""

        def look() -> CallSession | None:
            with for_everyone("a look at one call"):
                row = CallSession.objects.filter(call_sid=self.sid).first()
                return row if row is not None and row.end_reason and row.event_logs.exists() else None

        end = self.house.clock.now() + 30
        while (row := await off_loop(look)) is None:
            assert self.house.clock.now() < end, "the call was not stored"
            await asyncio.sleep(0.02)
        return row


@contextlib.asynccontextmanager
async def practising(
    house: House, business: Business, by: User, wanted: services.Wanted | None = None
) -> AsyncIterator[BrowserCall]:
    """A practice call that has begun; its page is closed at the end of the block."""
    begun = await off_loop(_begin, business, by, wanted or services.Wanted())
    call = BrowserCall(house, begun, await off_loop(tokens.mint, begun.claim))
    running = asyncio.ensure_future(call.run())
    try:
        await house.until(lambda: call.stream.was_open or running.done())
        yield call
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _begin(business: Business, by: User, wanted: services.Wanted) -> services.Begun:
    begun = services.begin(business=business, by=by, wanted=wanted, now=timezone.now())
    assert isinstance(begun, services.Begun)
    return begun


MONTHS = ("ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר")


def day_ahead() -> date:
    """A day that can be booked, whatever the hour: after midnight "tomorrow" may mean two days, and is asked about."""
    return timezone.localdate() + timedelta(days=2)


def said(day: date) -> str:
    """The date as callers say it."""
    return f"ב-{day.day} ב{MONTHS[day.month - 1]}"
