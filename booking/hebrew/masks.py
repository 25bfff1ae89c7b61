"""What sounds like a date or an hour and is none: prices, ages, addresses, lengths of time, places, greetings."""

from booking.hebrew.lexicon import DAY_LETTERS
from booking.hebrew.normalize import fold
from booking.hebrew.numbers import Number, number_at
from booking.hebrew.phrases import words_in
from booking.hebrew.tokens import Utterance
from booking.hebrew.waits import is_from_a_day

_MONEY = words_in(
    'שקל שקלים ש"ח שח ₪ דולר דולרים יורו אירו אגורות אחוז אחוזים % ק"ג קילו גרם מטר מטרים ס"מ ק"מ קילומטר שקלימ'
)
_COUNTED = words_in(
    """אנשים איש נפשות ילדים ילדות בנות בנים תורים טיפולים פעמים פעם מקומות סניפים חדרים שאלות אפשרויות דברים בקבוקים
    מנות לקוחות חברים חברות תספורות צביעות פגישות שיעורים מפגשים סוגים כוכבים קומות תמונות מטופלים מבוגרים כלבים
    חתולים
    רכבים אוטו מכוניות שורות עמודים מילים ספרות נשים גברים הילדים הבנות הבנים האנשים אחים אחיות תאומים קילוגרם
    גרמים"""
)
_AGE_CUES = words_in("גיל בגיל")
_AGED = words_in("בן בת הבן הבת כבן כבת בני בנות")
_AGED_PERSON = words_in("שלי שלנו ילד ילדה")
_NUMBERED = words_in(
    """קומה בקומה דירה בדירה כניסה בכניסה בניין בבניין בית שלוחה חדר בחדר קו בקו כביש בכביש כיתה בכיתה מיקוד
    פנייה הזמנה
    מידה במידה נעל סעיף עמדה אפשרות מספר ברמה רמה מחלף"""
)
_STREETS = words_in("רחוב ברחוב מרחוב לרחוב הרחוב רח' שדרות בשדרות שד' סמטת בסמטת כיכר בכיכר")
_PLACES = tuple(
    tuple(fold(word) for word in place.split())
    for place in (
        "ראשון לציון", "באר שבע", "ביר שבע", "קריית ארבע", "קרית ארבע", "קריית שמונה", "קרית שמונה", "תל אביב",
        "כפר סבא",
        "מאה שערים", "ים המלח", "ערב הסעודית", "שבעת הכוכבים", "שבע הכוכבים", "גן העשור", "מתחם השבע",
        "עין שלושה", "חצי האי", "רמת השבעה", "קניון השבעה", "ארבע אונות", "שלושת הדקלים", "גני יהודה", "שער השבת",
        "מעלה החמישה", 'כ"ט בנובמבר', "כט בנובמבר", "גבעת השלושה", "אור יהודה",
    )
)  # fmt: skip  # a list of names
_LOOSE_PREFIX = "בלמהוש"
_GREETINGS = tuple(
    tuple(fold(word) for word in greeting.split())
    for greeting in (
        "בוקר טוב", "בוקר אור", "ערב טוב", "צהריים טובים", "אחר צהריים טובים", "אחר הצהריים טובים", "לילה טוב",
        "ליל מנוחה",
        "שבת שלום", "שבוע טוב", "יום טוב", "יום נעים", "יום מקסים", "יום נפלא", "ערב נעים", "ערב נפלא", "לילה נעים",
        "יום מצוין", "סוף שבוע נעים", "סוף שבוע טוב", "סופש נעים", 'סופ"ש נעים', "שבת נעימה", "צהריים נעימים",
        "שבוע נעים",
        "המשך יום", "המשך ערב", "המשך שבוע", "חודש טוב", "שנה טובה", "חג שמח", "יום הולדת", "ימי הולדת", "יום עבודה",
        "יום עמוס",
        "יום מלא", "יום חופש", "יום קשה", "כל יום", "כל היום", "כל ערב", "כל בוקר", "כל שבוע", "כל שעה", "כל חודש",
        "כל השבוע", "כל הבוקר", "כל הערב", "כל הלילה", "פעם ראשונה", "שלומך היום", "שלומכם היום", "נשמע היום",
        "קורה היום", "המצב היום", "שלומך הערב",
        "שלומך הבוקר",
        "שני הצדדים", "שבת המלכה", "בן שבת",
    )
)  # fmt: skip  # a list of phrases
_DURATION_CUES = words_in("של למשך לוקח לוקחת לקח נמשך כבר כל במשך עד תוך בתוך לפחות")
_VERBAL_PLURALS = words_in(
    "אחרות אחרים מתאים מסתדרים פנויים יכולים רוצים צריכים עובדים פתוחים סגורים עושים מגיעים באים מקבלים להיות"
)
_QUEUE = words_in("בתור בתורנות בתורים")
_EDGES_OF_A_DAY = words_in("סוף בסוף לסוף תחילת בתחילת לתחילת אמצע באמצע לאמצע")
_LIVING = words_in("גר גרה גרים גרות סניף הסניף לסניף נמצא נמצאת נמצאים ממוקמים חנות החנות מתגורר מתגוררת")
_COMING_FROM = words_in("אני אנחנו מגיע מגיעה מגיעים באתי בא באה נוסע נוסעת")
_AHEAD = frozenset(("בעוד", "עוד", "ובעוד", "ועוד", "לעוד", "שבעוד", "שעוד"))
_FRACTION_TAILS = frozenset(("וחצי", "ורבע"))


