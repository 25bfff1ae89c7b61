"""Files that customers send: fetched from the provider, looked at, kept in our own storage; voice is written down.

What is too large, or of a kind that we do not keep, stays as the message that it was, with the reason beside it.
"""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO

from django.core.files import File
from django.db import transaction
from django.db.models import F

from crm.tenancy import for_business, for_everyone
from whatsapp import arrivals, live, sniffing, transcribing
from whatsapp.downloads import Gone, NotNow, TooLarge, download
from whatsapp.incoming import AWAITED, files_awaited
from whatsapp.models import Conversation, Message, MessageMedia

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)
SOONEST, LATEST = timedelta(seconds=5), timedelta(hours=1)
MOST_ATTEMPTS = 12  # some six hours
MOST_LISTENINGS = 3


def claim_due(now: datetime, limit: int = 100) -> list[tuple[int, int]]:
    """(business id, id of a file) of what waits to be fetched or listened to."""
    with for_everyone("a sweep over all businesses"):
        due = MessageMedia.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
        return list(due.order_by("due_at").values_list("business_id", "pk")[:limit])


def attend(business_id: int, media_id: int, *, now: datetime) -> None:
    """Bring one file on by a step or two: here, and into words. Whoever claims the row does it."""
    with for_business(business_id):
        due = MessageMedia.objects.filter(pk=media_id, due_at__lte=now)
        if not due.update(due_at=now + LEASE, attempts=F("attempts") + 1):
            return
        media = MessageMedia.objects.select_related("message").get(pk=media_id)
        if media.source and not media.file and not _fetch(media, now):
            _settle_if_late(media, now)
            return
        if transcribing.is_wanted(media) and not _listen(media, now):
            _settle_if_late(media, now)
            return
        MessageMedia.objects.filter(pk=media_id).update(due_at=None)
        settle(media.message, now)


def settle(message: Message, now: datetime) -> None:
    """What the file says is known as far as it will be: now the conversation may be answered."""
    live.announce(message.business_id, conversation=message.conversation_id)
    if message.is_backlog or files_awaited(message.conversation_id, now):
        return
    unanswered = Conversation.objects.filter(pk=message.conversation_id, answered_to__lt=message.pk)
    unanswered.filter(pending_since=None).exclude(state=Conversation.State.STAFF).update(pending_since=now)
    arrivals.queue_answer(message.conversation_id, message.business_id)


def _settle_if_late(media: MessageMedia, now: datetime) -> None:
    """The customer is not left without an answer for the sake of a file that does not come."""
    row = MessageMedia.objects.filter(pk=media.pk).values_list("due_at", flat=True).first()
    if row is None or now - media.message.created_at >= AWAITED:
        settle(media.message, now)


def _fetch(media: MessageMedia, now: datetime) -> bool:
    """True once there is nothing more to fetch: it is here, or never will be."""
    told = {"media_id": media.pk, "attempts": media.attempts}
    try:
        with TemporaryFile() as content:
            size = download(media, content)
            kind = sniffing.kind_of(content, media.mimetype)
            if kind is None:
                return _refuse(media, "type", size)
            _keep(media, content, kind, size)
    except TooLarge as error:
        return _refuse(media, "too_large", error.size)
    except Gone:
        return _refuse(media, "gone", media.bytes)
    except (NotNow, OSError) as error:
        logger.info("A customer's file could not be fetched", extra=told | {"why": type(error).__name__})
        if media.attempts >= MOST_ATTEMPTS:
            return _refuse(media, "gone", media.bytes)
        due_at = now + min(LATEST, SOONEST * 2 ** (media.attempts - 1))
        MessageMedia.objects.filter(pk=media.pk).update(due_at=due_at)
        return False
    return True


def _keep(media: MessageMedia, content: IO[bytes], kind: str, size: int) -> None:
    """Into our storage, whole or not at all; a row that was erased meanwhile leaves no file behind."""
    storage = media.file.storage
    name = f"{media.business_id}/{secrets.token_urlsafe(24)}{sniffing.EXTENSIONS[kind]}"
    content.seek(0)
    name = storage.save(media.file.field.generate_filename(media, name), File(content))
    values = {"file": name, "mimetype": kind, "bytes": size, "source": "", "attempts": 0}
    if not MessageMedia.objects.filter(pk=media.pk).update(**values):
        with suppress(OSError):
            storage.delete(name)
        return
    media.file, media.mimetype, media.attempts = name, kind, 0


def _refuse(media: MessageMedia, why: str, size: int) -> bool:
    MessageMedia.objects.filter(pk=media.pk).update(refused=why, source="", bytes=max(0, size))
    return True


def _listen(media: MessageMedia, now: datetime) -> bool:
    """What was said becomes the message's text. True once no further attempt will be made."""
    try:
        words = transcribing.transcript(media)
    except transcribing.NotNow as error:
        logger.info("A voice message could not be written down", extra={"media_id": media.pk, "why": str(error)})
        if media.attempts >= MOST_LISTENINGS:
            return True
        MessageMedia.objects.filter(pk=media.pk).update(due_at=now + SOONEST * 2**media.attempts)
        return False
    with transaction.atomic():
        MessageMedia.objects.filter(pk=media.pk).update(transcript=words)
        Message.objects.filter(pk=media.message_id, text="").update(text=words)
        Conversation.objects.filter(pk=media.message.conversation_id, preview="").update(preview=words[:120])
    return True
