"""Small words between values: corrections, alternatives, refusals."""

from itertools import pairwise

from booking.hebrew.items import Item
from booking.hebrew.tokens import Utterance

CORRECTIONS = frozenset(
    ("סליחה", "שליחה", "בעצמ", "אלא", "התכוונתי", "טעות", "טעיתי", "תיקונ", "תתקנ", "תתקני", "עדיפ", "כלומר", "אופס",
     "תעשה",
     "תעשי", "שנה", "תשנה", "תשני", "רגע", "מצטער", "מצטערת", "דווקא", "שיניתי")
)  # fmt: skip  # a list
OR = frozenset(("או", "ואו"))
IF = frozenset(("אמ", "ואמ"))
_FAILING = frozenset(("לא", "אינ", "תפוס"))
_JOINTS = OR | frozenset(("אולי", "ואולי"))
_FILLERS = frozenset(("אז", "שאז", "ש", "אפילו", "גמ", "יותר", "טוב", "אה", "אהה", "ב", "לי"))
REFUSALS = frozenset(
    ("מתאימ", "מתאימה", "טוב", "טובה", "יכול", "יכולה", "נוח", "נוחה", "אפשר", "אפשרי", "בא", "אוכל", "מסתדר",
    "מסתדרת",
     "רלוונטי", "פנוי", "פנויה", "עובד", "עובדת", "אגיע", "רוצה", "זמינ", "זמינה", "נמצא", "נמצאת", "מצליח", "מצליחה",
     "אספיק", "מספיק", "מספיקה", "בארצ", "יתאימ", "יסתדר", "הולכ", "בסדר", "ילכ", "אהיה", "מיסתדר", "אפשרות")
)  # fmt: skip  # a list
BUSY = frozenset(
    ("עובד", "עובדת", "לומד", "לומדת", "עסוק", "עסוקה", "תפוס", "תפוסה", "בעבודה", "בחול", 'בחו"ל', "עמוס", "עמוסה")
)


def between(said: Utterance, first: Item, second: Item) -> list[str]:
    return [said.at(at).key for at in range(first.end, second.start)]


def corrects(gap: list[str]) -> bool:
    """Whether the second value replaces the first."""
    if gap and (gap[-1] in OR or gap[-2:-1] and gap[-2] in OR and gap[-1] == "עדיפ"):
        return False  # בעשר בעצם או באחת עשרה
    if any(first in IF and second in _FAILING for first, second in pairwise(gap)):
        return False  # אם לא אז מחר: the other choice
    if IF & set(gap) and not CORRECTIONS & set(gap):
        return False
    return any(key in CORRECTIONS or key in ("לא", "ולא") for key in gap)


def offers_another(gap: list[str]) -> bool:
    """מחר או מחרתיים, היום אם יש ואם לא אז מחר."""
    return any(key in OR or key in IF for key in gap)


def leads_to_choice(gap: list[str]) -> bool:
    """Whether nothing but או, ואולי, או שאז, ואם לא אז and breaths stands between two values: either will do."""
    keys = [key for key in gap if key.isalpha()]
    if any(first in IF and second in _FAILING for first, second in pairwise(keys)):
        return all(key in IF | _FAILING | _FILLERS for key in keys)
    return bool(_JOINTS & set(keys)) and all(key in _JOINTS | _FILLERS for key in keys)
