"""The closed vocabulary of time, and the one place where prefixes are stripped and spelling is repaired.

Hebrew glues one-letter prefixes to words, and blind stripping ruins שבע, שלוש, לבן and מחר. Here every allowed form
is generated from the vocabulary once, so that a prefix comes off only where a known word remains.
"""

from dataclasses import dataclass

from booking.hebrew.gazetteer import FIRST_NAMES, SURNAMES
from booking.hebrew.misheard import one_slip
from booking.hebrew.normalize import fold
from booking.hebrew.phrases import words_in


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word can mean. `kind` is the leading sense; a weekday may also count as a number or an ordinal."""

    kind: str
    value: int = 0
    text: str = ""  # the day part's name, the unit's name
    feminine: bool | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A surface form: the prefix letters glued to a known word."""

    prefix: str
    base: str
    entry: Entry


_FEMININE = {
    "אפס": 0, "אחת": 1, "שתיים": 2, "שתים": 2, "שתי": 2, "שלוש": 3, "שלש": 3, "ארבע": 4, "חמש": 5, "שש": 6,
    "שבע": 7, "שמונה": 8, "שמנה": 8, "תשע": 9, "עשר": 10,
}  # fmt: skip  # a table of numbers
_MASCULINE = {
    "אחד": 1, "שניים": 2, "שלושה": 3, "שלשה": 3, "ארבעה": 4, "חמישה": 5, "חמשה": 5, "שישה": 6, "ששה": 6,
    "שבעה": 7, "תשעה": 9, "עשרה": 10, "שלושת": 3, "ארבעת": 4, "חמשת": 5, "חמישת": 5, "ששת": 6, "שבעת": 7,
    "שמונת": 8, "תשעת": 9, "עשרת": 10,
}  # fmt: skip  # a table of numbers
_TENS = {
    "עשרים": 20, "שלושים": 30, "שלשים": 30, "ארבעים": 40, "חמישים": 50, "חמשים": 50, "שישים": 60, "ששים": 60,
    "שבעים": 70, "שמונים": 80, "תשעים": 90,
}  # fmt: skip  # a table of numbers
_LARGE = {"מאה": 100, "מאתיים": 200, "מאות": 100, "אלף": 1000, "אלפיים": 2000, "אלפים": 1000}
_WEEKDAYS = {"ראשון": 0, "שני": 1, "שלישי": 2, "רביעי": 3, "חמישי": 4, "שישי": 5, "ששי": 5, "שבת": 6}
_ORDINALS = {"שביעי": 7, "שמיני": 8, "תשיעי": 9, "עשירי": 10}
_RELATIVE_DAYS = {"היום": 0, "מחר": 1, "מחרתיים": 2, "מחרתים": 2, "אתמול": -1, "שלשום": -2}
_TODAYS_PARTS = {"הערב": "evening", "הלילה": "night", "הבוקר": "morning"}
_DAY_PARTS = {
    "בוקר" : "morning", "בקר" : "morning", "צהריים" : "noon", "צהרים" : "noon", "צוהריים" : "noon", "צהרי" :
    "noon", "ערב" : "evening",
    "לילה": "night", 'אחה"צ': "afternoon", "אחהצ": "afternoon", 'אחה"צה': "afternoon", "בערבים": "evening",
    "בבקרים": "morning",
}  # fmt: skip  # a table of names
_MONTHS = {
    "ינואר": 1, "פברואר": 2, "מרץ": 3, "מרס": 3, "אפריל": 4, "מאי": 5, "יוני": 6, "יולי": 7, "אוגוסט": 8,
    "ספטמבר": 9, "אוקטובר": 10, "נובמבר": 11, "דצמבר": 12,
}  # fmt: skip  # a table of names
_UNITS = {
    "דקה": ("minute", 1), "דקות": ("minute", 1), "דק'": ("minute", 1), "שעה": ("hour", 1), "שעות": ("hour", 1),
    "שעתיים": ("hour", 2), "יום": ("day", 1), "ימים": ("day", 1), "יומיים": ("day", 2), "שבוע": ("week", 1),
    "שבועות": ("week", 1), "שבועיים": ("week", 2), "חודש": ("month", 1), "חודשים": ("month", 1),
    "חודשיים": ("month", 2), "שנה": ("year", 1), "שנתיים": ("year", 2), "שנים": ("year", 1), "שניות": ("second", 1),
    "שנייה": ("second", 1),
}  # fmt: skip  # a table of names
_FRACTIONS = {"חצי": 30, "רבע": 15, "שליש": 20}
_WEEKEND = ('סופ"ש', "סופש")
_SATURDAY_NIGHT = ('מוצ"ש', "מוצש")
_DAY_LETTERS = {"א": 0, "ב": 1, "ג": 2, "ד": 3, "ה": 4, "ו": 5, "ש": 6}

