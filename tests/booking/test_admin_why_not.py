"""Why may a time be booked, or not? Everybody of the staff may ask, and is led to the place of the rule."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client

from booking.models import OpeningHours, Resource
from booking.services import create_appointment
from crm.models import Business, BusinessSettings, Medium, Role
from crm.tenancy import for_business
from tests.booking.conftest import ISRAEL
from tests.support.factories import ClosureFactory, ServiceFactory
from tests.support.pages import fields_of, signed_in, text_of

WHY_NOT = "/admin/booking/appointment/why-not/"


@pytest.fixture(autouse=True)
def saturday_morning(now: datetime) -> object:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, Role.STAFF)


def ask(client: Client, day: str, hour: str, **chosen: str) -> tuple[str, str]:
    """What the page says, and its source."""
    asked = {"starts_at_0": day, "starts_at_1": hour} | chosen
    response = client.get(f"{WHY_NOT}?{urlencode(asked)}")
    assert response.status_code == 200
    return text_of(response), response.content.decode()


def test_a_free_time_is_one_step_from_being_booked(salon: Business, noa: Client) -> None:
    ServiceFactory(business=salon, slug="color", name="צבע", duration_min=60)
    page, html = ask(noa, "24/11/2026", "12:00", service="color")
    assert "המועד פנוי" in page

    [address] = [
        part.split('"')[0] for part in html.split('href="') if part.startswith("/admin/booking/appointment/add/?")
    ]
    form = fields_of(noa.get(address.replace("&amp;", "&")))

    assert (form["starts_at_0"], form["starts_at_1"], form["service"]) == ("24/11/2026", "12:00", "color")


def test_a_refused_form_leads_to_its_explanation(salon: Business, noa: Client) -> None:
    wish = {"customer_name": "רונית", "customer_phone": "053-000-0226", "service": "", "resource": "noa"}
    refused = noa.post(
        "/admin/booking/appointment/add/", wish | {"starts_at_0": "24/11/2026", "starts_at_1": "12:15"}
    ).content.decode()

    [address] = [part.split('"')[0] for part in refused.split('href="') if part.startswith(WHY_NOT)]
    explained = noa.get(address.replace("&amp;", "&"))

    assert "לא בשעה שנקבעים בה תורים (כל 60 דקות)." in text_of(explained)
    assert fields_of(explained)["resource"] == "noa"


def test_a_refusal_names_rule_source_and_near_times(salon: Business, noa: Client) -> None:
    page, html = ask(noa, "24/11/2026", "12:15")

    assert "לא בשעה שנקבעים בה תורים (כל 60 דקות)." in page
    assert "כלל מרווח בין תורים מקור ההגדרות" in page
    assert f"/admin/crm/business/{salon.pk}/change/#businesssettings" in html
    assert "קביעה: 24/11/2026 12:00" in page
    assert "קביעה: 24/11/2026 13:00" in page


def test_hours_closures_and_own_days_lead_to_their_places(salon: Business, noa: Client) -> None:
    with for_business(salon):
        noa_chair = Resource.objects.get()
    ClosureFactory(business=salon, on_date=date(2026, 11, 25))
    ClosureFactory(business=salon, on_date=date(2026, 11, 26), resource=noa_chair)
    own_page = f"/admin/crm/business/{salon.pk}/change/"

    assert f"{own_page}#openinghours" in ask(noa, "24/11/2026", "21:00")[1]
    assert f"{own_page}#closure" in ask(noa, "25/11/2026", "12:00")[1]
    assert f"/admin/booking/resource/{noa_chair.pk}/change/" in ask(noa, "26/11/2026", "12:00", resource="noa")[1]


def test_a_holiday_leads_to_the_holidays(salon: Business, noa: Client) -> None:
    with for_business(salon):
        BusinessSettings.objects.update(holidays_calendar="IL", holidays_closed=True, booking_window_days=200)

    page, html = ask(noa, "22/04/2027", "12:00")

    assert "סגור ביום חמישי 22/4/2027 (פסח)." in page
    assert "/admin/booking/holiday/?year=2027" in html


def test_a_taken_time_leads_to_the_appointment(salon: Business, noa: Client, now: datetime) -> None:
    booked = create_appointment(
        business=salon,
        start_iso=datetime(2026, 11, 24, 18, tzinfo=ISRAEL),
        customer_name="נועם שגב",
        customer_phone="0520000147",
        medium=Medium.PHONE,
        now=now,
    )

    page, html = ask(noa, "24/11/2026", "18:00")

    assert "המועד נתפס." in page
    assert f"/admin/booking/appointment/{booked.appointment_id}/change/" in html  # type: ignore[union-attr]


def test_a_full_day_leads_to_whose_limit_it_is(salon: Business, noa: Client, now: datetime) -> None:
    create_appointment(
        business=salon,
        start_iso=datetime(2026, 11, 24, 18, tzinfo=ISRAEL),
        customer_name="נועם שגב",
        customer_phone="0520000147",
        medium=Medium.PHONE,
        now=now,
    )
    with for_business(salon):
        Resource.objects.update(daily_limit=1)
        chair = Resource.objects.get()

    page, html = ask(noa, "24/11/2026", "12:00")
    assert "היום הזה כבר מלא." in page
    assert f"/admin/booking/resource/{chair.pk}/change/" in html

    with for_business(salon):
        BusinessSettings.objects.update(daily_limit=1)
    assert f"/admin/crm/business/{salon.pk}/change/#businesssettings" in ask(noa, "24/11/2026", "12:00")[1]


def test_without_any_free_time_the_page_says_so(salon: Business, noa: Client) -> None:
    with for_business(salon):
        OpeningHours.objects.all().delete()
        OpeningHours.objects.create(business=salon, weekday=6, opens="01:00", closes="01:30")

    assert "אין מועד פנוי בימים שאפשר לקבוע בהם." in ask(noa, "24/11/2026", "12:00")[0]


def test_an_unreadable_question_is_answered_on_the_form(salon: Business, noa: Client) -> None:
    assert "אין תאריך כזה: 31.6" in ask(noa, "31.6", "12:00")[0]
    assert "על איזה מועד מדובר?" in text_of(noa.get(WHY_NOT))


def test_another_businesss_services_are_not_known(salon: Business, other_salon: Business, noa: Client) -> None:
    ServiceFactory(business=other_salon, slug="secret", name="טיפול של רות")

    page, _ = ask(noa, "24/11/2026", "12:00", service="secret")

    assert "טיפול של רות" not in page
    assert "המועד פנוי" not in page


def test_strangers_do_not_ask(salon: Business) -> None:
    assert signed_in().get(WHY_NOT).status_code == 403
