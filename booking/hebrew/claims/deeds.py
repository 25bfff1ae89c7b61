"""Claims of something done: booked, moved, cancelled, sent; by their verbs, and by states and closing words."""

from collections.abc import Iterator

from booking.hebrew.claims import words as w
from booking.hebrew.claims.nouns import first_noun, subject_of
from booking.hebrew.claims.sentence import Clause, is_time
from booking.hebrew.claims.states import closer_at, state_at
from booking.hebrew.claims.values import Kind
from booking.hebrew.claims.words import INFINITIVES, NOUNS, OTHERS_VERBS, VERBS, Noun, Verb

Deed = tuple[Kind, int, bool]  # what was done, which word of the clause says so, and whether that is a verb

_REACH = 6  # words behind a verb among which its objects are
_SHORTEST_REPAIR = 5
_SOUNDS = str.maketrans({"ט": "ת", "ק": "כ", "ח": "כ", "ע": "א", "ה": "א", "ס": "ש"})


def _sound(word: str) -> str:
    """The word as it is heard, written with or without its inner vowels."""
    return (word[0] + word[1:-1].replace("י", "") + word[-1]).translate(_SOUNDS)


_BY_SOUND = {
    _sound(word): verb for word, verb in VERBS.items() if word.endswith("תי") and len(word) >= _SHORTEST_REPAIR
}


def verb_at(clause: Clause, at: int) -> Verb | None:
    """The verb there; with "and" or "that" before it, or misheard, as well."""
    word = clause.words[at]
    verb = VERBS.get(word)
    if verb is not None:
        return verb
    if word[0] in "וש" and (verb := VERBS.get(word[1:]) or VERBS.get(word[2:])) is not None:
        before = clause.key(at - 1)
        of_any = verb.passive and before in w.EACH  # תור שנקבע: any that is
        return None if word[0] == "ש" and (before in w.BEFORE_THAT or of_any) else verb
    if word.endswith(("תי", "טי")) and len(word) >= _SHORTEST_REPAIR:
        return _BY_SOUND.get(_sound(word))
    if word in OTHERS_VERBS and at > 0 and clause.key(at + 1) in w.BEHIND_OTHERS:
        return OTHERS_VERBS[word]
    return None


def deeds(clause: Clause) -> Iterator[Deed]:
    """What the clause says was done, in order."""
    if len(clause.words) == 1 and clause.words[0] in w.ALONE and clause.asserted:
        yield "booked", 0, clause.words[0] in VERBS
        return
    for at, word in enumerate(clause.words):
        if not clause.holds(at):
            return
        by_verb = True
        if word in w.MANAGED:
            found = _managed(clause, at)
        elif (verb := verb_at(clause, at)) is not None:
            found = None if clause.denied(at) or _is_habit(clause, at) else _done(verb, clause, at)
            by_verb = word not in w.STANDING
        else:
            found, by_verb = state_at(clause, at) or closer_at(clause, at), False
        if found is not None:
            yield found, at, by_verb


def _managed(clause: Clause, at: int) -> Kind | None:
    """הצלחתי לקבוע."""
    if clause.denied(at):
        return None
    for index in range(at + 1, min(at + 4, len(clause.words))):
        verb = INFINITIVES.get(clause.words[index])
        if verb is not None:
            return _done(verb, clause, index)
    return None


def _is_habit(clause: Clause, at: int) -> bool:
    """כל תור נקבע מראש, בדרך כלל: what happens, not what happened."""
    if clause.has(w.HABIT):
        return True
    return any(clause.words[i] == "כל" and clause.words[i + 1] in w.EACH for i in range(max(0, at - 4), at - 1))


# --- verbs -------------------------------------------------------------------------------------------
def _done(verb: Verb, clause: Clause, at: int) -> Kind | None:
    if verb.we_shall and _is_future(clause, at):
        return None
    behind = clause.words[at + 1 : at + 1 + _REACH]
    noun = subject_of(clause, at) if verb.passive else None
    noun = noun or first_noun(behind)
    match verb.needs:
        case "any":
            return None if _is_about_other_things(verb, clause, at) else verb.kind
        case "carried":
            return _carried(clause, noun, behind)
        case "told":
            return _told(noun, behind)
        case "freed":
            return ("booked" if w.TO_YOU & set(behind) else verb.kind) if noun == "appointment" else None
        case "details":
            return verb.kind if noun in ("details", "message") else None
        case "message":
            return verb.kind if noun in ("details", "message") and clause.key(at + 1) != "לי" else None  # יצא לי
        case "left":
            return verb.kind if noun in ("details", "message", "staff") else None
        case "placed":
            return _placed(verb, noun, behind)
        case "written":
            return "sent" if _is_to_somebody(noun, behind) else _placed(verb, noun, behind)
        case "done":
            return verb.kind if noun == "appointment" or (noun is None and _is_you_or_all(behind)) else None
        case _:
            return _appointed(verb, clause, at, noun)


