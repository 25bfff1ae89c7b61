"""Vectors over a real socket: made in batches, kept by what the text says, and never needed for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from crm.models import Business
from crm.tenancy import for_business
from faq import embeddings, tasks
from faq.models import FaqEmbedding, FaqEntry
from faq.services import Match, match
from simulator import text_endpoint
from simulator.provider import Served, serve_provider
from tests.faq.conftest import NOW
from tests.support.factories import FaqEntryFactory

pytestmark = pytest.mark.django_db
ASKED = "אפשר לחנות ליד הבניין?"


@pytest.fixture
def entries(salon: Business) -> list[FaqEntry]:
    cache.clear()
    return [
        FaqEntryFactory(business=salon, question="אפשר לחנות ליד הבניין שלכם?", answer="כן.", phrasings=["יש חניה?"]),
        FaqEntryFactory(business=salon, question="כמה עולה תספורת?", answer="80 ש״ח."),
    ]


@pytest.fixture
def provider(settings: Settings) -> Iterator[Served]:
    """The stand-in on a loop of its own: what asks it here waits for it, as a worker does."""
    embeddings._query_vector.cache_clear()
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    served = asyncio.run_coroutine_threadsafe(serve_provider(), loop).result(10)
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "test-key", served.base_url
    yield served
    asyncio.run_coroutine_threadsafe(served.close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def made(salon: Business) -> None:
    tasks.embed_entries(salon.pk)


def look_up(salon: Business, text: str = ASKED) -> Match:
    return match(business=salon, text=text, now=NOW)


def _kept(salon: Business) -> int:
    with for_business(salon):
        return FaqEmbedding.objects.count()


def _rewrite(salon: Business, **values: Any) -> None:
    with for_business(salon):
        FaqEntry.objects.filter(question__startswith="כמה").update(**values)


def test_the_entries_are_embedded_in_one_request(salon: Business, entries: list[FaqEntry], provider: Served) -> None:
    made(salon)

    [request] = provider.provider.embedded
    assert (request["model"], len(request["input"]), request["dimensions"]) == ("text-embedding-3-small", 5, 256)
    assert _kept(salon) == 5


def test_what_did_not_change_is_not_asked_for_again(salon: Business, entries: list[FaqEntry], provider: Served) -> None:
    made(salon)
    made(salon)
    _rewrite(salon, answer="90 ש״ח.")

    made(salon)

    assert [len(request["input"]) for request in provider.provider.embedded] == [5, 1]
    assert _kept(salon) == 5  # the one that nobody says any more is gone


def test_with_vectors_the_nearest_entry_answers(salon: Business, entries: list[FaqEntry], provider: Served) -> None:
    made(salon)

    found = look_up(salon)

    assert (found.by, found.entry, found.answer) == ("embedding", entries[0], "כן.")
    assert found.score > found.next_score


def test_what_nothing_is_near_to_gets_no_answer(salon: Business, entries: list[FaqEntry], provider: Served) -> None:
    made(salon)

    found = look_up(salon, "מיהו ראש הממשלה?")

    assert (found.by, found.entry) == ("embedding", None)


def test_a_question_is_embedded_once(salon: Business, entries: list[FaqEntry], provider: Served) -> None:
    made(salon)
    look_up(salon)
    look_up(salon)

    assert len(provider.provider.embedded) == 2


def test_a_wish_is_not_sent_to_anybody(salon: Business, entries: list[FaqEntry], provider: Served) -> None:
    made(salon)

    assert look_up(salon, "אפשר תור מחר בשש?").wish
    assert len(provider.provider.embedded) == 1


def test_until_the_vectors_are_there_the_words_decide(
    salon: Business, entries: list[FaqEntry], provider: Served
) -> None:
    found = look_up(salon, "יש חניה?")

    assert (found.by, found.entry) == ("lexical", entries[0])
    assert provider.provider.embedded == []


def test_a_provider_that_fails_leaves_the_words(salon: Business, entries: list[FaqEntry], provider: Served) -> None:
    made(salon)
    provider.provider.options.embedding_status = 500

    found = look_up(salon, "יש חניה?")

    assert (found.by, found.entry) == ("lexical", entries[0])


def test_a_provider_that_is_gone_leaves_the_words(salon: Business, entries: list[FaqEntry], settings: Settings) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "test-key", "http://127.0.0.1:9/v1"
    _embed_by_hand(salon, entries)

    found = look_up(salon, "יש חניה?")

    assert (found.by, found.entry) == ("lexical", entries[0])


def test_without_a_key_nothing_is_asked(salon: Business, entries: list[FaqEntry]) -> None:
    tasks.embed_entries(salon.pk)

    assert _kept(salon) == 0
    assert look_up(salon, "יש חניה?").by == "lexical"


def test_more_texts_than_one_request_takes_are_parted(
    salon: Business, entries: list[FaqEntry], provider: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "BATCH", 2)  # the limit, not a function of ours

    made(salon)

    assert [len(request["input"]) for request in provider.provider.embedded] == [2, 2, 1]


@pytest.mark.parametrize(
    "body", [{"input": []}, {"input": [""]}, {"input": ["x"] * 2049}, {"input": "x", "dimensions": 0}, {}]
)
def test_the_stand_in_refuses_what_the_provider_refuses(body: dict[str, Any]) -> None:
    with pytest.raises(text_endpoint.Refused):
        text_endpoint.embeddings(body)


def test_the_stand_in_gives_floats_unless_asked_otherwise() -> None:
    answer = text_endpoint.embeddings({"model": "m", "input": ["שלום", "שלום"]})

    assert len(answer["data"][0]["embedding"]) == 1536
    assert answer["data"][0]["embedding"] == answer["data"][1]["embedding"]
    assert answer["usage"]["total_tokens"] > 0


def _embed_by_hand(salon: Business, entries: list[FaqEntry]) -> None:
    vector = embeddings.packed(embeddings.Vector("f", [1.0, 0.0]))
    with for_business(salon):
        for key in {embeddings.hash_of(text) for entry in entries for text in embeddings.texts_of(entry)}:
            FaqEmbedding.objects.create(business=salon, model="text-embedding-3-small", text_hash=key, vector=vector)
