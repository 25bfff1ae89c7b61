"""Two cards of one person made one, and taken apart again for thirty days.

Everything that points to a customer moves, whatever app it is of: the relations are read from the model, so that a new
one cannot be forgotten. What moved is written down row by row, and only what still belongs to the kept card goes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction

from agentlocator import conversation_merge
from crm.models import Lead, LeadIdentity, LeadMerge, LeadTag, Medium
from crm.services import FURTHER_PHONE, record_activity
from whatsapp.models import Conversation

KEPT_FOR = timedelta(days=30)
MERGED, TAKEN_APART = "merge", "merge.undone"
_APART = (LeadTag, Conversation)  # of these a customer has one of each kind: they are not just moved
_OWN = ("name", "phone", "status", "source", "notes", "last_contact_at", "assigned_to_id")


def relations() -> Iterator[models.ForeignKey[Any, Any]]:
    """Every column anywhere that names a customer, hidden ones included."""
    for relation in Lead._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and isinstance(relation.field, models.ForeignKey):
            yield relation.field


def _rows(field: models.ForeignKey[Any, Any]) -> models.QuerySet[Any]:
    return field.model._default_manager.all()


@dataclass(frozen=True)
class Contents:
    """What a merge would move, by the relation's model name; for the question before it."""

    counts: dict[str, int]


def contents_of(lead: Lead) -> Contents:
    return Contents({_label(field): _rows(field).filter(**{field.name: lead}).count() for field in relations()})


def _label(field: models.ForeignKey[Any, Any]) -> str:
    return f"{field.model._meta.label}.{field.name}"


@transaction.atomic
def merge_leads(*, kept: Lead, other: Lead, name: str, phone: str, by: User | None, now: datetime) -> LeadMerge | None:
    """Put `other` into `kept`, which is then called `name` and has `phone`; each of one of the two.

    `by` is None where a channel told that they are one person.

    None if one of them is gone meanwhile. Both rows are locked in the order of their ids: of two merges at once the
    second finds a row gone, and who books or calls at this moment waits and then finds the kept card.
    """
    pair = {row.pk: row for row in Lead.objects.select_for_update().filter(pk__in=(kept.pk, other.pk)).order_by("pk")}
    if len(pair) != 2:
        return None
    kept, other = pair[kept.pk], pair[other.pk]
    if name not in (kept.name, other.name) or phone not in (kept.phone, other.phone):
        return None
    before = {key: getattr(kept, key) for key in _OWN}
    snapshot: dict[str, Any] = {
        "lead": _plain(other),
        "moved": {_label(field): _move(field, kept, other) for field in relations() if field.model not in _APART},
        "tags": _move_tags(kept, other),
        "conversations": conversation_merge.put_together(kept, other),
    }
    numbers = {kept.phone, other.phone} - {"", phone}
    other.delete()
    _become_one(kept, other, name, phone)
    snapshot["further_phones"] = [_remember(kept, number) for number in sorted(numbers)]
    after = {key: getattr(kept, key) for key in _OWN}
    snapshot["into"] = kept.pk
    snapshot["kept"] = {key: [_text(before[key]), _text(after[key])] for key in _OWN if before[key] != after[key]}
    merge = LeadMerge.objects.create(business_id=kept.business_id, kept=kept, snapshot=snapshot, by=by, created_at=now)
    record_activity(
        lead=kept,
        kind=MERGED,
        medium=Medium.STAFF,
        text=snapshot["lead"]["name"] or snapshot["lead"]["phone"],
        occurred_at=now,
        key=f"merge:{merge.pk}",
        by=by,
    )
    return merge


def _move(field: models.ForeignKey[Any, Any], kept: Lead, other: Lead) -> list[int]:
    pks = list(_rows(field).filter(**{field.name: other}).order_by("pk").values_list("pk", flat=True))
    _rows(field).filter(pk__in=pks).update(**{field.name: kept})
    return pks


def _move_tags(kept: Lead, other: Lead) -> dict[str, list[int]]:
    """The tags that the kept card did not have are its own now; the others stood on both."""
    links = dict(LeadTag.objects.filter(lead=other).values_list("tag_id", "pk"))
    both = set(LeadTag.objects.filter(lead=kept, tag__in=links).values_list("tag_id", flat=True))
    LeadTag.objects.filter(lead=other).exclude(tag__in=both).update(lead=kept)
    return {"moved": [tag for tag in links if tag not in both], "both": [tag for tag in links if tag in both]}


def _become_one(kept: Lead, other: Lead, name: str, phone: str) -> None:
    """What the two cards say of the person: the chosen name and number, the further stage, both notes."""
    kept.name, kept.phone = name, phone
    if kept.status == Lead.Status.NEW:
        kept.status = other.status
    if other.notes and other.notes not in kept.notes:
        kept.notes = "\n".join(filter(None, (kept.notes, other.notes)))
    if other.created_at < kept.created_at:
        kept.source = other.source
    contacts = [seen for seen in (kept.last_contact_at, other.last_contact_at) if seen]
    kept.last_contact_at = max(contacts, default=None)
    kept.assigned_to_id = kept.assigned_to_id or other.assigned_to_id
    kept.save(update_fields=["name", "phone", "status", "notes", "source", "last_contact_at", "assigned_to"])


