"""Which of the values said counts: corrections, alternatives, ranges; of what remains the last wins."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

from booking.hebrew.cues import between, corrects, leads_to_choice, offers_another
from booking.hebrew.items import Item
from booking.hebrew.moves import mark_old, split_moves
from booking.hebrew.refusals import mark_bounds, mark_refusals
from booking.hebrew.resolve import DayPart, Parts
from booking.hebrew.tokens import Utterance
from booking.hebrew.weeks import PART_OF_MONTH

_SAME_DAY = frozenset(("זה", "שזה", "כלומר", "של", "תאריכ", "בתאריכ", "ה", "לתאריכ", "שהוא", "הוא", "זאת", "אומרת"))


@dataclass(slots=True)
class Chosen:
    """What remains: parts to resolve, and what was said besides."""

    date: Parts | None = None
    time: Parts | None = None
    moment: Parts | None = None
    part: Parts | None = None
    bound: Item | None = None  # a spoken range of hours
    period: Item | None = None
    ambiguous: bool = False
    other_dates: list[Parts] = field(default_factory=list)
    other_times: list[Parts] = field(default_factory=list)
    rejected: list[Item] = field(default_factory=list)
    old: list[Item] = field(default_factory=list)


def choose(items: list[Item], said: Utterance, *, moving: bool, cancelling: bool = False) -> Chosen:
    """Applies refusals and, in a move, the old date; of what remains the last value wins, doubts flagged."""
    chosen = Chosen()
    if moving:
        items = mark_old(split_moves(items), said)
    chosen.ambiguous = mark_refusals(items, said)
    if cancelling and all(item.role == "reject" for item in items):
        for item in items:
            item.role = "new"  # לא אוכל להגיע מחר: tomorrow's is the one to cancel
    chosen.rejected = [item for item in items if item.role == "reject"]
    chosen.old = [item for item in items if item.role == "from"]
    kept = [item for item in items if item.role == "new"]
    mark_bounds(kept, said)
    chosen.ambiguous = chosen.ambiguous or any("doubtful" in item.notes for item in kept)
    if any(leads_to_choice(between(said, first, second)) for first, second in pairwise(kept)):
        chosen.ambiguous = True  # of whatever kinds: בעשר או בצהריים, מחר או בשבוע הבא
    for item in kept:
        if item.kind == "moment":
            chosen.moment = item.parts
        elif item.kind == "time" and item.marker == "from" and item.until is None:
            item.marker = "after"  # "מתשע": from then on
        elif item.kind == "part":
            chosen.part = item.parts
        elif item.kind == "period":
            if chosen.period is not None and offers_another(between(said, chosen.period, item)):
                chosen.ambiguous = True  # השבוע או בשבוע הבא
            chosen.period = item
    _fold_dates([item for item in kept if item.kind == "date"], said, chosen)
    _fold_times([item for item in kept if item.kind == "time"], said, chosen)
    _place_in_period(chosen)
    return chosen


def _place_in_period(chosen: Chosen) -> None:
    """ "בשבוע הבא ביום שלישי": the week places the weekday, and is not a range of its own."""
    if chosen.period is not None and chosen.period.period == "span" and chosen.date is None:
        return
    if chosen.period is None or chosen.date is None:
        return
    bare_weekday = chosen.date.weekday is not None and chosen.date.day is None and chosen.date.relative_days is None
    if chosen.period.period in ("named_month", "next_month", PART_OF_MONTH) and bare_weekday:
        chosen.date, chosen.ambiguous = None, True  # ביום שני הראשון של מאי
        return
    if chosen.period.period in ("feast", "vague"):
        _place_around_feast(chosen, chosen.date, chosen.period)
        return
    if chosen.date.weekday is not None and chosen.date.week is None and chosen.date.day is None:
        if chosen.period.period == "next_week":
            chosen.date = replace(chosen.date, week="next", week_is_certain=True)
        elif chosen.period.period == "week_after_next":
            chosen.date = replace(chosen.date, week="after_next", week_is_certain=True)
        elif chosen.period.period == "next_weekend":
            chosen.date = replace(chosen.date, week="next")
    bare_day = chosen.date.day is not None and chosen.date.month is None and chosen.date.hebrew_month is None
    if bare_day and chosen.period.period == PART_OF_MONTH:
        chosen.ambiguous = True
    elif bare_day and chosen.period.period == "next_month":
        chosen.date = replace(chosen.date, relative_months=1)
    chosen.period = None


def _place_around_feast(chosen: Chosen, day: Parts, feast: Item) -> None:
    """ "ביום ראשון אחרי סוכות": a weekday is placed by the feast, and asked about; any other day stands by itself."""
    chosen.period = None
    if "occasion" in feast.notes:
        return
    if day.weekday is not None and day.day is None and day.relative_days is None and day.feast is None:
        chosen.ambiguous = True
        chosen.date = replace(day, week=None, feast=feast.parts.feast, feast_side=feast.parts.feast_side)


def _fold_dates(items: list[Item], said: Utterance, chosen: Chosen) -> None:
    previous: Item | None = None
    for item in items:
        if previous is None or chosen.date is None:
            chosen.date = item.parts
        else:
            gap = between(said, previous, item)
            framed = previous.marker == "from" or said.key(previous.start - 1) in ("בינ", "ובינ")
            if gap[-1:] in (["עד"], ["ועד"]) or (framed and item.marker == "to"):
                chosen.period = Item(
                    "period", previous.start, item.end, previous.parts, until=item.parts, period="span"
                )
                chosen.date, previous = None, item
                continue
            merged = (
                _merge_dates(chosen.date, item.parts)
                if all(key in _SAME_DAY or not key.isalpha() for key in gap)
                else None
            )
            if merged is not None and not offers_another(gap):
                chosen.date = merged
            elif offers_another(gap) and not corrects(gap):
                chosen.other_dates.append(item.parts)
                chosen.ambiguous = True
            else:
                if not corrects(gap):
                    chosen.other_dates.append(chosen.date)
                    chosen.ambiguous = True
                else:
                    chosen.other_dates.clear()
                chosen.date = item.parts
        previous = item


def _merge_dates(first: Parts, second: Parts) -> Parts | None:
    """One day said twice over: weekday and calendar date, מחר and its weekday. None where they are two days."""
    for one, other in ((first, second), (second, first)):
        if one.weekday is not None and one.day is None and one.relative_days is None and other.weekday is None:
            if other.day is not None or other.feast is not None:
                return replace(other, weekday=one.weekday, day_part=other.day_part or one.day_part)
            if other.relative_days is not None and other.relative_days >= 7:
                if other.relative_days % 7 == 0:
                    return replace(other, weekday=one.weekday, week_is_certain=True)
            elif other.relative_days is not None:
                return replace(other, weekday=one.weekday)
    if first.relative_days is not None and second.day is not None:
        return None
    return second if first == second else None


_EITHER_HALF = (7, 8)


def _in_the_same_part(parts: Parts, part: DayPart | None) -> Parts:
    """ "בשש בערב, סליחה שבע" stays in the evening; "בעשר בבוקר, בעצם בחמש" does not stay in the morning."""
    if part is None or parts.day_part is not None or parts.clock_24 or parts.hour is None:
        return parts
    late = part in ("evening", "night") and 9 <= parts.hour <= 11
    return replace(parts, day_part=part) if late or parts.hour in _EITHER_HALF else parts


def _says_again(first: Parts, second: Parts) -> bool:
    """ "בחמש, בחמש אחר הצהריים": one hour said twice over."""
    unsaid = first.day_part is None or second.day_part is None
    return unsaid and (first.hour, first.minute) == (second.hour, second.minute)


def _fold_times(items: list[Item], said: Utterance, chosen: Chosen) -> None:
    previous: Item | None = None
    for item in items:
        afresh = previous is None or corrects(between(said, previous, item))
        if item.until is not None or item.marker in ("after", "before"):
            chosen.bound, chosen.time = item, None if afresh else chosen.time
        elif previous is None or chosen.time is None:
            chosen.time, chosen.bound = item.parts, None if afresh else chosen.bound
        else:
            gap = between(said, previous, item)
            later = _in_the_same_part(item.parts, chosen.time.day_part)
            doubtful = later != item.parts and later.hour not in _EITHER_HALF
            if offers_another(gap) and not corrects(gap):
                chosen.other_times.append(later)
                chosen.ambiguous = True
            elif corrects(gap):
                chosen.other_times[:] = [item.parts] if doubtful else []
                chosen.time, chosen.ambiguous = later, chosen.ambiguous or doubtful
            elif _says_again(chosen.time, later):
                chosen.time = later if later.day_part is not None else chosen.time
            elif later != chosen.time:
                chosen.other_times.append(chosen.time)
                chosen.time, chosen.ambiguous = later, True
        previous = item
    if chosen.bound is not None and chosen.time is not None:
        chosen.bound = None
