"""Ranges as said: hours between two bounds, a week, a weekend, a month."""

from datetime import date, datetime, time, timedelta

from booking.hebrew.feasts import span_of
from booking.hebrew.items import Item
from booking.hebrew.resolve import Context, Parts, resolve, weekday_of
from booking.hebrew.weeks import PART_OF_MONTH

TimeRange = tuple[time | None, time | None]
DateRange = tuple[date, date]


def time_range(bound: Item, day: date | None, now: datetime, context: Context) -> tuple[TimeRange, bool]:
    """The hours between which the caller is free, and whether they could be read otherwise."""
    first = _clock(bound.parts, day, now, context)
    if bound.until is None:
        ends = (first[0], None) if bound.marker == "after" else (None, first[0])
        return ends, first[1]
    lower, upper = _readings(bound.parts), _readings(bound.until)
    if first[0] is not None:
        lower = [first[0], *lower]
    second = _clock(bound.until, day, now, context)[0]
    if second is not None:
        upper = [second, *upper]
    for opens in lower:
        for closes in upper:
            if closes > opens and (closes.hour - opens.hour <= 12):
                plain = bound.until.day_part is None and bound.parts.day_part is None
                return (opens, closes), first[1] and plain
    return (first[0], second), True


def _clock(parts: Parts, day: date | None, now: datetime, context: Context) -> tuple[time | None, bool]:
    """The hour's likeliest reading; whether today has seen it already does not matter to a bound."""
    placed = resolve(_without_day(parts), now, context)
    return placed.time, placed.ambiguous


def _without_day(parts: Parts) -> Parts:
    return Parts(hour=parts.hour, minute=parts.minute, day_part=parts.day_part, clock_24=parts.clock_24)


def _readings(parts: Parts) -> list[time]:
    hour, minute = parts.hour or 0, parts.minute or 0
    if hour > 12 or hour == 0:
        return [time(hour % 24, minute)]
    late, early = time(hour % 12 + 12, minute), time(hour % 12, minute)
    return [late, early] if 1 <= hour <= 6 or hour == 12 else [early, late]


def date_range(item: Item, now: datetime) -> tuple[DateRange | None, bool]:
    """First and last day of a spoken period; a weekend is flagged, for it names two days."""
    today = now.date()
    sunday = today - timedelta(days=weekday_of(today))
    if item.period == "week":
        return (today, sunday + timedelta(days=6)), False
    if item.period == "next_week":
        return (sunday + timedelta(days=7), sunday + timedelta(days=13)), False
    if item.period == "week_after_next":
        return (sunday + timedelta(days=14), sunday + timedelta(days=20)), False
    if item.period == "weekend":
        friday = sunday + timedelta(days=5)
        return (max(friday, today), friday + timedelta(days=1)), True
    if item.period == "next_weekend":
        friday = sunday + timedelta(days=12)
        return (friday, friday + timedelta(days=1)), True
    if item.period == "month":
        return (today, _month_end(today)), False
    if item.period == "next_month":
        first = _month_end(today) + timedelta(days=1)
        return (first, _month_end(first)), False
    if item.period in ("feast", "vague"):
        named = item.parts.feast not in (None, "feast", "feasts")
        if item.parts.feast is None or not named or item.parts.eve or item.parts.feast_side is not None:
            return None, True
        feast = span_of(item.parts.feast, today)
        return (max(feast.first, today), feast.last), True
    if item.period == PART_OF_MONTH:
        return None, False  # a weekday in it is flagged where it is placed
    month = item.parts.month
    if item.period == "span" and item.until is not None:
        return _span(item.parts, item.until, now), False
    if month is None:
        return None, False
    first = date(today.year + (month < today.month), month, 1)
    return (max(first, today), _month_end(first)), False


def _span(first: Parts, last: Parts, now: datetime) -> DateRange | None:
    """מראשון עד רביעי: the last day follows the first."""
    opens, closes = resolve(first, now).date, resolve(last, now).date
    if opens is None or closes is None:
        return None
    while closes < opens and last.weekday is not None and last.day is None:
        closes += timedelta(days=7)
    return (opens, closes) if opens <= closes else None


def _month_end(day: date) -> date:
    following = day.replace(day=28) + timedelta(days=4)
    return following.replace(day=1) - timedelta(days=1)
