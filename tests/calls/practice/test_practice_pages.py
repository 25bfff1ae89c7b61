"""`/practice/`: who may begin a call, what may be tried, and what is told of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from calls import tokens
from calls.closing import close_overdue
from calls.models import CallSession, PracticeCall, PromptVersion
from calls.practice.services import CALLER
from calls.threads import off_loop
from crm.models import Business, Role
from crm.tenancy import for_business
from tests.support.factories import (
    BusinessFactory,
    CallSessionFactory,
    MembershipFactory,
    PracticeAppointmentFactory,
    PracticeCallFactory,
    PromptVersionFactory,
    ResourceFactory,
    TurnFactory,
    UserFactory,
)
from tests.support.pages import platform_admin, signed_in, text_of

JSON = {"HTTP_ACCEPT": "application/json"}
START = "/practice/start/"
NO_MOMENT = "השעה בשיחה: תאריך ושעה, למשל 24/11/2026 11:40."
NO_HOURS = "השעות נכתבות כך: 10:00–20:00, כמה חלונות בפסיקים; ריק הוא סגור."
OVERLAP = "שני חלונות חופפים. אפשר לאחד אותם או לשנות שעה."


@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, first_name="דנה")


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, role=Role.STAFF, first_name="נועה")


def begun(client: Client, **given: Any) -> dict[str, Any]:
    answer = client.post(START, {"hours": "live"} | given, **JSON)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def practice_of(business: Business) -> PracticeCall:
    with for_business(business):
        return PracticeCall.objects.select_related("call", "by").latest("pk")


# --- beginning -------------------------------------------------------------------------------------------
def test_staff_and_owners_may_practise(salon: Business, dana: Client, noa: Client) -> None:
    for client in (dana, noa):
        page = client.get("/practice/")
        assert page.status_code == 200
        assert "איך העוזר יישמע ללקוחות?" in text_of(page)
        begun(client)


def test_a_call_begins_as_a_voice_webhook_would_begin_it(salon: Business, dana: Client) -> None:
    told = begun(dana)

    row = practice_of(salon)
    assert (row.shift_s, row.hours, row.by.first_name) == (0, None, "דנה")  # type: ignore[union-attr]  # Dana began it
    assert told["call_sid"] == row.call.call_sid
    assert row.call.call_sid.startswith("PR")
    assert (row.call.from_number, row.call.to_number, row.call.status) == (CALLER, "+97233334444", "ringing")
    assert (row.call.is_practice, row.call.from_browser, row.call.prompt_version) == (True, True, None)
    assert told["stream"] == "/ws/twilio/media"
    assert told["result"] == f"/practice/{row.call.call_sid}/"


async def test_its_token_is_of_this_business_and_this_call(salon: Business, dana: Client) -> None:
    told = await off_loop(begun, dana)

    assert await tokens.redeem(told["token"], "PR" + "0" * 32) is None
    told = await off_loop(begun, dana)
    claim = await tokens.redeem(told["token"], told["call_sid"])
    assert claim is not None
    assert (claim.business_id, claim.from_browser) == (salon.pk, True)


def test_strangers_sign_in_first(salon: Business, client: Client) -> None:
    for answer in (client.get("/practice/"), client.post(START, **JSON), client.get("/practice/PR1/")):
        assert answer.status_code == 302
    with for_business(salon):
        assert not CallSession.objects.exists()


def test_platform_admins_practise_in_the_business_they_entered(salon: Business) -> None:
    admin = platform_admin()
    assert admin.post(START, **JSON).status_code == 302  # home, where one is chosen


def test_a_call_belongs_to_the_business_of_whoever_began_it(salon: Business, dana: Client) -> None:
    stranger = signed_in(BusinessFactory(with_settings=True))
    told = begun(dana)

    assert stranger.get(told["result"]).status_code == 404
    assert dana.get(told["result"]).status_code == 200


def test_a_carriers_call_is_none_of_this_page(salon: Business, dana: Client) -> None:
    call = CallSessionFactory(business=salon)
    assert dana.get(f"/practice/{call.call_sid}/").status_code == 404


def test_without_the_script_it_is_said_that_it_needs_one(salon: Business, dana: Client) -> None:
    page = dana.post(START, {"hours": "live"}, follow=True)
    assert "שיחת הניסיון מתנהלת בדפדפן וצריכה JavaScript." in text_of(page)
    assert "<noscript>" in page.content.decode()
    with for_business(salon):
        assert not CallSession.objects.exists()


def test_a_start_by_get_and_without_a_token_of_the_page_is_refused(salon: Business, dana: Client) -> None:
    assert dana.get(START, **JSON).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(first_name="דנה"))
    assert strict.post(START, {"hours": "live"}, **JSON).status_code == 403


# --- limits ----------------------------------------------------------------------------------------------
def test_a_person_has_two_calls_at_once_and_is_told_kindly(salon: Business, dana: Client, noa: Client) -> None:
    begun(dana)
    begun(dana)
    answer = dana.post(START, {"hours": "live"}, **JSON)
    assert answer.status_code == 429
    assert answer.json()["text"] == "כבר מתנהלות שתי שיחות ניסיון שלך. אפשר להתחיל עוד אחת כשאחת מהן תסתיים."
    begun(noa)


def test_a_business_has_five_calls_at_once(salon: Business, noa: Client) -> None:
    dana = MembershipFactory(business=salon, user=UserFactory(first_name="דנה", last_name="מזרחי")).user
    for _ in range(5):
        PracticeCallFactory(business=salon, by=dana, call__status="in-progress", call__started_at=timezone.now())
    answer = noa.post(START, {"hours": "live"}, **JSON)
    assert answer.status_code == 429
    assert answer.json()["text"] == "כבר מתנהלות שיחות ניסיון אחרות, של דנה מזרחי. אפשר להתחיל בעוד רגע."


def test_calls_that_never_began_or_are_over_take_no_place(salon: Business, dana: Client) -> None:
    by, now = User.objects.get(first_name="דנה"), timezone.now()
    for status, ago in (("ringing", 5), ("in-progress", 40), ("completed", 1)):
        PracticeCallFactory(business=salon, by=by, call__status=status, call__started_at=now - timedelta(minutes=ago))
    begun(dana)


def test_where_all_lines_are_busy_there_is_no_practice(salon: Business, dana: Client, settings: Settings) -> None:
    settings.MAX_CALLS = 0
    answer = dana.post(START, {"hours": "live"}, **JSON)
    assert (answer.status_code, answer.json()["text"]) == (429, "כל הקווים תפוסים כרגע. אפשר להתחיל בעוד רגע.")


def test_a_call_whose_page_died_is_closed_without_asking_the_carrier(salon: Business) -> None:
    gone = PracticeCallFactory(
        business=salon, call__status="ringing", call__started_at=timezone.now() - timedelta(minutes=10)
    ).call
    close_overdue(timezone.now())  # a carrier that was asked would be refused a socket in tests
    with for_business(salon):
        gone.refresh_from_db()
    assert gone.status == "failed"


# --- what is tried ---------------------------------------------------------------------------------------
def test_a_draft_other_hours_and_another_time(salon: Business, dana: Client) -> None:
    draft = PromptVersionFactory(business=salon)
    assert f'value="{draft.pk}" selected' in dana.get(f"/practice/?draft={draft.pk}").content.decode()

    week = {f"day_{day}": "10:00–14:00, 16-20" for day in range(5)} | {"day_5": "09:00-13:00", "day_6": ""}
    begun(dana, version=draft.pk, hours="draft", moment="24/11/2031 11:40", **week)

    row = practice_of(salon)
    assert row.call.prompt_version_id == draft.pk
    assert row.hours is not None
    assert row.hours["mon"] == [["10:00", "14:00"], ["16:00", "20:00"]]
    assert (row.hours["fri"], row.hours["sat"]) == ([["09:00", "13:00"]], [])
    meant = datetime(2031, 11, 24, 9, 40, tzinfo=UTC)
    assert abs(row.call.started_at + timedelta(seconds=row.shift_s) - meant) < timedelta(seconds=2)


def test_the_page_offers_the_hours_in_force(salon: Business, dana: Client) -> None:
    assert 'value="10:00–20:00"' in dana.get("/practice/").content.decode()


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"moment": "מחר"}, "moment", NO_MOMENT),
        ({"moment": "24/11/99999 10:00"}, "moment", NO_MOMENT),
        ({"moment": "26/03/2027 02:30"}, "moment", "השעה בשיחה: השעון מדלג על השעה הזאת באותו יום."),
        ({"hours": "draft", "day_2": "בבוקר"}, "day_2", f"שלישי: {NO_HOURS}"),
        ({"hours": "draft", "day_2": "25-26"}, "day_2", f"שלישי: {NO_HOURS}"),
        ({"hours": "draft", "day_3": "20:00-10:00"}, "day_3", "רביעי: שעת הסגירה אינה אחרי שעת הפתיחה."),
        ({"hours": "draft", "day_4": "10-14, 13-20"}, "day_4", f"חמישי: {OVERLAP}"),
        ({"hours": "draft", "day_4": "22-02", "day_5": "01:00-05:00"}, "day_5", f"שישי: {OVERLAP}"),
    ],
)  # fmt: skip
def test_what_cannot_be_tried_is_named_with_its_field(
    salon: Business, dana: Client, given: dict[str, str], field: str, told: str
) -> None:
    answer = dana.post(START, {"hours": "live"} | given, **JSON)
    assert answer.status_code == 422
    assert {"field": field, "text": told} in answer.json()["errors"]
    with for_business(salon):
        assert not CallSession.objects.exists()


def test_another_businesss_draft_cannot_be_tried(salon: Business, dana: Client) -> None:
    foreign = PromptVersionFactory(business=BusinessFactory())
    answer = dana.post(START, {"hours": "live", "version": foreign.pk}, **JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "version"


# --- what became of it -----------------------------------------------------------------------------------
def test_the_result_names_outcome_timings_version_and_appointments(salon: Business, dana: Client) -> None:
    draft = PromptVersionFactory(business=salon, number=13)
    call = PracticeCallFactory(
        business=salon,
        call__prompt_version=draft,
        call__ended_at=timezone.now(),
        call__duration_s=62,
        call__outcome="booked",
        call__end_reason="the caller said goodbye",
    ).call
    for index, total in enumerate((1200, 1500, 2400)):
        TurnFactory(business=salon, call=call, index=index, metrics={"TOTAL_LATENCY_MS": total})
    name = "<script>alert(1)</script>"
    PracticeAppointmentFactory(business=salon, call=call, resource=ResourceFactory(business=salon), customer_name=name)

    page = dana.get(f"/practice/{call.call_sid}/")
    text = text_of(page)
    for told in (
        "נקבע תור",
        "1:02",
        "בדרך כלל 1.5 שניות, לכל היותר 2.4",
        "נוסה עם טיוטה 13",
        "052-000-0147",
        "פרסום הטיוטה",
    ):
        assert told in text, told
    assert reverse("admin:calls_promptversion_publish", args=[draft.pk]) in page.content.decode()
    assert reverse("call_pages:detail", args=[call.call_sid]) in page.content.decode()
    assert name not in page.content.decode()


def test_staff_publish_nothing(salon: Business, noa: Client) -> None:
    draft = PromptVersionFactory(business=salon)
    call = PracticeCallFactory(business=salon, call__prompt_version=draft, call__ended_at=timezone.now()).call
    page = text_of(noa.get(f"/practice/{call.call_sid}/"))
    assert "נוסה עם טיוטה" in page
    assert "פרסום הטיוטה" not in page


def test_a_draft_that_changed_meanwhile_is_told(salon: Business, dana: Client) -> None:
    draft = PromptVersionFactory(business=salon)
    call = PracticeCallFactory(business=salon, call__prompt_version=draft, call__status="in-progress").call
    assert "הטיוטה השתנתה" not in text_of(dana.get(f"/practice/{call.call_sid}/"))
    with for_business(salon):
        PromptVersion.objects.filter(pk=draft.pk).update(status=PromptVersion.Status.RETIRED)
    shown = text_of(dana.get(f"/practice/{call.call_sid}/"))
    assert "הטיוטה השתנתה. השיחה הזו עדיין בגרסה הקודמת." in shown


def test_the_number_of_queries_does_not_grow_with_the_appointments(salon: Business, dana: Client) -> None:
    call = PracticeCallFactory(business=salon).call
    address = f"/practice/{call.call_sid}/"
    counts = []
    for more in (1, 2):
        for _ in range(more):
            PracticeAppointmentFactory(business=salon, call=call)
        with CaptureQueriesContext(connection) as asked:
            assert text_of(dana.get(address)).count("רועי כהן") >= more
        counts.append(len(asked))
    assert counts[0] == counts[1]
