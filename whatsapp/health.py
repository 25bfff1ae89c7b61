"""How a channel is, in words: what is wrong and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.templatetags.isolates import near
from whatsapp.baileys import sessions, states
from whatsapp.models import Channel

_State = Channel.State
_LINK_AGAIN = gettext_lazy("The phone is to be linked again, on this page.")
# The bridge's reasons: what happened, and what helps.
_REASONS: dict[str, tuple[str | Promise, str | Promise]] = {
    "logged_out": (gettext_lazy("The phone was unlinked"), _LINK_AGAIN),
    "forbidden": (
        gettext_lazy("WhatsApp has blocked this number"),
        gettext_lazy("Only WhatsApp can lift it, in the app on the phone. Until then Twilio is the safe way."),
    ),
    "replaced": (
        gettext_lazy("The link is in use elsewhere"),
        gettext_lazy("Another program uses the same link. It is to be closed; then “Connect again”."),
    ),
    "bad_session": (gettext_lazy("The link is damaged"), _LINK_AGAIN),
    "version": (
        gettext_lazy("WhatsApp refuses this version"),
        gettext_lazy("The server's WhatsApp service is to be updated. Messages wait on the phone meanwhile."),
    ),
    "qr_timeout": (
        gettext_lazy("No phone was linked in time"),
        gettext_lazy("“Connect again” shows a new code."),
    ),
    "retries_exhausted": (
        gettext_lazy("WhatsApp could not be reached"),
        gettext_lazy("Is the phone connected to the internet? Then “Connect again”."),
    ),
    "restricted_temp": (
        gettext_lazy("WhatsApp has restricted this number for now"),
        gettext_lazy("It ends by itself. Writing less, and to nobody who did not write first, keeps it away."),
    ),
    states.NUMBER_TAKEN: (
        gettext_lazy("This phone belongs to another business here"),
        gettext_lazy("It is to be unlinked, and the business's own phone linked instead."),
    ),
    "credentials": (
        gettext_lazy("Twilio refuses the account"),
        gettext_lazy("The account SID and the auth token on the business's page are to be compared with Twilio's."),
    ),
    "unreachable": (gettext_lazy("Twilio does not answer"), gettext_lazy("The check can be repeated in a moment.")),
    "no_sender": (
        gettext_lazy("This number is no WhatsApp sender of the account"),
        gettext_lazy("In Twilio's console, under WhatsApp senders, the number is added and approved."),
    ),
    "elsewhere": (
        gettext_lazy("What is written to the number goes elsewhere"),
        gettext_lazy("“Point it here” has Twilio send it to this server."),
    ),
    "untrusted": (
        gettext_lazy("The number is yet to be confirmed"),
        gettext_lazy("Whoever runs this installation confirms it; or the business's own Twilio account is entered."),
    ),
}


@dataclass(frozen=True)
class Trouble:
    """`tone`: warn bad, as badges have it."""

    words: str
    remedy: str
    tone: str = "bad"


def trouble_of(channel: Channel, now: datetime | None = None) -> Trouble | None:
    """None where nothing is to be done."""
    now = now or timezone.now()
    if channel.provider == Channel.Provider.WEB:
        return None
    if channel.state == _State.FAILED:
        happened, helps = _REASONS.get(channel.reason, (_("WhatsApp is disconnected"), _LINK_AGAIN))
        return Trouble(str(happened), str(helps))
    if channel.provider == Channel.Provider.TWILIO:
        remedy = _("The connection is to be checked on this page.")
        return Trouble(_("Not checked yet"), remedy, "warn") if channel.state != _State.WORKING else None
    return _of_phone(channel, now)


def _of_phone(channel: Channel, now: datetime) -> Trouble | None:
    if not settings.BAILEYS_BASE_URL:
        return Trouble(_("The WhatsApp service of this server is off"), _("It is to be started with the server."))
    if channel.state == _State.STOPPED:
        return Trouble(_("WhatsApp is off"), _("“Connect” links the business's phone."), "warn")
    if channel.state == _State.SCAN_QR_CODE:
        return Trouble(_("A phone waits to be linked"), _("The code on this page is to be scanned."), "warn")
    is_new = channel.state == _State.STARTING and channel.last_event_at is None
    if sessions.is_silent(channel, now) and not is_new:
        remedy = _("The server's WhatsApp service may be down. Messages wait on the phone, nothing is lost.")
        return Trouble(_("No sign of life from WhatsApp"), remedy)
    if channel.state == _State.STARTING:
        return Trouble(_("Connecting to WhatsApp"), _("This takes a moment. Messages wait meanwhile."), "warn")
    until = states.restricted_until(channel) if channel.restriction else None
    if until is not None and until > now:
        happened, helps = _REASONS["restricted_temp"]
        return Trouble(format_html("{} ({})", happened, near(until)), str(helps), "warn")
    return None
