"""Quotes and drafts of invoices: made by the staff or the assistant, approved by a person, unchanged from then on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max

from crm.amounts import Line
from crm.models import Business, Lead, SalesDocument
from crm.pdf import render
from crm.services import record_activity

_Status = SalesDocument.Status
MOST_LINES = 40


@dataclass(frozen=True)
class Content:
    """What stands on a document, as long as it may be changed."""

    lines: Sequence[Line]
    note: str = ""
    payment_link: str = ""
    valid_until: date | None = None
    includes_vat: bool = True
    vat_percent: Decimal | None = None

    def fields(self) -> dict[str, Any]:
        rows = [{"text": line.text, "quantity": str(line.quantity), "unit": line.unit} for line in self.lines]
        if len(rows) > MOST_LINES:
            raise TooManyLines(len(rows))
        told = {
            "lines": rows,
            "note": self.note,
            "payment_link": self.payment_link,
            "valid_until": self.valid_until,
            "includes_vat": self.includes_vat,
        }
        return told if self.vat_percent is None else told | {"vat_percent": self.vat_percent}


class TooManyLines(ValueError):
    """A document has `MOST_LINES` lines at most; none is left out silently."""


class NotOpen(Exception):
    """The document was decided about meanwhile, and does not change any more."""


@transaction.atomic
def draft_document(
    *,
    business: Business,
    kind: SalesDocument.Kind,
    lead: Lead,
    content: Content,
    now: datetime,
    by: User | None = None,
    key: str = "",
) -> SalesDocument:
    """A document that waits for approval. `by` is empty for the assistant; a repeated key makes nothing new."""
    values = content.fields() | {
        "kind": kind,
        "lead": lead,
        "customer_name": lead.name,
        "created_at": now,
        "made_by": by,
    }
    if key:
        return SalesDocument.objects.get_or_create(business=business, key=key, defaults=values)[0]
    return SalesDocument.objects.create(business=business, **values)


@transaction.atomic
def change_document(*, document: SalesDocument, content: Content) -> None:
    """Other lines or words, while it waits. Raises `NotOpen` once it was decided about."""
    if not SalesDocument.objects.filter(pk=document.pk, status=_Status.WAITING).update(**content.fields()):
        raise NotOpen


@transaction.atomic
def approve_document(*, document: SalesDocument, by: User, now: datetime) -> SalesDocument:
    """Give it the next number of its kind and its PDF. Raises `NotOpen` if somebody decided before."""
    Business.objects.select_for_update(no_key=True).get(
        pk=document.business_id
    )  # numbers follow each other, without gaps
    row = SalesDocument.objects.select_for_update(of=("self",)).select_related("business", "lead").get(pk=document.pk)
    if row.status != _Status.WAITING:
        raise NotOpen
    newest = SalesDocument.objects.filter(kind=row.kind).aggregate(Max("number"))["number__max"] or 0
    row.number, row.status, row.decided_by, row.decided_at = newest + 1, _Status.APPROVED, by, now
    row.pdf.save(f"{row.kind}-{row.number}.pdf", ContentFile(render(row, now=now)), save=False)
    row.save()
    record_activity(
        lead=row.lead,
        kind=f"document.{row.kind}",
        medium="staff",
        text=str(row.number),
        occurred_at=now,
        key=f"document:{row.pk}",
        by=by,
    )
    return row


def reject_document(*, document: SalesDocument, by: User, reason: str, now: datetime) -> bool:
    """It is not wanted, and says why; False if somebody decided before."""
    values = {"status": _Status.REJECTED, "decided_by": by, "decided_at": now, "reason": reason[:300]}
    return bool(SalesDocument.objects.filter(pk=document.pk, status=_Status.WAITING).update(**values))


def void_document(*, document: SalesDocument, reason: str) -> bool:
    """An approved one does not count any more; it keeps its number and its words."""
    rows = SalesDocument.objects.filter(pk=document.pk, status__in=(_Status.APPROVED, _Status.SENT))
    return bool(rows.update(status=_Status.VOID, reason=reason[:300]))


def note_sent(*, document: SalesDocument, now: datetime) -> bool:
    """It was handed to the customer's conversation."""
    rows = SalesDocument.objects.filter(pk=document.pk, status__in=(_Status.APPROVED, _Status.SENT))
    return bool(rows.update(status=_Status.SENT, sent_at=now))
