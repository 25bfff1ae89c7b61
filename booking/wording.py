"""Every Hebrew sentence of the booking core: messages for the screen, sentences to speak, hours in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby

from booking.hebrew.speech import say_date, say_time
from booking.policy import ALL_DAY, BusinessPolicy, Hours, Window, weekday

DAYS = ("ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת")
_FIXED = {
    "invalid_time": "השעה לא ברורה.",
    "unknown_service": "השירות לא מוכר.",
    "need_name": "חסר שם.",
    "need_phone": "חסר מספר טלפון.",
    "invalid_phone": "מספר הטלפון לא תקין.",
    "past": "המועד כבר עבר.",
    "slot_taken": "המועד נתפס.",
    "unknown_appointment": "התור לא נמצא.",
    "not_allowed": "אי אפשר לשנות את התור הזה.",
}


def refusal(code: str, *, policy: BusinessPolicy, start: datetime | None = None, now: datetime) -> str:
    """The sentence for the screen. `start` is the time that was asked for, where there is one."""
    if code in _FIXED:
        return _FIXED[code]
    if code == "too_soon":
        return f"פחות מההתראה הנדרשת ({_length(policy.min_notice_min)})."
    if code == "beyond_window":
        return f"רחוק מדי: אפשר לקבוע עד {_date(policy.last_date(now))}."
    if code == "off_grid":
        return f"לא בשעה שנקבעים בה תורים (כל {policy.slot_size_min} דקות)."
    assert start is not None
    day = policy.local(start).date()
    if code == "closed_day":
        return f"סגור ביום {DAYS[weekday(day)]} {_date(day)}."
    windows = policy.closures.get(day, (ALL_DAY,) if policy.allow_24_7 else policy.hours.get(weekday(day), ()))
    return f"מחוץ לשעות הפתיחה ({_windows(windows)})." if windows else "מחוץ לשעות הפתיחה."


# --- spoken ------------------------------------------------------------------------------------------
def appointment_say(starts: datetime, *, name: str, today: date) -> str:
    """Spoken once the row is committed; every fact in it comes from that row. `starts` is local."""
    return f"התור נקבע בהצלחה: {say_date(starts.date(), today)}, בשעה {say_time(starts.time())}, על שם {name}."


def rescheduled_say(starts: datetime, *, today: date) -> str:
    return f"התור הועבר ל{_day(starts.date(), today)}, בשעה {say_time(starts.time())}."


def cancelled_say(starts: datetime, *, today: date) -> str:
    return f"התור של {_day(starts.date(), today)} בוטל."


def _day(day: date, today: date) -> str:
    """The date as it stands after a preposition: יום שלישי, not ביום שלישי."""
    return say_date(day, today).removeprefix("ב")


# --- the timeline ------------------------------------------------------------------------------------
def timeline(change: str, starts: datetime, *, service: str) -> str:
    """One line for the customer's timeline; `change` is created, rescheduled or cancelled."""
    verb = {"created": "נקבע תור", "rescheduled": "התור הועבר", "cancelled": "התור בוטל"}[change]
    return ", ".join(filter(None, [f"{verb}: {_date(starts.date())} {starts:%H:%M}", service]))


# --- hours in words ----------------------------------------------------------------------------------
def hours_in_words(policy: BusinessPolicy) -> str:
    """Such as: ראשון עד חמישי 10:00–20:00, שישי 09:00–13:00, שבת סגור."""
    return "פתוח כל יום, 24 שעות ביממה" if policy.allow_24_7 else week_in_words(policy.hours)


def week_in_words(hours: Hours) -> str:
    """The ordinary week; neighbouring days with the same hours are said together."""
    parts = []
    for windows, group in groupby(range(7), key=lambda day: tuple(sorted(hours.get(day, ())))):
        parts.append(f"{_days(list(group))} {_windows(windows)}")
    return ", ".join(parts)


def special_days_in_words(policy: BusinessPolicy, *, now: datetime) -> str:
    """Closed days and changed hours within the booking window; empty if there are none."""
    today, last = policy.local(now).date(), policy.last_date(now)
    return ", ".join(
        f"יום {DAYS[weekday(day)]} {_date(day)} {_windows(windows)}"
        for day, windows in sorted(policy.closures.items())
        if today <= day <= last
    )


def _days(days: Sequence[int]) -> str:
    if len(days) == 7:
        return "כל יום"
    if len(days) <= 2:
        return " ו".join(DAYS[day] for day in days)
    return f"{DAYS[days[0]]} עד {DAYS[days[-1]]}"


def _windows(windows: Iterable[Window]) -> str:
    said = [_window(window) for window in sorted(windows)]
    return " ו־".join(said) if said else "סגור"


def _window(window: Window) -> str:
    if window == ALL_DAY:
        return "24 שעות"
    next_day = window.passes_midnight and window.closes != ALL_DAY.closes
    return f"{window.opens:%H:%M}–{window.closes:%H:%M}" + (" למחרת" if next_day else "")


def _date(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"


def _length(minutes: int) -> str:
    """A length of time with its Hebrew pairs: שעתיים, יומיים."""
    for size, one, two, many in ((1440, "יום", "יומיים", "ימים"), (60, "שעה", "שעתיים", "שעות")):
        count, rest = divmod(minutes, size)
        if count and not rest:
            return {1: one, 2: two}.get(count, f"{count} {many}")
    return "שעה וחצי" if minutes == 90 else f"{minutes} דקות"
