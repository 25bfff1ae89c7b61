"""The carrier's webhooks as tests send them: signed forms about one call, and the documents they are answered with."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from django.test import Client

from tests.support.telephone import ACCOUNT, AUTH_TOKEN, DANA, NUMBER, PUBLIC_URL

SID = "CA" + "7" * 32
VOICE = "/webhook/twilio/voice"
INCOMING = f"{VOICE}/incoming"
STATUS = f"{VOICE}/status"


def sign(path: str, form: dict[str, str], token: str = AUTH_TOKEN, public: str = PUBLIC_URL) -> str:
    text = public + path + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def call_form(**changes: str) -> dict[str, str]:
    return {"CallSid": SID, "AccountSid": ACCOUNT, "To": NUMBER, "From": DANA, "CallStatus": "ringing"} | changes


def post(path: str, form: dict[str, str], signature: str | None = None, **headers: str) -> Any:
    header = sign(path, form) if signature is None else signature
    return Client().post(path, form, headers=({"X-Twilio-Signature": header} if header else {}) | headers)


def document(answer: Any) -> Element:
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/xml")
    return fromstring(answer.content.decode())


def tags(answer: Any) -> list[str]:
    return [verb.tag for verb in document(answer)]
