"""The one resolver: parts of a date and a time, as said, to local wall time.

The parser and the language model both answer in parts; arithmetic happens only here. Dates are local wall time, "in N
hours" is added in UTC, weeks start on Sunday. What two people could read differently comes back flagged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

Day = date  # names that a field called `date` or `time` does not hide
Clock = time
DayPart = Literal["morning", "noon", "afternoon", "evening", "night", "dawn"]
Windows = Mapping[int, Sequence[tuple[time, time]]]

_SMALL_HOURS_END = 4  # until then "tomorrow" may mean the day that has already begun


@dataclass(frozen=True, slots=True)
class Context:
    """What the listener knows beside the words. `windows`: opening hours by weekday, 0 = Sunday."""

    asked: str | None = None  # name, phone, time, date, confirm
    open_24_7: bool = False
    windows: Windows | None = None
    wants_name: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """A date and a time as said. Weekdays count from Sunday = 0."""

    weekday: int | None = None
    week: Literal["this", "next"] | None = None
    day: int | None = None
    month: int | None = None
    year: int | None = None
    relative_days: int | None = None
    relative_minutes: int | None = None
    hour: int | None = None
    minute: int | None = None
    day_part: DayPart | None = None
    spans: tuple[str, ...] = ()  # the literal words the parts were read from
    week_is_certain: bool = False  # "בשבוע הבא" was said, not the "הבא" that people read in two ways
    relative_months: int | None = None
    clock_24: bool = False  # the hour was written as 08:00, or with am or pm already applied
    tonight: bool = False  # "הלילה": the small hours belong to the coming night beyond doubt


Reading = tuple[date | None, time | None]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The likeliest reading first; `alternatives` are the other ones a careful person would consider."""

    date: Day | None = None
    time: Clock | None = None
    ambiguous: bool = False
    alternatives: tuple[Reading, ...] = ()


@dataclass(slots=True)
class _Days:
    first: date | None = None
    others: list[date] = field(default_factory=list)
    ambiguous: bool = False


@dataclass(slots=True)
class _Hour:
    """Wall-clock readings as (time, days to add); the first is the likeliest."""

    readings: list[tuple[time, int]]
    ambiguous: bool = False


def weekday_of(day: date) -> int:
    """0 = Sunday, as the owner counts."""
    return (day.weekday() + 1) % 7


def resolve(parts: Parts, now: datetime, context: Context = Context()) -> Resolution:  # noqa: B008  # frozen value
    """Date and time meant by `parts`, heard at `now` (aware, in the business's zone)."""
    if parts.relative_minutes is not None:
        moment = (now.astimezone(UTC) + timedelta(minutes=parts.relative_minutes)).astimezone(now.tzinfo)
        return Resolution(moment.date(), moment.time().replace(second=0, microsecond=0))
    days = _days(parts, now)
    if parts.hour is None:
        return Resolution(days.first, None, days.ambiguous, tuple((day, None) for day in days.others))
    hour = _hour(parts, days, now, context)
    if hour is None:
        return Resolution(days.first, None, True, tuple((day, None) for day in days.others))
    return _combine(days, hour, now)


def _combine(days: _Days, hour: _Hour, now: datetime) -> Resolution:
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


def _days(parts: Parts, now: datetime) -> _Days:
    today = now.date()
    if parts.relative_months is not None and parts.day is None:
        return _Days(_shift_months(today, parts.relative_months))
    if parts.relative_days is not None and parts.weekday is not None and parts.relative_days >= 7:
        counted = _coming(parts.weekday, today) + timedelta(days=parts.relative_days)
        sunday = today - timedelta(days=weekday_of(today))
        of_that_week = sunday + timedelta(days=parts.relative_days + parts.weekday)
        if not parts.week_is_certain or counted == of_that_week:
            return _Days(counted)
        return _Days(of_that_week, [counted], ambiguous=True)
    if parts.relative_days is not None:
        return _relative_days(parts, parts.relative_days, now)
    if parts.day is not None:
        return _calendar_day(parts, parts.day, today)
    if parts.weekday is not None:
        return _weekday(parts, parts.weekday, now)
    return _Days()


def _relative_days(parts: Parts, days: int, now: datetime) -> _Days:
    found = _Days(now.date() + timedelta(days=days))
    if days == 1 and now.hour < _SMALL_HOURS_END:
        found.others.append(now.date())
        found.ambiguous = True
    if days < 0:
        found.ambiguous = True
    if found.first is not None and parts.weekday is not None and weekday_of(found.first) != parts.weekday:
        found.others.append(_coming(parts.weekday, now.date()))
        found.ambiguous = True
    return found


def _calendar_day(parts: Parts, day: int, today: date) -> _Days:
    """The next such date ahead; one that does not exist, has passed, or is another weekday is asked about."""
    found = _Days()
    if parts.month is None:
        first = _shift_months(today.replace(day=1), parts.relative_months or 0)
        months = [_shift_months(first, ahead) for ahead in range(3)]
        dates = [made for month in months if (made := _make(month.year, month.month, day)) and made >= today]
        found.first = dates[0] if dates else None
    elif parts.year is not None:
        found.first = _make(parts.year, parts.month, day)
        found.ambiguous = found.first is not None and found.first < today
    else:
        years = range(today.year, today.year + 9)  # far enough for 29 February
        dates = [made for year in years if (made := _make(year, parts.month, day)) and made >= today]
        leap_day = (parts.month, day) == (2, 29)
        if dates and (dates[0].year <= today.year + 1 or leap_day):
            found.first, found.ambiguous = dates[0], leap_day and dates[0].year > today.year + 1
    if found.first is None:
        found.ambiguous = True
    elif parts.weekday is not None and weekday_of(found.first) != parts.weekday:
        found.others.append(_coming(parts.weekday, today))
        found.ambiguous = True
    return found


def _weekday(parts: Parts, weekday: int, now: datetime) -> _Days:
    today = now.date()
    coming = _coming(weekday, today)
    if parts.week == "next":
        sunday = today - timedelta(days=weekday_of(today))
        following = sunday + timedelta(days=7 + weekday)
        if parts.week_is_certain or following == coming:
            return _Days(following)
        return _Days(following, [coming], ambiguous=True)
    if weekday_of(today) == weekday:
        return _Days(coming, [today], ambiguous=True)
    return _Days(coming)


def _coming(weekday: int, today: date) -> date:
    """The next such weekday, never today."""
    return today + timedelta(days=(weekday - weekday_of(today) - 1) % 7 + 1)


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _shift_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


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


def _hour(parts: Parts, days: _Days, now: datetime, context: Context) -> _Hour | None:
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
        return _Hour([(time(hour, minute), 0)], literal_night)
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
