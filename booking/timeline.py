"""The history of an appointment in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.models import Appointment, AppointmentChange
from booking.overrides import RULES_BROKEN
from crm.names import name_of

READ_WITH = ("by", "old_resource", "new_resource")


@dataclass(frozen=True)
class Entry:
    """One thing that happened. Of time, length, resource and note those are given, before and after, that changed."""

    what: str
    at: datetime
    who: str
    medium: str
    moved_from: datetime | None
    moved_to: datetime | None
    length_from: timedelta | None
    length_to: timedelta | None
    with_from: str
    with_to: str
    note_from: str
    note_to: str
    broken_rule: str
    reason: str


def entries(appointment: Appointment) -> list[Entry]:
    """Oldest first; one query."""
    return [entry_of(change) for change in appointment.changes.select_related(*READ_WITH)]


def entry_of(change: AppointmentChange) -> Entry:
    """The change in words; `READ_WITH` names the rows it looks at beside itself."""
    start, end = (change.old_starts_at, change.new_starts_at), (change.old_ends_at, change.new_ends_at)
    has_moved = None not in start and start[0] != start[1]
    lengths = [until - since for since, until in zip(start, end, strict=True) if since and until]
    is_longer = len(lengths) == 2 and lengths[0] != lengths[1]
    elsewhere = change.old_resource and change.new_resource and change.old_resource_id != change.new_resource_id
    return Entry(
        what=change.get_kind_display(),
        at=change.at,
        who=name_of(change.by),
        medium=change.get_medium_display(),
        moved_from=start[0] if has_moved else None,
        moved_to=start[1] if has_moved else None,
        length_from=lengths[0] if is_longer else None,
        length_to=lengths[1] if is_longer else None,
        with_from=str(change.old_resource) if elsewhere else "",
        with_to=str(change.new_resource) if elsewhere else "",
        note_from=change.old_note,
        note_to=change.new_note,
        broken_rule=str(RULES_BROKEN.get(change.overrode, change.overrode)),
        reason=change.reason,
    )
