"""Names that no cue announces: תרשום לדנה כהן, תכניסי את דוד ביטון, לאשתי רחל כהן, or a full name in passing.

Only listed names count here, and a single one only right behind the verb: תור לאור says nothing about a person.
"""

from collections.abc import Callable

from booking.hebrew.gazetteer import FIRST_NAMES, ORDINARY_WORDS, PARTICLES, SURNAMES
from booking.hebrew.phrases import words_in
from booking.hebrew.tokens import Token, Utterance
from booking.hebrew.verbs import BOOK, CANCEL, RESCHEDULE

_VERBS = (
    BOOK
    | CANCEL
    | RESCHEDULE
    | words_in(
        """
    תוסיף תוסיפי תוסיפו תכתוב תכתבי תכתבו רשום רשומה רשמי רשמו נרשום ותרשום ותרשמי
    """
    )
)
_LEADS = _VERBS | words_in("תור התור פגישה הפגישה טיפול תספורת מקום זה זאת גם")
_BETWEEN = words_in("בבקשה לי לנו אותי אותנו תור פגישה רק את מקום כבר הוא")
_KIN = words_in(
    """אשתי בעלי אחותי אחי אמי אימי אבי לאשתי לבעלי לאחותי לאחי בתי לבתי בני אמא אבא לאמא לאבא סבתא לסבתא סבא לסבא
    הבן הבת לבן לבת חברה חבר לחברה לחבר"""
)
_OWN = words_in("שלי שלנו")
_OTHERS = words_in(
    """אצל עם של מול ליד אל ושל ועם לדבר המטפלת המטפל הספר הספרית ד"ר דר דוקטור רופא הרופא הרופאה מטפלת ספרית מאת בין
    ברחוב רחוב כמו מ"""
)
_ABSENT = words_in("נמצא נמצאת שם עובד עובדת פנוי פנויה אצלכם מקבל מקבלת")
_CUED = words_in("על שם לפי בשם")
_MOST_WORDS = 4


def find_booked_for(said: Utterance, goes_on: Callable[[int], bool]) -> tuple[int, int, int] | None:
    """Start, end, and how many letters before the name are glued to its first word; None where nobody is named.

    `goes_on`: whether the word at an index may be a surname although nobody has heard it.
    """
    for index, token in enumerate(said.tokens):
        if token.kind != "word" or token.mask is not None:
            continue
        if token.key[0] == "ל" and (end := _glued(said, index, goes_on)) is not None:
            return index, end, 1
        if _is_relative(said, index) and (end := _extent(said, index, token.key)) is not None:
            return index, end, 0
        if _is_led(said, index) and (end := _extent(said, index, token.key)) is not None and end - index > 1:
            return index, end, 0
    return None


def _glued(said: Utterance, index: int, goes_on: Callable[[int], bool]) -> int | None:
    """The end of a name behind ל, where a verb of booking or an appointment leads to it."""
    word = said.at(index).key[1:]
    lead = _lead(said, index)
    if lead not in _LEADS:
        return None
    end = _extent(said, index, word)
    if end is None:
        last = said.key(index + 1)
        strange = said.at(index).entry is None and len(word) > 2 and lead in _VERBS and word not in _OWN
        return index + 2 if strange and last in SURNAMES - FIRST_NAMES and _is_free(said.at(index + 1)) else None
    alone = end == index + 1
    if alone and (word in ORDINARY_WORDS or said.at(index).entry is not None or len(word) < 3):
        return None
    return end + 1 if alone and len(said.key(end)) > 3 and goes_on(end) else end


def _lead(said: Utterance, index: int) -> str:
    """The word that leads to the name; empty words and days and hours between are passed over."""
    at = index - 1
    while said.at(at).entry is not None or (said.key(at) in _BETWEEN and said.key(at - 1) in _LEADS | _BETWEEN):
        at -= 1
    return said.key(at)


def _is_led(said: Utterance, index: int) -> bool:
    """Whether a full name here can be the caller's: nobody they ask for, and nobody's street."""
    previous = said.key(index - 1)
    if previous == "את":
        return said.key(index - 2) in _VERBS
    return previous not in _OTHERS and said.at(index - 1).mask is None and said.key(index) not in PARTICLES


def _is_relative(said: Utterance, index: int) -> bool:
    """לאשתי רחל, אמא שלי רחל."""
    comma = said.at(index - 1).kind == "break" and said.at(index + 1).kind == "break"
    at = index - 1 - comma
    own = said.key(at) in _OWN
    plain = comma or said.key(index) not in ORDINARY_WORDS
    return said.key(at - own) in _KIN and (own or said.key(at).endswith("י")) and plain


def _extent(said: Utterance, index: int, word: str) -> int | None:
    """The token after a listed name that begins with `word` at `index`; surnames and particles go with it."""
    if word not in FIRST_NAMES:
        return None
    end = index + 1
    while end - index < _MOST_WORDS and _is_free(said.at(end)) and said.key(end) in SURNAMES | PARTICLES:
        end += 1
    while end - index > 1 and said.key(end - 1) in PARTICLES - SURNAMES:
        end -= 1
    if said.key(end) in _ABSENT or (end - index > 1 and not _is_plainly_named(said, index, word)):
        return None
    return end


def _is_plainly_named(said: Utterance, index: int, word: str) -> bool:
    """Of two words at least one must be nothing but a name: שלום חיים is a greeting as easily."""
    cued = said.key(index - 1) in _CUED
    if not cued and said.key(index + 1) == "שלומ" and said.at(index - 1).kind == "break":
        return False  # דנה שלום, אפשר תור?
    return cued or word not in ORDINARY_WORDS or said.key(index + 1) not in ORDINARY_WORDS


def _is_free(token: Token) -> bool:
    return token.kind == "word" and token.mask is None and token.entry is None
