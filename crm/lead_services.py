"""What staff do with their customers by hand: new cards, corrections, responsibility, things to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from crm.models import Business, FollowUp, Lead, LeadIdentity, Medium
from crm.services import FURTHER_PHONE


def members_of(business: Business) -> QuerySet[User]:
    """Who works in the business: the only people its customers and follow-ups may be given to."""
    return User.objects.filter(memberships__business=business, is_active=True).order_by("first_name", "username")


def owner_of_phone(phone: str) -> Lead | None:
    """Whose number this is, as their own or as a further one."""
    if not phone:
        return None
    lead = Lead.objects.filter(phone=phone).first()
    if lead is not None:
        return lead
    further = LeadIdentity.objects.filter(channel=FURTHER_PHONE, external_id=phone).select_related("lead").first()
    return further.lead if further else None


def forget_further_phone(lead: Lead, phone: str) -> None:
    """A further number that becomes the person's own is no further one any more."""
    LeadIdentity.objects.filter(lead=lead, channel=FURTHER_PHONE, external_id=phone).delete()


def names_of_phones(phones: Collection[str]) -> dict[str, str]:
    """The names of those whose numbers these are; numbers of nobody are left out."""
    if not phones:
        return {}
    further = LeadIdentity.objects.filter(channel=FURTHER_PHONE, external_id__in=phones)
    names = dict(further.values_list("external_id", "lead__name"))
    return names | dict(Lead.objects.filter(phone__in=phones).values_list("phone", "name"))


def create_lead(*, business: Business, name: str, phone: str, now: datetime) -> tuple[Lead, bool]:
    """A card made by hand, and whether it is new: the number may be somebody's already."""
    if (known := owner_of_phone(phone)) is not None:
        return known, False
    try:
        with transaction.atomic():
            lead = Lead.objects.create(
                business=business, name=name, phone=phone, source=Medium.STAFF, created_at=now, last_contact_at=None
            )
    except IntegrityError:  # they called this very moment
        return Lead.objects.get(phone=phone), False
    return lead, True


@dataclass(frozen=True)
class Edited:
    """`lead` is the row as it is now. `is_stale`: it changed since the form was shown; `taken_by`: has the number."""

    lead: Lead
    is_stale: bool = False
    taken_by: Lead | None = None

    @property
    def is_written(self) -> bool:
        return not self.is_stale and self.taken_by is None


@transaction.atomic
def edit_lead(*, lead: Lead, name: str, phone: str, seen: str) -> Edited:
    """Correct name and number, unless the row is no longer what the form had `seen` (`trace_of`)."""
    row = Lead.objects.select_for_update().get(pk=lead.pk)
    if seen != trace_of(row):
        return Edited(row, is_stale=True)
    owner = owner_of_phone(phone)
    if owner is not None and owner.pk != row.pk:
        return Edited(row, taken_by=owner)
    if phone != row.phone:
        forget_further_phone(row, phone)
    row.name, row.phone = name, phone
    try:
        with transaction.atomic():
            row.save(update_fields=["name", "phone"])
    except IntegrityError:  # whose number it is called this very moment
        return Edited(Lead.objects.get(pk=row.pk), taken_by=Lead.objects.get(phone=phone))
    return Edited(row)


def trace_of(lead: Lead) -> str:
    """What a form remembers of the row that it was made from."""
    return f"{lead.phone}|{lead.name}"


@transaction.atomic
def assign_leads(*, pks: Collection[int], to: User | None) -> dict[int, int | None]:
    """Give people to a member, or to nobody; each whose responsibility changes, with the user who had it."""
    rows = Lead.objects.select_for_update().filter(pk__in=pks).order_by("pk").values_list("pk", "assigned_to_id")
    wanted = to.pk if to else None
    changed: dict[int, int | None] = {pk: had for pk, had in rows if had != wanted}
    Lead.objects.filter(pk__in=changed).update(assigned_to=to)
    return changed


@transaction.atomic
def take_back_assignment(*, changed: Mapping[int, int | None], to: int | None) -> int:
    """Undo `assign_leads` where nobody has given them to another since; how many that are."""
    count = 0
    for user in set(changed.values()):
        pks = [pk for pk, had in changed.items() if had == user]
        count += Lead.objects.filter(pk__in=pks, assigned_to=to).update(assigned_to=user)
    return count


def add_follow_ups(
    *, business: Business, pks: Sequence[int], reason: str, due_at: datetime, to: User | None, key: str
) -> list[int]:
    """The same thing to do for each of these people; asked for twice under one key, once. The ids of the new ones."""
    rows = [
        FollowUp(business=business, lead_id=pk, reason=reason, due_at=due_at, assigned_to=to, key=f"staff:{key}:{pk}")
        for pk in pks
    ]
    with transaction.atomic():
        known = set(FollowUp.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True))
        fresh = [row for row in rows if row.key not in known]
        FollowUp.objects.bulk_create(fresh, ignore_conflicts=True)
        keys = [row.key for row in fresh]
        return list(FollowUp.objects.filter(key__in=keys).values_list("pk", flat=True))


def take_back_follow_ups(*, pks: Collection[int]) -> int:
    """Remove what was just asked for, but for what has been done already."""
    return FollowUp.objects.filter(pk__in=pks, done_at=None).delete()[0]
