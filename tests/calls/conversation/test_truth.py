"""Each sentence of the assistant against what the call did: nothing false passes, nothing true is held back."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.hebrew.speech import say_date, say_time
from booking.wording import appointment_say, attendance_say, cancelled_say, rescheduled_say
from calls.conversation import sentences as lines
from calls.conversation.corrections import say_shekels
from calls.conversation.events import CallFacts, KnownFacts
from calls.conversation.truth import Guard, Sentences, Verdict
from calls.prompt import TABLE

TODAY = date(2026, 11, 21)  # a Saturday
WEEK = ((("10:00", "20:00"),),) * 5 + ((("09:00", "13:00"),), ())
SERVICES = (("cut", "תספורת"), ("child", "תספורת ילדים"), ("color", "צבע"), ("free", "ייעוץ"))
KNOWN = KnownFacts(hours=WEEK, prices=(("cut", "80"), ("color", "320")), numbers=("60",))
FACTS = CallFacts(
    started_at="2026-11-21T10:00:00+02:00",
    services=SERVICES,
    greeting="שלום, הגעתם למספרה של נועה. איך אפשר לעזור?",
    known=KNOWN,
)
TUESDAY_SIX = "2026-11-24 18:00"
WEDNESDAY_SEVEN = "2026-11-25 19:00"


local = datetime.fromisoformat


def guard() -> Guard:
    return Guard(FACTS)


def told(ledger: Guard, text: str) -> Verdict | None:
    """The first false sentence of a text, as it would come from the provider."""
    sentences = Sentences()
    said = [*sentences.add(text), *sentences.end()]
    return next((verdict for one in said if (verdict := ledger.judge(one, TODAY)) is not None), None)


# --- cutting into sentences ------------------------------------------------------------------------------
def test_words_become_sentences_as_they_end():
    sentences = Sentences()
    assert sentences.add("מעולה, הזמן") == []
    assert sentences.rest == "מעולה, הזמן"
    assert sentences.add(" הזה פנוי. לקבוע אותו") == ["מעולה, הזמן הזה פנוי."]
    assert sentences.add(" עכשיו?! כן") == ["לקבוע אותו עכשיו?!"]
    assert sentences.end() == ["כן"]
    assert sentences.end() == []


@pytest.mark.parametrize(
    "whole",
    [
        "המחיר הוא 80.50 שקלים.",
        "התור ב-18:00 ביום ג׳, 24.11.2026 בערב.",
        "צריך ת.ז. בתוקף.",
        "רח׳ הרצל 10, ע״י עו״ד כהן, דק׳ מהתחנה.",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_points_of_numbers_and_abbreviations_end_nothing(whole, size):
    sentences = Sentences()
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert [one for piece in pieces for one in sentences.add(piece)] + sentences.end() == [whole]


def test_number_at_the_end_waits_for_the_next_words():
    sentences = Sentences()
    assert sentences.add("המחיר הוא 80.") == []
    assert sentences.add(" רוצה") == ["המחיר הוא 80."]


def test_line_ends_a_sentence():
    assert Sentences().add("קבעתי לך\nאפשר לעזור") == ["קבעתי לך"]


# --- booked, moved, cancelled ------------------------------------------------------------------------------
def test_nothing_is_booked_before_the_server_did():
    assert guard().judge("קבעתי לך תור למחר בשש.", TODAY) == Verdict("booked", "התור עדיין לא נקבע.")


def test_booking_is_true_once_it_is_in_the_ledger():
    ledger = guard()
    ledger.booked(TUESDAY_SIX, "דנה כהן")
    for sentence in (
        "קבעתי לך תור.",
        "קבעתי לך ליום שלישי בשש.",
        "התור נקבע ליום שלישי ב-18:00.",
        "רשמתי אותך ליום שלישי, עשרים וארבעה בנובמבר, בשעה שש בערב, על שם דנה כהן.",
        "התור שלך ב-24.11 בשש בערב.",
        "התור נקבע על שם דנה.",
        "נתראה ביום שלישי בשש!",
        "מחכים לך ביום שלישי בערב.",
    ):
        assert ledger.judge(sentence, TODAY) is None, sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "קבעתי לך ליום רביעי בשש.",
        "התור נקבע ליום שלישי בשבע.",
        "התור נקבע ליום שלישי בשש בבוקר.",
        "התור נקבע ליום שלישי בשש ורבע.",
        "רשמתי אותך למחר.",
        "התור נקבע ל-25 בנובמבר בשש.",
        "נתראה מחר בשש!",
        "התור שלך הוא ביום ראשון.",
    ],
)
def test_other_time_than_the_one_that_was_booked_is_corrected(sentence):
    ledger = guard()
    ledger.booked(TUESDAY_SIX, "דנה כהן")
    assert ledger.judge(sentence, TODAY) == Verdict("booked", "התור רשום ליום שלישי, בשעה שש בערב.")


def test_other_name_than_the_one_that_was_booked_is_corrected():
    ledger = guard()
    ledger.booked(TUESDAY_SIX, "שני לוי")
    assert ledger.judge("התור נקבע ליום שלישי בשש, על שם שני לוי.", TODAY) is None
    verdict = ledger.judge("התור נקבע ליום שלישי בשש, על שם רונית לוי.", TODAY)
    assert verdict == Verdict("booked", "התור רשום ליום שלישי, בשעה שש בערב, על שם שני לוי.")


def test_move_needs_a_move_and_names_where_to():
    ledger = guard()
    ledger.booked(TUESDAY_SIX)
    assert ledger.judge("העברתי את התור ליום רביעי בשבע.", TODAY) == Verdict(
        "moved", "התור רשום ליום שלישי, בשעה שש בערב."
    )
    ledger.moved(WEDNESDAY_SEVEN)
    assert ledger.judge("העברתי את התור מיום שלישי ליום רביעי בשבע.", TODAY) is None
    assert ledger.judge("התור שלך ביום רביעי בשבע.", TODAY) is None
    assert ledger.judge("התור הועבר ליום חמישי בשבע.", TODAY) == Verdict(
        "moved", "התור רשום ליום רביעי, בשעה שבע בערב."
    )
    assert ledger.judge("התור שלך ביום שלישי בשש.", TODAY) == Verdict("booked", "התור רשום ליום רביעי, בשעה שבע בערב.")


def test_cancelling_needs_a_cancelled_appointment_and_leaves_none():
    ledger = guard()
    ledger.knows(TUESDAY_SIX)
    assert ledger.judge("יש לך תור ביום שלישי בשש.", TODAY) is None
    assert ledger.judge("ביטלתי את התור.", TODAY) == Verdict("cancelled", "התור לא בוטל.")
    ledger.cancelled(TUESDAY_SIX)
    assert ledger.judge("התור של יום שלישי בוטל.", TODAY) is None
    assert ledger.judge("התור של יום רביעי בוטל.", TODAY) == Verdict("cancelled", "התור שבוטל הוא של יום שלישי.")
    assert ledger.judge("יש לך תור ביום שלישי בשש.", TODAY) == Verdict("booked", "התור עדיין לא נקבע.")


def test_an_appointment_that_was_there_is_no_news():
    ledger = guard()
    ledger.knows(TUESDAY_SIX)
    there = Verdict("booked", "התור רשום ליום שלישי, בשעה שש בערב.")
    for news in ("התור נקבע, נתראה.", "רשמתי אותך ביומן.", "קבעתי לך את התור, הכול מסודר."):
        assert ledger.judge(news, TODAY) == there
        assert ledger.doubts(news, TODAY)
    for known in ("התור שלך מאושר.", "התור קבוע.", "נקבע לך תור ליום שלישי בשש.", "יש לך תור."):
        assert ledger.judge(known, TODAY) is None
    ledger.moved(WEDNESDAY_SEVEN, was=TUESDAY_SIX)
    assert ledger.judge("התור נקבע, נתראה.", TODAY) is None


def test_words_of_the_server_about_an_appointment_do_not_outlive_it():
    ledger = guard()
    ledger.booked(TUESDAY_SIX)
    said = "התור נקבע בהצלחה: ביום שלישי, בשעה שש בערב, על שם דנה."
    ledger.said_by_server(said)
    assert ledger.judge(said, TODAY) is None
    ledger.cancelled(TUESDAY_SIX)
    assert ledger.judge(said, TODAY) is not None


# --- sent, and promises --------------------------------------------------------------------------------------
def test_nothing_is_ever_sent_from_a_call_but_the_reminder_that_was_asked_for():
    ledger = guard()
    lie = Verdict("sent", "עוד לא נשלחה הודעה. אעביר את הפרטים לנציג.")
    assert ledger.judge("שלחתי לך הודעה.", TODAY) == lie
    assert ledger.judge("אשלח לך את הפרטים בוואטסאפ.", TODAY) == lie
    assert ledger.judge("תישלח תזכורת לפני התור.", TODAY) == lie
    ledger.said_by_server("[SERVER] reminder_set: {}")
    assert ledger.judge("מצוין, תישלח תזכורת לפני התור.", TODAY) is None
    assert ledger.judge("שלחתי לך הודעה.", TODAY) == lie


def test_promise_of_a_call_back_asks_for_one():
    ledger = guard()
    assert ledger.judge("נציג יחזור אליך בהמשך.", TODAY) == Verdict("call_back", "")
    ledger.will_call_back()
    assert ledger.judge("נציג יחזור אליך בהמשך.", TODAY) is None


# --- free and taken --------------------------------------------------------------------------------------------
def test_time_is_free_only_if_the_calendar_said_so():
    ledger = guard()
    assert ledger.judge("יום שלישי בשש פנוי.", TODAY) == Verdict("free", "הזמן הזה עוד לא נבדק ביומן.")
    ledger.checked(TUESDAY_SIX, True)
    assert ledger.judge("יום שלישי בשש פנוי.", TODAY) is None
    assert ledger.judge("הזמן הזה פנוי.", TODAY) is None
    assert ledger.judge("יש מקום ביום שלישי.", TODAY) is None
    assert ledger.judge("יום שלישי בשבע פנוי.", TODAY) == Verdict("free", "הזמן הזה עוד לא נבדק ביומן.")
    assert ledger.judge("הזמן הזה פנוי: ביום שלישי, בשעה שבע בערב.", TODAY) is not None
    assert ledger.judge("הזמן הזה תפוס.", TODAY) == Verdict("free", "הזמן הזה פנוי.")
    assert ledger.judge("ביום שלישי בשש אין מקום.", TODAY) == Verdict("free", "הזמן הזה פנוי.")


def test_refused_time_is_taken_and_the_offered_ones_are_free():
    ledger = guard()
    ledger.checked(TUESDAY_SIX, False)
    ledger.offered(("2026-11-24 17:00", WEDNESDAY_SEVEN))
    assert ledger.judge("הזמן הזה לא פנוי.", TODAY) is None
    assert ledger.judge("יש ביום שלישי בחמש או ביום רביעי בשבע, מה מתאים?", TODAY) is None
    assert ledger.judge("שש תפוס, אבל חמש פנוי.", TODAY) is None
    assert ledger.judge("הזמן הזה פנוי.", TODAY) == Verdict("free", "הזמן הזה לא פנוי.")
    assert ledger.judge("ביום שלישי בשש יש מקום.", TODAY) == Verdict("free", "הזמן הזה לא פנוי.")
    assert ledger.judge("יש ביום שלישי בשמונה או ביום רביעי בשבע, מה מתאים?", TODAY) is not None


def test_one_time_that_is_taken_does_not_fill_a_day_of_which_another_is_free():
    ledger = guard()
    ledger.checked(TUESDAY_SIX, False)
    assert ledger.judge("ביום שלישי אין מקום.", TODAY) is None
    ledger.offered(("2026-11-24 17:00", WEDNESDAY_SEVEN))
    assert ledger.judge("ביום שלישי אין מקום.", TODAY) is not None
    assert ledger.judge("אין לנו שום מקום פנוי השבוע.", TODAY + timedelta(days=1)) is not None
    assert ledger.judge("ביום שלישי בשש אין מקום.", TODAY) is None


def test_full_follows_from_opening_hours_as_well():
    ledger = guard()
    assert ledger.judge("בשבת אין מקום.", TODAY) is None
    assert ledger.judge("ביום שלישי בתשע בערב אין תורים.", TODAY) is None
    assert ledger.judge("ביום שלישי אין מקום.", TODAY) is not None


# --- prices -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sentence",
    [
        "תספורת עולה שמונים שקלים.",
        "התספורת עולה 80 ₪.",
        "צבע עולה שלוש מאות ועשרים שקלים.",
        "המחיר הוא 60 שקלים.",
        "תספורת שמונים שקלים, וצבע שלוש מאות ועשרים.",
        "תספורת ילדים עולה 60 שקל.",
        "כמה? 500 שקלים?",
    ],
)
def test_stated_prices_pass(sentence):
    assert guard().judge(sentence, TODAY) is None


@pytest.mark.parametrize(
    ("sentence", "correction"),
    [
        ("תספורת עולה מאה שקלים.", "המחיר הוא שמונים שקלים."),
        ("תספורת עולה 320 שקלים.", "המחיר הוא שמונים שקלים."),
        ("צבע עולה שמונים שקלים.", "המחיר הוא שלוש מאות ועשרים שקלים."),
        ("זה עולה 90 שקלים.", "את המחיר המדויק אפשר לברר מול הצוות."),
        ("ייעוץ עולה 200 שקל.", "את המחיר המדויק אפשר לברר מול הצוות."),
    ],
)
def test_other_prices_are_corrected(sentence, correction):
    assert guard().judge(sentence, TODAY) == Verdict("price", correction)


def test_number_that_the_server_said_may_be_repeated():
    ledger = guard()
    ledger.said_by_server("[SERVER] fact: החלקה עולה 450 שקלים.")
    assert ledger.judge("החלקה עולה ארבע מאות וחמישים שקלים.", TODAY) is None


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("1", "שקל אחד"),
        ("2", "שני שקלים"),
        ("80", "שמונים שקלים"),
        ("100", "מאה שקלים"),
        ("125", "מאה עשרים וחמישה שקלים"),
        ("320", "שלוש מאות ועשרים שקלים"),
        ("1250", "אלף מאתיים וחמישים שקלים"),
        ("1200", "אלף ומאתיים שקלים"),
        ("15000", "חמישה עשר אלף שקלים"),
        ("79.90", "שבעים ותשעה שקלים ותשעים אגורות"),
        ("79.9", "שבעים ותשעה שקלים ותשעים אגורות"),
        ("0.50", "חמישים אגורות"),
    ],
)
def test_sums_in_words(amount, said):
    assert say_shekels(amount) == said


# --- opening hours ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sentence",
    [
        "אנחנו פתוחים ראשון עד חמישי מעשר עד שמונה.",
        "אנחנו פתוחים מעשר בבוקר עד שמונה בערב.",
        "ביום שישי פתוח מתשע עד אחת.",
        "ביום שישי סוגרים באחת.",
        "נפתח בעשר.",
        "בשבת סגור.",
        "אנחנו פתוחים גם בשישי.",
        "ביום ראשון בשש אנחנו פתוחים.",
    ],
)
def test_stated_hours_pass(sentence):
    assert guard().judge(sentence, TODAY) is None


@pytest.mark.parametrize(
    ("sentence", "correction"),
    [
        ("אנחנו פתוחים בשבת.", "בשבת סגור."),
        ("ביום שישי פתוח מתשע עד שלוש.", "ביום שישי פתוח מתשע בבוקר עד אחת בצהריים."),
        ("ביום שישי סגור.", "ביום שישי פתוח מתשע בבוקר עד אחת בצהריים."),
        ("ביום שישי סוגרים בשתיים.", "ביום שישי פתוח מתשע בבוקר עד אחת בצהריים."),
        (
            "אנחנו פתוחים 24/7.",
            "מיום ראשון עד יום חמישי פתוח מעשר בבוקר עד שמונה בערב, "
            "ביום שישי פתוח מתשע בבוקר עד אחת בצהריים, בשבת סגור.",
        ),
    ],
)
def test_other_hours_are_corrected(sentence, correction):
    assert guard().judge(sentence, TODAY) == Verdict("hours", correction)


def test_closed_is_true_of_a_day_that_was_refused():
    ledger = guard()
    ledger.checked(TUESDAY_SIX, False)
    assert ledger.judge("ביום שלישי סגור.", TODAY) is None
    assert ledger.judge("ביום הזה סגור.", TODAY) is None
    assert ledger.judge("ביום רביעי סגור.", TODAY) is not None


def test_business_around_the_clock_is_never_closed():
    ledger = Guard(CallFacts(started_at=FACTS.started_at, known=KnownFacts(open_24_7=True)))
    assert ledger.judge("אנחנו פתוחים 24/7.", TODAY) is None
    assert ledger.judge("בשבת סגור.", TODAY) == Verdict("hours", "העסק פתוח כל יום, עשרים וארבע שעות ביממה.")


def test_hours_of_a_business_that_states_none_are_left_alone():
    assert Guard(CallFacts(started_at=FACTS.started_at)).judge("אנחנו פתוחים עד שמונה.", TODAY) is None


# --- the server's own sentences -------------------------------------------------------------------------------------
ALTERNATIVES = "ביום שלישי בשש בערב או ביום רביעי בשבע בערב"
SAYS = {
    "appointment_created": appointment_say(local("2026-11-24T18:00"), name="דנה כהן", today=TODAY),
    "appointment_rescheduled": rescheduled_say(local("2026-11-25T19:00"), today=TODAY),
    "appointment_cancelled": cancelled_say(local("2026-11-26T10:00"), today=TODAY),
}
ROWS = re.findall(r'^\[SERVER\] (.+?) -> "(.+)"$', TABLE, re.MULTILINE)


def ledger_for(event: str) -> Guard:
    ledger = guard()
    match event.partition(";")[0]:
        case "slot_available":
            ledger.checked(TUESDAY_SIX, True)
        case "slot_unavailable":
            ledger.checked("2026-11-23 18:00", False)
            ledger.offered((TUESDAY_SIX, WEDNESDAY_SEVEN))
        case "appointment_created":
            ledger.booked(TUESDAY_SIX, "דנה כהן")
        case "appointment_rescheduled":
            ledger.moved(WEDNESDAY_SEVEN)
        case "appointment_cancelled":
            ledger.cancelled("2026-11-26 10:00")
        case "reminder_set":
            ledger.said_by_server("[SERVER] reminder_set")
        case "transfer: failed":
            ledger.will_call_back()
    return ledger


def line_of(event: str, sentence: str) -> str:
    values = {"alternatives": ALTERNATIVES, "phone": "אפס חמש שתיים", "text": "אז מחר, בשעה שש בערב, על שם דנה. לקבוע?"}
    values |= {"when": "ביום שלישי, בשעה שש בערב", "say": SAYS.get(event.partition(";")[0], "")}
    return sentence.format(**values)


@pytest.mark.parametrize(("event", "sentence"), ROWS)
def test_line_of_the_table_is_true_where_the_server_orders_it(event, sentence):
    assert told(ledger_for(event), line_of(event, sentence)) is None


@pytest.mark.parametrize(("event", "sentence"), ROWS)
def test_line_of_the_table_is_never_held_back_while_it_comes(event, sentence):
    ledger, sentences = ledger_for(event), Sentences()
    for char in line_of(event, sentence):
        sentences.add(char)
        assert not ledger.doubts(sentences.rest, TODAY), sentences.rest


@pytest.mark.parametrize(
    "name", [name for name, text in vars(lines).items() if name.isupper() and isinstance(text, str)]
)
def test_sentence_of_the_server_is_true_when_repeated_and_never_held_back(name):
    text = vars(lines)[name]
    text = text.format(**dict.fromkeys(re.findall(r"{(\w+)}", text), "יום שלישי, בשעה שש בערב"))
    ledger = guard()
    ledger.said_by_server(f"[SERVER] fact: {text}")
    assert told(ledger, text) is None
    sentences = Sentences()
    for char in text:
        sentences.add(char)
        assert not ledger.doubts(sentences.rest, TODAY), sentences.rest


def test_say_of_an_item_is_true_when_repeated_and_only_as_it_was_said():
    ledger = guard()
    facts = {"appointment_id": 7, "say": "התור נקבע בהצלחה: מחר, בשעה שש בערב, על שם דנה."}
    ledger.said_by_server(f"[SERVER] appointment_created: {json.dumps(facts, ensure_ascii=False)}")
    assert told(ledger, "מעולה! התור נקבע בהצלחה: מחר, בשעה שש בערב, על שם דנה. אפשר לעזור בעוד משהו?") is None
    assert told(ledger, "התור נקבע בהצלחה: מחר, בשעה שבע בערב, על שם דנה.") is not None


@pytest.mark.parametrize("item", ["", "[SERVER]", "[SERVER] need_name", "[SERVER] appointment_created: {broken"])
def test_item_without_words_makes_nothing_true(item):
    ledger = guard()
    ledger.said_by_server(item)
    assert ledger.judge("קבעתי לך.", TODAY) is not None


def test_correction_is_no_false_claim_itself():
    for lie in LIES:
        ledger = guard()
        verdict = told(ledger, lie)
        assert verdict is not None
        ledger.said_by_server(f"[SERVER] correction: {verdict.correction}")
        said_again = told(ledger, f"רגע, תיקון שלי: {verdict.correction}")
        assert said_again is None


# --- held back while it is said -----------------------------------------------------------------------------------
def test_claim_that_nothing_backs_is_doubted_as_soon_as_it_is_said():
    ledger = guard()
    assert not ledger.doubts("מעולה, אז", TODAY)
    assert ledger.doubts("מעולה, אז קבעתי לך", TODAY)
    assert ledger.doubts("שלחתי לך", TODAY)
    assert ledger.doubts("מחר בשש פנוי", TODAY)
    ledger.booked(TUESDAY_SIX)
    ledger.checked(TUESDAY_SIX, True)
    assert not ledger.doubts("מעולה, אז קבעתי לך", TODAY)
    assert not ledger.doubts("יום שלישי בשש פנוי", TODAY)
    assert ledger.doubts("ביטלתי את", TODAY)


# --- lies --------------------------------------------------------------------------------------------------------
LIES = """
קבעתי לך תור למחר בשש.
קבענו לך ליום שני בעשר.
התור נקבע בהצלחה.
התור נקבע, נתראה מחר.
שריינתי לך את השעה שש.
רשמתי אותך ליום שלישי.
רשמנו אותך ליום שלישי.
שיבצתי אותך אצל מיכל.
התור שלך אושר.
הכול מסודר, מחכים לך.
סגור, מחר בשש.
סגרתי לך תור.
סגרנו על יום שני.
קבוע, נתראה ביום רביעי.
נתראה מחר בשש.
מחכים לך ביום שלישי.
את רשומה ליום שני.
אתה רשום אצלנו למחר.
המקום שמור לך.
יש לך תור מחר בשש.
התור שלך ביום ראשון בעשר.
הכנסתי אותך ליומן.
הפגישה תואמה ליום חמישי.
הצלחתי לקבוע לך.
מיכל קבעה לך תור.
בוצע, התור אצלך.
העברתי את התור ליום רביעי.
הזזתי את התור לשבע.
התור הוקדם לעשר.
דחינו את התור לשבוע הבא.
שיניתי את השעה לחמש.
התור עודכן.
ביטלתי את התור.
התור בוטל.
הורדתי אותך מהיומן.
מחקתי את הפגישה.
שלחתי לך הודעה בוואטסאפ.
הפרטים נשלחו אליך.
נשלח אליך אישור במסרון.
העברתי את הפרטים לנציג.
מסרתי לבעלים שהתקשרת.
עדכנתי את הצוות.
השארתי למנהל הודעה.
האישור בדרך אליך.
הפרטים אצלך בוואטסאפ.
אשלח לך קישור במסרון.
תקבל הודעה עם הפרטים.
תישלח תזכורת יום לפני.
מחר בשש פנוי.
כן, הזמן הזה פנוי.
יש לנו מקום ביום שני בבוקר.
יש מחר בארבע או בחמש, מה מתאים?
נשאר מקום אחרון בשש.
המועד הקרוב הוא מחר בעשר.
הזמן הזה תפוס.
ביום שלישי הכול מלא.
אין תורים השבוע.
היומן מלא עד סוף החודש.
תספורת עולה חמישים שקלים.
תספורת עולה 320 שקלים.
המחיר הוא 99.90 ש״ח.
ייעוץ עולה מאה שקלים.
אנחנו פתוחים בשבת.
אנחנו פתוחים עד עשר בלילה.
ביום שישי פתוח עד ארבע.
אנחנו סגורים ביום שני.
אנחנו פתוחים 24 שעות.
נציג יחזור אליך בעוד שעה.
מישהו מהצוות יתקשר אליך.
""".strip().splitlines()


@pytest.mark.parametrize("lie", LIES)
def test_lie_is_caught_where_the_call_did_nothing(lie):
    assert told(guard(), lie) is not None


HARMLESS = """
בשמחה. איזה יום ושעה נוחים?
לקבוע לך תור?
רוצה שאקבע את זה?
אקבע לך מיד, מה השם המלא?
התור עדיין לא נקבע.
לבטל את התור של מחר?
אם השעה פנויה, אקבע לך.
יש מקום בשש?
לשלוח תזכורת?
לא שלחתי הודעה.
המספר נקלט, תודה.
רשמתי את השם, תודה.
עוד לא נקבע דבר. איזה יום ושעה נוחים?
אנחנו ברחוב הרצל עשר.
תודה על השיחה, יום נעים!
""".strip().splitlines()


@pytest.mark.parametrize("sentence", HARMLESS)
def test_sentence_that_claims_nothing_passes(sentence):
    assert told(guard(), sentence) is None


# --- for every time -------------------------------------------------------------------------------------------------
# By night "Monday at midnight" is Monday to one, Tuesday to another; between the parts of day a shift shows.
DAYTIME = st.builds(
    lambda day, minutes: local("2026-11-21T00:00") + timedelta(days=day, minutes=minutes),
    st.integers(1, 60),
    st.integers(5 * 12, 21 * 12).map(lambda fives: fives * 5),
)
SHIFTS = st.sampled_from([timedelta(days=1), timedelta(days=2), timedelta(hours=1), timedelta(minutes=30)])


@settings(max_examples=100, deadline=None)
@given(start=DAYTIME, shift=SHIFTS)
def test_what_the_server_words_is_true_of_its_time_and_of_no_other(start, shift):
    said = f"{start:%Y-%m-%d %H:%M}"
    other = start + shift if (start + shift).hour < 22 else start - shift
    ledger = guard()
    ledger.booked(said, "דנה כהן")
    assert told(ledger, appointment_say(start, name="דנה כהן", today=TODAY)) is None
    assert told(ledger, attendance_say(start, today=TODAY)) is None
    assert told(ledger, appointment_say(other, name="דנה כהן", today=TODAY)) is not None

    moved = guard()
    moved.moved(said)
    assert told(moved, rescheduled_say(start, today=TODAY)) is None
    assert told(moved, rescheduled_say(other, today=TODAY)) is not None

    cancelled = guard()
    cancelled.cancelled(said)
    assert told(cancelled, cancelled_say(start, today=TODAY)) is None
    if other.date() != start.date():
        assert told(cancelled, cancelled_say(other, today=TODAY)) is not None


@settings(max_examples=100, deadline=None)
@given(start=DAYTIME, shift=SHIFTS)
def test_offered_time_is_free_in_the_words_of_speech_and_no_other_is(start, shift):
    other = start + shift if (start + shift).hour < 22 else start - shift
    ledger = guard()
    ledger.offered((f"{start:%Y-%m-%d %H:%M}",))
    assert told(ledger, f"יש מקום {say_date(start.date(), TODAY)}, בשעה {say_time(start.time())}.") is None
    assert told(ledger, f"יש מקום {say_date(other.date(), TODAY)}, בשעה {say_time(other.time())}.") is not None
