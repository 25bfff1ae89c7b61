"""Texts as the provider's vectors: asked for in batches, kept by what the text says, never needed for an answer.

Whoever uses them has the lexical matcher beside it: a provider that is late, wrong or absent changes how well a
question is understood, not whether it is answered.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import math
import sys
from array import array
from collections.abc import Collection, Iterable, Sequence
from functools import cache, lru_cache

import httpx2
import msgspec
from django.conf import settings
from django.utils import timezone

from crm.models import Business
from faq.models import FaqEmbedding, FaqEntry

logger = logging.getLogger(__name__)

BATCH = 2048  # inputs of one request, the provider's limit
DIMENSIONS = 256  # of the models that can shorten; a hundred thousand of them compare within milliseconds
LONGEST_INPUT = 2_000  # characters; more says nothing new about which question it is
_QUERY_SECONDS, _BATCH_SECONDS = 2.0, 30.0
FAILURES = (httpx2.HTTPError, msgspec.MsgspecError, ValueError)
Vector = array  # of floats, length one


class _Datum(msgspec.Struct):
    index: int
    embedding: str


class _Answer(msgspec.Struct):
    data: list[_Datum]


_decoder = msgspec.json.Decoder(_Answer)


@cache
def _client() -> httpx2.Client:
    """One per process; building one reads the certificate store."""
    return httpx2.Client()


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def texts_of(entry: FaqEntry) -> list[str]:
    """What stands for an entry: each of its wordings, and the question with its answer."""
    return [_tidy(text) for text in (*entry.wordings(), f"{entry.question}\n{entry.answer}")]


def _tidy(text: str) -> str:
    return " ".join(text.split())[:LONGEST_INPUT]


# --- asking the provider ---------------------------------------------------------------------------------
def fetch(texts: Sequence[str], *, seconds: float = _BATCH_SECONDS) -> list[Vector[float]]:
    """The vectors of at most BATCH texts, in their order. Raises what FAILURES names."""
    body = {
        "model": settings.OPENAI_EMBEDDING_MODEL,
        "input": list(texts),
        "encoding_format": "base64",
        **({"dimensions": DIMENSIONS} if "text-embedding-3" in settings.OPENAI_EMBEDDING_MODEL else {}),
    }
    answer = _client().post(
        f"{settings.OPENAI_BASE_URL.rstrip('/')}/embeddings",
        content=msgspec.json.encode(body),
        headers={"Authorization": f"Bearer {settings.OPENAI_API_KEY}", "Content-Type": "application/json"},
        timeout=seconds,
    )
    answer.raise_for_status()
    by_index = {datum.index: _unit(base64.b64decode(datum.embedding)) for datum in _decoder.decode(answer.content).data}
    if set(by_index) != set(range(len(texts))):
        raise ValueError("the provider left out a vector")
    return [by_index[index] for index in range(len(texts))]


@lru_cache(maxsize=512)
def _query_vector(text: str, _model: str, _address: str) -> Vector[float]:
    return fetch([text], seconds=_QUERY_SECONDS)[0]


def query_vector(text: str) -> Vector[float] | None:
    """Of a customer's question; None where the provider does not answer in time. The text is never logged."""
    try:
        return _query_vector(_tidy(text), settings.OPENAI_EMBEDDING_MODEL, settings.OPENAI_BASE_URL)
    except FAILURES as error:
        logger.warning("A question could not be embedded", extra={"error": type(error).__name__})
        return None


# --- keeping them --------------------------------------------------------------------------------------
def make_missing(business: Business | int) -> int:
    """Asks for the vectors that the business's entries lack, and forgets those that no entry needs; in its scope."""
    wanted = {hash_of(text): text for entry in FaqEntry.objects.all() for text in texts_of(entry)}
    model = settings.OPENAI_EMBEDDING_MODEL
    kept = set(FaqEmbedding.objects.filter(model=model).values_list("text_hash", flat=True))
    missing = [key for key in wanted if key not in kept]
    business_id = business if isinstance(business, int) else business.pk
    for start in range(0, len(missing), BATCH):
        keys = missing[start : start + BATCH]
        vectors = fetch([wanted[key] for key in keys])
        now = timezone.now()
        FaqEmbedding.objects.bulk_create(
            [
                FaqEmbedding(business_id=business_id, model=model, text_hash=key, vector=packed(vector), made_at=now)
                for key, vector in zip(keys, vectors, strict=True)
            ],
            ignore_conflicts=True,
        )
    FaqEmbedding.objects.exclude(model=model, text_hash__in=wanted).delete()
    return len(missing)


def vectors_of(hashes: Collection[str]) -> dict[str, Vector[float]]:
    """Those that are there, by the text's hash; in the business's scope. One query."""
    rows = FaqEmbedding.objects.filter(model=settings.OPENAI_EMBEDDING_MODEL, text_hash__in=hashes)
    return {key: unpacked(bytes(vector)) for key, vector in rows.values_list("text_hash", "vector")}


def is_pending(entries: Iterable[FaqEntry]) -> bool:
    """Some of these entries have no vector yet; in the business's scope. One query."""
    hashes = {hash_of(text) for entry in entries for text in texts_of(entry)}
    kept = FaqEmbedding.objects.filter(model=settings.OPENAI_EMBEDDING_MODEL, text_hash__in=hashes).count()
    return kept < len(hashes)


def packed(vector: Vector[float]) -> bytes:
    copy = array("f", vector)
    if sys.byteorder == "big":
        copy.byteswap()
    return copy.tobytes()


@lru_cache(maxsize=4096)
def unpacked(content: bytes) -> Vector[float]:
    vector = array("f")
    vector.frombytes(content)
    if sys.byteorder == "big":
        vector.byteswap()
    return vector


def _unit(content: bytes) -> Vector[float]:
    vector = unpacked(content)
    length = math.sqrt(sum(value * value for value in vector))
    if not length or not math.isfinite(length):
        raise ValueError("a vector without a direction")
    return array("f", (value / length for value in vector))


def likeness(one: Vector[float], other: Vector[float]) -> float:
    """The cosine; of vectors of two lengths none."""
    return sum(map(float.__mul__, one, other)) if len(one) == len(other) else 0.0
