"""Every sentence of the dialog has its written form, in both languages, and towards nobody's gender."""

from __future__ import annotations

import json
import re
from datetime import date, datetime

import pytest
from django.utils import translation

from calls.conversation import sentences
from calls.conversation.events import CallFacts, KnownFacts
from calls.conversation.wanted import after_preposition, in_words
from whatsapp.assistant.guardrails import tidy
from whatsapp.assistant.ledger import Ledger
from whatsapp.assistant.small_talk import is_greeting, is_thanks
from whatsapp.assistant.wording import Wording

TODAY = date(2026, 11, 24)
START, OTHER = "2026-11-26 17:00", "2026-12-20 09:30"
SPOKEN = {
    "when": after_preposition(START, TODAY),
    "to": after_preposition(OTHER, TODAY),
    "day": "ביום חמישי",
    "names": "תספורת או צבע",
    "keys": "",
}
NOT_WRITTEN = {"NOT_HEARD", "KEYS", "KEYS_WITH_PERSON", "NOT_HEARD_AGAIN", "OR_SPEAK", "BOOKED_BY_KEYS", "STANDS"}
SENTENCES = {
    name: value
    for name, value in vars(sentences).items()
    if name.isupper() and isinstance(value, str) and name not in NOT_WRITTEN
}


@pytest.mark.parametrize("name", SENTENCES)
def test_every_sentence_is_known_and_written_in_english_too(name):
    item = f"[SERVER] confirm: {SENTENCES[name].format_map(SPOKEN)}"
    with translation.override("en"):
        english = Wording(TODAY, [START, OTHER]).of(item)
    with translation.override("he"):
        hebrew = Wording(TODAY, [START, OTHER]).of(item)
    if name == "ANYTHING_ELSE":
        return  # stands only behind others
    assert not re.search("[א-ת]", english.replace("תספורת או צבע", "")), english
    assert "בשעה חמש" not in hebrew  # hours are digits
    if "{when}" in SENTENCES[name]:
        assert "יום ה׳ 26/11 בשעה 17:00" in hebrew


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("[SERVER] slot_available: 2026-11-26 17:00", "המועד פנוי: ביום ה׳ 26/11 בשעה 17:00. לקבוע?"),
        (
            "[SERVER] slot_unavailable: 2026-11-26 17:00; reason=slot_taken; alternatives=",
            "אין מקום קרוב למועד הזה. איזה יום אחר נוח?",
        ),
        (
            "[SERVER] slot_unavailable: 2026-11-26 17:00; reason=off_grid; alternatives=2026-11-28 18:00",
            "בשעה הזאת לא מתחילים תורים. יש מקום בשבת 28/11 בשעה 18:00. מתאים?",
        ),
        ("[SERVER] need_phone; reason=invalid_phone", "המספר לא נראה תקין. אפשר לכתוב אותו שוב, במלואו?"),
        ("[SERVER] phone_captured: 052-000-0000", ""),
        (f"[SERVER] confirm: אז {in_words(START, TODAY)}, על שם דנה. לקבוע?",
         "ביום ה׳ 26/11 בשעה 17:00, על שם דנה. לקבוע?"),
        (f"[SERVER] confirm: הכוונה ל{after_preposition(START, TODAY)}?", "הכוונה ליום ה׳ 26/11 בשעה 17:00?"),
        ("[SERVER] fact: משהו אחר", "משהו אחר"),
    ],
)  # fmt: skip  # a table
def test_items_in_writing(item, told):
    with translation.override("he"):
        assert Wording(TODAY, [START]).of(item) == told


def test_what_was_done_is_told_from_the_row_and_passes_the_guard():
    facts = {"start_iso": "2026-11-26T17:00:00+02:00", "customer_name": "דנה", "say": "", "service": "צבע"}
    ledger = Ledger(CallFacts(started_at="2026-11-24T10:00:00+02:00"), TODAY)
    with translation.override("he"):
        told = Wording(TODAY, []).of(f"[SERVER] appointment_created: {json.dumps(facts, ensure_ascii=False)}")
    assert told == "התור נקבע: צבע, ביום ה׳ 26/11 בשעה 17:00, על שם דנה."
    assert ledger.judge(told) is not None
    ledger.note("calendar.create", {}, {"ok": True, **facts})
    assert ledger.judge(told) is None


