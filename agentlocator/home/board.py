"""Everything on the home page for one look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from agentlocator.home.day import Today, today_of
from agentlocator.home.feed import Happening, feed_of, last_calls
from agentlocator.home.figures import Figures, figures_of
from agentlocator.home.setup import Setup, setup_of
from agentlocator.home.state import State, state_of
from agentlocator.home.waiting import Waiting, waiting_for
from agentlocator.home.week import Week, week_of
from booking.facts import load
from calls.lines import numbers_of
from calls.models import Turn
from crm.models import Business


@dataclass(frozen=True)
class Board:
    state: State
    setup: Setup
    waiting: Waiting
    today: Today
    figures: Figures
    feed: list[Happening]
    week: Week
    midnight: datetime


def board_of(business: Business, user: User, *, is_owner: bool, now: datetime) -> Board:
    midnight = midnight_before(now)
    facts = load(business, now=now)
    known = numbers_of(business)
    numbers = known.answered
    calls = last_calls()
    has_talked = Turn.objects.filter(speaker=Turn.Speaker.ASSISTANT).exists()
    return Board(
        state=state_of(business, numbers=known, last_call=calls[0] if calls else None, now=now),
        setup=setup_of(business, facts=facts, numbers=numbers, was_called=has_talked, is_known=bool(calls)),
        waiting=waiting_for(user, is_owner=is_owner, midnight=midnight, now=now),
        today=today_of(facts.policy, midnight=midnight, now=now),
        figures=figures_of(midnight, now=now),
        feed=feed_of(calls, now=now),
        week=week_of(now),
        midnight=midnight,
    )


def midnight_before(now: datetime) -> datetime:
    """The beginning of the local day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
