"""A caller's appointments at the booking desk: found, moved and cancelled, theirs only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from booking.models import Appointment, AppointmentChange, Closure, Resource
from calls import desk
from calls.conversation.actions import (
    BookAppointment,
    CancelAppointment,
    CheckSlot,
    FindAppointments,
    FindSlots,
    MoveAppointment,
)
from calls.conversation.events import AppointmentsFound, KnownAppointment, SlotAnswer, SlotsFound
from calls.models import CallSession
from calls.services import CallSetup, load_call
from calls.tokens import Claim
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business, for_everyone
from tests.support.factories import (
    NOW,
    AppointmentFactory,
    BusinessFactory,
    CallSessionFactory,
    LeadFactory,
    ResourceFactory,
    ServiceFactory,
)

DANA, RON = "+972521234567", "+972529999999"
HOUR = timedelta(hours=1)
WEDNESDAY_SIX = datetime(2026, 11, 25, 16, tzinfo=UTC)  # six in the evening in Israel
SIX, SEVEN = "2026-11-25 18:00", "2026-11-25 19:00"


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def dana(salon: Business) -> CallSetup:
    """Dana calls."""
    return calls(salon, "CA1", DANA)


@pytest.fixture
def hers(dana: CallSetup) -> Appointment:
    """Dana's appointment on Wednesday at six."""
    return appointment(dana.business, DANA, "דנה לוי", WEDNESDAY_SIX)


def calls(business: Business, call_sid: str, number: str) -> CallSetup:
    CallSessionFactory(business=business, call_sid=call_sid, from_number=number, status=CallSession.Status.IN_PROGRESS)
    return load_call(Claim(call_sid, business.pk))


def appointment(business: Business, phone: str, name: str, starts_at: datetime, **fields: object) -> Appointment:
    with for_business(business):
        resource = business_resource(business)
        lead = LeadFactory(business=business, phone=phone, name=name)
    row: Appointment = AppointmentFactory(
        business=business, resource=resource, lead=lead, starts_at=starts_at, ends_at=starts_at + HOUR, **fields
    )
    return row


def business_resource(business: Business) -> Resource:
    chair = Resource.objects.filter(business=business).first()
    assert chair is not None
    return chair


def rows() -> list[tuple[str, str, str]]:
    with for_everyone("a look at what calls left"):
        return [
            (row.customer_phone, f"{row.starts_at:%d %H:%M}", row.status) for row in Appointment.objects.order_by("pk")
        ]


def found(setup: CallSetup, phone: str) -> tuple[KnownAppointment, ...]:
    return desk.find_appointments(setup, FindAppointments("f1", phone)).appointments


# --- finding -----------------------------------------------------------------------------------------
def test_what_stands_ahead_under_the_callers_number_is_found_soonest_first(dana: CallSetup, salon: Business) -> None:
    service = ServiceFactory(business=salon, slug="haircut", name="תספורת")
    with for_business(salon):
        lead = LeadFactory(phone=DANA, name="דנה לוי")
        chair = business_resource(salon)
    common = {"business": salon, "lead": lead, "resource": chair}
    later = AppointmentFactory(**common, starts_at=NOW + 30 * HOUR)
    sooner = AppointmentFactory(**common, starts_at=NOW + 2 * HOUR, service=service)
    AppointmentFactory(**common, starts_at=NOW - 2 * HOUR)  # begun
    AppointmentFactory(**common, starts_at=NOW + 5 * HOUR, status=Appointment.Status.CANCELLED)

    assert desk.find_appointments(dana, FindAppointments("f1", DANA)) == AppointmentsFound(
        0,
        "f1",
        (
            KnownAppointment(sooner.pk, "2026-11-24 12:00", "תספורת", "דנה לוי"),
            KnownAppointment(later.pk, "2026-11-25 16:00", "", "דנה לוי"),
        ),
    )


def test_under_another_number_no_name_is_told(dana: CallSetup, hers: Appointment, salon: Business) -> None:
    ron = calls(salon, "CA2", RON)
    assert found(ron, DANA) == (KnownAppointment(hers.pk, SIX),)


