"""Messages at the carrier: taken on, listed, reported on, and the files that customers sent with theirs.

Source: Twilio REST API, "Message" and "Media" resources; "Outbound Message Status in Status Callbacks".
"""

from __future__ import annotations

import re
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

Json = dict[str, Any]

LONGEST = 1600
MOST_KEPT = 2000
_WHATSAPP = re.compile(r"whatsapp:\S+")
_CONTENT = re.compile(r"HX[0-9a-f]{32}")


@dataclass
class MessageOptions:
    """Misfortunes; what is queued is used up in order by the next messages."""

    refuse: deque[tuple[int, int]] = field(default_factory=deque)  # HTTP status and code; nothing is made
    lose_answers: int = 0  # so many are made, and the connection breaks before the answer
    fail: deque[int] = field(default_factory=deque)  # taken, then reported as failed with this code
    reports: tuple[str, ...] = ("sent", "delivered", "read")  # what is reported of each; () for a silent carrier
    repeat_reports: int = 1  # each report comes so often
    backwards: bool = False  # the last report first


class Messages:
    """All messages of all accounts, oldest first."""

    def __init__(self) -> None:
        self.options = MessageOptions()
        self.rows: list[Json] = []
        self.reports: list[tuple[str, dict[str, str]]] = []  # address and form of those that are yet to be sent
        self._files: dict[str, tuple[str, bytes]] = {}  # message/file -> type, content

    def create(self, account: str, form: dict[str, str]) -> tuple[int, Json | None]:
        """HTTP status and body; no body where the answer is lost."""
        if self.options.refuse:
            status, code = self.options.refuse.popleft()
            return status, refusal(status, code)
        if (mistake := _mistake(form)) is not None:
            return 400, refusal(400, mistake)
        row = self._made(account, form)
        self._report(row, form.get("StatusCallback", ""))
        if self.options.lose_answers > 0:
            self.options.lose_answers -= 1
            return 201, None
        return 201, row

    def found(self, account: str, query: dict[str, str]) -> Json:
        """One page, newest first."""
        rows = [row for row in reversed(self.rows) if row["account_sid"] == account]
        for name, column in (("To", "to"), ("From", "from")):
            rows = [row for row in rows if query.get(name) in (None, row[column])]
        return {"messages": rows[: int(query.get("PageSize", "50"))], "page": 0, "next_page_uri": None}

    def one(self, account: str, sid: str) -> Json | None:
        return next((row for row in self.rows if (row["sid"], row["account_sid"]) == (sid, account)), None)

    def sent_to(self, number: str) -> list[Json]:
        """What a customer with this number has got."""
        return [row for row in self.rows if row["to"] == f"whatsapp:{number}"]

    def keep_file(self, content: bytes, kind: str) -> tuple[str, str]:
        """A file that a customer sent: the ids of its message and of itself."""
        message, file = f"MM{secrets.token_hex(16)}", f"ME{secrets.token_hex(16)}"
        self._files[f"{message}/Media/{file}"] = (kind, content)
        return message, file

    def file(self, name: str) -> tuple[str, bytes] | None:
        return self._files.get(name)

    def _made(self, account: str, form: dict[str, str]) -> Json:
        while len(self.rows) >= MOST_KEPT:
            del self.rows[0]
        now = format_datetime(datetime.now(UTC))
        row: Json = {
            "sid": f"SM{secrets.token_hex(16)}",
            "account_sid": account,
            "from": form["From"],
            "to": form["To"],
            "body": form.get("Body", form.get("ContentVariables", "")),
            "num_media": "1" if form.get("MediaUrl") else "0",
            "direction": "outbound-api",
            "status": "queued",
            "error_code": None,
            "error_message": None,
            "date_created": now,
            "date_sent": None,
        }
        self.rows.append(row)
        return row

    def _report(self, row: Json, address: str) -> None:
        code = self.options.fail.popleft() if self.options.fail else None
        words = ("failed",) if code is not None else self.options.reports
        if words:
            row |= {"status": words[-1], "error_code": code}
        for word in (words[::-1] if self.options.backwards else words) if address else ():
            form = {
                "AccountSid": row["account_sid"],
                "ApiVersion": "2010-04-01",
                "ChannelPrefix": "whatsapp",
                "From": row["from"],
                "MessageSid": row["sid"],
                "MessageStatus": word,
                "SmsSid": row["sid"],
                "SmsStatus": word,
                "To": row["to"],
            } | ({"ErrorCode": str(code)} if code is not None else {})
            self.reports += [(address, form)] * self.options.repeat_reports


def refusal(status: int, code: int) -> Json:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": f"Refused on request ({code}).", "more_info": more, "status": status}


def _mistake(form: dict[str, str]) -> int | None:
    """The code with which the carrier refuses what is no message."""
    if not _WHATSAPP.fullmatch(form.get("To", "")):
        return 21211
    if not _WHATSAPP.fullmatch(form.get("From", "")):
        return 21212
    if "ContentSid" in form:
        return None if _CONTENT.fullmatch(form["ContentSid"]) else 21655
    if len(form.get("Body", "")) > LONGEST:
        return 21658
    return None if form.get("Body") or form.get("MediaUrl") else 21619
