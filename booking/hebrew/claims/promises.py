"""Promises: that somebody will get back to the caller, that something will be sent."""

from collections.abc import Iterator
from typing import NamedTuple

from booking.hebrew.claims import words as w
from booking.hebrew.claims.nouns import first_noun
from booking.hebrew.claims.sentence import Clause, bare
from booking.hebrew.claims.values import Kind
from booking.hebrew.claims.words import NOUNS

_WISHES = frozenset(("תרצה", "תרצו", "תרצי", "צריכ", "רוצה", "נוח", "מעדיפ", "מעדיפה", "רוצימ"))


class Promise(NamedTuple):
    kind: Kind  # call_back or sent
    reminder: bool
    at: int


def promises(clause: Clause) -> Iterator[Promise]:
    """What the clause promises, in order. A promise with an "if" is one, too, unless the "if" asks for a wish."""
    if not clause.asserted:
        return
    wishes = clause.condition < len(clause.words) and clause.has(_WISHES)
    for at, word in enumerate(clause.words):
        if clause.has_before(at, w.ASKING) or (wishes and at > clause.condition) or clause.denied(at):
            continue
        found = _promise(clause, at, bare(word) if word[0] in "וש" and word not in w.NOT_PREFIXED else word)
        if found is not None:
            yield found


def _promise(clause: Clause, at: int, word: str) -> Promise | None:
    behind = clause.words[at + 1 : at + 7]
    if word in w.RETURNING:
        to_you = any(each in w.TOWARDS for each in behind[:3]) and "על" not in behind[:1]
        to_staff = word in w.TELLING and any(NOUNS.get(each) == "staff" for each in behind[:3])
        return Promise("call_back", False, at) if to_you or to_staff else None
    if word in w.PASSING_ON:
        noun = first_noun(behind) or first_noun(clause.words[max(0, at - 4) : at])
        return Promise("call_back", False, at) if noun in ("details", "message") else None
    if word in w.SENDING or word == w.WE_SHALL_SEND:
        return _sending(clause, at, word, behind)
    if word in w.RECEIVING:
        got = next((each for each in behind[:3] if NOUNS.get(each) == "message" or each in ("הודעה", "פרטימ")), None)
        return Promise("sent", got in w.REMINDERS, at) if got else None
    if word in w.REMINDING and any(each in w.TO_YOU for each in behind[:2]):
        return Promise("sent", True, at)
    if word in ("קבעתי", "קבענו", "נקבעה", "הגדרתי") and w.REMINDERS & set(behind[:3]):
        return Promise("sent", True, at)
    return None


def _sending(clause: Clause, at: int, word: str, behind: list[str]) -> Promise | None:
    near = {*behind, *clause.words[max(0, at - 3) : at]}
    if word == w.WE_SHALL_SEND and not (near & w.TO_YOU or near & w.REMINDERS):
        return None
    staffed = any(NOUNS.get(each) == "staff" for each in clause.words[max(0, at - 3) : at])
    if word in w.STAFF_SENDING and staffed and not near & w.REMINDERS:
        return Promise("call_back", False, at)
    return Promise("sent", bool(near & w.REMINDERS), at)
