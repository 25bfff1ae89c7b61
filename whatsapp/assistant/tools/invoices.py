"""Quotes and drafts of invoices. The assistant only prepares them: an owner approves and sends the document."""

from __future__ import annotations

import math
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from booking.models import Service
from crm.amounts import Line, shekels
from crm.models import SalesDocument
from crm.sales import MOST_LINES, Content, draft_document
from crm.services import add_follow_up
from crm.words import one_line
from whatsapp.assistant.actor import Permission
from whatsapp.assistant.tools.base import Arguments, Json, Tool, Work, refused

MOST_OF_ONE = 1000


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    service: str = Field(description="Service id from the facts.")
    quantity: float = Field(description="1 if not said.")


class Draft(Arguments):
    kind: str = Field(description="quote or invoice_draft.")
    items: list[Item]
    note: str | None


def _draft(work: Work, asked: Draft) -> Json:
    """At the prices of the business's own services; what is none of them, or has no price, is for a person."""
    if asked.kind not in SalesDocument.Kind.values:
        return refused("unknown_kind")
    if not asked.items:
        return refused("no_items")
    if len(asked.items) > MOST_LINES:
        return refused("too_many_items")
    services = list(Service.objects.filter(is_active=True))
    lines = []
    for item in asked.items:
        found = _line(item, services)
        if not isinstance(found, Line):
            return found
        lines.append(found)
    document = draft_document(
        business=work.actor.business,
        kind=SalesDocument.Kind(asked.kind),
        lead=work.lead,
        content=Content(lines=lines, note=one_line(asked.note or "")[:500]),
        now=work.now,
        key=f"tool:{work.key}",
    )
    _ask_owner(work, document)
    total = shekels(document.totals.total)
    return {"ok": True, "document_id": document.pk, "total": total, "state": "waits_for_approval"}


def _line(item: Item, services: list[Service]) -> Line | Json:
    """The service by its id or its whole name; a refusal otherwise."""
    wanted = one_line(item.service).casefold()
    service = next((each for each in services if wanted in (each.slug.casefold(), each.name.casefold())), None)
    if service is None:
        return refused("unknown_item", item=item.service)
    if service.price is None:
        return refused("no_price", item=service.slug)
    quantity = round(Decimal(str(item.quantity)), 2) if math.isfinite(item.quantity) else Decimal(0)
    if not 0 < quantity <= MOST_OF_ONE:
        return refused("bad_quantity", item=service.slug)
    return Line(service.name, quantity, int(service.price * 100))


def _ask_owner(work: Work, document: SalesDocument) -> None:
    with translation.override("he"):
        reason = _("{document} waits for approval").format(document=document)
    add_follow_up(
        business=work.actor.business,
        lead=work.lead,
        reason=reason,
        due_at=work.now,
        key=f"document:{document.pk}",
    )


TOOLS = (
    Tool(
        "invoices.draft",
        "Prepare a quote or the draft of an invoice for this customer, of services from the facts at their prices. "
        "It is not sent yet: an owner has to approve it first.",
        Draft,
        Permission.MONEY,
        _draft,
        has_effects=True,
        costs_money=True,
    ),
)
