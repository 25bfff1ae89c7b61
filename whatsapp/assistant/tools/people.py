"""The customer of the conversation, and for staff also others: who they are, and what is known of them."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_noop
from pydantic import Field

from crm.lead_services import owner_of_phone
from crm.models import Lead
from crm.notes import NOTE
from crm.phones import normalize_phone, numbers_like
from crm.services import better_name, record_activity, set_lead_status, tidy_name
from crm.tags import LONGEST, add_tag, tag_named
from crm.words import one_line
from whatsapp.assistant.actor import Permission
from whatsapp.assistant.tools.base import Arguments, Json, Tool, Work, refused
from whatsapp.assistant.tools.calendar import described, standing

MOST_FOUND = 10
LONGEST_NOTE = 1000
STAGES = ("in_progress", "regular", "irrelevant")
SOMEBODY_ELSE = gettext_noop("it is about another customer")


class Upsert(Arguments):
    name: str | None = Field(description="The name the customer gave.")
    phone: str | None = Field(description="The number the customer gave.")


class TagIt(Arguments):
    tag: str = Field(description="One short word or two.")


class Search(Arguments):
    query: str = Field(description="A name or a number.")


class Get(Arguments):
    lead_id: int | None = Field(description="Null for the customer of this conversation.")


class Update(Arguments):
    lead_id: int | None = Field(description="Null for the customer of this conversation.")
    name: str | None
    status: str | None = Field(description="in_progress, regular or irrelevant.")
    note: str | None = Field(description="A note for the staff, in Hebrew.")


def _upsert(work: Work, asked: Upsert) -> Json:
    lead = Lead.objects.select_for_update().get(pk=work.lead.pk)
    if asked.name:
        lead.name = better_name(lead.name, tidy_name(asked.name)) or lead.name
    if asked.phone:
        phone = normalize_phone(asked.phone)
        if phone is None:
            return refused("invalid_phone")
        if not lead.phone and owner_of_phone(phone) is None:  # a number that is merely typed makes nobody another
            lead.phone = phone
    lead.save(update_fields=["name", "phone"])
    work.lead.name, work.lead.phone = lead.name, lead.phone
    return {"ok": True, "lead_id": lead.pk}


def _tag(work: Work, asked: TagIt) -> Json:
    name = one_line(asked.tag)[:LONGEST].rstrip()
    if not name:
        return refused("empty")
    business = work.actor.business
    add_tag(business=business, tag=tag_named(business=business, name=name), pks=[work.lead.pk])
    return {"ok": True}


def _search(work: Work, asked: Search) -> Json:
    term = one_line(asked.query)
    numbers = numbers_like(term)
    found = Q(name__icontains=term) if len(term) >= 2 else Q(pk__in=())
    for number in numbers:
        found |= Q(phone__icontains=number)
    rows = Lead.objects.filter(found)
    if not work.actor.may(Permission.OTHERS_READ):
        rows = rows.filter(pk=work.lead.pk)
    return {"ok": True, "customers": [{"lead_id": row.pk, "name": row.name} for row in rows[:MOST_FOUND]]}


def _get(work: Work, asked: Get) -> Json:
    lead = _reached(work, asked.lead_id, Permission.OTHERS_READ)
    if lead is None:
        return refused("permission")
    card: Json = {
        "ok": True,
        "lead_id": lead.pk,
        "name": lead.name,
        "has_phone": bool(lead.phone),
        "status": lead.status,
    }
    if lead.pk == work.lead.pk:
        card["appointments"] = [described(row) for row in standing(work)[:MOST_FOUND]]
    if work.actor.may(Permission.OTHERS_READ):
        card |= {"phone": lead.phone, "tags": list(lead.tags.values_list("name", flat=True)), "notes": lead.notes}
    return card


def _update(work: Work, asked: Update) -> Json:
    lead = _reached(work, asked.lead_id, Permission.OTHERS_WRITE)
    if lead is None:
        return refused("permission")
    if asked.status is not None and asked.status not in STAGES:
        return refused("unknown_status")
    if asked.name:
        Lead.objects.filter(pk=lead.pk).update(name=tidy_name(asked.name))
    moved = asked.status is None or set_lead_status(lead=lead, status=Lead.Status(asked.status))
    if asked.note:
        medium = work.actor.conversation.medium
        text = asked.note[:LONGEST_NOTE]
        record_activity(
            lead=lead, kind=NOTE, medium=medium, text=text, occurred_at=work.now, key=f"note:{work.key}", by=None
        )
    return {"ok": True} if moved else refused("not_allowed")


def _reached(work: Work, lead_id: int | None, right: Permission) -> Lead | None:
    """The customer who is meant, if the actor reaches them."""
    if lead_id is None or lead_id == work.lead.pk:
        return work.lead
    return Lead.objects.filter(pk=lead_id).first() if work.actor.may(right) else None


def _anothers(work: Work, asked: Update) -> str:
    meant = asked.lead_id is not None and asked.lead_id != work.lead.pk
    return SOMEBODY_ELSE if meant and work.actor.may(Permission.OTHERS_WRITE) else ""


TOOLS = (
    Tool(
        "leads.upsert",
        "Keep the name or number that this customer gave of themselves.",
        Upsert,
        Permission.OWN_WRITE,
        _upsert,
        has_effects=True,
    ),
    Tool("leads.tag", "Put a tag on this customer.", TagIt, Permission.OWN_WRITE, _tag, has_effects=True),
    Tool(
        "crm.search_customer",
        "Look for a customer by name or number. For a customer it finds nobody but themselves.",
        Search,
        Permission.OWN_READ,
        _search,
    ),
    Tool(
        "crm.get",
        "The customer's card with their own appointments that are ahead.",
        Get,
        Permission.OWN_READ,
        _get,
    ),
    Tool(
        "crm.update",
        "Change the customer's card or leave the staff a note on it.",
        Update,
        Permission.OWN_WRITE,
        _update,
        has_effects=True,
        why_approve=_anothers,
    ),
)
