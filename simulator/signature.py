"""Twilio's request signature: HMAC-SHA1 over the address and the sorted form fields.

Source: Twilio, "Webhooks security".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

HEADER = "X-Twilio-Signature"


def sign(auth_token: str, url: str, fields: Mapping[str, str]) -> str:
    signed = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
