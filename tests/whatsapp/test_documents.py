"""A quote goes to the customer as a file, once, or the staff hear why not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from crm.models import Business, SalesDocument
from crm.sales import approve_document
from crm.tenancy import for_business
from tests.support.factories import (
    NOW,
    BusinessFactory,
    ChannelFactory,
    ConversationFactory,
    LeadFactory,
    SalesDocumentFactory,
    UserFactory,
)
from whatsapp.documents import NotSent, send_document
from whatsapp.models import Channel, Conversation, Message


@pytest.fixture
def shop(db: None, settings: Any, tmp_path: Path) -> Business:
    settings.MEDIA_ROOT = tmp_path
    return BusinessFactory()


@pytest.fixture
def dana(db: None) -> User:
    return UserFactory()


@pytest.fixture
def approved(shop: Business, dana: User) -> SalesDocument:
    lead = LeadFactory(business=shop, name="רונית לוי")
    draft = SalesDocumentFactory(
        business=shop, lead=lead, kind="invoice_draft", payment_link="https://pay.example.com/r/77"
    )
    with for_business(shop):
        return approve_document(document=draft, by=dana, now=NOW)


def sent(document: SalesDocument, by: User, **changes: Any) -> Message:
    with for_business(document.business):
        return send_document(document=document, by=by, **{"now": NOW} | changes)


def test_it_leaves_once_with_its_sum_and_where_to_pay(approved: SalesDocument, dana: User) -> None:
    ConversationFactory(business=approved.business, lead=approved.lead)
    message = sent(approved, dana)
    assert message.text.splitlines() == [
        "טיוטת חשבונית 1: 80.00 ₪",
        "אינה חשבונית מס.",
        "לתשלום: https://pay.example.com/r/77",
    ]
    assert (message.kind, message.author, message.by) == ("document", "staff", dana)
    with for_business(approved.business):
        media = message.media
        with media.file.open() as file:
            assert file.read(5) == b"%PDF-"
        assert (media.mimetype, media.filename, media.due_at) == ("application/pdf", "טיוטת חשבונית 1.pdf", None)
        assert media.file.name != approved.pdf.name
        assert SalesDocument.objects.get().status == "sent"
    with pytest.raises(NotSent, match="כבר נשלח"):
        sent(approved, dana)


def test_after_a_failure_it_may_leave_again(approved: SalesDocument, dana: User) -> None:
    ConversationFactory(business=approved.business, lead=approved.lead)
    first = sent(approved, dana)
    with for_business(approved.business):
        Message.objects.filter(pk=first.pk).update(status=Message.Status.FAILED)
    assert sent(approved, dana).pk != first.pk
    with pytest.raises(NotSent):
        sent(approved, dana)


def test_what_is_not_approved_stays_here(shop: Business, dana: User) -> None:
    with pytest.raises(NotSent, match="שאושר"):
        sent(SalesDocumentFactory(business=shop), dana)


def test_without_a_conversation_nothing_is_kept(approved: SalesDocument, dana: User) -> None:
    with pytest.raises(NotSent, match="עוד אין התכתבות"):
        sent(approved, dana)
    with for_business(approved.business):
        assert SalesDocument.objects.get().status == "approved"
        assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("channel", "word"),
    [
        ({"is_current": False}, "לא מחובר"),
        ({"state": Channel.State.FAILED}, "לא מחובר"),
        ({"provider": Channel.Provider.TWILIO}, "24"),
    ],
)
def test_a_conversation_that_does_not_reach_says_why(
    approved: SalesDocument, dana: User, channel: dict[str, Any], word: str
) -> None:
    business = approved.business
    ConversationFactory(
        business=business,
        lead=approved.lead,
        channel=ChannelFactory(business=business, **channel),
        last_inbound_at=NOW - timedelta(hours=25),
    )
    with pytest.raises(NotSent, match=word):
        sent(approved, dana)


def test_the_conversation_that_reaches_is_taken(approved: SalesDocument, dana: User) -> None:
    business = approved.business
    good = ConversationFactory(business=business, lead=approved.lead, last_inbound_at=NOW - timedelta(days=3))
    web = ChannelFactory(business=business, provider=Channel.Provider.WEB, is_current=False)
    ConversationFactory(
        business=business, lead=approved.lead, medium="web", channel=web, last_inbound_at=NOW - timedelta(days=9)
    )
    assert sent(approved, dana).conversation_id == good.pk


def test_what_was_sent_does_not_change_who_answers(approved: SalesDocument, dana: User) -> None:
    talk = ConversationFactory(business=approved.business, lead=approved.lead)
    sent(approved, dana)
    with for_business(approved.business):
        assert Conversation.objects.get(pk=talk.pk).state == Conversation.State.ASSISTANT
