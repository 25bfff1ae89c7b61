"""Who answers a conversation: the assistant, or a person of the staff who stepped in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.files import File
from django.db import transaction

from crm.services import add_follow_up
from whatsapp import live
from whatsapp.models import Conversation, Message, MessageMedia
from whatsapp.outgoing import send

STAFF_HOLDS = timedelta(hours=2)  # after their last word the assistant answers again by itself
_State = Conversation.State


@transaction.atomic
def take_over(*, conversation: Conversation, by: User | None, now: datetime) -> None:
    """From now on a person answers. `by` is None for the owner who writes on the business's own phone.

    A lease of the assistant's ends with this: what it is still wording will not be sent.
    """
    Conversation.objects.filter(pk=conversation.pk).update(
        state=_State.STAFF,
        assigned_to=by or conversation.assigned_to,
        staff_until=now + STAFF_HOLDS,
        pending_since=None,
        lease=None,
        leased_until=None,
    )
    live.announce(conversation.business_id, conversation=conversation.pk)


@transaction.atomic
def release(*, conversation: Conversation) -> None:
    """The assistant answers again, from the next message on."""
    newest = Message.objects.filter(conversation=conversation, direction=Message.Direction.IN).order_by("pk").last()
    Conversation.objects.filter(pk=conversation.pk).update(
        state=_State.ASSISTANT, staff_until=None, answered_to=newest.pk if newest else 0, dialog=[], dialog_at=None
    )
    live.announce(conversation.business_id, conversation=conversation.pk)


def release_overdue(now: datetime) -> int:
    """Conversations that their staff left go back to the assistant; how many. Runs in the scope of everyone."""
    overdue = Conversation.objects.filter(state=_State.STAFF, staff_until__lt=now)
    return overdue.update(state=_State.ASSISTANT, staff_until=None)


@transaction.atomic
def hand_to_staff(*, conversation: Conversation, reason: str, now: datetime) -> None:
    """A person is needed: the conversation waits for them, and stands among the follow-ups."""
    Conversation.objects.filter(pk=conversation.pk).update(state=_State.WAITING, pending_since=None)
    add_follow_up(
        business=conversation.business,
        lead=conversation.lead,
        reason=reason,
        due_at=now,
        key=f"conversation:{conversation.pk}:{now:%Y-%m-%d}",
    )
    live.announce(conversation.business_id, conversation=conversation.pk)


@dataclass(frozen=True)
class Enclosed:
    """A file that goes with a message. `mimetype`: by what is in it, not by its name."""

    file: File[Any]
    mimetype: str
    name: str

    @property
    def kind(self) -> Message.Kind:
        """Pictures that are no photographs go as files: providers take few kinds of them."""
        if self.mimetype in ("image/jpeg", "image/png"):
            return Message.Kind.IMAGE
        family = self.mimetype.partition("/")[0]
        return {"audio": Message.Kind.AUDIO, "video": Message.Kind.VIDEO}.get(family, Message.Kind.DOCUMENT)


@transaction.atomic
def reply(
    *, conversation: Conversation, text: str, by: User, now: datetime, key: str = "", enclosed: Enclosed | None = None
) -> Message | None:
    """A person of the staff answers; with that the conversation is theirs.

    Asked for twice under one `key`, it is sent once: the second time there is none.
    """
    message = send(
        conversation=conversation,
        text=text,
        author=Message.Author.STAFF,
        by=by,
        now=now,
        purpose=f"reply:{key}" if key else "",
        kind=enclosed.kind if enclosed else Message.Kind.TEXT,
    )
    if message is not None and enclosed is not None:
        MessageMedia.objects.create(
            message=message,
            file=enclosed.file,
            mimetype=enclosed.mimetype,
            filename=enclosed.name[:200],
            bytes=enclosed.file.size,
        )
    take_over(conversation=conversation, by=by, now=now)
    Conversation.objects.filter(pk=conversation.pk).update(unread=0)
    return message


@transaction.atomic
def send_again(*, message: Message, by: User, now: datetime) -> Message | None:
    """The same once more, for one that could not be sent; None where that was done already, or it did not fail.

    A message of its own: what a provider refused under one key it refuses under it for good.
    """
    failed = Message.objects.filter(pk=message.pk, status=Message.Status.FAILED, direction=Message.Direction.OUT)
    if not failed.exists():
        return None
    again = send(
        conversation=message.conversation,
        text=message.text,
        author=Message.Author(message.author),
        by=by,
        now=now,
        purpose=f"again:{message.pk}",
        template=message.template,
        kind=Message.Kind(message.kind),
        data=message.data,
    )
    media = MessageMedia.objects.filter(message=message).exclude(file="").first()
    if again is not None and media is not None:
        MessageMedia.objects.create(
            message=again,
            file=media.file.name,
            mimetype=media.mimetype,
            filename=media.filename,
            bytes=media.bytes,
            seconds=media.seconds,
        )
    return again


@transaction.atomic
def note(*, conversation: Conversation, text: str, by: User, now: datetime, key: str = "") -> Message:
    """A word among the staff; the customer never sees it. Written twice under one `key`, it stands there once."""
    facts: dict[str, Any] = {
        "conversation": conversation,
        "direction": Message.Direction.NOTE,
        "author": Message.Author.STAFF,
        "by": by,
        "text": text,
        "provider": conversation.channel.provider,
        "status": Message.Status.SENT,
        "created_at": now,
        "written_at": now,
    }
    once = {"business_id": conversation.business_id, "purpose": f"note:{key}"}
    row = Message.objects.get_or_create(**once, defaults=facts)[0] if key else Message.objects.create(**facts)
    live.announce(conversation.business_id, conversation=conversation.pk)
    return row


def assign(*, conversation: Conversation, to: User | None) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(assigned_to=to)
    live.announce(conversation.business_id, conversation=conversation.pk)


def mark_read(*, conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk, unread__gt=0).update(unread=0)


def close(*, conversation: Conversation) -> None:
    """Done for now; the customer's next message opens it again."""
    Conversation.objects.filter(pk=conversation.pk).update(
        state=_State.CLOSED, pending_since=None, staff_until=None, unread=0
    )
    live.announce(conversation.business_id, conversation=conversation.pk)
