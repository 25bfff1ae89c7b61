"""The provider is called at the ring; whether the media socket comes here, elsewhere or never, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from calls import preconnect, services
from calls.clock import Clock
from calls.conversation import events as ev
from calls.models import CallSession
from calls.preconnect import UNCLAIMED_SECONDS, Prepared, WaitingRoom
from calls.services import Ending
from calls.threads import off_loop
from calls.tokens import Claim
from crm.models import Business
from crm.tenancy import for_business
from simulator.provider import Served, running_provider
from simulator.provider_options import ProviderOptions
from tests.support.factories import BusinessFactory, CallSessionFactory, TurnFactory
from tests.support.telephone import ACCOUNT, NUMBER, House

SID = "CA" + "7" * 32


@pytest.fixture
def clock() -> Clock:
    return Clock(10)


@pytest.fixture
def options() -> ProviderOptions:
    return ProviderOptions()


@pytest.fixture
async def provider(settings: Settings, clock: Clock, options: ProviderOptions) -> AsyncIterator[Served]:
    settings.OPENAI_API_KEY = "test-key"
    settings.PRACTICE_MODE = False
    async with running_provider(clock=clock, options=options) as provider:
        settings.OPENAI_BASE_URL = provider.base_url
        yield provider


@pytest.fixture
def claim(salon: Business) -> Claim:
    CallSessionFactory(business=salon, call_sid=SID, status=CallSession.Status.RINGING)
    return Claim(SID, salon.pk, "caller")


@pytest.fixture
async def room() -> AsyncIterator[WaitingRoom]:
    room = WaitingRoom()
    yield room
    room.empty()


@asynccontextmanager
async def carried(prepared: Prepared, clock: Clock) -> AsyncIterator[list[ev.AnyEvent]]:
    """What the call that took it is told."""
    came: list[ev.AnyEvent] = []
    try:
        await prepared.setup
        prepared.sessions.attach(now_ms=clock.now_ms, on_event=came.append, on_audio=lambda audio: None)
        await prepared.watch()
        yield came
    finally:
        prepared.close()


def open_sessions(provider: Served) -> int:
    return len(provider.provider._live)


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 -- the stand-in has no event for it
            await asyncio.sleep(0.005)


async def test_the_session_is_configured_before_the_media_socket_comes(
    room: WaitingRoom, claim: Claim, clock: Clock, provider: Served
) -> None:
    room.prepare(claim, clock)
    await until(lambda: provider.provider.recordings and provider.provider.recordings[0].sent("session.update"))
    prepared = room.take(claim)

    assert prepared is not None
    async with carried(prepared, clock) as came:
        assert [type(event) for event in came] == [ev.ProviderReady]
        setup = await prepared.setup
        assert setup.call_sid == SID
        assert provider.provider.sessions[0].config["instructions"] == setup.prompt
    assert room.counts == {"begun": 1, "claimed": 1}
    await until(lambda: not open_sessions(provider))


async def test_what_was_loaded_at_the_ring_counts_from_the_stream_on(
    claim: Claim, clock: Clock, provider: Served, salon: Business
) -> None:
    """The carrier dials back for two seconds, and the salon closes an hour after the ring."""
    loaded = await off_loop(services.load_call, claim)
    ring = datetime.fromisoformat(loaded.facts.started_at)
    facts = msgspec.structs.replace(loaded.facts, open_ms=((0, 3_600_000), (7_200_000, 9_000_000)))
    begun = services.stream_began(replace(loaded, facts=facts), ring.astimezone(UTC) + timedelta(seconds=2)).facts

    assert datetime.fromisoformat(begun.started_at) - ring == timedelta(seconds=2)
    assert begun.started_at[-6:] == loaded.facts.started_at[-6:]
    assert begun.open_ms == ((0, 3_598_000), (7_198_000, 8_998_000))
    late = services.stream_began(replace(loaded, facts=facts), ring + timedelta(hours=1)).facts
    assert late.open_ms == ((3_600_000, 5_400_000),)


async def test_a_call_is_in_progress_when_its_stream_begins_and_not_before(
    room: WaitingRoom, claim: Claim, clock: Clock, provider: Served
) -> None:
    def status() -> str:
        with for_business(claim.business_id):
            return CallSession.objects.get().status

    room.prepare(claim, clock)
    prepared = room.take(claim)
    assert prepared is not None
    loaded = await prepared.setup
    assert await off_loop(status) == "ringing"

    began = datetime.fromisoformat(loaded.facts.started_at) + timedelta(seconds=3)
    prepared.begin(began, waited=True)
    async with carried(prepared, clock):
        assert (await prepared.setup).facts.started_at == began.isoformat()
        assert await off_loop(status) == "in-progress"


async def test_a_further_stream_hears_what_the_one_before_it_did_until_it_began(
    room: WaitingRoom, claim: Claim, clock: Clock, provider: Served, salon: Business
) -> None:
    """It is prepared while the stream that broke is still being stored."""
    first = await off_loop(services.load_call, claim)
    further = Claim(SID, salon.pk, "caller", part=1, resumed="stream_lost")
    room.prepare(further, clock)
    prepared = room.take(further)
    assert prepared is not None
    assert (await prepared.setup).facts.history == ()

    def store() -> None:
        TurnFactory(business=salon, call_id=first.call_id, index=0, text="קוראים לי דנה לוי")
        services.finish_call(first, Ending("failed", "stream lost", 0, on_purpose=False), b"")

    await off_loop(store)
    prepared.begin(timezone.now(), waited=True)
    async with carried(prepared, clock):
        facts = (await prepared.setup).facts
    assert (facts.history, facts.first_line) == ((("caller", "קוראים לי דנה לוי"),), 1)


async def test_a_call_that_nobody_claims_lets_go_of_the_provider(
    room: WaitingRoom, claim: Claim, clock: Clock, provider: Served
) -> None:
    room.prepare(claim, clock)
    await until(lambda: open_sessions(provider))
    await clock.sleep(UNCLAIMED_SECONDS)
    await until(lambda: not open_sessions(provider))

    assert room.take(claim) is None
    assert room.counts == {"begun": 1, "expired": 1}


async def test_a_repeated_webhook_prepares_nothing_twice(
    room: WaitingRoom, claim: Claim, clock: Clock, provider: Served
) -> None:
    for _ in range(3):
        room.prepare(claim, clock)
    await until(lambda: open_sessions(provider))

    assert (room.waiting, room.counts["begun"], len(provider.provider.sessions)) == (1, 1, 1)


async def test_what_another_business_or_another_stream_of_the_call_prepared_is_of_no_use(
    room: WaitingRoom, claim: Claim, clock: Clock, provider: Served
) -> None:
    stranger = await asyncio.to_thread(BusinessFactory)
    room.prepare(claim, clock)

    assert room.take(Claim(SID, stranger.pk, "caller")) is None
    assert room.counts["useless"] == 1
    await until(lambda: not open_sessions(provider))


async def test_a_failure_at_the_ring_is_not_the_calls_fate(
    room: WaitingRoom, claim: Claim, clock: Clock, provider: Served, options: ProviderOptions
) -> None:
    options.refuse_connects.extend([500, 500])
    room.prepare(claim, clock)
    await until(lambda: not options.refuse_connects)
    waiting = room._prepared[SID]
    await until(lambda: waiting.failed)

    assert room.take(claim) is None
    async with carried(Prepared(claim, clock), clock) as came:
        assert [type(event) for event in came] == [ev.ProviderReady]


async def test_there_is_a_bound_on_what_waits(
    room: WaitingRoom, claim: Claim, clock: Clock, provider: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preconnect, "MOST_WAITING", 1)
    room.prepare(claim, clock)
    room.prepare(Claim("CA-another", claim.business_id), clock)

    assert (room.waiting, room.counts["refused"]) == (1, 1)


async def test_the_facts_outlive_whoever_stopped_waiting_for_them(claim: Claim, clock: Clock, provider: Served) -> None:
    prepared = Prepared(claim, clock)
    waiting = asyncio.ensure_future(prepared.setup)
    await asyncio.sleep(0)
    waiting.cancel()
    prepared.close()

    assert (await prepared.setup).call_sid == SID


async def test_a_call_that_does_not_exist_breaks_the_call_and_nothing_else(
    salon: Business, clock: Clock, provider: Served
) -> None:
    prepared = Prepared(Claim("CA-nobody", salon.pk), clock)
    with pytest.raises(CallSession.DoesNotExist):
        await prepared.watch()
    prepared.close()


# --- over the wire -----------------------------------------------------------------------------------
async def test_a_call_is_carried_by_the_session_of_its_ring(house: House) -> None:
    before = preconnect.waiting_room.counts.copy()
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    call.hang_up()
    await house.stored(call)

    assert preconnect.waiting_room.counts - before == {"begun": 1, "claimed": 1}
    assert len(house.provider.provider.sessions) == 1


def test_under_a_server_without_media_the_webhook_prepares_nothing(salon: Business, settings: Settings) -> None:
    settings.DEBUG = True
    before = preconnect.waiting_room.counts.copy()
    answer = Client().post(
        "/webhook/twilio/voice/incoming", {"To": NUMBER, "From": "+972521234567", "CallSid": SID, "AccountSid": ACCOUNT}
    )

    assert "<Connect" in answer.content.decode()
    assert preconnect.waiting_room.counts == before
