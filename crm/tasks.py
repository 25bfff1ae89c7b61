"""What the scheduler asks of this app."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from crm import outbox
from crm.pending_imports import forget_stale_imports


@shared_task
def deliver_news() -> int:
    """Sweep the outbox. Safe to run twice and at once; what fails stays for the next sweep."""
    return outbox.deliver_pending(timezone.now())


@shared_task
def forget_imports() -> int:
    """Remove the rows of files that nobody came back to import. Safe to run twice and at once."""
    return forget_stale_imports(timezone.now())
