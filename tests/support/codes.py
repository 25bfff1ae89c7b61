"""What an authenticator app shows (RFC 6238): six digits that change every thirty seconds."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time


def code_of_app(secret: str, *, steps: int = 0) -> str:
    """The code of this moment; `steps` of thirty seconds later or earlier."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret, casefold=True), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
