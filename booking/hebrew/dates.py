"""Days, weeks and months in a sentence: weekdays, היום and מחר, מוצאי שבת, השבוע הבא."""

from dataclasses import replace
from typing import Literal

from booking.hebrew.calendar_days import LETTER_DAY, calendar_at, or_another_day
from booking.hebrew.date_words import COMING, GENERAL_LEADS, MISHEARD_WEEKDAYS, NEXT, PAST, date_item, marked
from booking.hebrew.feast_words import feast_at, hints_at_feasts
from booking.hebrew.items import Item
from booking.hebrew.lexicon import DAY_LETTERS
from booking.hebrew.resolve import Parts
from booking.hebrew.tokens import Token, Utterance
from booking.hebrew.waits import AHEAD, DAYS, measure_at, wait_at
from booking.hebrew.weeks import (
    after_the_coming,
    counted_from,
    counts_from_a_day,
    of_the_month,
    part_of_month,
    week_behind,
)

_ORDINAL_NOUNS = frozenset(
    ("טיפול", "הטיפול", "פעמ", "בפעמ", "סניפ", "הסניפ", "ילד", "הילד", "מפגש", "המפגש", "בנ", "דבר", "שלב", "צד",
    "מצד",
     "מקומ", "מישהו", "אדמ", "להיות", "הכי", "פגישה", "אהיה", "כיתה", "קבוצה", "חלק", "תור")
)  # fmt: skip  # a list
_DAYS_OF = frozenset(("ימי", "בימי", "לימי"))


def find_dates(said: Utterance, asked_date: bool) -> list[Item]:
    """All dates in order. Items that need evidence beside them come with `strong` unset."""
    items: list[Item] = []
    feasts = hints_at_feasts(said)
    index = 0
    while index < len(said):
        item = (feast_at(said, index) if feasts else None) or _date_at(said, index, asked_date)
        if item is None:
            index += 1
            continue
        if "past" in item.notes:
            said.mask(item.start, item.end, "past")
            if item.kind == "period" and items and items[-1].end == item.start:
                items.pop()  # ביום שני בשבוע שעבר
        elif said.at(item.start - 1).mask == "past" and item.parts.weekday is not None:
            said.mask(item.start, item.end, "past")  # בשבוע שעבר ביום שני
        else:
            items.append(item)
            other = or_another_day(said, item)
            if other is not None:
                items.append(other)
                item = other
        index = max(item.end, index + 1)
    return items


def _date_at(said: Utterance, index: int, asked_date: bool) -> Item | None:
    token = said.at(index)
    if token.mask is not None or token.kind in ("break", "sign"):
        return None
    return (
        _counted(said, index)
        or wait_at(said, index)
        or part_of_month(said, index)
        or _relative(said, index)
        or _saturday(said, index)
        or calendar_at(said, index, asked_date)
        or _weekday(said, index, asked_date)
        or _period(said, index)
    )


def _counted(said: Utterance, index: int) -> Item | None:
    """שבוע ממחר, שבועיים מיום שלישי."""
    start = counts_from_a_day(said, index)
    if start is None:
        return None
    return counted_from(said, index, _relative(said, start) or _weekday(said, start, False), start)


def _relative(said: Utterance, index: int) -> Item | None:
    token = said.at(index)
    if not token.is_a("relative") or token.entry is None:
        return None
    if token.entry.text and said.at(index - 1).base in GENERAL_LEADS:
        return None
    days = token.value
    if days < 0:
        return date_item(said, index, index + 1, Parts(), notes={"past"})
    part = token.entry.text or None
    end, parts = index + 1, Parts(relative_days=days, day_part=part, tonight=part == "night")  # type: ignore[arg-type]  # the lexicon's words are DayPart's
    if said.key(end) in AHEAD and (measured := measure_at(said, end + 1)) is not None and measured[0] in DAYS:
        parts, end = replace(parts, relative_days=days + int(measured[1]) * DAYS[measured[0]]), measured[2]
    item = date_item(said, index, end, parts)
    item.strong = item.strong or len(token.base) > 3  # מכר may be מחר or not; עיום is היום
    return item


def _saturday(said: Utterance, index: int) -> Item | None:
    """מוצאי שבת is Saturday evening; ערב שבת is Friday, not an evening."""
    token, following = said.at(index), said.at(index + 1)
    if token.is_a("saturday_night"):
        end = index + 1
    elif token.key.lstrip("בלמ") in ("וצאי", "צאת") and following.base == "שבת":
        end = index + 2
    elif token.key.lstrip("ב") == "ליל" and following.is_a("weekday") and token.mask is None:
        if following.value != 6:  # people differ on whether ליל חמישי ends or begins Thursday
            return date_item(said, index, index + 2, Parts(), notes={"past"})
        return _qualified(said, date_item(said, index, index + 2, Parts(weekday=5, day_part="night")))
    elif token.is_a("part") and token.base == "ערב" and following.key == "שבת":
        return _qualified(said, date_item(said, index, index + 2, Parts(weekday=5)))
    else:
        return None
    return _qualified(said, date_item(said, index, end, Parts(weekday=6, day_part="evening")))


