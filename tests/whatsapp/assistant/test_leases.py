"""One answer per turn, whoever dies, steps in or works at the same time."""

from __future__ import annotations

import datetime as dt
import random
import threading

import pytest
from django.db import connection

from booking.services import create_appointment
from crm.models import Lead
from crm.tenancy import for_business
from simulator.text_tools import call
from tests.support.factories import NOW, UserFactory
from tests.whatsapp.assistant.conftest import chat_of, salon
from whatsapp import desk
from whatsapp.assistant import lease
from whatsapp.assistant.answering import Answering, Outcome, answer_conversation
from whatsapp.assistant.toolbox import LeaseLost
from whatsapp.assistant.turn import turn_of, unanswered
from whatsapp.models import Conversation

pytestmark = pytest.mark.django_db(transaction=True)

BOOKED = "התור נקבע: מחר (יום ד׳ 25/11) בשעה 12:00, על שם מיכל כהן."


def elsewhere(work) -> None:
    """In a thread of its own, as in another process: the provider's own thread runs an event loop."""

    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)


def dies_before_it_answers(chat) -> None:
    """A worker does all of the work and is killed before its last transaction."""
    with for_business(chat.business):
        held = lease.claim(chat.conversation.pk, chat.now)
        assert held is not None
        conversation = chat.fresh()
        turn = turn_of(unanswered(conversation))
        assert turn is not None
        Answering(conversation, held, turn, chat.now).worked_out()


def test_a_killed_worker_is_followed_by_one_that_books_nothing_twice(chat):
    chat.wrote("אפשר תור מחר ב-12?")
    dies_before_it_answers(chat)
    assert len(chat.appointments()) == 1
    assert chat.answer() == ""  # the lease still stands
    chat.now += dt.timedelta(seconds=61)
    assert lease.pending(chat.now) == [(chat.business.pk, chat.conversation.pk)]
    assert "12:00" in chat.answer()
    assert len(chat.appointments()) == 1
    assert [run.status for run in chat.runs()] == ["failed", "done"]
    assert lease.pending(chat.now) == []


def test_a_killed_worker_and_a_further_message_are_one_answer(chat):
    chat.wrote("אפשר תור מחר ב-12?")
    dies_before_it_answers(chat)
    chat.wrote("תודה!")
    chat.now += dt.timedelta(seconds=61)
    chat.answer()
    assert len(chat.appointments()) == 1
    assert len(chat.sent()) == 1


def test_a_killed_model_run_books_nothing_twice(chat, provider, options):
    chat.wrote("אפשר תור מחר ב-12?")
    dies_before_it_answers(chat)
    chat.now += dt.timedelta(seconds=61)
    assert chat.answer() == "התור נקבע ליום 25/11 בשעה 12:00, על שם מיכל כהן."
    assert len(chat.appointments()) == 1


def test_messages_that_break_every_attempt_reach_a_person(chat):
    chat.wrote("אפשר תור מחר ב-12?")
    for _ in range(3):
        dies_before_it_answers(chat)
        chat.now += dt.timedelta(seconds=61)
    assert chat.answer() == "אעביר את זה לצוות, ויחזרו אליך כאן."
    assert chat.fresh().state == Conversation.State.WAITING


def test_two_workers_at_once_answer_once(chat):
    chat.wrote("אפשר תור מחר ב-12?")
    outcomes: list[Outcome] = []
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        outcomes.append(answer_conversation(chat.business.pk, chat.conversation.pk, now=chat.now))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == [Outcome.ANSWERED, Outcome.NOTHING]
    assert chat.sent() == [BOOKED]


def test_who_steps_in_while_the_model_words_its_answer_is_not_talked_over(chat, provider, options):
    noa = UserFactory()

    def takes_over() -> None:
        with for_business(chat.business):
            desk.take_over(conversation=chat.conversation, by=noa, now=chat.now)

    def steps_in(body):
        elsewhere(takes_over)
        return "שלום"

    options.text_steps.append([call("crm_get", lead_id=None)])
    options.text_answer = steps_in
    assert chat.says("היי לכם") == ""
    assert chat.outcomes == [Outcome.LOST]
    [run] = chat.runs()
    assert (run.status, run.error) == ("failed", "taken_over")


