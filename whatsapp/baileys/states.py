"""How a linked phone is: what the bridge says of its session, kept in the channel's row.

Events are told again and out of order; only what is newer than the newest known one says how things are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime

from crm.tenancy import for_everyone
from whatsapp import live
from whatsapp.baileys import qr
from whatsapp.baileys.events import BadEvent, Event, phone_of
from whatsapp.models import Channel
from whatsapp.text import clean_line

NUMBER_TAKEN = "number_taken"  # ours: the phone that was linked is another business's already
_AHEAD = timedelta(minutes=1)  # the bridge's clock may be before ours by so much


def seen(channel: Channel, event: Event, now: datetime) -> None:
    """A sign of life. A new pairing leaves everything older behind."""
    at = min(event.at, now + _AHEAD)
    newest = max(channel.last_event_at or at, at)
    Channel.objects.filter(pk=channel.pk).update(last_event_at=newest, epoch=max(event.epoch, channel.epoch))


def status(channel: Channel, event: Event, now: datetime) -> bool:
    """The code to be scanned opens the account to whoever has it: it goes to the cache and nowhere else."""
    if not _is_newest(channel, event):
        return False
    changed = _write(channel, event.payload | {"me": event.me}, now)
    code = event.payload.get("qr")
    if event.payload.get("status") == Channel.State.SCAN_QR_CODE and isinstance(code, dict):
        qr.keep(channel, code, now)
        changed = True
    else:
        qr.forget(channel)
    if changed:
        live.announce(channel.business_id, channel=channel.pk)
    return changed


def heartbeat(channel: Channel, event: Event, now: datetime) -> bool:
    if not _is_newest(channel, event):
        return False
    changed = _write(channel, event.payload, now, restriction=event.payload.get("restriction"))
    if changed:
        live.announce(channel.business_id, channel=channel.pk)
    return changed


def restriction(channel: Channel, event: Event, now: datetime) -> bool:
    if not _is_newest(channel, event):
        return False
    Channel.objects.filter(pk=channel.pk).update(restriction=_restriction(event.payload))
    live.announce(channel.business_id, channel=channel.pk)
    return True


def take_session(channel: Channel, session: dict[str, Any], now: datetime) -> None:
    """The session object as the bridge answers it to a request of ours."""
    if _write(channel, session, now, restriction=session.get("restriction")):
        live.announce(channel.business_id, channel=channel.pk)


def _is_newest(channel: Channel, event: Event) -> bool:
    return event.epoch > channel.epoch or channel.last_event_at is None or event.at >= channel.last_event_at


def _write(channel: Channel, said: dict[str, Any], now: datetime, **more: Any) -> bool:
    word = str(said.get("status", ""))
    if word not in Channel.State.values:
        raise BadEvent("status")
    changes: dict[str, Any] = {"state": word, "reason": str(said.get("reason") or "")[:40]}
    if "restriction" in more:
        changes["restriction"] = _restriction(more["restriction"])
    if isinstance(me := said.get("me"), dict):
        changes["profile_name"] = clean_line(me.get("push_name"))
        changes |= _number(channel, phone_of(me))
    old = {name: getattr(channel, name) for name in changes}
    if old == changes:
        return False
    Channel.objects.filter(pk=channel.pk).update(**changes)
    return True


def _number(channel: Channel, phone: str | None) -> dict[str, Any]:
    """The linked phone's number. One phone answers for one business: the second one is told, and keeps none."""
    if not phone or phone == channel.number:
        return {}
    with for_everyone("a phone may be linked to one business only"):
        others = Channel.objects.filter(provider=channel.provider, number=phone).exclude(pk=channel.pk)
        is_taken = others.exists()
    return {"state": Channel.State.FAILED, "reason": NUMBER_TAKEN} if is_taken else {"number": phone}


def _restriction(said: Any) -> dict[str, Any] | None:
    if not isinstance(said, dict) or not said.get("kind"):
        return None
    return {name: str(said[name])[:60] for name in ("kind", "code", "expires_at") if said.get(name) is not None}


def restricted_until(channel: Channel) -> datetime | None:
    """Until when WhatsApp lets this number write to nobody, or to nobody new; None if it does not say so."""
    text = (channel.restriction or {}).get("expires_at", "")
    try:
        until = parse_datetime(text)
    except ValueError:
        return None
    return until.replace(tzinfo=UTC) if until is not None and until.tzinfo is None else until
