"""The words dates share: next, coming, past, and what a prefix says."""

from booking.hebrew.items import Item
from booking.hebrew.resolve import Parts
from booking.hebrew.tokens import Utterance

NEXT = frozenset(("הבא", "הבאה", "הבע", "הבה", "הבעה"))
COMING = frozenset(("הקרוב", "הקרובה", "הזה", "הזאת", "הזו", "שמגיע", "שבא"))
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
