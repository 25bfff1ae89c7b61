"""Yes and no to a question that was just asked; "no" with a consoling word may be a yes, and "better…" a no."""

from itertools import pairwise
from typing import Literal

from booking.hebrew.lexicon import FORMS
from booking.hebrew.phrases import phrases, words_in
from booking.hebrew.verbs import RESCHEDULE, Sentence, cancels, changes, does

Intent = Literal["book", "reschedule", "cancel", "question", "yes", "no", "none"]

QUESTION = words_in(
    """כמה איפה מתי איך האם מה למה מי איזה איזו באיזה באיזו לאן מאיפה היכן מדוע מהן מהם מהי מהו בכמה עד־מתי what
    where when how which כמ
    ומה וכמה ואיפה ומתי ואיך ולמה והאם קמה כמא מטי"""
)
_YES_WORDS = words_in(
    """כן בטח ברור בסדר סבבה אוקיי אוקי אוקי' מעולה מצוין מצויין יופי נכון בדיוק סגור קדימה חיובי בוודאי וודאי ודאי
    כמובן טוב אחלה פצצה מושלם
    מאשר מאשרת יאללה אישור בכיף בשמחה אשמח לגמרי נהדר מתאים מתאימה ok okay yes sure yep yeah אהה אהמ כנ יס כו
    וואלה מסכים מסכימה
    חד־משמעית בהחלט בהחלת תקבע תקבעי תקבעו קבע קבעי תרשום תרשמי תסגור תסגרי סגרי תזמין תאשר תאשרי יפה לקבוע קח
    קחי הולך מאה אחוז תקבאי"""
)
_YES_PHRASES = phrases(
    "למה לא", "אין בעיה", "אין שום בעיה", "לא בעיה", "לך על זה", "לכי על זה", "זה בסדר", "מאה אחוז", "למה שלא",
    "אין לי בעיה",
    "לא אכפת לי", "בלי בעיה", "מאה אחוזים", "על הכיפאק", "על הכיפק", "חד משמעית", "מתאים לי", "זה טוב", "טוב לי",
    "נשמע טוב",
    "נשמע מצוין", "זה מעולה", "נשמע מעולה", "זה מתאים", "זה מצוין", "אני רוצה", "בוא נקבע", "בואי נקבע", "תעשה את זה",
    "תעשי את זה", "לא לא זה בסדר",
    "לא נורא", "אין התנגדות", "הולך", "בוא נסגור", "יאללה סגור", "בוא נלך על זה", "אני מאשר", "אני מאשרת",
    "go ahead", "בטח שכן", "כן כן",
    "לא רואה סיבה שלא", "לא רע בכלל", "לא רע", "לא רואה בעיה",
    "בדיוק מה", "אין סיבה שלא", "שכן", "לא לא תקבע", "כן לא משנה", "לא לא זה מצוין", "לא לא זה מעולה",
    "לא לא זה טוב", "לא לא מתאים", "לא לא מצוין",
)  # fmt: skip  # a list
_DISARMING = phrases(
    "אין בעיה",
    "אין שום בעיה",
    "זה בסדר",
    "לא נורא",
    "אין לי בעיה",
    "מאה אחוז",
    "לא לא תקבע",
    "בלי בעיה",
    "זה מצוין",
    "זה מעולה",
)
_NO_WORDS = words_in("לא שלא שלילי עזוב עזבי תעזוב תעזבי no nope לאא ממש־לא תשכח לאו נופ")
_NO_PHRASES = phrases(
    "ממש לא", "אין מצב", "מה פתאום", "עדיף שלא", "עדיף ש", "לא תודה", "בעצם לא", "חס וחלילה", "לא מתאים", "לא טוב",
    "לא נוח", "לא יכול",
    "לא יכולה", "לא רוצה", "אל תקבע", "אל תקבעי", "תשכח מזה", "תשכחי מזה", "משהו אחר", "פעם אחרת", "זמן אחר",
    "יום אחר", "שעה אחרת", "לא עכשיו",
    "בשום אופן לא", "בשום פנים", "לא נראה לי", "עדיף משהו", "לא בא לי", "תוותר", "אני מוותר", "אני מוותרת",
    "אין סיכוי", "לא ממש",
    "אפשר אחר", "אולי אחר כך", "רחוק מדי", "מאוחר מדי", "מוקדם מדי", "לא צריך", "לא צריכה", "לא נכון", "טעות",
    "לא זה", "אני לא", "עזוב אותך",
    "בוא נוותר", "עדיף שנוותר", "חבל", "מוקדם לי", "מאוחר לי", "ירדתי מזה", "התחרטתי", "לוותר", "לא מסתדר", "לא תקבע",
    "לא תקבעי", "פחות מתאים", "פחות",
)  # fmt: skip  # a list
_UNSURE = phrases(
    "לא יודע",
    "לא יודעת",
    "אולי",
    "לא בטוח",
    "לא בטוחה",
    "לחשוב",
    "אחשוב",
    "רגע",
    "שנייה",
    "שניה",
    "לבדוק",
    "אני בודק",
    "אני בודקת",
    "מה אמרת",
    "לא שמעתי",
    "לא הבנתי",
    "תחזור",
    "תחזרי",
    "אפשר לחזור",
    "לא סגור",
    "לא סגורה",
)
_BUT = words_in("אבל רק אולי ואם אם רגע עדיף")


