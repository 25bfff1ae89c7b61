"""Telephone numbers said or written: digits, tens, "פעמיים שבע", a repair in the middle."""

import re
from dataclasses import dataclass

from booking.hebrew.numbers import number_at
from booking.hebrew.tokens import Token, Utterance

# National shapes a business can call back: mobile and VoIP have ten digits, landlines nine.
_NATIONAL = re.compile(r"0(?:5\d|7\d)\d{7}|0[23489]\d{7}")
_WRITTEN_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-(?:20)?\d{2}")
_WITHOUT_ZERO = re.compile(r"[57]\d{8}")
_LANDLINE_WITHOUT_ZERO = re.compile(r"[23489]\d{7}")
_CUES = frozenset(
    ("טלפונ", "הטלפונ", "טלפונימ", "נייד", "הנייד", "ניד", "פלאפונ", "הפלאפונ", "פלפונ", "הפלפונ", "סלולרי",
    "הסלולרי",
     "מספר", "המספר", "מספרי", "בטלפונ", "לטלפונ", "לנייד", "בנייד", "אליי", "אלי", "למספר", "במספר", "בפלאפונ",
     "לפלאפונ", "phone", "number", "וואטסאפ", "בוואטסאפ", "ווטסאפ", "הוואטסאפ")
)  # fmt: skip  # a list
_ID_CUES = frozenset(
    ("זהות", 'ת"ז', "תז", "רכב", "הרכב", "רישוי", "לרכב", "לוחית", "הזמנה", "ההזמנה", "חשבונית", "קבלה")
)
_NUMBER = frozenset(("מספר", "המספר"))
_REPAIRS = frozenset(("סליחה", "טעות", "טעיתי", "תיקונ", "בעצמ", "מחדש", "שוב"))
_TIMES = {"פעמיימ": 2, "דאבל": 2, "כפול": 2, "זוג": 2, "צמד": 2, "טריפל": 3}
_TRIPLE = "פעמימ"
_ZEROS = "אפסימ"
_REPAIRED = "~"
_LONGEST = 24  # digits of the longest number as it may be said: 00972, and zeros said twice over
_LONGEST_SAID = 60  # tokens of such a number, its fillers included
_MOST_REPAIRS = 3  # each one multiplies the ways in which the digits may be meant
_FILLERS = frozenset(
    ("ואז", "אז", "אה", "אהה", "אממ", "קידומת", "מספר", "והמספר", "המספר", "והטלפונ", "מקפ", "זה", "כנ", "לא", "ו",
     "בקידומת", "רגע", "שנייה", "שניה", "ואחר", "אחר", "ככ", "טוב", "את", "אתה", "רושמת", "רושמ", "רשמת", "יפה",
     "אוקיי", "אוקי")
)  # fmt: skip  # a list


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in national digits, or a beginning of one (`number` is None)."""

    number: str | None
    partial: bool


def national(digits: str) -> str | None:
    """National digits of a full Israeli number, else None."""
    digits = digits.removeprefix("00")
    if digits.startswith("972"):
        rest = digits[3:].removeprefix("0")
        digits = "0" + rest
    if _WITHOUT_ZERO.fullmatch(digits):
        digits = "0" + digits
    return digits if _NATIONAL.fullmatch(digits) else None


def find_phone(said: Utterance, asked: bool) -> Phone | None:
    """The last telephone number of the utterance; its tokens are masked, whether whole or partial."""
    found: Phone | None = None
    index = 0
    while index < len(said):
        if not _may_start(said, index):
            index += 1
            continue
        digits, end = _written_whole(said, index) or _collect(said, index)
        cued = asked or _is_cued(said, index)
        phone = None if _is_identity(said, index, "".join(digits)) else _judge(digits, asked, cued)
        if phone is None or phone.number is None:
            later = _whole_behind(said, index, end)
            if later is not None:
                index, digits, end, phone = later
        plain = "".join(digits).replace(_REPAIRED, "")
        if phone is not None and (found is None or found.number is None or phone.number is not None):
            found = phone
        starts_as_phone = plain.startswith(("0", "972")) and len(plain) >= 3
        if phone is not None or (starts_as_phone and len(plain) >= 6) or len(plain) >= 7:
            loose = phone is not None and phone.partial and not plain.startswith("0")
            said.mask(index, end, "digits" if loose else "phone")
        index = max(end, index + 1)
    return found


def _written_whole(said: Utterance, index: int) -> tuple[list[str], int] | None:
    """A full number in one token: what follows is another thing: 052-3456789, 5 בערב."""
    token = said.at(index)
    digits = "".join(char for char in token.key if char.isdigit()) if token.kind == "digits" else ""
    whole = national(digits) is not None and (digits.startswith("0") or len(digits) >= 11)
    return ([digits], index + 1) if whole else None


def _whole_behind(said: Utterance, start: int, end: int) -> tuple[int, list[str], int, Phone] | None:
    """A full number that begins at a later zero of the run: "בשעה 11 אפס חמש שתיים…"."""
    for index in range(max(start + 1, end - _LONGEST_SAID), end):
        token = said.at(index)
        if (token.base == "אפס" or token.key[:1] == "0") and token.prefix == "":
            digits, behind = _collect(said, index)
            phone = _judge(digits, False, False)
            if phone is not None and phone.number is not None:
                return index, digits, behind, phone
    return None


def _may_start(said: Utterance, index: int) -> bool:
    token = said.at(index)
    if token.mask is not None:
        return False
    if token.kind == "digits":
        if _written_whole(said, index) is not None:
            return True
        return not any(mark in token.key for mark in ":/.") and _WRITTEN_DATE.fullmatch(token.key) is None
    if token.prefix not in ("", "ה", "ו"):
        return False  # בעשר is an hour, whatever was asked
    if token.kind == "word" and token.key not in _TIMES and number_at(said, index) is None:
        return False
    return token.is_a("number") or token.is_a("tens") or token.is_a("large") or token.key in _TIMES


def _is_cued(said: Utterance, index: int) -> bool:
    return any(said.at(before).key in _CUES for before in range(max(0, index - 4), index))


def _is_identity(said: Utterance, index: int, digits: str) -> bool:
    """Whether a card, a plate or an order is being numbered: a cue before, no word for a telephone since, no mobile."""
    mobile = national(digits) if len(digits) == 10 else None
    for before in range(index - 1, max(-1, index - 5), -1):
        key = said.at(before).key
        if mobile is not None or key.removeprefix("ו") in _CUES - _NUMBER:
            return False
        if key in _ID_CUES:
            return True
    return False


def _collect(said: Utterance, index: int) -> tuple[list[str], int]:
    """Digit groups of one run; a repair word followed by a fresh beginning starts the run anew."""
    groups: list[str] = []
    end = index
    while index < len(said):
        step = _group(said, index, groups)
        if step is not None:
            index = end = step
            continue
        skipped = _skip(said, index, groups)
        if skipped is None:
            break
        index, step_back = skipped
        if step_back == "restart":
            groups.clear()
        elif step_back:
            groups.append(_REPAIRED)
    return groups, end


def _skip(said: Utterance, index: int, groups: list[str]) -> tuple[int, str] | None:
    """Past commas and fillers to the next digits, and what happens there: "restart", "repair" of what came last, or
    nothing; None at the run's end."""
    restarted = refused = False
    position = index
    while position < len(said) and position - index < 5:
        token = said.at(position)
        if token.key in _REPAIRS:
            restarted = True
        elif token.key == "לא":
            refused = True
        elif not (token.kind == "break" or token.kind == "sign" or token.key in _FILLERS):
            break
        position += 1
    token = said.at(position)
    if position == index or not _continues(token):
        return None
    afresh = token.key[:1] == "0" or token.base == "אפס"
    if (restarted or refused) and afresh:
        return position, "restart"
    return position, "repair" if restarted or refused else ""


