"""The Hebrew calendar: dates, new moons, feasts, and what lies around them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import holidays
import pytest

from booking.hebrew import Parts, parse, resolve
from booking.hebrew.feasts import FIRST_ADAR, SECOND_ADAR, Span, next_days, span_of

ZONE = ZoneInfo("Asia/Jerusalem")
NOVEMBER = datetime(2026, 11, 21, 10, 0, tzinfo=ZONE)
MARCH = datetime(2026, 3, 5, 11, 15, tzinfo=ZONE)
NAMES = {
    "ראש השנה": "rosh_hashana",
    "יום כיפור": "kippur",
    "סוכות": "sukkot",
    "שמחת תורה/שמיני עצרת": "simchat_torah",
    "פורים": "purim",
    "פסח": "pesach",
    "שביעי של פסח": "seventh",
    "יום העצמאות (נצפה)": "independence",
    "יום העצמאות": "independence",
    "יום הזיכרון לחללי מערכות ישראל ונפגעי פעולות האיבה": "memorial",
    "שבועות": "shavuot",
    "יום ירושלים": "jerusalem",
    "תשעה באב": "av",
}


def test_feasts_fall_where_the_holiday_calendar_has_them():
    compared = 0
    for year in range(2024, 2041):
        civil = holidays.country_holidays("IL", years=year, language="he", categories=("public", "optional"))
        for day, name in sorted(civil.items()):
            feast = NAMES.get(name)
            if feast is not None:
                span = span_of(feast, day)
                assert span.first <= day <= span.last, (name, day)
                compared += 1
    assert compared > 150


def test_independence_day_leaves_friday_saturday_and_monday():
    weekdays = {span_of("independence", date(year, 1, 1)).first.weekday() for year in range(2020, 2060)}
    assert weekdays == {1, 2, 3}  # Tuesday to Thursday
    eves = {span_of("memorial", date(year, 1, 1)).first for year in range(2020, 2060)}
    after = {span_of("independence", date(year, 1, 1)).first for year in range(2020, 2060)}
    assert {day.toordinal() + 1 for day in eves} == {day.toordinal() for day in after}


def test_a_bare_adar_of_a_leap_year_may_be_either():
    assert next_days(14, 12, None, date(2027, 2, 8)) == [date(2027, 3, 23), date(2027, 2, 21)]
    assert next_days(14, FIRST_ADAR, None, date(2027, 2, 8)) == [date(2027, 2, 21)]
    assert next_days(14, SECOND_ADAR, None, date(2027, 2, 8)) == [date(2027, 3, 23)]
    assert next_days(14, SECOND_ADAR, None, date(2026, 2, 8)) == [date(2026, 3, 3)]


def test_new_moon_has_one_day_or_two():
    assert span_of("new_moon_1", date(2026, 3, 5)) == Span(date(2026, 3, 19), date(2026, 3, 19))
    assert span_of("new_moon_9", date(2026, 10, 8)) == Span(date(2026, 11, 10), date(2026, 11, 11))


def test_a_date_that_the_month_has_not_is_no_date():
    assert next_days(30, 2, None, date(2026, 4, 14)) == []
    assert parse("בל׳ באייר בעשר", MARCH).ambiguous


def test_feast_that_lasts_counts_until_its_end():
    inside = date(2026, 12, 8)
    assert span_of("hanukkah", inside).first == date(2026, 12, 5)
    assert resolve(Parts(feast="hanukkah", eve=True), datetime(2026, 12, 8, 9, 0, tzinfo=ZONE)).date == date(
        2027, 12, 24
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("תור לכ״ה בכסלו", date(2026, 12, 5)),
        ("תור לכה בכסלו", date(2026, 12, 5)),
        ("עשרים וחמישה בכסלו", date(2026, 12, 5)),
        ("בט״ו בשבט", date(2027, 1, 23)),
        ("בט''ו בשבט", date(2027, 1, 23)),
        ("ח״י באייר", date(2027, 5, 25)),
        ("ערב פסח", date(2027, 4, 21)),
        ("ליל הסדר", date(2027, 4, 21)),
        ("בערב שבועות", date(2027, 6, 10)),
        ("ביום העצמאות", date(2027, 5, 12)),
        ("בצום גדליה", date(2027, 10, 4)),
    ],
)
def test_one_day_of_the_hebrew_calendar_is_a_date(text, expected):
    heard = parse(text, NOVEMBER)
    assert (heard.date, heard.ambiguous) == (expected, False)


@pytest.mark.parametrize(
    "text",
    ["אחרי החגים", "לפני פסח", "בחול המועד", "בחנוכה", "בסוכות", "ערב חג", "בשבוע שאחרי פסח", "ראש חודש", "עד פסח"],
)
def test_what_names_no_day_asks_back(text):
    heard = parse(f"אני רוצה תור {text}", NOVEMBER)
    assert (heard.date, heard.ambiguous) == (None, True)


def test_weekday_by_a_feast_is_placed_by_it_and_asked_about():
    heard = parse("ביום ראשון אחרי סוכות בעשר", datetime(2026, 8, 17, 8, 30, tzinfo=ZONE))
    assert (heard.date, heard.ambiguous) == (date(2026, 10, 4), True)
    heard = parse("ביום ראשון שלפני פסח", MARCH)
    assert (heard.date, heard.ambiguous) == (date(2026, 3, 29), True)


def test_feast_of_several_days_is_a_range():
    heard = parse("תקבע לי משהו בחול המועד", MARCH)
    assert heard.date_range == (date(2026, 4, 3), date(2026, 4, 7))


@pytest.mark.parametrize(
    "text", ["חג שמח", "פסח כשר ושמח", "חנוכה שמח לכולם", "ביום הזיכרון של אבא שלי", "בפורים שעבר"]
)
def test_wishes_and_memories_are_no_dates(text):
    heard = parse(text, NOVEMBER)
    assert (heard.date, heard.date_range, heard.ambiguous) == (None, None, False)


def test_names_that_are_months_stay_names():
    assert parse("קוראים לי סיון", NOVEMBER).name == "סיון"
    assert parse("כאן אדר לוי", NOVEMBER).name == "אדר לוי"
