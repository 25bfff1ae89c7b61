"""Days in a prompt: א׳-ה׳, ראשון עד רביעי, ימי ג׳ ו-ה׳, ימי חול, כל יום, שאר הימים."""

from dataclasses import dataclass
from typing import Literal

from booking.hebrew.calendar_days import LETTER_DAY
from booking.hebrew.lexicon import DAY_LETTERS
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.words import COUNTED, prefixed
from booking.hebrew.phrases import words_in
from booking.hebrew.tokens import Token

Meaning = Literal["named", "every", "others", "holidays", "unclear"]

_HEADERS = prefixed(words_in("יום ימי ימים הימים ימות"), "בלמוכ")
_SHORT_NAMES = {"sun": 0, "mon": 1, "tue": 2, "tues": 2, "wed": 3, "thu": 4, "thur": 4, "thurs": 4, "fri": 5, "sat": 6}
_SPELLINGS = {"שבתות": 6, "חמשי": 4, "שלשי": 2, "מוצאש": 6}
_EVERY = tuple(
    tuple(words.split())
    for words in (
        "כל יומ", "בכל יומ", "מדי יומ", "יומ יומ", "כל הימימ", "בכל הימימ", "כל השבוע", "כל ימי השבוע",
        "בכל ימות השבוע", "כל ימות השבוע", "בכל ימי השבוע", "7 ימימ בשבוע", "שבעה ימימ בשבוע", "שבע ימימ בשבוע",
        "every day", "daily", "7 ימימ", "כל ערב", "בכל ערב", "כל בוקר", "בכל בוקר", "מידי יומ", "יומיומ", "כל לילה",
        "בכל לילה", "שבעת ימי השבוע",
    )
)  # fmt: skip  # a list of phrases
_OTHERS = ("שאר", "בשאר", "ובשאר", "יתר", "ביתר", "וביתר", "ושאר", "לשאר")
_OF_OTHERS = ("הימימ", "השבוע", "ימי", "ימות", "ימימ")
_WORKING = tuple(
    tuple(words.split())
    for words in ("ימי חול", "בימי חול", "ימות חול", "בימות חול", "ימי החול", "בימי החול", "אמצע השבוע", "באמצע השבוע",
                  "אמצע שבוע", "באמצע שבוע", "ימי עבודה", "בימי עבודה", "ימות החול", "וימי חול")
)  # fmt: skip  # a list of phrases
_PHRASES: dict[str, list[tuple[tuple[str, ...], bool]]] = {}  # by first word; whether every day is meant
for _phrase in _EVERY + _WORKING:
    _PHRASES.setdefault(_phrase[0], []).append((_phrase, _phrase in _EVERY))
_EVES = prefixed(words_in("ערב ערבי"), "בולמ")
_FEASTS = words_in("חג חגים החג החגים פסח שבועות כיפור ראש סוכות העצמאות")
_GLUED = frozenset(("ב", "ה", "ל", "מ", "ו", "וב", "ול", "ומ"))
_UNCLEAR = -2
_RANGE_WORDS = frozenset(("עד", "ועד", "to", "till", "until"))
_AND_WORDS = frozenset(("ו", "וגמ", "and", "&", "+", "/", "וב", "או"))


@dataclass(frozen=True, slots=True)
class DayGroup:
    """Weekdays and the token after. `weak`: bare letters, which are days only with hours right beside them."""

    days: tuple[int, ...]
    end: int
    meaning: Meaning = "named"
    weak: bool = False
    at_night: bool = False  # Saturday when it is over


@dataclass(frozen=True, slots=True)
class _Day:
    day: int
    end: int
    letter: bool  # without a mark, might be a prefix
    prefix: str


def days_at(said: Sentence, index: int) -> DayGroup | None:
    """The group of days that begins at this token, without those behind a comma."""
    named = _phrase_at(said, index) or _feast_at(said, index)
    if named is not None:
        return named
    first = _day_at(said, index)
    if first is None:
        return None
    if first.day == _UNCLEAR:
        return DayGroup((), first.end, meaning="unclear")
    days, end, weak = [first.day], first.end, first.letter
    chained = False
    while True:
        linked = _range_from(said, end) if len(days) == 1 or chained or not weak else None
        if linked is not None and said.at(linked.end).kind == "dash" and _day_at(said, linked.end + 1, after_dash=True):
            days.append(linked.day)  # ראשון-שלישי-חמישי is a list
            chained = True
        elif linked is not None and chained:
            days.append(linked.day)
        elif linked is not None:
            if linked.day < days[-1] and first.day != 6:
                return DayGroup((), linked.end, meaning="unclear")  # ג׳-א׳: over a Sabbath, or swapped
            if linked.day != days[-1]:
                days += [day % 7 for day in range(days[-1] + 1, days[-1] + (linked.day - days[-1]) % 7 + 1)]
        else:
            linked = _also_from(said, end, after_letter=weak)
            if linked is None:
                night = len(days) == 1 and (said.at(end - 1).is_a("saturday_night") or said.key(end - 1) == "מוצאש")
                return DayGroup((*dict.fromkeys(days),), end, weak=weak and len(days) == 1, at_night=night)
            if linked.day >= 0:
                days.append(linked.day)
        weak = weak and linked.letter
        end = linked.end


