"""What happens to a call in the database, from its ring to its end. Each function is one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, time

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from booking.models import Resource, Service
from booking.services import effective_policy, release_hold
from calls import prompt, twiml
from calls.answers import Answers, load_answers
from calls.capacity import capacity
from calls.conversation.events import CallFacts
from calls.conversation.journal import core_version
from calls.lines import line_of
from calls.measures import measures
from calls.models import BlockedNumber, CallSession, EventLog, TwilioAccount
from calls.numbers import number_of
from calls.outcomes import better
from calls.practice.trial import LONGEST_TRIAL_MIN, Trial, trial_of
from calls.prompts import draft_of, live_version
from calls.provider import safety_identifier
from calls.streams import await_lines, begun_at, further_facts, open_ms
from calls.tasks import queue_wrap_up
from calls.tokens import Claim
from calls.voice.clips import Voice, load_voice
from crm.lead_services import owner_of_phone
from crm.models import Business, BusinessSettings, Membership, PhoneSource
from crm.tenancy import for_business, for_everyone

logger = logging.getLogger(__name__)

LONGEST_CALLER = 32  # as it is kept; only the name of a practice call is longer
STATUS_CHOICES = CallSession.Status.choices
_ORDER = (CallSession.Status.QUEUED, CallSession.Status.RINGING, CallSession.Status.IN_PROGRESS)


@dataclass(frozen=True)
class Reception:
    """How to answer an incoming call: refuse it in words, take a message, connect it, or hang up (nothing is set)."""

    refused_with: str | None = None
    claim: Claim | None = None
    business_name: str = ""
    is_blocked: bool = False  # the staff does not want this caller to be answered
    is_full: bool = False  # nobody can talk to the caller now; a message can be taken
    records: bool = False  # the call is to be recorded


@dataclass(frozen=True)
class CallSetup:
    """Everything the media side needs to know of a call, loaded once."""

    call_id: int
    call_sid: str
    business: Business
    open_24_7: bool
    windows: dict[int, list[tuple[time, time]]]  # opening hours by weekday, 0 = Sunday
    facts: CallFacts
    prompt: str
    carrier_account: tuple[str, str] | None  # the business's own account SID and token
    part: int = 0  # which of the call's media streams this is
    barge_in_level: int = 260  # RMS on the 16-bit scale, from which a caller may be interrupting
    voice: Voice = field(default_factory=Voice)  # of the lines that are spoken without the provider
    trial: Trial | None = None  # the call is held in the practice page, and tries this
    people: tuple[str, ...] = ()  # names of those who work there, as callers ask for them
    answers: Answers = field(default_factory=Answers)  # that may be given by telephone


def receive_call(*, call_sid: str, called: str, caller: str, to_number: str, account_sid: str = "") -> Reception:
    """The voice webhook's decision. Creates the call's row, once however often the carrier repeats itself.

    Whether there is room for the call is decided with its row; a repeat is answered alike.
    """
    with for_everyone("the called number decides whose call it is"):
        line = line_of(called) if called else None
    if line is None:
        return _refuse(call_sid, "unknown number", twiml.UNKNOWN_NUMBER)
    if not line.business.is_active:
        return _refuse(call_sid, "suspended", twiml.SUSPENDED)
    with for_business(line.business):
        number = number_of(caller)
        if number and BlockedNumber.objects.filter(number=number).exists():
            logger.info("A blocked caller was turned away", extra={"call_sid": call_sid})
            return Reception(is_blocked=True)
        call, is_new = _row_of(line.business, call_sid, caller=caller, to_number=to_number, account_sid=account_sid)
        real_carrier = _carrier_is_real()
        owner = BusinessSettings.objects.filter(business=line.business).first()
        if call is None or call.status in CallSession.ENDED or call.ended_at is not None:
            return Reception()
        if settings.PRACTICE_MODE and real_carrier:  # the stand-in's voice is for no real caller
            return _refuse(call_sid, "practice mode", twiml.cannot_answer(line.business.name))
        if is_new and capacity.is_full:
            logger.warning("A call was refused", extra={"call_sid": call_sid, "reason": "no capacity"})
            call.next_step = CallSession.NextStep.VOICEMAIL
            call.outcome, call.end_reason = CallSession.Outcome.FAILED, "no capacity"
            call.save(update_fields=["next_step", "outcome", "end_reason"])
        if call.status in _ORDER[:2] and call.next_step:  # no stream has begun, and none shall
            return Reception(is_full=True)
    return Reception(
        claim=Claim(call_sid, line.business_id, safety_identifier(call.from_number or call_sid)),
        business_name=line.business.name,
        records=owner is not None and owner.record_calls,
    )


def _row_of(
    business: Business, call_sid: str, *, caller: str, to_number: str, account_sid: str
) -> tuple[CallSession | None, bool]:
    """The call's row, made once, and whether it was now. None if the SID is another business's call: no carrier's."""
    draft = draft_of(business, caller)
    try:
        return CallSession.objects.get_or_create(
            call_sid=call_sid,
            defaults={
                "account_sid": account_sid,
                "from_number": f"client:draft-{draft.number}" if draft else caller[:LONGEST_CALLER],
                "to_number": to_number,
                "status": CallSession.Status.RINGING,
                "is_practice": settings.PRACTICE_MODE or draft is not None,
                "prompt_version": draft,
                "streams": 1,
            },
        )
    except IntegrityError:
        return None, False


