"""Lengths of time in a prompt: חצי שעה, 45 דק׳, שעה וחצי, שלושת רבעי שעה, שבועיים, חודש וחצי."""

from dataclasses import dataclass

from booking.hebrew.numbers import number_at
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.phrases import words_in

_MINUTES = {"minute": 1.0, "hour": 60.0, "day": 1440.0, "week": 10080.0, "month": 43200.0, "year": 525600.0}
_MORE_UNITS = {
    "ד'": "minute", "דק": "minute", "דקת": "minute", "min": "minute", "minutes": "minute", "ש'": "hour", "שע'": "hour",
    "hour": "hour", "hours": "hour", "יממה": "day", "יממות": "day", "days": "day", "day": "day", "ימי": "day",
    "week": "week", "weeks": "week", "month": "month", "months": "month",
}  # fmt: skip  # a table
_PLURALS = words_in("דקות שעות ימים שבועות חודשים שנים ימי יממות")  # no length without a number
_ONE = words_in("אחד אחת")
_YEAR_DAYS = 365
_HALF_OF = {"hour": 30.0, "day": 720.0, "month": 21600.0, "year": 262800.0}
_QUARTERS = {"רבעי": 15.0, "לרבעי": 15.0, "ברבעי": 15.0, "חצאי": 30.0, "לחצאי": 30.0, "בחצאי": 30.0}


@dataclass(frozen=True, slots=True)
class Duration:
    """Minutes, the token after, the prefix letters of the first word, and the unit that was named."""

    minutes: float
    end: int
    prefix: str
    unit: str
    quarters: bool = False  # רבעי שעה, חצאי שעות: what something is divided into

    @property
    def days(self) -> int | None:
        """Whole days, a month being 30; None below a day."""
        if self.unit in ("minute", "hour") and self.minutes < 1440:
            return None
        return _YEAR_DAYS * round(self.minutes / 525600) if self.unit == "year" and self.minutes >= 525600 else int(
            self.minutes // 1440
        )  # fmt: skip  # one decision


def duration_at(said: Sentence, index: int) -> Duration | None:
    """The length of time that begins at this token."""
    token = said.at(index)
    if token.mask is not None or token.kind not in ("word", "digits", "date"):
        return None
    if token.key in _QUARTERS and said.at(index + 1).base in ("שעה", "שעות"):
        return Duration(_QUARTERS[token.key], index + 2, "", "hour", quarters=True)
    if token.is_a("fraction"):
        return _fraction(said, index)
    unit = _unit(said, index)
    if unit is not None and token.kind == "word" and token.base not in _PLURALS:
        return _with_fraction(said, unit, float(max(token.value, 1)), index + 1, _prefix(said, index))
    return _counted(said, index)


def _counted(said: Sentence, index: int) -> Duration | None:
    token = said.at(index)
    if token.kind == "date":  # 1.5 שעות
        whole, _, part = token.key.partition(".")
        unit = _unit(said, index + 1)
        if part != "5" or unit is None:
            return None
        return Duration((int(whole) + 0.5) * _MINUTES[unit], index + 2, token.prefix, unit)
    number = number_at(said, index)
    if number is None or not 0 < number.value < 1000:
        return None
    half = said.key(number.end) == "וחצי"
    if said.at(number.end).base == "רבעי" and said.at(number.end + 1).base == "שעה" and number.value <= 3:
        return Duration(number.value * 15.0, number.end + 2, token.prefix, "hour")
    unit_at = number.end + half
    unit = _unit(said, unit_at)
    if unit is None or said.at(unit_at).prefix:
        return None
    if half:
        return Duration((number.value + 0.5) * _MINUTES[unit], unit_at + 1, token.prefix, unit)
    return _with_fraction(said, unit, float(number.value), unit_at + 1, token.prefix)


def _unit(said: Sentence, index: int) -> str | None:
    token = said.at(index)
    if token.entry is not None:
        return token.entry.text if token.is_a("unit") and token.entry.text in _MINUTES else None
    if token.key == "ש" and token.start == said.at(index - 1).end:
        return "hour"  # 24ש
    return _MORE_UNITS.get(token.key) or (_MORE_UNITS.get(token.key[1:]) if token.key[:1] in "לבמש" else None)


def _prefix(said: Sentence, index: int) -> str:
    token = said.at(index)
    return token.prefix if token.entry is not None or token.key in _MORE_UNITS else token.key[:1]


def _fraction(said: Sentence, index: int) -> Duration | None:
    """חצי שעה, רבע שעה, חצי-שעה, חצי שנה."""
    token = said.at(index)
    at = index + 1 + (said.at(index + 1).kind == "dash")
    unit = _unit(said, at)
    if unit is None or said.at(at).prefix or said.at(at).value > 1 or said.at(at).base in _PLURALS:
        return None
    if token.base != "חצי" and unit != "hour":
        return None
    minutes = _HALF_OF.get(unit) if token.base == "חצי" else float(token.value)
    return Duration(minutes, at + 1, token.prefix, unit) if minutes is not None else None


def _with_fraction(said: Sentence, unit: str, count: float, end: int, prefix: str) -> Duration:
    """The unit and what the next words add: שעה וחצי, שעה ועשרים, חודש וחצי, יום אחד."""
    token = said.at(end)
    minutes = count * _MINUTES[unit]
    if token.key in _ONE or (unit == "month" and token.key == "ימימ"):
        return Duration(minutes, end + 1, prefix, unit)
    if token.is_a("fraction") and token.prefix == "ו" and not said.at(end + 1).is_a("unit"):
        return Duration(minutes + token.value / 60 * _MINUTES[unit], end + 1, prefix, unit)
    if unit == "hour" and token.prefix == "ו" and (more := number_at(said, end)) is not None and more.value < 60:
        named = said.at(more.end).is_a("unit") and said.at(more.end).base.startswith("דק")
        if named or not more.digits:
            return Duration(minutes + more.value, more.end + named, prefix, unit)
    return Duration(minutes, end, prefix, unit)
