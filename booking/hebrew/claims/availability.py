"""Claims that a time is free, that there is room, that all is taken."""

from collections.abc import Iterator

from booking.hebrew.claims import words as w
from booking.hebrew.claims.sentence import Clause, is_hour, is_time

Free = tuple[bool, int]  # negated, and which word of the clause says so

_LINKS = w.NEAREST | {"הוא", "היא", "ביותר", "קרוב", "קרובה", "שיש", "אצלנו", "לנו", "רק", "שלנו"}
_AN_HOUR_GIVEN = frozenset(("או", "אבל", "ו", "וגמ", "ואחריה"))


def frees(clause: Clause) -> Iterator[Free]:
    """What the clause says of free and taken times, in order; of one statement once."""
    said_until = -1
    for at, word in enumerate(clause.words):
        if not clause.holds(at):
            return
        if at <= said_until or clause.has_before(at, w.CHECKING) or clause.has_before(at, w.HABIT):
            continue
        found = _free(clause, at, word)
        if found is not None:
            negated, until = found
            said_until = until
            yield negated, at


def _free(clause: Clause, at: int, word: str) -> tuple[bool, int] | None:
    """Whether the word there says free (False) or taken (True), and how far its statement reaches."""
    if word in w.FREE:
        return None if _is_a_person(clause, at) or clause.key(at - 1) in w.NOT_A_SLOT else (clause.denied(at, 4), at)
    if word in w.AT_HAND:
        return (clause.denied(at), at) if _is_a_slot_at_hand(clause, at) else None
    if word in w.TAKEN:
        return (not clause.denied(at), at) if _is_taken_slot(clause, at) else None
    if word in w.FULL:
        return (not clause.denied(at), at) if _is_full_day(clause, at) else None
    if word in w.THERE_IS or word in w.THERE_IS_NOT:
        until = _there_is(clause, at)
        denied = word in w.THERE_IS_NOT or clause.denied(at)
        return None if until is None else (denied, until)
    if word in w.LEFT:
        until = _slot_or_time(clause, at + 1, strict=False)
        return None if until is None else (clause.denied(at), until)
    if word in w.GONE:
        return (True, at) if any(each in w.SLOTS for each in clause.words[at + 1 : at + 4]) else None
    if word in w.OPENED_UP:
        until = _slot_or_time(clause, at + 1, strict=False)
        return None if until is None else (clause.denied(at), until)
    if word in w.NEAREST:
        return (False, len(clause.words)) if _is_nearest(clause, at) else None
    if word in ("אפשר", "אפשרי", "ואפשר", "נוכל", "יכולימ"):
        return _possible(clause, at)
    return None


def _is_a_person(clause: Clause, at: int) -> bool:
    """אני פנויה לעזור, הנציג פנוי."""
    if clause.key(at - 1) in ("אני", "אנחנו") and not any(is_time(word) for word in clause.words):
        return True
    if clause.key(at + 1) in w.AT_YOUR_SERVICE:
        return True
    return clause.has(w.BUSY_PEOPLE) and not any(is_time(word) for word in clause.words)


def _is_a_slot_at_hand(clause: Clause, at: int) -> bool:
    """המועד זמין, היומן פתוח, השעה לא אפשרית; not פתוח מתשע, אני זמינה."""
    word, before = clause.words[at], clause.words[max(0, at - 5) : at]
    if clause.key(at + 1) in w.AT_YOUR_SERVICE or clause.has(w.BUSY_PEOPLE):
        return False
    if word in ("פתוח", "פתוחה", "ריק", "ריקה"):
        return bool(w.DIARY & set(clause.words[at + 1 : at + 3])) or any(each in w.DIARY for each in before[-2:])
    slot = any(each in w.SLOT for each in before) or any(is_hour(each.lstrip("ב")) for each in before[-1:])
    if word in ("אפשרי", "אפשרית"):
        return slot and clause.denied(at)
    return slot or any(is_time(each) for each in before)


def _is_taken_slot(clause: Clause, at: int) -> bool:
    before = clause.words[:at]
    timely = any(is_time(word) for word in clause.words)
    if clause.has(w.BUSY_PEOPLE) and not timely:
        return False
    if clause.key(at - 1) in ("אני", "אנחנו") and not timely:
        return False
    context = timely or any(word in w.SLOT | w.FULLNESS for word in clause.words)
    return context or not before or before[-1] in ("כבר", "זה", "לא")


def _is_full_day(clause: Clause, at: int) -> bool:
    """השבוע מלא, היומן מלא עד סוף החודש, אנחנו מלאים; not שם מלא, החזר מלא."""
    word, before = clause.words[at], clause.words[max(0, at - 4) : at]
    if word == "סגור":
        return any(each in w.DIARY for each in before)
    if before and before[-1] in ("שמ", "השמ", "החזר", "תשלומ", "מחיר", "אישור", "פירוט", "מספר"):
        return False
    context = any(each in w.FULLNESS or is_time(each) or each in w.SLOT for each in before)
    after = clause.words[at + 1 : at + 3]
    return context or "עד" in after or (not before and len(clause.words) == 1) or any(is_time(each) for each in after)


