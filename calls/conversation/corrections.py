"""What is said when the assistant was wrong: the truth, without the words that introduce it. Pure.

Source: the glossary's lines `correction_*`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from itertools import groupby

from booking.hebrew.speech import say_date, say_number, say_time

NOT_BOOKED = "התור עדיין לא נקבע."
NOT_MOVED = "התור עדיין לא הועבר."
NOT_CANCELLED = "התור לא בוטל."
WAS_CANCELLED = "התור בוטל."
NOT_SENT = "עוד לא נשלחה הודעה. אעביר את הפרטים לנציג."
NOT_CHECKED = "הזמן הזה עוד לא נבדק ביומן."
IS_FREE = "הזמן הזה פנוי."
IS_TAKEN = "הזמן הזה לא פנוי."
OR_THEN = "יש {times}, מה מתאים?"
PRICE_UNKNOWN = "את המחיר המדויק אפשר לברר מול הצוות."
MAYBE_WRONG = "ייתכן שלא הכול נאמר במדויק."  # nobody knows what the caller heard; what is so follows
REGISTERED = "התור רשום ל"
ALWAYS_OPEN = "העסק פתוח כל יום, עשרים וארבע שעות ביממה."

DAYS = ("ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת")
_HUNDREDS = ("", "מאה", "מאתיים")
_THOUSANDS = ("", "אלף", "אלפיים", "שלושת אלפים", "ארבעת אלפים", "חמשת אלפים", "ששת אלפים", "שבעת אלפים",
              "שמונת אלפים", "תשעת אלפים", "עשרת אלפים")  # fmt: skip  # a table

Windows = Sequence[tuple[str, str]]  # (opens, closes) as HH:MM


def registered(start: datetime, today: date, name: str = "") -> str:
    """Where the appointment stands. `start` is naive, local."""
    on_name = f", על שם {name}" if name else ""
    return f"{REGISTERED}{_day(start, today)}, בשעה {say_time(start.time())}{on_name}."


def cancelled(start: datetime, today: date) -> str:
    return f"התור שבוטל הוא של {_day(start, today)}."


def _day(start: datetime, today: date) -> str:
    return say_date(start.date(), today).removeprefix("ב")


def price(shekels: str) -> str:
    """Of "320" or "79.90"."""
    return f"המחיר הוא {say_shekels(shekels)}."


def say_shekels(amount: str) -> str:
    """A sum in words, masculine as shekels are: שלוש מאות ועשרים שקלים."""
    whole, _, rest = amount.partition(".")
    agorot = int((rest + "00")[:2])
    number = int(whole or 0)
    if not number and agorot:
        return f"{_whole(agorot)} אגורות"
    said = "שקל אחד" if number == 1 else f"{'שני' if number == 2 else _whole(number)} שקלים"
    return f"{said} ו{say_number(agorot, feminine=True)} אגורות" if agorot else said


def _whole(number: int) -> str:
    """A number below a million in words."""
    if number < 100:
        return say_number(number, feminine=False)
    thousands, below = divmod(number, 1000)
    hundreds, small = divmod(below, 100)
    parts = []
    if thousands:
        parts.append(_THOUSANDS[thousands] if thousands <= 10 else f"{_whole(thousands)} אלף")
    if hundreds:
        parts.append(_HUNDREDS[hundreds] if hundreds < 3 else f"{say_number(hundreds, feminine=True)} מאות")
    if small:
        said = say_number(small, feminine=False)
        parts.append(said if " ו" in said else f"ו{said}")
    elif len(parts) > 1:
        parts[-1] = f"ו{parts[-1]}"
    return " ".join(parts)


def opening_hours(hours: Sequence[Windows], days: Sequence[int]) -> str:
    """Hours by weekday, Sunday first; of the days that were spoken of, or of the whole week."""
    wanted = sorted(set(days)) or list(range(len(hours)))
    parts = []
    runs = groupby(enumerate(wanted), key=lambda item: (item[1] - item[0], tuple(hours[item[1]])))
    for (_, windows), members in runs:
        run = [day for _, day in members]
        parts.append(f"{_days(run)} {_windows(windows)}")
    return f"{', '.join(parts)}."


def _days(run: Sequence[int]) -> str:
    if len(run) == 7:
        return "בכל יום"
    first, last = ("שבת" if day == 6 else f"יום {DAYS[day]}" for day in (run[0], run[-1]))
    if len(run) == 1:
        return f"ב{first}"
    return f"מ{first} עד {last}"


def _windows(windows: Windows) -> str:
    if not windows:
        return "סגור"
    spans = (f"מ{say_time(time.fromisoformat(opens))} עד {_closing(closes)}" for opens, closes in windows)
    return f"פתוח {' ו'.join(spans)}"


def _closing(closes: str) -> str:
    return "חצות" if closes in ("24:00", "00:00") else say_time(time.fromisoformat(closes))


def taken(item: str, today: date) -> str:
    """That the time of a `slot_unavailable` item cannot be had, with what was offered in its place."""
    offered = [start.strip() for start in item.partition("alternatives=")[2].split(",") if start.strip()]
    times = " או ".join(_moment(start, today) for start in offered)
    return f"{IS_TAKEN} {OR_THEN.format(times=times)}" if times else IS_TAKEN


def _moment(start: str, today: date) -> str:
    at = datetime.strptime(start, "%Y-%m-%d %H:%M")  # noqa: DTZ007  # local wall time
    return f"{say_date(at.date(), today)} בשעה {say_time(at.time())}"
