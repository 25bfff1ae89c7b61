"""Quotes and drafts of invoices, sent to the customer as files."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from crm.amounts import shekels
from crm.models import SalesDocument
from crm.sales import note_sent
from whatsapp import errors
from whatsapp.models import Channel, Conversation, Message, MessageMedia
from whatsapp.outcomes import Never
from whatsapp.outgoing import send
from whatsapp.routes import route_of
from whatsapp.twilio.sending import WINDOW

_SENDABLE = (SalesDocument.Status.APPROVED, SalesDocument.Status.SENT)
_FAILED = Message.Status.FAILED


class NotSent(Exception):
    """Nothing left, and the text says why, for the staff."""


def messages_with(document: SalesDocument) -> QuerySet[Message]:
    """Every attempt to send it, the newest first."""
    purpose = f"document:{document.pk}"
    rows = Message.objects.filter(conversation__lead=document.lead_id)
    return rows.filter(Q(purpose=purpose) | Q(purpose__startswith=f"{purpose}:")).order_by("-pk")


@transaction.atomic
def send_document(*, document: SalesDocument, by: User, now: datetime) -> Message:
    """Put it into the customer's conversation. Raises `NotSent`.

    Asked for twice, it leaves once; after a failure it may be sent anew.
    """
    row = SalesDocument.objects.select_for_update(of=("self",)).select_related("lead").get(pk=document.pk)
    if row.status not in _SENDABLE:
        raise NotSent(_("Only an approved document can be sent."))
    earlier = list(messages_with(row))
    if earlier and earlier[0].status != _FAILED:
        raise NotSent(_("The document was sent already."))
    again = f":{len(earlier)}" if earlier else ""
    message = send(
        conversation=_conversation_for(row, now),
        text=caption_of(row),
        author=Message.Author.STAFF,
        by=by,
        now=now,
        purpose=f"document:{row.pk}{again}",
        kind=Message.Kind.DOCUMENT,
    )
    if message is None:  # the row is locked, so only a message that was moved to another customer's card can be there
        raise NotSent(_("The document was sent already."))
    _attach(message, row)
    note_sent(document=row, now=now)
    return message


def title_of(document: SalesDocument) -> str:
    """As the customer knows it, whatever the language of whoever sends it."""
    with translation.override("he"):
        return str(document)


def caption_of(document: SalesDocument) -> str:
    """What stands beside the file: what it is, the sum, and where to pay."""
    with translation.override("he"):
        lines = [_("{document}: {total}").format(document=document, total=shekels(document.totals.total))]
        if document.kind == SalesDocument.Kind.INVOICE_DRAFT:
            lines.append(_("This is not a tax invoice."))
        if document.payment_link:
            lines.append(_("To pay: {link}").format(link=document.payment_link))
    return "\n".join(lines)


def _conversation_for(document: SalesDocument, now: datetime) -> Conversation:
    """The newest that reaches the customer; where none does, why the newest does not."""
    rows = Conversation.objects.filter(lead=document.lead_id).select_related("channel", "lead")
    why = ""
    for conversation in rows.order_by(F("last_inbound_at").desc(nulls_last=True), "-pk"):
        code = _why_not(conversation, now)
        if not code:
            return conversation
        why = why or code
    if why:
        raise NotSent(errors.words(why))
    raise NotSent(_("There is no conversation with this customer yet. The file can be downloaded and sent by hand."))


def _why_not(conversation: Conversation, now: datetime) -> str:
    route = route_of(Message(conversation=conversation, conversation_id=conversation.pk), fixed=False)
    if isinstance(route, Never):
        return route.error
    channel, last = route.channel, conversation.last_inbound_at
    if channel.provider != Channel.Provider.WEB and channel.state != Channel.State.WORKING:
        return "session_not_working"
    if channel.provider == Channel.Provider.TWILIO and (last is None or now - last >= WINDOW):
        return "outside_window"
    return ""


def _attach(message: Message, document: SalesDocument) -> None:
    """A copy: what happens to the message's file does not touch the document's."""
    with document.pdf.open("rb") as pdf:
        content = pdf.read()
    name = f"{title_of(document)}.pdf"
    media = MessageMedia(message=message, filename=name, mimetype="application/pdf", bytes=len(content))
    media.business_id = message.business_id
    media.file.save(f"{document.kind}-{document.number}.pdf", ContentFile(content), save=False)
    media.save()
