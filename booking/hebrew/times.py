"""Hours of the day in a sentence, with what leads to them: בחמש, אחרי שלוש, בין שתיים לחמש, עד שש."""

import re
from dataclasses import replace

from booking.hebrew.date_words import GENERAL_LEADS
from booking.hebrew.items import Item, Marker
from booking.hebrew.readings import Reading, reading_at
from booking.hebrew.resolve import DayPart, Parts
from booking.hebrew.tokens import Token, Utterance

_CLOCK_RANGE = re.compile(r"(\d{1,2}(?::\d\d)?)-(\d{1,2}(?::\d\d)?)")
_ABOUT = frozenset(
    ("בסביבות", "סביב", "לקראת", "בערכ", "באזור", "באיזור", "איזור", "אזור", "כמו", "בקירוב", "איזה", "באיזה", "איזו",
     "באיזו", "ככה", "משהו", "נגיד")
)  # fmt: skip  # a list
_AFTER = frozenset(("אחרי", "מאחרי", "ואחרי", "שאחרי"))
_BEFORE = frozenset(("לפני", "עד", "ולפני", "ועד", "שלפני"))
_ONWARDS = frozenset(("והלאה", "ומעלה", "ואילכ", "הלאה"))
_BETWEEN = frozenset(("בינ", "ובינ"))
_SHORT_WORD = 3
_NOT_HOURS = frozenset(("לפחות", "אחוז", "מהפעמימ", "מהמ", "מהנ", "מאיתנו", "מהבנות", "משתיהנ", "ועוד"))


def find_parts(said: Utterance, taken: set[int]) -> list[Item]:
    """Day parts that no date has claimed: בבוקר, אחר הצהריים, לפנות בוקר."""
    items: list[Item] = []
    for index in range(len(said)):
        token = said.at(index)
        if (
            index in taken
            or token.entry is None
            or not token.entry.text
            or not (token.is_a("part") or _in_hours(said, index))
        ):
            continue
        start, part = index, token.entry.text
        previous = said.key(index - 1)
        if part == "noon" and previous in ("אחר", "אחרי", "לאחר", "ואחר", "האחר", "אחריי") and index - 1 not in taken:
            start, part = index - 1, "afternoon"
        elif part == "noon" and previous == "לפני":
            start, part = index - 1, "morning"
        elif part in ("morning", "evening") and previous in ("לפנות", "ולפנות"):
            start, part = index - 1, "dawn" if part == "morning" else "evening"
        elif part in ("noon", "evening") and previous in ("לקראת", "בשעות", "לשעות"):
            start = index - 1
        items.append(Item("part", start, index + 1, Parts(day_part=part)))  # type: ignore[arg-type]  # the lexicon's words are DayPart's
    return items


def _in_hours(said: Utterance, index: int) -> bool:
    return said.at(index).is_a("relative") and said.at(index - 1).base in GENERAL_LEADS


def find_times(said: Utterance, taken: set[int], asked: str | None) -> list[Item]:
    """All hours outside `taken`, ranges included; the ones that need evidence have `strong` unset."""
    asked_time = asked in ("time", "date")
    items: list[Item] = []
    index = 0
    while index < len(said):
        item = None
        if index not in taken and said.at(index).mask is None:
            item = _range(said, index, taken) or _single(said, index, taken, asked_time)
            if item is not None and asked == "date" and item.marker == "" and said.at(index).kind == "digits":
                item.strong = item.strong and ":" in said.at(index).key  # 20 may be the day
        if item is None:
            index += 1
        else:
            items.append(item)
            index = item.end
    return items


def _free(taken: set[int], start: int, end: int) -> bool:
    return not any(index in taken for index in range(start, end))


def _parts(reading: Reading) -> Parts:
    return Parts(hour=reading.hour, minute=reading.minute, clock_24=reading.clock_24, tonight=reading.midnight)


def _single(said: Utterance, index: int, taken: set[int], asked_time: bool) -> Item | None:
    reading = reading_at(said, index)
    if reading is None or not _free(taken, index, reading.end) or said.at(reading.end).mask == "digits":
        return None
    marker, start = _marker(said, index, taken)
    bound = marker
    if said.key(reading.end) in _ONWARDS:
        marker, reading.end = "after", reading.end + 1
    noun = said.at(reading.end)
    if reading.plain and (noun.key in _NOT_HOURS or _is_counted(said, reading.end)):
        return None
    weak = reading.masculine and bound != "clock"
    weak = weak or (bound != "clock" and _is_guess(said.at(index)))
    weak = weak or (bound != "clock" and _may_be_price(said.at(index)))
    one_hour = bound == "clock" and reading.hour == 1 and said.key(start) == "שעה"  # שעה אחת is a length as well
    weak = weak or one_hour
    strong = not weak and (bound != "" or not reading.plain or asked_time)
    if asked_time and weak:
        strong = True
    named: Marker = "at" if marker == "clock" else marker  # type: ignore[assignment]  # _marker's words are Marker's and "clock"
    item = Item("time", start, reading.end, _parts(reading), marker=named, strong=strong)
    if named in ("after", "before"):
        item.notes.add("bound")
    return item


def _is_guess(token: Token) -> bool:
    """A short word with a letter misheard: an hour only with something beside it."""
    return token.repaired and len(token.base) <= _SHORT_WORD


def _may_be_price(token: Token) -> bool:
    """ב-350 without a colon is money as easily as an hour."""
    return token.kind == "digits" and token.key.isdigit() and len(token.key) >= 3


