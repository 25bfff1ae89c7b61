"""Small words between values: corrections, alternatives, refusals."""

from booking.hebrew.items import Item
from booking.hebrew.tokens import Utterance

CORRECTIONS = frozenset(
    ("סליחה", "שליחה", "בעצמ", "אלא", "התכוונתי", "טעות", "טעיתי", "תיקונ", "תתקנ", "תתקני", "עדיפ", "כלומר", "אופס",
     "תעשה",
     "תעשי", "שנה", "תשנה", "תשני", "רגע", "מצטער", "מצטערת", "דווקא", "שיניתי")
)  # fmt: skip  # a list
OR = frozenset(("או", "ואו"))
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
    if "אמ" in gap and not CORRECTIONS & set(gap):
        return False  # אם לא אז מחר: the other choice
    return any(key in CORRECTIONS or key in ("לא", "ולא") for key in gap)


def offers_another(gap: list[str]) -> bool:
    """מחר או מחרתיים, היום אם יש ואם לא אז מחר."""
    return any(key in OR or key in ("אמ", "ואמ") for key in gap)
