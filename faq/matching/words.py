"""A text as the matcher reads it: words without what Hebrew glues to them, their roots, their pieces."""

from __future__ import annotations

import re
from functools import lru_cache

from booking.hebrew.misheard import restore
from booking.hebrew.normalize import fold, normalize
from booking.hebrew.phrases import words_in

_WORD = re.compile(r"[א-ת]+(?:[\"'][א-ת]+)*'?|[A-Za-z]{2,}|\d+(?:[.,]\d+)*")
_SHORTEST_ROOT = 3
_SHORTEST_BARE = 3
_JOINERS = ("", "ו", "ש", "כש", "וש", "מש")
_PREPOSITIONS = ("", "ה", "ב", "ל", "מ", "כ", "ש", "לה", "בה", "מה")
PREFIXES = tuple(sorted({one + two for one in _JOINERS for two in _PREPOSITIONS} - {""}, key=len, reverse=True))
_SUFFIXES = ("יותיכמ", "יות", "ימ", "ות", "יה", "ית", "ת", "ה", "י")
# התפעל swaps its ת with a hissing first letter: הסתפר, מצטלמ, הזדקן.
_SWAPPED = re.compile(r"^[המתינא](ס|ש|צ|ז)[תטד](?=..)")
_BEGINNINGS = ("להת", "הת", "מת", "ל", "ה", "מ", "נ", "ת", "י", "א")

# Words that carry the sentence and not its subject.
STOP = words_in(
    """
    אני אתה את אתם אתן הוא היא אנחנו הם הן שלי שלך שלו שלה שלכם שלכן שלנו שלהם לי לך לו לה לכם לכן לנו להם אותי אותך
    אותו אותה אותם אתכם אצלכם אצלכן אצלך אליכם אליכן אליי אלי איתכם איתך איתי אצלנו עם בלי של על אל מן כל כבר עוד גם
    רק אם או אז כי אבל אלא זה זו זאת אלה אלו הזה הזאת שזה זהו כזה כזאת יש אין יהיה יהיו תהיה היה הייתה היו להיות לא כן
    מה מהו מהי מי האם איך כמה איזה איזו אילו באיזה באיזו באילו מתי למה לאיזה הכי מאוד ממש פשוט ככה בערך בכלל בעצם
    אפשר אפשרי ניתן יכול יכולה יכולים יכולות תוכל תוכלו אוכל צריך צריכה צריכים צריכות רוצה רוצים רציתי אשמח מעוניין
    מעוניינת בבקשה תודה היי הלו שלום אהלן סליחה רגע משהו מישהו לדעת לשאול שאלה לברר תגיד תגידו תגידי להגיד עושים עושה
    עושות לעשות תעשו נותנים נותנות נותן לתת מקבלים מקבל מקבלת מקבלות לקבל פה שם כאן אצל לגבי בשביל בין עד תוך אחרי לפני
    בזמן כש כאשר כדי וגם ואם ומה יותר פחות קצת הרבה טוב טובה נכון בסדר אוקיי הנה עכשיו אולי בטח ברור שוב פעם תמיד
    מקום אחד אחת שני שתי סוג סוגים דבר דברים ב ל מ ה ו ש כ איתו איתה עליו עליה אגב נו אה אהה טיפה מישהי חבל
    הן הינו הינה כולל לפי מול ליד דרך חוץ ללא משתמשים לוקח לוקחת לוקחים בא באה באים באות לבוא להגיע מגיע מגיעה מגיעים
    רגיל רגילה מיוחד מיוחדת שיש שאין עדיין אצלי לשים שמים חייב חייבת חייבים
    """
)

# Deeds that nearly every question may be put with: they tell little.
LIGHT = words_in(
    """
    מטפלים מטפלות מטפל לטפל מתקנים מתקן לתקן תתקנו תיקון מחליפים מחליפות להחליף החלפת לסדר מסדרים לבדוק בודקים תבדקו
    להתחיל
    מתחילים ללכת לקחת להשתמש מתאים מתאימה מביאים מביא מביאה הבאתי עובדים עובדות עובד לעבוד נכנסים להיכנס נכנסו שולחים
    אצלנו מוציאים להוציא טיפול טיפולים שירות לבוא היום מחר אתמול שבוע חודש שנה יום ימים חדש חדשה ישר
    """
)


@lru_cache(maxsize=20_000)
def spelled(word: str) -> str:
    """One spelling of a folded word: doubled יי and וו written once, misheard cue words restored."""
    word = restore(word)
    return re.sub("יי+", "י", re.sub("וו+", "ו", word)) if len(word) > 3 else word


def words_of(text: str) -> list[str]:
    """The folded words and numbers of a text, in order."""
    return [spelled(fold(found.lower())) for found in _WORD.findall(normalize(text).text)]


def surfaces_of(text: str) -> list[str]:
    """The same words as they were written."""
    return _WORD.findall(normalize(text).text)


@lru_cache(maxsize=20_000)
def bases(word: str) -> tuple[str, ...]:
    """The word, and what may remain of it when its prefixes come off; the longest first."""
    shorter = [
        word[len(prefix) :]
        for prefix in PREFIXES
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_BARE
    ]
    return (word, *sorted(shorter, key=len, reverse=True))


@lru_cache(maxsize=20_000)
def roots(word: str) -> tuple[str, ...]:
    """What may be its root: of the word as it stands, and of what remains without its first prefix."""
    forms = (word, *(word[1:] for first in word[:1] if first in "ובשכלהמ" and len(word) > _SHORTEST_ROOT))
    return tuple(dict.fromkeys(filter(None, map(_root, forms))))


def _root(word: str) -> str:
    """Something like the root: לגרור, גרירה and גרר are one; empty where the word is too short to tell."""
    if not "א" <= word[0] <= "ת" or len(word) < _SHORTEST_ROOT:
        return ""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_ROOT:
            word = word[: -len(suffix)]
            break
    word = _SWAPPED.sub(r"\1", word.removeprefix("ל") if len(word) > 5 else word)
    bare = _bones(word)
    for beginning in _BEGINNINGS:
        if word.startswith(beginning) and len(shorter := _bones(word[len(beginning) :])) >= _SHORTEST_ROOT:
            return shorter
    return bare if len(bare) >= _SHORTEST_ROOT else ""


def _bones(word: str) -> str:
    """Without the letters that stand for vowels inside a word."""
    return word[:1] + word[1:].replace("ו", "").replace("י", "")


@lru_cache(maxsize=20_000)
def grams(word: str) -> tuple[str, ...]:
    """The pieces of two to five signs, with both ends of the word marked."""
    marked = f"^{word}$"
    return tuple(marked[at : at + size] for size in range(2, 6) for at in range(len(marked) - size + 1))
