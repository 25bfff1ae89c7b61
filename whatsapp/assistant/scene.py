"""What the assistant knows of a business and a customer when it begins to answer, loaded once per answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from booking.models import Service
from booking.services import effective_policy
from calls import prompt
from calls.conversation.events import CallFacts
from calls.services import CallSetup, people_of
from crm.models import Business, BusinessSettings
from faq.services import active_entries
from whatsapp.models import Conversation


@dataclass(frozen=True)
class Scene:
    """`now` is local to the business; `setup` is what the reading of sentences and the dialog go by."""

    business: Business
    now: datetime
    told: prompt.PromptFacts
    setup: CallSetup

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def facts(self) -> CallFacts:
        return self.setup.facts


def load_scene(conversation: Conversation, now: datetime, *, owner_prompt: str | None = None) -> Scene:
    """`owner_prompt` takes the place of the owner's instructions for messages."""
    business, lead = conversation.business, conversation.lead
    local = now.astimezone(business.timezone)
    policy = effective_policy(business=business, now=now)
    owner = BusinessSettings.objects.filter(business=business).first() or BusinessSettings(business=business)
    words = owner.ai_prompt_whatsapp if owner_prompt is None else owner_prompt
    answers = [(each.question, each.answer) for each in active_entries(business, now, conversation.medium)]
    told = replace(prompt.facts_of(business, policy, words, local), answers=answers)
    facts = CallFacts(
        started_at=local.isoformat(),
        caller_phone=lead.phone,
        require_phone=policy.require_phone,
        trust_caller_id=True,  # the provider vouches for the number they write from
        services=tuple(Service.objects.filter(is_active=True).values_list("slug", "name")),
        caller_name=lead.name,
        known=prompt.known(told),
    )
    setup = CallSetup(
        call_id=0,
        call_sid="",
        business=business,
        open_24_7=policy.allow_24_7,
        windows={day: [(each.opens, each.closes) for each in hours] for day, hours in policy.hours.items()},
        facts=facts,
        prompt="",
        carrier_account=None,
        people=people_of(business),
    )
    return Scene(business, local, told, setup)
