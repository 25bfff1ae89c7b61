"""The Hebrew of the booking core, word by word."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking.policy import BusinessPolicy, Window
from booking.slots import CODES
from booking.wording import (
    appointment_say,
    cancelled_say,
    hours_in_words,
    refusal,
    rescheduled_say,
    special_days_in_words,
    timeline,
)

ISRAEL = ZoneInfo("Asia/Jerusalem")
SATURDAY = datetime(2026, 11, 21, 8, tzinfo=ISRAEL)
TODAY = SATURDAY.date()


def window(opens: str, closes: str) -> Window:
    return Window(time.fromisoformat(opens), time.fromisoformat(closes))


DAY, SHORT = window("10:00", "20:00"), window("09:00", "13:00")
WEEK = dict.fromkeys(range(5), (DAY,)) | {5: (SHORT,)}


def policy(**changes: Any) -> BusinessPolicy:
    return BusinessPolicy(**({"timezone": ISRAEL, "hours": WEEK} | changes))


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (WEEK, "ראשון עד חמישי 10:00–20:00, שישי 09:00–13:00, שבת סגור"),
        (dict.fromkeys(range(7), (DAY,)), "כל יום 10:00–20:00"),
        (dict.fromkeys(range(5), (DAY,)), "ראשון עד חמישי 10:00–20:00, שישי ושבת סגור"),
        ({0: (window("16:00", "20:00"), SHORT)}, "ראשון 09:00–13:00 ו־16:00–20:00, שני עד שבת סגור"),
        (dict.fromkeys(range(7), (window("20:00", "02:00"),)), "כל יום 20:00–02:00 למחרת"),
        (dict.fromkeys(range(7), (window("16:00", "00:00"),)), "כל יום 16:00–00:00"),
        ({6: (window("00:00", "00:00"),)}, "ראשון עד שישי סגור, שבת 24 שעות"),
    ],
)
def test_the_week_in_plain_words(hours: dict[int, tuple[Window, ...]], said: str):
    assert hours_in_words(policy(hours=hours)) == said


def test_around_the_clock_in_plain_words():
    assert hours_in_words(policy(allow_24_7=True)) == "פתוח כל יום, 24 שעות ביממה"


def test_closed_and_changed_days_of_the_booking_window():
    closures = {date(2026, 11, 25): (SHORT,), date(2026, 11, 24): (), date(2027, 3, 1): (), date(2026, 11, 1): ()}
    assert special_days_in_words(policy(closures=closures), now=SATURDAY) == (
        "יום שלישי 24/11/2026 סגור, יום רביעי 25/11/2026 09:00–13:00"
    )
    assert special_days_in_words(policy(), now=SATURDAY) == ""


@pytest.mark.parametrize(
    ("code", "start", "said"),
    [
        ("outside_hours", "2026-11-22T09:00", "מחוץ לשעות הפתיחה (10:00–20:00)."),
        ("outside_hours", "2026-11-28T01:00", "מחוץ לשעות הפתיחה."),
        ("closed_day", "2026-11-28T12:00", "סגור ביום שבת 28/11/2026."),
        ("off_grid", "2026-11-22T10:15", "לא בשעה שנקבעים בה תורים (כל 60 דקות)."),
        ("beyond_window", "2027-11-22T10:00", "רחוק מדי: אפשר לקבוע עד 21/12/2026."),
        ("slot_taken", "2026-11-22T10:00", "המועד נתפס."),
    ],
)
def test_a_refusal_names_the_rule(code: str, start: str, said: str):
    asked = datetime.fromisoformat(start).replace(tzinfo=ISRAEL)
    assert refusal(code, policy=policy(), start=asked, now=SATURDAY) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (45, "45 דקות"),
        (60, "שעה"),
        (90, "שעה וחצי"),
        (120, "שעתיים"),
        (180, "3 שעות"),
        (1440, "יום"),
        (2880, "יומיים"),
        (4320, "3 ימים"),
    ],
)
def test_the_required_notice_is_said_as_people_say_it(minutes: int, said: str):
    rules = policy(min_notice_min=minutes)
    assert refusal("too_soon", policy=rules, start=SATURDAY, now=SATURDAY) == f"פחות מההתראה הנדרשת ({said})."


@pytest.mark.parametrize("code", [*CODES, "unknown_appointment", "not_allowed"])
def test_every_code_has_a_sentence(code: str):
    assert refusal(code, policy=policy(), start=SATURDAY, now=SATURDAY).endswith(".")


def test_what_is_said_when_an_appointment_is_made_moved_and_cancelled():
    tomorrow, tuesday = datetime(2026, 11, 22, 18), datetime(2026, 11, 24, 9, 30)  # noqa: DTZ001 -- wall time
    assert appointment_say(tomorrow, name="דנה כהן", today=TODAY) == (
        "התור נקבע בהצלחה: מחר, בשעה שש בערב, על שם דנה כהן."
    )
    assert appointment_say(tuesday, name="דנה", today=TODAY) == (
        "התור נקבע בהצלחה: ביום שלישי, בשעה תשע וחצי בבוקר, על שם דנה."
    )
    assert rescheduled_say(tuesday, today=TODAY) == "התור הועבר ליום שלישי, בשעה תשע וחצי בבוקר."
    assert cancelled_say(tuesday, today=TODAY) == "התור של יום שלישי בוטל."
    assert cancelled_say(tomorrow, today=TODAY) == "התור של מחר בוטל."


def test_one_line_for_the_timeline():
    starts = datetime(2026, 11, 22, 18)  # noqa: DTZ001 -- wall time
    assert timeline("created", starts, service="תספורת") == "נקבע תור: 22/11/2026 18:00, תספורת"
    assert timeline("cancelled", starts, service="") == "התור בוטל: 22/11/2026 18:00"
