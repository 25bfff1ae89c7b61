"""What the server tells the model while a caller books."""

import json

import pytest

from calls.conversation import actions as do
from calls.conversation import events as ev
from tests.support.scripted_call import ScriptedCall, only

TOMORROW_AT_SIX = {"intent": "book", "day": "2026-11-23", "hour": "18:00"}


def test_a_free_time_is_announced_then_name_and_phone_are_asked_and_then_it_is_booked():
    call = ScriptedCall().greeted()

    call.caller_says("אני רוצה לקבוע תור למחר בשש בערב", **TOMORROW_AT_SIX)
    assert call.last(do.CheckSlot).start == "2026-11-23 18:00"
    call.calendar_says_free()
    assert call.items() == ["[SERVER] slot_available: 2026-11-23 18:00"]
    call.assistant_says("מעולה, הזמן הזה פנוי. רוצה שאקבע אותו עכשיו?")

    call.caller_says("כן", intent="yes")
    assert call.items()[-1] == "[SERVER] need_name"
    call.assistant_says("מה השם המלא שלך?")

    call.caller_says("דנה כהן", name="דנה כהן")
    assert call.items()[-1] == "[SERVER] need_phone"
    call.assistant_says("אפשר לקבל מספר טלפון?")

    call.caller_keys("0521234567#")
    assert call.items()[-1] == "[SERVER] phone_captured: 052-123-4567"
    assert call.last(do.BookAppointment) == do.BookAppointment(
        call.last(do.BookAppointment).request_id, "2026-11-23 18:00", "דנה כהן", "+972521234567", None
    )

    told = call.calendar_books()
    item = only(told, do.AddServerItem)[0].text
    assert item.startswith("[SERVER] appointment_created: {")
    assert json.loads(item.removeprefix("[SERVER] appointment_created: ")) == {
        "appointment_id": 7,
        "start_iso": "2026-11-23T18:00:00+02:00",
        "customer_name": "דנה כהן",
        "say": "התור נקבע בהצלחה: מחר, בשעה שש בערב, על שם דנה כהן.",
    }
    assert only(told, do.CreateResponse)


