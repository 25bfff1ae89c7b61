"""Spans of time ahead: בעוד שעתיים, עוד חצי שעה, שבוע מהיום."""

from booking.hebrew.cues import OR
from booking.hebrew.items import Item
from booking.hebrew.numbers import number_at, small_at
from booking.hebrew.resolve import Parts
from booking.hebrew.tokens import Utterance

AHEAD = frozenset(("בעוד", "עוד", "ובעוד", "ועוד", "לעוד", "שבעוד", "שעוד"))
_FROM_NOW = frozenset(("מהיומ", "מעכשיו"))
MINUTES = {"minute": 1, "hour": 60}
DAYS = {"day": 1, "week": 7}


def wait_at(said: Utterance, index: int) -> Item | None:
    """בעוד שעתיים, עוד חצי שעה, בעוד שלושה ימים, שבוע מהיום."""
    ahead = said.key(index) in AHEAD
    measured = measure_at(said, index + 1 if ahead else index)
    if measured is None:
        return None
    unit, count, end = measured
    if not ahead:
        if said.key(end) not in _FROM_NOW:
            return None
        end += 1
    elif said.key(end) in _FROM_NOW:
        end += 1
    if unit in MINUTES:
        item = Item("moment", index, end, Parts(relative_minutes=round(count * MINUTES[unit])))
        return _or_longer(said, item, count)
    if unit in DAYS and count == int(count):
        item = Item("date", index, end, Parts(relative_days=int(count) * DAYS[unit]), notes={"wait"})
        return _or_longer(said, item, count)
    if unit == "month" and count == int(count):
        return Item("date", index, end, Parts(relative_months=int(count)))
    if unit in DAYS or unit in ("month", "year"):
        return Item("period", index, end, Parts(), period="vague")  # בעוד שבוע וחצי, בעוד שנה
    return None


def _or_longer(said: Utterance, item: Item, count: float) -> Item:
    """The wait with the longer one said behind it: עוד יומיים שלושה, בעוד שעה או שעתיים."""
    at = item.end
    if said.key(at) in OR and said.at(at + 1).mask == "length":
        end: int | None = at + 2
    elif said.key(at) in OR:
        longer, number = measure_at(said, at + 1), small_at(said, at + 1)
        bare = number is not None and number.value > count and not said.at(at + 1).prefix
        end = longer[2] if longer is not None else number.end if number is not None and bare else None
    else:
        end = at + 1 if _is_more(said, at, count) else None
    if end is not None:
        item.end = end
        item.notes.add("doubtful")
    return item


def _is_more(said: Utterance, index: int, count: float) -> bool:
    """The שבועיים of "שבוע שבועיים", the שלושה of "יומיים שלושה"."""
    token = said.at(index)
    if token.prefix or token.kind != "word":
        return False
    dual = token.entry is not None and token.entry.kind == "unit" and token.value == 2
    masculine = token.is_a("number") and token.entry is not None and token.entry.feminine is False
    return (dual and count == 1) or (masculine and token.value == count + 1)


def measure_at(said: Utterance, index: int) -> tuple[str, float, int] | None:
    """Unit, count and the token after: שעה וחצי is ("hour", 1.5, …)."""
    token = said.at(index)
    if token.is_a("number") and said.at(index + 1).is_a("quarters") and said.at(index + 2).is_a("unit"):
        return said.at(index + 2).entry.text, token.value / 4, index + 3  # type: ignore[union-attr]  # is_a has seen it
    if token.is_a("fraction") and said.at(index + 1).is_a("unit"):
        return said.at(index + 1).entry.text, token.value / 60, index + 2  # type: ignore[union-attr]  # is_a has seen it
    from_now = token.prefix == "ל" and (said.key(index + 1) in _FROM_NOW or is_from_a_day(said, index + 1))
    if token.is_a("unit") and (token.prefix == "" or from_now) and token.entry is not None:
        count, end = float(token.value), index + 1
        if said.at(end).key in ("אחד", "אחת"):
            end += 1
        return _with_fraction(said, token.entry.text, count, end)
    number = number_at(said, index)
    if number is None or said.at(index).prefix:
        return None
    unit = said.at(number.end)
    if unit.is_a("unit") and unit.entry is not None:
        return _with_fraction(said, unit.entry.text, float(number.value), number.end + 1)
    return None


def _with_fraction(said: Utterance, unit: str, count: float, end: int) -> tuple[str, float, int]:
    token = said.at(end)
    if token.is_a("fraction") and token.prefix == "ו":
        return unit, count + token.value / 60, end + 1
    if unit == "hour" and token.prefix == "ו" and (more := small_at(said, end)) is not None and more.value < 60:
        after = said.at(more.end)
        return unit, count + more.value / 60, more.end + (after.is_a("unit") and after.base.startswith("דק"))
    return unit, count, end


def is_from_a_day(said: Utterance, index: int) -> bool:
    """ממחר, מיום שלישי, משלישי."""
    token = said.at(index)
    if token.prefix not in ("מ", "מה"):
        return False
    a_day = token.is_a("unit") and token.base == "יומ" and said.at(index + 1).is_a("weekday")
    return a_day or token.is_a("weekday") or (token.is_a("relative") and token.value > 0)
