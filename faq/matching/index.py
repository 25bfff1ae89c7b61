"""Entries as vectors, and the one that explains a question best."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import nlargest

from faq.matching.concepts import MODIFIERS, SUBJECTS, concepts_in, strong_subjects, weak_subjects
from faq.matching.weights import WEIGHTS, Weights
from faq.matching.wishes import Wish, wish_in
from faq.matching.words import LIGHT, STOP, bases, grams, roots, surfaces_of, words_of

Vector = dict[str, float]
_HOURS = re.compile(r"\d{1,2}(?::\d\d)?\s*(?:[-–]|עד)\s*\d{1,2}:\d\d|(?:ראשון|א׳?) ?(?:עד|-|–) ?(?:חמישי|ה׳?)(?!\w)")


class Level(StrEnum):
    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. `id` is whatever its owner calls it by."""

    id: str
    question: str
    answer: str
    phrasings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a question came to. `id` is None where nothing is sure enough; `best` is the nearest all the same."""

    id: str | None
    best: str | None
    score: float
    level: Level = Level.LOW
    next_best: str | None = None
    next_score: float = 0.0
    words: tuple[str, ...] = ()  # of the question, that spoke for the best
    phrasing: str = ""  # which of the best's wordings was the closest
    wish: bool = False


NOTHING = Found(None, None, 0.0)


@dataclass(frozen=True, slots=True)
class _Read:
    """A text taken apart: features with their raw weight, by the word they come from."""

    words: list[str]
    subjects: frozenset[str]
    parts: list[tuple[str, Vector]]

    def vector(self, worth: Mapping[str, float], unseen: float) -> Vector:
        total: Vector = {}
        for _word, features in self.parts:
            for feature, weight in features.items():
                total[feature] = total.get(feature, 0.0) + weight * worth.get(feature, unseen)
        return total


@dataclass(frozen=True, slots=True)
class _Side:
    """One wording of an entry: its vector's length, and whose it is."""

    entry: int
    text: str
    length: float


class Index:
    """The entries of one business, ready to be asked."""

    def __init__(self, items: Sequence[Item], weights: Weights = WEIGHTS) -> None:
        self._items = tuple(items)
        self._w = weights
        asked = [[_read(text, weights) for text in (item.question, *item.phrasings)] for item in self._items]
        told = [_read(item.answer, weights) for item in self._items]
        whole = ((*reads, answer) for reads, answer in zip(asked, told, strict=True))
        features = [{feature for read in reads for _word, part in read.parts for feature in part} for reads in whole]
        self._worth, self._unseen = _worth_of(features, weights.strange)
        self._sides: list[_Side] = []
        self._postings: dict[str, list[tuple[int, float]]] = {}  # feature -> (side, weight)
        self._known: list[Vector] = []  # feature -> how well the entry accounts for it, 0..1
        self._accounts: dict[str, list[tuple[int, float]]] = {}  # the same by feature: (entry, share)
        for number, (item, reads, answer) in enumerate(zip(self._items, asked, told, strict=True)):
            known: Vector = {}
            settled = weak_subjects(reads[0].words) & answer.subjects
            for subject in settled:
                reads[0].parts.append(("", {f"#{subject}": weights.subject}))
            for text, read in zip((item.question, *item.phrasings), reads, strict=True):
                self._add_side(number, text, read.vector(self._worth, self._unseen))
                known.update(dict.fromkeys((feature for _w, part in read.parts for feature in part), 1.0))
            for _word, part in answer.parts:
                for feature in part:
                    known.setdefault(feature, weights.answer)
            self._known.append(known)
            for feature, share in known.items():
                self._accounts.setdefault(feature, []).append((number, share))
            together = {feature: worth * known[feature] for feature, worth in self._of(reads[0], answer).items()}
            self._add_side(number, item.question, together)

    @classmethod
    def of(cls, items: Iterable[Item]) -> Index:
        return cls(tuple(items))

    def _of(self, question: _Read, answer: _Read) -> Vector:
        """What an entry says in all."""
        return answer.vector(self._worth, self._unseen) | question.vector(self._worth, self._unseen)

    def _add_side(self, entry: int, text: str, vector: Vector) -> None:
        side = len(self._sides)
        self._sides.append(_Side(entry, text, math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0))
        for feature, weight in vector.items():
            self._postings.setdefault(feature, []).append((side, weight))

    def __len__(self) -> int:
        return len(self._items)

    def find(self, text: str) -> Found:
        """The entry that answers this, or none."""
        found = self._nearest(text)
        wish = wish_in(text)
        refused = wish is Wish.CERTAIN or (wish is Wish.POSSIBLE and found.level is not Level.HIGH)
        return replace(found, id=None, level=Level.LOW, wish=True) if refused else found

    def _nearest(self, text: str) -> Found:
        read = _read(text, self._w)
        query = read.vector(self._worth, self._unseen)
        if not query or not self._items:
            return NOTHING
        ranked = self._ranked(query)
        if not ranked:
            return NOTHING
        score, number, side = ranked[0]
        after, follower = (ranked[1][0], self._items[ranked[1][1]].id) if len(ranked) > 1 else (0.0, None)
        sure = score >= self._w.least and score - after >= self._w.margin
        best = self._items[number].id
        return Found(
            id=best if sure else None,
            best=best,
            score=round(min(1.0, score), 3),
            level=self._level(score, sure=sure),
            next_best=follower,
            next_score=round(min(1.0, after), 3),
            words=self._speaking(read, number),
            phrasing=self._sides[side].text,
        )

    def _ranked(self, query: Vector) -> list[tuple[float, int, int]]:
        """(score, entry, its nearest wording) of the two best, the best first."""
        whole = sum(weight * weight for weight in query.values())
        length = math.sqrt(whole)
        products: dict[int, float] = {}
        explained: dict[int, float] = {}
        for feature, weight in query.items():
            for side, other in self._postings.get(feature, ()):
                products[side] = products.get(side, 0.0) + weight * other
            square = weight * weight / whole
            for entry, share in self._accounts.get(feature, ()):
                explained[entry] = explained.get(entry, 0.0) + square * share
        nearest: dict[int, tuple[float, int]] = {}
        for number, product in products.items():
            wording = self._sides[number]
            cosine = product / (length * wording.length)
            if cosine > nearest.get(wording.entry, (0.0, 0))[0]:
                nearest[wording.entry] = (cosine, number)
        strength = min(1.0, length / self._w.enough)
        likeness = self._w.likeness
        scored = (
            (strength * (likeness * cosine + (1 - likeness) * explained.get(entry, 0.0)), -entry, number)
            for entry, (cosine, number) in nearest.items()
        )
        return [(score, -entry, number) for score, entry, number in nlargest(2, scored)]

    def _level(self, score: float, *, sure: bool) -> Level:
        if sure:
            return Level.HIGH if score >= self._w.high else Level.MIDDLE
        return Level.LOW

    def _speaking(self, read: _Read, number: int) -> tuple[str, ...]:
        """The words of the question that the entry knows, as the question has them."""
        known = self._known[number]
        speaking = []
        for word, part in read.parts:
            whole = sum(weight * weight for weight in part.values())
            shared = sum(weight * weight for feature, weight in part.items() if feature in known)
            if whole and shared / whole >= self._w.speaks:
                speaking.append(word)
        return tuple(dict.fromkeys(speaking))


