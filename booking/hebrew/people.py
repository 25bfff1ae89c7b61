"""Wishes that only a person can fulfil: to speak to somebody, to be sent something, to have one more appointment."""

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
_APPOINTMENT = r"(?:תור|תורים|פגישה|פגישות)"
_TO_BOOK = r"(?:ל|ת|נ)?(?:קבע|קבוע|קבעי|קבעו|רשום|רשמי|רשמו|זמין|הזמין|זמיני)"
_SOMEBODY = r"(?:ה?(?:בן|בת|ילד|ילדה|ילדים|חבר|חברה)|בני|בתי|אשתי|בעלי|אימא|אמא|אימי|אמי|אבא|אבי|אחי|אחותי)"
_ANOTHER = tuple(
    re.compile(r"(?:^| )" + fold(pattern) + r"(?= |$)")
    for pattern in (
        rf"ו?עוד (?:{_APPOINTMENT}|אחד|אחת|מקום|אנשים)",
        rf"[הל]?{_APPOINTMENT} (?:נוסף|נוספת|נוספים|נוספות)",
        rf"{_TO_BOOK} (?:(?:לי|לנו|אותי|{_APPOINTMENT}) )?גם",
        rf"ו?גם (?:{_TO_BOOK} )?(?:{_APPOINTMENT}|ל{_SOMEBODY})",
        rf"(?:{_TO_BOOK}|{_APPOINTMENT}) (?:{_APPOINTMENT} )?(?:ל|(?:בשביל|עבור) ){_SOMEBODY}",
    )
)
_NOT_WANTED = re.compile(r"(?:^| )" + fold(r"(?:לא|בלי|אין)") + r" (?:\S+ ){0,2}$")


def wants_person(text: str) -> bool:
    """Whether the sentence asks for somebody of the staff, or for something that only they can send."""
    return wants_to_talk(text) or _wishes(text, _SEND_ME)


def wants_to_talk(text: str) -> bool:
    """Whether the sentence asks for somebody of the staff."""
    return _wishes(text, _PERSON)


def wants_another(text: str) -> bool:
    """Whether the sentence asks for an appointment beside one that was made: a further one, or somebody else's."""
    clauses = re.split(r"[,.;!?]", text)  # "לא, עוד תור" asks for one; "לא צריך עוד תור" does not
    return any(_wishes(clause, pattern) for clause in clauses for pattern in _ANOTHER)


def _wishes(text: str, wish: re.Pattern[str]) -> bool:
    said = " ".join(words_of(text))
    found = wish.search(said)
    return found is not None and not _NOT_WANTED.search(said[: found.start()] + " ")
