"""Calendar dates: 2/5, ה-20 ביולי, הראשון במאי, עשרים לשביעי."""

import re
from dataclasses import replace

from booking.hebrew.date_words import COMING, NEXT, date_item
from booking.hebrew.items import Item
from booking.hebrew.numbers import Number, number_at, small_at
from booking.hebrew.resolve import Parts
from booking.hebrew.tokens import Token, Utterance

_NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})(?:\2(\d{4}|\d{2}))?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DATE_CUES = frozenset(("תאריכ", "בתאריכ", "התאריכ", "לתאריכ"))
LETTER_DAY = re.compile(r"([בלמ]?)([אבגדהוש])'")


def calendar_at(said: Utterance, index: int, asked_date: bool) -> Item | None:
    token = said.at(index)
    start = index
    if token.is_a("unit") and token.base == "יומ" or token.key in _DATE_CUES:
        index += 1
        token = said.at(index)
        if token.kind == "digits" and token.mask is None and token.key.isdigit() and int(token.key) <= 31:
            named = _named_month(said, index)
            return _begun_at(named, start) if named is not None else None
    if token.kind == "digits" and token.mask is None and not token.key.isdigit():
        found = _numeric(said, index, token, asked_date, cued=start != index)
    else:
        found = _named_month(said, index) or (_bare_day(said, index) if asked_date else None)
    return _begun_at(found, start) if found is not None else None


def _begun_at(item: Item, start: int) -> Item:
    """The same item, begun by the word before it."""
    item.start = min(item.start, start)
    return item


def _numeric(said: Utterance, index: int, token: Token, asked_date: bool, *, cued: bool) -> Item | None:
    """2/5, 20.7.26; a dot needs a prefix, a day or a cue beside it, for 12.3 may be a price."""
    if match := _ISO.fullmatch(token.key):
        year, month, day = (int(group) for group in match.groups())
        return date_item(said, index, index + 1, Parts(day=day, month=month, year=year))
    match = _NUMERIC.fullmatch(token.key)
    if match is None:
        return None
    day, month, year_text = int(match[1]), int(match[3]), match[4]
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    said_year = int(year_text) + (2000 if len(year_text) == 2 else 0) if year_text else None
    previous = said.at(index - 1)
    clock_cue = previous.is_a("unit") and previous.base == "שעה"
    if clock_cue or (match[2] == "-" and said_year is None):
        return None
    evidence = (
        match[2] == "/" or said_year is not None or cued or asked_date or token.prefix != "" or previous.is_a("weekday")
        or previous.is_a("relative") or LETTER_DAY.fullmatch(previous.key) is not None
    )  # fmt: skip  # one condition a reader takes in at once
    return date_item(said, index, index + 1, Parts(day=day, month=month, year=said_year), strong=evidence)


def _named_month(said: Utterance, index: int) -> Item | None:
    """עשרים ביולי, ה-20 לחודש, הראשון במאי, 26 לרביעי."""
    token = said.at(index)
    number = _day_number(said, index)
    if number is None or not 1 <= number.value <= 99:
        return None
    following = said.at(number.end)
    if number.value > 31 and not following.is_a("month"):
        return None
    if following.mask is not None:
        return None
    if following.is_a("month") and following.prefix in ("", "ב", "ל"):
        named = _with_year(said, index, number.end + 1, Parts(day=number.value, month=following.value))
        named.strong = True
        return named
    if following.base == "חודש" and following.is_a("unit") and following.prefix in ("ל", "ב", "לה", "בה"):
        months_ahead = 1 if said.key(number.end + 1) in NEXT else None
        end = number.end + 1 + (said.key(number.end + 1) in NEXT or said.key(number.end + 1) in COMING)
        return date_item(said, index, end, Parts(day=number.value, relative_months=months_ahead))
    if (shared := _shared_month(said, number.end)) is not None:
        return date_item(said, index, number.end, Parts(day=number.value, month=shared))
    month = _ordinal_month(said, number, following, token) if not _ends_an_hour(said, index) else None
    if month is not None:
        return _with_year(said, index, number.end + 1, Parts(day=number.value, month=month))
    if token.prefix == "ה" and token.kind == "digits" and following.kind == "break":
        return date_item(said, index, number.end, Parts(day=number.value))
    if token.prefix == "ה" and token.kind == "digits" and following.prefix == "ב":
        return date_item(said, index, number.end, Parts(day=number.value))
    return None