def _remember(lead: Lead, number: str) -> int:
    """The person is still found by the number that is no longer on the card."""
    further, _is_new = LeadIdentity.objects.update_or_create(
        business_id=lead.business_id, channel=FURTHER_PHONE, external_id=number, defaults={"lead": lead}
    )
    return further.pk


def _plain(lead: Lead) -> dict[str, Any]:
    return {field.attname: _text(getattr(lead, field.attname)) for field in Lead._meta.concrete_fields}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


# --- and apart ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Apart:
    """`lead` is the card that is back; without it, `taken` says that its number is another's by now."""

    lead: Lead | None
    taken: bool = False


def can_be_undone(merge: LeadMerge, now: datetime) -> bool:
    return merge.undone_at is None and now - merge.created_at < KEPT_FOR


@transaction.atomic
def undo_merge(*, merge: LeadMerge, by: User, now: datetime) -> Apart:
    """The other card again, and with it whatever was its own and is still the kept one's."""
    row = LeadMerge.objects.select_for_update().filter(pk=merge.pk).first()
    if row is None or not can_be_undone(row, now):
        return Apart(None)
    kept = Lead.objects.select_for_update().get(pk=row.kept_id)
    snapshot = row.snapshot
    LeadIdentity.objects.filter(pk__in=snapshot["further_phones"], lead=kept).delete()
    back = _restored(snapshot["lead"])
    # A card that was itself put into another one meanwhile keeps what that one says.
    changes = _to_undo(kept, snapshot["kept"] if snapshot["into"] == kept.pk else {})
    phone = changes.get("phone", kept.phone)
    others = Lead.objects.exclude(pk=kept.pk).filter(phone__in={phone, back.phone} - {""})
    if (back.phone and phone == back.phone) or others.exists():
        transaction.set_rollback(True)
        return Apart(None, taken=True)
    for key, value in changes.items():
        setattr(kept, key, value)
    kept.save()
    Lead.objects.bulk_create([back])
    for field in relations():
        if field.model not in _APART:
            moved = _rows(field).filter(pk__in=snapshot["moved"].get(_label(field), []), **{field.name: kept})
            moved.update(**{field.name: back})
    _untag(kept, back, snapshot["tags"])
    if "conversations" in snapshot:  # merges of the time before there were any
        conversation_merge.take_apart(kept, back, snapshot["conversations"])
    LeadMerge.objects.filter(pk=row.pk).update(undone_at=now, snapshot=_spent(snapshot))
    record_activity(
        lead=kept,
        kind=TAKEN_APART,
        medium=Medium.STAFF,
        text=back.name or back.phone,
        occurred_at=now,
        key=f"merge.undone:{row.pk}",
        by=by,
    )
    return Apart(back)


def forget_old_merges(now: datetime) -> int:
    """Merges that nobody can undo any more keep nothing of the card that went; how many. In the scope of everyone."""
    old = LeadMerge.objects.filter(created_at__lt=now - KEPT_FOR).exclude(snapshot__has_key="spent")
    rows = list(old.order_by("pk")[:500])
    for merge in rows:
        LeadMerge.objects.filter(pk=merge.pk).update(snapshot=_spent(merge.snapshot))
    return len(rows)


def _spent(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Of a card that is back, or gone for good: its id, by which its person is found, and nothing that it said."""
    return {"spent": True, "lead": {"id": snapshot.get("lead", {}).get("id")}}


def _restored(values: dict[str, Any]) -> Lead:
    lead = Lead(**{field.attname: field.to_python(values[field.attname]) for field in Lead._meta.concrete_fields})
    member = lead.assigned_to_id
    if member and not User.objects.filter(pk=member, memberships__business=lead.business_id).exists():
        lead.assigned_to_id = None  # left the business meanwhile
    return lead


def _to_undo(kept: Lead, changes: dict[str, list[Any]]) -> dict[str, Any]:
    """What the merge changed on the kept card and nobody has changed since, as it was before."""
    fields = {field.attname: field for field in Lead._meta.concrete_fields}
    return {
        key: fields[key].to_python(before)
        for key, (before, after) in changes.items()
        if _text(getattr(kept, key)) == after
    }


def _untag(kept: Lead, back: Lead, tags: dict[str, list[int]]) -> None:
    LeadTag.objects.filter(lead=kept, tag__in=tags["moved"]).update(lead=back)
    still = LeadTag.objects.filter(lead=kept, tag__in=tags["both"]).values_list("tag_id", flat=True)
    LeadTag.objects.bulk_create([LeadTag(business_id=kept.business_id, lead=back, tag_id=tag) for tag in still])
