"""Two cards that a channel says are one person's are put together, as a person of the staff would do it by hand."""

from __future__ import annotations

from django.utils import timezone

from agentlocator.lead_merge import merge_leads
from crm import outbox
from crm.models import Lead, LeadMerge, OutboxEvent
from crm.services import better_name


@outbox.subscribe("lead.same_person")
def put_together(event: OutboxEvent) -> None:
    """Told twice, or of cards that are gone, it changes nothing. For thirty days it can be taken back."""
    kept, other = _card(event.payload["keep"]), _card(event.payload["merge"])
    if kept is None or other is None or kept.pk == other.pk:
        return
    name = better_name(kept.name, other.name) if kept.name else other.name
    merge_leads(kept=kept, other=other, name=name, phone=kept.phone or other.phone, by=None, now=timezone.now())


def _card(pk: int) -> Lead | None:
    """The card, or the one into which it was put meanwhile."""
    lead = Lead.objects.filter(pk=pk).first()
    if lead is not None:
        return lead
    merge = LeadMerge.objects.filter(snapshot__lead__id=pk, undone_at=None).order_by("-pk").first()
    return Lead.objects.filter(pk=merge.kept_id).first() if merge else None
