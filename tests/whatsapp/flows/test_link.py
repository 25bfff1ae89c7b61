"""The link in a reminder: one tap to say one comes, or to cancel. Looking at it changes nothing."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client

from booking.models import Appointment
from crm.models import Business
from crm.tenancy import for_business
from tests.support.factories import NOW, AppointmentFactory, BusinessFactory, FlowMessageFactory, LeadFactory
from tests.support.pages import text_of
from whatsapp.flows import links

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-some-length"
ADDRESS = f"/a/{TOKEN}/"


@pytest.fixture
def shop() -> Business:
    return BusinessFactory(name="המספרה של דנה")


@pytest.fixture
def appointment(shop: Business) -> Appointment:
    lead = LeadFactory(business=shop, name="<b>יוסי</b>")
    row = AppointmentFactory(business=shop, lead=lead, starts_at=NOW + dt.timedelta(days=1))
    FlowMessageFactory(business=shop, lead=lead, appointment=row, token=links.digest(TOKEN))
    return row


def now(row: Appointment) -> Appointment:
    with for_business(row.business):
        row.refresh_from_db()
    return row


@time_machine.travel(NOW, tick=False)
def test_looking_shows_the_appointment_and_changes_nothing(appointment: Appointment) -> None:
    page = Client().get(ADDRESS)
    assert "ביום רביעי 25/11 בשעה 10:00" in text_of(page)
    assert now(appointment).attendance_confirmed_at is None


@time_machine.travel(NOW, tick=False)
def test_one_tap_says_they_come(appointment: Appointment) -> None:
    page = Client().post(ADDRESS, {"deed": "confirm"}, follow=True)
    assert "ההגעה אושרה" in text_of(page)
    assert now(appointment).attendance_confirmed_at == NOW


@time_machine.travel(NOW, tick=False)
def test_one_tap_cancels_and_frees_the_time(appointment: Appointment) -> None:
    page = Client().post(ADDRESS, {"deed": "cancel"}, follow=True)
    assert "התור בוטל" in text_of(page)
    assert now(appointment).status == "cancelled"
    again = Client().post(ADDRESS, {"deed": "cancel"}, follow=True)
    assert again.status_code == 200


@time_machine.travel(NOW + dt.timedelta(days=2), tick=False)
def test_a_past_appointment_offers_nothing(appointment: Appointment) -> None:
    page = Client().get(ADDRESS)
    assert page.status_code == 200
    assert "<button" not in page.content.decode()


@time_machine.travel(NOW, tick=False)
def test_the_owners_cut_off_holds_here_too(appointment: Appointment, shop: Business) -> None:
    from tests.support.factories import BusinessSettingsFactory

    BusinessSettingsFactory(business=shop, cancel_notice_min=3 * 24 * 60)
    page = Client().post(ADDRESS, {"deed": "cancel"})
    assert page.status_code == 422
    assert now(appointment).status == "confirmed"


@pytest.mark.parametrize("address", ["/a/nobody-knows-this/", "/a/x/", "/a/%00/"])
def test_any_other_token_is_no_address(address: str, appointment: Appointment) -> None:
    assert Client().get(address).status_code in (400, 404)
    assert Client().post(address, {"deed": "cancel"}).status_code in (400, 404)


@time_machine.travel(NOW, tick=False)
def test_no_other_deed_can_be_asked_for(appointment: Appointment) -> None:
    assert Client().post(ADDRESS, {"deed": "delete"}).status_code == 404
    assert Client().put(ADDRESS).status_code == 405


@time_machine.travel(NOW, tick=False)
def test_a_form_from_elsewhere_is_refused(appointment: Appointment) -> None:
    assert Client(enforce_csrf_checks=True).post(ADDRESS, {"deed": "cancel"}).status_code == 403
    assert now(appointment).status == "confirmed"
