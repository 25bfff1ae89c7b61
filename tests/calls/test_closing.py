"""No call stays in progress for ever: streams without a status, a status without a stream, processes that died."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from calls import carrier_api, closing
from calls.models import CallSession
from crm.models import Business
from crm.tenancy import for_business
from tests.support.carrier_forms import INCOMING, STATUS, call_form, document, post, tags
from tests.support.factories import BusinessFactory, CallSessionFactory, TurnFactory
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, PUBLIC_URL, served

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _carrier(settings: Settings) -> None:
    settings.PUBLIC_URL = PUBLIC_URL
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, AUTH_TOKEN
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"  # nobody listens on this port
    settings.SECURE_SSL_REDIRECT = False


def call_of(business: Business, minutes_ago: float, *, spoke: bool = False, **facts: object) -> CallSession:
    """A call that began so long ago and never was reported to be over."""
    given = {"status": "in-progress", "started_at": NOW - timedelta(minutes=minutes_ago)} | facts
    row: CallSession = CallSessionFactory(business=business, **given)
    if spoke:
        TurnFactory(business=business, call=row)
    return row


class Carrier:
    """Knows what it was told about each call; what it was not told about it does not know."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers)
        self.paths: list[str] = []

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        self.paths.append(scope["path"])
        status, body = self.answers.pop(0)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})


def asked(call: CallSession, now: datetime = NOW) -> CallSession:
    closing.look_at(call.business_id, call.pk, now=now)
    with for_business(call.business_id):
        return CallSession.objects.get(pk=call.pk)


def test_the_sweep_looks_at_calls_that_ought_to_be_over_and_at_no_others(salon: Business) -> None:
    silent = call_of(salon, 4)
    stream_over = call_of(salon, 6, spoke=True, end_reason="caller hung up")
    stream_mute = call_of(BusinessFactory(), 36, spoke=True)
    call_of(salon, 2)  # rings
    call_of(salon, 20, spoke=True)  # talks
    call_of(salon, 4, spoke=True, end_reason="handed over: transfer")  # with a person, for a while yet
    call_of(salon, 500, status="completed")
    expected = [(row.business_id, row.pk) for row in (stream_mute, stream_over, silent)]
    assert closing.claim_overdue(NOW) == expected
    assert closing.claim_overdue(NOW) == []  # another sweep leaves them to this one
    later = NOW + closing.LEASE
    assert set(expected) <= set(closing.claim_overdue(later))


@pytest.mark.parametrize(
    ("answer", "status", "duration_s"),
    [
        ((200, b'{"status": "completed", "duration": "42"}'), "completed", 42),
        ((200, b'{"status": "no-answer", "duration": null}'), "no-answer", None),
        ((200, b'{"status": "in-progress"}'), "in-progress", None),
        ((404, b'{"code": 20404}'), "failed", None),
        ((500, b"oops"), "in-progress", None),
        ((200, b"not json"), "in-progress", None),
    ],
)
async def test_the_carrier_has_the_word(
    salon: Business, settings: Settings, answer: tuple[int, bytes], status: str, duration_s: int | None
) -> None:
    from calls.threads import off_loop

    call = await off_loop(call_of, salon, 10)
    carrier = Carrier(answer)
    async with served(carrier) as settings.TWILIO_API_BASE_URL:
        row = await off_loop(asked, call)
    assert (row.status, row.duration_s, row.ended_at is not None) == (status, duration_s, status != "in-progress")
    assert carrier.paths == [f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{call.call_sid}.json"]


def test_while_the_carrier_cannot_be_asked_a_call_waits_but_not_for_ever(salon: Business) -> None:
    assert asked(call_of(salon, 60, spoke=True)).status == "in-progress"
    assert asked(call_of(salon, 151, spoke=True)).status == "completed"
    assert asked(call_of(salon, 151)).status == "failed"


def test_a_call_that_talks_to_a_person_is_not_cut_short(salon: Business) -> None:
    """The owner and the caller talk for an hour after a long conversation with the assistant."""
    taken = call_of(salon, 200, spoke=True, next_step="taken", end_reason="handed over: transfer")
    assert asked(taken).status == "in-progress"
    assert asked(taken, NOW + closing.TALKS).status == "completed"


async def test_what_the_carrier_says_is_in_progress_is(salon: Business, settings: Settings) -> None:
    from calls.threads import off_loop

    call = await off_loop(call_of, salon, 500, spoke=True)
    async with served(Carrier((200, b'{"status": "in-progress"}'))) as settings.TWILIO_API_BASE_URL:
        assert (await off_loop(asked, call)).status == "in-progress"


async def test_without_an_account_of_its_own_the_installation_asks_the_one_that_called(
    salon: Business, settings: Settings
) -> None:
    from calls.threads import off_loop

    settings.TWILIO_ACCOUNT_SID = ""
    await off_loop(post, INCOMING, call_form())

    def row() -> CallSession:
        with for_business(salon):
            return CallSession.objects.get()

    call = await off_loop(row)
    carrier = Carrier((200, b'{"status": "completed", "duration": "5"}'))
    async with served(carrier) as settings.TWILIO_API_BASE_URL:
        assert (await off_loop(asked, call, call.started_at + timedelta(minutes=4))).status == "completed"
    assert carrier.paths == [f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{call.call_sid}.json"]


def test_a_carrier_that_cannot_be_asked_has_not_said_that_it_knows_no_such_call(
    salon: Business, settings: Settings
) -> None:
    settings.TWILIO_ACCOUNT_SID = ""
    assert asked(call_of(salon, 36, spoke=True)).status == "in-progress"


async def test_a_carrier_that_is_away_is_asked_once_in_a_sweep(
    salon: Business, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes connections, and answers none of them; the oldest call is too old to wait for it."""
    from calls.threads import off_loop

    monkeypatch.setattr(carrier_api, "TIMEOUT_SECONDS", 0.2)
    knocks = 0

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal knocks
        knocks += 1
        await reader.read()
        writer.close()

    calls = [await off_loop(call_of, salon, minutes, spoke=True) for minutes in (60, 170, 50)]
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        settings.TWILIO_API_BASE_URL = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await off_loop(closing.close_overdue, NOW)

    def statuses() -> list[str]:
        with for_business(salon):
            return [CallSession.objects.get(pk=call.pk).status for call in calls]

    assert await off_loop(statuses) == ["in-progress", "completed", "in-progress"]
    assert knocks == 1


def test_a_status_without_a_stream_closes_the_call(salon: Business) -> None:
    """The caller hung up while the carrier was still dialling back."""
    document(post(INCOMING, call_form()))
    document(post(STATUS, call_form(CallStatus="completed", CallDuration="1")))
    with for_business(salon):
        row = CallSession.objects.get()
    assert (row.status, row.ended_at is not None) == ("completed", True)
    assert tags(post(INCOMING, call_form())) == ["Hangup"]  # the webhook's repeat comes too late
    assert closing.claim_overdue(row.started_at + timedelta(hours=9)) == []


def test_a_call_that_was_erased_meanwhile_is_no_trouble(salon: Business) -> None:
    call = call_of(salon, 10)
    with for_business(salon):
        CallSession.objects.all().delete()
    assert closing.look_at(salon.pk, call.pk, now=NOW)
