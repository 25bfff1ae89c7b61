"""One thing to do as a row of a page: how late it is in words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.models import FollowUp
from crm.names import name_of
from crm.origins import call_of, is_read_first
from crm.templatetags.isolates import isolate, near

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class When(Enum):
    """Where a row stands in the list."""

    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"
    DONE = "done"


@dataclass(frozen=True)
class Action:
    """What is done about it: `kind` is dial, call (read it) or card (of the person)."""

    kind: str
    address: str


@dataclass(frozen=True)
class Row:
    follow_up: FollowUp
    when: When
    due: SafeString
    action: Action | None
    about: str  # the address of the call or card it is about; empty for neither

    @property
    def assigned_name(self) -> str:
        return name_of(self.follow_up.assigned_to)


def row_of(follow_up: FollowUp, now: datetime) -> Row:
    """Expects `lead` and `assigned_to` to be loaded."""
    when = _when(follow_up, now)
    return Row(follow_up, when, _due(follow_up, when, now), _action(follow_up), _about(follow_up))


def _when(follow_up: FollowUp, now: datetime) -> When:
    if follow_up.done_at is not None:
        return When.DONE
    if follow_up.due_at < now:
        return When.OVERDUE
    is_today = timezone.localdate(follow_up.due_at) == timezone.localdate(now)
    return When.TODAY if is_today else When.LATER


def _due(follow_up: FollowUp, when: When, now: datetime) -> SafeString:
    if when is When.DONE:
        return format_html(_("done {}"), near(follow_up.done_at))
    if when is not When.OVERDUE:
        return format_html(_("until {}"), near(follow_up.due_at))
    late = now - follow_up.due_at
    if late < _HOUR:
        minutes = max(1, int(late.total_seconds() // 60))
        return format_html(ngettext("overdue by {} minute", "overdue by {} minutes", minutes), minutes)
    if late < _DAY:
        hours = int(late / _HOUR)
        return format_html(ngettext("overdue by {} hour", "overdue by {} hours", hours), hours)
    return format_html(_("overdue since {}"), isolate(f"{timezone.localtime(follow_up.due_at):%d/%m}"))


def _action(follow_up: FollowUp) -> Action | None:
    """A false sentence is first read in its call; who waits for an answer is dialled."""
    call = call_of(follow_up)
    if call and is_read_first(follow_up):
        return Action("call", call)
    if follow_up.lead is not None and follow_up.lead.phone:
        return Action("dial", f"tel:{follow_up.lead.phone}")
    if call:
        return Action("call", call)
    return Action("card", reverse("leads:detail", args=[follow_up.lead_id])) if follow_up.lead_id else None


def _about(follow_up: FollowUp) -> str:
    return call_of(follow_up) or (reverse("leads:detail", args=[follow_up.lead_id]) if follow_up.lead_id else "")