def test_nothing_says_created_before_the_calendar_has_booked():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("קוראים לי דנה, תקבעי לי מחר בשש", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()

    assert call.all(do.BookAppointment)
    assert not [item for item in call.items() if "appointment_created" in item]
    call.calendar_books()
    assert "appointment_created" in call.items()[-1]


def test_a_second_yes_books_nothing_more():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("קוראים לי דנה, תקבעי לי מחר בשש", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.calendar_books()
    call.assistant_says("התור נקבע בהצלחה")

    call.caller_says("כן", intent="yes")
    call.assistant_says("מעולה")
    call.caller_says("כן כן", intent="yes")

    assert len(call.all(do.BookAppointment)) == 1


def test_a_question_about_a_time_is_answered_and_not_taken_for_consent():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("קוראים לי דנה, יש לכם פנוי מחר בשש?", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()

    assert call.items() == ["[SERVER] slot_available: 2026-11-23 18:00"]
    assert not call.all(do.BookAppointment)


def test_an_unavailable_time_offers_the_alternatives_and_the_chosen_one_is_checked_and_booked():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור למחר בשש ורבע, על שם דנה", name="דנה", intent="book", day="2026-11-23", hour="18:15")
    call.calendar_answers(ok=False, error="off_grid", suggestions=("2026-11-23 18:00", "2026-11-23 19:00"))
    assert call.items() == [
        "[SERVER] slot_unavailable: 2026-11-23 18:15; reason=off_grid; alternatives=2026-11-23 18:00,2026-11-23 19:00"
    ]
    call.assistant_says("יש שש או שבע")

    call.caller_says("בשבע", hour="07:00", ambiguous=True, alternatives=((None, "19:00"),))

    assert call.last(do.CheckSlot).start == "2026-11-23 19:00"
    call.calendar_says_free()
    assert call.last(do.BookAppointment).start == "2026-11-23 19:00"


def test_after_a_refusal_another_part_of_another_day_leaves_the_hour_open():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור למחר בעשר בבוקר, דנה", name="דנה", intent="book", day="2026-11-23", hour="10:00")
    call.calendar_answers(ok=False, error="conflict", suggestions=("2026-11-23 11:00",))
    call.assistant_says("תפוס")

    call.caller_says("אז ביום חמישי בערב", day="2026-11-26", part_of_day=True)
    assert len(call.all(do.CheckSlot)) == 1  # not Thursday at ten in the morning
    call.assistant_says("באיזו שעה?")

    call.caller_says("בשבע", hour="19:00")
    assert call.last(do.CheckSlot).start == "2026-11-26 19:00"


def test_an_hour_said_before_any_day_stays_when_the_day_comes_with_its_part():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור בשש בערב", intent="book", hour="18:00")
    call.assistant_says("באיזה יום?")

    call.caller_says("ביום חמישי בערב", day="2026-11-26", part_of_day=True)

    assert call.last(do.CheckSlot).start == "2026-11-26 18:00"


def test_after_a_refusal_chatter_does_not_ask_the_calendar_again():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור לשבת בעשר", intent="book", day="2026-11-28", hour="10:00")
    call.calendar_answers(ok=False, error="closed_day", suggestions=("2026-11-29 10:00", "2026-11-29 11:00"))
    call.assistant_says("בשבת סגור")

    call.caller_says("אה, חבל")

    assert len(call.all(do.CheckSlot)) == 1


def test_missing_facts_are_asked_in_the_order_name_phone_then_day_and_hour():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה לקבוע תור", intent="book")
    call.assistant_says("מה השם המלא שלך?")
    call.caller_says("דנה כהן", name="דנה כהן")
    call.assistant_says("אפשר לקבל מספר טלפון?")
    call.caller_keys("0521234567#")

    assert call.items() == [
        "[SERVER] need_name",
        "[SERVER] need_phone",
        "[SERVER] phone_captured: 052-123-4567",
        "[SERVER] confirm: יש יום ושעה שנוחים?",
    ]
    call.assistant_says("איזה יום ושעה נוחים?")
    call.caller_says("מחר בשש", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    assert call.last(do.BookAppointment).start == "2026-11-23 18:00"


def test_volunteered_facts_are_never_asked_again():
    call = ScriptedCall().greeted()
    call.caller_says(
        "שלום כאן אסף רז, הנייד 0538127746, תור ליום חמישי בשש", name="אסף רז", phone="0538127746", **TOMORROW_AT_SIX
    )
    call.calendar_says_free()

    assert call.items() == []
    assert call.last(do.BookAppointment).phone == "+972538127746"


def test_an_impossible_keyed_number_is_refused_and_asked_again():
    call = ScriptedCall().greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.assistant_says("הזמן הזה פנוי")

    call.caller_keys("12345#")

    assert call.items()[-1] == "[SERVER] need_phone; reason=invalid_phone"
    assert not call.all(do.BookAppointment)


def test_star_clears_the_keys_and_a_late_pound_is_harmless():
    call = ScriptedCall().greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.assistant_says("הזמן הזה פנוי")

    call.caller_keys("0529999*0521234567")
    call.time_passes(2000)
    call.happens_timer("keypad")
    booked = call.last(do.BookAppointment)
    call.caller_keys("#")

    assert booked.phone == "+972521234567"
    assert len(call.all(do.BookAppointment)) == 1


def test_an_ambiguous_hour_is_confirmed_before_the_calendar_is_asked():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says(
        "תור לדנה ביום חמישי בשמונה",
        name="דנה",
        intent="book",
        day="2026-11-26",
        hour="08:00",
        ambiguous=True,
        alternatives=(("2026-11-26", "20:00"),),
    )
    assert not call.all(do.CheckSlot)
    assert call.items()[-1].startswith("[SERVER] confirm: ")
    call.assistant_says("הכוונה לשמונה בבוקר?")

    call.caller_says("לא", intent="no")
    assert call.items()[-1].startswith("[SERVER] confirm: ")
    call.assistant_says("הכוונה לשמונה בערב?")
    call.caller_says("כן", intent="yes")

    assert call.last(do.CheckSlot).start == "2026-11-26 20:00"


def test_the_loser_of_a_race_is_offered_other_times():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.booking_answers(ok=False, error="slot_taken", suggestions=("2026-11-23 17:00", "2026-11-23 19:00"))

    assert call.items()[-1] == (
        "[SERVER] slot_unavailable: 2026-11-23 18:00; reason=slot_taken; alternatives=2026-11-23 17:00,2026-11-23 19:00"
    )


def test_a_booking_is_announced_even_if_the_caller_talked_meanwhile():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.caller_says("כן, תקבעי", intent="yes")

    call.calendar_books()

    assert "appointment_created" in call.items()[-1]
    assert len(call.all(do.BookAppointment)) == 1


def test_an_appointment_is_cancelled_after_the_caller_agreed_to_it():
    call = ScriptedCall(caller_phone="+972521234567").greeted()
    call.caller_says("אני צריכה לבטל את התור", intent="cancel")
    found = call.last(do.FindAppointments)
    call.happens(ev.AppointmentsFound(call.now, found.request_id, (ev.KnownAppointment(7, "2026-11-23 18:00"),)))
    assert call.items() == ["[SERVER] confirm: לבטל את התור של מחר, בשעה שש בערב?"]
    call.assistant_says("לבטל את התור של מחר, בשעה שש בערב?")
    assert not call.all(do.CancelAppointment)

    call.caller_says("כן", intent="yes")
    wish = call.last(do.CancelAppointment)
    answer = ev.SlotAnswer(ok=True, appointment_id=7, start_iso="2026-11-23T18:00:00+02:00", say="התור של מחר בוטל.")
    call.happens(ev.BookingAnswered(call.now, wish.request_id, answer))
    call.assistant_says("התור של מחר בוטל.")
    call.hangs_up()

    assert (wish.appointment_id, wish.phone) == (7, "+972521234567")
    assert call.items()[-1].startswith("[SERVER] appointment_cancelled: {")
    assert call.last(do.FinishCall).outcome == "cancelled"


def test_caller_id_is_used_where_the_owner_trusts_it():
    call = ScriptedCall(caller_phone="+972521234567", trust_caller_id=True).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()

    assert call.last(do.BookAppointment).phone == "+972521234567"


def test_a_yes_that_repeats_the_time_is_a_yes():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("דנה, יש מחר בשש?", name="דנה", intent="question", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    call.assistant_says("הזמן הזה פנוי")

    call.caller_says("כן, מחר בשש", intent="yes", day="2026-11-23", hour="18:00")

    assert call.last(do.BookAppointment).start == "2026-11-23 18:00"


def test_a_no_with_another_time_asks_the_calendar_about_that_time():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("דנה, תור למחר בשש?", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.assistant_says("הזמן הזה פנוי")

    call.caller_says("לא, בחמש", intent="no", hour="17:00")

    assert call.last(do.CheckSlot).start == "2026-11-23 17:00"


def test_a_calendar_that_does_not_answer_is_said_and_left_to_the_staff():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.time_passes(3500)
    said = call.happens_timer("calendar")

    assert only(said, do.CreateResponse)
    assert call.items()[-1].startswith("[SERVER] fact: ")
    call.hangs_up()
    assert call.last(do.FinishCall).outcome == "message"


def test_a_booking_that_is_answered_late_is_still_announced():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.time_passes(3500).happens_timer("calendar")
    call.assistant_says("יש תקלה זמנית ביומן")

    call.calendar_books()

    assert "appointment_created" in call.items()[-1]


def test_a_calendar_timer_of_an_answered_question_says_nothing():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("יש מחר בשש?", **TOMORROW_AT_SIX)
    call.caller_utters("בעצם רגע")
    assert not only(call.happens_timer("calendar"), do.AddServerItem)


def understood(call, request, **reading):
    return call.happens(ev.Understood(call.now, request.request_id, ev.Reading(**reading)))


def test_two_sentences_in_a_row_are_both_read():
    call = ScriptedCall(require_phone=False).greeted()
    first = call.last(do.RunUnderstanding, of=call.caller_utters("תור מחר בעשר"))
    second = call.last(do.RunUnderstanding, of=call.caller_utters("על שם דנה לוי"))

    understood(call, second, name="דנה לוי")
    understood(call, first, intent="book", day="2026-11-23", hour="10:00")
    call.calendar_says_free()

    booked = call.last(do.BookAppointment)
    assert (booked.start, booked.name) == ("2026-11-23 10:00", "דנה לוי")


def test_keys_pressed_after_a_booking_book_nothing_more():
    call = ScriptedCall(caller_phone="+972521234567", trust_caller_id=True).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.calendar_books()
    call.assistant_says("התור נקבע בהצלחה")

    call.caller_keys("0521111111#")

    assert len(call.all(do.BookAppointment)) == 1
    assert len([item for item in call.items() if "appointment_created" in item]) == 1


def test_keys_pressed_while_the_appointment_is_written_change_nothing_of_it():
    call = ScriptedCall(caller_phone="+972521234567", trust_caller_id=True).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.caller_keys("0521111111#")
    call.calendar_books()
    call.hangs_up()

    assert len(call.all(do.BookAppointment)) == 1
    assert call.last(do.FinishCall).outcome == "booked"


def test_a_caller_who_asks_again_while_the_calendar_is_late_gets_no_second_booking():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.time_passes(3500).happens_timer("calendar")
    call.assistant_says("יש תקלה זמנית ביומן")
    call.caller_says("הלו?")
    call.assistant_says("יש תקלה זמנית ביומן")

    call.calendar_books()

    assert len(call.all(do.BookAppointment)) == 1
    assert "appointment_created" in call.items()[-1]


def test_a_no_said_while_the_appointment_was_written_asks_whether_to_cancel_and_is_no_goodbye():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.caller_says("לא רגע, לא לקבוע", intent="no")
    call.calendar_books()

    created, question = call.items()[-2:]
    assert created.startswith("[SERVER] appointment_created: {")
    assert question == "[SERVER] confirm: לבטל את התור של מחר, בשעה שש בערב?"
    assert not call.conversation.ended


def test_a_no_with_another_hour_after_the_booking_does_not_end_the_call():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_says_free()
    call.calendar_books()
    call.assistant_says("התור נקבע. אפשר לעזור בעוד משהו?")
    call.caller_says("לא, רציתי בשלוש", intent="no", hour="15:00")
    call.assistant_says("בשמחה")

    assert not call.conversation.ended


def test_whoever_asks_for_a_person_is_promised_a_call_and_the_promise_is_kept():
    call = ScriptedCall().greeted()
    call.caller_says("אפשר לדבר עם נציג?", intent="question", wants_person=True)
    call.hangs_up()

    assert call.items() == ["[SERVER] fact: אעביר את הפרטים לנציג והוא יחזור אליך בהמשך."]
    assert call.last(do.FinishCall).call_back


EIGHT = {"day": "2026-11-26", "hour": "08:00", "ambiguous": True, "alternatives": (("2026-11-26", "20:00"),)}


def test_the_answer_to_which_hour_keeps_the_day_that_was_said():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור לדנה ביום חמישי בשמונה", name="דנה", intent="book", **EIGHT)
    assert call.items()[-1] == "[SERVER] confirm: הכוונה ליום חמישי, בשעה שמונה בבוקר?"
    call.assistant_says("הכוונה ליום חמישי, בשעה שמונה בבוקר?")

    call.caller_says("שמונה בערב", hour="20:00")

    assert call.last(do.CheckSlot).start == "2026-11-26 20:00"


def test_the_answer_to_which_day_keeps_the_hour_that_was_said():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says(
        "תור לדנה ביום שלישי ה-25 בנובמבר בחמש",
        name="דנה",
        intent="book",
        day="2026-11-25",
        hour="17:00",
        ambiguous=True,
        alternatives=(("2026-11-24", "17:00"),),
    )
    call.assistant_says("הכוונה ליום רביעי?")

    call.caller_says("התכוונתי ליום רביעי", day="2026-11-25")

    assert call.last(do.CheckSlot).start == "2026-11-25 17:00"


def test_after_no_to_every_reading_the_day_is_still_known():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור לדנה ביום חמישי בשמונה", name="דנה", intent="book", **EIGHT)
    call.assistant_says("הכוונה לשמונה בבוקר?")
    call.caller_says("לא", intent="no")
    call.assistant_says("הכוונה לשמונה בערב?")
    call.caller_says("לא", intent="no")
    call.assistant_says("איזה יום ושעה נוחים?")

    call.caller_says("בעשר", hour="10:00")

    assert call.last(do.CheckSlot).start == "2026-11-26 10:00"


PAST_DAY = "[SERVER] confirm: ליום שכבר עבר אי אפשר לקבוע. יש יום אחר שנוח?"
NO_SUCH_DATE = "[SERVER] confirm: אין תאריך כזה בלוח השנה. יש יום אחר שנוח?"


def test_a_day_that_is_over_asks_for_another_one_and_books_nothing():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("קוראים לי דנה, תקבעי לי לאתמול בחמש", name="דנה", intent="book", no_day="past")

    assert call.items() == [PAST_DAY]
    assert not call.all(do.CheckSlot)
    call.assistant_says("ליום שכבר עבר אי אפשר לקבוע. יש יום אחר שנוח?")

    call.caller_says("אז מחר בשש", day="2026-11-23", hour="18:00")
    assert call.last(do.CheckSlot).start == "2026-11-23 18:00"


def test_the_hour_of_a_date_that_does_not_exist_is_kept():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור ל-31 ביוני בחמש", intent="book", hour="17:00", no_day="unreal")
    assert call.items() == [NO_SUCH_DATE]
    call.assistant_says("אין תאריך כזה")

    call.caller_says("אז ב-30 ביוני", day="2027-06-30")

    assert call.last(do.CheckSlot).start == "2027-06-30 17:00"


def test_naming_an_impossible_day_takes_back_the_time_that_was_offered():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("דנה, יש מחר בשש?", name="דנה", intent="question", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    call.assistant_says("הזמן הזה פנוי. לקבוע?")

    call.caller_says("כן, ב-31.6", intent="yes", no_day="unreal")

    assert call.items()[-1] == NO_SUCH_DATE
    call.assistant_says("אין תאריך כזה")
    call.caller_says("כן", intent="yes")
    assert not call.all(do.BookAppointment)


def test_alternatives_that_were_not_said_are_not_consented_to():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("דנה, תור להיום בתשע", name="דנה", intent="book", day="2026-11-22", hour="09:00")
    call.calendar_answers(ok=False, error="past", suggestions=("2026-11-22 19:00",))
    assert call.items()[-1] == "[SERVER] slot_unavailable: 2026-11-22 09:00; reason=past; alternatives=2026-11-22 19:00"
    call.assistant_says("השעה הזאת כבר עברה. מתי עוד נוח?")

    call.caller_says("כן", intent="yes")

    assert not call.all(do.BookAppointment)


# --- two times were offered ---------------------------------------------------------------------------
TWO = ("2026-11-23 17:00", "2026-11-23 19:00")
WHICH = "[SERVER] confirm: מה מתאים יותר: מחר בשעה חמש אחר הצהריים, או מחר בשעה שבע בערב?"


def two_times_offered():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("תור למחר בשש, דנה", name="דנה", **TOMORROW_AT_SIX)
    call.calendar_answers(ok=False, error="slot_taken", suggestions=TWO)
    call.assistant_says("הזמן הזה לא פנוי. יש חמש או שבע")
    return call


def test_a_bare_yes_to_two_times_takes_neither_and_is_asked_which():
    call = two_times_offered()
    assert call.conversation.server.dialog.asked == "which"

    call.caller_says("כן", intent="yes")

    assert call.items()[-1] == WHICH
    assert len(call.all(do.CheckSlot)) == 1


@pytest.mark.parametrize(
    ("said", "choice", "start"),
    [
        ("הראשון", "first", TWO[0]),
        ("השני", "second", TWO[1]),
        ("המוקדם", "earlier", TWO[0]),
        ("המאוחר יותר", "later", TWO[1]),
    ],
)
def test_one_of_two_times_may_be_pointed_at(said, choice, start):
    call = two_times_offered()
    call.caller_says(said, choice=choice)
    assert call.last(do.CheckSlot).start == start
    call.calendar_says_free()
    assert call.last(do.BookAppointment).start == start


def test_a_no_to_both_times_books_neither():
    call = two_times_offered()
    call.caller_says("לא", intent="no")
    call.caller_says("כן", intent="yes")
    assert len(call.all(do.CheckSlot)) == 1
    assert not call.all(do.BookAppointment)


# --- which service -------------------------------------------------------------------------------------
CUTS = (("men", "תספורת גברים"), ("women", "תספורת נשים"), ("color", "צבע"))
VAGUE = {"vague_service": ("men", "women"), "name": "דנה"}


def test_words_that_fit_two_services_are_asked_about_before_the_calendar_is():
    call = ScriptedCall(require_phone=False, services=CUTS).greeted()
    call.caller_says("תספורת מחר בשש, דנה", **TOMORROW_AT_SIX, **VAGUE)
    assert call.items() == ["[SERVER] confirm: לאיזה שירות לקבוע: תספורת גברים או תספורת נשים?"]
    assert not call.all(do.CheckSlot)
    call.assistant_says("לאיזה שירות לקבוע?")

    call.caller_says("נשים", service="women")

    assert (call.last(do.CheckSlot).start, call.last(do.CheckSlot).service) == ("2026-11-23 18:00", "women")


def test_the_service_may_be_pointed_at():
    call = ScriptedCall(require_phone=False, services=CUTS).greeted()
    call.caller_says("תספורת מחר בשש, דנה", **TOMORROW_AT_SIX, **VAGUE)
    call.assistant_says("לאיזה שירות לקבוע?")
    call.caller_says("הראשון", choice="first")
    assert call.last(do.CheckSlot).service == "men"


def test_a_service_asked_for_in_vain_is_left_to_the_staff():
    call = ScriptedCall(require_phone=False, services=CUTS).greeted()
    call.caller_says("תספורת מחר בשש, דנה", **TOMORROW_AT_SIX, **VAGUE)
    call.assistant_says("לאיזה שירות לקבוע?")
    call.caller_says("לא משנה")
    assert not call.all(do.CheckSlot)
    call.assistant_says("לאיזה שירות לקבוע?")
    call.caller_says("לא יודעת")
    assert call.last(do.CheckSlot).service is None
    call.hangs_up()
    assert call.last(do.FinishCall).call_back


def test_many_possible_services_are_not_read_out():
    many = tuple((f"cut{number}", f"תספורת {number}") for number in range(6))
    call = ScriptedCall(services=many).greeted()
    call.caller_says("תספורת", intent="book", vague_service=tuple(slug for slug, _ in many))
    assert call.items() == ["[SERVER] confirm: לאיזה שירות בדיוק לקבוע?"]


# --- what cannot be heard ----------------------------------------------------------------------------
def test_twice_unheard_the_caller_is_offered_the_keys():
    call = ScriptedCall().greeted()
    for _ in range(2):
        item = call.caller_starts()
        call.time_passes(2000)
        call.caller_stops(item)
        call.happens(ev.TranscriptFailed(call.now, item))
        call.assistant_says("…")

    assert call.items() == [
        "[SERVER] confirm: לא בטוח ששמעתי טוב, אפשר לחזור על זה?",
        "[SERVER] confirm: עדיין לא נשמע טוב. אפשר גם להקיש: לקביעת תור מקישים אחת, להשארת הודעה שתיים.",
    ]
    call.caller_keys("1")
    call.time_passes(2000)
    call.happens_timer("keypad")
    assert call.all(do.FindSlots)


def test_a_caller_who_asks_for_a_moment_gets_no_answer_now():
    call = ScriptedCall().greeted()
    told = call.caller_says("רגע אחד", wants_wait=True)
    assert not only(told, do.CreateResponse)
