"""Practice calls over the real media socket, by what the page's telephone sends."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from booking.models import Appointment
from booking.policy import Window
from calls import tokens
from calls.models import CallSession, PracticeAppointment, Turn
from calls.practice.services import Wanted
from calls.tasks import wrap_up_call
from calls.threads import off_loop
from crm.models import Activity, Business, FollowUp, Lead, Role
from crm.tenancy import for_business, for_everyone
from tests.support.browser_call import BrowserCall, day_ahead, practising, said
from tests.support.factories import AppointmentFactory, MembershipFactory, PromptVersionFactory, UserFactory
from tests.support.telephone import House, turns_of

WEEK = {day: (Window(time(10), time(20)),) for day in range(7)}


@pytest.fixture
def dana(salon: Business) -> User:
    return MembershipFactory(business=salon, role=Role.OWNER, user=UserFactory(first_name="דנה")).user


def made_in(row: CallSession) -> list[dict[str, Any]]:
    with for_everyone("a look at one call"):
        return list(
            PracticeAppointment.objects.filter(call=row).values(
                "customer_name", "customer_phone", "status", "starts_at"
            )
        )


def left_behind() -> list[int]:
    """Rows that a customer's call would have made."""
    with for_everyone("nothing may have come of a practice call"):
        return [model.objects.count() for model in (Appointment, Lead, FollowUp, Activity)]


async def books(call: BrowserCall, when: str = "") -> None:
    when = when or f"{said(day_ahead())} בשש בערב"
    await call.heard("איך אפשר לעזור?")
    await call.types(f"אני רוצה לקבוע תור {when}")
    await call.heard("הזמן הזה פנוי")
    await call.types("כן")
    await call.heard("מה השם המלא")
    await call.types("רועי כהן")
    await call.heard("מספר טלפון")
    await call.press("0520000147#")
    await call.heard("התור נקבע בהצלחה")


async def test_a_typed_booking_ends_in_the_practice_calendar_only(house: House, salon: Business, dana: User) -> None:
    async with practising(house, salon, dana) as call:
        await books(call)
        await call.types("לא תודה, להתראות")
        await call.heard("יום נעים")
        row = await call.stored()

    assert (row.outcome, row.status, row.is_practice, row.from_browser) == ("booked", "completed", True, True)
    assert row.ended_at is not None
    (made,) = await off_loop(made_in, row)
    assert (made["customer_name"], made["customer_phone"]) == ("רועי כהן", "+972520000147")
    await off_loop(wrap_up_call, row.business_id, row.pk)
    assert await off_loop(left_behind) == [0, 0, 0, 0]
    row = await off_loop(look_again, row)
    assert (row.lead_id, row.appointment_id) == (None, None)
    assert row.summary
    assert [request for request in house.rest.requests if row.call_sid in request[1]] == []


def look_again(row: CallSession) -> CallSession:
    with for_everyone("a look at one call"):
        return CallSession.objects.get(pk=row.pk)


async def test_what_is_typed_is_the_callers_turn_with_its_words(house: House, salon: Business, dana: User) -> None:
    asked = f"אפשר תור {said(day_ahead())} בשש ורבע בערב?"
    async with practising(house, salon, dana) as call:
        await house.until(lambda: call.listener.audible_ms > 300)
        await call.types(asked)  # into the greeting, which stops
        await call.heard("השעה הזאת לא אפשרית")
    row = await call.stored()

    spoken = await off_loop(turns_of, row)
    assert ("caller", asked) in spoken
    assert row.end_reason == "caller hung up"
    (metrics,) = await off_loop(metrics_of, row)
    assert metrics["EOU_REASON"] == "typed"
    assert metrics["TOTAL_LATENCY_MS"] > 0
    provider = house.provider.provider.sessions[-1].recording.sent("conversation.item.create")
    assert [item["item"]["content"][0]["text"] for item in provider if item["item"]["role"] == "user"] == [asked]


def metrics_of(row: CallSession) -> list[dict[str, Any]]:
    with for_everyone("a look at one call"):
        return list(Turn.objects.filter(call=row, speaker="caller").values_list("metrics", flat=True))


async def test_a_real_appointment_takes_its_time(house: House, salon: Business, dana: User) -> None:
    starts = datetime.combine(day_ahead(), time(18), salon.timezone)
    await off_loop(booked_at, salon, starts)
    async with practising(house, salon, dana) as call:
        await call.heard("איך אפשר לעזור?")
        await call.types(f"אני רוצה לקבוע תור {said(day_ahead())} בשש בערב")
        await call.heard("הזמן הזה לא פנוי")


