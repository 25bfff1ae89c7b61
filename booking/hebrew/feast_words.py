"""Hebrew-calendar days as people say them: ט״ו בשבט, ראש חודש כסלו, ערב פסח, חול המועד, אחרי החגים.

A single day is a date; a feast of several days and what lies before or after one is a period, which asks back.
"""

import re
from dataclasses import replace

from booking.hebrew.date_words import COMING, NEXT, PAST, marked
from booking.hebrew.feasts import ADAR, FIRST_ADAR, NEW_MOON, SECOND_ADAR, Side
from booking.hebrew.items import Item
from booking.hebrew.normalize import fold
from booking.hebrew.numbers import number_at, small_at
from booking.hebrew.resolve import Parts
from booking.hebrew.tokens import Utterance

_MOONS = {
    "ניסן": 1, "אייר": 2, "איר": 2, "סיוון": 3, "סיון": 3, "תמוז": 4, "אב": 5, "אלול": 6, "תשרי": 7, "חשוון": 8,
    "חשון": 8, "מרחשוון": 8, "מרחשון": 8, "כסלו": 9, "כסליו": 9, "טבת": 10, "שבט": 11, "אדר": 12,
}  # fmt: skip  # a table of names
_SINGLE = {
    "פורים": "purim", "חג פורים": "purim", "חג הפורים": "purim", "שושן פורים": "shushan", "תענית אסתר": "esther",
    "יום כיפור": "kippur", "כיפור": "kippur", "יום הכיפורים": "kippur", "צום כיפור": "kippur", "צום גדליה": "gedaliah",
    "הושענא רבה": "hoshana", "הושענה רבה": "hoshana", "שמחת תורה": "simchat_torah", "שמיני עצרת": "simchat_torah",
    "ט\"ו בשבט": "shvat", "טו בשבט": "shvat", "חג האילנות": "shvat", 'ט"ו באב': "love", "טו באב": "love",
    "ל\"ג בעומר": "omer", "לג בעומר": "omer", "ל\"ג לעומר": "omer", "חג שבועות": "shavuot", "חג השבועות": "shavuot",
    "מתן תורה": "shavuot", "שביעי של פסח": "seventh", "שביעי פסח": "seventh", "חג שני של פסח": "seventh",
    "יום העצמאות": "independence", "העצמאות": "independence", "עצמאות": "independence", "יום הזיכרון": "memorial",
    "יום הזכרון": "memorial", "הזיכרון": "memorial", "יום השואה": "shoah", "יום ירושלים": "jerusalem",
    "ט' באב": "av", "תשעה באב": "av", "צום תשעה באב": "av", "עשרה בטבת": "tevet", "שבעה עשר בתמוז": "tammuz",
    "י\"ז בתמוז": "tammuz", "אסרו חג": "after_feast", "איסרו חג": "after_feast",
}  # fmt: skip  # a table of names
_LASTING = {
    "ראש השנה": "rosh_hashana", "סוכות": "sukkot", "חג סוכות": "sukkot", "חג הסוכות": "sukkot", "פסח": "pesach",
    "חג פסח": "pesach", "חג הפסח": "pesach", "חנוכה": "hanukkah", "חג חנוכה": "hanukkah", "חג החנוכה": "hanukkah",
    "חול המועד": "half", 'חוה"מ': "half", "חוהמ": "half", "חול המועד פסח": "half_pesach", 'חוה"מ פסח': "half_pesach",
    "חול המועד של פסח": "half_pesach", "חול המועד סוכות": "half_sukkot", 'חוה"מ סוכות': "half_sukkot",
    "חול המועד של סוכות": "half_sukkot", "החגים": "feasts", "חגים": "feasts", "חגי תשרי": "tishrei", "חג": "feast",
    "החג": "feast", "חג ראשון": "feast", "חג שני": "feast",
}  # fmt: skip  # a table of names
_ONLY_AFTER_EVE = {"שבועות": "shavuot"}  # elsewhere the word means weeks
_BEFORE = frozenset(("לפני", "שלפני", "ולפני", "עד", "לקראת", "לכבוד"))
_AFTER = frozenset(("אחרי", "שאחרי", "ואחרי", "לאחר", "שלאחר", "לאחרי", "אחר", "למחרת", "אחריי", "מאחרי"))
_WISHES = frozenset(("שמח", "כשר", "שמחה", "טובה", "נעימ"))
_LEADS = frozenset(("ליל", "אור", "לאור", "מוצאי"))
_FOR_THE_SAKE = frozenset(("לכבוד", "לקראת"))
_PREFIX = re.compile("[וש]?[בלמ]?")
_PREFIXES = ("", "ב", "ל", "מ", "ה", "ש", "שב", "ול", "וב", "מה", "לה", "ד")
_DAY_LETTERS = (
    "א", "ב", "ג", "ד", "ה", "ו", "ז", "ח", "ט", "י", "יא", "יב", "יג", "יד", "טו", "טז", "יז", "יח", "יט", "כ",
    "כא", "כב", "כג", "כד", "כה", "כו", "כז", "כח", "כט", "ל",
)  # fmt: skip  # the days of a month


