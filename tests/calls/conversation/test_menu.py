"""A call by keys alone, while nobody can speak for the business."""

from __future__ import annotations

import pytest

from calls.conversation.events import SlotAnswer
from calls.conversation.moves import Book, CloseMenu, End, FindSlots, HandOver, Reschedule, Speak
from tests.support.talk import DANA, TODAY, TUESDAY_SIX, Keys, Talk

SIX, SEVEN, TEN = "2026-11-23 18:00", "2026-11-23 19:00", "2026-11-24 10:00"
TRANSFER = {"can_transfer": True, "open_ms": ((0, 3_600_000),)}


def test_a_caller_books_the_first_free_time_with_two_keys_and_hears_a_goodbye() -> None:
    call = Keys(caller_phone=DANA, caller_name="דנה לוי").opens()
    assert call.lines == ["offline_menu_no_person"]
    assert call.press("1").moves == [FindSlots("", 3, None)]
    assert call.slots(SIX, SEVEN).moves == [Speak("offline_slots", {"start": SIX, "today": "2026-11-22"})]
    assert call.press("1").moves == [Book(SIX, "דנה לוי", DANA, None)]
    assert call.booked().moves == [
        Speak("offline_booked", {"start": SIX, "today": "2026-11-22"}),
        End("booked by keys"),
    ]
    assert call.talk.dialog.outcome == "booked"
    assert not call.talk.dialog.wants_staff


def test_without_a_name_the_staff_are_to_ask_for_it() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots(SIX).press("1")
    assert call.moves == [Book(SIX, "הזמנה טלפונית", DANA, None)]
    call.booked()
    assert call.talk.dialog.wants_staff


def test_two_goes_on_to_the_next_time_and_asks_the_calendar_for_more() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots(SIX, SEVEN)
    assert call.press("2").moves == [Speak("offline_next_slot", {"start": SEVEN, "today": "2026-11-22"})]
    assert call.press("2").moves == [FindSlots(SEVEN, 3, None)]
    assert call.slots(TEN).press("1").moves == [Book(TEN, "הזמנה טלפונית", DANA, None)]


def test_star_goes_back_to_the_menu_and_the_times_begin_anew() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots(SIX, SEVEN).press("2*")
    assert call.lines == ["offline_menu_no_person"]
    assert call.press("1").moves == [FindSlots("", 3, None)]


def test_a_time_that_was_not_heard_is_not_taken() -> None:
    call = Keys(caller_phone=DANA).opens().press("1")
    call.press("11")  # impatient
    assert call.moves == []
    call.slots(SIX)
    assert call.press("1", heard=0.2).lines == ["offline_slots"]
    assert call.books == []
    assert call.press("1", heard=0.9).moves == [Book(SIX, "הזמנה טלפונית", DANA, None)]


def test_a_second_press_books_nothing_more() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots(SIX).press("1111")
    assert len(call.books) == 1
    call.booked().press("11")
    assert len(call.books) == 1


def test_a_withheld_number_is_keyed_read_back_and_confirmed() -> None:
    call = Keys().opens().press("1").slots(SIX)
    assert call.press("1").lines == ["need_phone"]
    assert call.menu.wants_number
    assert call.number("0521234567").moves == [Speak("phone_readback", {"phone": "0521234567"})]
    assert not call.menu.wants_number
    assert call.press("1").moves == [Book(SIX, "הזמנה טלפונית", DANA, None)]


def test_a_number_read_back_wrongly_is_keyed_again() -> None:
    call = Keys().opens().press("1").slots(SIX).press("1").number("0521234567").press("2")
    assert call.lines == ["need_phone"]
    assert call.menu.wants_number
    assert call.number("0538127746").press("1").books == [Book(SIX, "הזמנה טלפונית", "+972538127746", None)]


def test_an_unheard_number_is_not_confirmed() -> None:
    call = Keys().opens().press("1").slots(SIX).press("1").number("0521234567")
    assert call.press("1", heard=0.3).lines == ["phone_readback"]
    assert call.books == []


@pytest.mark.parametrize("digits", ["", "12345", "0" * 16, "9" * 40])
def test_an_impossible_number_is_refused_and_the_third_time_a_message_is_taken(digits: str) -> None:
    call = Keys().opens().press("1").slots(SIX).press("1")
    assert call.number(digits).lines == ["phone_invalid"]
    assert call.number(digits).lines == ["phone_invalid"]
    assert call.number(digits).moves == [HandOver("voicemail", "keys")]


