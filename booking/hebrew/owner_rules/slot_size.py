"""The interval between appointments: תור כל חצי שעה, משך תור 45 דק׳, שעה עגולה; never the length of a treatment."""

import re

from booking.hebrew.owner_rules.durations import Duration, duration_at
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.statements import statements
from booking.hebrew.owner_rules.values import Rule
from booking.hebrew.owner_rules.words import (
    BUSINESS,
    MONEY,
    NOT,
    NOW,
    ONLY,
    OPEN_MANY,
    OPEN_ONE,
    PLAIN,
    SERVICES,
    WE,
    prefixed,
)
from booking.hebrew.phrases import words_in

_ROUND = words_in("עגולה עגולות העגולה העגולות שלמה שלמות")
_HALVES = words_in("וחצי וחצאי וחצאים")
_CLASSES: dict[str, str] = (
    dict.fromkeys(BUSINESS | SERVICES, "b")
    | dict.fromkeys(PLAIN, "f")
    | dict.fromkeys(OPEN_MANY | OPEN_ONE, "v")
    | dict.fromkeys(prefixed(words_in("לקבוע קובעים קובעות קובע קובעת נקבע נקבעים משבצים מזמינים להזמין לתאם "
        "מתאמים קביעת "
                                      "מקבל מקבלת מקבלים מזמנים לזמן זימון נותנים נותן נותנת "
                                          "מחלקים תקבעי תקבע תעשי תעשה הגדר לחלק קביעה לשבץ לתת להקצות לוקח "
                                              "לוקחת לוקחים הזמנות הזמנה הזמנת מוזמנים "
                                                  "שולחנות פגישת ייעוץ"), "ושל"), "v")
    | dict.fromkeys(prefixed(words_in("תור תורים פגישה פגישות ביקורים slot slots שיעורים אימונים מפגש מפגשים "
        "משבצת משבצות סלוט סלוטים ביקור טיפולים"), "הלובש"), "a")
    | dict.fromkeys(prefixed(words_in("קפיצות דילוגים רזולוציה מרווח מרווחים פערים הפרשים מרווחי אינטרוולים "
        "רווחים קפיצה"), "בהל"), "g")
    | dict.fromkeys(prefixed(words_in("יומן"), "הבול"), "a")
    | dict.fromkeys(words_in("מחולק מחלקים חלוקה מחולקת"), "p")
    | dict.fromkeys(prefixed(words_in("משך אורך גודל אורכו באורך זמן זמני יחידת"), "בוש"), "l")
    | dict.fromkeys(words_in("של בת בני בן הוא הם נמשך נמשכים אורכים לוקח תופס תופסת לפי זה היא"), "o")
    | dict.fromkeys(words_in("רק חדש אצלנו אחד אחת בדיוק ביומן קבוע אצלי שלנו שלי בלבד גם תמיד ולא"), "f")
    | dict.fromkeys(words_in("התראה בהתראה התרעה מינימום בערך כ ממוצע בממוצע לפחות עד לפני אחרי מראש בין ההפסקה "
        "הפסקה סביב איחור קדימה נוספת נוסף"), "z")
    | dict.fromkeys(MONEY | words_in("עולה עולים מחיר"), "m")
    | dict.fromkeys(prefixed(words_in("לקוח לקוחה לקוחות מטופל מטופלת מטופלים"), "לש"), "y")
    | dict.fromkeys(NOT, "n")
    | dict.fromkeys(ONLY | WE | NOW | words_in("מתחיל מתחילים מתחילות על מתואמים נכנס נכנסת נכנסים סטנדרטי "
        "סטנדרטית רגיל רגילים נפתח נפתחים מקום"), "f")
    | dict.fromkeys(words_in("תורין"), "a")
    | dict.fromkeys(words_in("סליחה אלא תיקון בעצם"), "c")
    | {"לכל": "k", "אחת": "1", "כל": "k", "=": "o", "24/7": "h", "h": "h"}
)  # fmt: skip  # a table
_CLASSES = (
    _CLASSES
    | {"בכל": "k", "כל": "k", "ל": "o", "אלא": "c", "סליחה": "c"}
    | dict.fromkeys(words_in("ובבקשה אבל ולא ואל אך"), "c")
)
# d a length of time, q one with ל before it, D one of days, h hours and days.
_STATED = re.compile(
    r"(?P<each>(?<!n)k)(?P<every>d)|ka[fo]{0,3}[:-]?[fo]?(?P<of_each>d)|l[fko]{0,2}a?[fo]{0,2}[:-]?o?(?P<long>d)"
    r"|a[fo]{0,3}[:-]?o?(?P<direct>d)|ga?[fol:]{0,3}(?P<grid>d)|1(?P<once>q)|[avy][fo]{0,3}(?P<quarters>Q)|^f*(?P<parts>Q)f*$|ap(?P<parted>[qQ])|^[fh-]*h(?P<beside>d)$|^[fhvy-]*(?P<share>d)k?af*$"
)
_BEFORE = re.compile(r"[bafhvycogk:,-]*")
_AFTER = re.compile(r"[fahvygbr]{0,6}(?:$|[,cnD-]|zD|kf)")
_NAMED = re.compile(r"a[afvyohcgn:,kd]*x{0,2}[fvyoh]*$")  # appointments, and at most a word or two nobody knows
_WHOLE = ("beside", "share")  # patterns of a whole clause
_UNITS = ("minute", "hour")


