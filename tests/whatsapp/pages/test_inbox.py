"""The inbox: who waits for a human answer, and what stands in a conversation."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.models import Business, Lead, Medium
from tests.support.factories import (
    NOW,
    AgentRunFactory,
    AgentTraceFactory,
    CallSessionFactory,
    ConversationFactory,
    LeadFactory,
    MessageFactory,
    MessageMediaFactory,
    OutgoingFactory,
)
from tests.support.morning import Morning
from tests.support.pages import text_of
from whatsapp import finding
from whatsapp.models import Conversation, Message

HTMX = {"HX-Request": "true"}
SCRIPT = "<script>alert(1)</script>"
_State = Conversation.State


def conversation(business: Business, *, name: str = "רונית לוי", said: str = "שלום", **facts: Any) -> Conversation:
    row: Conversation = ConversationFactory(
        business=business, lead=LeadFactory(business=business, name=name), preview=said, **facts
    )
    MessageFactory(business=business, conversation=row, text=said)
    return row


def page_of(client: Client, row: Conversation, query: str = "") -> str:
    response = client.get(f"/inbox/{row.pk}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def listed(client: Client, query: str = "") -> list[int]:
    html = client.get(f"/inbox/{query}", headers=HTMX).content.decode()
    return [int(pk) for pk in re.findall(r'id="conversation-(\d+)"', html)]


# --- the list --------------------------------------------------------------------------------------------
def test_who_waits_for_a_person_is_marked_and_counted(world: Morning, noa: Client) -> None:
    page = noa.get("/inbox/")

    html = page.content.decode()
    [row] = re.findall(r'<li id="conversation-\d+"[^>]*class="waits un">.*?</li>', html, re.DOTALL)
    assert "יוסי כהן" in row
    assert "ממתינה לצוות" in row
    assert '<span class="n hot" dir="ltr" data-badge="inbox">1</span>' in html
    assert "לא נבחרה שיחה" in text_of(page)


def test_segments(world: Morning, dana: Client, noa: Client) -> None:
    business = world.business
    mine = conversation(business, state=_State.STAFF, assigned_to=world.dana)
    unread = conversation(business, state=_State.STAFF, unread=2)
    done = conversation(business, state=_State.CLOSED, assigned_to=world.dana)

    assert set(listed(dana, "?show=mine")) == {mine.pk}
    assert listed(noa, "?show=mine") == []
    assert unread.pk in listed(dana, "?show=waiting")  # a member answers, and the customer has written again
    assert mine.pk not in listed(dana, "?show=waiting")
    assert listed(dana, "?show=assistant") == [world.written.conversation.pk]
    assert listed(dana, "?show=done") == [done.pk]
    assert done.pk not in listed(dana)
    assert listed(dana, "?show=nonsense") == listed(dana)
    segments = text_of(dana.get("/inbox/"))
    assert "פתוחות ממתינות לצוות 2 ממתינות לי 1 העוזר מטפל 1 סגורות" in segments


@pytest.mark.parametrize(
    "term", ["אבקת כביסה", "כביסה", "יעל", "יעל בר", "0547778899", "054-777-8899", "7778899", "יע"]
)
def test_search_finds_names_numbers_and_words_in_whatever_state(world: Morning, dana: Client, term: str) -> None:
    row = conversation(world.business, name="יעל ברקוביץ", said="יש לכם אבקת כביסה?", state=_State.CLOSED)
    Lead.objects.filter(pk=row.lead_id).update(phone="+972547778899")

    assert listed(dana, f"?q={term}") == [row.pk]


def test_a_hit_shows_its_sentence_and_opens_there(world: Morning, dana: Client) -> None:
    row = conversation(world.business, said="אז יש לכם אבקת כביסה או שאין?")
    [message] = Message.objects.filter(conversation=row)

    html = dana.get("/inbox/?q=אבקת").content.decode()

    assert "אז יש לכם <mark>אבקת</mark> כביסה" in html
    assert f"#message-{message.pk}" in html
    assert f'id="message-{message.pk}"' in page_of(dana, row, f"?at={message.pk}")


def test_a_word_of_the_indexes_is_found_beyond_the_newest(
    world: Morning, dana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too rare among the newest conversations is looked up in all of them."""
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 1)
    old = NOW - dt.timedelta(days=100)
    row = conversation(world.business, name="יעל ברקוביץ", said="יש אבקת כביסה?", last_message_at=old)

    assert listed(dana, "?q=אבקת") == listed(dana, "?q=יעל") == listed(dana, "?q=יע") == [row.pk]
    assert listed(dana, "?q=אין כזה") == []


