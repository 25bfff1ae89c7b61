"""A customer who writes to a business's Twilio WhatsApp number: the carrier's signed webhook for it.

Source: Twilio, "Twilio's request to your incoming message Webhook URL".
"""

from __future__ import annotations

import secrets

import httpx2

from simulator.carrier_office import Line

INCOMING = "/webhook/twilio/whatsapp/incoming"


def message_form(
    text: str = "",
    *,
    to: str,
    account_sid: str,
    number: str = "+972521234567",
    name: str = "דנה לוי",
    bsuid: str = "",
    **fields: str,
) -> dict[str, str]:
    """The form of one incoming message; without a `number` the customer is known by `bsuid` alone."""
    sid = f"SM{secrets.token_hex(16)}"
    who = {"From": f"whatsapp:{number}", "WaId": number.removeprefix("+")} if number else {"From": f"whatsapp:{bsuid}"}
    return {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "Body": text,
        "MessageSid": sid,
        "MessageType": "text",
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": name,
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": f"whatsapp:{to}",
        **who,
        **({"ExternalUserId": bsuid} if bsuid else {}),
        **fields,
    }


def file_fields(account_sid: str, message: str, file: str, kind: str) -> dict[str, str]:
    """What tells of a file that the carrier keeps."""
    address = f"https://api.twilio.com/2010-04-01/Accounts/{account_sid}/Messages/{message}/Media/{file}"
    return {"NumMedia": "1", "MediaUrl0": address, "MediaContentType0": kind, "MessageType": kind.partition("/")[0]}


async def write(line: Line, form: dict[str, str]) -> httpx2.Response:
    """Have the carrier deliver one message to the product."""
    url = line.base + INCOMING
    async with httpx2.AsyncClient(timeout=15.0, trust_env=False, verify=line.server.startswith("https:")) as client:
        return await client.post(line.reachable(url), data=form, headers=line.signed(url, form))