def _day_number(said: Utterance, index: int) -> Number | None:
    """A day of the month; ordinals only as הראשון or בראשון before a month."""
    token, following = said.at(index), said.at(index + 1)
    if token.is_a("ordinal") and following.is_a("month") and following.prefix in ("ב", "ל"):
        return Number(token.value, index + 1)
    if token.is_a("weekday") and token.value < 6 and following.mask is None:
        by_month = following.is_a("month") and following.prefix in ("ב", "ל")
        by_moon = following.base == "חודש" and following.prefix == "ל"
        if by_moon or (by_month and (token.prefix in ("ה", "ב") or token.base == "ראשונ")):
            return Number(token.value + 1, index + 1)
    number = small_at(said, index)
    return None if number is None or (number.digits and len(token.key) > 2) else number


def _ends_an_hour(said: Utterance, index: int) -> bool:
    """The שלושים of "בשבע עשרה שלושים לחמישי" are minutes, and Thursday no month."""
    previous = said.at(index - 1)
    return said.at(index).prefix == "" and (previous.is_a("number") or previous.is_a("teen") or previous.is_a("tens"))


def _ordinal_month(said: Utterance, number: Number, following: Token, token: Token) -> int | None:
    """The month in "עשרים לשביעי" or "20 ל-7". Up to twelve, "בשש לרביעי" is an hour on a Wednesday."""
    if following.prefix != "ל" or token.prefix not in ("", "ב", "ה", "ל"):
        return None
    sure = number.value > 12 or number.feminine is False or token.prefix == "ה"
    if following.is_a("ordinal"):
        return following.value
    if following.is_a("weekday") and following.value < 6 and sure:
        return following.value + 1
    if following.kind == "digits" and following.key.isdigit() and number.digits:
        return int(following.key) if number.value > 12 and 1 <= int(following.key) <= 12 else None
    return None


def _with_year(said: Utterance, start: int, end: int, parts: Parts) -> Item:
    number = number_at(said, end)
    if number is not None and 1900 <= number.value <= 2099 and said.at(end).prefix in ("", "ב"):
        return date_item(said, start, number.end, replace(parts, year=number.value))
    return date_item(said, start, end, parts)


_JOINTS = frozenset(("או", "עד", "ועד"))


def _shared_month(said: Utterance, index: int) -> int | None:
    """The month of "בין ה-10 ל-12 במרץ" and "ב-3 או ב-4 ביוני", said once behind the second day."""
    joined = said.key(index) in _JOINTS
    second_at = index + joined
    if not joined and said.at(second_at).prefix not in ("ל", "לה", "ול"):
        return None
    second = small_at(said, second_at)
    if second is None or not 1 <= second.value <= 31:
        return None
    month = said.at(second.end)
    return month.value if month.is_a("month") and month.prefix in ("", "ב", "ל") else None


def or_another_day(said: Utterance, item: Item) -> Item | None:
    """The second day of "ב-15 באוקטובר או ב-16", which takes the month of the first."""
    day = item.parts
    if day.day is None or day.month is None or said.key(item.end) != "או":
        return None
    token = said.at(item.end + 1)
    number = small_at(said, item.end + 1)
    if number is None or token.prefix not in ("ב", "ה", "ל") or not 1 <= number.value <= 31:
        return None
    following = said.at(number.end)
    if following.is_a("month") or following.is_a("fraction"):
        return None
    return date_item(said, item.end + 1, number.end, replace(day, day=number.value, weekday=None))


def _bare_day(said: Utterance, index: int) -> Item | None:
    """עשרים ושלושה, to the question which day."""
    number = small_at(said, index)
    if number is None or not 12 < number.value <= 31 or said.at(index).prefix not in ("", "ב", "ל", "ה"):
        return None
    return date_item(said, index, number.end, Parts(day=number.value)) if number.end >= len(said) else None
