"""A business's linked phone: begun, linked, ended, and caught up with after an absence."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from crm.models import Business
from crm.tenancy import for_business, for_everyone
from whatsapp import live
from whatsapp.baileys import qr, states
from whatsapp.baileys.client import Bridge, Refused, Unreachable
from whatsapp.baileys.effects import GoneSession, OldEpoch, UnknownSession, apply
from whatsapp.baileys.events import BadEvent, event_of
from whatsapp.models import Channel

logger = logging.getLogger(__name__)

HOOK = "/webhook/baileys/"
CONFIG = {"min_delay_ms": 1500, "max_per_minute": 20, "mark_read": False, "proxy": None}
_MOST_PULLS = 50  # of 200 events each
_State = Channel.State


class CannotDo(Exception):
    """The bridge did not do it; `code` is one of the contract's, or `unreachable`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def begin(business: Business, *, now: datetime) -> Channel:
    """Have the phone linked: the bridge shows a code soon. Begun twice, it is begun once."""
    with for_business(business):
        channel, _ = Channel.objects.get_or_create(
            provider=Channel.Provider.BAILEYS,
            defaults={"is_current": not Channel.objects.filter(is_current=True).exclude(provider="web").exists()},
        )
        try:
            session = Bridge().put_session(channel.session, hook_url=settings.PUBLIC_URL + HOOK, config=CONFIG)
            if session.get("status") in (_State.FAILED, _State.STOPPED):
                session = Bridge().order(channel.session, "start")
        except (Unreachable, Refused) as trouble:
            raise CannotDo(_code(trouble)) from trouble
        _took(channel, session, now)
        return channel


def order(channel: Channel, word: str, *, now: datetime) -> None:
    """`stop` and `restart`; `logout` unlinks the phone for good. Raises CannotDo."""
    qr.forget(channel)
    try:
        session = Bridge().order(channel.session, word)
    except (Unreachable, Refused) as trouble:
        if _code(trouble) != "logout_incomplete":  # unlinked here at least; the phone's own list has it for a while
            raise CannotDo(_code(trouble)) from trouble
        session = {"status": _State.STOPPED}
    _took(channel, session, now)
    if word == "logout":
        Channel.objects.filter(pk=channel.pk).update(number="", profile_name="")


def pairing_code(channel: Channel, phone: str) -> str:
    """Eight letters to be typed on the phone, instead of a picture to be scanned. Raises CannotDo."""
    try:
        code = str(Bridge().request_code(channel.session, phone).get("code") or "")
    except (Unreachable, Refused) as trouble:
        raise CannotDo(_code(trouble)) from trouble
    if not code:
        raise CannotDo("unreachable")
    return code[:12]


def code_of(channel: Channel, now: datetime) -> qr.Code | None:
    """What is to be scanned now; asked of the bridge where no hook has brought it."""
    if channel.state != _State.SCAN_QR_CODE:
        return None
    if (code := qr.current(channel)) is not None:
        return code
    try:
        qr.keep(channel, Bridge().qr(channel.session), now)
    except (Unreachable, Refused):
        return None
    return qr.current(channel)


def to_reconcile() -> list[int]:
    if not settings.BAILEYS_BASE_URL:
        return []
    with for_everyone("all linked phones are caught up with"):
        rows = Channel.objects.filter(provider=Channel.Provider.BAILEYS).exclude(state=_State.STOPPED)
        return list(rows.values_list("business_id", flat=True))


def reconcile(business_id: int, *, now: datetime) -> int:
    """Everything the bridge has told since the last time, again; how many of the events were news.

    Only here the number to ask from moves on: hooks leave gaps where an event was put aside.
    """
    with for_business(business_id):
        channel = Channel.objects.filter(provider=Channel.Provider.BAILEYS).first()
        if channel is None:
            return 0
        news, after = 0, channel.last_seq
        try:
            for _ in range(_MOST_PULLS):
                events, following = Bridge().events(channel.session, after)
                news += sum(_applied(envelope, channel, now) for envelope in events)
                if following > after:
                    Channel.objects.filter(pk=channel.pk, last_seq__lt=following).update(last_seq=following)
                if not events or following <= after:
                    break
                after = following
            _took(channel, Bridge().session(channel.session), now)
        except Refused as refusal:
            if refusal.status == 404:
                _begin_again(channel, now)
        except Unreachable as trouble:
            logger.warning("The bridge could not be asked for events", extra={"why": str(trouble)})
    return news


def _applied(envelope: object, channel: Channel, now: datetime) -> bool:
    """One that cannot be applied keeps no other waiting; its hook is tried again for days."""
    try:
        event = event_of(envelope)
        if event.business_id != channel.business_id:
            raise BadEvent("session")
        return apply(event, now=now)
    except (BadEvent, OldEpoch, UnknownSession, GoneSession) as error:
        logger.info("An event of the bridge was left out", extra={"why": type(error).__name__})
        return False


def _begin_again(channel: Channel, now: datetime) -> None:
    """The bridge has lost the session: it is made anew, and the phone has to be linked again."""
    try:
        session = Bridge().put_session(channel.session, hook_url=settings.PUBLIC_URL + HOOK, config=CONFIG)
    except (Unreachable, Refused) as trouble:
        logger.warning("A session could not be begun again", extra={"why": _code(trouble)})
        return
    _took(channel, session, now)


@transaction.atomic
def _took(channel: Channel, session: dict[str, object], now: datetime) -> None:
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    try:
        states.take_session(row, session, now)
    except BadEvent:
        logger.warning("The bridge's answer names no state", extra={"channel": channel.pk})
    live.announce(row.business_id, channel=row.pk)
    channel.refresh_from_db()


def _code(trouble: Unreachable | Refused) -> str:
    return (trouble.code or f"HTTP {trouble.status}") if isinstance(trouble, Refused) else "unreachable"


def is_silent(channel: Channel, now: datetime) -> bool:
    """The bridge tells of every phone each minute; for three it has not."""
    return channel.last_event_at is None or now - channel.last_event_at > timedelta(minutes=3)