def _numerals() -> dict[str, tuple[str, int]]:
    """Letters of a day with and without their marks, and what was glued before them."""
    found: dict[str, tuple[str, int]] = {}
    for prefix in reversed(_PREFIXES[:5]):
        for day, letters in enumerate(_DAY_LETTERS, start=1):
            written = {f'{letters[0]}"{letters[1]}', letters} if len(letters) == 2 else {letters + "'"}
            if len(letters) == 1:
                written.add(letters)
            found |= {prefix + form: (prefix, day) for form in written}
        found[prefix + 'ח"י'] = (prefix, 18)
    return found


_NUMERALS = _numerals()
_MONTH_FORMS = {
    fold(prefix + name): month
    for name, month in _MOONS.items()
    for prefix in (("ב", "ל") if name == "אב" else ("", "ב", "ל"))
}
_NAMED: dict[str, list[tuple[tuple[str, ...], str, bool]]] = {}  # by first word; longest first
for _names, _lasts in ((_SINGLE, False), (_LASTING, True)):
    for _name, _feast in _names.items():
        _words = tuple(fold(word) for word in _name.split())
        _NAMED.setdefault(_words[0], []).append((_words, _feast, _lasts))
for _rows in _NAMED.values():
    _rows.sort(key=lambda row: -len(row[0]))
_FIRST_WORDS = frozenset(prefix + word for prefix in _PREFIXES for word in _NAMED) | {"חודש", "הסדר", "סדר"}
HINTS = {"נר", "בנר", "לנר"} | _FIRST_WORDS | frozenset(_MONTH_FORMS) | {prefix + 'ר"ח' for prefix in _PREFIXES}
_ADAR_MARKS = {
    mark: month for month, marks in ((FIRST_ADAR, ("א'", "א", "ראשונ")), (SECOND_ADAR, ("ב'", "ב", "שני")))
    for mark in marks
}  # fmt: skip  # two rows


def hints_at_feasts(said: Utterance) -> bool:
    """Whether any word of the Hebrew calendar was said at all; most sentences have none."""
    return any(token.key in HINTS for token in said.tokens) or any(
        token.key.endswith("שבועות") for token in said.tokens
    )


def feast_at(said: Utterance, index: int) -> Item | None:
    """A day, a feast, or the time around one, that begins at `index`."""
    if said.at(index).mask is not None or said.at(index).kind == "break":
        return None
    return (
        _nth_day(said, index)
        or _new_moon(said, index)
        or _beside(said, index)
        or _named(said, index, index)
        or _by_month(said, index)
    )