def read_slot_size(said: Sentence) -> list[Rule]:
    """Every statement in the sentence, in order."""
    if not any(
        token.key in _TRIGGERS or token.key in _ROUND or token.is_a("unit") or token.key in ("דק'", "דק")
        for token in said.tokens
    ):
        return []
    rules: list[Rule] = []
    for start, end in statements(said):
        rules += _round_hours(said, start, end) or _intervals(said, start, end)
    return rules


_TRIGGERS = frozenset(word for word, kind in _CLASSES.items() if kind in ("k", "a", "g", "l", "p"))


def _round_hours(said: Sentence, start: int, end: int) -> list[Rule]:
    """שעה עגולה is a whole hour; עגולות וחצי a half."""
    for index in range(start, end):
        token = said.at(index)
        if token.key not in _ROUND or said.at(index - 1).base not in ("שעה", "שעות"):
            continue
        letters, _ = _shape(said, start, end)
        if "n" in letters or ("x" in letters and not re.search("[av]", letters)):
            return []
        halves = any(
            said.key(at) in _HALVES or said.at(at).base == "חצי" for at in range(index + 1, min(index + 4, end))
        )
        return [_rule(said, 30 if halves else 60, start, end)]
    return []


def _intervals(said: Sentence, start: int, end: int) -> list[Rule]:
    letters, lengths = _shape(said, start, end)
    rules: list[Rule] = []
    for match in _STATED.finditer(letters):
        at = match.start(match.lastgroup or 0)
        length = lengths[at]
        fits = _fits(letters, match, at)
        if fits and length.minutes == int(length.minutes) and not length.prefix.strip("ל"):
            rules.append(_rule(said, int(length.minutes), start, end))
    return rules


def _fits(letters: str, match: re.Match[str], at: int) -> bool:
    """Whether what stands around the statement leaves it a rule about appointments."""
    before, after = letters[: match.start()], letters[at + 1 :]
    every = match.lastgroup in ("every", "once")
    if "z" in before or not (match.lastgroup in _WHOLE or _AFTER.match(after) or (every and _NAMED.search(before))):
        return False
    if every and re.match(r"f?(?:m|z(?!D))", after):
        return False
    if not every:
        return "n" not in before and (match.lastgroup != "direct" or not before.endswith(("n", "x")))
    if "x" in before and not re.search("[av]", before[before.rindex("x") :]) and "a" not in before:
        return False
    led = (_NAMED.search(before) or re.search(r"[vy][afvyohcgn:,kd]*$", before)) is not None and not re.search(
        r"n[^c]*$", before
    )
    return (
        led or re.match(r"f*[avy]", after) is not None or (_BEFORE.fullmatch(before) is not None and "b" not in before)
    )


def _shape(said: Sentence, start: int, end: int) -> tuple[str, dict[int, Duration]]:
    """The clause by classes, a length of time as one letter; positions of those letters with the lengths."""
    letters: list[str] = []
    lengths: dict[int, Duration] = {}
    index = start
    while index < end:
        token = said.at(index)
        length = duration_at(said, index)
        if (
            length is not None
            and length.end <= end
            and (said.at(length.end).key not in _ROUND or token.is_a("fraction"))
        ):
            ranged = (
                said.at(index - 1).kind == "dash" or said.at(index - 1).key == "עד" or said.at(index - 2).key == "בין"
            )
            letters.append(
                _length_letter(length, ranged=ranged and index > start and said.at(index - 2).kind == "digits")
            )
            lengths[len(letters) - 1] = length
            index = length.end
            continue
        letters.append(_letter(said, index))
        index += 1
    return "".join(letters), lengths


def _length_letter(length: Duration, *, ranged: bool) -> str:
    if length.unit not in _UNITS:
        return "D"
    return "z" if ranged else "Q" if length.quarters else "q" if length.prefix == "ל" else "d"


def _letter(said: Sentence, index: int) -> str:
    token = said.at(index)
    if token.kind in ("digits", "clock", "always") or token.is_a("weekday") or token.is_a("part"):
        return "h"
    if token.kind in ("colon", "dash"):
        return ":" if token.kind == "colon" else "-"
    if token.key in _ROUND:
        return "r"
    known = _CLASSES.get(token.key)
    if known is None and (token.is_a("unit") or token.is_a("number") or len(token.key.rstrip("'")) == 1):
        return "h"
    return known or "x"


def _rule(said: Sentence, minutes: int, start: int, end: int) -> Rule:
    return Rule("slot_size_min", minutes, said.clause_quote(start, end))
