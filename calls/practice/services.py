"""Beginning a practice call: the row that a voice webhook would have made, and leave to open one media stream."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from booking.policy import Hours
from booking.rules import write_week
from calls.capacity import capacity
from calls.models import CallSession, PhoneLine, PracticeCall, PromptVersion
from calls.practice.trial import LONGEST_TRIAL_MIN
from calls.provider import safety_identifier
from calls.tokens import LIFETIME_SECONDS, Claim
from crm.models import Business
from crm.tenancy import for_business

logger = logging.getLogger(__name__)

CALLER = "client:practice"  # a carrier names callers without a telephone number like that
MOST_OF_ONE_PERSON = 2
MOST_OF_A_BUSINESS = 5
_NEVER_CAME = timedelta(seconds=LIFETIME_SECONDS + 15)  # by then the token of a call that rings is worth nothing
_SURELY_OVER = timedelta(minutes=LONGEST_TRIAL_MIN + 5)


@dataclass(frozen=True)
class Wanted:
    """What is to be tried. None: the version in force, the hours in force, the time as it is."""

    version: PromptVersion | None = None
    hours: Hours | None = None
    moment: datetime | None = None


@dataclass(frozen=True)
class Begun:
    call_sid: str
    claim: Claim


@dataclass(frozen=True)
class Busy:
    """No further call now. `own`: the person's own calls are too many; `others`: who else practises."""

    own: bool = False
    others: tuple[User, ...] = ()


def begin(*, business: Business, by: User, wanted: Wanted, now: datetime) -> Begun | Busy:
    """Make the call's row, unless too many practice calls go on already."""
    with for_business(business), transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)  # whoever comes second counts the first
        if capacity.is_full:
            return Busy()
        going_on = list(_going_on(now).select_related("practice__by"))
        if sum(call.practice.by_id == by.pk for call in going_on) >= MOST_OF_ONE_PERSON:
            return Busy(own=True)
        if len(going_on) >= MOST_OF_A_BUSINESS:
            others = {call.practice.by.pk: call.practice.by for call in going_on if call.practice.by}
            return Busy(others=tuple(others.values()))
        call = CallSession.objects.create(
            call_sid=f"PR{secrets.token_hex(16)}",
            from_number=CALLER,
            to_number=PhoneLine.objects.values_list("number", flat=True).order_by("pk").first() or "",
            status=CallSession.Status.RINGING,
            is_practice=True,
            from_browser=True,
            prompt_version=wanted.version,
            started_at=now,
            streams=1,
        )
        shift = wanted.moment - now if wanted.moment is not None else timedelta(0)
        hours = None if wanted.hours is None else write_week(wanted.hours)
        PracticeCall.objects.create(call=call, by=by, shift_s=round(shift.total_seconds()), hours=hours)
    logger.info("A practice call begins", extra={"call_sid": call.call_sid, "business": business.pk})
    claim = Claim(call.call_sid, business.pk, safety_identifier(f"user:{by.pk}"), from_browser=True)
    return Begun(call.call_sid, claim)


def _going_on(now: datetime) -> QuerySet[CallSession]:
    """Calls of the current business's people in their browsers, as far as they can still be going on."""
    rings = Q(status=CallSession.Status.RINGING, started_at__gt=now - _NEVER_CAME)
    talks = Q(status=CallSession.Status.IN_PROGRESS, started_at__gt=now - _SURELY_OVER)
    return CallSession.objects.filter(rings | talks, from_browser=True, ended_at=None, practice__isnull=False)


def is_outdated(call: CallSession) -> bool:
    """The instructions that the call uses have been replaced since it began."""
    return call.prompt_version is not None and call.prompt_version.status == PromptVersion.Status.RETIRED
