"""Answers in calls: the matched one reaches the assistant as a fact; what nobody could answer is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.services import effective_policy
from calls import summary
from calls.answers import Answers, load_answers
from calls.clock import Clock
from calls.conversation.actions import RunUnderstanding
from calls.conversation.dialog import Dialog
from calls.conversation.events import CallFacts, Reading
from calls.conversation.moves import Check, Goodbye, HandOver, Note, Say
from calls.models import CallSession
from calls.prompt import facts_of
from calls.services import CallSetup
from calls.understanding import understand
from crm.models import Business
from crm.tenancy import for_business
from faq.models import FaqUse, UnansweredQuestion
from tests.faq.conftest import NOW
from tests.support.factories import CallSessionFactory, FaqEntryFactory, ServiceFactory, TurnFactory

LOCAL = NOW.astimezone(ZoneInfo("Asia/Jerusalem"))
TODAY = LOCAL.date()
FACT = "חניון ממול."


def setup_of(salon: Business) -> CallSetup:
    return CallSetup(
        call_id=1,
        call_sid="CA1",
        business=salon,
        open_24_7=False,
        windows={},
        facts=CallFacts(started_at=LOCAL.isoformat()),
        prompt="",
        carrier_account=None,
        answers=load_answers(salon, LOCAL),
    )


async def read(setup: CallSetup, text: str) -> Reading:
    return await understand(setup, RunUnderstanding("u1", text, None, False), clock=Clock(), at_ms=0)


@pytest.fixture
def setup(salon: Business) -> CallSetup:
    FaqEntryFactory(business=salon, question="יש חניה?", answer="חניון\nממול.")
    FaqEntryFactory(business=salon, question="מבצע?", answer="חלף.", valid_until=TODAY - timedelta(days=1))
    FaqEntryFactory(business=salon, question="וואטסאפ?", answer="רק שם.", in_calls=False)
    return setup_of(salon)


# --- understanding -----------------------------------------------------------------------------------
async def test_a_question_is_read_with_its_answer(setup: CallSetup) -> None:
    assert (await read(setup, "יש לכם חנייה?")).fact == FACT
    assert (await read(setup, "איפה אפשר לחנות")).fact == FACT


@pytest.mark.parametrize(
    "text", ["אני רוצה תור מחר בשש", "יש לכם בריכה?", "קוראים לי דנה", "מה המבצע?", "יש וואטסאפ?", "כן"]
)
async def test_what_has_no_answer_has_no_fact(setup: CallSetup, text: str) -> None:
    assert (await read(setup, text)).fact == ""


async def test_a_call_without_answers_goes_on(setup: CallSetup) -> None:
    bare = replace(setup, answers=Answers())

    assert (await read(bare, "יש חניה?")).fact == ""


# --- the dialog --------------------------------------------------------------------------------------
def asked(**values: object) -> Reading:
    return Reading(intent="question", fact=FACT, **values)  # type: ignore[arg-type]  # fields of a reading


def test_the_fact_is_what_is_said_next() -> None:
    dialog = Dialog(CallFacts(started_at=LOCAL.isoformat()))

    assert dialog.read(asked(), today=TODAY, is_question=True) == [Say(f"[SERVER] fact: {FACT}")]


def test_in_the_middle_of_booking_it_is_told_before_the_question_that_stands() -> None:
    dialog = Dialog(CallFacts(started_at=LOCAL.isoformat()))
    dialog.read(Reading(intent="book"), today=TODAY)

    moves = dialog.read(asked(day="2026-11-25", hour="18:00"), today=TODAY, is_question=True)

    assert moves[0] == Note(f"[SERVER] fact: {FACT}")
    assert isinstance(moves[1], Check)


def test_a_caller_who_wants_a_person_is_not_lectured() -> None:
    dialog = Dialog(CallFacts(started_at=LOCAL.isoformat(), can_transfer=True, open_ms=((0, 1),)))

    [move] = dialog.read(asked(wants_person=True, wants_to_talk=True), today=TODAY, person_there=True)

    assert isinstance(move, HandOver | Goodbye)


def test_without_a_fact_nothing_is_different() -> None:
    dialog = Dialog(CallFacts(started_at=LOCAL.isoformat()))

    assert dialog.read(Reading(intent="question"), today=TODAY, is_question=True) == [Say()]


def test_the_instructions_hold_only_what_may_be_said_now(setup: CallSetup, salon: Business) -> None:
    with for_business(salon):
        facts = facts_of(salon, effective_policy(business=salon, now=LOCAL), "", LOCAL)

    assert [question for question, _answer in facts.answers] == ["יש חניה?"]


# --- after the call ----------------------------------------------------------------------------------
def wrapped_up(salon: Business, *said: str, times: int = 1, **values: object) -> None:
    call = CallSessionFactory(business=salon, call_sid="CA7", started_at=NOW, outcome="answered", **values)
    for index, text in enumerate(said):
        TurnFactory(business=salon, call=call, index=index, speaker="caller", text=text)
    TurnFactory(business=salon, call=call, index=len(said), speaker="assistant", text="יש עוד שאלה?")
    for _ in range(times):
        summary.wrap_up(salon.pk, call.pk, now=NOW)


def kept(salon: Business) -> list[tuple[str, str, str]]:
    with for_business(salon):
        return [(row.text, row.medium, row.reference) for row in UnansweredQuestion.objects.order_by("pk")]


def test_what_nobody_could_answer_is_kept_with_its_call(salon: Business, setup: CallSetup) -> None:
    wrapped_up(salon, "יש לכם בריכה?", "שלום", "אני רוצה תור מחר בשש", "יש חניה?", times=2)

    assert kept(salon) == [("יש לכם בריכה?", "phone", "CA7")]
    with for_business(salon):
        assert [(use.entry.question, use.day, use.times) for use in FaqUse.objects.select_related("entry")] == [
            ("יש חניה?", date(2026, 11, 24), 1)
        ]


def test_what_the_settings_answer_is_not_kept(salon: Business) -> None:
    ServiceFactory(business=salon, slug="cut", name="תספורת", price=80)

    wrapped_up(salon, "מתי אתם פתוחים?", "כמה עולה תספורת?", "כמה זמן לוקחת תספורת?", "כמה עולה קראטין?")

    assert [text for text, _medium, _reference in kept(salon)] == ["כמה עולה קראטין?"]


def test_whoever_practises_asks_for_nobody(salon: Business) -> None:
    wrapped_up(salon, "יש לכם בריכה?", from_browser=True, status=CallSession.Status.COMPLETED)

    assert kept(salon) == []