_PREFIXES = (
    "", "ב", "ל", "מ", "ה", "ו", "כ", "ש", "וב", "ול", "ומ", "וה", "וכ", "וש", "שב", "שמ", "שה", "בה", "לה", "מה",
    "כש", "ובה", "ולה", "ומה", "שבה", "לכ", "בכ", "וכש",
)  # fmt: skip  # one flat list
# Words that only look like a prefix and a word of time.
_OTHER_WORDS = words_in("מערב שמאי המאה שלילה כשנה השניה מאחד בהרבע להרבע")


def _entries() -> dict[str, Entry]:
    """Every known word, unprefixed. A later sense of the same word wins: שבע is a number, שני a weekday."""
    words: dict[str, Entry] = {}
    for word, value in (_MASCULINE | {"שמונה": 8}).items():
        words[word] = Entry("number", value, feminine=False)
    for word, value in _FEMININE.items():
        words[word] = Entry("number", value, feminine=True)
    for unit, value in (_FEMININE | _MASCULINE).items():
        if 1 <= value <= 9:
            for teen in ("עשרה", "עשר"):
                words[unit + teen] = words[fold(unit) + teen] = Entry("teen", 10 + value, feminine=teen == "עשרה")
    for kind, table in (("tens", _TENS), ("large", _LARGE), ("weekday", _WEEKDAYS), ("ordinal", _ORDINALS)):
        words |= {word: Entry(kind, value) for word, value in table.items()}
    for word, days in _RELATIVE_DAYS.items():
        words[word] = Entry("relative", days)
    words |= {word: Entry("relative", 0, text=part) for word, part in _TODAYS_PARTS.items()}
    for word, part in _DAY_PARTS.items():
        words[word] = Entry("part", text=part)
    words |= {word: Entry("month", value) for word, value in _MONTHS.items()}
    for word, (unit, count) in _UNITS.items():
        words[word] = Entry("unit", count, text=unit)
    words |= {word: Entry("fraction", value) for word, value in _FRACTIONS.items()}
    words |= {word: Entry("weekend") for word in _WEEKEND}
    words |= {word: Entry("saturday_night") for word in _SATURDAY_NIGHT}
    words |= {"חצות": Entry("midnight"), "רבעי": Entry("quarters"), "רבעים": Entry("quarters")}
    return {fold(word): entry for word, entry in words.items()}


ENTRIES = _entries()


def _forms() -> dict[str, Form]:
    forms: dict[str, Form] = {}
    for prefix in reversed(_PREFIXES):
        for word, entry in ENTRIES.items():
            surface = prefix + word
            if prefix and (surface in _OTHER_WORDS or (entry.text and entry.kind == "relative" and prefix != "ו")):
                continue
            forms[surface] = Form(prefix, word, entry)
    return forms


FORMS = _forms()