def _is_counted(said: Utterance, index: int) -> bool:
    """A plural noun behind the number: people, bottles; not an hour."""
    token = said.at(index)
    plural = token.kind == "word" and token.entry is None and token.mask is None and len(token.key) > 4
    return plural and token.key.endswith(("ימ", "ות")) and token.key[0] not in "בלמה" and token.key != "פנויות"


def _marker(said: Utterance, index: int, taken: set[int]) -> tuple[str, int]:
    """What leads to the hour and where that begins; "clock" where the word שעה itself was said."""
    prefix = said.at(index).prefix.removeprefix("ו").removeprefix("ש")
    marker = {"ב": "at", "ל": "to", "מ": "from", "כ": "about", "לכ": "to", "בכ": "at", "": "", "ה": ""}.get(
        prefix, "at"
    )
    start = index
    previous = said.at(index - 1)
    if previous.kind == "break" and said.key(index - 3) in ("באותה", "אותה") and said.at(index - 2).base == "שעה":
        return "clock", index  # באותה שעה, שלוש
    if previous.is_a("unit") and previous.base == "שעה" and index - 1 not in taken and prefix in ("", "ב"):
        start -= 1
        marker = {"מ": "from", "ל": "to"}.get(previous.prefix, "clock")
        previous = said.at(index - 2)
    if said.key(start - 1) in _ABOUT:
        start -= 1
        marker = marker or "about"
    word = said.key(start - 1)
    if marker == "" and word == "של" and said.key(start - 2) in ("התור", "תור", "הפגישה", "לתור"):
        return "at", start
    negated = said.key(start - 2) in ("לא", "ולא", "שלא")
    if word in _AFTER:
        return ("before", start - 2) if negated else ("after", start - 1)
    if word in _BEFORE:
        return ("after", start - 2) if negated else ("before", start - 1)
    if marker == "from" and word in ("החל", "מתחיל"):
        return "after", start - 1
    if marker == "from" and word in ("מאוחר", "יאוחר", "מוקדמ", "מוקדמת"):
        late = word in ("מאוחר", "יאוחר")
        return ("before" if late == negated else "after"), start - (2 if negated else 1)
    return marker, start


def _range(said: Utterance, index: int, taken: set[int]) -> Item | None:
    """בין A ל-B, מ-A עד B, 10:00-12:00, שתיים עד ארבע."""
    token = said.at(index)
    if token.kind == "digits" and (match := _CLOCK_RANGE.fullmatch(token.key)):
        return _written_range(said, index, match)
    between = said.key(index) in _BETWEEN
    first_at = index + 1 if between else index
    if said.at(first_at).is_a("unit") and said.at(first_at).base == ("שעות" if between else "שעה"):
        first_at += 1
    first = reading_at(said, first_at)
    if first is None or not _free(taken, first_at, first.end):
        return None
    link = first.end
    while said.at(link).is_a("part") or said.key(link) in ("אחר", "אחרי"):
        link += 1
    joined = said.key(link) in ("עד", "ועד", "לבינ", "ובינ")
    second_at = link + joined
    if said.at(second_at).is_a("unit") and said.at(second_at).base == "שעה":
        second_at += 1
    second = reading_at(said, second_at)
    if second is None or not _free(taken, second_at, second.end):
        return None
    if not joined and not between and _next_hour(said, first, second, second_at):
        bare = said.at(first_at).prefix == "" and first_at == index and said.key(index - 1) not in _ABOUT
        return Item("time", index, second.end, _parts(first), marker="between", until=_parts(second), strong=not bare)
    from_first = said.at(first_at).prefix.endswith("מ") or said.at(index).prefix == "מ"
    to_second = said.at(second_at).prefix in ("ל", "ול") or said.at(second_at - 1).prefix == "ל"
    if not (joined or (between and (to_second or said.at(second_at).prefix == "ו")) or (from_first and to_second)):
        return None
    if not (between or from_first or said.at(first_at).prefix in ("ב", "ל") or joined):
        return None
    item = Item("time", index, second.end, _parts(first), marker="between", until=_parts(second))
    if from_first and to_second and not joined and not between:
        item.notes.add("from_to")
    if link > first.end:
        part = next(said.at(at) for at in range(first.end, link) if said.at(at).is_a("part"))
        name: DayPart = part.entry.text if part.entry is not None else "noon"  # type: ignore[assignment]  # DayPart's words
        item.parts = replace(item.parts, day_part="afternoon" if link > first.end + 1 else name)
    return item


def _next_hour(said: Utterance, first: Reading, second: Reading, second_at: int) -> bool:
    """בארבע חמש: at four or five."""
    plain = first.plain and second.plain and not first.minute and not second.minute and said.at(second_at).prefix == ""
    return plain and second.hour == first.hour % 12 + 1 and second_at == first.end and said.at(second_at).kind == "word"


def _written_range(said: Utterance, index: int, match: re.Match[str]) -> Item | None:
    ends = []
    for text in match.groups():
        hour, _, minute = text.partition(":")
        if int(hour) > 24 or int(minute or 0) > 59:
            return None
        ends.append(Parts(hour=int(hour), minute=int(minute or 0)))
    written = (
        ":" in said.at(index).key or said.at(index).prefix != "" or said.at(index - 1).base in ("שעה", "שעות", "בינ")
    )
    return Item("time", index, index + 1, ends[0], marker="between", until=ends[1], strong=written)