def test_an_appointment_without_a_number_is_that_of_its_customer(dana: CallSetup, salon: Business) -> None:
    row = appointment(salon, DANA, "דנה לוי", WEDNESDAY_SIX, customer_phone="")
    assert [one.appointment_id for one in found(dana, DANA)] == [row.pk]


def test_nothing_is_found_without_a_number(dana: CallSetup, salon: Business) -> None:
    appointment(salon, "", "אורח", WEDNESDAY_SIX)
    assert found(dana, "") == ()


def test_the_other_salon_finds_moves_and_cancels_nothing_of_this_one(hers: Appointment) -> None:
    ruth = calls(other_salon(), "CA9", DANA)
    assert found(ruth, DANA) == ()
    assert desk.move(ruth, MoveAppointment("m1", hers.pk, SEVEN, DANA)).error == "unknown_appointment"
    assert desk.cancel(ruth, CancelAppointment("c1", hers.pk, DANA)).error == "unknown_appointment"
    assert desk.check_slot(ruth, CheckSlot("s1", SEVEN, None, hers.pk)).error == "unknown_appointment"
    assert rows() == [(DANA, "25 16:00", "confirmed")]


def other_salon() -> Business:
    business: Business = BusinessFactory(slug="ruth", with_settings=True)
    ResourceFactory(business=business, slug="ruth")
    return business


# --- moving ------------------------------------------------------------------------------------------
def test_it_is_moved_and_the_sentence_comes_from_the_row(dana: CallSetup, hers: Appointment) -> None:
    assert desk.check_slot(dana, CheckSlot("s1", SEVEN, None, hers.pk)).ok
    assert desk.move(dana, MoveAppointment("m1", hers.pk, SEVEN, DANA)) == SlotAnswer(
        ok=True,
        appointment_id=hers.pk,
        start_iso="2026-11-25T19:00:00+02:00",
        customer_name="דנה לוי",
        say="התור הועבר למחר, בשעה שבע בערב.",
    )
    assert rows() == [(DANA, "25 17:00", "confirmed")]
    with for_business(dana.business):
        (change,) = AppointmentChange.objects.all()
    assert (change.kind, change.medium) == ("rescheduled", "phone")


def test_the_time_told_free_is_kept_for_the_caller(dana: CallSetup, hers: Appointment, salon: Business) -> None:
    ron = calls(salon, "CA2", RON)
    assert desk.check_slot(dana, CheckSlot("s1", "2026-11-25 12:00", None, hers.pk)).ok
    assert desk.check_slot(ron, CheckSlot("s1", "2026-11-25 12:00", None)).error == "slot_taken"
    assert desk.move(dana, MoveAppointment("m1", hers.pk, "2026-11-25 12:00", DANA)).ok
    assert rows() == [(DANA, "25 10:00", "confirmed")]


def test_its_own_place_does_not_stand_in_its_way(dana: CallSetup, hers: Appointment, salon: Business) -> None:
    with for_business(salon):
        BusinessSettings.objects.update(slot_size_min=30)
    assert desk.check_slot(dana, CheckSlot("s1", "2026-11-25 18:30", None, hers.pk)).ok
    assert desk.move(dana, MoveAppointment("m1", hers.pk, "2026-11-25 18:30", DANA)).ok
    assert rows() == [(DANA, "25 16:30", "confirmed")]


def test_a_taken_time_names_the_nearest_others_and_not_the_present_one(dana: CallSetup, hers: Appointment) -> None:
    appointment(dana.business, RON, "רון", WEDNESDAY_SIX + HOUR)
    answer = desk.check_slot(dana, CheckSlot("s1", SEVEN, None, hers.pk))
    assert answer == SlotAnswer(ok=False, error="slot_taken", suggestions=("2026-11-25 17:00", "2026-11-25 16:00"))


