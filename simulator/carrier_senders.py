"""The WhatsApp senders that an account has at the carrier, and where each one sends what is written to it.

Source: Twilio Messaging API v2, "Channels Senders resource".
"""

from __future__ import annotations

import json
import secrets
from typing import Any

Json = dict[str, Any]


class Senders:
    """All senders of all accounts. One that was just approved leads nowhere."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[str, Json]] = {}  # SID -> account, resource

    def add(self, number: str, *, account_sid: str, status: str = "ONLINE") -> Json:
        sid = f"XE{secrets.token_hex(16)}"
        row: Json = {"sid": sid, "status": status, "sender_id": f"whatsapp:{number}", "webhook": {}, "properties": None}
        self._rows[sid] = (account_sid, row)
        return row

    def answer(self, account: str, method: str, sid: str, body: str) -> tuple[int, Json] | None:
        """HTTP status and body; None where the account has none of this SID."""
        if not sid:
            rows = [row for owner, row in self._rows.values() if owner == account]
            return 200, {"senders": rows, "meta": {"page": 0, "page_size": 50, "key": "senders", "next_page_url": None}}
        owner, row = self._rows.get(sid, ("", {}))
        if owner != account:
            return None
        if method == "POST":
            row["webhook"] = row["webhook"] | json.loads(body).get("webhook", {})
            return 202, row
        return 200, row