def _read(text: str, weights: Weights) -> _Read:
    """Its words' pieces and roots, and the subjects they point to."""
    words, surfaces = words_of(text), surfaces_of(text)
    parts: list[tuple[str, Vector]] = []
    pointing: set[int] = set()
    pointers = concepts_in(words)
    weak = weak_subjects(words) - strong_subjects(words)
    if _HOURS.search(text) and not any(name == "hours" for name, _start, _end in pointers):
        pointers.append(("hours", 0, 0))
    for name, start, end in pointers:
        weight = weights.modifier if name in MODIFIERS else weights.subject if name in SUBJECTS else weights.topic
        weight *= weights.weak if name in weak else 1.0
        parts.append((" ".join(surfaces[start:end]), {f"#{name}": weight}))
        pointing.update(range(start, end))
    for at, word in enumerate(words):
        if at in pointing or not _is_stop(word):
            share = weights.pointing if at in pointing else weights.light if _is_light(word) else 1.0
            if at in pointing and _is_stop(word):
                continue
            parts.append((surfaces[at], _features(word, share, weights)))
    subjects = frozenset(name for name, _start, _end in pointers if name in SUBJECTS)
    return _Read(words, subjects, _once(parts))


def _once(parts: list[tuple[str, Vector]]) -> list[tuple[str, Vector]]:
    """Every subject and every word counts once, however often it is said."""
    seen: set[str] = set()
    kept = []
    for word, features in parts:
        fresh = {feature: weight for feature, weight in features.items() if feature not in seen or feature[0] != "#"}
        seen.update(feature for feature in features if feature[0] == "#")
        if fresh:
            kept.append((word, fresh))
    return kept


def _is_light(word: str) -> bool:
    return any(base in LIGHT for base in bases(word)[:2])


def _is_stop(word: str) -> bool:
    return word in STOP or len(word) < 2 or any(base in STOP for base in bases(word)[1:2] if len(word) - len(base) == 1)


def _features(word: str, share: float, weights: Weights) -> Vector:
    """Unit weight in all over the word's pieces, and its root beside them."""
    pieces = Counter(grams(word))
    each = share * weights.pieces / math.sqrt(len(pieces))
    features = dict.fromkeys(pieces, each)
    stems = roots(word)
    for stem in stems:
        features[f"√{stem}"] = share * weights.root / math.sqrt(len(stems))
    return features


def _worth_of(entries: Sequence[set[str]], strange: float) -> tuple[dict[str, float], float]:
    """How telling each feature is among these entries, 0..1, and how telling one is that none of them has."""
    count = Counter(feature for features in entries for feature in features)
    number = len(entries)
    unseen = math.log((number + 2) / 0.5)
    return {feature: math.log((number + 2) / (seen + 0.5)) / unseen for feature, seen in count.items()}, strange
