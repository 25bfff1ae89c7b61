"""Conversations and messages by REST."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from crm.models import Business
from tests.support.factories import (
    NOW,
    BusinessFactory,
    ConversationFactory,
    LeadFactory,
    MembershipFactory,
    MessageFactory,
    OutgoingFactory,
)
from whatsapp.models import Conversation, Message

pytestmark = pytest.mark.django_db
CONVERSATIONS, MESSAGES = "/api/v1/conversations/", "/api/v1/messages/"


@pytest.fixture
def salon() -> Business:
    return BusinessFactory(slug="dana")


@pytest.fixture
def garage() -> Business:
    return BusinessFactory(slug="garage")


@pytest.fixture
def noa(salon: Business) -> APIClient:
    client = APIClient()
    user = MembershipFactory(business=salon).user
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client


def talk(business: Business, phone: str = "+972520000147", **facts: Any) -> Conversation:
    row: Conversation = ConversationFactory(
        business=business, lead=LeadFactory(business=business, name="דנה לוי", phone=phone), **facts
    )
    return row


def rows(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    assert set(response.json()) == {"count", "next", "previous", "results"}
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def test_a_conversation(salon: Business, noa: APIClient) -> None:
    row = talk(salon)

    [found] = rows(noa.get(CONVERSATIONS))

    assert found == {
        "id": row.pk,
        "medium": "whatsapp",
        "contact_phone": "+972520000147",
        "contact_name": "דנה לוי",
        "lead_id": row.lead_id,
        "state": "assistant",
        "created_at": found["created_at"],
        "last_message_at": found["last_message_at"],
    }
    assert noa.get(f"{CONVERSATIONS}{row.pk}/").json() == found


def test_filters(salon: Business, noa: APIClient) -> None:
    waiting = talk(salon, state=Conversation.State.WAITING)
    web = talk(salon, phone="+972521111111", medium="web")

    def found(**query: str) -> list[int]:
        return [row["id"] for row in rows(noa.get(CONVERSATIONS, query))]

    assert found(state="waiting") == [waiting.pk]
    assert found(medium="web") == [web.pk]
    assert found(phone="052-000-0147") == [waiting.pk]
    assert found(business="dana") == [web.pk, waiting.pk]
    assert noa.get(CONVERSATIONS, {"state": "asleep"}).status_code == 400


def test_messages_are_told_without_what_staff_say_among_themselves(salon: Business, noa: APIClient) -> None:
    row = talk(salon)
    facts = {"business": salon, "conversation": row}
    question = MessageFactory(**facts)
    MessageFactory(**facts, direction=Message.Direction.NOTE, author="staff", provider_id="", text="סוד")
    answer = OutgoingFactory(**facts, status="delivered")
    deleted = MessageFactory(**facts, text="לא לקרוא", revoked_at=NOW)

    found = rows(noa.get(MESSAGES, {"conversation": row.pk}))

    assert [each["id"] for each in found] == [question.pk, answer.pk, deleted.pk]
    assert found[0] == {
        "id": question.pk,
        "direction": "in",
        "author": "contact",
        "kind": "text",
        "text": "אפשר תור מחר ב-12?",
        "status": "received",
        "created_at": found[0]["created_at"],
    }
    assert (found[1]["direction"], found[1]["status"], found[2]["text"]) == ("out", "delivered", "")


@pytest.mark.parametrize("query", [{}, {"conversation": "x"}, {"conversation": "0"}, {"conversation": str(2**70)}])
def test_a_list_of_messages_names_its_conversation(noa: APIClient, query: dict[str, str]) -> None:
    response = noa.get(MESSAGES, query)

    assert response.status_code == 400
    assert set(response.json()) == {"conversation"}


def test_other_businesses_are_not_found(salon: Business, garage: Business, noa: APIClient) -> None:
    theirs = talk(garage)
    MessageFactory(business=garage, conversation=theirs)

    assert rows(noa.get(CONVERSATIONS)) == []
    assert noa.get(f"{CONVERSATIONS}{theirs.pk}/").status_code == 404
    assert noa.get(CONVERSATIONS, {"business": "garage"}).status_code == 404
    for query in ({}, {"business": "garage"}, {"business": "dana"}):
        assert noa.get(MESSAGES, {"conversation": theirs.pk} | query).status_code == 404


def test_strangers_are_told_nothing(salon: Business) -> None:
    assert APIClient().get(CONVERSATIONS).status_code == 401
    assert APIClient().get(MESSAGES, {"conversation": 1}).status_code == 401


def test_nothing_can_be_written(salon: Business, noa: APIClient) -> None:
    row = talk(salon)
    assert noa.post(CONVERSATIONS, {}, format="json").status_code == 405
    assert noa.delete(f"{CONVERSATIONS}{row.pk}/").status_code == 405
    assert noa.post(MESSAGES, {"conversation": row.pk}, format="json").status_code == 405


def test_lists_cost_the_same_for_one_and_for_many(salon: Business, noa: APIClient) -> None:
    row = talk(salon)
    MessageFactory(business=salon, conversation=row)

    def queries(address: str, **query: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            rows(noa.get(address, query))
        return len(captured)

    few = queries(CONVERSATIONS), queries(MESSAGES, conversation=row.pk)
    for number in range(3):
        talk(salon, phone=f"+97252222222{number}")
        MessageFactory(business=salon, conversation=row)

    assert (queries(CONVERSATIONS), queries(MESSAGES, conversation=row.pk)) == few
