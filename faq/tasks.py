"""What is made of entries in the background. Arguments are ids only; every task is safe to run twice."""

from __future__ import annotations

from functools import partial

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from crm.tenancy import for_business
from faq import embeddings

_ASKED_AGAIN_S = 60


@shared_task(autoretry_for=embeddings.FAILURES, retry_backoff=5, retry_backoff_max=300, max_retries=5)
def embed_entries(business_id: int) -> None:
    """The vectors that this business's entries lack."""
    if not settings.OPENAI_API_KEY:
        return
    with for_business(business_id):
        embeddings.make_missing(business_id)


def queue_embedding(business_id: int) -> None:
    """Once the transaction is committed, where there is a key. A lost task is asked for again by the next look-up."""
    if settings.OPENAI_API_KEY:
        transaction.on_commit(partial(embed_entries.delay, business_id), robust=True)


def ask_again(business_id: int) -> None:
    """Vectors are missing that ought to be there: once a minute at most."""
    if cache.add(f"faq-embedding-{business_id}", 1, _ASKED_AGAIN_S):
        queue_embedding(business_id)
