"""Who asks for a person or for one more appointment, and who only mentions them."""

import pytest

from booking.hebrew import wants_person
from booking.hebrew.people import wants_another, wants_to_talk, wants_to_talk_to


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
        "תגידי לדנה שתחזור אליי",
        "תמסרו בבקשה לבעל הבית שיחזור אלי",
        "אני רוצה שמישהו יחזור אליי",
        "אפשר שיתקשרו אליי?",
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
        "אמרו לי שיחזרו אליי",
        "אני צריכה לדבר עם אשתי",
        "תעבירי אותי ליום שלישי",
        "לא רוצה לדבר עם מישהו",
        "לא צריך שמישהו יחזור אליי",
        "כן",
    ],
)
def test_other_sentences_are_not_taken_for_it(text: str) -> None:
    assert not wants_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "אפשר להעביר אותי לנציג?",
        "תוכלי להעביר אותי למישהו?",
        "תעבירי אותי בבקשה למזכירה",
        "אפשר לדבר עם מישהו אנושי?",
        "לדבר עם בן אדם אמיתי",
    ],
)
def test_who_wants_to_talk_to_somebody_is_told_from_who_leaves_a_message(text: str) -> None:
    assert wants_to_talk(text)
    assert not wants_to_talk("תגידי לדנה שתחזור אליי")


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("דנה", "תעבירי אותי לדנה", True),
        ("דנה כהן", "תעביר אותי בבקשה לדנה כהן, תודה", True),
        ("יוסי", "אני רוצה לדבר עם יוסי", True),
        ("דנה", "תעבירי את התור לדנה", False),
        ("דנה", "קוראים לי דנה, תעבירי אותי ליום שלישי", False),
        ("דן", "תעבירי אותי לדנה", False),
    ],
)
def test_a_person_may_be_asked_for_by_name(name: str, text: str, wanted: bool) -> None:
    assert wants_to_talk_to(name, text) is wanted


@pytest.mark.parametrize(
    "text",
    [
        "עוד תור לבן שלי",
        "אפשר לקבוע עוד תור?",
        "אני צריכה תור נוסף",
        "תקבעו לי גם מחר בשבע בערב",
        "אפשר תור גם לבן שלי?",
        "תקבעי תור לבת שלי ביום שלישי",
        "ועוד אחד ביום רביעי",
        "תור בשביל הבן שלי מחר",
        "לא, אני רוצה עוד תור",
    ],
)
def test_a_wish_for_one_more_appointment_is_heard(text: str) -> None:
    assert wants_another(text)


@pytest.mark.parametrize(
    "text",
    [
        "לא, ביקשתי בשש",
        "אני רוצה לקבוע תור מחר בשלוש",
        "לא צריך עוד תור, תודה",
        "אפשר גם בשבע?",
        "בעוד שבוע בשש",
        "התור הוא לבן שלי",
    ],
)
def test_who_speaks_of_the_same_appointment_wants_no_other(text: str) -> None:
    assert not wants_another(text)
