"""What tells who somebody is, taken out of a caller's words: made-up values stand in its place.

Found are the names that the server knew, the names of the business's customers, the words after "מדבר" and its like,
e-mail addresses, street and house numbers, and long numbers in digits or words. A name that is none of these, a street
without the word for it and whatever else only a person recognises stay as they were said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from booking.hebrew.lexicon import FORMS
from booking.hebrew.normalize import fold
from booking.hebrew.phrases import words_in

NAMES = ("דנה לוי", "נועה כהן", "יעל מזרחי", "רון ברק")
PHONE = "0521234567"
EMAIL = "dana@example.com"
STREET = "האלון 5"
HOUSE = "5"
CUSTOMER = "טל גולן"
INTRODUCED = "עדי שקד"

_DIGIT_WORDS = "אפס|אחת|אחד|שתיים|שניים|שתים|שלוש|שלושה|ארבע|ארבעה|חמש|חמישה|שש|שישה|שבע|שבעה|שמונה|תשע|תשעה"
_LONG_NUMBER = re.compile(rf"\+?\d(?:[\s\-.]?\d){{6,}}|(?:(?:{_DIGIT_WORDS})[\s,]*){{6,}}(?<![\s,])")
_EMAIL = re.compile(r"[A-Za-z0-9][\w.+\-]*@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_NUMBER = rf"(?:\d+|{_DIGIT_WORDS})"
_STREET = re.compile(
    rf"(?<!\w)([ובלמה]{{0,2}}(?:רחוב|רח['׳]|שדרות|שד['׳]|סמטת|כיכר)\s+)"
    rf"(?:[א-ת\"״'׳\-]+\s+){{1,3}}?{_NUMBER}(?!\w)(?!:)"
)
_STREET_ALONE = re.compile(r"(?<!\w)([ובלמה]{0,2}(?:רחוב|רח['׳]|שדרות|שד['׳]|סמטת|כיכר)\s+)(?!\{)[א-ת\"״'׳\-]+")
_HOUSE = re.compile(rf"(?<!\w)([ובלמה]{{0,2}}(?:מספר בית|בית|דירה|כניסה|קומה|מיקוד)\s+){_NUMBER}(?!\w)(?!:)")
_INTRODUCTION = re.compile(
    r"(?<!\w)((?:ו?מדבר(?:ת|ים)?|ו?קוראים לי|ו?שמי|ו?השם שלי(?: הוא)?|ו?כאן|[ול]?על שם)\s+)"
    r"([א-ת\"״'׳\-]+)(?:(\s+)([א-ת\"״'׳\-]+))?"
)
# What follows such words and is nobody's name.
_NO_NAMES = words_in(
    "אני אתה את אנחנו הוא היא זה זאת זו מי מה עם על אל של לא כן גם רק שוב עוד כבר עכשיו כאן שם רוצה צריך צריכה אפשר יש "
    "אין לגבי בקשר בנוגע בשביל בעניין בשם אחרי לפני תור התור פגישה בבקשה תודה שלום הלו טוב אז כי אבל או מישהו מישהי "
    "נציג נציגה הבת הבן אשתי בעלי אמא אבא יותר לאט מהר חזק ברור איתך איתי איתכם אליך אליכם לקבוע לבטל להזיז לשאול"
)
_WORD = re.compile(r"[א-ת]+(?:['׳\"״\-][א-ת]+)*|[A-Za-z]+")
_PREFIXES = re.compile(r"[ולשמהבכ]{1,2}(?=[א-ת]{2})")
_PLACEHOLDER = re.compile(r"(\{\{|\}\}|\{\w+\})")


@dataclass
class Masks:
    """Of one call. `names`: what the server knew in it, the longest first; `customers`: the business's."""

    names: Sequence[str]
    customers: Collection[str] = ()
    used: dict[str, str] = field(default_factory=dict)  # placeholder -> what fills it

    def __post_init__(self) -> None:
        self._patterns = list(_patterns(self.names))
        words = {word for name in self.customers for word in _WORD.findall(name) if len(word) > 1}
        # "שני" is a name, and the day on which half of the calls book.
        self._customer_words = {word for word in words if _may_be_name(word)}

    def mask(self, text: str) -> str:
        """The text with placeholders."""
        for pattern, key, filling in self._patterns:
            text = self._replaced(text, pattern, key, filling)
        text = "".join(self._without_customers(part) for part in _PLACEHOLDER.split(text))
        return _INTRODUCTION.sub(self._introduced, text)

    def _replaced(self, text: str, pattern: re.Pattern[str], key: str, filling: str) -> str:
        def instead(found: re.Match[str]) -> str:
            self.used[key] = filling
            return f"{found[1] if pattern.groups else ''}{{{key}}}"

        return pattern.sub(instead, text)

    def _without_customers(self, part: str) -> str:
        """Rows of words that are customers' names, with a letter or two before the first."""
        if _PLACEHOLDER.fullmatch(part):
            return part
        pieces: list[str] = []
        at = 0
        for began, ended, prefix, is_whole in self._rows(part):
            self.used |= {"customer": CUSTOMER} if is_whole else {"customer_first": CUSTOMER.split()[0]}
            pieces += [part[at:began], prefix, "{customer}" if is_whole else "{customer_first}"]
            at = ended
        return "".join([*pieces, part[at:]])

    def _rows(self, part: str) -> Iterator[tuple[int, int, str, bool]]:
        """(from, until, letters before the name, whether it is more than one word)."""
        row: tuple[int, int, str, bool] | None = None
        for word in _WORD.finditer(part):
            prefix = self._prefix(word[0])
            if prefix is None:
                continue
            if row is not None and not prefix and part[row[1] : word.start()] == " ":
                row = (row[0], word.end(), row[2], True)
                continue
            if row is not None:
                yield row
            row = (word.start(), word.end(), prefix, False)
        if row is not None:
            yield row

    def _prefix(self, word: str) -> str | None:
        """What stands before a customer's name in this word; None if none is in it."""
        if word in self._customer_words:
            return ""
        for length in (1, 2):
            if _PREFIXES.match(word[:length] + "אא") and word[length:] in self._customer_words:
                return word[:length]
        return None

    def _introduced(self, found: re.Match[str]) -> str:
        if not _may_be_name(found[2]):
            return found[0]
        if found[4] is None or not _may_be_name(found[4]):
            self.used["first_name_said"] = INTRODUCED.split()[0]
            return f"{found[1]}{{first_name_said}}{found[3] or ''}{found[4] or ''}"
        self.used["name_said"] = INTRODUCED
        return f"{found[1]}{{name_said}}"


