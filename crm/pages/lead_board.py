"""The board: a column for each stage, in it first who is waited for longest, then the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from crm.lead_list import (
    COUNTED,
    STAGE_TITLES,
    LeadQuery,
    counts_by_stage,
    following,
    has_open_follow_up,
    place_of,
)
from crm.models import FollowUp, Lead
from crm.pages.lead_cards import LeadCard, cards_of
from crm.places import place_at, split_place

SHOWN = 30
FOLDED = Lead.Status.IRRELEVANT
OPEN_STAGES = tuple(stage for stage in STAGE_TITLES if stage != FOLDED)
_WAITING, _NEWEST = "w", "n"
_BATCH = 2 * SHOWN


@dataclass(frozen=True)
class Column:
    """One stage. `after` is where the next part of it begins, empty at its end."""

    stage: str
    title: str
    cards: Sequence[LeadCard]
    after: str
    count: int | None  # None: not counted, because the board is narrowed
    menu: str = ""  # of each card, the same for all of them; rendered once, because a board has many

    @property
    def count_text(self) -> str:
        if self.count is None:
            return f"{SHOWN}+" if self.after else str(len(self.cards))
        return f"{COUNTED - 1}+" if self.count >= COUNTED else str(self.count)


def columns(query: LeadQuery, *, user: User, now: datetime, stages: Sequence[str]) -> list[Column]:
    """The first cards of these stages."""
    counts = {} if query.is_narrowed else counts_by_stage()
    parts = {stage: _part(replace(query, stage=stage), "", user, now) for stage in stages}
    shown = [lead for leads, _after in parts.values() for lead in leads]
    cards = {card.lead.pk: card for card in cards_of(shown, now=now)}
    return [
        Column(stage, str(STAGE_TITLES[stage]), [cards[lead.pk] for lead in leads], after, counts.get(stage))
        for stage, (leads, after) in parts.items()
    ]


def further(query: LeadQuery, place: str, *, user: User, now: datetime) -> Column:
    """The next cards of the query's stage."""
    leads, after = _part(query, place, user, now)
    return Column(query.stage, str(STAGE_TITLES[query.stage]), cards_of(leads, now=now), after, None)


def _part(query: LeadQuery, place: str, user: User, now: datetime) -> tuple[list[Lead], str]:
    """Who is waited for comes by due time; when they are through, the others come newest first."""
    sort, _sign, rest = place.partition(":")
    leads: list[Lead] = []
    if sort != _NEWEST:
        waiting = _waiting(query, rest, user, now)
        leads = [_led(step) for step in waiting[:SHOWN]]
        if len(waiting) > SHOWN:
            last = waiting[SHOWN - 1]
            return leads, f"{_WAITING}:{place_at(last.due_at, last.pk)}"
    others = [] if query.due else _others(query, rest if sort == _NEWEST else "", SHOWN - len(leads) + 1, user, now)
    shown = others[: SHOWN - len(leads)]
    if len(others) == len(shown):
        return leads + shown, ""
    # A column that is full of waiting ones goes on with the others from their beginning.
    return leads + shown, f"{_NEWEST}:{place_of(shown[-1]) if shown else ''}"


def _led(step: FollowUp) -> Lead:
    assert step.lead is not None  # `_waiting` asks for no others
    return step.lead


def _waiting(query: LeadQuery, place: str, user: User, now: datetime) -> list[FollowUp]:
    """The first open follow-up of each customer that fits, by due time; one more than a page shows, if there is.

    Read along the index of open follow-ups; a customer's further ones are left out by hand, because the database
    would look at all of them to do it.
    """
    steps = FollowUp.objects.filter(done_at=None, lead__status=query.stage).order_by("due_at", "pk")
    if query.due == "overdue":
        steps = steps.filter(due_at__lt=now)
    narrowed = replace(query, stage="", due="")
    if narrowed.is_narrowed:
        steps = steps.filter(Exists(narrowed.rows(user=user, now=now).filter(pk=OuterRef("lead"))))
    due_at, pk = split_place(place)
    found: list[FollowUp] = []
    while len(found) <= SHOWN:
        after = steps
        if due_at is not None and pk is not None:
            after = steps.filter(due_at__gte=due_at).filter(Q(due_at__gt=due_at) | Q(pk__gt=pk))
        batch = list(after.select_related("lead__assigned_to")[:_BATCH])
        found += _firsts(batch)
        if len(batch) < _BATCH:
            break
        due_at, pk = batch[-1].due_at, batch[-1].pk
    return found[: SHOWN + 1]


def _firsts(steps: Sequence[FollowUp]) -> list[FollowUp]:
    """Those that are their customer's first."""
    waiting = FollowUp.objects.filter(lead__in=[step.lead_id for step in steps], done_at=None)
    firsts = set(waiting.order_by("lead_id", "due_at", "pk").distinct("lead_id").values_list("pk", flat=True))
    return [step for step in steps if step.pk in firsts]


def _others(query: LeadQuery, place: str, count: int, user: User, now: datetime) -> list[Lead]:
    rows = following(query.rows(user=user, now=now).filter(~has_open_follow_up()), place)
    return list(rows.select_related("assigned_to")[:count])
