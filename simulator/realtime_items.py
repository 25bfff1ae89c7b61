"""What a Realtime session consists of: items of the conversation, and a recording of what went over the wire."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from simulator.realtime_protocol import Json


def new_id(kind: str) -> str:
    """An id as the service makes them."""
    return f"{kind}_{secrets.token_hex(10)}"


@dataclass
class Item:
    """One item of the conversation, as sent, and what the model knows of it."""

    wire: Json
    words: str = ""
    audio_ms: int = 0  # of a spoken reply, as generated
    kept_ms: int | None = None  # after a truncation

    @property
    def id(self) -> str:
        return str(self.wire["id"])

    @property
    def heard(self) -> bool:
        """Something of it reached the caller, as far as the service was told."""
        return bool(self.words) and self.kept_ms != 0


@dataclass
class Recording:
    """What went over one session's socket, for those who look at it afterwards."""

    headers: dict[str, str] = field(default_factory=dict)
    model: str = ""
    client_events: list[Json] = field(default_factory=list)
    appended: int = 0  # input_audio_buffer.append events, which are kept only on request
    server_events: list[Json] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)

    def sent(self, kind: str) -> list[Json]:
        """The client's events of one type, in order."""
        return [event for event in self.client_events if event["type"] == kind]
