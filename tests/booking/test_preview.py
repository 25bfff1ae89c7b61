"""What a change of the rules would do, seen before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.models import OpeningHours, Resource
from booking.preview import Difference, compare, look
from booking.services import create_appointment
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import ClosureFactory, ResourceFactory, ServiceFactory

ISRAEL = ZoneInfo("Asia/Jerusalem")
TUESDAY = date(2026, 11, 24)


def book(salon: Business, now: datetime, hour: int = 18, **more: Any) -> None:
    answer = create_appointment(
        business=salon,
        start_iso=datetime(2026, 11, 24, hour, tzinfo=ISRAEL),
        customer_name="דנה כהן",
        customer_phone="052-000-0147",
        medium="staff",
        now=now,
        **more,
    )
    assert answer.ok


def difference(salon: Business, now: datetime, change: Callable[[], Any]) -> Difference:
    before = look(salon, now=now)
    with for_business(salon):
        change()
    return compare(before, look(salon, now=now))


def test_no_change_no_difference(salon: Business, now: datetime):
    book(salon, now)
    assert not difference(salon, now, lambda: None)


def test_shorter_hours_name_the_appointments_they_touch_and_the_slots_that_vanish(salon: Business, now: datetime):
    book(salon, now, 12)
    book(salon, now, 18)
    seen = difference(salon, now, lambda: OpeningHours.objects.filter(weekday=2).update(closes=time(16)))
    [touched] = seen.touched
    assert (touched.customer_name, touched.starts_at.hour, touched.code) == ("דנה כהן", 18, "outside_hours")
    assert touched.message == "מחוץ לשעות הפתיחה (10:00–16:00)."
    assert [(one.day, one.times) for one in seen.vanish] == [
        (TUESDAY, (time(16), time(17), time(19))),
        (date(2026, 12, 1), (time(16), time(17), time(18), time(19))),
    ]
    assert seen.appear == ()


def test_half_hours_bring_new_slots_and_touch_nobody(salon: Business, now: datetime):
    book(salon, now)
    seen = difference(salon, now, lambda: BusinessSettings.objects.update(slot_size_min=30))
    assert seen.touched == seen.vanish == ()
    assert len(seen.appear) == 14


def test_a_closed_day_touches_who_is_booked_on_it(salon: Business, now: datetime):
    book(salon, now)
    seen = difference(salon, now, lambda: ClosureFactory(business=salon, on_date=TUESDAY, reason="שיפוצים"))
    assert [one.message for one in seen.touched] == ["סגור ביום שלישי 24/11/2026 (שיפוצים)."]
    assert [one.day for one in seen.vanish] == [TUESDAY]


def test_who_no_longer_serves_is_named_by_their_appointments(salon: Business, now: datetime):
    ResourceFactory(business=salon, slug="ron")
    book(salon, now, resource_id="ron")
    seen = difference(salon, now, lambda: Resource.objects.filter(slug="ron").update(is_active=False))
    assert [one.code for one in seen.touched] == ["unknown_service"]


def test_what_was_booked_against_the_rules_before_is_not_blamed_on_the_change(salon: Business, now: datetime):
    book(salon, now)
    with for_business(salon):
        OpeningHours.objects.filter(weekday=2).delete()
    seen = difference(salon, now, lambda: BusinessSettings.objects.update(min_notice_min=60))
    assert seen.touched == ()


def test_starts_are_those_of_any_service(salon: Business, now: datetime):
    ServiceFactory(business=salon, slug="cut", duration_min=30)
    ServiceFactory(business=salon, slug="color", duration_min=180)
    assert look(salon, now=now).starts[TUESDAY] == frozenset(time(hour) for hour in range(10, 20))


def test_looking_costs_the_same_with_many_appointments(salon: Business, now: datetime):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            look(salon, now=now)
        return len(caught)

    book(salon, now, 12)
    few = queries()
    book(salon, now, 14)
    book(salon, now, 16)
    assert queries() == few == 3


def test_nobody_elses_appointments_are_looked_at(salon: Business, other_salon: Business, now: datetime):
    book(other_salon, now)
    assert look(salon, now=now).standing == {}
