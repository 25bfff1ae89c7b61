"""What the caller wants: an answer first if one was asked for, then moves and cancellations, bookings, questions."""

from booking.hebrew.answers import QUESTION, Intent, asks, find_answer
from booking.hebrew.phrases import phrases, words_in
from booking.hebrew.tokens import Utterance
from booking.hebrew.verbs import BOOK, RESCHEDULE, Sentence, cancels, changes, does

_NOUNS = words_in("תור תורים פגישה טור תורה מקום מועד משהו חלון שעה תורות לתור פגישות לפגישה appointment")
_ASKING = words_in(
    """רוצה רוצים צריך צריכה צריכים אשמח מבקש מבקשת מבקשים אפשר אפשרי מעוניין מעוניינת מעוניינים רציתי רצינו יש
    חייב חייבת מחפש
    מחפשת תן תני תמצא תמצאי תסדר תסדרי בא באה נשמח הייתי can want need להשיג תארגן תארגני יהיה ישנו פנוי תביא תביאי"""
)
_COMING = words_in("להגיע לבוא אבוא אגיע לקפוץ לקפץ נגיע נבוא לסור")
_ABOUT_US = phrases(
    "יש לכם", "יש אצלכם", "אתם עובדים", "אתם פתוחים", "אתם סגורים", "פתוחים", "אתם עושים", "אתם מקבלים",
    "אתם נמצאים", "אתם",
    "יש חניה", "יש חנייה", "אפשר לשלם", "אפשר לשאול", "רציתי לשאול", "רוצה לשאול", "רציתי לברר", "רוצה לברר",
    "אפשר לדעת",
    "רוצה לדעת", "רציתי לדעת", "יש לי שאלה", "שאלה קטנה", "אפשר לדבר עם", "מה השעות", "do you", "האם", "אפשר לברר",
    "לשאול משהו",
)  # fmt: skip  # a list
_PRICE = phrases(
    "כמה עולה",
    "כמה זה עולה",
    "כמה יעלה",
    "מה המחיר",
    "מה העלות",
    "כמה עולים",
    "כמה זמן",
    "כמה לוקח",
    "מחיר של",
    "כמה כסף",
    "מה מדיניות",
    "דמי ביטול",
    "עד מתי אפשר",
    "איך אפשר לבטל",
    "איך מבטלים",
    "למה",
    "כמה תורים",
    "כמה יעלו",
    "באיזה שעות",
    "באילו שעות",
    "מה שעות",
    "עד איזו שעה",
    "עד איזה שעה",
    "מאיזו שעה",
    "שעות הפתיחה",
    "שעות הפעילות",
)
_OWN = phrases(
    "התור שלי",
    "מתי התור",
    "יש לי תור",
    "יש לי פגישה",
    "יש לי אצלכם",
    "יש לנו תור",
    "הפגישה שלי",
    "מה השעה של התור",
    "באיזה שעה התור",
    "באיזו שעה התור",
    "מתי קבעתי",
    "קבוע לי",
    "קבוע לי תור",
)
_RULES = phrases("בלי תור", "תור מראש", "צריך לקבוע", "חייבים לקבוע", "חייב לקבוע", "חובה לקבוע", "צריך להזמין")
_TO_KNOW = phrases("רציתי לדעת", "רוצה לדעת", "לברר", "לשאול", "תבדקי לי", "תבדוק לי", "אפשר לדעת")
_SEEKING = phrases(
    "יש תור",
    "יש לכם תור",
    "יש לכם משהו",
    "יש משהו",
    "יש מקום",
    "יש לכם מקום",
    "יש לך מקום",
    "יש לך תור",
    "יש לך משהו",
    "מתי אפשר",
    "מתי יש",
    "פנוי",
    "פנויה",
    "פנויים",
    "הכי קרוב",
    "התור הקרוב",
    "תור קרוב",
    "יש זמן",
    "מתי פנוי",
    "יש חלון",
    "יש לכם זמן",
    "תור פנוי",
    "התפנה",
)
_CALLER_FREE = phrases("אני פנוי", "אני פנויה", "אנחנו פנויים", "פנויה רק", "פנוי רק", "אני לא פנוי", "אני לא פנויה")
_EXISTING = phrases(
    "קבעתי",
    "קבענו",
    "הזמנתי",
    "היה לי",
    "הייתה לי",
    "קבעו לי",
    "קבעתם לי",
    "שקבעתם",
    "שקבעתי",
    "נקבע לי",
    "רשום לי תור",
    "לוודא",
    "לאשר הגעה",
    "מאשר הגעה",
    "מאשרת הגעה",
    "עדיין בתוקף",
)


