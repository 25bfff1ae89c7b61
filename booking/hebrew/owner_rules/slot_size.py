"""The interval between appointments: תור כל חצי שעה, משך תור 45 דק׳, שעה עגולה; never the length of a treatment.

Each word of a clause is of one `Kind`, and the wordings are written in the names of the kinds, one a row.
"""

from collections.abc import Iterator
from enum import StrEnum

from booking.hebrew.owner_rules.durations import Duration
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.statements import statements
from booking.hebrew.owner_rules.values import Rule
from booking.hebrew.owner_rules.wordings import Shapes, Wording, found, letters_of
from booking.hebrew.owner_rules.words import (
    BUSINESS,
    MONEY,
    NOT,
    NOW,
    ONLY,
    OPEN_MANY,
    OPEN_ONE,
    PLAIN,
    SERVICES,
    WE,
    prefixed,
)
from booking.hebrew.phrases import words_in

_ROUND = words_in("עגולה עגולות העגולה העגולות שלמה שלמות")
_HALVES = words_in("וחצי וחצאי וחצאים")
_MINUTES = ("דק'", "דק")


class Kind(StrEnum):
    """What a word is to the wordings. A clause is matched as one letter a word, these."""

    BUSINESS = "b"  # trades and services
    FILLER = "f"  # changes nothing
    WORKING = "v"  # works, opens, takes and books
    APPOINTMENT = "a"  # appointments, and the diary
    GRID = "g"  # steps, gaps, intervals
    DIVIDED = "p"  # divided into
    SIZE = "l"  # the length or duration of something
    OF = "o"  # of, is, lasts, takes
    OTHER = "z"  # the length beside it is of something else: notice, a break, an average
    MONEY = "m"
    CUSTOMER = "y"
    NOT = "n"
    BUT = "c"  # but, a correction
    EVERY = "k"
    ONE = "1"  # once, as in "once in an hour"
    HOURS = "h"  # days, hours of the day and numbers
    ROUND = "r"  # round, as in "a round hour"
    LENGTH = "d"  # a length of time, of one word or several
    TO_LENGTH = "q"  # one that begins in ל
    PARTS = "Q"  # quarters or halves of an hour
    DAYS = "D"  # one of days and longer
    COLON = ":"
    DASH = "-"
    UNKNOWN = "x"  # any other word


# A word that stands in two rows is of the later kind.
_VOCABULARY = {
    Kind.BUSINESS: BUSINESS | SERVICES,
    Kind.FILLER: PLAIN | ONLY | WE | NOW | words_in(
        """רק חדש אצלנו אחד בדיוק ביומן קבוע אצלי שלנו שלי בלבד גם תמיד ולא מתחיל מתחילים מתחילות על מתואמים נכנס נכנסת
        נכנסים סטנדרטי סטנדרטית רגיל רגילים נפתח נפתחים מקום"""),
    Kind.WORKING: OPEN_MANY | OPEN_ONE | prefixed(words_in(
        """לקבוע קובעים קובעות קובע קובעת נקבע נקבעים משבצים מזמינים להזמין לתאם מתאמים קביעת מקבל מקבלת מקבלים מזמנים
        לזמן זימון נותנים נותן נותנת מחלקים תקבעי תקבע תעשי תעשה הגדר לחלק קביעה לשבץ לתת להקצות לוקח לוקחת לוקחים
        הזמנות הזמנה הזמנת מוזמנים שולחנות פגישת ייעוץ"""), "ושל"),
    Kind.APPOINTMENT: prefixed(words_in(
        """תור תורים פגישה פגישות ביקורים slot slots שיעורים אימונים מפגש מפגשים משבצת משבצות סלוט סלוטים ביקור
        טיפולים"""), "הלובש") | words_in("יומן היומן ויומן ליומן") | words_in("תורין"),
    Kind.GRID: prefixed(words_in(
        "קפיצות דילוגים רזולוציה מרווח מרווחים פערים הפרשים מרווחי אינטרוולים רווחים קפיצה"), "בהל"),
    Kind.DIVIDED: words_in("מחולק מחלקים חלוקה מחולקת"),
    Kind.SIZE: prefixed(words_in("משך אורך גודל אורכו באורך זמן זמני יחידת"), "בוש"),
    Kind.OF: words_in("של בת בני בן הוא הם נמשך נמשכים אורכים לוקח תופס תופסת לפי זה היא = ל"),
    Kind.OTHER: words_in(
        """התראה בהתראה התרעה מינימום בערך כ ממוצע בממוצע לפחות עד לפני אחרי מראש בין ההפסקה הפסקה סביב איחור קדימה
        נוספת נוסף"""),
    Kind.MONEY: MONEY | words_in("עולה עולים מחיר"),
    Kind.CUSTOMER: prefixed(words_in("לקוח לקוחה לקוחות מטופל מטופלת מטופלים"), "לש"),
    Kind.NOT: NOT,
    Kind.BUT: words_in("סליחה אלא תיקון בעצם ובבקשה אבל ולא ואל אך"),
    Kind.EVERY: words_in("לכל כל בכל"),
    Kind.ONE: words_in("אחת"),
    Kind.HOURS: words_in("24/7 h"),
}  # fmt: skip  # a table
_KIND_OF = {word: kind for kind, words in _VOCABULARY.items() for word in words}
# A sentence with none of them, no length and no round hour is not looked into.
_TELLING = frozenset((Kind.EVERY, Kind.APPOINTMENT, Kind.GRID, Kind.SIZE, Kind.DIVIDED))