def _refuse(call_sid: str, reason: str, sentence: str) -> Reception:
    """The log line is the only trace: no row is made of a call that was not taken."""
    logger.warning("A call was refused", extra={"call_sid": call_sid, "reason": reason})
    return Reception(refused_with=sentence)


def _carrier_is_real() -> bool:
    if settings.TWILIO_API_BASE_URL:
        return False
    return bool(settings.TWILIO_AUTH_TOKEN) or TwilioAccount.objects.exists()


def load_call(claim: Claim) -> CallSetup:
    """Facts, instructions and addresses for a media stream that begins now, or soon (`stream_began`).

    What an earlier stream of the call leaves behind is waited for: this blocks, though not for long.
    """
    if claim.part:
        await_lines()
    with for_business(claim.business_id):
        call = CallSession.objects.select_related("business", "prompt_version").get(call_sid=claim.call_sid)
        business = call.business
        trial = trial_of(call)
        tried = trial or Trial()
        now = tried.moment(timezone.now()).astimezone(business.timezone)
        policy = tried.applied_to(effective_policy(business=business, now=now))
        owner = BusinessSettings.objects.filter(business=business).first() or BusinessSettings(business=business)
        version = call.prompt_version or live_version(business)  # a call that goes on keeps the one it began with
        told = prompt.facts_of(business, policy, version.text, now, recorded=owner.record_calls)
        instructions = prompt.compose(told)
        CallSession.objects.filter(pk=call.pk).update(prompt=instructions, prompt_version=version)
        account = TwilioAccount.objects.first()
        people = people_of(business)
        answers = load_answers(business, now)
        services = tuple(Service.objects.filter(is_active=True).values_list("slug", "name"))
        caller = owner_of_phone(number_of(call.from_number))
        voice = load_voice(business, greeting=prompt.greeting_of(told), prompt_version=str(version.number))
        facts = CallFacts(
            started_at=now.isoformat(),
            caller_phone=number_of(call.from_number),
            require_phone=policy.require_phone,
            trust_caller_id=policy.phone_source == PhoneSource.CALLER_ID,
            services=services,
            vad_silence_ms=owner.patience_ms or settings.VAD_SILENCE_MS,
            min_utterance_ms=round(settings.MIN_UTT_SEC * 1000),
            greeting=prompt.greeting_of(told),
            greeting_at_hand=voice.has_greeting,
            caller_name=caller.name if caller else "",
            can_transfer=bool(owner.transfer_to),
            open_ms=open_ms(policy, now),
            max_call_ms=min(owner.max_call_min, LONGEST_TRIAL_MIN if trial else owner.max_call_min) * 60_000,
            max_cost_microusd=(owner.max_call_cost_cents or 0) * 10_000,
            known=prompt.known(told),
        )
        if claim.part:
            facts = further_facts(facts, call, claim, now)
    return CallSetup(
        call_id=call.pk,
        call_sid=call.call_sid,
        business=business,
        open_24_7=policy.allow_24_7,
        windows={day: [(window.opens, window.closes) for window in hours] for day, hours in policy.hours.items()},
        facts=facts,
        prompt=instructions,
        carrier_account=(account.account_sid, account.auth_token) if account else None,
        part=claim.part,
        barge_in_level=owner.barge_in_level or settings.BARGE_IN_RMS,
        voice=voice,
        trial=trial,
        people=people,
        answers=answers,
    )


def people_of(business: Business) -> tuple[str, ...]:
    """By what names callers ask for those who work at the business: whole names, and first names. In its scope."""
    resources = Resource.objects.filter(is_active=True).values_list("name", flat=True)
    members = Membership.objects.filter(business=business).values_list("user__first_name", "user__last_name")
    whole = [*resources, *(" ".join(filter(None, names)) for names in members)]
    return tuple(dict.fromkeys(name for each in whole if each.strip() for name in (each.strip(), each.split()[0])))


