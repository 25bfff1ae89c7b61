"""Which rule is against a time, for the screen: in Hebrew the booking core's own sentence, in English its like."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import get_language

from booking import wording
from booking.policy import ALL_DAY, BusinessPolicy, Window
from booking.slots import Obstacle

_RULES = {
    "past": "This time is over.",
    "taken": "The time is taken.",
    "buffer": "Too close to another appointment.",
    "daily_limit": "This day is full.",
}
_HEBREW = "he"
_HOUR = 60


def is_read_in_hebrew() -> bool:
    return (get_language() or _HEBREW).startswith(_HEBREW)


def reason(found: Obstacle, *, policy: BusinessPolicy, start: datetime, now: datetime) -> str:
    """What a page says of this time to who reads it now; calls and the API speak Hebrew (`booking.wording`)."""
    if is_read_in_hebrew():
        return wording.obstacle(found, policy=policy, start=start, now=now)
    if found.rule in _RULES:
        return _RULES[found.rule]
    day = policy.local(start).date()
    name = policy.day_names.get(day, "")
    named = f" ({name})" if name else ""
    if found.rule == "min_notice":
        return f"Less than the notice required ({_length(policy.min_notice_min)})."
    if found.rule == "booking_window":
        return f"Too far ahead: appointments can be made until {policy.last_date(now):%d/%m/%Y}."
    if found.rule == "grid":
        return f"Not at an hour when appointments begin (every {policy.slot_size_min} minutes)."
    if found.code == "closed_day":
        closed = "Nobody is there" if found.rule == "time_off" else "Closed"
        return f"{closed} on {date_format(day, 'l')} {day:%d/%m/%Y}{named if found.rule == 'closure' else ''}."
    said = "It would end after closing" if found.rule == "too_long" else "Outside the opening hours"
    why = named if found.rule == "special_hours" and not found.of_resource else ""
    return f"{said} ({windows_in_english(found.windows)}){why}."


def resource_away() -> str:
    return wording.RESOURCE_AWAY if is_read_in_hebrew() else "Whom it was made with takes no appointments any more."


def windows_in_english(windows: Iterable[Window]) -> str:
    said = ["24 hours" if one == ALL_DAY else f"{one.opens:%H:%M}–{one.closes:%H:%M}" for one in sorted(windows)]
    return " and ".join(said) or "closed"


def _length(minutes: int) -> str:
    count, unit = (minutes // _HOUR, "hour") if minutes % _HOUR == 0 else (minutes, "minute")
    return f"{count} {unit}{'' if count == 1 else 's'}"
