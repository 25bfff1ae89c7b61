"""What the assistant said wrong is put right in our own voice, where it cannot do so itself any more."""

from __future__ import annotations

import pytest

from calls.conversation import actions as do
from calls.conversation import events as ev
from tests.support.scripted_call import ScriptedCall

LINES_OF_A_MENU = "offline_menu_no_person"


def lied_to(text: str = "קבעתי לך תור למחר בשש.", **facts: object) -> ScriptedCall:
    """A caller who asked for tomorrow at six and has heard a lie to its end."""
    call = ScriptedCall(**facts).greeted()
    call.caller_says("אני רוצה תור מחר בשש", intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    item = call.audio_arrives(call.response_begins(), 2000)
    call.audio_is_sent(item, 2000)
    call.time_passes(1900)
    call.assistant_words(item, text)
    assert call.last(do.NoteFalseClaim).heard
    return call


def test_a_session_that_is_lost_for_good_leaves_no_lie_standing():
    call = lied_to()
    call.provider_is_lost(fatal=True)

    assert call.lines() == ["correction_not_booked", LINES_OF_A_MENU]


def test_a_correction_that_was_begun_when_the_session_broke_is_said_by_us():
    call = lied_to()
    call.happens(ev.ResponseDone(call.now, "resp_2", "cancelled"))
    response = call.response_begins()
    call.assistant_words(f"item_{response}", "רגע, תיקון שלי: התור ")
    call.audio_is_sent(call.audio_arrives(response, 3000), 3000)
    call.time_passes(600)
    call.provider_is_lost(fatal=True)

    assert call.lines() == ["correction_not_booked", LINES_OF_A_MENU]


@pytest.mark.parametrize(
    ("lie", "line"),
    [
        ("התור שלך בוטל.", "correction_not_cancelled"),
        ("העברתי את התור.", "correction_not_moved"),
        ("שלחתי לך הודעה.", "correction_not_sent"),
        ("תספורת עולה אצלנו חמישים שקלים.", "correction_not_exact"),
    ],
)
def test_each_lie_has_a_line_of_ours(lie: str, line: str):
    call = lied_to(lie)
    call.provider_is_lost(fatal=True)

    assert call.lines()[0] == line


def test_who_asks_for_the_keys_hears_the_correction_first():
    call = lied_to()
    call.caller_keys("*")

    assert call.lines() == ["correction_not_booked", "key_menu_no_person"]
    assert not [item for item in call.items() if item.startswith("[SERVER] correction")]


def test_a_goodbye_of_ours_comes_after_the_correction():
    call = lied_to()
    call.caller_says("תודה, להתראות", farewell=True)
    call.provider_is_lost(fatal=True)

    assert call.lines() == ["correction_not_booked", "goodbye"]


def test_where_nobody_knows_what_was_heard_the_caller_is_told_how_things_are():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור מחר בשש", intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    item = call.audio_arrives(call.response_begins(), 1200)
    call.audio_is_sent(item, 1200)
    call.assistant_words(item, "הת")  # of "התור שלך בוטל", a second behind its sound
    call.time_passes(1200)
    call.provider_is_lost(fatal=True)

    assert call.lines() == ["correction_maybe", "not_booked", LINES_OF_A_MENU]


def test_what_nobody_knows_and_nobody_heard_is_cut():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    item = call.audio_arrives(call.response_begins(), 2000)
    call.audio_is_sent(item, 2000)
    call.time_passes(200)
    call.provider_is_lost()

    assert call.all(do.StopPlayback)
    assert not call.items()[-1].startswith("[SERVER] correction")


def test_words_ahead_of_their_sound_are_let_play():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    response = call.response_begins()
    call.assistant_words(f"item_{response}", "מה השם המלא, ")
    item = call.audio_arrives(response, 1200)
    call.audio_is_sent(item, 1200)
    call.time_passes(600)
    call.provider_is_lost()

    assert not call.all(do.StopPlayback)


def test_a_change_that_was_not_heard_of_is_told_before_the_menu():
    call = ScriptedCall(caller_phone="+972521234567").greeted()
    call.caller_says("להעביר למחר בשבע", intent="reschedule", day="2026-11-23", hour="19:00")
    there = ev.KnownAppointment(7, "2026-11-24 18:00", name="דנה לוי")
    call.happens(ev.AppointmentsFound(call.now, call.last(do.FindAppointments).request_id, (there,)))
    call.happens(ev.SlotChecked(call.now, call.last(do.CheckSlot).request_id, ev.SlotAnswer(ok=True)))
    answer = ev.SlotAnswer(ok=True, appointment_id=7, start_iso="2026-11-23T19:00:00+02:00", say="התור הועבר.")
    call.happens(ev.BookingAnswered(call.now, call.last(do.MoveAppointment).request_id, answer))
    call.provider_is_lost(fatal=True)

    line = call.all(do.PlayLine)[0]
    assert (line.key, line.values) == ("appointment_stands", {"start": "2026-11-23 19:00", "today": "2026-11-22"})
