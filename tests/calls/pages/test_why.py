"""Why was this time refused? Every rule, kept or not, with the value it used and the way to change it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from booking.models import Resource
from calls.models import CallSession, PracticeCall
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.calls import REFUSED, a_call, page_of, said
from tests.support.factories import NOW, AppointmentFactory, ClosureFactory
from tests.support.pages import text_of

HTMX = {"HX-Request": "true"}
SETTINGS_LINK = "#businesssettings"


def refused(business: Business, when: str, reason: str, **facts: object) -> CallSession:
    call = a_call(business, **facts)
    said(call, 0, "server", f"[SERVER] slot_unavailable: {when}; reason={reason}; alternatives=")
    return call


def why(client: Client, call: CallSession) -> str:
    return text_of(client.get(page_of(call, "why", 0), headers=HTMX))


def test_every_rule_is_listed_with_its_value(salon: Business, dana: Client, noa: Client) -> None:
    call = a_call(salon)
    said(call, 0, "server", REFUSED)

    text = why(noa, call)

    assert "למה היום 18:15 סורב?" in text
    assert "נאמר בשיחה: לא בשעה שנקבעים בה תורים" in text
    assert "מתקיים אין דרישה להתראה מראש" in text
    assert "מתקיים אפשר לקבוע עד 24/12/2026" in text
    assert "מתקיים פתוח ביום שלישי 10:00–20:00" in text
    assert "לא מתקיים מרווח בין תורים: לא בשעה שנקבעים בה תורים (כל 60 דקות)." in text
    assert "מתקיים אין תור אחר בזמן הזה" in text
    assert SETTINGS_LINK in dana.get(page_of(call, "why", 0)).content.decode()
    assert SETTINGS_LINK not in noa.get(page_of(call, "why", 0)).content.decode()
    assert "למה היום 18:15 סורב?" in text_of(noa.get(page_of(call)))  # the page explains the first one by itself


@pytest.mark.parametrize(
    ("when", "reason", "told"),
    [
        ("2026-11-24 21:00", "outside_hours", "לא מתקיים שעות פתיחה: מחוץ לשעות הפתיחה ( 10:00–20:00 )."),
        ("2026-11-28 12:00", "closed_day", "לא מתקיים שעות פתיחה: סגור ביום שבת 28/11/2026."),
        ("2026-11-24 09:00", "past", "לא מתקיים השעה עכשיו: המועד כבר עבר."),
        ("2027-02-01 12:00", "beyond_window", "לא מתקיים קביעה עד: רחוק מדי: אפשר לקבוע עד 24/12/2026."),
    ],
)
def test_what_failed_is_marked(salon: Business, noa: Client, when: str, reason: str, told: str) -> None:
    text = why(noa, refused(salon, when, reason))
    assert told in text
    assert text.count("לא מתקיים") >= 1


def test_notice_closures_and_the_calendar_count_too(salon: Business, noa: Client, dana: Client) -> None:
    with for_business(salon):
        BusinessSettings.objects.update(min_notice_min=120)
    assert "לא מתקיים התראה מראש: פחות מההתראה הנדרשת (שעתיים)." in why(
        noa, refused(salon, "2026-11-24 11:00", "too_soon")
    )
    assert "מתקיים התראה מראש: שעתיים" in why(noa, refused(salon, "2026-11-24 13:00", "slot_taken"))
    ClosureFactory(business=salon, on_date=date(2026, 11, 25))
    assert "לא מתקיים סגירות וימים מיוחדים" in why(noa, refused(salon, "2026-11-25 12:00", "closed_day"))
    with for_business(salon):
        chair = Resource.objects.get()
    there = AppointmentFactory(business=salon, resource=chair, starts_at=NOW + timedelta(hours=5))
    taken = dana.get(page_of(refused(salon, "2026-11-24 15:00", "slot_taken"), "why", 0))
    assert "לא מתקיים היומן: המועד נתפס." in text_of(taken)
    assert f"/admin/booking/appointment/{there.pk}/change/" in taken.content.decode()


def test_what_became_possible_is_said_so(salon: Business, noa: Client) -> None:
    text = why(noa, refused(salon, "2026-11-24 15:00", "slot_taken"))
    assert "נאמר בשיחה: המועד נתפס" in text
    assert "לפי הכללים והיומן של עכשיו, המועד הזה אפשרי." in text


def test_the_calls_own_appointment_does_not_stand_in_its_way(salon: Business, noa: Client) -> None:
    with for_business(salon):
        chair = Resource.objects.get()
    booked = AppointmentFactory(business=salon, resource=chair, starts_at=NOW + timedelta(hours=8))
    call = refused(salon, "2026-11-24 18:15", "off_grid", appointment=booked)
    assert "מתקיים אין תור אחר בזמן הזה" in why(noa, call)


def test_hours_on_trial_are_not_judged_by_those_in_force(salon: Business, noa: Client) -> None:
    call = refused(salon, "2026-11-24 21:00", "outside_hours", from_browser=True, is_practice=True)
    with for_business(salon):
        PracticeCall.objects.create(business=salon, call=call, hours={"tue": [["12:00", "14:00"]]})
    text = why(noa, call)
    assert "בשיחת הניסיון הזאת נבדקו שעות אחרות" in text
    assert "מתקיים" not in text


def test_only_refused_times_are_explained(salon: Business, noa: Client) -> None:
    call = a_call(salon)
    said(call, 0, "server", "[SERVER] slot_available: 2026-11-24 18:00")
    said(call, 1, "caller", "[SERVER] slot_unavailable: 2026-11-24 18:00")
    for index in (0, 1, 7, 99_999_999_999):
        assert noa.get(page_of(call, "why", index)).status_code == 404
