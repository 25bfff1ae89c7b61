"""The history of an appointment in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from booking.admin.overrides import RULES_BROKEN
from booking.models import Appointment, AppointmentChange


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `moved_from` and `moved_to` are given where the time changed."""

    what: str
    at: datetime
    who: str
    medium: str
    moved_from: datetime | None
    moved_to: datetime | None
    broken_rule: str
    reason: str


def entries(appointment: Appointment) -> list[Entry]:
    """Oldest first; one query."""
    return [_entry(change) for change in appointment.changes.select_related("by")]


def name_of(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else ""


def _entry(change: AppointmentChange) -> Entry:
    return Entry(
        what=change.get_kind_display(),
        at=change.at,
        who=name_of(change.by),
        medium=change.get_medium_display(),
        moved_from=change.old_starts_at,
        moved_to=change.new_starts_at if change.old_starts_at else None,
        broken_rule=str(RULES_BROKEN.get(change.overrode, change.overrode)),
        reason=change.reason,
    )
