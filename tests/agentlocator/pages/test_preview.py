"""What a change of hours, days, services or holidays does is shown before it is saved, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client

from booking.models import Appointment, Closure, OpeningHours, Resource, Service
from booking.services import create_appointment
from calls.models import TwilioAccount
from crm.models import Business, Medium
from crm.tenancy import for_business
from tests.agentlocator.pages.test_business_page import added, address
from tests.support.factories import ServiceFactory
from tests.support.pages import fields_of, text_of

ISRAEL = ZoneInfo("Asia/Jerusalem")
SATURDAY = datetime(2026, 11, 21, 8, tzinfo=ISRAEL)
LEFT_OUTSIDE = "תור אחד שכבר נקבע נמצא עכשיו מחוץ לכללים. הוא נשאר קבוע ומסומן."


@pytest.fixture(autouse=True)
def saturday_morning() -> Iterator[None]:
    with time_machine.travel(SATURDAY, tick=False):
        yield


@pytest.fixture
def booked(salon: Business) -> Appointment:
    """Noam comes on Tuesday 24/11/2026 at 18:00."""
    answer = create_appointment(
        business=salon,
        start_iso=datetime(2026, 11, 24, 18, tzinfo=ISRAEL),
        customer_name="נועם שגב",
        customer_phone="0520000147",
        medium=Medium.PHONE,
        now=SATURDAY,
    )
    with for_business(salon):
        return Appointment.objects.get(pk=answer.appointment_id)  # type: ignore[union-attr]


@pytest.fixture
def closed_tuesday(salon: Business, dana: Client) -> dict[str, str]:
    """The business's page, filled in with a closure of that Tuesday."""
    row = {"on_date": "24/11/2026", "opens": "", "closes": "", "resource": "", "reason": "חופשה"}
    return added(fields_of(dana.get(address(salon))), "closure", **row)


def test_a_preview_shows_the_effect_and_saves_nothing(
    salon: Business, booked: Appointment, dana: Client, closed_tuesday: dict[str, str]
) -> None:
    response = dana.post(address(salon), closed_tuesday | {"name": "דנה", "_preview": "1"})

    page = text_of(response)
    assert "תור אחד שנקבע יהיה מחוץ לכללים נועם שגב יום שלישי 24/11/2026 18:00" in page
    assert "סגור ביום שלישי 24/11/2026 (חופשה)." in page
    assert f"/admin/booking/appointment/{booked.pk}/change/" in response.content.decode()
    assert "מועדים שיורדים ב־14 הימים הקרובים יום שלישי 24/11/2026 10:00–17:00 , 19:00 9 מועדים" in page
    with for_business(salon):
        assert not Closure.objects.exists()
    assert Business.objects.get(pk=salon.pk).name == "המספרה של דנה"
    assert not LogEntry.objects.exists()
    assert "בהצלחה" not in text_of(dana.get(address(salon)))


def test_saving_after_the_preview_saves_what_was_typed(
    salon: Business, booked: Appointment, dana: Client, closed_tuesday: dict[str, str]
) -> None:
    shown = fields_of(dana.post(address(salon), closed_tuesday | {"name": "דנה", "_preview": "1"}))

    assert dana.post(address(salon), shown | {"_save": "1"}).status_code == 302

    with for_business(salon):
        assert list(Closure.objects.values_list("on_date", "reason")) == [(date(2026, 11, 24), "חופשה")]
    assert Business.objects.get(pk=salon.pk).name == "דנה"


def test_going_back_to_edit_keeps_what_was_typed(salon: Business, dana: Client, closed_tuesday: dict[str, str]) -> None:
    shown = fields_of(dana.post(address(salon), closed_tuesday | {"name": "דנה", "_preview": "1"}))

    response = dana.post(address(salon), shown | {"_edit": "1"})

    assert response.status_code == 200
    again = fields_of(response)
    assert (again["name"], again["closure-0-on_date"], again["closure-0-reason"]) == ("דנה", "24/11/2026", "חופשה")
    with for_business(salon):
        assert not Closure.objects.exists()
    assert Business.objects.get(pk=salon.pk).name == "המספרה של דנה"


