"""What the assistant says aloud."""

from datetime import date, time, timedelta

import pytest

from booking.hebrew import parse, say_date, say_phone, say_time

SATURDAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (time(18), "שש בערב"),
        (time(18, 15), "שש ורבע בערב"),
        (time(9), "תשע בבוקר"),
        (time(13, 30), "אחת וחצי בצהריים"),
        (time(10, 20), "עשר ועשרים בבוקר"),
        (time(16, 45), "ארבע וארבעים וחמש אחר הצהריים"),
        (time(12), "שתים עשרה בצהריים"),
        (time(0), "שתים עשרה בלילה"),
        (time(3, 15), "שלוש ורבע לפנות בוקר"),
        (time(7, 5), "שבע וחמש דקות בבוקר"),
        (time(7, 2), "שבע ושתי דקות בבוקר"),
    ],
)
def test_hours_are_said_in_feminine_words_with_the_part_of_day(clock, said):
    assert say_time(clock) == said


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (SATURDAY, "היום"),
        (date(2026, 11, 22), "מחר"),
        (date(2026, 11, 24), "ביום שלישי"),
        (date(2026, 11, 28), "שבת, עשרים ושמונה בנובמבר"),
        (date(2026, 12, 1), "יום שלישי, אחד בדצמבר"),
        (date(2027, 11, 24), "יום רביעי, עשרים וארבעה בנובמבר אלפיים עשרים ושבע"),
    ],
)
def test_days_are_near_or_carry_their_date_in_masculine_words(day, said):
    assert say_date(day, SATURDAY) == said


def test_telephone_is_said_digit_by_digit_in_groups():
    assert say_phone("0520000147") == "אפס חמש שתיים, אפס אפס אפס, אפס אחת ארבע שבע"
    assert say_phone("03-612-3456") == "אפס שלוש, שש אחת שתיים, שלוש ארבע חמש שש"


def test_what_is_said_is_understood_as_it_was_meant(clock_now):
    for minutes in range(0, 24 * 60, 5):
        clock = time(*divmod(minutes, 60))
        heard = parse(f"מחר ב{say_time(clock)}", clock_now)
        shift = 1 if clock < time(3) else 0  # the small hours of "tomorrow night" are the day after's
        assert (heard.time, heard.date) == (clock, clock_now.date() + timedelta(days=1 + shift)), say_time(clock)


def test_telephone_read_back_is_heard_as_the_same_number(clock_now):
    for number in ("0520000147", "0584421790", "036123456", "0732345678"):
        assert parse(f"המספר הוא {say_phone(number)}", clock_now).phone == number


def test_dates_read_back_are_heard_as_the_same_day(clock_now):
    for ahead in range(1, 200):
        day = clock_now.date() + timedelta(days=ahead)
        assert parse(f"תקבע לי {say_date(day, clock_now.date())}", clock_now).date == day
