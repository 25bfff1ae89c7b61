"""Settings and the rules that the owner confirmed become one policy; each value keeps its source.

A confirmed rule is a plain JSON value, as `booking.OwnerRule` keeps it. Of the opening hours it holds the days that the
owner's words name: `{"days": {"sun": [["10:00", "20:00"]], "fri": []}, "only": false}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from booking.policy import ALL_DAY, DAY_KEYS, WORKING_WEEK, Hours, Window

# Rule of the owner's words -> field of the policy.
_FIELDS = {
    "slot_size_min": "slot_size_min",
    "min_notice_min": "min_notice_min",
    "window_days": "booking_window_days",
    "require_phone": "require_phone",
    "allow_24_7": "allow_24_7",
}
_EVERY_DAY: Hours = dict.fromkeys(range(7), (ALL_DAY,))


@dataclass(frozen=True)
class InForce:
    """Values of `BusinessPolicy` fields, `hours` among them, and where each came from."""

    values: Mapping[str, Any]
    sources: Mapping[str, str]  # field -> settings | prompt | default


def in_force(settings: Mapping[str, Any], *, week: Hours | None, stated: Mapping[str, Any], origin: str) -> InForce:
    """`week` are the rows of opening hours, None if there are none; `origin` is the source of the settings."""
    values = {**settings, "hours": WORKING_WEEK if week is None else week}
    sources = dict.fromkeys(settings, origin) | {"hours": "default" if week is None else "settings"}
    for rule, field in _FIELDS.items():
        if rule in stated:
            values[field], sources[field] = stated[rule], "prompt"
    if "opening_hours" in stated:
        values["hours"] = _hours(stated["opening_hours"], week, always_open=values["allow_24_7"])
        values["allow_24_7"] = False
        sources["hours"] = sources["allow_24_7"] = "prompt"
    return InForce(values, sources)


def _hours(stated: Mapping[str, Any], week: Hours | None, *, always_open: bool) -> Hours:
    """Days that the words name have their hours. The others keep theirs, unless the words say that these are all.

    Hours that nobody wrote down, the default and those around the clock, do not stand beside hours that somebody did.
    """
    named = read_week(stated["days"])
    if not any(named.values()):  # they only say when it is closed
        others = _EVERY_DAY if always_open else WORKING_WEEK if week is None else week
    else:
        others = {} if stated["only"] or always_open or week is None else week
    return {day: windows for day, windows in (dict(others) | named).items() if windows}


def read_week(days: Mapping[str, Any]) -> dict[int, tuple[Window, ...]]:
    """The business file's shape of opening hours as windows by weekday."""
    return {
        DAY_KEYS.index(key): tuple(
            sorted(Window(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in windows)
        )
        for key, windows in days.items()
    }


def write_week(hours: Mapping[int, tuple[Window, ...]]) -> dict[str, list[list[str]]]:
    """Opening hours in the shape of the business file."""
    return {
        DAY_KEYS[day]: [[f"{window.opens:%H:%M}", f"{window.closes:%H:%M}"] for window in hours[day]]
        for day in sorted(hours)
    }
