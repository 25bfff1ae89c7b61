"""What the owner's instructions state becomes a rule when the owner says so, and not before."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from django.contrib.auth.models import User

from booking.models import OwnerRule
from booking.owner_rules import Proposal, confirm_all, decide, drop_unsaid, proposals
from booking.policy import Window
from booking.results import Refused
from booking.services import create_appointment, effective_policy, find_slots
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import UserFactory

SUNDAY = date(2026, 11, 22)


@pytest.fixture
def dana(db: None) -> User:
    return UserFactory(username="dana")


def instruct(salon: Business, calls: str, whatsapp: str = "") -> None:
    with for_business(salon):
        BusinessSettings.objects.update(ai_prompt_calls=calls, ai_prompt_whatsapp=whatsapp)


def stated(salon: Business) -> dict[str, Proposal]:
    return {found.field: found for found in proposals(salon)}


def offered(salon: Business, now: datetime) -> list[str]:
    found = find_slots(business=salon, date=SUNDAY, now=now)
    assert not isinstance(found, Refused)
    return [f"{slot.start:%H:%M}" for slot in found.slots]


def test_a_parsed_rule_changes_nothing_until_it_is_confirmed(salon: Business, now: datetime, dana: User):
    instruct(salon, "אנחנו מספרה ותיקה. תורים כל חצי שעה. תספורת גבר 80 ש״ח.")
    [found] = proposals(salon)
    assert (found.field, found.value, found.state, found.prompt) == ("slot_size_min", 30, "new", "calls")
    assert found.quote == "תורים כל חצי שעה"
    assert found.words == "כל 30 דקות"
    assert len(offered(salon, now)) == 10
    assert decide(salon, {"slot_size_min": True}, by=dana, now=now) == ["slot_size_min"]
    assert len(offered(salon, now)) == 20
    policy = effective_policy(salon, now=now)
    assert (policy.slot_size_min, policy.sources["slot_size_min"]) == (30, "prompt")
    with for_business(salon):
        row = OwnerRule.objects.get()
        assert (row.decided_by, row.decided_at, row.quote) == (dana, now, "תורים כל חצי שעה")


def test_a_declined_rule_stays_out_and_is_remembered(salon: Business, now: datetime, dana: User):
    instruct(salon, "תורים כל חצי שעה")
    decide(salon, {"slot_size_min": False}, by=dana, now=now)
    assert stated(salon)["slot_size_min"].state == "declined"
    assert len(offered(salon, now)) == 10


def test_a_confirmed_rule_can_be_withdrawn(salon: Business, now: datetime, dana: User):
    instruct(salon, "תורים כל חצי שעה")
    for is_confirmed in (True, False):
        decide(salon, {"slot_size_min": is_confirmed}, by=dana, now=now)
    assert len(offered(salon, now)) == 10
    assert decide(salon, {"slot_size_min": False}, by=dana, now=now) == []


def test_words_that_go_take_their_rule_along_and_changed_words_are_asked_about_again(
    salon: Business, now: datetime, dana: User
):
    instruct(salon, "תורים כל חצי שעה, לפחות שעתיים מראש")
    confirm_all(salon, by=dana, now=now)
    assert drop_unsaid(salon) == []
    instruct(salon, "תורים כל רבע שעה")
    assert {row.field for row in drop_unsaid(salon)} == {"slot_size_min", "min_notice_min"}
    assert [(found.field, found.value, found.state) for found in proposals(salon)] == [("slot_size_min", 15, "new")]
    assert len(offered(salon, now)) == 10


def test_the_instructions_for_calls_go_before_those_for_messages(salon: Business):
    instruct(salon, "תורים כל חצי שעה", "תורים כל רבע שעה, עד שבועיים קדימה")
    found = stated(salon)
    assert (found["slot_size_min"].value, found["slot_size_min"].prompt) == (30, "calls")
    assert (found["window_days"].value, found["window_days"].prompt) == (14, "whatsapp")


def test_a_rule_that_the_calendar_cannot_keep_is_shown_with_the_reason_and_cannot_be_confirmed(
    salon: Business, now: datetime, dana: User
):
    instruct(salon, "תורים כל 7 דקות")
    [found] = proposals(salon)
    assert found.problem == "מרווח בין תורים הוא כפולה של 5 דקות, מ־5 עד 480."
    with pytest.raises(ValueError, match="slot_size_min"):
        decide(salon, {"slot_size_min": True}, by=dana, now=now)
    assert confirm_all(salon, by=dana, now=now) == []
    assert effective_policy(salon, now=now).slot_size_min == 60


def test_nobody_confirms_what_is_not_said(salon: Business, now: datetime, dana: User):
    instruct(salon, "תורים כל חצי שעה")
    with pytest.raises(ValueError, match="allow_24_7"):
        decide(salon, {"slot_size_min": True, "allow_24_7": True}, by=dana, now=now)
    with for_business(salon):
        assert not OwnerRule.objects.exists()


def test_around_the_clock_every_quarter_of_an_hour(salon: Business, now: datetime, dana: User):
    instruct(salon, "24/7 כל רבע שעה")
    confirm_all(salon, by=dana, now=now)
    assert len(offered(salon, now)) == 96
    booked = create_appointment(
        business=salon,
        start_iso="2026-11-22T03:15:00+02:00",
        customer_name="דנה",
        customer_phone="0520000147",
        medium="api",
        now=now,
    )
    assert booked.ok


def test_ten_to_eight_on_the_hour(salon: Business, now: datetime, dana: User):
    with for_business(salon):
        BusinessSettings.objects.update(slot_size_min=15)
    instruct(salon, "ראשון-חמישי 10-20, שעה עגולה")
    confirm_all(salon, by=dana, now=now)
    refused = create_appointment(
        business=salon,
        start_iso="2026-11-22T10:15:00+02:00",
        customer_name="דנה",
        customer_phone="0520000147",
        medium="api",
        now=now,
    )
    assert isinstance(refused, Refused)
    assert refused.code == "off_grid"
    assert [f"{slot.start:%H:%M}" for slot in refused.suggestions] == ["10:00", "11:00"]


def test_stated_hours_are_in_force_for_their_days(salon: Business, now: datetime, dana: User):
    instruct(salon, "בימי שישי פתוח 8:00-12:00, שבת סגור")
    confirm_all(salon, by=dana, now=now)
    hours = effective_policy(salon, now=now).hours
    assert hours[5] == (Window(time(8), time(12)),)
    assert 6 not in hours
    assert hours[0] == (Window(time(10), time(20)),)


@pytest.mark.parametrize(
    ("instructions", "field", "words"),
    [
        ("24/7", "allow_24_7", "פתוח 24/7"),
        ("שעה עגולה", "slot_size_min", "כל שעה"),
        ("לפחות שעתיים מראש", "min_notice_min", "לפחות שעתיים מראש"),
        ("אפשר לקבוע עד 30 יום קדימה", "window_days", "עד 30 יום קדימה"),
        ("בלי מספר טלפון לא סוגרים תור", "require_phone", "חובה"),
        ("ראשון עד חמישי 10-20, שישי 9-13", "opening_hours", "ראשון עד חמישי 10:00–20:00, שישי 09:00–13:00"),
    ],
)
def test_each_rule_is_shown_in_plain_words(salon: Business, instructions: str, field: str, words: str):
    instruct(salon, instructions)
    assert stated(salon)[field].words == words


def test_words_about_prices_ages_and_streets_are_no_rules(salon: Business):
    instruct(salon, "תספורת 80-120 ש״ח, גילאי 3-12, רחוב הרצל 24/7, ביטול עד 24 שעות מראש. פעם היינו פתוחים 24/7.")
    assert proposals(salon) == []


def test_rules_of_another_business_are_not_ours(salon: Business, other_salon: Business, now: datetime, dana: User):
    instruct(salon, "תורים כל חצי שעה")
    confirm_all(salon, by=dana, now=now)
    assert proposals(other_salon) == []
    policy: Any = effective_policy(other_salon, now=now)
    assert (policy.slot_size_min, policy.sources["slot_size_min"]) == (60, "settings")
