"""A time offered in a call is kept for that call for 90 seconds, and for nobody after that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from booking.models import Appointment, AppointmentChange
from booking.results import Available, Booked, Refused
from booking.services import create_appointment, find_slots, hold_time, release_expired_holds, release_hold
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import AppointmentFactory, ResourceFactory

SIX, SEVEN = "2026-11-22T18:00:00+02:00", "2026-11-22T19:00:00+02:00"
AFTER_A_MINUTE, AFTER_TWO = timedelta(seconds=60), timedelta(seconds=120)


def hold(salon: Business, now: datetime, start: str = SIX, call_sid: str = "CA1", **more: Any) -> Available | Refused:
    return hold_time(business=salon, start=start, call_sid=call_sid, now=now, **more)


def book(salon: Business, now: datetime, start: str = SIX, **more: Any) -> Booked | Refused:
    asked: dict[str, Any] = {"customer_name": "דנה כהן", "customer_phone": "052-000-0147", "medium": "phone"}
    return create_appointment(business=salon, start_iso=start, now=now, **(asked | more))


def standing(salon: Business) -> list[Appointment]:
    with for_business(salon):
        return list(Appointment.objects.order_by("pk"))


def offered(salon: Business, now: datetime) -> list[str]:
    found = find_slots(business=salon, date=datetime.fromisoformat(SIX).date(), now=now)
    assert not isinstance(found, Refused)
    return [slot.start.strftime("%H:%M") for slot in found.slots]


def test_what_one_call_holds_others_find_taken_and_it_does_not(salon: Business, now: datetime):
    assert hold(salon, now).ok
    assert "18:00" not in offered(salon, now)
    other = hold(salon, now, call_sid="CA2")
    assert isinstance(other, Refused)
    assert other.code == "slot_taken"
    assert [slot.start.strftime("%H:%M") for slot in other.suggestions] == ["17:00", "19:00"]
    assert not book(salon, now, call_sid="CA2").ok
    assert hold(salon, now).ok
    assert book(salon, now, call_sid="CA1").ok


def test_booking_turns_the_held_row_into_the_appointment(salon: Business, now: datetime):
    hold(salon, now)
    [held] = standing(salon)
    assert (held.status, held.held_until, held.lead_id) == ("held", now + timedelta(seconds=90), None)
    booked = book(salon, now + AFTER_A_MINUTE, call_sid="CA1")
    assert isinstance(booked, Booked)
    [row] = standing(salon)
    assert (row.pk, row.status, row.held_until, row.customer_name) == (held.pk, "confirmed", None, "דנה כהן")


def test_a_hold_that_nobody_claims_is_over_after_ninety_seconds(salon: Business, now: datetime):
    hold(salon, now)
    assert "18:00" not in offered(salon, now + timedelta(seconds=89))
    assert "18:00" in offered(salon, now + timedelta(seconds=90))
    assert book(salon, now + AFTER_TWO, call_sid="CA2").ok
    [row] = standing(salon)  # the expired one made room in the same transaction
    assert row.call_sid == "CA2"


def test_who_comes_late_still_gets_the_time_if_nobody_took_it(salon: Business, now: datetime):
    hold(salon, now)
    assert book(salon, now + AFTER_TWO, call_sid="CA1").ok
    assert [row.status for row in standing(salon)] == ["confirmed"]


def test_who_comes_too_late_is_told_and_keeps_nothing(salon: Business, now: datetime):
    hold(salon, now)
    assert book(salon, now + AFTER_TWO, call_sid="CA2").ok
    late = book(salon, now + AFTER_TWO, call_sid="CA1")
    assert isinstance(late, Refused)
    assert late.code == "slot_taken"


def test_a_call_holds_one_time_only(salon: Business, now: datetime):
    hold(salon, now)
    hold(salon, now, SEVEN)
    assert [row.starts_at for row in standing(salon)] == [datetime.fromisoformat(SEVEN)]
    assert "18:00" in offered(salon, now)


def test_a_refused_question_leaves_what_is_held(salon: Business, now: datetime):
    hold(salon, now)
    assert not hold(salon, now, "2026-11-22T23:00:00+02:00").ok
    assert [row.starts_at for row in standing(salon)] == [datetime.fromisoformat(SIX)]


def test_asking_again_holds_it_longer(salon: Business, now: datetime):
    hold(salon, now)
    hold(salon, now + AFTER_A_MINUTE)
    assert "18:00" not in offered(salon, now + AFTER_TWO)


def test_the_end_of_the_call_frees_what_it_held_and_leaves_what_it_booked(salon: Business, now: datetime):
    book(salon, now, call_sid="CA1")
    hold(salon, now, SEVEN, call_sid="CA2")
    for call_sid in ("CA1", "CA2"):
        release_hold(business=salon, call_sid=call_sid)
    assert [(row.call_sid, row.status) for row in standing(salon)] == [("CA1", "confirmed")]


def test_another_business_cannot_release_it(salon: Business, other_salon: Business, now: datetime):
    hold(salon, now)
    release_hold(business=other_salon, call_sid="CA1")
    assert len(standing(salon)) == 1


def test_the_sweep_removes_expired_holds_of_every_business(salon: Business, other_salon: Business, now: datetime):
    hold(salon, now)
    hold(other_salon, now)
    hold(other_salon, now + AFTER_A_MINUTE, SEVEN, call_sid="CA2")
    book(salon, now, SEVEN)
    assert release_expired_holds(now=now + AFTER_TWO) == 2
    assert [row.status for row in standing(salon)] == ["confirmed"]
    assert [row.call_sid for row in standing(other_salon)] == ["CA2"]


def test_a_hold_counts_for_the_daily_limit_of_others_but_not_of_its_own_call(salon: Business, now: datetime):
    with for_business(salon):
        BusinessSettings.objects.update(daily_limit=1)
    hold(salon, now)
    other = hold(salon, now, SEVEN, call_sid="CA2")
    assert isinstance(other, Refused)
    assert (other.code, other.message) == ("slot_taken", "היום הזה כבר מלא.")
    assert hold(salon, now, SEVEN).ok


def test_with_two_chairs_the_call_keeps_the_one_it_holds(salon: Business, now: datetime):
    ResourceFactory(business=salon, slug="ron")
    book(salon, now, call_sid="CA0")
    hold(salon, now)
    [_, held] = standing(salon)
    booked = book(salon, now, call_sid="CA1")
    assert isinstance(booked, Booked)
    assert [row.resource_id for row in standing(salon) if row.pk == booked.appointment_id] == [held.resource_id]


def test_a_held_time_has_no_history_until_it_is_booked(salon: Business, now: datetime):
    hold(salon, now)
    with for_business(salon):
        assert not AppointmentChange.objects.exists()
    book(salon, now, call_sid="CA1")
    with for_business(salon):
        assert AppointmentChange.objects.get().kind == "created"


@pytest.mark.parametrize("broken", [{"status": "held"}, {"lead": None}, {"held_until": datetime.fromisoformat(SIX)}])
def test_the_database_keeps_holds_and_appointments_apart(salon: Business, broken: dict[str, Any]):
    with for_business(salon), pytest.raises(IntegrityError, match="appointment_held_or_somebodys"):
        AppointmentFactory(business=salon, customer_name="", customer_phone="", **broken)
