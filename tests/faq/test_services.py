"""What may be answered now, and which entry a question finds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test.utils import CaptureQueriesContext

from crm.models import Business, Medium
from crm.tenancy import current_business_id, for_business
from faq.entries import bring_back, change_entry, remove_entry, trace_of, uses_of
from faq.matching import Level
from faq.models import FaqEntry
from faq.services import active_entries, add_entry, index_of, match, note_answered
from tests.faq.conftest import NOW
from tests.support.factories import BusinessFactory, FaqEntryFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def test_a_business_answers_with_its_own_active_entries_only(salon: Business) -> None:
    parking, address = FaqEntryFactory(business=salon), FaqEntryFactory(business=salon)
    FaqEntryFactory(business=salon, is_active=False)
    FaqEntryFactory()

    assert active_entries(salon) == [parking, address]
    assert current_business_id() is None


def test_the_entries_cost_one_query(salon: Business, django_assert_num_queries: type[CaptureQueriesContext]) -> None:
    for _ in range(3):
        FaqEntryFactory(business=salon)
    with django_assert_num_queries(1):
        active_entries(salon)


def test_an_answer_holds_from_its_first_day_to_its_last(salon: Business) -> None:
    entry = FaqEntryFactory(business=salon, valid_from=TODAY, valid_until=TODAY)

    days = {shift: active_entries(salon, NOW + timedelta(days=shift)) for shift in (-1, 0, 1)}

    assert days == {-1: [], 0: [entry], 1: []}


def test_the_day_is_the_business_s_own(salon: Business) -> None:
    entry = FaqEntryFactory(business=salon, valid_from=TODAY)

    assert active_entries(salon, NOW.replace(day=23, hour=22, minute=30)) == [entry]  # half past midnight in Israel


def test_some_answers_are_for_calls_only_and_some_for_messages(salon: Business) -> None:
    both = FaqEntryFactory(business=salon)
    spoken = FaqEntryFactory(business=salon, in_messages=False)
    written = FaqEntryFactory(business=salon, in_calls=False)

    assert active_entries(salon, NOW, Medium.PHONE) == [both, spoken]
    assert active_entries(salon, NOW, Medium.WHATSAPP) == [both, written]
    assert active_entries(salon, NOW) == [both, spoken, written]


# --- matching ----------------------------------------------------------------------------------------
def test_a_question_finds_the_answer_word_for_word(salon: Business) -> None:
    entry = FaqEntryFactory(business=salon, answer="חניון מאחורי הבניין.\nהשעה הראשונה חינם.")
    FaqEntryFactory(business=salon, question="כמה עולה תספורת?", answer="80 ש״ח.")

    found = match(business=salon, text="איפה משאירים את הרכב?", now=NOW)

    assert (found.entry, found.by, found.wish) == (entry, "lexical", False)
    assert found.answer == "חניון מאחורי הבניין.\nהשעה הראשונה חינם."
    assert found.level in (Level.HIGH, Level.MIDDLE)


def test_an_expired_answer_is_not_given(salon: Business) -> None:
    FaqEntryFactory(business=salon, valid_until=TODAY - timedelta(days=1))

    assert match(business=salon, text="יש חניה?", now=NOW).best is None


def test_a_wish_is_told_apart(salon: Business) -> None:
    FaqEntryFactory(business=salon, question="צריך לקבוע תור?", answer="כן.")

    found = match(business=salon, text="אפשר תור מחר בשש?", now=NOW)

    assert (found.entry, found.wish, found.answer) == (None, True, "")


def test_another_business_s_answers_are_not_looked_at(salon: Business) -> None:
    FaqEntryFactory(business=BusinessFactory())

    assert match(business=salon, text="יש חניה?", now=NOW).best is None


def test_the_index_of_the_same_entries_is_built_once(salon: Business) -> None:
    FaqEntryFactory(business=salon)
    first = index_of(active_entries(salon))

    assert index_of(active_entries(salon)) is first

    FaqEntryFactory(business=salon, question="איפה אתם?")
    assert index_of(active_entries(salon)) is not first


# --- writing -----------------------------------------------------------------------------------------
def test_entries_get_ids_of_their_own(salon: Business) -> None:
    made = [add_entry(business=salon, question=f" שאלה\n{n}? ", answer=" כן ") for n in range(2)]

    assert [(entry.question, entry.answer) for entry in made] == [("שאלה 0?", "כן"), ("שאלה 1?", "כן")]
    assert len({entry.slug for entry in made}) == 2


def test_whoever_saves_over_another_s_change_is_told(salon: Business) -> None:
    entry = FaqEntryFactory(business=salon)
    seen = trace_of(entry)
    assert not change_entry(entry=entry, values={"answer": "של דנה"}, seen=seen).is_stale

    late = change_entry(entry=entry, values={"answer": "של נועה"}, seen=seen)

    assert (late.is_stale, late.entry.answer) == (True, "של דנה")


def test_what_is_removed_can_be_brought_back(salon: Business) -> None:
    entry = FaqEntryFactory(business=salon, phrasings=["איפה חונים?"], valid_until=TODAY)

    kept = remove_entry(entry=entry)
    back = bring_back(business=salon, kept=kept)

    assert back is not None
    assert (back.slug, back.phrasings, back.valid_until) == (entry.slug, ["איפה חונים?"], TODAY)
    assert bring_back(business=salon, kept=kept) is None
    with for_business(salon):
        assert FaqEntry.objects.count() == 1


def test_uses_are_counted_by_day(salon: Business) -> None:
    entry = FaqEntryFactory(business=salon)
    for moment in (NOW, NOW, NOW - timedelta(days=1), NOW - timedelta(days=40)):
        note_answered(entry=entry, now=moment)

    with for_business(salon):
        assert uses_of(entry, now=NOW) == 3
