"""Who is at the other end: the customer whom a provider names by an id of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from crm import outbox
from crm.lead_services import owner_of_phone
from crm.models import Business, Lead, LeadIdentity, Medium
from crm.services import tidy_name, upsert_lead


def lock_person(business: Business, ids: Sequence[str]) -> None:
    """Until the end of the transaction nobody else makes or learns of this person."""
    with connection.cursor() as cursor:
        for name in sorted(ids):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [business.pk, name])


def person(
    *,
    business: Business,
    provider: str,
    ids: Sequence[str],
    phone: str | None,
    name: str,
    medium: Medium,
    now: datetime,
) -> Lead:
    """The customer whom `provider` calls by any of these ids; made where nobody is known by them or by the number.

    The ids are opaque, and a number that comes with them is believed: the provider vouches for it.
    """
    lock_person(business, ids)
    lead = _known(business, provider, ids)
    if lead is None:
        lead = upsert_lead(business=business, phone=phone, name=name, source=medium, now=now)
    else:
        if name and not lead.name:
            lead.name = tidy_name(name)
            lead.save(update_fields=["name"])
        if phone:
            lead = learn_number(lead=lead, phone=phone)
    rows = [LeadIdentity(business=business, lead=lead, channel=provider, external_id=name) for name in ids]
    LeadIdentity.objects.bulk_create(rows, ignore_conflicts=True)
    return lead


def learn(*, business: Business, provider: str, ids: Sequence[str], phone: str) -> bool:
    """These ids and this number are one person's. False if nobody is known by any of the ids, or nothing is new."""
    lock_person(business, ids)
    lead = _known(business, provider, ids)
    if lead is None:
        return False
    had = lead.phone
    rows = [LeadIdentity(business=business, lead=lead, channel=provider, external_id=name) for name in ids]
    LeadIdentity.objects.bulk_create(rows, ignore_conflicts=True)
    return learn_number(lead=lead, phone=phone).phone != had


def is_business(business_id: int) -> bool:
    return Business.objects.filter(pk=business_id).exists()


def _known(business: Business, provider: str, ids: Sequence[str]) -> Lead | None:
    """Who has one of the ids. Where two customers have them they are one person, and will be merged."""
    rows = LeadIdentity.objects.filter(channel=provider, external_id__in=ids).select_related("lead").order_by("pk")
    leads = list({row.lead_id: row.lead for row in rows}.values())
    for other in leads[1:]:
        _are_one(business, leads[0], other)
    return leads[0] if leads else None


def _are_one(business: Business, keep: Lead, merge: Lead) -> None:
    outbox.publish(business=business, name="lead.same_person", payload={"keep": keep.pk, "merge": merge.pk})


def learn_number(*, lead: Lead, phone: str) -> Lead:
    """The number of somebody who had none. If another customer has it, they are one person and will be merged."""
    if lead.phone:
        return lead
    other = owner_of_phone(phone)
    if other is None:
        lead.phone = phone
        lead.save(update_fields=["phone"])
    elif other.pk != lead.pk:
        _are_one(lead.business, other, lead)
    return lead
