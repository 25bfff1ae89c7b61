"""Days and hours that are told, not asked for: הייתי אצלכם ביום שני, היה לי תור, נולדתי ב-12.3."""

from booking.hebrew.items import Item
from booking.hebrew.phrases import words_in
from booking.hebrew.tokens import Utterance
from booking.hebrew.verbs import BOOK, RESCHEDULE

_HAD = words_in("היה הייתה היתה היו")
_TOLD = words_in(
    """הייתי היינו ביקרתי ביקרנו באתי באנו הגעתי הגענו הסתפרתי הסתפרנו טופלתי טופלנו דיברתי דיברנו התקשרתי התקשרנו
    צלצלתי שילמתי שילמנו ראיתי פספסתי פיספסתי שכחתי ניסיתי חזרתי עשיתי עשינו לקחתי כתבתי שלחתי ביטלתי ביטלנו הפסדתי
    היה הייתה היתה היו הלכתי נפגשנו נפגשתי טיפלתם טיפלתי עברתי סיפרתם שהייתי שהיינו שהיה שהייתה שהיתה שביקרתי
    והייתי חיכיתי קניתי שביטלתי ענו ענית עניתם אמרתם אמרו התקשרו התקשרתם הודיעו ביטלתם"""
)
_WOULD = words_in(
    """
    רוצה רוצים שמח שמחה מעדיף מעדיפה מעוניין מעוניינת צריך צריכה אמור אמורה מבקש מבקשת יכול יכולה חייב חייבת
    """
)
_BORN = words_in("נולדתי נולד נולדה שנולדתי לידה הלידה יליד ילידת")
_OCCASIONS = words_in(
    """חתונה החתונה בחינה הבחינה מבחן המבחן טיסה הטיסה הרכבת רכבת אירוע האירוע מצווה המצווה הברית הולדת ההולדת ניתוח
    הניתוח מסיבה המסיבה ראיון הראיון כנס הכנס חופשה החופשה הופעה ההופעה"""
)
_ON_THE_WAY = words_in(
    """יוצא יוצאת מסיים מסיימת חוזר חוזרת טס טסה נוחת נוחתת נוסע נוסעת מתחתן מתחתנת מתחתנים שמסיים שמסיימת שחוזר
    שחוזרת קם קמה אוסף אוספת מתפלל מתפללת"""
)
_ENGAGED = words_in("פגישה עבודה שיעור אימון חוג ישיבה הרצאה")
_APPOINTMENT = words_in("תור התור פגישה הפגישה אליכם אלייך אליך אצלכם להגיע לבוא אגיע אבוא")
_NOW = words_in("רוצה צריך צריכה אפשר אשמח מבקש מבקשת ורוצה ואשמח ואפשר וצריך וצריכה שוב")
_RINGING_AGAIN = words_in(
    """אתקשר אצלצל אחזור אודיע אעדכן אבדוק אחשוב אתייעץ נתקשר נחזור נודיע ואתקשר ואצלצל
    ואחזור ואודיע ואעדכן ונתקשר ונחזור ונודיע שאתקשר שאחזור שאודיע"""
)
_SAYING_AGAIN = words_in("על ואומר ואגיד")  # אחזור על המספר
_OPENING = words_in("אז טוב בעצם אולי עזבי עזוב")
_REACH, _BIRTH_REACH = 4, 6


def is_told(said: Utterance, item: Item) -> bool:
    """Whether the value is part of a story about what was."""
    tells = (_is_birth, _had_an_appointment, _follows_story, _opens_story)
    return any(told(said, item) for told in tells)


def keep_asked(items: list[Item], said: Utterance) -> list[Item]:
    """Without the days and hours of weddings, flights and working days, whatever the caller wants."""
    kept: list[Item] = []
    rung_at = -1  # the token behind what was said of a call to come
    floor = 0  # what stands before an earlier value speaks of that one
    for item in items:
        rings = _is_call_to_come(said, item, floor) or item.start == rung_at
        floor = item.end
        if rings:
            rung_at = item.end
        elif not (_is_occasion(said, item) or _is_clock_read_out(said, item)):
            kept.append(item)
    return kept


