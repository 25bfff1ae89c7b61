"""The use cases over real rows: what is answered, what is written, and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment, Closure, KeptAnswer, OpeningHours, Resource, Service
from booking.policy import WORKING_WEEK
from booking.results import Available, Booked, Cancelled, Refused, Rescheduled, SlotsFound
from booking.services import (
    cancel_appointment,
    check_time,
    complete_appointment,
    confirm_attendance,
    create_appointment,
    effective_policy,
    find_slots,
    forget_answers,
    record_no_show,
    reschedule_appointment,
)
from crm.models import Activity, Business, BusinessSettings, Lead, OutboxEvent
from crm.tenancy import NoBusiness, for_business
from tests.support.factories import (
    AppointmentFactory,
    BusinessFactory,
    ClosureFactory,
    LeadFactory,
    OpeningHoursFactory,
    ResourceFactory,
    ServiceFactory,
)

SUNDAY = date(2026, 11, 22)
SIX = "2026-11-22T18:00:00+02:00"
ISRAEL = ZoneInfo("Asia/Jerusalem")


def change(business: Business, **values: Any) -> None:
    with for_business(business):
        BusinessSettings.objects.update(**values)


def book(business: Business, now: datetime, **changes: Any) -> Booked | Refused:
    asked: dict[str, Any] = {
        "start_iso": SIX,
        "customer_name": "דנה כהן",
        "customer_phone": "052-000-0147",
        "medium": "phone",
    }
    return create_appointment(business=business, now=now, **(asked | changes))


def code_of(result: Any) -> str:
    assert isinstance(result, Refused)
    assert not result.ok
    return result.code


def times(result: Any) -> list[str]:
    slots = result.suggestions if isinstance(result, Refused) else result.slots
    return [slot.start.strftime("%H:%M") for slot in slots]


def rows(business: Business, model: type[Any]) -> list[Any]:
    with for_business(business):
        return list(model.objects.order_by("pk"))


# --- finding ------------------------------------------------------------------------------------------
def test_an_open_day_is_offered_hour_by_hour_as_local_times(salon: Business, now: datetime):
    found = find_slots(business=salon, date=SUNDAY, now=now)
    assert isinstance(found, SlotsFound)
    assert found.as_dict()["slots"][0] == {
        "start_iso": "2026-11-22T10:00:00+02:00",
        "end_iso": "2026-11-22T11:00:00+02:00",
    }
    assert times(found) == [f"{hour}:00" for hour in range(10, 20)]


def test_around_the_clock_with_quarter_hours_a_day_has_96_slots_and_a_quarter_past_three_can_be_booked(
    salon: Business, now: datetime
):
    change(salon, allow_24_7=True, slot_size_min=15)
    found = find_slots(business=salon, date=SUNDAY, now=now)
    assert isinstance(found, SlotsFound)
    assert len(found.slots) == 96
    assert isinstance(book(salon, now, start_iso="2026-11-22T03:15:00+02:00"), Booked)


def test_a_date_without_free_times_is_an_empty_answer(salon: Business, now: datetime):
    ClosureFactory(business=salon, on_date=SUNDAY)
    assert find_slots(business=salon, date=SUNDAY, now=now).as_dict() == {"ok": True, "slots": []}


@pytest.mark.parametrize("day", [date(2020, 1, 1), date(2027, 6, 1), date.min, date.max])
def test_dates_out_of_reach_have_no_slots(salon: Business, now: datetime, day: date):
    assert find_slots(business=salon, date=day, days=30, now=now) == SlotsFound(())


def test_an_unknown_service_or_chair_is_said_to_be_unknown(salon: Business, now: datetime):
    assert code_of(find_slots(business=salon, date=SUNDAY, service_id="haircut", now=now)) == "unknown_service"
    assert code_of(find_slots(business=salon, date=SUNDAY, resource_id="ron", now=now)) == "unknown_service"


def test_a_service_is_offered_only_by_those_who_give_it(salon: Business, now: datetime):
    ron = ResourceFactory(business=salon, slug="ron")
    OpeningHoursFactory(business=salon, resource=ron, weekday=0, opens=time(12), closes=time(14))
    ServiceFactory(business=salon, slug="shave", duration_min=60, resources=[ron])
    assert times(find_slots(business=salon, date=SUNDAY, service_id="shave", now=now)) == ["12:00", "13:00"]
    assert code_of(find_slots(business=salon, date=SUNDAY, service_id="shave", resource_id="noa", now=now)) == (
        "unknown_service"
    )
    assert times(find_slots(business=salon, date=SUNDAY, resource_id="ron", now=now)) == ["12:00", "13:00"]


def test_a_service_or_chair_that_was_switched_off_is_unknown(salon: Business, now: datetime):
    ServiceFactory(business=salon, slug="perm", is_active=False)
    ResourceFactory(business=salon, slug="old", is_active=False)
    assert code_of(find_slots(business=salon, date=SUNDAY, service_id="perm", now=now)) == "unknown_service"
    assert code_of(find_slots(business=salon, date=SUNDAY, resource_id="old", now=now)) == "unknown_service"


def test_a_month_with_a_thousand_appointments_takes_two_queries(salon: Business, now: datetime):
    with for_business(salon):
        noa, lead = Resource.objects.get(), LeadFactory(business=salon)
        first = datetime(2026, 11, 21, tzinfo=UTC)
        Appointment.objects.bulk_create(
            Appointment(
                business=salon,
                resource=noa,
                lead=lead,
                starts_at=first + n * timedelta(minutes=40),
                ends_at=first + n * timedelta(minutes=40) + timedelta(minutes=20),
                during=(first + n * timedelta(minutes=40), first + n * timedelta(minutes=40) + timedelta(minutes=20)),
                medium="phone",
            )
            for n in range(1000)
        )
    change(salon, allow_24_7=True, slot_size_min=20)
    with CaptureQueriesContext(connection) as queries:
        found = find_slots(business=salon, date=SUNDAY, days=30, now=now)
    assert len(queries) == 2
    assert isinstance(found, SlotsFound)
    assert len(found.slots) == 30 * 72 - len(_booked_from(first, SUNDAY))


def _booked_from(first: datetime, day: date) -> list[int]:
    midnight = datetime.combine(day, time(0), ISRAEL)
    return [n for n in range(1000) if first + n * timedelta(minutes=40) >= midnight]


def test_cancelled_appointments_block_nothing(salon: Business, now: datetime):
    start = datetime.fromisoformat(SIX)
    noa = rows(salon, Resource)[0]
    AppointmentFactory(business=salon, resource=noa, starts_at=start, status="cancelled")
    assert "18:00" in times(find_slots(business=salon, date=SUNDAY, now=now))
    AppointmentFactory(business=salon, resource=noa, starts_at=start)
    assert "18:00" not in times(find_slots(business=salon, date=SUNDAY, now=now))


# --- the rules in force -------------------------------------------------------------------------------
def test_without_any_rows_the_defaults_hold_and_say_so(db: None, now: datetime):
    policy = effective_policy(BusinessFactory(), now=now)
    assert policy.hours == WORKING_WEEK
    assert (policy.slot_size_min, policy.booking_window_days, policy.require_phone) == (60, 30, True)
    assert set(policy.sources.values()) == {"default"}


def test_settings_and_rows_are_named_as_the_source(salon: Business, now: datetime):
    change(salon, slot_size_min=45, min_notice_min=90, require_phone_before_booking=False, phone_source="caller_id")
    policy = effective_policy(salon, now=now)
    assert (policy.slot_size_min, policy.min_notice_min, policy.require_phone) == (45, 90, False)
    assert policy.phone_source == "caller_id"
    assert set(policy.sources.values()) == {"settings"}


def test_a_holiday_closes_the_business_unless_it_has_hours_for_that_day(salon: Business):
    change(salon, holidays_calendar="IL", holidays_closed=True)
    passover, independence = date(2027, 4, 22), date(2027, 5, 12)
    ClosureFactory(business=salon, on_date=independence, opens=time(10), closes=time(12))
    now = datetime(2027, 4, 20, 8, tzinfo=ISRAEL)
    assert times(find_slots(business=salon, date=passover, now=now)) == []
    assert times(find_slots(business=salon, date=independence, now=now)) == ["10:00", "11:00"]
    change(salon, holidays_closed=False)
    assert len(times(find_slots(business=salon, date=passover, now=now))) == 10


def test_a_calendar_that_nobody_knows_closes_nothing(salon: Business, now: datetime):
    change(salon, holidays_calendar="XX", holidays_closed=True)
    assert len(times(find_slots(business=salon, date=SUNDAY, now=now))) == 10


def test_a_business_without_any_chair_gets_its_one(db: None, now: datetime):
    business = BusinessFactory()
    assert isinstance(book(business, now), Booked)
    assert [row.slug for row in rows(business, Resource)] == ["main"]


# --- checking a time ----------------------------------------------------------------------------------
def test_a_free_time_is_available_whatever_is_known_of_the_caller(salon: Business, now: datetime):
    answer = check_time(business=salon, start=SIX, now=now)
    assert isinstance(answer, Available)
    assert answer.as_dict() == {"ok": True, "start_iso": SIX, "end_iso": "2026-11-22T19:00:00+02:00"}


def test_a_quarter_past_ten_is_off_the_grid_with_ten_and_eleven_instead(salon: Business, now: datetime):
    refused = check_time(business=salon, start=datetime(2026, 11, 22, 10, 15, tzinfo=ISRAEL), now=now)
    assert code_of(refused) == "off_grid"
    assert times(refused) == ["10:00", "11:00"]
    assert code_of(book(salon, now, start_iso="2026-11-22T10:15:00+02:00")) == "off_grid"


def test_an_unknown_service_is_told_before_the_time_is_looked_at(salon: Business, now: datetime):
    assert code_of(check_time(business=salon, start=SIX, service_id="perm", now=now)) == "unknown_service"


def test_the_next_open_day_is_suggested_for_a_closed_one(salon: Business, now: datetime):
    ClosureFactory(business=salon, on_date=SUNDAY)
    refused = check_time(business=salon, start="2026-11-22T19:00:00+02:00", now=now)
    assert code_of(refused) == "closed_day"
    assert [slot.start.isoformat() for slot in refused.suggestions] == [
        "2026-11-23T10:00:00+02:00",
        "2026-11-23T11:00:00+02:00",
    ]


def test_alternatives_are_looked_for_through_the_whole_window(salon: Business, now: datetime):
    for offset in range(-1, 40):
        if offset not in (20, 25):
            ClosureFactory(business=salon, on_date=SUNDAY + timedelta(days=offset))
    refused = check_time(business=salon, start=SIX, now=now)
    assert [slot.start.date() for slot in refused.suggestions] == [SUNDAY + timedelta(days=20)] * 2
    assert times(refused) == ["10:00", "11:00"]


def test_what_is_suggested_may_lie_before_and_where_nothing_is_free_nothing_is(salon: Business, now: datetime):
    with for_business(salon):
        OpeningHours.objects.exclude(weekday=6).delete()
    change(salon, booking_window_days=5)
    assert check_time(business=salon, start=SIX, now=now).as_dict() == {
        "ok": False,
        "error": "closed_day",
        "message": "סגור ביום ראשון 22/11/2026.",
        "suggestions": [
            {"start_iso": "2026-11-21T19:00:00+02:00", "end_iso": "2026-11-21T20:00:00+02:00"},
            {"start_iso": "2026-11-21T18:00:00+02:00", "end_iso": "2026-11-21T19:00:00+02:00"},
        ],
    }
    with for_business(salon):
        Closure.objects.create(business=salon, on_date=date(2026, 11, 21))
    assert times(check_time(business=salon, start=SIX, now=now)) == []


@pytest.mark.parametrize(
    ("start", "unparseable"),
    [
        ("tomorrow at six", True),
        ("", True),
        ("0001-01-01T00:00:00+10:00", True),
        ("9999-12-31T23:00:00-10:00", True),
        ("2026-11-22T18:00:00", False),  # whose time?
        ("2026-03-27T02:30:00+02:00", False),  # the clock skips it
        ("2026-03-27T02:30:00+03:00", False),
        (datetime(2026, 11, 22, 18), False),  # noqa: DTZ001 -- naive on purpose
        (datetime(2026, 3, 27, 2, 30, tzinfo=ISRAEL), False),
    ],
)
def test_what_is_no_instant_is_an_invalid_time(salon: Business, start: str | datetime, unparseable: bool):
    refused = check_time(business=salon, start=start, now=datetime(2026, 3, 26, 8, tzinfo=ISRAEL))
    assert code_of(refused) == "invalid_time"
    assert refused.unparseable is unparseable
    assert refused.suggestions == ()


def test_an_instant_may_be_written_with_any_offset(salon: Business, now: datetime):
    assert check_time(business=salon, start="2026-11-22T16:00:00Z", now=now).ok
    assert check_time(business=salon, start="2026-11-22T11:00:00-05:00", now=now).ok
    change(salon, allow_24_7=True)
    spring = datetime(2026, 3, 26, 8, tzinfo=ISRAEL)
    assert check_time(business=salon, start="2026-03-27T02:00:00Z", now=spring).ok


# --- booking ------------------------------------------------------------------------------------------
def test_a_booking_is_a_row_a_lead_a_line_in_the_timeline_and_news(salon: Business, now: datetime):
    booked = book(salon, now, call_sid="CA1")
    assert isinstance(booked, Booked)
    [row] = rows(salon, Appointment)
    assert booked.as_dict() == {
        "ok": True,
        "appointment_id": row.pk,
        "start_iso": SIX,
        "end_iso": "2026-11-22T19:00:00+02:00",
    }
    assert (row.starts_at, row.ends_at) == (
        datetime(2026, 11, 22, 16, tzinfo=UTC),
        datetime(2026, 11, 22, 17, tzinfo=UTC),
    )
    assert (row.status, row.medium, row.call_sid) == ("confirmed", "phone", "CA1")
    assert (row.customer_name, row.customer_phone) == ("דנה כהן", "+972520000147")
    [lead] = rows(salon, Lead)
    assert (lead.pk, lead.name, lead.phone, lead.status) == (row.lead_id, "דנה כהן", "+972520000147", "booked")
    [activity] = rows(salon, Activity)
    assert (activity.kind, activity.text) == ("appointment.created", "נקבע תור: 22/11/2026 18:00")
    [_met, news] = rows(salon, OutboxEvent)
    assert news.name == "appointment.created"
    assert news.payload["appointment_id"] == row.pk


def test_the_sentence_to_speak_comes_from_the_row(salon: Business, now: datetime):
    booked = book(salon, now)
    assert isinstance(booked, Booked)
    assert booked.say == "התור נקבע בהצלחה: מחר, בשעה שש בערב, על שם דנה כהן."


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"start_iso": "whenever", "service_id": "nothing", "customer_name": ""}, "invalid_time"),
        ({"service_id": "nothing", "customer_name": ""}, "unknown_service"),
        ({"customer_name": "", "customer_phone": ""}, "need_name"),
        ({"customer_name": " \u200f\t", "customer_phone": ""}, "need_name"),
        ({"customer_name": None}, "need_name"),
        ({"customer_phone": "", "start_iso": "2020-01-01T10:00:00+02:00"}, "need_phone"),
        ({"customer_phone": None}, "need_phone"),
        ({"customer_phone": "12", "start_iso": "2020-01-01T10:00:00+02:00"}, "invalid_phone"),
        ({"start_iso": "2026-11-20T10:00:00+02:00"}, "past"),
        ({"start_iso": "2026-11-21T10:00:00+02:00"}, "too_soon"),
        ({"start_iso": "2026-12-22T10:00:00+02:00"}, "beyond_window"),
        ({"start_iso": "2026-11-24T10:00:00+02:00"}, "closed_day"),
        ({"start_iso": "2026-11-22T09:00:00+02:00"}, "outside_hours"),
        ({"start_iso": "2026-11-22T12:10:00+02:00"}, "off_grid"),
        ({"start_iso": "2026-11-22T12:00:00+02:00"}, "slot_taken"),
    ],
)
def test_every_refusal_has_its_code_and_leaves_no_row(
    salon: Business, now: datetime, changes: dict[str, Any], expected: str
):
    change(salon, min_notice_min=180)
    ClosureFactory(business=salon, on_date=date(2026, 11, 24))
    taken = AppointmentFactory(
        business=salon, resource=rows(salon, Resource)[0], starts_at=datetime(2026, 11, 22, 12, tzinfo=ISRAEL)
    )
    refused = book(salon, now, **changes)
    assert code_of(refused) == expected
    assert refused.message.endswith(".")
    assert len(refused.suggestions) == (2 if expected in REFUSED_FOR_THE_TIME else 0)
    assert rows(salon, Appointment) == [taken]
    assert rows(salon, OutboxEvent) == rows(salon, Activity) == []


REFUSED_FOR_THE_TIME = ("past", "too_soon", "beyond_window", "closed_day", "outside_hours", "off_grid", "slot_taken")


def test_without_the_need_for_a_phone_an_appointment_goes_without_one(salon: Business, now: datetime):
    change(salon, require_phone_before_booking=False)
    assert isinstance(book(salon, now, customer_phone=""), Booked)
    assert code_of(book(salon, now, customer_phone="12", start_iso="2026-11-22T12:00:00+02:00")) == "invalid_phone"
    assert [row.customer_phone for row in rows(salon, Appointment)] == [""]


def test_buffers_block_the_chair_and_not_the_opening_hours(salon: Business, now: datetime):
    ServiceFactory(business=salon, slug="color", duration_min=60, buffer_before_min=30, buffer_after_min=15)
    assert isinstance(book(salon, now, start_iso="2026-11-22T10:00:00+02:00", service_id="color"), Booked)
    [row] = rows(salon, Appointment)
    assert row.during.lower == datetime(2026, 11, 22, 9, 30, tzinfo=ISRAEL)
    assert row.during.upper == datetime(2026, 11, 22, 11, 15, tzinfo=ISRAEL)
    assert code_of(book(salon, now, start_iso="2026-11-22T11:00:00+02:00")) == "slot_taken"
    assert times(find_slots(business=salon, date=SUNDAY, service_id="color", now=now))[0] == "12:00"


def test_two_chairs_take_two_customers_at_one_time_and_the_third_is_told(salon: Business, now: datetime):
    ResourceFactory(business=salon, slug="ron")
    assert [isinstance(book(salon, now, customer_phone=f"052-000-014{n}"), Booked) for n in range(3)] == [
        True,
        True,
        False,
    ]
    assert len({row.resource_id for row in rows(salon, Appointment)}) == 2


def test_the_named_chair_is_taken_or_nobody(salon: Business, now: datetime):
    ResourceFactory(business=salon, slug="ron")
    assert isinstance(book(salon, now, resource_id="ron"), Booked)
    assert code_of(book(salon, now, resource_id="ron")) == "slot_taken"
    assert isinstance(book(salon, now, resource_id="noa"), Booked)


def test_a_customer_who_books_twice_is_one_lead(salon: Business, now: datetime):
    book(salon, now)
    book(salon, now, start_iso="2026-11-22T12:00:00+02:00", customer_phone="+972 52 000 0147")
    assert len(rows(salon, Lead)) == 1
    assert len(rows(salon, Appointment)) == 2


def test_a_name_is_one_clean_line_that_fits(salon: Business, now: datetime):
    assert isinstance(book(salon, now, customer_name=" דנה\x00\n" + "כהן " * 60), Booked)
    [row] = rows(salon, Appointment)
    assert row.customer_name.startswith("דנה כהן")
    assert len(row.customer_name) <= 120


# --- asking twice -------------------------------------------------------------------------------------
def test_a_second_yes_in_one_call_books_nothing_more(salon: Business, now: datetime):
    first = book(salon, now, call_sid="CA1")
    assert book(salon, now, call_sid="CA1") == first
    assert book(salon, now, call_sid="CA1", start_iso="2026-11-22T12:00:00+02:00") == first
    assert len(rows(salon, Appointment)) == 1


def test_a_refusal_in_a_call_leaves_another_try(salon: Business, now: datetime):
    assert code_of(book(salon, now, call_sid="CA1", customer_phone="")) == "need_phone"
    assert isinstance(book(salon, now, call_sid="CA1"), Booked)


def test_a_repeated_key_is_told_the_same_and_books_nothing_new(salon: Business, now: datetime):
    first = book(salon, now, idempotency_key="k1")
    assert book(salon, now, idempotency_key="k1", start_iso="2026-11-22T12:00:00+02:00") == first
    assert isinstance(book(salon, now, idempotency_key="k2", start_iso="2026-11-22T12:00:00+02:00"), Booked)
    assert len(rows(salon, Appointment)) == 2


def test_a_repeated_key_hears_its_refusal_again_even_if_the_time_is_free_by_now(salon: Business, now: datetime):
    blocking = book(salon, now)
    assert isinstance(blocking, Booked)
    refused = book(salon, now, idempotency_key="k1")
    assert code_of(refused) == "slot_taken"
    cancel_appointment(business=salon, appointment_id=blocking.appointment_id, now=now, medium="staff")
    assert book(salon, now, idempotency_key="k1") == refused


def test_a_start_that_cannot_be_read_uses_up_no_key(salon: Business, now: datetime):
    assert code_of(book(salon, now, idempotency_key="k1", start_iso="six")) == "invalid_time"
    assert rows(salon, KeptAnswer) == []
    assert isinstance(book(salon, now, idempotency_key="k1"), Booked)


def test_a_key_belongs_to_its_business(salon: Business, other_salon: Business, now: datetime):
    first, second = (book(business, now, idempotency_key="k1", call_sid="") for business in (salon, other_salon))
    assert isinstance(first, Booked)
    assert isinstance(second, Booked)
    assert first.appointment_id != second.appointment_id


def test_keys_of_any_length_and_kind_are_kept(salon: Business, now: datetime):
    first = book(salon, now, idempotency_key="ק" * 5000)
    assert first.ok
    assert book(salon, now, idempotency_key="ק" * 5000) == first


# --- changing -----------------------------------------------------------------------------------------
@pytest.fixture
def booked(salon: Business, now: datetime) -> int:
    answer = book(salon, now)
    assert isinstance(answer, Booked)
    return answer.appointment_id


def test_a_cancelled_appointment_frees_its_time(salon: Business, now: datetime, booked: int):
    cancelled = cancel_appointment(business=salon, appointment_id=booked, now=now, medium="staff")
    assert isinstance(cancelled, Cancelled)
    assert cancelled.say == "התור של מחר בוטל."
    assert isinstance(book(salon, now), Booked)
    assert [row.status for row in rows(salon, Appointment)] == ["cancelled", "confirmed"]
    assert [news.name for news in rows(salon, OutboxEvent)][1:3] == ["appointment.created", "appointment.cancelled"]


def test_cancelling_again_is_no_news(salon: Business, now: datetime, booked: int):
    first = cancel_appointment(business=salon, appointment_id=booked, now=now, medium="staff")
    assert cancel_appointment(business=salon, appointment_id=booked, now=now, medium="staff") == first
    assert len(rows(salon, OutboxEvent)) == 3  # met, booked, cancelled


MOVING: dict[str, Callable[..., Any]] = {
    "cancelled": cancel_appointment,
    "completed": complete_appointment,
    "no_show": record_no_show,
}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (["cancelled"], True),
        (["completed"], True),
        (["completed", "no_show"], True),
        (["completed", "no_show", "completed"], True),
        (["completed", "cancelled"], False),
        (["cancelled", "completed"], False),
        (["no_show", "cancelled"], False),
    ],
)
def test_a_status_moves_only_where_the_table_lets_it(
    salon: Business, now: datetime, booked: int, path: list[str], allowed: bool
):
    after = datetime(2026, 11, 22, 19, tzinfo=ISRAEL)
    *before, last = path
    for status in before:
        MOVING[status](business=salon, appointment_id=booked, now=after, medium="staff")
    answer = MOVING[last](business=salon, appointment_id=booked, now=after, medium="staff")
    assert isinstance(answer, Refused) is not allowed
    assert (rows(salon, Appointment)[0].status == last) is allowed


@pytest.mark.parametrize("note", [complete_appointment, record_no_show])
def test_nobody_came_or_stayed_away_before_the_start(
    salon: Business, now: datetime, booked: int, note: Callable[..., Any]
):
    refused = note(business=salon, appointment_id=booked, now=now, medium="staff")
    assert (refused.code, refused.message) == ("not_allowed", "התור עוד לא התחיל.")
    assert rows(salon, Appointment)[0].status == "confirmed"


def test_an_appointment_moves_to_a_free_time(salon: Business, now: datetime, booked: int):
    moved = reschedule_appointment(
        business=salon,
        appointment_id=booked,
        start_iso="2026-11-22T19:00:00+02:00",
        now=now,
        medium="staff",
    )
    assert isinstance(moved, Rescheduled)
    assert moved.say == "התור הועבר למחר, בשעה שבע בערב."
    [row] = rows(salon, Appointment)
    assert row.starts_at == row.during.lower == datetime(2026, 11, 22, 19, tzinfo=ISRAEL)
    assert rows(salon, OutboxEvent)[-1].name == "appointment.rescheduled"


def test_its_own_time_does_not_stand_in_its_way(salon: Business, now: datetime):
    change(salon, slot_size_min=30)
    ServiceFactory(business=salon, slug="color", duration_min=90)
    first = book(salon, now, service_id="color")
    assert isinstance(first, Booked)
    moved = reschedule_appointment(
        business=salon,
        appointment_id=first.appointment_id,
        start_iso="2026-11-22T17:30:00+02:00",
        now=now,
        medium="staff",
    )
    assert isinstance(moved, Rescheduled)
    assert moved.slot.end.strftime("%H:%M") == "19:00"


def test_a_move_to_a_taken_time_changes_nothing(salon: Business, now: datetime, booked: int):
    assert book(salon, now, start_iso="2026-11-22T12:00:00+02:00").ok
    refused = reschedule_appointment(
        business=salon,
        appointment_id=booked,
        start_iso="2026-11-22T12:00:00+02:00",
        now=now,
        medium="staff",
    )
    assert code_of(refused) == "slot_taken"
    assert times(refused) == ["11:00", "13:00"]
    assert rows(salon, Appointment)[0].starts_at == datetime(2026, 11, 22, 18, tzinfo=ISRAEL)


def test_a_move_keeps_the_chair_where_it_can_and_changes_it_where_it_must(salon: Business, now: datetime, booked: int):
    ResourceFactory(business=salon, slug="ron")
    noa, ron = rows(salon, Resource)
    reschedule_appointment(
        business=salon,
        appointment_id=booked,
        start_iso="2026-11-22T12:00:00+02:00",
        now=now,
        medium="staff",
    )
    assert rows(salon, Appointment)[0].resource_id == noa.pk
    assert book(salon, now, resource_id="noa", start_iso="2026-11-22T15:00:00+02:00").ok
    reschedule_appointment(
        business=salon,
        appointment_id=booked,
        start_iso="2026-11-22T15:00:00+02:00",
        now=now,
        medium="staff",
    )
    assert rows(salon, Appointment)[0].resource_id == ron.pk


def test_only_live_appointments_move(salon: Business, now: datetime, booked: int):
    cancel_appointment(business=salon, appointment_id=booked, now=now, medium="staff")
    refused = reschedule_appointment(business=salon, appointment_id=booked, start_iso=SIX, now=now, medium="staff")
    assert code_of(refused) == "not_allowed"


def test_an_appointment_of_a_service_that_is_gone_still_moves(salon: Business, now: datetime):
    ServiceFactory(business=salon, slug="perm", duration_min=120)
    first = book(salon, now, service_id="perm")
    assert isinstance(first, Booked)
    with for_business(salon):
        Service.objects.update(is_active=False, duration_min=30)
    moved = reschedule_appointment(
        business=salon,
        appointment_id=first.appointment_id,
        start_iso="2026-11-22T12:00:00+02:00",
        now=now,
        medium="staff",
    )
    assert isinstance(moved, Rescheduled)
    assert moved.slot.end - moved.slot.start == timedelta(hours=2)


# --- one business never sees another ------------------------------------------------------------------
def test_an_appointment_of_another_business_does_not_exist(
    salon: Business, other_salon: Business, now: datetime, booked: int
):
    for refused in (
        cancel_appointment(business=other_salon, appointment_id=booked, now=now, medium="staff"),
        reschedule_appointment(business=other_salon, appointment_id=booked, start_iso=SIX, now=now, medium="staff"),
        confirm_attendance(business=other_salon, appointment_id=booked, now=now, medium="phone"),
        complete_appointment(business=other_salon, appointment_id=booked, now=now, medium="staff"),
    ):
        assert code_of(refused) == "unknown_appointment"
    assert rows(salon, Appointment)[0].status == "confirmed"


def test_another_business_neither_blocks_nor_lends_anything(salon: Business, other_salon: Business, now: datetime):
    ServiceFactory(business=other_salon, slug="haircut")
    ResourceFactory(business=other_salon, slug="ron")
    ClosureFactory(business=other_salon, on_date=SUNDAY)
    assert len(times(find_slots(business=salon, date=SUNDAY, now=now))) == 10
    assert code_of(book(salon, now, service_id="haircut")) == "unknown_service"
    assert code_of(book(salon, now, resource_id="ron")) == "unknown_service"


def test_rows_cannot_be_read_outside_a_business(salon: Business, now: datetime, booked: int):
    with pytest.raises(NoBusiness):
        list(Appointment.objects.all())


def test_the_services_leave_no_business_behind(salon: Business, other_salon: Business, now: datetime):
    with for_business(other_salon):
        assert book(salon, now).ok
        assert list(Appointment.objects.all()) == []


def test_answers_are_forgotten_once_nobody_would_ask_again(salon: Business, now: datetime):
    book(salon, now, idempotency_key="k1")
    assert forget_answers(now=now + timedelta(days=30)) == 0
    assert forget_answers(now=now + timedelta(days=31)) == 1
