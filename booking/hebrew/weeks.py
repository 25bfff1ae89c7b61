"""Weeks behind the next, parts of months, days counted from another: השבוע שאחרי הבא, תחילת דצמבר, שבוע ממחר."""

from dataclasses import replace

from booking.hebrew.date_words import COMING, NEXT
from booking.hebrew.items import Item, Marker
from booking.hebrew.parts import Parts
from booking.hebrew.tokens import Utterance
from booking.hebrew.waits import AHEAD, DAYS, is_from_a_day, measure_at

_BEHIND = frozenset(("שאחרי", "אחרי", "שלאחר", "לאחר"))
_BEHIND_THAT = frozenset(("שאחריו", "שאחריה", "אחריו", "שלאחריו", "שלאחר", "שאחרי"))
_EDGES = frozenset(("תחילת", "תחילה", "ראשית", "אמצע", "סופ", "מחצית", "המשכ"))
_OF_A_MONTH = frozenset(
    ("הראשונ", "השני", "השלישי", "הרביעי", "החמישי", "האחרונ", "אחרונ", "השנייה", "השניה", "הראשונה")
)
_BACKWARD = 6  # tokens: as far as the week that "שאחריו" points to may lie
PART_OF_MONTH = "part_of_month"


def week_behind(said: Utterance, index: int) -> tuple[str, int] | None:
    """The week after another, named at the word שבוע: next_week, week_after_next or vague, and the token behind."""
    token = said.at(index)
    if not (token.is_a("unit") and token.base == "שבוע"):
        return None
    if said.key(index + 1) in _BEHIND:
        of_week = said.at(index + 2).is_a("unit") and said.at(index + 2).base == "שבוע"
        named = index + 2 + of_week
        if said.key(named) in NEXT:
            return "week_after_next", named + 1
        if of_week and (said.key(index + 2) == "השבוע" or said.key(named) in COMING):
            return "next_week", named + (said.key(named) in COMING)
    if said.key(index + 1) not in _BEHIND_THAT:
        return None
    end = index + 2 + (said.key(index + 2) in ("זה", "כנ", "מכנ"))
    for at in range(index - 1, max(-1, index - 1 - _BACKWARD), -1):
        earlier = said.at(at)
        if earlier.is_a("unit") and earlier.base == "שבוע" and said.key(at + 1) in NEXT:
            return "week_after_next", end
        if said.key(at) == "השבוע" or (earlier.base == "שבוע" and said.key(at + 1) in COMING):
            return "next_week", end
    return "vague", end


def part_of_month(said: Utterance, index: int) -> Item | None:
    """בתחילת דצמבר, באמצע החודש, בסוף חודש מאי: which days these are is asked."""
    edge = said.key(index).lstrip("בל") in _EDGES
    counted = said.key(index + 1) in _OF_A_MONTH
    if not edge and not (counted and said.at(index).base in ("שבוע", "חצי")):
        return None
    linked = said.key(index + 1 + counted) == "של"
    end = _month_end(said, index + 1 + counted + linked)
    return Item("period", index, end, Parts(), period=PART_OF_MONTH) if end is not None else None


def of_the_month(said: Utterance, item: Item) -> bool:
    """Makes a period of "יום שלישי השני בחודש", which is asked about; flags "השלישי בדצמבר", which may be the third."""
    last_but_one = said.key(item.end) == "לפני" and said.key(item.end + 1) in ("האחרונ", "אחרונ")
    at = item.end + 1 + last_but_one
    if said.key(at - 1) not in _OF_A_MONTH:
        return False
    linked = said.key(at) == "של"
    token = said.at(at + linked)
    if token.is_a("month") and not linked and token.prefix == "ב":
        item.notes.add("doubtful")
        return True
    if token.prefix == "ל" or (end := _month_end(said, at + linked)) is None:
        return False
    item.kind, item.period, item.parts, item.end, item.strong = "period", PART_OF_MONTH, Parts(), end, True
    item.notes.add("doubtful")
    return True


def after_the_coming(said: Utterance, item: Item) -> bool:
    """The Tuesday of "בשלישי שאחריו" or "שלישי לא הקרוב" is the one behind the coming one, and is asked about."""
    key, following = said.key(item.end), said.key(item.end + 1)
    one_on = key in ("שאחריו", "שאחריה", "שלאחריו") or (key in ("שאחרי", "שלאחר") and following == "זה")
    if key in _BEHIND and following in NEXT:
        item.parts = replace(item.parts, week="after_next", week_is_certain=True)
    elif one_on or (key == "לא" and following in COMING):
        item.parts = replace(item.parts, relative_days=DAYS["week"])
    else:
        return False
    item.end += 1 + (following in NEXT | COMING | {"זה"})
    item.notes.add("doubtful")
    return True


def _month_end(said: Utterance, index: int) -> int | None:
    """The token behind a month named at `index`: החודש, חודש הבא, חודש מאי, דצמבר."""
    token = said.at(index)
    if token.is_a("month"):
        return index + 1
    if not (token.is_a("unit") and token.base == "חודש"):
        return None
    return index + 1 + (said.key(index + 1) in NEXT | COMING or said.at(index + 1).is_a("month"))


def counted_from(said: Utterance, index: int, day_behind: Item | None, count_end: int) -> Item | None:
    """שבוע ממחר, שבועיים מיום שלישי: so many days behind the day named; months behind it are asked about."""
    measured = measure_at(said, index + (said.key(index) in AHEAD))
    if measured is None or day_behind is None or measured[2] != count_end:
        return None
    unit, count, day = measured[0], measured[1], day_behind.parts
    if unit == "month" or day.week == "next" or count != int(count):
        return Item("period", index, day_behind.end, Parts(), period="vague")
    days = int(count) * DAYS[unit]
    if day.weekday is not None and days < DAYS["week"]:
        return Item("period", index, day_behind.end, Parts(), period="vague")
    parts = replace(day, relative_days=(day.relative_days or 0) + days, week=None)
    marker: Marker = "to" if said.at(index).prefix == "ל" else ""
    return Item("date", index, day_behind.end, parts, marker=marker)


def counts_from_a_day(said: Utterance, index: int) -> int | None:
    """Where the day begins from which a length of days is counted: the ממחר of "שבוע ממחר"."""
    measured = measure_at(said, index + (said.key(index) in AHEAD))
    if measured is None or (measured[0] not in DAYS and measured[0] != "month"):
        return None
    return measured[2] if is_from_a_day(said, measured[2]) else None
