"""A caller moves or cancels an appointment by phone."""

from __future__ import annotations

import json

from calls.conversation.events import KnownAppointment, Reading
from calls.conversation.moves import Book, Cancel, Check, Find, Goodbye, HandOver, Hold, Reschedule, Say
from tests.support.talk import DANA, THURSDAY_TEN, TODAY, TUESDAY_SIX, Talk

WEDNESDAY_FIVE = {"day": "2026-11-25", "hour": "17:00"}
CANCEL_TUESDAY = "confirm: לבטל את התור של יום שלישי, בשעה שש בערב?"
CANCEL_THURSDAY = "confirm: לבטל את התור של יום חמישי, בשעה עשר בבוקר?"
MOVE_TUESDAY = "confirm: רשום תור ליום שלישי, בשעה שש בערב. לאיזה יום ושעה להעביר?"
TO_WEDNESDAY = "confirm: להעביר את התור של יום שלישי, בשעה שש בערב ליום רביעי, בשעה חמש אחר הצהריים?"
KEPT = "fact: התור נשאר כמו שהיה. אפשר לעזור בעוד משהו?"
PASSED_ON = "אעביר את הפרטים לנציג והוא יחזור אליך בהמשך."


# --- cancelling --------------------------------------------------------------------------------------
def test_an_appointment_is_found_by_the_callers_number_named_and_cancelled_on_a_yes() -> None:
    call = Talk(caller_phone=DANA).says("cancel")
    assert call.moves == [Find(DANA)]
    call.finds(TUESDAY_SIX)
    assert call.told == [CANCEL_TUESDAY]
    assert call.written == []

    call.says("yes")
    assert call.moves == [Cancel(7, DANA)]
    call.done("2026-11-24 18:00")

    tag, _, facts = call.told[0].partition(": ")
    assert tag == "appointment_cancelled"
    assert json.loads(facts) == {
        "appointment_id": 7,
        "start_iso": "2026-11-24T18:00:00+02:00",
        "customer_name": "דנה לוי",
        "say": "נעשה.",
    }
    assert call.moves[0] == Say(call.moves[0].item, lasting=True)
    assert call.dialog.outcome == "cancelled"


def test_a_change_of_mind_leaves_the_appointment_as_it_was() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX).says("no")
    assert call.told == [KEPT]
    assert call.says("no").moves == [Goodbye()]
    assert call.written == []
    assert call.dialog.outcome == ""


def test_to_say_cancel_when_asked_is_a_yes_and_to_ask_back_is_none() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX)
    call.says("cancel", asking=True)
    assert call.told == [CANCEL_TUESDAY]
    assert call.says("cancel").moves == [Cancel(7, DANA)]


def test_of_several_the_nearest_is_proposed_first() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX, THURSDAY_TEN)
    assert call.told == [CANCEL_TUESDAY]
    assert call.says("no").told == [CANCEL_THURSDAY]
    assert call.says("yes").moves == [Cancel(8, DANA)]


def test_whoever_turns_each_of_them_down_keeps_all() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX, THURSDAY_TEN).says("no").says("no")
    assert call.told == [KEPT]
    assert call.written == []


def test_the_day_that_the_caller_names_picks_one_of_several() -> None:
    call = Talk(caller_phone=DANA).says("cancel", from_day="2026-11-26").finds(TUESDAY_SIX, THURSDAY_TEN)
    assert call.told == [CANCEL_THURSDAY]


def test_another_one_may_be_named_when_the_wrong_one_was_proposed() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX, THURSDAY_TEN)
    assert call.says("no", day="2026-11-26").told == [CANCEL_THURSDAY]
    assert call.says("yes").moves == [Cancel(8, DANA)]


def test_a_yes_that_names_another_day_cancels_nothing() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX, THURSDAY_TEN)
    assert call.says("yes", day="2026-11-26").told == [CANCEL_THURSDAY]
    assert call.says("yes", day="2026-11-25").told == [CANCEL_THURSDAY]
    assert call.written == []


def test_a_second_yes_cancels_nothing_more() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX, THURSDAY_TEN).says("yes").done()
    call.says("yes").says("yes")
    assert call.written == [Cancel(7, DANA)]


def test_a_question_in_between_is_answered_and_nothing_happens() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX).says("question", asking=True)
    assert call.moves == [Say()]
    assert call.says("yes").moves == [Cancel(7, DANA)]


