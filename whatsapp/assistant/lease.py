"""Who answers a conversation at a moment. A lease is claimed by a conditional update and fences every effect."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.models import Business
from crm.tenancy import for_everyone
from whatsapp.models import AgentRun, Conversation

HELD = timedelta(seconds=60)  # longer than an answer may take


def _over(now: datetime) -> Q:
    return Q(lease=None) | Q(leased_until=None) | Q(leased_until__lt=now)


def claim(conversation_id: int, now: datetime) -> UUID | None:
    """Answer this conversation, if somebody waits in it and nobody else does. Within its business.

    No join here: with one, the rows to update are chosen in a subquery, which who waited for the lock does not repeat.
    """
    rows = Conversation.objects.filter(
        _over(now),
        pk=conversation_id,
        state=Conversation.State.ASSISTANT,
        pending_since__isnull=False,
        business__in=Business.objects.filter(is_active=True),
    )
    return _taken(rows, now)


def claim_any(conversation_id: int, now: datetime) -> UUID | None:
    """Go on with a run of this conversation, whoever answers in it meanwhile."""
    return _taken(Conversation.objects.filter(_over(now), pk=conversation_id), now)


def _taken(rows: QuerySet[Conversation], now: datetime) -> UUID | None:
    mine = uuid4()
    return mine if rows.update(lease=mine, leased_until=now + HELD) else None


def drop(conversation_id: int, lease: UUID) -> None:
    """Let go without an answer; whoever waits goes on waiting."""
    Conversation.objects.filter(pk=conversation_id, lease=lease).update(lease=None, leased_until=None)


def pending(now: datetime, limit: int = 50) -> list[tuple[int, int]]:
    """(business id, conversation id) of those who wait and whom nobody answers, longest first.

    Where a run waits for a person, the customer's next messages wait with it.
    """
    with for_everyone("a sweep over all businesses"):
        held_up = AgentRun.objects.filter(conversation=OuterRef("pk"), status=AgentRun.Status.WAITING)
        rows = Conversation.objects.filter(
            _over(now),
            ~Exists(held_up),
            state=Conversation.State.ASSISTANT,
            pending_since__isnull=False,
            business__is_active=True,
        )
        return list(rows.order_by("pending_since").values_list("business_id", "pk")[:limit])
