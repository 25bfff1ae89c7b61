"""Values turned down: לא בחמש, יום ראשון לא מתאים, חוץ מיום שני, אני עובדת עד ארבע."""

from booking.hebrew.cues import BUSY, CORRECTIONS, IF, REFUSALS, between
from booking.hebrew.items import Item
from booking.hebrew.resolve import Parts
from booking.hebrew.tokens import Utterance

_EXCEPT = frozenset(("חוצ", "מלבד", "למעט", "בלי"))
_WE = frozenset(("אני", "אנחנו", "שאני", "ואני"))
_HENCE = frozenset(("אז", "ולכנ", "לכנ"))
_OVER = frozenset(("זה", "אני", "אנחנו", "ממש", "כבר", "לי", "פחות", "גמ", "הוא", "היא", "כ", "כל", "זה,"))


def mark_refusals(items: list[Item], said: Utterance) -> bool:
    """Marks what is turned down; True where a lost comma leaves open which of two is."""
    doubtful = False
    for index, item in enumerate(items):
        following = items[index + 1] if index + 1 < len(items) else None
        limit = following.start if following is not None else len(said)
        if item.role != "new" or (index and _refusal_spent(said, items[index - 1], item)):
            continue
        if "bound" in item.notes and _is_busy_until(said, item):
            item.marker = "after" if item.marker == "before" else "before"
            continue
        if _is_busy_then(said, item, items[index + 1 :]):
            item.role = "reject"
            if following is not None and following.start == item.end + _busy_words(said, item.end):
                following.role = "reject"
            continue
        has_earlier = any(other.kind == item.kind for other in items[:index])
        if refused_before(said, item, has_earlier=has_earlier):
            item.role = "reject"
            if following is not None and following.kind == item.kind == "date" and following.start == item.end:
                following.role = "reject"  # במקום חמישי ה-2 ביולי
            previous = items[index - 1] if index else None
            tight = previous is not None and previous.kind == item.kind and previous.end == item.start - 1
            if tight and said.key(item.start - 1) == "לא":
                doubtful = True  # "בחמש לא בשש": a lost comma decides which one is meant
        elif item.kind != "moment" and _refused_after(said, item, limit):
            item.role = "reject"
            previous = items[index - 1] if index else None
            beside = previous is not None and previous.role == "new" and previous.end == item.start
            replaced = previous is not None and any(other.kind == previous.kind for other in items[index + 1 :])
            if beside and previous is not None and (following is None or replaced):
                previous.role = "reject"
    return doubtful


def _is_busy_until(said: Utterance, item: Item) -> bool:
    """אני עובדת עד ארבע, לא יכולה לפני עשר: the hours named are the ones that do not suit."""
    before = said.key(item.start - 1)
    refused = before in REFUSALS and said.key(item.start - 2) in ("לא", "ולא", "שלא")
    return refused or (before in BUSY and said.key(item.start - 2) in _WE)


def _is_busy_then(said: Utterance, item: Item, later: list[Item]) -> bool:
    """The Wednesday of "אני עובדת ביום רביעי עד שש, אז חמישי בחמש": another day is drawn from it."""
    before = said.key(item.start - 1) in BUSY and said.key(item.start - 2) in _WE
    if item.kind != "date" or not (before or _busy_words(said, item.end)):
        return False
    other = next((each for each in later if each.kind == "date"), None)
    return other is not None and any(key in _HENCE for key in between(said, item, other)[-2:])


def _busy_words(said: Utterance, index: int) -> int:
    """How many tokens say that one is busy on the day before: אני עובדת."""
    return 2 if said.key(index) in _WE and said.key(index + 1) in BUSY else 0


def _refusal_spent(said: Utterance, previous: Item, item: Item) -> bool:
    """בשלוש לא מתאים לי בארבע: the "no" between belongs to the value before it."""
    gap = between(said, previous, item)
    return previous.role == "reject" and len(gap) > 1 and any(key in ("לא", "פחות") for key in gap)