def test_too_late_is_said_as_the_booking_rules_word_it_and_left_to_the_staff() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX).says("yes")
    call.refused("too_late", say="אפשר לבטל או להזיז תור עד שעתיים לפני תחילתו. אחר כך רק דרך הצוות.")
    assert call.told == [f"fact: אפשר לבטל או להזיז תור עד שעתיים לפני תחילתו. אחר כך רק דרך הצוות. {PASSED_ON}"]
    assert call.dialog.wants_staff
    assert call.dialog.outcome == "message"


def test_what_the_staff_changed_meanwhile_is_left_to_them() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX).says("yes").refused("unknown_appointment")
    assert call.told == [f"fact: התור השתנה בינתיים, ואי אפשר לשנות אותו מכאן. {PASSED_ON}"]


# --- moving ------------------------------------------------------------------------------------------
def test_without_a_new_time_the_caller_hears_which_appointment_and_is_asked_where_to() -> None:
    call = Talk(caller_phone=DANA).says("reschedule").finds(TUESDAY_SIX)
    assert call.told == [MOVE_TUESDAY]
    assert call.dialog.asked == "time"

    call.says(**WEDNESDAY_FIVE)
    assert call.moves == [Check("2026-11-25 17:00", None, 7)]
    call.free()
    assert call.moves == [Reschedule(7, "2026-11-25 17:00", DANA)]
    assert call.done("2026-11-25 17:00").told[0].startswith("appointment_rescheduled: {")
    assert call.dialog.outcome == "rescheduled"


def test_a_request_that_says_everything_is_carried_out() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", from_day="2026-11-24", **WEDNESDAY_FIVE).finds(TUESDAY_SIX)
    assert call.free().moves == [Reschedule(7, "2026-11-25 17:00", DANA)]


def test_a_question_about_another_time_asks_before_anything_is_moved() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", asking=True, **WEDNESDAY_FIVE).finds(TUESDAY_SIX).free()
    assert call.told == [TO_WEDNESDAY]
    assert call.says("yes").moves == [Reschedule(7, "2026-11-25 17:00", DANA)]


def test_of_several_it_is_asked_first_which_one() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", **WEDNESDAY_FIVE).finds(TUESDAY_SIX, THURSDAY_TEN)
    assert call.told == ["confirm: רשום תור ליום שלישי, בשעה שש בערב. זה התור שמדובר בו?"]
    assert call.says("no").told == ["confirm: רשום תור ליום חמישי, בשעה עשר בבוקר. זה התור שמדובר בו?"]
    assert call.says("yes").moves == [Check("2026-11-25 17:00", None, 8)]
    assert call.free().moves == [Reschedule(8, "2026-11-25 17:00", DANA)]


def test_a_person_helps_where_none_of_them_is_meant() -> None:
    call = Talk(caller_phone=DANA).says("reschedule").finds(TUESDAY_SIX, THURSDAY_TEN).says("no").says("no")
    assert call.told == ["confirm: אין תור אחר ברשימה. להעביר את הפרטים לנציג שיחזור בהמשך?"]
    assert call.says("yes").told == [f"fact: {PASSED_ON}"]
    assert call.dialog.wants_staff


def test_a_day_that_fits_no_appointment_is_not_taken_for_the_only_one() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", from_day="2026-11-25", day="2026-11-27", hour="10:00")
    call.finds(TUESDAY_SIX)
    assert call.told == ["confirm: רשום תור ליום שלישי, בשעה שש בערב. זה התור שמדובר בו?"]


def test_an_hour_alone_means_the_same_day_and_is_confirmed() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", hour="17:00").finds(TUESDAY_SIX)
    assert call.moves == [Check("2026-11-24 17:00", None, 7)]
    assert call.free().told == ["confirm: להעביר את התור של יום שלישי, בשעה שש בערב ליום שלישי, בשעה חמש אחר הצהריים?"]


def test_a_day_alone_asks_for_the_hour() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", day="2026-11-25").finds(TUESDAY_SIX)
    assert call.told == ["confirm: רשום תור ליום שלישי, בשעה שש בערב. באיזו שעה נוח ביום רביעי?"]
    assert call.says(hour="17:00").moves == [Check("2026-11-25 17:00", None, 7)]


def test_the_time_it_has_already_is_no_new_time() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", day="2026-11-24", hour="18:00").finds(TUESDAY_SIX)
    assert call.told == ["confirm: התור כבר רשום ליום שלישי, בשעה שש בערב. לאיזה מועד אחר להעביר?"]


