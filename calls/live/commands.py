"""Asking something of a running call, from a page: whether it may be asked at all, and the way to the process that
holds the call. The answer comes from there; a page without scripts waits for it."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import redis
from asgiref.sync import async_to_sync
from django.conf import settings

from calls.live import store
from calls.live.requests import END, LONGEST_WHISPER, OVER, TAKE_OVER, WHISPER, Request
from calls.models import CallSession
from crm.models import Membership
from crm.names import name_of
from crm.tenancy import for_business

logger = logging.getLogger(__name__)

WHATS = (WHISPER, TAKE_OVER, END)
ANSWER_SECONDS = 3


@dataclass(frozen=True)
class Colleague:
    """Who asks. `name` is said to callers, `shown` stands on pages; `number` is empty where none is known."""

    user_id: int
    business_id: int
    name: str
    shown: str
    number: str = ""


@dataclass(frozen=True)
class Answer:
    """`what` came of it: done, over, in_hand, offline, or why it was not even asked."""

    what: str
    name: str = ""

    @property
    def is_done(self) -> bool:
        return self.what == "done"


def colleague(user: Any, business_id: int) -> Colleague:
    """A member of the business, or a platform admin, who has no number there."""
    member = Membership.objects.filter(user=user, business_id=business_id).first()
    full_name = str(user.get_full_name())
    return Colleague(
        user.pk, business_id, full_name, full_name or str(user.get_username()), member.phone if member else ""
    )


def prepare(by: Colleague, *, request_id: str, sid: str, what: str, text: str = "") -> Request | Answer:
    """The request, or why it cannot be made. A call of another business is one that is over."""
    text = " ".join(text.split())
    if what == WHISPER and not text:
        return Answer("empty")
    if what == WHISPER and len(text) > LONGEST_WHISPER:
        return Answer("long")
    with for_business(by.business_id):
        call = CallSession.objects.select_related("taken_by").filter(call_sid=sid).first()
    if call is None or call.ended_at is not None or call.status in CallSession.ENDED:
        return Answer(OVER)
    if call.next_step == CallSession.NextStep.VOICEMAIL:
        return Answer("voicemail")
    if call.next_step:
        person = call.taken_by
        return Answer("in_hand", name_of(person))
    if what == TAKE_OVER and call.from_browser:
        return Answer("practice")
    if what == TAKE_OVER and not by.number:
        return Answer("no_number")
    name = by.name if what == TAKE_OVER else by.shown
    return Request(request_id, by.business_id, sid, what, "", text, name, by.user_id, by.number)


async def send(request: Request) -> None:
    """To whichever process holds the call. Raises RedisError."""
    await store.layer().group_send(store.DESK, request.as_message())


def ask(by: Colleague, *, sid: str, what: str, text: str = "", request_id: str = "") -> Answer:
    """Ask, and wait for the answer."""
    request = prepare(by, request_id=request_id or secrets.token_hex(16), sid=sid, what=what, text=text)
    if isinstance(request, Answer):
        return request
    reply_to = f"{store.REPLY}{secrets.token_hex(16)}"
    try:
        async_to_sync(send)(replace(request, reply_to=reply_to))
        came: Any = store.broker(settings.REDIS_URL).blpop([reply_to], ANSWER_SECONDS - 1)
    except (redis.RedisError, OSError) as error:
        logger.warning("A request of the staff was not sent", extra={"error": type(error).__name__, "what": what})
        return Answer("unsent")
    if came is None:
        return unanswered(by.business_id, sid)
    reply = msgspec.json.decode(came[1])
    return Answer(reply["answer"], reply["name"])


def unanswered(business_id: int, sid: str) -> Answer:
    """Nobody holds the call: it is over, or its process does not answer."""
    with for_business(business_id):
        is_on = CallSession.objects.filter(call_sid=sid, ended_at=None).exclude(status__in=CallSession.ENDED).exists()
    return Answer("unanswered" if is_on else OVER)