def _beside(said: Utterance, index: int) -> Item | None:
    """ערב פסח is the day before; אחרי פסח, לפני החגים, מוצאי כיפור and ליל הסדר are around it."""
    token = said.at(index)
    key = token.key
    if token.is_a("part") and token.base == "ערב":
        return _named(said, index + 1, index, eve=True)
    lead = key if key in _LEADS else _PREFIX.sub("", key, count=1)
    if lead == "ליל" and said.at(index + 1).key in ("הסדר", "סדר"):
        return _dated(said, index, index + 2, Parts(feast="pesach", eve=True, day_part="evening"))
    if lead in ("ליל", "אור", "לאור") and (found := _named(said, index + 1, index) or _by_month(said, index + 1)):
        found.start, found.parts = index, Parts()  # the evening before, or that night: people differ
        found.kind, found.period = "period", "vague"
        return found
    if lead in ("וצאי", "מוצאי") and (found := _named(said, index + 1, index)):
        found.kind, found.period = "period", "feast"
        return found
    if token.is_a("unit") and token.base == "יומ" and said.key(index + 1) in _BEFORE | _AFTER:
        return _next_to(said, index)
    side: Side | None = "before" if key in _BEFORE else "after" if key in _AFTER else None
    if side is None:
        return None
    ahead = index + 1 + (said.at(index + 1).is_a("part") and said.at(index + 1).base == "ערב")
    found = _named(said, ahead, index)
    if found is None:
        return None
    found.kind, found.period = "period", "feast"
    found.parts = Parts(feast=found.parts.feast, feast_side=side)
    if key in _FOR_THE_SAKE:
        found.notes.add("occasion")
    return found


def _nth_day(said: Utterance, index: int) -> Item | None:
    """בא׳ דחנוכה, יום ב׳ דראש השנה, בשני דסוכות: a day of the feast, not of the week; which date it is is asked."""
    token = said.at(index)
    at = index + (token.is_a("unit") and token.base == "יומ")
    key = said.at(at).key
    counted = key in _NUMERALS or said.at(at).is_a("weekday") or small_at(said, at) is not None
    if said.key(at).lstrip("בל") == "נר" and said.at(at + 1).is_a("weekday"):
        return Item("period", index, at + 2, Parts(feast="hanukkah"), period="feast")  # בנר שלישי
    if not counted or not said.key(at + 1).startswith("ד"):
        return None
    found = _named(said, at + 1, index)
    return replace(found, kind="period", period="feast") if found is not None else None


def _next_to(said: Utterance, index: int) -> Item | None:
    """יום לפני שבועות, ליום שאחרי כיפור: one day, before it begins or after it ends."""
    before = said.key(index + 1) in _BEFORE
    feast = _ONLY_AFTER_EVE.get(said.at(index + 2).key)  # as a length of time it is masked
    found = _dated(said, index, index + 3, Parts(feast=feast)) if feast else _named(said, index + 2, index)
    if found is None or found.parts.feast in ("feast", "feasts") or found.parts.eve:
        return None
    found.kind, found.period = "date", ""
    found.parts = Parts(feast=found.parts.feast, eve=before, feast_side=None if before else "after", relative_days=1)
    return found


def _named(said: Utterance, index: int, start: int, *, eve: bool = False) -> Item | None:
    """The feast whose name stands at `index`; a wish (חג שמח) is none, and the name is claimed."""
    key = said.at(index).key
    if eve and key in _ONLY_AFTER_EVE:
        return _dated(said, start, index + 1, Parts(feast=_ONLY_AFTER_EVE[key], eve=True))
    for prefix in ("",) if key in _NAMED else _PREFIXES:
        rows = _NAMED.get(key.removeprefix(prefix), ()) if key.startswith(prefix) else ()
        for words, feast, lasts in rows:
            if any(said.at(index + at).key != words[at] for at in range(1, len(words))):
                continue
            end = index + len(words)
            if feast == "memorial" and said.key(end) in ("של", "לסבא", "לאבא", "לאמא", "לסבתא"):
                return None  # somebody's own
            if said.key(end) in _WISHES or said.key(end) == "ושמח":
                said.mask(index, end + 1, "greeting")
                return None
            parts = Parts(feast=feast, eve=eve)
            if (lasts and not eve) or feast in ("feast", "feasts"):
                item = Item("period", start, end, parts, period="feast")
                item.marker = marked(prefix)  # type: ignore[assignment]  # marked returns Marker's words only
                return _past(said, item)
            return _dated(said, start, end, parts)
    return None


