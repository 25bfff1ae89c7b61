"""What is said to stand as it is: a booked appointment, sent details; and words that close on a booking."""

from booking.hebrew.claims import words as w
from booking.hebrew.claims.nouns import first_noun, subject_of
from booking.hebrew.claims.sentence import Clause, is_hour, is_time
from booking.hebrew.claims.values import Kind
from booking.hebrew.claims.words import NOUNS


def state_at(clause: Clause, at: int) -> Kind | None:
    word = clause.words[at]
    if word in w.ENTERED:
        return _entered(clause, at)
    if word in w.KEPT:
        held = first_noun([*clause.words[max(0, at - 3) : at], *clause.words[at + 1 : at + 4]])
        said_to = w.TO_YOU & set(clause.words[max(0, at - 2) : at + 4])
        fits = (held == "appointment" and clause.key(at - 1)[:1] != "ב") or (held is None and said_to)
        return "booked" if fits and not clause.denied(at) else None
    if word in ("עבר", "עברה", "עברו", "זז", "זזה"):
        moved = (
            subject_of(clause, at) == "appointment" and clause.key(at + 1)[:1] == "ל" and is_time(clause.key(at + 1))
        )
        return "moved" if moved and not clause.denied(at) else None
    if word in ("שלכ", "שלכמ") and at == len(clause.words) - 1:
        return _is_yours(clause, at)
    if word in w.SETTLED or word[1:] in w.SETTLED and word[0] == "ו":
        return _settled(clause, at)
    if word in w.THERE_IS:
        return _you_have(clause, at)
    if NOUNS.get(word) == "appointment" and word not in w.DIARY:
        return _your_appointment_is(clause, at)
    if NOUNS.get(word) in ("details", "message"):
        return _with_you(clause, at)
    if NOUNS.get(word) == "staff" and clause.key(at + 1) in ("קיבל", "קיבלה", "קיבלו", "קבל"):
        got = first_noun(clause.words[at + 2 : at + 6]) in ("details", "message")
        return "sent" if got and not clause.denied(at + 1) else None
    return None


def _entered(clause: Clause, at: int) -> Kind | None:
    """את רשומה, התור רשום, רשום תור ל...; not המספר רשום."""
    if clause.denied(at) or any(word in w.OTHER_THINGS for word in clause.words):
        return None
    before = clause.words[max(0, at - 4) : at]
    noun = first_noun(before) or first_noun(clause.words[at + 1 : at + 4])
    if noun in ("details", "message", "staff"):
        return None
    if clause.words[at] == "בפנימ":
        return "booked" if w.YOU & set(before[-1:]) else None
    if clause.words[at] == "ביומנ":
        your = noun == "appointment" and bool(w.TO_YOU | {"שלכ", "שלכמ"} & set(before))
        return "booked" if w.YOU & set(before) or (your and first_noun(before) == "appointment") else None
    if noun == "appointment" or w.YOU & set(before) or {"אצלנו", "אצלי", "אצלכ"} & set(clause.words):
        return "booked"
    return "booked" if any(is_time(word) for word in clause.words[at + 1 : at + 4]) else None


def _settled(clause: Clause, at: int) -> Kind | None:
    """ "סגור, יום חמישי", "אז קבוע למחר", "התור מסודר"; not "סגור בשבת", "המחיר קבוע"."""
    word = clause.words[at].removeprefix("ו")
    before, behind = clause.words[:at], clause.words[at + 1 :]
    if clause.denied(at) or any(each in w.OTHER_THINGS for each in clause.words):
        return None
    on_top = all(each in w.AFFIRMING for each in before)
    appointed = any(NOUNS.get(each) == "appointment" and each not in w.DIARY for each in before[-4:])
    appointed = appointed and not (word.startswith("קבוע") and any(each in w.HOUR_NOUNS for each in before[-2:]))
    if word in ("סגורימ", "סגורות"):
        return "booked" if behind[:1] == ["על"] else None
    if appointed or (word.startswith("מסודר") and w.YOU & set(before[-1:])):
        return "booked"
    if word == "סגורה" or not on_top:
        return None
    if not behind:
        return "booked"
    to_a_time = behind[0][0] == "ל" and any(is_time(each) for each in behind[:3])
    at_an_hour = any(is_hour(each) for each in behind) and word == "סגור"
    return "booked" if to_a_time or at_an_hour or behind[0] in w.TO_YOU or behind[0] == "על" else None