# Callers mix English in; a handful of words covers what they mix.
ENGLISH = (
    {word: Entry("relative", days) for word, days in (("today", 0), ("tomorrow", 1))}
    | {word: Entry("part", text=part) for word, part in (
        ("morning", "morning"), ("noon", "noon"), ("afternoon", "afternoon"), ("evening", "evening"))}
    | {word: Entry("weekday", day) for day, word in enumerate(
        ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"))}
    | {word: Entry("month", month) for month, word in enumerate(
        ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
         "december"), start=1) if word != "may"}
    | {word: Entry("number", value, feminine=True) for value, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=1)}
)  # fmt: skip  # one table
ENGLISH_PREFIXES = {"at": "ב", "on": "ב", "to": "ל", "for": "ל", "from": "מ"}
DAY_LETTERS = {fold(letter): day for letter, day in _DAY_LETTERS.items()}

# Ordinary words one slip away from a word of time; never "repaired" into one.
_ORDINARY = words_in(
    """
    מחיר המחיר מחירים תור תורים שעות שבועי חודשי יומי שנתי עשרות מאות שמאל שמות שמעתי שמחה שלום שלנו שלכם שלך שלי
    תשובה ערבית ערך ערב־רב בוקרים לבקר מבקר ביקור לבוא לערוך עורך אחרת אחרות אחרי אחות אחרון אחרונה ארבל ארגז חמישיה
    חומש חלישי ראשונה ראשי ראשונית שנייה שניה שישים רבות רבים רביעייה שבתאי שבתות שביט שבור מחרוזת מחברת מחבר חברים
    היומן יומן ימינה ימין לילי לילך מרים מורן מאיה מאיר יולה יעל עכשיו עסק עסוק עשיתי עשית עשה עשיר עושר אשר אשרי
    חצר חצאית תשעים תשלום תשלומים שיש שישנה ישנה שינה שינוי לשנות לשמוע ששאלתי שאני שאת שאתם שאין שאפשר בשביל בסביבה
    בערך בעוד בעיה בעיות בחור בחרתי בוחר מבחר נחמד מחמד מחכה מחר־כך דקירה דיקור אדר ערן תחשבי שחר מישהו משהו רבע לשבוע
    שבועיים חודש חודשיים שנים שנתיים שעה שעתיים לקבוע קבוע מצוין מעולה מחלה מחלקה לחמה לחמניה חמה חומה עמש שלושתנו
    הרבה הערות הסרה הסרת להסיר להסרה מאשרת מאשר רועי ערבה שניהם שנינו שתינו שתיהן שתי שלישייה אליי אלייך עליי
    שבט בשבט לשבט טבת בטבת לטבת תמוז כסלו אדר באדר לאדר אייר באייר סיון סיוון אלול תשרי חשוון ניסן בניסן עצרת תענית
    עלייך יהודה הודעה תודה מודה תודעה שליחה סליחה שליח שליטה
    """
)
_CONFUSED = str.maketrans({"ט": "ת", "ק": "כ", "ח": "כ", "ע": "א", "ס": "ש", "ו": "ב"})
_WEAK = "אהויע"
_SHORTEST_REPAIR = 4


def _sound(word: str) -> str:
    """The word in classes of letters that sound alike; ה is a vowel only where it ends the word."""
    shape = word.translate(_CONFUSED)
    return shape[:-1] + "א" if shape.endswith("ה") else shape


def _skeletons() -> dict[str, str]:
    """Sound of each form, and of each form with one weak letter lost, to the one form that can be meant."""
    whole: dict[str, set[str]] = {}
    shortened: dict[str, set[str]] = {}
    for surface, form in FORMS.items():
        if len(form.base) < _SHORTEST_REPAIR or form.entry.kind in ("large", "unit") or len(form.prefix) > 1:
            continue
        whole.setdefault(_sound(surface), set()).add(surface)
        for at in range(len(form.prefix) + 1, len(surface)):
            if surface[at] in _WEAK and len(form.base) > _SHORTEST_REPAIR:
                shape = _sound(surface[:at] + surface[at + 1 :])
                shortened.setdefault(shape, set()).add(surface)
    return (
        _undisputed(_same_start(shortened))
        | _undisputed(shortened)
        | _undisputed(whole)
        | _undisputed(_same_start(whole))
    )


