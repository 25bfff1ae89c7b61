"""One appointment: what is known of it, and what can be done about it."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client

from booking.models import Appointment
from booking.services import cancel_appointment, hold_time
from crm.models import Business, Medium
from crm.tenancy import for_business
from tests.booking.pages.conftest import NOW, again, at, book
from tests.support.factories import ClosureFactory
from tests.support.pages import text_of


def test_it_says_who_when_with_whom_and_what_happened(salon: Business, noa: Client):
    row = book(salon, at(12), call_sid="CA1")

    page = noa.get(f"/calendar/{row.pk}/")

    text = text_of(page)
    for word in ("שירה כץ", "12:00–12:30", "052-000-0147", "תספורת", "נועה", "שיחה", "נקבע"):
        assert word in text, word
    content = page.content.decode()
    assert f"/leads/{row.lead_id}/" in content
    assert "/calls/CA1/" in content
    assert 'href="tel:+972520000147"' in content


def test_it_says_which_rule_it_breaks_by_now(salon: Business, noa: Client):
    row = book(salon, at(12, days=1))
    ClosureFactory(business=salon, on_date=at(0, days=1).date(), reason="שיפוץ")

    assert "שיפוץ" in text_of(noa.get(f"/calendar/{row.pk}/"))


def test_cancelling_asks_first_and_names_what_is_lost(salon: Business, noa: Client):
    row = book(salon, at(12))
    question = text_of(noa.get(f"/calendar/{row.pk}/cancel/"))
    assert "לבטל את התור של שירה כץ?" in question
    assert "12:00–12:30" in question
    assert "הזמן יתפנה מיד לקביעה" in question
    assert "השארת התור" in question
    assert again(salon, row.pk).status == "confirmed"

    noa.post(f"/calendar/{row.pk}/cancel/")

    assert again(salon, row.pk).status == "cancelled"
    page = text_of(noa.get(f"/calendar/{row.pk}/"))
    assert "בוטל" in page
    assert "שינוי מועד" not in page


@pytest.mark.parametrize(("deed", "status"), [("complete", "completed"), ("miss", "no_show")])
def test_what_became_of_it_is_noted_once_it_has_begun(salon: Business, noa: Client, deed: str, status: str):
    row = book(salon, at(11))
    assert f"/calendar/{row.pk}/{deed}/" not in noa.get(f"/calendar/{row.pk}/").content.decode()
    noa.post(f"/calendar/{row.pk}/{deed}/")
    assert again(salon, row.pk).status == "confirmed"  # it has not begun

    with time_machine.travel(at(11, 5), tick=False):
        assert f"/calendar/{row.pk}/{deed}/" in noa.get(f"/calendar/{row.pk}/").content.decode()
        noa.post(f"/calendar/{row.pk}/{deed}/")

    assert again(salon, row.pk).status == status


def test_the_customers_word_is_noted(salon: Business, noa: Client):
    row = book(salon, at(12))

    noa.post(f"/calendar/{row.pk}/confirm/")

    assert again(salon, row.pk).attendance_confirmed_at == NOW


def test_a_refused_move_says_why(salon: Business, noa: Client):
    row = book(salon, at(12))
    cancel_appointment(business=salon, appointment_id=row.pk, now=NOW, medium=Medium.STAFF)

    answer = noa.post(f"/calendar/{row.pk}/confirm/", follow=True)

    assert "אי אפשר לשנות את התור הזה" in text_of(answer)


def test_a_time_held_for_a_caller_has_no_name_and_nothing_to_press(salon: Business, noa: Client):
    hold_time(business=salon, start=at(12), call_sid="CA1", now=NOW)
    with for_business(salon):
        pk = Appointment.objects.get().pk

    page = text_of(noa.get(f"/calendar/{pk}/"))

    assert "שיחה בתהליך" in page
    assert "ביטול התור" not in page
    with time_machine.travel(at(10, 5), tick=False):
        assert noa.get(f"/calendar/{pk}/").status_code == 404