def _new_moon(said: Utterance, index: int) -> Item | None:
    """ראש חודש כסלו, ר״ח ניסן; without its month it is the next one, which asks back."""
    key = said.at(index).key
    if key.endswith('ר"ח'):
        end = index + 1
    elif key.lstrip("בלמ") == "ראש" and said.at(index + 1).base == "חודש":
        end = index + 2
    else:
        return None
    month = _MONTH_FORMS.get(said.at(end).key)
    if month is None:
        return Item("period", index, end + (said.key(end) in NEXT | COMING), Parts(), period="vague")
    end += 1
    if month == ADAR and (marked_adar := _ADAR_MARKS.get(said.at(end).key)) is not None:
        month, end = marked_adar, end + 1
    return _dated(said, index, end, Parts(feast=f"{NEW_MOON}{month}"))


def _by_month(said: Utterance, index: int) -> Item | None:
    """A day in letters, words or digits, and its month."""
    token, following = said.at(index), said.at(index + 1)
    day, end = 0, index + 1
    if token.kind == "word" and (numeral := _NUMERALS.get(token.key)) is not None and following.key in _MONTH_FORMS:
        marked_letters = '"' in token.key or "'" in token.key
        day = numeral[1] if marked_letters or following.key[0] in "בל" else 0
    elif (number := small_at(said, index)) is not None and number.value <= 30 and token.prefix in ("", "ב", "ל", "ה"):
        day, end = number.value, number.end
    month = _MONTH_FORMS.get(said.at(end).key) if day else None
    if month is None:
        return None
    end += 1
    if month == ADAR and said.at(end).key in _ADAR_MARKS and not _opens_another(said, end):
        month, end = _ADAR_MARKS[said.at(end).key], end + 1
    parts = Parts(day=day, hebrew_month=month)
    year = _year_at(said, end)
    if year is not None:
        parts, end = Parts(day=day, hebrew_month=month, year=year), end + 1
    return _dated(said, index, end, parts)


def _opens_another(said: Utterance, index: int) -> bool:
    """The שני of "י״ד באדר שני בעשר" may be Monday; a mark or the end decides for the month."""
    token = said.at(index)
    return token.is_a("weekday") and number_at(said, index + 1) is not None


_GEMATRIA: dict[str, int] = dict(
    zip("אבגדהוזחטיכלמנסעפצקרשת", (*range(1, 11), *range(20, 100, 10), 100, 200, 300, 400), strict=True)
)


def _year_at(said: Utterance, index: int) -> int | None:
    """תשפ״ז is 5787."""
    key = said.at(index).key.lstrip("ה")
    if '"' not in key or not key.startswith("תש"):
        return None
    return 5000 + sum((_GEMATRIA.get(letter, 0) for letter in key), 0)


def _dated(said: Utterance, start: int, end: int, parts: Parts) -> Item:
    item = Item("date", start, end, parts)
    first = said.at(start)
    glued = first.prefix or _glued(first.key)
    item.marker = marked(glued)  # type: ignore[assignment]  # as above
    if said.key(end) in COMING | NEXT:
        item.end += 1
    return _past(said, item)


def _glued(key: str) -> str:
    """The prefix before a numeral or a feast's name."""
    if key in _NUMERALS:
        return _NUMERALS[key][0]
    return next((prefix for prefix in _PREFIXES[1:4] if key.startswith(prefix) and key[1:] in _NAMED), "")


def _past(said: Utterance, item: Item) -> Item:
    """בפורים שעבר: over."""
    if said.key(item.end) in PAST:
        item.notes.add("past")
        item.end += 1
    return item
