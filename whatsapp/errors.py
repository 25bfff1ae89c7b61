"""Why a message did not leave, in words for the staff."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Ours, the bridge's and WhatsApp's codes, and those of Twilio (reference/twilio-whatsapp.md 3.3).
_WORDS: dict[str, Promise] = {
    "expired": _("It could not leave in time, and was not sent late."),
    "outside_window": _("More than 24 hours since the customer's last message: only an approved template may be sent."),
    "no_chat": _("The customer has not written to this number yet, so it cannot write to them."),
    "no_number": _("The customer's number is not known."),
    "channel_off": _("WhatsApp is not connected."),
    "session_not_working": _("WhatsApp is not connected."),
    "not_on_whatsapp": _("The customer's number has no WhatsApp."),
    "restricted": _("WhatsApp has restricted this number for now."),
    "463": _("WhatsApp has restricted this number for now."),
    "opted_out": _("The customer asked for no messages."),
    "bridge_unreachable": _("The WhatsApp service of this server does not answer."),
    "carrier_unreachable": _("Twilio does not answer."),
    "too_long": _("The text is too long."),
    "bad_file": _("The file could not be sent."),
    "media_unavailable": _("The file could not be sent."),
    "credentials": _("The provider refuses our keys."),
    "busy": _("Too much is being sent at once."),
    "unconfirmed": _("The provider took it and never told whether it arrived."),
}
_REFUSED: dict[str, Promise] = {
    "too_large": _("The file is larger than 16 MB and was not kept."),
    "type": _("A file of this kind is not kept."),
    "gone": _("The file could not be fetched."),
}


def words(code: str) -> str:
    """For a `Message.error`; a code that nobody has words for is named."""
    known = _WORDS.get(code)
    return str(known) if known else str(_("WhatsApp refused it (%(code)s).")) % {"code": code} if code else ""


def refusal(code: str) -> str:
    """For a `MessageMedia.refused`."""
    return str(_REFUSED.get(code, _REFUSED["gone"])) if code else ""