def _is_yours(clause: Clause, at: int) -> Kind | None:
    """ "השעה ארבע ביום רביעי שלך": a time, and nothing else, is theirs."""
    before = clause.words[:at]
    slot = bool(before) and before[0] in w.SLOT | w.AFFIRMING and any(is_time(word) for word in before)
    return "booked" if slot and all(is_time(word) or word in w.SLOT | w.AFFIRMING for word in before) else None


def _you_have(clause: Clause, at: int) -> Kind | None:
    """יש לך תור מחר; יש לך הודעה בוואטסאפ."""
    behind = clause.words[at + 1 : at + 7]
    if not w.TO_YOU & set(behind[:2]):
        return None
    noun = next((word for word in behind if word in NOUNS), "")
    if noun in ("תור", "פגישה", "הזמנה") and clause.key(clause.words.index(noun, at) + 1) not in w.FREE:
        return "booked"
    waits = NOUNS.get(noun) == "message" or noun == "הודעה"
    return "sent" if waits and any(word.startswith("ב") and word in NOUNS for word in behind) else None


def _your_appointment_is(clause: Clause, at: int) -> Kind | None:
    """התור שלך הוא ביום שני; said at the beginning, with the time right behind it."""
    if clause.words[at] not in ("התור", "הפגישה", "והתור", "תורכ", "ההזמנה", "והפגישה", "פגישתכ", "הביקור", "שהתור"):
        return None
    if not all(word in w.AFFIRMING for word in clause.words[:at]):
        return None
    index = at + 1
    while clause.key(index) in ("שלכ", "שלכמ", "הוא", "היא", "אצלנו", "נשאר", "עדיינ", "אז"):
        index += 1
    rest = clause.words[index:]
    if not rest or not is_time(rest[0]) or any(word in ("אפשר", "צריכ", "לבטל", "להזיז", "פנוי") for word in rest):
        return None
    return None if any(word in w.VERBS or word in w.ENTERED for word in rest) else "booked"


def _with_you(clause: Clause, at: int) -> Kind | None:
    """הפרטים אצלך בוואטסאפ, ההודעה בדרך אליך, הפרטים כבר אצל הצוות."""
    for index in range(at + 1, min(at + 6, len(clause.words))):
        word = clause.words[index]
        if word in ("אצלכ", "אצלכמ"):
            return None if clause.denied(index) else "sent"
        if word == "אצל" and NOUNS.get(clause.key(index + 1)) == "staff":
            return None if clause.denied(index) else "sent"
        if word in ("בדרכ", "הגיע", "הגיעה", "הגיעו", "מחכה", "מחכימ", "ממתינה", "ממתינ"):
            reached = clause.key(index + 1) in w.TO_YOU or NOUNS.get(clause.key(index + 1)) == "staff"
            return "sent" if reached and not clause.denied(index) else None
    return None


# --- closing words -----------------------------------------------------------------------------------
def closer_at(clause: Clause, at: int) -> Kind | None:
    """נתראה מחר בשש, מחכים לך; מחכה לך הודעה."""
    word = clause.words[at].removeprefix("ו") if len(clause.words[at]) > 3 else clause.words[at]
    if word in w.SEE_YOU:
        return "booked" if any(is_time(each) for each in clause.words[at + 1 : at + 5]) else None
    if word in ("לראות", "לארח"):
        meant = clause.key(at + 1) in w.YOU and any(is_time(each) for each in clause.words[at + 2 : at + 6])
        return "booked" if meant else None
    if word in ("הגיע", "הגיעה", "הגיעו") and clause.key(at + 1) in w.TO_YOU:
        return "sent" if NOUNS.get(clause.key(at + 2)) in ("message", "details") else None
    if word in w.AWAITING and clause.key(at + 1) in w.TO_YOU and not clause.denied(at):
        return "sent" if NOUNS.get(clause.key(at + 2)) in ("message", "details") else "booked"
    return None