def mask_steps(steps: list[dict[str, Any]], masks: Masks) -> dict[str, str]:
    """Put placeholders into what the caller says and keys; the words that fill them."""
    for step in steps:
        for kind in ("say", "backchannel", "press"):
            if kind in step:
                step[kind] = masks.mask(step[kind])
    return masks.used


def _may_be_name(word: str) -> bool:
    return fold(word) not in _NO_NAMES and fold(word) not in FORMS


def _patterns(names: Sequence[str]) -> Iterator[tuple[re.Pattern[str], str, str]]:
    """(what to find, the placeholder, what fills it): whole names first, then their words, then numbers."""
    whole: list[tuple[re.Pattern[str], str, str]] = []
    single: list[tuple[re.Pattern[str], str, str]] = []
    people = [name for name in names if not any(name != other and name in other for other in names)]
    for number, name in enumerate(people):
        instead, suffix = NAMES[number % len(NAMES)], f"_{number + 1}" if number else ""
        words, others = name.split(), instead.split()
        if len(words) == 1:
            whole.append((_word(name), f"first_name{suffix}", others[0]))
            continue
        whole.append((_word(name), f"name{suffix}", instead))
        for word, key, filling in ((words[0], "first_name", others[0]), (words[-1], "last_name", others[-1])):
            if len(word) > 1:
                single.append((_word(word), f"{key}{suffix}", filling))
    yield from [*whole, *single]
    yield _EMAIL, "email", EMAIL
    yield _LONG_NUMBER, "phone", PHONE
    yield _STREET, "street", STREET
    yield _STREET_ALONE, "street", STREET
    yield _HOUSE, "house", HOUSE


def _word(words: str) -> re.Pattern[str]:
    """These words, with a letter or two before them that Hebrew writes together with a name."""
    return re.compile(rf"(?<!\w)([ולשמהבכ]{{0,2}}){re.escape(words)}(?!\w)")
