"""The numbers that an account has at the carrier, and where each one sends its calls.

Source: Twilio REST API, "IncomingPhoneNumber resource".
"""

from __future__ import annotations

import secrets
from typing import Any

Json = dict[str, Any]

_SETTINGS = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsApplicationSid": "sms_application_sid",
    "TrunkSid": "trunk_sid",
}


class Numbers:
    """All numbers of all accounts. A number that was just bought leads to the carrier's own demonstration."""

    def __init__(self) -> None:
        self._rows: dict[str, Json] = {}

    def add(self, number: str, *, account_sid: str, **settings: str) -> Json:
        """Buy a number; `settings` are named as REST answers them (voice_url, trunk_sid)."""
        sid = f"PN{secrets.token_hex(16)}"
        row: Json = dict.fromkeys(_SETTINGS.values(), "")
        row |= {"voice_url": "https://demo.twilio.com/welcome/voice/", "voice_method": "POST", "trunk_sid": None}
        row |= {"sid": sid, "account_sid": account_sid, "phone_number": number, **settings}
        self._rows[sid] = row
        return row

    def found(self, account_sid: str, number: str) -> Json:
        """One page of the account's numbers; all of them without a number to look for."""
        rows = [row for row in self._rows.values() if row["account_sid"] == account_sid]
        rows = [row for row in rows if number in row["phone_number"]]
        return {"incoming_phone_numbers": rows, "page": 0, "page_size": 50, "next_page_uri": None}

    def update(self, account_sid: str, sid: str, form: dict[str, str]) -> Json | None:
        """The changed number; None if the account has none of this SID."""
        row = self._rows.get(sid)
        if row is None or row["account_sid"] != account_sid:
            return None
        row |= {_SETTINGS[name]: value for name, value in form.items() if name in _SETTINGS}
        return row
