"""What customers ask about, however they word it: a closed list of subjects and the words that point to them.

An entry "יש חניה?" and a question "איפה משאירים את האוטו?" share no letter but one subject. Prefixes come off by
`bases`. Topics are synonyms of things, which narrow a subject down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from booking.hebrew.normalize import fold
from booking.hebrew.phrases import words_in
from faq.matching import vocabulary
from faq.matching.words import bases, spelled, words_of

SUBJECTS = frozenset(vocabulary.SUBJECTS)
MODIFIERS = vocabulary.MODIFIERS
_LONGEST_PHRASE = 5
_PLURALS = (fold("ים"), "ות")


def _folded(phrase: str) -> tuple[str, ...]:
    return tuple(spelled(fold(word)) for word in phrase.split("_"))


def _table() -> dict[tuple[str, ...], tuple[str, ...]]:
    """The phrase's words -> its subjects and topics."""
    table: dict[tuple[str, ...], tuple[str, ...]] = {}
    for names in (vocabulary.SUBJECTS, vocabulary.TOPICS):
        for name, listed in names.items():
            for phrase in listed.split():
                key = _folded(phrase)
                table[key] = tuple(dict.fromkeys((*table.get(key, ()), name)))
    return table


_TABLE = _table()
_WEAK_WORDS = {name: words_in(listed) for name, listed in vocabulary.WEAK.items()}
Pointer = tuple[str, int, int]  # the concept, and where the words that point to it begin and end


def concepts_in(words: Sequence[str]) -> list[Pointer]:
    """Each subject or topic with the stretch of words that points to it."""
    found = list(_strong(words))
    if not any(name in SUBJECTS and name not in MODIFIERS for name, _start, _end in found):
        found += _weak(words)[:1]
    return found


def subjects_of(text: str) -> frozenset[str]:
    """What a question is about, of the subjects above."""
    return frozenset(name for name, _start, _end in concepts_in(words_of(text)) if name in SUBJECTS)


def strong_subjects(words: Sequence[str]) -> set[str]:
    """What the words plainly ask about."""
    return {name for name, _start, _end in _strong(words)}


def weak_subjects(words: Sequence[str]) -> set[str]:
    """What the words may ask about; an answer that is about it settles it."""
    return {name for name, _start, _end in _weak(words)}


def _weak(words: Sequence[str]) -> list[Pointer]:
    found = []
    for name, listed in _WEAK_WORDS.items():
        places = [at for at, word in enumerate(words) if listed & set(bases(word))]
        if name == "price":
            places = [at for at in places if not _is_plural(words[at + 1 : at + 2])]
        found += [(name, at, at + 1) for at in places[:1]]
    return found


def _is_plural(words: Sequence[str]) -> bool:
    """כמה אנשים asks how many, not how much."""
    return any(word.endswith(_PLURALS) for word in words)


def _strong(words: Sequence[str]) -> Iterator[Pointer]:
    """The longest phrase first, no word twice."""
    at = 0
    while at < len(words):
        for size in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            if found := _look_up(words[at : at + size]):
                if at and words[at - 1].isdigit():  # 24 שעות, 12 חודשים: so many, not which
                    found = tuple(name for name in found if name != "hours")
                for name in found:
                    yield name, at, at + size
                at += size
                break
        else:
            at += 1


def _look_up(words: Sequence[str]) -> tuple[str, ...]:
    rest = tuple(words[1:])
    for first in bases(words[0]):
        if found := _TABLE.get((first, *rest)):
            return found
    if rest and len(words) <= 3:  # prefixes inside a phrase: כיסא הגלגלים, על הזקן
        for last in bases(rest[-1])[1:]:
            for first in bases(words[0])[:2]:
                if found := _TABLE.get((first, *rest[:-1], last)):
                    return found
    return ()