def test_a_taken_time_offers_others_and_the_chosen_one_is_taken() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", **WEDNESDAY_FIVE).finds(TUESDAY_SIX)
    call.checked(ok=False, error="slot_taken", suggestions=("2026-11-25 16:00", "2026-11-25 18:00"))
    assert call.told == [
        "slot_unavailable: 2026-11-25 17:00; reason=slot_taken; alternatives=2026-11-25 16:00,2026-11-25 18:00"
    ]
    assert call.says("yes").told == [
        "confirm: מה מתאים יותר: ביום רביעי בשעה ארבע אחר הצהריים, או ביום רביעי בשעה שש בערב?"
    ]
    assert call.says(choice="second").moves == [Check("2026-11-25 18:00", None, 7)]
    assert call.free().moves == [Reschedule(7, "2026-11-25 18:00", DANA)]


def test_a_time_lost_in_the_last_moment_offers_others() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", **WEDNESDAY_FIVE).finds(TUESDAY_SIX).free()
    call.refused("slot_taken", suggestions=("2026-11-25 16:00",))
    assert call.told == ["slot_unavailable: 2026-11-25 17:00; reason=slot_taken; alternatives=2026-11-25 16:00"]
    assert call.says("yes").moves == [Check("2026-11-25 16:00", None, 7)]


def test_a_doubtful_hour_is_asked_about_before_the_calendar_is() -> None:
    doubt = {"ambiguous": True, "alternatives": (("2026-11-25", "20:00"),)}
    call = Talk(caller_phone=DANA).says("reschedule", day="2026-11-25", hour="08:00", **doubt).finds(TUESDAY_SIX)
    assert call.told == ["confirm: הכוונה ליום רביעי, בשעה שמונה בבוקר?"]
    assert call.says("no").told == ["confirm: הכוונה ליום רביעי, בשעה שמונה בערב?"]
    assert call.says("yes").moves == [Check("2026-11-25 20:00", None, 7)]
    assert call.free().told == ["confirm: להעביר את התור של יום שלישי, בשעה שש בערב ליום רביעי, בשעה שמונה בערב?"]


def test_never_mind_when_asked_where_to_moves_nothing() -> None:
    call = Talk(caller_phone=DANA).says("reschedule").finds(TUESDAY_SIX).says("no")
    assert call.told == [KEPT]
    assert call.written == []


def test_no_with_another_time_is_checked_and_asked_anew() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", asking=True, **WEDNESDAY_FIVE).finds(TUESDAY_SIX).free()
    assert call.says("no", hour="16:00").moves == [Check("2026-11-25 16:00", None, 7)]
    assert call.free().told[0].startswith("confirm: להעביר את התור של יום שלישי, בשעה שש בערב ליום רביעי, בשעה ארבע")


def test_a_yes_that_names_another_time_does_not_move_it_to_the_one_asked_about() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", asking=True, **WEDNESDAY_FIVE).finds(TUESDAY_SIX).free()
    assert call.says("yes", hour="16:00").moves == [Check("2026-11-25 16:00", None, 7)]
    assert call.written == []


def test_after_a_move_another_time_is_about_the_same_appointment_and_always_asked() -> None:
    call = (
        Talk(caller_phone=DANA).says("reschedule", **WEDNESDAY_FIVE).finds(TUESDAY_SIX).free().done("2026-11-25 17:00")
    )
    assert call.says(hour="18:00").moves == [Check("2026-11-25 18:00", None, 7)]
    assert call.free().told == ["confirm: להעביר את התור של יום רביעי, בשעה חמש אחר הצהריים ליום רביעי, בשעה שש בערב?"]
    assert len(call.written) == 1


def test_after_leaving_it_as_it_was_a_further_time_is_not_a_booking() -> None:
    call = Talk(caller_phone=DANA).says("reschedule").finds(TUESDAY_SIX).says("no").says(**WEDNESDAY_FIVE)
    assert call.moves == [Check("2026-11-25 17:00", None, 7)]
    assert call.free().told == [TO_WEDNESDAY]


def test_rather_move_it_than_cancel_it() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX).says("reschedule", **WEDNESDAY_FIVE)
    assert call.moves == [Check("2026-11-25 17:00", None, 7)]