def _same_start(claims: dict[str, set[str]]) -> dict[str, set[str]]:
    """The claims parted by the letter they begin with, which is misheard least: ובארבה and בארבה are two words."""
    parted: dict[str, set[str]] = {}
    for shape, surfaces in claims.items():
        for surface in surfaces:
            parted.setdefault(surface[0] + shape[1:], set()).add(surface)
    return parted


def _undisputed(claims: dict[str, set[str]]) -> dict[str, str]:
    return {
        shape: min(surfaces)
        for shape, surfaces in claims.items()
        if len({(FORMS[surface].prefix, FORMS[surface].entry) for surface in surfaces}) == 1
    }


_SKELETONS = _skeletons()
_SHORT_REPAIRS = {"עסר": "עשר", "בעסר": "בעשר", "לעסר": "לעשר", "ערבע": "ארבע", "בערבע": "בארבע", "לערבע": "לארבע",
                  "שבה": "שבע", "בשבה": "בשבע", "חמס": "חמש", "בחמס": "בחמש", "תשא": "תשע", "בתשא": "בתשע",
                  "ארב": "ערב", "בארב": "בערב", "אפש": "אפס", "עפס": "אפס", "סבע": "שבע", "טשע": "תשע",
                  "אכת": "אחת", "אחט": "אחת",
                  "כמש": "חמש", "מכר": "מחר", "באשר": "בעשר", "למכר": "למחר"}  # fmt: skip  # a table


# One letter misheard, in words too short for their sound to tell; real words among the shapes are left alone.
_SLIPPERY_PREFIXES = ("", "ב", "ל", "ו")
_NOT_SLIPPERY = words_in("בקר שנה מרס צהרי הלילה מחר שתי שלש שבת ששת ארבעת שבעת תשעת עשרת שניות שנייה הבוקר") | {"דק'"}
_REAL_WORDS = words_in(
    """
    לאשר ואשר לרוע לתסע ותסע לרבה לרבא ורבה במהי למהי ומהי לערו לשוע לשבה ושבה לסני וסני לסבע לחמס לשבא ושבא השרה
    לסעה ושאה לסעות ושוע ורבא לכצי הרבעה להרב תשהה ותשהה והרב ושהה לשהה והשר להשר בהפס להפס
    """
)


def _one_slips() -> dict[str, str]:
    claims: dict[str, set[str]] = {}
    for surface, form in FORMS.items():
        plain = form.prefix in _SLIPPERY_PREFIXES or (form.prefix == "מ" and len(form.base) > 3)
        if not plain or len(surface) < _SHORTEST_REPAIR or len(form.base) < 3 or form.base in _NOT_SLIPPERY:
            continue
        if form.entry.kind != "large":
            for heard in one_slip(surface, len(form.prefix)):
                claims.setdefault(heard, set()).add(surface)
    known = FIRST_NAMES | SURNAMES | _REAL_WORDS | _ORDINARY
    return {heard: word for heard, word in _undisputed(claims).items() if heard not in known}


_ONE_SLIPS = _one_slips()


def lookup(word: str) -> Form | None:
    """The form behind a folded word, exact or repaired from the confusions speech recognition makes."""
    form = FORMS.get(word)
    if form is not None or len(word) < 3:
        return form
    repaired = _SHORT_REPAIRS.get(word)
    if repaired is None and len(word) >= _SHORTEST_REPAIR and word not in _ORDINARY:
        sound = _sound(word)
        repaired = _SKELETONS.get(word[0] + sound[1:]) or _SKELETONS.get(sound) or _ONE_SLIPS.get(word)
    return FORMS[repaired] if repaired is not None else None
