"""Booking from the calendar: the same rules as a call, their reasons at the field, and an owner's way past them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from booking.models import Appointment
from crm.models import Business, Lead
from crm.tenancy import for_business
from tests.booking.pages.conftest import NOW, at, book, resource, service
from tests.support.factories import LeadFactory, LeadIdentityFactory
from tests.support.pages import text_of

NEW = "/calendar/new/"


def wish(**changes: object) -> dict[str, object]:
    return {
        "customer_name": "רונית לוי",
        "customer_phone": "053-000-0226",
        "date": "24/11/2026",
        "starts_at": at(12).isoformat(),
        "key": "first",
    } | changes


def appointments(salon: Business) -> list[Appointment]:
    with for_business(salon):
        return list(Appointment.objects.select_related("lead", "service", "resource").order_by("pk"))


def starts(page: HttpResponse) -> list[str]:
    """The times that can be chosen."""
    return re.findall(r'name="starts_at" value="2026-11-\d\dT(\d\d:\d\d)', page.content.decode())


def suggested(page: HttpResponse) -> list[str]:
    return re.findall(r'name="suggested" value="([^"]+)"', page.content.decode())


def test_noa_books_for_somebody_new(salon: Business, noa: Client):
    answer = noa.post(NEW, wish(service=service(salon, "cut").pk, resource=resource(salon, "ron").pk, note="עם פן"))

    assert answer.status_code == 302
    assert "date=2026-11-24" in answer["Location"]
    (row,) = appointments(salon)
    assert (row.starts_at, row.resource.slug, row.service.slug) == (at(12), "ron", "cut")  # type: ignore[union-attr]
    assert (row.medium, row.note, row.customer_phone) == ("staff", "עם פן", "+972530000226")
    assert "התור של רונית לוי נקבע להיום בשעה 12:00" in text_of(noa.get(answer["Location"]))


def test_she_books_for_somebody_known_without_a_second_card(salon: Business, noa: Client):
    lead = LeadFactory(business=salon, name="תמר חזן", phone="")

    form = noa.get(NEW, {"lead": lead.pk})
    assert 'value="תמר חזן"' in form.content.decode()
    noa.post(NEW, wish(lead=lead.pk, customer_name="תמר חזן"))

    (row,) = appointments(salon)
    assert row.lead == lead
    assert row.lead.phone == "+972530000226"  # type: ignore[union-attr]  # known from now on


def test_the_number_of_somebody_else_is_that_persons(salon: Business, noa: Client):
    named = LeadFactory(business=salon, name="תמר חזן", phone="")
    other = LeadFactory(business=salon, name="רונית לוי", phone="+972530000226")

    noa.post(NEW, wish(lead=named.pk))

    (row,) = appointments(salon)
    assert row.lead == other
    with for_business(salon):
        assert Lead.objects.count() == 2


def test_only_times_that_can_be_booked_are_listed(salon: Business, noa: Client):
    book(salon, at(12), resource_id="noa")

    listed = starts(noa.get(NEW, {"date": "2026-11-24", "resource": resource(salon, "noa").pk}))

    assert "10:00" in listed
    assert "12:00" not in listed
    assert "20:00" not in listed


def test_all_hours_show_the_others_with_their_reason(salon: Business, noa: Client):
    book(salon, at(12), resource_id="noa")

    chair = resource(salon, "noa").pk
    page = noa.post(NEW, {"_show": "1", "everything": "1", "date": "24/11/2026", "resource": chair})

    assert "המועד נתפס." in text_of(page)
    assert "מחוץ לשעות הפתיחה" in text_of(page)
    assert "12:00" in text_of(page)
    assert "12:00" not in starts(page)  # staff cannot choose it


def test_an_hour_that_was_clicked_is_chosen(salon: Business, noa: Client):
    page = noa.get(NEW, {"date": "2026-11-24", "time": "14:10"}).content.decode()

    assert re.search(r'value="2026-11-24T14:30:00\+02:00" checked', page)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"customer_name": ""}, "חסר שם."),
        ({"customer_phone": ""}, "חסר מספר טלפון."),
        ({"customer_phone": "12"}, "מספר הטלפון לא תקין."),
        ({"starts_at": at(21).isoformat()}, "מחוץ לשעות הפתיחה"),
        ({"starts_at": at(12, 10).isoformat()}, "לא בשעה שנקבעים בה תורים (כל 30 דקות)."),
        ({"starts_at": at(9).isoformat()}, "המועד כבר עבר."),
        ({"starts_at": at(12, days=3).isoformat()}, "סגור ביום שישי"),
        ({"starts_at": at(12, days=40).isoformat()}, "רחוק מדי"),
        ({"starts_at": ""}, "חסרה שעה."),
        ({"starts_at": "soon"}, "חסרה שעה."),
        ({"date": "31/02/2026", "starts_at": ""}, "אין תאריך כזה"),
    ],
)
def test_what_is_refused_says_why_and_books_nothing(salon: Business, noa: Client, change: dict[str, str], reason: str):
    page = noa.post(NEW, wish(**change))

    assert page.status_code == 422
    assert reason in text_of(page)
    assert appointments(salon) == []
    assert 'value="רונית לוי"' in page.content.decode() or "customer_name" in change


def test_a_taken_time_offers_the_two_nearest_as_buttons(salon: Business, noa: Client):
    book(salon, at(12), resource_id="noa")
    chair = resource(salon, "noa").pk

    page = noa.post(NEW, wish(resource=chair))

    assert page.status_code == 422
    assert suggested(page) == [at(11, 30).isoformat(), at(12, 30).isoformat()]
    noa.post(NEW, wish(resource=chair, suggested=suggested(page)[1], key="second"))
    assert [row.starts_at for row in appointments(salon)] == [at(12), at(12, 30)]


def test_pressing_twice_books_once(salon: Business, noa: Client):
    first = noa.post(NEW, wish())
    second = noa.post(NEW, wish())

    assert (first.status_code, second.status_code) == (302, 302)
    assert len(appointments(salon)) == 1


def test_an_owner_books_all_the_same_with_a_reason(salon: Business, dana: Client):
    refused = dana.post(NEW, wish(starts_at=at(21).isoformat()))
    assert "לקבוע בכל זאת" in text_of(refused)

    silent = dana.post(NEW, wish(starts_at=at(21).isoformat(), _override="1", key="2"))
    assert "צריך לכתוב סיבה" in text_of(silent)
    dana.post(NEW, wish(starts_at=at(21).isoformat(), _override="1", reason="כלה", key="3"))

    (row,) = appointments(salon)
    with for_business(salon):
        change = row.changes.get()
    assert (row.starts_at, change.overrode, change.reason) == (at(21), "outside_hours", "כלה")


def test_with_the_same_key_an_owner_is_still_offered_to_insist(salon: Business, dana: Client):
    dana.post(NEW, wish(starts_at=at(21).isoformat()))

    assert "לקבוע בכל זאת" in text_of(dana.post(NEW, wish(starts_at=at(21).isoformat())))


def test_staff_cannot_book_against_the_rules(salon: Business, noa: Client):
    page = noa.post(NEW, wish(starts_at=at(21).isoformat(), _override="1", reason="כלה"))

    assert page.status_code == 422
    assert "לקבוע בכל זאת" not in text_of(page)
    assert appointments(salon) == []


def test_nobody_books_into_another_appointment(salon: Business, dana: Client):
    book(salon, at(12), resource_id="noa")

    page = dana.post(
        NEW, wish(resource=resource(salon, "noa").pk, starts_at=at(12).isoformat(), _override="1", reason="דחוף")
    )

    assert page.status_code == 422
    assert len(appointments(salon)) == 1


def test_people_are_found_by_name_and_by_number_as_it_is_typed(salon: Business, noa: Client, next_door: Business):
    LeadFactory(business=salon, name="תמר חזן", phone="+972520000147")
    LeadFactory(business=next_door, name="תמר שכנה", phone="+972520000148")

    for text in ("תמר", "052-000-0147", "0520000", "0147"):
        found = text_of(noa.get("/calendar/people/", {"q": text}))
        assert "תמר חזן" in found, text
        assert "שכנה" not in found
    assert "תמר" not in text_of(noa.get("/calendar/people/", {"q": "ת"}))


def test_a_person_is_found_by_a_further_number(salon: Business, noa: Client):
    dana = LeadFactory(business=salon, name="תמר חזן", phone="+972540000147")
    LeadIdentityFactory(business=salon, lead=dana, channel="phone", external_id="+972520000147")

    assert "תמר חזן" in text_of(noa.get("/calendar/people/", {"q": "052-000-0147"}))


def test_a_further_number_typed_for_somebody_without_one_books_for_its_owner(salon: Business, noa: Client):
    tamar = LeadFactory(business=salon, name="תמר חזן", phone="+972540000147")
    LeadIdentityFactory(business=salon, lead=tamar, channel="phone", external_id="+972520000147")
    guest = LeadFactory(business=salon, name="רונית", phone="")

    noa.post(NEW, wish(lead=guest.pk, customer_phone="052-000-0147"))

    guest.refresh_from_db()
    assert guest.phone == ""
    assert [row.lead_id for row in appointments(salon)] == [tamar.pk]


def test_signs_that_nobody_types_find_nobody(noa: Client):
    assert noa.get("/calendar/people/", {"q": "\aabc"}).status_code == 200
    assert noa.post(NEW, wish(_find="1", q="\aתמר")).status_code == 200


def test_without_scripts_people_are_found_too(salon: Business, noa: Client):
    lead = LeadFactory(business=salon, name="תמר חזן")

    page = noa.post(NEW, wish(_find="1", q="תמר")).content.decode()

    assert f"/calendar/new/?lead={lead.pk}" in page
    assert 'value="רונית לוי"' in page  # what was typed stays


def test_htmx_gets_the_form_alone_and_is_sent_back_to_its_view(salon: Business, noa: Client):
    sheet = noa.get(NEW, headers={"HX-Request": "true"}).content.decode()
    assert sheet.lstrip().startswith("<dialog")
    here = "http://testserver/calendar/?view=day&date=2026-11-26"
    booked = noa.post(NEW, wish(), headers={"HX-Request": "true", "HX-Current-URL": here})

    assert booked["HX-Redirect"] == "/calendar/?view=day&date=2026-11-24"


def test_an_address_with_new_leads_to_the_form(salon: Business, noa: Client):
    lead = LeadFactory(business=salon)

    assert noa.get("/calendar/", {"new": "1", "lead": lead.pk})["Location"] == f"/calendar/new/?lead={lead.pk}"


def test_listing_times_takes_as_many_queries_with_many_appointments(
    salon: Business, noa: Client, django_assert_max_num_queries: object
):
    for hour in range(11, 18):
        book(salon, at(hour), customer_phone=f"05200002{hour}")

    with django_assert_max_num_queries(16):  # type: ignore[operator]  # a context manager of pytest-django
        noa.get(NEW, {"date": (NOW + timedelta(days=1)).date().isoformat(), "everything": "1"})
