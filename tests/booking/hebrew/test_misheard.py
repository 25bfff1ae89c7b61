"""Words misheard by one letter, English in between, and names without a cue."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from booking.hebrew import parse
from booking.hebrew.gazetteer import FIRST_NAMES, SURNAMES
from booking.hebrew.lexicon import FORMS
from booking.hebrew.misheard import restore
from booking.hebrew.normalize import fold

TUESDAY = datetime(2026, 4, 14, 12, 20, tzinfo=ZoneInfo("Asia/Jerusalem"))


@pytest.mark.parametrize(
    ("heard", "meant"), [("מטאים", "מתאים"), ("אפשאר", "אפשר"), ("קמה", "כמה"), ("טורים", "תורים"), ("בבכשה", "בבקשה")]
)
def test_cue_word_misheard_by_a_letter_is_restored(heard, meant):
    assert restore(fold(heard)) == fold(meant)


def test_names_and_words_of_time_are_never_taken_for_a_cue():
    assert [name for name in FIRST_NAMES | SURNAMES if restore(name) != name] == []
    assert [word for word in FORMS if restore(word) != word and len(FORMS[word].prefix) < 1] == []


@pytest.mark.parametrize(
    "text", ["מחר בכמש", "מחר בטשע וכצי", "עיום בשלוש", "ביום ריביעי", "ביום שיני", "יום רביאי בעשר"]
)
def test_word_of_time_misheard_by_a_letter_still_counts_beside_another(text):
    heard = parse(text, TUESDAY)
    assert heard.date is not None


def test_guess_at_a_short_word_alone_is_no_hour():
    assert parse("הוא נתן לי בסבע", TUESDAY).time is None


@pytest.mark.parametrize(
    ("text", "on", "at"),
    [
        ("tomorrow at 5 pm", date(2026, 4, 15), time(17)),
        ("אפשר thursday ב-10 a.m.", date(2026, 4, 16), time(10)),
        ("next week ביום שלישי ב-9:30", date(2026, 4, 21), time(9, 30)),
        ("half past five tomorrow", date(2026, 4, 15), time(17, 30)),
        ("quarter to six tomorrow", date(2026, 4, 15), time(17, 45)),
        ("july 5th at 11", date(2026, 7, 5), time(11)),
        ("tonight at nine", date(2026, 4, 14), time(21)),
    ],
)
def test_english_in_between(text, on, at):
    heard = parse(text, TUESDAY)
    assert (heard.date, heard.time, heard.ambiguous) == (on, at, False)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("תרשום לדנה כהן מחר בחמש", "דנה כהן"),
        ("תכניסי את רונית פרץ ביום שני", "רונית פרץ"),
        ("תקבע לאשתי רחל כהן תור", "רחל כהן"),
        ("תור לסיגל ועקנין", "סיגל ועקנין"),
        ("זה איל שוב", "איל"),
        ("הדסה פרנקל מדברת", "הדסה פרנקל"),
        ("לקבוע לראשון בעשר", None),
        ("תור לילדה מחר", None),
        ("תור לשני אנשים", None),
        ("אפשר תור אצל נועה לוי?", None),
        ("דנה שלום, אפשר תור?", None),
        ("אני לדעתי רוצה בעשר", None),
    ],
)
def test_whom_a_booking_is_for(text, name):
    assert parse(text, TUESDAY).name == name


@pytest.mark.parametrize(
    "text",
    [
        "הייתי אצלכם ביום שני",
        "ב-3 במרץ באתי אליכם",
        "נולדתי ב-12.3.1985",
        "יש לי חתונה ביום חמישי",
        "הטיסה שלי ב-20 במאי",
        "אני יוצאת מהעבודה בחמש",
        "כבר שבע ואתם לא עונים",
        "דיברתי איתכם אתמול בעשר",
    ],
)
def test_what_is_told_is_not_asked_for(text):
    heard = parse(text, TUESDAY)
    assert (heard.date, heard.time, heard.ambiguous) == (None, None, False)


@pytest.mark.parametrize("text", ["תקבע לי לאתמול", "תור ליום שני שעבר", "תור אחרי ה-25 לחודש", "תור עד יום חמישי"])
def test_a_day_that_is_over_or_only_a_bound_asks_back(text):
    heard = parse(text, TUESDAY)
    assert (heard.date, heard.ambiguous) == (None, True)