def test_star_asks_for_the_number_again() -> None:
    call = Keys().opens().press("1").slots(SIX).press("1*")
    assert call.lines == ["need_phone"]
    assert call.menu.wants_number


def test_a_time_lost_to_somebody_else_leads_to_the_next_one() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots(SIX, SEVEN).press("1").refused("slot_taken")
    assert call.moves == [Speak("offline_next_slot", {"start": SEVEN, "today": "2026-11-22"})]
    call.press("1").booked()
    assert [book.start for book in call.books] == [SIX, SEVEN]


def test_a_number_that_the_calendar_refuses_is_asked_for() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots(SIX).press("1").refused("invalid_phone")
    assert call.lines == ["phone_invalid"]
    assert call.menu.wants_number


def test_no_free_time_is_said_and_a_message_may_be_left() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots()
    assert call.lines == ["offline_no_slots"]
    assert call.press("2").moves == [HandOver("voicemail", "message")]


def test_a_person_is_offered_only_when_one_can_be_reached() -> None:
    there = Keys(**TRANSFER).opens()
    assert there.lines == ["offline_menu"]
    assert there.press("0").moves == [HandOver("transfer", "menu")]

    closed = Keys(**TRANSFER)
    closed.now = 3_600_000
    assert closed.opens().lines == ["offline_menu_no_person"]
    assert closed.press("0").lines == ["not_understood_key", "offline_menu_no_person"]


def test_a_person_may_be_asked_for_while_a_time_is_offered() -> None:
    call = Keys(caller_phone=DANA, **TRANSFER).opens().press("1").slots(SIX)
    assert call.press("0").moves == [HandOver("transfer", "menu")]


def test_three_wrong_keys_lead_to_the_machine_that_takes_messages() -> None:
    call = Keys().opens().press("7")
    assert call.lines == ["not_understood_key", "offline_menu_no_person"]
    assert call.press("89").moves == [HandOver("voicemail", "keys")]


def test_a_right_key_forgives_the_wrong_ones() -> None:
    call = Keys(caller_phone=DANA).opens().press("781").slots(SIX).press("55")
    assert call.lines == ["not_understood_key", "offline_slots"]


def test_a_telephone_without_keys_hears_the_menu_once_more_and_may_leave_a_message() -> None:
    call = Keys().opens()
    assert call.silence().lines == ["offline_menu_no_person"]
    assert call.silence().moves == [HandOver("voicemail", "silent")]


def test_a_key_breaks_the_silence() -> None:
    call = Keys(caller_phone=DANA).opens().silence().press("1").slots(SIX)
    assert call.silence().lines == ["offline_slots"]


def test_after_the_pound_key_nothing_is_wrong() -> None:
    call = Keys(caller_phone=DANA).opens().press("1#")
    assert call.moves == []


def test_a_calendar_that_fails_leads_to_a_message() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots(ok=False)
    assert call.moves == [HandOver("voicemail", "calendar")]
    late = Keys(caller_phone=DANA).opens().press("1")
    assert late.menu.calendar_silent(0) == [HandOver("voicemail", "calendar")]


def test_a_booking_that_is_answered_late_is_waited_for_and_told() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots(SIX).press("1")
    book = call.moves
    assert call.menu.calendar_silent(0) == [Speak("moment")]
    assert call.talk.dialog.wants_staff
    call.moves = book
    assert call.booked().lines == ["offline_booked"]


def test_a_booking_that_is_never_answered_ends_in_a_message() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots(SIX).press("1").silence()
    assert call.moves == [HandOver("voicemail", "silent")]


# --- what the assistant had begun --------------------------------------------------------------------
def about_to_book() -> Talk:
    return Talk(require_phone=False).says("book", name="דנה לוי", day="2026-11-23", hour="18:00").free()


def test_what_was_said_before_is_not_asked_again() -> None:
    call = Keys(after=Talk().says("book", name="דנה לוי", phone="0521234567", service="haircut"))
    call.opens().press("1")
    assert call.moves == [FindSlots("", 3, "haircut")]
    assert call.slots(SIX).press("1").moves == [Book(SIX, "דנה לוי", DANA, "haircut")]