_WITH_SH = words_in("של שלכם שלי שלך שלו שלה שלנו שעות שעה השעות שם שמכם שמך שווה שירות שירותים שיטות שכר")


def asks(words: Sentence) -> bool:
    """A question word that asks: not the one of מה שיש and מתי שנוח, nor a "what?" for what was not heard."""
    for at, key in enumerate(words.keys):
        if key not in QUESTION:
            continue
        following = words.keys[at + 1] if at + 1 < len(words.keys) else ""
        free = following[:1] == "ש" and following not in _WITH_SH
        if not free and not (following == "," and key == "מה" and at + 2 < len(words.keys)):
            return True
    return False


def find_answer(words: Sentence, *, has_time: bool, questioned: bool) -> Intent | None:
    """Yes or no to what was asked; None where the caller said something else."""
    if does(words, RESCHEDULE) or cancels(words) or changes(words):
        return None
    if asks(words) and not words.has(_YES_PHRASES) and not words.has(_NO_PHRASES):
        return None
    positive = words.has(_YES_PHRASES)
    rest = words.joined
    for phrase in _YES_PHRASES:
        rest = rest.replace(phrase, " ")
    remaining = rest.split()
    refuses = any(phrase in rest for phrase in _NO_PHRASES) or any(key in _NO_WORDS for key in remaining)
    refuses = refuses or _prefers_otherwise(words.keys)
    affirms = positive or any(key in _YES_WORDS for key in remaining)
    hedged = words.has(_UNSURE) or bool(words.words & _BUT)
    if words.words == {"אפשר"}:
        return "yes"
    if refuses and words.keys[0] == remaining[0] == "לא" and words.has(_DISARMING) and not has_time:
        return "yes" if not any(key in _NO_WORDS for key in remaining[1:]) else "no"
    if refuses and words.keys[:1] == ["כנ"] and not any(phrase in rest for phrase in _NO_PHRASES):
        return None if hedged or has_time else "yes"
    if refuses:
        if words.has(
            phrases("לא יודע", "לא יודעת", "לא בטוח", "לא בטוחה", "לא שמעתי", "לא הבנתי", "לא סגור", "לא סגורה")
        ):
            return "none"
        return "no"
    if affirms and questioned and hedged and has_time:
        return None  # כן אבל אפשר בחמש?
    if affirms and questioned and "כנ" in (words.keys[0], words.keys[-1]) and not hedged:
        return "yes"
    if affirms:
        return (
            "none"
            if hedged and not positive
            else None
            if questioned
            else "yes"
            if not (has_time and hedged)
            else "none"
        )
    return "none" if hedged and not has_time else None


def _prefers_otherwise(keys: list[str]) -> bool:
    """עדיף שנעזוב, עדיף שאחשוב: better not; עדיף שש is an hour."""
    return any(
        first == "עדיפ" and second.startswith(("שנ", "שא", "שת", "שלא")) and second not in FORMS
        for first, second in pairwise(keys)
    )
