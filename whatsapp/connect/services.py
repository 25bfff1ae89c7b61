"""Which provider a business writes through, and its number there."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache
from django.db import IntegrityError, transaction

from crm.models import Business
from crm.tenancy import for_everyone
from whatsapp import live
from whatsapp.baileys import sessions
from whatsapp.models import Channel
from whatsapp.twilio import senders

_Provider = Channel.Provider
PAIRING_SECONDS = 150  # WhatsApp takes a code for some minutes


class NumberTaken(Exception):
    """Another business here writes from this number."""


def channels() -> dict[str, Channel]:
    """The current business's own, by provider."""
    return {row.provider: row for row in Channel.objects.exclude(provider=_Provider.WEB)}


@transaction.atomic
def use(channel: Channel) -> None:
    """From now on the business writes through this one. What customers write to the other is still received."""
    rows = Channel.objects.select_for_update().exclude(provider=_Provider.WEB)
    list(rows)
    rows.exclude(pk=channel.pk).update(is_current=False)
    rows.filter(pk=channel.pk).update(is_current=True)
    live.announce(channel.business_id, channel=channel.pk)


def keep_number(business: Business, number: str) -> Channel:
    """The business's Twilio number; checked anew where it changes. Raises NumberTaken."""
    with for_everyone("a number is one business's"):
        others = Channel.objects.filter(provider=_Provider.TWILIO, number=number).exclude(business=business)
        if number and others.exists():
            raise NumberTaken
    has_one = Channel.objects.filter(is_current=True).exclude(provider=_Provider.WEB).exists()
    try:
        with transaction.atomic():
            channel, is_new = Channel.objects.get_or_create(
                provider=_Provider.TWILIO, defaults={"number": number, "is_current": not has_one}
            )
            if not is_new and channel.number != number:
                channel.number, channel.state, channel.reason = number, Channel.State.STOPPED, ""
                channel.save(update_fields=["number", "state", "reason"])
    except IntegrityError as error:  # another business entered it this very moment
        raise NumberTaken from error
    return channel


def check_twilio(channel: Channel, *, point_here: bool, now: datetime) -> bool:
    """Whether Twilio knows the number and sends what is written to it here. The row keeps what came of it."""
    state, reason = Channel.State.WORKING, ""
    try:
        if point_here:
            senders.point_here(channel)
        elif not senders.sender_of(channel).leads_here:
            state, reason = Channel.State.FAILED, "elsewhere"
    except senders.CannotCheck as trouble:
        state, reason = Channel.State.FAILED, trouble.code
    Channel.objects.filter(pk=channel.pk).update(state=state, reason=reason, last_event_at=now)
    channel.refresh_from_db()
    live.announce(channel.business_id, channel=channel.pk)
    return state == Channel.State.WORKING


def ask_pairing_code(channel: Channel, phone: str) -> None:
    """Shown for a while on the owner's page; kept in the cache only, as it opens the account."""
    cache.set(_pairing_key(channel), sessions.pairing_code(channel, phone), PAIRING_SECONDS)


def pairing_code(channel: Channel) -> str:
    code: str = cache.get(_pairing_key(channel)) or ""
    if code and channel.state == Channel.State.WORKING:
        cache.delete(_pairing_key(channel))
        return ""
    return code


def _pairing_key(channel: Channel) -> str:
    return f"whatsapp-pairing:{channel.pk}"
