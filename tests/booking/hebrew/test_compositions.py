"""Days, hours and frames in every combination: what one sentence gets right, the next must too."""

from datetime import date, datetime, time
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from booking.hebrew import parse

TUESDAY = datetime(2026, 4, 14, 12, 20, tzinfo=ZoneInfo("Asia/Jerusalem"))
DAYS = {
    "מחר": date(2026, 4, 15),
    "ביום ראשון הקרוב": date(2026, 4, 19),
    "יום שני": date(2026, 4, 20),
    "לחמישי": date(2026, 4, 16),
    "ביום ו׳": date(2026, 4, 17),
    "ב-3/5": date(2026, 5, 3),
    "ב-20.4": date(2026, 4, 20),
    "בעשרים ואחד באפריל": date(2026, 4, 21),
    "יום חמישי ה-16 באפריל": date(2026, 4, 16),
    "ברביעי בשבוע הבא": date(2026, 4, 22),
    "בעוד יומיים": date(2026, 4, 16),
}
HOURS = {
    "בשלוש": time(15),
    "בשעה חמש": time(17),
    "בשש וחצי בערב": time(18, 30),
    "ברבע לארבע": time(15, 45),
    "בעשרים לשש": time(17, 40),
    "ב-14:30": time(14, 30),
    "ב 16 45": time(16, 45),
    "בשבע עשרה שלושים": time(17, 30),
    "בשתים עשרה": time(12),
    "ב-9 בבוקר": time(9),
    "בערב בשבע": time(19),
    "בסביבות ארבע": time(16),
}
FRAMES = (
    "{}",
    "שלום קוראים לי דנה כהן ואני צריכה תור {} בבקשה",
    "תור לבת שלי בת שבע {} על שם שני לוי",
    "אני גרה בראשון לציון, יש לכם משהו {}?",
    "תקבעי לשני ילדים {} הטלפון אפס חמש שתיים שבע שש חמש ארבע שלוש שתיים אחת",
    "טיפול של שעה וחצי, {} לתספורת, כמה זה עולה?",
)


@pytest.mark.parametrize("frame", FRAMES)
def test_every_day_with_every_hour_in_either_order(frame):
    for (day, on), (hour, at), glue in product(DAYS.items(), HOURS.items(), (" ", ", ")):
        for said in (f"{day}{glue}{hour}", f"{hour}{glue}{day}"):
            heard = parse(frame.format(said), TUESDAY)
            assert (heard.date, heard.time, heard.ambiguous) == (on, at, False), frame.format(said)


OLD_DAYS = {"יום ראשון": date(2026, 4, 19), "מחרתיים": date(2026, 4, 16)}
NEW_DAYS = {"יום שני": date(2026, 4, 20), "יום שישי": date(2026, 4, 17), "מחר": date(2026, 4, 15)}
OLD_HOURS = {"בעשר בבוקר": time(10), "ברבע לארבע": time(15, 45)}
NEW_HOURS = {"בחמש": time(17), "בשש וחצי בערב": time(18, 30), "באחת עשרה": time(11)}
MOVES = (
    "תעביר לי את התור מ{} {} ל{} {}",
    "אני רוצה להזיז את התור של {} {} ל{} {}",
    "יש לי תור ל{} {}, אפשר לדחות אותו ל{} {}?",
)


@pytest.mark.parametrize("move", MOVES)
def test_a_move_never_takes_the_old_moment_for_the_new(move):
    for (old, was), (before, at), (new, on), (after, then) in product(
        *map(dict.items, (OLD_DAYS, OLD_HOURS, NEW_DAYS, NEW_HOURS))
    ):
        sentence = move.format(old, before, new, after)
        heard = parse(sentence, TUESDAY)
        assert (heard.intent, heard.source, heard.time) == ("reschedule", (was, at), then), sentence
        assert heard.date == on or (heard.ambiguous and (on, then) in heard.alternatives), sentence


CORRECTIONS = ("{} {}, סליחה, {} {}", "{} {} לא מתאים לי, אפשר {} {}?", "{} {}... אה לא, {} {}")


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_after_a_correction_the_last_moment_counts(correction):
    for (old, _), (before, _), (new, on), (after, then) in product(
        *map(dict.items, (OLD_DAYS, OLD_HOURS, NEW_DAYS, NEW_HOURS))
    ):
        first, second = (day if day.startswith("מחר") else f"ב{day}" for day in (old, new))
        sentence = correction.format(first, before, second, after)
        heard = parse(sentence, TUESDAY)
        assert (heard.date, heard.time, heard.ambiguous) == (on, then, False), sentence
