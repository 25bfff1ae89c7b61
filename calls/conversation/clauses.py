"""What stands in a sentence of the assistant's: its clauses, and the name that is said in it. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime
from json import JSONDecodeError, loads

from booking.hebrew.claims import Moment, agrees
from booking.hebrew.lexicon import FORMS
from booking.hebrew.normalize import fold, normalize
from booking.hebrew.phrases import words_in

_NAME_WORDS = re.compile(r"על שם ([^,.!?:;]+)")
_WORD = re.compile(r"[א-ת0-9]+(?:[\"'][א-ת]+)*")
_ITEM = re.compile(r"^\[SERVER\]\s*[\w ]+?(?:;[^:]*)?:\s*(.*)$", re.DOTALL)
_CLAUSE = re.compile(r"[,.:;!?…\n]+")
_BEHIND_A_NAME = words_in("ב ל ביום ליום בשעה לשעה אצל עם ו נתראה מחר היום אפשר")


def own_words(text: str) -> str:
    """What of a `[SERVER]` item is to be said: its `say`, or its text."""
    if not text.startswith("[SERVER]"):
        return text
    match = _ITEM.match(text)
    if match is None:
        return ""
    body = match[1]
    if body.startswith("{"):
        try:
            facts = loads(body)
        except JSONDecodeError:
            return ""
        return str(facts.get("say") or facts.get("text") or "") if isinstance(facts, dict) else ""
    return body


def clauses(text: str) -> list[tuple[str, ...]]:
    """The text's clauses as folded words."""
    pieces = _CLAUSE.split(normalize(text).text)
    words = [tuple(fold(word) for word in _WORD.findall(piece)) for piece in pieces]
    return [clause for clause in words if clause]


def is_timely(clause: tuple[str, ...]) -> bool:
    return any(word in FORMS or word[:1].isdigit() for word in clause)


def destination(moments: tuple[Moment, ...]) -> list[Moment]:
    """Of a move, where to: not what it was moved from, and of several the last."""
    return [moment for moment in moments if not moment.leaving][-1:]


def all_agree(moments: list[Moment], start: datetime, today: date) -> bool:
    return all(agrees(moment, start, today) for moment in moments)


def is_named(words: str, name: str) -> bool:
    """Whether the name that is said, if one is, is this one, or part of it."""
    match = _NAME_WORDS.search(words)
    if match is None or not name:
        return True
    known = [fold(part) for part in _WORD.findall(normalize(name).text)]
    said = [fold(part) for part in _WORD.findall(match[1])]
    for index, part in enumerate(said[: max(2, len(known))]):
        if index and (part in _BEHIND_A_NAME or part in FORMS or len(known) < 2):
            break
        if not any(_alike(part, each) for each in known):
            return False
    return bool(said)


def _alike(said: str, known: str) -> bool:
    """The same word, one vowel letter more or less allowed."""
    return said == known or _consonants(said) == _consonants(known)


def _consonants(word: str) -> str:
    return word[:1] + word[1:].replace("י", "").replace("ו", "")
