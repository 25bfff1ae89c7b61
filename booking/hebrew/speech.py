"""Dates, hours and telephone numbers as the assistant says them: in words, hours feminine, dates masculine.

Source: the glossary's "Said, not written".
"""

from datetime import date, time

_FEMININE = (
    "אפס", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע", "עשר", "אחת עשרה", "שתים עשרה",
    "שלוש עשרה", "ארבע עשרה", "חמש עשרה", "שש עשרה", "שבע עשרה", "שמונה עשרה", "תשע עשרה",
)  # fmt: skip  # a table
_MASCULINE = (
    "אפס", "אחד", "שניים", "שלושה", "ארבעה", "חמישה", "שישה", "שבעה", "שמונה", "תשעה", "עשרה", "אחד עשר",
    "שנים עשר", "שלושה עשר", "ארבעה עשר", "חמישה עשר", "שישה עשר", "שבעה עשר", "שמונה עשר", "תשעה עשר",
)  # fmt: skip  # a table
_TENS = ("", "", "עשרים", "שלושים", "ארבעים", "חמישים", "שישים", "שבעים", "שמונים", "תשעים")
_WEEKDAYS = ("ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת")
_MONTHS = ("ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר")
_NAMED_MINUTES = {15: "רבע", 30: "חצי"}
_NEAR_DAYS = {0: "היום", 1: "מחר"}


def say_number(number: int, *, feminine: bool) -> str:
    """A number from 0 to 99 in words."""
    words = _FEMININE if feminine else _MASCULINE
    if number < 20:
        return words[number]
    tens, unit = divmod(number, 10)
    return f"{_TENS[tens]} ו{words[unit]}" if unit else _TENS[tens]


def say_hour(clock: time) -> str:
    """The hour without its part of day: שש, שש ורבע, עשר ועשרים, שבע וחמש דקות."""
    hour = say_number(clock.hour % 12 or 12, feminine=True)
    if clock.minute == 0:
        return hour
    named = _NAMED_MINUTES.get(clock.minute)
    if named is None:
        named = say_number(clock.minute, feminine=True)
        # Below ten, and wherever the hour is a teen or the sum reads as a number, the bare minutes would mislead.
        if clock.minute < 10:
            named = "דקה אחת" if clock.minute == 1 else ("שתי" if clock.minute == 2 else named) + " דקות"
            return f"{hour} ו{named}"
    return f"{hour} ו{named}"


def say_part(clock: time) -> str:
    """The part of day that makes an hour certain."""
    hour = clock.hour
    if hour < 3 or hour >= 22:
        return "בלילה"
    if hour < 5:
        return "לפנות בוקר"
    if hour < 12:
        return "בבוקר"
    if hour < 15:
        return "בצהריים"
    return "אחר הצהריים" if hour < 18 else "בערב"


def say_time(clock: time) -> str:
    """An hour with its part of day: שש בערב, תשע וחצי בבוקר, חצות."""
    if (clock.hour, clock.minute) == (0, 0):
        return "שתים עשרה בלילה"
    return f"{say_hour(clock)} {say_part(clock)}"


def say_date(day: date, today: date) -> str:
    """היום, מחר, ביום שלישי within a week; beyond it יום שלישי, עשרים וארבעה בנובמבר."""
    ahead = (day - today).days
    if ahead in _NEAR_DAYS:
        return _NEAR_DAYS[ahead]
    weekday = _WEEKDAYS[(day.weekday() + 1) % 7]
    named = weekday if weekday == "שבת" else f"יום {weekday}"
    if 1 < ahead < 7:
        return f"ב{named}"
    said = f"{named}, {say_number(day.day, feminine=False)} ב{_MONTHS[day.month - 1]}"
    return said if abs(ahead) < 300 else f"{said} {_say_year(day.year)}"


def _say_year(year: int) -> str:
    rest = year - 2000
    return (
        "אלפיים"
        if rest == 0
        else f"אלפיים {say_number(rest, feminine=True)}"
        if rest >= 20
        else (f"אלפיים ו{say_number(rest, feminine=True)}")
    )


def say_phone(national: str) -> str:
    """A national number digit by digit in groups: אפס חמש שתיים, אפס אפס אפס, אפס אחת ארבע שבע."""
    digits = "".join(char for char in national if char.isdigit())
    if len(digits) == 10:
        groups = [digits[:3], digits[3:6], digits[6:]]
    elif len(digits) == 9:
        groups = [digits[:2], digits[2:5], digits[5:]]
    else:
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return ", ".join(" ".join(_FEMININE[int(digit)] for digit in group) for group in groups)