def test_who_was_stepped_in_on_does_nothing_more_in_the_calendar(chat):
    noa = UserFactory()
    chat.wrote("אפשר תור מחר ב-12?")
    with for_business(chat.business):
        held = lease.claim(chat.conversation.pk, chat.now)
        conversation = chat.fresh()
        answering = Answering(conversation, held, turn_of(unanswered(conversation)), chat.now)
        desk.take_over(conversation=conversation, by=noa, now=chat.now)
        with pytest.raises(LeaseLost):
            answering.worked_out()
    assert chat.appointments() == []
    assert chat.sent() == []


def test_what_is_written_meanwhile_is_answered_next(chat, provider, options):
    def writes_on(body):
        elsewhere(lambda: chat.wrote("ועוד משהו"))
        return "שלום לך"

    options.text_steps.append([call("crm_get", lead_id=None)])
    options.text_answer = writes_on
    assert chat.says("היי לכם") == "שלום לך"
    assert chat.fresh().pending_since is not None
    options.text_answer = None
    options.text_steps.extend([[call("crm_get", lead_id=None)], "בבקשה"])
    assert chat.answer() == "בבקשה"
    assert chat.fresh().pending_since is None


def test_conversations_of_the_staff_are_left_alone(chat):
    with for_business(chat.business):
        desk.take_over(conversation=chat.conversation, by=None, now=chat.now)
    assert chat.says("הלו?") == ""
    assert lease.pending(chat.now) == []


def test_what_the_staff_answered_is_not_answered_again(chat):
    noa = UserFactory()
    chat.wrote("אפשר תור מחר ב-12?")
    with for_business(chat.business):
        desk.reply(conversation=chat.conversation, text="נקבע, נועה", by=noa, now=chat.now)
        desk.release(conversation=chat.conversation)
        Conversation.objects.update(pending_since=chat.now)
    assert chat.answer() == ""
    assert chat.fresh().pending_since is None


def test_the_same_request_by_phone_and_in_writing_is_one_appointment(chat):
    start = dt.datetime(2026, 11, 25, 10, tzinfo=dt.UTC)
    booked = create_appointment(
        business=chat.business,
        start_iso=start,
        customer_name="מיכל",
        customer_phone=chat.lead.phone,
        medium="phone",
        now=chat.now,
        call_sid="CA1",
    )
    chat.now += dt.timedelta(seconds=40)
    assert chat.says("אפשר תור מחר ב-12?") == "כבר רשום לך תור למחר (יום ד׳ 25/11) בשעה 12:00, על שם מיכל."
    assert booked.ok
    assert len(chat.appointments()) == 1
    with for_business(chat.business):
        assert Lead.objects.count() == 1


def test_the_same_request_in_writing_and_then_by_phone_is_one_appointment(chat):
    assert chat.says("אפשר תור מחר ב-12?") == BOOKED
    start = dt.datetime(2026, 11, 25, 10, tzinfo=dt.UTC)
    again = create_appointment(
        business=chat.business,
        start_iso=start,
        customer_name="מיכל",
        customer_phone=chat.lead.phone,
        medium="phone",
        now=chat.now,
        call_sid="CA1",
    )
    assert again.ok
    assert len(chat.appointments()) == 1


def test_workers_that_die_at_random_lose_nobody_and_answer_nobody_twice(db):
    """Eighteen customers, each with a time of their own; a third of the workers dies before or after the deed."""
    dice = random.Random(7)
    business = salon()
    chats = [chat_of(business) for _ in range(18)]
    now = NOW
    for number, chat in enumerate(chats):
        chat.wrote(f"אפשר תור ב-{25 + number // 10}/11 בשעה {9 + number % 10}:00?")
        fate = dice.choice(("lives", "claims and dies", "books and dies"))
        if fate == "claims and dies":
            with for_business(business):
                assert lease.claim(chat.conversation.pk, now) is not None
        elif fate == "books and dies":
            dies_before_it_answers(chat)
    for at in (now, now + dt.timedelta(seconds=61)):
        waiting = lease.pending(at, limit=100)
        dice.shuffle(waiting)

        def work(mine, at=at) -> None:
            for business_id, conversation_id in mine:
                answer_conversation(business_id, conversation_id, now=at)
            connection.close()

        # Everybody is looked after by two workers at once.
        threads = [threading.Thread(target=work, args=(waiting,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert [len(chat.sent()) for chat in chats] == [1] * 18
    assert all(chat.sent()[0].startswith("התור נקבע") for chat in chats)
    booked = [start for start, _status, _name in chats[0].appointments()]
    assert len(booked) == len(set(booked)) == 18
    assert lease.pending(now + dt.timedelta(minutes=5)) == []
