"""How long recordings are kept: the sound goes when the business says so, the row stays and tells when it went."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import Q

from calls.models import Recording
from crm.models import BusinessSettings
from crm.tenancy import for_business, for_everyone

logger = logging.getLogger(__name__)

AT_ONCE = 500  # of one business, deleted; the rest an hour later


def days_kept() -> int | None:
    """How long the current business keeps its recordings; None: as long as it likes."""
    return BusinessSettings.objects.values_list("recordings_kept_days", flat=True).first()


def due(recording: Recording, days: int | None) -> datetime | None:
    """When the sound will be deleted; None where it is not to be, or there is none."""
    if days is None or recording.status != Recording.Status.STORED:
        return None
    return recording.created_at + timedelta(days=days)


def delete_old(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Deletes the sounds that every business has kept for as long as it wants to; how many. Safe to run twice."""
    with for_everyone("each business has its own time"):
        limited = BusinessSettings.objects.filter(recordings_kept_days__isnull=False)
        times = dict(limited.values_list("business_id", "recordings_kept_days"))
    before = {business_id: now - timedelta(days=days or 0) for business_id, days in times.items()}
    return sum(_delete_of(business_id, kept_to, now, at_once) for business_id, kept_to in before.items())


def _delete_of(business_id: int, before: datetime, now: datetime, at_once: int) -> int:
    """Goes on after those that cannot be deleted now, so that none of them keeps newer ones from being reached."""
    deleted, place = 0, Q()
    with for_business(business_id):
        old = Recording.objects.filter(status=Recording.Status.STORED, created_at__lt=before)
        while deleted < at_once:
            batch = list(old.filter(place).order_by("created_at", "pk")[: at_once - deleted])
            if not batch:
                break
            deleted += sum(_delete(recording, now) for recording in batch)
            last = batch[-1]
            place = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
    return deleted


def _delete(recording: Recording, now: datetime) -> bool:
    """The file first: where that fails the row still says that it is there, and it is tried again."""
    name = str(recording.file.name or "")
    try:
        if name:
            recording.file.storage.delete(name)
    except OSError as error:  # a storage that is away; its text may hold the name, which is a secret
        told = {"recording_id": recording.pk, "error": type(error).__name__}
        logger.warning("A recording could not be deleted", extra=told)
        return False
    gone = {"status": Recording.Status.DELETED, "file": "", "deleted_at": now}
    return bool(Recording.objects.filter(pk=recording.pk, status=Recording.Status.STORED).update(**gone))
