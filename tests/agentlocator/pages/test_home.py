"""The home page: today's appointments, the last calls, and what must not be overlooked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from calls.models import CallSession
from crm.models import Business, Role
from tests.support.factories import (
    AppointmentFactory,
    CallSessionFactory,
    FollowUpFactory,
    LeadFactory,
    MembershipFactory,
    ResourceFactory,
    TwilioAccountFactory,
)
from tests.support.pages import platform_admin, signed_in, text_of

OWNER_BAR = "מצב תרגול: לא הוגדר מפתח לספק הקול, ולכן עונה תחליף מקומי."
STAFF_BAR = "מצב תרגול: עונה תחליף מקומי. שיחות אמיתיות ייענו אחרי שהבעלים יגדירו מפתח."


def test_strangers_are_sent_to_sign_in(db: None, client: Client) -> None:
    response = client.get("/")

    assert response.status_code == 302
    assert response["Location"] == "/admin/login/?next=/"


def test_dana_sees_todays_appointments_and_the_last_calls(salon: Business, next_door: Business, dana: Client) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    roni = LeadFactory(business=salon, name="רוני")
    AppointmentFactory(business=salon, lead=roni, starts_at=noon)
    AppointmentFactory(business=salon, lead=LeadFactory(business=salon, name="מחר"), starts_at=noon + timedelta(days=1))
    CallSessionFactory(business=salon, lead=roni, outcome=CallSession.Outcome.BOOKED, summary="נקבע תור לתספורת")
    CallSessionFactory(business=next_door, summary="שיחה של רות")

    page = text_of(dana.get("/"))

    assert "12:00–12:30 רוני" in page
    assert "נקבע תור לתספורת" in page
    assert "נקבע תור" in page
    assert "03-333-4444" in page
    assert "שיחה של רות" not in page
    assert page.count("מחר") == 0


def test_a_time_that_a_call_only_holds_is_no_appointment_of_today(salon: Business, dana: Client) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    soon = timezone.now() + timedelta(seconds=90)
    held = {"status": "held", "held_until": soon, "lead": None, "customer_name": "", "customer_phone": ""}
    AppointmentFactory(business=salon, starts_at=noon, **held)

    page = text_of(dana.get("/"))

    assert "אין תורים היום" in page
    assert "12:00" not in page


def test_a_quiet_day_says_so(dana: Client) -> None:
    page = text_of(dana.get("/"))

    assert "אין תורים היום" in page
    assert "עוד לא הגיעו שיחות" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    salon: Business, dana: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    for _row in range(rows):
        lead = LeadFactory(business=salon)
        AppointmentFactory(business=salon, lead=lead, starts_at=noon, resource=ResourceFactory(business=salon))
        CallSessionFactory(business=salon, lead=lead)
        FollowUpFactory(business=salon, lead=lead)
    dana.get("/")

    with django_assert_num_queries(11):
        dana.get("/")


def test_practice_mode_is_shown_to_each_in_their_words(dana: Client, noa: Client, client: Client) -> None:
    assert OWNER_BAR in text_of(dana.get("/"))
    assert STAFF_BAR in text_of(noa.get("/"))
    assert OWNER_BAR in text_of(client.get("/admin/login/"))
    assert OWNER_BAR in text_of(dana.get("/admin/"))


def test_with_a_key_nothing_is_practised(settings: Settings, dana: Client) -> None:
    settings.PRACTICE_MODE = False

    assert "מצב תרגול" not in text_of(dana.get("/"))


def test_unsigned_webhooks_are_warned_about_until_any_account_has_a_token(
    settings: Settings, salon: Business, dana: Client
) -> None:
    settings.DEBUG = True
    warning = "שיחות מתקבלות בלי לבדוק מי שלח אותן"
    assert warning in text_of(dana.get("/"))

    TwilioAccountFactory(business=salon)

    assert warning not in text_of(dana.get("/"))


def test_dana_switches_between_her_two_businesses(salon: Business, next_door: Business, dana: Client) -> None:
    user_id = dana.session["_auth_user_id"]
    MembershipFactory(user_id=user_id, business=next_door, role=Role.OWNER)
    assert "המספרה של דנה" in text_of(dana.get("/"))

    response = dana.post("/business/", {"business": "ruth"})

    assert response["Location"] == "/"
    assert dana.get("/").context["current_business"].slug == "ruth"


def test_another_ones_business_cannot_be_entered(salon: Business, next_door: Business, dana: Client) -> None:
    assert dana.post("/business/", {"business": "ruth"}).status_code == 404
    assert dana.get("/").context["current_business"].slug == "dana"


def test_the_platform_enters_one_business_at_a_time_and_is_told_so(salon: Business, next_door: Business) -> None:
    admin = platform_admin()
    assert "המספרה של רות" in text_of(admin.get("/"))

    admin.post("/business/", {"business": "ruth"})

    assert "צפייה בעסק המספרה של רות כמנהלי המערכת" in text_of(admin.get("/"))
    admin.post("/business/", {"business": ""})
    assert "צפייה בעסק" not in text_of(admin.get("/"))


def test_a_user_of_no_business_sees_none(salon: Business) -> None:
    lost = signed_in()

    assert "עוד אין כאן עסק" in text_of(lost.get("/"))
    assert "המספרה של דנה" not in text_of(lost.get("/"))