def test_somebody_elses_appointment_is_not_touched(dana: CallSetup, salon: Business) -> None:
    rons = appointment(salon, RON, "רון", WEDNESDAY_SIX)
    assert desk.move(dana, MoveAppointment("m1", rons.pk, SEVEN, DANA)) == desk.UNKNOWN_APPOINTMENT
    assert desk.cancel(dana, CancelAppointment("c1", rons.pk, DANA)) == desk.UNKNOWN_APPOINTMENT
    assert desk.cancel(dana, CancelAppointment("c1", rons.pk, "")) == desk.UNKNOWN_APPOINTMENT
    assert rows() == [(RON, "25 16:00", "confirmed")]


def test_what_was_booked_in_this_call_may_be_changed_without_a_number(dana: CallSetup, salon: Business) -> None:
    with for_business(salon):
        BusinessSettings.objects.update(require_phone_before_booking=False)
    booked = desk.book(dana, BookAppointment("b1", SIX, "דנה לוי", "", None))
    assert booked.appointment_id is not None
    assert desk.cancel(dana, CancelAppointment("c1", booked.appointment_id, "")).ok


def test_too_late_says_why(dana: CallSetup, hers: Appointment) -> None:
    with for_business(dana.business):
        BusinessSettings.objects.update(cancel_notice_min=48 * 60)
    why = "אפשר לבטל או להזיז תור עד יומיים לפני תחילתו. אחר כך רק דרך הצוות."
    too_late = SlotAnswer(ok=False, error="too_late", say=why)
    assert desk.check_slot(dana, CheckSlot("s1", SEVEN, None, hers.pk)) == too_late
    assert desk.move(dana, MoveAppointment("m1", hers.pk, SEVEN, DANA)) == too_late
    assert desk.cancel(dana, CancelAppointment("c1", hers.pk, DANA)) == too_late
    assert rows() == [(DANA, "25 16:00", "confirmed")]


# --- cancelling --------------------------------------------------------------------------------------
def test_it_is_cancelled_and_its_time_is_free_again(dana: CallSetup, hers: Appointment) -> None:
    assert desk.cancel(dana, CancelAppointment("c1", hers.pk, DANA)) == SlotAnswer(
        ok=True,
        appointment_id=hers.pk,
        start_iso="2026-11-25T18:00:00+02:00",
        customer_name="דנה לוי",
        say="התור של מחר בוטל.",
    )
    assert rows() == [(DANA, "25 16:00", "cancelled")]
    assert desk.check_slot(dana, CheckSlot("s1", SIX, None)).ok


# --- free times --------------------------------------------------------------------------------------
def slots(setup: CallSetup, after: str = "", count: int = 3, service: str | None = None) -> SlotsFound:
    return desk.find_slots(setup, FindSlots("f1", after, count, service))


def test_the_next_free_times_begin_now_and_go_on_after_the_last_one_told(dana: CallSetup, salon: Business) -> None:
    appointment(salon, RON, "רון", NOW + HOUR)
    assert slots(dana).starts == ("2026-11-24 10:00", "2026-11-24 12:00", "2026-11-24 13:00")
    assert slots(dana, "2026-11-24 18:00").starts == ("2026-11-24 19:00", "2026-11-25 10:00", "2026-11-25 11:00")


def test_far_ahead_is_looked_when_the_next_days_are_full(dana: CallSetup, salon: Business) -> None:
    with for_business(salon):
        for days in range(10):
            Closure.objects.create(on_date=NOW.date() + timedelta(days=days))
    assert slots(dana).starts[0] == "2026-12-04 10:00"


def test_an_unknown_service_has_no_times_to_tell(dana: CallSetup) -> None:
    assert not slots(dana, service="nothing").ok


def test_a_desk_that_fails_answers_all_the_same(dana: CallSetup, hers: Appointment) -> None:
    assert not slots(dana, "no time at all").ok
    assert desk.move(dana, MoveAppointment("m1", hers.pk, "no time at all", DANA)) == desk.FAILURE
    assert rows() == [(DANA, "25 16:00", "confirmed")]
