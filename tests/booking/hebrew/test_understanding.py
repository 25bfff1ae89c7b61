"""Sentences and what must be understood from them; the format and reading rules of the samples' README.

`development.jsonl` is held sentence by sentence. `heldout.jsonl` was written before the parser and is held by its sums:
it measures sentences that nobody tuned for.
"""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from booking.hebrew import Context, Understanding, parse
from tests.booking.hebrew.readings import (
    assert_understood,
    has_right_intent,
    has_right_moment,
    is_harmful,
    sentences,
    understood,
)


@pytest.mark.parametrize("case", sentences("development.jsonl"), ids=lambda case: case["id"])
def test_sentence_is_understood(case):
    assert_understood(case)
    assert understood(case).farewell == case["expected"].get("farewell", False)


def test_sentences_nobody_tuned_for_are_never_booked_wrong():
    harmful = [case["text"] for case in sentences("heldout.jsonl") if is_harmful(case, understood(case).as_dict())]
    assert harmful == []


def test_sentences_nobody_tuned_for_are_nearly_all_understood():
    cases = [(case, understood(case).as_dict()) for case in sentences("heldout.jsonl")]
    missed = [case["text"] for case, answer in cases if not has_right_moment(case, answer)]
    misread = [case["text"] for case, answer in cases if not has_right_intent(case, answer)]
    assert len(missed) <= len(cases) // 25, missed
    assert len(misread) <= len(cases) // 25, misread


NOW = datetime(2026, 4, 14, 12, 20, tzinfo=ZoneInfo("Asia/Jerusalem"))


def test_opening_hours_decide_between_morning_and_evening():
    evenings = {3: [(time(16), time(22))]}
    answer = parse("ביום רביעי בשמונה", NOW, Context(windows=evenings))
    assert (answer.time, answer.ambiguous) == (time(20), False)


def test_opening_hours_that_fit_both_readings_decide_nothing():
    all_day = {3: [(time(7), time(22))]}
    answer = parse("ביום רביעי בשמונה", NOW, Context(windows=all_day))
    assert (answer.time, answer.ambiguous) == (time(8), True)
    assert [clock for _, clock in answer.alternatives] == [time(20)]


def test_opening_hours_that_pass_midnight_hold_the_small_hours():
    night_shift = {3: [(time(20), time(3))]}
    answer = parse("ביום רביעי באחת", NOW, Context(windows=night_shift))
    assert answer.time == time(1)


def test_name_is_quoted_as_the_caller_spelled_it():
    answer = parse("קוראים לי נֹעָה בן־דוד", NOW)
    assert answer.name == "נעה בן־דוד"


def test_asking_to_wait_is_heard():
    assert parse("רגע, אני מביאה את היומן", NOW).wait
    assert not parse("רגע, מחר בחמש", NOW).wait


def test_nothing_said_is_nothing_understood():
    assert parse("", NOW) == Understanding()
    assert parse("...", NOW).intent == "none"
    assert parse("תודה שצפיתם", NOW) == Understanding()


@pytest.mark.parametrize(
    "text",
    ["בעוד 999999 שבועות", "בעוד 200000 חודשים", "עוד 999999 ימים", "בעוד 999999 שעות", "יום שני בעוד 99999 שבועות",
     "ב-31.12.9999 בחצות", 'ה׳ באייר תש"תתתתתתתתתתתתתת']
)  # fmt: skip  # a list
def test_wait_beyond_ten_years_is_asked_about_and_has_no_date(text):
    answer = parse(text, NOW)
    assert (answer.date, answer.ambiguous) == (None, True)


def test_number_is_found_behind_any_run_of_digits():
    assert parse("שבע שמונה " * 300 + "אפס חמש שתיים שלוש ארבע חמש שש שבע שמונה תשע", NOW).phone == "0523456789"


@pytest.mark.parametrize("said", ["שבע ", "אפס אפס ", "חמש לא ", "אפס חמש סליחה שש "])
def test_endless_digits_hold_no_number_and_end_all_the_same(said):
    assert parse(said * 1500, NOW, Context(asked="phone")).phone is None


@pytest.mark.parametrize(
    "text", ["מחר " * 200, "05" * 500, "!?" * 300, "\u202e\u2066", "ב-" * 50, "אא" * 2000, "1:2:3:4"]
)
def test_odd_input_neither_raises_nor_invents_a_booking(text):
    answer = parse(text, NOW, Context(asked="phone"))
    assert answer.time is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("שלום, אני רוצה לקבוע תור מחר בעשר", None),
        ("שלום, אני רוצה לקבוע תור", None),
        ("שלום, אני רוצה לקבוע תור ב-13 בדצמבר בשתים עשרה בצהריים", None),
        ("שלום שלום, אני רוצה תור", None),
        ("שלום רב", None),
        ("חג שמח, אני רוצה תור", None),
        ("היי, כן", None),
        ("טוב תודה", None),
        ("כן, בשמחה", None),
        ("בסדר גמור", None),
        ("רגע אחד", None),
        ("מה?", None),
        ("קבע בבקשה", None),
        ("נציג", None),
        ("אני נוסע, רגע", None),
        ("מחר בשש", None),
        ("שלום, אני רוצה תור, יוסי כהן", "יוסי כהן"),
        ("שלום, דנה לוי", "דנה לוי"),
        ("שלום כהן", "שלום כהן"),
        ("השם שלום, בבקשה", "שלום"),
    ],
)
def test_greetings_and_wishes_are_nobodys_name(text, name):
    assert parse(text, NOW, Context(asked="name", wants_name=True)).name == name
