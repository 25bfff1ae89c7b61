"""The sentence as verbs: booking, moving, cancelling; with person, negation within reach, and mishearing repaired."""

from booking.hebrew.normalize import fold
from booking.hebrew.phrases import phrases, words_in
from booking.hebrew.tokens import Utterance

BOOK = words_in(
    """
    שימי שימו תשים תשימי תשימו לקבוע תקבע תקבעי תקבעו קבע קבעי נקבע שנקבע לקבועה לקבואה לקבו תקבאי לתאם תתאם
    תתאמי תתאמו נתאם להזמין
    תזמין תזמיני להירשם
    תרשום תרשמי תרשמו שתרשום שתרשמי תכניס תכניסי תכניסו להכניס להיכנס לשריין תשריין תשרייני תשריינו תפנו תפנה
    תפני תשבץ תשבצי
    תשבצו לשבץ לקבל אקבע אזמין שתקבע שתקבעי שתקבעו ולקבוע ותקבע ותקבעי ותקבעו לקבועע תזמינו book schedule לרשום
    תשמור תשמרי לשמור לתפוס תתפוס תתפסי להזמן תשמרו תתפסו ולהזמין קביעת לקביעת לקבע תקבעו"""
)
RESCHEDULE = words_in(
    """להזיז תזיז תזיזי תזיזו נזיז להעביר תעביר תעבירי תעבירו נעביר לדחות תדחה תדחי תדחו נדחה להקדים תקדים תקדימי
    תקדימו נקדים
    לעבור להזזה הזזה דחייה העברה הקדמה reschedule move ולהזיז ולהעביר ולדחות ותעביר ותזיז ותדחה שתעביר שתזיז
    שתדחה להזיס להאביר לדחוט דחה דחי הזז הזיזי העבר העבירי הקדימי"""
)
_CHANGE = words_in("לשנות תשנה תשני תשנו להחליף תחליף תחליפי תחליפו לאחר לעדכן שינוי change לשנוט")
_CHANGED = words_in("תור התור תורי פגישה הפגישה מועד המועד שעה השעה יום היום זמן הזמן תאריך התאריך לתור לפגישה שעת")
CANCEL = words_in(
    """לבטל תבטל תבטלי תבטלו בטלו בטל בטלי נבטל מבטל מבטלת מבטלים ביטול לביטול הביטול אבטל למחוק תמחק תמחקי תמחקו
    לבתל תבתל תבתלי
    cancel שתבטל שתבטלי ולבטל ותבטל ותבטלי לבטול להוריד תוריד תורידי תורידו"""
)
_CANCEL_TARGETS = words_in("להוריד תוריד תורידי תורידו למחוק תמחק תמחקי תמחקו")
_NOT_COMING = phrases(
    "לא אגיע", "לא אוכל להגיע", "לא מגיע", "לא מגיעה", "לא יכול להגיע", "לא יכולה להגיע", "לא נגיע",
    "לא נוכל להגיע", "לא אבוא",
    "מוותר על התור", "מוותרת על התור", "לא יכול לבוא", "לא יכולה לבוא", "לא אוכל לבוא", "כבר לא צריך את התור",
    "כבר לא צריכה את התור", "לא צריך את התור", "לא צריכה את התור", "לא מצליח להגיע", "לא מצליחה להגיע",
    "לא אספיק להגיע",
)  # fmt: skip  # a list
_NO_TO_ACTION = frozenset(("לא", "אל", "שלא", "בלי", "ולא", "ואל", "שאל"))
_GAP = words_in("רוצה רציתי צריך צריכה התכוונתי מבקש מבקשת מתכוון מתכוונת באתי ביקשתי אמרתי לך לי")
_SHORTEST_VERB = 4
_SOUNDS = str.maketrans({"ט": "ת", "ק": "כ", "ח": "כ", "ע": "א", "ה": "א", "ס": "ש", "ז": "ש", "ו": "ב"})


def _shape(word: str) -> str:
    """The verb as it sounds, with or without its yod: תיקבא is תקבע."""
    return word.translate(_SOUNDS).replace("י", "")


_VERBS = {
    _shape(word): word
    for verbs in (BOOK, RESCHEDULE, CANCEL)
    for word in sorted(verbs)
    if len(word) >= _SHORTEST_VERB and word[0] in "לת"
}
_TOO_COMMON = words_in(
    "לקבל לרשום לעבור תפנה תפני לשמור לתפוס תעביר לכבות לחבור להסיר להגיש לדבר לבשל תקבל תקבלי שטח תרשים לאוויר"
)


ALL_VERBS = BOOK | RESCHEDULE | CANCEL


def heard_verb(key: str) -> str:
    """A misheard verb of the trade, restored; any other word as it is."""
    if key[:2] in ("ול", "ות") and key not in ALL_VERBS:
        key = key[1:]
    if len(key) < _SHORTEST_VERB or key[0] not in "לתט" or key in _TOO_COMMON:
        return key  # only infinitives and requests; a "yod" makes קבעתי the past
    return _VERBS.get(_shape(key), key)


class Sentence:
    """The words once, in the shapes the rules ask for."""

    __slots__ = ("joined", "keys", "words")

    def __init__(self, said: Utterance) -> None:
        heard = [token for token in said.tokens if token.kind in ("word", "latin", "break") and token.mask != "name"]
        self.keys = [
            heard_verb(token.key) if token.kind != "break" else "," for token in heard
        ]  # a "no" ends at a comma
        open_words = [key for key in self.keys if key != ","]
        self.words = frozenset(open_words)
        self.joined = f" {' '.join(open_words)} ".replace(" ולא ", " לא ")

    def has(self, phrases: tuple[str, ...]) -> bool:
        return any(phrase in self.joined for phrase in phrases)


def _negated(keys: list[str], at: int) -> bool:
    """A "no" right before the verb, or one word of wanting away from it."""
    before = keys[max(0, at - 3) : at]
    while before and before[-1] in _GAP:
        before.pop()
    if not before or before[-1] not in _NO_TO_ACTION:
        return False
    return not (len(before) > 1 and before[-2] == "למה")


def does(words: Sentence, verbs: frozenset[str]) -> bool:
    return (
        any(key in verbs and not _negated(words.keys, at) for at, key in enumerate(words.keys))
        if words.words & verbs
        else False
    )


def cancels(words: Sentence) -> bool:
    if words.has(_NOT_COMING):
        return True
    for at, key in enumerate(words.keys):
        if key not in CANCEL or _negated(words.keys, at) or fold("אם") in words.keys[max(0, at - 3) : at]:
            continue
        if key not in _CANCEL_TARGETS or words.words & words_in("תור התור פגישה הפגישה אותי מהרשימה שלי"):
            return True
    return False


def changes(words: Sentence) -> bool:
    """לשנות, להחליף, לאחר: a move only with the appointment or its time as the object."""
    for at, key in enumerate(words.keys):
        if key in _CHANGE and not _negated(words.keys, at):
            near = words.keys[at + 1 : at + 4]
            if any(word in _CHANGED for word in near) and (key != fold("לאחר") or near[0] == fold("את")):
                return True
    return False
