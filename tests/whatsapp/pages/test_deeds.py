"""What staff do in a conversation."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.support.factories import NOW, ConversationFactory, MessageFactory, MessageMediaFactory
from tests.support.morning import Morning
from tests.support.pages import fields_of, text_of
from whatsapp.models import Conversation, Message

HTMX = {"HX-Request": "true"}
_State = Conversation.State
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def talk(world: Morning) -> Conversation:
    return world.written.conversation


def now_of(talk: Conversation) -> Conversation:
    return Conversation.objects.select_related("assigned_to").get(pk=talk.pk)


def sent(talk: Conversation, **facts: Any) -> list[Message]:
    return list(Message.objects.filter(conversation=talk, **facts).order_by("pk"))


def post(client: Client, talk: Conversation, deed: str, *, htmx: bool = False, **fields: str) -> HttpResponse:
    said = {"as": "reply"} | fields
    response: Any = client.post(f"/inbox/{talk.pk}/{deed}/", said, headers=HTMX if htmx else {})
    return response


def test_noa_answers_and_the_conversation_is_hers(world: Morning, noa: Client, talk: Conversation) -> None:
    form = fields_of(noa.get(f"/inbox/{talk.pk}/"))

    response = post(noa, talk, "write", text="היי מיכל, מיד.", key=form["key"], **{"as": "reply"})

    assert response.status_code == 302
    [message] = sent(talk, text="היי מיכל, מיד.")
    assert (message.direction, message.author, message.by, message.status) == ("out", "staff", world.noa, "queued")
    row = now_of(talk)
    assert (row.state, row.assigned_to, row.unread) == (_State.STAFF, world.noa, 0)
    page = text_of(noa.get(f"/inbox/{talk.pk}/"))
    assert "מענה ידני של נועה כהן . העוזר שותק עד" in page
    assert "החזרה לעוזר" in page


def test_the_same_form_sent_twice_is_one_message(noa: Client, talk: Conversation) -> None:
    for _ in range(2):
        post(noa, talk, "write", text="פעם אחת", key="k1")
        post(noa, talk, "write", text="הערה אחת", key="k2", **{"as": "note"})

    assert len(sent(talk, text="פעם אחת")) == len(sent(talk, text="הערה אחת")) == 1


def test_a_note_goes_to_nobody_and_changes_nothing(world: Morning, noa: Client, talk: Conversation) -> None:
    response = post(noa, talk, "write", htmx=True, text="רגישה לריחות", key="k", **{"as": "note"})

    [note] = sent(talk, text="רגישה לריחות")
    assert (note.direction, note.due_at, note.by) == ("note", None, world.noa)
    assert now_of(talk).state == _State.ASSISTANT
    assert 'id="composer"' in response.content.decode()
    assert "רגישה לריחות" not in response.content.decode()
    assert "inbox-news" in response.headers["HX-Trigger"]


@pytest.mark.parametrize(
    ("text", "complaint"), [("", "עוד לא נכתב כאן דבר"), ("   ", "עוד לא נכתב"), ("א" * 4001, "ההודעה ארוכה מדי: 4001")]
)
@pytest.mark.parametrize("htmx", [False, True])
def test_what_cannot_be_sent_stays_in_the_composer(
    noa: Client, talk: Conversation, text: str, complaint: str, htmx: bool
) -> None:
    before = len(sent(talk))

    response = post(noa, talk, "write", htmx=htmx, text=text, key="k")

    assert response.status_code == 422
    assert complaint in text_of(response)
    assert fields_of(response)["text"].strip() == text.strip()
    assert len(sent(talk)) == before


@pytest.mark.parametrize("said", [{}, {"as": ""}, {"as": "whisper"}])
@pytest.mark.parametrize("htmx", [False, True])
def test_what_may_be_meant_for_the_staff_goes_to_no_customer(
    noa: Client, talk: Conversation, said: dict[str, str], htmx: bool
) -> None:
    before = len(sent(talk))
    fields = {"text": "משלמת תמיד באיחור", "key": "k"} | said

    response = noa.post(f"/inbox/{talk.pk}/write/", fields, headers=HTMX if htmx else {})

    assert response.status_code == 422
    assert "לא ברור אם זו הודעה ללקוח או הערה לצוות" in text_of(response)
    assert fields_of(response)["text"].strip() == "משלמת תמיד באיחור"
    assert len(sent(talk)) == before


def test_through_twilio_nothing_but_a_note_is_taken_after_a_day(world: Morning, noa: Client) -> None:
    talk = ConversationFactory(business=world.business, last_inbound_at=timezone.now() - dt.timedelta(hours=25))
    talk.channel.provider = "twilio"
    talk.channel.save()

    refused = post(noa, talk, "write", text="שלום", key="k")
    noted = post(noa, talk, "write", text="להתקשר", key="k", **{"as": "note"})

    assert refused.status_code == 422
    assert "אפשר לשלוח רק תבנית מאושרת" in text_of(refused)
    assert fields_of(refused)["text"] == "שלום"
    assert noted.status_code == 302
    assert [row.direction for row in sent(talk)] == ["note"]


def test_who_asked_for_no_more_is_written_to_once_they_write(world: Morning, noa: Client) -> None:
    talk = ConversationFactory(business=world.business, opted_out_at=NOW, last_inbound_at=NOW)
    assert post(noa, talk, "write", text="מבצע!", key="a").status_code == 422

    Conversation.objects.filter(pk=talk.pk).update(last_inbound_at=NOW + dt.timedelta(minutes=1))

    assert post(noa, talk, "write", text="כן, פתוח היום", key="b").status_code == 302
    assert [row.text for row in sent(talk)] == ["כן, פתוח היום"]


def test_a_file_goes_with_the_words_or_alone(noa: Client, talk: Conversation, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    picture = SimpleUploadedFile("תמונה.html", PNG, content_type="text/html")

    response = noa.post(f"/inbox/{talk.pk}/write/", {"text": "", "as": "reply", "key": "k", "file": picture})

    assert response.status_code == 302
    [message] = sent(talk, direction="out", kind="image")
    media = message.media
    assert (media.mimetype, media.filename, media.bytes) == ("image/png", "תמונה.html", len(PNG))
    page = noa.get(f"/inbox/{talk.pk}/").content.decode()
    assert f'<img class="picture" src="/inbox/media/{media.pk}/"' in page


@pytest.mark.parametrize(
    ("content", "size", "complaint"),
    [
        (b"<script>alert(1)</script>\x00", 0, "קובץ מסוג כזה לא נשלח"),
        (b"MZ\x90\x00", 0, "קובץ מסוג כזה לא נשלח"),
        (b"", 0, "קובץ מסוג כזה לא נשלח"),
        (PNG, 16 * 1024 * 1024, "הקובץ גדול"),
    ],
)
def test_a_file_that_is_not_sent(noa: Client, talk: Conversation, content: bytes, size: int, complaint: str) -> None:
    file = SimpleUploadedFile("a.png", content + b"0" * size, content_type="image/png")

    response = noa.post(
        f"/inbox/{talk.pk}/write/", {"text": "הנה", "as": "reply", "key": "k", "file": file}, headers=HTMX
    )

    assert response.status_code == 422
    assert complaint in text_of(response)
    assert fields_of(response)["text"].strip() == "הנה"
    assert sent(talk, text="הנה") == []


def test_a_note_takes_no_file(noa: Client, talk: Conversation) -> None:
    file = SimpleUploadedFile("a.png", PNG)

    response = noa.post(f"/inbox/{talk.pk}/write/", {"text": "הנה", "as": "note", "file": file})

    assert response.status_code == 422
    assert "קובץ אפשר לצרף רק להודעה ללקוח" in text_of(response)


def test_a_file_that_could_not_be_sent_goes_again(world: Morning, noa: Client, talk: Conversation) -> None:
    failed = world.written.failed
    facts = {"business": world.business, "mimetype": "application/pdf", "filename": "הצעה.pdf"}
    MessageMediaFactory(**facts, message=failed, file="messages/a.pdf")

    noa.post(f"/inbox/{talk.pk}/messages/{failed.pk}/again/")

    [first, again] = sent(talk, text=failed.text)
    assert (again.media.file.name, again.media.filename) == (first.media.file.name, "הצעה.pdf")


def test_taking_over_and_giving_back(world: Morning, noa: Client, talk: Conversation) -> None:
    strip = post(noa, talk, "take-over", htmx=True).content.decode()
    assert 'id="head"' in strip
    assert 'data-state="staff"' in strip
    assert (now_of(talk).state, now_of(talk).assigned_to) == (_State.STAFF, world.noa)

    strip = post(noa, talk, "release", htmx=True).content.decode()

    assert 'data-state="assistant"' in strip
    assert now_of(talk).state == _State.ASSISTANT


def test_closing_without_scripts(noa: Client, talk: Conversation) -> None:
    response = noa.post(f"/inbox/{talk.pk}/close/", follow=True)

    assert now_of(talk).state == _State.CLOSED
    assert "השיחה סגורה. הודעה חדשה תפתח אותה שוב." in text_of(response)


def test_assigning_to_members_only(world: Morning, dana: Client, talk: Conversation, ruth: Client) -> None:
    post(dana, talk, "assign", who=str(world.noa.pk))
    assert now_of(talk).assigned_to == world.noa

    stranger = post(dana, talk, "assign", who=str(ruth.session["_auth_user_id"]))
    nonsense = post(dana, talk, "assign", who="x")

    assert stranger.status_code == nonsense.status_code == 404
    assert now_of(talk).assigned_to == world.noa
    post(dana, talk, "assign", who="")
    assert now_of(talk).assigned_to is None


def test_what_failed_is_sent_again_once(world: Morning, noa: Client, talk: Conversation) -> None:
    failed = world.written.failed
    for _ in range(2):
        noa.post(f"/inbox/{talk.pk}/messages/{failed.pk}/again/", headers=HTMX)

    rows = sent(talk, text=failed.text)
    assert [row.status for row in rows] == ["failed", "queued"]
    assert rows[1].key != failed.key
    assert now_of(talk).state == _State.ASSISTANT  # trying again takes nothing over


def test_what_did_not_fail_is_not_sent_again(world: Morning, noa: Client, talk: Conversation) -> None:
    theirs = MessageFactory(business=world.business, conversation=talk)

    response = noa.post(f"/inbox/{talk.pk}/messages/{theirs.pk}/again/", follow=True)

    assert "כבר נעשה ניסיון נוסף" in text_of(response)
    assert len(sent(talk, text=theirs.text)) == 1


def test_the_message_must_be_of_the_conversation(world: Morning, noa: Client) -> None:
    other = ConversationFactory(business=world.business)

    assert noa.post(f"/inbox/{other.pk}/messages/{world.written.failed.pk}/again/").status_code == 404


@pytest.mark.parametrize("deed", ["write", "take-over", "release", "close", "assign"])
def test_nothing_happens_by_looking(noa: Client, talk: Conversation, deed: str) -> None:
    assert noa.get(f"/inbox/{talk.pk}/{deed}/").status_code == 405


def test_the_neighbour_finds_and_changes_nothing(world: Morning, ruth: Client, talk: Conversation) -> None:
    failed = world.written.failed
    for deed in ("write", "take-over", "release", "close", "assign", f"messages/{failed.pk}/again"):
        assert post(ruth, talk, deed, text="x", who="").status_code == 404
    assert ruth.get(f"/inbox/{talk.pk}/").status_code == 404
    assert ruth.get(f"/inbox/{talk.pk}/?part=live", headers=HTMX).status_code == 404
    assert now_of(talk).state == _State.ASSISTANT
