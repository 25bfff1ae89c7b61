"""Where the carrier sends the calls of a business's numbers: pointed at this server through REST.

Source: Twilio REST API, "IncomingPhoneNumber resource". WhatsApp senders are set up in Twilio's console or by
another API; of messages only the number's own address is set here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
from django.conf import settings
from django.urls import Resolver404, resolve

from calls import carrier_api
from calls.lines import numbers_of
from calls.models import PhoneLine, TwilioAccount
from crm.models import Business
from crm.tenancy import for_business

_VOICE = "/webhook/twilio/voice"
_MESSAGES = "/webhook/twilio/whatsapp/incoming"
# REST name of a setting -> the name under which REST answers it
_ANSWERED_AS = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
}


class CannotConnect(Exception):
    """Nothing was changed; the text says why and what to do about it."""


@dataclass(frozen=True)
class Change:
    setting: str
    before: str
    after: str


@dataclass(frozen=True)
class Connected:
    """A number with what was changed about it; nothing, if it was set up already."""

    number: str
    changes: tuple[Change, ...]


def wanted() -> dict[str, str]:
    """The settings of a number that leads here. Its own application would go before its addresses: there is none."""
    here = str(settings.PUBLIC_URL)
    voice = {
        "VoiceUrl": f"{here}{_VOICE}/incoming",
        "VoiceMethod": "POST",
        "VoiceFallbackUrl": f"{here}{_VOICE}/incoming",  # a second try; the row is made once
        "VoiceFallbackMethod": "POST",
        "VoiceApplicationSid": "",
        "StatusCallback": f"{here}{_VOICE}/status",
        "StatusCallbackMethod": "POST",
    }
    return voice | ({"SmsUrl": here + _MESSAGES, "SmsMethod": "POST"} if _is_served(_MESSAGES) else {})


def connect_numbers(business: Business) -> list[Connected]:
    """Point every number of the business here. All are looked up first, so that a refusal changes none."""
    return _looked_up(business, _changed)


def check_numbers(business: Business) -> list[Connected]:
    """What `connect_numbers` would change, without changing it. Raises CannotConnect."""
    return _looked_up(business, lambda client, account, token, row: iter(_differences(row)))


def _looked_up(
    business: Business, then: Callable[[httpx2.Client, str, str, dict[str, Any]], Iterator[Change]]
) -> list[Connected]:
    with for_business(business):
        numbers = list(PhoneLine.objects.order_by("number").values_list("number", flat=True))
        own = TwilioAccount.objects.first()
    if not numbers:
        raise CannotConnect("The business has no phone number. Add it in the admin or under `lines` of its file.")
    if doubted := numbers_of(business).unverified:
        named = ", ".join(_shown(number) for number in doubted)
        raise CannotConnect(f"Not known to be this business's: {named}. `manage.py twilio_connect` vouches for them.")
    account = own.account_sid if own else settings.TWILIO_ACCOUNT_SID
    token = own.auth_token if own else settings.TWILIO_AUTH_TOKEN
    if not account:
        raise CannotConnect(
            "No Twilio account: enter it in the business's settings, or set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
        )
    _check_reachable(token)
    with httpx2.Client(**carrier_api.client_options(account, token)) as client:
        found = [_found(client, account, token, number) for number in numbers]
        return [Connected(row["phone_number"], tuple(then(client, account, token, row))) for row in found]


def _check_reachable(token: str) -> None:
    if carrier_api.base_url(token) == carrier_api.TWILIO and not str(settings.PUBLIC_URL).startswith("https://"):
        raise CannotConnect(
            f"Twilio cannot reach {settings.PUBLIC_URL}: set PUBLIC_URL to this server's public https:// address."
        )


def _found(client: httpx2.Client, account: str, token: str, number: str) -> dict[str, Any]:
    path = carrier_api.address(account, token, "IncomingPhoneNumbers.json")
    rows = _asked(client, "GET", path, params={"PhoneNumber": number}).get("incoming_phone_numbers", [])
    row: dict[str, Any] | None = next((row for row in rows if row.get("phone_number") == number), None)
    if row is None:
        raise CannotConnect(
            f"Account {account} has no {_shown(number)}: buy or port it there, or enter the account that has it."
        )
    if row.get("trunk_sid"):
        trunk = row["trunk_sid"]
        raise CannotConnect(f"The {_shown(number)} belongs to the SIP trunk {trunk}: take it out of the trunk first.")
    return row


def _shown(number: str) -> str:
    """Enough to tell one's own numbers apart; an exception may end in a log."""
    return f"number that ends in {number[-4:]}"


def _differences(row: dict[str, Any]) -> list[Change]:
    return [
        Change(setting, str(row.get(_ANSWERED_AS[setting]) or ""), value)
        for setting, value in wanted().items()
        if str(row.get(_ANSWERED_AS[setting]) or "") != value
    ]


def _changed(client: httpx2.Client, account: str, token: str, row: dict[str, Any]) -> Iterator[Change]:
    changes = _differences(row)
    if changes:
        path = carrier_api.address(account, token, f"IncomingPhoneNumbers/{row['sid']}.json")
        _asked(client, "POST", path, data={change.setting: change.after for change in changes})
    yield from changes


def _asked(client: httpx2.Client, method: str, url: str, **sent: Any) -> dict[str, Any]:
    try:
        answer = client.request(method, url, **sent)
        body = answer.json()
    except httpx2.HTTPError as error:
        raise CannotConnect(f"Twilio could not be reached ({type(error).__name__}): try again.") from error
    except ValueError as error:
        raise CannotConnect("Twilio's answer could not be read: try again.") from error
    if answer.status_code in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
        raise CannotConnect("Twilio refused the account SID and auth token: compare them with the Twilio console.")
    if not answer.is_success or not isinstance(body, dict):
        code = body.get("code") if isinstance(body, dict) else None
        told = f"HTTP {answer.status_code}, error {code}"
        raise CannotConnect(f"Twilio refused ({told}): see https://www.twilio.com/docs/errors/{code}.")
    return body


def _is_served(path: str) -> bool:
    """This installation answers there."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