INTERVALS = (
    Wording("every", "(?<!not) every LENGTH", "תור כל חצי שעה"),
    Wording("of_each", "every appointment [filler of]{0,3} [colon dash]? [filler of]? LENGTH", "כל תור 45 דקות"),
    Wording("size", "size [filler every of]{0,2} appointment? [filler of]{0,2} [colon dash]? of? LENGTH",
            "משך תור: 45 דקות"),
    Wording("of", "appointment [filler of]{0,3} [colon dash]? of? LENGTH", "תורים של 20 דקות"),
    Wording("grid", "grid appointment? [filler of size colon]{0,3} LENGTH", "קפיצות של 15 דקות"),
    Wording("once", "one TO_LENGTH", "תור אחת לחצי שעה"),
    Wording("in_parts", "[appointment working customer] [filler of]{0,3} PARTS", "תורים ברבעי שעה"),
    Wording("only_parts", "^ filler* PARTS filler* $", "רק חצאי שעות"),
    Wording("divided", "appointment divided TO_LENGTH", "יומן מחולק לחצי שעה"),
    Wording("divided_in_parts", "appointment divided PARTS", "היומן מחולק לרבעי שעה"),
    Wording("beside_hours", "^ [filler hours dash]* hours LENGTH $", "א-ה 9-17 חצי שעה"),
    Wording("for_each", "^ [filler hours working customer dash]* LENGTH every? appointment filler* $", "רבע שעה לתור"),
)  # fmt: skip  # a table
_SHAPES = Shapes(
    Kind,
    trace="appointment filler working customer of hours but grid not colon every length",  # of what is booked
    plain="appointment filler hours working customer but of grid every colon dash",
)
_INTERVAL = _SHAPES.first_of(*INTERVALS)
_REPEATED = frozenset(("every", "once"))  # of anything: it has to be appointments
_WHOLE = frozenset(("beside_hours", "for_each"))  # of a whole clause
_ENDS = _SHAPES.pattern(
    "[filler appointment hours working customer grid business round]{0,6}"
    "(?: $ | [but not days dash] | other days | every filler)"
)
_PRICED = _SHAPES.pattern("filler? (?: money | other (?! days))")
_PLAIN = _SHAPES.pattern("[plain]* $")
_NAMED = _SHAPES.pattern(  # appointments, and at most a word or two nobody knows
    "appointment [trace]* unknown{0,2} [filler working customer of hours]* $"
)
_DONE = _SHAPES.pattern("[working customer] [trace]* $")
_FORBIDDEN = _SHAPES.pattern("not [^but]* $")
_NAMED_BEHIND = _SHAPES.pattern("filler* [appointment working customer]")


def read_slot_size(said: Sentence) -> list[Rule]:
    """Every statement in the sentence, in order."""
    return [rule for _, rule in worded(said)]


