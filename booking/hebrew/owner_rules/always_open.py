"""Open around the clock: stated, or denied. A clause that holds a single unknown word says nothing of the kind."""

from booking.hebrew.owner_rules.days import days_at
from booking.hebrew.owner_rules.durations import duration_at
from booking.hebrew.owner_rules.pieces import pieces_of
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.statements import is_unreal
from booking.hebrew.owner_rules.values import Rule
from booking.hebrew.owner_rules.words import (
    APPOINTMENTS,
    BUSINESS,
    EXCEPT,
    NOT,
    OPEN_MANY,
    OPEN_ONE,
    OPENING_NOUNS,
    OTHERS,
    OURS,
    PLAIN,
    SEASON,
    SERVICES,
    WE,
    prefixed,
)
from booking.hebrew.phrases import words_in

_DAY_AND_NIGHT = tuple(
    tuple(words.split())
    for words in ("מסביב לשעונ", "סביב השעונ", "סביב לשעונ", "עשרימ וארבע שבע", "יוממ ולילה", "כל שעות היממה",
                  "בכל שעות היממה", "בכל שעה ביממה", "24 על 7", "24 שבע", "יוממ וליל")
)  # fmt: skip  # a list of phrases
_OF_THE_DAY = words_in("ביממה ביום יממה")
_BEHIND = prefixed(
    words_in(
        "כולל יומם וגם אפילו קובעים תור תורים רציף ברציפות כל עגולה עגולות בשעה שעה רק בלי ללא הפסקה הפסקות "
        "הארץ לכל בכל חצי רבע הזמן חוץ למעט מלבד ישראל 7 365"
    ),
    "ו",
)
# Behind "24/7" a day, a feast or a season narrows it ("on Saturdays"), unless it is said to be included.
_PERIODS = frozenset(
    prefix + word
    for prefix in ("", "ב", "ה", "ל", "ו", "וב", "וה", "ול")
    for word in words_in(
        "יום ימים ימי ימות שבוע שנה שבת שבתות חג חגים חגי מועד מועדי סוף סופי לילה לילות ערב ערבים בוקר בקרים "
        "צהריים חול אמצע קיץ חורף חודש חודשים עונה"
    )
)
_INCLUDING = prefixed(words_in("כולל גם אפילו לרבות"), "ו")
_WHOLE = {
    **dict.fromkeys(words_in("שבוע השבוע בשבוע שנה השנה בשנה"), words_in("כל בכל ימי ימות ימים")),
    **dict.fromkeys(words_in("ימי ימות ימים"), words_in("כל בכל 7 365 שבעה שבע שבעת")),
    "יומ": words_in("כל בכל"),
}  # what leads to a period makes it all of them
_WEEK, _YEAR = 7 * 24 * 60, 365 * 24 * 60  # minutes
# One service among others may be there at night while the business is not, unless "service" is all that is said.
_SERVICE_HEADS = prefixed(
    words_in("שירות שירותי שירותים מענה תמיכה סיוע עזרה מוקד טיפול טיפולי טיפולים תיקון תיקוני תיקונים ייעוץ"), "ה"
)
_SERVICE = prefixed(words_in("שירות שירותים"), "ה")
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
        "ועד מ ב הוא היא נמצאים נמצאות"
    )
)
_OURSELVES = OPEN_MANY | APPOINTMENTS | WE | BUSINESS
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
    if _is_one_service(before) or not _is_said_of_us(said, start, before):
        return None
    if not all(key in _LEADING for key in before) or any(key in _MEASURED for key in before[-1:]):
        return None
    if any(key in _BOOKING for key in before):
        return None
    if needs_opening and not any(key in _OPENING for key in before or [token.key for token in said.tokens[:start]]):
        return None
    if not _ends_well(said, end, stop) or _narrows(said, stop + 1):
        return None
    behind = {piece.kind for piece in pieces_of(said) if piece.start >= end}
    return False if "except" in behind else None if behind & _RESTRICTIONS else True


def _is_one_service(keys: list[str]) -> bool:
    """Emergency service, a support line, "available for repairs": not the business as a whole."""
    for at, key in enumerate(keys):
        inner = key[1:] if key[:1] in ("ב", "ל") else ""
        if key == "חירומ" or inner in SERVICES or inner in _SERVICE_HEADS:
            if at == 0 or keys[at - 1] not in BUSINESS:  # an emergency locksmith is one as a whole
                return True
        elif key in _SERVICE_HEADS:
            ours = key in _SERVICE or any(one in BUSINESS or one in OPEN_MANY for one in keys)
            if not ours or not all(one in OURS or one in OPEN_MANY or one in OPEN_ONE for one in keys[at + 1 :]):
                return True
    return False


def _is_said_of_us(said: Sentence, start: int, keys: list[str]) -> bool:
    """Whether a clause that does not say who is open follows one that speaks of us: not "cash machine, 24/7"."""
    if start == 0 or any(key in _OURSELVES for key in keys):
        return True
    first, last = said.clauses[start - 2] if start > 1 else (0, 0)
    earlier = [token.key for token in said.tokens[first:last] if token.kind in ("word", "latin")]
    if _is_one_service(earlier):
        return False
    return any(key in _OURSELVES for key in earlier) or all(
        key in _SAID_OF_US or key in _LEADING or key in _BEHIND or key in _PERIODS for key in earlier
    )


def _narrows(said: Sentence, index: int) -> bool:
    """Whether a later clause begins with days or a time of the year: "24/7, on Saturdays"."""
    while index < len(said):
        index += said.at(index).kind in ("dash", "comma")
        days = days_at(said, index)
        if days is not None and not days.weak and days.meaning != "every" and said.key(index)[:1] != "ו":
            return True
        if said.key(index) in SEASON or said.at(index).is_a("month"):
            return True
        index = max(said.clauses[index][1], index) + 1 if index < len(said) else index
    return False


def _ends_well(said: Sentence, index: int, stop: int) -> bool:
    """Whether only words of time, of appointments and of ourselves follow in the clause; days only as included."""
    included = False
    if _is_one_service([said.key(at) for at in range(index, stop)]):
        return False
    while index < stop:
        token = said.at(index)
        included = included or token.key in _INCLUDING
        length, days = duration_at(said, index), days_at(said, index)
        if days is not None and not days.weak:
            included = included or token.key[:1] == "ו" or days.meaning == "every"
            if not included and said.key(index - 1) not in EXCEPT:
                return False
            index = days.end
            continue
        if token.key not in _PERIODS and length is not None:
            if length.minutes >= 24 * 60 and length.minutes not in (_WEEK, _YEAR):
                return False
            index = length.end
            continue
        if token.key in _PERIODS:
            whole = said.key(index - 1) in _WHOLE.get(token.key, ()) or said.key(index + 1) == "ולילה"
            included = included or token.key[:1] == "ו"
            known = included or whole
        else:
            known = token.key in _SAID_OF_US or token.key in _BEHIND or token.kind in ("dash", "colon")
        if not known or token.key in _LENGTH_OF:
            return False
        index += 1
    return True
