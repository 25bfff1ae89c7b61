"""An hour where one stands: שבע וחצי, רבע לשמונה, 17:30, 9 30; whether it is meant as one is decided elsewhere."""

import re
from dataclasses import dataclass

from booking.hebrew.numbers import small_at
from booking.hebrew.tokens import Token, Utterance
from booking.hebrew.waits import MINUTES, measure_at

_CLOCK = re.compile(r"([01]?\d|2[0-4])[:.]([0-5]\d)(?::\d\d)?")
_JOINED = re.compile(r"([01]?\d|2[0-3])([0-5]\d)")
_MERIDIEM = {"am": 0, "pm": 12}


@dataclass(slots=True)
class Reading:
    """An hour found; `plain` hours are bare numbers and need evidence beside them."""

    end: int
    hour: int
    minute: int = 0
    plain: bool = True
    clock_24: bool = False
    masculine: bool = False
    midnight: bool = False


def reading_at(said: Utterance, index: int) -> Reading | None:
    token = said.at(index)
    if token.mask is not None:
        return None
    if token.kind == "digits":
        return _digits(said, index, token)
    if token.is_a("midnight"):
        noon = said.key(index + 1) == "היומ"
        return Reading(index + 1 + noon, 12 if noon else 24, plain=False, midnight=not noon)
    if token.is_a("unit"):
        return _from_an_hour(said, index)
    if token.is_a("fraction") or token.is_a("number") or token.is_a("tens") or token.is_a("teen"):
        return _from_an_hour(said, index) or _to_the_hour(said, index) or _spoken(said, index)
    return None


def _digits(said: Utterance, index: int, token: Token) -> Reading | None:
    """17:30, 9 30, 17 0 0, 1830 and 4pm."""
    if match := _CLOCK.fullmatch(token.key):
        hour, minute = int(match[1]), int(match[2])
        dotted = ":" not in token.key
        reading = Reading(index + 1, hour, minute, plain=dotted and token.prefix == "")
        reading.clock_24 = match[1].startswith("0") and hour > 0
    elif not token.key.isdigit():
        return None
    elif len(token.key) in (3, 4):
        match = _JOINED.fullmatch(token.key)
        if match is None or (2020 <= int(token.key) <= 2039 and token.prefix != "ב"):
            return None
        reading = Reading(index + 1, int(match[1]), int(match[2]))
        reading.clock_24 = match[1].startswith("0") and reading.hour > 0
    elif int(token.key) <= 24 and len(token.key) <= 2:
        to_hour = _to_the_hour(said, index)
        if to_hour is not None:
            return to_hour
        reading = Reading(index + 1, int(token.key))
        _split_minutes(said, reading)
    elif int(token.key) < 60 and (to_hour := _to_the_hour(said, index)) is not None:
        return to_hour
    else:
        return None
    _apply_meridiem(said, reading)
    return reading


def _split_minutes(said: Utterance, reading: Reading) -> None:
    """Minutes that recognition put in tokens of their own: 9 30, 17 0 0, 9 וחצי."""
    first, second = said.at(reading.end), said.at(reading.end + 1)
    if first.kind == "digits" and first.prefix == "" and first.mask is None and first.key.isdigit():
        if first.key == "0" and second.key == "0":
            reading.end += 2
        elif len(first.key) == 2 and int(first.key) < 60 and not said.at(reading.end + 1).is_a("month"):
            reading.minute, reading.end = int(first.key), reading.end + 1
        return
    _spoken_minutes(said, reading)


def _spoken(said: Utterance, index: int) -> Reading | None:
    number = small_at(said, index)
    if number is None or number.digits or not 1 <= number.value <= 24:
        return None
    masculine = number.feminine is False and number.value != 8
    reading = Reading(number.end, number.value, masculine=masculine)
    _spoken_minutes(said, reading)
    _apply_meridiem(said, reading)
    return reading


def _apply_meridiem(said: Utterance, reading: Reading) -> None:
    meridiem = _MERIDIEM.get(said.key(reading.end))
    if meridiem is not None and 1 <= reading.hour <= 12:
        reading.hour, reading.end = reading.hour % 12 + meridiem, reading.end + 1
        reading.clock_24, reading.plain = reading.hour > 0, False


def _spoken_minutes(said: Utterance, reading: Reading) -> None:
    """The minutes behind an hour: וחצי, ורבע, ועשרים, שלושים, אפס חמש, פחות רבע."""
    token = said.at(reading.end)
    if token.mask is not None:
        return
    if token.kind == "break" and said.key(reading.end + 1) in ("וחצי", "ורבע"):
        reading.end += 1  # a breath: "בחמש... וחצי"
        token = said.at(reading.end)
    halved = token.base == "חצי" and token.prefix == "ב" and reading.plain  # "שמונה בחצי": a ו misheard
    if token.is_a("fraction") and (token.prefix in ("", "ו") or halved) and token.value != 20:
        if not _is_amount_of(said.at(reading.end + 1)):
            reading.minute, reading.end, reading.plain = token.value, reading.end + 1, False
        return
    if token.is_a("number") and token.prefix in ("", "ו") and said.at(reading.end + 1).is_a("quarters"):
        if 1 <= token.value <= 3:  # ושלושת רבעי, ושלושת רבעי שעה
            reading.minute, reading.end, reading.plain = 15 * token.value, reading.end + 2, False
            reading.end += said.at(reading.end).is_a("unit") and said.at(reading.end).base == "שעה"
        return
    if token.key == "פחות":
        _less(said, reading)
        return
    if token.base == "אפס" and token.is_a("number"):
        units = small_at(said, reading.end + 1)
        if units is not None and units.value <= 9:
            reading.minute, reading.end = units.value, units.end
        return
    if token.kind == "digits" and token.prefix not in ("", "ו"):
        return
    number = small_at(said, reading.end)
    if number is None or token.prefix not in ("", "ו") or not 1 <= number.value <= 59:
        return
    if token.prefix == "ו" or number.value >= 10:
        after = said.at(number.end)
        minutes = after.is_a("unit") and after.base in ("דקות", "דקה")
        another = after.is_a("fraction") and after.prefix == "ו"  # בעשר עשר וחצי: two hours
        another = another or (token.prefix == "" and number.value == reading.hour + 1)  # בעשר אחת עשרה
        if (_is_amount_of(after) and not minutes) or after.is_a("month") or another or _goes_on(said, number.end):
            return
        reading.minute, reading.end = number.value, number.end + minutes
        reading.plain = reading.plain and not minutes
        reading.masculine = False


