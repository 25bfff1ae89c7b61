"""What was done, and what was wrong: the caller must have heard it."""

from calls.conversation import actions as do
from calls.conversation import events as ev
from tests.support.scripted_call import ScriptedCall

BOOKED = "התור נקבע בהצלחה: מחר, בשעה שש בערב, על שם דנה."


def booked() -> ScriptedCall:
    """The appointment is made, and the assistant is asked to say so."""
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("דנה, תקבעי לי מחר בשש", name="דנה", intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    call.calendar_books()
    return call


def interrupted(call: ScriptedCall, text: str, *, after_ms: int) -> None:
    """The assistant says `text` in three seconds, and the caller takes the floor with a question."""
    call.assistant_begins(text, 3000)
    call.audio_is_sent(f"item_resp_{call._responses}", 3000)
    call.time_passes(after_ms)
    call.caller_says("רגע, מה השעות שלכם?", intent="question")


def test_a_booking_that_was_not_heard_is_told_again_once():
    call = booked()
    interrupted(call, BOOKED, after_ms=500)
    assert call.items()[-1] == f"[SERVER] fact: {BOOKED}"
    interrupted(call, BOOKED, after_ms=500)

    assert call.items().count(f"[SERVER] fact: {BOOKED}") == 1


def test_a_booking_that_was_heard_far_enough_is_not_told_again():
    call = booked()
    interrupted(call, BOOKED, after_ms=2_500)

    assert f"[SERVER] fact: {BOOKED}" not in call.items()
    assert not call.conversation.telling.deed_unheard


def test_a_booking_whose_answer_had_not_begun_when_the_caller_went_on_is_told_again():
    call = booked()
    call.caller_says("רגע, מה השעות שלכם?", intent="question")
    call.happens(ev.ResponseCreated(call.now, "late", call.all(do.CreateResponse)[-1].intent_id))
    call.happens(ev.ResponseDone(call.now, "late", "cancelled"))

    assert call.items()[-1] == f"[SERVER] fact: {BOOKED}"


def test_a_correction_that_was_cut_is_said_again():
    call = ScriptedCall().greeted()
    call.caller_says("שלום", intent="none")
    item = call.audio_arrives(call.response_begins(), 2000)
    call.audio_is_sent(item, 2000)
    call.time_passes(1500)
    call.assistant_words(item, "קבעתי לך תור למחר בשש.")
    call.happens(ev.ResponseDone(call.now, f"resp_{call._responses}", "cancelled"))
    correction = call.items()[-1]
    assert correction.startswith("[SERVER] correction: ")
    for _ in range(3):
        interrupted(call, "התור עדיין לא נקבע.", after_ms=400)

    assert call.items().count(correction) == 3  # and not a fourth time


def test_a_correction_into_which_the_caller_talks_at_length_is_said_again():
    call = ScriptedCall().greeted()
    call.caller_says("שלום", intent="none")
    item = call.audio_arrives(call.response_begins(), 2000)
    call.audio_is_sent(item, 2000)
    call.time_passes(1500)
    call.assistant_words(item, "קבעתי לך תור למחר בשש.")
    call.happens(ev.ResponseDone(call.now, f"resp_{call._responses}", "cancelled"))
    correction = call.items()[-1]
    response = call.response_begins()
    item = call.audio_arrives(response, 2000)
    call.audio_is_sent(item, 2000)
    call.time_passes(200)
    user = call.caller_starts()
    call.time_passes(3_100)
    call.happens_timer("barge_in")  # nobody accompanies a sentence for so long
    call.happens(ev.ResponseDone(call.now, response, "cancelled"))
    call.caller_stops(user, 4_000)
    call.happens(ev.CallerTranscript(call.now, user, "אני רוצה לקבוע תור מחר בשש בערב"))
    call.happens(ev.Understood(call.now, call.last(do.RunUnderstanding).request_id, ev.Reading()))

    assert call.items().count(correction) == 2


def test_the_truth_that_takes_the_place_of_a_confirmation_must_be_heard_as_well():
    call = booked()
    item = call.audio_arrives(call.response_begins(), 2000)
    call.assistant_words(item, "התור שלך נקבע למחר בשבע בערב.")
    call.happens(ev.ResponseDone(call.now, f"resp_{call._responses}", "cancelled"))
    truth = call.items()[-1]
    assert "שש" in truth
    interrupted(call, "התור רשום למחר, בשעה שש בערב.", after_ms=400)

    assert call.items()[-1] == truth


def test_a_price_that_was_wrong_does_not_make_the_booking_unheard():
    facts = ev.KnownFacts(prices=(("cut", "80"),))
    call = ScriptedCall(require_phone=False, services=(("cut", "תספורת"),), known=facts).greeted()
    call.caller_says("דנה, תקבעי לי מחר בשש", name="דנה", intent="book", day="2026-11-23", hour="18:00", service="cut")
    call.calendar_says_free()
    call.calendar_books()
    item = call.audio_arrives(call.response_begins(), 2000)
    call.assistant_words(item, "תספורת אצלנו עולה מאה ועשרים שקלים.")
    call.happens(ev.ResponseDone(call.now, f"resp_{call._responses}", "cancelled"))

    assert call.last(do.NoteFalseClaim).kind == "price"
    assert f"[SERVER] fact: {BOOKED}" in call.items()
    assert "שמונים" in call.items()[-1]
