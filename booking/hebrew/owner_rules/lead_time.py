"""How early and how far ahead appointments are booked; never terms of cancelling, arriving, reminding or paying.

Each word of a clause is of one `Kind`, and the wordings are written in the names of the kinds, one a row.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from booking.hebrew.owner_rules.durations import Duration
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.statements import statements
from booking.hebrew.owner_rules.values import Rule
from booking.hebrew.owner_rules.wordings import Shapes, Wording, found, letters_of
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
) - {"לאחר"}  # fmt: skip  # a list; this one by itself is rather "after" than "to be late"
_ALLOWED = words_in("אל ואל")  # "do not", beside "to be"


class Kind(StrEnum):
    """What a word is to the wordings. A clause is matched as one letter a word, these."""

    LEAST = "l"  # at least, the minimum
    MOST = "m"  # at most, up to
    ADVANCE = "p"  # in advance, from now
    BEFORE = "b"  # before (the appointment)
    AHEAD = "w"  # ahead, from today
    NOTICE = "t"  # notice, as in "two hours' notice"
    LESS = "s"  # less, short
    MORE = "u"  # more, beyond, later, farther
    RANGE = "r"  # range, window, horizon
    COMING = "c"  # the coming (week)
    ONLY = "o"  # only
    NOT = "n"  # no, not, forbidden
    BOOKING = "v"  # appointments, and booking them
    FILLER = "f"  # changes nothing
    DIARY = "y"  # the diary, and its being opened
    LENGTH = "d"  # a length of time, of one word or several
    COLON = ":"
    UNKNOWN = "x"  # any other word
    END = "e"  # behind the last word of the clause


# A word that stands in two rows is of the later kind.
_VOCABULARY = {
    Kind.LEAST: prefixed(words_in("לפחות מינימום מינימאלי מינימלי מינימלית מינימאלית המינימום המינימלי"), "וב")
        | words_in("הפחות"),
    Kind.MOST: prefixed(words_in("מקסימום מקסימלי עד המקסימום"), "ו") | words_in("היותר"),
    Kind.ADVANCE: words_in("מראש מעכשיו קודם"),
    Kind.BEFORE: words_in("לפני"),
    Kind.AHEAD: words_in("קדימה מהיום"),
    Kind.NOTICE: prefixed(words_in("התראה התרעה התראת"), "בהו"),
    Kind.LESS: words_in("פחות מפחות בפחות קצר קצרה"),
    Kind.MORE: words_in("יותר מיותר ליותר מעבר מאוחר יאוחר רחוק"),
    Kind.RANGE: words_in("טווח חלון אופק"),
    Kind.COMING: words_in("הקרוב הקרובה הקרובים הקרובות"),
    Kind.ONLY: words_in("רק בלבד"),
    Kind.NOT: NOT | words_in("אל אסור אי"),
    Kind.BOOKING: prefixed(words_in(
        """תור תורים התור התורים פגישה פגישות הפגישה קובעים לקבוע קביעת קביעה לקביעת נקבעים נקבע קובעת קובע תקבעי
        תקבע תקבעו לתאם תתאמו תתאמי תתאם תזמינו תיאום לתיאום מתאמים להזמין הזמנה הזמנת הזמנות מזמינים היומן יומן
        ההזמנה ההזמנות להזמנת להזמנה לסגור סוגרים לקבל אפשר ניתן"""), "ושבל"),
    Kind.FILLER: words_in(
        """של זמן צריך צריכים יש חייבים חובה נא בבקשה לי לנו ל מ ב הוא היא זה פתוח פתוחה אצלי אצלנו מוקדמת הזמן מותר
        לתורים את תמיד כל לכל גם ולא שום דבר אף נדרש נדרשת מתקבלות מתקבל מתקבלים מקבלים מקבלת לעוד תאמו נקבעת
        אפשרות פתוחות פתוחים על"""),
    Kind.DIARY: words_in("היומן יומן ביומן נפתח נפתחים פותחים פותחת פותח"),
}  # fmt: skip  # a table
_KIND_OF = {word: kind for kind, words in _VOCABULARY.items() for word in words}
# A sentence with none of them is not looked into: "not less than a day" alone may be about anything.
_TELLING = frozenset((
    Kind.LEAST, Kind.ADVANCE, Kind.BEFORE, Kind.AHEAD, Kind.NOTICE, Kind.MORE, Kind.RANGE, Kind.COMING,
))  # fmt: skip  # a list


WINDOWS = (
    Wording("diary_opens", "diary [between only]{0,4} LENGTH advance", "היומן נפתח חודש מראש"),
    Wording("ahead", "LENGTH [filler only]? ahead", "קובעים חודש קדימה"),
    Wording("up_to", "most most? [between]{0,3} colon? LENGTH [advance ahead]", "אפשר לקבוע עד שבועיים קדימה"),
    Wording("horizon", "range [between]{0,4} colon? LENGTH", "טווח קביעת תורים: 30 יום"),
    Wording("not_beyond", "not [between]{0,6} more{1,2} [between]{0,3} LENGTH [advance ahead only end]",
            "לא קובעים תורים יותר רחוק מחודש"),
    Wording("coming_only", "[booking diary] [between only]{0,6} LENGTH coming only", "תורים לשבוע הקרוב בלבד"),
    Wording("only_coming", "[booking diary] [between]{0,6} only LENGTH coming", "קובעים רק לחודש הקרוב"),
    Wording("coming", "[booking diary] [between]{0,6} LENGTH coming", "אפשר לקבוע תור לשלושה חודשים הקרובים"),
)  # fmt: skip  # a table
NOTICES = (
    Wording("at_least", "least [between notice]{0,4} colon? LENGTH [advance before]", "לקבוע לפחות שעתיים מראש"),
    Wording("before_at_least", "LENGTH [advance before] least", "תורים שעתיים לפני לפחות"),
    Wording("minimum_to_book", "least filler? booking{1,2} colon? LENGTH end", "זמן מינימום להזמנה: 3 שעות"),
    Wording("advance_at_least", "advance least LENGTH", "לתאם מראש לפחות יום"),
    Wording("minimum_notice", "least [between]{0,3} notice [between]{0,3} colon? filler{0,2} LENGTH",
            "מינימום התראה: 60 דקות"),
    Wording("length_of_notice", "least? filler? LENGTH notice", "צריך שעתיים התראה"),
    Wording("notice_of", "notice [between]{0,3} least? [between]{0,3} colon? filler{0,2} LENGTH", "התראה של חצי שעה"),
    Wording("not_less", "not [between notice]{0,6} less [between notice]{0,3} LENGTH [advance before end]",
            "לא לקבוע פחות משעה מראש"),
    Wording("booked_ahead", "[booking diary] [between only unknown]{0,6} colon? LENGTH advance", "קובעים יום מראש"),
    Wording("up_to_before", "[booking diary] [between]{0,6} most LENGTH before", "אפשר להזמין עד שעה לפני"),
    Wording("advance_of", "booking advance filler{0,2} LENGTH", "הזמנה מראש של 3 שעות"),
    Wording("booked_before", "[booking diary] [between]{0,6} LENGTH before (?=[end booking])", "להזמין תור יום לפני"),
    Wording("before_booking", "most LENGTH before [filler booking]{0,3} booking", "עד שעה לפני אפשר לקבוע"),
    Wording("least_ahead", "least LENGTH ahead", "קובעים מינימום שעה קדימה"),
    Wording("no_later", "not [between]{0,6} more [between]{0,3} LENGTH before", "לא יאוחר משעתיים לפני"),
    Wording("booked_no_later", "[booking diary] [between]{0,6} not more filler? LENGTH before",
            "קביעת תור לא יאוחר מ-12 שעות לפני המועד"),
)  # fmt: skip  # a table

_SHAPES = Shapes(Kind, between="filler booking diary")
_WINDOW = _SHAPES.first_of(*WINDOWS)
_NOTICE = _SHAPES.first_of(*NOTICES)
_BY_NOTICE = frozenset(("minimum_notice", "length_of_notice", "notice_of"))  # the word "notice" says it all
_WITHOUT_LIMIT = frozenset(("booked_ahead", "advance_of", "booked_before"))  # no word in them says "at least"
_SELF_EVIDENT = frozenset(("at_least", "not_less"))  # whatever stands before them
_MOST_UNKNOWN = 2  # words between booking and its length
_CERTAIN_WINDOW = 3 * 1440  # minutes; "up to a day in advance" may mean either


def read_lead_times(said: Sentence) -> list[Rule]:
    """Minimum notice and booking window, as often the sentence states them."""
    return [rule for _, rule in worded(said)]


def worded(said: Sentence) -> Iterator[tuple[str, Rule]]:
    """Each statement, with the name of its wording."""
    if not any(_KIND_OF.get(token.key) in _TELLING for token in said.tokens):
        return
    about_other = False
    for start, end in statements(said, allowed=_ALLOWED):
        about_other = about_other or any(token.key in _OTHER for token in said.tokens[start:end])
        if not about_other or _is_booking(said, start, end):
            yield from _lead_times(said, start, end)


def _is_booking(said: Sentence, start: int, end: int) -> bool:
    """A clause of its own about booking, behind one about something else."""
    keys = [token.key for token in said.tokens[start:end]]
    return any(_KIND_OF.get(key) == Kind.BOOKING for key in keys) and not any(key in _OTHER for key in keys)


def _lead_times(said: Sentence, start: int, end: int) -> Iterator[tuple[str, Rule]]:
    letters, lengths = letters_of(said, start, end, _kind_of, _kind_of_length)
    letters += Kind.END
    quote = said.clause_quote(start, end)
    for name, match in found(_WINDOW, letters):
        at = match.start(name)
        days = lengths[at].days
        if days and _is_window(letters, at, lengths[at], name):
            yield name, Rule("window_days", days, quote)
            letters = letters[:at] + Kind.UNKNOWN + letters[at + 1 :]  # the same length is no notice as well
    for name, match in found(_NOTICE, letters):
        minutes = lengths[match.start(name)].minutes
        if minutes == int(minutes) and _is_notice(letters, match, name):
            yield name, Rule("min_notice_min", int(minutes), quote)


def _is_window(letters: str, at: int, length: Duration, wording: str) -> bool:
    before = letters[:at]
    near = before[max(before.rfind(Kind.LENGTH), before.rfind(Kind.UNKNOWN)) + 1 :]
    if Kind.LEAST in near or Kind.LESS in near:
        return False
    if wording == "up_to":
        return letters[at + 1] == Kind.AHEAD or length.minutes >= _CERTAIN_WINDOW or Kind.NOT in near
    if wording == "coming":
        return length.prefix.endswith("ל") and Kind.NOT not in letters
    return wording != "ahead" or not before.endswith(Kind.UNKNOWN)


def _is_notice(letters: str, match: re.Match[str], wording: str) -> bool:
    before = letters[: match.start()]
    if wording in _WITHOUT_LIMIT:
        limited = any(kind in letters[: match.end()] for kind in (Kind.MOST, Kind.MORE, Kind.NOT))
        return not limited and match.group().count(Kind.UNKNOWN) <= _MOST_UNKNOWN
    if wording in _BY_NOTICE:
        return Kind.NOT not in before or Kind.LESS in match.group()
    return wording in _SELF_EVIDENT or not before.endswith(Kind.UNKNOWN)


def _kind_of(said: Sentence, index: int) -> Kind | None:
    token = said.at(index)
    if token.kind in ("colon", "dash"):
        return Kind.COLON if token.kind == "colon" else None
    return _KIND_OF.get(token.key, Kind.UNKNOWN)


def _kind_of_length(_said: Sentence, _index: int, _length: Duration) -> Kind:
    return Kind.LENGTH
