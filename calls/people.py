"""Handing a caller to a person or to voicemail, and what becomes of it. Each function is one transaction.

`CallSession.next_step` says what the carrier shall do with the caller; it stays until the carrier has done it. Whether
a person took the call only the carrier knows: the outcome "transferred" is written when they press the key, and as
long as they talk the next step is "taken". So a request that the carrier repeats finds what it came from.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from booking.hebrew.speech import say_phone
from booking.services import effective_policy
from calls.capacity import capacity
from calls.live.feed import tell_aside
from calls.live.requests import Taker
from calls.models import CallSession, EventLog
from calls.numbers import number_of
from calls.outcomes import better
from calls.owed import NOT_TAKEN, WANTS_MESSAGE, WANTS_PERSON, owe
from calls.provider import safety_identifier
from calls.services import CallSetup
from calls.streams import is_open
from calls.tokens import Claim
from calls.wording import whisper
from crm.lead_services import owner_of_phone
from crm.models import Business, BusinessSettings
from crm.phones import national
from crm.tenancy import for_business

logger = logging.getLogger(__name__)

MOST_STREAMS = 5  # of one call, however often it is handed over and comes back
_HEBREW = re.compile("[א-ת]")
_TRANSFER, _VOICEMAIL = CallSession.NextStep.TRANSFER, CallSession.NextStep.VOICEMAIL
_TAKEN = CallSession.NextStep.TAKEN
_RUNG = (_TRANSFER, _TAKEN)  # a person was, or is about to be


@dataclass(frozen=True)
class HangUp:
    """The call is over."""


@dataclass(frozen=True)
class Ring:
    """Ring this person. `shown`: the number they see, where the caller's own cannot be shown."""

    number: str
    shown: str = ""


@dataclass(frozen=True)
class TakeMessage:
    """Voicemail. `why`: what the caller is told first; asked unanswered cut_off."""

    why: str = "asked"


@dataclass(frozen=True)
class Connect:
    """Back to the assistant, on a new stream."""

    claim: Claim
    business_name: str


Following = HangUp | Ring | TakeMessage | Connect


def person_of(business: Business, now: datetime) -> str:
    """The number at which a person may be rung now; empty outside opening hours. Within the business's scope."""
    owner = BusinessSettings.objects.filter(business=business).first()
    if owner is None or not owner.transfer_to:
        return ""
    return owner.transfer_to if is_open(effective_policy(business=business, now=now), now) else ""


def hand_over(setup: CallSetup, to: str, topic: str, taker: Taker | None = None) -> str:
    """Note where the caller goes next; what will really happen: a transfer to nobody is a message.

    `taker`: somebody of the staff who asked for the caller; they are rung at any hour.
    """
    now = timezone.now()
    with for_business(setup.business), transaction.atomic():
        call = CallSession.objects.select_for_update().filter(pk=setup.call_id).first()
        if call is None:
            return _VOICEMAIL  # erased meanwhile, as a person may ask
        longest: int = CallSession._meta.get_field("topic").max_length or 0
        call.topic = topic[:longest] if _HEBREW.search(topic) else ""  # else it is a word of our own
        call.taken_by_id, call.transfer_number = (taker.user_id, taker.number) if taker else (None, "")
        person = call.transfer_number or person_of(setup.business, now)
        call.next_step = _TRANSFER if to == _TRANSFER and person else _VOICEMAIL
        if call.next_step == _VOICEMAIL:
            call.outcome = better(call.outcome, CallSession.Outcome.MESSAGE)
            owe(call, WANTS_PERSON if to == _TRANSFER else WANTS_MESSAGE, now)
        call.save(update_fields=["topic", "next_step", "outcome", "taken_by", "transfer_number"])
        return call.next_step


def after_stream(call_sid: str, business_id: int | None, *, now: datetime) -> Following:
    """The media stream is over: what the carrier shall do with whoever is still on the line."""
    if business_id is None:
        return HangUp()
    with for_business(business_id), transaction.atomic():
        call = _live(call_sid)
        if call is None:
            return HangUp()
        if call.next_step in _RUNG and (number := call.transfer_number or person_of(call.business, now)):
            return Ring(number, "" if number_of(call.from_number) else call.to_number)
        if call.next_step:
            return TakeMessage("unanswered" if call.next_step in _RUNG else "asked")
        if call.streams < 2 and (claim := _claim(call, "stream_lost")) is not None:
            logger.warning("A stream was lost; the call is connected again", extra={"call_sid": call_sid})
            return Connect(claim, call.business.name)
        logger.warning("The spoken fallback took over", extra={"call_sid": call_sid})
        return TakeMessage("cut_off")


