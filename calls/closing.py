"""Calls whose end nobody told us: a process died, a callback was lost, a number has no status callback."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import httpx2
from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from calls import carrier_api
from calls.models import CallSession, Turn, TwilioAccount
from calls.services import STATUS_CHOICES, record_status
from crm.tenancy import for_business, for_everyone

logger = logging.getLogger(__name__)

_Status = CallSession.Status
UNCONNECTED = timedelta(minutes=3)  # after its ring a call without a stream is looked at
STREAM_OVER = timedelta(minutes=5)  # a call whose stream is over, while voicemail or a person may have the caller
STREAM_MUTE = timedelta(minutes=35)  # a call whose stream never reported its end: longer than calls usually are
LONGEST = timedelta(minutes=150)  # no call that we allow lasts longer; here it is over whatever the carrier says
_KNOWN = {value for value, _ in STATUS_CHOICES}


def overdue(now: datetime, limit: int = 50) -> list[tuple[int, int]]:
    """(business id, call id) of calls that have no final status and ought to have one, oldest first.

    Claims nothing: asking the carrier twice does no harm.
    """
    stream_over = ~Q(end_reason="") & Q(started_at__lt=now - STREAM_OVER)
    with for_everyone("a sweep over all businesses"):
        never_spoke = Q(started_at__lt=now - UNCONNECTED) & ~Exists(Turn.objects.filter(call=OuterRef("pk")))
        open_calls = CallSession.objects.exclude(status__in=CallSession.ENDED)
        rows = open_calls.filter(stream_over | never_spoke | Q(started_at__lt=now - STREAM_MUTE)).order_by("started_at")
        return list(rows.values_list("business_id", "pk")[:limit])


def ask_carrier(business_id: int, call_id: int, *, now: datetime) -> None:
    """Take over the carrier's word on a call. One that the carrier does not know, or that is too old, is over."""
    with for_business(business_id):
        call = CallSession.objects.filter(pk=call_id).first()
        account = TwilioAccount.objects.first()
        spoke = call is not None and call.turns.exists()
    if call is None:
        return
    own = (account.account_sid, account.auth_token) if account else None
    status, duration_s = _word_of(call.call_sid, own or (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN))
    if status not in CallSession.ENDED:
        if status != "unknown" and call.started_at >= now - LONGEST:
            return  # still on the line, or the carrier cannot be asked now
        status = _Status.COMPLETED if spoke else _Status.FAILED
    logger.warning("A call was closed without the carrier's callback", extra={"call_sid": call.call_sid})
    record_status(call_sid=call.call_sid, business_id=business_id, status=status, sequence=None, duration_s=duration_s)


def _word_of(call_sid: str, credentials: tuple[str, str]) -> tuple[str, int | None]:
    """The carrier's status and seconds; "unknown" where it has no such call, empty where it cannot be asked."""
    account, token = credentials
    if not account:
        return "unknown", None
    try:
        with httpx2.Client(**carrier_api.client_options(account, token)) as client:
            answer = client.get(carrier_api.address(account, token, f"Calls/{call_sid}.json"))
            body = answer.json() if answer.is_success else {}
    except (httpx2.HTTPError, ValueError):
        return "", None
    if answer.status_code == httpx2.codes.NOT_FOUND:
        return "unknown", None
    status, seconds = str(body.get("status") or ""), str(body.get("duration") or "")
    return status if status in _KNOWN else "", int(seconds) if seconds.isdigit() else None