def _range_from(said: Sentence, end: int) -> _Day | None:
    """The last day of a range: -ה, עד חמישי, לחמישי."""
    token = said.at(end)
    if token.kind == "dash" or token.key in _RANGE_WORDS:
        last = _day_at(said, end + 1, after_dash=True)
        return last if last is not None and last.day != _UNCLEAR else None
    last = _day_at(said, end)
    if last is not None and last.prefix in ("ל", "ול") and _starts_range(said, end):
        return last
    return None


def _starts_range(said: Sentence, end: int) -> bool:
    """Whether מ or בין led to the day before: מראשון לחמישי, בין ראשון לחמישי."""
    before = said.at(end - 1)
    return (
        before.prefix in ("מ", "ומ", "שמ")
        or before.key[:1] == "מ"
        or any(said.key(at) in ("בינ", "מיומ", "מימ", "from", "מ", "ומ", "שמ") for at in (end - 2, end - 3))
    )


def _also_from(said: Sentence, end: int, *, after_letter: bool) -> _Day | None:
    """A further day of a list: ורביעי, ו-ה׳, / שישי, a bare letter after a letter; a feast adds no weekday (-1)."""
    token = said.at(end)
    at = end
    if token.key in _AND_WORDS:
        at = end + 1
        if said.at(at).kind == "dash" and said.at(at).end == said.at(at + 1).start:
            at += 1
    feast = _feast_at(said, at)
    if feast is not None:
        return _Day(-1 if not feast.days else feast.days[0], feast.end, False, "")
    if after_letter and token.kind == "comma" and said.at(end + 1).kind == "word" and len(said.key(end + 1)) == 1:
        at = end + 1
    also = _day_at(said, at, after_dash=at > end)
    if (
        also is None
        or also.day == _UNCLEAR
        or (at == end and also.letter and not after_letter and said.at(end - 1).key.rstrip("'") not in DAY_LETTERS)
    ):
        return None
    if also.letter and at == end and also.day == 5 and _day_at(said, end + 1) is not None:
        return None
    return also


def _day_at(said: Sentence, index: int, *, after_dash: bool = False) -> _Day | None:
    return _behind_prefix(said, index) or _plain_day_at(said, index, after_dash=after_dash)


def _plain_day_at(said: Sentence, index: int, *, after_dash: bool) -> _Day | None:
    token = said.at(index)
    headed = token.key in _HEADERS
    if token.key in ("ב", "ל", "ו") and said.at(index + 1).key in _HEADERS:
        index += 1
        token, headed = said.at(index), True
    if headed:
        index += 1
        if said.at(index).kind in ("colon", "dash"):
            index += 1
        prefix = token.prefix or (token.key[0] if token.key[0] in "בלמו" else "")
        found = _bare_day_at(said, index, after_dash=True)
        return _Day(found.day, found.end, False, prefix) if found is not None else None
    return _bare_day_at(said, index, after_dash=after_dash)


def _behind_prefix(said: Sentence, index: int, *, nested: bool = False) -> _Day | None:
    """The day of ב-ג׳, ו-ה׳, מ-א: an unmarked letter with a dash glued to it is a preposition, as it is in speech.

    Of two bare letters, ב-ה may as well be Monday to Thursday, unless the days run the wrong way: ב-א, ו-ה.
    """
    token, dash = said.at(index), said.at(index + 1)
    following = said.at(index + 2)
    if token.kind != "word" or token.key not in _GLUED or dash.kind != "dash" or dash.start != token.end:
        return None
    if said.key(index - 1) in _HEADERS or (said.at(index - 1).kind == "colon" and said.key(index - 2) in _HEADERS):
        return None  # ימים ב-ה
    before = said.at(index - 1)
    if before.kind == "dash" and before.end == token.start and not nested:
        return None  # א-ב-ג
    day = _behind_prefix(said, index + 2, nested=True) if token.key == "ו" and not nested else None
    day = day or _plain_day_at(said, index + 2, after_dash=True)
    if day is None:
        return None
    letter = DAY_LETTERS.get(token.key)
    marked = LETTER_DAY.fullmatch(following.key) is not None or following.key not in DAY_LETTERS
    if letter is not None and (dash.end != following.start or not marked and letter < day.day or token.key == "ה"):
        return _Day(_UNCLEAR, day.end, False, token.key)
    return _Day(day.day, day.end, day.letter, token.key)


