"""The Hebrew of the booking core, word by word."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking.policy import BusinessPolicy, Window
from booking.slots import Obstacle
from booking.wording import (
    appointment_say,
    cancelled_say,
    hours_in_words,
    obstacle,
    refusal,
    rescheduled_say,
    special_days_in_words,
    timeline,
    too_late,
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
    ("found", "start", "said"),
    [
        (Obstacle("outside_hours", "hours", (SHORT,)), "2026-11-22T08:00", "מחוץ לשעות הפתיחה (09:00–13:00)."),
        (
            Obstacle("outside_hours", "too_long", (SHORT,)),
            "2026-11-22T12:30",
            "התור היה מסתיים אחרי הסגירה (09:00–13:00).",
        ),
        (Obstacle("closed_day", "weekday"), "2026-11-28T12:00", "סגור ביום שבת 28/11/2026."),
        (Obstacle("closed_day", "closure"), "2026-12-01T12:00", "סגור ביום שלישי 1/12/2026 (שיפוצים)."),
        (Obstacle("closed_day", "time_off"), "2026-12-01T12:00", "אין קבלה ביום שלישי 1/12/2026."),
        (Obstacle("off_grid", "grid"), "2026-11-22T10:15", "לא בשעה שנקבעים בה תורים (כל 60 דקות)."),
        (Obstacle("beyond_window", "booking_window"), "2027-11-22T10:00", "רחוק מדי: אפשר לקבוע עד 21/12/2026."),
        (Obstacle("past", "past"), "2026-11-20T10:00", "המועד כבר עבר."),
        (Obstacle("slot_taken", "taken"), "2026-11-22T10:00", "המועד נתפס."),
        (Obstacle("slot_taken", "buffer"), "2026-11-22T10:00", "המועד צמוד מדי לתור אחר."),
        (Obstacle("slot_taken", "daily_limit"), "2026-11-22T10:00", "היום הזה כבר מלא."),
    ],
)
def test_a_refusal_names_the_rule(found: Obstacle, start: str, said: str):
    asked = datetime.fromisoformat(start).replace(tzinfo=ISRAEL)
    rules = policy(day_names={date(2026, 12, 1): "שיפוצים"})
    assert obstacle(found, policy=rules, start=asked, now=SATURDAY) == said


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
    found = Obstacle("too_soon", "min_notice")
    assert obstacle(found, policy=rules, start=SATURDAY, now=SATURDAY) == f"פחות מההתראה הנדרשת ({said})."


def test_customers_hear_until_when_they_may_cancel():
    assert too_late(policy(cancel_notice_min=1440)) == "אפשר לבטל או להזיז תור עד יום לפני תחילתו. אחר כך רק דרך הצוות."
    assert too_late(policy()) == "התור כבר התחיל, ואי אפשר לשנות אותו."


@pytest.mark.parametrize(
    "code",
    [
        "invalid_time",
        "unknown_service",
        "need_name",
        "need_phone",
        "invalid_phone",
        "unknown_appointment",
        "not_allowed",
    ],
)
def test_every_other_code_has_a_sentence(code: str):
    assert refusal(code).endswith(".")


def test_an_eve_is_said_with_the_hours_of_friday_and_its_name():
    eve = date(2026, 11, 25)
    rules = policy(
        hours={3: (SHORT,), 5: (Window(time(8), time(12)),)}, like_friday=frozenset({eve}), day_names={eve: "ערב פורים"}
    )
    assert special_days_in_words(rules, now=SATURDAY) == "יום רביעי 25/11/2026 08:00–12:00 (ערב פורים)"


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


def test_where_there_are_several_services_a_booking_names_its_own():
    said = appointment_say(SATURDAY, name="דנה", today=TODAY, service="תספורת נשים")
    assert said == "התור נקבע בהצלחה: תספורת נשים, היום, בשעה שמונה בבוקר, על שם דנה."
