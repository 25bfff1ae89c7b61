"""Names: after a cue, in answer to the question, or as the whole of what was said."""

from dataclasses import dataclass

from booking.hebrew.gazetteer import FIRST_NAMES, PARTICLES, SURNAMES
from booking.hebrew.lexicon import ENTRIES
from booking.hebrew.normalize import fold
from booking.hebrew.phrases import words_in
from booking.hebrew.tokens import Token, Utterance


@dataclass(frozen=True, slots=True)
class Name:
    """The name as the caller said it."""

    text: str
    start: int
    end: int


# Longest first; each is followed by the name itself.
_CUES = tuple(
    sorted(
        (tuple(fold(word) for word in cue.split()) for cue in (
            "קוראים לי", "קוראים לו", "קוראים לה", "קוראין לי", "השם שלי הוא", "השם שלי זה", "השם שלי", "השם הוא",
            "השם זה",
            "השם המלא שלי", "השם המלא הוא", "השם המלא", "שם מלא", "השם", "שמי הוא", "שמי", "ושמי", "על שם",
            "על השם", "לפי השם",
            "על שם משפחת", "בשם", "תחת השם", "תרשום על שם", "מדבר", "מדברת", "מדברים", "כאן", "פה", "שם שלי",
            "שם פרטי", "שם משפחה", "השם משפחה", "קוראים", "my name is", "this is", "name is", "i am", "i'm",
            "לי קוראים",
            "זה בשביל", "בשביל", "עבור", "השם לתור", "השם על התור",
        )),
        key=len,
        reverse=True,
    )
)  # fmt: skip  # a list of phrases
_CUES_BY_WORD: dict[str, list[tuple[str, ...]]] = {}
for _cue in _CUES:
    _CUES_BY_WORD.setdefault(_cue[0], []).append(_cue)
_LISTED_ONLY = frozenset(("כאנ", "פה", "קוראימ", "בשביל", "עבור", "השמ", "מדברימ", "this", "i", "i'm", "זה"))
_WEAK_ASKED = frozenset(("אני", "זה", "זאת", "זו", "תרשומ", "תרשמי", "רשומ", "תכתוב", "תכתבי"))
_FAMILY = frozenset(("משפחת", "משפחה", "דוקטור", "גברת", "מר", "אדונ"))
# Said around a bare name; never part of it.
_AROUND = words_in(
    """כן אה אהה אמ אממ אוקיי אוקי בטח בסדר אז טוב שלום היי הי אהלן בבקשה תודה רבה ו השם שלי הוא זה שם המלא מלא הפרטי
    אני קוראים לי שמי תרשום תרשמי תרשמו רשום תכתוב תכתבי היא של בשם על מדבר מדברת כאן נו יאללה רשמי לרשום אפשר
    ותודה סבבה מעולה יופי זאת זו אדון גברת מר hi hello yes name is my the משפחת"""
)
_NEVER = words_in(
    """אני אתה את אנחנו הוא היא הם הן לי לך לכם לנו שלי שלך שלכם שלנו לא כן רוצה צריך צריכה אפשר יש אין היה הייתה
    תהיה יהיה
    מה מי מתי איפה איך כמה למה האם איזה איזו באיזה לאיזה לאן מאיפה כי אבל או אם גם רק עוד כבר עכשיו אחר אחרי לפני
    עד של על אל
    עם בלי בשביל כדי זה זאת זו זהו הזה הזאת התור תור תורים לתור פגישה הפגישה לקבוע לבטל להזיז להעביר לדחות לשנות
    לשאול להזמין
    לדבר לבוא להגיע לדעת לברר לבדוק מבקש מבקשת מעוניין מעוניינת מחפש מחפשת מתקשר מתקשרת חייב חייבת יכול יכולה
    אשמח רציתי
    רצינו הייתי קבעתי התקשרתי הגעתי בעניין לגבי בקשר בנושא לעשות שעה בשעה יום ביום ליום טלפון הטלפון נייד הנייד
    מספר המספר
    תספורת טיפול הטיפול לטיפול צבע החלקה גוונים מניקור פדיקור לק בבקשה תודה רבה שלום היי טוב טובה בסדר סבבה מעולה
    מצוין יופי
    נכון ברור בטח רגע שנייה שניה סליחה בעצם אולי כאן פה שם שמה הנה חדש חדשה לקוח לקוחה קבוע קבועה בתור מהמשרד מחברת
    מהחברה מהמרפאה מתל מירושלים מחיפה מראשון מבאר דקות תקבע תקבעי תבטל תבטלי תעביר תעבירי תזיז תזיזי תכניס תכניסי
    תרשום
    תרשמי תגיד תגידי תחזרו תחזור תחזרי אליי אלייך אליי מדבר מדברת קוראים ואני ואנחנו ורוצה ורציתי ויש וצריך
    וצריכה והטלפון
    והנייד והמספר ומספר ואפשר ואם שרוצה שאני שהוא שיש שאין הבן הבת בן־דוד אמא אבא אשתי בעלי האישה הילד הילדה
    הילדים מישהו
    מישהי משהו כלום הכל הכול דחוף מהר ממש מאוד קצת הרבה פחות יותר רע חולה חולים שמעתי שומע שומעת ראיתי אומר אומרת פשוט
    במקום עדיף בעיה אשה איש גבר הלו עסוק עסוקה פנוי פנויה מקום מחכה מגיע מגיעה בדיוק בערך לגמרי אחד אחת שתיים
    בלבד הזמן
    הקו רמקול ברמקול ברחוב רחוב גר גרה נמצא נמצאת נהג נוהג נוהגת באוטו בעבודה בבית לבית מהבית קפה הקפה ומה ומתי
    ועם להתראות
    ביי ערב בוקר לילה צהריים וגם וזה זהות ועל ולא אצלך אצלכם אליכם עליכם אחרת אחרים עזוב עזבי חכה חכי תמתין
    תמתיני לאחר
    הלקוח הלקוחה חברה חבר המנהל המנהלת הבעלים השירות מרפאת לחכות לחשוב מתאים נוח וזהו אממ אהה אה תן תני לו לה להם
    רוצים
    צריכים מבקשים תקשיב תקשיבי שמע שמעי נראה חושב חושבת יודע יודעת זוכר זוכרת מבין מבינה בודק בודקת הבנתי אומרים סופי
    """
) - words_in("סופי שלום ערב מור")
_STOP_CUES = words_in("עם כמו מ נ")
_LONGEST = 4