def find_intent(
    said: Utterance, *, asked: str | None, has_time: bool, questioned: bool, asks_last: bool = True
) -> Intent:
    """`has_time`: some day or hour was given; `questioned`: a question was asked; `asks_last`: nothing answers it."""
    words = Sentence(said)
    if asked == "confirm":
        answer = find_answer(words, has_time=has_time, questioned=questioned)
        if answer is not None:
            return answer
    action = _action(words, has_time=has_time)
    if action is not None:
        return action
    if questioned and words.has(_RULES):
        return "question"
    if words.has(_PRICE) or words.has(_OWN):
        return (
            "question" if words.has(_PRICE) or questioned or words.has(_TO_KNOW) or words.words & QUESTION else "none"
        )
    if _wants_booking(words, has_time=has_time, questioned=questioned):
        return "book"
    if asks(words) and not _is_small_talk(words):
        return "question"
    if (questioned or not has_time) and words.has(_ABOUT_US):
        return "question"
    return "question" if questioned and asks_last and not _is_small_talk(words) else "none"


_SMALL_TALK = phrases(
    "מה נשמע",
    "מה שלומך",
    "מה שלומכם",
    "מה קורה",
    "מה העניינים",
    "מה המצב",
    "איך אתה",
    "איך את",
    "הכל טוב",
    "הכול טוב",
    "מה איתך",
    "שומעים אותי",
    "שומע אותי",
    "שומעת אותי",
    "אתם שומעים",
    "הלו",
    "מה איתכם",
    "את שם",
    "אתה שם",
    "איך הולך",
    "מה אמרת",
    "מה פתאום",
    "למה לא",
    "לא יודע מה",
    "לא יודעת מה",
    "לא משנה",
    "עוד כמה",
    "יש כמה",
    "לפני כמה",
    "כל כמה",
    "מה שאמרתי",
    "יש לי כמה",
    "כמה שיותר",
    "כמה שפחות",
)


def _is_small_talk(words: Sentence) -> bool:
    return words.has(_SMALL_TALK) and not words.has(phrases("אם"))


_INSTEAD = phrases("במקום")


def _action(words: Sentence, *, has_time: bool) -> Intent | None:
    """Cancelling and moving; both in one breath with a new booking is a move."""
    priced = words.has(_PRICE)
    is_cancelling = cancels(words) and not priced
    moves = (does(words, RESCHEDULE) or changes(words)) and not priced
    if moves and not _moves_something_else(words):
        return "reschedule"
    if is_cancelling:
        rebooks = does(words, BOOK) or words.has(_INSTEAD) or words.has(_SEEKING)
        return "reschedule" if rebooks else "cancel"
    about_one = words.words & words_in("תור התור שהתור לתור הפגישה")
    if words.has(_INSTEAD) and has_time and about_one and words.words & words_in("של שקבעתי קבעתי"):
        return "reschedule"
    return None


def _moves_something_else(words: Sentence) -> bool:
    """העבירו אותי לנציג, להעביר הודעה, להעביר תשלום."""
    return bool(
        words.words & words_in("נציג לנציג הודעה ההודעה השיחה שיחה תשלום כסף למנהל למזכירה ביט לרמקול")
    ) and not words.words & words_in("תור התור")


_WISHING_A_TIME = words_in(
    """אפשר אפשרי תן תני אשמח רוצה רוצים מבקש מבקשת מעוניין מעוניינת מעוניינים צריך צריכה צריכים יש תסדר תסדרי תביא תמצא
    תמצאי"""
)


def _wants_booking(words: Sentence, *, has_time: bool, questioned: bool) -> bool:
    if words.has(_EXISTING) and (words.has(phrases("לוודא")) or not words.has(phrases("אפשר", "רוצה"))):
        return False
    if does(words, BOOK - words_in("שעה")):
        concrete = words.words & BOOK - words_in(
            "לתפוס תתפוס תתפסי לקבל לשמור לרשום תרשום תרשמי להיכנס תשמור תשמרי שימי שימו תשים תשימי תשימו"
        )
        return bool(concrete) or bool(words.words & _NOUNS) or has_time
    if (
        words.has(_SEEKING)
        and not words.has(_CALLER_FREE)
        and (has_time or words.words & words_in("תור תורים מקום משהו חלון פגישה מתי תור התור") or questioned)
    ):
        return not words.words & words_in("חניה חנייה") and not _negated_all(words)
    nouns = words.words & words_in("תור פגישה טור תורים appointment")
    if nouns and (words.words & _ASKING or has_time):
        return not words.has(_OWN) and not _negated_all(words)
    if (
        words.words & _COMING
        and words.words & (_ASKING | words_in("יכול יכולה נוכל אוכל"))
        and not (_negated_all(words) or " לא " in words.joined)
    ):
        return has_time or not words.words & QUESTION
    if not has_time or words.has(_ABOUT_US) or _negated_all(words):
        return False
    return bool(words.words & _WISHING_A_TIME) and (not asks(words) or _is_small_talk(words))


def _negated_all(words: Sentence) -> bool:
    return words.has(
        phrases("לא רוצה", "לא צריך", "לא צריכה", "לא מעוניין", "לא מעוניינת", "אין לי", "לא מבקש", "לא בא לי")
    ) or (" אי אפשר " in words.joined and words.joined.count(" אפשר ") == 1)
