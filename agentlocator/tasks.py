"""What the scheduler asks of the app above all others."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from agentlocator import lead_merge
from crm.tenancy import for_everyone


@shared_task
def forget_old_merges() -> int:
    """Empty the merges that nobody can undo any more. Safe to run twice and at once."""
    with for_everyone("merges grow old in every business"):
        return lead_merge.forget_old_merges(timezone.now())
