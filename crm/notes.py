"""What staff write about a person, in the person's timeline. Who wrote a note may change it or take it back."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User

from crm.models import Activity, Lead, Medium
from crm.services import record_activity

NOTE = "note"


def add_note(*, lead: Lead, text: str, by: User, key: str, now: datetime) -> Activity:
    """A note; sent twice under one key, it is one."""
    return record_activity(
        lead=lead, kind=NOTE, medium=Medium.STAFF, text=text, occurred_at=now, key=f"note:{key}", by=by
    )


def edit_note(*, note: Activity, text: str, by: User) -> bool:
    """Other words for one's own note; False where it is another's, or gone."""
    return bool(Activity.objects.filter(pk=note.pk, kind=NOTE, by=by, removed_at=None).update(text=text))


def remove_note(*, note: Activity, by: User, now: datetime) -> bool:
    """Take back one's own note; it can be put back."""
    return bool(Activity.objects.filter(pk=note.pk, kind=NOTE, by=by, removed_at=None).update(removed_at=now))


def put_back_note(*, note: Activity, by: User) -> bool:
    return bool(Activity.objects.filter(pk=note.pk, kind=NOTE, by=by, removed_at__isnull=False).update(removed_at=None))