def ledger_after(*results: tuple[str, dict, dict]) -> Ledger:
    prices = KnownFacts(prices=(("cut", "80"),))
    ledger = Ledger(CallFacts(started_at="2026-11-24T10:00:00+02:00", known=prices), TODAY)
    for name, asked, result in results:
        ledger.note(name, asked, result)
    return ledger


FREE = ("calendar.find_slots", {"start_iso": "2026-11-26T17:00"},
        {"ok": True, "slots": [{"start_iso": "2026-11-26T17:00:00+02:00"}]})  # fmt: skip
FULL = ("calendar.find_slots", {"date": "2026-11-26"}, {"ok": True, "slots": []})
TAKEN = ("calendar.find_slots", {"start_iso": "2026-11-26T17:00"},
         {"ok": False, "error": "slot_taken", "suggestions": [{"start_iso": "2026-11-26T18:00:00+02:00"}]})  # fmt: skip
BOOKED = ("calendar.create", {}, {"ok": True, "start_iso": "2026-11-26T17:00:00+02:00", "customer_name": "Dana"})
CANCELLED = ("calendar.cancel", {}, {"ok": True, "start_iso": "2026-11-26T17:00:00+02:00"})
HANDED = ("handoff.to_staff", {}, {"ok": True})


@pytest.mark.parametrize(
    ("done", "text"),
    [
        ([FREE], "יום חמישי ב-17:00 פנוי, לקבוע?"),
        ([FREE], "17:00 on Thursday is available."),
        ([FULL], "ביום חמישי אין מקום פנוי."),
        ([FULL], "We are fully booked on Thursday."),
        ([TAKEN], "17:00 is taken, 18:00 is free."),
        ([TAKEN], "ב-17:00 תפוס, 18:00 פנוי."),
        ([BOOKED], "Booked for Thursday at 17:00. See you!"),
        ([BOOKED], "Записал вас на 17:00."),
        ([BOOKED, CANCELLED], "Your appointment was cancelled."),
        ([HANDED], "העברתי את הבקשה לצוות, ויחזרו אליך."),
        ([], "Shall I book it for you?"),
        ([], "Would 17:00 be available for you?"),
        ([], "I will check whether it is free."),
        ([], "תספורת עולה 80 ₪."),
        ([], "עוד לא קבעתי. לקבוע?"),
    ],
)
def test_true_sentences_pass(done, text):
    assert ledger_after(*done).judge(text) is None


@pytest.mark.parametrize(
    ("done", "text", "kind"),
    [
        ([], "קבעתי לך תור.", "booked"),
        ([FREE], "Great, you are all set for 17:00.", "booked"),
        ([BOOKED], "Your appointment is booked for 18:00.", "booked"),
        ([BOOKED], "I cancelled it.", "cancelled"),
        ([BOOKED], "I have moved your appointment.", "moved"),
        ([], "There is a free slot at 17:00.", "free"),
        ([FREE], "19:00 is available.", "free"),
        ([], "We are fully booked.", "taken"),
        ([], "I sent you the details.", "sent"),
        ([], "שלחתי לך את הפרטים.", "sent"),
        ([], "תספורת עולה 60 ₪.", "price"),
        ([], "It costs $60.", "price"),
        ([], "Я перенёс вашу запись.", "moved"),
        ([], "Your appointment for דנה is booked.", "booked"),
        ([], "لقد تم الحجز", "language"),
        ([], "העברתי את הבקשה לצוות.", "sent"),
    ],
)
def test_false_sentences_do_not(done, text, kind):
    verdict = ledger_after(*done).judge(text)
    assert verdict is not None
    assert verdict.kind == kind


def test_tidy():
    assert tidy("**שלום** 👋🏽 , `מה` נשמע ⏰?") == "שלום, מה נשמע?"


@pytest.mark.parametrize("text", ["שלום", "היי, בוקר טוב!", "Hello!", "Привет"])
def test_greetings(text):
    assert is_greeting(text)
    assert not is_greeting(f"{text} אפשר תור")


@pytest.mark.parametrize("text", ["תודה", "תודה רבה!", "המון תודה", "Thanks"])
def test_thanks(text):
    assert is_thanks(text)


def test_knowing_an_appointment_is_no_deed():
    ledger = ledger_after()
    ledger.knows(datetime.fromisoformat("2026-11-26T17:00:00+02:00"), "דנה")
    assert ledger.judge("התור שלך רשום ליום חמישי ב-17:00.") is None
    assert ledger.judge("קבעתי לך תור.") is not None
