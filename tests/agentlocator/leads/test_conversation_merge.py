"""What two cards of one person wrote becomes one conversation, and two again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from agentlocator.lead_merge import merge_leads, undo_merge
from crm import outbox
from crm.models import Business, Lead, LeadIdentity, LeadMerge
from crm.tenancy import for_business
from tests.support.factories import (
    NOW,
    AgentRunFactory,
    ChannelFactory,
    ConversationFactory,
    LeadFactory,
    LeadIdentityFactory,
    MessageFactory,
)
from whatsapp.models import AgentRun, Conversation, Message

HOUR = timedelta(hours=1)


@pytest.fixture
def two(salon: Business) -> tuple[Conversation, Conversation]:
    """Dana wrote to the linked phone, and later, under an id of its own, to the Twilio number."""
    phone = ChannelFactory(business=salon)
    twilio = ChannelFactory(business=salon, provider="twilio", is_current=False)
    dana = LeadFactory(business=salon, name="דנה", phone="+972520000147")
    unknown = LeadFactory(business=salon, name="דנה לוי", phone="")
    kept = ConversationFactory(business=salon, lead=dana, channel=phone, chat_id="1@lid", unread=1, answered_to=5)
    other = ConversationFactory(
        business=salon, lead=unknown, channel=twilio, chat_id="whatsapp:IL.1", unread=2, last_inbound_at=NOW + HOUR
    )
    return kept, other


def written(talk: Conversation, text: str, hours: int) -> Message:
    at = NOW + hours * HOUR
    row: Message = MessageFactory(business=talk.business, conversation=talk, text=text, created_at=at, written_at=at)
    return row


def texts(talk: Conversation) -> list[str]:
    return [row.text for row in Message.objects.filter(conversation=talk).order_by("written_at", "pk")]


def state_of(pk: int) -> dict[str, Any]:
    return Conversation.objects.filter(pk=pk).values().get()


def test_both_conversations_become_one_and_two_again(
    salon: Business, two: tuple[Conversation, Conversation], dana_herself: User
) -> None:
    kept, other = two
    with for_business(salon):
        written(kept, "א", 0)
        written(other, "ב", 1)
        written(kept, "ג", 2)
        AgentRunFactory(business=salon, conversation=other)
        Conversation.objects.filter(pk=other.pk).update(pending_since=NOW, state="waiting", preview="ב")
        before = state_of(other.pk)
        merge = merge_leads(kept=kept.lead, other=other.lead, name="דנה לוי", phone=kept.lead.phone, by=None, now=NOW)
        assert merge is not None
        one = Conversation.objects.get()
        assert (one.pk, one.unread, one.state, one.preview) == (kept.pk, 3, "waiting", "ג")
        assert (one.chat_id, one.pending_since, one.answered_to) == ("whatsapp:IL.1", NOW, 0)
        assert texts(one) == ["א", "ב", "ג"]
        assert AgentRun.objects.get().conversation_id == kept.pk

        written(one, "ד", 3)  # since then: the kept one's own
        assert undo_merge(merge=merge, by=dana_herself, now=NOW).lead is not None

        again = Conversation.objects.get(pk=other.pk)
        assert (texts(again), texts(kept)) == (["ב"], ["א", "ג", "ד"])
        assert state_of(other.pk) == before
        assert AgentRun.objects.get().conversation_id == other.pk
        assert Conversation.objects.get(pk=kept.pk).preview == "ד"


def test_a_conversation_without_a_counterpart_just_moves(
    salon: Business, two: tuple[Conversation, Conversation], dana_herself: User
) -> None:
    kept, other = two
    with for_business(salon):
        Conversation.objects.filter(pk=other.pk).update(medium="web")
        merge = merge_leads(kept=kept.lead, other=other.lead, name="דנה", phone=kept.lead.phone, by=None, now=NOW)
        assert set(Conversation.objects.values_list("lead_id", flat=True)) == {kept.lead_id}
        assert merge is not None
        undo_merge(merge=merge, by=dana_herself, now=NOW)
        assert Conversation.objects.get(pk=other.pk).lead_id == other.lead_id


def test_who_opted_out_anywhere_has_opted_out(salon: Business, two: tuple[Conversation, Conversation]) -> None:
    kept, other = two
    with for_business(salon):
        Conversation.objects.filter(pk=other.pk).update(opted_out_at=NOW)
        merge_leads(kept=kept.lead, other=other.lead, name="דנה", phone=kept.lead.phone, by=None, now=NOW)
        assert Conversation.objects.get().opted_out_at == NOW


# --- what a channel tells -----------------------------------------------------------------------------
def test_one_person_by_the_channels_word_is_one_card(salon: Business, two: tuple[Conversation, Conversation]) -> None:
    kept, other = two
    LeadIdentityFactory(business=salon, lead=other.lead, channel="twilio", external_id="whatsapp:IL.1")
    with for_business(salon):
        payload = {"keep": kept.lead_id, "merge": other.lead_id}
        for _ in range(2):
            outbox.publish(business=salon, name="lead.same_person", payload=payload)
    assert outbox.deliver_pending(NOW) == 2
    with for_business(salon):
        lead = Lead.objects.get()
        assert (lead.pk, lead.name, lead.phone) == (kept.lead_id, "דנה לוי", "+972520000147")
        assert LeadIdentity.objects.get().lead_id == lead.pk
        merge = LeadMerge.objects.get()
        assert merge.by is None


def test_a_card_that_went_into_another_one_leads_there(
    salon: Business, two: tuple[Conversation, Conversation], dana_herself: User
) -> None:
    kept, other = two
    with for_business(salon):
        third = LeadFactory(business=salon, name="דנה", phone="+972520000148")
        merge_leads(kept=third, other=kept.lead, name="דנה", phone=third.phone, by=dana_herself, now=NOW)
        outbox.publish(business=salon, name="lead.same_person", payload={"keep": kept.lead_id, "merge": other.lead_id})
        outbox.publish(business=salon, name="lead.same_person", payload={"keep": 10**9, "merge": other.lead_id})
    outbox.deliver_pending(NOW)
    with for_business(salon):
        assert Lead.objects.get().pk == third.pk
