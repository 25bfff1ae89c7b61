"""The one resolver: parts of a date and a time, as said, to local wall time.

The parser and the language model both answer in parts; arithmetic happens only here. Dates are local wall time, "in N
hours" is added in UTC, weeks start on Sunday. What two people could read differently comes back flagged.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from booking.hebrew.days import Days, days_of
from booking.hebrew.parts import Clock, Context, Day, DayPart, Parts, Reading, Windows, weekday_of

__all__ = [
    "Clock",
    "Context",
    "Day",
    "DayPart",
    "Parts",
    "Reading",
    "Resolution",
    "Windows",
    "resolve",
    "weekday_of",
]


_LONGEST_WAIT = 10 * 366 * 24 * 60  # minutes: a longer one was misheard, and may lie beyond the calendar


@dataclass(frozen=True, slots=True)
class Resolution:
    """The likeliest reading first; `alternatives` are the other ones a careful person would consider."""

    date: Day | None = None
    time: Clock | None = None
    ambiguous: bool = False
    alternatives: tuple[Reading, ...] = ()


@dataclass(slots=True)
class _Hour:
    """Wall-clock readings as (time, days to add); the first is the likeliest."""

    readings: list[tuple[time, int]]
    ambiguous: bool = False


def resolve(parts: Parts, now: datetime, context: Context = Context()) -> Resolution:  # noqa: B008  # frozen value
    """Date and time meant by `parts`, heard at `now` (aware, in the business's zone)."""
    if parts.relative_minutes is not None:
        if abs(parts.relative_minutes) > _LONGEST_WAIT:
            return Resolution(ambiguous=True)
        moment = (now.astimezone(UTC) + timedelta(minutes=parts.relative_minutes)).astimezone(now.tzinfo)
        return Resolution(moment.date(), moment.time().replace(second=0, microsecond=0))
    days = days_of(parts, now)
    if parts.hour is None:
        return Resolution(days.first, None, days.ambiguous, tuple((day, None) for day in days.others))
    hour = _hour(parts, days, now, context)
    if hour is None:
        return Resolution(days.first, None, True, tuple((day, None) for day in days.others))
    return _combine(days, hour, now)


def _combine(days: Days, hour: _Hour, now: datetime) -> Resolution:
    """Every day with every hour; a moment that passed is dropped where another remains."""
    dates: list[date | None] = [days.first, *days.others]
    readings: list[Reading] = []
    for day in dates:
        for clock, shift in hour.readings:
            reading = (day + timedelta(days=shift) if day is not None else None, clock)
            if reading not in readings:
                readings.append(reading)
    ambiguous = days.ambiguous or hour.ambiguous
    ahead = [reading for reading in readings if not _has_passed(reading, now)]
    if ahead and len(ahead) < len(readings) and days.first is not None:
        ambiguous = ambiguous and len(ahead) > 1 or ahead[0] != readings[0]
        readings = ahead
    elif not ahead:
        ambiguous = True
    first, *others = readings
    if _is_odd_wall_time(first, now):
        ambiguous = True
    return Resolution(first[0], first[1], ambiguous, tuple(others))


def _has_passed(reading: Reading, now: datetime) -> bool:
    day, clock = reading
    return day is not None and clock is not None and (day, clock) < (now.date(), now.time())


def _is_odd_wall_time(reading: Reading, now: datetime) -> bool:
    """Whether the clock skips this wall time, or shows it twice, on that day."""
    day, clock = reading
    if day is None or clock is None:
        return False
    wall = datetime.combine(day, clock, tzinfo=now.tzinfo)
    round_trip = wall.astimezone(UTC).astimezone(now.tzinfo)
    return round_trip.replace(tzinfo=None) != wall.replace(tzinfo=None) or (
        wall.utcoffset() != wall.replace(fold=1).utcoffset()
    )


# Hours that a day part can hold, with what to add to reach the 24-hour clock: {part: {hour: (added hours, added days)}}
_AS_SAID, _PLUS_TWELVE = (0, 0), (12, 0)
_PART_HOURS: dict[str, dict[int, tuple[int, int]]] = {
    "dawn": dict.fromkeys(range(1, 8), _AS_SAID),
    "morning": dict.fromkeys(range(1, 12), _AS_SAID),
    "noon": dict.fromkeys((10, 11, 12), _AS_SAID) | dict.fromkeys(range(1, 6), _PLUS_TWELVE),
    "afternoon": {12: _AS_SAID} | dict.fromkeys(range(1, 9), _PLUS_TWELVE),
    "evening": dict.fromkeys(range(3, 12), _PLUS_TWELVE) | {12: (-12, 1)},
    "night": dict.fromkeys(range(6, 12), _PLUS_TWELVE) | {12: (-12, 1)} | dict.fromkeys(range(1, 6), (0, 1)),
}


def _hour(parts: Parts, days: Days, now: datetime, context: Context) -> _Hour | None:
    hour, minute = parts.hour, parts.minute or 0
    if hour is None or not (0 <= hour <= 24 and 0 <= minute <= 59):
        return None
    if hour in (0, 24):
        # Midnight spoken belongs to the following day; a written 00:30 of a named day does not.
        shift = int(hour == 24 or parts.day_part in ("night", "evening"))
        doubtful = days.first is not None and parts.day_part != "night" and not parts.tonight
        return _Hour([(time(0, minute), shift)] + ([(time(0, minute), 1 - shift)] if doubtful else []), doubtful)
    if hour > 12 or parts.clock_24:
        literal_night = parts.clock_24 and hour < 6 and not context.open_24_7 and parts.day_part is None
        disagrees = hour > 12 and parts.day_part in ("dawn", "morning")  # תשע עשר בבוקר: nine or ten
        return _Hour([(time(hour, minute), 0)], literal_night or disagrees)
    if parts.day_part is not None and (added := _PART_HOURS[parts.day_part].get(hour)) is not None:
        clock = (time(hour + added[0], minute), added[1])
        named_day = parts.relative_days != 0 and days.first is not None and not parts.tonight
        if added[1] and named_day and parts.day_part == "night":
            return _Hour([clock, (clock[0], 0)], ambiguous=True)
        return _Hour([clock])
    found = _bare_hour(hour, minute, days.first, now, context)
    if parts.day_part is not None:  # שמונה בצהריים: the words disagree
        found.ambiguous = True
    return found


def _bare_hour(hour: int, minute: int, day: date | None, now: datetime, context: Context) -> _Hour:
    """An hour nobody placed: opening hours, then convention, then what is still ahead today."""
    early, late = time(hour % 12, minute), time(hour % 12 + 12, minute)
    if hour == 12:
        early, late = late, early  # noon; midnight is said otherwise
    if not context.open_24_7 and context.windows:
        inside = [clock for clock in (early, late) if _is_open(clock, day, context.windows)]
        if len(inside) == 1:
            return _Hour([(inside[0], 0)])
    likely, other = (late, early) if 1 <= hour <= 6 else (early, late)
    both_ways = hour in (7, 8) or (context.open_24_7 and hour <= 8)
    if day == now.date():
        ahead = [clock for clock in (likely, other) if clock > now.time()]
        if len(ahead) == 1:
            return _Hour([(ahead[0], 0)], ambiguous=not both_ways and ahead[0] != likely)
    readings = [(likely, 0), (other, 0)] if both_ways else [(likely, 0)]
    return _Hour(readings, ambiguous=both_ways)


def _is_open(clock: time, day: date | None, windows: Windows) -> bool:
    """Whether some window of that day (of any day, where none is known) holds the time; half-open."""
    rows = windows.get(weekday_of(day), ()) if day is not None else [row for rows in windows.values() for row in rows]
    return any(
        opens <= clock < closes if opens < closes else clock >= opens or clock < closes for opens, closes in rows
    )
