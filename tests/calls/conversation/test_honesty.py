"""What the assistant says is held against what was done: false sentences are cut, or corrected."""

from calls.conversation import actions as do
from calls.conversation import events as ev
from tests.support.scripted_call import ScriptedCall, only


def lied_to(text: str, *, heard_ms: int = 0, **facts: object) -> ScriptedCall:
    """A caller who asked for tomorrow at six and hears `text`, of which so much was played when its last word came."""
    call = ScriptedCall(**facts).greeted()
    call.caller_says("אני רוצה תור מחר בשש", intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    response = call.response_begins()
    item = call.audio_arrives(response, 2000)
    if heard_ms:
        call.audio_is_sent(item, 2000)
        call.time_passes(heard_ms)
    call.assistant_words(item, text)
    return call


def test_a_false_booking_is_cut_before_a_word_of_it_is_heard():
    call = lied_to("קבעתי לך תור למחר בשש.")

    assert call.all(do.StopPlayback)
    assert call.last(do.NoteFalseClaim) == do.NoteFalseClaim("booked", heard=False)
    call.happens(ev.ResponseDone(call.now, "resp_2", "cancelled"))
    assert call.items()[-2].startswith("[SERVER] fact: ")
    assert call.items()[-1] == "[SERVER] slot_available: 2026-11-23 18:00"
    assert call.all(do.CreateResponse)[-1].intent_id == "r3"


def test_a_false_booking_that_was_heard_is_corrected_before_anything_else():
    call = lied_to("קבעתי לך תור למחר בשש.", heard_ms=1500)

    assert call.last(do.NoteFalseClaim) == do.NoteFalseClaim("booked", heard=True)
    call.caller_says("תודה", intent="none")
    call.happens(ev.ResponseDone(call.now, "resp_2", "cancelled"))
    assert [item for item in call.items() if item.startswith("[SERVER] correction: ")]


def test_a_sentence_that_may_be_false_is_held_until_its_last_word():
    call = lied_to("קבעתי לך ")

    assert call.all(do.PausePlayback)
    assert not call.all(do.NoteFalseClaim)


def test_a_doubtful_sentence_that_turns_out_true_goes_on_where_it_was_held():
    call = ScriptedCall().greeted()
    call.caller_says("שלום", intent="none")
    item = call.audio_arrives(call.response_begins(), 2000)
    call.assistant_words(item, "קבעתי לך ")
    held = call.last(do.PausePlayback)
    resumed = call.assistant_words(item, "בעבר תור אצלנו, נכון?")

    assert only(resumed, do.ResumePlayback) == [do.ResumePlayback(held.generation, item, 0)]


def test_what_was_done_may_be_said():
    call = lied_to("מעולה, הזמן הזה פנוי. לקבוע אותו עכשיו?")
    call.happens(ev.ResponseDone(call.now, "resp_2", "completed"))

    assert not call.all(do.NoteFalseClaim)
    assert not call.all(do.StopPlayback)


def test_the_servers_own_sentence_is_true():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("דנה, תקבעי לי מחר בשש", name="דנה", intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    call.calendar_books()
    call.assistant_says("התור נקבע בהצלחה: מחר, בשעה שש בערב, על שם דנה. אפשר לעזור בעוד משהו?")

    assert not call.all(do.NoteFalseClaim)


def test_a_wrong_hour_in_a_confirmation_is_corrected():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("דנה, תקבעי לי מחר בשש", name="דנה", intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    call.calendar_books()
    call.assistant_says("התור נקבע בהצלחה: מחר, בשעה שבע בערב, על שם דנה.")

    assert call.last(do.NoteFalseClaim).kind == "booked"
    assert "שש" in call.items()[-1]


def test_a_promise_to_call_back_is_kept_not_corrected():
    call = ScriptedCall().greeted()
    call.caller_says("יש לכם חניה?", intent="question")
    call.assistant_says("אעביר את הפרטים לנציג והוא יחזור אליך בהמשך.")
    call.hangs_up()

    assert call.last(do.FinishCall).call_back
    assert not call.all(do.NoteFalseClaim)


def test_an_assistant_that_keeps_lying_is_replaced_by_the_menu():
    call = lied_to("קבעתי לך תור למחר בשש.")
    for number in range(3, 7):
        if call.lines():
            break
        call.happens(ev.ResponseDone(call.now, f"resp_{number - 1}", "cancelled"))
        item = call.audio_arrives(call.response_begins(), 1500)
        call.assistant_words(item, "התור שלך נקבע למחר בשש.")

    assert call.lines() == ["offline_menu_no_person"]


def test_what_was_heard_of_a_false_sentence_that_was_cut_off_is_corrected():
    call = ScriptedCall().greeted()
    call.caller_says("שלום", intent="none")
    item = call.audio_arrives(call.response_begins(), 2000)
    call.audio_is_sent(item, 2000)
    call.time_passes(1500)
    call.happens(ev.ReplyWords(call.now, item, "התור שלך נקבע"))
    user = call.caller_starts()
    call.caller_stops(user)
    call.happens(ev.CallerTranscript(call.now, user, "מה?"))
    call.happens(ev.Understood(call.now, call.last(do.RunUnderstanding).request_id, ev.Reading()))
    call.happens(ev.ResponseDone(call.now, "resp_2", "cancelled"))

    assert call.items()[-1].startswith("[SERVER] correction: ")


def test_an_appointment_that_was_found_may_be_spoken_of():
    call = ScriptedCall(caller_phone="+972521234567").greeted()
    call.caller_says("אני רוצה להזיז את התור שלי", intent="reschedule")
    find = call.last(do.FindAppointments)
    there = ev.KnownAppointment(7, "2026-11-24 18:00", name="דנה לוי")
    call.happens(ev.AppointmentsFound(call.now, find.request_id, (there,)))
    call.assistant_says("רשום תור ליום שלישי, בשעה שש בערב. לאיזה יום ושעה להעביר?")
    call.caller_says("עזבי, לא צריך", intent="no")
    call.assistant_says("בסדר גמור, התור שלך נשאר ביום שלישי בשש בערב.")

    assert not call.all(do.NoteFalseClaim)
