"""How early and how far ahead appointments are booked; never terms of cancelling, arriving, reminding or paying."""

import re

from booking.hebrew.owner_rules.durations import Duration, duration_at
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.statements import statements
from booking.hebrew.owner_rules.values import Rule
from booking.hebrew.owner_rules.words import NOT, prefixed
from booking.hebrew.phrases import words_in

# The sentence is about something else than booking.
_OTHER = prefixed(
    words_in(
        """ביטול ביטולים לבטל מבטלים מבטל ביטלו יבוטל מבוטל דמי חיוב יחויב שינוי לשנות לדחות דחייה להגיע מגיעים הגעה
        הגיעו תגיעו להתייצב איחור מאחר מאחרים לאחר תזכורת תזכורות נזכיר שולחים נשלחת נשלח לאכול לשתות לצום
        צום תשלום משלמים לשלם מנוי המנוי תוקף בתוקף מלא מלאים מלאה תפוס תפוסים פנוי פנויים המתנה ממתינים
        להמתין אחריות כרטיסייה סדרה להתקלח מקדמה פיקדון החזר להודיע מודיעים הודעה לעשן להתאפר תרופות תרופה
        חופשה בחופשה מומלץ ממליצים ממליצה ממליץ כדאי רצוי עדיף לעדכן מעדכנים ימתין"""
    ),
    "הבלוש",
) - {"לאחר"}  # fmt: skip  # a list
_CLASSES: dict[str, str] = (
    dict.fromkeys(prefixed(words_in("לפחות מינימום מינימאלי מינימלי מינימלית מינימאלית המינימום המינימלי"),
                           "וב"), "l")
    | dict.fromkeys(prefixed(words_in("מקסימום מקסימלי עד המקסימום"), "ו"), "m")
    | dict.fromkeys(words_in("מראש מעכשיו קודם"), "p")
    | dict.fromkeys(words_in("לפני"), "b")
    | dict.fromkeys(words_in("קדימה"), "w")
    | dict.fromkeys(prefixed(words_in("התראה התרעה התראת"), "בהו"), "t")
    | dict.fromkeys(words_in("פחות מפחות בפחות קצר קצרה"), "s")
    | dict.fromkeys(words_in("יותר מיותר ליותר מעבר מאוחר יאוחר רחוק"), "u")
    | dict.fromkeys(words_in("טווח חלון אופק"), "r")
    | dict.fromkeys(words_in("הקרוב הקרובה הקרובים הקרובות"), "c")
    | dict.fromkeys(words_in("רק בלבד"), "o")
    | dict.fromkeys(NOT, "n") | dict.fromkeys(words_in("אל אסור אי"), "n")
    | dict.fromkeys(prefixed(words_in(
        """תור תורים התור התורים פגישה פגישות הפגישה קובעים לקבוע קביעת קביעה לקביעת נקבעים נקבע קובעת קובע תקבעי תקבע
        תקבעו לתאם תתאמו תתאמי תתאם תזמינו תיאום לתיאום מתאמים להזמין הזמנה הזמנת הזמנות מזמינים היומן יומן
        ההזמנה ההזמנות להזמנת להזמנה לסגור סוגרים לקבל אפשר ניתן"""), "ושבל"), "v")
    | dict.fromkeys(words_in(
        "של זמן צריך צריכים יש חייבים חובה נא בבקשה לי לנו ל מ ב הוא היא זה פתוח פתוחה אצלי אצלנו מוקדמת הזמן מותר"
        " לתורים את תמיד כל גם ולא שום דבר אף נדרש נדרשת מתקבלות מתקבל מתקבלים מקבלים מקבלת לעוד תאמו נקבעת "
            "אפשרות פתוחות פתוחים על"), "f")
    | dict.fromkeys(words_in("היומן יומן ביומן נפתח נפתחים פותחים פותחת פותח"), "y")
    | {"היותר": "m", "הפחות": "l", "לכל": "f", "מהיומ": "w"}
)  # fmt: skip  # a table
_ALLOWED = words_in("אל ואל")
# d a length of time; the named group of a pattern is the letter of the length that it reads.
_WINDOW = re.compile(
    r"y[fvoy]{0,4}(?P<diary>d)p|(?P<ahead>d)[fo]?w|mm?[fvy]{0,3}:?(?P<most>d)(?=[pw])|r[fvy]{0,4}:?(?P<span>d)"
    r"|n[vfy]{0,6}u{1,2}[vfy]{0,3}(?P<beyond>d)(?:[pw]|$|(?=[,o]))|[vy][vfoy]{0,6}(?P<only>d)co|[vy][vfy]{0,6}o(?P<next>d)c|[vy][vfy]{0,6}(?P<near>d)c"
)
_NOTICE = re.compile(
    r"l[fvty]{0,4}:?(?P<least>d)[pb]|(?P<early>d)[pb]l|lf?v{1,2}:?(?P<floor>d)$|pl(?P<first>d)|l[fvy]{0,3}t[fvy]{0,3}:?f{0,2}(?P<minimum>d)|l?f?(?P<warned>d)t|t[fvy]{0,3}l?[fvy]{0,3}:?f{0,2}(?P<given>d)"
    r"|n[fvty]{0,6}s[fvty]{0,3}(?P<less>d)(?:p|b|$|(?=,))|[vy][fvoyx]{0,6}:?(?P<booked>d)p|[vy][fvy]{0,6}m(?P<before>d)b|vpf{0,2}(?P<agreed>d)|[vy][fvy]{0,6}(?P<prior>d)b(?=$|,|v)|m(?P<up_to>d)b[fv]{0,3}v|l(?P<ahead>d)w|n[vfy]{0,6}u[vfy]{0,3}(?P<latest>d)b|[vy][fvy]{0,6}nu[f]?(?P<no_later>d)b"
)
_DAYS_OF_NOTICE = 3 * 1440


