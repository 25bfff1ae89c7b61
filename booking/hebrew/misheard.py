"""Cue words with one letter misheard, brought back: אפשאר is אפשר, מטאים is מתאים, כמה זה הולה asks for a price.

Speech recognition swaps letters that sound alike. Only this closed list of words is restored, from four letters up, and
never what is a name or a word of its own.
"""

from collections.abc import Iterator

from booking.hebrew.gazetteer import FIRST_NAMES, SURNAMES
from booking.hebrew.normalize import fold
from booking.hebrew.phrases import words_in

SOUND_ALIKE = {
    "ט": "ת", "ת": "ט", "כ": "קח", "ק": "כ", "ח": "כ", "א": "עה", "ע": "אה", "ה": "אע", "ס": "ש", "ש": "ס", "ב": "ו",
    "ו": "ב",
}  # fmt: skip  # a table
_SHORTEST = 4
_CUES = words_in(
    """
    בעוד אחרי לפני פחות הבא הבאה הקרוב הקרובה שעבר שעברה יכול יכולה יכולים מתאים מתאימה אפשר אפשרי מסתדר מסתדרת בסביבות
    לגבי ברחוב רחוב שלום קוראים סליחה בעצם התכוונתי איפה למה איזה באיזה האם רוצה רציתי צריך צריכה אשמח מבקש מבקשת
    מעוניין מעוניינת מעוניינים פגישה תורים פנוי פנויה מקום משהו חלון עולה עולים מחיר המחיר פתוחים סגורים עובדים נמצאים
    חניה טיפול תספורת להגיע אגיע לבוא מגיע מגיעה קבעתי שקבעתי הזמנתי שלכם מאשר מאשרת בסדר סבבה מעולה מצוין נכון בדיוק
    קדימה בוודאי כמובן אחלה מושלם ברור תודה נולדתי לידה אנשים ילדים טלפון הטלפון נייד מספר במקום עדיף לשנות להחליף שינוי
    ביטול התור לתור תחזרו אליי מאוחר מוקדם אישור התחרטתי מתאימים הייתי ביקרתי היתה הייתה עכשיו לבטל חוזרת בבקשה זמינה
    יודע יודעת שמעתי הבנתי בטוח בטוחה אחרת שומעים לדעת לוותר מוותר מוותרת בעיה סיבה חיובי שלילי תסגרי סגור סגורה אוקיי
    המועד שושן בשושן אוכל תעשי מהיום
    מבטל מבטלת קורה משנה מדבר מדברת דוקטור גברת משפחת משפחה והמשפחה תרשום תרשמי תכתוב תכתבי ואני אותי אשתי בשביל רשום
    רשומה להיות התאריך שלפני פורים כיפור חנוכה סוכות העצמאות הזיכרון גדליה כסלו בכסלו באייר תשרי בתשרי ניסן בניסן בעומר
    חשוון בחשוון באלול אלול בתמוז תמוז מתקשר מתקשרת ההודעה שלישית
    """
)
_REAL = words_in(
    """
    הבע הבעה אבא איסור אכלה בשדר הגיע הנשים ועוד ודיוק ומקום וסדר ובקשה ורחוב חלבן מכיר המכיר מאסר מוקש שליחה שעור שעורה
    עליי הליי משפר היפה איתה שלחם שובע אולה הואה כניה צריח השמח הולה מהולה אלה
    """
)


def one_slip(word: str, begin: int = 0) -> Iterator[str]:
    """The word with each letter from `begin` on swapped, one at a time, for those that sound like it."""
    for at in range(begin, len(word)):
        for other in SOUND_ALIKE.get(word[at], ""):
            yield word[:at] + other + word[at + 1 :]


def _restored() -> dict[str, str]:
    claims: dict[str, set[str]] = {}
    for cue in _CUES:
        if len(cue) >= _SHORTEST:
            for heard in one_slip(cue):
                claims.setdefault(heard, set()).add(cue)
    known = _CUES | _REAL | FIRST_NAMES | SURNAMES
    return {heard: min(cues) for heard, cues in claims.items() if len(cues) == 1 and heard not in known}


_RESTORED = _restored() | {
    fold(heard): fold(cue)
    for heard, cue in (
        ("קמה", "כמה"), ("כמא", "כמה"), ("תוב", "טוב"), ("בתח", "בטח"), ("מטי", "מתי"), ("איפו", "איפה"),
        ("טור", "תור"),
        ("תודא", "תודה"), ("רוצא", "רוצה"), ("לבו", "לבוא"), ("אפשאר", "אפשר"),
        ("רצתי", "רציתי"), ("תיפול", "טיפול"), ("תיספורת", "תספורת"), ("תסיפורת", "תספורת"), ("להסטפר", "להסתפר"),
    )
}  # fmt: skip  # pairs


def restore(key: str) -> str:
    """The cue word behind a folded word, or the word itself."""
    return _RESTORED.get(key, key)
