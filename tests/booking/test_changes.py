"""Who may change an appointment, until when, against which rule; and that all of it is kept."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from booking.models import Appointment, AppointmentChange, Resource
from booking.results import AttendanceConfirmed, Booked, Cancelled, Refused, Rescheduled
from booking.services import (
    Override,
    cancel_appointment,
    complete_appointment,
    confirm_attendance,
    create_appointment,
    explain,
    find_slots,
    hold_time,
    record_no_show,
    reschedule_appointment,
)
from crm.models import Activity, Business, BusinessSettings, OutboxEvent, Role
from crm.tenancy import for_business
from tests.support.factories import (
    ClosureFactory,
    MembershipFactory,
    OpeningHoursFactory,
    ResourceFactory,
    ServiceFactory,
    SuperuserFactory,
)

SUNDAY = date(2026, 11, 22)
SIX, SEVEN = "2026-11-22T18:00:00+02:00", "2026-11-22T19:00:00+02:00"
AT_SIX = datetime.fromisoformat(SIX)
LATE = "2026-11-22T21:30:00+02:00"
WALK_IN = Override("הגיעה בלי תור")


def change(business: Business, **values: Any) -> None:
    with for_business(business):
        BusinessSettings.objects.update(**values)


def book(salon: Business, now: datetime, start: str = SIX, **more: Any) -> Booked | Refused:
    asked: dict[str, Any] = {"customer_name": "דנה כהן", "customer_phone": "052-000-0147", "medium": "phone"}
    return create_appointment(business=salon, start_iso=start, now=now, **(asked | more))


@pytest.fixture
def booked(salon: Business, now: datetime) -> int:
    answer = book(salon, now)
    assert isinstance(answer, Booked)
    return answer.appointment_id


@pytest.fixture
def owner(salon: Business) -> User:
    return MembershipFactory(business=salon, role=Role.OWNER).user


@pytest.fixture
def noa(salon: Business) -> User:
    return MembershipFactory(business=salon, role=Role.STAFF).user


def history(salon: Business) -> list[AppointmentChange]:
    with for_business(salon):
        return list(AppointmentChange.objects.select_related("by"))


def row(salon: Business) -> Appointment:
    with for_business(salon):
        return Appointment.objects.get()


# --- history ------------------------------------------------------------------------------------------
def test_every_change_is_kept_with_who_when_and_how(salon: Business, now: datetime, booked: int, noa: User):
    hours = [now + timedelta(hours=n) for n in range(3)]
    confirm_attendance(business=salon, appointment_id=booked, now=hours[0], medium="whatsapp")
    reschedule_appointment(business=salon, appointment_id=booked, start_iso=SEVEN, now=hours[1], medium="staff", by=noa)
    cancel_appointment(business=salon, appointment_id=booked, now=hours[2], medium="phone")
    told = [(one.kind, one.medium, one.by, one.at) for one in history(salon)]
    assert told == [
        ("created", "phone", None, now),
        ("attendance", "whatsapp", None, hours[0]),
        ("rescheduled", "staff", noa, hours[1]),
        ("cancelled", "phone", None, hours[2]),
    ]
    moved = history(salon)[2]
    assert (moved.old_starts_at, moved.new_starts_at) == (AT_SIX, datetime.fromisoformat(SEVEN))
    with for_business(salon):
        assert [news.name for news in OutboxEvent.objects.exclude(name="lead.created").order_by("pk")] == [
            "appointment.created",
            "appointment.attendance",
            "appointment.rescheduled",
            "appointment.cancelled",
        ]
        assert Activity.objects.count() == 4


def test_moved_to_and_fro_each_move_is_told(salon: Business, now: datetime, booked: int):
    for start in (SEVEN, SIX, SEVEN):
        reschedule_appointment(business=salon, appointment_id=booked, start_iso=start, now=now, medium="staff")
    assert [one.kind for one in history(salon)] == ["created", *["rescheduled"] * 3]
    with for_business(salon):
        assert Activity.objects.count() == 4


def test_what_changes_nothing_is_not_told(salon: Business, now: datetime, booked: int):
    again: dict[str, Any] = {"business": salon, "appointment_id": booked, "now": now, "medium": "staff"}
    assert isinstance(reschedule_appointment(start_iso=SIX, **again), Rescheduled)
    for _ in range(2):
        assert isinstance(confirm_attendance(**again), AttendanceConfirmed)
    for _ in range(2):
        assert isinstance(cancel_appointment(**again), Cancelled)
    assert [one.kind for one in history(salon)] == ["created", "attendance", "cancelled"]


def test_a_refused_change_leaves_no_trace(salon: Business, now: datetime, booked: int):
    assert not reschedule_appointment(business=salon, appointment_id=booked, start_iso=LATE, now=now, medium="api").ok
    assert len(history(salon)) == 1
    assert row(salon).starts_at == AT_SIX


def test_a_refused_move_does_not_offer_the_time_it_has(salon: Business, now: datetime, booked: int):
    book(salon, now, SEVEN)
    refused = reschedule_appointment(business=salon, appointment_id=booked, start_iso=SEVEN, now=now, medium="staff")
    assert isinstance(refused, Refused)
    assert [f"{slot.start:%H:%M}" for slot in refused.suggestions] == ["17:00", "16:00"]


# --- the customer's word ------------------------------------------------------------------------------
def test_the_customer_confirms_and_a_move_asks_for_it_anew(salon: Business, now: datetime, booked: int):
    answer = confirm_attendance(business=salon, appointment_id=booked, now=now, medium="whatsapp")
    assert isinstance(answer, AttendanceConfirmed)
    assert answer.say == "ההגעה לתור מחר, בשעה שש בערב, אושרה."
    assert (row(salon).status, row(salon).attendance_confirmed_at) == ("confirmed", now)
    reschedule_appointment(business=salon, appointment_id=booked, start_iso=SEVEN, now=now, medium="staff")
    assert row(salon).attendance_confirmed_at is None


def test_nobody_confirms_what_is_cancelled(salon: Business, now: datetime, booked: int):
    cancel_appointment(business=salon, appointment_id=booked, now=now, medium="staff")
    refused = confirm_attendance(business=salon, appointment_id=booked, now=now, medium="phone")
    assert isinstance(refused, Refused)
    assert refused.code == "not_allowed"


@pytest.mark.parametrize("medium", ["phone", "whatsapp", "web", "api"])
def test_customers_cancel_and_move_until_the_cut_off(salon: Business, booked: int, medium: str):
    change(salon, cancel_notice_min=120)
    asked: dict[str, Any] = {"business": salon, "appointment_id": booked, "medium": medium}
    too_late = AT_SIX - timedelta(minutes=119)
    for refused in (
        cancel_appointment(now=too_late, **asked),
        reschedule_appointment(start_iso=SEVEN, now=too_late, **asked),
    ):
        assert isinstance(refused, Refused)
        assert refused.code == "too_late"
        assert refused.message == "אפשר לבטל או להזיז תור עד שעתיים לפני תחילתו. אחר כך רק דרך הצוות."
    assert row(salon).status == "confirmed"
    assert cancel_appointment(now=AT_SIX - timedelta(minutes=120), **asked).ok


def test_the_staff_cancels_whenever_it_has_to(salon: Business, booked: int, noa: User):
    change(salon, cancel_notice_min=120)
    assert cancel_appointment(business=salon, appointment_id=booked, now=AT_SIX, medium="staff", by=noa).ok


def test_who_did_not_come_can_be_noted_after_all_as_having_come(salon: Business, booked: int):
    asked: dict[str, Any] = {"business": salon, "appointment_id": booked, "now": AT_SIX, "medium": "staff"}
    assert record_no_show(**asked) is None
    assert complete_appointment(**asked) is None
    assert [one.kind for one in history(salon)] == ["created", "no_show", "completed"]


# --- the owner's word against the rules ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "code"),
    [
        ("2026-11-20T18:00:00+02:00", "past"),
        ("2026-11-21T10:00:00+02:00", "too_soon"),
        ("2027-03-21T18:00:00+02:00", "beyond_window"),
        ("2026-11-25T12:00:00+02:00", "closed_day"),
        (LATE, "outside_hours"),
        ("2026-11-22T18:20:00+02:00", "off_grid"),
    ],
)
def test_an_owner_books_against_a_rule_and_it_is_written_down(
    salon: Business, now: datetime, owner: User, start: str, code: str
):
    change(salon, min_notice_min=180)
    ClosureFactory(business=salon, on_date=date(2026, 11, 25))
    refused = book(salon, now, start, medium="staff", by=owner)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert book(salon, now, start, medium="staff", by=owner, override=WALK_IN).ok
    [made] = history(salon)
    assert (made.by, made.overrode, made.reason) == (owner, code, "הגיעה בלי תור")


def test_an_owner_goes_over_the_daily_limit(salon: Business, now: datetime, owner: User, booked: int):
    change(salon, daily_limit=1)
    refused = book(salon, now, SEVEN, medium="staff", by=owner)
    assert isinstance(refused, Refused)
    assert refused.message == "היום הזה כבר מלא."
    assert book(salon, now, SEVEN, medium="staff", by=owner, override=WALK_IN).ok


def test_nobody_books_over_another_appointment(salon: Business, now: datetime, owner: User, booked: int):
    refused = book(salon, now, "2026-11-22T18:30:00+02:00", medium="staff", by=owner, override=WALK_IN)
    assert isinstance(refused, Refused)
    assert [one.kind for one in history(salon)] == ["created"]


def test_an_owner_moves_against_a_rule(salon: Business, now: datetime, owner: User, booked: int):
    moved = reschedule_appointment(
        business=salon, appointment_id=booked, start_iso=LATE, now=now, medium="staff", by=owner, override=WALK_IN
    )
    assert isinstance(moved, Rescheduled)
    assert history(salon)[-1].overrode == "outside_hours"


def test_an_override_that_was_not_needed_is_not_written_down(salon: Business, now: datetime, owner: User):
    assert book(salon, now, medium="staff", by=owner, override=WALK_IN).ok
    [made] = history(salon)
    assert (made.overrode, made.reason) == ("", "")


def test_only_owners_of_this_very_business_override(salon: Business, other_salon: Business, now: datetime, noa: User):
    stranger = MembershipFactory(business=other_salon, role=Role.OWNER).user
    for person in (noa, stranger, None):
        refused = book(salon, now, LATE, medium="staff", by=person, override=WALK_IN)
        assert isinstance(refused, Refused)
        assert refused.code == "outside_hours"
    assert book(salon, now, LATE, medium="staff", by=SuperuserFactory(), override=WALK_IN).ok


def test_to_another_chair(salon: Business, now: datetime, booked: int):
    ron = ResourceFactory(business=salon, slug="ron")
    moved = reschedule_appointment(
        business=salon, appointment_id=booked, start_iso=SIX, resource_id="ron", now=now, medium="staff"
    )
    assert isinstance(moved, Rescheduled)
    assert row(salon).resource_id == ron.pk
    unknown = reschedule_appointment(
        business=salon, appointment_id=booked, start_iso=SIX, resource_id="gone", now=now, medium="staff"
    )
    assert isinstance(unknown, Refused)
    assert unknown.code == "unknown_service"


# --- daily limits and time off ------------------------------------------------------------------------
def offered(salon: Business, now: datetime, day: date = SUNDAY, **more: Any) -> list[str]:
    found = find_slots(business=salon, date=day, now=now, **more)
    assert not isinstance(found, Refused)
    return [f"{slot.start:%H:%M}" for slot in found.slots]


def test_a_full_day_offers_nothing_and_the_next_one_does(salon: Business, now: datetime, booked: int):
    change(salon, daily_limit=1)
    assert offered(salon, now) == []
    refused = book(salon, now, SEVEN)
    assert isinstance(refused, Refused)
    assert refused.code == "slot_taken"
    assert [f"{slot.start:%d %H:%M}" for slot in refused.suggestions] == ["23 10:00", "23 11:00"]
    cancel_appointment(business=salon, appointment_id=booked, now=now, medium="staff")
    assert len(offered(salon, now)) == 10


def test_one_persons_limit_leaves_the_others_free(salon: Business, now: datetime):
    ResourceFactory(business=salon, slug="ron", daily_limit=1)
    book(salon, now, resource_id="ron")
    assert offered(salon, now, resource_id="ron") == []
    assert len(offered(salon, now, resource_id="noa")) == 10
    assert len(offered(salon, now)) == 10


def test_a_moved_appointment_does_not_count_twice_for_its_day(salon: Business, now: datetime, booked: int):
    change(salon, daily_limit=1)
    answer = reschedule_appointment(business=salon, appointment_id=booked, start_iso=SEVEN, now=now, medium="staff")
    assert isinstance(answer, Rescheduled)


def test_time_off_of_one_person_is_not_the_business_closed(salon: Business, now: datetime):
    ron = ResourceFactory(business=salon, slug="ron")
    ClosureFactory(business=salon, resource=ron, on_date=SUNDAY, reason="מילואים")
    assert len(offered(salon, now)) == 10
    assert offered(salon, now, resource_id="ron") == []
    why = explain(business=salon, start=SIX, resource_id="ron", now=now)
    assert (why.code, why.rule, why.source) == ("closed_day", "time_off", "resource")
    assert why.message == "אין קבלה ביום ראשון 22/11/2026."


def test_why_one_person_is_away_is_told_to_nobody(salon: Business, now: datetime):
    ClosureFactory(business=salon, on_date=SUNDAY)
    with for_business(salon):
        noa = Resource.objects.get()
    ClosureFactory(business=salon, resource=noa, on_date=SUNDAY, opens=time(8), closes=time(9), reason="טיפול רפואי")
    ResourceFactory(business=salon, slug="ron")
    why = explain(business=salon, start=SIX, resource_id="ron", now=now)
    assert why.message == "סגור ביום ראשון 22/11/2026."


# --- why not ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "told"),
    [
        (SIX, (True, None, None, None)),
        (LATE, (False, "outside_hours", "hours", "settings")),
        ("2026-11-22T18:20:00+02:00", (False, "off_grid", "grid", "settings")),
        ("2027-03-21T18:00:00+02:00", (False, "beyond_window", "booking_window", "settings")),
        ("2026-11-22T12:00:00+02:00", (False, "slot_taken", "taken", "calendar")),
        ("2026-11-25T12:00:00+02:00", (False, "closed_day", "closure", "closures")),
        ("2026-11-22T18:00:00", (False, "invalid_time", None, None)),
        ("2026-11-20T18:00:00+02:00", (False, "past", "past", None)),
    ],
)
def test_the_engine_says_which_rule_refused_a_time(salon: Business, now: datetime, start: str, told: tuple[Any, ...]):
    book(salon, now, "2026-11-22T12:00:00+02:00")
    ClosureFactory(business=salon, on_date=date(2026, 11, 25))
    why = explain(business=salon, start=start, now=now)
    assert (why.ok, why.code, why.rule, why.source) == told


def test_a_service_that_would_end_after_closing_is_told_apart(salon: Business, now: datetime):
    ServiceFactory(business=salon, slug="color", duration_min=120)
    why = explain(business=salon, start=SEVEN, service_id="color", now=now)
    assert (why.rule, why.message) == ("too_long", "התור היה מסתיים אחרי הסגירה (10:00–20:00).")
    assert [f"{slot.start:%d %H:%M}" for slot in why.suggestions] == ["22 18:00", "22 17:00"]


def test_buffers_alone_are_told_apart_from_a_taken_time(salon: Business, now: datetime, booked: int):
    ServiceFactory(business=salon, slug="massage", duration_min=60, buffer_after_min=15)
    why = explain(business=salon, start="2026-11-22T17:00:00+02:00", service_id="massage", now=now)
    assert (why.code, why.rule, why.message) == ("slot_taken", "buffer", "המועד צמוד מדי לתור אחר.")


def test_a_visit_noted_as_having_begun_still_occupies_its_time(salon: Business, now: datetime):
    ServiceFactory(business=salon, slug="color", duration_min=180)
    visit = book(salon, now, "2026-11-22T10:00:00+02:00", service_id="color")
    assert isinstance(visit, Booked)
    during = datetime.fromisoformat("2026-11-22T10:01:00+02:00")
    done = complete_appointment(business=salon, appointment_id=visit.appointment_id, now=during, medium="staff")
    assert done is None
    refused = book(salon, during, "2026-11-22T11:00:00+02:00", customer_phone="0520000148")
    assert isinstance(refused, Refused)
    assert refused.code == "slot_taken"


def test_who_did_not_come_cannot_have_come_once_the_time_was_given_to_another(
    salon: Business, now: datetime, booked: int
):
    at_six: dict[str, Any] = {"business": salon, "appointment_id": booked, "now": AT_SIX, "medium": "staff"}
    assert record_no_show(**at_six) is None
    assert book(salon, AT_SIX, customer_phone="0520000148").ok
    refused = complete_appointment(**at_six)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.message) == ("not_allowed", "בזמן הזה נקבע בינתיים תור אחר.")


@pytest.mark.parametrize(
    ("start", "code"),
    [("9999-12-31T12:00:00+00:00", "beyond_window"), ("0001-01-01T12:00:00+00:00", "past")],
)
def test_the_ends_of_the_calendar_are_answered_like_any_time(
    salon: Business, now: datetime, owner: User, start: str, code: str
):
    refused = book(salon, now, start)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert explain(business=salon, start=start, now=now).code == code
    assert not book(salon, now, start, medium="staff", by=owner, override=WALK_IN).ok


def test_a_call_is_told_of_its_appointment_as_it_stands_now(salon: Business, now: datetime):
    first = book(salon, now, call_sid="CA1")
    assert isinstance(first, Booked)
    moved: dict[str, Any] = {"business": salon, "appointment_id": first.appointment_id, "now": now, "medium": "staff"}
    reschedule_appointment(start_iso=SEVEN, **moved)
    again = book(salon, now, call_sid="CA1")
    assert isinstance(again, Booked)
    assert again.slot.start == datetime.fromisoformat(SEVEN)
    cancel_appointment(**moved)
    anew = book(salon, now, call_sid="CA1")
    assert isinstance(anew, Booked)
    assert anew.appointment_id != first.appointment_id


def test_what_a_call_holds_does_not_stand_in_the_way_of_its_own_move(salon: Business, now: datetime, booked: int):
    assert hold_time(business=salon, start=SEVEN, call_sid="CA1", now=now).ok
    asked: dict[str, Any] = {"business": salon, "appointment_id": booked, "start_iso": SEVEN, "now": now}
    assert not reschedule_appointment(medium="phone", call_sid="CA2", **asked).ok
    assert reschedule_appointment(medium="phone", call_sid="CA1", **asked).ok
    assert row(salon).starts_at == datetime.fromisoformat(SEVEN)  # the only row: the hold is gone


def test_an_override_that_meets_another_appointment_hears_of_that_one(salon: Business, now: datetime, owner: User):
    staff: dict[str, Any] = {"medium": "staff", "by": owner, "override": WALK_IN}
    assert book(salon, now, LATE, **staff).ok
    refused = book(salon, now, LATE, customer_phone="0520000148", **staff)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.message) == ("slot_taken", "המועד נתפס.")


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_override_needs_a_reason(salon: Business, now: datetime, owner: User, reason: str):
    refused = book(salon, now, LATE, medium="staff", by=owner, override=Override(reason))
    assert isinstance(refused, Refused)
    assert refused.code == "outside_hours"


def test_the_source_of_a_refusal_is_where_its_rule_is_set(salon: Business, now: datetime):
    with for_business(salon):
        Resource.objects.update(daily_limit=1)
    book(salon, now)
    assert explain(business=salon, start=SEVEN, now=now).source == "resource"
    change(salon, daily_limit=1)
    assert explain(business=salon, start=SEVEN, now=now).source == "settings"
    with for_business(salon):
        noa = Resource.objects.get()
    OpeningHoursFactory(business=salon, resource=noa, weekday=1, opens=time(10), closes=time(12))
    assert explain(business=salon, start="2026-11-23T15:00:00+02:00", now=now).source == "resource"
