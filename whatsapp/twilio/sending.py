"""One message handed to Twilio, whose REST side knows no key: after a doubt its list is read before it is sent again.

Source: reference/twilio-whatsapp.md 3.3 and 3.5.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
from django.conf import settings

from whatsapp import media_links
from whatsapp.models import Channel, Message, MessageMedia
from whatsapp.outcomes import Later, Never, Outcome, Taken
from whatsapp.twilio import account

LONGEST = 1600  # letters of one message
WINDOW = timedelta(hours=24)  # from the customer's last message on; outside it only approved templates are delivered
UNREACHABLE = "carrier_unreachable"
OPTED_OUT = ("21610", "63033")
_CODES = {  # Twilio's -> ours; those that are not here keep their number
    "63016": "outside_window",
    "63024": "not_on_whatsapp",
    "63003": "not_on_whatsapp",
    "21610": "opted_out",
    "63033": "opted_out",
    "21658": "too_long",
    "21617": "too_long",
    "20003": "credentials",
    "12300": "bad_file",
    "63019": "bad_file",
}
_THROTTLED = ("20429", "63018")
_BEFORE = timedelta(minutes=2)  # clocks differ
_LONGEST_VALIDITY = 36_000
_SENTENCE = re.compile(r"(?<=[.!?\n])\s+|\n")
STATUSES = {
    "accepted": "sending",
    "scheduled": "sending",
    "queued": "sending",
    "sending": "sending",
    "sent": "sent",
    "partially_delivered": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


def send(channel: Channel, message: Message, *, to: str, now: datetime) -> Outcome:
    if not account.is_trusted(channel):
        return Never("credentials")
    form = _form(channel, message, to, now)
    if form is None:
        return Never("outside_window")
    ours = account.here()
    try:
        with ours.client() as client:
            answer = client.post(ours.address("Messages.json"), data=form)
    except httpx2.ConnectError:
        return Later(UNREACHABLE)
    except httpx2.HTTPError:
        return Later(UNREACHABLE, unsure=True)
    said = _object(answer)
    if answer.is_success:
        return _taken(said) or Later(UNREACHABLE, unsure=True)
    code = str(said.get("code") or "")
    if answer.status_code == httpx2.codes.TOO_MANY_REQUESTS or code in _THROTTLED:
        return Later("busy", seconds=_seconds(answer))
    if answer.is_server_error:
        return Later(UNREACHABLE, unsure=True)
    return Never(error_of(code) or f"HTTP {answer.status_code}")


def look(channel: Channel, message: Message, *, to: str) -> Outcome:
    """Whether a message that may have been taken was: the newest of ours to this customer that says the same.

    `Later` without doubt means that it was not.
    """
    ours, asked = account.here(), {"To": to, "From": _address(channel.number), "PageSize": "50"}
    try:
        with ours.client() as client:
            answer = client.get(ours.address("Messages.json"), params=asked)
    except httpx2.HTTPError:
        return Later(UNREACHABLE, unsure=True)
    rows = _object(answer).get("messages")
    if not answer.is_success or not isinstance(rows, list):
        return Later(UNREACHABLE, unsure=True)
    known = set(_known_ids([str(row.get("sid", "")) for row in rows if isinstance(row, dict)]))
    for row in rows:
        if isinstance(row, dict) and row.get("sid") not in known and _is_same(row, message):
            return _taken(row) or Later(UNREACHABLE)
    return Later(UNREACHABLE)


def fetch_status(message: Message) -> Outcome:
    ours = account.here()
    try:
        with ours.client() as client:
            answer = client.get(ours.address(f"Messages/{message.provider_id}.json"))
    except httpx2.HTTPError:
        return Later(UNREACHABLE)
    if answer.status_code == httpx2.codes.NOT_FOUND:
        return Never("unconfirmed")
    return _taken(_object(answer)) or Later(UNREACHABLE)


def error_of(code: str) -> str:
    return _CODES.get(code, code)


def parts(text: str) -> list[str]:
    """A text in pieces that Twilio takes, cut after a sentence where there is one, else after a word."""
    found = []
    while len(text) > LONGEST:
        head = text[:LONGEST]
        ends = [match.start() for match in _SENTENCE.finditer(head)]
        cut = ends[-1] if ends and ends[-1] > LONGEST // 2 else head.rfind(" ")
        cut = cut if cut > 0 else LONGEST
        found.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*found, text]


def _form(channel: Channel, message: Message, to: str, now: datetime) -> dict[str, str] | None:
    form = {
        "From": _address(channel.number),
        "To": to,
        "StatusCallback": f"{settings.PUBLIC_URL}/webhook/twilio/whatsapp/status?m={message.key}",
    }
    if message.expires_at is not None:
        seconds = round((message.expires_at - now).total_seconds())
        form["ValidityPeriod"] = str(min(_LONGEST_VALIDITY, max(1, seconds)))
    if _window_is_open(message, now):
        media = MessageMedia.objects.filter(message=message).first()
        body = {"Body": message.text} if message.text else {}
        return form | body | ({"MediaUrl": media_links.link(media)} if media and media.file else {})
    if not message.template:
        return None
    variables = json.dumps(message.template.get("variables", {}), ensure_ascii=False)
    return form | {"ContentSid": str(message.template.get("content_sid", "")), "ContentVariables": variables}


def _window_is_open(message: Message, now: datetime) -> bool:
    """Opened by what the customer wrote to this very sender; what they wrote to the linked phone does not count."""
    opened_at = message.conversation.last_inbound_at
    if opened_at is None or now - opened_at >= WINDOW:
        return False
    theirs = Message.objects.filter(
        conversation=message.conversation_id, direction=Message.Direction.IN, written_at__gt=now - WINDOW
    )
    providers = set(theirs.values_list("provider", flat=True))
    return not providers or Channel.Provider.TWILIO in providers


def _taken(said: dict[str, Any]) -> Taken | None:
    sid, status = str(said.get("sid") or ""), STATUSES.get(str(said.get("status")), "sending")
    if not sid or len(sid) > 64:
        return None
    error = error_of(str(said.get("error_code") or "refused")) if status == "failed" else ""
    return Taken(sid, status, error, look_again=status == "sending")


def _is_same(row: dict[str, Any], message: Message) -> bool:
    """Outside the window a template was sent, whose words only Twilio has: the time alone speaks for it."""
    try:
        made = parsedate_to_datetime(str(row.get("date_created")))
    except ValueError:
        return False
    is_ours = str(row.get("direction", "")).startswith("outbound") and made >= message.created_at - _BEFORE
    return is_ours and (bool(message.template) or str(row.get("body") or "").strip() == message.text.strip())


def _known_ids(sids: list[str]) -> list[str]:
    rows = Message.objects.filter(provider=Channel.Provider.TWILIO, provider_id__in=sids)
    return list(rows.values_list("provider_id", flat=True))


def _address(number: str) -> str:
    return f"whatsapp:{number}"


def _seconds(answer: httpx2.Response) -> float:
    value = answer.headers.get("Retry-After", "")
    return min(600.0, float(value)) if value.isdigit() else 0.0


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
