"""Words that ask for nothing: listening, waiting, parting, and the lines that silence is transcribed to."""

import re
from itertools import pairwise

from booking.hebrew.normalize import fold, normalize
from booking.hebrew.phrases import words_in

_WORD = re.compile(r"[א-תA-Za-z]+(?:[\"'][א-ת]+)*'?")


def words_of(text: str) -> list[str]:
    """The folded words of a text, punctuation dropped."""
    return [fold(word.lower()) for word in _WORD.findall(normalize(text).text)]


_BACKCHANNEL = words_in(
    "כן אהה אה אהא אוקיי אוקי בסדר הבנתי ממ מממ אמ אממ אממממ יופי טוב אהמ נכון גמור הממ המ סבבה אז ok okay yes mm hmm"
)
_PARTING = words_in("ביי להתראות ביוש bye goodbye נתראה ביביי")
_PARTING_PHRASES = tuple(
    tuple(fold(word) for word in phrase.split())
    for phrase in (
        "יום טוב", "יום נעים", "יום מקסים", "ערב טוב", "ערב נעים", "לילה טוב", "שבוע טוב", "שבת שלום",
        "סוף שבוע נעים",
        "המשך יום", "המשך ערב", "זה הכל", "זה הכול", "זהו", "כל טוב", "שיהיה יום", "שיהיה לך יום", "נדבר",
        "תודה ולהתראות",
        "תודה וביי", "סיימנו", "חג שמח", "יאללה ביי",
    )
)  # fmt: skip  # a list of phrases
# Said on meeting as well as on parting.
_MEETING_TOO = tuple(
    tuple(fold(word) for word in phrase.split()) for phrase in ("ערב טוב", "שבת שלום", "שבוע טוב", "חג שמח")
)
_PARTING_MOOD = words_in("תודה ותודה המשך שיהיה שתהיה תהיה יאללה זהו")
_HELLO = words_in("שלום היי הי אהלן")
_AROUND_PARTING = words_in(
    """תודה רבה על העזרה הכל הכול לך לכם ו שיהיה שתהיה תהיה יום ערב לילה שבוע טוב נעים מקסים יופי מעולה בסדר
    אוקיי אוקי זהו זה יאללה המשך
    סבבה אז טובה נפלא שלום מאוד שוב גם אחלה כן לא מצוין ותודה ביי להתראות ולהתראות וביי כל עוד עזרת עזרתם ממש אחד
    השירות היה נעים לדבר
    אתה את לי צריך תודהרבה חג שמח סוף שבת שיהיו נדבר מחר סיימנו"""
)
_WAIT = words_in("רגע שנייה שניה שנייונת רגעון")
_WAIT_PHRASES = tuple(
    tuple(fold(word) for word in phrase.split())
    for phrase in (
        "חכה", "חכי", "תחכה", "תחכי", "תמתין", "תמתיני", "המתן", "המתיני", "תן לי דקה", "תני לי דקה", "תן לי רגע",
        "תני לי רגע",
        "תן לי שנייה", "תני לי שנייה", "דקה אחת", "דקה", "רק דקה", "אני בודק", "אני בודקת", "אני מסתכל",
        "אני מסתכלת", "hold on",
        "wait", "one moment", "תישאר על הקו", "תישארי על הקו",
    )
)  # fmt: skip  # a list of phrases
_NOT_WAITING = words_in("רוצה לקבוע תור אפשר תקבע תקבעי אלא התכוונתי בעצם סליחה")
_COUNTABLE = words_in("פגישה פעם שאלה בפעם אופציה אפשרות הזדמנות")
_GHOSTS = tuple(
    re.compile(fold(pattern))
    for pattern in (
        r"(?:תודה רבה ?){2,}",
        r"(?:תודה ?){3,}",
        r"תודה (?:רבה )?(?:ש|על ה)צפי(?:תם|יה|ה)?(?: ולהתראות| בפרק הבא| רבה)*",
        r"(?:תודה רבה )?על הצפייה",
        r"צפייה מהנה.*",
        r"כתוביות.*",
        r"תרגום(?: |$).*",
        r".*(?:amara org|כתוביות על ידי|תורגם על ידי|עריכת כתוביות|סונכרן על ידי).*",
        r"(?:thank you|thanks) for watching.*",
        r"(?:please )?subscribe.*",
        r"אל תשכחו (?:להירשם|לעשות לייק).*",
        r"נתראה בסרטון הבא.*",
        r"(?:מוזיקה ?)+",
        r"(?:music ?)+",
        r"(?:you ?)+",
        r"(?:אה ?){4,}",
    )
)


def is_backchannel(text: str) -> bool:
    """Whether this only says "I am listening": at most three such words. An answer, if a question stands."""
    words = words_of(text)
    return 0 < len(words) <= 3 and all(word in _BACKCHANNEL for word in words)


def is_farewell(text: str) -> bool:
    """Whether the caller parts: a parting word at the end, or a parting phrase and nothing beside thanks and wishes."""
    words = words_of(text)
    if not words or len(words) > 14:
        return False
    if words[-1].removeprefix("ו") in _PARTING and not text.rstrip().endswith("?"):
        return True
    joined = " ".join(words)
    phrased = [phrase for phrase in _PARTING_PHRASES if f" {' '.join(phrase)} " in f" {joined} "]
    parts = [word for word in words if word.removeprefix("ו") in _PARTING]
    if not (phrased or parts):
        return False
    known = _AROUND_PARTING | _PARTING | {word for phrase in phrased for word in phrase}
    clean = all(word in known or word.removeprefix("ו") in known for word in words)
    greets = words[0] in _HELLO or (
        all(phrase in _MEETING_TOO for phrase in phrased) and not _PARTING_MOOD & set(words)
    )
    return clean and not (greets and not parts)


def is_wait(text: str) -> bool:
    """Whether the caller asks for a moment."""
    words = words_of(text)
    if not words or len(words) > 9 or any(word in _NOT_WAITING for word in words) or _is_second(words):
        return False
    joined = f" {' '.join(words)} "
    return any(word in _WAIT for word in words) or any(f" {' '.join(phrase)} " in joined for phrase in _WAIT_PHRASES)


def _is_second(words: list[str]) -> bool:
    """פגישה שנייה, פעם שנייה: the second one, not a moment."""
    return any(word in _COUNTABLE and later in ("שנייה", "שניה") for word, later in pairwise(words))


def is_ghost(text: str) -> bool:
    """Whether this is a line that recognition invents over silence and noise, as the whole utterance."""
    joined = " ".join(words_of(text))
    return any(ghost.fullmatch(joined.strip()) for ghost in _GHOSTS)
