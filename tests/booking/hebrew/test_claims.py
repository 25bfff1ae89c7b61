"""What the assistant claims: sentences written from the rules, and the rules one by one.

Of `claims.jsonl` the sentences with an odd number are held one by one; those with an even number by their sums.
"""

import json
import re
from pathlib import Path

import pytest

from booking.hebrew import claims_in, label_of

CASES = [json.loads(line) for line in (Path(__file__).parent / "claims.jsonl").read_text().splitlines()]


def numbered(*, odd: bool) -> list[dict]:
    return [case for case in CASES if int(re.sub(r"\D", "", case["id"])) % 2 == odd]


def kinds(text: str) -> list[str]:
    return [claim.kind for claim in claims_in(text)]


@pytest.mark.parametrize("case", numbered(odd=True), ids=lambda case: case["id"])
def test_sentence_is_labelled_by_what_it_claims(case):
    assert label_of(case["text"]) == case["expected"]["label"]


@pytest.mark.parametrize("label", ["claims_booking_done", "claims_details_sent", "claims_availability"])
def test_claims_are_found_and_not_made_up(label):
    wanted = {case["id"] for case in numbered(odd=False) if case["expected"]["label"] == label}
    found = {case["id"] for case in numbered(odd=False) if label_of(case["text"]) == label}
    assert len(wanted & found) / len(found) >= 0.95
    assert len(wanted & found) / len(wanted) >= 0.93


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("קבעתי לך תור", ["booked"]),
        ("וקבעתי לך תור", ["booked"]),
        ("קבענו לכם תור", ["booked"]),
        ("התור נקבע", ["booked"]),
        ("הַתּוֹר נִקְבַּע", ["booked"]),
        ("קבאתי לך תור", ["booked"]),
        ("העברתי את התור ליום שני", ["moved"]),
        ("העברתי את הפרטים לצוות", ["sent"]),
        ("העברתי אותך ליום שני בשש", ["moved"]),
        ("הפגישה עברה ליום חמישי", ["moved"]),
        ("השעה כבר עברה", []),
        ("ביטלתי את התור", ["cancelled"]),
        ("הביטול בוצע", ["cancelled"]),
        ("עדכנתי את רונית", ["sent"]),
        ("המנהל קיבל את הפרטים", ["sent"]),
        ("נציג יחזור אליך בהמשך", ["call_back"]),
        ("אעביר את הפרטים לנציג והוא יחזור אליך בהמשך", ["call_back", "call_back"]),
        ("אחזור על המספר", []),
        ("תישלח תזכורת לפני התור", ["sent"]),
        ("אשלח לך הודעה", ["sent"]),
        ("מחר בשש פנוי", ["free"]),
        ("אין מקום מחר", ["free"]),
        ("תספורת עולה שמונים שקלים", ["price"]),
        ("אנחנו פתוחים עד שמונה", ["hours"]),
        ("בשבת סגור", ["hours"]),
        ("שבת, סגור", ["hours"]),
        ("סגור, יום חמישי בשבע", ["booked"]),
        ("", []),
        ("...", []),
    ],
)
def test_kind_follows_the_verb_and_what_it_is_said_of(text, said):
    assert kinds(text) == said


@pytest.mark.parametrize(
    ("claim", "taken_back"),
    [
        ("קבעתי לך תור", "לא קבעתי לך תור"),
        ("קבעתי לך תור", "קבעתי לך תור?"),
        ("קבעתי לך תור", "אם קבעתי לך תור"),
        ("קבעתי לך תור", "ברגע שקבעתי לך תור"),
        ("קבעתי לך תור", "קבעת תור"),
        ("התור נקבע", "בואי נקבע תור"),
        ("התור נקבע", "עוד רגע נקבע"),
        ("הפגישה נקבעה", "נקבע לך פגישה"),
        ("האישור נשלח", "נשלח לך את האישור אחר כך"),
        ("התור נקבע", "תור שנקבע אפשר לבטל"),
        ("התור נקבע", "כל תור נקבע מראש"),
        ("התור קבוע", "המחיר קבוע"),
        ("היומן מלא", "שם מלא"),
        ("יש מקום", "יש מקום לשיפור"),
        ("השעה תפוסה", "הקו תפוס"),
        ("מחר פנוי", "אבדוק אם מחר פנוי"),
    ],
)
def test_claim_is_taken_back(claim, taken_back):
    assert label_of(claim) != "none"
    assert label_of(taken_back) == "none"


def test_question_behind_a_claim_leaves_it_a_claim():
    assert label_of("יש מקום בשש, מתאים?") == "claims_availability"
    assert label_of("יש מקום בשש?") == "none"
    assert label_of("קבענו ליום שני, נכון?") == "none"


def test_what_is_done_outweighs_what_is_free():
    assert label_of("יש מקום בשש, קבעתי לך.") == "claims_booking_done"
    assert label_of("שלחתי לך אישור על התור שקבעתי.") == "claims_details_sent"


def test_taken_and_free_in_one_breath_are_two_claims_with_their_own_words():
    taken, free = claims_in("שמונה בבוקר זה תפוס, אבל תשע פנוי.")
    assert (taken.negated, taken.words) == (True, "שמונה בבוקר זה תפוס")
    assert (free.negated, free.words) == (False, "אבל תשע פנוי")


def test_words_of_a_claim_hold_its_time_and_name_and_nothing_else():
    (claim,) = claims_in("מעולה. התור נקבע: מחר, בשעה שש בערב, על שם דנה, ואפשר לשנות עד יום ראשון.")
    assert claim.words == "התור נקבע: מחר, בשעה שש בערב, על שם דנה"


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("תספורת עולה 80 שקלים", ("80",)),
        ("זה 79.90 ₪", ("79.9",)),
        ("זה ₪80", ("80",)),
        ("הטיפול עולה 1,200 ש״ח", ("1200",)),
        ("המחיר הוא שלוש מאות ועשרים שקלים", ("320",)),
        ("המחיר מאה עשרים", ("120",)),
        ("תספורת שמונים שקלים וצבע מאתיים שקלים", ("80", "200")),
        ("בין 80 ל-120 שקל", ("80", "120")),
        ("הטיפול לוקח ארבעים דקות ועולה מאה שקלים", ("100",)),
    ],
)
def test_prices_are_read_in_words_and_digits(text, amounts):
    assert [claim.amounts for claim in claims_in(text) if claim.kind == "price"] == [amounts]


def test_question_names_no_price():
    assert "price" not in kinds("התקציב הוא 80 שקלים?")
