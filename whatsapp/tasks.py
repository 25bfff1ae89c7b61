"""What runs for conversations. Arguments are ids only; every task is safe to run twice and at once."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from crm.tenancy import for_everyone
from whatsapp import delivery, desk, media
from whatsapp.baileys import sessions
from whatsapp.flows import due, idle


@shared_task
def deliver(business_id: int, message_id: int) -> None:
    """A failure is kept in the row, which says when to try again."""
    delivery.deliver(business_id, message_id, now=timezone.now())


@shared_task
def sweep_deliveries() -> None:
    """What is due and nobody has taken on: its worker died, or the broker lost the task."""
    with transaction.atomic():
        waiting = delivery.claim_due(timezone.now())
    for business_id, message_id in waiting:
        deliver.delay(business_id, message_id)


@shared_task
def fetch_file(business_id: int, media_id: int) -> None:
    """A failure is kept in the row, which says when to try again."""
    media.attend(business_id, media_id, now=timezone.now())


@shared_task
def sweep_files() -> None:
    with transaction.atomic():
        waiting = media.claim_due(timezone.now())
    for business_id, media_id in waiting:
        fetch_file.delay(business_id, media_id)


@shared_task
def reconcile_bridge() -> None:
    """Every linked phone's events since the last time; what a hook brought already changes nothing."""
    for business_id in sessions.to_reconcile():
        reconcile_session.delay(business_id)


@shared_task
def reconcile_session(business_id: int) -> None:
    sessions.reconcile(business_id, now=timezone.now())


@shared_task
def send_due_flows() -> int:
    """Automatic messages whose time has come."""
    return due.send_due(timezone.now())


@shared_task
def notice_idle_conversations() -> int:
    """Conversations that their customer left in the middle of something."""
    return idle.notice_idle(timezone.now())


@shared_task
def release_left_conversations() -> int:
    """Conversations whose staff has not written for long go back to the assistant."""
    with for_everyone("a sweep over all businesses"):
        return desk.release_overdue(timezone.now())


@shared_task
def answer(business_id: int, conversation_id: int) -> None:
    """The customer's unanswered messages, as one turn."""
    from whatsapp.assistant.answering import answer_conversation  # noqa: PLC0415 -- brings the model's libraries along

    answer_conversation(business_id, conversation_id, now=timezone.now())


@shared_task
def answer_waiting() -> None:
    """Customers whose answer never came: its worker died, or the broker lost the task."""
    from whatsapp.assistant.lease import pending  # noqa: PLC0415 -- as above

    for business_id, conversation_id in pending(timezone.now()):
        answer.delay(business_id, conversation_id)


@shared_task
def resume_run(business_id: int, run_id: int) -> None:
    """A run of the assistant goes on after a person's word."""
    from whatsapp.assistant import runs  # noqa: PLC0415 -- as above

    runs.resume(business_id, run_id, now=timezone.now())


@shared_task
def settle_runs() -> None:
    """Approvals that nobody gave in time, and runs that wait for nobody any more."""
    from whatsapp.assistant import approvals, runs  # noqa: PLC0415 -- as above

    now = timezone.now()
    approvals.expire_overdue(now)
    runs.close_lost(now)
    for business_id, run_id in runs.decided():
        resume_run.delay(business_id, run_id)
