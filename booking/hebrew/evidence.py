"""Which bare numbers and ordinals are hours and days at all, and which part of day belongs to which hour."""

from dataclasses import replace
from itertools import pairwise

from booking.hebrew.cues import CORRECTIONS, OR, between, corrects, leads_to_choice
from booking.hebrew.items import Item
from booking.hebrew.refusals import refused_before
from booking.hebrew.resolve import Parts
from booking.hebrew.tokens import Utterance

_OFFERING = frozenset(("לגבי", "נגיד", "אקח", "עדיפ", "בערכ", "ניקח", "אמרתי", "התכוונתי"))
_SO = frozenset(("אז", "או", "אולי", "ואולי"))
_FITTING = frozenset(
    (
        "טוב",
        "מתאימ",
        "עדיפ",
        "מעולה",
        "מצוינ",
        "מצויינ",
        "נוח",
        "סבבה",
        "אחלה",
        "מסתדר",
        "בסדר",
        "יתאימ",
        "בערכ",
        "מושלמ",
    )
)


def keep_evident(items: list[Item], said: Utterance) -> list[Item]:
    """Drops bare ordinals and bare numbers that nothing makes a day or an hour: no neighbour, no value they correct."""
    kept: list[Item] = []
    for index, item in enumerate(items):
        before, after = items[index - 1] if index else None, items[index + 1] if index + 1 < len(items) else None
        beside = [other for other in (before, after) if other is not None and _touch(other, item)]
        if after is not None and not beside and _leads_to_hour(said, item, after):
            beside = [after]
        supported = any(_supports(other, item) for other in beside) or _is_discussed(said, item, alone=not kept)
        supported = supported or (before is not None and _stands_alone(said, before, item))
        if item.strong or supported or _restates(kept, item, said):
            kept.append(item)
    return _with_choices(items, kept, said)


def _with_choices(items: list[Item], kept: list[Item], said: Utterance) -> list[Item]:
    """What is kept, and the bare values that are its alternatives: the nine of "תשע או עשר בבוקר"."""
    chosen = {item.start for item in kept}
    pairs = list(pairwise(items))
    for item, neighbour in [*((first, second) for first, second in reversed(pairs)), *((b, a) for a, b in pairs)]:
        if neighbour.start in chosen and item.start not in chosen and is_choice(said, item, neighbour):
            chosen.add(item.start)
    return [item for item in items if item.start in chosen]


def is_choice(said: Utterance, one: Item, other: Item) -> bool:
    """Whether two neighbours of one kind are said as alternatives; without an "or", only hours or days in a row."""
    first, second = (one, other) if one.start < other.start else (other, one)
    if first.kind != second.kind or first.kind not in ("date", "time"):
        return False
    gap = between(said, first, second)
    if leads_to_choice(gap):
        return True
    if gap not in ([], [","], ["..."], ["-"]) or {"ordinal", "bound"} & (first.notes | second.notes):
        return False
    if first.kind == "date":
        return bool(gap) and _is_weekday(first.parts) and _is_weekday(second.parts)
    return _follows(first, second, breath=bool(gap)) and _is_spoken_out(said, second)


def _is_weekday(parts: Parts) -> bool:
    return parts.weekday is not None and parts.day is None and parts.relative_days is None


_CLOCK_FACE, _HALF_HOUR, _TWO_HOURS = 720, 30, 120  # minutes


def _follows(first: Item, second: Item, *, breath: bool) -> bool:
    """ "ארבע ארבע וחצי", "עשר, אחת עשרה": the hour is said at most two hours, without a breath half an hour, later."""
    if first.until is not None or second.until is not None or first.parts.hour is None or second.parts.hour is None:
        return False
    start, end = (item.parts.hour * 60 + (item.parts.minute or 0) for item in (first, second))  # type: ignore[operator]  # both have hours
    return 0 < (end - start) % _CLOCK_FACE <= (_TWO_HOURS if breath else _HALF_HOUR)


def _is_spoken_out(said: Utterance, item: Item) -> bool:
    """Whether a breath, an "or" or a word of time follows: nothing that the number could count."""
    token = said.at(item.end)
    timely = token.is_a("part") or token.is_a("relative") or token.key in ("אחר", "אחרי")
    return timely or token.kind == "break" or token.key in OR


def _leads_to_hour(said: Utterance, item: Item, after: Item) -> bool:
    """ "חמישי, בשש בערב": a bare weekday, a breath, and an hour with its marker."""
    weekday = item.kind == "date" and item.parts.weekday is not None
    breath = after.start - item.end == 1 and said.at(item.end).kind == "break"
    return weekday and breath and after.kind == "time" and after.marker == "at"


def _stands_alone(said: Utterance, before: Item, item: Item) -> bool:
    """ "יום שני. עשר.": an hour that is a sentence of its own, right behind the day."""
    alone = said.at(item.start - 1).kind == "break" and said.at(item.end).kind == "break"
    behind = before.kind == "date" and item.start - before.end == 1
    return alone and behind and item.kind == "time" and "." in said.at(item.start - 1).key and item.until is None


def _is_discussed(said: Utterance, item: Item, *, alone: bool) -> bool:
    """Bare, but spoken of as an offer: חמישי עדיף, ומה לגבי חמש, עשר זה טוב, אז שלישי."""
    if item.kind not in ("date", "time") or "ordinal" in item.notes:
        return False
    before, after = said.key(item.start - 1), said.key(item.end)
    if before in _OFFERING or (before == "עמ" and said.key(item.start - 2) in ("מה", "ומה")):
        return True
    if before in _SO and (item.kind == "date" or not alone):
        return said.at(item.end).kind == "break" or item.end >= len(said)
    at = item.end
    while at < item.end + 3 and said.key(at) in ("זה", "לי", "יהיה", "לא", "הכי", "ממש", "גמ"):
        at += 1
    return said.key(at) in _FITTING and (at > item.end or after in _FITTING)


