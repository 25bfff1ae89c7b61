"""Things that somebody of the staff must do: asking for one, changing it, and which of them are whose.

Doing and undoing them is in `crm.services`, which the product itself uses, too. The edge has entered the business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from crm.models import Business, FollowUp, Lead


def of_user(user: User) -> Q:
    """What this member sees to: their own, and what is nobody's yet."""
    return Q(assigned_to=user.pk) | Q(assigned_to=None)


def ask_for(
    *,
    business: Business,
    reason: str,
    due_at: datetime,
    lead: Lead | None,
    to: User | None,
    key: str,
    call_sid: str = "",
) -> FollowUp:
    """Something to do that a member wrote down. A form that is sent twice under one `key` asks once."""
    follow_up, _ = FollowUp.objects.get_or_create(
        business=business,
        key=f"staff:{key}",
        defaults={"lead": lead, "reason": reason, "due_at": due_at, "assigned_to": to, "call_sid": call_sid},
    )
    return follow_up


@dataclass(frozen=True)
class Changed:
    """`row` is as it is now. `is_stale`: it changed since the form was shown, and nothing was written."""

    row: FollowUp
    is_stale: bool = False


@transaction.atomic
def change_follow_up(*, follow_up: FollowUp, reason: str, due_at: datetime, to: User | None, seen: str) -> Changed:
    """Another wording, time or person for it, unless the row is no longer what the form had `seen` (`trace_of`)."""
    row = FollowUp.objects.select_for_update().get(pk=follow_up.pk)
    if seen != trace_of(row):
        return Changed(row, is_stale=True)
    row.reason, row.due_at, row.assigned_to = reason, due_at, to
    row.save(update_fields=["reason", "due_at", "assigned_to"])
    return Changed(row)


def trace_of(row: FollowUp) -> str:
    """What a form remembers of the row that it was made from."""
    return f"{row.due_at.timestamp():.0f}|{row.assigned_to_id or ''}|{row.done_at is not None}|{row.reason}"
