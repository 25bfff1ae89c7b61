"""Rules that Dana's own instructions state: nothing of them is in force before she has seen and approved it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from booking.models import OwnerRule
from booking.services import create_appointment, effective_policy
from crm.models import Business, BusinessSettings, Medium
from crm.tenancy import for_business
from tests.support.factories import ServiceFactory
from tests.support.pages import fields_of, text_of

ISRAEL = ZoneInfo("Asia/Jerusalem")


@pytest.fixture(autouse=True)
def saturday_morning() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 21, 8, tzinfo=ISRAEL), tick=False):
        yield


@pytest.fixture
def instructed(salon: Business) -> Business:
    state(salon, "קובעים תורים כל רבע שעה. אפשר לקבוע עד שבועיים קדימה.")
    return salon


def state(business: Business, words: str) -> None:
    with for_business(business):
        BusinessSettings.objects.update(ai_prompt_calls=words)


def page_of(business: Business) -> str:
    return f"/admin/crm/business/{business.pk}/change/"


def rules_of(business: Business) -> str:
    return f"/admin/crm/business/{business.pk}/rules/"


def decided(business: Business) -> dict[str, bool]:
    with for_business(business):
        return dict(OwnerRule.objects.values_list("field", "is_confirmed"))


def test_what_the_instructions_state_waits_with_its_words(instructed: Business, dana: Client) -> None:
    page = text_of(dana.get(page_of(instructed)))

    assert "מרווח בין תורים: כל 15 דקות לאישור ״ קובעים תורים כל רבע שעה ״ אישור הכלל תצוגה מקדימה דחייה" in page
    assert "מרווח בין תורים 60 דקות ההגדרות" in page
    assert effective_policy(instructed).slot_size_min == 60


def test_an_approved_rule_is_in_force_with_its_source(instructed: Business, dana: Client) -> None:
    response = dana.post(rules_of(instructed), {"confirm": "slot_size_min"})

    assert response["Location"] == page_of(instructed)
    page = text_of(dana.get(page_of(instructed)))
    assert "הכלל בתוקף." in page
    assert "מרווח בין תורים 15 דקות מההנחיות: ״ קובעים תורים כל רבע שעה ״" in page
    assert "מרווח בין תורים: כל 15 דקות בתוקף" in page
    assert effective_policy(instructed).slot_size_min == 15
    assert effective_policy(instructed).booking_window_days == 30


def test_a_rule_is_taken_out_of_force_and_may_return(instructed: Business, dana: Client) -> None:
    dana.post(rules_of(instructed), {"confirm": "slot_size_min"})

    dana.post(rules_of(instructed), {"decline": "slot_size_min"})

    page = text_of(dana.get(page_of(instructed)))
    assert "הכלל לא בתוקף." in page
    assert "מרווח בין תורים: כל 15 דקות נדחה" in page
    assert effective_policy(instructed).slot_size_min == 60
    dana.post(rules_of(instructed), {"confirm": "slot_size_min"})
    assert effective_policy(instructed).slot_size_min == 15


def test_the_preview_of_a_rule_changes_nothing(instructed: Business, dana: Client) -> None:
    page = text_of(dana.post(rules_of(instructed), {"preview": "slot_size_min"}))

    assert "עוד לא נשמר דבר." in page
    assert "מועדים שנוספים" in page
    assert "יום ראשון 22/11/2026" in page
    assert decided(instructed) == {}


def test_what_cannot_be_kept_says_why_and_offers_nothing(salon: Business, dana: Client) -> None:
    state(salon, "קובעים תורים כל 7 דקות.")

    page = text_of(dana.get(page_of(salon)))

    assert "לא ניתן לאישור" in page
    assert "כפולה של 5 דקות" in page
    assert "אישור הכלל" not in page
    dana.post(rules_of(salon), {"confirm": "slot_size_min"})
    assert decided(salon) == {}


def test_approving_words_that_are_gone_is_refused(salon: Business, dana: Client) -> None:
    dana.post(rules_of(salon), {"confirm": "slot_size_min"})

    assert "הכלל כבר לא כתוב בהנחיות. דבר לא השתנה." in text_of(dana.get(page_of(salon)))
    assert decided(salon) == {}


def test_edited_instructions_tell_what_lapsed_and_what_was_found(instructed: Business, dana: Client) -> None:
    dana.post(rules_of(instructed), {"confirm": "slot_size_min"})
    words = {"businesssettings-0-ai_prompt_calls": "קובעים תורים כל חצי שעה. אפשר לקבוע עד שבועיים קדימה."}

    dana.post(page_of(instructed), fields_of(dana.get(page_of(instructed))) | words)

    page = text_of(dana.get(page_of(instructed)))
    assert "ההנחיות השתנו, והכללים האלה כבר לא בתוקף: מרווח בין תורים: כל 15 דקות." in page
    assert "נמצא בהנחיות, וייכנס לתוקף רק אחרי אישור: מרווח בין תורים: כל 30 דקות." in page
    assert effective_policy(instructed).slot_size_min == 60


def test_an_approval_that_touches_appointments_says_so(salon: Business, dana: Client) -> None:
    ServiceFactory(business=salon, slug="cut", duration_min=60)
    state(salon, "פתוחים ראשון עד חמישי 12-20.")
    create_appointment(
        business=salon,
        start_iso=datetime(2026, 11, 24, 10, tzinfo=ISRAEL),
        customer_name="נועם שגב",
        customer_phone="0520000147",
        service_id="cut",
        medium=Medium.PHONE,
        now=datetime(2026, 11, 21, 8, tzinfo=ISRAEL),
    )

    preview = text_of(dana.post(rules_of(salon), {"preview": "opening_hours"}))
    dana.post(rules_of(salon), {"confirm": "opening_hours"})

    assert "תור אחד שנקבע יהיה מחוץ לכללים נועם שגב, תספורת יום שלישי 24/11/2026 10:00" in preview
    page = text_of(dana.get(page_of(salon)))
    assert "תור אחד שכבר נקבע נמצא עכשיו מחוץ לכללים. הוא נשאר קבוע ומסומן." in page


def test_noa_reads_the_rules_and_decides_nothing(instructed: Business, noa: Client) -> None:
    page = text_of(noa.get(page_of(instructed)))

    assert "קובעים תורים כל רבע שעה" in page
    assert "אישור הכלל" not in page
    assert noa.post(rules_of(instructed), {"confirm": "slot_size_min"}).status_code == 403
    assert decided(instructed) == {}


def test_nobody_decides_on_the_rules_next_door(instructed: Business, next_door: Business, dana: Client) -> None:
    state(next_door, "קובעים תורים כל רבע שעה.")

    for verb in ("confirm", "preview", "decline"):
        assert dana.post(rules_of(next_door), {verb: "slot_size_min"}).status_code == 404
    assert decided(next_door) == {}
    assert dana.get(rules_of(instructed)).status_code == 403
