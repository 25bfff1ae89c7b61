"""What the scheduler asks of this app."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from crm import outbox


@shared_task
def deliver_news() -> int:
    """Sweep the outbox. Safe to run twice and at once; what fails stays for the next sweep."""
    return outbox.deliver_pending(timezone.now())