def find_name(said: Utterance, *, asked: bool, wanted: bool) -> Name | None:
    """The caller's name, masked so that שני and יוני are nobody's dates."""
    found = _after_cue(said, asked=asked)
    if found is None and (asked or wanted):
        found = _bare(said, asked=asked)
    if found is None:
        found = _introduced(said)
    if found is not None:
        said.mask(found.start, found.end, "name")
    return found


def _after_cue(said: Utterance, *, asked: bool) -> Name | None:
    found = None
    for index, token in enumerate(said.tokens):
        for cue in _CUES_BY_WORD.get(token.key, ()):
            if tuple(said.key(index + at) for at in range(len(cue))) != cue:
                continue
            listed = cue[0] in _LISTED_ONLY and len(cue) == 1 and not asked
            name = _take(said, index + len(cue), listed=listed)
            if name is not None and found is not None and cue[-1] == "משפחה":
                name = Name(f"{found.text} {name.text}", found.start, name.end)
            if name is not None:
                found = name if not _is_someone_elses_cue(said, index) else found
            break
        else:
            if asked and token.key in _WEAK_ASKED and token.mask is None:
                found = _take(said, index + 1, listed=False, plausible=True) or found
    return found


def _is_someone_elses_cue(said: Utterance, index: int) -> bool:
    """ "יש מישהו בשם…": asking after a person is not giving a name."""
    return any(said.key(at) in ("מישהו", "מישהי", "עובד", "עובדת", "לדבר", "אצל") for at in range(index - 2, index))


def _take(said: Utterance, start: int, *, listed: bool, plausible: bool = False) -> Name | None:
    """Up to four words of a name from `start`; dictionary words that cannot be names end it."""
    while said.key(start) in _FAMILY or (said.at(start).kind == "break" and said.at(start).key == ":"):
        start += 1
    end = start
    while end < len(said) and end - start < _LONGEST and _may_be_name(said, end, first=end == start):
        end += 1
    while end - start > 1 and said.key(end - 1) in PARTICLES - SURNAMES:
        end -= 1
    if end == start or (listed and said.key(start) not in FIRST_NAMES and said.key(start) not in SURNAMES):
        return None
    if plausible and not _is_listed(said, start, end):
        return None
    return Name(said.quote(start, end), start, end)


def _is_listed(said: Utterance, start: int, end: int) -> bool:
    return any(said.key(at) in FIRST_NAMES or said.key(at) in SURNAMES for at in range(start, end))


def _may_be_name(said: Utterance, index: int, *, first: bool) -> bool:
    token = said.at(index)
    if token.mask is not None and token.mask not in ("ordinal", "count"):
        return False
    if token.kind == "latin":
        return token.key not in _AROUND and len(token.key) > 1
    if token.kind != "word" or len(token.key) < 2 or ('"' in token.key and token.key != 'ד"ר'):
        return False
    if not first and (_is_hyphened(said, index) or (token.key, said.key(index - 1)) == ("אל", "בת")):
        return True
    if token.key in _NEVER:
        return False
    if first and token.entry is not None and token.prefix == "" and token.entry.kind in ("weekday", "month"):
        return not _reads_as_time(said, index)
    if not first and token.entry is not None and token.prefix == "" and said.key(index - 1) in FIRST_NAMES:
        return token.entry.kind == "weekday" and said.at(index + 1).kind == "break"  # עידן ראשון
    if token.key in FIRST_NAMES or token.key in SURNAMES or token.key in PARTICLES:
        return first or not _reads_as_time(said, index)
    exact = token.key in ENTRIES
    if token.entry is not None and (exact or token.prefix):
        return False
    return not (not first and token.key[0] == "ו" and token.key[1:] in _NEVER)


