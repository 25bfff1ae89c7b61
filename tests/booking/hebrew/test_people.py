"""Who asks for a person, and who only mentions one."""

import pytest

from booking.hebrew import wants_person


@pytest.mark.parametrize(
    "text",
    [
        "אפשר לדבר עם נציג?",
        "תעביר אותי לנציגה בבקשה",
        "אני רוצה לדבר עם בן אדם",
        "יש שם מישהו מהצוות?",
        "תן לי את המנהלת",
        "אפשר את בעל העסק?",
        "תשלחו לי את הפרטים בוואטסאפ",
        "אפשר לשלוח לי מחירון?",
    ],
)
def test_a_wish_for_a_person_is_heard(text: str) -> None:
    assert wants_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "אני רוצה לקבוע תור למחר בשש",
        "לא צריך נציג, תודה",
        "כמה עולה תספורת?",
        "קוראים לי דנה נציגי",
        "שלחתי לכם הודעה אתמול",
        "כן",
    ],
)
def test_other_sentences_are_not_taken_for_it(text: str) -> None:
    assert not wants_person(text)
