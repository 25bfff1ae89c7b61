"""A salon that answers messages, its customer, and the provider on a real socket in a thread of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import override_settings

from booking.models import Appointment
from crm.models import Business, Lead
from crm.tenancy import for_business
from simulator.provider import Served, serve_provider
from simulator.provider_options import ProviderOptions
from tests.support.factories import (
    NOW,
    BusinessFactory,
    ConversationFactory,
    LeadFactory,
    MessageFactory,
    OpeningHoursFactory,
    ResourceFactory,
    ServiceFactory,
)
from whatsapp.assistant.answering import Outcome, answer_conversation
from whatsapp.models import AgentRun, AgentTrace, Conversation, Message


@dataclass
class Chat:
    """One customer's conversation. `now` is ten in the morning of Tuesday 24/11/2026, and moves with what happens."""

    business: Business
    conversation: Conversation
    now: dt.datetime = NOW
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def lead(self) -> Lead:
        return self.conversation.lead

    def wrote(self, text: str = "", **fields: Any) -> Message:
        """The customer writes; nobody has answered yet."""
        with for_business(self.business):
            message: Message = MessageFactory(
                business=self.business,
                conversation=self.conversation,
                text=text,
                created_at=self.now,
                written_at=self.now,
                **fields,
            )
            Conversation.objects.filter(pk=self.conversation.pk).update(pending_since=self.now)
        return message

    def answer(self) -> str:
        """The assistant looks at the conversation; what it sent, empty for nothing."""
        before = self.sent()
        self.outcomes.append(answer_conversation(self.business.pk, self.conversation.pk, now=self.now))
        self.now += dt.timedelta(seconds=10)
        after = self.sent()
        assert len(after) - len(before) <= 1
        return after[-1] if len(after) > len(before) else ""

    def says(self, text: str, **fields: Any) -> str:
        self.wrote(text, **fields)
        return self.answer()

    def sent(self) -> list[str]:
        with for_business(self.business):
            rows = Message.objects.filter(conversation=self.conversation, direction=Message.Direction.OUT)
            return list(rows.order_by("pk").values_list("text", flat=True))

    def fresh(self) -> Conversation:
        with for_business(self.business):
            return Conversation.objects.select_related("lead", "business", "channel").get(pk=self.conversation.pk)

    def runs(self) -> list[AgentRun]:
        with for_business(self.business):
            return list(AgentRun.objects.filter(conversation=self.conversation).order_by("pk"))

    def steps(self) -> list[AgentTrace]:
        with for_business(self.business):
            return list(AgentTrace.objects.filter(run__conversation=self.conversation).order_by("pk"))

    def tools(self) -> list[str]:
        """The names of the tools that were called, in order."""
        return [step.name for step in self.steps() if step.kind == AgentTrace.Kind.TOOL]

    def guards(self) -> list[str]:
        return [step.name for step in self.steps() if step.kind == AgentTrace.Kind.GUARD]

    def appointments(self) -> list[tuple[str, str, str]]:
        """(local start, status, name) of all there are."""
        with for_business(self.business):
            rows = Appointment.objects.exclude(status=Appointment.Status.HELD).order_by("starts_at", "pk")
            zone = self.business.timezone
            return [(f"{row.starts_at.astimezone(zone):%Y-%m-%d %H:%M}", row.status, row.customer_name) for row in rows]


def salon(**settings: Any) -> Business:
    business: Business = BusinessFactory(name="המספרה של דנה", with_settings=True)
    if settings:
        with for_business(business):
            for name, value in settings.items():
                setattr(business.settings, name, value)
            business.settings.save()
    for weekday in range(7):
        OpeningHoursFactory(business=business, weekday=weekday, opens=dt.time(9), closes=dt.time(20))
    ResourceFactory(business=business)
    return business


def chat_of(business: Business, **lead: Any) -> Chat:
    person = LeadFactory(business=business, **{"name": "מיכל כהן", **lead})
    with for_business(business):
        return Chat(business, ConversationFactory(business=business, lead=person))


@pytest.fixture
def chat(db: None) -> Chat:
    """Of Michal, who is known by name and number."""
    return chat_of(salon())


@pytest.fixture
def priced(chat: Chat) -> Chat:
    ServiceFactory(business=chat.business, name="תספורת", duration_min=60, price=80)
    return chat


@pytest.fixture
def options() -> ProviderOptions:
    return ProviderOptions()


@pytest.fixture
def provider(options: ProviderOptions) -> Iterator[Served]:
    """The provider, and settings by which the model answers."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    served: Served = run(serve_provider(options=options))
    with override_settings(
        AGENTS_ENABLED=True, OPENAI_API_KEY="secret", OPENAI_BASE_URL=served.base_url, OPENAI_TEXT_MODEL="gpt-6-luna"
    ):
        yield served
    run(served.close())
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()