# --- whose appointment -------------------------------------------------------------------------------
def test_a_withheld_number_is_asked_for_by_keys() -> None:
    call = Talk().says("cancel")
    assert call.told == ["need_phone"]
    assert call.dialog.number_asked
    call.keys("0521234567")
    assert call.told == ["phone_captured: 052-123-4567"]
    assert call.moves[-1] == Find(DANA)
    assert call.finds(TUESDAY_SIX).told == [CANCEL_TUESDAY]


def test_a_keyed_number_hears_day_and_hour_and_no_name() -> None:
    call = Talk().says("cancel").keys("0521234567").finds(TUESDAY_SIX).says("yes").done("2026-11-24 18:00")
    assert '"customer_name": ""' in call.told[0]


def test_under_a_keyed_number_no_request_is_carried_out_unasked() -> None:
    call = Talk().says("reschedule", **WEDNESDAY_FIVE).keys("0521234567").finds(TUESDAY_SIX).free()
    assert call.told == [TO_WEDNESDAY]


def test_nothing_under_the_callers_number_asks_for_another_one() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds()
    assert call.told == ["fact: לא נמצא תור במספר שממנו מתקשרים. אפשר לבדוק במספר אחר.", "need_phone"]
    assert call.keys("0538127746").moves[-1] == Find("+972538127746")


def test_nothing_anywhere_is_said_kindly_and_a_booking_or_a_person_offered() -> None:
    call = Talk().says("cancel").keys("0521234567").finds()
    assert call.told == [
        "confirm: לא נמצא תור במספר הזה. אפשר לקבוע תור חדש, או להעביר את הפרטים לנציג שיחזור בהמשך. להעביר?"
    ]
    call.says("book", name="דנה", day="2026-11-23", hour="18:00")
    assert call.moves == [Check("2026-11-23 18:00", None)]


def test_two_impossible_numbers_lead_to_a_message() -> None:
    call = Talk().says("cancel")
    assert call.keys("12345").told == ["need_phone; reason=invalid_phone"]
    assert call.keys("99999").told == ["confirm: אי אפשר למצוא את התור בלי מספר. להעביר את הפרטים לנציג שיחזור בהמשך?"]
    assert call.says("no").told == ["fact: בסדר גמור. אפשר לעזור בעוד משהו?"]
    assert not call.dialog.wants_staff


def test_nobody_goes_through_other_peoples_numbers() -> None:
    call = Talk()
    for number in ("0521111111", "0522222222"):
        call.says("cancel").keys(number).finds()
    call.says("cancel").keys("0523333333")
    assert call.told == ["confirm: אי אפשר למצוא את התור בלי מספר. להעביר את הפרטים לנציג שיחזור בהמשך?"]
    assert [move.phone for move in call.all if isinstance(move, Find)] == ["+972521111111", "+972522222222"]


def test_whoever_has_no_number_is_offered_a_person() -> None:
    assert Talk().says("cancel").says("no").told[0].startswith("confirm: אי אפשר למצוא את התור בלי מספר.")


def test_a_calendar_that_fails_changes_nothing_and_promises_a_call() -> None:
    call = Talk(caller_phone=DANA).says("cancel")
    call.moves = call.dialog.appointments_found((), ok=False, today=None)  # type: ignore[arg-type]  # not looked at
    assert call.told == [f"fact: יש תקלה זמנית ביומן. {PASSED_ON}"]
    assert call.dialog.wants_staff


def test_a_calendar_that_answers_late_still_tells_what_it_did() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX).says("yes")
    writing = call.moves
    assert call.dialog.calendar_silent() == [Say(f"[SERVER] fact: יש תקלה זמנית ביומן. {PASSED_ON}")]
    assert call.says("yes").told == [f"fact: יש תקלה זמנית ביומן. {PASSED_ON}"]
    call.moves = writing
    assert call.done().told[0].startswith("appointment_cancelled")
    assert len(call.written) == 1


# --- the appointment of this call --------------------------------------------------------------------
def booked() -> Talk:
    call = Talk(require_phone=False, caller_phone=DANA).says("book", name="דנה לוי", day="2026-11-23", hour="18:00")
    return call.free().done()


def test_what_was_just_booked_is_cancelled_without_looking_for_it() -> None:
    call = booked().says("cancel")
    assert call.told == ["confirm: לבטל את התור של מחר, בשעה שש בערב?"]
    call.says("yes").done()
    assert call.dialog.outcome == "cancelled"
    assert call.dialog.booked is None


