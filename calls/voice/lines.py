"""The lines that are spoken without the provider: their words, and the pieces their sound is put together from. Pure.

A line is a row of fragments: phrases that never change, and the words of dates, hours and digits. Values arrive
as text: `start` is local "YYYY-MM-DD HH:MM", `phone` a national number in digits. With `today` ("YYYY-MM-DD")
near days are called by their names: היום, מחר, ביום שלישי.
Sentences are those of the product's glossary, section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from itertools import chain
from typing import Final, NamedTuple

from booking.hebrew.speech import say_number, say_part

GREETING: Final = "greeting"  # exists in the assistant's own voice only, and differs from business to business


class Fragment(NamedTuple):
    """A piece of a line. `text` carries the punctuation that follows it here; `pause_ms` is what that stands for."""

    key: str
    text: str
    pause_ms: int


# Phrases. What ends a line ends nothing else: whoever hears it knows that the line is over.
PHRASES: Final[Mapping[str, str]] = {
    "moment": "רגע אחד.",
    "trouble": "יש תקלה זמנית, ואפשר להמשיך בעזרת המקשים.",
    "menu": "לקביעת תור מקישים אחת, להשארת הודעה שתיים, לשיחה עם נציג אפס.",
    "menu_no_person": "לקביעת תור מקישים אחת, להשארת הודעה שתיים.",
    "nearest_is": "המועד הקרוב הוא",
    "next_is": "המועד הבא הוא",
    "at": "בשעה",
    "slot_keys": "לקביעה מקישים אחת, למועד הבא שתיים, לחזרה לתפריט כוכבית.",
    "offline_no_slots": "לא נמצא מועד פנוי. להשארת הודעה מקישים שתיים, לחזרה לתפריט כוכבית.",
    "booked": "התור נקבע בהצלחה:",
    "farewell": "להתראות.",
    "need_phone": "אפשר לקבל מספר טלפון? מקישים את המספר ומסיימים בסולמית.",
    "number_is": "המספר הוא",
    "number_keys": "לאישור מקישים אחת. אם יש טעות, אפשר להקיש את המספר שוב, ובסוף סולמית.",
    "keep_keying": "אפשר להמשיך להקיש, ובסוף סולמית.",
    "phone_invalid": "המספר לא נקלט טוב. אפשר להקיש אותו שוב, ובסוף סולמית.",
    "transfer_start": "מעבירים עכשיו לנציג. אפשר להישאר על הקו.",
    "goodbye": "תודה על השיחה, יום נעים!",
    "not_understood_key": "הבחירה לא מוכרת, אפשר להקיש שוב.",
    "limit_near": "נצטרך לסיים בעוד רגע. יש עוד משהו קצר?",
    "limit_goodbye": "הגיע הזמן לסיים את השיחה. אפשר להתקשר שוב בכל עת. תודה ולהתראות.",
    # What the assistant said wrong, and cannot put right any more.
    "correction": "רגע, תיקון שלי:",
    "not_booked": "התור עדיין לא נקבע.",
    "not_moved": "התור עדיין לא הועבר.",
    "not_cancelled": "התור לא בוטל.",
    "not_sent": "עוד לא נשלחה הודעה. אעביר את הפרטים לנציג.",
    "not_exact": "מה שנאמר לא היה מדויק, ואפשר לברר אותו מול הצוות.",
    "maybe_not_exact": "ייתכן שלא הכול נאמר במדויק.",
    "registered": "התור רשום:",
    "right_time": "זה המועד הנכון.",
    "was_cancelled": "התור בוטל.",
}

# What the carrier says or plays while our audio is not connected. Without an own voice it reads the words itself.
BY_CARRIER: Final[Mapping[str, str]] = {
    "take_message": "אפשר להשאיר הודעה אחרי הצליל, ובסוף להקיש סולמית.",
    "unanswered": "אין מענה כרגע. אפשר להשאיר הודעה אחרי הצליל, ובסוף להקיש סולמית.",
    "no_capacity": "כל הקווים תפוסים כרגע. אפשר להשאיר הודעה אחרי הצליל, ונחזור אליכם.",
    "cut_off": "סליחה, יש תקלה זמנית בקו. אפשר להשאיר הודעה אחרי הצליל, ובסוף להקיש סולמית.",
    "voicemail": "אי אפשר לענות כרגע. אפשר להשאיר שם, מספר וסיבת הפנייה אחרי הצליל.",
    "message_saved": "ההודעה נשמרה ותועבר לצוות. תודה ולהתראות.",
    "no_message": "לא נקלטה הודעה. אפשר להתקשר שוב בכל עת. להתראות.",
}

# Line -> its phrases, with {date}, {time} and {phone} between them. Lines that are one phrase are that phrase.
_COMPOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "offline_menu": ("trouble", "menu"),
    "offline_menu_no_person": ("trouble", "menu_no_person"),
    "key_menu": ("menu",),
    "key_menu_no_person": ("menu_no_person",),
    "offline_slots": ("nearest_is", "{date}", "at", "{time}.", "slot_keys"),
    "offline_next_slot": ("next_is", "{date}", "at", "{time}.", "slot_keys"),
    "offline_booked": ("booked", "{date},", "at", "{time}.", "farewell"),
    "phone_readback": ("number_is", "{phone}.", "number_keys"),
    "correction_not_booked": ("correction", "not_booked"),
    "correction_not_moved": ("correction", "not_moved"),
    "correction_not_cancelled": ("correction", "not_cancelled"),
    "correction_not_sent": ("correction", "not_sent"),
    "correction_appointment_stands": ("correction", "registered", "{date},", "at", "{time}.", "right_time"),
    "correction_not_exact": ("correction", "not_exact"),
    "correction_maybe": ("correction", "maybe_not_exact"),
    "appointment_stands": ("registered", "{date},", "at", "{time}.", "right_time"),
}
_PARTS_ONLY: Final = frozenset(
    {
        *("trouble", "menu", "menu_no_person", "nearest_is", "next_is", "at", "slot_keys", "booked", "farewell"),
        *("number_is", "number_keys", "correction", "registered", "right_time", "not_sent", "not_exact"),
        "maybe_not_exact",
    }
)
LINES: Final[Mapping[str, tuple[str, ...]]] = {
    **{key: (key,) for key in PHRASES if key not in _PARTS_ONLY},
    **_COMPOSED,
}
VALUES: Final[Mapping[str, frozenset[str]]] = {
    "offline_slots": frozenset({"start"}),
    "offline_next_slot": frozenset({"start"}),
    "offline_booked": frozenset({"start"}),
    "correction_appointment_stands": frozenset({"start"}),
    "appointment_stands": frozenset({"start"}),
    "phone_readback": frozenset({"phone"}),
}
ENDS_A_LINE: Final = frozenset(parts[-1] for parts in LINES.values())

_PARTS_OF_DAY: Final = {
    "morning": "בבוקר",
    "noon": "בצהריים",
    "afternoon": "אחר הצהריים",
    "evening": "בערב",
    "night": "בלילה",
    "before_dawn": "לפנות בוקר",
}
_PART_KEYS: Final = {text: key for key, text in _PARTS_OF_DAY.items()}
_WEEKDAYS: Final = ("ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת")
_MONTHS: Final = ("ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט") + (
    "ספטמבר",
    "אוקטובר",
    "נובמבר",
    "דצמבר",
)


def _words() -> Iterator[tuple[str, str]]:
    """Every word of dates, hours and digits: its key and how it is written."""
    yield "today", "היום"
    yield "tomorrow", "מחר"
    for number, name in enumerate(_WEEKDAYS):
        day = name if name == "שבת" else f"יום {name}"
        yield f"weekday_{number}", day
        yield f"on_weekday_{number}", f"ב{day}"
    for number in range(1, 32):
        yield f"day_{number}", say_number(number, feminine=False)
    for number, month in enumerate(_MONTHS, 1):
        yield f"month_{number}", f"ב{month}"
    for number in range(13):  # hours and digits
        yield f"number_{number}", say_number(number, feminine=True)
    yield "and_one_minute", "ודקה אחת"
    yield "and_two_minutes", "ושתי דקות"
    yield "and_quarter", "ורבע"
    yield "and_half", "וחצי"
    for number in (*range(1, 15), *range(16, 21), 30, 40, 50):
        yield f"and_{number}", f"ו{say_number(number, feminine=True)}"
    yield "minutes", "דקות"
    for key, text in _PARTS_OF_DAY.items():
        yield f"part_{key}", text


WORDS: Final[Mapping[str, str]] = dict(_words())
OURS: Final[Mapping[str, str]] = {**PHRASES, **WORDS}  # put together and played by us: these are shipped
TEXTS: Final[Mapping[str, str]] = {**PHRASES, **BY_CARRIER, **WORDS}

_PAUSES_MS: Final = {",": 140, ":": 200, ".": 300, "!": 300, "?": 300}
_GAP_MS: Final = 40  # between words of one phrase


def fragments(key: str, values: Mapping[str, str]) -> list[Fragment]:
    """A line as its fragments. Raises KeyError for what is no line, ValueError for values that do not fit it."""
    parts = LINES[key]
    if not VALUES.get(key, frozenset()) <= values.keys():
        raise ValueError(key)
    return list(chain.from_iterable(_spoken(part, values) for part in parts))


def text(key: str, values: Mapping[str, str]) -> str:
    """The words of a line, as they stand in a transcript. Raises as `fragments` does."""
    return joined(fragments(key, values))


def joined(spoken: Iterable[Fragment]) -> str:
    """Fragments as one text."""
    return " ".join(fragment.text for fragment in spoken)


def _spoken(part: str, values: Mapping[str, str]) -> list[Fragment]:
    slot = re.fullmatch(r"\{(\w+)\}(\W?)", part)
    if slot is None:
        return [_fragment(part)]
    name, after = slot.groups()
    if name == "phone":
        return _ended(_phone(values["phone"]), after)
    start = datetime.strptime(values["start"], "%Y-%m-%d %H:%M")  # noqa: DTZ007 -- local to the business, as given
    if name == "time":
        return _ended(_time(start.time()), after)
    today = date.fromisoformat(values["today"]) if "today" in values else None
    return _ended(_date(start.date(), today), after)


def _fragment(key: str, after: str = "") -> Fragment:
    written = OURS[key] + after
    return Fragment(key, written, _PAUSES_MS.get(written[-1], _GAP_MS))


def _ended(keys: list[str], after: str) -> list[Fragment]:
    """The words of a slot; a key may bring its own comma."""
    said = [_fragment(key.removesuffix(","), "," if key.endswith(",") else "") for key in keys[:-1]]
    return [*said, _fragment(keys[-1], after)]


def _date(day: date, today: date | None) -> list[str]:
    ahead = (day - today).days if today else -1
    if ahead in (0, 1):
        return ["tomorrow" if ahead else "today"]
    number = (day.weekday() + 1) % 7
    if 1 < ahead < 7:
        return [f"on_weekday_{number}"]
    return [f"weekday_{number},", f"day_{day.day}", f"month_{day.month}"]


def _time(clock: time) -> list[str]:
    hour = f"number_{clock.hour % 12 or 12}"
    part = f"part_{_PART_KEYS[say_part(clock)]}"
    return [hour, *_after_the_hour(clock.minute), part]


def _after_the_hour(minute: int) -> list[str]:
    """Below ten with their noun, the quarter and the half by name, above twenty in two words."""
    named = {0: [], 1: ["and_one_minute"], 2: ["and_two_minutes"], 15: ["and_quarter"], 30: ["and_half"]}.get(minute)
    if named is not None:
        return named
    if minute < 10:
        return [f"and_{minute}", "minutes"]
    if f"and_{minute}" in WORDS:
        return [f"and_{minute}"]
    return [f"and_{minute // 10 * 10}", f"and_{minute % 10}"]


def _phone(national: str) -> list[str]:
    """Digit by digit, in groups with a breath between them, as `say_phone` writes it."""
    if not re.fullmatch(r"[0-9]{3,15}", national):
        raise ValueError("not a national number")
    sizes = {10: (3, 3, 4), 9: (2, 3, 4)}.get(len(national)) or (3,) * (len(national) // 3 + 1)
    keys: list[str] = []
    for size in sizes:
        group = national[len(keys) : len(keys) + size]
        keys += [f"number_{digit}" for digit in group[:-1]] + [f"number_{group[-1]},"] if group else []
    return [*keys[:-1], keys[-1].removesuffix(",")]
