"""What happens to the people who contact a business. The caller's edge has entered that business."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from crm import outbox
from crm.models import Activity, Business, FollowUp, Lead, LeadIdentity, Medium
from crm.words import one_line

_Stage = Lead.Status
FURTHER_PHONE = "phone"  # the channel of a `LeadIdentity` that is a further number of the person

# Which stage may follow which. Nobody becomes new again, and a regular customer who books stays one.
STAGE_MOVES: Mapping[str, frozenset[str]] = {
    _Stage.NEW: frozenset((_Stage.IN_PROGRESS, _Stage.BOOKED, _Stage.REGULAR, _Stage.IRRELEVANT)),
    _Stage.IN_PROGRESS: frozenset((_Stage.BOOKED, _Stage.REGULAR, _Stage.IRRELEVANT)),
    _Stage.BOOKED: frozenset((_Stage.IN_PROGRESS, _Stage.REGULAR, _Stage.IRRELEVANT)),
    _Stage.REGULAR: frozenset((_Stage.IN_PROGRESS, _Stage.IRRELEVANT)),
    _Stage.IRRELEVANT: frozenset((_Stage.IN_PROGRESS, _Stage.BOOKED, _Stage.REGULAR)),
}


def upsert_lead(*, business: Business, phone: str | None, name: str, source: Medium | str, now: datetime) -> Lead:
    """The person behind this E.164 number, known from now on and last met now; a new one where there is no number.

    `source` is kept from the first contact. Of two names the one that says more stays.
    """
    known = {"name": tidy_name(name), "source": source, "created_at": now, "last_contact_at": now}
    with transaction.atomic():
        if not phone:
            return _published(Lead.objects.create(business=business, **known))
        lead = _locked(business, phone)
        if lead is None:
            # Of simultaneous first contacts one inserts; the others wait here for it and then find its row.
            rows = Lead.objects.select_for_update()
            lead, is_new = rows.get_or_create(business=business, phone=phone, defaults=known)
            if is_new:
                return _published(lead)
        lead.name = better_name(lead.name, tidy_name(name))
        lead.last_contact_at = max(lead.last_contact_at or now, now)
        lead.save(update_fields=["name", "last_contact_at"])
    return lead


def _published(lead: Lead) -> Lead:
    """The new person, whom the house is told of."""
    payload = {"lead_id": lead.pk, "source": lead.source}
    outbox.publish(business=lead.business, name="lead.created", payload=payload)
    return lead


def _locked(business: Business, phone: str) -> Lead | None:
    rows = Lead.objects.select_for_update().filter(business=business)
    if (lead := rows.filter(phone=phone).first()) is not None:
        return lead
    owner = LeadIdentity.objects.filter(business=business, channel=FURTHER_PHONE, external_id=phone).first()
    return rows.filter(pk=owner.lead_id).first() if owner else None


def better_name(known: str, heard: str) -> str:
    """The name to keep: the known one, unless it is empty or the one just heard contains it (דנה, דנה לוי)."""
    known_words, heard_words = known.split(), heard.split()
    says_more = len(heard_words) > len(known_words) and set(known_words) <= set(heard_words)
    return heard if says_more else known


def tidy_name(name: str) -> str:
    """Single spaces, no control characters, no longer than the column."""
    longest: int = Lead._meta.get_field("name").max_length or 0
    return one_line(name)[:longest].rstrip()


def record_activity(
    *,
    lead: Lead,
    kind: str,
    medium: Medium | str,
    text: str,
    occurred_at: datetime,
    key: str,
    by: User | None = None,
) -> Activity:
    """One entry of the person's timeline, written by somebody of the staff or by the product.

    Told twice under one key, the first telling stands.
    """
    activity, _ = Activity.objects.get_or_create(
        business_id=lead.business_id,
        key=key,
        defaults={"lead": lead, "kind": kind, "medium": medium, "text": text, "occurred_at": occurred_at, "by": by},
    )
    return activity


def add_follow_up(
    *, business: Business, lead: Lead | None, reason: str, due_at: datetime, key: str, call_sid: str = ""
) -> FollowUp:
    """Something a person of the staff must do; asked for twice under one key, it is one thing to do."""
    follow_up, _ = FollowUp.objects.get_or_create(
        business=business,
        key=key,
        defaults={"lead": lead, "reason": reason, "due_at": due_at, "call_sid": call_sid},
    )
    return follow_up


def finish_follow_up(*, follow_up: FollowUp, by: User, now: datetime) -> bool:
    """It is done; False if it was already. The row decides, not the copy in hand."""
    done = FollowUp.objects.filter(pk=follow_up.pk, done_at=None).update(done_at=now, done_by=by)
    return bool(done)


def reopen_follow_up(*, follow_up: FollowUp) -> bool:
    """It is to be done after all; False if it was not done."""
    reopened = FollowUp.objects.filter(pk=follow_up.pk, done_at__isnull=False).update(done_at=None, done_by=None)
    return bool(reopened)


def set_lead_status(*, lead: Lead, status: Lead.Status) -> bool:
    """Move the person to another stage; False where `STAGE_MOVES` does not lead there.

    The row decides, not the copy in hand: a conditional update claims the move.
    """
    sources = [stage for stage, following in STAGE_MOVES.items() if status in following]
    moved = Lead.objects.filter(pk=lead.pk, status__in=sources).update(status=status)
    if moved:
        lead.status = status
    return bool(moved)


@dataclass(frozen=True)
class StageMoves:
    """What became of people who were to change their stage: each with the stage they had."""

    moved: dict[int, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)  # `STAGE_MOVES` does not lead there


@transaction.atomic
def move_leads(*, pks: Collection[int], status: Lead.Status) -> StageMoves:
    """Move many people to one stage; who is there already is in neither list. The locked rows decide."""
    rows = Lead.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk").values_list("pk", "status")
    stages = {pk: stage for pk, stage in rows if stage != status}
    moved = {pk: stage for pk, stage in stages.items() if status in STAGE_MOVES[stage]}
    Lead.objects.filter(pk__in=moved).update(status=status)
    return StageMoves(moved, {pk: stage for pk, stage in stages.items() if pk not in moved})


@transaction.atomic
def take_back_moves(*, moved: Mapping[int, str], status: Lead.Status) -> int:
    """Undo `move_leads`: whoever is still where it put them has the earlier stage again; how many that are."""
    count = 0
    for stage in set(moved.values()):
        pks = [pk for pk, earlier in moved.items() if earlier == stage]
        count += Lead.objects.filter(pk__in=pks, status=status).update(status=stage)
    return count