def _is_future(clause: Clause, at: int) -> bool:
    """נקבע לך פגישה, נשלח את הקישור: what we shall do; of a feminine noun the passive would be נקבעה."""
    if subject_of(clause, at) is not None:
        return False
    behind = clause.words[at + 1 : at + 4]
    if clause.has_before(at, w.SOON) or "את" in behind or clause.has_from(at, w.LATER):
        return True
    noun = next((word for word in behind if word in NOUNS), None)
    if noun is None:
        return clause.key(at - 1) in ("אז", "ואז", "") and not any(word in w.TO_YOU for word in behind)
    return noun.endswith(("ה", "ות", "ימ", "ת"))


def _is_about_other_things(verb: Verb, clause: Clause, at: int) -> bool:
    if verb.kind == "sent":
        return clause.key(at + 1) == "לי"
    near = clause.words[max(0, at - 3) if verb.passive else at + 1 : at + 4]
    if verb.kind == "booked" and clause.key(at + 1) in w.SET_BY:
        return True
    return any(word in w.OTHER_THINGS for word in near) and not any(NOUNS.get(word) == "appointment" for word in near)


def _carried(clause: Clause, noun: Noun | None, behind: list[str]) -> Kind | None:
    """What was handed over: an appointment to another time, or details to somebody."""
    if noun == "appointment":
        return "moved"
    if noun in ("details", "message"):
        return "sent"
    if "סניפ" in clause.words or "הסניפ" in clause.words:
        return None
    onto_a_time = any(is_time(word) for word in behind)
    if w.THEM & set(behind):
        return "moved" if onto_a_time else None
    if noun == "staff" or w.OTHERS & set(behind):
        return "sent"
    return "moved" if onto_a_time else None


def _told(noun: Noun | None, behind: list[str]) -> Kind | None:
    """עדכנתי את התור, עדכנתי את הצוות, עדכנתי את רונית."""
    if noun == "appointment":
        return "moved"
    if noun == "staff":
        return "sent"
    if noun is not None or not behind:
        return None
    return "sent" if behind[0] in ("אותו", "אותה", "אותמ") or (behind[0] == "את" and len(behind) > 1) else None


def _placed(verb: Verb, noun: Noun | None, behind: list[str]) -> Kind | None:
    """רשמתי אותך, רשמתי למחר; not רשמתי את המספר."""
    if noun is not None:
        return verb.kind if noun == "appointment" else None
    near = behind[:3]
    return verb.kind if w.THEM & set(near) or any(is_time(word) for word in near) else None


def _is_to_somebody(noun: Noun | None, behind: list[str]) -> bool:
    """כתבתי למנהל, כתבתי לרונית; not כתבתי לשעה שש."""
    if noun in ("staff", "message") or w.OTHERS & set(behind[:2]):
        return True
    first = behind[0] if behind else ""
    return noun is None and first[:1] == "ל" and first not in w.TO_YOU and not is_time(first)


def _is_you_or_all(behind: list[str]) -> bool:
    if not behind:
        return False
    near = behind[:3]
    return bool(w.ALL & set(near) or w.TO_YOU & set(near) or "על" in near[:1]) or any(is_time(word) for word in near)


def _appointed(verb: Verb, clause: Clause, at: int, noun: Noun | None) -> Kind | None:
    """The appointment, or "all", was approved, saved, changed, taken out."""
    before = clause.words[:at]
    if noun == "appointment" and not any(word in w.OTHER_THINGS for word in before):
        return _of_the_change(verb, before)
    if noun in ("message", "details") and clause.words[at] in w.GOT:
        return "sent"
    if noun == "details" and clause.words[at] in ("אושר", "אושרה", "אושרו"):
        return verb.kind
    said_of_all = noun is None and verb.kind == "booked" and bool(before) and before[-1] in w.ALL
    return verb.kind if said_of_all else None


def _of_the_change(verb: Verb, before: list[str]) -> Kind:
    """הביטול בוצע, השינוי אושר."""
    if "הביטול" in before:
        return "cancelled"
    return "moved" if "השינוי" in before or "ההעברה" in before else verb.kind
