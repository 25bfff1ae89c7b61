"""Staff book, move and cancel through the same service as a call."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from booking.models import Appointment
from booking.services import create_appointment
from crm.models import Business, Medium, Role
from crm.tenancy import for_business
from tests.support.factories import ServiceFactory
from tests.support.pages import fields_of, signed_in, text_of

ISRAEL = ZoneInfo("Asia/Jerusalem")
ADD = "/admin/booking/appointment/add/"


@pytest.fixture(autouse=True)
def saturday_morning(now: datetime) -> object:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, Role.STAFF)


@pytest.fixture
def booked(salon: Business, now: datetime) -> Appointment:
    answer = create_appointment(
        business=salon,
        start_iso=datetime(2026, 11, 24, 18, tzinfo=ISRAEL),
        customer_name="נועם שגב",
        customer_phone="0520000147",
        medium=Medium.PHONE,
        now=now,
    )
    with for_business(salon):
        return Appointment.objects.get(pk=answer.appointment_id)  # type: ignore[union-attr]


def wish(**changes: str) -> dict[str, str]:
    return {
        "customer_name": "רונית לוי",
        "customer_phone": "053-000-0226",
        "service": "",
        "resource": "",
        "starts_at_0": "24/11/2026",
        "starts_at_1": "12:00",
    } | changes


def appointments(salon: Business) -> list[Appointment]:
    with for_business(salon):
        return list(Appointment.objects.order_by("starts_at"))


def test_noa_books_an_appointment(salon: Business, noa: Client) -> None:
    assert set(wish()) <= set(fields_of(noa.get(ADD)))

    response = noa.post(ADD, wish())

    [appointment] = appointments(salon)
    assert response["Location"] == f"/admin/booking/appointment/{appointment.pk}/change/"
    assert appointment.starts_at == datetime(2026, 11, 24, 12, tzinfo=ISRAEL)
    assert (appointment.customer_name, appointment.customer_phone) == ("רונית לוי", "+972530000226")
    assert appointment.medium == Medium.STAFF
    assert "התור נקבע." in text_of(noa.get(response["Location"]))


def test_a_refusal_stays_on_the_form_with_near_times(salon: Business, booked: Appointment, noa: Client) -> None:
    response = noa.post(ADD, wish(starts_at_1="18:00"))

    assert response.status_code == 200
    assert "המועד נתפס. מועדים קרובים: 24/11/2026 17:00 , 24/11/2026 19:00 ." in text_of(response)
    assert len(appointments(salon)) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"customer_name": ""}, "חסר שם."),
        ({"customer_phone": ""}, "חסר מספר טלפון."),
        ({"customer_phone": "12"}, "מספר הטלפון לא תקין."),
        ({"starts_at_1": "12:15"}, "לא בשעה שנקבעים בה תורים"),
        ({"starts_at_1": "21:00"}, "מחוץ לשעות הפתיחה"),
        ({"starts_at_0": "20/11/2026"}, "המועד כבר עבר."),
        ({"starts_at_0": "מתישהו"}, "תאריך"),
    ],
)
def test_each_refusal_is_said_in_words(salon: Business, noa: Client, changes: dict[str, str], message: str) -> None:
    response = noa.post(ADD, wish(**changes))

    assert response.status_code == 200
    assert message in text_of(response)
    assert appointments(salon) == []


def test_the_service_decides_the_length(salon: Business, noa: Client) -> None:
    ServiceFactory(business=salon, slug="color", name="צבע", duration_min=90)

    noa.post(ADD, wish(service="color"))

    [appointment] = appointments(salon)
    assert appointment.ends_at - appointment.starts_at == timedelta(minutes=90)


def move(booked: Appointment, what: str) -> str:
    return f"/admin/booking/appointment/{booked.pk}/{what}/"


def test_noa_cancels_and_the_time_is_free_again(salon: Business, booked: Appointment, noa: Client) -> None:
    assert "לבטל את התור?" in text_of(noa.get(move(booked, "cancel")))

    response = noa.post(move(booked, "cancel"), {"_form_submitted": "on"})

    assert response["HX-Redirect"] == f"/admin/booking/appointment/{booked.pk}/change/"
    assert appointments(salon)[0].status == "cancelled"
    assert noa.post(ADD, wish(starts_at_1="18:00")).status_code == 302


def test_a_cancelled_appointment_offers_no_moves(salon: Business, booked: Appointment, noa: Client) -> None:
    noa.post(move(booked, "cancel"), {"_form_submitted": "on"})

    page = text_of(noa.get(f"/admin/booking/appointment/{booked.pk}/change/"))

    assert "ביטול התור" not in page
    assert "שינוי מועד" not in page
    assert noa.post(move(booked, "took-place"), {"_form_submitted": "on"}).status_code == 403


def test_noa_moves_it_only_to_a_time_the_rules_allow(salon: Business, booked: Appointment, noa: Client) -> None:
    submitted = {"_form_submitted": "on", "starts_at_0": "25/11/2026"}

    noa.post(move(booked, "move"), submitted | {"starts_at_1": "10:15"})
    assert appointments(salon)[0].starts_at == datetime(2026, 11, 24, 18, tzinfo=ISRAEL)
    page = text_of(noa.get(f"/admin/booking/appointment/{booked.pk}/change/"))
    assert "לא בשעה שנקבעים בה תורים" in page

    noa.post(move(booked, "move"), submitted | {"starts_at_1": "11:00"})
    assert appointments(salon)[0].starts_at == datetime(2026, 11, 25, 11, tzinfo=ISRAEL)


def test_what_happened_is_noted_afterwards(salon: Business, booked: Appointment, noa: Client) -> None:
    noa.post(move(booked, "no-show"), {"_form_submitted": "on"})
    assert appointments(salon)[0].status == "no_show"

    noa.post(move(booked, "took-place"), {"_form_submitted": "on"})
    assert appointments(salon)[0].status == "completed"


def test_the_list_is_narrowed_to_today_coming_or_past(booked: Appointment, noa: Client) -> None:
    found = {
        when: noa.get(f"/admin/booking/appointment/?when={when}").context["cl"].result_count
        for when in ("today", "coming", "past")
    }

    assert found == {"today": 0, "coming": 1, "past": 0}


def test_facts_cannot_be_typed_over(salon: Business, booked: Appointment, noa: Client) -> None:
    response = noa.post(f"/admin/booking/appointment/{booked.pk}/change/", {"customer_name": "אחר"})

    assert response.status_code == 403
    assert appointments(salon)[0].customer_name == "נועם שגב"


def test_nobody_moves_another_businesss_appointment(booked: Appointment, other_salon: Business) -> None:
    ruth = signed_in(other_salon)

    for what in ("cancel", "move", "took-place", "no-show"):
        assert ruth.post(move(booked, what), {"_form_submitted": "on"}).status_code in (403, 404)
    assert appointments(booked.business)[0].status == "confirmed"
