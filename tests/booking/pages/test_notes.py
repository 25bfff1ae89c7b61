"""Words of the staff about an appointment: written, changed, lost by nobody, and kept in its history."""

from __future__ import annotations

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment, AppointmentChange, Resource
from booking.services import hold_time
from crm.models import Activity, Business, Role
from crm.tenancy import for_business
from tests.booking.pages.conftest import NOW, again, at, book
from tests.support.pages import fields_of, signed_in, text_of


def write(client: Client, pk: int, words: str) -> HttpResponse:
    form = fields_of(client.get(f"/calendar/{pk}/"))
    return client.post(f"/calendar/{pk}/words/", form | {"note": words})


def test_a_note_is_written_changed_and_removed_and_each_of_them_is_told(salon: Business, noa: Client, dana: Client):
    row = book(salon, at(12))

    write(noa, row.pk, "רגישה לחומר <b>X</b>")
    write(dana, row.pk, "רגישה לאמוניה")
    write(noa, row.pk, "")

    assert again(salon, row.pk).note == ""
    for page in (f"/calendar/{row.pk}/", f"/admin/booking/appointment/{row.pk}/change/", f"/leads/{row.lead_id}/"):
        answer = dana.get(page)
        told = text_of(answer)
        assert "הערה: רגישה לחומר &lt;b&gt;X&lt;/b&gt;" in told, page
        assert "הערה: רגישה לאמוניה (לפני כן: רגישה לחומר" in told, page
        assert "ההערה הוסרה: רגישה לאמוניה" in told, page
        assert {"נועה", "דנה"} <= set(told.split()), page
        assert "<b>X</b>" not in answer.content.decode()


def test_a_note_of_the_booking_is_told_with_it(salon: Business, dana: Client):
    row = book(salon, at(12), note="מגיעה עם ילדה")

    for page in (f"/calendar/{row.pk}/", f"/admin/booking/appointment/{row.pk}/change/"):
        assert "נקבע הערה: מגיעה עם ילדה" in text_of(dana.get(page)), page


def test_new_length_and_new_resource_are_told_everywhere(salon: Business, noa: Client):
    row = book(salon, at(12))
    form = fields_of(noa.get(f"/calendar/{row.pk}/move/"))
    noa.post(f"/calendar/{row.pk}/move/", form | {"starts_at": at(12).isoformat(), "end": at(13, 30).isoformat()})
    with for_business(salon):
        ron = Resource.objects.get(slug="ron")
    form = fields_of(noa.get(f"/calendar/{row.pk}/move/"))
    noa.post(f"/calendar/{row.pk}/move/", form | {"starts_at": at(14).isoformat(), "resource": str(ron.pk)})
    assert again(salon, row.pk).resource == ron

    for page in (f"/calendar/{row.pk}/", f"/admin/booking/appointment/{row.pk}/change/", f"/leads/{row.lead_id}/"):
        told = text_of(noa.get(page))
        assert "90 דקות במקום 30 דקות" in told, page
        assert "רון במקום נועה" in told, page


def test_whoever_comes_second_keeps_their_words_and_sees_the_first(salon: Business, noa: Client, dana: Client):
    row = book(salon, at(12))
    stale = fields_of(noa.get(f"/calendar/{row.pk}/"))
    write(dana, row.pk, "של דנה")

    answer = noa.post(f"/calendar/{row.pk}/words/", stale | {"note": "של נועה"})

    assert answer.status_code == 409
    assert again(salon, row.pk).note == "של דנה"
    assert "ההערה שונתה בינתיים: של דנה" in text_of(answer)
    assert fields_of(answer)["note"] == "של נועה"
    noa.post(f"/calendar/{row.pk}/words/", fields_of(answer))
    assert again(salon, row.pk).note == "של נועה"


def test_the_same_words_again_are_no_change(salon: Business, noa: Client):
    row = book(salon, at(12), note="אותו דבר")

    write(noa, row.pk, "אותו דבר")

    with for_business(salon):
        assert AppointmentChange.objects.filter(kind="noted").count() == 0
        assert Activity.objects.filter(kind="appointment.noted").count() == 0


def test_too_long_a_note_is_named_and_kept(salon: Business, noa: Client):
    row = book(salon, at(12))

    answer = write(noa, row.pk, "א" * 301)

    assert answer.status_code == 422
    assert "301" in text_of(answer)
    assert again(salon, row.pk).note == ""


def test_strangers_and_held_times_are_refused(salon: Business, next_door: Business, noa: Client):
    row = book(salon, at(12))
    ruth = signed_in(next_door, Role.OWNER)
    assert ruth.post(f"/calendar/{row.pk}/words/", {"note": "שלי"}).status_code == 404
    held = hold_time(business=salon, start=at(15), call_sid="CA1", now=NOW)
    assert held.ok
    with for_business(salon):
        pk = Appointment.objects.get(status="held").pk
    noa.post(f"/calendar/{pk}/words/", {"note": "אין למי", "seen": ""})
    assert again(salon, pk).note == ""
    assert again(salon, row.pk).note == ""


def test_a_long_history_costs_no_more_queries(salon: Business, noa: Client):
    row = book(salon, at(12))
    write(noa, row.pk, "הערה")
    noa.get(f"/leads/{row.lead_id}/")
    with CaptureQueriesContext(connection) as short:
        noa.get(f"/leads/{row.lead_id}/")
    for number in range(3):
        write(noa, row.pk, f"הערה {number}")

    with CaptureQueriesContext(connection) as long:
        noa.get(f"/leads/{row.lead_id}/")

    assert len(long) == len(short)
