"""Whether the assistant answers, and what to do if it does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings

from agentlocator.practice import carrier_is_real
from calls.lines import Numbers
from calls.models import CallSession
from crm.models import Business

TROUBLE_SHOWN = timedelta(hours=2)
_PROVIDER_TROUBLE = ("provider lost", "the provider is unreachable", "the provider's session did not begin")


class Answering(Enum):
    """Who answers; in the order in which one thing keeps another from mattering."""

    NOT_YET = "not_yet"  # a new business that nobody has called
    PAUSED = "paused"
    NO_NUMBER = "no_number"
    UNVERIFIED = "unverified"  # it has numbers, and none of them is known to be its own
    NO_KEY = "no_key"  # real callers, and nobody to speak with them
    TROUBLE = "trouble"  # the last call had no connection to the provider
    ON = "on"


@dataclass(frozen=True)
class State:
    answering: Answering
    numbers: list[str]
    trouble: CallSession | None = None  # the call that had it


def state_of(business: Business, *, numbers: Numbers, last_call: CallSession | None, now: datetime) -> State:
    """From facts that the page has loaded anyway."""
    answered = numbers.answered
    if not business.is_active:
        return State(Answering.PAUSED if last_call else Answering.NOT_YET, answered)
    if not answered:
        return State(Answering.UNVERIFIED if numbers.unverified else Answering.NO_NUMBER, answered)
    if settings.PRACTICE_MODE and carrier_is_real():
        return State(Answering.NO_KEY, answered)
    if last_call is not None and _had_trouble(last_call) and now - last_call.started_at < TROUBLE_SHOWN:
        return State(Answering.TROUBLE, answered, last_call)
    return State(Answering.ON, answered)


def _had_trouble(call: CallSession) -> bool:
    return call.end_reason.startswith(_PROVIDER_TROUBLE)
