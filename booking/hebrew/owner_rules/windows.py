"""Hours of opening: 10-20, מתשע עד חמש, 8 בבוקר עד 12 בלילה; which half of the day a bare number means."""

from dataclasses import dataclass

from booking.hebrew.numbers import small_at
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.words import COUNTED, MONEY

# Minutes of the day, here and below: 7 * 60 is seven o'clock.
_DAY = 24 * 60
_HALF = 12 * 60
_ONE = 13 * 60  # a time from here on can only be one of the 24-hour clock
_NIGHT_ENDS = 6 * 60  # work that began in the evening is over by then, and hardly any begins before
_MORNING = 7 * 60  # a bare number from here on opens in the morning, a smaller one in the afternoon
_LONG_NIGHT_ENDS = 8 * 60  # of work that began at _NIGHT or later
_NIGHT = 20 * 60
_LAST_ROUND = 4 * 60  # no day's work begins so early
_SHORT_NIGHT = 10 * 60  # the day that it would be the wrong way round is far longer
_LATEST_CLOSING = 23 * 60  # of a day's work; numbers up to here may be one that was swapped with its opening
_UNTIL = frozenset(("עד", "ועד", "until", "till", "to"))
_BETWEEN = frozenset(("בינ", "ובינ", "מ", "from", "שעות", "השעות"))  # בין, folded
_HOUR_WORDS = ("שעה", "שעות")
_LATE = frozenset(("afternoon", "evening", "night"))


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as written. `bare`: a number of 1-12 that may be either half of the day."""

    minute: int  # of the day; 1440 is midnight as the end
    start: int
    end: int
    prefix: str
    part: str = ""  # morning, noon, afternoon, evening, night, dawn; am, pm
    bare: bool = True
    plain: bool = True  # a number alone, without minutes or a part of day


@dataclass(frozen=True, slots=True)
class Span:
    """A range of hours, not yet resolved."""

    opens: Clock
    closes: Clock
    end: int
    dashed: bool


def clock_at(said: Sentence, index: int) -> Clock | None:
    """The time at this token, the word "hour" before it and its part of day included."""
    start = index
    outer = ""
    token = said.at(index)
    if token.is_a("unit") and token.base in _HOUR_WORDS:
        outer, index = token.prefix, index + 1
    number = _number(said, index)
    if number is None:
        return None
    minute, end, bare, plain = number
    if said.at(end).is_a("unit") and said.at(end).prefix == "":
        return None
    part, end = _part(said, end)
    if part in ("am", "pm") and minute >= _ONE:
        part = ""  # 15:00 pm
    prefix = outer or said.at(index).prefix
    return Clock(minute, start, end, prefix, part, bare=bare and minute < _ONE, plain=plain and not part)


def _number(said: Sentence, index: int) -> tuple[int, int, bool, bool] | None:
    """Minute of the day, the token after, whether it may be either half of the day, whether it is a plain number."""
    token = said.at(index)
    if token.mask is not None:
        return None
    if token.kind == "clock":
        hour, _, minutes = token.key.partition(":")
        total = int(hour) * 60 + int(minutes)
        if int(minutes) > 59 or total > _DAY:
            return None
        return total, index + 1, not hour.startswith("0") and total < _ONE, False
    if token.kind == "digits":
        return _digits(token.key, said, index)
    if token.is_a("midnight"):
        half, end = _minutes(said, index + 1)
        return _DAY + half, end, False, False
    small = small_at(said, index)
    if small is None or not 1 <= small.value <= 12 or token.is_a("tens"):
        return None
    minute, end = _minutes(said, small.end)
    return small.value * 60 + minute, end, True, minute == 0


def _digits(key: str, said: Sentence, index: int) -> tuple[int, int, bool, bool] | None:
    if len(key) <= 2 and int(key) <= 24:
        minute, end = _minutes(said, index + 1)
        hour, padded = int(key), key.startswith("0")  # 09 is a morning, and no amount
        return hour * 60 + minute, end, not padded and hour <= 12, minute == 0 and not padded
    # 0900, 1730; other four digits are a price or a year
    if len(key) == 4 and int(key[:2]) <= 23 and int(key[2:]) <= 59 and (key[0] == "0" or key[2:] in ("00", "30")):
        return int(key[:2]) * 60 + int(key[2:]), index + 1, False, True
    return None


def _minutes(said: Sentence, index: int) -> tuple[int, int]:
    token = said.at(index)
    if token.is_a("fraction") and token.prefix == "ו" and token.value != 20:  # וחצי, ורבע; no third of an hour
        return token.value, index + 1
    return 0, index


def _part(said: Sentence, index: int) -> tuple[str, int]:
    """The part of day behind an hour; not the evening in "ערב שבת"."""
    token = said.at(index)
    if token.key in ("am", "pm"):
        return token.key, index + 1
    if token.key in ("לפנות", "אחר", "אחרי") and said.at(index + 1).is_a("part"):
        return ("dawn" if token.key == "לפנות" else "afternoon"), index + 2
    if token.is_a("part") and token.entry is not None and token.prefix in ("", "ב", "ה", "בה"):
        following = said.at(index + 1)
        if following.base == "שבת" or following.key in ("חג", "חגימ"):
            return "", index
        return token.entry.text, index + 1
    return "", index


def span_at(said: Sentence, index: int) -> Span | None:
    """A range of hours, from its first number (with the מ before it) to its last."""
    opens = clock_at(said, index)
    if opens is None:
        return None
    at, dashed = opens.end, False
    link = said.at(at)
    if link.kind == "dash":
        at, dashed = at + 1, True
    elif link.key in _UNTIL:
        at += 1
    closes = clock_at(said, at)
    if closes is None:
        return None
    if at == opens.end:
        led = opens.prefix in ("מ", "ומ", "שמ", "ב", "וב") or said.key(index - 1) in _BETWEEN
        if not led or closes.prefix not in ("ל", "ול"):
            return None
    elif closes.prefix not in ("", "ל", "ה"):
        return None
    if is_counted(said, closes.end, closes) or opens.minute >= _DAY:
        return None
    return Span(opens, closes, closes.end, dashed)


def is_counted(said: Sentence, index: int, clock: Clock) -> bool:
    """Whether money, people or a length of time stand behind the number."""
    token = said.at(index)
    if token.key in MONEY or token.is_a("month") or token.key in ("שנימ", "שנה"):
        return True
    if token.kind == "date" or (token.kind == "dash" and said.at(index + 1).kind in ("digits", "clock")):
        return True
    counted = token.is_a("unit") and (
        token.prefix == "" or (token.prefix in ("ל", "ב") and token.base not in ("יומ", "ימימ", "שבוע"))
    )
    return clock.plain and (token.key in COUNTED or counted)


def window_of(span: Span, after: int | None, *, by_night: bool) -> tuple[int, int] | None:
    """Minutes from and until (beyond 1440: past midnight), or None where the words fit two readings.

    `after` is where the window before it on the same day ends.
    """
    opens = _with_part(span.opens)
    closes = _with_part(span.closes)
    if opens is not None and closes is not None:
        return _ordered(opens, closes, span, by_night=by_night)
    if opens is not None:
        if not span.opens.bare and not span.opens.part and not span.closes.plain and opens >= _ONE:
            late = opens >= 17 * 60 or span.closes.minute > _NIGHT_ENDS  # 13:00-5:00 may be either
            return _ordered(opens, span.closes.minute, span, by_night=by_night) if late else None
        return _end_after(opens, span)
    if closes is not None:
        return _start_before(closes, span, after, by_night=by_night)
    first, last = span.opens.minute, span.closes.minute
    return _both_bare(first, last, after, plain=span.opens.plain, by_night=by_night)


def _with_part(clock: Clock) -> int | None:
    """The minute of the day where it is certain; midnight as an end counts 1440."""
    minute, part = clock.minute, clock.part
    if not clock.bare and not part:
        return minute
    if part in ("am", "morning", "dawn"):
        return minute % _HALF if part == "am" or minute < _HALF else minute
    if part in ("pm", "afternoon", "evening"):
        return minute if minute >= _HALF else minute + _HALF
    if part == "noon":
        return minute if minute >= 10 * 60 else minute + _HALF  # eleven at noon, one at noon
    if part == "night":
        before_midnight = 6 * 60 <= minute < _HALF  # ten at night, not two
        return minute if minute >= _ONE else minute % _HALF + (_HALF if before_midnight else _DAY)
    return None


def _ordered(opens: int, closes: int, span: Span, *, by_night: bool) -> tuple[int, int] | None:
    if opens >= _DAY:
        opens -= _DAY
    if closes == 0:
        closes = _DAY
    if closes > opens or opens == closes:
        return opens, closes
    # Hours pasted from a right-to-left line often stand the wrong way round; a night that is short or ends early is
    # none of them.
    length = closes + _DAY - opens
    ends_early = closes <= _NIGHT_ENDS or (opens >= _NIGHT and closes <= _LONG_NIGHT_ENDS)
    is_night = closes <= _LAST_ROUND or (ends_early and length <= _SHORT_NIGHT)
    if is_night or span.closes.part or (by_night and opens >= _NIGHT and length <= _HALF):
        return opens, closes + _DAY
    return None


def _end_after(opens: int, span: Span) -> tuple[int, int] | None:
    """The opening is certain, the closing a number up to 12."""
    opens %= _DAY
    last = span.closes.minute
    written_24 = not span.opens.bare and not span.opens.part  # 13:00, 09:00
    if opens >= _HALF:
        if _is_reversed(opens, last, span):
            return None
        if last % _HALF + _HALF > opens:
            # 16:00-5 would be an hour's work, or a night's
            certain = span.opens.part or opens < 16 * 60 or opens - last < _HALF - 60
            return (opens, last % _HALF + _HALF) if certain else None
        if last <= _NIGHT_ENDS or last >= _HALF or (opens >= _NIGHT and last <= _LONG_NIGHT_ENDS):
            return opens, last % _HALF + _DAY
        return None
    if written_24 and not span.closes.plain and last > opens:
        return opens, last
    if last > opens and last - opens >= 120:  # eight to nine may as well be thirteen hours
        return opens, last
    if last <= opens:
        return opens, last % _HALF + _HALF
    return None


def _is_reversed(opens: int, last: int, span: Span) -> bool:
    """Whether the numbers may stand the wrong way round: 19-9, 14-8, 20-8; words beside the first settle it."""
    return not span.opens.part and _NIGHT_ENDS <= last < _HALF and opens <= _LATEST_CLOSING


def _start_before(closes: int, span: Span, after: int | None, *, by_night: bool) -> tuple[int, int] | None:
    """The closing is certain, the opening a number up to 12."""
    first = span.opens.minute
    late = first % _HALF + _HALF
    if closes > _DAY:  # one at night
        return late, closes
    if closes <= _HALF:
        if first <= closes:
            return first, closes
        return (first, closes + _DAY) if closes <= _NIGHT_ENDS and first >= 9 * 60 else None
    if after is not None and first < after <= late < closes:
        return late, closes
    if closes == _DAY and span.opens.plain and (by_night or first < _MORNING):
        return late, closes
    if first >= _MORNING:
        # "7-10 in the evening": both are of the evening where that makes three hours at most; unclear without a dash
        if first < closes % _HALF and span.closes.part in _LATE and closes - late <= 180:
            return (late, closes) if span.dashed and span.opens.plain else None
        return first, closes
    if first >= _NIGHT_ENDS or not span.opens.plain:
        shared = late < closes and span.closes.part
        return None if shared else (first, closes)
    return (late, closes) if late < closes and span.closes.part else None


def _both_bare(first: int, last: int, after: int | None, *, plain: bool, by_night: bool) -> tuple[int, int] | None:
    """Two numbers up to 12: bare 1-6 are afternoons, 7-11 mornings; a second window follows the first."""
    if after is not None and first < after <= first % _HALF + _HALF:
        last_late = last % _HALF + _HALF
        return (first % _HALF + _HALF, last_late) if last_late > first % _HALF + _HALF else None
    if first == last:
        if not plain:
            return first, last  # written out: a window of no length, which the engine refuses
        return (first, last + _HALF) if _MORNING <= first <= 10 * 60 else None  # 9-9, not 12-12
    if first >= _HALF:
        return first, last + _HALF
    if first < last:
        if first < _NIGHT_ENDS:
            return (first + _HALF, last + _HALF) if last < _HALF else None
        if first < _MORNING and by_night:
            return first + _HALF, last + _HALF
        return (first, last) if first >= _MORNING or last == _HALF else None
    if by_night and first >= 9 * 60 and last <= _LAST_ROUND:
        return None  # ten to two may be at night
    return (first, last + _HALF) if first >= _MORNING else None


def until_after(opens: int, closes: Clock) -> int | None:
    """When a day that opens at `opens` closes, in minutes."""
    certain = _with_part(closes)
    if certain is not None:
        certain = certain or _DAY
        return certain if certain > opens else certain + _DAY if certain <= _NIGHT_ENDS else None
    minute = closes.minute
    return minute if minute > opens else minute + _HALF if minute + _HALF > opens else None
