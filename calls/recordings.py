"""Messages and recordings as the carrier reports them: kept as rows, told to the staff, queued to be fetched."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import IntegrityError, transaction

from calls import summary
from calls.fetching import address_of
from calls.models import CallSession, Recording
from calls.outcomes import better
from calls.owed import LEFT_MESSAGE, owe
from calls.tasks import queue_fetch
from crm.models import Medium
from crm.services import record_activity
from crm.tenancy import for_business

logger = logging.getLogger(__name__)

_FOUND = {
    "completed": Recording.Status.WAITING,
    "absent": Recording.Status.ABSENT,
    "failed": Recording.Status.FAILED,
}


def reported(
    *,
    call_sid: str,
    business_id: int | None,
    account_sid: str,
    recording_sid: str,
    status: str,
    is_message: bool,
    duration_s: int | None,
    channels: int,
    now: datetime,
) -> None:
    """Take note of a recording, once. Unknown calls, and recordings of another business, change nothing."""
    if business_id is None or not recording_sid or status not in _FOUND:
        return
    with for_business(business_id):
        try:
            with transaction.atomic():
                call = _locked(call_sid)
                if call is None:
                    return
                kind = Recording.Kind.VOICEMAIL if is_message else Recording.Kind.CALL
                recording, is_new = Recording.objects.get_or_create(
                    recording_sid=recording_sid,
                    defaults={
                        "call": call,
                        "kind": kind,
                        "status": _FOUND[status],
                        "url": address_of(account_sid, recording_sid),
                        "duration_s": duration_s,
                        "channels": channels,
                        "created_at": now,
                        "due_at": now,
                    },
                )
                if is_new and recording.status == Recording.Status.WAITING:
                    if is_message:
                        _tell_staff(call, recording, now)
                    queue_fetch(business_id, recording.pk)
        except IntegrityError:
            logger.warning("A recording was reported for a second business", extra={"call_sid": call_sid})


def message_was_left(call_sid: str, business_id: int | None, *, now: datetime) -> None:
    """The caller has spoken after the tone, and is hung up on with thanks."""
    if business_id is None:
        return
    with for_business(business_id), transaction.atomic():
        call = _locked(call_sid)
        if call is None:
            return
        call.outcome = better(call.outcome, CallSession.Outcome.MESSAGE)
        call.next_step, call.ended_at = "", call.ended_at or now
        call.save(update_fields=["outcome", "next_step", "ended_at"])
        owe(call, LEFT_MESSAGE, now)


def _tell_staff(call: CallSession, recording: Recording, now: datetime) -> None:
    call.outcome = better(call.outcome, CallSession.Outcome.MESSAGE)
    call.lead = call.lead or summary.lead_of(call, summary.booked_in(call), now)
    call.save(update_fields=["outcome", "lead"])
    owe(call, LEFT_MESSAGE, now)
    record_activity(
        lead=call.lead,
        kind="voicemail",
        medium=Medium.PHONE,
        text="הושארה הודעה קולית.",
        occurred_at=now,
        key=f"recording:{recording.recording_sid}",
    )


def _locked(call_sid: str) -> CallSession | None:
    rows = CallSession.objects.select_for_update(of=("self",)).select_related("business", "lead")
    return rows.filter(call_sid=call_sid).first()