def _there_is(clause: Clause, at: int) -> int | None:
    """Where the statement "there is room", "there is nothing at six" ends; None if it is of something else."""
    behind = clause.words[at + 1 : at + 4]
    to_you = any(word in w.TO_YOU for word in behind[:1])
    until = _slot_or_time(clause, at + 1, strict=True)
    if until is None:
        none_at_all = clause.words[at] in w.THERE_IS_NOT and any(word in ("כלומ", "דבר") for word in behind)
        return at if none_at_all and any(map(is_time, clause.words)) else None
    if to_you and clause.words[until] in ("תור", "שעה", "שעות", "אפשרות", "אפשרויות", "תורימ"):
        return None  # יש לך תור is of their own appointment
    return until


def _slot_or_time(clause: Clause, start: int, *, strict: bool) -> int | None:
    """The word that names a slot, or ends a run of times. `strict`: hours only where nothing is counted by them."""
    index, hour, timely, end = start, False, False, len(clause.words)
    while index < end:
        word = clause.words[index]
        if word in w.FREE:
            return index
        if word in w.SLOTS:
            return index if _is_room(clause, index) else None
        if is_time(word):
            hour, timely = hour or is_hour(word), True
        elif word in ("אצל", "עמ") and index + 1 < end:
            index += 1  # אצל רונית
        elif word == "של":
            return None
        elif word not in w.FILLERS and word not in ("או", "אחר", "הצהריימ", "הזה", "הבא", "הבאה", "בינ", "ביומ"):
            break
        index += 1
    given = index >= end or clause.words[index] in _AN_HOUR_GIVEN or clause.words[index] in w.TAGS
    lead = clause.words[start:index]
    spoken = hour or any(word.startswith("ב") and is_time(word) for word in lead)
    if strict and not given:
        return None
    return index - 1 if timely and (spoken or not strict or _names_a_day(lead)) else None


def _names_a_day(words: list[str]) -> bool:
    return any(word in ("מחר", "היומ", "הערב", "מחרתיימ", "השבוע") for word in words)


def _is_room(clause: Clause, at: int) -> bool:
    """יש מקום; not מקום לשיפור, מקום לחניה, שעות פתיחה, אפשרות לשלם."""
    word, following = clause.words[at], clause.key(at + 1)
    if following in w.NOT_A_SLOT or clause.key(at + 2) in ("חניה", "חנייה", "ישיבה"):
        return False
    if word in ("אפשרות", "אפשרויות"):
        return any(is_time(each) for each in clause.words[at + 1 : at + 5]) and not _is_infinitive(following)
    purpose = following.startswith("ל") and len(following) > 2 and not is_time(following)
    return not purpose or following in w.TO_YOU | {"לנו", "לפני", "לגמרי", "לצערי", "לטיפול", "לתספורת", "לכמ"}


def _is_infinitive(word: str) -> bool:
    return word.startswith("ל") and len(word) > 3 and not is_time(word)


def _is_nearest(clause: Clause, at: int) -> bool:
    """המועד הפנוי הקרוב הוא..., המועד הראשון שאפשר הוא..."""
    if not any(word in w.SLOT or word in w.SLOTS for word in clause.words[max(0, at - 4) : at]):
        return False
    if {"שלכ", "שלכמ"} & set(clause.words):
        return False
    behind = clause.words[at + 1 : at + 5]
    while behind and behind[0] in _LINKS:
        behind = behind[1:]
    return bool(behind) and is_time(behind[0])


def _possible(clause: Clause, at: int) -> tuple[bool, int] | None:
    """אפשר מחר בשלוש; not אפשר לקבוע עד חודש קדימה."""
    index = at + 1
    if clause.key(index) in ("לקבל", "להכניס") and clause.key(index + 1) in w.YOU:
        index += 2
    rest = clause.words[index:]
    if clause.words[at] in ("נוכל", "יכולימ") and index == at + 1:
        return None
    while rest and rest[0] in ("גמ", "רק", "דווקא", "כבר", "לבוא", "להגיע"):
        rest = rest[1:]
    if not rest or not is_time(rest[0]) or rest[0] in ("עד", "בעוד"):
        return None
    if any(_is_infinitive(word) for word in rest) or not (
        any(is_hour(word.lstrip("ב")) or is_hour(word) for word in rest) or index > at + 1
    ):
        return None
    denied = clause.key(at - 1) in ("אי", "לא", "שאי")
    return denied, len(clause.words)