def refused_before(said: Utterance, item: Item, *, has_earlier: bool) -> bool:
    before = said.key(item.start - 1)
    if before == "לא" and said.key(item.start - 2) in CORRECTIONS and has_earlier:
        return False  # "בשלישי בעצם לא ברביעי": the no undoes what came before
    if before == "במקומ":
        return True  # in a move it is the old one, which is decided before
    at = item.start - 1
    while said.key(at) in ("לי", "להגיע", "לבוא", "לנו", "את"):
        at -= 1
    if said.key(at) in ("אפשרות", "זמנ", "אינ"):
        none_at = next((back for back in (at, at - 1, at - 2) if said.key(back) == "אינ"), None)
        if none_at is not None:
            return said.key(none_at - 1) not in IF  # אין לי אפשרות בימי ראשון; ואם אין, בשני
    if said.key(at) in REFUSALS and said.key(at - 1) in ("לא", "ולא", "שלא") and not _is_asked_why_not(said, at):
        return True
    if before in ("רק", "אפ", "בערכ"):
        before = said.key(item.start - 2)
    if before in ("לא", "ולא", "שלא", "אל") and "bound" not in item.notes:
        return not _is_asked_why_not(said, item.start)
    return before in _EXCEPT


def _is_asked_why_not(said: Utterance, index: int) -> bool:
    """למה לא בעשר, ואם לא בעשר: the "no" right before the index turns nothing down."""
    return said.key(index - 2) == "למה" or said.key(index - 2) in IF


def _refused_after(said: Utterance, item: Item, limit: int) -> bool:
    """יום ראשון לא מתאים, מחר אני עובדת, ביום שני לא: said right behind the value, before a comma."""
    at = item.end
    while at < limit and said.key(at) in _OVER:
        at += 1
    if at >= len(said):
        return False
    word, following = said.at(at), said.at(at + 1)
    if at > limit or word.mask is not None:
        return False
    if word.key == "לא" or (word.key == "פחות" and following.key in REFUSALS):
        comes_next = at + 1 < limit
        ends = (following.kind == "break" or at + 1 >= len(said)) and at == item.end and word.start > 0
        refused = comes_next and (following.key in REFUSALS or said.key(at + 2) in REFUSALS)
        corrected = following.key in CORRECTIONS or said.key(at + 2) in CORRECTIONS
        return refused or (ends and not corrected and at + 1 <= limit)
    if said.key(at - 1) == "פחות" and word.key in REFUSALS:
        return True
    if word.key == "אי" and following.key == "אפשר":
        return True
    if word.key == "אינ" and following.key in ("לי", "לנו") and limit < len(said):
        return said.key(at + 2) not in ("בעיה", "התנגדות", "שומ")  # ברביעי אין לי בייביסיטר, אז חמישי
    leads_on = at + 1 == limit and limit < len(said)  # "…אני עובדת עד חמש" says when, not whether
    return (at > item.end or word.key in ("תפוס", "עמוס")) and word.key in BUSY and not leads_on


_BOUNDS = frozenset(("אחרי", "לפני", "עד", "שאחרי", "שלפני", "ואחרי", "ולפני", "לאחר"))
_ONWARDS = frozenset(("והלאה", "ואילכ", "הלאה"))


def mark_bounds(items: list[Item], said: Utterance) -> None:
    """אחרי ה-25, עד יום חמישי, החל מיום שני: a day on one side of which the caller is free; no day of its own."""
    for index, item in enumerate(items):
        if item.kind != "date":
            continue
        before = said.key(item.start - 1)
        follows = index > 0 and items[index - 1].kind == "date" and items[index - 1].end == item.start - 1
        onwards = said.key(item.end) in _ONWARDS or (item.marker == "from" and before in ("החל", "מתחיל", "ומתחיל"))
        if (before in _BOUNDS and not follows) or onwards:
            item.kind, item.period = "period", "vague"
            item.parts = Parts()
