"""What runs after a call. Arguments are ids only; every task is safe to run twice."""

from __future__ import annotations

from functools import partial

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from calls import summary


@shared_task(autoretry_for=(Exception,), retry_backoff=5, retry_backoff_max=300, max_retries=5)
def wrap_up_call(business_id: int, call_id: int) -> None:
    summary.wrap_up(business_id, call_id, now=timezone.now())


def queue_wrap_up(business_id: int, call_id: int) -> None:
    """Once the transaction is committed. A broker that is down costs nothing: the sweep finds the call."""
    transaction.on_commit(partial(wrap_up_call.delay, business_id, call_id), robust=True)


@shared_task
def wrap_up_forgotten_calls() -> None:
    """Calls whose own wrap-up never came: their process died, or the broker lost the task."""
    with transaction.atomic():
        for business_id, call_id in summary.claim_forgotten(timezone.now()):
            queue_wrap_up(business_id, call_id)
