"""The words dates share: next, coming, past, and what a prefix says."""

from booking.hebrew.items import Item
from booking.hebrew.lexicon import ENTRIES, FORMS
from booking.hebrew.resolve import Parts
from booking.hebrew.tokens import Utterance

NEXT = frozenset(("הבא", "הבאה", "הבע", "הבה", "הבעה"))
COMING = frozenset(("הקרוב", "הקרובה", "הזה", "הזאת", "הזו", "שמגיע", "שבא"))
# בשעות הבוקר, על הבוקר: the morning in general, not the one of today.
GENERAL_LEADS = frozenset(("שעות", "על", "לקראת"))
PAST = frozenset(("שעבר", "שעברה", "האחרונ", "האחרונה", "שהיה", "הקודמ", "הקודמת"))


def marked(prefix: str) -> str:
    """The marker a prefix stands for: at, to, from, or none."""
    letters = prefix.removeprefix("ו").removeprefix("ש")
    return {"ב": "at", "ל": "to", "מ": "from", "בה": "at", "לה": "to", "מה": "from"}.get(letters, "")


def date_item(said: Utterance, start: int, end: int, parts: Parts, **more: object) -> Item:
    item = Item("date", start, end, parts, strong=not said.at(start).repaired)
    item.marker = marked(said.at(start).prefix)  # type: ignore[assignment]  # marked returns Marker's words only
    for name, value in more.items():
        setattr(item, name, value)
    return item


def _misheard_weekdays() -> dict[str, int]:
    """Weekdays with a yod or a vav too many or too few, or a letter that sounds alike; certain only behind יום."""
    found: dict[str, int] = {}
    for word, entry in ENTRIES.items():
        if entry.kind != "weekday" or entry.value == 6:
            continue
        shapes = {word[:at] + letter + word[at:] for at in range(1, len(word)) for letter in "יוא"}
        shapes |= {word[:at] + word[at + 1 :] for at in range(1, len(word)) if word[at] in "יוא"}
        shapes |= {word.replace(one, other) for one, other in ("שס", "עא", "חכ", "חה", "אי", "אה")}
        known = ("number", "tens", "teen", "unit", "weekday", "ordinal", "fraction")
        for shape in shapes:
            if len(shape) > 2 and not (shape in FORMS and FORMS[shape].entry.kind in known):
                found[shape] = entry.value
    return found


MISHEARD_WEEKDAYS = _misheard_weekdays()
