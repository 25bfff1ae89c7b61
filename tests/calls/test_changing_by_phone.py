"""Moving and cancelling in whole calls, over the wire."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from booking.models import Appointment, Resource
from calls.threads import off_loop
from crm.models import Business
from crm.tenancy import for_business
from tests.support.factories import AppointmentFactory, LeadFactory
from tests.support.telephone import House, turns_of

DANA = "+972521234567"
HOUR = timedelta(hours=1)


@pytest.fixture
def at_six(salon: Business) -> Appointment:
    """Dana has an appointment tomorrow at six in the evening."""
    tomorrow = timezone.now().astimezone(salon.timezone) + timedelta(days=1)
    six = tomorrow.replace(hour=18, minute=0, second=0, microsecond=0)
    with for_business(salon):
        chair, dana = Resource.objects.get(), LeadFactory(phone=DANA, name="דנה לוי")
    row: Appointment = AppointmentFactory(business=salon, resource=chair, lead=dana, starts_at=six, ends_at=six + HOUR)
    return row


def now_of(appointment: Appointment) -> tuple[str, datetime]:
    with for_business(appointment.business_id):
        row = Appointment.objects.get(pk=appointment.pk)
    return row.status, row.starts_at


async def test_a_caller_cancels_her_appointment(house: House, at_six: Appointment) -> None:
    call = house.ring(from_=DANA)
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("אני רוצה לבטל את התור שלי")
    await house.heard(call, "לבטל את התור של מחר, בשעה שש בערב?")
    assert await off_loop(now_of, at_six) == ("confirmed", at_six.starts_at)
    await call.say("כן, לבטל")
    await house.heard(call, "התור של מחר בוטל")
    call.hang_up()
    session = await house.stored(call)

    assert await off_loop(now_of, at_six) == ("cancelled", at_six.starts_at)
    assert session.outcome == "cancelled"


async def test_a_caller_moves_her_appointment_to_a_free_time(house: House, at_six: Appointment) -> None:
    call = house.ring(from_=DANA)
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("אני צריכה להזיז את התור שלי")
    await house.heard(call, "רשום תור למחר, בשעה שש בערב")
    await call.say("למחר בשעה שבע בערב")
    await house.heard(call, "התור הועבר למחר, בשעה שבע בערב")
    call.hang_up()
    session = await house.stored(call)

    assert await off_loop(now_of, at_six) == ("confirmed", at_six.starts_at + HOUR)
    assert session.outcome == "rescheduled"


async def test_never_mind_leaves_it_as_it_was(house: House, at_six: Appointment) -> None:
    call = house.ring(from_=DANA)
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("אני רוצה לבטל את התור שלי")
    await house.heard(call, "לבטל את התור של מחר, בשעה שש בערב?")
    await call.say("לא, עזבי")
    await house.heard(call, "התור נשאר כמו שהיה")
    call.hang_up()

    told = [text for speaker, text in await off_loop(turns_of, await house.stored(call)) if speaker == "server"]
    assert told[-1] == "[SERVER] fact: התור נשאר כמו שהיה. אפשר לעזור בעוד משהו?"
    assert await off_loop(now_of, at_six) == ("confirmed", at_six.starts_at)


async def test_a_withheld_number_is_keyed(house: House, at_six: Appointment) -> None:
    call = house.ring(from_="anonymous")
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("אני רוצה לבטל את התור שלי")
    await house.heard(call, "מספר טלפון")
    await call.press("0521234567#")
    await house.heard(call, "לבטל את התור של מחר, בשעה שש בערב?")
    await call.say("כן")
    await house.heard(call, "התור של מחר בוטל")
    call.hang_up()
    await house.stored(call)

    assert (await off_loop(now_of, at_six))[0] == "cancelled"
