"""Which of a business's answers a customer's question asks for: by the provider's vectors where there is a key, else by
the words alone. What is not sure gets no answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Literal

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from crm.models import Business, Medium
from crm.tenancy import for_business
from faq import embeddings, tasks
from faq.matching import Index, Item, Level
from faq.models import FaqEntry, local_day

# Of the cosines of the provider's vectors: real paraphrases lie above, neighbours in the subject below.
SURE, HELPED, MARGIN, HIGH = 0.50, 0.38, 0.03, 0.62
_KEPT_INDEXES = 64


@dataclass(frozen=True)
class Match:
    """What a question came to. `entry` is None where nobody may answer from the entries; `best` is the nearest."""

    entry: FaqEntry | None = None
    best: FaqEntry | None = None
    score: float = 0.0
    level: Level = Level.LOW
    next_best: FaqEntry | None = None
    next_score: float = 0.0
    words: tuple[str, ...] = ()  # of the question, that spoke for the best
    phrasing: str = ""  # the best's wording that was the closest
    wish: bool = False  # to book, move or cancel, or about the customer's own case
    by: Literal["embedding", "lexical"] = "lexical"

    @property
    def answer(self) -> str:
        """Word for word as the owner wrote it."""
        return self.entry.answer if self.entry is not None else ""


def active_entries(business: Business, now: datetime | None = None, medium: str = "") -> list[FaqEntry]:
    """The answers that may be given now, through this medium or any, in the order of their making. One query."""
    today = local_day(now or timezone.now(), business.timezone)
    begun = Q(valid_from=None) | Q(valid_from__lte=today)
    lasting = Q(valid_until=None) | Q(valid_until__gte=today)
    given = Q(in_calls=True) if medium == Medium.PHONE else Q(in_messages=True) if medium else Q()
    with for_business(business):
        return list(FaqEntry.objects.filter(begun, lasting, given, is_active=True).order_by("pk"))


def match(*, business: Business, text: str, now: datetime, medium: str = "") -> Match:
    """The entry that answers this question, if one surely does. Never raises for the provider's sake."""
    return match_among(active_entries(business, now, medium), text, business=business)


def match_among(entries: Sequence[FaqEntry], text: str, *, business: Business) -> Match:
    """`match` over entries that are at hand."""
    by_words = _by_words(entries, text)
    if by_words.wish or not settings.OPENAI_API_KEY or not entries or not text.strip():
        return by_words
    return _by_vectors(entries, text, by_words, business) or by_words


# --- by words ----------------------------------------------------------------------------------------
def index_of(entries: Sequence[FaqEntry]) -> Index:
    """The lexical index of these entries, by their keys as text; built once for a set of entries."""
    return _indexes.of(
        tuple(Item(str(entry.pk), entry.question, entry.answer, tuple(entry.phrasings)) for entry in entries)
    )


class _Indexes:
    """The latest indexes of this process, by their entries' words."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Item, ...], Index] = {}
        self._lock = Lock()

    def of(self, items: tuple[Item, ...]) -> Index:
        with self._lock:
            index = self._kept.pop(items, None)
        index = index or Index.of(items)
        with self._lock:
            self._kept[items] = index  # the latest last
            while len(self._kept) > _KEPT_INDEXES:
                del self._kept[next(iter(self._kept))]
        return index


_indexes = _Indexes()


def _by_words(entries: Sequence[FaqEntry], text: str) -> Match:
    rows = {str(entry.pk): entry for entry in entries}
    found = index_of(entries).find(text)
    return Match(
        entry=rows[found.id] if found.id else None,
        best=rows[found.best] if found.best else None,
        score=found.score,
        level=found.level,
        next_best=rows[found.next_best] if found.next_best else None,
        next_score=found.next_score,
        words=found.words,
        phrasing=found.phrasing,
        wish=found.wish,
    )


# --- by vectors --------------------------------------------------------------------------------------
def _by_vectors(entries: Sequence[FaqEntry], text: str, by_words: Match, business: Business) -> Match | None:
    """None where vectors are missing: they are asked for, and the words decide until then."""
    texts = {entry.pk: [(text, embeddings.hash_of(text)) for text in embeddings.texts_of(entry)] for entry in entries}
    with for_business(business):
        vectors = embeddings.vectors_of({key for pairs in texts.values() for _text, key in pairs})
    if any(key not in vectors for pairs in texts.values() for _text, key in pairs):
        tasks.ask_again(business.pk)
        return None
    asked = embeddings.query_vector(text)
    if asked is None:
        return None
    ranked = []
    for entry in entries:
        score, wording = max((embeddings.likeness(asked, vectors[key]), text) for text, key in texts[entry.pk])
        ranked.append((score, -entry.pk, entry, wording))
    ranked.sort(reverse=True)
    score, _pk, best, wording = ranked[0]
    after, follower = (ranked[1][0], ranked[1][2]) if len(ranked) > 1 else (0.0, None)
    agreed = by_words.best is not None and by_words.best.pk == best.pk
    sure = score - after >= MARGIN and score >= (HELPED if agreed and by_words.entry is not None else SURE)
    level = (Level.HIGH if score >= HIGH else Level.MIDDLE) if sure else Level.LOW
    found = Match(
        entry=best if sure else None,
        best=best,
        score=round(max(0.0, min(1.0, score)), 3),
        level=level,
        next_best=follower,
        next_score=round(max(0.0, after), 3),
        phrasing=wording,
        by="embedding",
    )
    return replace(found, words=by_words.words) if agreed else found
