"""A time that a caller was told is free is theirs for a while: over the wire, and through every other door."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from booking.models import Appointment, Resource
from booking.services import explain, release_hold
from calls import desk
from calls.conversation.actions import BookAppointment, CheckSlot
from calls.conversation.events import SlotAnswer
from calls.models import CallSession
from calls.services import CallSetup, load_call
from calls.threads import off_loop
from calls.tokens import Claim
from crm.models import Business
from crm.tenancy import for_everyone
from tests.support.factories import NOW, BusinessFactory, CallSessionFactory, ResourceFactory, SuperuserFactory
from tests.support.telephone import House, turns_of

SIX, FIVE, SEVEN = "2026-11-25 18:00", "2026-11-25 17:00", "2026-11-25 19:00"


# --- a call over the wire ----------------------------------------------------------------------------
async def test_a_time_told_free_is_nobody_elses_until_the_caller_hangs_up(house: House, salon: Business) -> None:
    dana, noa = house.ring(), house.ring(from_="+972521234568")
    await house.heard(dana, "איך אפשר לעזור?")
    await dana.say("אני רוצה לקבוע תור מחר בשש בערב")
    await house.heard(dana, "הזמן הזה פנוי")
    six = await off_loop(tomorrow_at, salon, 18)

    await house.heard(noa, "איך אפשר לעזור?")
    await noa.say("יש מקום מחר בשש בערב?")
    await house.heard(noa, "הזמן הזה לא פנוי")
    refused = await off_loop(book_by_api, f"{six:%Y-%m-%d %H:%M}", salon)
    assert (refused.status_code, refused.json()["error"]) == (409, "slot_taken")
    assert [slot["start_iso"][11:16] for slot in refused.json()["suggestions"]] == ["17:00", "19:00"]

    dana.hang_up()
    await house.stored(dana)
    await noa.say("ואולי עכשיו מחר בשש בערב?")
    await house.heard(noa, "הזמן הזה פנוי")
    noa.hang_up()

    told = [text for speaker, text in await off_loop(turns_of, await house.stored(noa)) if speaker == "server"]
    day = f"{six:%Y-%m-%d}"
    assert told == [
        f"[SERVER] slot_unavailable: {day} 18:00; reason=slot_taken; alternatives={day} 17:00,{day} 19:00",
        f"[SERVER] slot_available: {day} 18:00",
    ]
    assert await off_loop(rows) == []


async def test_the_held_time_itself_becomes_the_appointment(house: House) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("אני רוצה לקבוע תור מחר בשש בערב")
    await house.heard(call, "הזמן הזה פנוי")
    (held,) = await off_loop(rows)
    await call.say("כן, השם דנה לוי")
    await house.heard(call, "מספר טלפון")
    await call.press("0521234567#")
    await house.heard(call, "התור נקבע בהצלחה")
    call.hang_up()
    await house.stored(call)

    (booked,) = await off_loop(rows)
    assert (held.status, held.customer_name) == ("held", "")
    assert (booked.pk, booked.status, booked.held_until) == (held.pk, "confirmed", None)
    assert (booked.starts_at, booked.customer_name) == (held.starts_at, "דנה לוי")


async def test_another_time_asked_about_leaves_the_first_to_others(house: House, salon: Business) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("אני רוצה לקבוע תור מחר בשש בערב")
    await house.heard(call, "הזמן הזה פנוי")
    await call.say("לא, עדיף מחר בחמש אחר הצהריים")
    await house.heard(call, "הזמן הזה פנוי")

    (held,) = await off_loop(rows)
    six = await off_loop(tomorrow_at, salon, 18)
    assert held.starts_at == six - timedelta(hours=1)
    free = await off_loop(lambda: explain(business=salon, start=six, now=timezone.now()))
    assert free.ok
    call.hang_up()
    await house.stored(call)


async def test_a_caller_who_hangs_up_before_the_answer_holds_nothing(house: House) -> None:
    with calendar_busy() as slow:
        call = house.ring()
        await house.heard(call, "איך אפשר לעזור?")
        await call.say("אני רוצה לקבוע תור מחר בשש בערב")
        await house.until(slow.waited_for.is_set)
        call.hang_up()
        await house.until(lambda: call.ended_by)
    await house.stored(call)

    assert await off_loop(rows) == []


# --- the desk of a call ------------------------------------------------------------------------------
@pytest.fixture
def dana(salon: Business) -> CallSetup:
    return setup_of("CA1", salon)


@pytest.fixture
def noa(salon: Business) -> CallSetup:
    return setup_of("CA2", salon)


def test_after_ninety_seconds_the_time_is_free_for_everyone(dana: CallSetup, noa: CallSetup, salon: Business) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        assert ask(dana, SIX).ok
        clock.shift(89)
        assert ask(noa, SIX) == SlotAnswer(ok=False, error="slot_taken", suggestions=(FIVE, SEVEN))
        assert book_by_api(SIX, salon).status_code == 409
        clock.shift(1)
        assert book_by_api(SIX, salon).status_code == 201
    (booked,) = rows()
    assert (booked.status, booked.medium) == ("confirmed", "api")


def test_a_call_may_ask_again_about_the_time_it_holds(dana: CallSetup, noa: CallSetup) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        ask(dana, SIX)
        clock.shift(60)
        assert ask(dana, SIX).ok
        clock.shift(60)
        assert not ask(noa, SIX).ok
    assert len(rows()) == 1


def test_a_time_that_cannot_be_had_leaves_the_held_one(dana: CallSetup, noa: CallSetup) -> None:
    with time_machine.travel(NOW, tick=False):
        ask(dana, SIX)
        assert ask(dana, "2026-11-25 21:00").error == "outside_hours"
        assert ask(noa, SIX).error == "slot_taken"


def test_a_caller_who_decides_late_still_gets_the_time_if_nobody_took_it(dana: CallSetup) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        ask(dana, SIX)
        (held,) = rows()
        clock.shift(300)
        answer = desk.book(dana, BookAppointment("b1", SIX, "דנה לוי", "+972521234567", None))
    (booked,) = rows()
    assert (answer.ok, answer.appointment_id, booked.pk, booked.status) == (True, held.pk, held.pk, "confirmed")


def test_a_caller_who_decides_too_late_is_told_and_keeps_nothing(dana: CallSetup, noa: CallSetup) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        ask(dana, SIX)
        clock.shift(91)
        assert ask(noa, SIX).ok
        late = desk.book(dana, BookAppointment("b1", SIX, "דנה לוי", "+972521234567", None))
    assert late == SlotAnswer(ok=False, error="slot_taken", suggestions=(FIVE, SEVEN))
    (held,) = rows()
    assert (held.status, held.call_sid) == ("held", "CA2")


def test_what_is_held_at_one_salon_is_no_matter_of_another(dana: CallSetup, other_salon: Business) -> None:
    elsewhere = setup_of("CA9", other_salon)
    with time_machine.travel(NOW, tick=False):
        assert ask(dana, SIX).ok
        assert ask(elsewhere, SIX).ok
        release_hold(business=other_salon, call_sid="CA1")
    assert {(row.business_id, row.call_sid) for row in rows()} == {(dana.business.pk, "CA1"), (other_salon.pk, "CA9")}


@pytest.fixture
def other_salon(transactional_db: None) -> Business:
    business: Business = BusinessFactory(slug="ruth", with_settings=True)
    ResourceFactory(business=business, slug="ruth")
    return business


# --- helpers -----------------------------------------------------------------------------------------
def setup_of(call_sid: str, business: Business) -> CallSetup:
    CallSessionFactory(business=business, call_sid=call_sid, status=CallSession.Status.IN_PROGRESS)
    return load_call(Claim(call_sid, business.pk))


def ask(setup: CallSetup, start: str) -> SlotAnswer:
    return desk.check_slot(setup, CheckSlot("s1", start, None))


def tomorrow_at(business: Business, hour: int) -> datetime:
    tomorrow = timezone.now().astimezone(business.timezone) + timedelta(days=1)
    return tomorrow.replace(hour=hour, minute=0, second=0, microsecond=0)


def book_by_api(start: str, business: Business) -> Any:
    """A stranger to the call books through REST, at local time `start`."""
    token, _ = Token.objects.get_or_create(user=SuperuserFactory())
    local = datetime.fromisoformat(start).replace(tzinfo=business.timezone)
    body = {
        "business": business.slug,
        "start_iso": local.isoformat(),
        "customer_name": "רון",
        "customer_phone": "0521234569",
    }
    client = Client(headers={"Authorization": f"Token {token.key}"})
    return client.post("/api/v1/appointments/", body, content_type="application/json")


def rows() -> list[Appointment]:
    with for_everyone("a look at what all calls left"):
        return list(Appointment.objects.order_by("pk"))


class Busy:
    """Somebody has the calendar's rows; whoever asks has to wait."""

    def __init__(self) -> None:
        self.locked, self.waited_for, self.over = threading.Event(), threading.Event(), threading.Event()

    def keep(self) -> None:
        with for_everyone("a lock on every resource"), transaction.atomic(), connection.cursor() as cursor:
            list(Resource.objects.select_for_update())
            self.locked.set()
            while not self.over.wait(0.02):
                cursor.execute(_WAITING)
                if cursor.fetchone():
                    self.waited_for.set()
        connection.close()


_WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid"


@contextmanager
def calendar_busy() -> Iterator[Busy]:
    busy = Busy()
    keeper = threading.Thread(target=busy.keep)
    keeper.start()
    assert busy.locked.wait(10)
    try:
        yield busy
    finally:
        busy.over.set()
        keeper.join()
