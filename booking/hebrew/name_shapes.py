"""What a name looks like, and where it ends."""

from dataclasses import dataclass

from booking.hebrew.gazetteer import FIRST_NAMES, PARTICLES, SURNAMES, TOWNS
from booking.hebrew.lexicon import ENTRIES
from booking.hebrew.name_words import AROUND, BEFORE_NAME, FROM, NEVER
from booking.hebrew.tokens import Utterance

LONGEST = 4


@dataclass(frozen=True, slots=True)
class Name:
    """The name as the caller said it."""

    text: str
    start: int
    end: int


def take(said: Utterance, start: int, *, listed: bool, plausible: bool = False) -> Name | None:
    """Up to four words of a name from `start`; dictionary words that cannot be names end it."""
    while said.key(start) in BEFORE_NAME or (said.at(start).kind == "break" and said.at(start).key == ":"):
        start += 1
    end = start
    while end < len(said) and end - start < LONGEST and may_be_name(said, end, first=end == start):
        end += 1
    while end - start > 1 and said.key(end - 1) in PARTICLES - SURNAMES:
        end -= 1
    english = said.at(start).kind == said.at(start - 1).kind == "latin" and is_capital(said, start)
    known = english or said.key(start) in FIRST_NAMES | SURNAMES
    if end == start or (listed and not known):
        return None
    if plausible and not is_listed(said, start, end):
        return None
    return Name(said.quote(start, end), start, end)


def name_end(said: Utterance, start: int) -> int:
    end = start
    while end < len(said) and end - start <= LONGEST and may_be_name(said, end, first=end == start):
        end += 1
    return end


def may_be_name(said: Utterance, index: int, *, first: bool) -> bool:
    token = said.at(index)
    if _is_batsheva(said, index, first=first):
        return True
    if token.mask is not None and token.mask not in ("ordinal", "count"):
        return False
    if token.kind == "latin":
        alike = first or is_capital(said, index) == is_capital(said, index - 1)
        return alike and token.key not in AROUND and len(token.key) > 1
    if token.kind != "word" or len(token.key) < 2 or ('"' in token.key and token.key != 'ד"ר'):
        return False
    if token.key == "אל" and _is_hyphened(said, index + 1):
        return True  # עבד אל-קאדר
    if not first and token.key[0] == "ו" and token.key[1:] in FIRST_NAMES and token.key not in SURNAMES:
        return False  # רחל ויעקב
    if first and (token.key, said.key(index + 1)) == ("בנ", "אדמ"):
        return False
    if not first and (_is_hyphened(said, index) or (token.key, said.key(index - 1)) == ("אל", "בת")):
        return True
    if token.key in NEVER or (not first and says_where_from(token.key, said.key(index + 1))):
        return False
    if first and token.entry is not None and token.prefix == "" and token.entry.kind in ("weekday", "month"):
        return not reads_as_time(said, index)
    if not first and token.entry is not None and token.prefix == "" and said.key(index - 1) in FIRST_NAMES:
        return token.entry.kind in ("weekday", "month") and said.at(index + 1).kind == "break"  # עידן ראשון
    if token.key in FIRST_NAMES or token.key in SURNAMES or token.key in PARTICLES:
        return first or not reads_as_time(said, index)
    if token.key.endswith("תי") and len(token.key) > 4 or token.key.startswith("מה") and len(token.key) > 4:
        return False  # a verb of the past, or where somebody calls from
    exact = token.key in ENTRIES
    if token.entry is not None and (exact or token.prefix):
        return False
    return not (token.key[0] == "ו" and token.key[1:] in NEVER)


def _is_batsheva(said: Utterance, index: int, *, first: bool) -> bool:
    """בת שבע where a name stands, and no age."""
    at = index if first else index - 1
    return (said.at(at).key, said.at(at + 1).key) == ("בת", "שבע") and said.key(at - 1) not in FIRST_NAMES


def says_where_from(key: str, following: str) -> bool:
    """מרמת גן, מהבנק, מפנסיון הכלבים: no part of a name."""
    if key in FROM or (key[0] == "מ" and key not in SURNAMES and following[:1] == "ה" and len(following) > 3):
        return True
    return key not in SURNAMES and ((key[0] in "מב" and key[1:] in TOWNS) or (key.startswith("מה") and len(key) > 4))


def is_capital(said: Utterance, index: int) -> bool:
    return said.quote(index, index + 1)[:1].isupper()


def _is_hyphened(said: Utterance, index: int) -> bool:
    """The second half of נטע-לי."""
    return said.normal.text[said.at(index - 1).end : said.at(index).start] == "-"


def reads_as_time(said: Utterance, index: int) -> bool:
    """A weekday or month name that the next word turns into a date: "דנה שני בעשר"."""
    token, following = said.at(index), said.at(index + 1)
    return (
        token.entry is not None
        and following.entry is not None
        and (following.prefix in ("ב", "ל") or following.entry.kind in ("number", "tens", "part"))
    )


def is_listed(said: Utterance, start: int, end: int) -> bool:
    return any(said.key(at) in FIRST_NAMES or said.key(at) in SURNAMES for at in range(start, end))


def quoted(said: Utterance, start: int, end: int) -> Name:
    return Name(said.quote(start, end), start, end)
