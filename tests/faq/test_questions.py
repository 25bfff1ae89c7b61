"""Questions without an answer: what is kept of them, what is one group, and how a group becomes an entry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.models import Business
from crm.tenancy import for_business
from faq.models import UnansweredQuestion
from faq.questions import count_open, dismiss, draft_of, open_groups, restore
from faq.services import entry_from_question, forget_questions, match, note_unanswered
from tests.faq.conftest import NOW
from tests.support.factories import BusinessFactory, UnansweredQuestionFactory

pytestmark = pytest.mark.django_db


def ask(salon: Business, text: str, reference: str = "CA1", minutes: int = 0) -> UnansweredQuestion | None:
    moment = NOW + timedelta(minutes=minutes)
    return note_unanswered(business=salon, text=text, medium="phone", reference=reference, now=moment)


def test_alike_questions_are_one_group_with_a_count(salon: Business) -> None:
    ask(salon, "יש לכם החלקה אורגנית?", "CA1")
    ask(salon, "אתם עושים החלקה אורגנית?", "CA2", minutes=5)
    ask(salon, "יש בריכה?", "CA3", minutes=6)

    with for_business(salon):
        [first, second] = open_groups()
        assert (first.text, first.times, first.last_asked) == (
            "יש לכם החלקה אורגנית?",
            2,
            NOW + timedelta(minutes=5),
        )
        assert (second.text, second.times) == ("יש בריכה?", 1)
        assert count_open() == 2


def test_the_same_question_of_one_call_is_kept_once(salon: Business) -> None:
    assert ask(salon, "יש בריכה?") is not None
    assert ask(salon, "יש בריכה?") is None
    assert ask(salon, "יש בריכה?", reference="CA2") is not None


@pytest.mark.parametrize("text", ["אפשר תור מחר בשש?", "לבטל את התור", "", "  ", "מה?", "😀", "?"])
def test_wishes_and_words_that_say_nothing_are_not_kept(salon: Business, text: str) -> None:
    assert ask(salon, text) is None


def test_who_asked_is_not_kept(salon: Business) -> None:
    row = ask(salon, "אתם מתקנים שעונים? תחזרו אליי ל 052-000-0147 או dana@example.com")

    assert row is not None
    assert row.text == "אתם מתקנים שעונים? תחזרו אליי ל … או …"


def test_a_wall_of_text_is_cut(salon: Business) -> None:
    row = ask(salon, "מקרר " * 900)

    assert row is not None
    assert len(row.text) <= 300


def test_a_group_becomes_an_entry_that_knows_its_wordings(salon: Business) -> None:
    head = ask(salon, "יש לכם החלקה אורגנית?")
    ask(salon, "אתם עושים החלקה אורגנית?", "CA2")
    ask(salon, "אתם עושים החלקה אורגנית?", "CA3")
    assert head is not None
    with for_business(salon):
        draft = draft_of(head)
    assert (draft.question, draft.phrasings) == ("יש לכם החלקה אורגנית?", ("אתם עושים החלקה אורגנית?",))

    entry = entry_from_question(head=head, question=draft.question, answer="כן, 400 ש״ח.", phrasings=draft.phrasings)

    with for_business(salon):
        assert count_open() == 0
    assert match(business=salon, text="החלקה אורגנית יש?", now=NOW).entry == entry


def test_what_was_turned_down_stays_away_and_can_be_taken_back(salon: Business) -> None:
    head = ask(salon, "יש לכם בריכה?")
    assert head is not None
    assert dismiss(head=head, now=NOW)
    assert not dismiss(head=head, now=NOW)

    again = ask(salon, "בריכה יש לכם?", "CA2")

    assert again is not None
    assert again.group == head
    with for_business(salon):
        assert count_open() == 0
    assert restore(head=head)
    with for_business(salon):
        assert [(row.text, row.times) for row in open_groups()] == [("יש לכם בריכה?", 2)]


def test_an_entry_that_is_removed_leaves_its_question_open_again(salon: Business) -> None:
    head = ask(salon, "יש לכם בריכה?")
    assert head is not None
    entry = entry_from_question(head=head, question=head.text, answer="לא.")

    with for_business(salon):
        entry.delete()
        assert count_open() == 1


def test_a_person_s_questions_can_be_forgotten(salon: Business) -> None:
    ask(salon, "יש בריכה?", "CA1")
    ask(salon, "יש סאונה?", "CA2")

    assert forget_questions(business=salon, references=["CA1"]) == 1
    with for_business(salon):
        assert [row.text for row in UnansweredQuestion.objects.all()] == ["יש סאונה?"]


def test_groups_are_the_business_s_own(salon: Business) -> None:
    UnansweredQuestionFactory(business=BusinessFactory(), text="יש לכם בריכה?")

    row = ask(salon, "יש לכם בריכה?")

    assert row is not None
    assert row.group is None
