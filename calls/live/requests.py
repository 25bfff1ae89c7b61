"""What somebody of the staff may ask of a running call, on its way from a page to the process that holds the call."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

WHISPER, TAKE_OVER, END = "whisper", "take_over", "end"
LONGEST_WHISPER = 300  # characters
OVER = "over"  # the answer to what came too late; the others are the conversation's (`calls.conversation.staff`)


@dataclass(frozen=True)
class Request:
    """`reply_to`: the channel that waits for the answer. `number`: to ring for a take-over."""

    request_id: str
    business_id: int
    sid: str
    what: str
    reply_to: str
    text: str = ""
    by_name: str = ""
    user_id: int | None = None
    number: str = ""

    def as_message(self) -> dict[str, Any]:
        """For the channel layer."""
        return {"type": "live.request", **asdict(self)}


def request_of(message: dict[str, Any]) -> Request:
    return Request(**{name: value for name, value in message.items() if name != "type"})


@dataclass(frozen=True)
class Taker:
    """Who takes a call over, and where they are rung."""

    user_id: int | None
    number: str
    name: str