def test_a_mistake_is_told_instead_of_a_preview(salon: Business, dana: Client, closed_tuesday: dict[str, str]) -> None:
    page = text_of(dana.post(address(salon), closed_tuesday | {"closure-0-on_date": "31.6", "_preview": "1"}))

    assert "אין תאריך כזה: 31.6" in page
    assert "עוד לא נשמר דבר." not in page


def test_a_change_without_effect_says_so(salon: Business, dana: Client) -> None:
    fields = fields_of(dana.get(address(salon))) | {"name": "דנה", "_preview": "1"}

    assert "אין שינוי ב־14 הימים הקרובים" in text_of(dana.post(address(salon), fields))


def test_an_ordinary_save_that_touches_appointments_says_so(
    salon: Business, booked: Appointment, dana: Client, closed_tuesday: dict[str, str]
) -> None:
    dana.post(address(salon), closed_tuesday)

    response = dana.get(address(salon))
    assert LEFT_OUTSIDE in text_of(response)
    assert "/admin/booking/appointment/?when=outside" in response.content.decode()
    dana.post(address(salon), fields_of(response) | {"name": "דנה"})
    assert LEFT_OUTSIDE not in text_of(dana.get(address(salon)))


def test_a_typed_secret_survives_the_preview_and_is_never_shown(salon: Business, dana: Client) -> None:
    secret = {"account_sid": "AC" + "0" * 32, "auth_token": "very-secret-token"}
    fields = added(fields_of(dana.get(address(salon))), "twilioaccount", **secret)

    preview = dana.post(address(salon), fields | {"_preview": "1"})

    assert "very-secret-token" not in preview.content.decode()
    assert dana.post(address(salon), fields_of(preview) | {"_save": "1"}).status_code == 302
    with for_business(salon):
        assert TwilioAccount.objects.get().auth_token == "very-secret-token"


def test_a_seal_that_was_tampered_with_is_no_token(salon: Business, dana: Client) -> None:
    secret = {"account_sid": "AC" + "0" * 32, "auth_token": "sealed:nonsense"}

    response = dana.post(address(salon), added(fields_of(dana.get(address(salon))), "twilioaccount", **secret))

    assert response.status_code == 200
    with for_business(salon):
        assert not TwilioAccount.objects.exists()


def test_own_hours_of_one_who_serves_are_previewed(salon: Business, booked: Appointment, dana: Client) -> None:
    with for_business(salon):
        own_page = f"/admin/booking/resource/{Resource.objects.get().pk}/change/"
    fields = added(fields_of(dana.get(own_page)), "openinghours", weekday="2", opens="10:00", closes="14:00")

    page = text_of(dana.post(own_page, fields | {"_preview": "1"}))

    assert "מחוץ לשעות הפתיחה ( 10:00–14:00 )." in page
    assert "מועדים שיורדים" in page
    with for_business(salon):
        assert OpeningHours.objects.exclude(resource=None).count() == 0


def test_a_service_is_previewed_new_and_changed(salon: Business, dana: Client) -> None:
    ServiceFactory(business=salon, slug="cut", name="תספורת", duration_min=60)
    longer = {"name": "צבע", "slug": "", "duration_min": "600", "buffer_before_min": "0", "buffer_after_min": "0"}
    with for_business(salon):
        cut = Service.objects.get()
    fields = fields_of(dana.get(f"/admin/booking/service/{cut.pk}/change/")) | {"duration_min": "600"}

    added_page = dana.post("/admin/booking/service/add/", longer | {"is_active": "on", "_preview": "1"})
    changed_page = dana.post(f"/admin/booking/service/{cut.pk}/change/", fields | {"_preview": "1"})

    assert "אין שינוי ב־14 הימים הקרובים" in text_of(added_page)
    assert re.search(r"מועדים שיורדים .* יום ראשון 22/11/2026 11:00–19:00 9 מועדים", text_of(changed_page))
    with for_business(salon):
        assert list(Service.objects.values_list("name", "duration_min")) == [("תספורת", 60)]


def test_noa_previews_nothing(salon: Business, noa: Client) -> None:
    assert "תצוגה מקדימה" not in text_of(noa.get(address(salon)))
    assert noa.post(address(salon), {"name": "אחר", "_preview": "1"}).status_code == 403


def test_nobody_previews_a_change_next_door(next_door: Business, dana: Client) -> None:
    assert dana.post(address(next_door), {"name": "אחר", "_preview": "1"}).status_code == 404
