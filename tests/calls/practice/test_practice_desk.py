"""The desk of practice calls: the real rules, the real calendar to look at, and a diary of the call's own."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from booking.models import Appointment, Resource
from booking.policy import Window
from calls import services as call_services
from calls.conversation import actions as do
from calls.corrections import note_false_claim
from calls.models import CallSession, PracticeAppointment
from calls.practice import desk
from calls.services import CallSetup
from calls.tokens import Claim
from crm.models import Business, FollowUp
from crm.tenancy import for_business
from tests.support.factories import AppointmentFactory, PracticeCallFactory, ResourceFactory

NOW = datetime(2031, 3, 4, 8, 0, tzinfo=UTC)  # Tuesday 4/3/2031, ten in the morning
SIX = "2031-03-04 18:00"
PHONE = "+972520000147"


def setup_of(business: Business, **tried: Any) -> CallSetup:
    """A call that takes place on that Tuesday, whatever day it is."""
    started = datetime.now(UTC)
    row = PracticeCallFactory(
        business=business, call__started_at=started, shift_s=round((NOW - started).total_seconds()), **tried
    )
    return call_services.load_call(Claim(row.call.call_sid, business.pk, from_browser=True))


def booking(start: str = SIX, name: str = "רועי כהן", phone: str = PHONE) -> do.BookAppointment:
    return do.BookAppointment("r1", start, name, phone, None)


def rows(business: Business) -> list[PracticeAppointment]:
    with for_business(business):
        return list(PracticeAppointment.objects.order_by("pk"))


@pytest.fixture
def call(salon: Business) -> CallSetup:
    return setup_of(salon)


def test_a_booking_is_answered_as_the_real_desk_answers(salon: Business, call: CallSetup) -> None:
    assert desk.check_slot(call, do.CheckSlot("r1", SIX, None)).ok

    answer = desk.book(call, booking())

    assert (answer.ok, answer.customer_name) == (True, "רועי כהן")
    assert answer.start_iso == "2031-03-04T18:00:00+02:00"
    assert answer.say == "התור נקבע בהצלחה: היום, בשעה שש בערב, על שם רועי כהן."
    assert desk.book(call, booking()) == answer
    assert len(rows(salon)) == 1
    with for_business(salon):
        assert not Appointment.objects.exists()


def test_a_second_appointment_in_one_call_is_for_a_person(salon: Business, call: CallSetup) -> None:
    desk.book(call, booking())
    assert desk.book(call, booking("2031-03-04 19:00", "דנה לוי")) == desk.FAILURE
    assert len(rows(salon)) == 1


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (booking("2031-03-04 18:15"), "off_grid"),
        (booking("2031-03-04 21:00"), "outside_hours"),
        (booking("2031-03-04 09:00"), "past"),
        (booking("2031-05-04 18:00"), "beyond_window"),
        (booking(name=""), "need_name"),
        (booking(phone=""), "need_phone"),
        (booking(phone="123"), "invalid_phone"),
        (do.BookAppointment("r1", SIX, "רועי", PHONE, "perm"), "unknown_service"),
    ],
)
def test_refusals_are_the_real_ones(salon: Business, call: CallSetup, wish: do.BookAppointment, code: str) -> None:
    answer = desk.book(call, wish)
    assert (answer.ok, answer.error) == (False, code)
    assert rows(salon) == []


def test_the_real_calendar_is_looked_at_and_the_practice_one_too(salon: Business, call: CallSetup) -> None:
    with for_business(salon):
        chair = Resource.objects.get()
    starts = datetime(2031, 3, 4, 15, 0, tzinfo=UTC)  # five in the afternoon there
    AppointmentFactory(business=salon, resource=chair, starts_at=starts, ends_at=starts + timedelta(hours=1))
    assert desk.check_slot(call, do.CheckSlot("r1", "2031-03-04 17:00", None)).error == "slot_taken"

    desk.book(call, booking())
    refused = desk.check_slot(call, do.CheckSlot("r2", SIX, None))
    assert (refused.error, refused.suggestions) == ("slot_taken", ("2031-03-04 19:00", "2031-03-04 16:00"))
    free = desk.find_slots(call, do.FindSlots("r3", "2031-03-04 15:00", 3))
    assert free.starts == ("2031-03-04 16:00", "2031-03-04 19:00", "2031-03-05 10:00")


def test_another_practice_call_begins_with_an_empty_diary(salon: Business, call: CallSetup) -> None:
    desk.book(call, booking())
    other = setup_of(salon)

    assert desk.check_slot(other, do.CheckSlot("r1", SIX, None)).ok
    assert desk.find_appointments(other, do.FindAppointments("r2", PHONE)).appointments == ()
    (row,) = rows(salon)
    assert desk.cancel(other, do.CancelAppointment("r3", row.pk, PHONE)) == desk.UNKNOWN_APPOINTMENT


def test_with_a_second_chair_both_are_booked(salon: Business, call: CallSetup) -> None:
    with for_business(salon):
        taken = Resource.objects.get()
    ResourceFactory(business=salon, slug="second")
    starts = datetime(2031, 3, 4, 16, 0, tzinfo=UTC)
    AppointmentFactory(business=salon, resource=taken, starts_at=starts, ends_at=starts + timedelta(hours=1))

    assert desk.book(call, booking()).ok
    assert rows(salon)[0].resource_id != taken.pk


def test_it_is_found_moved_and_cancelled_in_its_call(salon: Business, call: CallSetup) -> None:
    made = desk.book(call, booking())
    assert made.appointment_id is not None
    (known,) = desk.find_appointments(call, do.FindAppointments("r1", PHONE)).appointments
    assert (known.appointment_id, known.start, known.name) == (made.appointment_id, SIX, "")

    there = "2031-03-05 11:00"
    assert desk.check_slot(call, do.CheckSlot("r2", there, None, moving=known.appointment_id)).ok
    moved = desk.move(call, do.MoveAppointment("r3", known.appointment_id, there, PHONE))
    assert (moved.ok, moved.say) == (True, "התור הועבר למחר, בשעה אחת עשרה בבוקר.")
    late = desk.move(call, do.MoveAppointment("r4", known.appointment_id, "2031-03-05 21:00", PHONE))
    assert late.error == "outside_hours"

    gone = desk.cancel(call, do.CancelAppointment("r5", known.appointment_id, PHONE))
    assert (gone.ok, gone.say) == (True, "התור של מחר בוטל.")
    assert [row.status for row in rows(salon)] == ["cancelled"]
    assert desk.check_slot(call, do.CheckSlot("r6", there, None)).ok


def test_hours_on_trial_hold_for_facts_and_desk(salon: Business) -> None:
    call = setup_of(salon, hours={"tue": [["10:00", "15:00"]]})

    assert call.facts.known.hours[2] == (("10:00", "15:00"),)
    assert call.windows == {2: [(time(10), time(15))]}
    assert desk.check_slot(call, do.CheckSlot("r1", SIX, None)).error == "outside_hours"
    assert desk.check_slot(call, do.CheckSlot("r2", "2031-03-05 11:00", None)).error == "closed_day"
    assert desk.check_slot(call, do.CheckSlot("r3", "2031-03-04 14:00", None)).ok
    assert call.trial is not None
    assert call.trial.hours == {2: (Window(time(10), time(15)),)}


def test_a_carriers_call_tries_nothing(salon: Business) -> None:
    with for_business(salon):
        call = CallSession.objects.create(call_sid="CA1", from_number="", to_number="", status="ringing")
    assert call_services.load_call(Claim(call.call_sid, salon.pk)).trial is None


def test_what_was_said_wrongly_in_practice_is_counted_and_owed_to_nobody(salon: Business, call: CallSetup) -> None:
    note_false_claim(business=salon, call_sid=call.call_sid, kind="price", heard=True, now=NOW)
    with for_business(salon):
        assert CallSession.objects.get(pk=call.call_id).false_claims == 1
        assert not FollowUp.objects.exists()
