"""What a calendar shows of a day: who comes, what is free, and when nobody serves."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from booking.agenda import Agenda, Gap, read_agenda
from booking.day_times import times_of_day
from booking.intervals import Interval, subtract
from booking.results import Refused
from crm.models import Business
from crm.tenancy import for_business
from tests.booking.conftest import ISRAEL
from tests.support.factories import AppointmentFactory, LeadFactory, OpeningHoursFactory, ResourceFactory

SUNDAY = date(2026, 11, 22)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 22, hour, minute, tzinfo=ISRAEL)


def agenda(salon: Business, now: datetime, *resources: int) -> Agenda:
    return read_agenda(business=salon, first=SUNDAY, last=SUNDAY, resource_ids=resources, now=now)


def gaps(salon: Business, now: datetime, *resources: int) -> list[tuple[str, str]]:
    day = agenda(salon, now, *resources).days[SUNDAY]
    return [(f"{gap.starts_at:%H:%M}", f"{gap.ends_at:%H:%M}") for gap in day.items if isinstance(gap, Gap)]


def test_what_is_taken_leaves_the_pieces_around_it():
    def span(start: int, end: int) -> Interval:
        return Interval(at(start), at(end))

    assert subtract([span(10, 20)], [span(12, 13), span(13, 14), span(19, 22)]) == [span(10, 12), span(14, 19)]
    assert subtract([span(10, 20)], [span(8, 21)]) == []
    assert subtract([span(10, 12), span(14, 16)], []) == [span(10, 12), span(14, 16)]


def test_a_gap_is_where_none_of_those_shown_has_anything(salon: Business, now: datetime):
    with for_business(salon):
        noa, lead = ResourceFactory._meta.model.objects.get(), LeadFactory(business=salon)
    ron = ResourceFactory(business=salon, slug="ron", name="רון")
    AppointmentFactory(business=salon, resource=noa, lead=lead, starts_at=at(12), ends_at=at(14))
    AppointmentFactory(business=salon, resource=ron, lead=lead, starts_at=at(13), ends_at=at(15))

    assert gaps(salon, now) == [("10:00", "12:00"), ("15:00", "20:00")]
    assert gaps(salon, now, ron.pk) == [("10:00", "13:00"), ("15:00", "20:00")]
    assert agenda(salon, now).free == timedelta(hours=16)


def test_what_is_over_is_not_free_and_neither_is_too_short_a_rest(salon: Business, now: datetime):
    with for_business(salon):
        noa, lead = ResourceFactory._meta.model.objects.get(), LeadFactory(business=salon)
    AppointmentFactory(business=salon, resource=noa, lead=lead, starts_at=at(12, 30), ends_at=at(14))

    assert gaps(salon, at(12)) == [("14:00", "20:00")]


def test_a_night_belongs_to_its_evening_and_is_not_shut_after_midnight(salon: Business, now: datetime):
    with for_business(salon):
        OpeningHoursFactory._meta.model.objects.all().delete()
    OpeningHoursFactory(business=salon, weekday=0, opens=time(18), closes=time(2))

    days = read_agenda(business=salon, first=SUNDAY, last=SUNDAY + timedelta(days=1), now=now).days

    shut = [(f"{one.start.astimezone(ISRAEL):%d %H:%M}") for one in days[SUNDAY + timedelta(days=1)].shut]
    assert shut == ["23 02:00"]
    assert days[SUNDAY + timedelta(days=1)].is_closed


def test_the_times_of_a_day_name_each_reason_once(salon: Business, now: datetime):
    with for_business(salon):
        noa, lead = ResourceFactory._meta.model.objects.get(), LeadFactory(business=salon)
    AppointmentFactory(business=salon, resource=noa, lead=lead, starts_at=at(12), ends_at=at(13))

    found = times_of_day(business=salon, day=SUNDAY, everything=True, now=now)

    assert not isinstance(found, Refused)
    by_reason = {times.reason: [f"{start:%H}" for start in times.starts] for times in found}
    assert by_reason[""] == ["10", "11", "13", "14", "15", "16", "17", "18", "19"]
    assert by_reason["המועד נתפס."] == ["12"]
    assert by_reason["מחוץ לשעות הפתיחה (10:00–20:00)."][:2] == ["00", "01"]
    assert len(found) == 3
