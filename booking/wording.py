"""Every Hebrew sentence of the booking core: messages for the screen, sentences to speak, hours in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby

from booking.hebrew.speech import say_date, say_time
from booking.policy import ALL_DAY, BusinessPolicy, Hours, Window, weekday, windows_on
from booking.slots import Obstacle
from crm.limits import NOTICE_MIN, SLOT_SIZES_MIN, WINDOW_DAYS

DAYS = ("ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת")
_FIXED = {
    "invalid_time": "השעה לא ברורה, או לא קיימת בתאריך הזה.",
    "unknown_service": "השירות, או מי שנותן אותו, לא מוכר.",
    "need_name": "חסר שם.",
    "need_phone": "חסר מספר טלפון.",
    "invalid_phone": "מספר הטלפון לא תקין.",
    "unknown_appointment": "התור לא נמצא.",
    "not_allowed": "אי אפשר לשנות את התור הזה.",
}
_RULES = {
    "past": "המועד כבר עבר.",
    "taken": "המועד נתפס.",
    "buffer": "המועד צמוד מדי לתור אחר.",
    "daily_limit": "היום הזה כבר מלא.",
}
FREE = "המועד פנוי."
RESOURCE_AWAY = "מי שאצלו נקבע התור כבר לא מקבל תורים."
UNUSABLE = {
    "slot_size_min": (
        f"מרווח בין תורים הוא כפולה של {SLOT_SIZES_MIN.step} דקות, מ־{SLOT_SIZES_MIN[0]} עד {SLOT_SIZES_MIN[-1]}."
    ),
    "window_days": f"אפשר לפתוח את היומן מיום אחד עד {WINDOW_DAYS[-1]} ימים קדימה.",
    "min_notice_min": f"התראה מראש היא עד {NOTICE_MIN[-1] // 1440} ימים.",
}
NOT_BEGUN = "התור עוד לא התחיל."
NO_SUCH_LENGTH = "תור נמשך בין 5 דקות ל־24 שעות, בדקות שלמות."
GIVEN_AWAY = "בזמן הזה נקבע בינתיים תור אחר."


def refusal(code: str) -> str:
    """The sentence for the screen of a code that no rule of the business stands behind."""
    return _FIXED[code]


def too_late(policy: BusinessPolicy) -> str:
    """A customer wants to cancel or move an appointment that is too near."""
    if not policy.cancel_notice_min:
        return "התור כבר התחיל, ואי אפשר לשנות אותו."
    return f"אפשר לבטל או להזיז תור עד {_length(policy.cancel_notice_min)} לפני תחילתו. אחר כך רק דרך הצוות."


def obstacle(found: Obstacle, *, policy: BusinessPolicy, start: datetime, now: datetime) -> str:
    """The sentence for the screen: which rule of the business is against this time."""
    if found.rule in _RULES:
        return _RULES[found.rule]
    day = policy.local(start).date()
    if found.rule == "min_notice":
        return f"פחות מההתראה הנדרשת ({_length(policy.min_notice_min)})."
    if found.rule == "booking_window":
        return f"רחוק מדי: אפשר לקבוע עד {_date(policy.last_date(now))}."
    if found.rule == "grid":
        return f"לא בשעה שנקבעים בה תורים (כל {policy.slot_size_min} דקות)."
    if found.code == "closed_day":
        closed = "אין קבלה" if found.rule == "time_off" else "סגור"
        why = _named(policy, day) if found.rule == "closure" else ""
        return f"{closed} ביום {DAYS[weekday(day)]} {_date(day)}{why}."
    said = "התור היה מסתיים אחרי הסגירה" if found.rule == "too_long" else "מחוץ לשעות הפתיחה"
    why = _named(policy, day) if found.rule == "special_hours" and not found.of_resource else ""
    return f"{said} ({_windows(found.windows)}){why}."


# --- spoken ------------------------------------------------------------------------------------------
def appointment_say(starts: datetime, *, name: str, today: date, service: str = "") -> str:
    """Spoken once the row is committed; every fact in it comes from that row. `starts` is local.

    `service` where the business has several: whoever asked for one of them hears which it is.
    """
    what = f"{service}, " if service else ""
    return f"התור נקבע בהצלחה: {what}{say_date(starts.date(), today)}, בשעה {say_time(starts.time())}, על שם {name}."


def rescheduled_say(starts: datetime, *, today: date) -> str:
    return f"התור הועבר ל{_day(starts.date(), today)}, בשעה {say_time(starts.time())}."


def attendance_say(starts: datetime, *, today: date) -> str:
    return f"ההגעה לתור {say_date(starts.date(), today)}, בשעה {say_time(starts.time())}, אושרה."


def cancelled_say(starts: datetime, *, today: date) -> str:
    return f"התור של {_day(starts.date(), today)} בוטל."


def _day(day: date, today: date) -> str:
    """The date as it stands after a preposition: יום שלישי, not ביום שלישי."""
    return say_date(day, today).removeprefix("ב")


# --- the timeline ------------------------------------------------------------------------------------
def timeline(change: str, starts: datetime, *, service: str) -> str:
    """One line for the customer's timeline; `change` is a kind of `AppointmentChange`."""
    verb = {
        "created": "נקבע תור",
        "attendance": "ההגעה אושרה",
        "rescheduled": "התור הועבר",
        "resized": "משך התור שונה",
        "noted": "ההערה לתור שונתה",
        "cancelled": "התור בוטל",
        "completed": "התור התקיים",
        "no_show": "אי־הגעה לתור",
    }[change]
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