def worded(said: Sentence) -> Iterator[tuple[str, Rule]]:
    """Each statement, with the name of its wording."""
    if not any(
        _KIND_OF.get(token.key) in _TELLING or token.key in _ROUND or token.is_a("unit") or token.key in _MINUTES
        for token in said.tokens
    ):
        return
    for start, end in statements(said):
        letters, lengths = letters_of(said, start, end, _kind_of, _kind_of_length)
        read = _round_hour(said, start, end, letters) or _intervals(letters, lengths)
        for name, minutes in read:
            yield name, Rule("slot_size_min", minutes, said.clause_quote(start, end))


def _round_hour(said: Sentence, start: int, end: int, letters: str) -> list[tuple[str, int]]:
    """שעה עגולה is a whole hour; עגולות וחצי a half."""
    at = next((at for at in range(start, end) if said.key(at) in _ROUND and _is_hour(said, at - 1)), None)
    foreign = Kind.UNKNOWN in letters and Kind.APPOINTMENT not in letters and Kind.WORKING not in letters
    if at is None or Kind.NOT in letters or foreign:
        return []
    behind = range(at + 1, min(at + 4, end))
    halves = any(said.key(index) in _HALVES or said.at(index).base == "חצי" for index in behind)
    return [("half_past", 30)] if halves else [("round_hour", 60)]


def _is_hour(said: Sentence, index: int) -> bool:
    return said.at(index).base in ("שעה", "שעות")


def _intervals(letters: str, lengths: dict[int, Duration]) -> Iterator[tuple[str, int]]:
    for name, match in found(_INTERVAL, letters):
        at = match.start(name)
        length = lengths[at]
        whole = length.minutes == int(length.minutes)
        if whole and length.prefix in ("", "ל") and _fits(letters[: match.start()], letters[at + 1 :], name):
            yield name, int(length.minutes)


def _fits(before: str, after: str, wording: str) -> bool:
    """Whether what stands around the statement leaves it a rule about appointments."""
    if Kind.OTHER in before:
        return False
    if wording in _REPEATED:
        ends = _ENDS.match(after) is not None or _NAMED.search(before) is not None
        return ends and _is_of_appointments(before, after)
    if wording not in _WHOLE and not _ENDS.match(after):
        return False
    return Kind.NOT not in before and not (wording == "of" and before.endswith(Kind.UNKNOWN))


def _is_of_appointments(before: str, after: str) -> bool:
    """Whether it is they that come "every hour"."""
    if _PRICED.match(after):
        return False
    foreign = Kind.UNKNOWN in before and Kind.WORKING not in before[before.rindex(Kind.UNKNOWN) :]
    if foreign and Kind.APPOINTMENT not in before:
        return False
    led = _NAMED.search(before) is not None or _DONE.search(before) is not None
    if led and not _FORBIDDEN.search(before):
        return True
    return _NAMED_BEHIND.match(after) is not None or _PLAIN.match(before) is not None


def _kind_of_length(said: Sentence, index: int, length: Duration) -> Kind | None:
    if said.key(length.end) in _ROUND and not said.at(index).is_a("fraction"):
        return None
    if length.unit not in ("minute", "hour"):
        return Kind.DAYS
    if said.at(index - 2).kind == "digits" and (said.at(index - 1).kind == "dash" or said.key(index - 1) == "עד"):
        return Kind.OTHER  # 30-45 minutes
    if length.quarters:
        return Kind.PARTS
    return Kind.TO_LENGTH if length.prefix == "ל" else Kind.LENGTH


def _kind_of(said: Sentence, index: int) -> Kind:
    token = said.at(index)
    if token.kind in ("digits", "clock", "always") or token.is_a("weekday") or token.is_a("part"):
        return Kind.HOURS
    if token.kind in ("colon", "dash"):
        return Kind.COLON if token.kind == "colon" else Kind.DASH
    if token.key in _ROUND:
        return Kind.ROUND
    known = _KIND_OF.get(token.key)
    if known is None and (token.is_a("unit") or token.is_a("number") or len(token.key.rstrip("'")) == 1):
        return Kind.HOURS
    return known or Kind.UNKNOWN
