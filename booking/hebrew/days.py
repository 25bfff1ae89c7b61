"""The day that parts of a date mean, and the other days they could mean."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from booking.hebrew.feasts import NEW_MOON, next_days, span_of
from booking.hebrew.parts import Parts, weekday_of

_JUST_GONE_BY = 300  # days: a Hebrew date so far ahead is likelier meant of this year, and was missed
_FARTHEST = 3660  # days: what lies ten years ahead was misheard, and may lie beyond the calendar
_DAYS_A_MONTH, _DAYS_A_YEAR = 30, 366
_HEBREW_YEARS_AHEAD = 3760  # of the civil ones
_SMALL_HOURS_END = 4  # until then "tomorrow" may mean the day that has already begun


@dataclass(slots=True)
class Days:
    first: date | None = None
    others: list[date] = field(default_factory=list)
    ambiguous: bool = False


def days_of(parts: Parts, now: datetime) -> Days:
    today = now.date()
    if _is_too_far(parts, today):
        return Days(ambiguous=True)
    if parts.relative_months is not None and parts.day is None:
        return Days(_shift_months(today, parts.relative_months))
    if parts.feast is not None:
        return _feast_days(parts, parts.feast, today)
    if parts.relative_days is not None and parts.weekday is not None and parts.relative_days >= 7:
        counted = _coming(parts.weekday, today) + timedelta(days=parts.relative_days)
        sunday = today - timedelta(days=weekday_of(today))
        of_that_week = sunday + timedelta(days=parts.relative_days + parts.weekday)
        if not parts.week_is_certain or counted == of_that_week:
            return Days(counted)
        return Days(of_that_week, [counted], ambiguous=True)
    if parts.relative_days is not None:
        return _relative_days(parts, parts.relative_days, now)
    if parts.day is not None and parts.hebrew_month is not None:
        found = next_days(parts.day, parts.hebrew_month, parts.year, today)
        doubtful = len(found) != 1 or found[0] < today or (found[0] - today).days > _JUST_GONE_BY
        return _on_weekday(Days(found[0] if found else None, found[1:], doubtful), parts, today)
    if parts.day is not None:
        return _calendar_day(parts, parts.day, today)
    if parts.weekday is not None:
        return _weekday(parts, parts.weekday, now)
    return Days()


def _is_too_far(parts: Parts, today: date) -> bool:
    year = parts.year
    if year is not None and parts.hebrew_month is not None:
        year -= _HEBREW_YEARS_AHEAD
    ahead = (
        parts.relative_days or 0,
        (parts.relative_months or 0) * _DAYS_A_MONTH,
        (year - today.year) * _DAYS_A_YEAR if year is not None else 0,
    )
    return any(abs(days) > _FARTHEST for days in ahead)


def _relative_days(parts: Parts, days: int, now: datetime) -> Days:
    found = Days(now.date() + timedelta(days=days))
    if days == 1 and now.hour < _SMALL_HOURS_END:
        found.others.append(now.date())
        found.ambiguous = True
    if days < 0:
        found.ambiguous = True
    if found.first is not None and parts.weekday is not None and weekday_of(found.first) != parts.weekday:
        found.others.append(_coming(parts.weekday, now.date()))
        found.ambiguous = True
    return found


def _calendar_day(parts: Parts, day: int, today: date) -> Days:
    """The next such date ahead; one that does not exist, has passed, or is another weekday is asked about."""
    found = Days()
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
    return _on_weekday(found, parts, today)


def _on_weekday(found: Days, parts: Parts, today: date) -> Days:
    """A date named with another day's weekday is asked about."""
    if found.first is not None and parts.weekday is not None and weekday_of(found.first) != parts.weekday:
        found.others.append(_coming(parts.weekday, today))
        found.ambiguous = True
    return found


def _feast_days(parts: Parts, feast: str, today: date) -> Days:
    """A feast of one day, or its eve, is a date; on a longer one, before or after it, a weekday is a likely one."""
    span = span_of(feast, today)
    if parts.eve:
        if span.first <= today:  # its eve is over
            span = span_of(feast, span.last + timedelta(days=1))
        eve = span.first - timedelta(days=1)
        return _on_weekday(Days(eve, ambiguous=parts.relative_days is not None), parts, today)
    if parts.feast_side == "after" and parts.relative_days == 1:
        return Days(span.last + timedelta(days=1), ambiguous=True)
    if parts.feast_side is None and span.first == span.last:
        return _on_weekday(Days(span.first), parts, today)
    if parts.weekday is None:
        if feast.startswith(NEW_MOON):
            return Days(span.last, [span.first], ambiguous=True)
        return Days(ambiguous=True)
    if parts.feast_side == "before":
        likely = _coming(parts.weekday, span.first - timedelta(days=8))
    else:
        edge = span.last if parts.feast_side == "after" else span.first - timedelta(days=1)
        likely = _coming(parts.weekday, edge)
    return Days(likely, [_coming(parts.weekday, today)], ambiguous=True)


def _weekday(parts: Parts, weekday: int, now: datetime) -> Days:
    today = now.date()
    coming = _coming(weekday, today)
    if parts.week in ("next", "after_next"):
        sunday = today - timedelta(days=weekday_of(today))
        following = sunday + timedelta(days=(7 if parts.week == "next" else 14) + weekday)
        if parts.week == "next" and not parts.week_is_certain and following == today + timedelta(days=1):
            return Days(following, [following + timedelta(days=7)], ambiguous=True)  # tomorrow is called מחר
        if parts.week_is_certain or following == coming:
            return Days(following)
        return Days(following, [coming], ambiguous=True)
    if weekday_of(today) == weekday:
        return Days(coming, [today], ambiguous=True)
    return Days(coming)


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
