"""What a sentence picks out of what there is: a service by its name, one of two things by its place. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

from booking.hebrew.phrases import words_in
from booking.hebrew.small_talk import words_of

SHORTEST_TELLING_WORD = 3
Services = tuple[tuple[str, str], ...]  # (id, Hebrew name)

_PLACES = {
    "first": words_in("הראשון הראשונה לראשון לראשונה בראשון בראשונה ראשון ראשונה"),
    "second": words_in("השני השנייה השניה לשני לשנייה לשניה בשני בשנייה בשניה שני שנייה שניה האחרון האחרונה"),
    "earlier": words_in("מוקדם מוקדמת המוקדם המוקדמת למוקדם למוקדמת במוקדם במוקדמת"),
    "later": words_in("מאוחר מאוחרת המאוחר המאוחרת למאוחר למאוחרת במאוחר במאוחרת"),
}
_NUMBERED = {"first": words_in("אחת אחד"), "second": words_in("שתיים שתים שניים")}
_NUMBER = words_in("מספר אופציה אפשרות")
_NOT = words_in("לא אל בלי")
_TOO = words_in("מדי מידי לי")


def chosen_place(text: str) -> str:
    """Which of two offers is pointed at: first second earlier later; empty where none is, or more than one."""
    found = set()
    for part in re.split(r"[,.;!?]", text):  # "לא, השני" is the second; "לא השני" is not
        words = ["", *words_of(part), ""]
        for before, word, after in zip(words, words[1:], words[2:], strict=False):
            if before not in _NOT and after not in _TOO:
                found |= {place for place, forms in _PLACES.items() if word in forms}
        for before, word in pairwise(words):
            found |= {place for place, forms in _NUMBERED.items() if before in _NUMBER and word in forms}
    return found.pop() if len(found) == 1 else ""


def service_named(text: str, services: Services) -> str | None:
    """The id of the one service the sentence names: by its whole name, else by a word only it has."""
    if whole := _named_whole(text, services):
        return whole[0] if len(whole) == 1 else None
    named = {
        next(iter(slugs)) for word, slugs in _by_word(services).items() if len(slugs) == 1 and _has_word(text, word)
    }
    return named.pop() if len(named) == 1 else None


def services_meant(text: str, services: Services) -> tuple[str, ...]:
    """The ids of the services of which a sentence names no single one: those it names, or that have its words."""
    if len(whole := _named_whole(text, services)) > 1:
        return whole
    if service_named(text, services) is not None:
        return ()
    sets = [slugs for word, slugs in _by_word(services).items() if len(slugs) > 1 and _has_word(text, word)]
    common = set.intersection(*sets) if sets else set()
    return tuple(slug for slug, _ in services if slug in common) if len(common) > 1 else ()


def _named_whole(text: str, services: Services) -> tuple[str, ...]:
    """The ids of the services named by their whole name; of "תספורת" and "תספורת ילדים" only the longer is meant."""
    named = {name: slug for slug, name in services if _has_word(text, name)}
    return tuple(
        slug for name, slug in named.items() if not any(name != other and _has_word(other, name) for other in named)
    )


def _by_word(services: Services) -> dict[str, set[str]]:
    by_word: dict[str, set[str]] = {}
    for slug, name in services:
        for word in name.split():
            if len(word) >= SHORTEST_TELLING_WORD:
                by_word.setdefault(word, set()).add(slug)
    return by_word


def _has_word(text: str, word: str) -> bool:
    """Hebrew hangs up to two prefixes on a word: לתספורת, ולתספורת."""
    return re.search(rf"(?<!\w)[ובהלמשכ]{{0,2}}{re.escape(word)}(?!\w)", text) is not None
