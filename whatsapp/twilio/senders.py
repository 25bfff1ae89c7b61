"""Where Twilio sends what is written to a WhatsApp number: looked at, and pointed at this server.

Source: Twilio Messaging API v2, "Channels Senders resource". Numbers of the sandbox are no senders: their addresses
are entered in Twilio's console.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
from django.conf import settings

from calls import carrier_api
from whatsapp.models import Channel
from whatsapp.twilio import account

MESSAGING = "https://messaging.twilio.com"
INCOMING, STATUS = "/webhook/twilio/whatsapp/incoming", "/webhook/twilio/whatsapp/status"


class CannotCheck(Exception):
    """`code` is one of `whatsapp.health`'s reasons."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Sender:
    sid: str
    webhook: dict[str, Any]

    @property
    def leads_here(self) -> bool:
        return all(self.webhook.get(name) == value for name, value in wanted().items())


def wanted() -> dict[str, str]:
    here = str(settings.PUBLIC_URL)
    return {
        "callback_url": here + INCOMING,
        "callback_method": "POST",
        "status_callback_url": here + STATUS,
        "status_callback_method": "POST",
    }


def sender_of(channel: Channel) -> Sender:
    """The channel's number at Twilio. Raises CannotCheck."""
    if not channel.number:
        raise CannotCheck("no_sender")
    if not account.is_trusted(channel):
        raise CannotCheck("untrusted")
    rows = _asked("GET", "?Channel=whatsapp&PageSize=200").get("senders", [])
    wanted_id = f"whatsapp:{channel.number}"
    row = next((row for row in rows if isinstance(row, dict) and row.get("sender_id") == wanted_id), None)
    if row is None:
        raise CannotCheck("no_sender")
    return Sender(str(row.get("sid")), row.get("webhook") or {})


def point_here(channel: Channel) -> bool:
    """What is written to the number comes to this server; False if it did already. Raises CannotCheck."""
    sender = sender_of(channel)
    if sender.leads_here:
        return False
    _asked("POST", f"/{sender.sid}", {"webhook": sender.webhook | wanted()})
    return True


def _asked(method: str, rest: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
    ours = account.here()
    base = carrier_api.base_url(ours.token)
    address = f"{MESSAGING if base == carrier_api.TWILIO else base}/v2/Channels/Senders{rest}"
    try:
        with ours.client() as client:
            answer = client.request(method, address, json=order) if order else client.request(method, address)
        said = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise CannotCheck("unreachable") from error
    if answer.status_code in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
        raise CannotCheck("credentials")
    if not answer.is_success or not isinstance(said, dict):
        raise CannotCheck("unreachable")
    return said