def mask_traps(said: Utterance) -> None:
    """Claims everything that must not be read as a date or a time. Telephone numbers are claimed before."""
    _mask_phrases(said)
    for index in range(len(said)):
        token = said.at(index)
        if token.mask is not None or token.kind == "break":
            continue
        if token.key in _STREETS:
            _mask_street(said, index)
        elif token.key in _AGE_CUES or token.key in _AGED:
            _mask_age(said, index)
        elif token.key in _NUMBERED:
            _mask_numbered(said, index)
        elif token.key in ("זהות", 'ת"ז', "רכב", "הרכב", "רישוי"):
            _mask_run_of_digits(said, index)
        elif token.key in _EDGES_OF_A_DAY and said.key(index + 1) == "היומ" and said.key(index - 1) != "עד":
            said.mask(index, index + 2, "edge")  # בסוף היום: of the day in question; "עד סוף היום" is of today
        elif token.is_a("weekday") or token.is_a("ordinal"):
            _mask_ordinal(said, index)
        if token.mask is None:
            _mask_quantity(said, index)


def _mask_phrases(said: Utterance) -> None:
    keys = [token.key for token in said.tokens]
    for index, key in enumerate(keys[:-1]):
        for phrases, reason in ((_PLACES_BY_WORD, "place"), (_GREETINGS_BY_WORD, "greeting")):
            for phrase in phrases.get(key, ()) or (phrases.get(key[1:], ()) if key[:1] in _LOOSE_PREFIX else ()):
                if tuple(keys[index + 1 : index + len(phrase)]) == phrase[1:]:
                    said.mask(index, index + len(phrase), reason)


def _by_first_word(phrases: tuple[tuple[str, ...], ...]) -> dict[str, list[tuple[str, ...]]]:
    table: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrases:
        table.setdefault(phrase[0], []).append(phrase)
    return table


_PLACES_BY_WORD = _by_first_word(_PLACES)
_GREETINGS_BY_WORD = _by_first_word(_GREETINGS)


def _mask_street(said: Utterance, index: int) -> None:
    """A street's name of up to three words and its number; an hour with its marker ends the address."""
    end = index + 1
    while end < min(index + 4, len(said)):
        token = said.at(end)
        timely = token.entry is not None and token.entry.kind in ("relative", "part", "month")
        if token.kind == "break" or timely or (end > index + 1 and (token.prefix or token.is_a("number"))):
            break
        if token.kind == "digits":
            break
        end += 1
    number = number_at(said, end)
    if number is not None and said.at(end).prefix == "":
        end = number.end
    said.mask(index, end, "address")


def _mask_age(said: Utterance, index: int) -> None:
    """בת שמונה, בן שלוש וחצי, בגיל ארבעים; not the name בן with an hour behind it."""
    start = index + 1
    if said.key(start) in _AGED_PERSON and said.key(start + 1) in _AGED:
        return
    number = number_at(said, start)
    if number is None or said.at(start).prefix not in ("", "כ"):
        return
    end = number.end
    while said.key(end) in _FRACTION_TAILS or (said.at(end).is_a("number") and said.at(end).prefix == "ו"):
        end += 1
    said.mask(index, end, "age")


def _mask_numbered(said: Utterance, index: int) -> None:
    number = number_at(said, index + 1)
    if number is not None and said.at(index + 1).prefix == "" and not said.at(index + 1).key.count(":"):
        said.mask(index, number.end, "numbered")
    elif said.at(index + 1).is_a("weekday") and said.at(index + 1).value < 6:
        said.mask(index, index + 2, "numbered")


def _mask_run_of_digits(said: Utterance, index: int) -> None:
    """The digits of an identity card or a licence plate, wherever they follow within a few words."""
    for start in range(index + 1, min(index + 4, len(said))):
        token = said.at(start)
        if token.kind == "digits" and token.prefix == "" and len(token.key) >= 5 and ":" not in token.key:
            said.mask(index, start + 1, "identity")
            return


