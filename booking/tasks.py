"""What the scheduler asks of this app."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from booking.services import forget_answers, release_expired_holds


@shared_task
def release_holds() -> int:
    """Remove the held times that nobody booked. Safe to run twice and at once."""
    return release_expired_holds(now=timezone.now())


@shared_task
def forget_old_answers() -> int:
    """Remove answers under keys that nobody repeats any more. Safe to run twice and at once."""
    return forget_answers(now=timezone.now())