def _continues(token: Token) -> bool:
    """Digits and numbers go on; an hour with its marker does not belong to the number before it."""
    if token.mask is not None:
        return False
    if token.kind == "digits":
        return not any(mark in token.key for mark in ":/.") and token.prefix in ("", "ו", "ה")
    numeric = token.is_a("number") or token.is_a("tens") or token.is_a("large") or token.key in _TIMES
    return numeric and token.prefix in ("", "ו")


def _group(said: Utterance, index: int, groups: list[str]) -> int | None:
    """Appends the digits at `index`; returns the token after them."""
    token = said.at(index)
    if groups and not _continues(token) and said.at(index + 1).key != _ZEROS:
        return None
    if token.base in ("שני", "שתי") and said.at(index + 1).key == _ZEROS:
        groups.append("00")
        return index + 2
    if token.key in _TIMES:
        number = number_at(said, index + 1)
        if number is not None:
            groups.append(str(number.value) * _TIMES[token.key])
            return number.end
        return None
    if token.kind == "digits":
        plain = re.sub(r"\D", "", token.key)
        groups.append(plain)
        return index + 1
    number = number_at(said, index)
    if number is None:
        return None
    following = said.at(number.end)
    if following.key == _ZEROS and number.value <= 5:
        groups.append("0" * number.value)
        return number.end + 1
    if following.key == _TRIPLE:
        repeated = number_at(said, number.end + 1)
        if repeated is not None:
            groups.append(str(repeated.value) * number.value)
            return repeated.end
    groups.append(str(number.value))
    if following.key in _TIMES and number_at(said, number.end + 1) is None:
        groups.append(str(number.value) * (_TIMES[following.key] - 1))
        return number.end + 1
    return number.end