def booked_at(business: Business, starts: datetime) -> None:
    from booking.models import Resource  # noqa: PLC0415

    with for_business(business):
        resource = Resource.objects.get()
    AppointmentFactory(business=business, resource=resource, starts_at=starts, ends_at=starts + timedelta(hours=1))


async def test_an_appointment_of_the_call_can_be_cancelled_in_it(house: House, salon: Business, dana: User) -> None:
    async with practising(house, salon, dana) as call:
        await books(call)
        await call.types("אני רוצה לבטל את התור")
        await call.heard("לבטל את התור")
        await call.types("כן")
        await call.heard("בוטל")
    row = await call.stored()

    assert [made["status"] for made in await off_loop(made_in, row)] == ["cancelled"]


async def test_hours_on_trial_refuse_what_the_real_ones_allow(house: House, salon: Business, dana: User) -> None:
    week = WEEK | {day: (Window(time(10), time(15)),) for day in range(7)}
    async with practising(house, salon, dana, Wanted(hours=week)) as call:
        await call.heard("איך אפשר לעזור?")
        await call.types(f"אני רוצה לקבוע תור {said(day_ahead())} בשש בערב")
        await call.heard("מחוץ לשעות הפעילות")
    row = await call.stored()

    assert "10:00–15:00" in (await off_loop(look_again, row)).prompt


async def test_the_call_takes_place_when_it_is_told_to(house: House, salon: Business, dana: User) -> None:
    then = datetime(2031, 3, 4, 10, 0, tzinfo=salon.timezone)  # a Tuesday
    async with practising(house, salon, dana, Wanted(moment=then)) as call:
        await books(call, "היום בשש בערב")
    row = await call.stored()

    assert "4/3/2031" in (await off_loop(look_again, row)).prompt
    (made,) = await off_loop(made_in, row)
    assert made["starts_at"] == datetime(2031, 3, 4, 18, 0, tzinfo=salon.timezone)


async def test_a_draft_is_tried(house: House, salon: Business, dana: User) -> None:
    draft = await off_loop(lambda: PromptVersionFactory(business=salon, text="כאן מדברים לאט"))
    async with practising(house, salon, dana, Wanted(version=draft)) as call:
        await call.heard("איך אפשר לעזור?")
    row = await off_loop(look_again, await call.stored())

    assert row.prompt_version_id == draft.pk
    assert "כאן מדברים לאט" in row.prompt


async def test_a_carriers_call_takes_no_writing(house: House) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    assert call.stream is not None
    await call.stream._send("text", text="אני רוצה לקבוע תור מחר בשש בערב")
    await house.clock.sleep(2)
    call.hang_up()
    row = await house.stored(call)

    assert [speaker for speaker, _ in await off_loop(turns_of, row)] == ["assistant"]
    assert row.outcome == "abandoned"


async def test_a_lost_connection_ends_the_call(house: House, salon: Business, dana: User) -> None:
    async with practising(house, salon, dana) as call:
        await call.heard("איך אפשר לעזור?")
        call.stream.drop()
        row = await call.stored()

    assert (row.status, row.end_reason) == ("completed", "stream lost")


async def test_a_token_opens_its_own_call_only(house: House, salon: Business, dana: User) -> None:
    async with practising(house, salon, dana) as first:
        await first.heard("איך אפשר לעזור?")
        async with practising(house, salon, dana) as second:
            second.stream._call_sid = first.sid
            await second.heard("איך אפשר לעזור?")  # its stream had begun; from here on a new one is tried
            token = await off_loop(tokens.mint, tokens.Claim(second.sid, salon.pk, from_browser=True))
            again = BrowserCall(house, type("Begun", (), {"call_sid": first.sid})(), token)  # type: ignore[arg-type]
            await again.run()
            assert again.listener.words == []


async def test_a_call_that_is_handed_over_ends_here(house: House, salon: Business, dana: User) -> None:
    await off_loop(with_person, salon)
    noon = timezone.localtime(timezone.now(), salon.timezone).replace(hour=12) + timedelta(days=1)
    async with practising(house, salon, dana, Wanted(moment=noon)) as call:
        await call.heard("איך אפשר לעזור?")
        await call.types("אני רוצה לדבר עם נציג")
        row = await call.stored()

    assert (row.status, row.outcome, row.next_step) == ("completed", "transferred", "")
    assert await off_loop(left_behind) == [0, 0, 0, 0]
    assert [request for request in house.rest.requests if row.call_sid in request[1]] == []


def with_person(business: Business) -> None:
    with for_business(business):
        business.settings.transfer_to = "+972521111111"
        business.settings.save()