def test_after_cancelling_it_another_one_may_be_booked() -> None:
    call = booked().says("cancel").says("yes").done().says("book", **WEDNESDAY_FIVE).free()
    assert isinstance(call.moves[0], Book)


def test_no_with_another_hour_after_booking_asks_whether_to_move_it() -> None:
    call = booked().says("no", hour="16:00")
    assert call.moves == [Check("2026-11-23 16:00", None, 7)]
    assert call.free().told[0].startswith("confirm: להעביר את התור של מחר, בשעה שש בערב למחר, בשעה ארבע אחר הצהריים?")
    call.says("yes").done("2026-11-23 16:00")
    assert call.dialog.booked is not None
    assert call.dialog.booked.start == "2026-11-23 16:00"
    assert call.dialog.outcome == "booked"


def test_another_appointment_than_the_one_just_booked_is_looked_for() -> None:
    assert booked().says("cancel", from_day="2026-11-26").moves == [Find(DANA)]


# --- late words --------------------------------------------------------------------------------------
def test_a_yes_said_before_the_question_answers_nothing() -> None:
    call = Talk(caller_phone=DANA).says("cancel")
    earlier = call.dialog.question
    call.finds(TUESDAY_SIX)
    assert call.says("yes", question=earlier).told == [CANCEL_TUESDAY]
    assert call.says("cancel", question=earlier).told == [CANCEL_TUESDAY]
    assert call.written == []


# --- on the way --------------------------------------------------------------------------------------
def test_a_number_may_be_said_as_well() -> None:
    assert Talk().says("cancel").says(phone="0521234567").moves[-1] == Find(DANA)


def test_the_number_booked_under_is_looked_under_when_the_callers_has_nothing() -> None:
    call = Talk(caller_phone="+972538127746").says(phone="0521234567").says("cancel").finds()
    assert call.moves == [Find(DANA)]


def test_a_day_that_is_over_is_no_new_time() -> None:
    call = Talk(caller_phone=DANA).says("reschedule").finds(TUESDAY_SIX).says(no_day="past")
    assert call.told == ["confirm: ליום שכבר עבר אי אפשר לקבוע. יש יום אחר שנוח?"]
    assert call.says("yes", no_day="unreal").told[0].startswith("confirm: אין תאריך כזה בלוח השנה.")


def test_a_yes_with_a_day_that_is_none_moves_nothing() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", asking=True, **WEDNESDAY_FIVE).finds(TUESDAY_SIX).free()
    call.says("yes", no_day="past")
    assert call.told == ["confirm: ליום שכבר עבר אי אפשר לקבוע. יש יום אחר שנוח?"]
    assert call.written == []


def test_chatter_does_not_ask_the_calendar_again_about_a_refused_time() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", **WEDNESDAY_FIVE).finds(TUESDAY_SIX)
    call.checked(ok=False, error="closed_day").says()
    assert call.moves == [Say()]


def test_chatter_repeats_the_question() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", **WEDNESDAY_FIVE).finds(TUESDAY_SIX, THURSDAY_TEN).says()
    assert call.told == ["confirm: רשום תור ליום שלישי, בשעה שש בערב. זה התור שמדובר בו?"]


def test_what_is_said_again_while_it_is_being_asked_about_changes_nothing() -> None:
    call = Talk(caller_phone=DANA).says("cancel", from_day="2026-11-24").finds(TUESDAY_SIX, THURSDAY_TEN)
    assert call.says("yes", from_day="2026-11-24").moves == [Cancel(7, DANA)]


def test_a_calendar_that_fails_while_a_time_is_checked_promises_a_call() -> None:
    call = Talk(caller_phone=DANA).says("reschedule", **WEDNESDAY_FIVE).finds(TUESDAY_SIX)
    call.checked(ok=False, error="failure")
    assert call.told == [f"fact: יש תקלה זמנית ביומן. {PASSED_ON}"]


def test_an_offer_of_a_person_may_be_passed_over() -> None:
    call = Talk().says("cancel").keys("0521234567").finds().says("question", asking=True)
    assert call.moves == [Say()]
    assert not call.dialog.wants_staff


def test_keys_pressed_while_a_change_is_asked_about_repeat_the_question() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX).keys("0538127746")
    assert call.told == [CANCEL_TUESDAY]


def test_keys_pressed_while_it_is_written_change_nothing() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX).says("yes").keys("0538127746")
    assert call.moves == [Say()]


