"""Which calls of a business are on the line, and how each of them stands."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis

from calls.live import store
from calls.models import CallSession
from calls.numbers import number_of
from crm.lead_services import names_of_phones
from crm.models import Business
from crm.names import name_of
from crm.tenancy import for_business

logger = logging.getLogger(__name__)

MOST = 200  # calls in one list; a process holds no more
UNHEARD = timedelta(seconds=store.ALIVE_SECONDS)  # after its ring, of a call whose process is not heard of
_ON_THE_LINE = (CallSession.Status.RINGING, CallSession.Status.IN_PROGRESS)
_STEPS = {
    CallSession.NextStep.TRANSFER: "transferring",
    CallSession.NextStep.TAKEN: "with_person",
    CallSession.NextStep.VOICEMAIL: "voicemail",
}
_LEFT = {"transfer": "transferring", "voicemail": "voicemail", "again": "connecting"}
ASKABLE = ("listening", "thinking", "speaking", "offline", "connecting")  # states in which the assistant has the call


@dataclass(frozen=True)
class OnLine:
    """One call. `state` is one of the conversation's, or: ringing connecting with_person voicemail lost."""

    sid: str
    name: str  # of the customer, if the number is one's
    phone: str  # E.164; empty where it is withheld
    started: datetime
    state: str
    speaker: str = ""  # of the line said last
    last: str = ""
    with_whom: str = ""  # the member of the staff who has the call, or is rung

    @property
    def is_askable(self) -> bool:
        """The staff may whisper, take over and end."""
        return self.state in ASKABLE


def on_the_line(business: Business, *, now: datetime) -> list[OnLine]:
    """Oldest first. Without the broker every call is there, and nothing is known of what is said."""
    with for_business(business):
        rows = CallSession.objects.filter(status__in=_ON_THE_LINE, ended_at=None, from_browser=False)
        calls = list(rows.defer("prompt").select_related("taken_by").order_by("started_at")[:MOST])
        names = _names(calls)
    standing = _standing(business.pk, [call.call_sid for call in calls])
    seen = (_seen(call, each, names, now) for call, each in zip(calls, standing, strict=True))
    return [call for call in seen if call is not None]


def abandoned(calls: Iterable[tuple[int, int, str]]) -> list[int]:
    """Of these calls (business id, id, SID) the ids of those whose process told of them once and is gone."""
    by_business: dict[int, list[tuple[int, str]]] = {}
    for business_id, call_id, sid in calls:
        by_business.setdefault(business_id, []).append((call_id, sid))
    gone: list[int] = []
    for business_id, of_business in by_business.items():
        try:
            standing = store.stands(business_id, [sid for _, sid in of_business])
        except redis.RedisError:
            return []
        pairs = zip(of_business, standing, strict=True)
        gone += [call_id for (call_id, _), each in pairs if each.now is None and each.broke_off]
    return gone


def _standing(business_id: int, sids: list[str]) -> list[store.Standing]:
    try:
        return store.stands(business_id, sids)
    except redis.RedisError as error:
        logger.warning("How calls stand could not be read", extra={"error": type(error).__name__})
        return [store.Standing(store.Now(), None) for _ in sids]


def _names(calls: Iterable[CallSession]) -> dict[str, str]:
    numbers = {number for call in calls if (number := number_of(call.from_number))}
    return names_of_phones(numbers)


def _seen(call: CallSession, standing: store.Standing, names: dict[str, str], now: datetime) -> OnLine | None:
    """None if its conversation has just ended, and the database does not know it yet."""
    said = standing.now or store.Now()
    state = said.state
    if standing.now is None:
        found = _state_without_stream(call, standing.last or {}, now)
        if found is None:
            return None
        state = found
    number = number_of(call.from_number)
    person = call.taken_by if call.next_step in (CallSession.NextStep.TRANSFER, CallSession.NextStep.TAKEN) else None
    whom = name_of(person)
    return OnLine(
        call.call_sid, names.get(number, ""), number, call.started_at, state, said.speaker, said.last, with_whom=whom
    )


def _state_without_stream(call: CallSession, last: dict[str, object], now: datetime) -> str | None:
    if call.next_step in _STEPS:
        return _STEPS[CallSession.NextStep(call.next_step)]
    if last.get("kind") == "ended":
        return None
    is_new = now - call.started_at < UNHEARD
    if last.get("kind") == "left" and (is_new or last.get("to") != "again"):
        return _LEFT[str(last["to"])]
    if is_new:
        return "ringing" if call.status == CallSession.Status.RINGING else "connecting"
    return "lost"