def _is_call_to_come(said: Utterance, item: Item, floor: int) -> bool:
    """אני אתקשר מחר, אחזור אליכם ביום ראשון, מחר אני אצלצל: when the caller rings again, and no wish."""
    if item.marker == "to":
        return False  # נחזור ליום ראשון: the day that was offered before
    for at in range(item.start - 1, max(floor - 1, item.start - 1 - _REACH), -1):
        key = said.key(at)
        if key in _RINGING_AGAIN:
            return said.key(at + 1) not in _SAYING_AGAIN
        if key == "" or key in BOOK or key in RESCHEDULE or key in _NOW - {"שוב"}:
            break
    behind = item.end + (said.key(item.end) in ("אני", "אנחנו"))
    opens = said.at(item.start - 1).kind == "break" or said.key(item.start - 1) in _OPENING
    return opens and said.key(behind) in _RINGING_AGAIN and said.key(behind + 1) not in _SAYING_AGAIN


def _is_occasion(said: Utterance, item: Item) -> bool:
    """יש לי חתונה ביום חמישי, אני יוצאת מהעבודה בחמש: when something else is."""
    if item.marker == "to" or item.kind in ("part", "moment"):
        return False
    behind = item.end + (said.key(item.end) == "אני")
    have = said.key(item.end) == "יש" and said.key(item.end + 1) == "לי"
    if said.key(behind) in _ON_THE_WAY or (have and said.key(item.end + 2) in _ENGAGED):
        return behind > item.end or have
    for at in range(item.start - 1, max(-1, item.start - 1 - _REACH), -1):
        key = said.key(at)
        if key in _ON_THE_WAY or said.at(at).key in _OCCASIONS:
            return True
        if key == "" or key in BOOK or key in RESCHEDULE or key in _NOW or key in _APPOINTMENT:
            return False
    return False


def _is_clock_read_out(said: Utterance, item: Item) -> bool:
    """כבר שבע בערב, עכשיו השעה עשר וחמישה."""
    if item.kind != "time":
        return False
    before = {said.key(at) for at in range(item.start - 3, item.start + 1)}
    return (item.marker == "" and said.key(item.start - 1) == "כבר") or {"עכשיו", "השעה"} <= before


def wishes_for_the_past(said: Utterance) -> bool:
    """לאתמול, ליום שני שעבר: over, and yet asked for."""
    return any(token.mask == "past" and token.prefix in ("ל", "של", "ול") for token in said.tokens)


def names_past_day(said: Utterance) -> bool:
    """A day that is over, and no story about it: תור אתמול בחמש; not: כואב לי מאתמול."""
    over = any(token.mask == "past" and not token.prefix.startswith("מ") for token in said.tokens)
    return over and not any(token.key in _TOLD for token in said.tokens)


def _is_birth(said: Utterance, item: Item) -> bool:
    return any(said.key(at) in _BORN for at in range(max(0, item.start - _BIRTH_REACH), item.start))


def _had_an_appointment(said: Utterance, item: Item) -> bool:
    """היה לי תור ביום ראשון."""
    before = range(max(0, item.start - _REACH), item.start)
    if any(said.at(at).kind == "break" for at in before):
        return False
    return any(said.key(at) in _HAD and said.key(at + 1) in ("לי", "לנו") for at in before)


def _follows_story(said: Utterance, item: Item) -> bool:
    """A verb of the past within a few words before, and neither a wish nor a comma between."""
    if item.marker in ("to", "after", "before") or _lies_ahead(item):
        return False
    for at in range(item.start - 1, max(-1, item.start - 1 - _REACH), -1):
        key = said.key(at)
        if key == "" or key in BOOK or key in RESCHEDULE or key in _NOW:
            return False
        if key in _TOLD:
            return said.key(at + 1) not in _WOULD
    return False


def _opens_story(said: Utterance, item: Item) -> bool:
    """ביום שני הייתי אצלכם, ב-3 במרץ באתי."""
    if item.marker == "to" or _lies_ahead(item) or item.kind == "time":
        return False
    at = item.end + (said.key(item.end) in ("אני", "אנחנו", "כבר", "לא"))
    return said.key(at) in _TOLD - _HAD and said.key(at + 1) not in _WOULD


def _lies_ahead(item: Item) -> bool:
    return item.kind == "moment" or (item.parts.relative_days or 0) > 0 or item.parts.week == "next"
