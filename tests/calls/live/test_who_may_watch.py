"""Who may watch: members, calls of their own business, for as long as both hold."""

from __future__ import annotations

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from calls.live import commands, store
from calls.live import socket as live_socket
from calls.live.requests import Request
from calls.models import CallSession
from calls.threads import off_loop
from crm.middleware import SESSION_KEY
from crm.models import Business, Membership
from crm.tenancy import for_business
from tests.calls.live.watcher import APPLICATION, cookie_of, member, page_of, watching
from tests.support.browser_call import day_ahead, said
from tests.support.factories import BusinessFactory, CallSessionFactory, SuperuserFactory, UserFactory
from tests.support.telephone import House


@pytest.fixture
def garage(transactional_db: None) -> Business:
    return BusinessFactory(slug="garage", name="המוסך של איתי")


@pytest.fixture
def itay(garage: Business) -> Membership:
    """A member of another business."""
    return member(garage, name="איתי")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is looked after every fifth of a second."""
    monkeypatch.setattr(live_socket, "BEAT_SECONDS", 0.2)


async def test_a_stranger_is_turned_away(salon: Business):
    async with watching() as page:
        await page.until(lambda: page.closed_with)
    assert (page.closed_with, page.told) == (4403, [])


async def test_a_session_that_was_made_up_is_a_stranger(salon: Business):
    async with watching("0" * 32) as page:
        await page.until(lambda: page.closed_with)
    assert page.closed_with == 4403


async def test_a_user_of_no_business_is_turned_away(salon: Business):
    user = await off_loop(UserFactory)
    async with watching(await off_loop(cookie_of, user)) as page:
        await page.until(lambda: page.closed_with)
    assert page.closed_with == 4403


async def test_another_page_may_not_open_it(salon: Business):
    noa = await off_loop(member, salon)
    cookie = f"{settings.SESSION_COOKIE_NAME}={await page_of(noa)}".encode()
    socket = WebsocketCommunicator(
        APPLICATION, "ws/calls/live/", [(b"origin", b"https://elsewhere.example"), (b"cookie", cookie)]
    )
    accepted, _ = await socket.connect()
    assert not accepted


async def test_a_member_of_another_business_sees_and_changes_nothing(house: House, itay: Membership):
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    async with watching(await page_of(itay)) as page:
        await page.watch(call.sid)
        answers = [await page.command(what, call.sid, "שלום", request=what) for what in ("whisper", "take_over", "end")]
        never = await page.command("end", "CA" + "0" * 32, request="never")
        await call.say(f"אני רוצה לקבוע תור {said(day_ahead())} בשש בערב")
        await house.heard(call, "הזמן הזה פנוי")
        call.hang_up()
        await house.stored(call)

    assert [answer["ok"] for answer in answers] == [False] * 3
    assert answers[2]["text"] == never["text"]  # as if there were no such call
    assert {each["type"] for each in page.told} <= {"calls", "answer", "beat"}
    assert page.listed == []


async def test_a_request_that_names_the_wrong_business_is_not_taken(house: House, garage: Business, salon: Business):
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    await commands.send(Request("r", garage.pk, call.sid, "end", "live:reply:x"))
    await call.say(f"אני רוצה לקבוע תור {said(day_ahead())} בשש בערב")
    await house.heard(call, "הזמן הזה פנוי")
    call.hang_up()
    row = await house.stored(call)

    assert row.end_reason == "caller hung up"


async def test_whoever_leaves_the_team_stops_seeing(salon: Business, quick: None):
    noa = await off_loop(member, salon)
    async with watching(await page_of(noa)) as page:
        await page.until(lambda: page.told)
        await off_loop(noa.delete)
        await page.until(lambda: page.closed_with)
    assert page.closed_with == 4403


async def test_whoever_has_left_the_team_begins_to_watch_no_call(salon: Business):
    noa = await off_loop(member, salon)
    async with watching(await page_of(noa)) as page:
        await page.until(lambda: page.told)
        await off_loop(noa.delete)
        await page.watch("CA1")
        await page.until(lambda: page.closed_with)
    assert page.closed_with == 4403


async def test_what_no_page_sends_closes_the_socket(salon: Business):
    noa = await off_loop(member, salon)
    for nonsense in ("[" * 3000, "{", "x" * 9000):
        async with watching(await page_of(noa)) as page:
            await page.until(lambda: page.told)
            await page.socket.send_to(text_data=nonsense)
            await page.until(lambda: page.closed_with)
        assert page.closed_with == 4400


async def test_whoever_works_in_another_business_now_stops_seeing_this_one(salon: Business, garage: Business):
    noa = await off_loop(member, salon)
    await off_loop(lambda: Membership.objects.create(user=noa.user, business=garage))
    cookie = await page_of(noa)
    async with watching(cookie) as page:
        await page.until(lambda: page.told)

        def switch() -> None:
            session = SessionStore(cookie)
            session[SESSION_KEY] = garage.pk
            session.save()

        await off_loop(switch)
        await page.say(type="command", id="r", sid="CA1", what="end", text="")
        await page.until(lambda: page.closed_with)
    assert page.closed_with == 4403


async def test_whoever_signs_out_stops_seeing(salon: Business, quick: None):
    noa = await off_loop(member, salon)
    cookie = await page_of(noa)
    async with watching(cookie) as page:
        await page.until(lambda: page.told)
        await off_loop(lambda: SessionStore(cookie).flush())
        await page.until(lambda: page.closed_with)
    assert page.closed_with == 4403


async def test_a_platform_admin_sees_the_business_they_entered(salon: Business, garage: Business):
    admin = await off_loop(SuperuserFactory)
    cookie = await off_loop(cookie_of, admin)
    await off_loop(on_the_line, salon, "CAsalon")
    await off_loop(on_the_line, garage, "CAgarage")

    def enter() -> None:
        session = SessionStore(cookie)
        session[SESSION_KEY] = garage.pk
        session.save()

    async with watching(cookie) as page:
        await page.until(lambda: page.closed_with)
    await off_loop(enter)
    async with watching(cookie) as page:
        await page.until(lambda: page.listed)
    assert [call["sid"] for call in page.listed] == ["CAgarage"]


def on_the_line(business: Business, sid: str, **facts: object) -> CallSession:
    with for_business(business):
        return CallSessionFactory(
            business=business, call_sid=sid, status=CallSession.Status.IN_PROGRESS, started_at=timezone.now(), **facts
        )


async def test_what_makes_no_sense_is_ignored_and_too_much_closes(salon: Business):
    noa = await off_loop(member, salon)
    async with watching(await page_of(noa)) as page:
        await page.until(lambda: page.told)
        for nonsense in ({}, {"type": "watch"}, {"type": "watch", "sid": "../x"}, {"type": "command", "id": 3}):
            await page.socket.send_json_to(nonsense)
        await page.socket.send_json_to({"type": "command", "id": "r", "sid": "CA1", "what": "erase"})
        await page.socket.send_json_to([1, 2])
        await page.watch("CA1")
        await page.socket.send_to(text_data="x" * 9000)
        await page.until(lambda: page.closed_with)
    assert page.closed_with == 4400


async def test_a_store_that_began_anew_is_told_from_its_beginning(salon: Business):
    noa = await off_loop(member, salon)
    stored = [store.encode({"kind": "state", "at_ms": 0, "state": "listening"})]
    await off_loop(store.broker(settings.REDIS_URL).rpush, store.events_key(salon.pk, "CA1"), *stored)
    async with watching(await page_of(noa)) as page:
        await page.watch("CA1", after=40)
        await page.until(lambda: page.numbers)
    assert page.numbers == [1]
    assert next(each for each in page.told if each["type"] == "events")["again"]