def _mask_ordinal(said: Utterance, index: int) -> None:
    """שני ילדים, שלישי בתור, שני הילדים: two, third, the two; never a day."""
    token, following = said.at(index), said.at(index + 1)
    if _is_town(said, index):
        said.mask(index, index + 1, "place")
    elif following.key in _QUEUE and said.key(index - 1) not in ("יומ", "ביומ", "ליומ"):
        said.mask(index, index + 2, "ordinal")
    elif following.key in _COUNTED or (
        token.base == "שני"
        and token.prefix in ("", "ל", "ב")
        and said.at(index - 1).base != "יומ"
        and following.kind == "word"
        and following.entry is None
        and _is_plural(following.key)
    ):
        said.mask(index, index + 2, "count")


def _is_town(said: Utterance, index: int) -> bool:
    """גר בראשון, אני מראשון, הסניף בראשון: Rishon LeZion for short."""
    token, before = said.at(index), said.key(index - 1)
    if token.base != "ראשונ" or said.key(index + 1) in ("בבוקר", "בערב", "הבא", "הקרוב"):
        return False
    if token.prefix == "מ":
        return before in _LIVING | _COMING_FROM
    return token.prefix in ("ב", "שב") and before in _LIVING


def _is_plural(word: str) -> bool:
    return len(word) > 3 and word.endswith(("ימ", "ות")) and word not in _VERBAL_PLURALS


def _mask_quantity(said: Utterance, index: int) -> None:
    """A number with its noun: money, people, times, and lengths of time."""
    if said.at(index).is_a("unit") or said.at(index).is_a("fraction"):
        _mask_length(said, index, None)
        return
    number = number_at(said, index)
    token = said.at(index)
    if number is None and token.kind == "digits" and said.at(index + 1).key in _MONEY:
        said.mask(index, index + 2, "money")
    if number is None:
        if said.key(index) == "₪" and (after := number_at(said, index + 1)) is not None:
            said.mask(index, after.end, "money")
        return
    noun = said.at(number.end)
    if noun.key in _MONEY or (said.key(number.end) in _FRACTION_TAILS and said.key(number.end + 1) in _MONEY):
        said.mask(index, number.end + 1, "money")
    elif noun.key in _COUNTED:
        said.mask(index, number.end + 1, "count")
    elif noun.is_a("unit") and noun.prefix == "":
        _mask_length(said, index, number)
    elif number.value >= 100 and not number.digits and said.key(number.end) != "":
        said.mask(index, number.end, "large")


def _mask_length(said: Utterance, index: int, number: Number | None) -> None:
    """שלוש שעות, חצי שעה, שעה וחצי; left alone after בעוד, and where minutes lead to an hour: חמש דקות לשבע."""
    token = said.at(index)
    start = index if number is None else number.end
    if number is None and token.is_a("fraction"):
        start = index + 1
        if not said.at(start).is_a("unit") or said.at(start).prefix:
            return
    unit = said.at(start)
    if number is None and token.is_a("unit") and not _is_length_alone(said, index):
        return
    if unit.base == "יומ" and _names_a_day(said, start + 1):
        return
    if said.key(index - 1) in _AHEAD or (token.prefix == "ו" and said.at(index - 1).value):
        return
    end = start + 1
    if unit.entry is not None and unit.entry.text in ("day", "week", "month") and is_from_a_day(said, end):
        return
    if said.key(end) in ("מהיומ", "מעכשיו") or (said.at(end).prefix == "ל" and number_at(said, end) is not None):
        return
    to_an_hour = unit.entry is not None and unit.entry.text in ("minute", "hour")
    if to_an_hour and said.key(end) in ("לפני", "אחרי"):
        hour = number_at(said, end + 1)
        if (hour is not None and not said.at(hour.end).is_a("unit")) or said.at(end + 1).is_a("midnight"):
            return
    if unit.entry is not None and unit.entry.text == "year" and unit.prefix:
        return
    if said.key(end) in _FRACTION_TAILS:
        end += 1
    said.mask(index, end, "length")


def _names_a_day(said: Utterance, index: int) -> bool:
    """Whether the יום before is that of "יום שלישי" or "יום ג׳", and no count of days."""
    token = said.at(index)
    return token.is_a("weekday") or token.key.rstrip("'") in DAY_LETTERS or token.kind == "digits"


def _is_length_alone(said: Utterance, index: int) -> bool:
    """A unit without a number: שעתיים, or שעה after של or with וחצי behind it."""
    token = said.at(index)
    if token.entry is None or token.prefix not in ("", "כ"):
        return False
    if token.entry.value == 2:
        return True
    if token.entry.text == "hour" and token.base == "שעה":
        return said.key(index + 1) in _FRACTION_TAILS or (
            said.key(index - 1) in _DURATION_CUES and number_at(said, index + 1) is None
        )
    return said.key(index - 1) == "לפני"
