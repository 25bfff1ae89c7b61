"""What Twilio's form says, in our words. Nothing here touches the database."""

from __future__ import annotations

import re
from datetime import datetime

from django import forms
from django.http import QueryDict

from crm.phones import normalize_phone
from whatsapp.incoming import Incoming, IncomingMedia
from whatsapp.models import Message
from whatsapp.text import clean, clean_line, place_of

_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_BSUID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
# Where the carrier keeps a file; host and account are those that we know.
_MEDIA = re.compile(r"/2010-04-01/Accounts/[A-Za-z0-9]{1,64}/Messages/([A-Za-z0-9]{1,64})/Media/([A-Za-z0-9]{1,64})\Z")
_KINDS = {
    "image": Message.Kind.IMAGE,
    "audio": Message.Kind.AUDIO,
    "video": Message.Kind.VIDEO,
}
_CARDS = ("text/vcard", "text/x-vcard", "text/directory")


class ArrivalForm(forms.Form):
    """What every incoming message names."""

    MessageSid = forms.RegexField(r"^[A-Za-z0-9]{2,64}\Z")
    From = forms.RegexField(r"^[!-~]{1,190}\Z")
    To = forms.CharField(max_length=64)
    AccountSid = forms.RegexField(r"^[A-Za-z0-9]{2,64}\Z", required=False)
    NumMedia = forms.IntegerField(min_value=0, max_value=10, required=False)


class StatusForm(forms.Form):
    MessageSid = forms.RegexField(r"^[A-Za-z0-9]{2,64}\Z")
    MessageStatus = forms.CharField(max_length=30)
    ErrorCode = forms.RegexField(r"^\d{0,6}\Z", required=False)


def incoming_of(form: QueryDict, *, now: datetime) -> Incoming:
    """Of a form that `ArrivalForm` has found readable. Twilio does not say when it was written: it comes at once."""
    media, kind = _media(form), _kind(form)
    sender, bsuid = form.get("From", ""), form.get("ExternalUserId", "")
    return Incoming(
        provider_id=form.get("MessageSid", ""),
        chat_id=sender,
        written_at=now,
        kind=kind,
        text=clean(form.get("ButtonText") or form.get("Body")),
        ids=(bsuid,) if _BSUID.fullmatch(bsuid) else (),
        phone=_phone(form),
        name=clean_line(form.get("ProfileName")),
        data=_data(form, kind),
        quoted_id=_sid(form.get("OriginalRepliedMessageSid", "")),
        media=media,
    )


def path_of_media(url: str) -> str:
    """`<message>/<file>`: all that is believed of the address where a file lies; empty if it is no such address."""
    found = _MEDIA.search(url.partition("?")[0])
    return f"{found[1]}/{found[2]}" if found else ""


def _phone(form: QueryDict) -> str | None:
    """WaId is E.164 without its plus; where both are withheld the person is known by the opaque id alone."""
    digits = form.get("WaId", "")
    if digits.isascii() and digits.isdigit():
        return normalize_phone(f"+{digits}")
    sender = form.get("From", "")
    return normalize_phone(sender) if sender.startswith("whatsapp:+") else None


def _kind(form: QueryDict) -> Message.Kind:
    if form.get("ButtonPayload") or form.get("ButtonText"):
        return Message.Kind.BUTTON
    if form.get("Latitude") and form.get("Longitude"):
        return Message.Kind.LOCATION
    if _has_media(form):
        mimetype = form.get("MediaContentType0", "").lower()
        if mimetype.partition(";")[0] in _CARDS:
            return Message.Kind.CONTACT
        if form.get("MessageType") == "sticker":
            return Message.Kind.STICKER
        return _KINDS.get(mimetype.partition("/")[0], Message.Kind.DOCUMENT)
    if form.get("Body") or form.get("MessageType", "text") == "text":
        return Message.Kind.TEXT
    return Message.Kind.UNSUPPORTED


def _data(form: QueryDict, kind: Message.Kind) -> dict[str, object]:
    if kind == Message.Kind.BUTTON:
        return {"button_id": clean_line(form.get("ButtonPayload"), 200)}
    if kind == Message.Kind.LOCATION:
        return place_of(form.get("Latitude"), form.get("Longitude"), form.get("Label"), form.get("Address"))
    return {}


def _has_media(form: QueryDict) -> bool:
    return form.get("NumMedia", "") not in ("", "0") and bool(form.get("MediaUrl0"))


def _media(form: QueryDict) -> IncomingMedia | None:
    if not _has_media(form):
        return None
    source = path_of_media(form.get("MediaUrl0", ""))
    mimetype = clean_line(form.get("MediaContentType0"), 100)
    return IncomingMedia(source=source, mimetype=mimetype, refused="" if source else "gone")


def _sid(text: str) -> str:
    return text if _SID.fullmatch(text) else ""
