"""A telephone for tests: the media application under uvicorn in the test's own loop, stand-ins on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.urls import path
from pytest_django.fixtures import Settings

from booking.models import Appointment
from calls import preconnect
from calls.clock import Clock
from calls.consumer import MediaSocket
from calls.live.socket import LiveSocket
from calls.models import CallSession, Turn
from calls.threads import off_loop
from crm.tenancy import for_everyone
from simulator.carrier import Call, Line
from simulator.carrier_rest import CarrierRest
from simulator.provider import Served, running_provider, serve_app
from simulator.provider_options import ProviderOptions

NUMBER = "+97233334444"
DANA = "+972521234567"
PUBLIC_URL = "https://salon.example"
ACCOUNT = "AC" + "1" * 32
AUTH_TOKEN = "the account's own token"
RATE = 5.0  # how many times faster than life


@dataclass
class House:
    """The product and its neighbours, up and running."""

    clock: Clock
    server: str
    provider: Served
    rest: CarrierRest
    rest_url: str
    calls: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _waited_for: dict[str, int] = field(default_factory=dict)

    @property
    def options(self) -> ProviderOptions:
        return self.provider.provider.options

    @property
    def media_url(self) -> str:
        return self.server.replace("http", "ws") + "/ws/twilio/media"

    @property
    def line(self) -> Line:
        """How the salon's number is set up at the carrier."""
        return Line(
            server=self.server,
            public_url=PUBLIC_URL,
            auth_token=AUTH_TOKEN,
            account_sid=ACCOUNT,
            rest=self.rest_url,
        )

    def ring(self, *, to: str = NUMBER, from_: str = DANA) -> Call:
        """A call comes in; steer it by what is returned."""
        call = Call(self.line, to=to, from_=from_, clock=self.clock)
        self.calls[call.sid] = asyncio.ensure_future(call.run())
        return call

    async def until(self, condition: Callable[[], Any], seconds: float = 30.0) -> Any:
        """Wait until something is true on the shared clock; fails the test when it does not come true."""
        end = self.clock.now() + seconds
        while not (value := condition()):
            assert self.clock.now() < end, "it did not happen in time"
            await asyncio.sleep(0.005)
        return value

    def is_over(self, call: Call) -> bool:
        return self.calls[call.sid].done()

    async def heard(self, call: Call, words: str) -> None:
        """The caller hears this, to its end, after whatever was waited for before."""
        since = self._waited_for.get(call.sid, 0)

        def said() -> int:
            for at, reply in enumerate(call.listener.replies[since:], since + 1):
                if words in reply.words and reply.complete:
                    return at
            assert not self.is_over(call), f"the call ended: {call.events}"
            return 0

        self._waited_for[call.sid] = await self.until(said)

    async def stored(self, call: Call) -> CallSession:
        """The call's row once the call is over and everything about it is stored."""
        await self.until(lambda: self.is_over(call))

        def look() -> CallSession | None:
            with for_everyone("a look at one call"):
                row = CallSession.objects.filter(call_sid=call.sid).first()
                return row if row is not None and row.end_reason and row.event_logs.exists() else None

        end = self.clock.now() + 30
        while (row := await off_loop(look)) is None:
            assert self.clock.now() < end, "the call was not stored"
            await asyncio.sleep(0.02)
        return row


@contextlib.asynccontextmanager
async def served(application: Any) -> AsyncIterator[str]:
    server, task, port = await serve_app(application)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        await task


@contextlib.asynccontextmanager
async def open_house(settings: Settings, clock: Clock) -> AsyncIterator[House]:
    """The product and the stand-ins around it, on one clock, until the block ends."""
    settings.PUBLIC_URL = PUBLIC_URL
    settings.TWILIO_ACCOUNT_SID = ACCOUNT
    settings.TWILIO_AUTH_TOKEN = AUTH_TOKEN
    settings.OPENAI_API_KEY = "test-key"
    settings.PRACTICE_MODE = False
    async with contextlib.AsyncExitStack() as stack:
        provider = await stack.enter_async_context(running_provider(clock=clock))
        settings.OPENAI_BASE_URL = provider.base_url
        rest = CarrierRest()
        settings.TWILIO_API_BASE_URL = rest_url = await stack.enter_async_context(served(rest))
        application = ProtocolTypeRouter(
            {
                "http": preconnect.beside(ASGIStaticFilesHandler(get_asgi_application()), clock),
                "websocket": URLRouter(
                    [
                        path("ws/twilio/media", MediaSocket(clock)),
                        path("ws/calls/live/", CookieMiddleware(LiveSocket.as_asgi())),
                    ]
                ),
            }
        )
        server = await stack.enter_async_context(served(application))
        house = House(clock, server, provider, rest, rest_url)
        try:
            yield house
        finally:
            for task in house.calls.values():
                task.cancel()
            await asyncio.gather(*house.calls.values(), return_exceptions=True)


def turns_of(row: CallSession) -> list[tuple[str, str]]:
    with for_everyone("a look at one call"):
        return [(turn.speaker, turn.text) for turn in Turn.objects.filter(call=row).order_by("index")]


def heard_fractions(row: CallSession) -> list[float]:
    """Of each thing the assistant said."""
    with for_everyone("a look at one call"):
        lines = Turn.objects.filter(call=row, speaker="assistant").order_by("index")
        return list(lines.values_list("heard_fraction", flat=True))


def appointment_of(row: CallSession) -> Appointment:
    with for_everyone("a look at one call"):
        return Appointment.objects.get(call_sid=row.call_sid)


def phone_of_lead(row: CallSession) -> str:
    with for_everyone("a look at one call"):
        return CallSession.objects.select_related("lead").get(pk=row.pk).lead.phone