def _bare_day_at(said: Sentence, index: int, *, after_dash: bool) -> _Day | None:
    token = said.at(index)
    if token.mask is not None:
        return None
    if token.is_a("weekday"):
        return None if _is_no_day(said, index) else _Day(token.value, index + 1, False, token.prefix)
    if token.is_a("saturday_night"):
        return _Day(6, index + 1, False, token.prefix)
    key = token.key
    if token.kind == "latin":
        return _Day(_SHORT_NAMES[key], index + 1, False, token.prefix) if key in _SHORT_NAMES else None
    if token.kind != "word":
        return None
    spelled = _SPELLINGS.get(key, _SPELLINGS.get(key[1:]) if key[:1] in "בול" else None)
    if spelled is not None:
        return _Day(spelled, index + 1, False, "")
    marked = key.endswith("'")
    letter = key.rstrip("'")
    if letter in DAY_LETTERS:
        return _Day(DAY_LETTERS[letter], index + 1, not marked and not after_dash, token.prefix)
    if (
        len(letter) == 2
        and letter[0] in "בלמו"
        and letter[1] in DAY_LETTERS
        and (marked or _leads_to_range(said, index))
    ):
        return _Day(DAY_LETTERS[letter[1]], index + 1, False, letter[0])
    return None


def _leads_to_range(said: Sentence, index: int) -> bool:
    """The מא of "מא עד ה"."""
    return said.key(index)[0] == "מ" and (said.at(index + 1).kind == "dash" or said.at(index + 1).key == "עד")


def _is_no_day(said: Sentence, index: int) -> bool:
    """ראשון לציון, שני טיפולים, שבת שלום, שלישי ברציפות; ראשון of a treatment."""
    token, following = said.at(index), said.at(index + 1)
    if following.key in ("לציונ", "שלומ") or following.key in COUNTED:
        return True
    return token.prefix == "ה" and said.key(index - 1) not in _HEADERS


def _phrase_at(said: Sentence, index: int) -> DayGroup | None:
    token = said.at(index)
    if token.is_a("weekend"):
        return DayGroup((5, 6), index + 1)
    if token.key in ("סופי", "בסופי", "סופ", "בסופ", "ובסופ") and said.key(index + 1) in ("שבוע", "השבוע"):
        return DayGroup((5, 6), index + 2)
    if token.key.lstrip("ובל") == "מוצאי" and said.at(index + 1).base == "שבת":
        return DayGroup((6,), index + 2, at_night=True)
    if token.key in _OTHERS and said.key(index + 1) in _OF_OTHERS:
        more = said.key(index + 1) in ("ימי", "ימות") and said.key(index + 2) == "השבוע"
        return DayGroup((), index + 2 + more, meaning="others")
    for phrase, every in _PHRASES.get(token.key, ()):
        if any(said.key(index + at) != word for at, word in enumerate(phrase)):
            continue
        if not every:
            return DayGroup((0, 1, 2, 3, 4), index + len(phrase))
        if phrase[-1] != "יומ" or _bare_day_at(said, index + 2, after_dash=False) is None:
            return DayGroup(tuple(range(7)), index + len(phrase), meaning="every")
    return None


def _feast_at(said: Sentence, index: int) -> DayGroup | None:
    """ערב שבת is a Friday; ערבי חג, חגים and חול המועד are no weekdays."""
    token: Token = said.at(index)
    if token.key in _EVES:
        if said.at(index + 1).base == "שבת" or said.key(index + 1) == "שבתות":
            end = index + 2
            holiday = said.key(end) in ("וחג", "וחגימ")
            return DayGroup((5,), end + holiday)
        if said.key(index + 1) in _FEASTS:
            return DayGroup((), index + 2, meaning="holidays")
    if token.key in ("חול", "בחול", "ובחול", "וחול") and said.key(index + 1) == "המועד":
        return DayGroup((), index + 2, meaning="holidays")
    if token.key.lstrip("ובל") in _FEASTS and token.key.lstrip("ובל") not in ("ראש", "שבועות"):
        return DayGroup((), index + 1, meaning="holidays")
    return None
