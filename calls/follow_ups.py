"""What the staff notes to do about a call, from its page. Each function is one transaction; the scope is entered."""

from __future__ import annotations

import re
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from calls.models import CallSession
from calls.owed import due_at
from crm.models import FollowUp
from crm.services import add_follow_up, finish_follow_up

BY_HAND = "call-page"  # first word of the keys of what was asked for on a call's page
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
_ABOUT = "לחזור ללקוח"
_LOOKED_AT = "נבדק: השיחה הסתיימה בתקלה"


@transaction.atomic
def call_back(*, call: CallSession, now: datetime) -> tuple[FollowUp, bool]:
    """Somebody shall get back to the caller; the other value says whether that is new.

    Asked for again while it is still to be done, it is the same.
    """
    CallSession.objects.select_for_update().get(pk=call.pk)  # one click at a time
    mine = FollowUp.objects.filter(call_sid=call.call_sid, key__startswith=f"{BY_HAND}:")
    if (owed := mine.filter(done_at=None).first()) is not None:
        return owed, False
    key = f"{BY_HAND}:{mine.count()}:{call.call_sid}"
    owed = add_follow_up(
        business=call.business,
        lead=call.lead,
        reason=reason_of(call),
        due_at=due_at(call, now),
        key=key,
        call_sid=call.call_sid,
    )
    return owed, True


@transaction.atomic
def take_back(*, call: CallSession, follow_up_id: int) -> bool:
    """It was not meant; False if it has been done meanwhile, or was not asked for on the page."""
    mine = FollowUp.objects.filter(call_sid=call.call_sid, key__startswith=f"{BY_HAND}:", done_at=None)
    deleted, _rows = mine.filter(pk=follow_up_id).delete()
    return bool(deleted)


@transaction.atomic
def note_looked_at(*, call: CallSession, by: User, now: datetime) -> FollowUp:
    """A call that failed was looked at: what there was to do is done, and stays in the list of what was done."""
    seen = add_follow_up(
        business=call.business,
        lead=call.lead,
        reason=_LOOKED_AT,
        due_at=now,
        key=f"{BY_HAND}:seen:{call.call_sid}",
        call_sid=call.call_sid,
    )
    finish_follow_up(follow_up=seen, by=by, now=now)
    return seen


def reason_of(call: CallSession) -> str:
    """What it is about, in the words of the call: its topic, else the first sentence of its summary."""
    longest: int = FollowUp._meta.get_field("reason").max_length or 0
    about = call.topic or _SENTENCE_END.split(" ".join(call.summary.split()), maxsplit=1)[0]
    words = f"{_ABOUT}: {about}" if about else _ABOUT
    return words if len(words) <= longest else f"{words[: longest - 1]}…"
