"""Which things a verb is said of."""

from booking.hebrew.claims.sentence import Clause
from booking.hebrew.claims.words import NOUNS, VERBS, Noun

_BEHIND = 5  # words before a passive verb among which its subject is


def subject_of(clause: Clause, at: int) -> Noun | None:
    """The noun that a passive verb is said of: the first one of the words before it, none beyond another verb."""
    found: Noun | None = None
    for index in range(at - 1, max(-1, at - 1 - _BEHIND), -1):
        word = clause.words[index]
        if word in VERBS and word not in NOUNS:
            break
        noun = NOUNS.get(word)
        if noun is not None:
            found = noun
            if word[0] == "ו":
                break
    return found


def first_noun(words: list[str]) -> Noun | None:
    """The kind of the first noun; the name in "על שם דנה" is none."""
    for at, word in enumerate(words):
        if word in NOUNS and not (word == "שמ" and at and words[at - 1] == "על"):
            return NOUNS[word]
    return None
