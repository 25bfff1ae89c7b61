"""Sentences about opening hours: of which days, from when, until when; open or closed."""

from booking.hebrew.claims.sentence import Clause, is_hour, is_time
from booking.hebrew.phrases import words_in

OPENING = words_in("נפתח נפתחים פותחים נפתחת נפתחות ופותחים")
CLOSING = words_in("נסגרים נסגרת סוגרים נסגר וסוגרים")
_OPEN = OPENING | words_in("פתוח פתוחה פתוחים פתוחות ופתוחים שפתוח")
_CLOSED = CLOSING | words_in("סגור סגורה סגורים סגורות וסגורים שסגור שסגורים וסגור")
_AT_WORK = words_in("עובדים מקבלים פעילים")  # open only with a time beside them
_OPENING_HOURS = words_in("שעות ושעות משעות בשעות")
_OF_OPENING = words_in("הפתיחה פתיחה הפעילות פעילות הקבלה קבלה העבודה")


def speaks_of_hours(clause: Clause) -> int | None:
    """Where the clause says open or closed; None if it does not."""
    for at, word in enumerate(clause.words):
        if not clause.holds(at):
            return None
        if word in _OPEN or word in _CLOSED:
            return at
        if word in _AT_WORK and any(map(is_time, clause.words)):
            return at
        if word in _OPENING_HOURS and clause.key(at + 1) in _OF_OPENING and any(map(is_time, clause.words[at + 2 :])):
            return at
    return None


def says_closed(clause: Clause, at: int) -> bool:
    """Closed for the day; "we close at eight" is open until then."""
    word = clause.words[at]
    timed = any(is_hour(each) or is_hour(each[1:]) for each in clause.words[at + 1 :])
    return (word in _CLOSED and not (word in CLOSING and timed)) != clause.denied(at)