def after_dial(
    call_sid: str, business_id: int | None, *, status: str, bridged: bool | None, now: datetime
) -> Following:
    """A person was rung. `bridged`: whether they talked with the caller; None where the carrier does not say."""
    if business_id is None:
        return HangUp()
    with for_business(business_id), transaction.atomic():
        call = _live(call_sid)
        if call is None:
            return HangUp()
        if call.next_step not in _RUNG:
            return _as_told(call)
        was_taken = call.next_step == _TAKEN  # the key was pressed
        call.next_step = ""
        if status in ("completed", "answered") and (was_taken if bridged is None else bridged):
            call.outcome = better(call.outcome, CallSession.Outcome.TRANSFERRED)
            call.ended_at = now
            call.save(update_fields=["next_step", "outcome", "ended_at"])
            return HangUp()
        owe(call, NOT_TAKEN, now)
        claim = _claim(call, "transfer_failed")
        call.next_step = "" if claim else _VOICEMAIL
        came_to = "" if call.outcome == CallSession.Outcome.TRANSFERRED else call.outcome  # by the key alone
        call.outcome = better(came_to, CallSession.Outcome.MESSAGE)
        call.save(update_fields=["next_step", "outcome"])
        return Connect(claim, call.business.name) if claim else TakeMessage("unanswered")


def whisper_to(call_sid: str, business_id: int | None) -> str | None:
    """What the person called is told before they take the call; None if the caller has gone."""
    if business_id is None:
        return None
    with for_business(business_id):
        call = CallSession.objects.select_related("business").filter(call_sid=call_sid, next_step__in=_RUNG).first()
        if call is None or call.ended_at is not None or call.status in CallSession.ENDED:
            return None
        number = number_of(call.from_number)
        lead = owner_of_phone(number)
        who = (lead.name if lead else "") or (say_phone(national(number)) if number else "")
        return whisper(call.business.name, who=who, topic=call.topic)


def accept(call_sid: str, business_id: int | None) -> bool:
    """The person called pressed the key. False if the caller has gone, or nobody was rung."""
    if business_id is None:
        return False
    with for_business(business_id), transaction.atomic():
        call = _live(call_sid)
        if call is None or call.next_step not in _RUNG:
            return False
        if call.next_step == _TRANSFER:  # else the carrier repeats itself
            call.next_step, call.outcome = _TAKEN, better(call.outcome, CallSession.Outcome.TRANSFERRED)
            call.save(update_fields=["next_step", "outcome"])
            name = call.taken_by.get_full_name() if call.taken_by is not None else ""
            transaction.on_commit(partial(tell_aside, call.business_id, call_sid, "with_person", name=name))
        return True


def _live(call_sid: str) -> CallSession | None:
    """The call, locked, unless it is over or nobody's."""
    rows = CallSession.objects.select_for_update(of=("self",)).select_related("business", "lead")
    call = rows.filter(call_sid=call_sid).first()
    return None if call is None or call.ended_at is not None or call.status in CallSession.ENDED else call


def _claim(call: CallSession, why: str) -> Claim | None:
    """Leave to open one more stream; None where there is no place for it, or the call has had enough of them."""
    if capacity.is_full or call.streams >= MOST_STREAMS:
        return None
    call.streams = max(call.streams, 1) + 1
    call.save(update_fields=["streams"])
    return _latest(call, why)


def _latest(call: CallSession, why: str) -> Claim:
    """Leave to open the stream that was granted last."""
    caller = safety_identifier(call.from_number or call.call_sid)
    return Claim(call.call_sid, call.business_id, caller, part=call.streams - 1, resumed=why)


def _as_told(call: CallSession) -> Following:
    """The carrier repeats what came of ringing a person. It gets the same answer, and nothing new comes of it."""
    is_over = EventLog.objects.filter(call=call, part=call.streams - 1).exists()
    if call.next_step or call.streams < 2 or is_over:
        return TakeMessage("unanswered")
    return Connect(_latest(call, "transfer_failed"), call.business.name)
