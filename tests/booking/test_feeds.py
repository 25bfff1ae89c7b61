"""Dana's calendar program reads the appointments at a secret address."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from icalendar import Calendar, Event

from agentlocator.logs import LineFormatter
from booking.feeds import digest_of, issue_feed, remove_feed
from booking.models import Appointment, CalendarFeed, Resource
from booking.services import (
    cancel_appointment,
    complete_appointment,
    create_appointment,
    hold_time,
    reschedule_appointment,
)
from crm.models import Business, Medium, Role
from crm.tenancy import for_business, for_everyone
from tests.support.factories import AppointmentFactory, ClosureFactory, ResourceFactory, ServiceFactory
from tests.support.pages import platform_admin, signed_in, text_of

ISRAEL = ZoneInfo("Asia/Jerusalem")
SIX = datetime(2026, 11, 22, 18, tzinfo=ISRAEL)


@pytest.fixture(autouse=True)
def clock(now: datetime) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(now, tick=False) as clock:
        yield clock


def address(salon: Business, now: datetime, resource: Resource | None = None) -> str:
    return f"/calendar/feed/{issue_feed(business=salon, resource=resource, now=now)}.ics"


def events(where: str) -> list[Event]:
    response = Client().get(where)
    assert response.status_code == 200
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def book(salon: Business, now: datetime, start: datetime = SIX, **changes: object) -> int:
    wish = {"customer_name": "דנה לוי", "customer_phone": "0520000147", "medium": Medium.PHONE, "now": now} | changes
    return int(create_appointment(business=salon, start_iso=start, **wish).appointment_id)  # type: ignore[arg-type, union-attr]


def chair(salon: Business, slug: str = "noa") -> Resource:
    with for_business(salon):
        return Resource.objects.get(slug=slug)


# --- the address --------------------------------------------------------------------------------------
def test_the_address_is_secret_and_only_its_digest_is_kept(salon: Business, now: datetime):
    token = issue_feed(business=salon, resource=None, now=now)

    assert len(token) >= 43  # 32 bytes
    with for_business(salon):
        [feed] = CalendarFeed.objects.values()
    assert feed["digest"] == digest_of(token)
    assert token not in str(feed)


def test_a_calendar_program_reads_it_without_signing_in_and_nothing_in_between_keeps_it(salon: Business, now: datetime):
    response = Client().get(address(salon, now))

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"] == "private, no-store"
    assert response.cookies == {}


def test_a_new_address_ends_the_old_one(salon: Business, now: datetime):
    old = address(salon, now)
    new = address(salon, now)

    assert (Client().get(old).status_code, Client().get(new).status_code) == (404, 200)
    with for_business(salon):
        assert CalendarFeed.objects.count() == 1


def test_a_removed_address_is_unknown(salon: Business, now: datetime):
    where = address(salon, now)

    assert remove_feed(business=salon, resource=None)
    assert not remove_feed(business=salon, resource=None)
    assert Client().get(where).status_code == 404


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 5000, "דנה", "%00", "a.ics"])
def test_an_unknown_address_is_404_and_says_nothing(db: None, token: str):
    response = Client().get(f"/calendar/feed/{token}.ics")

    assert (response.status_code, response.content) == (404, b"")


def test_the_digest_opens_nothing(salon: Business, now: datetime):
    token = issue_feed(business=salon, resource=None, now=now)

    assert Client().get(f"/calendar/feed/{digest_of(token)}.ics").status_code == 404


def test_it_can_only_be_read(salon: Business, now: datetime):
    assert Client().post(address(salon, now)).status_code == 405


def test_reading_is_noted_at_most_every_five_minutes(salon: Business, now: datetime, clock: time_machine.Traveller):
    where = address(salon, now)
    noted = []
    for minutes in (0, 4, 6):
        clock.move_to(now + timedelta(minutes=minutes))
        Client().get(where)
        with for_business(salon):
            noted.append((CalendarFeed.objects.get().last_read_at - now) / timedelta(minutes=1))

    assert noted == [0, 0, 6]


def test_the_address_never_reaches_the_log(salon: Business, now: datetime, caplog: pytest.LogCaptureFixture):
    old = address(salon, now)
    address(salon, now)
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter())

    Client().get(old)
    Client().post(old)
    lines = [handler.format(record) for record in caplog.records]

    assert [line[24:] for line in lines] == [
        "WARNING django.request: Not Found: /calendar/feed/… status_code=404",
        "WARNING django.request: Method Not Allowed (POST): /calendar/feed/… status_code=405",
    ]


def test_every_log_line_is_written_that_way(settings: object):
    [handler] = settings.LOGGING["handlers"].values()  # type: ignore[attr-defined]
    assert settings.LOGGING["formatters"][handler["formatter"]] == {"()": "agentlocator.logs.LineFormatter"}  # type: ignore[attr-defined]


# --- what it holds ------------------------------------------------------------------------------------
def test_an_appointment_as_calendar_programs_show_it(salon: Business, now: datetime):
    ServiceFactory(business=salon, slug="haircut", name="תספורת, פן", duration_min=30)
    with for_business(salon):
        Resource.objects.update(name="נועה")
    pk = book(salon, now, service_id="haircut")

    [event] = events(address(salon, now))

    assert (event["uid"], event["sequence"], event["status"]) == (f"appointment-{pk}@localhost", 0, "CONFIRMED")
    assert (event.start, event.end) == (SIX, SIX + timedelta(minutes=30))
    assert event["dtstart"].to_ical() == b"20261122T160000Z"
    assert event["summary"] == "דנה לוי · תספורת, פן"
    assert event["description"] == "052-000-0147"
    assert (event["location"], event["resources"]) == (salon.name, "נועה")
    assert event["last-modified"].dt == now


def test_the_calendar_is_named_after_the_business_or_its_resource(salon: Business, now: datetime):
    for resource, name in ((None, salon.name), (chair(salon), f"{salon.name} · נועה")):
        calendar = Calendar.from_ical(Client().get(address(salon, now, resource)).content)
        assert calendar["x-wr-calname"] == name
        assert calendar["x-wr-timezone"] == "Asia/Jerusalem"


def test_a_moved_appointment_keeps_its_identity_and_grows(salon: Business, now: datetime):
    pk = book(salon, now)
    where = address(salon, now)
    [before] = events(where)
    later = now + timedelta(hours=1)
    moved = SIX + timedelta(hours=1)

    reschedule_appointment(business=salon, appointment_id=pk, start_iso=moved, now=later, medium=Medium.STAFF)
    [after] = events(where)

    assert after["uid"] == before["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert (after.start, after["last-modified"].dt) == (moved, later)


def test_what_is_cancelled_stays_thirty_days_as_cancelled(
    salon: Business, now: datetime, clock: time_machine.Traveller
):
    where = address(salon, now)
    pk = book(salon, now, start=SIX + timedelta(days=20))
    cancel_appointment(business=salon, appointment_id=pk, now=now, medium=Medium.STAFF)

    [event] = events(where)
    assert (event["status"], event["sequence"], event["transp"]) == ("CANCELLED", 1, "TRANSPARENT")

    clock.move_to(now + timedelta(days=30))
    assert [event["status"] for event in events(where)] == ["CANCELLED"]
    clock.move_to(now + timedelta(days=30, seconds=1))
    assert events(where) == []


def test_the_past_goes_back_thirty_days(salon: Business, now: datetime):
    resource = chair(salon)
    for days in (29, 31):
        AppointmentFactory(business=salon, resource=resource, starts_at=now - timedelta(days=days))

    assert [event.start for event in events(address(salon, now))] == [now - timedelta(days=29)]


def test_what_took_place_stays(salon: Business, now: datetime, clock: time_machine.Traveller):
    pk = book(salon, now)
    clock.move_to(SIX + timedelta(hours=2))
    complete_appointment(business=salon, appointment_id=pk, now=SIX + timedelta(hours=2), medium=Medium.STAFF)

    assert [event["status"] for event in events(address(salon, now))] == ["CONFIRMED"]


def test_a_time_held_for_a_caller_is_no_appointment(salon: Business, now: datetime):
    assert hold_time(business=salon, start=SIX, call_sid="CA1", now=now).ok

    assert events(address(salon, now)) == []


def test_a_resources_calendar_has_its_own_appointments_only(salon: Business, now: datetime):
    ResourceFactory(business=salon, slug="ron", name="רון")
    noas = book(salon, now, resource_id="noa")
    rons = book(salon, now, resource_id="ron")

    uids = {
        slug: [event["uid"] for event in events(address(salon, now, chair(salon, slug)))] for slug in ("noa", "ron")
    }

    assert uids == {"noa": [f"appointment-{noas}@localhost"], "ron": [f"appointment-{rons}@localhost"]}
    assert len(events(address(salon, now))) == 2


def test_closed_days_are_busy_all_day(salon: Business, now: datetime):
    ResourceFactory(business=salon, slug="ron")
    ClosureFactory(business=salon, on_date=date(2026, 12, 1), reason="שיפוץ")
    ClosureFactory(business=salon, on_date=date(2026, 12, 2), resource=chair(salon))
    ClosureFactory(business=salon, on_date=date(2027, 12, 1))  # beyond the booking window

    def days(resource: Resource | None) -> list[tuple[date, str]]:
        return [(event.start, str(event["summary"])) for event in events(address(salon, now, resource))]

    assert days(None) == [(date(2026, 12, 1), "סגור: שיפוץ")]
    assert days(chair(salon)) == [(date(2026, 12, 1), "סגור: שיפוץ"), (date(2026, 12, 2), "סגור")]
    assert days(chair(salon, "ron")) == [(date(2026, 12, 1), "סגור: שיפוץ")]


def test_a_name_cannot_smuggle_in_events(salon: Business, now: datetime):
    evil = "דנה\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:hi; there, \\n"
    with for_business(salon):
        AppointmentFactory(
            business=salon, resource=Resource.objects.get(), starts_at=now + timedelta(days=1), customer_name=evil
        )

    [event] = events(address(salon, now))

    assert str(event["summary"]).startswith("דנה")
    assert "END:VEVENT" in event["summary"]


def test_unchanged_appointments_give_unchanged_bytes(salon: Business, now: datetime):
    book(salon, now)
    where = address(salon, now)

    assert Client().get(where).content == Client().get(where).content


# --- tenancy ------------------------------------------------------------------------------------------
def test_one_business_never_reads_another(salon: Business, other_salon: Business, now: datetime):
    book(other_salon, now, customer_name="לקוחה של רות")
    where = address(salon, now)
    with for_everyone("Ruth signs in at Dana's address"):
        assert Appointment.objects.count() == 1

    assert events(where) == []
    assert len(events(address(other_salon, now))) == 1


def test_thirty_appointments_take_as_many_queries_as_one(
    salon: Business, now: datetime, django_assert_num_queries: object
):
    resource, where = chair(salon), address(salon, now)
    for count in (1, 30):
        for number in range(count):
            start = datetime(2026, 12, 1, 10, count, tzinfo=UTC) + timedelta(days=number)
            AppointmentFactory(business=salon, resource=resource, starts_at=start, ends_at=start + timedelta(minutes=5))
        Client().get(where)
        with django_assert_num_queries(3):  # type: ignore[operator]
            Client().get(where)


# --- the owner's page ---------------------------------------------------------------------------------
PAGE = "/admin/booking/calendarfeed/"


@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, Role.OWNER)


def link_in(response: HttpResponse) -> str:
    found = re.search(r"http://localhost:\d+(/calendar/feed/[\w-]+\.ics)", response.content.decode())
    return found[1] if found else ""


def test_dana_makes_a_link_and_sees_it_once(salon: Business, dana: Client):
    assert "אין קישור" in text_of(dana.get(PAGE))

    made = dana.post(PAGE, {"what": "issue", "resource": ""})

    assert "הוא מוצג רק עכשיו" in text_of(made)
    assert events(link_in(made)) == []
    assert "no-store" in made["Cache-Control"]
    again = dana.get(PAGE)
    assert link_in(again) == ""
    assert "נקרא לאחרונה: 21/11/2026 08:00" in text_of(again)


def test_dana_replaces_and_removes_the_link_of_a_resource(salon: Business, dana: Client):
    resource = str(chair(salon).pk)
    first = link_in(dana.post(PAGE, {"what": "issue", "resource": resource}))
    second = link_in(dana.post(PAGE, {"what": "issue", "resource": resource}))
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)

    page = dana.post(PAGE, {"what": "remove", "resource": resource}, follow=True)

    assert "הקישור הוסר." in text_of(page)
    assert Client().get(second).status_code == 404


@pytest.mark.parametrize("fields", [{}, {"what": "x"}, {"what": "issue", "resource": "99999999999999999999"}])
def test_a_form_of_ones_own_changes_nothing(salon: Business, dana: Client, fields: dict[str, str]):
    assert dana.post(PAGE, fields).status_code == 302
    with for_business(salon):
        assert not CalendarFeed.objects.exists()


def test_links_are_the_owners_and_of_their_own_business(salon: Business, other_salon: Business, dana: Client):
    noa = signed_in(salon, Role.STAFF)
    assert (noa.get(PAGE).status_code, noa.post(PAGE, {"what": "issue"}).status_code) == (403, 403)
    assert PAGE not in noa.get("/admin/").content.decode()
    assert PAGE in dana.get("/admin/").content.decode()
    assert dana.post(PAGE, {"what": "issue", "resource": str(chair(other_salon).pk)}).status_code == 302
    assert platform_admin().get(PAGE).status_code == 302  # enters a business first
    with for_everyone("no link was made anywhere"):
        assert not CalendarFeed.objects.exists()


def test_a_link_has_no_page_of_its_own(salon: Business, dana: Client):
    dana.post(PAGE, {"what": "issue", "resource": ""})
    with for_business(salon):
        pk = CalendarFeed.objects.get().pk

    for page in (f"{PAGE}{pk}/change/", f"{PAGE}{pk}/delete/", f"{PAGE}add/", f"{PAGE}{pk}/history/"):
        assert dana.get(page).status_code in (403, 404)
