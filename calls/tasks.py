"""What runs after a call. Arguments are ids only; every task is safe to run twice."""

from __future__ import annotations

from functools import partial

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from calls import fetching, retention, summary
from calls.voice import capture


@shared_task(autoretry_for=(Exception,), retry_backoff=5, retry_backoff_max=300, max_retries=5)
def wrap_up_call(business_id: int, call_id: int) -> None:
    summary.wrap_up(business_id, call_id, now=timezone.now())
    if capture.is_due(business_id):
        capture_lines.delay(business_id)


@shared_task
def capture_lines(business_id: int) -> None:
    """As many lines as fit into a task, and another task for the rest. Lines that were refused wait for another day."""
    run = capture.capture(business_id)
    if run.kept and run.left > run.refused:
        capture_lines.delay(business_id)


def queue_wrap_up(business_id: int, call_id: int) -> None:
    """Once the transaction is committed. A broker that is down costs nothing: the sweep finds the call."""
    transaction.on_commit(partial(wrap_up_call.delay, business_id, call_id), robust=True)


@shared_task
def wrap_up_forgotten_calls() -> None:
    """Calls whose own wrap-up never came: their process died, or the broker lost the task."""
    with transaction.atomic():
        for business_id, call_id in summary.claim_forgotten(timezone.now()):
            queue_wrap_up(business_id, call_id)


@shared_task
def fetch_recording(business_id: int, recording_id: int) -> None:
    """A failure is kept in the row, which says when to try again."""
    fetching.fetch(business_id, recording_id, now=timezone.now())


def queue_fetch(business_id: int, recording_id: int) -> None:
    """Once the transaction is committed. A broker that is down costs nothing: the sweep finds the recording."""
    transaction.on_commit(partial(fetch_recording.delay, business_id, recording_id), robust=True)


@shared_task
def fetch_waiting_recordings() -> None:
    with transaction.atomic():
        for business_id, recording_id in fetching.claim_due(timezone.now()):
            queue_fetch(business_id, recording_id)


@shared_task
def delete_old_recordings() -> None:
    retention.delete_old(now=timezone.now())


@shared_task
def close_forgotten_calls() -> None:
    """Calls whose end nobody told us: the carrier is asked."""
    from calls import closing  # noqa: PLC0415 -- closing queues the wrap-up

    closing.close_overdue(timezone.now())
