"""Everything that customers send: walls of text, signs, files, places, cards, what they took back."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.tenancy import for_business
from tests.support.factories import MessageMediaFactory
from whatsapp.assistant.answering import Outcome
from whatsapp.models import Conversation, Message, MessageMedia


def test_several_messages_are_one_turn(chat):
    chat.wrote("היי")
    chat.wrote("אפשר תור")
    assert chat.says("מחר ב-12?").startswith("התור נקבע: מחר")
    assert len(chat.sent()) == 1


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("image", "תודה, הקובץ התקבל. אפשר לכתוב בכמה מילים במה לעזור?"),
        ("video", "תודה, הקובץ התקבל. אפשר לכתוב בכמה מילים במה לעזור?"),
        ("audio", "אי אפשר להאזין כאן להודעות קוליות. אפשר לכתוב בכמה מילים במה לעזור?"),
        ("location", "תודה, המיקום התקבל. אפשר לכתוב בכמה מילים במה לעזור?"),
        ("contact", "ההודעה הזאת לא נפתחת כאן. אפשר לכתוב בכמה מילים במה לעזור?"),
        ("unsupported", "ההודעה הזאת לא נפתחת כאן. אפשר לכתוב בכמה מילים במה לעזור?"),
    ],
)
def test_what_has_no_words_gets_a_sensible_answer(chat, kind, told):
    assert chat.says("", kind=kind) == told


def test_a_caption_is_read(chat):
    assert chat.says("אפשר תור מחר ב-12?", kind="image").startswith("התור נקבע")


def test_a_voice_message_is_waited_for_and_then_read(chat):
    message = chat.wrote("", kind="audio")
    media = MessageMediaFactory(business=chat.business, message=message, mimetype="audio/ogg", due_at=chat.now)
    assert chat.answer() == ""
    assert chat.outcomes == [Outcome.WAITING]
    with for_business(chat.business):
        MessageMedia.objects.filter(pk=media.pk).update(transcript="אפשר תור מחר ב-12?", due_at=None)
    assert chat.answer().startswith("התור נקבע")


def test_a_voice_message_is_not_waited_for_forever(chat):
    message = chat.wrote("", kind="audio")
    MessageMediaFactory(business=chat.business, message=message, mimetype="audio/ogg", due_at=chat.now)
    chat.now += dt.timedelta(minutes=2)
    assert chat.answer().startswith("אי אפשר להאזין")


def test_a_contact_card_offers_its_number_only_where_one_is_asked_for(chat):
    card = {"contacts": [{"name": "דנה", "phones": ["+972521112222"]}]}
    assert chat.says("", kind="contact", data=card).startswith("תודה, איש הקשר התקבל.")


def test_lone_signs(chat):
    assert chat.says("😀").startswith("שלום, כאן")  # nothing stands between us yet
    chat.says("אפשר תור מחר ב-12?")
    assert chat.says("🙏") == ""
    assert chat.outcomes[-1] == Outcome.SILENT
    assert chat.says("", kind="sticker") == ""
    chat.says("לבטל את התור")
    assert chat.says("👎") == "התור נשאר כמו שהיה. אפשר לעזור בעוד משהו?"


def test_a_wall_of_text_is_answered(chat):
    assert chat.says("בלה " * 1024)
    assert chat.says("אפשר תור מחר ב-12? " + "בבקשה " * 680).startswith("התור נקבע")


def test_what_was_taken_back_is_not_answered(chat):
    message = chat.wrote("אפשר תור מחר ב-12?")
    with for_business(chat.business):
        Message.objects.filter(pk=message.pk).update(revoked_at=chat.now)
    assert chat.answer() == ""
    assert (chat.outcomes, chat.appointments()) == ([Outcome.SILENT], [])
    assert chat.fresh().pending_since is None


def test_what_came_late_is_not_answered(chat):
    assert chat.says("אפשר תור מחר ב-12?", is_backlog=True) == ""


def test_what_cannot_be_read_yet_is_waited_for_in_silence(chat):
    assert chat.says("", kind="undecryptable") == ""


def test_a_suspended_business_answers_nobody(chat):
    chat.business.is_active = False
    chat.business.save()
    assert chat.says("אפשר תור מחר ב-12?") == ""


def test_nobody_waits(chat):
    assert chat.answer() == ""
    assert chat.outcomes == [Outcome.NOTHING]


def test_a_closed_conversation_is_not_touched(chat):
    chat.wrote("שלום")
    with for_business(chat.business):
        Conversation.objects.update(state="closed")
    assert chat.answer() == ""
