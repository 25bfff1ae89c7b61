"""Wishes that only a person can fulfil: to speak to somebody, or to be sent something."""

import re

from booking.hebrew.normalize import fold
from booking.hebrew.small_talk import words_of

_PERSON = re.compile(
    r"(?:^| )[ולהמש]{0,2}"
    + fold(r"(?:נציג(?:ה|ים)?|מוקדן|מוקדנית|בן אדם|אדם אמיתי|מישהו אמיתי|מישהו מהצוות|מנהלת?|בעלת? העסק|בעלי העסק)")
    + r"(?= |$)"
)
_SEND_ME = re.compile(
    r"(?:^| )[ושה]{0,2}" + fold(r"(?:תשלחו|תשלחי|תשלח|שלחו|שלחי|שלח|לשלוח) (?:לי|אליי|אלי)") + r"(?= |$)"
)
_NOT_WANTED = re.compile(r"(?:^| )" + fold(r"(?:לא|בלי|אין)") + r" (?:\S+ ){0,2}$")


def wants_person(text: str) -> bool:
    """Whether the sentence asks for somebody of the staff, or for something that only they can send."""
    said = " ".join(words_of(text))
    for wish in (_PERSON, _SEND_ME):
        found = wish.search(said)
        if found is not None and not _NOT_WANTED.search(said[: found.start()] + " "):
            return True
    return False
