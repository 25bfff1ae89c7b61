"""Calls whose end nobody told us: a process died, a callback was lost, a number has no status callback."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import httpx2
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from calls import carrier_api
from calls.live.reading import abandoned
from calls.models import CallSession, Turn, TwilioAccount
from calls.services import STATUS_CHOICES, record_status
from crm.tenancy import for_business, for_everyone

logger = logging.getLogger(__name__)

_Status = CallSession.Status
UNCONNECTED = timedelta(minutes=3)  # after its ring a call without a stream is looked at
STREAM_OVER = timedelta(minutes=5)  # a call whose stream is over, while voicemail or a person may have the caller
STREAM_MUTE = timedelta(minutes=35)  # a call whose stream never reported its end: longer than calls usually are
LONGEST = timedelta(minutes=150)  # no conversation that we allow lasts longer; a carrier that is silent is waited for
TALKS = timedelta(hours=4)  # how long the carrier lets a caller talk to a person
TALKING = 500  # calls whose process is asked after in one sweep
LEASE = timedelta(minutes=2)  # a call that was looked at is left alone for so long
UNREACHED = ""  # in place of a status: the carrier could not be asked, or did not say
UNKNOWN = "unknown"  # the carrier has no such call
_KNOWN = {value for value, _ in STATUS_CHOICES}


def close_overdue(now: datetime) -> None:
    """Look at every call that ought to be over. Once the carrier cannot be reached it is not asked again this time."""
    is_there = True
    for business_id, call_id in claim_overdue(now):
        is_there = look_at(business_id, call_id, now=now, ask=is_there)


def claim_overdue(now: datetime, limit: int = 50) -> list[tuple[int, int]]:
    """(business id, call id) of calls that have no final status and ought to have one, oldest first.

    They are the caller's for a while: another sweep, and the next one, pass them over.
    """
    stream_over = ~Q(end_reason="") & Q(started_at__lt=now - STREAM_OVER)
    is_due = Q(look_at=None) | Q(look_at__lte=now)
    with for_everyone("a sweep over all businesses"), transaction.atomic():
        never_spoke = Q(started_at__lt=now - UNCONNECTED) & ~Exists(Turn.objects.filter(call=OuterRef("pk")))
        open_calls = CallSession.objects.exclude(status__in=CallSession.ENDED).filter(is_due)
        talking = open_calls.filter(end_reason="", next_step="", started_at__lt=now - UNCONNECTED).order_by(
            "started_at"
        )
        died = Q(pk__in=abandoned(talking.values_list("business_id", "pk", "call_sid")[:TALKING]))
        overdue = stream_over | never_spoke | died | Q(started_at__lt=now - STREAM_MUTE)
        rows = open_calls.filter(overdue).order_by("started_at")
        found = list(rows.select_for_update(skip_locked=True).values_list("business_id", "pk")[:limit])
        CallSession.objects.filter(pk__in=[pk for _, pk in found]).update(look_at=now + LEASE)
        return found


def look_at(business_id: int, call_id: int, *, now: datetime, ask: bool = True) -> bool:
    """Take over the carrier's word on a call; one that it does not know is over. False if it cannot be reached.

    Without its word a call is over once it cannot possibly go on. `ask`: false if it is known not to be reachable.
    """
    with for_business(business_id):
        call = CallSession.objects.filter(pk=call_id).first()
        account = TwilioAccount.objects.first()
        spoke = call is not None and call.turns.exists()
    if call is None:
        return ask
    sid, token = (account.account_sid, account.auth_token) if account else _installations_account()
    status, duration_s = UNREACHED, None
    if call.from_browser:  # it has no carrier, and its socket is gone
        status = UNKNOWN
    elif ask and (sid := sid or call.account_sid):
        try:
            status, duration_s = _word_of(call.call_sid, sid, token)
        except httpx2.TransportError:
            ask = False
    if status not in CallSession.ENDED:
        longest = LONGEST + (TALKS if call.next_step == CallSession.NextStep.TAKEN else timedelta())
        if status in _KNOWN or (status == UNREACHED and call.started_at >= now - longest):
            return ask  # still on the line, or perhaps
        status = _Status.COMPLETED if spoke else _Status.FAILED
    logger.warning("A call was closed without the carrier's callback", extra={"call_sid": call.call_sid})
    record_status(call_sid=call.call_sid, business_id=business_id, status=status, sequence=None, duration_s=duration_s)
    return ask


def _installations_account() -> tuple[str, str]:
    """SID and token; without a SID the carrier named it with the call."""
    return settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN


def _word_of(call_sid: str, account: str, token: str) -> tuple[str, int | None]:
    """The carrier's status and seconds, `UNKNOWN` or `UNREACHED`. Raises TransportError where nobody answers."""
    try:
        with httpx2.Client(**carrier_api.client_options(account, token)) as client:
            answer = client.get(carrier_api.address(account, token, f"Calls/{call_sid}.json"))
            body = answer.json() if answer.is_success else {}
    except (httpx2.DecodingError, httpx2.TooManyRedirects, ValueError):
        return UNREACHED, None
    if answer.status_code == httpx2.codes.NOT_FOUND:
        return UNKNOWN, None
    status, seconds = str(body.get("status") or ""), str(body.get("duration") or "")
    return status if status in _KNOWN else UNREACHED, int(seconds) if seconds.isdigit() else None
