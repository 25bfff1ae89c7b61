"""Open around the clock: stated, or denied. A clause that holds a single unknown word says nothing of the kind."""

from booking.hebrew.owner_rules.durations import duration_at
from booking.hebrew.owner_rules.pieces import pieces_of
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.statements import is_unreal
from booking.hebrew.owner_rules.values import Rule
from booking.hebrew.owner_rules.words import (
    APPOINTMENTS,
    BUSINESS,
    NOT,
    OPEN_MANY,
    OPEN_ONE,
    OPENING_NOUNS,
    OTHERS,
    OURS,
    PLAIN,
    SERVICES,
    WE,
    prefixed,
)
from booking.hebrew.phrases import words_in

_DAY_AND_NIGHT = tuple(
    tuple(words.split())
    for words in ("מסביב לשעונ", "סביב השעונ", "סביב לשעונ", "עשרימ וארבע שבע", "יוממ ולילה", "כל שעות היממה",
                  "בכל שעות היממה", "בכל שעה ביממה", "24 על 7", "24 שבע")
)  # fmt: skip  # a list of phrases
_OF_THE_DAY = words_in("ביממה ביום יממה")
_BEHIND = prefixed(
    words_in("כולל שבתות שבת חגים חג חגי ישראל בשבתות בחגים בשבת בחג סופי סופ שבוע ימים השבוע בשבוע שנה בשנה "
        "השנה 7 365 ימות"
             " ולילה יום יומם וגם קובעים תור תורים רציף ברציפות כל עגולה עגולות בשעה שעה רק בלי ללא הפסקה "
                 "הפסקות חצי רבע הזמן חוץ משבת למעט מחגים מלבד"),
    "ו",
)  # fmt: skip  # a list
_SAID_OF_US = OPEN_MANY | OPEN_ONE | APPOINTMENTS | WE | OURS | BUSINESS | SERVICES | PLAIN | OPENING_NOUNS
_OPENING = OPEN_MANY | OPEN_ONE | BUSINESS | SERVICES
_BOOKING = words_in(
    "לקבוע קובעים קובעת קובע קובעות קביעת הזמנות להזמין לתאם לקוחות לקוח נקבעים"
)  # one may book at night for the day
# With these beside it, 24 hours are a length of time.
_MEASURED = words_in("מראש לפני אחרי אחר עד ועד מ תוך בתוך כל של למשך במשך בכל")
_LENGTH_OF = words_in("מראש לפני אחרי אחר תוך")
_LEADING = (
    OPEN_MANY
    | OPEN_ONE
    | APPOINTMENTS
    | WE
    | OURS
    | BUSINESS
    | SERVICES
    | OPENING_NOUNS
    | words_in(
        "לקהל נותנים נותנת מעניקים מציעים כן תמיד פה כאן גם של לכם בכל זמן שעות לכולם השעות ברציפות כל יש עם "
        "ועד מ ב הוא היא"
    )
)
# What takes something back behind "24/7": but not on Saturdays, only for members.
_RESTRICTIONS = {"closed", "not", "pause", "only"}
_DENIALS = words_in("ממש של בכלל אף פעם עסק בשום אופן בהחלט אצלנו חשוב")


_LONGEST = 300  # tokens; no sentence of an owner is that long, and each statement looks at all of it


def read_always_open(said: Sentence) -> list[Rule]:
    """What its last statement says: True, or False where it denies it; nothing where it speaks of something else."""
    if said.is_question:
        return []
    for at in reversed(range(len(said))):
        spelled = _spelled_at(said, at)
        if spelled is None:
            continue
        stated = _stated(said, at, spelled[0], needs_opening=spelled[1])
        start, stop = said.clauses[at]
        if stated is not None:
            return [Rule("allow_24_7", stated, said.clause_quote(start, stop))]
        if len(said) > _LONGEST:
            break
    return []


def _spelled_at(said: Sentence, index: int) -> tuple[int, bool] | None:
    """The token after "24/7", and whether an opening word must lead to it: "24 hours" alone may be a notice."""
    token = said.at(index)
    if token.kind == "always":
        return (index + 1, False) if token.prefix in ("", "ו") else None  # ב-24/7 is the 24th of July
    if token.kind == "digits" and token.key == "24" or token.base == "עשרימ" and said.key(index + 1) == "וארבע":
        length = duration_at(said, index)
        if length is not None and length.minutes == 24 * 60 and not length.prefix:
            daily = said.key(length.end) in _OF_THE_DAY or _is_all_week(said, length.end)
            return length.end + daily, not daily
    if token.kind == "date" and token.key == "7/24" and said.key(index - 1) in OPEN_MANY | OPEN_ONE:
        return index + 1, False
    for phrase in _DAY_AND_NIGHT:
        if token.key == phrase[0] and all(said.key(index + at) == word for at, word in enumerate(phrase)):
            return index + len(phrase), False
    return None


def _is_all_week(said: Sentence, index: int) -> bool:
    index += said.at(index).kind == "comma"
    return said.key(index) in ("7", "שבעה", "שבע") and said.key(index + 1) == "ימימ"


def _stated(said: Sentence, at: int, end: int, *, needs_opening: bool) -> bool | None:
    start, stop = said.clauses[at]
    before = [token.key for token in said.tokens[start:at] if token.kind not in ("dash", "colon")]
    if any(is_unreal(said, index) or said.key(index) in OTHERS for index in range(stop)):
        return None
    if any(key in NOT for key in before):
        plain = all(key in _SAID_OF_US or key in NOT or key in _DENIALS for key in before)
        return False if plain and (not needs_opening or _ends_well(said, end, stop)) else None
    if not all(key in _LEADING for key in before) or any(key in _MEASURED for key in before[-1:]):
        return None
    if any(key in _BOOKING for key in before):
        return None
    if needs_opening and not any(key in _OPENING for key in before or [token.key for token in said.tokens[:start]]):
        return None
    if not _ends_well(said, end, stop):
        return None
    behind = {piece.kind for piece in pieces_of(said) if piece.start >= end}
    return False if "except" in behind else None if behind & _RESTRICTIONS else True


def _ends_well(said: Sentence, index: int, stop: int) -> bool:
    """Whether only words of time, of appointments and of ourselves follow in the clause."""
    while index < stop:
        token = said.at(index)
        length = duration_at(said, index)
        known = token.key in _SAID_OF_US or token.key in _BEHIND or token.kind in ("dash", "colon")
        if length is None and (not known or token.key in _LENGTH_OF):
            return False
        index = length.end if length is not None else index + 1
    return True
