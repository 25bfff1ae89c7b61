"""The clauses of a sentence that state something: no condition, no past, no plan, and nothing that hangs on one."""

from collections.abc import Iterator

from booking.hebrew.owner_rules.days import days_at
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.words import EXCEPT, NOW, UNREAL, prefixed
from booking.hebrew.phrases import words_in

# "If they ask, …" is no condition of what follows.
_ASKING = prefixed(
    words_in("שואל שואלת שואלים ישאלו ישאל שאלו מבקש מבקשת מבקשים יבקשו ביקשו רוצה רוצים מתקשר מתקשרים"), "ש"
)
_NO_WHEN = words_in("כשר כשרה כשרים כשרות כשרותי כשירות כשפים כשל כשלים")
_EVER = frozenset(("אפ", "כל", "בכל", "ואפ"))


def is_unreal(said: Sentence, index: int) -> bool:
    """A word of the past, of a plan or of a condition; אף פעם, כל פעם and פעם בשבוע are none."""
    key = said.key(index)
    if key not in UNREAL:
        return key.startswith("כש") and len(key) > 3 and key not in _NO_WHEN  # כשהבן בגן
    if key.endswith("פעמ"):
        return said.key(index - 1) not in _EVER and said.key(index + 1) not in ("בשבוע", "בחודש", "ב", "אחת")
    return True


def _has_exception(said: Sentence, index: int) -> bool:
    """Whether the next clause takes some of it back: "…, except for children's haircuts"; days are no such thing."""
    if said.key(index) not in EXCEPT:
        return False
    return days_at(said, index + 1) is None and days_at(said, index + 2) is None


def statements(said: Sentence, *, allowed: frozenset[str] = frozenset()) -> Iterator[tuple[int, int]]:
    """From and to of each clause that states something; `allowed` words of the unreal do not count."""
    if said.is_question:
        return
    dead, index = False, 0
    while index < len(said):
        start, end = said.clauses[index]
        keys = [said.key(at) for at in range(start, end)]
        dead = dead and not any(key in NOW for key in keys[:2])
        if any(key not in allowed and is_unreal(said, start + at) for at, key in enumerate(keys)):
            dead = dead or not any(key in _ASKING for key in keys)
        elif not dead and start < end and not _has_exception(said, end + 1):
            yield start, end
        index = max(end, index) + (end <= index)
