"""Wishes that only a person can fulfil: to speak to somebody, to be sent something, to have one more appointment."""

import re

from booking.hebrew.normalize import fold
from booking.hebrew.small_talk import words_of

_PERSON = re.compile(
    r"(?:^| )[ולהמש]{0,2}"
    + fold(r"(?:נציג(?:ה|ים)?|מוקדן|מוקדנית|בן אדם|בנאדם|אדם אמיתי|אדם אנושי|מנהלת?|בעלת? העסק|בעלי העסק)")
    + r"(?= |$)"
)
_SOMEONE = r"(?:מישהו|מישהי)"
_PUT_ME_THROUGH = r"[ושה]{0,2}(?:ל|ת)?(?:העביר|עביר|עבירי|עבירו) אותי (?:בבקשה )?ל"
_STAFF = r"ה?(?:צוות|הנהלה|מזכירה|מזכירות|קבלה|שירות לקוחות|רופאה?|ספר|ספרית|קוסמטיקאית)"
_TALK_TO = r"[ושה]{0,2}(?:ל|א|נ)?דבר עם "
_OF_THEM = r"(?:אמיתית?|אנושית?|מהצוות|מהעסק)"
_SOMEBODY_THERE = re.compile(
    r"(?:^| )"
    + fold(rf"(?:(?:{_PUT_ME_THROUGH}|{_TALK_TO})(?:{_SOMEONE}|{_STAFF})|ל?{_SOMEONE} {_OF_THEM})")
    + r"(?= |$)"
)
_WITH_WHOM = re.compile(r"(?:^| )" + fold(rf"(?:{_PUT_ME_THROUGH}|{_TALK_TO})") + r"(.+)")
_TELL = r"[ושה]{0,2}(?:ת(?:גיד|אמר|מסור|מסר|בקש)[יו]?|ל(?:הגיד|מסור|בקש)|אמרי|מסרי|בקשי)"  # no "אמרו לי"
_ASK_FOR = r"(?:אפשר|רוצה|מבקש|מבקשת|אשמח|אבקש|צריך|צריכה|תדאגי|תדאג|תדאגו)"
_CALL_ME = r"(?:[תי]חזור|[תי]חזרו|[תי]תקשרו?|לחזור|להתקשר) (?:אליי|אלי)"
_CALL_BACK = re.compile(
    r"(?:^| )"
    + fold(rf"(?:{_TELL} (?:\S+ ){{1,4}}?ש?|ש?{_SOMEONE} (?:\S+ ){{0,2}}?ש?|{_ASK_FOR} ש){_CALL_ME}")
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
    """Whether the sentence asks for somebody of the staff, or for something that only they can do."""
    return wants_to_talk(text) or _wishes(text, _SEND_ME) or _wishes(text, _CALL_BACK)


def wants_to_talk(text: str) -> bool:
    """Whether the sentence asks for somebody of the staff."""
    return _wishes(text, _PERSON) or _wishes(text, _SOMEBODY_THERE)


def wants_to_talk_to(name: str, text: str) -> bool:
    """Whether the sentence asks to be put through to the one of this name, whom it mentions."""
    if (found := _wished(text, _WITH_WHOM)) is None:
        return False
    return f"{found[1]} ".startswith(f"{' '.join(words_of(name))} ")


def wants_another(text: str) -> bool:
    """Whether the sentence asks for an appointment beside one that was made: a further one, or somebody else's."""
    clauses = re.split(r"[,.;!?]", text)  # "לא, עוד תור" asks for one; "לא צריך עוד תור" does not
    return any(_wishes(clause, pattern) for clause in clauses for pattern in _ANOTHER)


def _wishes(text: str, wish: re.Pattern[str]) -> bool:
    return _wished(text, wish) is not None


def _wished(text: str, wish: re.Pattern[str]) -> re.Match[str] | None:
    said = " ".join(words_of(text))
    found = wish.search(said)
    return None if found is None or _NOT_WANTED.search(said[: found.start()] + " ") else found