def test_a_booking_on_its_way_is_waited_for_when_the_assistant_is_lost() -> None:
    call = Keys(after=about_to_book())
    assert call.opens().moves == [Speak("moment")]
    assert call.booked().lines == ["offline_booked"]


def test_a_move_on_its_way_is_noted_and_the_menu_read() -> None:
    talk = Talk(caller_phone=DANA).says("reschedule", day="2026-11-25", hour="17:00").finds(TUESDAY_SIX).free()
    assert isinstance(talk.moves[0], Reschedule)
    call = Keys(after=talk).opens()
    moved = SlotAnswer(ok=True, appointment_id=7, start_iso="2026-11-25T17:00:00+02:00", say="התור הועבר.")
    call.moves = call.menu.booking_answered(moved, today=TODAY, at_ms=0)
    assert call.lines == ["offline_menu_no_person"]
    assert call.talk.dialog.outcome == "rescheduled"


def test_an_appointment_nobody_has_heard_of_yet_is_told_first() -> None:
    call = Keys(after=about_to_book().done())
    assert call.opens(unheard=True).lines == ["offline_booked"]


def test_nobody_books_twice_in_a_call() -> None:
    call = Keys(after=about_to_book().done()).opens().press("1")
    assert call.moves == [Speak("offline_booked", {"start": SIX, "today": "2026-11-22"}), End("booked by keys")]
    assert len(call.books) == 1


# --- keys by choice ----------------------------------------------------------------------------------
def test_a_caller_may_choose_the_keys_and_the_assistant_tells_what_came_of_it() -> None:
    call = Keys(chosen=True, caller_phone=DANA, caller_name="דנה לוי").opens()
    assert call.lines == ["key_menu_no_person"]
    call.press("1").slots(SIX).press("1").booked()
    (back,) = call.moves
    assert isinstance(back, CloseMenu)
    assert back.lasting
    assert (back.item or "").startswith("[SERVER] appointment_created: {")


def test_who_finds_no_way_by_keys_goes_back_to_the_assistant() -> None:
    back = CloseMenu("[SERVER] confirm: אפשר גם פשוט לדבר. איך אפשר לעזור?")
    assert Keys(chosen=True).opens().press("789").moves == [back]
    assert Keys(chosen=True).opens().silence().silence().moves == [back]


def test_a_person_who_cannot_be_reached_will_call_back() -> None:
    call = Keys(chosen=True).opens().press("0")
    assert call.moves == [CloseMenu("[SERVER] fact: אעביר את הפרטים לנציג והוא יחזור אליך בהמשך.")]
    assert call.talk.dialog.wants_staff


def test_whoever_booked_already_hears_so_from_the_assistant() -> None:
    call = Keys(chosen=True, after=about_to_book().done()).opens().press("1")
    (back,) = call.moves
    assert isinstance(back, CloseMenu)
    assert (back.item or "").startswith("[SERVER] fact: כבר נקבע תור בשיחה הזאת.")


def test_times_that_come_after_the_caller_went_back_are_not_read() -> None:
    call = Keys(caller_phone=DANA).opens().press("1*").slots(SIX)
    assert call.moves == []


def test_a_booking_that_fails_leads_to_a_message() -> None:
    call = Keys(caller_phone=DANA).opens().press("1").slots(SIX).press("1").refused("failure")
    assert call.moves == [HandOver("voicemail", "calendar")]


def test_a_number_keyed_where_one_key_was_expected_is_kept() -> None:
    call = Keys().opens().press("1").slots(SIX)
    assert call.menu.number_volunteered("0521234567", at_ms=0) == [
        Speak("offline_slots", {"start": SIX, "today": "2026-11-22"})
    ]
    assert call.press("1").moves == [Book(SIX, "הזמנה טלפונית", DANA, None)]
    assert Keys().opens().menu.number_volunteered("77", at_ms=0)[0] == Speak("not_understood_key")


def test_a_number_keyed_anew_takes_the_place_of_the_one_read_back() -> None:
    call = Keys().opens().press("1").slots(SIX).press("1").number("0521234567")
    assert call.menu.number_volunteered("0538127746", at_ms=0) == [Speak("phone_readback", {"phone": "0538127746"})]
    assert call.press("1").moves == [Book(SIX, "הזמנה טלפונית", "+972538127746", None)]
