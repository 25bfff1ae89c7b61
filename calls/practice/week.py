"""A week of opening hours as seven lines of text: how the practice page shows one, and reads what was typed."""

from __future__ import annotations

import re
from datetime import time

from booking.policy import BusinessPolicy, Hours, Window

MOST_WINDOWS = 4  # of one day
_WINDOW = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-–—־]\s*(\d{1,2})(?::(\d{2}))?")
_BETWEEN = re.compile(r"\s*(?:,|;|\bו־?\b)\s*")


class Unreadable(ValueError):
    """A day's text names no hours. `why`: words, order or overlap."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def written(policy: BusinessPolicy) -> dict[int, str]:
    """The week in force, by weekday from Sunday = 0; a closed day is empty."""
    if policy.allow_24_7:
        return dict.fromkeys(range(7), "00:00–24:00")
    return {day: ", ".join(_text(window) for window in sorted(policy.hours.get(day, ()))) for day in range(7)}


def read_day(text: str) -> tuple[Window, ...]:
    """The windows that the text names, in order. Raises Unreadable."""
    parts = [part for part in _BETWEEN.split(text.strip()) if part]
    if len(parts) > MOST_WINDOWS:
        raise Unreadable("words")
    windows = tuple(sorted(_window(part) for part in parts))
    for earlier, later in zip(windows, windows[1:], strict=False):
        if earlier.passes_midnight or later.opens < earlier.closes:
            raise Unreadable("overlap")
    return windows


def overlapping_days(hours: Hours) -> list[int]:
    """The days into whose first window the night before still runs."""
    found = []
    for day in range(7):
        before, own = hours.get((day - 1) % 7, ()), hours.get(day, ())
        if before and own and before[-1].passes_midnight and own[0].opens < before[-1].closes:
            found.append(day)
    return found


def _window(text: str) -> Window:
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        raise Unreadable("words")
    opens, closes = _time(found[1], found[2]), _time(found[3], found[4])
    window = Window(opens, closes)
    if (opens == closes and opens != time(0)) or window.runs_backwards:
        raise Unreadable("order")
    return window


def _time(hour: str, minute: str | None) -> time:
    """24:00 is the midnight at which a day ends."""
    try:
        return time(0) if (hour, minute or "00") == ("24", "00") else time(int(hour), int(minute or 0))
    except ValueError:
        raise Unreadable("words") from None


def _text(window: Window) -> str:
    closes = "24:00" if window.closes == time(0) else f"{window.closes:%H:%M}"
    return f"{window.opens:%H:%M}–{closes}"
