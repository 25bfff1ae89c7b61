"""Slips of the keyboard in the few words that rules hang on: טלפן, פתוכים, תורימ; and of time words, as in speech."""

import re
from functools import lru_cache

from booking.hebrew.lexicon import FORMS, Form, lookup
from booking.hebrew.owner_rules import words
from booking.hebrew.phrases import words_in

_KEYS = words.prefixed(
    words_in(
        "טלפון פתוחים פתוחות עובדים עובדות סגורים לפחות מראש קדימה תורים התורים דקות מקסימום מינימום "
        "שעתיים יומיים שבועיים "
        "עגולה עגולות"
    ),
    "ולב",
)
_OTHER_WORDS = words_in(
    "קודם קדם מורשה תורם תורמים אבודים כובעים דחות קידום מורישה תרומה לפתח פותחים מותרה הותרה יומיום"
)
_SLIPS = {
    "חובא": "חובה", "חבה": "חובה", "שאה": "שעה", "שעא": "שעה", "תורינ": "תורימ", "טור": "תור", "טורינ": "תורימ",
    "טלפו": "טלפונ", "תלפונ": "טלפונ", "חציי": "חצי", "רבעה": "רבע", "שבועימ": "שבועיימ", "יומימ": "יומיימ",
    "שעתימ": "שעתיימ",
}  # fmt: skip  # a table
_KNOWN = frozenset().union(*(value for value in vars(words).values() if isinstance(value, frozenset))) | _OTHER_WORDS
_CONFUSED = str.maketrans({"ט": "ת", "ק": "כ", "ח": "כ", "ע": "א", "ס": "ש"})
_WEAK = str.maketrans("", "", "אהוי")
_DOUBLED = re.compile(r"([א-ת])\1")
_SHORTEST = 4
_REPAIRED_KINDS = frozenset(("weekday", "unit", "tens", "part"))


def _skeleton(word: str) -> str:
    """The word's first letter and its strong ones, as they sound."""
    sound = word.translate(_CONFUSED)
    return sound[0] + sound[1:].translate(_WEAK)


_SKELETONS = {_skeleton(word): word for word in sorted(_KEYS, key=len, reverse=True)}


@lru_cache(maxsize=4096)
def respelled(word: str) -> str:
    """The word that must be meant, or the word itself; `word` is folded."""
    if word in _SLIPS:
        return _SLIPS[word]
    if len(word) < _SHORTEST or word in _KEYS or word in _KNOWN or word in FORMS:
        return word
    meant = _SKELETONS.get(_skeleton(word))
    return meant if meant is not None and abs(len(meant) - len(word)) <= 1 else word


@lru_cache(maxsize=4096)
def form_of(word: str) -> Form | None:
    """The word of time, exact or with one slip."""
    exact = FORMS.get(word)
    if exact is not None or len(word) < _SHORTEST or word in _KNOWN or word in _KEYS:
        return exact
    guess = FORMS.get(_DOUBLED.sub(r"\1", word)) or lookup(word)
    return guess if guess is not None and guess.entry.kind in _REPAIRED_KINDS else None