def test_deleted_words_are_not_found(world: Morning, dana: Client) -> None:
    row = conversation(world.business, said="סוד גדול")
    Message.objects.filter(conversation=row).update(revoked_at=NOW)

    assert listed(dana, "?q=סוד גדול") == []


def test_pages_go_on_from_the_last_row(world: Morning, dana: Client) -> None:
    facts = {"business": world.business, "channel": world.written.conversation.channel, "state": _State.CLOSED}
    leads = Lead.objects.bulk_create(Lead(business=world.business, name=f"לקוח {number}") for number in range(53))
    rows = Conversation.objects.bulk_create(
        Conversation(lead=lead, last_message_at=NOW - dt.timedelta(minutes=number // 2), **facts)
        for number, lead in enumerate(leads)
    )
    order = sorted(rows, key=lambda row: (row.last_message_at, row.pk), reverse=True)
    first = dana.get("/inbox/?show=done", headers=HTMX).content.decode()
    [place, *_] = re.findall(r"after=([^&\"]+)", first)

    assert listed(dana, "?show=done") == [row.pk for row in order[:50]]
    assert listed(dana, f"?show=done&after={place}") == [row.pk for row in order[50:]]
    assert listed(dana, "?show=done&after=nonsense") == listed(dana, "?show=done")


def test_empty_states(world: Morning, dana: Client) -> None:
    assert "אין כאן שיחות" in text_of(dana.get("/inbox/?show=done"))
    assert "אין הודעות שמתאימות לחיפוש" in text_of(dana.get("/inbox/?q=לאקיים"))


# --- one conversation ------------------------------------------------------------------------------------
def test_messages_deeds_notes_and_what_waits_stand_in_their_order(world: Morning, dana: Client) -> None:
    page = text_of(dana.get(f"/inbox/{world.written.conversation.pk}/"))

    parts = [
        "היי, יש מקום מחר ב-12?",
        "נבדק ביומן: פנוי",
        "נקראה מחר ב־12:00 פנוי. לקבוע?",
        "רק לצוות רגישה לאמוניה",
        "לא נשלחה מחכים לך",
        "לבטל את התור של היום",
        "ביטול תור: לאישור",
    ]
    places = [page.rindex(part) for part in parts]
    assert places == sorted(places)
    assert "העוזר עונה" in page
    assert "ניסיון נוסף" in page


def test_a_deed_leads_to_the_console_and_a_call_to_its_page(world: Morning, dana: Client) -> None:
    talk = world.written.conversation
    call = CallSessionFactory(
        business=world.business, lead=talk.lead, started_at=talk.last_message_at, summary="ביקשה להקדים"
    )

    html = page_of(dana, talk)

    assert re.search(r'href="/console/\d+/">נבדק ביומן', html)
    assert f'href="/calls/{call.call_sid}/"' in html
    assert "ביקשה להקדים" in html


def test_the_newest_part_and_the_ones_before_it(world: Morning, dana: Client) -> None:
    row = conversation(world.business)
    for minute in range(1, 70):
        at = NOW + dt.timedelta(minutes=minute)
        MessageFactory(business=world.business, conversation=row, text=f"הודעה {minute}.", created_at=at, written_at=at)

    html = page_of(dana, row)
    [before] = re.findall(r"part=lines&amp;before=(\d+)", html)
    earlier = dana.get(f"/inbox/{row.pk}/?part=lines&before={before}", headers=HTMX).content.decode()

    assert "הודעה 69." in html
    assert "הודעה 9." not in html
    assert "הודעה 9." in earlier
    assert "הודעה 10." not in earlier
    assert "before=" not in earlier
    plain = page_of(dana, row, f"?before={before}")
    assert "הודעה 9." in plain
    assert "להודעות החדשות" in plain


def test_looking_at_it_makes_it_read(world: Morning, dana: Client) -> None:
    talk = world.written.conversation
    dana.get(f"/inbox/{talk.pk}/?part=live&since=0", headers=HTMX)
    assert Conversation.objects.get(pk=talk.pk).unread == 1  # a page in the background

    dana.get(f"/inbox/{talk.pk}/?part=live&since=0&seen=1", headers=HTMX)

    assert Conversation.objects.get(pk=talk.pk).unread == 0


def test_edited_deleted_late_and_unreadable_messages_say_so(world: Morning, dana: Client) -> None:
    row = conversation(world.business)
    facts = {"business": world.business, "conversation": row}
    MessageFactory(**facts, text="מתוקן", edited_at=NOW)
    MessageFactory(**facts, text="לא לקרוא", revoked_at=NOW)
    MessageFactory(**facts, text="באיחור", is_backlog=True)
    MessageFactory(**facts, text="", kind=Message.Kind.UNDECRYPTABLE)
    MessageFactory(**facts, text="", kind=Message.Kind.UNSUPPORTED)

    page = text_of(dana.get(f"/inbox/{row.pk}/"))

    assert "נערכה מתוקן" in page
    assert "ההודעה נמחקה על ידי השולח" in page
    assert "לא לקרוא" not in page
    assert "הגיעה באיחור באיחור" in page
    assert "ההודעה עוד לא ניתנת לקריאה" in page
    assert "התקבלה הודעה מסוג שלא נתמך" in page


def test_places_and_contact_cards(world: Morning, dana: Client) -> None:
    row = conversation(world.business)
    facts = {"business": world.business, "conversation": row, "text": ""}
    place = {"latitude": 32.0853, "longitude": 34.7818, "name": "הסלון"}
    MessageFactory(**facts, kind=Message.Kind.LOCATION, data=place)
    MessageFactory(**facts, kind=Message.Kind.LOCATION, data={"latitude": "nan", "longitude": "javascript:alert(1)"})
    cards = {"contacts": [{"name": "אבי", "phones": ["+972521112233", "javascript:alert(1)"]}, "x", {"name": 3}]}
    MessageFactory(**facts, kind=Message.Kind.CONTACT, data=cards)
    MessageFactory(**facts, kind=Message.Kind.CONTACT, data={"contacts": "x"})

    html = page_of(dana, row)

    assert 'href="https://www.google.com/maps?q=32.085300,34.781800" target="_blank" rel="noopener noreferrer"' in html
    assert 'href="tel:+972521112233"' in html
    assert "javascript:" not in html
    assert "כרטיס איש קשר" in html


def test_files_are_shown_by_what_they_are(world: Morning, dana: Client) -> None:
    row = conversation(world.business)
    facts = {"business": world.business}

    def file(mimetype: str, kind: str, **more: Any) -> int:
        message = MessageFactory(**facts, conversation=row, kind=kind, text=more.pop("text", ""))
        return int(MessageMediaFactory(**facts, message=message, mimetype=mimetype, **more).pk)

    picture = file("image/jpeg", "image", file="messages/a.jpg")
    voice = file("audio/ogg; codecs=opus", "audio", file="messages/a.ogg", text="אני מאחרת בעשר דקות")
    drawing = file("image/svg+xml", "document", file="messages/a.svg", filename="a.svg")
    file("video/mp4", "video", refused="too_large", filename="טיול.mp4")
    file("application/pdf", "document")

    html = page_of(dana, row)
    text = re.sub(r"<[^>]+>", " ", html)

    assert f'<img class="picture" src="/inbox/media/{picture}/"' in html
    assert f'<audio class="al-sound" controls preload="none" src="/inbox/media/{voice}/"' in html
    assert "אני מאחרת בעשר דקות" in text
    assert f'href="/inbox/media/{drawing}/?download=1"' in html
    assert f'src="/inbox/media/{drawing}/"' not in html
    assert "טיול.mp4" in text
    assert "הקובץ בדרך" in text


def test_words_of_strangers_stay_words(world: Morning, dana: Client) -> None:
    row = conversation(world.business, name=SCRIPT, said=SCRIPT)
    facts = {"business": world.business, "conversation": row}
    OutgoingFactory(**facts, text=SCRIPT, status=Message.Status.FAILED, error=SCRIPT[:40])
    message = MessageFactory(**facts, kind=Message.Kind.DOCUMENT, text="")
    MessageMediaFactory(
        business=world.business, message=message, filename=SCRIPT, file="messages/a.bin", mimetype="x/y"
    )
    run = AgentRunFactory(**facts, answer=SCRIPT)
    AgentTraceFactory(
        business=world.business, run=run, name="leads.tag", arguments={"tag": SCRIPT}, result={"ok": True}
    )

    for address in (f"/inbox/{row.pk}/", "/inbox/?q=script", f"/console/{run.pk}/", "/console/"):
        html = dana.get(address).content.decode()
        assert SCRIPT not in html, address
        assert "&lt;script&gt;" in html, address


def test_twilio_lets_only_templates_through_after_a_day(world: Morning, dana: Client) -> None:
    row = conversation(world.business, last_inbound_at=NOW - dt.timedelta(days=400))
    row.channel.provider = "twilio"
    row.channel.save()

    html = page_of(dana, row)

    assert "אפשר לשלוח רק תבנית מאושרת" in html
    assert re.search(r'name="as" value="reply" disabled', html)
    assert not re.search(r'name="as" value="note" disabled', html)


def test_a_quick_reply_stands_in_the_composer_without_scripts(world: Morning, dana: Client) -> None:
    talk = world.written.conversation
    [address] = re.findall(r'href="(\?quick=\d+)#composer"', page_of(dana, talk))

    assert "הרצל 12, קומת קרקע. חניה מאחורי הבניין.</textarea>" in page_of(dana, talk, address)


def test_the_customer_s_card_leads_to_the_conversation_and_back(world: Morning, dana: Client) -> None:
    talk = world.written.conversation

    assert f'href="/inbox/{talk.pk}/"' in dana.get(f"/leads/{talk.lead_id}/").content.decode()
    assert f'href="/leads/{talk.lead_id}/"' in page_of(dana, talk)


# --- cost ------------------------------------------------------------------------------------------------
def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_list_costs_the_same_for_one_and_for_many(world: Morning, dana: Client) -> None:
    Conversation.objects.exclude(pk=world.written.conversation.pk).delete()
    dana.get("/inbox/")
    few, searched = queries(dana, "/inbox/"), queries(dana, "/inbox/?q=לבטל")
    for _ in range(4):
        conversation(world.business, said="לבטל", state=_State.STAFF, assigned_to=world.noa, unread=1)

    assert queries(dana, "/inbox/") == few
    assert queries(dana, "/inbox/?q=לבטל") == searched


def test_a_conversation_costs_the_same_whatever_happened_in_it(world: Morning, dana: Client) -> None:
    talk = world.written.conversation
    dana.get(f"/inbox/{talk.pk}/")
    few = queries(dana, f"/inbox/{talk.pk}/")
    for number in range(4):
        at = talk.last_message_at
        message = MessageFactory(
            business=world.business, conversation=talk, kind=Message.Kind.IMAGE, created_at=at, written_at=at
        )
        MessageMediaFactory(business=world.business, message=message, file="messages/a.jpg")
        run = AgentRunFactory(business=world.business, conversation=talk, started_at=at)
        AgentTraceFactory(
            business=world.business, run=run, name="calendar.cancel", arguments={"appointment_id": number}, at=at
        )
        CallSessionFactory(business=world.business, lead=talk.lead, started_at=at)
        OutgoingFactory(
            business=world.business, conversation=talk, by=world.noa, author="staff", created_at=at, written_at=at
        )

    assert queries(dana, f"/inbox/{talk.pk}/") == few


def test_a_website_s_chat_stands_beside_whatsapp(world: Morning, dana: Client) -> None:
    row = conversation(world.business, medium=Medium.WEB)

    assert "אתר" in page_of(dana, row)
