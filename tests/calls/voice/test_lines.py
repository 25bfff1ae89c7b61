"""The words of the local lines, put together from fragments."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from booking.hebrew.speech import say_date, say_phone, say_time
from calls.voice import lines

TODAY = date(2026, 11, 24)  # a Tuesday


def slots(start: str, **values: str) -> str:
    return lines.text("offline_slots", {"start": start, "today": TODAY.isoformat()} | values)


def test_an_offered_time_is_said_as_a_person_says_it():
    assert slots("2026-11-26 18:15") == (
        "המועד הקרוב הוא ביום חמישי בשעה שש ורבע בערב. לקביעה מקישים אחת, למועד הבא שתיים, לחזרה לתפריט כוכבית."
    )


def test_a_booked_time_is_said_with_its_date():
    assert lines.text("offline_booked", {"start": "2026-12-24 09:00", "today": "2026-11-24"}) == (
        "התור נקבע בהצלחה: יום חמישי, עשרים וארבעה בדצמבר, בשעה תשע בבוקר. להתראות."
    )


def test_without_knowing_today_the_whole_date_is_said():
    assert lines.text("offline_booked", {"start": "2026-11-25 10:00"}) == (
        "התור נקבע בהצלחה: יום רביעי, עשרים וחמישה בנובמבר, בשעה עשר בבוקר. להתראות."
    )


def test_every_minute_of_the_day_is_worded_as_everywhere_else():
    for minute in range(24 * 60):
        clock = time(minute // 60, minute % 60)
        assert f" בשעה {say_time(clock)}. " in slots(f"2026-11-24 {clock:%H:%M}")


def test_every_day_of_the_year_ahead_is_worded_as_everywhere_else():
    for ahead in range(299):  # farther away the year is said, which no menu needs
        day = TODAY + timedelta(days=ahead)
        assert f" {say_date(day, TODAY)} בשעה " in slots(f"{day} 10:00")


@pytest.mark.parametrize("number", ["0520000147", "031234567", "1700700", "12345678901"])
def test_a_number_is_read_back_in_groups(number: str):
    said = lines.text("phone_readback", {"phone": number})
    assert said.startswith(f"המספר הוא {say_phone(number)}. לאישור מקישים אחת.")


def test_callers_who_chose_keys_hear_the_menu_without_an_apology():
    assert lines.text("offline_menu", {}) == f"{lines.PHRASES['trouble']} {lines.text('key_menu', {})}"
    assert "נציג" not in lines.text("key_menu_no_person", {})


@pytest.mark.parametrize("key", sorted(lines.LINES))
def test_what_ends_a_line_ends_nothing_else(key: str):
    values = {"start": "2026-11-26 18:15", "today": "2026-11-24", "phone": "0520000147"}
    keys = [fragment.key for fragment in lines.fragments(key, values)]
    assert [number for number, each in enumerate(keys) if each in lines.ENDS_A_LINE] == [len(keys) - 1]


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("offline_slots", {}),
        ("offline_slots", {"start": ""}),
        ("offline_slots", {"start": "2026-02-30 10:00"}),
        ("offline_slots", {"start": "2026-11-26 18:15", "today": "soon"}),
        ("phone_readback", {"phone": ""}),
        ("phone_readback", {"phone": "+972521234567"}),
        ("phone_readback", {"phone": "٠٥٢"}),
    ],
)
def test_values_that_do_not_fit_are_refused(key: str, values: dict[str, str]):
    with pytest.raises(ValueError, match="."):
        lines.fragments(key, values)


def test_an_unknown_line_is_no_line():
    with pytest.raises(KeyError):
        lines.fragments("trouble", {})  # a part of lines, never said alone