def _is_hyphened(said: Utterance, index: int) -> bool:
    """The second half of נטע-לי."""
    return said.normal.text[said.at(index - 1).end : said.at(index).start] == "-"


def _reads_as_time(said: Utterance, index: int) -> bool:
    """A weekday or month name that the next word turns into a date: "דנה שני בעשר"."""
    token, following = said.at(index), said.at(index + 1)
    return (
        token.entry is not None
        and following.entry is not None
        and (following.prefix in ("ב", "ל") or following.entry.kind in ("number", "tens", "part"))
    )


def _bare(said: Utterance, *, asked: bool) -> Name | None:
    """A name alone, or a name and then other facts behind a comma or a telephone number."""
    start = 0
    for index, token in enumerate(said.tokens):
        if token.key in ("סליחה", "בעצמ", "התכוונתי") and index:
            start = index + 1
    refused = False
    while start < len(said) and (
        said.key(start) in _AROUND or said.at(start).kind == "break" or said.key(start) == "לא"
    ):
        refused = refused or said.key(start) == "לא"
        start += 1
    end = _name_end(said, start)
    if end == start or end - start > _LONGEST:
        return _listed_segment(said) if asked else None
    rest = said.tokens[end:]
    if not asked:
        if end - start == 1 and said.at(start).entry is not None:
            return None  # "שבת" alone is a day as long as no name was asked for
        clean = all(token.kind == "break" or token.key in _AROUND for token in rest)
        return _quoted(said, start, end) if clean and _is_listed(said, start, end) else None
    if rest and rest[0].kind == "break" and (again := _said_in_full(said, start, end)) is not None:
        return again
    listed = _is_listed(said, start, end)
    if not _ends_there(rest) or (refused and not listed):
        return None
    if not listed and ((end - start == 1 and len(rest) > 2) or _looks_verbal(said.at(start))):
        return _listed_segment(said)
    return _quoted(said, start, end)


def _name_end(said: Utterance, start: int) -> int:
    end = start
    while end < len(said) and end - start <= _LONGEST and _may_be_name(said, end, first=end == start):
        end += 1
    return end


def _ends_there(rest: list[Token]) -> bool:
    """Whether what follows the words cannot go on with the name."""
    if not rest:
        return True
    token = rest[0]
    closed = token.kind in ("break", "digits") or token.mask is not None or token.entry is not None
    return closed or token.key in _AROUND or token.key in _NEVER or token.key in _STOP_CUES


def _said_in_full(said: Utterance, start: int, end: int) -> Name | None:
    """ "לוי, יוסי לוי": the fuller form behind the comma, if it repeats the first."""
    again = _name_end(said, end + 1)
    repeated = {said.key(at) for at in range(end + 1, again)} & {said.key(at) for at in range(start, end)}
    return _quoted(said, end + 1, again) if repeated and again - end - 1 > end - start else None


def _listed_segment(said: Utterance) -> Name | None:
    """A stretch between commas that is nothing but listed names: "אמרתי כבר, דנה"."""
    start = 0
    for index in range(len(said) + 1):
        if index < len(said) and said.at(index).kind != "break":
            continue
        words = range(start, index)
        if 1 <= len(words) <= 3 and all(_is_listed(said, at, at + 1) and said.at(at).entry is None for at in words):
            return _quoted(said, start, index)
        start = index + 1
    return None


def _looks_verbal(token: Token) -> bool:
    """Infinitives and second person: לחשוב, תגידי."""
    return token.kind == "word" and len(token.key) >= 5 and token.key[0] == "ל" and token.key not in FIRST_NAMES


def _quoted(said: Utterance, start: int, end: int) -> Name:
    return Name(said.quote(start, end), start, end)


def _introduced(said: Utterance) -> Name | None:
    """ "שלום, אני דנה כהן", "מיכל מדברת", "…, יוסי כהן, …": without a cue only listed names count."""
    for index, token in enumerate(said.tokens):
        if index < 3 and token.key in ("אני", "זה", "זאת") and said.key(index + 1) in FIRST_NAMES:
            name = _take(said, index + 1, listed=True)
            if name is not None and (name.end - name.start > 1 or said.at(name.end).kind == "break"):
                return name
        if token.key in ("מדבר", "מדברת") and said.key(index - 1) in FIRST_NAMES | SURNAMES and index <= 4:
            start = index - 2 if said.key(index - 2) in FIRST_NAMES else index - 1
            return _quoted(said, start, index)
    name = _listed_segment(said)
    full = name is not None and name.end - name.start == 2
    return name if name is not None and full and said.key(name.start) in FIRST_NAMES else None
