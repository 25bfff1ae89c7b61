"""Deciding about a document as it was seen: what changed meanwhile is shown again, and not decided about unseen."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from crm.models import Business, FollowUp, SalesDocument
from crm.phones import national
from crm.sales import Content, approve_document, change_document, reject_document
from crm.services import finish_follow_up


class Changed(Exception):
    """The document is not what was seen any more."""


def trace_of(document: SalesDocument) -> str:
    """Tells whether a document still is what somebody looked at."""
    said = [document.lines, document.note, document.payment_link, str(document.valid_until or ""), document.status]
    vat = [document.includes_vat, f"{document.vat_percent:.1f}"]
    return sha256(json.dumps([said, vat], sort_keys=True).encode()).hexdigest()[:16]


def next_number(kind: str) -> int:
    """What the next document of its kind will be numbered."""
    return (SalesDocument.objects.filter(kind=kind).aggregate(Max("number"))["number__max"] or 0) + 1


def typed_for(document: SalesDocument) -> str:
    """What is typed to approve: the customer's name, or their number where no name is known."""
    return document.customer_name or (national(document.lead.phone) if document.lead.phone else "")


@transaction.atomic
def change_seen(*, document: SalesDocument, content: Content, seen: str) -> None:
    """Raises `Changed`, or `crm.sales.NotOpen` once it was decided about."""
    row = SalesDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if row.status == SalesDocument.Status.WAITING and trace_of(row) != seen:
        raise Changed
    change_document(document=row, content=content)


@transaction.atomic
def approve_seen(*, document: SalesDocument, by: User, seen: str, number: str, now: datetime) -> SalesDocument:
    """Approve just what was seen, under the number that was told. Raises `Changed` or `crm.sales.NotOpen`."""
    Business.objects.select_for_update(no_key=True).get(pk=document.business_id)  # first, as `approve_document` does
    row = SalesDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if row.status == SalesDocument.Status.WAITING and (seen, number) != (trace_of(row), str(next_number(row.kind))):
        raise Changed
    approved = approve_document(document=row, by=by, now=now)
    _settle(row, by=by, now=now)
    return approved


@transaction.atomic
def reject(*, document: SalesDocument, by: User, reason: str, now: datetime) -> bool:
    """False if somebody decided before."""
    if not reject_document(document=document, by=by, reason=reason, now=now):
        return False
    _settle(document, by=by, now=now)
    return True


def _settle(document: SalesDocument, *, by: User, now: datetime) -> None:
    """What was to be done about it is done: the assistant had asked for the decision."""
    for follow_up in FollowUp.objects.filter(key=f"document:{document.pk}", done_at=None):
        finish_follow_up(follow_up=follow_up, by=by, now=now)
