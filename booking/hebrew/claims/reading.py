"""A sentence of the assistant read for its claims."""

from functools import lru_cache
from typing import Literal

from booking.hebrew.claims.availability import frees
from booking.hebrew.claims.deeds import deeds
from booking.hebrew.claims.hours import says_closed, speaks_of_hours
from booking.hebrew.claims.prices import amounts_in, may_be_priced
from booking.hebrew.claims.promises import promises
from booking.hebrew.claims.sentence import Clause, is_hour, is_time, sentences
from booking.hebrew.claims.values import Claim
from booking.hebrew.normalize import normalize

Label = Literal["claims_booking_done", "claims_details_sent", "claims_availability", "none"]
_REMEMBERED = 2048
_DONE = ("booked", "moved", "cancelled")
_GOES_ON = frozenset(("על", "אצל", "עמ", "ב", "בשעה", "לשעה", "השעה", "שעה", "בדיוק", "או"))


@lru_cache(maxsize=_REMEMBERED)  # as it grows word by word; and the same sentences are said in call after call
def claims_in(sentence: str) -> tuple[Claim, ...]:
    """Every claim of an assistant's sentence (or of several), in the order of its words."""
    text = normalize(sentence).text
    found: list[Claim] = []
    for clauses in sentences(text):
        found += _of_sentence(text, clauses)
    return tuple(found)


def label_of(sentence: str) -> Label:
    """The contract's word for a sentence: what is done, or sent, whichever is said first; else what is free."""
    label: Label = "none"
    for claim in claims_in(sentence):
        if claim.kind in _DONE:
            return "claims_booking_done"
        if claim.kind == "sent" and not claim.future:
            return "claims_details_sent"
        if claim.kind == "free":
            label = "claims_availability"
    return label


def _of_sentence(text: str, clauses: list[Clause]) -> list[Claim]:
    """Claims of one sentence; each has the words from its own clause, or its own verb, to where the next begins."""
    raw = sorted((found for clause in clauses for found in _of_clause(clauses, clause)), key=lambda found: found[1])
    claims: list[Claim] = []
    for number, (claim, at) in enumerate(raw):
        following = raw[number + 1][1] if number + 1 < len(raw) else None
        previous = raw[number - 1][1] if number else None
        words = _about(text, clauses, at, previous, following)
        claims.append(Claim(claim.kind, words, claim.negated, claim.future, claim.reminder, claim.done))
    if may_be_priced(clauses) and any(clause.asserted for clause in clauses):
        words = text[clauses[0].starts[0] : clauses[-1].ends]
        if amounts := amounts_in(words):
            claims.append(Claim("price", words, amounts=amounts))
    return claims


def _about(text: str, clauses: list[Clause], at: int, previous: int | None, following: int | None) -> str:
    """The claim's clause and those that go on with its time or name; before it, what no claim took."""
    own = next(index for index, clause in enumerate(clauses) if at < clause.begins + len(clause.words))
    clause = clauses[own]
    first = at if previous is not None and previous >= clause.begins else clause.begins
    ends = clause.ends
    if following is not None and following < clause.begins + len(clause.words):
        return text[clause.starts[first - clause.begins] : clause.starts[following - clause.begins]]
    for later in clauses[own + 1 :]:
        claimed = following is not None and later.begins <= following < later.begins + len(later.words)
        if claimed or not (any(map(is_time, later.words[:2])) or later.words[0] in _GOES_ON):
            break
        ends = later.ends
    begins = clause.starts[first - clause.begins]
    for earlier in reversed(clauses[:own]):
        if (previous is not None and earlier.begins + len(earlier.words) > previous) or not is_time(earlier.words[0]):
            break
        begins = earlier.starts[0]
    return text[begins:ends]


def _of_clause(clauses: list[Clause], clause: Clause) -> list[tuple[Claim, int]]:
    """Claims of one clause, with the place of the word that says so."""
    found: list[tuple[Claim, int]] = []
    closed_day = _is_about_a_day(clauses)
    for kind, at, by_verb in deeds(clause):
        if not (kind == "booked" and clause.words[at] == "סגור" and closed_day):
            found.append((Claim(kind, "", done=by_verb), clause.begins + at))
    for negated, at in frees(clause):
        found.append((Claim("free", "", negated), clause.begins + at))
    for promise in promises(clause):
        claim = Claim(promise.kind, "", future=promise.kind == "sent", reminder=promise.reminder)
        found.append((claim, clause.begins + promise.at))
    at_hours = speaks_of_hours(clause)
    if at_hours is not None and not any(claim.kind in ("booked", "free") for claim, _ in found):
        found.append((Claim("hours", "", says_closed(clause, at_hours)), clause.begins + at_hours))
    return found


def _is_about_a_day(clauses: list[Clause]) -> bool:
    """A day without an hour: "שבת, סגור" is of the business, "סגור, יום חמישי בשבע" of an appointment."""
    words = [word for clause in clauses for word in clause.words]
    return any(map(is_time, words)) and not any(is_hour(word) or is_hour(word[1:]) for word in words)
