"""The calendar as a page and as events: what stands when, and what is free."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment
from booking.services import cancel_appointment
from crm.models import Business, Medium
from crm.tenancy import for_business
from tests.booking.pages.conftest import NOW, at, book, resource
from tests.support.factories import AppointmentFactory, ClosureFactory, HolidayFactory, LeadFactory
from tests.support.pages import text_of

WEEK = {"start": "2026-11-22T00:00:00", "end": "2026-11-29T00:00:00"}


def events(client: Client, **asked: Any) -> list[dict[str, Any]]:
    """The appointments of the feed, without the hatched time."""
    answer = client.get("/calendar/events/", WEEK | asked)
    assert answer.status_code == 200, answer.content
    return [event for event in answer.json() if "id" in event]


@pytest.mark.parametrize("view", ["day", "week", "month", "resources"])
def test_every_view_names_who_comes_without_scripts(salon: Business, noa: Client, view: str):
    book(salon, at(12), "שירה כץ")

    page = text_of(noa.get("/calendar/", {"view": view}))

    assert "שירה כץ" in page
    assert "12:00" in page
    assert "תספורת" in page


@pytest.mark.parametrize("view", ["day", "week"])
def test_paper_has_the_same_days_and_nothing_to_press(salon: Business, noa: Client, view: str):
    book(salon, at(12), "שירה כץ")

    page = noa.get("/calendar/print/", {"view": view})

    assert "שירה כץ" in text_of(page)
    assert b"<nav" not in page.content


def test_the_list_of_a_day_shows_what_is_free_between(salon: Business, noa: Client):
    book(salon, at(12), "שירה כץ")

    page = text_of(noa.get("/calendar/", {"resource": resource(salon, "noa").pk}))

    assert "10:00–12:00 פנוי" in page
    assert "12:30–20:00 פנוי" in page


def test_a_gap_leads_to_the_form_with_its_day_and_hour(salon: Business, noa: Client):
    book(salon, at(12), "שירה כץ")
    chair = resource(salon, "noa").pk

    page = noa.get("/calendar/", {"resource": chair}).content.decode()

    assert f"/calendar/new/?date=2026-11-24&amp;time=12:30&amp;resource={chair}" in page


def test_a_closed_day_is_named_by_its_holiday(salon: Business, noa: Client):
    HolidayFactory(business=salon, on_date=date(2026, 11, 25), name="חג השקט")

    page = text_of(noa.get("/calendar/", {"date": "2026-11-25"}))

    assert "חג השקט" in page
    assert "10:00–20:00 פנוי" not in page


def test_an_empty_day_offers_an_appointment(noa: Client):
    page = text_of(noa.get("/calendar/", {"date": "2027-01-06"}))

    assert "אין תורים ביום ד׳ 06/01/2027" in page


def test_the_day_after_a_week_is_a_week_later(noa: Client):
    page = noa.get("/calendar/", {"view": "week", "date": "2026-11-24"}).content.decode()

    assert "date=2026-12-01" in page
    assert "date=2026-11-17" in page


def test_a_date_that_is_none_shows_today(salon: Business, noa: Client):
    book(salon, at(12), "שירה כץ")

    assert "שירה כץ" in text_of(noa.get("/calendar/", {"date": "31/31/9999", "view": "no such view"}))


# --- events ------------------------------------------------------------------------------------------
def test_an_event_has_the_clock_of_the_business_and_its_colour(salon: Business, noa: Client):
    row = book(salon, at(12), "שירה כץ", resource_id="ron")

    (event,) = events(noa)

    assert (event["start"], event["end"]) == ("2026-11-24T12:00:00", "2026-11-24T12:30:00")
    assert event["title"] == "שירה כץ"
    assert "r1" in event["classNames"]
    assert event["extendedProps"]["resource"] == row.resource_id
    assert event["editable"]


def test_only_the_chosen_resource_is_shown(salon: Business, noa: Client):
    book(salon, at(12), "שירה כץ", resource_id="noa")
    book(salon, at(12), "רונית לוי", resource_id="ron", customer_phone="0520000148")

    assert [event["title"] for event in events(noa, resource=resource(salon, "ron").pk)] == ["רונית לוי"]


def test_cancelled_ones_are_shown_when_asked_for(salon: Business, noa: Client):
    row = book(salon, at(12))
    cancel_appointment(business=salon, appointment_id=row.pk, now=NOW, medium=Medium.STAFF)

    assert events(noa) == []
    (event,) = events(noa, cancelled="1")
    assert "cancelled" in event["classNames"]
    assert not event["editable"]


def test_what_the_assistant_booked_a_moment_ago_is_ringed_for_a_minute(salon: Business, noa: Client):
    row = book(salon, at(12))
    book(salon, at(13), "רונית לוי", medium=Medium.STAFF, customer_phone="0520000148")

    by_name = {event["title"]: event["classNames"] for event in events(noa)}
    assert "new" in by_name["שירה כץ"]
    assert "new" not in by_name["רונית לוי"]

    with for_business(salon):
        Appointment.objects.filter(pk=row.pk).update(created_at=NOW - timedelta(seconds=61))
    assert all("new" not in event["classNames"] for event in events(noa))


def test_an_appointment_outside_changed_hours_is_marked(salon: Business, noa: Client):
    book(salon, at(12, days=1))
    ClosureFactory(business=salon, on_date=at(0, days=1).date(), reason="שיפוץ")

    (event,) = events(noa)

    assert "outside" in event["classNames"]
    assert event["extendedProps"]["mark"] == "מחוץ לשעות"


def test_time_at_which_nobody_serves_is_hatched_and_named(salon: Business, noa: Client):
    ClosureFactory(business=salon, on_date=at(0, days=1).date(), reason="שיפוץ")

    shut = [event for event in noa.get("/calendar/events/", WEEK).json() if event.get("display") == "background"]

    assert {"start": "2026-11-24T00:00:00", "end": "2026-11-24T10:00:00"}.items() <= next(
        event.items() for event in shut if event["start"].startswith("2026-11-24")
    )
    assert next(event for event in shut if event["start"].startswith("2026-11-25"))["title"] == "שיפוץ"


@pytest.mark.parametrize(
    "asked",
    [
        {"start": "", "end": ""},
        {"start": "2026-11-22", "end": "2026-11-22"},
        {"start": "2026-11-01", "end": "2027-01-03"},
        {"start": "yesterday", "end": "2026-11-22"},
        {"start": "0001-01-01", "end": "0001-01-05"},
    ],
)
def test_a_range_that_is_none_or_too_long_is_refused(noa: Client, asked: dict[str, str]):
    assert noa.get("/calendar/events/", asked).status_code == 400


def test_names_with_scripts_stay_text(salon: Business, noa: Client):
    book(salon, at(12), "<script>alert(1)</script>")

    feed = noa.get("/calendar/events/", WEEK)
    page = noa.get("/calendar/").content.decode()

    assert feed["Content-Type"] == "application/json"
    assert b"<script>" not in feed.content
    assert "<script>alert(1)</script>" in [event["title"] for event in json.loads(feed.content)]
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_hour_that_the_clock_repeats_keeps_its_length_on_the_page(salon: Business, noa: Client):
    """Forty minutes from 01:50 on the night the clock goes back end at 01:30 of the second round."""
    start = at(1, 50, days=-30).replace(fold=0)
    lead = LeadFactory(business=salon)
    AppointmentFactory(
        business=salon,
        resource=resource(salon, "noa"),
        lead=lead,
        starts_at=start,
        ends_at=start.astimezone(NOW.astimezone().tzinfo) + timedelta(minutes=40),
    )

    (event,) = [
        one for one in noa.get("/calendar/events/", {"start": "2026-10-25", "end": "2026-10-26"}).json() if "id" in one
    ]

    assert (event["start"], event["end"]) == ("2026-10-25T01:50:00", "2026-10-25T02:30:00")


@pytest.mark.parametrize(
    "address", ["/calendar/", "/calendar/?view=month", "/calendar/events/?start=2026-11-22&end=2026-11-29"]
)
def test_queries_do_not_grow_with_appointments(salon: Business, noa: Client, address: str):
    def many(count: int) -> None:
        lead, chair = LeadFactory(business=salon), resource(salon, "noa")
        with for_business(salon):
            here = Appointment.objects.count()
            start = at(12)
            Appointment.objects.bulk_create(
                Appointment(
                    business=salon,
                    resource=chair,
                    lead=lead,
                    customer_name="שירה כץ",
                    starts_at=start + timedelta(minutes=5 * one),
                    ends_at=start + timedelta(minutes=5 * one + 5),
                    during=(start + timedelta(minutes=5 * one), start + timedelta(minutes=5 * one + 5)),
                    medium=Medium.STAFF,
                )
                for one in range(here, count)
            )

    counts = []
    for count in (1, 3, 1000):
        many(count)
        noa.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert noa.get(address).status_code == 200
        counts.append(len(queries))

    assert len(set(counts)) == 1, counts


def full_week(salon: Business) -> None:
    """A hundred short appointments on each of five days."""
    lead, chair = LeadFactory(business=salon), resource(salon, "noa")
    starts = [at(10, days=day) + timedelta(minutes=5 * one) for day in range(-2, 3) for one in range(100)]
    ends = [start + timedelta(minutes=5) for start in starts]
    with for_business(salon):
        Appointment.objects.bulk_create(
            Appointment(
                business=salon,
                resource=chair,
                lead=lead,
                customer_name=f"שירה {number}",
                starts_at=start,
                ends_at=end,
                during=(start, end),
                medium=Medium.STAFF,
            )
            for number, (start, end) in enumerate(zip(starts, ends, strict=True))
        )


@pytest.mark.parametrize(("view", "most"), [("week", 30), ("month", 10)])
def test_a_table_of_full_days_names_the_first_and_leads_to_the_rest(salon: Business, noa: Client, view: str, most: int):
    full_week(salon)

    page = noa.get("/calendar/", {"view": view}).content.decode()

    table = page[page.index('<table class="plain">') : page.index("</table>")]
    assert table.count('class="entry ') == 5 * most
    assert table.count(f"עוד {100 - most} תורים") == 5
    assert '<a class="al-small" href="?view=day&amp;date=2026-11-25">' in table
    assert "500 תורים" in text_of(noa.get("/calendar/", {"view": view}))
    assert len(page) < 150_000


def test_the_list_of_a_full_day_and_paper_leave_nobody_out(salon: Business, noa: Client):
    full_week(salon)

    day = noa.get("/calendar/", {"view": "day"}).content.decode()
    paper = noa.get("/calendar/print/", {"view": "week"}).content.decode()

    assert all(f"שירה {number}<" in day for number in range(200, 300))
    assert paper.count('class="entry ') == 500