def _restates(kept: list[Item], item: Item, said: Utterance) -> bool:
    """A bare value that follows one of its kind over "sorry", "no" or "or": בשש בערב, סליחה, שבע."""
    earlier = next((other for other in reversed(kept) if other.kind == item.kind), None)
    if earlier is None:
        return False
    held = {at for other in kept for at in range(other.start, other.end)}
    gap = [said.at(at).key for at in range(earlier.end, item.start) if at not in held and said.at(at).kind != "break"]
    if gap == ["עד"] and item.kind == "date":
        return True
    if leads_to_choice(gap):
        return True  # מחר בעשר ואם לא אז אחת עשרה
    return bool(gap) and len(gap) <= 4 and all(key in CORRECTIONS | OR | {"לא", "אה", "אהה", "לי", "ל"} for key in gap)


def _touch(first: Item, second: Item) -> bool:
    early, late = (first, second) if first.start <= second.start else (second, first)
    return late.start - early.end <= 0


def _supports(other: Item, item: Item) -> bool:
    """A day beside an hour, or an hour beside a day. Two doubtful numbers do support each other."""
    if "ordinal" in item.notes:
        return other.kind == "time"  # תור ראשון בבוקר is the first one, תור שלישי בעשר may be Tuesday
    if item.kind == "date" and other.kind == "period":
        return "month" not in other.period and other.period != "feast"
    if item.kind == "date":
        return other.kind in ("time", "part") or (other.kind == "date" and other.strong)
    if other.kind == "period" and "month" in other.period:
        return False
    return other.kind in ("date", "part", "period") and (other.strong or other.kind == "date")


def attach_parts(items: list[Item], said: Utterance) -> list[Item]:
    """Gives each hour its day part: the one right behind it, else one before it in the same breath."""
    used: set[int] = set()
    either = _either_part(items, said)
    for index, item in enumerate(items):
        if item.kind != "time":
            continue
        if either and item.until is None and (item.parts.hour or 0) <= 12:
            item.notes.add("doubtful")
        following = items[index + 1] if index + 1 < len(items) else None
        if following is not None and following.kind == "part" and _near(said, item, following):
            _give_part(item, following.parts)
            used.add(id(following))
            continue
        for earlier in reversed(items[:index]):
            if earlier.kind == "part" and id(earlier) not in used | either and _same_breath(said, earlier, item):
                _give_part(item, earlier.parts)
                used.add(id(earlier))
                break
            if earlier.kind == "time":
                break
        else:
            if following is not None and following.kind == "date" and index + 2 < len(items):
                late = items[index + 2]
                if late.kind == "part" and _near(said, item, following) and _near(said, following, late):
                    _give_part(item, late.parts)
                    used.add(id(late))
    _share_parts(items, said)
    _correct_parts(items, used, said)
    return [item for item in items if id(item) not in used]


def _either_part(items: list[Item], said: Utterance) -> set[int]:
    """Parts of day left open, which place no hour: בוקר או ערב, מחר בעשר."""
    parts = [pair for pair in pairwise(items) if pair[0].kind == pair[1].kind == "part"]
    return {id(item) for pair in parts if leads_to_choice(between(said, *pair)) for item in pair}


def _share_parts(items: list[Item], said: Utterance) -> None:
    """ "שבע או שמונה בערב": the part said behind the last hour is that of the one before it, too."""
    times = [item for item in items if item.kind == "time"]
    for first, second in reversed(list(pairwise(times))):
        if second.parts.day_part is not None and first.until is None and is_choice(said, first, second):
            _give_part(first, second.parts)


def _correct_parts(items: list[Item], used: set[int], said: Utterance) -> None:
    """ "בשש בבוקר, סליחה בערב" moves the hour; "בוקר או ערב" names no part at all."""
    for earlier, later in pairwise(items):
        if later.kind != "part" or id(later) in used:
            continue
        gap = between(said, earlier, later)
        if earlier.kind == "part" and any(key in OR for key in gap):
            used.update((id(earlier), id(later)))
    times = [item for item in items if item.kind == "time"]
    for part in (item for item in items if item.kind == "part" and id(item) not in used):
        last = next((item for item in reversed(times) if item.end <= part.start), None)
        if last is not None and last.until is None and corrects(between(said, last, part)):
            if not refused_before(said, part, has_earlier=True):
                last.parts = replace(last.parts, day_part=part.parts.day_part)
            used.add(id(part))


def _give_part(item: Item, part: Parts) -> None:
    if item.until is not None:
        item.until = replace(item.until, day_part=part.day_part)
        if item.parts.day_part is None:
            item.parts = replace(item.parts, day_part=part.day_part)
            item.notes.add("shared_part")
    elif item.parts.day_part is None:
        item.parts = replace(item.parts, day_part=part.day_part)


def _near(said: Utterance, first: Item, second: Item) -> bool:
    between = [said.at(at) for at in range(first.end, second.start)]
    return len(between) <= 1 and all(token.key in ("של", "בערכ", "") or token.kind == "break" for token in between)


def _same_breath(said: Utterance, first: Item, second: Item) -> bool:
    between = [said.at(at).key for at in range(first.end, second.start)]
    return not any(key in CORRECTIONS or key in OR or key == "לא" for key in between) and len(between) <= 4