def _judge(groups: list[str], asked: bool, cued: bool) -> Phone | None:
    if _REPAIRED in groups:
        return _judge_repaired(groups, asked, cued)
    plain = "".join(groups)
    whole = national(plain)
    if whole is None and len(plain) >= 11:
        whole = _without_spoken_zero(groups)
    if whole is not None and (cued or plain.startswith(("0", "972")) or len(plain) >= 9):
        return Phone(whole, partial=False)
    if asked and len(groups) == 1 and _LANDLINE_WITHOUT_ZERO.fullmatch(plain):
        return Phone("0" + plain, partial=False)
    zero = plain.startswith("0")
    if (
        (asked and (zero or len(plain) >= 3))
        or (cued and len(plain) >= (3 if zero else 5))
        or (zero and len(plain) >= 4 and len(groups) > 1)
    ):
        return Phone(None, partial=True)
    return None


def _judge_repaired(groups: list[str], asked: bool, cued: bool) -> Phone | None:
    """What follows "sorry" replaces as many of the last digits as make the number whole; if none do, it stays open."""
    at = groups.index(_REPAIRED)
    tries = min(at, 4) + 1 if len(groups) <= _LONGEST and groups.count(_REPAIRED) <= _MOST_REPAIRS else 0
    for dropped in range(tries):
        phone = _judge(groups[: at - dropped] + groups[at + 1 :], asked, cued)
        if phone is not None and phone.number is not None:
            return phone
    return _judge(groups[:at], asked, cued)


def _without_spoken_zero(groups: list[str]) -> str | None:
    """אפס חמישים ארבע for 054: said without the ו, the ten and its unit merge if that makes the number whole."""
    if sum(map(len, groups)) > _LONGEST:
        return None
    merged_all: list[str] = []
    for group in groups:
        previous = merged_all[-1] if merged_all else ""
        if len(previous) == 2 and previous.endswith("0") and len(group) == 1 and group != "0":
            merged_all[-1] = previous[0] + group
        else:
            merged_all.append(group)
    if (whole := national("".join(merged_all))) is not None:
        return whole
    for at in range(len(groups) - 1):
        if len(groups[at]) == 2 and groups[at].endswith("0") and len(groups[at + 1]) == 1:
            merged = national("".join(groups[:at]) + groups[at][0] + "".join(groups[at + 1 :]))
            if merged is not None:
                return merged
    return None
