"""One Hebrew utterance understood: what is wanted, when, by whom, and how sure that is."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from booking.hebrew.answers import Intent
from booking.hebrew.clauses import Chosen, choose
from booking.hebrew.dates import find_dates
from booking.hebrew.evidence import attach_parts, keep_evident
from booking.hebrew.intents import find_intent
from booking.hebrew.items import Item
from booking.hebrew.masks import mask_traps
from booking.hebrew.names import find_name
from booking.hebrew.past import is_told, keep_asked, names_past_day, wishes_for_the_past
from booking.hebrew.phones import find_phone
from booking.hebrew.ranges import DateRange, TimeRange, date_range, time_range
from booking.hebrew.resolve import Clock, Context, Day, DayPart, Parts, Reading, Resolution, resolve, weekday_of
from booking.hebrew.small_talk import is_farewell, is_ghost, is_wait
from booking.hebrew.times import find_parts, find_times
from booking.hebrew.tokens import Utterance


@dataclass(frozen=True, slots=True)
class Understanding:
    """What an utterance says. A value that was not said, or cannot be trusted to be meant, is None."""

    intent: Intent = "none"
    date: Day | None = None
    time: Clock | None = None
    name: str | None = None
    phone: str | None = None  # national digits
    ambiguous: bool = False
    part: DayPart | None = None  # a part of the day without an hour
    date_range: DateRange | None = None  # both days included
    time_range: TimeRange | None = None  # open ends are None
    reject: Reading | None = None  # turned down
    source: Reading | None = None  # what is to be moved
    phone_partial: bool = False
    alternatives: tuple[Reading, ...] = ()
    farewell: bool = False
    wait: bool = False
    parts: Parts = Parts()  # what date and time were resolved from
    past_day: bool = False  # a day that is over was named, and not in a story; it has no date

    def as_dict(self) -> dict[str, Any]:
        """The shape of the `understand` command; optional keys only where there is something."""
        answer: dict[str, Any] = {
            "intent": self.intent,
            "date": _iso(self.date),
            "time": _iso(self.time),
            "name": self.name,
            "phone": self.phone,
            "ambiguous": self.ambiguous,
        }
        if self.part is not None:
            answer["part"] = self.part
        if self.date_range is not None:
            answer["date_range"] = [_iso(day) for day in self.date_range]
        if self.time_range is not None:
            answer["time_range"] = [_iso(clock) for clock in self.time_range]
        if self.source is not None:
            answer["from"] = _reading_dict(self.source)
        if self.reject is not None:
            answer["reject"] = _reading_dict(self.reject)
        if self.phone_partial:
            answer["phone_partial"] = True
        return answer


def _iso(value: date | time | None) -> str | None:
    if value is None:
        return None
    return value.strftime("%H:%M") if isinstance(value, time) else value.isoformat()


def _reading_dict(reading: Reading) -> dict[str, str | None]:
    day, clock = reading
    return {key: _iso(value) for key, value in (("date", day), ("time", clock)) if value is not None}


_ABOUT_AN_APPOINTMENT = ("reschedule", "cancel")
_MAY_ASK_FOR_A_TIME = ("book", "reschedule", "none")


def parse(text: str, now: datetime, context: Context = Context()) -> Understanding:  # noqa: B008  # frozen value
    """Reads one utterance heard at `now` (aware, in the business's zone)."""
    said = Utterance(text)
    if not said.tokens or is_ghost(text):
        return Understanding()
    phone = find_phone(said, context.asked == "phone")
    mask_traps(said)
    name = find_name(said, asked=context.asked == "name", wanted=context.wants_name)
    items = _items(said, context)
    questioned = "?" in text
    answers = bool(items) or name is not None or (phone is not None and phone.number is not None)
    asks_last = not answers or text.rstrip(" \"'״׳.").endswith("?")
    intent = find_intent(said, asked=context.asked, has_time=bool(items), questioned=questioned, asks_last=asks_last)
    if intent not in _ABOUT_AN_APPOINTMENT:
        items = [item for item in items if not is_told(said, item)]
    chosen = choose(items, said, moving=intent == "reschedule", cancelling=intent == "cancel")
    understood = _resolved(chosen, now, context)
    unreal = intent in _MAY_ASK_FOR_A_TIME and understood.date is None and wishes_for_the_past(said)
    return replace(
        understood,
        intent=intent,
        ambiguous=understood.ambiguous or unreal,
        name=name.text if name is not None else None,
        phone=phone.number if phone is not None else None,
        phone_partial=phone is not None and phone.partial,
        farewell=intent in ("none", "yes", "no") and is_farewell(text),
        wait=intent == "none" and not items and is_wait(text),
        past_day=names_past_day(said),
    )


def _items(said: Utterance, context: Context) -> list[Item]:
    """Every date, hour, part and period that has the evidence to be one, in order."""
    dates = find_dates(said, context.asked == "date")
    taken = {index for item in dates for index in range(item.start, item.end)}
    parts = find_parts(said, taken)
    held = taken | {index for item in parts for index in range(item.start, item.end)}
    times = find_times(said, held, context.asked)
    found = sorted([*dates, *parts, *times], key=lambda item: item.start)
    present = [item for item in found if not _belongs_to_the_past(said, item)]
    return attach_parts(keep_asked(keep_evident(present, said), said), said)


def _belongs_to_the_past(said: Utterance, item: Item) -> bool:
    """אתמול בשבע: an hour right beside a day that is over."""
    return item.kind in ("time", "part") and "past" in (said.at(item.start - 1).mask, said.at(item.end).mask)


def _resolved(chosen: Chosen, now: datetime, context: Context) -> Understanding:
    if chosen.moment is not None and chosen.date is None:
        moment = resolve(chosen.moment, now, context)
        return Understanding(
            date=moment.date, time=moment.time, ambiguous=moment.ambiguous or chosen.ambiguous, parts=chosen.moment
        )
    parts = _merged(chosen)
    if chosen.old and parts.weekday is not None:
        parts, doubt = _after_the_old(parts, chosen.old, now)
    else:
        doubt = None
    placed = resolve(parts, now, context)
    others = [*placed.alternatives, *_others(chosen, parts, placed, now, context)]
    ambiguous = placed.ambiguous or chosen.ambiguous
    if doubt is not None:
        others.append((doubt, placed.time))
        ambiguous = True
    period, period_doubt = (
        date_range(chosen.period, now) if chosen.period is not None and placed.date is None else (None, False)
    )
    if chosen.period is not None and chosen.period.period.endswith("weekend") and period is not None:
        others.extend((day, placed.time) for day in period)
    elif chosen.period is not None and chosen.period.period == "feast" and period is not None:
        days = (period[1] - period[0]).days
        others.extend((period[0] + timedelta(days=ahead), placed.time) for ahead in range(days + 1))
    bound, bound_doubt = (
        time_range(chosen.bound, placed.date, now, context) if chosen.bound is not None else (None, False)
    )
    if bound is not None and (bound[0] or bound[1]):
        others.append((placed.date, bound[0] or bound[1]))
    return Understanding(
        date=placed.date,
        time=placed.time,
        ambiguous=ambiguous or period_doubt or bound_doubt,
        part=parts.day_part if placed.time is None else None,
        date_range=period,
        time_range=bound,
        reject=_one(chosen.rejected, now, context),
        source=_one(chosen.old, now, context),
        alternatives=tuple(dict.fromkeys(others)),
        parts=parts,
    )


def _merged(chosen: Chosen) -> Parts:
    """Day and hour as one; the hour's own day part wins over the day's (הערב) and a loose one."""
    day, clock = chosen.date or Parts(), chosen.time or Parts()
    loose = chosen.part.day_part if chosen.part is not None else None
    part = clock.day_part or loose or day.day_part
    tonight = clock.tonight or (day.tonight and part == "night")
    return replace(day, hour=clock.hour, minute=clock.minute, clock_24=clock.clock_24, day_part=part, tonight=tonight)


def _after_the_old(parts: Parts, old: list[Item], now: datetime) -> tuple[Parts, date | None]:
    """ "מיום שני ליום רביעי": the Wednesday of that same week; the coming one stays as the other reading."""
    source = next((item.parts for item in old if item.kind == "date" and item.parts.weekday is not None), None)
    bare = parts.day is None and parts.relative_days is None and parts.week is None and parts.feast is None
    if source is None or not bare or source.week is not None:
        return parts, None
    was, coming = resolve(source, now).date, resolve(parts, now).date
    if was is None or coming is None or parts.weekday is None:
        return parts, None
    later = was.toordinal() - weekday_of(was) + parts.weekday
    meant = date.fromordinal(later)
    if meant <= now.date() or meant == coming:
        return parts, None
    return replace(parts, weekday=None, day=meant.day, month=meant.month, year=meant.year), coming


def _others(chosen: Chosen, parts: Parts, placed: Resolution, now: datetime, context: Context) -> list[Reading]:
    readings: list[Reading] = []
    for day in chosen.other_dates:
        other = resolve(replace(day, hour=parts.hour, minute=parts.minute, day_part=parts.day_part), now, context)
        readings.append((other.date, placed.time))
    for clock in chosen.other_times:
        merged = replace(parts, hour=clock.hour, minute=clock.minute, day_part=clock.day_part, clock_24=clock.clock_24)
        other = resolve(merged, now, context)
        readings.append((other.date, other.time))
    return readings


def _one(items: list[Item], now: datetime, context: Context) -> Reading | None:
    """The values of a refusal or of an old appointment, resolved like any other."""
    if not items:
        return None
    day = next((item.parts for item in items if item.kind == "date"), Parts())
    clock = next((item.parts for item in items if item.kind == "time"), Parts())
    part = clock.day_part or day.day_part
    placed = resolve(replace(day, hour=clock.hour, minute=clock.minute, day_part=part), now, context)
    return (placed.date, placed.time) if placed.date is not None or placed.time is not None else None
