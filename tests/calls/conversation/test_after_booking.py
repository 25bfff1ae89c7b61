"""What callers say of the appointment that was just made."""

from __future__ import annotations

import pytest

from calls.conversation.events import Reading
from calls.conversation.moves import Check, Goodbye, Reschedule, Say
from tests.support.talk import DANA, TODAY, Talk

TOMORROW = "2026-11-23"
TO_SEVEN = "confirm: להעביר את התור של מחר, בשעה שש בערב למחר, בשעה שבע בערב?"
TO_TUESDAY = "confirm: להעביר את התור של מחר, בשעה שש בערב ליום שלישי, בשעה שש בערב?"
STANDS = "fact: התור קבוע למחר, בשעה שש בערב. אפשר לעזור בעוד משהו?"
ONE_IN_A_CALL = "fact: כבר נקבע תור בשיחה הזאת."


def booked() -> Talk:
    """For tomorrow at six, at once."""
    call = Talk(require_phone=False, caller_phone=DANA).says("book", name="דנה לוי", day=TOMORROW, hour="18:00")
    return call.free().done()


@pytest.mark.parametrize("intent", ["no", "none", "book", "yes"])
@pytest.mark.parametrize("day", [None, TOMORROW])
def test_another_hour_is_a_move_of_it_after_a_yes(intent: str, day: str | None) -> None:
    """לא, אמרתי שבע; אבל ביקשתי בשבע; אני רוצה לקבוע תור מחר בשבע."""
    call = booked().says(intent, day=day, hour="19:00")
    assert call.moves == [Check(f"{TOMORROW} 19:00", None, 7)]
    assert call.free().told == [TO_SEVEN]
    assert len(call.written) == 1

    assert call.says("yes").moves == [Reschedule(7, f"{TOMORROW} 19:00", "")]
    call.done(f"{TOMORROW} 19:00")
    assert call.dialog.booked is not None
    assert call.dialog.booked.start == f"{TOMORROW} 19:00"
    assert not call.dialog.wants_staff


def test_another_day_alone_is_meant_at_the_same_hour() -> None:
    assert booked().says(day="2026-11-24").free().told == [TO_TUESDAY]


def test_who_does_not_want_it_moved_after_all_keeps_it() -> None:
    call = booked().says("no", hour="19:00").free().says("no")
    assert call.told == ["fact: התור נשאר כמו שהיה. אפשר לעזור בעוד משהו?"]
    assert len(call.written) == 1


def test_a_wish_that_is_repeated_while_the_move_is_asked_about_is_asked_about_again() -> None:
    call = booked().says("no", hour="19:00").free().says("book", day=TOMORROW, hour="19:00")
    assert call.told == [TO_SEVEN]
    assert call.says("book", day="2026-11-24", hour="18:00").free().told == [TO_TUESDAY]
    assert call.says("yes").moves == [Reschedule(7, "2026-11-24 18:00", "")]


def test_a_move_is_put_right_as_well() -> None:
    call = booked().says("no", hour="19:00").free().says("yes").done(f"{TOMORROW} 19:00")
    call.says("no", hour="18:00").free()
    assert call.told == ["confirm: להעביר את התור של מחר, בשעה שבע בערב למחר, בשעה שש בערב?"]


def test_a_doubtful_hour_is_asked_about_on_the_same_day() -> None:
    call = booked().says("no", hour="08:00", ambiguous=True, alternatives=((None, "20:00"),))
    assert call.told == ["confirm: הכוונה למחר, בשעה שמונה בבוקר?"]


@pytest.mark.parametrize("intent", ["no", "none", "book"])
def test_its_own_time_is_where_it_stands(intent: str) -> None:
    call = booked().says(intent, day=TOMORROW, hour="18:00")
    assert call.told == [STANDS]
    assert call.says("no").moves == [Goodbye()]


def test_its_own_time_in_one_of_two_meanings_is_where_it_stands() -> None:
    call = booked().says("no", hour="06:00", ambiguous=True, alternatives=((None, "18:00"),))
    assert call.told == [STANDS]


def test_a_goodbye_that_names_its_time_is_a_goodbye() -> None:
    assert booked().says(farewell=True, day=TOMORROW).moves == [Goodbye()]
    assert booked().says(farewell=True, day="2026-11-24").free().told == [TO_TUESDAY]


def test_what_was_said_before_they_heard_of_it_is_not_answered_twice() -> None:
    said = Reading(day=TOMORROW, hour="18:00")
    assert booked().dialog.read(said, today=TODAY, before_booking=True) == [Say()]


def test_a_question_about_another_time_moves_nothing() -> None:
    assert booked().says("question", asking=True, day="2026-11-24").moves == [Say()]


def test_who_would_rather_have_another_time_than_cancel_is_asked_about_the_move() -> None:
    call = booked().says("cancel").says("book", day=TOMORROW, hour="19:00")
    assert call.free().told == [TO_SEVEN]


# --- one more -------------------------------------------------------------------------------------------
def test_one_more_appointment_is_left_to_the_staff_before_its_time_is_named() -> None:
    call = booked().says("book", another=True)
    assert call.told[0].startswith(ONE_IN_A_CALL)
    assert call.dialog.wants_staff

    assert call.says(day="2026-11-24", hour="18:00").told[0].startswith(ONE_IN_A_CALL)
    assert call.says("no", hour="19:00").free().told == [TO_SEVEN]


def test_an_appointment_for_somebody_else_is_left_to_the_staff() -> None:
    call = booked().says("book", name="רון ברק", day="2026-11-24", hour="18:00")
    assert call.told[0].startswith(ONE_IN_A_CALL)
    assert booked().says("book", name="דנה", day="2026-11-24").free().told == [TO_TUESDAY]


def test_one_more_while_a_move_is_asked_about_leaves_it_where_it_is() -> None:
    call = booked().says("no", hour="19:00").free().says("book", another=True)
    assert call.told[0].startswith(ONE_IN_A_CALL)
    assert call.says("yes").moves == [Say()]
    assert len(call.written) == 1
