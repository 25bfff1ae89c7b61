"""The days and hours that a sentence of the assistant names, to be held against an appointment."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from booking.hebrew.dates import find_dates
from booking.hebrew.evidence import attach_parts, keep_evident
from booking.hebrew.items import Item
from booking.hebrew.masks import mask_traps
from booking.hebrew.resolve import Parts, resolve
from booking.hebrew.times import find_parts, find_times
from booking.hebrew.tokens import Utterance

_DAWN = time(5)  # of today: nothing that is said lies behind
_PART_HOURS = {
    "dawn": (2, 8), "morning": (5, 12), "noon": (11, 16), "afternoon": (12, 19), "evening": (16, 24), "night": (19, 29),
}  # fmt: skip  # a table
_HALF_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, an hour, or both, as said; None is what was not said. `until`: the end of a range of hours."""

    day: Parts | None = None
    clock: Parts | None = None
    until: Parts | None = None
    leaving: bool = False  # said with "from": what was moved away from


@lru_cache(maxsize=256)
def moments_in(text: str) -> tuple[Moment, ...]:
    """Every moment that is named, in order. An hour belongs to the day before it, else to the one behind it."""
    said = Utterance(text)
    _mask_names(said)
    mask_traps(said)
    items = _items(said)
    days = _whole_days([item for item in items if item.kind == "date"], said)
    found: list[Moment] = []
    used: set[int] = set()
    for item in items:
        if item.kind not in ("time", "part"):
            continue
        day = next((each for each in reversed(days) if each.start < item.start), None) or next(iter(days), None)
        if day is not None:
            used.add(id(day))
        leaving = item.marker == "from" and item.until is None
        leaving = leaving or (day is not None and _is_left(said, day) and id(day) == id(days[0]) and len(days) > 1)
        found.append(Moment(day.parts if day else None, item.parts, item.until, leaving))
    found += [Moment(day.parts, leaving=_is_left(said, day)) for day in days if id(day) not in used]
    return tuple(found)


def _items(said: Utterance) -> list[Item]:
    dates = find_dates(said, False)
    taken = {index for item in dates for index in range(item.start, item.end)}
    parts = find_parts(said, taken)
    held = taken | {index for item in parts for index in range(item.start, item.end)}
    found = sorted([*dates, *parts, *find_times(said, held, "time")], key=lambda item: item.start)
    return attach_parts(keep_evident(found, said), said)


def _whole_days(days: list[Item], said: Utterance) -> list[Item]:
    """ "יום שלישי, עשרים וארבעה בנובמבר" as one day."""
    whole: list[Item] = []
    for item in days:
        last = whole[-1] if whole else None
        near = last is not None and all(said.at(at).kind == "break" for at in range(last.end, item.start))
        if last is not None and near and _is_weekday(last.parts) and item.parts.day is not None:
            parts = replace(item.parts, weekday=last.parts.weekday)
            whole[-1] = Item("date", last.start, item.end, parts, marker=last.marker)
        else:
            whole.append(item)
    return whole


def _is_weekday(parts: Parts) -> bool:
    return parts.weekday is not None and parts.day is None and parts.relative_days is None


def _is_left(said: Utterance, day: Item) -> bool:
    return said.at(day.start).prefix.endswith("מ") or said.at(day.start).key == "מיומ"


def _mask_names(said: Utterance) -> None:
    """על שם שני לוי: no Monday."""
    for index in range(len(said)):
        if said.at(index).key == "שמ" and said.key(index - 1) == "על":
            end = index + 1
            while end < index + 4 and said.at(end).kind == "word" and not (end > index + 1 and said.at(end).prefix):
                end += 1
            said.mask(index - 1, end, "name")


def agrees(moment: Moment, start: datetime, today: date) -> bool:
    """Whether the moment as said can be this one; `start` is naive, local, as is `today`."""
    return _day_agrees(moment, start, today) and _hour_agrees(moment, start, today)


def days_of(moment: Moment, today: date) -> set[date]:
    """The days it can mean; empty if none was said."""
    return set(_days(moment, today))


def _day_agrees(moment: Moment, start: datetime, today: date) -> bool:
    return moment.day is None or start.date() in _days(moment, today)


def _days(moment: Moment, today: date) -> Iterator[date]:
    if moment.day is None:
        return
    now = datetime.combine(today, _DAWN, UTC)
    alone = replace(moment.day, hour=None, minute=None, day_part=None)
    with_hour = _with_hour(moment)
    for parts in (alone, with_hour):
        placed = resolve(parts, now)
        yield from (day for day, _ in ((placed.date, None), *placed.alternatives) if day is not None)


def _with_hour(moment: Moment) -> Parts:
    day, clock = moment.day or Parts(), moment.clock or Parts()
    part = clock.day_part or day.day_part
    return replace(day, hour=clock.hour, minute=clock.minute, clock_24=clock.clock_24, day_part=part)


def _hour_agrees(moment: Moment, start: datetime, today: date) -> bool:
    clock = moment.clock
    part = (clock.day_part if clock is not None else None) or (moment.day.day_part if moment.day else None)
    if clock is None or clock.hour is None:
        return part is None or _in_part(part, start.time())
    if moment.until is not None:
        return _within(clock, moment.until, start)
    if clock.relative_minutes is not None:
        return True
    said = _clocks(replace(clock, day_part=part), today)
    return start.time().replace(second=0) in said


def _clocks(parts: Parts, today: date) -> set[time]:
    """The hours it can be: both halves of the day where nothing tells them apart."""
    hour, minute = (parts.hour or 0) % 24, parts.minute or 0
    if parts.day_part is not None or parts.clock_24 or hour > 12 or hour == 0:
        placed = resolve(replace(Parts(), hour=parts.hour, minute=parts.minute, clock_24=parts.clock_24,
                                 day_part=parts.day_part), datetime.combine(today, _DAWN, UTC))  # fmt: skip
        return {clock for _, clock in ((None, placed.time), *placed.alternatives) if clock is not None}
    return {time(hour, minute), time((hour + 12) % 24, minute)}


def _in_part(part: str, clock: time) -> bool:
    begins, ends = _PART_HOURS[part]
    return any(begins <= hour < ends for hour in (clock.hour, clock.hour + 24))


def _within(first: Parts, last: Parts, start: datetime) -> bool:
    """Whether the start lies in a range of hours, read in either half of the day."""
    begins, ends = ((each.hour or 0) * 60 + (each.minute or 0) for each in (first, last))
    at = start.hour * 60 + start.minute
    half = int(_HALF_DAY.total_seconds() // 60)
    if ends < begins:
        ends += half
    return any(begins + shift <= at <= ends + shift for shift in (0, half))
