"""How Django and the bridge prove to each other who they are. Contract: reference/twilio-whatsapp.md 7.1."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

WINDOW_SECONDS = 300
REMEMBERED_SECONDS = 600  # a request's id is not taken a second time; longer than its timestamp lasts
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,80}")
_TIMESTAMP = re.compile(r"\d{1,12}")


def signature(key: str, *, timestamp: str, request_id: str, method: str, path: str, body: bytes) -> str:
    """`path` with its query, as it goes over the wire."""
    text = "\n".join(("v1", timestamp, request_id, method, path, hashlib.sha256(body).hexdigest()))
    return f"v1={hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()}"


def headers(*, method: str, path: str, body: bytes, now: datetime) -> dict[str, str]:
    """What proves a request of ours."""
    timestamp, request_id = str(int(now.timestamp())), secrets.token_urlsafe(18)
    key_id, key = _own_key()
    mac = signature(key, timestamp=timestamp, request_id=request_id, method=method, path=path, body=body)
    return {
        "X-Webhook-Key-Id": key_id,
        "X-Webhook-Timestamp": timestamp,
        "X-Webhook-Request-Id": request_id,
        "X-Webhook-Hmac": mac,
        "X-Webhook-Hmac-Algorithm": "sha256",
    }


def proven(sent: Mapping[str, str], *, method: str, path: str, body: bytes, now: datetime) -> str | None:
    """The id of a request that the bridge signed lately; None if it is forged or old."""
    key = _hook_keys().get(sent.get("X-Webhook-Key-Id", ""))
    timestamp, request_id = sent.get("X-Webhook-Timestamp", ""), sent.get("X-Webhook-Request-Id", "")
    if not key or not _TIMESTAMP.fullmatch(timestamp) or not _REQUEST_ID.fullmatch(request_id):
        return None
    if abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        return None
    mac = signature(key, timestamp=timestamp, request_id=request_id, method=method, path=path, body=body)
    return request_id if hmac.compare_digest(mac.encode(), sent.get("X-Webhook-Hmac", "").encode()) else None


def _own_key() -> tuple[str, str]:
    """While a key is changed the bridge knows both; the new one is used as soon as it is there."""
    following = settings.BAILEYS_API_KEY_NEXT
    return ("api_next", following) if following else ("api", settings.BAILEYS_API_KEY)


def _hook_keys() -> dict[str, str]:
    return {"hook": settings.BAILEYS_HOOK_KEY, "hook_next": settings.BAILEYS_HOOK_KEY_NEXT}