def test_who_would_rather_book_leaves_everything_as_it_is() -> None:
    call = Talk(caller_phone=DANA, require_phone=False).says("cancel").finds(TUESDAY_SIX)
    call.says("book", name="דנה", **WEDNESDAY_FIVE)
    assert call.moves == [Check("2026-11-25 17:00", None)]
    assert isinstance(call.free().moves[0], Book)


def test_an_appointment_of_an_earlier_stream_of_the_call_may_be_changed() -> None:
    call = Talk(booked=KnownAppointment(7, "2026-11-24 18:00", "", "דנה לוי")).says("cancel")
    assert call.told == [CANCEL_TUESDAY]
    assert call.says("yes").moves == [Cancel(7, "")]


def test_another_appointment_beside_the_one_of_this_call_is_left_to_the_staff() -> None:
    call = booked().says("book", another=True, **WEDNESDAY_FIVE)
    assert call.told[0].startswith("fact: כבר נקבע תור בשיחה הזאת.")
    assert call.dialog.wants_staff


# --- late words about a booking ------------------------------------------------------------------------
def test_a_sentence_heard_late_is_not_asked_about_twice() -> None:
    """The name was said before the number was keyed, and understood after it."""
    call = Talk().says("book")
    assert call.told == ["need_name"]
    name_asked = call.dialog.question
    call.keys("0521234567")
    assert call.told == ["phone_captured: 052-123-4567", "need_name"]
    call.says(name="דנה לוי", question=name_asked)
    assert call.moves == [Say()]
    assert call.dialog.asked == "time"


def test_who_asks_for_a_moment_before_a_question_was_heard_gets_it() -> None:
    call = Talk().says("book")
    assert call.says(wants_wait=True, question=call.dialog.question - 1).moves == [Hold()]


def test_a_yes_said_before_the_time_was_offered_books_nothing() -> None:
    call = Talk(require_phone=False).says("question", asking=True, name="דנה", day="2026-11-23", hour="18:00")
    before = call.dialog.question
    call.free()
    assert call.says("yes", question=before).told == ["slot_available: 2026-11-23 18:00"]
    assert call.written == []
    assert isinstance(call.says("yes").moves[0], Book)


def test_the_calendar_may_ask_for_what_is_missing() -> None:
    call = Talk(require_phone=False).says("book", name="דנה", day="2026-11-23", hour="18:00").free()
    assert call.refused("need_name").told == ["need_name"]
    assert call.says(name="דנה לוי").refused("invalid_phone").told == ["need_phone; reason=invalid_phone"]
    assert call.keys("0521234567").refused("failure").told == [f"fact: יש תקלה זמנית ביומן. {PASSED_ON}"]


def test_consent_that_was_never_given_is_asked_for_at_the_end() -> None:
    call = Talk(require_phone=False).says("question", asking=True, day="2026-11-23", hour="18:00").free()
    call.says("question", asking=True)
    assert call.told == ["need_name"]
    assert call.says(name="דנה").told == ["confirm: אז מחר, בשעה שש בערב, על שם דנה. לקבוע?"]
    assert call.says("yes").moves == [Book("2026-11-23 18:00", "דנה", "", None)]


def test_an_impossible_number_that_was_said_is_asked_again() -> None:
    assert Talk().says("book", name="דנה", phone="12").told == ["need_phone; reason=invalid_phone"]


# --- a person ------------------------------------------------------------------------------------------
def test_whoever_asks_for_a_person_is_put_through_with_what_the_call_is_about() -> None:
    call = Talk(caller_phone=DANA).says("cancel").finds(TUESDAY_SIX)
    wish = Reading(intent="question", wants_person=True, wants_to_talk=True)
    assert call.dialog.read(wish, today=TODAY, person_there=True) == [HandOver("transfer", "ביטול תור")]
    assert call.dialog.read(wish, today=TODAY) == [Say(f"[SERVER] fact: {PASSED_ON}")]


def test_whoever_wants_something_sent_is_put_through_to_nobody() -> None:
    wish = Reading(wants_person=True)
    assert Talk().dialog.read(wish, today=TODAY, person_there=True) == [Say(f"[SERVER] fact: {PASSED_ON}")]


def test_what_the_call_is_about_is_known_once_it_was_said() -> None:
    assert Talk().dialog.topic == ""
    assert Talk().says("book").dialog.topic == "קביעת תור"
    assert booked().dialog.topic == "קביעת תור"
    assert Talk().says("reschedule").dialog.topic == "שינוי תור"