def named_days_in_words(hours: Hours, *, only: bool) -> str:
    """Hours of some days, as an owner stated them: ראשון עד חמישי 10:00–20:00, שבת סגור."""
    parts = []
    days = sorted(hours)
    for _, group in groupby(enumerate(days), key=lambda item: (item[1] - item[0], tuple(sorted(hours[item[1]])))):
        members = [day for _, day in group]
        parts.append(f"{_days(members)} {_windows(hours[members[0]])}")
    return ", ".join(parts) + (" בלבד" if only else "")


def rule_in_words(field: str, value: int | bool) -> str:
    """A rule of the owner's instructions other than hours, as a table shows it."""
    if field == "allow_24_7":
        return "פתוח 24/7" if value else "לא פתוח 24/7"
    if field == "require_phone":
        return "חובה" if value else "לא חובה"
    if field == "slot_size_min":
        return f"כל {_length(value)}"
    if field == "min_notice_min":
        return f"לפחות {_length(value)} מראש" if value else "בלי התראה מראש"
    return f"עד {_length(value * 1440)} קדימה"


def special_days_in_words(policy: BusinessPolicy, *, now: datetime) -> str:
    """Closed days and changed hours within the booking window, with their names; empty if there are none."""
    today, last = policy.local(now).date(), policy.last_date(now)
    special = {*policy.closures, *policy.like_friday}
    return ", ".join(
        f"יום {DAYS[weekday(day)]} {_date(day)} {_windows(windows_on(policy, day))}{_named(policy, day)}"
        for day in sorted(special)
        if today <= day <= last
    )


def _named(policy: BusinessPolicy, day: date) -> str:
    name = policy.day_names.get(day)
    return f" ({name})" if name else ""


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
    """A length of time with its Hebrew pairs and plurals: שעתיים, יומיים, 10 ימים, 30 יום."""
    for size, one, two, many in ((1440, "יום", "יומיים", "ימים"), (60, "שעה", "שעתיים", "שעות")):
        count, rest = divmod(minutes, size)
        if count and not rest:
            return {1: one, 2: two}.get(count, f"{count} {many if count <= 10 or size == 60 else one}")
    return "שעה וחצי" if minutes == 90 else f"{minutes} דקות"
