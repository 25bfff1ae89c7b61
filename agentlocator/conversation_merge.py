"""The conversations of two customers who turned out to be one: a person has one per medium.

Where both have one, what stands in the other's moves into the kept one, whatever app it is of; pages order it by the
time of writing. What moved is written down row by row, so that it can be taken apart again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import models

from crm.models import Lead
from whatsapp.models import Conversation, Message

_State = Conversation.State
_WHO_ANSWERS = (_State.STAFF, _State.WAITING, _State.ASSISTANT, _State.CLOSED)  # the first of the two stays
_NEVER_KEPT = ("lease", "leased_until")  # a run that is under way does not answer into what was just changed


def put_together(kept: Lead, other: Lead) -> dict[str, Any]:
    """All conversations are `kept`'s; what it takes to undo that."""
    own = {row.medium: row for row in Conversation.objects.select_for_update().filter(lead=kept).order_by("pk")}
    moved, emptied = [], []
    for theirs in Conversation.objects.select_for_update().filter(lead=other).order_by("pk"):
        mine = own.get(theirs.medium)
        if mine is None:
            Conversation.objects.filter(pk=theirs.pk).update(lead=kept, lease=None, leased_until=None)
            moved.append(theirs.pk)
        else:
            emptied.append(_emptied(theirs, mine))
    return {"moved": moved, "emptied": emptied}


def take_apart(kept: Lead, back: Lead, snapshot: dict[str, Any]) -> None:
    """Each conversation, and what stood in it, as far as it is still `kept`'s."""
    Conversation.objects.filter(pk__in=snapshot["moved"], lead=kept).update(lead=back)
    for emptied in snapshot["emptied"]:
        values = emptied["conversation"]
        fields = [field for field in Conversation._meta.concrete_fields if field.attname not in _NEVER_KEPT]
        again = Conversation(**{field.attname: field.to_python(values[field.attname]) for field in fields})
        again.lead = back
        Conversation.objects.bulk_create([again])
        for field in _relations():
            rows = field.model._default_manager.filter(pk__in=emptied["rows"].get(_label(field), []))
            rows.filter(**{f"{field.name}__lead": kept}).update(**{field.name: again})
        for mine in Conversation.objects.filter(lead=kept, medium=again.medium):
            _look_again(mine)


def _emptied(theirs: Conversation, mine: Conversation) -> dict[str, Any]:
    rows = {_label(field): _move(field, theirs, mine) for field in _relations()}
    values = {
        field.attname: _plain(getattr(theirs, field.attname))
        for field in Conversation._meta.concrete_fields
        if field.attname not in _NEVER_KEPT
    }
    theirs.delete()
    Conversation.objects.filter(pk=mine.pk).update(**_as_one(mine, theirs))
    _look_again(mine)
    return {"conversation": values, "rows": rows}


def _as_one(mine: Conversation, theirs: Conversation) -> dict[str, Any]:
    """Who answers, where to, and what still waits. Rather answered again than not at all."""
    newest = max((mine, theirs), key=lambda row: (row.last_inbound_at or row.created_at, row.pk))
    waiting = [row for row in (mine, theirs) if row.pending_since is not None]
    answered = [row.answered_to for row in waiting] or [max(mine.answered_to, theirs.answered_to)]
    opted_out = [row.opted_out_at for row in (mine, theirs) if row.opted_out_at]
    held = [row.staff_until for row in (mine, theirs) if row.staff_until]
    return {
        "channel_id": newest.channel_id,
        "chat_id": newest.chat_id,
        "state": next(state for state in _WHO_ANSWERS if state in (mine.state, theirs.state)),
        "assigned_to_id": mine.assigned_to_id or theirs.assigned_to_id,
        "staff_until": max(held, default=None),
        "opted_out_at": min(opted_out, default=None),
        "unread": mine.unread + theirs.unread,
        "answered_to": min(answered),
        "pending_since": min((row.pending_since for row in waiting if row.pending_since), default=None),
        "lease": None,
        "leased_until": None,
        "dialog": newest.dialog,
        "dialog_at": newest.dialog_at,
    }


def _look_again(conversation: Conversation) -> None:
    """What the list shows of it, by what stands in it now."""
    rows = Message.objects.filter(conversation=conversation).exclude(direction=Message.Direction.NOTE)
    newest = rows.order_by("-written_at", "-pk").first()
    inbound = rows.filter(direction=Message.Direction.IN).order_by("-written_at").first()
    Conversation.objects.filter(pk=conversation.pk).update(
        preview=newest.text[:120] if newest else "",
        last_message_at=newest.created_at if newest else conversation.last_message_at,
        last_inbound_at=inbound.written_at if inbound else None,
    )


def _relations() -> Iterator[models.ForeignKey[Any, Any]]:
    """Every column anywhere that names a conversation."""
    for relation in Conversation._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and isinstance(relation.field, models.ForeignKey):
            yield relation.field


def _label(field: models.ForeignKey[Any, Any]) -> str:
    return f"{field.model._meta.label}.{field.name}"


def _move(field: models.ForeignKey[Any, Any], theirs: Conversation, mine: Conversation) -> list[int]:
    rows = field.model._default_manager.all()
    pks = list(rows.filter(**{field.name: theirs}).order_by("pk").values_list("pk", flat=True))
    rows.filter(pk__in=pks).update(**{field.name: mine})
    return pks


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value
