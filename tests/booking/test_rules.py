"""Settings, rows of hours and the owner's confirmed words become one policy with sources."""

from __future__ import annotations

from datetime import time
from typing import Any

from booking.policy import ALL_DAY, WORKING_WEEK, Hours, Window
from booking.rules import InForce, in_force, read_week, write_week

DAY, SHORT = Window(time(10), time(20)), Window(time(9), time(13))
ROWS: Hours = dict.fromkeys(range(5), (DAY,)) | {5: (SHORT,)}
SETTINGS = {
    "slot_size_min": 60,
    "allow_24_7": False,
    "booking_window_days": 30,
    "min_notice_min": 0,
    "require_phone": True,
}


def effective(week: Hours | None = ROWS, *, settings: dict[str, Any] | None = None, **stated: Any) -> InForce:
    return in_force(SETTINGS | (settings or {}), week=week, stated=stated, origin="settings")


def hours(only: bool = False, **days: list[list[str]]) -> dict[str, Any]:
    return {"days": days, "only": only}


def test_without_words_the_settings_hold():
    rules = effective()
    assert rules.values == SETTINGS | {"hours": ROWS}
    assert set(rules.sources.values()) == {"settings"}


def test_without_rows_the_working_week_holds_and_says_so():
    rules = effective(None)
    assert rules.values["hours"] == WORKING_WEEK
    assert rules.sources["hours"] == "default"


def test_each_stated_value_goes_before_its_setting_and_the_others_stay():
    rules = effective(slot_size_min=15, window_days=14, min_notice_min=120, require_phone=False)
    assert rules.values == {
        "slot_size_min": 15,
        "booking_window_days": 14,
        "min_notice_min": 120,
        "require_phone": False,
        "allow_24_7": False,
        "hours": ROWS,
    }
    assert rules.sources["slot_size_min"] == rules.sources["booking_window_days"] == "prompt"
    assert rules.sources["hours"] == rules.sources["allow_24_7"] == "settings"


def test_stated_days_go_before_the_rows_of_those_days():
    rules = effective(opening_hours=hours(fri=[["08:00", "12:00"]]))
    assert rules.values["hours"] == ROWS | {5: (Window(time(8), time(12)),)}
    assert rules.sources["hours"] == "prompt"


def test_words_that_say_these_are_all_hours_leave_nothing_else():
    rules = effective(opening_hours=hours(only=True, sun=[["10:00", "14:00"]]))
    assert rules.values["hours"] == {0: (Window(time(10), time(14)),)}


def test_stated_hours_do_not_mix_with_the_default_week():
    rules = effective(None, opening_hours=hours(fri=[["08:00", "12:00"]]))
    assert rules.values["hours"] == {5: (Window(time(8), time(12)),)}


def test_a_day_said_to_be_closed_is_closed_and_the_rest_stays():
    assert effective(opening_hours=hours(fri=[])).values["hours"] == dict.fromkeys(range(5), (DAY,))
    assert effective(None, opening_hours=hours(thu=[])).values["hours"] == {
        day: windows for day, windows in WORKING_WEEK.items() if day != 4
    }


def test_around_the_clock_in_words_opens_and_denied_in_words_closes():
    assert effective(allow_24_7=True).values["allow_24_7"] is True
    denied = effective(settings={"allow_24_7": True}, allow_24_7=False)
    assert denied.values["allow_24_7"] is False
    assert denied.values["hours"] == ROWS


def test_hours_in_words_end_around_the_clock():
    rules = effective(settings={"allow_24_7": True}, opening_hours=hours(sun=[["10:00", "20:00"]]))
    assert rules.values["allow_24_7"] is False
    assert rules.values["hours"] == {0: (DAY,)}
    assert rules.sources["allow_24_7"] == "prompt"


def test_around_the_clock_but_for_one_day():
    rules = effective(allow_24_7=True, opening_hours=hours(sat=[]))
    assert rules.values["allow_24_7"] is False
    assert rules.values["hours"] == dict.fromkeys(range(6), (ALL_DAY,))


def test_a_week_is_read_as_it_was_written():
    assert read_week(write_week(ROWS)) == dict(ROWS)
    assert write_week({5: (Window(time(20), time(2)),)}) == {"fri": [["20:00", "02:00"]]}