def _is_amount_of(token: Token) -> bool:
    """A unit that makes the number before it an amount: תשע וחצי שנים; not the day in "תשע וחצי יום שלישי"."""
    return token.is_a("unit") and token.prefix == "" and token.base not in ("שעה", "יומ")


def _goes_on(said: Utterance, index: int) -> bool:
    """A further bare number: a row of digits, not an hour with minutes."""
    token = said.at(index)
    return (token.is_a("number") or token.is_a("tens")) and token.prefix in ("", "ו")


def _less(said: Utterance, reading: Reading) -> None:
    token = said.at(reading.end + 1)
    number = small_at(said, reading.end + 1)
    minutes = token.value if token.is_a("fraction") else number.value if number is not None else 0
    if 1 <= minutes <= 30:
        end = reading.end + 2 if token.is_a("fraction") or number is None else number.end
        reading.hour, reading.minute = (
            (reading.hour - 2) % 12 + 1 if reading.hour <= 12 else reading.hour - 1,
            60 - minutes,
        )
        reading.end, reading.plain = end + (said.at(end).base in ("דקות", "דקה")), False


_LONGEST_LEAD = 180  # minutes: "ארבע שעות לפני חמש" is a wait, not an hour


def _from_an_hour(said: Utterance, index: int) -> Reading | None:
    """חצי שעה לפני חמש, שעה אחרי שלוש וחצי, עשר דקות אחרי חצות: a length of time, and the hour it leads from."""
    measured = measure_at(said, index) if said.at(index).prefix == "" else None
    if measured is None or measured[0] not in MINUTES or said.key(measured[2]) not in ("לפני", "אחרי"):
        return None
    minutes = round(measured[1] * MINUTES[measured[0]])
    hour_at = measured[2] + 1
    if said.at(hour_at).is_a("unit") or said.at(hour_at).is_a("fraction") or said.at(hour_at).prefix:
        return None
    base = reading_at(said, hour_at)
    if base is None or not 0 < minutes <= _LONGEST_LEAD:
        return None
    total = base.hour * 60 + base.minute + (minutes if said.key(measured[2]) == "אחרי" else -minutes)
    if base.hour <= 12 and not base.clock_24:
        total = (total - 60) % 720 + 60  # the twelve hours of a clock's face
    if not 0 <= total < 27 * 60:
        return None
    hour, minute = divmod(total, 60)
    small = hour > 24  # שעתיים אחרי חצות
    return Reading(base.end, hour - 24 * small, minute, plain=False, clock_24=base.clock_24 or small)


def _to_the_hour(said: Utterance, index: int) -> Reading | None:
    """רבע לשלוש, עשרים לשבע, חמש דקות לפני שמונה, חמש דקות אחרי שבע."""
    token = said.at(index)
    number = None if token.is_a("fraction") else small_at(said, index)
    minutes = token.value if token.is_a("fraction") else number.value if number is not None else 0
    end = index + 1 if number is None else number.end
    if not 1 <= minutes <= 30 or (token.is_a("fraction") and minutes == 30):
        return None
    units = ("דקות", "דקה", "שעה") if token.is_a("fraction") else ("דקות", "דקה")
    named = said.at(end).is_a("unit") and said.at(end).base in units  # חמש דקות לפני שש, רבע שעה לפני שש
    link_at = end + named
    later = 0
    if (named or token.is_a("fraction")) and said.key(link_at) in ("לפני", "אחרי"):
        later = 1 if said.key(link_at) == "אחרי" else -1
        hour_at = link_at + 1
    elif said.at(link_at).prefix == "ל":
        later, hour_at = -1, link_at
    else:
        return None
    hour = small_at(said, hour_at)
    if hour is None or not 1 <= hour.value <= 24 or said.at(hour_at).mask is not None:
        return None
    if not named and not token.is_a("fraction") and not _is_minutes_to(token, minutes, hour.value):
        return None
    if later > 0:
        return Reading(hour.end, hour.value, minutes, plain=False)
    before = hour.value - 1 if hour.value > 1 else 12
    return Reading(hour.end, before, 60 - minutes, plain=False)


def _is_minutes_to(token: Token, minutes: int, hour: int) -> bool:
    """עשרה לחמש, עשרים לשבע: round minutes before an hour; מחמש לשש and בשבע לשמונה are something else."""
    masculine = token.entry is not None and token.entry.feminine is False
    return (
        (minutes in (20, 25) or (minutes in (5, 10) and masculine))
        and hour <= 12
        and token.prefix in ("", "ב", "ל", "כ")
    )
