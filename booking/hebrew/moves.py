"""In a move, which values say what the appointment is now: מיום שני, של מחר, שקבעתי ל…"""

from booking.hebrew.cues import between, corrects
from booking.hebrew.items import Item
from booking.hebrew.tokens import Utterance
from booking.hebrew.verbs import BOOK, CANCEL, heard_verb

_OLD = frozenset(
    ("של", "שקבעתי", "שקבענו", "שנקבע", "שהיה", "שהיתה", "שהזמנתי", "שקבעת", "שקבעתמ", "קבעתי", "קבענו", "קבעו",
    "קבעת",
     "קבוע", "קבועה", "שקבוע", "נקבע", "הזמנתי", "רשומ", "רשומה", "שרשומ", "יש", "שיש", "היה", "הייתה", "היתה",
     "במקומ",
     "התור", "הפגישה", "תור", "שלי", "הטיפול", "לי", "לנו")
)  # fmt: skip  # a list
_STRONGLY_OLD = _OLD - {"התור", "הפגישה", "תור", "שלי", "הטיפול", "לי", "לנו", "יש", "קבוע", "קבועה"}
_ARRIVING = frozenset(("להגיע", "אגיע", "מגיע", "מגיעה", "לבוא", "אבוא", "יכול", "יכולה"))
_BOOKING_AGAIN = frozenset(
    ("ותקבע", "ותקבעי", "ותקבעו", "ולקבוע", "תקבע", "תקבעי", "לקבוע", "ובמקומ", "במקומ", "ולהזמינ", "ותרשומ",
    "ותרשמי",
     "ותכניס", "ותכניסי")
)  # fmt: skip  # a list


def split_moves(items: list[Item]) -> list[Item]:
    """ "מארבע לשש" is a range of hours elsewhere; in a move it is the old hour and the new one."""
    split: list[Item] = []
    for item in items:
        if "from_to" in item.notes and item.until is not None:
            split.append(Item("time", item.start, item.start + 1, item.parts, marker="from"))
            split.append(Item("time", item.start + 1, item.end, item.until, marker="to"))
        else:
            split.append(item)
    return split


def mark_old(items: list[Item], said: Utterance) -> list[Item]:
    """In a move, what the appointment is now: מיום שני, של מחר, שקבעתי ל…; never the new date."""
    rebooked = _rebooking_at(said)
    for index, item in enumerate(items):
        if item.role != "new" or item.kind in ("moment", "period"):
            continue
        previous = items[index - 1] if index else None
        following = next((other for other in items[index + 1 :] if other.kind == item.kind), None)
        if _is_old(said, item, previous, rebooked) or following is not None and _is_replaced(said, item, following):
            item.role = "from"
    return items


def _is_old(said: Utterance, item: Item, previous: Item | None, rebooked: int) -> bool:
    if 0 <= rebooked < item.start and item.marker != "from":
        return False
    if item.marker == "from" or said.at(item.start).prefix in ("מ", "ומ", "מה") or item.end <= rebooked:
        return True
    if previous is not None and previous.role == "from" and _continues_old(said, previous, item):
        return True
    return _follows_old_word(said, item, previous)


def _is_replaced(said: Utterance, item: Item, following: Item) -> bool:
    """The first of two values: להחליף את יום שלישי ביום רביעי, לדחות מחר ליום שישי."""
    if said.key(item.start - 1) == "את" and following.marker == "at":
        return True
    to_new = following.marker == "to" and item.marker != "to" and following.role == "new"
    return to_new and not corrects(between(said, item, following))


def _rebooking_at(said: Utterance) -> int:
    """Where "cancel this and book that" turns to the new one; -1 where it is not said so."""
    keys = [heard_verb(token.key) for token in said.tokens]
    cancel = next((at for at, key in enumerate(keys) if key in CANCEL), None)
    if cancel is None:
        return -1
    return next((at for at, key in enumerate(keys) if at > cancel and key in _BOOKING_AGAIN | BOOK), -1)


def _continues_old(said: Utterance, previous: Item, item: Item) -> bool:
    """מחר בחמש behind של: one moment, until a ל or a comma opens the new one."""
    if previous.kind == item.kind or item.marker == "to":
        return False
    return not between(said, previous, item)


def _follows_old_word(said: Utterance, item: Item, previous: Item | None) -> bool:
    start = item.start
    floor = previous.end if previous is not None else 0
    nearest = said.key(start - 1)
    if nearest in _ARRIVING and any(said.key(at) == "לא" for at in (start - 2, start - 3)):
        return True  # לא אוכל להגיע מחר
    if start - 1 < floor or nearest not in _OLD:
        if start - 2 >= floor and nearest in ("תור", "אותו", "לי", "כבר", "אצלכמ", "אליכמ"):
            return said.key(start - 2) in _STRONGLY_OLD
        return False
    if nearest in _STRONGLY_OLD:
        return True
    if any(said.key(at) in ("לקבוע", "רוצה", "תקבע", "תקבעי") for at in range(floor, start)) and nearest == "תור":
        return False
    return item.marker != "to" or any(
        said.key(at) in _STRONGLY_OLD | {"יש", "קבוע"} for at in range(max(floor, start - 3), start)
    )