def stream_began(setup: CallSetup, began: datetime) -> CallSetup:
    """What was loaded ahead of the stream, as of its beginning: the call's own time counts from there. Pure."""
    moment = (setup.trial or Trial()).moment(began)
    return replace(setup, facts=begun_at(setup.facts, moment.astimezone(setup.business.timezone)))


def note_answered(setup: CallSetup) -> None:
    """The carrier has answered the call: it connects no other."""
    with for_business(setup.business):
        ringing = CallSession.objects.filter(pk=setup.call_id, status__in=_ORDER[:2])
        ringing.update(status=CallSession.Status.IN_PROGRESS)


def record_status(
    *, call_sid: str, business_id: int | None, status: str, sequence: int | None, duration_s: int | None
) -> None:
    """Take note of the carrier's word on a call. Late, repeated and unknown ones change nothing; an end is final."""
    if business_id is None:
        return
    with for_business(business_id), transaction.atomic():
        call = CallSession.objects.select_for_update().filter(call_sid=call_sid).first()
        if call is None:
            return
        if call.status not in CallSession.ENDED and _is_news(call, status, sequence):
            call.status = status
            call.status_sequence = call.status_sequence if sequence is None else sequence
        ends = status in CallSession.ENDED
        if ends and call.status in CallSession.ENDED:
            call.ended_at = call.ended_at or timezone.now()
            call.duration_s = duration_s if duration_s is not None else call.duration_s
        call.save(update_fields=["status", "status_sequence", "ended_at", "duration_s"])
        if ends and call.wrapped_up_at is None and not capacity.is_live(call_sid):
            queue_wrap_up(call.business_id, call.pk)


def _is_news(call: CallSession, status: str, sequence: int | None) -> bool:
    if sequence is not None:
        return sequence > call.status_sequence
    if status in CallSession.ENDED:
        return True
    return _ORDER.index(CallSession.Status(status)) > _ORDER.index(CallSession.Status(call.status))


@dataclass(frozen=True)
class Ending:
    """How a conversation ended. `on_purpose` is false where the carrier goes on with its fallback."""

    outcome: str
    reason: str
    dead_air_ms: int
    on_purpose: bool
    call_back: bool = False  # a person was promised to get back to the caller
    cost_microusd: int = 0


def finish_call(setup: CallSetup, ending: Ending, journal: bytes) -> None:
    """Store how this stream's conversation ended and its event log; once the call is over, queue what comes after it.

    What an earlier stream achieved is kept. That a person took the call is not for the conversation to say. A stream
    that another one follows ends late: the time that is held now is the other one's, and so is the last word.
    """
    with for_business(setup.business), transaction.atomic():
        call = CallSession.objects.select_for_update().filter(pk=setup.call_id).first()
        is_followed = call is not None and call.streams > setup.part + 1
        if not is_followed:
            release_hold(business=setup.business, call_sid=setup.call_sid)
        if call is None:
            return  # erased meanwhile, as a person may ask
        if ending.outcome != CallSession.Outcome.TRANSFERRED or call.from_browser:  # there nobody is rung
            call.outcome = better(call.outcome, ending.outcome)
        if not is_followed:
            call.end_reason = ending.reason[:40]
        call.dead_air_ms = max(call.dead_air_ms, ending.dead_air_ms)
        call.call_back_promised = call.call_back_promised or ending.call_back
        goes_on = call.next_step or is_followed
        if (call.from_browser or (ending.on_purpose and not goes_on)) and call.ended_at is None:
            call.ended_at = timezone.now()
        if call.from_browser and call.status not in CallSession.ENDED:  # no carrier will tell
            call.status = CallSession.Status.COMPLETED
        if call.duration_s is None and call.ended_at is not None:
            call.duration_s = max(0, round((call.ended_at - call.started_at).total_seconds()))
        call.cost_microusd += ending.cost_microusd
        stored = [
            "outcome",
            "end_reason",
            "dead_air_ms",
            "call_back_promised",
            "ended_at",
            "duration_s",
            "cost_microusd",
            "status",
        ]
        call.save(update_fields=stored)
        log = {"core_version": core_version(), "data": journal}
        EventLog.objects.update_or_create(call=call, part=setup.part, defaults=log)
        if call.ended_at is not None:  # else the carrier goes on with the caller
            queue_wrap_up(setup.business.pk, setup.call_id)
    measures.call_ended(ending.outcome)


def mark_ended(setup: CallSetup) -> None:
    """The call ends on purpose, even if what is said about it later gets lost: the fallback must not speak."""
    with for_business(setup.business):
        CallSession.objects.filter(pk=setup.call_id, ended_at=None).update(ended_at=timezone.now())