def read_lead_times(said: Sentence) -> list[Rule]:
    """Minimum notice and booking window, as often the sentence states them."""
    rules: list[Rule] = []
    if not any(token.key in _CLASSES and _CLASSES[token.key] in "pbwtrucl" for token in said.tokens):
        return rules
    about_other = False
    for start, end in statements(said, allowed=_ALLOWED):
        about_other = about_other or any(token.key in _OTHER for token in said.tokens[start:end])
        if not about_other or _is_booking(said, start, end):
            rules += _lead_times(said, start, end)
    return rules


def _is_booking(said: Sentence, start: int, end: int) -> bool:
    """A clause of its own about booking, behind one something else."""
    keys = [token.key for token in said.tokens[start:end]]
    return any(_CLASSES.get(key) == "v" for key in keys) and not any(key in _OTHER for key in keys)


def _lead_times(said: Sentence, start: int, end: int) -> list[Rule]:
    letters, lengths = _shape(said, start, end)
    quote = said.clause_quote(start, end)
    rules: list[Rule] = []
    for match in _WINDOW.finditer(letters):
        at = match.start(match.lastgroup or 0)
        if _is_window(letters, at, lengths[at], match.lastgroup) and (days := lengths[at].days):
            rules.append(Rule("window_days", days, quote))
            letters = letters[:at] + "x" + letters[at + 1 :]
    for match in _NOTICE.finditer(letters):
        length = lengths[match.start(match.lastgroup or 0)]
        if _is_notice(letters, match) and length.minutes == int(length.minutes):
            rules.append(Rule("min_notice_min", int(length.minutes), quote))
    return rules


def _is_window(letters: str, at: int, length: Duration, pattern: str | None) -> bool:
    before = letters[max(letters.rfind("d", 0, at), letters.rfind("x", 0, at)) + 1 : at]
    if "l" in before or "s" in before:
        return False
    if pattern == "most":  # "up to a day in advance" may mean either
        return letters[at + 1] == "w" or length.minutes >= _DAYS_OF_NOTICE or "n" in before
    if pattern == "near":
        return length.prefix.endswith("ל") and "n" not in letters
    return pattern != "ahead" or not letters[:at].endswith("x")


def _is_notice(letters: str, match: re.Match[str]) -> bool:
    before, pattern = letters[: match.start()], match.lastgroup
    if pattern in ("booked", "agreed", "prior"):
        said = letters[: match.end()]
        return not any(kind in said for kind in "mun") and match.group().count("x") <= (pattern == "booked") * 2
    if pattern in ("given", "minimum", "warned"):
        return "n" not in before or "s" in match.group()
    return not before.endswith("x") or pattern in ("least", "less")


def _shape(said: Sentence, start: int, end: int) -> tuple[str, dict[int, Duration]]:
    letters: list[str] = []
    lengths: dict[int, Duration] = {}
    index = start
    while index < end:
        length = duration_at(said, index)
        if length is not None and length.end <= end:
            lengths[len(letters)] = length
            letters.append("d")
            index = length.end
            continue
        token = said.at(index)
        letters.append(":" if token.kind == "colon" else "" if token.kind == "dash" else _CLASSES.get(token.key, "x"))
        if not letters[-1]:
            letters.pop()
        index += 1
    return "".join(letters), lengths