def _weekday(said: Utterance, index: int, asked_date: bool) -> Item | None:
    token = said.at(index)
    if (token.is_a("unit") and token.base == "יומ") or token.key in _DAYS_OF:
        following = said.at(index + 1)
        letter = following.key.rstrip("'")
        if following.is_a("weekday") and following.prefix in ("", "ה"):
            return _qualified(said, date_item(said, index, index + 2, Parts(weekday=following.value)))
        if following.key in MISHEARD_WEEKDAYS and following.mask is None:
            return _qualified(said, date_item(said, index, index + 2, Parts(weekday=MISHEARD_WEEKDAYS[following.key])))
        if letter in DAY_LETTERS and following.mask is None and following.kind == "word":
            return _qualified(said, date_item(said, index, index + 2, Parts(weekday=DAY_LETTERS[letter])))
        return None
    if match := LETTER_DAY.fullmatch(token.key):
        spaced = said.key(index - 1) in ("ב", "ל", "מ")
        strong = bool(match[1]) or spaced
        item = Item("date", index - spaced, index + 1, Parts(weekday=DAY_LETTERS[match[2]]), strong=strong)
        item.marker = marked(match[1] or said.key(index - 1))  # type: ignore[assignment]  # as in date_item
        return _qualified(said, item) if said.key(index - 1) not in ("כיתה", "קבוצה", "חלק") else None
    if not token.is_a("weekday") or (token.prefix.endswith("ה") and token.value != 6):
        return None
    if token.prefix == "ל" and said.key(index - 2) in ("לפני", "אחרי") and said.at(index - 1).entry is None:
        return None  # לפני הקניות לשבת
    item = _qualified(said, date_item(said, index, index + 1, Parts(weekday=token.value)))
    if said.at(index - 1).mask == "greeting" and said.at(index - 1).key == "יומ" and said.at(index - 2).key == "כל":
        item.notes.add("doubtful")  # כל יום ראשון
    item.strong = (
        item.marker != ""
        or said.key(index - 1) in ("של", "את")
        or token.value == 6
        or item.end > index + 1
        or asked_date
    )
    if said.key(index - 1) in _ORDINAL_NOUNS and item.marker == "" and item.end == index + 1:
        item.strong = False
        item.notes.add("ordinal")
    return item


def _qualified(said: Utterance, item: Item) -> Item:
    """The weekday with its הבא, הקרוב, בשבוע הבא, בעוד שבוע or שעבר."""
    key, end = said.key(item.end), item.end
    token = said.at(end)
    if of_the_month(said, item) or after_the_coming(said, item):
        return item
    if (week := week_behind(said, end)) is not None:
        item.end = week[1]
        if week[0] == "vague":
            item.notes.add("doubtful")
        else:
            name: Literal["next", "after_next"] = "next" if week[0] == "next_week" else "after_next"
            item.parts = replace(item.parts, week=name, week_is_certain=True)
    elif key in PAST or (token.is_a("unit") and token.base == "שבוע" and said.key(end + 1) in PAST):
        item.notes.add("past")
        item.end = end + (1 if key in PAST else 2)
    elif key in NEXT:
        item.parts, item.end = replace(item.parts, week="next"), end + 1
    elif key in COMING:
        item.parts, item.end = replace(item.parts, week="this"), end + 1
    elif key == "של" and said.key(end + 1) in ("השבוע", "שבוע") and said.key(end + 2) in NEXT:
        item.parts, item.end = replace(item.parts, week="next", week_is_certain=True), end + 3
    elif token.is_a("unit") and token.base == "שבוע" and said.key(end + 1) in NEXT:
        item.parts, item.end = replace(item.parts, week="next", week_is_certain=True), end + 2
    elif key in ("השבוע", "בשבוע") and said.key(end + 1) not in NEXT:
        item.parts, item.end = replace(item.parts, week="this"), end + 1 + (said.key(end + 1) in COMING)
    elif key in AHEAD and (measured := measure_at(said, end + 1)) is not None and measured[0] == "week":
        item.parts, item.end = replace(item.parts, relative_days=int(measured[1]) * 7), measured[2]
    return item


def _period(said: Utterance, index: int) -> Item | None:
    """A week, a weekend or a month without a day."""
    token, following = said.at(index), said.key(index + 1)
    name, end = "", index + 1
    if token.is_a("weekend"):
        name = "weekend"
    elif token.key.lstrip("בלמ") == "סופ" and said.at(index + 1).base == "שבוע":
        name, end = "weekend", index + 2
    elif token.is_a("unit") and token.base in ("שבוע", "חודש"):
        unit = "week" if token.base == "שבוע" else "month"
        if (week := week_behind(said, index)) is not None:
            return Item("period", index, week[1], Parts(), period=week[0])
        if following in PAST:
            return Item("period", index, index + 2, Parts(), notes={"past"})
        if following in NEXT:
            day = said.at(index + 2)
            if unit == "month" and _is_day_of_month(day):
                return Item("date", index, index + 3, Parts(day=int(day.key), relative_months=1))
            return Item("period", index, index + 2, Parts(), period="next_" + unit)
        edge = said.key(index - 1).lstrip("ב") in ("סופ", "תחילת", "אמצע", "המשכ")
        this = token.prefix == "ה" or following in COMING
        return (
            Item("period", index, index + 1 + (following in COMING), Parts(), period=unit)
            if this and not edge
            else None
        )
    elif token.is_a("month") and (token.prefix in ("ב", "ל") or said.key(index - 1) == "של"):
        return Item("period", index, index + 1, Parts(month=token.value), period="named_month")
    if not name:
        return None
    if said.key(end) in NEXT:
        name, end = "next_" + name, end + 1
    elif said.key(end) in COMING:
        end += 1
    elif said.key(end) in PAST:
        return Item("period", index, end + 1, Parts(), notes={"past"})
    return Item("period", index, end, Parts(), period=name)


def _is_day_of_month(token: Token) -> bool:
    """The ב-5 of "חודש הבא ב-5"."""
    bare = token.kind == "digits" and token.mask is None and token.prefix in ("ב", "ה")
    return bare and token.key.isdigit() and 1 <= int(token.key) <= 31
