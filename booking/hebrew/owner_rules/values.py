"""What an owner's prompt can state, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, Final

from booking.policy import DAY_KEYS

Window = tuple[time, time]  # from, until; midnight as the end is time(0)
Week = Mapping[int, tuple[Window, ...]]

FIELDS: Final = ("slot_size_min", "allow_24_7", "opening_hours", "min_notice_min", "window_days", "require_phone")
DAYS_NOT_NAMED: Final = -1  # the key of hours stated without any day: "open 9-17"
_WORKING_WEEK = range(5)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, with the words it was read from.

    Opening hours are a mapping of weekday (Sunday = 0) to windows; an explicitly closed day has none. "Every day" and
    "the other days" are written out; hours stated without a day stand under `DAYS_NOT_NAMED`, see `week`.
    """

    field: str  # one of FIELDS
    value: Any
    quote: str


@dataclass(frozen=True)
class OwnerRules:
    """At most one rule a field. `only`: the text says that its hours are all there are."""

    rules: tuple[Rule, ...] = ()
    only: bool = False
    unnamed: frozenset[int] = frozenset()  # weekdays the text means by "every day", "the others", not by name

    def get(self, field: str) -> Rule | None:
        """The rule of a field, if the text states one."""
        return next((rule for rule in self.rules if rule.field == field), None)

    def as_dict(self) -> dict[str, Any]:
        """The answer of `understand --policy`: every field, null where the text does not say."""
        found: dict[str, Any] = dict.fromkeys(FIELDS)
        found |= {rule.field: rule.value for rule in self.rules}
        if found["opening_hours"] is not None:
            found["opening_hours"] = self._written(found["opening_hours"])
        return found

    def _written(self, value: Week) -> dict[str, list[list[str]]] | None:
        """Days by name; `*` for the days meant without naming them, unless one of all seven is closed or missing."""
        unnamed, days = set(self.unnamed), dict(value)
        if DAYS_NOT_NAMED in days:
            meant = days.pop(DAYS_NOT_NAMED)
            unnamed |= set(range(7)) - set(days)
            days |= dict.fromkeys(unnamed, meant)
        starred = len(days) == 7 and all(days.values()) and len({days[day] for day in unnamed}) == 1
        written = {
            DAY_KEYS[day]: _clocks(days[day]) for day in sorted(days) if days[day] and not (starred and day in unnamed)
        }
        if starred:
            written["*"] = _clocks(days[min(unnamed)])
        return written or None


def week(value: Week, usual: Iterable[int] = _WORKING_WEEK) -> dict[int, tuple[Window, ...]]:
    """Opening hours by weekday, closed days with no windows; days that the text leaves open are missing.

    Hours stated without a day are given to those of the `usual` days (Sunday to Thursday) that are not named besides:
    "open 9-17" does not say that the business works on Saturdays.
    """
    days = {day: windows for day, windows in value.items() if day != DAYS_NOT_NAMED}
    if DAYS_NOT_NAMED in value:
        days |= {day: value[DAYS_NOT_NAMED] for day in usual if day not in days}
    return dict(sorted(days.items()))


def _clocks(windows: tuple[Window, ...]) -> list[list[str]]:
    return [
        [f"{opens:%H:%M}", "24:00" if opens == closes == time(0) else f"{closes:%H:%M}"] for opens, closes in windows
    ]
