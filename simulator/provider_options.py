"""How the provider stand-in behaves: its delays, and the misfortunes that tests ask for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class ProviderOptions:
    """May be changed at any time; what is queued is used up in order, by whichever session comes first."""

    api_key: str | None = None  # None: any key will do
    transcription_delay_s: float = 0.3  # from the end of the turn
    first_audio_delay_s: float = 0.5  # from response.create
    speed: float = 4.0  # audio is generated this many times faster than it plays
    delta_ms: int = 200
    delta_sizes: deque[int] = field(default_factory=deque)  # bytes of the next deltas, instead of delta_ms
    record_audio: bool = False  # keep audio events in the recordings as well

    lies: deque[str] = field(default_factory=deque)  # what the next replies say instead
    mishears: deque[str | None] = field(default_factory=deque)  # the next transcripts; None: transcription fails
    ghost: str = ""  # the transcript of noise, as real models invent one
    refuse: dict[str, deque[str]] = field(default_factory=dict)  # client event type -> codes of the next errors
    swallow: dict[str, int] = field(default_factory=dict)  # client event type -> how many stay without any effect
    fail_responses: deque[str] = field(default_factory=deque)  # codes with which the next responses fail
    strays: list[Json] = field(default_factory=list)  # events of unknown types, sent after each session.updated
    unknown_transcription_models: frozenset[str] = frozenset()
    drop_after_deltas: deque[int] = field(default_factory=deque)  # cut the next sessions' sockets after so much audio
    text_answer: Callable[[Json], Any] | None = None  # body of /v1/responses -> text, or an object to give as JSON

    def refusal_of(self, event: Json) -> str | None:
        """The code with which this event is to be refused."""
        codes = self.refuse.get(event["type"])
        return codes.popleft() if codes else None

    def swallows(self, kind: str) -> bool:
        """Whether this event is to be lost."""
        left = self.swallow.get(kind, 0)
        if left:
            self.swallow[kind] = left - 1
        return left > 0

    def hears(self, words: str) -> str | None:
        """The transcript of what was said; None if it fails."""
        if self.mishears:
            return self.mishears.popleft()
        return words or self.ghost

    def next_delta_bytes(self) -> int:
        return self.delta_sizes.popleft() if self.delta_sizes else self.delta_ms * 8
