"""What the provider says though it is not so, and what it hears though nobody said it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

LIES_IN = 0.2  # of the replies
MISHEARS_IN = 0.1  # of the transcripts


@dataclass(frozen=True)
class Lie:
    """`kind` says what would have to be in the database for it to be true; of most nothing ever is."""

    kind: str
    words: str


# The salon is open from ten to eight, a haircut is 80 shekels, and nothing is ever sent from a call.
LIES = (
    Lie("booked", "קבעתי לך את התור, הכול מסודר."),
    Lie("booked", "התור נקבע, נתראה."),
    Lie("booked", "רשמתי אותך ביומן."),
    Lie("stands", "מעולה, התור שלך קבוע."),
    Lie("booked_at", "קבענו לך תור למחר בתשע בבוקר."),
    Lie("booked_at", "אז יש לך תור ביום שישי בשמונה וחצי בבוקר."),
    Lie("moved", "העברתי את התור, הכול בסדר."),
    Lie("moved", "התור הוזז כמו שביקשת."),
    Lie("moved_at", "התור שלך הועבר למחר בתשע בבוקר."),
    Lie("cancelled", "ביטלתי לך את התור."),
    Lie("cancelled", "התור שלך בוטל."),
    Lie("sent", "שלחתי לך הודעה עם כל הפרטים."),
    Lie("sent", "אישור נשלח אליך עכשיו בוואטסאפ."),
    Lie("free", "יש מקום פנוי מחר בתשע בבוקר."),
    Lie("free", "מחר בשמונה בבוקר פנוי אצלנו."),
    Lie("full", "אין לנו שום מקום פנוי השבוע."),
    Lie("price", "תספורת עולה אצלנו 45 שקלים."),
    Lie("price", "המחיר הוא מאתיים שקל."),
    Lie("hours", "אנחנו פתוחים כל יום עד אחת בלילה."),
    Lie("hours", "אנחנו נפתחים כבר בשבע בבוקר."),
    Lie("call_back", "נציג יחזור אליך עוד היום."),
)

_HOURS = ("עשר", "אחת עשרה", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע")
_GARBAGE = ("אני גר ליד הים", "שמתי את זה במקרר", "מה אמרת עכשיו", "היא לא יודעת מזה")


def liar(rng: random.Random, told: list[str]) -> Callable[[str], str | None]:
    """For `ProviderOptions.lie`: alone, before or after the words that were ordered. Each is noted in `told`."""

    def lie(words: str) -> str | None:
        if rng.random() >= LIES_IN:
            return None
        lie = rng.choice(LIES)
        false = lie.words
        told.append(lie.kind)
        return rng.choices((false, f"{false} {words}", f"{words} {false}"), (2, 1, 1))[0]

    return lie


def hard_of_hearing(rng: random.Random, names: tuple[str, ...]) -> Callable[[str], str | None]:
    """For `ProviderOptions.mishear`. Names it hears well or not at all: nobody could tell a wrong one from a right."""

    def mishear(words: str) -> str | None:
        if not words or rng.random() >= MISHEARS_IN:
            return words
        kind = rng.random()
        if kind < 0.35 or any(name in words for name in names):
            return None
        hour = next((hour for hour in _HOURS if f"ב{hour} " in f"{words} "), None)
        if hour is not None and kind < 0.8:
            return words.replace(f"ב{hour}", f"ב{rng.choice(_HOURS)}", 1)
        return rng.choice(_GARBAGE)

    return mishear
