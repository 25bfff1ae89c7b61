"""A customer as the list and the board show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.models import Activity, FollowUp, Lead, LeadTag, Tag
from crm.names import name_of
from crm.pages.follow_up_rows import Row, row_of


@dataclass(frozen=True)
class LeadCard:
    """One customer, their tags, the next thing to do and the last thing that happened."""

    lead: Lead
    tags: Sequence[Tag]
    step: Row | None
    last: str

    @property
    def assigned_name(self) -> str:
        user = self.lead.assigned_to
        return name_of(user)


def cards_of(leads: Sequence[Lead], *, now: datetime) -> list[LeadCard]:
    """For all of them in three queries. Expects `assigned_to` to be loaded."""
    pks = [lead.pk for lead in leads]
    tags: dict[int, list[Tag]] = {}
    for link in LeadTag.objects.filter(lead__in=pks).select_related("tag").order_by("tag__name"):
        tags.setdefault(link.lead_id, []).append(link.tag)
    waiting = FollowUp.objects.filter(lead__in=pks, done_at=None).select_related("lead", "assigned_to")
    steps = {
        step.lead_id: row_of(step, now) for step in waiting.order_by("lead_id", "due_at", "pk").distinct("lead_id")
    }
    newest = Activity.objects.filter(lead__in=pks, removed_at=None).exclude(text="")
    newest = newest.order_by("lead_id", "-occurred_at", "-pk").distinct("lead_id")
    last = dict(newest.values_list("lead_id", "text"))
    return [LeadCard(lead, tags.get(lead.pk, []), steps.get(lead.pk), last.get(lead.pk, "")) for lead in leads]
