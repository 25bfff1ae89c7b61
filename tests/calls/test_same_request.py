"""Who asked in writing a moment ago and now calls about the very same time has one appointment."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from booking.models import Appointment
from booking.services import create_appointment
from calls import desk
from calls.conversation.actions import BookAppointment, CheckSlot
from calls.conversation.events import CallFacts
from calls.services import CallSetup
from crm.models import Business
from crm.tenancy import for_business
from tests.support.factories import ResourceFactory

MICHAL, DANA = "+972521234567", "+972527654321"


def tomorrow_at(business: Business, hour: int) -> dt.datetime:
    day = timezone.localdate(timezone=business.timezone) + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(hour), business.timezone)


def calling_from(phone: str, business: Business) -> CallSetup:
    facts = CallFacts(started_at=timezone.now().isoformat(), caller_phone=phone)
    return CallSetup(1, f"CA{phone}", business, False, {}, facts, "", None)


@pytest.fixture
def noon(salon: Business) -> str:
    start = tomorrow_at(salon, 12)
    booked = create_appointment(
        business=salon,
        start_iso=start,
        customer_name="מיכל כהן",
        customer_phone=MICHAL,
        medium="whatsapp",
        now=timezone.now(),
    )
    assert booked.ok
    return f"{start:%Y-%m-%d %H:%M}"


def test_the_caller_who_has_it_is_told_of_it(salon: Business, noon: str) -> None:
    setup = calling_from(MICHAL, salon)
    assert desk.check_slot(setup, CheckSlot("s1", noon, None)).ok
    answer = desk.book(setup, BookAppointment("b1", noon, "מיכל כהן", MICHAL, None))
    assert (answer.ok, answer.customer_name) == (True, "מיכל כהן")
    with for_business(salon):
        assert Appointment.objects.count() == 1


def test_for_everybody_else_it_is_taken(salon: Business, noon: str) -> None:
    setup = calling_from(DANA, salon)
    assert desk.check_slot(setup, CheckSlot("s1", noon, None)).error == "slot_taken"
    assert desk.book(setup, BookAppointment("b1", noon, "דנה לוי", DANA, None)).error == "slot_taken"


def test_somebody_else_of_the_family_gets_a_time_of_their_own(salon: Business, noon: str) -> None:
    ResourceFactory(business=salon)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=5)):
        answer = desk.book(calling_from(MICHAL, salon), BookAppointment("b1", noon, "יוסי כהן", MICHAL, None))
    assert (answer.ok, answer.customer_name) == (True, "יוסי כהן")
    with for_business(salon):
        assert Appointment.objects.count() == 2


def test_the_call_that_hears_of_it_came_to_an_appointment(salon: Business, noon: str) -> None:
    desk.book(calling_from(MICHAL, salon), BookAppointment("b1", noon, "מיכל", MICHAL, None))
    with for_business(salon):
        assert Appointment.objects.get().call_sid == f"CA{MICHAL}"
